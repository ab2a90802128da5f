# %% [markdown]
# # 6. Does it work?
#
# *Reading: about 15 minutes. Running: under 95 seconds on two cores.*
#
# Afterwards you can
#
# - design a comparison that a sceptic accepts: paired seeds, a control for every explanation, a fair step size for each side,
# - say when distillation buys accuracy and when it only buys agreement,
# - tell a faster target from a larger gradient.
#
# Builds on everything before. All networks here are students 6-8-3, unless we say so.

# %%
from functools import partial
import torch
import torch.nn.functional as F
import kdlib
from kdlib import HardLabels, LogProbMatching, SoftTargets, figures, metrics
from kdlib.claims import claim
from kdlib.intervals import mean_over_seeds, paired_difference

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
seeds = 32
fresh = kdlib.sample_people(10_000, seed=1, dtype=torch.float64)
truth = kdlib.posterior(fresh.x)

# %% [markdown]
# ## The design
#
# One repetition is one set of 200 people, with everything trained on them. We make 32 repetitions. Inside a repetition all
# students start from the same weights and see the same shuffles. We compare within repetitions, then average. Teachers draw
# from seed 0, students from seed 1. From one seed their first layers would begin alike, and they would agree for that alone.
#
# Step sizes are chosen for each kind of student separately, on people who are neither training nor test people. A comparison
# at one common step size would favour whoever it happens to fit. No choice may lie at the edge of the grid. Eight
# repetitions suffice to choose; to compare, all 32 learn. `kdlib.sweep` trains a student for every step size and repetition,
# and returns one row each.

# %%
step_sizes, tried = [0.005, 0.02, 0.1, 0.5, 1.0, 4.0], 8
validation = kdlib.sample_people(4_000, seed=2, dtype=torch.float64)
measured = {"accuracy": partial(metrics.top1, labels=validation.y)}

def best_step_size(people, objective, v, epochs):
    """The step size of the highest accuracy on the validation people."""
    some = kdlib.People(people.x[:tried], people.y[:tried])
    rows = kdlib.sweep(some, objective, lr=step_sizes, seeds=tried, epochs=epochs, x=validation.x, metrics=measured,
                       teacher_logits=v if v is None else v[:tried], seed=1)
    best = torch.tensor([row["accuracy"] for row in rows]).view(-1, tried).mean(1).argmax().item()
    assert 0 < best < len(step_sizes) - 1, "the best step size lies at the edge of the grid"
    return step_sizes[best]

# %%
def students(people, objective, v=None, epochs=400):
    """Logits [seeds, n, 3] on fresh people, and the step size that was chosen."""
    lr = best_step_size(people, objective, v, epochs)
    cohort = kdlib.train_cohort((6, 8, 3), people, objective, runs=seeds, teacher_logits=v, lr=lr, epochs=epochs, seed=1)
    return cohort.logits(fresh.x), lr

# %% [markdown]
# ## The teachers and the controls
#
# | student learns | what it controls for |
# |---|---|
# | labels | the baseline |
# | smoothed labels | softness without knowledge: every class gets 0.1/3, the label 0.9 more |
# | labels mixed with an untrained teacher | a teacher's outputs without knowledge |
# | an equal teacher, 6-(10-10)-3, trained on the same 200 people | a teacher without more data |
# | the choices of a better teacher, 6-32-32-3, trained on 4,000 other people | its knowledge without its doubts: one-hot |
# | the probabilities of that better teacher | the case people hope for |
# | the true probabilities | the best teacher there can be |
#
# At $T = 1$ each of these is a table of target probabilities, as chapter 4 showed; labels are a table of ones and zeros.
# So all seven learn by the same objective, from different tables.

# %%
many = kdlib.sample_people(4_000, seed=5, dtype=torch.float64)
large = {"epochs": 60, "batch_size": 20, "lr": 0.05}
better = kdlib.train_cohort((6, 32, 32, 3), many, HardLabels(), runs=1, **large).module(0)

def targets(people):
    """Log-probabilities [seeds, n, 3] that each kind of student learns, and the equal teachers' logits on fresh people."""
    equal = kdlib.train_cohort((6, 10, 10, 3), people, HardLabels(), runs=seeds, lr=0.02, epochs=400)
    untrained = kdlib.train_cohort((6, 10, 10, 3), people, HardLabels(), runs=seeds, epochs=0)
    Y = F.one_hot(people.y, 3)
    tables = {
        "smoothed labels": 0.9 * Y + 0.1 / 3,
        "untrained teacher": 0.5 * Y + 0.5 * torch.softmax(untrained.logits(people.x), -1),
        "equal teacher": torch.softmax(equal.logits(people.x), -1),
        "better teacher": torch.softmax(kdlib.logits_of(better, people.x), -1),
        "truth": kdlib.posterior(people.x),
    }
    return {name: table.log() for name, table in tables.items()}, equal.logits(fresh.x)

# %% [markdown]
# **Put the seven in order of accuracy before you run the next cells.** First the labels, and the better teacher's choices
# as labels.

# %%
people = kdlib.sample_people(200, seed=100, dtype=torch.float64, runs=seeds)
tables, v_equal = targets(people)
z, chosen = {}, {}
z["labels"], chosen["labels"] = students(people, HardLabels())

# %%
choices = kdlib.People(people.x, tables["better teacher"].argmax(-1))
z["better's choices"], chosen["better's choices"] = students(choices, HardLabels())

# %%
for name in ("smoothed labels", "untrained teacher"):
    z[name], chosen[name] = students(people, SoftTargets(1.0), tables[name])

# %%
z["equal teacher"], chosen["equal teacher"] = students(people, SoftTargets(1.0), tables["equal teacher"])

# %%
z["better teacher"], chosen["better teacher"] = students(people, SoftTargets(1.0), tables["better teacher"])

# %%
z["truth"], chosen["truth"] = students(people, SoftTargets(1.0), tables["truth"])

# %%
accuracy = {name: metrics.top1(logits, fresh.y) for name, logits in z.items()}
kl = {name: metrics.kl_to_bayes(logits, truth) for name, logits in z.items()}
print(f"{'student learns':<20}{'step size':<11}{'accuracy':<24}KL to the truth (nats)")
for name in z:
    print(f"{name:<20}{chosen[name]:<11}{mean_over_seeds(accuracy[name])!s:<24}{mean_over_seeds(kl[name])}")

# %% [markdown]
# For scale: how good are the teachers themselves, and what is possible?

# %%
print(f"equal teachers {metrics.top1(v_equal, fresh.y).mean():.3f}, better teacher {kdlib.accuracy(better, fresh):.3f}, "
      f"Bayes classifier {metrics.top1(truth, fresh.y):.3f}")

# %% [markdown]
# Look at the step sizes, too. Whoever learns from these 200 labels wants a small one: a larger step fits their luck as
# well. Whoever learns from a teacher or the truth can train much harder.

# %%
alt = ("Accuracy differences to students of labels, with 95% intervals: smoothed labels and equal teacher slightly "
       "below zero, untrained teacher far below, the better teacher's choices above, its probabilities and the "
       "truth further above.")
picture = figures.Picture(alt, width=8)
gain = {name: paired_difference(accuracy[name], accuracy["labels"]) for name in z if name != "labels"}
xlabel, title = "accuracy minus that of students of labels", "A teacher is worth what it knows"
figures.estimates(picture.axes, gain, xlabel, title, reference=0)
picture

# %% [markdown]
# Each line is a paired difference with its 95% interval over 32 repetitions. The test people and the better teacher are the
# same in all of them, so the intervals do not cover another teacher.
#
# ## What holds
#
# First what does **not** hold: that any teacher helps.

# %%
claim("A teacher that saw the same 200 people changes accuracy by less than one point.",
      accuracy["equal teacher"], accuracy["labels"], within=(-0.01, 0.01))

# %% [markdown]
# Less than a point, but not zero: the interval lies below it. Copying a copy of the labels costs a little.

# %%
claim("An untrained teacher costs accuracy.", accuracy["labels"], accuracy["untrained teacher"])

# %%
claim("The dull control: smoothed labels change accuracy by less than one point.",
      accuracy["smoothed labels"], accuracy["labels"], within=(-0.01, 0.01))

# %%
claim("This better teacher buys more than one point.",
      accuracy["better teacher"], accuracy["labels"], above=0.01)

# %%
claim("It also beats labels that are smoothed by this much.", accuracy["better teacher"], accuracy["smoothed labels"])

# %% [markdown]
# How much of that is dark knowledge, and how much only better labels? The teacher's bare choices tell.

# %%
claim("The better teacher's choices alone, as labels, already buy accuracy.",
      accuracy["better's choices"], accuracy["labels"])

# %%
claim("Its probabilities buy more than its choices.", accuracy["better teacher"], accuracy["better's choices"])

# %% [markdown]
# So a part of the gain needs no soft targets at all: the better teacher corrects unlucky labels. The rest is dark
# knowledge. And look at the KL of the students of its choices in the table. Their step was chosen for accuracy, and at so
# large a step targets without doubts make students without doubts.
#
# Accuracy is a coarse measure. **Which students give the more honest probabilities?**

# %%
claim("Students of a better teacher are closer to the true probabilities than students of labels.",
      kl["labels"], kl["better teacher"])

# %%
claim("Smoothed labels take students further from the truth than labels do.",
      kl["smoothed labels"], kl["labels"])

# %% [markdown]
# ## Why pair?
#
# The same numbers, compared as if the two groups had nothing in common. **Will the interval be wider, and for both
# teachers?**

# %%
from scipy.stats import ttest_ind

for name in ("equal teacher", "better teacher"):
    paired = paired_difference(accuracy[name], accuracy["labels"])
    unpaired = ttest_ind(accuracy[name].numpy(), accuracy["labels"].numpy()).confidence_interval()
    print(f"{name}: paired {paired.low:+.4f} to {paired.high:+.4f}, "
          f"unpaired {unpaired.low:+.4f} to {unpaired.high:+.4f}")

# %% [markdown]
# For the equal teacher the paired interval is much narrower. Its students and those of the labels share the luck of the same
# 200 labels, and that luck cancels in the difference. Students of the better teacher never see those labels. There is little to cancel, so
# pairing gains nothing there. It costs next to nothing.
#
# ## Few rows
#
# Take only the first 50 of each 200 people, and twice the epochs (still half the steps). **Does the gain grow or shrink?**

# %%
few = kdlib.sample_people(50, seed=100, dtype=torch.float64, runs=seeds)
few_labels, few_lr = students(few, HardLabels(), epochs=800)
few_better, few_better_lr = students(few, SoftTargets(1.0), kdlib.logits_of(better, few.x), epochs=800)
few_accuracy = metrics.top1(few_labels, fresh.y), metrics.top1(few_better, fresh.y)
few_gain = few_accuracy[1] - few_accuracy[0]
print(f"50 people: labels {few_accuracy[0].mean():.3f} at step size {few_lr}, "
      f"better teacher {few_accuracy[1].mean():.3f} at {few_better_lr}")
print(f"gain with 200 people {gain['better teacher']}, with 50 people {mean_over_seeds(few_gain)}")

# %%
claim("With 50 people a better teacher is worth more than with 200.",
      few_gain, accuracy["better teacher"] - accuracy["labels"])

# %% [markdown]
# A sceptic objects: the labels learned with a smaller step. **Give both the large one: run the labels, pin the
# result, run the soft targets. For how long do the two rise together?** The map follows the lab. **Where do student and
# teacher differ, and who is right there?**

# %%
from kdlib.widgets import DecisionMap, Settings, TrainingLab

settings = Settings("soft targets", temperature=1.0, teacher="better", rows=50, lr=0.5, epochs=800)
lab = TrainingLab(settings)
lab

# %%
plane = DecisionMap(lab)
plane

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
opening = repr(lab), repr(plane)
lab.controls["epochs"].value = 5
for corner in ({"rows": 20, "hidden": 1, "seeds": 1}, {"rows": 1000, "hidden": 64, "seeds": 2, "teacher": "untrained"},
               {"objective": "logits", "lr": 1e3}):
    for name, value in corner.items():
        lab.controls[name].value = value
    lab.run()
    assert lab.wait(60) and "Done." in lab.status and "5 epochs" in repr(lab) and "after 5 epochs" in repr(plane)
assert "2 diverged" in repr(lab) and "try a smaller step size" in lab.status
for name, value in {"sex": "female", "state": "oklahoma", "student": 2}.items():
    plane.controls[name].value = value
assert "for female, oklahoma: truth, teacher and student after 5 epochs" in repr(plane)
for name, value in {"sex": "male", "state": "michigan", "student": 1}.items():
    plane.controls[name].value = value
lab.reset()
assert (repr(lab), repr(plane)) == opening

# %% tags=["twin"]
from dataclasses import replace
from kdlib.widgets import curves_picture, map_picture

curves_picture(settings, pinned=replace(settings, objective="labels"))

# %% tags=["twin"]
map_picture(settings)

# %% [markdown]
# At first the two rise together. Then the labels come to a stop: fifty of them have no more to say, and their smaller step
# was a favour. The teacher says more about the same fifty people. In the map its student has three regions with straight
# borders. Where it differs from the teacher, the teacher is mostly right.
#
# ## Fidelity is not accuracy
#
# Students of the equal teacher gained no accuracy. **Do they at least agree with it more?**

# %%
to_equal = {}
for name in ("labels", "equal teacher", "better teacher"):
    to_equal[name] = metrics.agreement(z[name], v_equal)
    agree, right = mean_over_seeds(to_equal[name]), mean_over_seeds(accuracy[name])
    print(f"{name:<15} agreement {agree}   accuracy {right}")

# %% [markdown]
# They do, by far. The step that suits them is much larger, and they use it to copy their teacher more closely.

# %%
claim("Students of the equal teacher agree with it more than students of labels do.",
      to_equal["equal teacher"], to_equal["labels"])

# %% [markdown]
# And look at the last row.

# %%
claim("Students of the better teacher agree less with the equal teacher than students of labels do.",
      to_equal["labels"], to_equal["better teacher"])

# %% [markdown]
# Fidelity and accuracy are two things. A student copies its teacher's mistakes as well, and fidelity to a teacher is worth
# as much as that teacher.
#
# ## Faster, or only steeper?
#
# In the original the student's loss falls sooner than the teacher's. Does its target train faster? Watch students on
# log-probs and on labels at the original's step size of 0.005. And the control: both with a step ten times as large.
# **What do you expect at epoch 100, and what at epoch 10?**

# %%
def learning_curve(objective, lr, v=None, points=(10, 25, 50, 100, 200, 400)):
    cohort = kdlib.cohort.Cohort((6, 8, 3), people, objective, runs=seeds, teacher_logits=v, lr=lr, seed=1)
    seen = [metrics.top1(cohort.logits(fresh.x), fresh.y) for epoch in cohort.learn(400) if epoch in points]
    return torch.stack(seen, 1)

curves = {
    "log-probs, lr 0.005": learning_curve(LogProbMatching(), 0.005, tables["equal teacher"]),
    "labels, lr 0.005": learning_curve(HardLabels(), 0.005),
    "labels, lr 0.05": learning_curve(HardLabels(), 0.05),
    "log-probs, lr 0.05": learning_curve(LogProbMatching(), 0.05, tables["equal teacher"]),
}

# %%
alt = ("Accuracy against epochs for four kinds of students with intervals. At the large step log-probs rise first, "
       "labels follow; log-probs at the small step catch up by epoch 100, labels at the small step much later, "
       "though until epoch 25 they lead there.")
picture = figures.Picture(alt, width=8)
title = "By epoch 100 a larger step has caught up"
epochs = [10, 25, 50, 100, 200, 400]
figures.bands(picture.axes, curves, epochs, "epoch", "accuracy on fresh people", title, "log")
picture

# %%
fast, slow, control, _ = (curve[:, 3] for curve in curves.values())
claim("At epoch 100 and the same step size, students of log-probs are far ahead.", fast, slow, above=0.1)

# %%
claim("Labels with a larger step are at least as far by then.", control, fast)

# %% [markdown]
# How much larger are the gradients of the squared error, at the start?

# %%
start = kdlib.train_cohort((6, 8, 3), people, HardLabels(), runs=seeds, epochs=0, seed=1).logits(people.x)
norms = [objective.logit_gradient(start, labels=people.y, teacher_logits=tables["equal teacher"]).norm(dim=(1, 2))
         for objective in (LogProbMatching(), HardLabels())]
times = (norms[0] / norms[1]).mean().item()
print(f"gradient norm, log-probs over labels: {times:.1f}")

# %%
early = {name: curve[:, 0] for name, curve in curves.items()}
claim("At epoch 10 and the same large step, students of log-probs are more than ten points ahead.",
      early["log-probs, lr 0.05"], early["labels, lr 0.05"], above=0.1)

# %% [markdown]
# Is that the target, or again the size of its gradient? **Give the labels a step that is larger by the factor above. What
# is left of the lead?**

# %%
matched = learning_curve(HardLabels(), 0.05 * times)[:, 0]
claim("Against such labels the lead at epoch 10 is less than six points.",
      early["log-probs, lr 0.05"], matched, within=(-0.06, 0.06))

# %%
claim("At the small step and epoch 10, labels are ahead.", early["labels, lr 0.005"], early["log-probs, lr 0.005"])

# %% [markdown]
# So most of the speed is the size of the gradient: the targets reach far below zero. Who leads in the first epochs depends
# on the step, and at the small one labels do. A claim of speed needs the control, and has to say at which step and which
# epoch.
#
# ## How small may the student be?
#
# Fewer hidden units, labels against the better teacher, each at the step size chosen above.
# **Does a tiny student profit more or less?**

# %%
def accuracy_of_width(hidden, name, objective, v=None):
    if hidden == 8:
        return accuracy[name]  # these students exist already
    cohort = kdlib.train_cohort((6, hidden, 3), people, objective, runs=seeds, teacher_logits=v,
                                lr=chosen[name], epochs=400, seed=1)
    return metrics.top1(cohort.logits(fresh.x), fresh.y)

widths, v = [1, 2, 4, 8, 16], tables["better teacher"]
by_width = {
    "labels": torch.stack([accuracy_of_width(h, "labels", HardLabels()) for h in widths], 1),
    "better teacher": torch.stack([accuracy_of_width(h, "better teacher", SoftTargets(1.0), v) for h in widths], 1),
}

# %%
alt = ("Accuracy against the number of hidden units: students of labels are level from two units on, students of the "
       "better teacher begin like them at one unit and are above them from two on.")
picture = figures.Picture(alt, width=8)
title = "Students of the better teacher make use of more units"
figures.bands(picture.axes, by_width, widths, "hidden units", "accuracy on fresh people", title, "log")
picture

# %%
gains = by_width["better teacher"] - by_width["labels"]
claim("With eight units the teacher is worth more than with one.", gains[:, 3], gains[:, 0])

# %%
claim("From 8 to 16 units the students of the teacher gain less than half a point.",
      by_width["better teacher"][:, 4], by_width["better teacher"][:, 3], within=(-0.005, 0.005))

# %% [markdown]
# ## What we saw

# %%
for name, estimate in gain.items():
    print(f"{name}: {estimate.mean:+.3f} accuracy against labels")
print(f"better teacher with 50 people instead of 200: {few_gain.mean():+.3f}")
print(f"At epoch 100: log-probs {fast.mean():.3f}, labels {slow.mean():.3f}, "
      f"labels with ten times the step {control.mean():.3f}.")

# %% [markdown]
# ## Try next
#
# 1. Train the better teacher on 1,000 people instead of 4,000. At how many does the gain vanish?
# 2. Replace `SoftTargets(1.0)` by `LogitMatching(centred=True)` for the better teacher. Which students end higher? Then take
#    0.1 out of `step_sizes`, and ask again.
#
# <details><summary>Solutions</summary>
#
# 1. Change `many`, and give the teacher four times the epochs so that it sees as many batches. With 1,000 people a
#    good part of the gain is left, with 300 little or nothing. How much differs from teacher to teacher: try other seeds in
#    `many`.
# 2. Call `students(people, kdlib.LogitMatching(centred=True), tables["better teacher"])`. They choose 0.1, and next to
#    nothing lies between the two. Without 0.1 in the grid the students of the logits look worse. A coarse grid favours
#    whoever it fits.
#
# </details>
#
# **Terms:** control, paired design, validation set, label smoothing, fidelity against accuracy, learning curve, capacity.
