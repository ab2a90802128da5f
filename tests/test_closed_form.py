"""The closed-form engine for one network is the autograd loop, draw for draw."""

import math

import pytest
import torch
from torch import nn
from torch.nn.utils import prune

import kdlib
from kdlib import closed_form, training
from kdlib.worlds.people import People

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
        kdlib.ReverseKL(3.0),
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


class Relu(kdlib.MLP):
    def forward(self, x):
        return self.layers[1](torch.relu(self.layers[0](x)))


class Dropping(kdlib.MLP):
    def forward(self, x):
        return super().forward(nn.functional.dropout(x, training=self.training))


class Doubled(kdlib.HardLabels):
    """Another value, the old gradient."""

    def value(self, z, labels, v=None):
        return 2 * super().value(z, labels)


def frozen(net):
    net.layers[0].weight.requires_grad_(False)
    return net


def hooked(net):
    net.layers[0].register_forward_hook(lambda module, given, made: made * 2)
    return net


def pruned(net):
    prune.l1_unstructured(net.layers[0], "weight", amount=0.5)
    return net


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Relu(6, 8, 3), "a Relu, which has a forward of its own"),
        (lambda: Dropping(6, 8, 3), "a Dropping, which has a forward of its own"),
        (lambda: frozen(kdlib.student_net()), "frozen parameters"),
        (lambda: hooked(kdlib.student_net()), "forward hook"),
        (lambda: pruned(kdlib.student_net()), "forward hook"),
        (lambda: nn.Sequential(nn.Linear(6, 3)), "is a Sequential"),
    ],
)
def test_what_autograd_would_train_otherwise_is_refused_untouched(make, message):
    """`kdlib.train` trains these; the closed form, which reads the weights alone, would train another network."""
    net = make().double()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.raises(ValueError, match=message):
        closed_form.train_closed_form(net, PEOPLE, kdlib.HardLabels(), epochs=1)
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_an_objective_whose_gradient_is_that_of_another_is_refused():
    with pytest.raises(ValueError, match="changes the value and keeps the gradient"):
        closed_form.train_closed_form(kdlib.student_net().double(), PEOPLE, Doubled(), epochs=1)


@pytest.mark.parametrize(
    "change",
    [
        {"data": People(PEOPLE.x.float(), PEOPLE.y)},
        {"data": People(PEOPLE.x.long(), PEOPLE.y)},
        {"data": People(PEOPLE.x, PEOPLE.y == 1)},
        {"data": People(PEOPLE.x, PEOPLE.y.double() * float("nan"))},
        {"data": People(PEOPLE.x, PEOPLE.y + 1)},
        {"epochs": 5.0},
        {"batch_size": 2.5},
        {"lr": float("nan")},
        {"objective": kdlib.HardLabels},
        {"objective": kdlib.SoftTargets(4.0)},
        {"objective": kdlib.SoftTargets(4.0), "teacher": torch.softmax(PEOPLE.x[:, :3], -1)},
    ],
    ids=lambda change: " and ".join(change),
)
def test_both_engines_refuse_the_same_in_the_same_words(change):
    given, said = {"data": PEOPLE, "objective": kdlib.HardLabels(), **change}, []
    for engine in (training.train, closed_form.train_closed_form):
        with pytest.raises((ValueError, TypeError)) as refused:
            engine(kdlib.student_net().double(), given["data"], **{k: v for k, v in given.items() if k != "data"})
        said.append(str(refused.value))
    assert said[0] == said[1]


def test_rows_without_labels_will_do_where_none_are_needed():
    teacher, results = kdlib.teacher_net().double(), []
    for engine in (training.train, closed_form.train_closed_form):
        torch.manual_seed(5)
        model = kdlib.student_net().double()
        losses = list(engine(model, PEOPLE.x, kdlib.SoftTargets(2.0), teacher=teacher, epochs=5))
        results.append(torch.cat([torch.tensor(losses), model(PEOPLE.x).detach().flatten()]))
    torch.testing.assert_close(*results, rtol=0, atol=1e-12)


def test_ctrl_c_while_the_weights_are_handed_over_leaves_no_half(monkeypatch):
    model, calls = kdlib.student_net().double(), []
    load = type(model).load_state_dict

    def interrupted(self, state):
        calls.append(state)
        if len(calls) == 1:
            load(self, {name: value for name, value in state.items() if "0" in name}, strict=False)
            raise KeyboardInterrupt
        return load(self, state)

    torch.manual_seed(5)
    losses = closed_form.train_closed_form(model, PEOPLE, kdlib.HardLabels(), epochs=3, lr=0.05)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(type(model), "load_state_dict", interrupted)
        list(losses)
    for name, value in model.state_dict().items():
        assert torch.equal(value, calls[1][name])
