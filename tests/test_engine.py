"""The page's engine: its random numbers, people and students are those of torch, NumPy and kdlib."""

from dataclasses import asdict, replace

import numpy as np
import pytest
import torch

import kdlib
from kdlib.cohort import Cohort
from kdlib.widgets.lab.lab_worlds import LAB_WORLDS
from kdlib.widgets.lab.runs import finished, frames, last, measured_at, people_of
from kdlib.widgets.lab.settings import OBJECTIVES, TEACHERS, Settings
from tests.support.node import PAGE, call, node
from tools import better_teacher, digit_rows

ENGINE = PAGE / "engine.js"
SMALL = Settings("mixed", epochs=200, rows=20, seeds=2, hidden=3, teacher="untrained")


def generator(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", [0, 1, 20_261, 2**32 - 1])
def test_shuffles_and_uniform_numbers_are_torchs(seed):
    given = [(n, 3 if n < 1000 else 2) for n in (1, 2, 12, 200, 1000)]
    found = node("draw.mjs", PAGE / "random.js", [[seed, "permutation", [n], times] for n, times in given])
    for (n, times), orders in zip(given, found, strict=True):
        draws = generator(seed)
        assert orders == [torch.randperm(n, generator=draws).tolist() for _ in range(times)]
    (found,) = node("draw.mjs", PAGE / "random.js", [[seed, "uniform", [], 1000]])
    assert found == torch.rand(1000, dtype=torch.float64, generator=generator(seed)).tolist()


def test_streams_are_seeded_as_numpy_seeds_them():
    words = np.random.default_rng(0).integers(2**32, size=(200, 6)).tolist()
    entropy = [row[: 1 + k % 6] for k, row in enumerate(words)] + [[0, 0, 0], [9999, 31, 1]]
    expected = [int(np.random.SeedSequence(row).generate_state(1)[0]) for row in entropy]
    assert call(PAGE / "random.js", [["seedSequence", row] for row in entropy]) == expected


@pytest.mark.parametrize("seed", [0, 100, 1_000_031])
def test_people_are_those_that_kdlib_draws(seed):
    expected = kdlib.sample_people(500, seed, dtype=torch.float64)
    (found,) = call(PAGE / "people.js", [["samplePeople", 500, seed]])
    assert [*found["y"].values()] == expected.y.tolist()
    assert [*found["x"].values()] == expected.x.flatten().tolist()


@pytest.mark.parametrize("epochs", [1, 2, 7, 39, 100, 997, 2000, 20_000])
def test_frames_stand_where_kdlib_measures(epochs):
    (found,) = call(ENGINE, [["measuredAt", epochs]])
    assert found == measured_at(epochs) and len(found) >= min(41, epochs + 1)


def test_an_unsaid_setting_is_that_of_kdlib():
    (frame,) = node("train.mjs", ENGINE, [[{"epochs": 1, "seeds": 1, "teacher": "untrained"}, None]])
    same_as_kdlib(frame, Settings(epochs=1, seeds=1, teacher="untrained"))


@pytest.mark.slow
def test_the_better_teacher_is_the_one_that_kdlib_trains():
    (kept,) = call(PAGE / "better_teacher.js", [["BETTER"]])
    for ours, theirs in zip(kept, better_teacher.layers(), strict=True):
        close(ours["W"], theirs["W"])
        close(ours["b"], theirs["b"])


def close(found, expected):
    found, expected = (torch.as_tensor(part, dtype=torch.float64) for part in (found, expected))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)


def same_as_kdlib(frame, settings):
    """The students of a frame are those of the same run by kdlib, and so is what is said of them."""
    end = last(frames(settings))
    assert frame["epoch"] == settings.epochs and len(frame["students"]) == settings.seeds
    assert frame["diverged"] == end.diverged.tolist()
    for r, layers in enumerate(frame["students"]):
        for ours, theirs in zip(layers, end.students.module(r).layers, strict=True):
            close(ours["W"], theirs.weight)
            close(ours["b"], theirs.bias)
    torch.testing.assert_close(torch.tensor(frame["loss"]).double(), end.loss[:, -1], rtol=1e-6, atol=1e-9)


def drawn_settings(n, most_rows, seed=0):
    """Random runs of 200 epochs: every objective and teacher, and batches with a short last one."""
    draw = np.random.default_rng(seed)
    for k in range(n):
        rows = int(np.exp(draw.uniform(np.log(20), np.log(most_rows + 1))))
        batch = int(draw.integers(3, min(rows, 40)))
        batch -= rows % batch == 0
        yield Settings(
            objective=[*OBJECTIVES][k % len(OBJECTIVES)], teacher=TEACHERS[k % 3], epochs=200, rows=rows,
            seeds=1 + k % 2, batch_size=batch, hidden=int(draw.integers(1, 65)), seed=int(draw.integers(10_000)),
            temperature=float(np.exp(draw.uniform(-0.7, 3))), alpha=float(draw.uniform()),
            lr=float(np.exp(draw.uniform(-7, -3))),
        )  # fmt: skip


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_students_are_those_that_kdlib_trains(objective):
    small = replace(SMALL, objective=objective)
    settings = [small, replace(small, rows=33, seed=7, teacher="equal")]
    for frame, s in zip(node("train.mjs", ENGINE, [[asdict(s), None] for s in settings]), settings, strict=True):
        same_as_kdlib(frame, s)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))  # side by side where there are processors
def test_forty_random_settings_train_the_same_students(part):
    settings = [*drawn_settings(40, most_rows=1000)][part::4]
    assert all(s.rows % s.batch_size for s in settings)
    for frame, s in zip(node("train.mjs", ENGINE, [[asdict(s), None] for s in settings]), settings, strict=True):
        same_as_kdlib(frame, s)


DIGITS = replace(SMALL, world="digits", epochs=60, rows=50, lr=0.1)


def test_the_page_has_the_digits_of_the_file():
    assert digit_rows.MODULE.read_text("utf-8").count(digit_rows.text()) == 1


@pytest.mark.parametrize("seed", [0, 100, 1_000_031])
def test_digits_are_those_that_kdlib_draws(seed):
    found, scored = call(PAGE / "digits.js", [["someDigits", 60, seed], ["scoredDigits"]])
    world = LAB_WORLDS["digits"]
    people, everyone = world.rows(60, seed, 1), world.scored()
    assert [*found["y"].values()] == people.y[0].tolist() and [*found["x"].values()] == people.x.flatten().tolist()
    assert [*scored["x"].values()] == everyone.x.flatten().tolist()
    assert [*scored["p"].values()] == everyone.p.flatten().tolist()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_students_of_digits_are_those_that_kdlib_trains(objective):
    settings = [replace(DIGITS, objective=objective, teacher=teacher) for teacher in ("untrained", "equal")]
    for frame, s in zip(node("train.mjs", ENGINE, [[asdict(s), None] for s in settings]), settings, strict=True):
        same_as_kdlib(frame, s)


def test_a_lab_on_digits_says_in_the_page_what_it_says_in_a_kernel():
    settings = replace(DIGITS, objective="soft targets", temperature=4.0, teacher="better")
    teachers, *frames_of_page, done = node("work.mjs", PAGE.parent / "lab" / "work.js", asdict(settings))
    end = last(frames(settings))
    assert (teachers["type"], teachers["sizes"], done["type"]) == ("teachers", [64, 64, 10], "done")
    for what in ("accuracy", "agreement"):
        assert frames_of_page[-1][what] == pytest.approx(getattr(end, what)[:, -1].tolist(), abs=1e-12)
    assert end.mean("accuracy") > 0.5


@pytest.mark.parametrize("epoch", [0, 1, 10, 45])
def test_a_frame_on_the_way_is_the_run_of_that_many_epochs(epoch):
    (found,) = node("train.mjs", ENGINE, [[asdict(SMALL), epoch]])
    people = people_of(SMALL)
    v = next(frames(SMALL)).teacher(people.x)
    cohort = Cohort((6, 3, 3), people, kdlib.Mixed(0.5, 2.0), runs=2, teacher_logits=v, lr=SMALL.lr, seed=1)
    for _ in cohort.learn(epoch):
        pass
    assert found["epoch"] == epoch
    for r, (first, _) in enumerate(found["students"]):
        close(first["W"], cohort.module(r).layers[0].weight)


def test_students_that_diverge_stay_where_they_were():
    wild = replace(SMALL, objective="logits", lr=1e6)
    (frame,) = node("train.mjs", ENGINE, [[asdict(wild), None]])
    assert frame["diverged"] == [True, True] and finished(wild).diverged.all()
    flat = torch.tensor(frame["students"][0][0]["W"])
    assert flat.isfinite().all()


def test_several_workers_say_together_what_one_says():
    equal = replace(SMALL, epochs=3, seeds=5, teacher="equal")
    given = [(equal, 2), (replace(equal, teacher="better", seeds=3), 9), (replace(equal, seeds=1), 4), (equal, 4)]
    found = node("team.mjs", PAGE.parent / "lab" / "workers.js", [[asdict(s), n] for s, n in given])
    assert [one["parts"] for one in found] == [[[0, 1], [2, 3, 4]], [[0], [1], [2]], [[0]], [[0], [1], [2], [3, 4]]]
    assert [one["equal"] for one in found] == [[True, True]] * 4  # with teachers of their own, and with known ones
