"""The decision map without a kernel: what it shows, and that it never disturbs the lab it follows."""

import threading

import pytest
import torch

from kdlib.models import MLP, logits_of
from kdlib.widgets import map_picture
from kdlib.widgets.lab import map_figure
from kdlib.widgets.lab.curves_figure import html_of
from kdlib.widgets.lab.decision_map import DecisionMap
from kdlib.widgets.lab.runs import frames, last
from kdlib.widgets.lab.settings import Settings
from kdlib.widgets.lab.training_lab import TrainingLab
from kdlib.worlds.people import SEXES, STATES, Record, encode, posterior

SMALL = Settings("labels", teacher="untrained", rows=20, seeds=2, epochs=30, hidden=3, lr=0.05)


def true_logits(x):
    return posterior(x).log()


def upside_down(x):
    return -true_logits(x)


@pytest.fixture
def lab():
    lab = TrainingLab(SMALL)
    yield lab
    lab.stop()
    assert lab.wait(60)


def opinions(model, sex="male", state="nebraska"):
    return map_figure.opinions(model, map_figure.plane(sex, state))


def drawn(teacher, student, sex="male", state="nebraska"):
    return map_figure.MapFigure().update(teacher, student, sex, state)


@pytest.mark.parametrize("sex", SEXES)
@pytest.mark.parametrize("state", STATES)
def test_the_plane_holds_people_as_they_are_encoded(sex, state):
    x = map_figure.plane(sex, state)
    assert x.shape == (map_figure.POINTS**2, 6)
    first, end = (encode(Record(sex, age, state, income, "liberal")) for age, income in ((18, 20_000), (80, 90_000)))
    assert x[0].tolist() == pytest.approx(first) and x[-1].tolist() == pytest.approx(end)
    assert x[1, 1] > x[0, 1] and x[1, 5] == x[0, 5], "age is the fastest"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_opinions_are_the_probabilities_of_a_network(dtype):
    model = MLP(6, 4, 3).to(dtype)
    p = opinions(model)
    expected = torch.softmax(logits_of(model, map_figure.plane("male", "nebraska").to(dtype)).double(), -1)
    assert p.shape == (1, map_figure.POINTS**2, 3)
    torch.testing.assert_close(p[0], expected)


def test_opinions_of_many_students_stay_apart():
    end = last(frames(SMALL))
    p = opinions(end.student)
    assert p.shape[0] == 2
    torch.testing.assert_close(p[1], torch.softmax(end.student(map_figure.plane("male", "nebraska")), -1)[1])


def test_two_that_agree_differ_nowhere():
    truth = opinions(true_logits, "female", "oklahoma")
    picture = drawn(truth, truth, "female", "oklahoma")
    assert "agree on 100.0%" in picture.alt and "differs from the truth on 0.0%" in picture.alt
    assert "female, oklahoma" in picture.alt


def test_where_they_differ_it_tells_who_is_right():
    truth, wrong = opinions(true_logits), opinions(upside_down)

    def legend(picture):
        return [text.get_text() for text in picture.figure.legends[0].get_texts()]

    assert legend(drawn(truth, wrong)) == [
        "the teacher is right: 100.0%", "the student is right: 0.0%", "neither is right: 0.0%",
    ]  # fmt: skip
    assert legend(drawn(wrong, truth))[1] == "the student is right: 100.0%"
    both = drawn(wrong, wrong.roll(1, -1))
    shares = [float(words.split(": ")[1].rstrip("%")) for words in legend(both)]
    assert sum(shares) == pytest.approx(100, abs=0.2) and shares[2] > 0


def test_the_panels_show_the_networks_in_their_order():
    truth, wrong = opinions(true_logits), opinions(upside_down)
    images = [ax.images[0].get_array() for ax in drawn(truth, wrong).axes]
    assert abs(images[0] - images[1]).max() < 1e-6 and abs(images[0] - images[2]).max() > 0.1


def test_axes_that_are_used_again_draw_what_fresh_ones_draw():
    truth, wrong = opinions(true_logits), opinions(upside_down)
    board = map_figure.MapFigure()
    board.update(wrong, truth, "female", "oklahoma", note=" after 3 epochs")
    again, fresh = board.update(truth, wrong, "male", "nebraska"), drawn(truth, wrong)
    assert again.alt == fresh.alt and html_of(again) == html_of(fresh)


def test_given_networks_are_drawn_and_the_controls_move_the_picture():
    plane = DecisionMap(teacher=true_logits, student=upside_down)
    assert plane.controls["student"].disabled and "male, michigan" in repr(plane)
    before = plane._picture.value
    plane.controls["state"].value = "oklahoma"
    plane.controls["sex"].value = "female"
    assert "female, oklahoma" in repr(plane) and "female, oklahoma" in plane.status
    assert plane._picture.value != before and 'alt="Most probable' in plane._picture.value


@pytest.mark.parametrize("given", [{}, {"teacher": true_logits}, {"lab": object(), "student": true_logits}])
def test_it_wants_a_lab_or_two_networks(given):
    with pytest.raises(ValueError, match="either a lab, or a teacher and a student"):
        DecisionMap(**given)


@pytest.mark.parametrize(
    ("place", "words"),
    [({"sex": "woman"}, "got 'woman', 'michigan'"), ({"state": "ohio"}, "got 'male', 'ohio'")],
)
def test_a_place_that_does_not_exist_is_refused(place, words):
    with pytest.raises(ValueError, match=words):
        DecisionMap(teacher=true_logits, student=true_logits, **place)
    with pytest.raises(ValueError, match=words):
        map_picture(SMALL, **place)


@pytest.mark.parametrize("student", [0, 3])
def test_a_student_that_does_not_exist_is_refused(student):
    with pytest.raises(ValueError, match=f"student is {student}; expected 1 to 2"):
        map_picture(SMALL, student=student)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        (torch.nn.Linear(6, 4, dtype=torch.float64), "gives [2500, 4] for 2500 people; expected logits [n, 3]"),
        (lambda x: true_logits(x) * float("nan"), "a network gives logits that are no numbers"),
        (torch.nn.Linear(5, 3, dtype=torch.float64), "could not be drawn"),
    ],
)
def test_networks_that_do_not_fit_are_said_and_the_next_picture_works(network, words):
    plane = DecisionMap(teacher=true_logits, student=network)
    assert words in plane.status and repr(plane) == "DecisionMap(no picture yet)"
    plane._networks = true_logits, true_logits
    plane.controls["sex"].value = "female"
    assert "agree on 100.0%" in plane.status and "female" in repr(plane)


def test_it_follows_a_lab_whose_students_diverge_or_cannot_be_trained(lab):
    plane = DecisionMap(lab)
    lab.controls["objective"].value, lab.controls["lr"].value = "logits", 1e6
    lab.run()
    assert lab.wait(60) and "diverged" in lab.status and "after 30 epochs" in plane.status
    lab.controls["batch_size"].value = 500
    before = repr(plane)
    lab.run()
    assert lab.wait(60) and "cannot be drawn from 20" in lab.status and repr(plane) == before
    lab.controls["batch_size"].value, lab.controls["lr"].value, lab.controls["epochs"].value = 10, 0.05, 40
    lab.run()
    assert lab.wait(60) and "Done." in lab.status and "after 40 epochs" in plane.status


def test_it_follows_a_lab_and_shows_the_students_of_its_result(lab):
    plane = DecisionMap(lab)
    assert "after 30 epochs" in repr(plane) and plane.controls["student"].max == 2
    lab.controls["epochs"].value = 200
    lab.run()
    assert lab.wait(60)
    assert plane.picture.alt == map_picture(lab.result.settings).alt and "after 200 epochs" in plane.status
    plane.controls["student"].value = 2
    assert plane.picture.alt == map_picture(lab.result.settings, student=2).alt


def test_it_changes_nothing_in_the_results_of_the_lab(lab):
    DecisionMap(lab)
    lab.run()
    assert lab.wait(60)
    assert torch.equal(lab.result.loss, last(frames(SMALL)).loss)


def test_a_stopped_lab_and_its_map_show_the_same_students(lab):
    lab.controls["epochs"].value = 20_000
    drawn, pictures = threading.Event(), []
    plane = DecisionMap(lab)
    lab.follow(lambda curves: pictures.append(curves) or (len(pictures) > 3 and drawn.set()))
    lab.run()
    assert drawn.wait(60)
    lab.stop()
    assert f"after {lab.result.epoch:,} epochs" in repr(plane) and f"after {lab.result.epoch:,} epochs" in plane.status
    late = DecisionMap(lab)  # the worker may still be in its last epoch
    assert repr(late) == repr(plane)
    lab.reset()
    assert f"after {lab.result.epoch:,} epochs" in plane.status and plane.picture.alt in plane.status


def test_what_goes_wrong_in_a_map_is_said_there_and_the_next_picture_works(lab, monkeypatch):
    plane = DecisionMap(lab)

    def broken(*args):
        raise RuntimeError("no ink")

    with monkeypatch.context() as patch:
        patch.setattr(map_figure.MapFigure, "update", broken)
        lab.run()
        assert lab.wait(60) and "Done." in lab.status and "no ink (RuntimeError)" in plane.status
    plane.controls["sex"].value = "female"
    assert "female" in plane.status
    lab.run()
    assert lab.wait(60) and "could not" not in plane.status


def test_the_static_twin_draws_the_finished_run():
    picture = map_picture(SMALL, "female", "nebraska")
    assert "female, nebraska" in repr(picture) and "after 30 epochs" in repr(picture)
