"""The closed-form engine for one network is the autograd loop, draw for draw."""

import math

import pytest
import torch

import kdlib
from kdlib import closed_form, training

PEOPLE = kdlib.sample_people(23, seed=3, dtype=torch.float64)


def run(engine, sizes, objective, teacher, **settings):
    torch.manual_seed(5)
    model = kdlib.MLP(*sizes).double()
    losses = list(engine(model, PEOPLE, objective, teacher=teacher, **settings))
    return model, losses, torch.get_rng_state()


@pytest.mark.parametrize("sizes", [(6, 8, 3), (6, 10, 10, 3)])
@pytest.mark.parametrize(
    "objective",
    [
        kdlib.HardLabels(),
        kdlib.LogProbMatching(),
        kdlib.LogitMatching(),
        kdlib.LogitMatching(centred=True),
        kdlib.SoftTargets(3.0),
        kdlib.Mixed(0.7, 3.0),
    ],
    ids=repr,
)
def test_both_engines_give_the_same_weights_losses_and_draws(sizes, objective):
    teacher = kdlib.teacher_net().double()
    settings = {"epochs": 60, "batch_size": 5, "lr": 0.05}  # 23 rows: the last batch has 3
    model, losses, state = run(closed_form.train_closed_form, sizes, objective, teacher, **settings)
    other, other_losses, other_state = run(training.train, sizes, objective, teacher, **settings)
    for a, b in zip(model.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=1e-12)
    assert losses == pytest.approx(other_losses, abs=1e-12)
    assert torch.equal(state, other_state)


def test_leaving_the_loop_early_keeps_what_was_learned():
    torch.manual_seed(5)
    model = kdlib.student_net().double()
    losses = closed_form.train_closed_form(model, PEOPLE, kdlib.HardLabels(), lr=0.05)
    for _ in range(3):
        next(losses)
    losses.close()
    other, *_ = run(training.train, (6, 8, 3), kdlib.HardLabels(), None, epochs=3, lr=0.05)
    torch.testing.assert_close(model.layers[0].weight, other.layers[0].weight, rtol=0, atol=1e-12)


def test_a_run_that_diverges_names_the_epoch_and_leaves_finite_weights():
    model, teacher = kdlib.student_net().double(), kdlib.teacher_net().double()
    with pytest.raises(kdlib.TrainingDiverged, match=r"epoch \d+.*lr=10"):
        settings = {"teacher": teacher, "lr": 10.0, "epochs": 500}
        for loss in closed_form.train_closed_form(model, PEOPLE, kdlib.LogitMatching(), **settings):
            assert math.isfinite(loss)
    assert all(p.isfinite().all() for p in model.parameters())


def test_bad_settings_are_refused_at_the_call():
    for settings in ({"epochs": -1}, {"lr": 0.0}, {"batch_size": 24}):
        (name,) = settings
        with pytest.raises(ValueError, match=name):
            closed_form.train_closed_form(kdlib.student_net().double(), PEOPLE, kdlib.HardLabels(), **settings)
