# %% [markdown]
# # 9. Shipping the student
#
# *Reading: about 17 minutes. Running: under 35 seconds on two cores.*
#
# Afterwards you can
#
# - say what a network costs in bytes and microseconds, and measure both so that a sceptic believes it,
# - say what images without labels are worth to a student, and for which students,
# - hand a student over as an ONNX file, prove that it is the same network, and say what int8 buys,
# - write the card that goes with it, and run the student in a page.
#
# Builds on chapter 6 (paired draws, tuned steps) and chapter 8 (the digits).

# %%
import tempfile
from pathlib import Path
import torch
import kdlib
from kdlib import HardLabels, SoftTargets, budget, draws, metrics, onnx_files
from kdlib.budget_pictures import frontier_of, times_by_width
from kdlib.claims import SAME_ACCURACY, Margin, claim, together
from kdlib.exercises import checks
from kdlib.exercises.hints import hints, solution
from kdlib.intervals import Estimate, mean_over_seeds, paired_difference, wilson
from kdlib.model_card import write_card
from kdlib.pictures import estimate_rows
from kdlib.tuning import tune
from kdlib.widgets import Bet, score

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

# %% [markdown]
# ## The order
#
# Somebody wants digits read on a small device. The file may have **2,000 bytes**. There are **100 images with a label**.
# There are 1,200 more that nobody labelled: images are cheap, labels are not.
#
# We have a large network, 64-128-10, which learned the 100 labels. One draw of this chapter deals out all images anew: 100 with a
# label, 1,200 without, 97 to tune step sizes on, 400 to score on. There are 16 draws.

# %%
repetitions = 16
labelled, unlabelled, tuning, test = kdlib.split_digits(draws.splits, (100, 1_200, 97, 400), torch.float64, repetitions)
large = kdlib.train_cohort((64, 128, 10), labelled, HardLabels(), runs=repetitions, lr=0.05, epochs=60, seed=draws.teachers)

def accuracy(cohort, rows=test):
    return metrics.top1(cohort.logits(rows.x), rows.y)

print("accuracy of the large networks", mean_over_seeds(accuracy(large)))

# %% [markdown]
# ## Bytes
#
# Weights are stored in float32, four bytes each. **How many bytes are the weights of a network of given sizes?**

# %% tags=["exercise"]
def bytes_of(sizes):
    return ...  # your lines; sizes such as (64, 4, 10)

# %% tags=["check"]
checks.bytes_of(bytes_of)

# %% tags=["hints"]
hints("bytes_of")

# %% tags=["bet"]
how_many = Bet("How many files of a student 64-4-10 are as large as one of the large network?", low=1, high=100, margin=3,
               unit="files")
how_many

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
widths = (2, 4, 8, 16, 32, 128)
size = {width: budget.size_of(kdlib.MLP(64, width, 10).float()) for width in widths}
for width in widths:
    print(f"64-{width}-10: {size[width]:>6,} bytes")
how_many.settle(size[128] / size[4])

# %% [markdown]
# A file is its weights and some words that say what they are. Four hidden units fit into 2,000 bytes, eight do not. So our student has
# four.
#
# ## Microseconds
#
# A time is harder to believe than a size. The first calls are slow: memory is allocated, caches are empty. Now and then the system does
# something else, and a call takes a thousand times as long. So one warms up, repeats, and takes the median. **Write it:** `seconds` holds what
# each call took, each call answered `rows` predictions, and the first `warm_up` calls do not count.

# %% tags=["exercise"]
def microseconds(seconds, rows, warm_up):
    return ...  # your lines; microseconds a prediction

# %% tags=["check"]
checks.microseconds(microseconds)

# %% tags=["hints"]
hints("microseconds")

# %% [markdown]
# `kdlib.budget.race` measures so, and one thing more: all contestants take part in every round, one after the other. What slows the machine
# for a while slows all of them. So **ratios** can be compared, and the times themselves are this machine's.
#
# We measure in torch and in ONNX Runtime, which runs networks without Python; more about it below. One image alone, and 1,000
# at once. One thread.

# %%
engine = "torch" if onnx_files.missing() else "ONNX Runtime"
print(onnx_files.missing() or "torch and ONNX Runtime are here")

def times(batch):
    """{(engine, width): microseconds an image [rounds]}; how long a network takes does not depend on what it learned."""
    rows = budget.batch_of(test.x[0], batch)
    networks = {width: kdlib.MLP(64, width, 10).float() for width in widths}
    calls = {(name, width): call for width, network in networks.items() for name, call in budget.calls_of(network, rows).items()}
    return budget.race(calls, rows=batch)

# %% tags=["bet"]
alone = Bet("One image at a time, in torch: how much longer do 128 hidden units take than four?",
            choices=["less than twice as long", "two to ten times as long", "more than ten times as long"])
alone

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
single, crowd = times(1), times(1_000)
ratio = (single["torch", 128] / single["torch", 4]).median()
alone.settle(alone.options[0 if ratio < 2 else 1 if ratio < 10 else 2])

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Microseconds an image against hidden units, both axes logarithmic. One image alone: level lines, that of ONNX Runtime below that "
       "of torch. A thousand at once: far below, level up to eight units and rising from there.")
times_by_width({"one image alone": single, "1,000 at once": crowd}, "Alone, an image costs the call", alt)

# %%
timed = {"unit": "times", "over": "rounds", "median": True, "timed": True}
together(
    claim("One image alone: 128 units take less than twice as long as four.",
          single["torch", 128] / single["torch", 4], within=(0.5, 2), **timed),
    claim("A thousand at once: they take more than twice as long.",
          crowd["torch", 128] / crowd["torch", 4], above=2, **timed),
    claim("An image alone takes more than five times as long as one of a thousand.",
          single["torch", 4] / crowd["torch", 4], above=5, **timed))

# %% [markdown]
# One image alone costs the call: Python, the runtime, a look at shapes. The arithmetic of 128 units is nothing beside it. In a batch the call is
# shared, and what remains is arithmetic. **So the small student saves bytes, and it saves time where images come in crowds.** Is that all?
# Only because our large network is not large. Here is one of a million weights. Nobody trained it, since time does not ask what weights say.

# %%
huge, row = kdlib.MLP(64, 1024, 1024, 10).float(), budget.batch_of(test.x[0], 1)
print(f"{sum(p.numel() for p in huge.parameters()):,} weights, {budget.size_of(huge):,} bytes")
four = kdlib.MLP(64, 4, 10).float()
race = budget.race({name: budget.calls_of(network, row)[engine] for name, network in (("huge", huge), ("four", four))})
claim("One image alone: a million weights take more than three times as long as four units.", race["huge"] / race["four"],
      above=3, **timed)

# %% [markdown]
# ## What images without labels are worth
#
# The large network can say what it thinks of the 1,200 images that nobody labelled. Together with the labelled ones they are the
# **transfer set**. Five students of four units, all with the same number of steps, each with its own step size:
#
# | student learns | from |
# |---|---|
# | labels | the 100 labelled images |
# | soft targets, same images | the large network's word on these 100 |
# | soft targets | its word on all 1,300 |
# | bare choices | only what it chooses, on all 1,300 |
# | true labels | as if somebody had labelled all 1,300: what that work would buy |
#
# The last one is nobody's student: those labels are not there. It shows what they would be worth.

# %%
both = kdlib.Digits(torch.cat([labelled.x, unlabelled.x], 1), torch.cat([labelled.y, unlabelled.y], 1))
v = large.logits(both.x)
choices, soft = kdlib.Digits(both.x, v.argmax(-1)), SoftTargets(1.0)

def student(rows, objective, v=None, hidden=4):
    epochs = 26_000 // rows.y.shape[1]
    return tune((64, hidden, 10), rows, objective, lrs=(0.05, 0.1, 0.2, 0.5), score=lambda cohort: accuracy(cohort, tuning),
                runs=repetitions, teacher_logits=v, epochs=epochs, batch_size=20, seed=draws.students)

# %% tags=["bet"]
worth = Bet("How many points of accuracy do soft targets for all 1,300 images buy, compared to the 100 labels?", low=-5, high=20,
            unit="points", margin=2)
worth

# %% tags=["bet"]
bare = Bet("And if the student gets only the large network's choices, without a doubt in them?",
           choices=["more than three points worse than soft targets", "within three points", "more than three points better"])
bare

# %%
tuned = {"labels": student(labelled, HardLabels()), "soft targets, same images": student(labelled, soft, v[:, :100]),
         "soft targets": student(both, soft, v), "bare choices": student(choices, HardLabels()),
         "true labels": student(both, HardLabels())}

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
shares = {name: accuracy(one.cohort) for name, one in tuned.items()}
for name, one in tuned.items():
    print(f"{name:<26} step {one.lr:<4} accuracy {mean_over_seeds(shares[name])}")
gain = {name: paired_difference(shares[name], shares["labels"]) for name in list(shares)[1:]}
worth.settle(Estimate(*(100 * end for end in gain["soft targets"][:3]), repetitions))

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
gap = paired_difference(shares["bare choices"], shares["soft targets"])
print("bare choices minus soft targets", gap)
bare.settle(bare.options[0 if gap.mean < -0.03 else 2 if gap.mean > 0.03 else 1])

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Gains over 100 labels with 95% intervals: soft targets for the same images little, soft targets and bare choices for all 1,300 "
       "much and alike, true labels most.")
estimate_rows(gain, "accuracy minus that of 100 labels", "The images pay, not the doubts", alt)

# %% [markdown]
# What is no difference here? Two points: Wilson's interval for one test of 400 images reaches further than that to each side.

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
UNSEEN = Margin(-0.02, 0.02, "what 400 test images cannot show")
together(
    claim("The large network's word on 1,300 images buys more than three points.", shares["soft targets"], shares["labels"], above=0.03),
    claim("That is more than its word on the 100 images alone.", shares["soft targets"], shares["soft targets, same images"], above=0.01),
    claim("Its bare choices do as well.", shares["bare choices"], shares["soft targets"], within=UNSEEN),
    claim("Somebody who labels all of them buys more still.", shares["true labels"], shares["soft targets"]))

# %% [markdown]
# Here it is the images that pay. A large network that is mostly right is a cheap labeller. Its doubts add next to nothing
# to its choices, unlike in chapter 8, where fifty images had to say everything. With 1,300 images the classes' neighbourhoods are in the
# images themselves.
#
# ## How small?
#
# The same for other widths: labels, and soft targets for all images. **For which width do images without label pay most? From which on
# not at all?**

# %%
of_labels = {width: accuracy(student(labelled, HardLabels(), hidden=width).cohort) for width in (2, 8, 16)}
of_labels[4] = shares["labels"]

# %%
of_labels[32] = accuracy(student(labelled, HardLabels(), hidden=32).cohort)

# %%
taught = {width: accuracy(student(both, soft, v, hidden=width).cohort) for width in (2, 8, 16)}
taught[4] = shares["soft targets"]

# %%
taught[32] = accuracy(student(both, soft, v, hidden=32).cohort)

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
print("units  labels                 taught                 gain")
for width in widths[:-1]:
    a, b = of_labels[width], taught[width]
    print(f"{width:>5}  {mean_over_seeds(a)!s:<21}  {mean_over_seeds(b)!s:<21}  {paired_difference(b, a)}")

# %% [markdown]
# And now *the* picture: quality against time, for every network of this chapter. Numbers are hidden units.

# %%
kinds = {"labels": {width: of_labels[width] for width in widths[:-1]}, "taught": {width: taught[width] for width in widths[:-1]},
         "the large network": {128: accuracy(large)}}
panels = {name: {width: found[engine, width] for width in widths} for name, found in (("one image alone", single), ("1,000 at once", crowd))}

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("Accuracy against microseconds an image, with intervals. Alone, all networks stand above each other: time says nothing. A thousand at "
       "once: two and four units are fastest and worst, taught ones clearly above those of labels; from eight units on that of the taught is flat up to "
       "the large network, which takes several times as long.")
frontier_of(panels, kinds, f"Quality against time, in {engine}", alt)

# %% [markdown]
# Below eight units, who teaches decides. From eight units on the line of the taught is flat: more width, or the large network itself,
# costs time and buys little else.

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
of = {width: taught[width] - of_labels[width] for width in taught}
together(
    claim("Two units gain more than four points.", of[2], above=0.04),
    claim("Eight units gain as well.", of[8]),
    claim("32 units gain nothing that one could see.", of[32], within=UNSEEN),
    claim("A taught student of eight units is as good as the large network.", taught[8], accuracy(large), within=UNSEEN))

# %% [markdown]
# Which of these networks would you ever ship? One that no other beats: better, and at no higher cost. These are the **Pareto frontier**.

# %% tags=["exercise"]
def frontier(accuracy, cost):
    return ...  # your lines; True or False for each network

# %% tags=["check"]
checks.frontier(frontier)

# %% tags=["hints"]
hints("frontier")

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
names = [(kind, width) for kind, by_width in kinds.items() for width in by_width]
quality = torch.stack([kinds[kind][width].mean() for kind, width in names])
cost = torch.tensor([float(size[width]) for _, width in names])
on_it = solution("frontier")(quality, cost)
kept = [f"{width} units ({kind})" for (kind, width), stays in zip(names, on_it) if stays]
print("quality against bytes, in this draw:", ", ".join(kept))

# %% [markdown]
# ## Into a file
#
# Our student: four units, taught, of the first draw, in float32. `save_model` keeps it for kdlib. **ONNX** keeps it for everybody: a graph of
# named operations that other programs run, on a phone, in a browser, in C++. Ours has three nodes.

# %%
product = budget.as_shipped(tuned["soft targets"].cohort.module(0))
product.classes = list(kdlib.worlds.digits.DIGITS)
folder = tempfile.TemporaryDirectory()
checkpoint, exported, small = (Path(folder.name) / name for name in ("student.safetensors", "student.onnx", "student-int8.onnx"))
kdlib.save_model(product, checkpoint)
if not onnx_files.missing():
    import onnx
    kdlib.export_onnx(product, exported)
    print([node.op_type for node in onnx.load(exported).graph.node], f"{exported.stat().st_size:,} bytes")

# %% [markdown]
# Is it the same network? The batch dimension is called `n` in the file and may be any number. **Compare the outputs**, for one image, for 7 and for all.
# Equal means: to a millionth of the largest logit, which is what float32 can hold.

# %%
if not onnx_files.missing():
    runtime = kdlib.load_onnx(exported)
    for n in (1, 7, 400):
        x = test.x[0, :n].float()
        z = kdlib.logits_of(product, x)
        print(f"{n:>3} images, equal to 1e-6:", bool((runtime(x) - z).abs().max() <= 1e-6 * z.abs().max()))

# %% [markdown]
# ## A byte a weight
#
# **int8** stores each weight as a whole number from -127 to 127, times one step $s$ for a whole matrix. **Write what that does to a matrix:**

# %% tags=["exercise"]
def int8(W):
    return ...  # your lines; W rounded to multiples of s = max |W| / 127

# %% tags=["check"]
checks.int8(int8)

# %% tags=["hints"]
hints("int8")

# %% tags=["bet"]
smaller = Bet("What does ONNX Runtime's int8 make of the student's file?",
              choices=["a quarter of it", "half of it", "nothing: it grows"])
smaller

# %% tags=["hide-output", "nbval-ignore-output"] jupyter={"outputs_hidden": true}
if not onnx_files.missing():
    kdlib.quantise_onnx(exported, small)
    of_large = [Path(folder.name) / name for name in ("large.onnx", "large-int8.onnx")]
    kdlib.export_onnx(budget.as_shipped(large.module(0)), of_large[0])
    kdlib.quantise_onnx(*of_large)
    for name, pair in {"student": (exported, small), "large network": of_large}.items():
        sizes = [path.stat().st_size for path in pair]
        print(f"{name}: {sizes[0]:,} bytes, int8 {sizes[1]:,} bytes, {sizes[1] / sizes[0]:.0%}")
    smaller.settle(smaller.options[2 if small.stat().st_size > exported.stat().st_size else 1])

# %% [markdown]
# The weights shrink to a quarter. But each matrix now needs nodes that round its input and scale its output, and they are written down as
# well (how many bytes is up to the version of ONNX Runtime). At four units there is less to save than to add. **What does it cost in
# accuracy, and what does it buy in time?** For all draws:

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
def lost(cohort):
    """Accuracy in float32 minus accuracy in int8, for each draw."""
    found = []
    for r in range(repetitions):
        kdlib.export_onnx(budget.as_shipped(cohort.module(r)), exported)
        kdlib.quantise_onnx(exported, small)
        found.append([kdlib.accuracy(kdlib.load_onnx(path), kdlib.Digits(test.x[r], test.y[r])) for path in (exported, small)])
    return torch.tensor(found) @ torch.tensor([1.0, -1.0])

shown = onnx_files.missing()
if not shown:
    shown = together(
        claim("int8 costs the student less than a point.", lost(tuned["soft targets"].cohort), within=SAME_ACCURACY),
        claim("Nor does it cost the large network more.", lost(large), within=SAME_ACCURACY))
shown

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
shown = onnx_files.missing()
if not shown:
    kdlib.export_onnx(product, exported)
    kdlib.quantise_onnx(exported, small)
    pair = {path: kdlib.load_onnx(path) for path in (exported, small)}
    race = budget.race({path: (lambda network=network: network.run(row.numpy())) for path, network in pair.items()})
    shown = claim("For one image alone, int8 does not make the student twice as fast.", race[exported] / race[small], within=(0, 2), **timed)
shown

# %% [markdown]
# At this size int8 buys nothing: the file grows, and an image alone costs the call as before. It pays for networks of many weights: nearly all of
# their file are weights, and these shrink to a quarter. It costs next to no accuracy.
#
# ## The card
#
# A file without a word beside it will be used for what it was never meant for. Mitchell et al. (2019) call the remedy a **model card**:
# what it was taught, on what, how good it is, and for whom it is not.

# %%
right = kdlib.accuracy(product, kdlib.Digits(test.x[0], test.y[0]))
card = write_card(
    checkpoint,
    taught="The probabilities, at T = 1, of a tanh network 64-128-10 that had learned 100 labels.",
    rows="1,300 images of 8 x 8 pixels by Alpaydin and Kaynak (1998, CC BY 4.0), 100 of them labelled.",
    scores={"accuracy on 400 other images": wilson(400 * right, 400),
            "accuracy of such students, over 16 draws": mean_over_seeds(shares["soft targets"])},
    not_for=["Strangers' hands: 13 people wrote these digits, and all of them may be in both parts.",
             "Anything that is no digit: it always names one.", "Risks: nobody has calibrated its probabilities."])
print(card.name, card.read_text(), sep="\n\n")

# %% [markdown]
# ## In your browser
#
# The student's 310 weights are numbers, and a page can multiply. In the book, on paper and without a server, this explorer runs in your browser: the
# student from the file, the same small network on the 100 labels, and the large one. **Draw a digit. Which of them reads it? And
# what do they say to something that is no digit?**

# %%
from kdlib.widgets import DigitExplorer

by_labels, loaded = tuned["labels"].cohort.module(0), kdlib.load_model(checkpoint)
reader = DigitExplorer(large=large.module(0), small=by_labels, taught=loaded, examples=test.x[0, :10])
reader

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
opening = repr(reader)
for pixels in ([0.0] * 64, [1.0] * 64, test.x[0, 20].tolist()):
    reader.pixels = pixels
    z = kdlib.logits_of(loaded, torch.tensor([pixels]))[0]
    assert torch.allclose(reader.logits()["taught"], z.double(), atol=1e-2) and "taught" in repr(reader)
reader.pixels = test.x[0, 0].tolist()
assert repr(reader) == opening

# %% tags=["twin"]
reader.picture()

# %% [markdown]
# Your hand is none of the 13. So no number above says how often they read it, and none of them knows when it fails. That is what the card's
# last section is for.
#
# ## What we saw

# %%
print(f"Four units and 100 labels: {shares['labels'].mean():.1%}. With the large network's word on 1,300 images: "
      f"{shares['soft targets'].mean():.1%}; with its bare choices: {shares['bare choices'].mean():.1%}.")
print(f"The file has {checkpoint.stat().st_size:,} bytes, that of the large network {size[128]:,}.")
print(f"Eight taught units {taught[8].mean():.1%}, the large network {accuracy(large).mean():.1%}.")
folder.cleanup()

# %% tags=["score"]
score()

# %% [markdown]
# ## Try next
#
# 1. Give the student of four units soft targets at $T = 4$. Chapter 8 found them far better than $T = 1$. And here?
# 2. Print `budget.measure(product, test.x[0])` on your machine. How many images a second is that?
#
# <details><summary>Solutions</summary>
#
# 1. Call `student(both, SoftTargets(4.0), v)` with smaller steps, `lrs=(0.02, 0.05, 0.1, 0.2)` in `tune`. It is worse by two points or more.
#    Four units cannot follow all of the teacher's small probabilities, and at $T = 4$ they are asked to.
# 2. A million divided by the microseconds; in batches of 1,000 that is millions of images a second on one core.
#
# </details>
#
# **Terms:** transfer set, warm-up, ONNX, quantisation, Pareto frontier, model card.
#
# **Next:** [chapter 10, what goes wrong](10_what_goes_wrong.ipynb).
