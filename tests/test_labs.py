"""The training lab without a kernel: controls are set and buttons clicked from here, and `wait` replaces sleep."""

import json
import math
import subprocess
import sys
import threading
from dataclasses import asdict, replace
from itertools import combinations, pairwise

import pytest
import torch

from kdlib import metrics
from kdlib.objectives import Objective
from kdlib.widgets import DecisionMap, TrainingLab, curves_picture, map_picture
from kdlib.widgets.lab import curves_figure, runs, training_lab
from kdlib.widgets.lab.decision_map import NO_MAP
from kdlib.widgets.lab.lab_worlds import LAB_WORLDS
from kdlib.widgets.lab.runs import frames, last, measured_at
from kdlib.widgets.lab.settings import OBJECTIVES, Settings
from kdlib.widgets.lab.source import source
from kdlib.widgets.lab.worker import Worker
from tests.support.hammer import SMALL, hammer, leftovers, set_controls
from tests.support.node import PAGE, call, node

RUN = PAGE.parent / "lab" / "run.js"
LONG = replace(SMALL, epochs=20_000)


@pytest.fixture
def lab():
    lab = TrainingLab(SMALL)
    yield lab
    lab.stop()
    assert lab.wait(60), "a thread is left over"


@pytest.fixture
def sent(lab, monkeypatch):
    """The messages that the browser gets from now on."""
    messages = []
    monkeypatch.setattr(lab, "send", lambda content, buffers=None: messages.append((content, buffers or [])))
    return messages


def until_frames(lab, sent, frames):
    """Wait until so many frames were sent."""
    seen = threading.Event()

    def send(content, buffers=None):
        sent.append((content, buffers))
        if sum(message["type"] == "frame" for message, _ in sent) >= frames:
            seen.set()

    lab.send = send
    lab.run()
    assert seen.wait(60), "no frame came"


# What is computed


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_settings_make_the_objective_they_name(objective):
    made = OBJECTIVES[objective](Settings(objective, temperature=3.0, alpha=0.25))
    assert isinstance(made, Objective)
    assert getattr(made, "temperature", 3.0) == 3.0 and getattr(made, "alpha", 0.25) == 0.25


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"batch_size": 201}, "A batch of 201 people cannot be drawn from 200"),
        ({"lr": 0.0}, "Step size is 0.0; choose a number"),
        ({"lr": float("nan")}, "Step size is nan"),
        ({"temperature": 400}, "Temperature T is 400; choose a number from 0.05 to 100"),
        ({"alpha": 1.5}, "is 1.5; choose a number from 0 to 1"),
        ({"epochs": 0}, "Epochs is 0; choose a whole number from 1 to 20,000"),
        ({"epochs": True}, "Epochs is True"),
        ({"seed": -1}, "Seed of all draws is -1"),
        ({"seed": 20_000}, "Seed of all draws is 20000; choose a whole number from 0 to 9,999"),
        ({"seed": 1.5}, "Seed of all draws is 1.5; choose a whole number"),
        ({"hidden": "8"}, "Hidden units is 8"),
        ({"objective": "luck"}, "Objective is 'luck'; choose from labels"),
        ({"teacher": None}, "Teacher is None; choose from equal"),
    ],
)
def test_impossible_settings_are_refused_in_words(wrong, words):
    with pytest.raises(ValueError, match=words):
        Settings(**wrong)


@pytest.mark.parametrize("epochs", [1, 2, 7, 100, 20_000])
def test_a_run_is_measured_from_the_start_to_the_end(epochs):
    points = measured_at(epochs)
    assert points[0] == 0 and points[-1] == epochs and points == sorted(set(points))


def test_curves_have_one_value_per_seed_and_point_and_the_last_is_that_of_the_students():
    end, everyone = last(frames(SMALL)), LAB_WORLDS["people"].scored()
    assert end.done and end.loss.shape == end.accuracy.shape == end.agreement.shape == (2, len(end.epochs))
    assert torch.equal(end.accuracy[:, -1], metrics.expected_accuracy(end.student(everyone.x), everyone.p))
    assert torch.equal(end.agreement[:, -1], metrics.agreement(end.student(everyone.x), end.teacher(everyone.x)))
    assert str(end).startswith("labels, 2 students, 30 epochs: accuracy 0.")


def test_curves_stay_as_they_were_while_training_goes_on():
    x, run = runs.people_of(SMALL).x[0], frames(SMALL)
    first = next(run)
    before = first.student(x)
    last(run)
    assert torch.equal(first.student(x), before) and first.epochs == [0]


def test_a_preview_is_the_beginning_of_the_run():
    preview, end = last(frames(SMALL, until=10)), last(frames(SMALL))
    assert preview.epoch == 10 and not preview.done and "10 of 30 epochs" in str(preview)
    assert torch.equal(preview.accuracy[:, 0], end.accuracy[:, 0])


@pytest.mark.parametrize("teacher", ["equal", "better", "untrained"])
@pytest.mark.parametrize("objective", ["labels", "mixed"])
def test_the_source_makes_the_same_students(teacher, objective):
    settings = replace(SMALL, objective=objective, teacher=teacher, seed=3, temperature=1.5)
    end, names = last(frames(settings)), {}
    exec(source(settings, settings.epochs), names)
    assert torch.equal(names["accuracy"], end.accuracy[:, -1])
    assert torch.equal(names["agreement"], end.agreement[:, -1])


ON_DIGITS = replace(SMALL, world="digits", lr=0.1)


@pytest.mark.parametrize("teacher", ["equal", "better"])
def test_the_source_makes_the_same_students_of_digits(teacher):
    settings = replace(ON_DIGITS, objective="soft targets", teacher=teacher)
    end, names = last(frames(settings)), {}
    exec(source(settings, settings.epochs), names)
    assert torch.equal(names["accuracy"], end.accuracy[:, -1])
    assert torch.equal(names["agreement"], end.agreement[:, -1])
    assert end.student(torch.zeros(5, 64).double()).shape == (settings.seeds, 5, 10)


def test_worlds_do_not_share_teachers_or_comparisons(lab):
    before = lab.result
    lab.pin()
    lab.controls["world"].value = "digits"
    lab.run()
    assert lab.wait(60) and lab.result.settings.world == "digits"
    assert lab.result.teachers.sizes != before.teachers.sizes and "Accuracy minus" not in lab.status


def test_a_map_says_that_digits_have_none():
    lab = TrainingLab(ON_DIGITS)
    plane = DecisionMap(lab)
    assert plane.status == NO_MAP and repr(plane.picture) == f"[figure: {NO_MAP}]"
    assert plane.controls["student"].disabled
    with pytest.raises(ValueError, match="the world is digits; expected people"):
        map_picture(ON_DIGITS)


def test_a_batch_of_images_that_is_too_large_is_refused():
    with pytest.raises(ValueError, match="A batch of 21 images cannot be drawn from 20 training images"):
        Settings(world="digits", rows=20, batch_size=21)


def test_training_ends_where_it_is_cancelled_even_while_the_teacher_learns(monkeypatch):
    monkeypatch.setattr(runs, "_teachers", {})
    asked = []
    settings = replace(SMALL, teacher="equal")
    assert list(frames(settings, lambda: len(asked.append(1) or asked) > 5)) == []
    assert len(asked) == 6 and runs._teachers == {}
    asked.clear()
    assert len(list(frames(SMALL, lambda: len(asked.append(1) or asked) > 5))) < 8


def test_the_store_of_teachers_stays_small(monkeypatch):
    monkeypatch.setattr(runs, "_teachers", {})
    for seed in range(10):
        next(frames(replace(SMALL, seed=seed)))
    assert len(runs._teachers) == 8


def test_training_draws_nothing_from_the_callers_generator():
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    last(frames(SMALL))
    assert torch.equal(torch.rand(3), expected)


# What is drawn without a browser


def test_the_picture_shows_the_numbers_of_the_curves():
    end = last(frames(SMALL))
    board = curves_figure.CurvesFigure(SMALL)
    picture = board.update(end)
    for (band, line), panel in zip(board._artists["now"], curves_figure.PANELS, strict=True):
        values = getattr(end, panel)
        assert line.get_xdata() == end.epochs
        assert line.get_ydata().tolist() == values.mean(0).tolist()
        assert band.get_xy()[:, 1].max() == values.max() and band.get_xy()[:, 1].min() == values.min()
    assert str(end) in picture.alt and f"accuracy {end.mean('accuracy'):.3f}" in board._legend[0].get_text()


def test_a_pinned_loss_is_drawn_only_beside_its_own_objective():
    pinned = last(frames(SMALL))
    same = curves_figure.CurvesFigure(replace(SMALL, lr=0.1), pinned)
    other = curves_figure.CurvesFigure(replace(SMALL, objective="logits"), pinned)
    assert len(same._artists["pinned"][0][1].get_xdata()) and not len(other._artists["pinned"][0][1].get_xdata())
    assert len(other._artists["pinned"][1][1].get_xdata())
    assert "step size 0.05" in same._legend[1].get_text() and "step size 0.1" in same._legend[0].get_text()


def test_the_static_twin_of_a_comparison_names_both():
    twin = curves_picture(SMALL, pinned=replace(SMALL, objective="logits"))
    assert "Now labels" in twin.alt and "Pinned logits" in twin.alt


# The widget


def test_it_opens_with_a_deterministic_preview(lab):
    assert repr(lab) == repr(TrainingLab(SMALL)) == f"TrainingLab({last(frames(SMALL, until=100))})"
    assert lab.status.startswith("A preview:") and not lab.running


def test_where_there_is_no_kernel_the_page_has_all_that_it_reads(lab):
    data, _ = lab._repr_mimebundle_()
    assert data["text/plain"] == repr(lab) and 'data-kd-explorer="lab"' in data["text/html"]
    saved = lab.saved()
    assert {*asdict(SMALL), "rules", "uses", "titles", "start", "shown", "steps", "pins", "classes", "id"} == set(saved)
    assert {name: saved[name] for name in asdict(SMALL)} == saved["start"] == asdict(SMALL)


def test_run_trains_to_the_end_and_says_so(lab):
    lab.run()
    assert lab.wait(60) and lab.result.done and lab.status.startswith("Done.") and not lab.running
    assert repr(lab) == f"TrainingLab({last(frames(SMALL))})"


def test_the_browser_gets_every_frame_with_its_numbers_and_its_students(lab, sent):
    lab.run()
    assert lab.wait(60)
    content = [message for message, _ in sent if message["type"] != "sign"]
    assert [one["type"] for one in content[:3]] == ["said", "run", "teachers"] and content[-1]["type"] == "done"
    told = [(message, buffers) for message, buffers in sent if message["type"] == "frame"]
    assert [message["epoch"] for message, _ in told] == measured_at(SMALL.epochs)
    message, (weights,) = told[-1]
    assert message["accuracy"] == lab.result.accuracy[:, -1].tolist()
    first = lab.result.students.module(1).layers[0].weight
    size = len(weights) // 4 // 2
    found = torch.frombuffer(bytearray(weights), dtype=torch.float32)[size : size + first.numel()]
    torch.testing.assert_close(found, first.detach().flatten().float())
    json.dumps(content, allow_nan=False)


def test_a_browser_that_comes_later_gets_the_same_again(lab, sent):
    lab.run()
    assert lab.wait(60)
    first = [one for one in sent if "words" not in one[0] and one[0]["type"] != "sign"]
    sent.clear()
    lab._do("replay")
    assert [one for one in sent if "words" not in one[0]] == first and sent[-1][0]["type"] == "done"


def test_stop_keeps_what_was_reached_and_its_code_repeats_it(lab, sent):
    set_controls(lab, LONG)
    until_frames(lab, sent, 2)
    lab.stop()
    assert lab.wait(60) and lab.status.startswith("Stopped.") and 0 <= lab.result.epoch < 20_000 and not lab.running
    names = {}
    exec(lab.call(), names)
    assert torch.equal(names["accuracy"], lab.result.accuracy[:, -1])


def test_a_new_run_gives_up_the_old_one_and_mixes_nothing(lab):
    set_controls(lab, LONG)
    lab.run()
    set_controls(lab, replace(SMALL, objective="logits"))
    lab.run()
    assert lab.wait(60)
    assert str(lab.result) == str(last(frames(replace(SMALL, objective="logits"))))


def test_pins_stay_beside_the_next_and_are_compared_in_pairs(lab):
    lab.pin()
    assert len(lab.pins) == 1 and lab.pins[0]["settings"] == asdict(SMALL) and "Pinned" in lab.status
    lab.controls["objective"].value = "logits"
    lab.run()
    lab.wait()
    assert "Accuracy minus that of the pinned result" in lab.status and len(lab.pins) == 1
    lab.pin()
    lab.pin()
    assert len(lab.pins) == 2, "the same result once"
    for epochs in (31, 41):
        lab.controls["epochs"].value = epochs
        lab.run()
        lab.wait()
        lab.pin()
    assert [pin["settings"]["objective"] for pin in lab.pins] == ["logits"] * 3, "the oldest goes"
    lab.unpin(0)
    assert len(lab.pins) == 2 and lab.pins[1]["frames"][-1]["accuracy"] == lab.result.accuracy[:, -1].tolist()


def test_runs_on_other_people_are_not_compared_in_pairs(lab):
    lab.pin()
    lab.controls["seed"].value = 5
    lab.run()
    lab.wait()
    assert "minus" not in lab.status


def test_reset_goes_back_to_the_beginning(lab):
    beginning = repr(lab), lab.status
    set_controls(lab, replace(LONG, objective="logits"))
    lab.pin()
    lab.run()
    lab.reset()
    assert lab.wait(60)
    assert (repr(lab), lab.status, lab.pins, lab.settings) == (*beginning, [], SMALL)


@pytest.mark.parametrize(
    ("objective", "off"),
    [("labels", {"temperature", "alpha"}), ("soft targets", {"alpha"}), ("reverse KL", {"alpha"}), ("mixed", set())],
)
def test_controls_that_do_not_count_are_off(lab, objective, off):
    lab.controls["objective"].value = objective
    assert {name for name, control in lab.controls.items() if control.disabled} == off


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("batch_size", 500, "A batch of 500 people cannot be drawn from 20"), ("seed", 20_000, "choose a whole number"),
     ("temperature", "hot", "Temperature T is hot"), ("objective", "luck", "choose from labels")],
)  # fmt: skip
def test_what_cannot_be_trained_is_said_and_the_next_run_works(lab, name, value, words):
    lab.controls[name].value = value
    lab.run()
    assert words in lab.status and "Nothing was trained." in lab.status and lab.wait(60)
    lab.controls[name].value = getattr(SMALL, name)
    lab.run()
    assert lab.wait(60) and lab.result.done


def test_diverged_students_are_said_and_the_next_run_works(lab, sent):
    set_controls(lab, replace(SMALL, objective="logits", lr=1e6))
    lab.run()
    assert lab.wait(60)
    assert "2 diverged" in repr(lab) and "try a smaller step size" in lab.status
    json.dumps([message for message, _ in sent], allow_nan=False)
    lab.controls["lr"].value = 0.01
    lab.run()
    assert lab.wait(60) and "diverged" not in repr(lab)


def test_an_exception_while_training_is_said_and_the_next_run_works(lab, monkeypatch):
    def broken(*args):
        raise RuntimeError("no ink")

    with monkeypatch.context() as patch:
        patch.setattr(training_lab, "weights_of", broken)
        lab.run()
        assert lab.wait(60) and "no ink (RuntimeError)" in lab.status and not lab.running
    lab.run()
    assert lab.wait(60) and "Done." in lab.status


def test_wait_gives_up_after_its_timeout(lab):
    set_controls(lab, LONG)
    lab.run()
    assert not lab.wait(0.01)


def test_a_control_or_a_step_that_names_no_setting_is_refused():
    with pytest.raises(ValueError, match="controls has 'luck'; expected names of settings: objective, temperature"):
        TrainingLab(SMALL, controls=("lr", "luck"))
    with pytest.raises(ValueError, match="the step 'Luck' has 'chance'"):
        TrainingLab(SMALL, steps=[("Luck", {"chance": 1})])
    with pytest.raises(ValueError, match="A batch of 10 people cannot be drawn from 5"):
        TrainingLab(SMALL, steps=[("Few", {"rows": 5})])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"settings": "labels"}, r"settings is 'labels'; expected Settings\(\.\.\.\)"),
        ({"controls": "lr"}, "controls is 'lr'; expected a list of names"),
        ({"steps": ["Labels"]}, "a step is 'Labels'; expected a label and what it changes"),
        ({"steps": {"Fast": {"lr": 1}}}, "a step is 'Fast'; expected"),
        ({"steps": [("Fast", "lr")]}, r"a step is \('Fast', 'lr'\); expected"),
    ],
)
def test_what_makes_no_lab_is_refused_in_a_sentence(given, words):
    with pytest.raises(ValueError, match=words):
        TrainingLab(**given)


def test_a_cell_that_is_run_again_ends_its_old_lab_and_takes_the_map_along(monkeypatch):
    class Shell:
        def get_parent(self):
            return {"metadata": {"cellId": "a cell"}}

    monkeypatch.setattr(training_lab, "get_ipython", Shell, raising=False)
    old = TrainingLab(LONG)
    plane = DecisionMap(old)
    old.run()
    new = TrainingLab(SMALL)
    assert old.wait(60) and not old.running and plane.follows == new.id != old.id


def test_a_script_that_ends_while_a_lab_trains_ends_in_peace():
    code = "from kdlib.widgets import Settings, TrainingLab\n"
    code += "lab = TrainingLab(Settings(epochs=20_000, teacher='untrained'))\nlab.run()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_worker_leaves_the_thread_count_of_others_alone():
    seen, before = [], torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        worker = Worker()
        worker.start(lambda alive: seen.append((torch.get_num_threads(), alive())))
        assert worker.wait(60) and seen == [(1, True)]
        thread = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
        thread.start()
        thread.join()
        assert torch.get_num_threads() == seen[1] == 2
    finally:
        torch.set_num_threads(before)


def test_a_new_job_waits_for_the_end_of_the_one_before_and_wait_for_both():
    worker, go_on, told = Worker(), threading.Event(), []

    def slow(alive):
        go_on.wait(10)
        told.append(f"slow, wanted: {alive()}")

    worker.start(slow)
    worker.start(lambda alive: told.append(f"quick, wanted: {alive()}"))
    assert not worker.wait(0.05) and told == []
    go_on.set()
    assert worker.wait(60) and told == ["slow, wanted: False", "quick, wanted: True"]


def storm(lab, changes, seed):
    wanted = hammer(lab, changes, seed)
    assert not leftovers()
    assert "did not work" not in lab.status, lab.status
    assert str(lab.result) == str(last(frames(wanted)))


def test_a_quick_hand_does_not_confuse_it(lab):
    storm(lab, 50, seed=0)


# What the browser makes of it


def test_a_number_is_read_as_it_was_meant_or_refused_in_words():
    rule = {"label": "Step size", "low": 1e-6, "high": 1e6, "whole": False}
    whole = {"label": "Epochs", "low": 1, "high": 20_000, "whole": True}
    controls = PAGE / "controls.js"
    good = [("0,06", rule, 0.06), (" 1e-3 ", rule, 0.001), ("20 000", whole, 20_000), (".5", rule, 0.5)]
    good += [("20,000", whole, 20_000), ("2.000", whole, 2000), ("1e3", whole, 1000), ("1,000", rule, 1)]
    assert call(controls, [["readNumber", text, one] for text, one, _ in good]) == [value for *_, value in good]
    for text, one in [("1e9", rule), ("0.5", whole), ("", whole), ("ten", rule), ("20001", whole), ("NaN", rule)]:
        words = call(controls, [["refused", "readNumber", text, one]])[0]
        assert words.startswith(f"{one['label']} is {text or 'empty'}; choose a ") and " to " in words


def test_numbers_that_would_not_fit_are_written_short():
    numbers = [0, 0.005, 1e-6, 99_999, 1e6, 123_456, -2e7]
    found = call(PAGE / "numbers.js", [["compact", x] for x in numbers])
    assert found == ["0", "0.005", "1e-6", "99999", "1e6", "1.23456e5", "-2e7"]


def test_arrow_keys_step_on_round_values():
    epochs, alpha = {"low": 1, "high": 20_000, "whole": True}, {"low": 0, "high": 1, "whole": False}
    steps = [(200, 1, epochs, 500), (200, -1, epochs, 100), (1, -1, epochs, 1), (20_000, 1, epochs, 20_000)]
    steps += [(0.5, 1, alpha, 0.6), (0.05, 1, alpha, 0.15), (0.005, 1, {"low": 1e-6, "high": 10, "whole": False}, 0.01)]
    found = call(PAGE / "controls.js", [["nextRound", value, way, rule] for value, way, rule, _ in steps])
    assert found == [expected for *_, expected in steps]


@pytest.mark.parametrize("low, high", [(0.01, 2.5), (1.1, 9), (0.3, 33), (1e-4, 8), (0.02, 0.03)])
def test_numbers_on_a_logarithmic_axis_do_not_touch(low, high):
    (found,) = call(PAGE / "charts.js", [["ticks", low, high, True]])
    places = [math.log(tick / low) / math.log(high / low) for tick in found]
    assert all(after - before > 0.13 for before, after in pairwise(places)) and found


def test_a_loss_has_the_units_of_its_objective_alone(lab):
    one = asdict(replace(SMALL, objective="mixed", alpha=0.2))
    for other, same in (({}, True), ({"alpha": 0.7}, False), ({"temperature": 3.0}, False), ({"lr": 1.0}, True)):
        found = call(RUN, [["objectiveOf", s, lab.uses] for s in (one, {**one, **other})])
        assert (found[0] == found[1]) == same


def test_the_call_of_a_stopped_run_goes_as_far_as_it_came():
    (words,) = call(RUN, [["call", {"settings": asdict(SMALL), "frames": [{"epoch": 0}, {"epoch": 7}]}]])
    assert "epochs=7," in words


@pytest.mark.parametrize("place", ["male, michigan", "female, oklahoma", "male, nebraska"])
def test_names_on_a_map_do_not_cover_each_other(place):
    (cells,) = call(PAGE / "map.js", [["truthCells", *place.split(", ")]])
    (found,) = call(PAGE / "map.js", [["middles", [cells[str(i)] for i in range(2500)], 3]])
    spots = [divmod(at, 50) for at in found if at is not None]
    assert len(spots) == 3
    for a, b in combinations(spots, 2):
        assert abs(a[0] - b[0]) >= 8 or abs(a[1] - b[1]) >= 24


def test_paired_intervals_are_those_of_kdlib():
    from kdlib.intervals import paired_difference

    for n in (2, 8, 32):
        a, b = torch.rand(2, n, dtype=torch.float64, generator=torch.Generator().manual_seed(n)).tolist()
        found, expected = call(PAGE / "intervals.js", [["pairedDifference", a, b]])[0], paired_difference(a, b)
        assert [found[name] for name in ("mean", "low", "high")] == pytest.approx(expected[:3], abs=1e-6)


def test_the_page_scores_students_as_kdlib_does():
    settings = replace(SMALL, objective="mixed", epochs=60)
    found, end = node("work.mjs", RUN.with_name("work.js"), asdict(settings)), last(frames(settings))
    assert [message["type"] for message in found] == ["teachers", *["frame"] * len(end.epochs), "done"]
    for what in ("loss", "accuracy", "agreement"):
        expected = getattr(end, what).T
        ours = torch.tensor([one[what] for one in found[1:-1]], dtype=torch.float64)
        torch.testing.assert_close(ours, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", ["lr", "seeds", "seed", "hidden"])
def test_a_run_is_named_by_what_differs(name, lab):
    about = {"uses": lab.uses, "rules": lab.rules}
    other = {**asdict(SMALL), name: 7}
    (words,) = call(RUN, [["named", other, about, asdict(SMALL)]])
    assert words == f"labels, untrained teacher, {lab.rules[name]['label'].lower()} 7"
