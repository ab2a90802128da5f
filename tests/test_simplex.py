"""The triangle of predictions: where points lie and which way a step moves them."""

import pytest
import torch

import kdlib
from kdlib import figures, simplex

Q = torch.tensor([0.35, 0.5, 0.15], dtype=torch.float64)


def test_corners_and_centre_lie_where_the_classes_pull():
    p = torch.cat([torch.eye(3), torch.full((1, 3), 1 / 3)]).double()
    expected = torch.tensor([[0, 0], [0.5, 3**0.5 / 2], [1, 0], [0.5, 3**0.5 / 6]], dtype=torch.float64)
    torch.testing.assert_close(simplex.to_plane(p), expected, rtol=0, atol=1e-7)


def test_the_grid_lies_inside_the_triangle():
    p = simplex.grid(5)
    assert p.tolist() == [
        [0.2, 0.2, 0.6],
        [0.2, 0.4, 0.4],
        [0.2, 0.6, 0.2],
        [0.4, 0.2, 0.4],
        [0.4, 0.4, 0.2],
        [0.6, 0.2, 0.2],
    ]


def test_movement_is_what_a_small_step_in_the_logits_does():
    p, objective, small = simplex.grid(7), kdlib.Mixed(0.5, 2.0), 1e-6
    labels, v = torch.ones(len(p), dtype=torch.long), Q.log().expand_as(p)
    g = objective.logit_gradient(p.log(), labels=labels, teacher_logits=v) * len(p)
    moved = (torch.softmax(p.log() - small * g, -1) - p) / small
    torch.testing.assert_close(simplex.movement(objective, p, 1, Q), moved, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    "objective", [kdlib.SoftTargets(1.0), kdlib.SoftTargets(4.0), kdlib.LogProbMatching()], ids=repr
)
def test_a_student_that_agrees_with_the_teacher_stays(objective):
    assert simplex.movement(objective, Q[None], 0, Q).abs().max() < 1e-15


def test_labels_move_every_prediction_towards_their_corner():
    assert (simplex.movement(kdlib.HardLabels(), simplex.grid(), 2, Q)[:, 2] > 0).all()


def test_the_field_draws_one_arrow_a_prediction_and_marks_label_and_teacher():
    picture = figures.Picture("a field")
    ax = simplex.gradient_field(picture.axes, kdlib.HardLabels(), 1, Q, "labels")
    (arrows,) = ax.collections
    assert len(simplex.grid()) == arrows.N
    star = next(line for line in ax.lines if line.get_marker() == "*")
    assert star.get_xydata().tolist() == [simplex.to_plane(Q).tolist()]
    assert [text.get_text() for text in ax.texts] == list(kdlib.worlds.people.POLITICS)
