# %% [markdown]
# # 0. Why distil?
#
# *Reading: about 9 minutes. Running: under 10 seconds on two cores.*
#
# Afterwards you can
#
# - say in one picture what distillation is for: quality against kilobytes and microseconds,
# - read its loss in five lines of PyTorch, and see what happens when you change it,
# - choose your way through the course.
#
# Builds on basic PyTorch: tensors, modules, an optimizer.

# %%
import torch
import torch.nn.functional as F
import kdlib
from kdlib import budget, draws
from kdlib.claims import claim
from kdlib.exercises import checks
from kdlib.exercises.hints import hints
from kdlib.image_pictures import image_row
from kdlib.intervals import mean_over_seeds, wilson
from kdlib.pictures import quality_against_cost
from kdlib.widgets import Bet, score

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

# %% [markdown]
# ## The order
#
# Somebody wants handwritten digits read, on a small device. Here are ten, 8 by 8 pixels each.

# %%
learn, _, test = kdlib.split_digits(draws.splits, dtype=torch.float64)
image_row(test.x[:10], test.y[:10].tolist(), "Ten digits, and their labels", "Ten handwritten digits of 8 by 8 pixels with their labels.")

# %% [markdown]
# We have a large network. It learned from 1,097 images with labels. The device takes a small one.

# %%
torch.manual_seed(draws.teachers)
large, small, taught = kdlib.MLP(64, 256, 256, 10), kdlib.MLP(64, 16, 10), kdlib.MLP(64, 16, 10)
taught.load_state_dict(small.state_dict())  # the same first weights, so that only the lessons differ
history = kdlib.fit(large, learn, kdlib.HardLabels(), epochs=10, batch_size=50,
                    optimizer=lambda p: torch.optim.Adam(p, lr=2e-3))

# %% [markdown]
# What does it cost? First the file. **Write it:** how many weights and biases has a network?

# %% tags=["exercise"]
def weights(net):
    return ...  # your lines; a number

# %% tags=["check"]
checks.weights(weights)

# %% tags=["hints"]
hints("weights")

# %% [markdown]
# Then the time. Both answer the same 1,000 images, twenty times; the median counts.

# %%
images = learn.x[:1_000]
times = budget.race({"large": lambda: large(images), "small": lambda: small(images)}, rows=1_000, rounds=20)
time = {name: one.median().item() for name, one in times.items()}
kilobytes = {name: 4 * sum(p.numel() for p in net.parameters()) / 1_000 for name, net in (("large", large), ("small", small))}
print(f"large {kilobytes['large']:.0f} kB, small {kilobytes['small']:.0f} kB at four bytes a weight")
print("the large one takes more than five times as long:", time["large"] > 5 * time["small"])

# %% [markdown]
# Time and size need no training. Accuracy is what is missing. This picture will grow.

# %%
frame = {"xlim": (time["small"] / 3, time["large"] * 12), "ylim": (0.65, 1)}

def right(net):
    return wilson(kdlib.accuracy(net, test) * 500, 500)

points = {"large": (time["large"], right(large), kilobytes["large"])}
quality_against_cost(points, "The large network: right, and dear", "One point: the large network, at the upper right.", **frame)

# %% [markdown]
# ## The small one, from labels
#
# The labels of those 1,097 images have stayed with whoever trained the large network. We have 50 of them. Plain PyTorch:

# %%
few = learn.first(50)

def train(net, loss_of, steps=1_000, lr=0.1):
    torch.manual_seed(draws.students)
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for step in range(steps):
        rows = torch.randint(50, (10,))
        optimizer.zero_grad()
        loss_of(net(few.x[rows]), rows).backward()
        optimizer.step()

# %% tags=["bet"]
from_labels = Bet("Of 100 new images, how many will the small network read after 50 labelled ones?", low=0, high=100, unit="images",
                  margin=2)
from_labels

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
train(small, lambda z, rows: F.cross_entropy(z, few.y[rows]))
points["small, from labels"] = time["small"], right(small), kilobytes["small"]
from_labels.settle(100 * kdlib.accuracy(small, test))

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = "A second point, far to the left and far below: the small network that learned from labels."
quality_against_cost(points, "The small one: fast, and often wrong", alt, **frame)

# %% [markdown]
# ## The small one, taught
#
# Now ask the large network about the same 50 images. It answers not with a digit but with a probability for each: this nine is a bit
# like an eight, and not at all like a one. A **temperature** $T$ makes the small ones among these numbers louder. **Write it:** the
# probabilities of logits that were divided by $T$.

# %% tags=["exercise"]
def soften(v, T):
    return ...  # your lines; logits [n, 10] -> probabilities [n, 10]

# %% tags=["check"]
checks.soften(soften)

# %% tags=["hints"]
hints("soften")

# %% [markdown]
# The student learns to give its teacher's probabilities. That is knowledge distillation, in five lines and without a label:

# %%
def loss(z, v, T=4.0):
    log_p = F.log_softmax(z / T, dim=1)  # what the student says
    q = F.softmax(v / T, dim=1)  # what the teacher says
    kl = F.kl_div(log_p, q, reduction="batchmean")  # how far the one is from the other
    return T**2 * kl

# %% tags=["bet"]
from_teacher = Bet("The same small network, the same 50 images, taught: where will it end?",
                   choices=["where the labels got it", "about half way to the large one", "nearly at the large one"])
from_teacher

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
v = kdlib.logits_of(large, few.x)
train(taught, lambda z, rows: loss(z, v[rows]))
points["small, taught"] = time["small"], right(taught), kilobytes["small"]
way = (right(taught).mean - right(small).mean) / (right(large).mean - right(small).mean)
from_teacher.settle(from_teacher.options[0 if way < 0.25 else 1 if way < 0.75 else 2])

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = "A third point right above the second: the same small network, taught, is far above the one of labels."
quality_against_cost(points, "The same small network, taught", alt, **frame)

# %% [markdown]
# Same size, same time, other lessons. That is what distillation is for: **the best prediction at the shortest prediction time**. How much of the gap
# has the teacher closed? **Write it**, from three accuracies:

# %% tags=["exercise"]
def gap_closed(small, taught, large):
    return ...  # your lines; 0 for no gain, 1 for the whole gap

# %% tags=["check"]
checks.gap_closed(gap_closed)

# %% tags=["hints"]
hints("gap_closed")

# %% [markdown]
# ## Was it luck?
#
# One network is one network. Here are sixteen pairs, each with 50 images of its own, trained side by side at one step size. (Chapter 8
# gives each kind its own.)

# %% tags=["bet"]
pairs = Bet("In how many of sixteen pairs is the taught one better?", low=0, high=16, unit="pairs", margin=1)
pairs

# %%
rows = kdlib.Digits(learn.x[:800].reshape(16, 50, 64), learn.y[:800].reshape(16, 50))
recipe = {"runs": 16, "epochs": 200, "batch_size": 10, "lr": 0.1, "seed": draws.students}
by_labels = kdlib.train_cohort((64, 16, 10), rows, kdlib.HardLabels(), **recipe)
asked = kdlib.logits_of(large, learn.x[:800]).reshape(16, 50, 10)
by_teacher = kdlib.train_cohort((64, 16, 10), rows, kdlib.SoftTargets(4.0), teacher_logits=asked, **recipe)

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
labels, lessons = ((cohort.logits(test.x).argmax(-1) == test.y).double().mean(-1) for cohort in (by_labels, by_teacher))
pairs.settle((lessons > labels).sum().item())

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
claim("Taught, the small network reads more than four more images of a hundred.", lessons, labels, above=0.04, over="students")

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = "Large, small from labels, small taught, the last two as means of sixteen with short intervals that lie far apart."
means = {"small, from labels": labels, "small, taught": lessons}
points |= {name: (time["small"], mean_over_seeds(scores), kilobytes["small"]) for name, scores in means.items()}
quality_against_cost(points, "Means of sixteen: same size, same time, other lessons", alt, **frame)

# %% [markdown]
# A sentence in such a box is computed: where the numbers do not support it, the cell fails.
#
# ## Change it
#
# In the loss above, set $T$ to 1 or to 16, or drop the `T**2`, or exchange `log_p` and `q`. Run that cell and this one. **What happens to
# the accuracy? And what does `diagnose` say?** (It notes that labels play no part: so it is meant here.)

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
yours = kdlib.MLP(64, 16, 10)
train(yours, lambda z, rows: loss(z, v[rows]))
print(f"accuracy {kdlib.accuracy(yours, test):.3f}", kdlib.diagnose(lambda z, v, y: loss(z, v), temperature=4.0, classes=10), sep="\n")

# %% [markdown]
# ## What it is not
#
# The teacher had seen 1,097 labels. Give them to the small network, and it needs no teacher (chapters 6 and 8). Distillation pays where the knowledge
# is left in a network alone: the labels are gone or somebody else's, or the images at hand have none.
#
# ## Your way through the course
#
# | you want to | go to |
# |---|---|
# | build it from the ground up | chapters [1](01_dataset.ipynb), [2](02_teacher.ipynb), [3](03_student.ipynb) |
# | understand the loss | chapters [4](04_gradients.ipynb), [5](05_temperature.ipynb) |
# | know whether it works, and why | chapters [6](06_does_it_work.ipynb), [7](07_dark_knowledge.ipynb) |
# | do it on your own data | chapter [8](08_digits.ipynb) |
# | ship the student | chapter [9](09_shipping.ipynb) |
# | find the bug in yours | chapter [10](10_what_goes_wrong.ipynb) |
# | do it with words | chapter [11](11_words.ipynb) |
# | show it to others | chapter [12](12_playground.ipynb) |
#
# The people of chapters 1 to 7 are invented, so that the truth about them is known exactly.
#
# ## What we saw

# %%
print(f"The small network has {kilobytes['small'] / kilobytes['large']:.1%} of the large one's weights. From 50 labels it reads {labels.mean():.1%}, "
      f"taught on the same images {lessons.mean():.1%}, the large one {kdlib.accuracy(large, test):.1%}.")
print(f"The teacher closes {(lessons - labels).mean() / (kdlib.accuracy(large, test) - labels.mean()):.0%} of the gap.")

# %% tags=["score"]
score()

# %% [markdown]
# ## Try next
#
# 1. Teach a student of 4 units, and one of 64. Which closes more of the gap?
# 2. Give the taught student 1,000 images and no label at all: `few = learn.first(1_000)`, and 1,000 for 50 in `train`. How near does it come?
#
# <details><summary>Solutions</summary>
#
# 1. That of 64. Four units cannot hold what the teacher says; they close less than half as much of their gap.
# 2. Within two points. It needed images and a teacher, and not one label.
#
# </details>
#
# **Terms:** knowledge distillation, teacher, student, temperature.
#
# **Next:** [chapter 1, the data set](01_dataset.ipynb).
