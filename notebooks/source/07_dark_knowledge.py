# %% [markdown]
# # 7. Dark knowledge
#
# *Reading: about 23 minutes. Running: under 70 seconds on two cores.*
#
# Afterwards you can
#
# - take a gain apart: what the teacher's choices buy, its confidence, and its word on which other class is nearer,
# - say when a teacher insures a student, and when nobody needs the insurance,
# - say what a transfer set is worth, and why soft targets need fewer rows,
# - read a reliability diagram.
#
# Builds on chapter 6: tuned steps, paired differences, controls of equal dose. All students are 6-8-3 and scored on the census.

# %%
import torch
import torch.nn.functional as F
import kdlib
from kdlib import HardLabels, SoftTargets, draws, figures, metrics
from kdlib.claims import SAME_ACCURACY, claim, together
from kdlib.exercises import checks
from kdlib.exercises.hints import hints
from kdlib.intervals import mean_over_seeds, paired_difference
from kdlib.pictures import band_panels, class_maps, estimate_rows, reliability, spread_rows
from kdlib.tuning import tune
from kdlib.widgets import Bet, score

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
repetitions, world = 32, kdlib.census(torch.float64, years=3, dollars=2_000)
soft = SoftTargets(1.0)

# %% [markdown]
# The better teacher of chapters 5 and 6, the 32 sets of 200 people, and the tuned student. The first two of its arguments are
# what it learns from.

# %%
people = kdlib.sample_people(200, seed=draws.people, dtype=torch.float64, runs=repetitions)
many = kdlib.sample_people(4_000, seed=draws.better_people, dtype=torch.float64)
large = {"epochs": 60, "batch_size": 20, "lr": 0.05, "seed": draws.teachers}
better = kdlib.train_cohort((6, 32, 32, 3), many, HardLabels(), runs=1, **large).module(0)
v, v_world = kdlib.logits_of(better, people.x), kdlib.logits_of(better, world.x)

def exact_accuracy(cohort):
    return metrics.expected_accuracy(cohort.logits(world.x), world.p)

def student(people, objective, v=None, lrs=(0.6, 1.2, 4.0), epochs=200):
    return tune((6, 8, 3), people, objective, lrs=lrs, score=exact_accuracy, runs=repetitions,
                teacher_logits=v, epochs=epochs, batch_size=20, seed=draws.students)

# %% [markdown]
# ## What a gain is made of
#
# Chapter 6 found that a better teacher's probabilities buy more than its choices. What is in them that is not in the
# choices? Two things: how sure the teacher is about *this* person, and which of the other two classes is nearer. Hinton
# called the second **dark knowledge**. So here are five tables of targets, each with a little more in it than the one before, and a
# control:
#
# | table | the teacher's choice gets | the other two get |
# |---|---|---|
# | bare choices | 1 | 0 |
# | one doubt for all | its mean confidence, the same for everybody | the rest, in halves |
# | a doubt for each | its confidence about this person | the rest, in halves |
# | and which is nearer | its confidence about this person | what it gives them |
# | the other two swapped | its confidence about this person | what it gives them, the wrong way round |
#
# The second is smoothing, in the teacher's own dose. The last has the same numbers as the fourth in every row. The first two are tried at
# smaller steps as well: who knows less may want one (chapter 6).
#
# **Write the third**, from the teacher's probabilities $q$ [n, C]:

# %% tags=["exercise"]
def doubt_for_each(q):
    return ...  # your lines

# %% tags=["check"]
checks.doubt_for_each(doubt_for_each)

# %% tags=["hints"]
hints("doubt_for_each")

# %% [markdown]
# Here are all of them, for 32 sets of people at once:

# %%
q = torch.softmax(v, -1)
choice, sure = F.one_hot(q.argmax(-1), 3), q.max(-1, keepdim=True).values
other, mean_sure = 1 - choice, sure.mean(1, keepdim=True)
tables = {
    "one doubt for all": choice * mean_sure + other * (1 - mean_sure) / 2,
    "a doubt for each": choice * sure + other * (1 - sure) / 2,
    "and which is nearer": q,
    "the other two swapped": choice * sure + other * (1 - sure - q),
}
print("one person:", {name: [round(p, 3) for p in table[0, 1].tolist()] for name, table in tables.items()})

# %% [markdown]
# Put the five in order of accuracy, before the next cells train them. Does one doubt for all help?

# %% tags=["bet"]
wrong_way_round = Bet("And students of the swapped doubts, which have the right confidence?",
                      choices=["better than the third table", "between bare choices and the third", "worse than bare choices"])
wrong_way_round

# %%
parts = {"bare choices": student(kdlib.People(people.x, q.argmax(-1)), HardLabels(), lrs=(0.04, 0.6, 1.2))}
parts["one doubt for all"] = student(people, soft, tables["one doubt for all"].log(), lrs=(0.02, 0.08, 0.6, 1.2, 4.0))

# %%
parts |= {name: student(people, soft, tables[name].log()) for name in ("a doubt for each", "and which is nearer")}

# %%
parts["the other two swapped"] = student(people, soft, tables["the other two swapped"].log())
accuracy = {name: part.score for name, part in parts.items()}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
for name, part in parts.items():
    print(f"{name:<23}step {part.lr:<5} accuracy {mean_over_seeds(part.score)}")
behind = [(accuracy["the other two swapped"] - accuracy[name]).mean() < 0 for name in ("a doubt for each", "bare choices")]
wrong_way_round.settle(wrong_way_round.options[sum(behind)])

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Accuracy against that of students of bare choices, with intervals: one doubt for all slightly below zero, a doubt "
       "for each above, with the nearer class further above, with the other two swapped below.")
named = {name: paired_difference(score, accuracy["bare choices"]) for name, score in accuracy.items() if name != "bare choices"}
xlabel = "accuracy minus that of students of bare choices"
estimate_rows(named, xlabel, "Doubts help when they are about this person, and right", alt)

# %%
bare, common, each, near, swapped = accuracy.values()
together(
    claim("One doubt for all, as in smoothing, buys nothing: bare choices are no worse.", bare, common, above=SAME_ACCURACY.low),
    claim("The teacher's own doubt about each person buys more than one doubt for all.", each, common),
    claim("Which other class is nearer buys more.", near, each),
    claim("Swapped, the same doubts mislead: halves are better.", each, swapped))

# %% [markdown]
# So the gain has three parts. The choices correct unlucky labels (chapter 6), the confidence says whose label to take
# seriously, and the order of the other two says which side of the border a person is on. How much the confidence buys beyond bare choices differs
# from draw to draw. Nothing of it is softness: one doubt for all knows nobody, and buys nothing.
#
# ## A class that no row shows
#
# Here is the strongest form of it. A student shall learn three classes, and among its 200 people **nobody is labelled
# moderate**. The teacher has seen moderates elsewhere. These are the rows of the first student:

# %%
crowd = kdlib.sample_people(500, seed=draws.people + 20_000, dtype=torch.float64, runs=repetitions)
crowd_v = kdlib.logits_of(better, crowd.x)

def first_200(allowed):
    """The first 200 people of each repetition who are allowed [runs, 500], and the teacher's logits for them."""
    at = torch.arange(repetitions)[:, None], torch.stack([row.nonzero()[:200, 0] for row in allowed])
    return kdlib.People(crowd.x[at], crowd.y[at]), crowd_v[at]

rows, rows_v = first_200(crowd.y != 1)

# %%
picture = figures.Picture("Age against income of 200 people: conservatives and liberals, no moderate among them.")
figures.people_scatter(picture.axes, kdlib.People(rows.x[0], rows.y[0]), "Nobody is labelled moderate")
picture

# %% [markdown]
# We count the people for whom moderate is the most probable class, and ask how many of them a student calls moderate.
# How many will a student of these labels find? And a student of the teacher's probabilities for the same 200 people?
#
# A fair control comes from Hinton himself: a student that never saw a class has learned too low a bias for it. So
# each student also gets the bias for moderate that makes it most accurate, chosen on the census.

# %%
moderate = world.p.argmax(-1) == 1

def found(z):
    """The share of these people whom a student calls moderate, [runs]."""
    return (z.argmax(-1) == 1)[..., moderate].double().mean(-1)

def with_best_bias(z):
    """The logits after adding to moderate what makes each student most accurate."""
    shifts = torch.arange(0, 20, 0.5)[:, None, None] * torch.tensor([0.0, 1.0, 0.0])
    scores = torch.stack([metrics.expected_accuracy(z + shift, world.p) for shift in shifts])
    return z + shifts[scores.argmax(0)]

# %%
steps = {"labels": (0.01, 0.04, 0.2), "choices": (0.04, 0.4, 4.0), "soft targets": (0.6, 2.0, 4.0)}
missing = {
    "labels": student(rows, HardLabels(), lrs=steps["labels"]),
    "choices": student(kdlib.People(rows.x, rows_v.argmax(-1)), HardLabels(), lrs=steps["choices"]),
    "soft targets": student(rows, soft, rows_v, lrs=steps["soft targets"]),
}

# %%
def report(students):
    logits = {name: one.cohort.logits(world.x) for name, one in students.items()}
    logits |= {f"{name}, best bias": with_best_bias(z) for name, z in logits.items()}
    for name, z in logits.items():
        score = metrics.expected_accuracy(z, world.p).mean()
        print(f"{name:<24} moderates found {100 * found(z).mean():3.0f}%   accuracy {score:.3f}")
    return logits

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
print(f"the teacher finds {100 * found(v_world):.0f}%")
z = report(missing)

# %% [markdown]
# Some of the 200 are called moderate by the teacher, whatever their label says. That is how its choices can help at all. **What if we
# leave out these people, too, so that no row says "moderate" in any way?**

# %% tags=["bet"]
unseen = Bet("Of 100 moderates, how many will students of soft targets find then?", low=0, high=100, unit="of 100", margin=5)
unseen

# %%
none, none_v = first_200((crowd.y != 1) & (crowd_v.argmax(-1) != 1))
hidden = {
    "choices": student(kdlib.People(none.x, none_v.argmax(-1)), HardLabels(), lrs=(0.006, 0.04, 0.6)),
    "soft targets": student(none, soft, none_v, lrs=steps["soft targets"]),
}
print(f"the most that the teacher gives to moderate in these rows: {torch.softmax(none_v, -1)[..., 1].max():.2f}")

# %% [markdown]
# Here are the maps of such students, for men in Oklahoma. **Which of them will have a moderate region?**

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Four maps of age and income for men in Oklahoma. Truth, teacher and the student of soft targets have a moderate "
       "region between the conservative and the liberal one. The student of choices has none.")
shown = {"truth": kdlib.posterior, "teacher": figures.probabilities_of(better),
         "student of choices": figures.probabilities_of(hidden["choices"].cohort.module(0)),
         "student of soft targets": figures.probabilities_of(hidden["soft targets"].cohort.module(0))}
class_maps(shown, -1.0, 2, "A class that no row shows", alt)

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
z_hidden = report(hidden)
unseen.settle(mean_over_seeds(100 * found(z_hidden["soft targets"])))

# %%
together(
    claim("Students of labels without a moderate find none.", found(z["labels"]), within=0.001, unit="percent"),
    claim("Soft targets for the same people find over ten points more than labels with the best bias.",
          found(z["soft targets"]), found(z["labels, best bias"]), above=0.1),
    claim("And over ten points more than the teacher's choices.",
          found(z["soft targets"]), found(z["choices"]), above=0.1),
    claim("Where no row says moderate, students of choices find none.",
          found(z_hidden["choices"]), within=0.001, unit="percent"),
    claim("Students of soft targets find more than half, without any bias.",
          found(z_hidden["soft targets"]), above=0.5, unit="percent"),
    claim("They are over three points more accurate than choices with the best bias.",
          metrics.expected_accuracy(z_hidden["soft targets"], world.p),
          metrics.expected_accuracy(z_hidden["choices, best bias"], world.p), above=0.03))

# %% [markdown]
# No row is moderate, none is called moderate, and the student finds most of them. It is all in the second and third
# numbers of each row: the teacher says of a conservative how near he is to being moderate, and where these shares grow, a
# region begins. The steps were tuned for accuracy; at smaller ones the students find fewer, because they have not yet
# matched the small numbers.
#
# ## Insurance
#
# Chapter 6 showed two curves of accuracy against the step. Labels fall beyond their best step. Students of an *equal*
# teacher, which saw the same 200 people and no others, stay level. Why? A label is an order without end: the loss falls as
# long as the student gets surer. A teacher's probabilities are a place to stop.
#
# So a same-data teacher insures against training too long or too hard. Does it insure against wrong labels as well? We
# give four people in ten a random label. Teachers and students both learn from these.

# %% tags=["bet"]
premium = Bet("With 40% random labels and each at its own step, how many points of accuracy does the teacher save?", low=-5, high=10,
              unit="points", margin=0.3)
premium

# %%
def spoiled(share):
    """The 32 sets of people, a share of them with a random label."""
    draw = torch.Generator().manual_seed(draws.people)
    wrong = torch.rand(people.y.shape, generator=draw) < share
    return kdlib.People(people.x, torch.where(wrong, torch.randint(3, people.y.shape, generator=draw), people.y))

def equal_teachers(people):
    """What teachers that learned these labels say about the same people, logits [runs, 200, 3]."""
    return kdlib.train_cohort((6, 10, 10, 3), people, HardLabels(), runs=repetitions, lr=0.02, epochs=400,
                              seed=draws.teachers).logits(people.x)

def insured(people, v, steps=(0.02, 0.04, 0.2, 2.0)):
    """Students of the labels, and students of the equal teachers."""
    return {"labels": student(people, HardLabels(), lrs=steps), "a teacher of these labels": student(people, soft, v, lrs=steps)}

# %%
v_equal = equal_teachers(people)
noisy = {0.0: insured(people, v_equal)}

# %%
noisy[0.4] = insured(spoiled(0.4), equal_teachers(spoiled(0.4)))

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Accuracy against step size, two panels: no random labels, and 40%. In each, labels and their teacher's "
       "students are level at small steps. At a step of 2 the labels have fallen, the more the more labels are random; the "
       "teacher's students fall less.")
panels = {f"{share:.0%} random labels": {name: one.scores for name, one in pair.items()} for share, pair in noisy.items()}
band_panels(panels, noisy[0.0]["labels"].lrs, "step size", "A same-data teacher is an insurance", alt, xscale="log",
            ylabel="accuracy")

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
gain = {share: pair["a teacher of these labels"].at(2.0) - pair["labels"].at(2.0)
        for share, pair in noisy.items()}
tuned_gain = {share: pair["a teacher of these labels"].score - pair["labels"].score for share, pair in noisy.items()}
for share in noisy:
    print(f"{share:.0%} random: at a step of 2 the teacher saves {mean_over_seeds(100 * gain[share])} points, "
          f"at its own step {mean_over_seeds(100 * tuned_gain[share])}")
premium.settle(mean_over_seeds(100 * tuned_gain[0.4]))

# %% [markdown]
# **Is that the teacher, or would any softness do?** The dull control smooths the labels, in the teacher's own dose: each keeps as much as
# the teacher gives to its choice on average. The same step of 2.

# %%
overtrained = {}
hard_step = {"runs": repetitions, "lr": 2.0, "epochs": 200, "batch_size": 20, "seed": draws.students}
Y, doubt = F.one_hot(people.y, 3), 1 - torch.softmax(v_equal, -1).amax(-1).mean()
smooth = (Y * (1 - doubt) + (1 - Y) * doubt / 2).log()
for name, objective in (("labels", HardLabels()), ("smoothed", soft)):
    cohort = kdlib.train_cohort((6, 8, 3), people, objective, teacher_logits=smooth, **hard_step)
    overtrained[name] = cohort.logits(world.x)
smoothed = metrics.expected_accuracy(overtrained["smoothed"], world.p)

# %%
together(
    claim("At a step of 2 a teacher of the same labels saves more than a point.", gain[0.0], above=0.01),
    claim("With 40% random labels, too.", gain[0.4], above=0.01),
    claim("It saves more than smoothing in its own dose does.", noisy[0.0]["a teacher of these labels"].at(2.0), smoothed),
    claim("But smoothing makes overtrained students more honest: nearer to the truth.",
          metrics.kl_to_bayes(overtrained["labels"], world.p), metrics.kl_to_bayes(overtrained["smoothed"], world.p),
          unit="nats"),
    *(claim(f"With {share:.0%} random labels and tuned steps, the teacher does not change accuracy.",
            tuned_gain[share], within=SAME_ACCURACY) for share in noisy))

# %% [markdown]
# So the insurance is real, and whoever tunes does not need it: at their own step the labels are as good, with 40% of them random, too.
# That is how papers can disagree. Yuan et al. (2020) report gains from poor teachers and from smoothing; Mueller et al. (2019) from
# smoothing. Whoever trains at a fixed, large budget sees the insurance pay. Whoever stops in time sees nothing.
#
# ## What a transfer set is worth
#
# The **transfer set** is the rows on which a student asks its teacher. They need no labels, so there can be many. **From 20
# to 4,000 rows: what becomes of the gain over the labels of the same rows, and of the agreement?** All see 40,000
# rows, in batches of 20.

# %%
def of_rows(n):
    some = kdlib.sample_people(n, seed=draws.people, dtype=torch.float64, runs=repetitions)
    asked = kdlib.logits_of(better, some.x)
    of_labels, of_soft = ((0.02, 0.2, 1.8), (0.04, 0.2, 1.0)) if n < 50 else ((0.02, 0.06, 0.6), (0.2, 1.0, 5.0))
    return {"labels": student(some, HardLabels(), lrs=of_labels, epochs=40_000 // n),
            "soft targets": student(some, soft, asked, lrs=of_soft, epochs=40_000 // n)}

sizes = [20, 50, 200, 1_000, 4_000]
transfer = {n: of_rows(n) for n in sizes[:2]}

# %%
transfer |= {n: of_rows(n) for n in sizes[2:4]}

# %%
transfer |= {n: of_rows(n) for n in sizes[4:]}

# %% [markdown]
# And the dull control: 200 rows that are nobody. Each of the six numbers is drawn on its own, a state may be 0.3 of
# Nebraska and 0.8 of Oklahoma.

# %% tags=["bet"]
of_nobody = Bet("How often will a student agree with a teacher that it asked only about such rows?", low=0, high=100, unit="%",
                margin=3)
of_nobody

# %%
nobody = torch.rand(repetitions, 200, 6, generator=torch.Generator().manual_seed(draws.people))
nobody[..., 0] = 2 * nobody[..., 0] - 1  # sex is -1 or 1
of_noise = student(kdlib.People(nobody, people.y), soft, kdlib.logits_of(better, nobody), lrs=(0.2, 1.0, 5.0), epochs=200)

# %%
def agreement(one):
    return metrics.agreement(one.cohort.logits(world.x), v_world)

agrees = {n: agreement(pair["soft targets"]) for n, pair in transfer.items()}
worth = {n: pair["soft targets"].score - pair["labels"].score for n, pair in transfer.items()}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
for n in sizes:
    print(f"{n:>5} rows: agreement {mean_over_seeds(agrees[n])}   gain over their labels {mean_over_seeds(worth[n])}")
print(f"200 rows of noise: agreement {mean_over_seeds(agreement(of_noise))}   accuracy {mean_over_seeds(of_noise.score)}")
of_nobody.settle(mean_over_seeds(100 * agreement(of_noise)))

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Two panels against the number of rows. The gain over labels falls from some fifteen points at 20 rows to about "
       "one at 4,000. Agreement with the teacher rises from below 0.9 at 20 rows and is level from 200 on.")
panels = {"gain in accuracy over labels": {"soft targets": torch.stack([*worth.values()], 1)},
          "agreement with the teacher": {"soft targets": torch.stack([*agrees.values()], 1)}}
band_panels(panels, sizes, "rows in the transfer set", "The fewer rows, the more a teacher is worth", alt, xscale="log")

# %%
together(
    claim("With 20 rows the teacher is worth more than with 50.", worth[20], worth[50]),
    claim("With 50 more than with 200.", worth[50], worth[200]),
    claim("With 200 more than with 1,000.", worth[200], worth[1_000]),
    claim("From 1,000 rows to 4,000 its students do not change in accuracy.",
          transfer[4_000]["soft targets"].score, transfer[1_000]["soft targets"].score, within=SAME_ACCURACY),
    claim("A student that only saw 200 rows of noise agrees with its teacher on more than nine people in ten.",
          agreement(of_noise), above=0.9, unit="percent"),
    claim("It is more than half a point more accurate than students of 200 labelled people.",
          of_noise.score, transfer[200]["labels"].score, above=0.005))

# %% [markdown]
# The teacher is a function, and any rows that pin it down will do. A small student needs some 200 of them. Who they are matters
# little here; what the teacher says about them does.
#
# ## Patience
#
# Beyer et al. (2022) say that a good student is a patient one: match the teacher's function, for very long. **What becomes of
# the agreement after 50, 150 and 500 epochs? And of students of labels that train as long?** A step of 1.

# %%
when = [50, 150, 500]

def patient(objective, v=None):
    cohort = kdlib.Cohort((6, 8, 3), people, objective, runs=repetitions, teacher_logits=v, lr=1.0, batch_size=20,
                                 seed=draws.students)
    seen = [cohort.logits(world.x) for epoch in cohort.learn(when[-1]) if epoch in when]
    agrees = torch.stack([metrics.agreement(z, v_world) for z in seen], 1)
    return agrees, torch.stack([metrics.expected_accuracy(z, world.p) for z in seen], 1)

long_soft = patient(soft, v)

# %%
long_labels = patient(HardLabels())

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
for k, epoch in enumerate(when):
    print(f"epoch {epoch:>5}: soft targets agree {long_soft[0][:, k].mean():.3f}, accuracy {long_soft[1][:, k].mean():.3f}; "
          f"labels agree {long_labels[0][:, k].mean():.3f}, accuracy {long_labels[1][:, k].mean():.3f}")

# %%
together(
    claim("From 150 to 500 epochs soft targets gain more than a point of agreement.",
          long_soft[0][:, 2], long_soft[0][:, 1], above=0.01),
    claim("Students of labels that train as long at this step end more than a point below those at their own.",
          noisy[0.0]["labels"].score, long_labels[1][:, 2], above=0.01))

# %% [markdown]
# Patience pays where there is a function to match. Labels at this step lose more than patience gives back.
#
# ## Calibration
#
# A network is **calibrated** when it is right as often as it is sure. A **reliability diagram** sorts people by how sure
# the network is, and shows how often it is right in each bin. Below the diagonal it is too sure, above it is not sure enough.
# The **expected calibration error** (ECE) is the mean distance from the diagonal. Here both are exact, because the world's
# probabilities are known. The simplest sign of it is a difference of two means. **Write it:**

# %% tags=["exercise"]
def too_sure(z, p):
    return ...  # your lines; mean confidence minus accuracy, from logits and true probabilities [n, C]

# %% tags=["check"]
checks.too_sure(too_sure)

# %% tags=["hints"]
hints("too_sure")

# %% [markdown]
# Six kinds of students. Which are too sure, which are not sure enough? The longer the step, the surer are students of choices: so they take
# that of the soft targets.

# %% tags=["bet"]
on_the_diagonal = Bet("And whose students have the smallest calibration error?",
                      choices=["bare choices", "labels, own step", "soft targets", "smoothed labels"])
on_the_diagonal

# %%
smoothing = student(people, soft, (0.9 * Y + 0.1 / 3).log(), lrs=(0.02, 0.08, 0.2))
same_step = hard_step | {"lr": parts["and which is nearer"].lr}
of_choices = kdlib.train_cohort((6, 8, 3), kdlib.People(people.x, q.argmax(-1)), HardLabels(), **same_step)
one_sided = kdlib.train_cohort((6, 8, 3), people, soft, teacher_logits=v / 2, **hard_step)
calibrated = {
    "labels, step 2": overtrained["labels"],
    "bare choices": of_choices.logits(world.x),
    "labels, own step": noisy[0.0]["labels"].cohort.logits(world.x),
    "soft targets": parts["and which is nearer"].cohort.logits(world.x),
    "smoothed labels": smoothing.cohort.logits(world.x),
    "teacher alone at T = 2": one_sided.logits(world.x),
}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
def overconfidence(z):
    """Mean confidence minus accuracy, [runs]."""
    return torch.softmax(z, -1).max(-1).values.mean(-1) - metrics.expected_accuracy(z, world.p)

for name, z_of in calibrated.items():
    error = mean_over_seeds(metrics.expected_ece(z_of, world.p))
    print(f"{name:<23} ECE {error}   confidence minus accuracy {overconfidence(z_of).mean():+.3f}")
errors = {name: metrics.expected_ece(calibrated[name], world.p).mean() for name in on_the_diagonal.options}
on_the_diagonal.settle(min(errors, key=errors.get))

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Four reliability diagrams. Labels at a step of 2 and bare choices lie below the diagonal, soft targets on it, smoothed "
       "labels above it.")
shown = ("labels, step 2", "bare choices", "soft targets", "smoothed labels")
diagrams = {name: [part.mean(0) for part in metrics.reliability(calibrated[name], world.p)] for name in shown}
reliability(diagrams, "Too sure, too sure, right, not sure enough", alt)

# %%
together(
    claim("Students of bare choices are too sure.", overconfidence(calibrated["bare choices"]), above=0.05),
    claim("So are overtrained students of labels.", overconfidence(calibrated["labels, step 2"]), above=0.05),
    claim("Students of smoothed labels are not sure enough.", -overconfidence(calibrated["smoothed labels"]), above=0.03),
    claim("So are those of a softened teacher whose own logits are not softened.",
          -overconfidence(calibrated["teacher alone at T = 2"]), above=0.03),
    claim("At the same step soft targets make the calibration error smaller than bare choices do, by more than 0.05.",
          metrics.expected_ece(calibrated["bare choices"], world.p), metrics.expected_ece(calibrated["soft targets"], world.p),
          above=0.05))

# %% [markdown]
# A student inherits its teacher's confidence if it learns probabilities, and invents one if it learns choices. No accuracy
# says so.
#
# ## Why soft targets need fewer rows
#
# Menon et al. (2021) give an argument that **needs no training at all**. Take any fixed network, and estimate its risk
# (its mean loss over the world) from 200 people. With labels the estimate is $-\frac1n\sum \log p_{y}(x)$. With the true
# probabilities it is $-\frac1n\sum_x\sum_k p^*_k \log p_k(x)$: the mean over the luck of the labels is taken already, so only the
# luck of the people is left. **Write it** for any probabilities $q$:

# %% tags=["exercise"]
def soft_risk(z, q):
    return ...  # your lines; a number

# %% tags=["check"]
checks.soft_risk(soft_risk)

# %% tags=["hints"]
hints("soft_risk")

# %% [markdown]
# **By how much will the second scatter less? And with the teacher's probabilities, which are
# not quite the truth?**

# %%
network = parts["a doubt for each"].cohort.module(0)
sets = kdlib.sample_people(200, seed=draws.people + 30_000, dtype=torch.float64, runs=1_000)
loss = -torch.log_softmax(kdlib.logits_of(network, sets.x), -1)
risk = metrics.expected_nll(kdlib.logits_of(network, world.x), world.p)
weights = {"labels": F.one_hot(sets.y, 3), "better teacher": torch.softmax(kdlib.logits_of(better, sets.x), -1),
           "truth": kdlib.posterior(sets.x)}
estimates = {name: (weight * loss).sum(-1).mean(-1) for name, weight in weights.items()}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
for name, estimate in estimates.items():
    print(f"{name:<15} standard deviation {estimate.std():.3f} nats, bias {estimate.mean() - risk:+.3f}")

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("The risk of one network as 300 sets of 200 people estimate it: with labels the dots scatter nearly twice as wide as "
       "with the teacher's probabilities or the truth.")
title = "Soft targets leave only the luck of the people"
spread_rows({name: one[:300] for name, one in estimates.items()}, "estimated risk (nats)", title, alt)

# %%
squared = {name: (one - risk) ** 2 for name, one in estimates.items()}
scatter = {name: (one - one.mean()) ** 2 for name, one in estimates.items()}
sets_of = {"unit": "", "over": "sets of people"}
together(
    claim("With the truth the squared error of the estimate is less than half of that with labels.",
          squared["labels"] / 2, squared["truth"], **sets_of),
    claim("With the teacher the estimate has less than half of the variance, about a value that is a little off.",
          scatter["labels"] / 2, scatter["better teacher"], **sets_of))

# %% [markdown]
# Training minimises such an estimate. One that scatters less is a better guide, and that is worth most where rows are
# few. The teacher adds a bias, which more rows do not remove, and which a worse teacher makes larger. So with many rows the labels come nearer, as in the figure
# of the transfer sets. Trained for longer, as in chapter 6, 4,000 of them do no worse than the teacher's students.
#
# ## What we saw

# %%
print(f"Of the better teacher's gain over its bare choices, {(each - bare).mean():+.3f} is confidence about each person and "
      f"{(near - each).mean():+.3f} which other class is nearer; swapped {(swapped - each).mean():+.3f}.")
print(f"Nobody moderate among the rows: labels find {found(z['labels']).mean():.0%} of the moderates, with the best bias "
      f"{found(z['labels, best bias']).mean():.0%}, soft targets {found(z['soft targets']).mean():.0%}; with nobody whom the "
      f"teacher calls moderate {found(z_hidden['soft targets']).mean():.0%}, choices {found(z_hidden['choices']).mean():.0%}.")
print(f"A same-data teacher saves {gain[0.0].mean():+.3f} at a step of 2 and {tuned_gain[0.0].mean():+.3f} at its own.")
print(f"200 rows of noise teach {agreement(of_noise).mean():.1%} agreement, 200 people {agrees[200].mean():.1%}.")

# %% tags=["score"]
score()

# %% [markdown]
# ## Try next
#
# 1. Leave out the liberals instead of the moderates. Do soft targets still find them? Why is that harder?
# 2. Train the equal teachers of the insurance for fewer epochs. Does the premium fall?
#
# <details><summary>Solutions</summary>
#
# 1. Put 2 for 1 in `first_200`, `moderate` and `with_best_bias`, and give `student` the steps that `tune` asks for. Liberals are a corner of the map, not a region between two
#    others. Soft targets still find most of them, and choices few.
# 2. Use `epochs=100` for the teachers. At a step of 2 such teachers save as much, and at tuned steps still nothing.
#
# </details>
#
# **Terms:** dark knowledge, transfer set, equal teacher, calibration, reliability diagram, expected calibration error.
#
# **Next:** [chapter 8, handwritten digits](08_digits.ipynb).
