# %% [markdown]
# # 8. Handwritten digits
#
# *Reading: about 18 minutes. Running: under 40 seconds on two cores.*
#
# Afterwards you can
#
# - distil a classifier of real images, with controls of equal dose and a step of its own for each student,
# - say what decides whether temperature matters,
# - say what a teacher's bare choices are worth, and on which rows,
# - take a data set of your own through the same path.
#
# Builds on chapters 5 to 7: temperature, tuned steps, controls, dark knowledge.

# %%
import torch
import torch.nn.functional as F
import kdlib
from kdlib import HardLabels, LogitMatching, SoftTargets, draws, metrics
from kdlib.claims import SAME_ACCURACY, claim, together
from kdlib.exercises import checks
from kdlib.exercises.hints import hints
from kdlib.image_pictures import guess_tables, image_row
from kdlib.intervals import mean_over_seeds, paired_difference
from kdlib.pictures import band_panels, estimate_rows
from kdlib.tuning import tune
from kdlib.widgets import Bet, score

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
repetitions = 16
seen = 0.02  # two points: Wilson's interval for one test of 500 rows reaches further than that to each side

# %% [markdown]
# ## The images
#
# 1,797 digits that people wrote, as images of 8 by 8 pixels. A row holds 64 numbers, from 0 for paper to 1 for ink. Nobody knows the true
# probabilities of these rows, so there is no census. Students are scored on rows with labels, and a split says which: 1,097 rows to learn from,
# 200 to choose step sizes on (a validation set), 500 to score on. Each of the sixteen draws has a split of its own, of the same images. So an
# interval covers other splits, not other writers.

# %%
learn, tuning, test = kdlib.split_digits(draws.splits, dtype=torch.float64, runs=repetitions)
print("to learn from", list(learn.x.shape), "  to tune on", list(tuning.x.shape), "  to score on", list(test.x.shape))

# %%
image_row(test.x[0, :10], test.y[0, :10].tolist(), "Ten images that nothing learns from, and their labels",
          "Ten handwritten digits of eight by eight gray pixels, each with its label below.")

# %% [markdown]
# ## A teacher that knows its rows
#
# The teacher is a 64-64-10. It learns from all 1,097 rows, until it knows each of them. **How often is it right about rows that it has not
# seen?**

# %%
def accuracy(cohort, rows):
    """The share of right choices of each run, [runs]."""
    return (cohort.logits(rows.x).argmax(-1) == rows.y).double().mean(-1)

teachers = kdlib.train_cohort((64, 64, 10), learn, HardLabels(), runs=repetitions, epochs=40, batch_size=20, lr=0.5,
                              seed=draws.teachers)

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
print(f"its own rows {accuracy(teachers, learn).mean():.3f}, other rows {mean_over_seeds(accuracy(teachers, test))}")

# %% [markdown]
# Beside its first guess, a teacher has a **second guess**. **Write it:** the second most probable class of each row.

# %% tags=["exercise"]
def second_guess(v):
    return ...  # your lines; logits [n, C] -> classes [n]

# %% tags=["check"]
checks.second_guess(second_guess)

# %% tags=["hints"]
hints("second_guess")

# %% [markdown]
# In the people's world a good teacher has doubts about most people. Here:

# %% tags=["bet"]
small = Bet("Which probability does the teacher give to its second guess, in the middle one of its own rows?", low=0, high=50,
            unit="percent", margin=0.5)
small

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
q = torch.softmax(teachers.logits(learn.x), -1)
first, second = q.topk(2).values.unbind(-1)
print(f"mean confidence {first.mean():.3f}; second guess: median {100 * second.median():.3f}%")
small.settle(100 * second.median().item())

# %% [markdown]
# Hardly anything. **So is there any knowledge in it?** Here are eight of its rows, those of which it is least sure among the first fifty, at
# $T=1$ and softened with $T=4$. **Look at the image first: what else could it be?**

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
fifty = teachers.logits(learn.x)[0, :50]
rows = torch.softmax(fifty, -1).amax(-1).argsort()[:8]
alt = ("Eight digits and two tables. At T = 1 nearly every row has one entry near 100 and dots elsewhere. At T = 4 each row has "
       "several entries, the largest of them for digits that look like the image.")
guess_tables(learn.x[0, rows], {f"T = {T}": torch.softmax(fifty[rows] / T, -1) for T in (1, 4)},
             "What the teacher gives to each digit, in percent", alt)

# %% [markdown]
# At $T=1$ there is one number in nearly every row: the label once more. At $T=4$ the same logits say which digits the image resembles. Is that
# more than noise? Take the test rows that the teacher gets wrong. **How often is its second guess right there?** Chance would be one in nine.

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
guesses = teachers.logits(test.x).topk(2).indices
wrong = guesses[..., 0] != test.y
saved = torch.stack([(guesses[r, wrong[r], 1] == test.y[r, wrong[r]]).double().mean() for r in range(repetitions)])
claim("Where the teacher is wrong, its second guess is right in more than four rows of ten.", saved, above=0.4, unit="percent")

# %% [markdown]
# So the second guess knows something, and at $T=1$ one can hardly hear it.
#
# ## Fifty rows
#
# The student is a 64-16-10, and it has the first 50 of these rows. Think of a device that has few rows, and of a teacher that was trained elsewhere.
# Each student gets the step that is best on the 200 tuning rows, with all sixteen draws, and is scored on the 500 others.

# %%
few = learn.first(50)
v = teachers.logits(few.x)

def student(objective, v=None, rows=few, lrs=(0.03, 0.1, 0.3, 1.0), hidden=16, epochs=200, batch_size=10):
    return tune((64, hidden, 10), rows, objective, lrs=lrs, score=lambda cohort: accuracy(cohort, tuning), runs=repetitions,
                teacher_logits=v, epochs=epochs, batch_size=batch_size, seed=draws.students)

# %%
students = {"labels": student(HardLabels(), lrs=(0.03, 0.3, 1.0, 3.0))}
print(f"step {students['labels'].lr}, accuracy {mean_over_seeds(accuracy(students['labels'].cohort, test))}")

# %% [markdown]
# ## Temperature
#
# Now the same rows with the teacher's soft targets, which is $T^2\,\mathrm{KL}(q_T\,\|\,p_T)$ and no label at all. And its logits, centred: the
# limit of a high temperature (chapter 4).

# %% tags=["bet"]
warmest = Bet("Which makes the most accurate students of 50 images?", choices=["T = 1", "T = 2", "T = 4", "T = 16"])
warmest

# %%
for T, steps in ((1, (0.1, 0.3, 1.0, 3.0)), (2, (0.1, 0.3, 1.0)), (4, (0.1, 0.3, 1.0)), (16, (0.03, 0.1, 0.3))):
    students[f"soft targets, T = {T}"] = student(SoftTargets(float(T)), v, lrs=steps)

# %%
students["centred logits"] = student(LogitMatching(centred=True), v, lrs=(0.03, 0.1, 0.3))
right = {name: accuracy(one.cohort, test) for name, one in students.items()}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
for name, one in students.items():
    print(f"{name:<21} step {one.lr:<5} accuracy {right[name].mean():.3f}   "
          f"minus labels {paired_difference(right[name], right['labels'])}")
warmest.settle(max(warmest.options, key=lambda name: right[f"soft targets, {name}"].mean()))

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = "Gain over labels against temperature: about a point at T = 1, rising steeply to T = 4 and a little more to T = 16."
gains = torch.stack([right[f"soft targets, T = {T}"] - right["labels"] for T in (1, 2, 4, 16)], 1)
band_panels({"accuracy minus that of labels": {"soft targets": gains}}, [1, 2, 4, 16], "temperature T",
            "On digits the temperature is the main character", alt, xscale="log")

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
together(
    claim("At T = 4 soft targets are worth more than five points.", right["soft targets, T = 4"], right["labels"], above=0.05),
    claim("T = 4 beats T = 1 by more than three points.", right["soft targets, T = 4"], right["soft targets, T = 1"], above=0.03),
    claim("T = 16 is no worse than T = 4.", right["soft targets, T = 16"], right["soft targets, T = 4"], above=SAME_ACCURACY.low),
    claim("Centred logits beat T = 1 by more than three points, too.", right["centred logits"], right["soft targets, T = 1"],
          above=0.03))

# %% [markdown]
# Chapter 5 found that without labels T = 1 and T = 4 are equally accurate. Here the temperature is nearly everything. Both chapters are right about
# their data. First: what is in this gain?
#
# ## The bare choices
#
# A student of the teacher's choices learns, from each of its 50 rows, the class that the teacher finds most probable. In chapter 6 that was worth a
# part of the gain.

# %% tags=["bet"]
bare = Bet("What are the teacher's bare choices worth on these 50 rows, against the labels?", choices=["a gain", "exactly nothing", "a loss"])
bare

# %%
choices = kdlib.Digits(few.x, v.argmax(-1))
students["bare choices"] = student(HardLabels(), rows=choices, lrs=(0.03, 0.3, 1.0, 3.0))
right["bare choices"] = accuracy(students["bare choices"].cohort, test)

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
difference = (right["bare choices"] - right["labels"]).mean().item()
print("choices that differ from the label:", int((choices.y != few.y).sum()), "of", few.y.numel())
print("accuracy minus labels:", difference)
bare.settle(bare.options[1 if difference == 0 else 0 if difference > 0 else 2])

# %% [markdown]
# Exactly nothing, because the two students are the same student. The teacher has learned these rows, so its choices are their labels. Among
# people, choices can pay, because they correct unlucky labels. Here labels are right, and there is nothing to correct. (On rows without a label,
# choices are worth a lot: chapter 9.)
#
# ## Is it softness?
#
# The dull control of softness is smoothing: the same doubt for every class, in every row. **Write it:** $1-\varepsilon$ for the label, and
# $\varepsilon$ spread evenly over all classes.

# %% tags=["exercise"]
def smooth(y, share, classes):
    return ...  # your lines; labels [n] -> probabilities [n, classes]

# %% tags=["check"]
checks.smooth(smooth)

# %% tags=["hints"]
hints("smooth")

# %% [markdown]
# The stronger control has the teacher's own numbers: in each row its choice stays, and the other nine logits are **shuffled**. The confidence is the
# same, so is the entropy, at each temperature. Only which digit a doubt is about has been lost. **Write it:** with `others` the numbers of a row's nine
# other classes, in their order, `others[j]` gets the logit of `others[order[j]]`.

# %% tags=["exercise"]
def shuffle_doubts(v, order):
    return ...  # your lines; v [n, C], order [n, C - 1] -> [n, C]

# %% tags=["check"]
checks.shuffle_doubts(shuffle_doubts)

# %% tags=["hints"]
hints("shuffle_doubts")

# %% tags=["bet"]
shuffled_bet = Bet("Students of the shuffled doubts at T = 4, against students of labels:",
                   choices=["more than a point better", "within a point", "more than a point worse"])
shuffled_bet

# %% tags=["hide-input"] jupyter={"source_hidden": true}
def shuffled_doubts(v, order):
    others = (F.one_hot(v.argmax(-1), 10) == 0).nonzero()[:, -1].reshape(order.shape)
    return v.scatter(-1, others, v.gather(-1, others.gather(-1, order)))

# %%
order = torch.rand(repetitions, 50, 9, generator=torch.Generator().manual_seed(draws.students)).argsort(-1)
smoothed = (0.9 * F.one_hot(few.y, 10) + 0.1 / 10).log()
students["smoothed labels"] = student(SoftTargets(1.0), smoothed)
students["doubts shuffled, T = 4"] = student(SoftTargets(4.0), shuffled_doubts(v, order), lrs=(0.01, 0.03, 0.1, 0.3))

# %% [markdown]
# And the control of chapter 6: an **equal teacher**. It has the teacher's size, and it saw the student's 50 rows and no others.

# %%
equal = kdlib.train_cohort((64, 64, 10), few, HardLabels(), runs=repetitions, epochs=200, lr=0.5, seed=draws.teachers)
students["equal teacher, T = 4"] = student(SoftTargets(4.0), equal.logits(few.x), lrs=(0.1, 0.3, 1.0))
right |= {name: accuracy(one.cohort, test) for name, one in students.items()}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
gain = {name: paired_difference(score, right["labels"]) for name, score in right.items() if name != "labels"}
for name, estimate in gain.items():
    print(f"{name:<23} {100 * estimate.mean:+5.1f} points [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]")
shuffled = gain["doubts shuffled, T = 4"].mean
shuffled_bet.settle(shuffled_bet.options[0 if shuffled > 0.01 else 2 if shuffled < -0.01 else 1])

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Accuracy against that of labels, with intervals. Bare choices are exactly at zero; smoothed labels, shuffled doubts and the equal "
       "teacher are near it. Soft targets rise with T, centred logits are as far as T = 16.")
estimate_rows(gain, "accuracy minus that of students of labels", "The gain is in which digit a doubt is about", alt)

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
taught = "soft targets, T = 4"
together(
    claim("Bare choices are worth exactly nothing.", right["bare choices"], right["labels"], within=1e-9),
    claim("Smoothing buys less than two points.", right["labels"], right["smoothed labels"], above=-seen),
    claim("So do the teacher's own doubts, shuffled.", right["labels"], right["doubts shuffled, T = 4"], above=-seen),
    claim("In their places they are worth more than five points more.", right[taught], right["doubts shuffled, T = 4"], above=0.05),
    claim("The equal teacher is worth less than a third of the better one.",
          (right[taught] - right["labels"]) / 3, right["equal teacher, T = 4"] - right["labels"]))

# %% [markdown]
# Softness is worth nothing that these rows could show. The gain is dark knowledge: which digits an image resembles. A teacher of the same 50 rows has little more of
# it than the student finds by itself.
#
# ## The control that nobody shows
#
# The teacher saw 1,097 labels. **What does the student make of those labels, without any teacher?** Chapter 6 asked that, and promised a harder
# world: so here is also a student of four units, far too small for its teacher. **Can a teacher give such a student what it does not find itself?**

# %%
large = {"rows": learn, "epochs": 30, "batch_size": 20}
own = {16: student(HardLabels(), lrs=(0.1, 0.5, 2.0), **large)}

# %%
own[4] = student(HardLabels(), lrs=(0.05, 0.2, 0.8), hidden=4, **large)
v_learn = teachers.logits(learn.x)
asked = {T: student(SoftTargets(T), v_learn, lrs=steps, hidden=4, **large)
         for T, steps in ((1.0, (0.05, 0.2, 0.8)), (4.0, (0.02, 0.1, 0.5)))}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
all_labels = {hidden: accuracy(one.cohort, test) for hidden, one in own.items()}
asked_all = {T: accuracy(one.cohort, test) for T, one in asked.items()}
print(f"16 units: 50 labels {right['labels'].mean():.3f}, taught {right[taught].mean():.3f}, all labels {all_labels[16].mean():.3f}")
print(f" 4 units: all labels {all_labels[4].mean():.3f}, taught on the same rows {asked_all[1.0].mean():.3f} at T = 1, "
      f"{asked_all[4.0].mean():.3f} at T = 4; the teacher {accuracy(teachers, test).mean():.3f}")

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
together(
    claim("On all labels the student does more than two points better than taught on fifty rows.", all_labels[16], right[taught],
          above=seen),
    claim("With four units it stays more than five points below its teacher.", accuracy(teachers, test), all_labels[4], above=0.05),
    *(claim(f"And that teacher, on the same rows at T = {T:g}, gives it less than two points.", all_labels[4], of_four, above=-seen)
      for T, of_four in asked_all.items()))

# %% [markdown]
# Whoever has the labels trains on them; that holds for images as well. And a far better teacher is no promise: what four units cannot hold, nobody
# teaches them on the same rows. The gain of this chapter comes from what the teacher saw and the student did not.
#
# ## What decides whether temperature matters?
#
# Here is a guess. The people's teacher is unsure, because the people's world is: its doubts are large at $T=1$ already. The digits' teacher is sure, and
# its doubts have to be turned up to be heard. If that is it, then the verdicts must change sides when the teachers' sureness does. That can be
# done without touching a single choice: multiply the logits by a number. **Write it:** which factor gives logits a wanted mean confidence?

# %% tags=["exercise"]
def factor_for(v, sure):
    return ...  # your lines; a number

# %% tags=["check"]
checks.factor_for(factor_for)

# %% tags=["hints"]
hints("factor_for")

# %% tags=["hide-input"] jupyter={"source_hidden": true}
def confidence(v):
    return torch.softmax(v, -1).amax(-1).mean().item()

def as_sure_as(v, sure):
    """The logits v times the factor that gives them the mean confidence ``sure``."""
    low, high = 0.0, 1000.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if confidence(middle * v) < sure else (low, middle)
    return middle * v

# %% [markdown]
# The people's better teacher of chapters 5 to 7, and 200 people in each draw:

# %%
world = kdlib.census(torch.float64, years=3, dollars=2_000)
people = kdlib.sample_people(200, seed=draws.people, dtype=torch.float64, runs=repetitions)
many = kdlib.sample_people(4_000, seed=draws.better_people, dtype=torch.float64)
better = kdlib.train_cohort((6, 32, 32, 3), many, HardLabels(), runs=1, epochs=60, batch_size=20, lr=0.05, seed=draws.teachers)
v_people = better.logits(people.x.reshape(1, -1, 6)).reshape(repetitions, 200, 3)
print(f"mean confidence: the people's teacher {confidence(v_people):.3f}, the digits' teacher {confidence(v):.3f}")

# %%
def exact(cohort):
    return metrics.expected_accuracy(cohort.logits(world.x), world.p)

def of_people(T, v, lrs):
    return tune((6, 8, 3), people, SoftTargets(T), lrs=lrs, score=exact, runs=repetitions, teacher_logits=v, epochs=200,
                batch_size=20, seed=draws.students).score

def of_digits(T, v, lrs):
    return accuracy(student(SoftTargets(T), v, lrs=lrs).cohort, test)

# %% tags=["bet"]
left = Bet("Make the digits' teacher as unsure as the people's. How much of the gain of T = 16 over T = 1 is left?", low=0, high=150,
           unit="percent", margin=15)
left

# %%
unsure = as_sure_as(v, confidence(v_people))
warm_digits = {"sure": right["soft targets, T = 16"] - right["soft targets, T = 1"],
               "unsure": of_digits(16.0, unsure, (0.1, 0.3, 1.0, 3.0)) - of_digits(1.0, unsure, (0.3, 1.0, 3.0))}

# %%
sure = as_sure_as(v_people, confidence(v))
warm_people = {"unsure": of_people(16.0, v_people, (0.06, 0.6, 2.0)) - of_people(1.0, v_people, (0.6, 2.0, 6.0))}

# %%
warm_people["sure"] = of_people(16.0, sure, (0.02, 0.06, 0.2)) - of_people(1.0, sure, (0.02, 0.06, 0.2, 0.6, 2.0))

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
for name, warm in (("digits", warm_digits), ("people", warm_people)):
    for how in ("sure", "unsure"):
        print(f"{name}, teacher {how:<7} T = 16 minus T = 1: {mean_over_seeds(warm[how])}")
left.settle(100 * (warm_digits["unsure"].mean() / warm_digits["sure"].mean()).item())

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
together(
    claim("The people's teacher as it is: temperature does not change accuracy.", warm_people["unsure"], within=SAME_ACCURACY),
    claim("The people's teacher made as sure as the digits': now T = 16 buys accuracy.", warm_people["sure"]),
    claim("More than as it is.", warm_people["sure"], warm_people["unsure"]),
    claim("The digits' teacher made as unsure as the people's: less than half of what T = 16 buys is left.",
          warm_digits["sure"] / 2, warm_digits["unsure"]))

# %% [markdown]
# Both verdicts move as the guess says. A sure teacher needs temperature, an unsure one needs it less. How *much* there is to be heard is another
# matter: the people have two other classes and little to say about them, an image has nine. And something is left over: the digits' unsure teacher
# still gains from $T$, because one number for all nine doubts cannot bring the smallest of them up.
#
# So before you choose $T$, look at your teacher's confidence on the student's rows. It costs one line.
#
# ## Any module can teach
#
# Nothing of this asks what the teacher is. Here is a small convolutional network, trained by `fit` with Adam, on the rows of the first draw.

# %%
from torch import nn

torch.manual_seed(draws.teachers)
convolutional = nn.Sequential(nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
                              nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 16, 10))
rows = kdlib.Digits(learn.x[0], learn.y[0])
kdlib.fit(convolutional, rows, HardLabels(), epochs=15, batch_size=50, optimizer=lambda p: torch.optim.Adam(p, lr=3e-3))
unseen = kdlib.Digits(test.x[0], test.y[0])
print(f"convolutional teacher {kdlib.accuracy(convolutional, unseen):.3f}, the 64-64-10 {accuracy(teachers, test)[0]:.3f}")

# %% [markdown]
# Sixteen students, each with 50 rows of its own among the 1,097, of labels and of this teacher. Each kind at the step that was best for it
# above. **Can students learn from a teacher of another kind?**

# %%
own_fifty = kdlib.Digits(rows.x[:800].reshape(16, 50, 64), rows.y[:800].reshape(16, 50))
fifty_each = {"runs": 16, "epochs": 200, "batch_size": 10, "seed": draws.students}
by_labels = kdlib.train_cohort((64, 16, 10), own_fifty, HardLabels(), lr=students["labels"].lr, **fifty_each)
v_conv = kdlib.logits_of(convolutional, rows.x[:800]).reshape(16, 50, 10)
by_conv = kdlib.train_cohort((64, 16, 10), own_fifty, SoftTargets(4.0), teacher_logits=v_conv, lr=students[taught].lr, **fifty_each)

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
claim("Students of the convolutional teacher are more than three points better than students of labels.",
      accuracy(by_conv, unseen), accuracy(by_labels, unseen), above=0.03,
      over="students")

# %% [markdown]
# ## Your own data
#
# The whole path in one function, for any table of numbers with a class in each row.

# %%
def distil(x, y, few=50, hidden=16, T=4.0):
    """Teacher on 60% of the rows, students on the first few of these, scores on the rest."""
    classes, n = int(y.max()) + 1, int(0.6 * len(y))
    x = (x - x[:n].mean(0)) / x[:n].std(0).clamp(min=1e-6)
    seen, rows, others = ((x[part], y[part]) for part in (slice(n), slice(few), slice(n, None)))
    nets = {name: kdlib.MLP(x.shape[1], width, classes) for name, width in (("teacher", 64), ("labels", hidden), ("taught", hidden))}
    data = torch.utils.data.TensorDataset
    kdlib.fit(nets["teacher"], data(*seen), HardLabels(), epochs=30, batch_size=20, lr=0.1)
    kdlib.fit(nets["labels"], data(*rows), HardLabels(), epochs=200, lr=0.1)
    kdlib.fit(nets["taught"], data(*rows), SoftTargets(T), teacher=nets["teacher"], epochs=200, lr=0.1)
    sure = confidence(kdlib.logits_of(nets["teacher"], rows[0]))
    return {"confidence": sure} | {name: kdlib.accuracy(net, data(*others)) for name, net in nets.items()}

# %% [markdown]
# The digits first, then a second data set: people, of whom it knows nothing but six numbers and a class.

# %%
digits, crowd = rows, kdlib.sample_people(1_000, seed=draws.people, dtype=torch.float64)
for name, data in (("digits", digits), ("people", crowd)):
    torch.manual_seed(draws.students)
    print(name, {key: round(value, 3) for key, value in distil(data.x, data.y).items()})

# %% [markdown]
# For your own: `x` is a tensor of features [n, d], `y` of class indices from 0, [n], the rows in random order. A CSV file with the class in its last
# column is `table = torch.tensor(numpy.loadtxt(path, delimiter=","))`, then `x, y = table[:, :-1], table[:, -1].long()`.
#
# Then change, in this order: `few` to the rows that your student will have, `hidden` to what your device can hold, and `T` by the confidence that is
# printed: near 1, start at 4 or higher; well below, try 1 first. One run is one draw. Before you believe it, do what this chapter did: several
# splits, a step for each, and the shuffled doubts.
#
# ## What we saw

# %%
print(f"50 labels {right['labels'].mean():.3f}; soft targets " + ", ".join(
    f"{right[f'soft targets, T = {T}'].mean():.3f} (T = {T})" for T in (1, 2, 4, 16)) + ".")
print(f"Bare choices {100 * gain['bare choices'].mean:+.1f}, smoothing {100 * gain['smoothed labels'].mean:+.1f}, shuffled doubts "
      f"{100 * shuffled:+.1f}, an equal teacher {100 * gain['equal teacher, T = 4'].mean:+.1f} points.")
print(f"T = 16 over T = 1: {100 * warm_digits['sure'].mean():.1f} points with a sure teacher, "
      f"{100 * warm_digits['unsure'].mean():.1f} with the same teacher made unsure.")

# %% tags=["score"]
score()

# %% [markdown]
# ## Try next
#
# 1. Give the student 200 rows instead of 50. What becomes of the gain of $T=4$ over labels?
# 2. Try $T=64$. Is there anything beyond 16?
#
# <details><summary>Solutions</summary>
#
# 1. Use `few = learn.first(200)`, and 0.03 among the steps of $T=4$. The gain shrinks to less than half: labels catch up.
# 2. No: its students are within a point of those of $T=16$, and both are near those of the centred logits, their limit.
#
# </details>
#
# **Terms:** second guess, shuffled doubts, confidence, label smoothing.
#
# **Next:** [chapter 9, shipping the student](09_shipping.ipynb).
