"""The training lab without a kernel: controls are set and buttons clicked from here, and `wait` replaces sleep."""

import gc
import threading
from dataclasses import replace
from html import escape
from types import SimpleNamespace

import pytest
import torch
from matplotlib.figure import Figure

from kdlib import figures, metrics
from kdlib.cohort import Cohort
from kdlib.objectives import Objective
from kdlib.widgets import curves_picture
from kdlib.widgets.lab import controls, curves_figure, runs, training_lab, worker
from kdlib.widgets.lab.decision_map import DecisionMap
from kdlib.widgets.lab.runs import Curves, frames, last, measured_at, source
from kdlib.widgets.lab.settings import OBJECTIVES, Settings
from kdlib.widgets.lab.training_lab import TrainingLab
from kdlib.widgets.lab.worker import Worker
from tests.support.hammer import SMALL, hammer, leftovers, set_controls

LONG = replace(SMALL, epochs=20_000)


@pytest.fixture
def lab():
    lab = TrainingLab(SMALL)
    yield lab
    lab.stop()
    assert lab.wait(60), "a thread is left over"


def until_drawn(lab, act, pictures=1):
    """Do something and wait until so many new pictures are there."""
    drawn, count = threading.Event(), []

    def note(change):
        count.append(change.new)
        if len(count) >= pictures:
            drawn.set()

    lab._picture.observe(note, "value")
    act()
    assert drawn.wait(60), "no picture came"
    lab._picture.unobserve(note, "value")


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
        ({"lr": 0.0}, "step size is 0"),
        ({"lr": float("nan")}, "step size is nan"),
        ({"temperature": 0.0}, "temperature is 0"),
        ({"alpha": 1.5}, "Alpha is 1.5"),
        ({"epochs": 0}, "epochs is 0; choose 1 to 20,000"),
        ({"seed": -1}, "seed is -1"),
        ({"objective": "luck"}, "choose from labels"),
        ({"teacher": "stern"}, "choose from labels"),
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
    end = last(frames(SMALL))
    fresh = runs.sample_people(runs.TEST_PEOPLE, seed=1, dtype=torch.float64)
    assert end.done and end.loss.shape == end.accuracy.shape == end.agreement.shape == (2, len(end.epochs))
    assert torch.equal(end.accuracy[:, -1], metrics.top1(end.student(fresh.x), fresh.y))
    assert torch.equal(end.agreement[:, -1], metrics.agreement(end.student(fresh.x), end.teacher(fresh.x)))
    assert str(end).startswith("labels, 2 seeds, 30 epochs: accuracy 0.")


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


# What is drawn


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


def test_html_carries_the_alt_text_escaped():
    picture = figures.Picture('a "quoted" <text>')
    assert 'alt="a &quot;quoted&quot; &lt;text&gt;"' in curves_figure.html_of(picture)


def test_the_static_twin_is_the_picture_of_the_lab(lab):
    lab.run()
    lab.wait()
    twin = curves_picture(SMALL)
    assert curves_figure.html_of(twin) == lab._picture.value and str(lab.result) in repr(twin)


def test_the_static_twin_of_a_comparison_names_both():
    twin = curves_picture(SMALL, pinned=replace(SMALL, objective="logits"))
    assert "Now labels" in twin.alt and "Pinned logits" in twin.alt


# The widget


def test_it_opens_with_a_deterministic_preview(lab):
    assert repr(lab) == repr(TrainingLab(SMALL)) == f"TrainingLab({last(frames(SMALL, until=100))})"
    assert "<img alt=" in lab._picture.value and 'role="status" aria-live="polite"' in lab.status


def test_where_there_is_no_kernel_a_line_says_what_it_was(lab):
    for live in (lab, DecisionMap(lab)):
        data = live._repr_mimebundle_()
        assert data["text/plain"] == repr(live) and len(repr(live)) > 60
        assert data["text/html"].startswith('<p class="kd-live">A live lab: run this cell in JupyterLab (<code>make ')
        assert data["text/html"].endswith(f" {escape(repr(live))}</p>") and "\n" not in data["text/html"]
        assert "application/vnd.jupyter.widget-view+json" in data


def test_run_trains_to_the_end_and_says_so(lab):
    until_drawn(lab, lab.buttons["run"].click)
    assert lab.wait(60)
    assert lab.result.done and lab.progress.bar.value == SMALL.epochs and "Done." in lab.status
    assert repr(lab) == f"TrainingLab({last(frames(SMALL))})" and lab.buttons["stop"].disabled


def test_progress_says_how_long_it_will_take(monkeypatch):
    now, runs = [100.0], {curves.epoch: curves for curves in frames(SMALL)}
    monkeypatch.setattr(controls, "time", SimpleNamespace(monotonic=lambda: now[0]))
    progress = controls.Progress()
    progress.show(runs[10])  # a preview: nobody saw it start
    assert progress.words.value == "epoch 10 of 30"
    progress.start(30)
    assert progress.bar.value == 0 and progress.bar.max == 30
    progress.show(runs[0])
    now[0] += 4
    progress.show(runs[10])
    assert progress.words.value == "epoch 10 of 30, about 8 s left" and progress.bar.value == 10
    progress.show(runs[30])
    assert progress.words.value == "epoch 30 of 30"
    progress.stop()
    assert progress.words.value == ""


def test_stop_keeps_what_is_drawn_and_its_code_repeats_it(lab):
    set_controls(lab, LONG)
    until_drawn(lab, lab.buttons["run"].click, pictures=3)
    assert not lab.buttons["stop"].disabled
    lab.buttons["stop"].click()
    assert lab.wait(60)
    assert "Stopped." in lab.status and 0 <= lab.result.epoch < 20_000 and lab.buttons["stop"].disabled
    names = {}
    exec(lab.call(), names)
    assert torch.equal(names["accuracy"], lab.result.accuracy[:, -1])
    assert "<details>" in lab._code.value


def test_a_new_run_gives_up_the_old_one_and_mixes_nothing(lab):
    set_controls(lab, LONG)
    lab.run()
    set_controls(lab, replace(SMALL, objective="logits"))
    lab.run()
    assert lab.wait(60)
    assert str(lab.result) == str(last(frames(replace(SMALL, objective="logits"))))


def test_stop_while_the_teacher_learns_keeps_the_result_before(lab, monkeypatch):
    monkeypatch.setattr(runs, "_teachers", {})
    before = str(lab.result)
    lab.controls["teacher"].value = "better"
    until_drawn(lab, lab.run)
    lab.stop()
    lab.wait()
    assert str(lab.result) == before and "Empty axes" not in lab._picture.value


def test_pin_keeps_the_result_beside_the_next_and_compares_the_pairs(lab):
    lab.pin()
    pinned = lab.pinned
    assert pinned is lab.result and "Pinned" in lab.status and "Unpin" in lab.buttons["pin"].description
    lab.controls["objective"].value = "logits"
    lab.run()
    lab.wait()
    assert lab.pinned is pinned and "Pinned labels" in lab._picture.value
    assert "Accuracy minus that of the pinned result" in lab.status
    assert lab.call(pinned=True) == source(SMALL, pinned.epoch)
    lab.buttons["pin"].click()
    assert lab.pinned is None and "Pinned labels" not in lab._picture.value


def test_runs_on_other_people_are_not_compared_in_pairs(lab):
    lab.pin()
    lab.controls["seed"].value = 5
    lab.run()
    lab.wait()
    assert "minus" not in lab.status


def test_reset_goes_back_to_the_beginning(lab):
    beginning = repr(lab), lab.status, lab._picture.value
    set_controls(lab, replace(LONG, objective="logits"))
    lab.pin()
    lab.run()
    lab.buttons["reset"].click()
    assert lab.wait(60)
    assert (repr(lab), lab.status, lab._picture.value) == beginning
    assert all(control.value == getattr(SMALL, name) for name, control in lab.controls.items())


@pytest.mark.parametrize(
    ("objective", "off"),
    [("labels", {"temperature", "alpha"}), ("soft targets", {"alpha"}), ("mixed", set())],
)
def test_controls_that_do_not_count_are_off_and_the_reason_is_seen(lab, objective, off):
    lab.controls["objective"].value = objective
    assert {name for name, control in lab.controls.items() if control.disabled} == off
    assert ("T softens" in lab._why.value) == ("temperature" in off)
    assert ("Alpha mixes" in lab._why.value) == ("alpha" in off)


def test_an_impossible_combination_is_said_and_the_next_run_works(lab):
    lab.controls["batch_size"].value = 500
    lab.run()
    assert "A batch of 500 people cannot be drawn from 20" in lab.status and lab.wait(60)
    lab.controls["batch_size"].value = 10
    lab.run()
    assert lab.wait(60) and lab.result.done


def test_diverged_students_are_said_and_the_next_run_works(lab):
    set_controls(lab, replace(SMALL, objective="logits", lr=1e6))
    lab.run()
    assert lab.wait(60)
    assert "2 diverged" in repr(lab) and "try a smaller step size" in lab.status
    lab.controls["lr"].value = 0.01
    lab.run()
    assert lab.wait(60) and "diverged" not in repr(lab)


def test_an_exception_while_drawing_is_said_and_the_next_run_works(lab, monkeypatch):
    def broken(self, curves):
        raise RuntimeError("no ink")

    with monkeypatch.context() as patch:
        patch.setattr(training_lab.CurvesFigure, "update", broken)
        lab.run()
        assert lab.wait(60) and "no ink (RuntimeError)" in lab.status and lab.buttons["stop"].disabled
    lab.run()
    assert lab.wait(60) and "Done." in lab.status


def test_a_follower_that_raises_is_said_and_the_next_run_works(lab):
    def raising(curves):
        raise RuntimeError("no paper")

    lab._followers.append(raising)
    for button in ("run", "reset"):
        lab.buttons[button].click()
        assert lab.wait(60) and "no paper (RuntimeError)" in lab.status and lab.buttons["stop"].disabled
    lab._followers.clear()
    set_controls(lab, LONG)
    until_drawn(lab, lab.run, pictures=2)
    lab._followers.append(raising)
    lab.stop()
    assert "no paper (RuntimeError)" in lab.status and lab.wait(60)
    lab._followers.clear()
    set_controls(lab, SMALL)
    lab.run()
    assert lab.wait(60) and "Done." in lab.status


def test_pictures_that_cost_much_come_less_often(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: now[0]))
    pace = worker.RedrawTimer(0.2)
    assert pace.due()
    for cost, gap in ((0.01, 0.2), (0.1, 0.5)):
        with pace.picture():
            now[0] += cost
        now[0] += gap - 0.01
        assert not pace.due()
        now[0] += 0.02
        assert pace.due()


def test_the_end_is_drawn_and_told_even_where_no_picture_is_due(lab, monkeypatch):
    told = []
    lab.follow(lambda curves: told.append(curves))
    monkeypatch.setattr(worker.RedrawTimer, "due", lambda pace: False)
    lab.run()
    assert lab.wait(60) and lab.result.done and told[1:] == [lab.result]


def test_run_after_every_change(lab):
    lab.at_once.value = True
    lab.controls["hidden"].value = 5
    assert lab.wait(60) and lab.result.settings.hidden == 5 and lab.result.done


def test_wait_gives_up_after_its_timeout(lab):
    set_controls(lab, LONG)
    lab.run()
    assert not lab.wait(0.01)


def test_every_control_has_a_description_and_none_a_tooltip_without_one(lab):
    for widget in [*lab.controls.values(), *lab.buttons.values(), lab.at_once]:
        assert widget.description
    assert all(not getattr(widget, "tooltip", None) for widget in (lab, lab._picture, lab.spoken))


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


def test_a_run_given_up_between_its_last_question_and_its_picture_is_not_drawn(lab, monkeypatch):
    before, other = lab.result, last(frames(replace(SMALL, objective="logits")))

    def too_late(settings, cancelled):
        assert not cancelled()
        lab.stop()
        yield other

    monkeypatch.setattr(training_lab, "frames", too_late)
    lab.run()
    assert lab.wait(60) and lab.result is before and "logits" not in lab._picture.value


def storm(lab, changes, seed):
    wanted = hammer(lab, changes, seed)
    assert not leftovers()
    assert "did not work" not in lab.status, lab.status
    assert str(lab.result) == str(last(frames(wanted))) and str(lab.result) in lab._picture.value


def test_a_quick_hand_does_not_confuse_it(lab):
    storm(lab, 50, seed=0)


def living(*kinds):
    """How many objects of each class there are."""
    gc.collect()
    found = [type(one) for one in gc.get_objects()]
    return [found.count(kind) for kind in kinds]


@pytest.mark.slow
def test_two_hundred_changes_leave_no_thread_picture_or_network_behind(lab):
    """The megabytes are in benchmarks/hammer.py: what malloc keeps for later is not the same twice."""
    last(frames(replace(SMALL, objective="mixed", teacher="equal")))
    before = living(Figure, Curves, Cohort)
    storm(lab, 200, seed=2)
    figures, curves, networks = (now - then for now, then in zip(living(Figure, Curves, Cohort), before, strict=True))
    assert figures <= 0 and curves <= 1  # a result may be pinned
    assert networks <= len(runs._teachers) + 2
