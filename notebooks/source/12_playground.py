# %% [markdown]
# # 12. Playground
#
# *Reading: about 14 minutes. Running: under 45 seconds on two cores.*
#
# Afterwards you can
#
# - run five experiments live, in front of a class or alone,
# - let others bet first, and know what they will see,
# - answer "was that luck?" with an interval for the very settings on the screen.
#
# Builds on chapters 3 to 6. Nothing new is taught here: it is the place to try things out.

# %%
from dataclasses import replace

import torch
import kdlib
from kdlib import draws
from kdlib.claims import SAME_ACCURACY, SAME_AGREEMENT, claim
from kdlib.widgets import DecisionMap, GradientExplorer, Settings, TemperatureExplorer, TrainingLab
from kdlib.widgets import curves_picture, finished, map_picture

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)

# %% [markdown]
# ## For the lecturer
#
# Every experiment has the same order. Read out the question and **let the class bet**: a show of hands will do. Then follow the
# steps. What should be seen is folded away below the lab. In the notebook two more things follow: a finished run, for the day
# the lab fails, and the claims, which prove what you promise for these settings. `make app` shows one experiment a screen,
# without them and without code; it needs no server.
#
# | in the lab | what it does |
# |---|---|
# | a numbered step | sets what it says, runs it and pins the result |
# | Run, Stop | trains all students from the beginning, with the settings as they stand; gives the run up |
# | Play, Step, the epoch slider | go through the run again, curves and map together |
# | Pin | keeps the result beside the next ones, up to three, with their differences in a table |
# | Reset | goes back to the settings of the text, for the next group |
#
# By keyboard: Tab moves on, Space presses a button, the arrow keys change a number or a choice. A number that you type counts
# once you press Enter or leave its field.
#
# A line is the mean of 16 students, and its band reaches from the lowest to the highest of them. Each student has 200 training
# people of its own, unless we say otherwise. Accuracy and agreement are measured on people of every kind, by their true
# probabilities. A run takes a few seconds.
#
# For a class that asks about language models there is one more thing to move, without any training:
# [the dial of chapter 11](11_words.ipynb#a-dial-between-the-two), from forward to reverse KL. Let the student speak at both ends.

# %% tags=["claim"]
def in_this_draw(settings):
    """The finished run; where the course is repeated in other draws, with other people and first weights."""
    return finished(replace(settings, seed=settings.seed + draws.DRAW))

def at_end(what, settings):
    """Accuracy or agreement of every student [seeds] at the end of the run."""
    return getattr(in_this_draw(settings), what)[:, -1]

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
few = {"temperature": 0.05, "alpha": 0.0, "lr": 1e-6, "batch_size": 1, "epochs": 1,
       "hidden": 64, "rows": 20, "seeds": 1, "seed": 9999}
many = {"temperature": 100.0, "alpha": 1.0, "lr": 1e6, "batch_size": 1000, "epochs": 2,
        "hidden": 1, "rows": 1000, "seeds": 32, "seed": 0}

def rehearse(lab):
    """All controls to one corner and to the other; every button once; back to the beginning."""
    opening = repr(lab)
    for corner in (few, many):
        for name, value in {"teacher": "untrained", "objective": "mixed", **corner}.items():
            lab.controls[name].value = value
        lab.run()
        assert lab.wait(60) and "Done. " in lab.status and f"{corner['epochs']} epoch" in repr(lab), lab.status
        lab.pin()
    assert len(lab.pins) == 2
    lab.controls["rows"].value = 200
    lab.run()
    assert lab.wait(60) and "A batch of 1000 people cannot be drawn from 200" in lab.status, lab.status
    lab.controls["epochs"].value, lab.controls["batch_size"].value = 20_000, 10
    lab.run()
    lab.stop()
    assert lab.wait(60) and "Stopped. " in lab.status, lab.status
    lab.reset()
    assert lab.wait(60) and repr(lab) == opening and not lab.pins, lab.status

# %% [markdown] hands=["behind", "level", "ahead"]
# ## 1. Faster, or only steeper?
#
# In the original demo the student learns from the teacher's log-probabilities, and it learns quickly. **Is that target faster, or
# are its gradients only larger?**
#
# Press the first two steps. Then the bet: labels get ten times the step. Will they still be behind after 200 epochs, level,
# or ahead?

# %%
log_probs = Settings("log-probs", lr=0.005, epochs=200, seeds=16)
lab = TrainingLab(log_probs, controls=("objective", "lr", "epochs"), steps=[
    ("1. Log-probs", {}), ("2. Labels", {"objective": "labels"}),
    ("3. Labels, ten times the step", {"objective": "labels", "lr": 0.05})])
lab

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
rehearse(lab)

# %% [markdown]
# <details><summary>What should be seen</summary>
#
# At the same step size labels are ahead at first and far behind at the end. With ten times the step they lead nearly all the way
# and end no lower, in most draws a little higher. Most of the speed was the step. A claim of speed needs this control.
#
# </details>

# %% tags=["twin"]
labels = replace(log_probs, objective="labels")
curves_picture(labels, pinned=log_probs)

# %% tags=["twin"]
large = replace(labels, lr=0.05)
curves_picture(large, pinned=log_probs)

# %% tags=["claim"]
claim("At the same step size, students of log-probs are more than five points ahead of labels.",
      at_end("accuracy", log_probs), at_end("accuracy", labels), above=0.05)

# %% tags=["claim"]
claim("With ten times the step, labels end no lower than log-probs.",
      at_end("accuracy", large), at_end("accuracy", log_probs), above=SAME_ACCURACY.low)

# %% [markdown]
# Where does the steepness come from? Here is one person, a student at its beginning and a teacher who is sure.
# **Choose labels as the objective: by how much do the bars of dL/dz shrink? Which class is pushed the other way?**

# %%
explorer = GradientExplorer(objective="log-probs", student_logits=[0.3, 0.0, -0.3],
                            teacher_logits=[3.0, 0.0, -3.0])
explorer

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
opening = explorer.get_state(["objective", "student_logits", "teacher_logits", "temperature", "alpha", "label"])
for objective in ("labels", "log-probs", "logits", "logits centred", "soft targets", "mixed"):
    for logits, T, alpha, label in (([6.0, -6.0, 0.0], 0.25, 0.0, 0), ([-6.0, 6.0, 0.0], 32.0, 1.0, 2)):
        corner = {"objective": objective, "student_logits": logits, "temperature": T, "alpha": alpha, "label": label}
        explorer.set_state(corner)
        assert explorer.gradient().isfinite().all() and f"GradientExplorer({objective}" in repr(explorer)
explorer.set_state(opening)

# %% tags=["twin"]
explorer.picture()

# %% [markdown]
# <details><summary>What should be seen</summary>
#
# The log-probs of the unlikely classes lie far below zero, so the squared error has a long way to go and a large gradient.
# It pushes all three logits down, even that of the true class. The gradient of the label is a difference of
# probabilities: none of its bars can be longer than one, and the true class is pushed up.
#
# </details>

# %% [markdown] hands=["the equal one's", "the better one's", "the untrained one's"]
# ## 2. What is a teacher worth?
#
# Three teachers. The equal one saw the same 200 people as its student. The better one saw 4,000 others. The untrained one has seen
# nobody. **Two bets: whose students are right most often? And whose students agree most with their own teacher?**
#
# Press the three steps.

# %%
equal = Settings("soft targets", teacher="equal", lr=0.05, epochs=200, seeds=16)
lab = TrainingLab(equal, controls=("teacher", "lr", "epochs"), steps=[
    ("1. Equal teacher", {}), ("2. Better teacher", {"teacher": "better"}),
    ("3. Untrained teacher", {"teacher": "untrained"})])
lab

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
rehearse(lab)

# %% [markdown]
# <details><summary>What should be seen</summary>
#
# Students of the better teacher are right most often, and those of the untrained one about as often as somebody who
# always names the same class. Yet they
# agree with their teacher about as much as students of the equal one do with theirs: to within four points, where their accuracies
# lie more than twenty apart. Fidelity is worth as much as the teacher.
#
# </details>

# %% tags=["twin"]
better, untrained = replace(equal, teacher="better"), replace(equal, teacher="untrained")
curves_picture(better, pinned=equal)

# %% tags=["twin"]
curves_picture(untrained, pinned=equal)

# %% tags=["claim"]
claim("Students of the better teacher are more than half a point ahead of those of the equal one.",
      at_end("accuracy", better), at_end("accuracy", equal), above=0.005)

# %% tags=["claim"]
claim("Students of the untrained teacher are more than 20 points behind.",
      at_end("accuracy", equal), at_end("accuracy", untrained), above=0.2)

# %% tags=["claim"]
claim("Students of either agree with their own teacher about equally, to within four points.",
      at_end("agreement", untrained), at_end("agreement", equal), within=0.04)

# %% [markdown] hands=["the accuracy", "the agreement", "both", "neither"]
# ## 3. Is it the temperature?
#
# Softer targets say more about the unlikely classes. **What will T = 4 change against T = 1: the accuracy, the agreement with
# the teacher, both or neither?**
#
# Press the first two steps. The third is the control, and a second bet: T = 1 again, with a step that is 2.33
# times as long. The gradient at T = 4 is longer by about that much, as you will see below.

# %%
sharp = Settings("soft targets", temperature=1.0, lr=0.02, epochs=200, seeds=16)
lab = TrainingLab(sharp, controls=("temperature", "lr", "epochs"), steps=[
    ("1. T = 1", {}), ("2. T = 4", {"temperature": 4.0}), ("3. T = 1, a step 2.33 times as long", {"lr": 0.0467})])
lab

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
rehearse(lab)

# %% [markdown]
# <details><summary>What should be seen</summary>
#
# Accuracy hardly moves. Students at T = 4 learn sooner and agree more with their teacher. But so they do at T = 1 with a
# step that is longer by as much as the gradient. Here T = 4 was a larger step in disguise. In chapter 5, with labels in the mix, it
# was mostly a larger weight of the teacher and a larger step.
#
# </details>

# %% tags=["twin"]
soft, step = replace(sharp, temperature=4.0), replace(sharp, lr=0.0467)
curves_picture(soft, pinned=sharp)

# %% tags=["twin"]
curves_picture(step, pinned=sharp)

# %% tags=["claim"]
claim("T = 4 and T = 1 do not differ in accuracy.",
      at_end("accuracy", soft), at_end("accuracy", sharp), within=SAME_ACCURACY)

# %% tags=["claim"]
claim("Students at T = 4 agree more with their teacher.",
      at_end("agreement", soft), at_end("agreement", sharp))

# %% tags=["claim"]
claim("With the longer step at T = 1 they agree as much.",
      at_end("agreement", step), at_end("agreement", soft), within=SAME_AGREEMENT)

# %% [markdown]
# Why is T = 4 like a larger step? The loss has the factor T² that chapter 5 explained. Here is a student that knows nothing yet.
# **By how much does its gradient shrink from T = 4 to T = 1? And what would it do without T²?**

# %%
people = kdlib.sample_people(200, seed=100, dtype=torch.float64)
teacher_logits = finished(sharp).teacher(people.x)[0]
sure_last = torch.softmax(teacher_logits, -1).amax(-1).argsort()
explorer = TemperatureExplorer(teacher_logits=teacher_logits, student_logits=torch.zeros(200, 3), people=people,
                               chosen=sure_last[[0, 60, 120]].tolist(), temperature=4.0)
explorer

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
opening = repr(explorer)
for T, chosen in ((0.25, [199]), (32.0, [0, 1, 2, 3, 4, 5])):
    explorer.set_state({"temperature": T, "chosen": chosen})
    assert f"TemperatureExplorer(T={T:g}: {explorer.people[chosen[0]]} [" in repr(explorer)
    assert explorer.gradient_norm() > 0
explorer.set_state({"temperature": 4.0, "chosen": sure_last[[0, 60, 120]].tolist()})
assert repr(explorer) == opening

# %% tags=["twin"]
explorer.picture()

# %% [markdown]
# <details><summary>What should be seen</summary>
#
# With T² the gradient at T = 4 is more than twice that at T = 1, and beyond 4 it hardly grows. Without T² it falls all the way.
#
# </details>

# %% tags=["claim"]
everyone = kdlib.sample_people(200, seed=100 * (draws.DRAW + 1), dtype=torch.float64, runs=16)
teacher = in_this_draw(sharp).teacher
v = torch.stack([teacher(x)[k] for k, x in enumerate(everyone.x)])  # each teacher on its own student's people

def norm(T):
    objective = kdlib.SoftTargets(T)
    return objective.logit_gradient(torch.zeros_like(v), teacher_logits=v).norm(dim=(1, 2))

claim("At the start the gradient at T = 4 is more than twice that at T = 1.", norm(4.0) / norm(1.0), above=2, unit="times", over="teachers")

# %% [markdown] hands=["20", "50", "200"]
# ## 4. Twenty people
#
# Only 20 people, and you know their labels. Or you ask the better teacher what it thinks of the same 20. **How many labelled people
# are 20 people with this teacher worth: 20, 50 or 200?**
#
# Press the three steps.

# %%
twenty = Settings("labels", teacher="better", rows=20, lr=0.2, epochs=300, seeds=16)
lab = TrainingLab(twenty, controls=("objective", "rows", "lr", "epochs"), steps=[
    ("1. 20 labels", {}), ("2. The teacher on the same 20", {"objective": "soft targets"}),
    ("3. 200 labels", {"rows": 200, "lr": 0.02})])
lab

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
rehearse(lab)

# %% [markdown]
# <details><summary>What should be seen</summary>
#
# With 20 people the teacher is worth more than eight points. These students then do about as well as students of 200 labels: to
# within four, half of that. The labels of 20 people say little, and the students believe them too much. The step sizes differ because each side got one that suits it: the
# labels of 200 people want a smaller step.
#
# </details>

# %% tags=["twin"]
taught = replace(twenty, objective="soft targets")
curves_picture(taught, pinned=twenty)

# %% tags=["twin"]
labelled = replace(twenty, rows=200, lr=0.02)
curves_picture(labelled, pinned=taught)

# %% tags=["claim"]
claim("With 20 people the better teacher is worth more than eight points.",
      at_end("accuracy", taught), at_end("accuracy", twenty), above=0.08)

# %% tags=["claim"]
claim("20 people with this teacher and 200 labelled people differ by less than four points.",
      at_end("accuracy", taught), at_end("accuracy", labelled), within=0.04)

# %% [markdown] hands=["straight ones only", "curved ones, too"]
# ## 5. How small may the student be?
#
# A student with eight hidden units can turn each border its own way. **Which borders can it draw with only one? And how many
# units does it take until its accuracy is that of eight?**
#
# Press the first step and look at the map. Let someone draw the map of one hidden unit on the board before the second.

# %%
eight = Settings("soft targets", teacher="better", lr=0.05, epochs=200, seeds=16)
lab = TrainingLab(eight, controls=("hidden", "lr", "epochs"), steps=[
    ("1. Eight units", {}), ("2. One unit", {"hidden": 1}), ("3. Two units", {"hidden": 2})])
lab

# %%
plane = DecisionMap(lab, sex="male", state="oklahoma")
plane

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
rehearse(lab)

# %% tags=["rehearsal"] jupyter={"source_hidden": true}
opening, seen = repr(plane), set()
for sex, state, student in (("female", "michigan", 16), ("female", "nebraska", 2), ("male", "oklahoma", 1)):
    for name, value in (("sex", sex), ("state", state), ("student", student)):
        plane.controls[name].value = value
    assert f"for {sex}, {state}: truth, teacher and student" in repr(plane) and repr(plane)[12:-1] in plane.status
    seen.add(repr(plane))
assert len(seen) == 3 and repr(plane) == opening

# %% [markdown]
# <details><summary>What should be seen</summary>
#
# With one unit all borders are straight and parallel. The three logits depend on the one number that the unit puts out, so every
# border is a line on which that number is constant. A second unit lets the two borders take different directions, and the accuracy is already
# that of eight. That holds for this much training. Chapter 6 trains longer, and there the students make use of more.
#
# </details>

# %% tags=["twin"]
one, two = replace(eight, hidden=1), replace(eight, hidden=2)
map_picture(eight, sex="male", state="oklahoma")

# %% tags=["twin"]
map_picture(one, sex="male", state="oklahoma")

# %% tags=["twin"]
map_picture(two, sex="male", state="oklahoma")

# %% tags=["twin"]
curves_picture(one, pinned=eight)

# %% tags=["claim"]
claim("Two hidden units are ahead of one, in the median: a student of one unit may be stuck.",
      at_end("accuracy", two), at_end("accuracy", one), median=True)

# %% tags=["claim"]
claim("Eight and two do not differ, after this much training.",
      at_end("accuracy", eight), at_end("accuracy", two), within=SAME_ACCURACY)

# %% [markdown] tags=["claim"]
# ## What we saw

# %% tags=["claim"]
def mean(what, *runs):
    return ", ".join(f"{at_end(what, settings).mean():.3f}" for settings in runs)

print("1. Log-probs, labels, labels with ten times the step:",
      f"accuracy {mean('accuracy', log_probs, labels, large)}")
print("2. Equal, better, untrained teacher:",
      f"accuracy {mean('accuracy', equal, better, untrained)},",
      f"agreement {mean('agreement', equal, better, untrained)}")
print("3. T = 1, T = 4, T = 1 with the longer step:",
      f"agreement {mean('agreement', sharp, soft, step)}")
print("4. 20 labels, 20 people with the teacher, 200 labels:",
      f"accuracy {mean('accuracy', twenty, taught, labelled)}")
print(f"5. One, two, eight hidden units: accuracy {mean('accuracy', one, two, eight)}")

# %% [markdown]
# ## A dial of your own
#
# An experiment that no lab offers takes six lines: `interact` draws a slider for each argument of a function, and calls it again
# whenever one moves. **Give it a step size, or print the agreement with the teacher.** (It asks a kernel: in the notebook it is
# alive, on the page of the book it is not.)

# %% tags=["remove-output", "nbval-ignore-output"]
from ipywidgets import interact

def labels_alone(rows=20, hidden=8):
    people, student = kdlib.sample_people(rows, seed=draws.people, dtype=torch.float64), kdlib.student_net(hidden)
    kdlib.fit(student, people, kdlib.HardLabels(), epochs=20, lr=0.05)
    print(f"accuracy {kdlib.accuracy(student, people):.3f} on the people it learned from")

dial = interact(labels_alone, rows=(10, 200), hidden=(1, 32))

# %% tags=["rehearsal", "nbval-ignore-output"] jupyter={"source_hidden": true}
for slider, ends in zip(dial.widget.children, ((10, 200, 20), (1, 32, 8))):
    for end in ends:
        slider.value = end

# %% [markdown]
# ## Try next
#
# 1. Experiment 2 with labels as the objective: are students of an equal teacher ahead of students of no teacher?
# 2. Experiment 3 with T = 16. Does the agreement go on rising?
# 3. Experiment 1 the other way round: give log-probs the step of 0.05, too. Who is ahead at epoch 10, and who at 200?
# 4. Experiment 3 on real images: under *All settings* choose the world digits, the better teacher and 50 rows, with a step of 0.1
#    and 300 epochs. Does the temperature matter there?
#
# <details><summary>Solutions</summary>
#
# 1. No. Pin the equal teacher's run, choose labels and a step of 0.02: the accuracies differ by less than a point. What the
#    students of labels lack is agreement.
# 2. No. Above T = 4 the gradient hardly grows any more, as the temperature explorer shows.
# 3. Log-probs are far ahead at epoch 10, and a little behind at 200. Whoever claims speed has to name the epoch.
# 4. Much: from T = 1 to T = 16 the accuracy rises by more than five points. Chapter 8 says why.
#
# </details>
#
# **Terms:** bet, control, pinned run.
