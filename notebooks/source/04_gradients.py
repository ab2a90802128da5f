# %% [markdown]
# # 4. Gradients
#
# *Reading: about 21 minutes. Running: under 20 seconds on two cores.*
#
# Afterwards you can
#
# - derive $\partial L / \partial z$ for every objective of the course, write it, and predict its signs,
# - check such a formula against autograd in three lines,
# - say what the original demo's objective asks for beside the teacher's opinion.
#
# Builds on chapter 3: logits $z$ of the student, $v$ of the teacher, log-probabilities.
#
# Notation, the same everywhere: $p = \mathrm{softmax}(z)$, $q = \mathrm{softmax}(v)$, $Y$ the label as one-hot,
# $B$ rows in a batch, $C$ classes, $T$ the temperature, $\alpha$ the weight of the soft term.

# %%
import torch
import torch.nn.functional as F
import kdlib
from kdlib import HardLabels, LogitMatching, LogProbMatching, Mixed, SoftTargets, diagrams, draws, figures, simplex
from kdlib.claims import claim
from kdlib.exercises import checks
from kdlib.exercises.hints import hints
from kdlib.intervals import mean_over_seeds
from kdlib.widgets import Bet, score
from kdlib.worlds.people_file import DATA

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
train = kdlib.PeopleDataset(DATA / "people_train.txt", torch.float64)

# %% [markdown]
# ## Why the logits?
#
# A weight of the network moves the loss only through the logits. Once $\partial L/\partial z$ is known, the rest is the
# chain rule through the network, the same for every objective. So an objective *is* its logit gradient.
# SGD steps against it: where it is positive, the logit goes down.
#
# ## Labels
#
# Three logits, and the label is class 0. **Which logit goes up, which go down? Which moves most?**

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
z = torch.tensor([[0.2, 1.5, -1.0]])
y = torch.tensor([0])
print("p        ", torch.softmax(z, -1).round(decimals=3).tolist())
print("gradient ", HardLabels().logit_gradient(z, labels=y).round(decimals=3).tolist())

# %% [markdown]
# Class 0 goes up. The others go down, each by as much probability as it holds. The derivation:
#
# $$L = -\log p_y = -z_y + \log\sum_j e^{z_j} \quad\Rightarrow\quad \frac{\partial L}{\partial z_k} = p_k - Y_k$$
#
# divided by $B$, because the loss is the mean over the batch. **Prediction minus target**: remember this form.
#
# ## A check in three lines
#
# Autograd knows nothing of our formula. So we ask it for the gradient and compare: are the two exactly equal, nearly, and what is the largest
# difference?

# %%
def by_autograd(objective, z, y, v):
    z = z.clone().requires_grad_()
    return torch.autograd.grad(objective(z, labels=y, teacher_logits=v), z)[0]

def draw(seed, rows=10, spread=2.0):
    generator = torch.Generator().manual_seed(seed)
    z, v = spread * torch.randn(2, rows, 3, generator=generator)
    return z, torch.randint(3, (rows,), generator=generator), v

# %%
def compare(name, mine, truth):
    if mine is ...:
        print(f"{name}: not yet written")
    else:
        print(f"{name}: exact {torch.equal(mine, truth)}, approximate {torch.allclose(mine, truth)}, "
              f"largest difference {(mine - truth).abs().max():.1e}")

z, y, v = draw(0)
ours = HardLabels().logit_gradient(z, labels=y, teacher_logits=v)
compare("kdlib's gradient of the labels", ours, by_autograd(HardLabels(), z, y, v))

# %% [markdown]
# **Now write it yourself**, from the formula or from your own derivation, for a whole batch. The check says what is wrong; the line below it
# compares with autograd.

# %% tags=["exercise"]
def gradient_of_labels(z, y):
    return ...  # your lines

# %% tags=["check"]
checks.gradient_of_labels(gradient_of_labels)

# %% tags=["hints"]
hints("gradient_of_labels")

# %%
compare("mine", gradient_of_labels(z, y), by_autograd(HardLabels(), z, y, v))

# %% [markdown]
# Autograd differentiates the code as it is written. If somebody put a `detach` on the wrong tensor, autograd takes that tensor for a
# constant and returns a wrong gradient without a word. **Finite differences** use only values of the loss: move one logit a little up
# and a little down, and see by how much the loss changes.

# %%
def by_differences(objective, z, y, v, h=1e-5):
    g = torch.zeros_like(z)
    for row, k in torch.cartesian_prod(torch.arange(len(z)), torch.arange(3)).tolist():
        step = torch.zeros_like(z)
        step[row, k] = h
        up, down = (objective(z + s, labels=y, teacher_logits=v) for s in (step, -step))
        g[row, k] = (up - down) / (2 * h)
    return g

print(f"largest difference {(ours - by_differences(HardLabels(), z, y, v)).abs().max():.1e}")

# %% [markdown]
# All objectives so far, the same two tests each, and one more column: the sum of the gradient over the classes. They are labels, log-probs,
# logits, centred logits, soft targets, and two mixes.

# %% tags=["bet"]
zero_sum = Bet("For how many of these seven objectives do the gradients of a row sum to zero?", low=0, high=7, unit="objectives")
zero_sum

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
objectives = [HardLabels(), LogProbMatching(), LogitMatching(), LogitMatching(centred=True),
              SoftTargets(4.0), Mixed(0.5, 1.0), Mixed(0.7, 4.0)]
print(f"{'objective':<36}{'autograd':>10}{'differences':>13}{'sum over classes':>18}")
for objective in objectives:
    ours = objective.logit_gradient(z, labels=y, teacher_logits=v)
    exact = (ours - by_autograd(objective, z, y, v)).abs().max().item() < 1e-12
    near = (ours - by_differences(objective, z, y, v)).abs().max().item() < 1e-8
    zero = ours.sum(-1).abs().max().item() < 1e-12
    print(f"{objective!r:<36}{'equal' if exact else 'DIFFERS':>10}{'equal' if near else 'DIFFERS':>13}"
          f"{'zero' if zero else 'not zero':>18}")
sums = [o.logit_gradient(z, labels=y, teacher_logits=v).sum(-1).abs().max().item() for o in objectives]
zero_sum.settle(sum(largest < 1e-12 for largest in sums))

# %% [markdown]
# The sum is zero wherever a softmax or a centring stands in front. Such a loss does not notice when all logits
# shift together, so it never asks for a shift. Plain matching of outputs does notice. The next two claims are about random logits, in 64
# draws. Their limit is that of the arithmetic: a sum of 64-bit numbers that should be zero is below 1e-12.

# %%
def largest_sum(objective, seed):
    z, y, v = draw(seed)
    return objective.logit_gradient(z, labels=y, teacher_logits=v).sum(-1).abs().max().item()

losses = HardLabels(), SoftTargets(4.0), Mixed(0.7, 4.0)
soft = [max(largest_sum(loss, seed) for loss in losses) for seed in draws.seeds(64)]
claim("Gradients of softmax losses sum to zero over the classes.", soft, within=1e-12, unit="")

# %%
raw = [largest_sum(LogProbMatching(), seed) for seed in draws.seeds(64)]
claim("Those of the original objective do not.", raw, above=1e-12, unit="")

# %% [markdown]
# ## The original objective
#
# Raw outputs against log-probabilities $m = \log q$, squared, mean over rows and classes:
#
# $$L = \frac{1}{BC}\sum (z - m)^2$$
#
# **Derive its gradient and write it.**

# %% tags=["exercise"]
def gradient_of_demo(z, v):
    return ...  # your lines

# %% tags=["check"]
checks.gradient_of_demo(gradient_of_demo)

# %% tags=["hints"]
hints("gradient_of_demo")

# %%
compare("mine", gradient_of_demo(z, v), by_autograd(LogProbMatching(), z, y, v))

# %% [markdown]
# $$\frac{\partial L}{\partial z} = \frac{2}{BC}(z - m)$$
#
# There is no $p$ in it. The target $m$ is never positive. Here is a student that is right, with a positive output for the true class, and its
# teacher is right, too.

# %% tags=["bet"]
right_student = Bet("Which way does the original objective move the output of the true class?", choices=["up", "down", "not at all"])
right_student

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
z1, v1 = torch.tensor([[3.0, -1.0, -2.0]]), torch.tensor([[4.0, -1.0, -2.0]])
print("the student is right: p =", torch.softmax(z1, -1).round(decimals=3).tolist())
y1 = torch.tensor([0])
for objective in (HardLabels(), LogProbMatching(), LogitMatching()):
    g = objective.logit_gradient(z1, labels=y1, teacher_logits=v1)
    print(f"{objective!r:<30} {g.round(decimals=3).tolist()}")
push = LogProbMatching().logit_gradient(z1, teacher_logits=v1)[0, 0].item()
right_student.settle("down" if push > 0 else "up" if push < 0 else "not at all")

# %% [markdown]
# Label and teacher both call class 0 right. The label pulls it up. The log-probability target **pushes it down**, and the
# wrong classes even more: the outputs are too large as a whole. So $p_y$ still rises. The teacher's logits pull class 0
# up.

# %%
def gentlest_push(seed):
    z, y, v = draw(seed, rows=200)
    g = LogProbMatching().logit_gradient(z, teacher_logits=v) * z.numel()
    true_class = torch.arange(len(y)), y
    return g[true_class][z[true_class] > 0].min().item()

pushes = [gentlest_push(seed) for seed in draws.seeds(64)]
assert min(pushes) > 0
claim("The original objective pushes down every positive output of the true class.", pushes, unit="")

# %% [markdown]
# Where does it come to rest? Only at $z = m$. There $\sum_k e^{z_k} = 1$, that is, $\log\sum_k e^{z_k} = 0$. So the
# student has to normalise its own outputs, for every person.
#
# Write $\bar z$ for the mean of a row. The objective splits exactly:
#
# $$\mathrm{mean}(z - m)^2 \;=\; \mathrm{mean}\big((z - \bar z) - (v - \bar v)\big)^2 \;+\; \mathrm{mean}(\bar z - \bar m)^2$$
#
# ($m$ and $v$ differ by one number per row, so $m - \bar m = v - \bar v$.) The first part is centred logit matching: the
# teacher's opinion. The second is a regression of $\bar m$, a number that no prediction uses. We call it the **nuisance
# term**.

# %% tags=["diagram"]
diagrams.opinion_and_nuisance()

# %%
def split(z, v):
    m = torch.log_softmax(v, -1)
    opinion = LogitMatching(centred=True)(z, teacher_logits=v)
    nuisance = ((z.mean(-1) - m.mean(-1)) ** 2).mean()
    return opinion.item(), nuisance.item()

gaps = [abs(LogProbMatching()(z, teacher_logits=v).item() - sum(split(z, v))) for z, _, v in map(draw, draws.seeds(64))]
print("the sum of the two parts is the objective, to 12 decimals, in all 64 draws:", max(gaps) < 1e-12)
assert max(gaps) < 1e-12

# %% [markdown]
# How much of the loss is nuisance while a student trains? `train` is `fit` as an iterator of epochs, so we can
# look after each one.

# %% tags=["bet"]
paid_for_nothing = Bet("After 400 epochs, how much of the loss is nuisance, on average over draws?", low=0, high=100, unit="%", margin=10)
paid_for_nothing

# %%
torch.manual_seed(draws.teachers)
teacher, student = kdlib.teacher_net(), kdlib.student_net()
kdlib.fit(teacher, train, HardLabels(), epochs=400)
v_train = kdlib.logits_of(teacher, train.x)
parts = []
for loss in kdlib.train(student, train, LogProbMatching(), teacher=teacher, epochs=400):
    parts.append(split(kdlib.logits_of(student, train.x), v_train))

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
opinion, nuisance = zip(*parts)
alt = ("Two curves over 400 epochs on a logarithmic axis. The nuisance term falls first and then only "
       "slowly. The teacher's opinion falls later and far below it.")
picture = figures.Picture(alt)
named = {"the teacher's opinion (centred logits)": opinion, "nuisance (the mean output)": nuisance}
figures.curves(picture.axes, named, ylabel="mean squared error", title="The student pays for two things")
picture.axes.set_yscale("log")
picture

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
share = torch.tensor(nuisance) / (torch.tensor(nuisance) + torch.tensor(opinion))
for epoch in (1, 100, 400):
    print(f"nuisance in the loss after epoch {epoch:>3}: {share[epoch - 1]:.0%}")

# %% [markdown]
# After 400 epochs most of the loss is about the mean output, and so is most of the squared logit gradient: it is the loss times a
# constant. With more training that part falls, too: try 2,000. This was one run. The claim takes 32 draws of 200 people, each with a teacher and a
# student of its own.

# %%
people = kdlib.sample_people(200, draws.people, torch.float64, runs=32)
teachers = kdlib.train_cohort((6, 10, 10, 3), people, HardLabels(), runs=32, epochs=400, seed=draws.teachers)
v_people = teachers.logits(people.x)
students = kdlib.train_cohort((6, 8, 3), people, LogProbMatching(), runs=32, teacher_logits=v_people, epochs=400,
                              seed=draws.students)

# %%
parts = [split(z, v) for z, v in zip(students.logits(people.x), v_people)]
shares = [nuisance / (opinion + nuisance) for opinion, nuisance in parts]

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
paid_for_nothing.settle(mean_over_seeds([100 * share for share in shares]))

# %%
claim("After 400 epochs more than half of the original objective is nuisance.", shares, above=0.5, unit="percent")

# %% [markdown]
# ## Soft targets
#
# Hinton, Vinyals and Dean soften both sides with a temperature: $p_T = \mathrm{softmax}(z/T)$, $q_T = \mathrm{softmax}(v/T)$.
#
# $$L = T^2\,\frac{1}{B}\sum \mathrm{KL}(q_T \,\|\, p_T)$$
#
# **Derive and write.**

# %% tags=["exercise"]
def gradient_of_soft_targets(z, v, T):
    return ...  # your lines

# %% tags=["check"]
checks.gradient_of_soft_targets(gradient_of_soft_targets)

# %% tags=["hints"]
hints("gradient_of_soft_targets")

# %%
compare("mine", gradient_of_soft_targets(z, v, 4.0), by_autograd(SoftTargets(4.0), z, y, v))

# %% [markdown]
# $$\frac{\partial L}{\partial z} = \frac{T}{B}(p_T - q_T)$$
#
# Prediction minus target again. The chain rule through $z/T$ brings one factor $1/T$. The loss has the factor $T^2$, and $T^2 \cdot 1/T = T$: that is the
# $T$ in front. Chapter 5 shows what it is for.
#
# ## Labels and teacher together
#
# `Mixed` adds the two losses: $\alpha$ times soft targets plus $1-\alpha$ times labels. (Half of the world uses $\alpha$
# for the other one.) **Write its gradient, at any $T$:**

# %% tags=["exercise"]
def gradient_of_mix(z, v, y, T, alpha):
    return ...  # your lines

# %% tags=["check"]
checks.gradient_of_mix(gradient_of_mix)

# %% tags=["hints"]
hints("gradient_of_mix")

# %%
compare("mine", gradient_of_mix(z, v, y, 4.0, 0.7), by_autograd(Mixed(0.7, 4.0), z, y, v))

# %% [markdown]
# At $T = 1$:
#
# $$\frac{\partial L}{\partial z} = \frac1B\big[\alpha(p - q) + (1-\alpha)(p - Y)\big] = \frac1B\big[p - t\big], \qquad t = \alpha q + (1-\alpha) Y$$
#
# It is training on **one** target, the mix $t$. **The label says class 0, the teacher gives it 0.6, alpha is 0.5. A student
# gives it 0.9. Will it be praised or corrected? Then lower alpha: where does the sign flip?**

# %%
from kdlib.widgets import GradientExplorer

p, q = torch.tensor([0.9, 0.07, 0.03]), torch.tensor([0.6, 0.3, 0.1])
explorer = GradientExplorer(student_logits=p.log(), teacher_logits=q.log(), alpha=0.5)
explorer

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
from kdlib.widgets.explorers.gradient import OBJECTIVES

opening = repr(explorer)
for objective in OBJECTIVES:
    for alpha, T, label in ((0.0, 0.25, 2), (1.0, 32.0, 1), (0.5, 1.0, 0)):
        explorer.set_state({"objective": objective, "alpha": alpha, "temperature": T, "label": label})
        g = explorer.gradient()
        assert g.isfinite().all() and ("pushed down" in repr(explorer)) == (g[label].item() > 0.0005)
explorer.set_state({"objective": "mixed", "student_logits": [6.0, -6.0, 0.0], "teacher_logits": [-6.0, 6.0, 0.0]})
assert "mixed, T=1, alpha=0.5: dL/dz = [0.50, -0.50, 0.00], true class pushed down" in repr(explorer)
explorer.set_state({"student_logits": p.log().tolist(), "teacher_logits": q.log().tolist()})
assert repr(explorer) == opening

# %% tags=["twin"]
explorer.picture()

# %% [markdown]
# Corrected: the true class has a positive gradient and goes down. It does wherever the student gives it more than the mix does,
# $p_y > t_y = 1 - \alpha(1 - q_y)$. Here that is $\alpha > (1 - 0.9)/(1 - 0.6) = 0.25$. Labels alone ($\alpha = 0$) never do that, since no
# probability is above one.

# %%
def rule_holds(seed, alpha=0.5):
    z, y, v = draw(seed, rows=500)
    rows = torch.arange(len(y)), y
    p_y, q_y = torch.softmax(z, -1)[rows], torch.softmax(v, -1)[rows]
    down = Mixed(alpha, 1.0).logit_gradient(z, labels=y, teacher_logits=v)[rows] > 0
    return (down == (p_y > 1 - alpha * (1 - q_y))).double().mean().item()

right = [rule_holds(seed) for seed in draws.seeds(64)]
assert min(right) == 1
claim("The true class is pushed down exactly where the student is surer than the mix.", right, above=0.9999, unit="percent")

# %% [markdown]
# Does that happen in real training, or only to random logits? Take students that learn from this mix, in the 32 draws of above.

# %% tags=["bet"]
pushed_down = Bet("Of 100 true classes, how many does the mix push down in the end, on average over draws?", low=0, high=100,
                  unit="of 100", margin=3)
pushed_down

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
mix = Mixed(0.5, 1.0)
mixed = kdlib.train_cohort((6, 8, 3), people, mix, runs=32, teacher_logits=v_people, lr=0.02, epochs=500, seed=draws.students)
g = mix.logit_gradient(mixed.logits(people.x), labels=people.y, teacher_logits=v_people)
often = (g.gather(-1, people.y[..., None]) > 0).double().mean((-2, -1))
print(f"pushed down: {often.mean():.1%} of true classes on average, {often.min():.1%} to {often.max():.1%} in single draws")
pushed_down.settle(mean_over_seeds(100 * often))

# %%
claim("In students trained on the mix it happens to more than one true class in a hundred.", often, above=0.01, unit="percent")

# %% [markdown]
# How many it is differs much from draw to draw: it depends on how far the teacher is from its labels, and that depends on the 200 people. So
# the interval is one over draws, not over students of one teacher. Its limit is again one in a hundred, what somebody would mind.
#
# And where does this objective come to rest?

# %% tags=["bet"]
at_rest = Bet("Where is the gradient of the mix zero, at T = 1?", choices=["at the teacher", "at the label", "at the mix"])
at_rest

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
def push_at(place, seed, alpha=0.5, T=1.0):
    """The largest gradient of students who agree with the teacher, with the label or with the mix."""
    _, y, v = draw(seed)
    q, Y = torch.softmax(v, -1), F.one_hot(y, 3)
    z = {"teacher": v, "label": (Y + 1e-9).log(), "mix": (alpha * q + (1 - alpha) * Y).log()}[place]
    return Mixed(alpha, T).logit_gradient(z, labels=y, teacher_logits=v).abs().max().item()

push = {place: torch.tensor([push_at(place, seed) for seed in draws.seeds(64)]) for place in ("teacher", "label", "mix")}
for place, values in push.items():
    print(f"at the {place:<8} mean of the largest gradient {values.mean():.4f}")
at_rest.settle(f"at the {min(push, key=lambda place: push[place].max())}")

# %% [markdown]
# At the mix. There the cross of the explorer is. A student that agrees with its teacher is pulled on towards the label, and one that agrees with the
# label is pulled back.

# %%
claim("A student that agrees with the mix is left alone.", push["mix"], within=1e-12, unit="")

# %%
claim("A student that agrees with the teacher is not.", push["teacher"], above=1e-12, unit="")

# %% [markdown]
# For $T > 1$ the two terms look at different softmaxes, $p_T$ and $p$. Then no single mix is the target. **Go back to the
# explorer, set alpha to 0.2, which pushes the true class up, and raise T from 1 to 32: how often does the sign flip?**

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
def direction(T):
    row = {"labels": torch.tensor([0]), "teacher_logits": q.log()[None]}
    g = Mixed(0.2, T).logit_gradient(p.log()[None], **row)
    return "down" if g[0, 0] > 0 else "up"

print("The true class goes " + ", ".join(f"{direction(T)} at T = {T}" for T in (1, 2, 4, 8, 16, 32)))

# %% [markdown]
# Twice: the pull of the teacher's term first grows with $T$ and then shrinks a little, while that of the label stays. The
# rule for $T = 1$ does not carry over.

# %%
at_mix = [push_at("mix", seed, T=4.0) for seed in draws.seeds(64)]
claim("At T = 4 the mix is no resting point.", at_mix, above=1e-12, unit="")

# %% [markdown]
# ## Very high temperatures
#
# For large $T$ all probabilities come close to $1/C$, and $e^{z/T} \approx 1 + z/T$. Put that into $T(p_T - q_T)$:
#
# $$T(p_T - q_T) \;\to\; \frac{1}{C}\big[(z - \bar z) - (v - \bar v)\big]$$
#
# Centred logit matching, up to a constant. Hinton states it for logits with mean zero. **What if one forgets the means?**
# To see it, we shift all the teacher's logits by 3, which changes none of its predictions.

# %%
def relative_error(T, seed, centre):
    z, _, v = draw(seed)
    v = v + 3
    g = SoftTargets(T).logit_gradient(z, teacher_logits=v) * len(z)
    if centre:
        z, v = (logits - logits.mean(-1, keepdim=True) for logits in (z, v))
    limit = (z - v) / 3
    return ((g - limit).norm() / limit.norm()).item()

temperatures = [1, 4, 20, 100, 1000]
centred = torch.tensor([[relative_error(T, seed, True) for T in temperatures] for seed in draws.seeds(64)])
plain = torch.tensor([[relative_error(T, seed, False) for T in temperatures] for seed in draws.seeds(64)])

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Relative error of the high-temperature formula against T, both axes logarithmic: with centring "
       "it falls as one over T, without centring it stays level.")
picture = figures.Picture(alt)
named = {"centred": centred, "not centred": plain}
title = "The limit holds only when centred"
figures.bands(picture.axes, named, temperatures, "temperature T", "relative error", title, "log")
picture.axes.set_yscale("log")
picture

# %%
claim("At T = 100 the centred formula is nearer than a twentieth of the gradient.", centred[:, 3], within=0.05, unit="percent")

# %%
claim("Without centring, and with this shift, it is off by more than half on average, even at the best T.",
      plain.min(1).values, above=0.5, unit="percent")

# %% [markdown]
# Centred, the error falls as one over $T$; without centring it stays. A softmax does not see the means, so its gradient cannot ask for them, at any
# temperature; a formula that keeps them asks for a shift that no temperature explains.

# %% [markdown]
# ## All objectives in one picture
#
# A prediction over three classes is a point in a triangle. Each arrow shows where a small step against the gradient moves
# it (within a triangle, longer means faster). The ring is the label, the star is the teacher. **Which fields end at the
# ring, which at the star, which in between?**

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Six triangles of arrows. Labels: all arrows run to the label's corner. Soft targets at T 1 and 4"
       " and logit matching: all run to the teacher's star. The mixed objectives: to points between star"
       " and corner.")
picture = figures.Picture(alt, columns=3, rows=2, width=9.5, height=3.5)
q = torch.tensor([0.35, 0.5, 0.15])
shown = {"labels": HardLabels(), "soft targets, T = 1": SoftTargets(1.0),
         "soft targets, T = 4": SoftTargets(4.0), "logit matching": LogitMatching(),
         "mixed, T = 1": Mixed(0.5, 1.0), "mixed, T = 4": Mixed(0.5, 4.0)}
for ax, (title, objective) in zip(picture.axes.flat, shown.items()):
    simplex.gradient_field(ax, objective, label=0, q=q, title=title)
picture

# %% [markdown]
# Labels drive every prediction into a corner and never stop. Soft targets and logit matching stop at the teacher. The mixed
# objectives stop between the two. Matching log-probs would draw the same arrows as matching logits: the difference is a
# shift of all three logits, and a shift cannot be seen in this triangle.
#
# ## From the logits to the weights
#
# With $g = \partial L/\partial z$ in hand, the student needs no autograd. For one hidden layer, $h = \tanh(W_1 x + b_1)$ and
# $z = W_2 h + b_2$, the chain rule is four lines.

# %%
student = kdlib.student_net()
first, second = student.layers
x, y, v = train.x[:10], train.y[:10], v_train[:10]
with torch.no_grad():
    h = torch.tanh(first(x))
    g = LogProbMatching().logit_gradient(second(h), teacher_logits=v)
    dW2, db2 = g.T @ h, g.sum(0)
    dh = (g @ second.weight) * (1 - h**2)          # tanh' = 1 - tanh^2
    dW1, db1 = dh.T @ x, dh.sum(0)

# %%
loss = LogProbMatching()(student(x), teacher_logits=v)
for ours, theirs in zip((dW1, db1, dW2, db2), torch.autograd.grad(loss, student.parameters())):
    equal = torch.allclose(ours, theirs, rtol=0, atol=1e-14)
    print(f"{list(ours.shape)!s:<8} {'equal to 14 decimals' if equal else 'DIFFERS'}")

# %% [markdown]
# `train_cohort` is these lines with one more dimension in front: the runs. No graph is recorded, and one matrix product
# serves all students. `make bench` prints how much that saves on your machine. Does a student learn the same beside others?

# %% tags=["diagram"]
diagrams.stack_of_students()

# %%
same = {"teacher_logits": v_train, "epochs": 100, "seed": 0}
cohort = kdlib.train_cohort((6, 8, 3), train, LogProbMatching(), runs=4, **same)
alone = kdlib.train_cohort((6, 8, 3), train, LogProbMatching(), runs=1, **same)
print("run 0 is the same beside three others and alone:",
      torch.allclose(cohort.logits(train.x)[0], alone.logits(train.x)[0], rtol=0, atol=1e-9))

# %% [markdown]
# The tests of this course hold every run of a cohort against `fit` on the same weights and batches, to nine decimals. The cohort itself has
# more in it than these lines, because it is made to be fast. `train_plain_cohort` in `kdlib/plain_cohort.py` says the same in the fewest
# lines: the four above in a loop over layers, batches and epochs, for all runs. A test holds the two together.
#
# ## What we saw

# %%
print("Labels and soft targets: prediction minus target, summing to zero over the classes.")
print("Original objective: no probabilities in it; it pushes down any positive output of the true class.")
print(f"After 400 epochs {sum(shares) / 32:.0%} of its loss was about a number that no prediction uses.")
print(f"Mixed objective at T = 1: one target, the mix; in its students it pushed down {often.mean():.1%} of true classes.")
print(f"High temperature: centred logit matching; at T = 100 the error is {centred[:, 3].mean():.1%}.")

# %% tags=["score"]
score()

# %% [markdown]
# ## Try next
#
# 1. Derive the gradient of matching log-probabilities on **both** sides, $\mathrm{mean}(\log p - m)^2$, and prove it with
#    `by_autograd`.
# 2. Someone computes `F.kl_div(torch.softmax(z, -1), q)`, with probabilities where log-probabilities belong. Where is its
#    gradient zero?
#
# <details><summary>Solutions</summary>
#
# 1. With $d = \log p - m$: $\frac{2}{BC}\,[d - p \sum_k d_k]$.
# 2. The gradient is $-p\,(q - \sum_k p_k q_k)$ in each row, divided by $BC$. At $p = q$ it is not zero in general: the student is
#    driven on to a corner, where $p_k = 0$ or 1 and the gradient vanishes.
#
# </details>
#
# **Terms:** logit gradient, finite differences, zero-sum gradient, nuisance term, mixed target, high-temperature limit.
#
# **Next:** [chapter 5, temperature and mixing](05_temperature.ipynb).
