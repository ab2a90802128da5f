"""The decision map without a kernel: what it shows, and that it never disturbs the lab it follows."""

import base64

import pytest
import torch

from kdlib.models import MLP, logits_of
from kdlib.widgets import map_picture
from kdlib.widgets.lab import map_figure
from kdlib.widgets.lab.decision_map import DecisionMap
from kdlib.widgets.lab.runs import frames, last
from kdlib.widgets.lab.settings import Settings
from kdlib.widgets.lab.training_lab import TrainingLab
from kdlib.widgets.lab.weights import cells, on_the_map, weights_of
from kdlib.worlds.people import SEXES, STATES, Record, encode, posterior
from tests.support.node import PAGE, call, node

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
    assert again.alt == fresh.alt and again.png() == fresh.png()


def test_given_networks_are_drawn_and_the_controls_move_the_picture():
    plane = DecisionMap(teacher=true_logits, student=upside_down)
    assert "male, michigan" in repr(plane) and set(plane.networks["student"]) == {
        f"{a}, {b}" for a in SEXES for b in STATES
    }
    plane.controls["state"].value = "oklahoma"
    plane.sex = "female"
    assert "female, oklahoma" in repr(plane)
    assert plane.controls["student"].disabled and not plane.controls["sex"].disabled
    data, _ = plane._repr_mimebundle_()
    assert data["text/plain"] == repr(plane) and 'data-kd-explorer="map"' in data["text/html"]


@pytest.mark.parametrize("given", [{}, {"teacher": true_logits}, {"lab": object(), "student": true_logits}])
def test_it_wants_a_lab_or_two_networks(given):
    with pytest.raises(ValueError, match="either a lab, or a teacher and a student"):
        DecisionMap(**given)
    with pytest.raises(ValueError, match="lab is 3; expected a TrainingLab"):
        DecisionMap(3)


@pytest.mark.parametrize(
    ("place", "words"),
    [({"sex": "woman"}, "'woman'"), ({"state": "ohio"}, "'ohio'")],
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
        (torch.nn.Linear(6, 4, dtype=torch.float64), r"gives \[2500, 4\] for 2500 people; expected logits \[n, 3\]"),
        (lambda x: true_logits(x) * float("nan"), "a network gives logits that are no numbers"),
    ],
)
def test_networks_that_do_not_fit_are_refused(network, words):
    with pytest.raises(ValueError, match=words):
        DecisionMap(teacher=true_logits, student=network)


def test_plain_networks_travel_as_their_weights_and_others_as_what_they_choose(lab):
    one, many = on_the_map(MLP(6, 4, 3)), on_the_map(lab.result.students.logits)
    assert one["sizes"] == [6, 4, 3] and len(base64.b64decode(one["weights"])) == 4 * 43
    assert many["sizes"] == [6, 3, 3] and len(base64.b64decode(many["weights"])) == 2 * 4 * 33
    assert len(on_the_map(true_logits)["male, nebraska"]) == 1


@pytest.mark.parametrize("student", [0, 1.5, True])
def test_a_student_is_a_whole_number_from_one(student):
    with pytest.raises(ValueError, match="expected a whole number from 1"):
        DecisionMap(teacher=true_logits, student=true_logits).student = student


def test_it_follows_a_lab_and_says_what_its_students_think(lab):
    plane = DecisionMap(lab)
    assert "after 30 epochs" in repr(plane) and plane.follows == lab.id and plane.networks == {}
    lab.controls["epochs"].value = 200
    lab.run()
    assert lab.wait(60)
    for student in (1, 2):
        plane.controls["student"].value = student
        assert repr(plane) == f"DecisionMap({map_picture(lab.result.settings, student=student).alt})"
        assert plane.picture.alt == plane.status


def test_it_follows_a_lab_whose_students_diverge(lab):
    plane = DecisionMap(lab)
    lab.controls["objective"].value, lab.controls["lr"].value = "logits", 1e6
    lab.run()
    assert lab.wait(60) and "diverged" in lab.status and "after 30 epochs" in repr(plane)


def test_a_byte_holds_the_class_and_how_sure_it_is():
    p = torch.tensor([[1.0, 0, 0], [0.2, 0.5, 0.3], [0.3, 0.3, 0.4], [1 / 3, 1 / 3, 1 / 3]], dtype=torch.float64)
    assert [*base64.b64decode(cells(p))] == [63, 64 + 16, 128 + 6, 0]


@pytest.mark.parametrize(("sex", "state"), [("male", "nebraska"), ("female", "oklahoma")])
def test_the_page_paints_the_cells_that_kdlib_paints(sex, state):
    net = MLP(6, 4, 3).double()
    layers = [{"W": layer.weight.tolist(), "b": layer.bias.tolist()} for layer in net.layers]
    truth, student = node("cells.mjs", PAGE / "map.js", [layers, sex, state])
    for found, model in ((truth, true_logits), (student, net)):
        ours = torch.tensor(found)
        theirs = torch.tensor([*base64.b64decode(cells(opinions(model, sex, state)[0]))])
        assert ((ours >> 6) != (theirs >> 6)).sum() <= 2 and ((ours & 63) - (theirs & 63)).abs().max() <= 1


def test_the_page_tells_the_cases_apart_as_kdlib_does():
    truth, wrong = opinions(true_logits)[0], opinions(upside_down)[0]
    other = wrong.roll(1, -1)
    a, b, c = ([*base64.b64decode(cells(p))] for p in (truth, wrong, other))
    found = call(PAGE / "map.js", [["compared", a, a, b], ["compared", a, b, a], ["compared", a, b, c]])
    assert [one["cases"] for one in found[:2]] == [[1, 0, 0], [0, 1, 0]]
    assert [one["wrong"] for one in found[:2]] == [1, 0]
    shares = [float(text.get_text().split(": ")[1].rstrip("%"))
              for text in drawn(wrong[None], other[None]).figure.legends[0].get_texts()]  # fmt: skip
    assert [100 * share for share in found[2]["cases"]] == pytest.approx(shares, abs=0.06)


def test_the_page_reads_the_weights_that_kdlib_sends(lab):
    numbers = torch.frombuffer(bytearray(weights_of(lab.result.students.layers())), dtype=torch.float32).tolist()
    for r in (0, 1):
        found = node("weights.mjs", PAGE.parent / "lab" / "run.js", [numbers, [6, 3, 3], r])
        for (W, b), layer in zip(found, lab.result.students.module(r).layers, strict=True):
            torch.testing.assert_close(torch.tensor(W), layer.weight.detach().flatten().float())
            torch.testing.assert_close(torch.tensor(b), layer.bias.detach().float())


def test_the_static_twin_draws_the_finished_run():
    picture = map_picture(SMALL, "female", "nebraska")
    assert "female, nebraska" in repr(picture) and "after 30 epochs" in repr(picture)
