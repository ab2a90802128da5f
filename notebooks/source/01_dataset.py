# %% [markdown]
# # 1. The data set
#
# *Reading: about 14 minutes. Running: under 10 seconds on two cores.*
#
# Afterwards you can
#
# - read one person's record and turn it into the six numbers a network sees,
# - say what the best possible classifier could score on these people,
# - say how little 40 test rows can tell, and what an interval covers.
#
# You need basic PyTorch: tensors, and what a data set is. Nothing here is trained yet.

# %%
import torch
import kdlib
from kdlib import draws, figures
from kdlib.exercises import checks
from kdlib.exercises.hints import hints
from kdlib.widgets import Bet, score
from kdlib.worlds.people_file import DATA

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

# %% [markdown]
# We compute with 64-bit numbers on one thread, so that your digits are the ones printed here.
#
# ## A record
#
# The task: guess a person's politics from sex, age, state and income. The people are in a text file.
# What does one look like?

# %%
lines = (DATA / "people_raw_train.csv").read_text().splitlines()
print("\n".join(lines[:5]))

# %% [markdown]
# Words and numbers side by side. A network multiplies and adds, so every word has to become a number.
# This course began with a small public demo that trains a teacher and a student on such people. We call it the original demo. Its
# rule:
#
# | column | becomes |
# |---|---|
# | sex | -1 male, +1 female |
# | age | years / 100 |
# | state | three columns, one of them 1: michigan, nebraska, oklahoma |
# | income | dollars / 100,000 |
# | politics, the label | 0 conservative, 1 moderate, 2 liberal |
#
# **Write the rule** for a record, which has `.sex`, `.age`, `.state` and `.income`: six numbers in the order of the table. The check under your
# lines says what is wrong with them; below it are two hints and a solution, folded.

# %% tags=["exercise"]
def encode(record):
    return ...  # your lines

# %% tags=["check"]
checks.encode(encode)

# %% tags=["hints"]
hints("encode")

# %% [markdown]
# Before you run the next cell: which six numbers is a woman of 24 in Michigan who earns 29,500?

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
someone = kdlib.Record("female", 24, "michigan", 29_500, "liberal")
kdlib.encode(someone)

# %% [markdown]
# Why not just number the states 1, 2, 3? Because then Nebraska would lie between the other two, and a network would
# have to unlearn that. Three columns put all states equally far apart.
#
# Why divide age and income? Take a neuron that computes tanh(w · x) with a weight w of ordinary size, and two people who earn 29,500 and 60,000.
# Whenever the course wants your opinion before it shows a number, it asks for a **bet**: lock it in, then uncover the result.

# %% tags=["bet"]
unscaled = Bet("Income in dollars: how different does the neuron find the two?", choices=["very different", "a little different", "not at all"])
unscaled

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
w = torch.tensor(0.7)
for income in (29_500.0, 60_000.0, 0.295, 0.600):
    print(f"income {income:>9}:  tanh = {torch.tanh(w * income):.6f}")
apart = (torch.tanh(w * 60_000) - torch.tanh(w * 29_500)).abs()
unscaled.settle("not at all" if apart == 0 else "a little different" if apart < 0.1 else "very different")

# %% [markdown]
# Unscaled, every income gives the same answer. The neuron is saturated: its output is 1 whatever goes in, and its gradient is
# zero. It cannot tell two people apart, and it cannot learn to. Scaled, the two incomes give two answers.
#
# ## The data set
#
# `PeopleDataset` reads the encoded file, checks every row and holds two tensors: features `x` and labels `y`.

# %%
train = kdlib.PeopleDataset(DATA / "people_train.txt", torch.float64)
test = kdlib.PeopleDataset(DATA / "people_test.txt", torch.float64)
print("train", list(train.x.shape), " test", list(test.x.shape))
print("first row", train[0][0].tolist(), "label", train[0][1].item())

# %% [markdown]
# A wrong row does not slip through. Here is someone who forgot to divide the age.

# %%
import contextlib
import tempfile

with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
    with open("mine.txt", "w") as file:
        file.write("1\t24\t1\t0\t0\t0.2950\t2\n")
    try:
        kdlib.PeopleDataset("mine.txt")
    except kdlib.PeopleFileError as error:
        print(error)

# %% [markdown]
# The message names the file, the line and the cure.
#
# How many people of each class are there?

# %%
for name, data in (("train", train), ("test", test)):
    counts = torch.bincount(data.y).tolist()
    print(name, dict(zip(kdlib.worlds.people.POLITICS, counts)))

# %% [markdown]
# **Where in the plane of age and income do you expect the liberals, and where the moderates?**

# %% tags=["hide-input", "hide-output"] jupyter={"source_hidden": true, "outputs_hidden": true}
alt = ("200 people by age and income. Conservatives are mostly old or rich, liberals young and less "
       "rich, moderates between.")
picture = figures.Picture(alt, height=3.8)
figures.people_scatter(picture.axes, train, "No line separates the classes")
picture.axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
picture

# %% [markdown]
# There is a pattern: liberals are young and less rich, conservatives old or rich, moderates between. And no line separates the
# classes. Two people with the same six numbers can vote differently. Even with perfect knowledge of the pattern you would sometimes
# be wrong. How often?
#
# ## The truth
#
# With real data nobody can answer that. With these people we can, because **every one of them is invented**.
# They come from a formula: it turns a person's features into three scores, and a softmax of the scores into
# the true probabilities p(politics | person). The label is then drawn at random from those three numbers.
# No such pattern is claimed of real people.
#
# All people are equally likely in this world. The formula is in `kdlib/worlds/people.py`, and `kdlib.posterior` evaluates it.
# Here are three of the test people. **Which label would have surprised you?**

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
shown = test.x[:3]
for record, p in zip(test.records()[:3], kdlib.posterior(shown)):
    print(f"{record.sex}, {record.age}, {record.state}, ${record.income:,}: {record.politics}")
    print("   truth: " + ", ".join(f"{c} {q:.2f}" for c, q in zip(kdlib.worlds.people.POLITICS, p)))

# %% [markdown]
# The third label is an unlikely one: where many labels are drawn, some are exceptions. The label says which class was drawn. The
# probabilities also say how near the other two were. That second kind of information is what a label throws away. Hinton
# calls it **dark knowledge**: a good teacher has some of it, and distillation is the attempt to hand it on.
#
# Here is the man of the third line. **Press "Draw another label" ten times: how often will it be the label of the file?
# And what becomes of the truth when he moves to another state?**

# %%
from kdlib.widgets import PersonExplorer

third = {"sex": "male", "age": 32, "state": "michigan", "income": 72_100, "draw": 0.05}
explorer = PersonExplorer(**third)
explorer

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
def most_probable(**settings):
    explorer.set_state(settings)
    return kdlib.worlds.people.POLITICS[explorer.probabilities()["truth"].argmax()]

assert [most_probable(state=state) for state in kdlib.worlds.people.STATES] == ["liberal", "conservative", "moderate"]
assert most_probable(sex="female", age=18, income=20_000, draw=0.0) == "liberal"
assert "(female, 18 years, oklahoma, $20,000 a year: truth" in repr(explorer) and explorer.label() == "conservative"
assert most_probable(sex="male", age=80, income=90_000, draw=1.0) == "conservative"
assert "(male, 80 years, oklahoma, $90,000 a year: truth" in repr(explorer) and explorer.label() == "liberal"
explorer.set_state(third)

# %% tags=["twin"]
explorer.picture()

# %% [markdown]
# The label changes from draw to draw; in the long run it is that of the file as often as its bar says. The truth changes
# only with the person. And the state matters: in each of the three, another class is his most probable one.
#
# The whole truth fits in a few maps. Colour is the most probable class, faint means unsure. **Find him in each of them.**

# %%
alt = ("Three maps of the most probable class of men over age and income, one per state: liberal at the "
       "lower left, conservative at the upper right, a moderate region between, whose shape and strength differ "
       "by state.")
picture = figures.Picture(alt, columns=3, width=9.5, height=3.3, sharey=True)
for state, ax in enumerate(picture.axes):
    name = kdlib.worlds.people.STATES[state].title()
    figures.age_income_map(ax, kdlib.posterior, sex=-1, state=state, title=f"men in {name}")
    ax.label_outer()
figures.class_legend(picture.axes[-1])
picture

# %% [markdown]
# He stays where he is; the borders move. A network has to learn three such maps for men and three for women, from 200 people.
#
# ## The best possible score
#
# Suppose you knew the truth and always named the most probable class. This is the **Bayes classifier**, and nothing
# beats it. **Write it**, for a table of true probabilities with one row for each person:

# %% tags=["exercise"]
def bayes(p):
    return ...  # your lines

# %% tags=["check"]
checks.bayes(bayes)

# %% tags=["hints"]
hints("bayes")

# %% [markdown]
# For one person it is right with probability max p. **And on average over all people?** Write that, too:

# %% tags=["exercise"]
def ceiling(p):
    return ...  # your lines

# %% tags=["check"]
checks.ceiling(ceiling)

# %% tags=["hints"]
hints("ceiling")

# %% tags=["bet"]
best_score = Bet("How often is the best possible classifier right, over all people?", low=0, high=100, unit="%", margin=3)
best_score

# %% [markdown]
# There are few enough kinds of people that we can ask all of them: 2 sexes, 63 ages, 3 states, 701 incomes.

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
everyone = kdlib.census(torch.float64, dollars=100)
bayes_accuracy = everyone.p.max(-1).values.mean()
print(f"{len(everyone.x):,} kinds of people; the Bayes classifier is right for {bayes_accuracy:.2%} of draws")
best_score.settle(100 * bayes_accuracy.item())

# %% [markdown]
# This number is exact, not an estimate: every possible person was asked, with the true probability of each answer. It is the ceiling
# of every chapter about people. A network that scores more on some test set was lucky.
#
# A network can be asked in the same way. Its **expected accuracy** is the mean true probability of the class that it chooses. No
# label is drawn, so no luck of a test is in it. From here on every accuracy among people is measured so, on `census()`: every
# seventh income, which makes 37,800 kinds of people and next to the same number.

# %%
world = kdlib.census(torch.float64)
print(f"{len(world.x):,} kinds of people; the Bayes classifier is right for {world.p.max(-1).values.mean():.2%} of draws")

# %% [markdown]
# ## What a claim is
#
# A claim in this course is a cell. It computes its sentence over many draws: a **seed** fixes the random numbers, and another
# seed draws other people. It shows the mean and its **95% interval**, the range in which the true mean plausibly lies, and
# fails when the interval does not support the sentence. The first claim holds the exact ceiling against people with drawn labels.

# %%
from kdlib.claims import SAME_ACCURACY, claim
from kdlib.metrics import top1

def bayes_score(n, seed):
    people = kdlib.sample_people(n, seed, torch.float64)
    return top1(kdlib.posterior(people.x), people.y).item()

gaps = [bayes_score(5_000, seed) - bayes_accuracy.item() for seed in draws.seeds(64)]
claim("On drawn people the Bayes classifier scores what the formula says.", gaps, within=SAME_ACCURACY)

# %% [markdown]
# Three things are agreed on for all claims.
#
# **What an interval covers.** From chapter 2 on, one draw is everything that could have come out differently: the people to learn
# from, the first weights, the shuffles. The interval says where the mean over such draws lies. The test adds nothing to it, because the
# census is exact. Where only some of this is drawn anew, such as students of one and the same teacher, the box says so.
#
# **When a difference is none.** An interval never shows that two things are equal. It can show that they differ by less than anybody would
# mind, and for that a limit has to be named. Ours is one person in a hundred: of a hundred people one more gets a wrong answer, or
# one gets another answer than the teacher's. It is called `SAME_ACCURACY` and `SAME_AGREEMENT`. A claim with
# another limit gives its own reason.
#
# **Many claims.** A sentence that is just not true still passes in one of forty draws: that is what 95% means, at either end. So of
# a hundred such sentences two or three would pass. The claims of this course were therefore computed in three other draws as well, with other
# seeds throughout. The book's page "The claims in other draws" shows all of them.
#
# ## Forty test rows
#
# The original demo measures accuracy on 40 people. Take the Bayes classifier, the best there is, and let it
# take that test. Its true score is known by now.

# %% tags=["bet"]
width = Bet("How wide is the 95% interval that a test of 40 rows leaves?", low=0, high=100, unit="points", margin=5)
width

# %% tags=["hide-output"] jupyter={"outputs_hidden": true}
from kdlib.intervals import wilson

correct = (kdlib.posterior(test.x).argmax(-1) == test.y).sum().item()
interval = wilson(correct, len(test))
print(f"{correct} of {len(test)} right: {interval}")
width.settle(100 * (interval.high - interval.low))

# %% [markdown]
# That is **Wilson's interval**: the true scores that would plausibly give this count. It is wide. To see that the
# width is real, give the same classifier 1,000 different tests of 40 rows.

# %%
tests = torch.tensor([bayes_score(40, seed) for seed in draws.seeds(1_000)])
low, high = tests.quantile(torch.tensor([0.025, 0.975])).tolist()
print(f"one classifier, 1,000 tests: the middle 95% of its scores run from {low:.3f} to {high:.3f}")

# %% tags=["hide-input"] jupyter={"source_hidden": true}
alt = ("Histogram of the scores of the Bayes classifier on 1,000 different tests of 40 rows: a broad "
       "hill around the true accuracy, marked by a dashed line, with scores far below and far above it.")
picture = figures.Picture(alt)
values, counts = tests.unique(return_counts=True)
picture.axes.bar(values, counts, width=0.02)
picture.axes.axvline(bayes_accuracy, color="black", linestyle="--", label="true accuracy")
picture.axes.set(xlabel="accuracy on 40 rows", ylabel="number of tests", title="One classifier, many verdicts")
picture.axes.legend()
picture

# %% [markdown]
# Every bar is the same classifier. If two networks differ by a few points on 40 rows, that says little about them.
# A claim for the rest of the course. Its limit is twenty times what we would mind:

# %%
intervals = [wilson(40 * score, 40) for score in tests.tolist()]
claim("For the Bayes classifier an interval from 40 rows is on average more than 20 points wide.",
      [interval.high - interval.low for interval in intervals], above=0.20, over="tests")

# %% [markdown]
# ## What we saw

# %%
print("A person is six numbers and a label; 200 people to train on, 40 to test on.")
print(f"Nobody can be right more often than {bayes_accuracy:.1%} in this world.")
print(f"On tests of 40 rows the same classifier scores {low:.1%} to {high:.1%} (the middle 95%).")
print("So from here on we ask all kinds of people, and repeat everything in many draws.")

# %% tags=["score"]
score()

# %% [markdown]
# ## Try next
#
# 1. How many test rows make Wilson's interval four points wide?
# 2. Leave out the state: what could a classifier score that sees only sex, age and income?
#
# <details><summary>Solutions</summary>
#
# 1. About 1,300. The width shrinks with the square root of the number of rows. Try
#    `for n in (40, 400, 1300, 4000): print(n, wilson(0.84 * n, n))`.
# 2. About 77%. Average the truth over the states first. A census lists sex, age, state, income in this order, so
#    `everyone.p.reshape(2, 63, 3, -1, 3).mean(2).max(-1).values.mean()` is the answer.
#
# </details>
#
# **Terms:** encoding, one-hot, posterior (true class probabilities), dark knowledge, Bayes classifier, Bayes accuracy, census, expected accuracy,
# seed, draw, claim, 95% interval, margin, Wilson's interval.
#
# **Next:** [chapter 2, the teacher](02_teacher.ipynb).
