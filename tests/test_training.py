"""The training loop: the draws of the plain recipe, one look at the teacher, and nothing lost when it stops."""

import copy
import math
import pickle
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

from kdlib import (
    MLP,
    HardLabels,
    History,
    LogitMatching,
    LogProbMatching,
    Mixed,
    SoftTargets,
    TrainingDiverged,
    accuracy,
    fit,
    load_model,
    sample_people,
    save_model,
    student_net,
    teacher_net,
    train,
)
from kdlib.training import shuffled_rows


@pytest.fixture(scope="module")
def people():
    return sample_people(23, seed=0)  # 23 rows in batches of 10: the last batch is smaller


@pytest.fixture
def student():
    torch.manual_seed(1)
    return student_net()


def weights(model):
    return [p.detach().clone() for p in model.parameters()]


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def trained(people, objective, **settings):
    """A student trained from the fixture's seed, and its history."""
    torch.manual_seed(1)
    model = student_net()
    return model, fit(model, people, objective, **settings)


@pytest.mark.parametrize("batch_size", [1, 10, 23])
def test_rows_are_shuffled_as_a_data_loader_shuffles_them(batch_size):
    loader = DataLoader(TensorDataset(torch.arange(23)), batch_size=batch_size, shuffle=True)
    torch.manual_seed(5)
    expected = [torch.cat([batch for (batch,) in loader]) for _ in range(4)]
    after = torch.get_rng_state()
    torch.manual_seed(5)
    orders = [shuffled_rows(23) for _ in range(4)]
    assert same(orders, expected) and not torch.equal(orders[0], orders[1])
    assert torch.equal(torch.get_rng_state(), after)


def test_training_draws_nothing_but_the_shuffles(people, student):
    torch.manual_seed(5)
    fit(student, people, HardLabels(), epochs=3)
    after = torch.get_rng_state()
    torch.manual_seed(5)
    for _ in range(3):
        shuffled_rows(23)
    assert torch.equal(torch.get_rng_state(), after)


def test_the_loss_of_an_epoch_is_the_mean_over_rows_also_with_a_smaller_last_batch():
    # The model gives its one weight; the loss is the batch's mean label, with a gradient of zero. Batches of 2, 2, 1.
    class Constant(nn.Module):
        def __init__(self):
            super().__init__()
            self.w = nn.Parameter(torch.ones(1))

        def forward(self, x):
            return self.w.expand(len(x), 3)

    means = []

    def mean_label(student_logits, *, labels, teacher_logits):
        means.append(labels.double().mean().item())
        return labels.double().mean() + 0 * student_logits.sum()

    y = torch.tensor([0, 0, 1, 2, 2])
    history = fit(Constant(), TensorDataset(torch.zeros(5, 1), y), mean_label, epochs=4, batch_size=2)
    assert history.loss == pytest.approx([1.0] * 4, abs=1e-15)
    assert any(sum(means[i : i + 3]) / 3 != pytest.approx(1.0) for i in range(0, 12, 3))  # plain means would differ


def test_two_steps_are_those_of_gradient_descent(people):
    model, history = trained(people, HardLabels(), epochs=2, batch_size=23, lr=0.1)
    torch.manual_seed(1)
    plain = student_net()
    optimizer, losses = torch.optim.SGD(plain.parameters(), lr=0.1), []
    for _ in range(2):
        order = shuffled_rows(23)
        loss = nn.NLLLoss()(torch.log_softmax(plain(people.x[order]), -1), people.y[order])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    torch.testing.assert_close(weights(model), weights(plain), rtol=0, atol=1e-7)
    assert history.loss == pytest.approx(losses, abs=1e-6)


class Watched(nn.Module):
    """A teacher that counts its calls and refuses to be called in the wrong way."""

    def __init__(self):
        super().__init__()
        self.net, self.dropout, self.calls = teacher_net(), nn.Dropout(0.5), 0

    def forward(self, x):
        assert not self.training and not self.dropout.training and not torch.is_grad_enabled()
        self.calls += 1
        return self.dropout(self.net(x))


def test_the_teacher_is_evaluated_once_and_left_as_it_was(people, student):
    teacher = Watched().train()
    teacher.net.eval()
    for p in teacher.parameters():
        p.grad = torch.full_like(p, 7.0)
    before, modes = weights(teacher), [module.training for module in teacher.modules()]
    fit(student, people, LogProbMatching(), teacher=teacher, epochs=5)
    assert teacher.calls == 1
    assert [module.training for module in teacher.modules()] == modes
    assert same(weights(teacher), before)
    assert all(torch.equal(p.grad, torch.full_like(p, 7.0)) for p in teacher.parameters())


class Echo(nn.Module):
    """Returns its features, with a weight of one, so that an objective sees which rows it got."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.ones(1))

    def forward(self, x):
        return self.w * x


def test_no_shuffle_pairs_a_row_with_the_label_or_teacher_of_another_row():
    x = torch.arange(69.0).reshape(23, 3)
    y = torch.arange(23)
    seen = []

    def compare(student_logits, *, labels, teacher_logits):
        rows = (student_logits[:, 0] / 3).long()
        assert torch.equal(labels, y[rows]) and torch.equal(teacher_logits, -2 * student_logits)
        seen.extend(rows.tolist())
        return 0 * student_logits.sum()

    fit(Echo(), TensorDataset(x, y), compare, teacher=lambda x: -2 * x, epochs=3, batch_size=10)
    epochs = [seen[i : i + 23] for i in (0, 23, 46)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(23))] * 3
    assert epochs[0] != epochs[1] != epochs[2]


def test_a_student_is_trained_in_train_mode(people, student):
    modes = []

    def objective(student_logits, *, labels, teacher_logits):
        modes.append(student.training)
        return student_logits.sum() * 0

    for _ in train(student, people, objective, epochs=2):
        student.eval()  # as one does to look at it between two epochs
    assert modes == [True] * 6


def test_a_teacher_with_another_number_of_rows_is_refused(people, student):
    with pytest.raises(ValueError, match="the teacher gives 40 rows of logits for 23 rows of data"):
        train(student, people, lambda z, labels, teacher_logits: z.sum(), teacher=lambda x: torch.zeros(40, 3))


def test_any_function_called_like_an_objective_is_one(people):
    def cross_entropy(student_logits, *, labels, teacher_logits):
        assert teacher_logits is None
        return nn.functional.cross_entropy(student_logits, labels)

    own, own_history = trained(people, cross_entropy, epochs=3)
    ours, history = trained(people, HardLabels(), epochs=3)
    assert same(weights(own), weights(ours)) and own_history.loss == history.loss


def test_all_forms_of_the_same_data_train_the_same_network(people):
    class Rows:
        x, y = people.x, people.y

    first = weights(trained(people, HardLabels(), epochs=2)[0])
    assert same(first, weights(trained(Rows(), HardLabels(), epochs=2)[0]))
    assert same(first, weights(trained(TensorDataset(people.x, people.y), HardLabels(), epochs=2)[0]))


def test_own_rows_may_have_other_numbers_of_features_and_classes():
    torch.manual_seed(0)
    data = TensorDataset(torch.randn(30, 4, dtype=torch.float64), torch.randint(5, (30,), dtype=torch.int32))
    model, teacher = nn.Linear(4, 5).double(), nn.Linear(4, 5).double()
    history = fit(model, data, HardLabels(), epochs=20, lr=0.1)
    assert len(history.loss) == 20 and history.loss[-1] < history.loss[0]
    history = fit(model, data, LogitMatching(), teacher=teacher, epochs=20, lr=0.1)
    assert history.loss[-1] < history.loss[0] / 2


def test_a_break_keeps_the_weights_of_the_epochs_that_ran(people, student):
    torch.manual_seed(1)
    model, losses = student_net(), []
    for loss in train(model, people, HardLabels(), epochs=10, lr=0.1):
        losses.append(loss)
        if len(losses) == 3:
            break
    short, history = trained(people, HardLabels(), epochs=3, lr=0.1)
    assert losses == history.loss and same(weights(model), weights(short))
    assert not same(weights(model), weights(student))


def test_nothing_is_drawn_or_trained_before_the_first_epoch_is_asked_for(people, student):
    before, state = weights(student), torch.get_rng_state()
    epochs = train(student, people, HardLabels(), epochs=2)
    assert same(weights(student), before) and torch.equal(torch.get_rng_state(), state)
    assert len(list(epochs)) == 2


def test_no_epochs_leave_the_model_as_it_was(people, student):
    before = weights(student)
    assert fit(student, people, HardLabels(), epochs=0) == History(loss=[], interrupted=False)
    assert same(weights(student), before)


def test_a_progress_bar_changes_nothing(people, capsys):
    bar, with_bar = trained(people, HardLabels(), epochs=3, progress=True)
    assert "0/3 " in capsys.readouterr().err
    plain, without = trained(people, HardLabels(), epochs=3)
    assert with_bar == without and same(weights(bar), weights(plain))
    assert capsys.readouterr() == ("", "")


def test_a_step_size_far_too_large_names_the_epoch_and_leaves_the_last_finite_weights(people):
    teacher = lambda x: 100 * x[:, :3]  # noqa: E731
    settings = {"teacher": teacher, "lr": 12.0}
    torch.manual_seed(1)
    model, losses = student_net(), []
    with pytest.raises(TrainingDiverged, match=r"lr=12 is too large; 0\.005 is where") as stopped:
        losses.extend(train(model, people, LogitMatching(), epochs=1000, **settings))
    epoch = int(re.search(r"in epoch (\d+)", str(stopped.value))[1])
    short, history = trained(people, LogitMatching(), epochs=epoch - 1, **settings)
    assert epoch > 1 and all(map(math.isfinite, history.loss))
    assert same(weights(model), weights(short))
    assert all(torch.isfinite(p).all() for p in model.parameters())


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_any_loss_that_is_not_finite_stops_before_its_step(people, student, bad):
    before = weights(student)
    with pytest.raises(TrainingDiverged, match="diverged in epoch 1"):
        fit(student, people, lambda z, *, labels, teacher_logits: z.sum() * 0 + bad)
    assert same(weights(student), before)


def test_weights_that_overflow_in_the_last_step_are_noticed_too(people, student):
    before = weights(student)
    with pytest.raises(TrainingDiverged, match="diverged in epoch 1"):
        fit(student, people, lambda z, *, labels, teacher_logits: 1e9 * z.mean(), batch_size=23, epochs=1, lr=1e37)
    assert same(weights(student), before)


def test_ctrl_c_keeps_what_was_learned_warns_and_marks_the_history(people):
    def interrupted(student_logits, *, labels, teacher_logits):
        calls.append(1)
        if len(calls) == 7:  # the first batch of the third epoch
            raise KeyboardInterrupt
        return nn.functional.cross_entropy(student_logits, labels)

    calls = []
    with pytest.warns(UserWarning, match="stopped after 2 of 50 epochs; the model keeps what it learned"):
        model, history = trained(people, interrupted, epochs=50, lr=0.1)
    short, expected = trained(people, HardLabels(), epochs=2, lr=0.1)
    assert history.interrupted and not expected.interrupted
    assert history.loss == expected.loss and same(weights(model), weights(short))


def test_frozen_parameters_stay_as_they_are(people, student):
    student.layers[0].weight.requires_grad_(False)
    before = weights(student)
    fit(student, people, HardLabels(), epochs=2, lr=0.1)
    after = weights(student)
    assert torch.equal(before[0], after[0]) and not student.layers[0].weight.requires_grad
    assert not any(torch.equal(b, a) for b, a in zip(before[1:], after[1:], strict=True))


def test_training_leaves_gradients_alone(people, student):
    fit(student, people, HardLabels(), epochs=1)
    assert all(p.grad is None for p in student.parameters())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": -1}, "epochs is -1; expected 0 or more"),
        ({"batch_size": 0}, "batch_size is 0; expected 1 to 23, the number of rows"),
        ({"batch_size": 24}, "batch_size is 24; expected 1 to 23, the number of rows"),
        ({"lr": 0.0}, "lr is 0.0; expected a positive step size"),
        ({"lr": -0.1}, "lr is -0.1; expected a positive step size"),
        ({"lr": math.nan}, "lr is nan; expected a positive step size"),
        ({"lr": math.inf}, "lr is inf; expected a positive step size"),
        ({"lr": 1e300}, "lr is 1e+300; expected a positive step size"),
        ({"lr": "0.1"}, "lr is '0.1'; expected a positive step size"),
        ({"epochs": 5.0}, "epochs is 5.0; expected a whole number, 0 or more"),
        ({"epochs": True}, "epochs is True; expected a whole number, 0 or more"),
        ({"batch_size": 10.0}, "batch_size is 10.0; expected a whole number, 1 to 23, the number of rows"),
    ],
)
def test_settings_out_of_range_are_refused_at_the_call(people, student, settings, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        train(student, people, HardLabels(), **settings)  # nobody has asked for an epoch yet


def test_rows_and_model_of_two_dtypes_are_refused_with_the_cure(people):
    with pytest.raises(
        ValueError, match=r"data.x is torch.float32, the model torch.float64; .*model.to\(torch.float32\)"
    ):
        train(student_net().double(), sample_people(20, seed=0), HardLabels())


def test_a_missing_teacher_is_named(people, student):
    with pytest.raises(ValueError, match=r"teacher is missing; LogProbMatching\(\) needs one"):
        train(student, people, LogProbMatching())


@pytest.mark.parametrize("label", [3, -1, -100])
def test_labels_that_are_no_class_of_the_model_are_refused(people, student, label):
    y = people.y.clone()
    y[4] = label
    with pytest.raises(ValueError, match=rf"labels holds \[{label}\]; expected class indices 0 to 2"):
        train(student, TensorDataset(people.x, y), HardLabels())


def test_a_teacher_of_other_classes_is_refused(people, student):
    with pytest.raises(ValueError, match=r"teacher_logits is \[23, 4\]; expected \[23, 3\]"):
        train(student, people, LogitMatching(), teacher=nn.Linear(6, 4))


def test_a_parameter_the_loss_does_not_reach_stays_as_it_is():
    model = student_net()
    model.spare = torch.nn.Parameter(torch.ones(2))
    fit(model, sample_people(20, seed=0), HardLabels(), epochs=1)
    assert model.spare.tolist() == [1, 1]


def test_a_model_without_anything_to_train_is_refused():
    model = student_net().requires_grad_(False)
    with pytest.raises(ValueError, match="no parameter to train"):
        fit(model, sample_people(20, seed=0), HardLabels(), epochs=1)


# --- whole epochs, and advice ----------------------------------------------------------------------------------------


class Normalised(nn.Module):
    """Batch norm in two ways: statistics changed in place, and a buffer that is replaced."""

    def __init__(self):
        super().__init__()
        self.norm, self.net = nn.BatchNorm1d(6), student_net()
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, x):
        if self.training:
            self.seen = self.seen + len(x)
        return self.net(self.norm(x))


def stopping_at(call, error):
    """Cross-entropy that raises ``error``, or is nan, in its n-th call."""
    calls = []

    def objective(student_logits, *, labels, teacher_logits):
        calls.append(1)
        loss = nn.functional.cross_entropy(student_logits, labels)
        if len(calls) == call and error is not None:
            raise error
        return loss * math.nan if len(calls) == call else loss

    return objective


@pytest.mark.parametrize("error", [KeyboardInterrupt(), RuntimeError("own"), None], ids=["ctrl-c", "error", "nan"])
def test_an_epoch_that_is_broken_off_leaves_weights_and_statistics_of_the_last_one(people, error):
    torch.manual_seed(1)
    model, losses = Normalised(), []
    with pytest.raises(type(error) if error else TrainingDiverged):
        losses.extend(train(model, people, stopping_at(8, error), epochs=5, lr=0.1))  # the second of three batches
    torch.manual_seed(1)
    short = Normalised()
    expected = fit(short, people, HardLabels(), epochs=2, lr=0.1).loss
    assert losses == expected
    assert short.seen == 46 and short.norm.num_batches_tracked == 6
    for name, value in model.state_dict().items():
        assert torch.equal(value, short.state_dict()[name]), name


def test_ctrl_c_inside_an_epoch_keeps_the_epochs_before_it(people):
    with pytest.warns(UserWarning, match="stopped after 2 of 5 epochs"):
        model, history = trained(people, stopping_at(8, KeyboardInterrupt()), epochs=5, lr=0.1)
    short, expected = trained(people, HardLabels(), epochs=2, lr=0.1)
    assert history.loss == expected.loss and same(weights(model), weights(short))


def test_the_history_has_an_epoch_exactly_when_the_weights_have_it(people, monkeypatch):
    """Ctrl-C between the end of an epoch and its entry in the history, or just after it."""
    for at, done in (("before", 1), ("after", 2)):

        class Losses(list):
            def append(self, loss, at=at):
                if len(self) == 1 and at == "before":
                    raise KeyboardInterrupt
                super().append(loss)
                if len(self) == 2:
                    raise KeyboardInterrupt

        monkeypatch.setattr("kdlib.training.History", lambda kind=Losses: History(loss=kind()))
        with pytest.warns(UserWarning, match=f"stopped after {done} of 5 epochs"):
            model, history = trained(people, HardLabels(), epochs=5, lr=0.1)
        monkeypatch.undo()
        short, expected = trained(people, HardLabels(), epochs=done, lr=0.1)
        assert history.loss == expected.loss and same(weights(model), weights(short))


def test_the_advice_fits_a_step_size_that_is_small_already():
    assert "0.005 is where the course starts" in str(TrainingDiverged(3, 0.1))
    for lr in (0.005, 0.001):
        assert f"Try a step size below lr={lr:g}, and features and teacher" in str(TrainingDiverged(3, lr))


# --- what cannot be trained is named before training -----------------------------------------------------------------


def broken():
    net = student_net()
    nn.init.constant_(net.layers[0].weight, math.nan)
    return net


UNUSABLE = [
    (nn.Sequential(student_net(), nn.Softmax(-1)), HardLabels(), ValueError, "student_logits look like probabilities"),
    (broken(), HardLabels(), ValueError, "the model gives NaN or infinity before any training"),
    (MLP(6, 4, 1), HardLabels(), ValueError, "student_logits is [23, 1], one output"),
    (MLP(5, 4, 3), HardLabels(), ValueError, "x is [23, 6]; expected [n, 5], the features of a network (5, 4, 3)"),
    (student_net(), SoftTargets, TypeError, "objective is the class SoftTargets; expected SoftTargets(temperature)"),
    (student_net(), nn.CrossEntropyLoss(), TypeError, "objective is CrossEntropyLoss(); expected one of kdlib.object"),
    (student_net(), nn.functional.cross_entropy, TypeError, "or a function that is called as objective(student_logit"),
    (student_net(), "labels", TypeError, "objective is 'labels'; expected one of kdlib.objectives"),
    (student_net(), Mixed([0.1, 0.2], 2), ValueError, "has settings for many runs; expected numbers, as one network"),
]


@pytest.mark.parametrize(("model", "objective", "kind", "message"), UNUSABLE)
def test_what_cannot_be_trained_is_named_at_the_call(people, model, objective, kind, message):
    with pytest.raises(kind, match=re.escape(message)):
        train(model, people, objective, teacher=teacher_net())


def test_one_output_is_refused_with_a_teacher_of_one_output_too(people):
    with pytest.raises(ValueError, match="two where there are two classes"):
        fit(MLP(6, 4, 1), people, SoftTargets(4), teacher=MLP(6, 10, 1))


def test_whole_numbers_in_the_place_of_features_are_refused(people):
    data = TensorDataset(people.x.long(), people.y)
    with pytest.raises(ValueError, match=r"x is torch.int64; expected floating-point features, such as x.float\(\)"):
        fit(student_net(), data, HardLabels())


@pytest.mark.parametrize(
    ("loss", "found"),
    [
        (lambda z: (z**2).mean(-1), r"\[10\]"),
        (lambda z: z.mean().item(), r"-?\d"),
        (lambda z: z.mean().detach(), "tensor"),
        (lambda z: None, "None"),
    ],
)
def test_an_objective_that_gives_no_loss_is_refused(people, student, loss, found):
    with pytest.raises(TypeError, match=f"objective gives {found}.*; expected one number with a gradient"):
        fit(student, people, lambda z, *, labels, teacher_logits: loss(z))


def test_a_subclass_with_a_call_of_its_own_is_trained_on_that_call(people):
    class Doubled(HardLabels):
        def __call__(self, student_logits, **given):
            return 2 * super().__call__(student_logits, **given)

    own, history = trained(people, Doubled(), epochs=3, lr=0.1)
    _, plain = trained(people, HardLabels(), epochs=3, lr=0.1)
    twice, _ = trained(people, HardLabels(), epochs=3, lr=0.2)
    assert history.loss[0] == pytest.approx(2 * plain.loss[0], rel=0.05)
    torch.testing.assert_close(weights(own), weights(twice), rtol=0, atol=1e-6)


# --- rows without labels, and numbers to learn -----------------------------------------------------------------------


def test_rows_without_labels_are_taught(people):
    settings = {"teacher": teacher_net(), "epochs": 3, "lr": 0.1}
    model, history = trained(people, SoftTargets(2), **settings)
    for data in (people.x, TensorDataset(people.x), TensorDataset(people.x, torch.randn(23))):
        other, same_history = trained(data, SoftTargets(2), **settings)
        assert same_history.loss == history.loss and same(weights(model), weights(other))
    for objective in (HardLabels(), Mixed(0.5, 2)):
        with pytest.raises(ValueError, match="there are no labels"):
            train(student_net(), people.x, objective, teacher=teacher_net())


def test_regression_is_logit_matching_with_the_numbers_as_teacher():
    x = torch.linspace(-1, 1, 40)[:, None]
    y = torch.stack([x[:, 0] ** 2, torch.sin(3 * x[:, 0])], -1)
    for target in (y, y[:, :1]):
        torch.manual_seed(0)
        model = MLP(1, 16, target.shape[1])
        history = fit(model, TensorDataset(x, target), LogitMatching(), teacher=target, epochs=300, lr=0.1)
        assert history.loss[-1] < 0.02 < 10 * history.loss[0]
        assert ((model(x) - target) ** 2).mean().item() == pytest.approx(history.loss[-1], rel=0.5)


def test_an_own_loss_gets_the_numbers_in_the_place_of_labels():
    x = torch.linspace(-1, 1, 20)[:, None]

    def squared(student_logits, *, labels, teacher_logits):
        assert teacher_logits is None
        return ((student_logits[:, 0] - labels) ** 2).mean()

    torch.manual_seed(0)
    history = fit(MLP(1, 8, 1), TensorDataset(x, 2 * x[:, 0]), squared, epochs=100, lr=0.1)
    assert history.loss[-1] < 0.05 * history.loss[0]


def test_a_part_of_the_rows_is_trained_on_as_the_part_alone(people):
    part = random_split(people, [15, 8])[0]
    first, history = trained(part, HardLabels(), epochs=2)
    alone = TensorDataset(people.x[part.indices], people.y[part.indices])
    other, same_history = trained(alone, HardLabels(), epochs=2)
    assert history.loss == same_history.loss and same(weights(first), weights(other))


def test_a_student_may_return_an_object_or_a_tuple(people):
    class Wrapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = student_net()

        def forward(self, x):
            return self.net(x), "hidden"

    torch.manual_seed(1)
    model = Wrapped()
    history = fit(model, people, HardLabels(), epochs=2)
    plain, expected = trained(people, HardLabels(), epochs=2)
    assert history.loss == expected.loss and same(weights(model), weights(plain))


# --- the last batch, and drop_last ------------------------------------------------------------------------------------


def test_batch_norm_and_a_last_batch_of_one_row_are_named_before_training(people):
    for batch_size in (1, 2, 11, 22):
        with pytest.raises(
            ValueError, match=f"batch_size is {batch_size}, so the last batch of 23 rows has one, and b"
        ):
            train(Normalised(), people, HardLabels(), batch_size=batch_size)
    with pytest.raises(ValueError, match="batch norm cannot train on one row"):
        train(Normalised(), people, HardLabels(), batch_size=1, drop_last=True)
    assert len(fit(Normalised(), people, HardLabels(), batch_size=11, drop_last=True, epochs=2).loss) == 2
    assert len(fit(student_net(), people, HardLabels(), batch_size=11, epochs=2).loss) == 2


def test_dropping_the_last_batch_draws_and_steps_as_a_loader_does(people):
    model, history = trained(people, HardLabels(), epochs=3, lr=0.1, drop_last=True)
    torch.manual_seed(1)
    plain, losses = student_net(), []
    optimizer = torch.optim.SGD(plain.parameters(), lr=0.1)
    loader = DataLoader(people, batch_size=10, shuffle=True, drop_last=True)
    for _ in range(3):
        each = []
        for x, y in loader:
            loss = nn.functional.cross_entropy(plain(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            each.append(loss.item())
        losses.append(sum(each) / len(each))
    assert history.loss == pytest.approx(losses, abs=1e-6)
    torch.testing.assert_close(weights(model), weights(plain), rtol=0, atol=1e-6)


# --- optimizers, schedules, early stopping, resuming ------------------------------------------------------------------

MAKERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum and weight decay": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9, weight_decay=1e-3),
    "adam": lambda p: torch.optim.Adam(p, lr=1e-2),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_an_optimizer_steps_as_in_the_plain_loop(people, make):
    model, history = trained(people, HardLabels(), epochs=4, optimizer=make)
    torch.manual_seed(1)
    plain = student_net()
    optimizer = make(plain.parameters())
    for _ in range(4):
        for rows in shuffled_rows(23).split(10):
            optimizer.zero_grad()
            nn.functional.cross_entropy(plain(people.x[rows]), people.y[rows]).backward()
            optimizer.step()
    torch.testing.assert_close(weights(model), weights(plain), rtol=0, atol=1e-6)
    assert all(p.grad is None for p in model.parameters()) and len(history.loss) == 4


def test_an_optimizer_of_sgd_is_the_loop_without_one_and_gets_what_is_trained_only(people):
    student = student_net()
    student.layers[0].weight.requires_grad_(False)
    student.layers[1].bias.grad = torch.full((3,), 7.0)
    given = []

    def make(p):
        given.extend(p)
        return torch.optim.SGD(p, lr=0.1)

    fit(student, people, HardLabels(), epochs=1, optimizer=make)
    assert [tuple(p.shape) for p in given] == [(8,), (3, 8), (3,)] and isinstance(given, list)
    assert torch.equal(student.layers[1].bias.grad, torch.full((3,), 7.0))
    own, history = trained(people, HardLabels(), epochs=3, optimizer=MAKERS["sgd"])
    plain, expected = trained(people, HardLabels(), epochs=3, lr=0.1)
    assert history.loss == expected.loss
    torch.testing.assert_close(weights(own), weights(plain), rtol=0, atol=1e-7)


def test_a_schedule_is_a_line_in_the_loop(people):
    torch.manual_seed(1)
    student = student_net()
    sgd = torch.optim.SGD(student.parameters(), lr=0.2)
    schedule = torch.optim.lr_scheduler.StepLR(sgd, step_size=2, gamma=0.5)
    for _ in train(student, people, HardLabels(), epochs=4, optimizer=lambda p: sgd):
        schedule.step()
    torch.manual_seed(1)
    plain = student_net()
    for lr in (0.2, 0.1):
        fit(plain, people, HardLabels(), epochs=2, lr=lr)
    torch.testing.assert_close(weights(student), weights(plain), rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    ("optimizer", "kind", "message"),
    [
        (
            torch.optim.SGD(student_net().parameters(), lr=0.1),
            TypeError,
            "optimizer is a SGD; expected a function that",
        ),
        ("adam", TypeError, "optimizer is a str; expected a function that makes one of the parameters"),
        (lambda p: None, TypeError, "optimizer makes a NoneType; expected a torch.optim.Optimizer"),
        (lambda p: torch.optim.LBFGS(p), TypeError, "optimizer makes a LBFGS; expected .* takes one gradient a step"),
        (
            lambda p: torch.optim.SGD(student_net().parameters()),
            ValueError,
            "optimizer moves no parameter of the model",
        ),
    ],
)
def test_what_is_no_optimizer_is_named(people, student, optimizer, kind, message):
    with pytest.raises(kind, match=message):
        train(student, people, HardLabels(), optimizer=optimizer)


def test_an_optimizer_that_diverges_is_named_with_its_own_step_size(people, student):
    with pytest.raises(TrainingDiverged, match=r"lr=1e\+30 is too large"):
        fit(student, people, LogitMatching(), teacher=teacher_net(), optimizer=lambda p: torch.optim.SGD(p, lr=1e30))


def test_early_stopping_keeps_the_best_weights_of_a_validation_set(people):
    """As the docstring of `train` shows it."""
    torch.manual_seed(1)
    student, validation = student_net(), sample_people(200, seed=1)
    best, scores = 0.0, []
    for epoch, _ in enumerate(train(student, people, HardLabels(), epochs=400, lr=0.1)):
        scores.append(score := accuracy(student, validation))
        if score > best:
            best, best_epoch, kept = score, epoch, copy.deepcopy(student.state_dict())
        elif epoch - best_epoch == 50:
            break
    student.load_state_dict(kept)
    assert accuracy(student, validation) == max(scores) == scores[best_epoch]
    assert len(scores) == best_epoch + 51 < 400 and scores[-1] < best


@pytest.mark.parametrize("make", [None, *MAKERS.values()], ids=["plain", *MAKERS])
def test_a_run_that_is_continued_from_files_is_the_run_that_was_never_stopped(people, tmp_path, make):
    """As the docstring of `train` shows it."""
    whole, history = trained(people, HardLabels(), epochs=6, lr=0.1, optimizer=make)
    torch.manual_seed(1)
    student = student_net()
    optimizer = make and make(student.parameters())
    settings = {"epochs": 3, "lr": 0.1, "optimizer": make and (lambda p: optimizer)}
    losses = fit(student, people, HardLabels(), **settings).loss
    save_model(student, tmp_path / "student.safetensors")
    torch.save(torch.get_rng_state(), tmp_path / "draws.pt")
    torch.save(optimizer and optimizer.state_dict(), tmp_path / "optimizer.pt")

    torch.manual_seed(99)
    student = load_model(tmp_path / "student.safetensors")
    if make:
        optimizer = make(student.parameters())
        optimizer.load_state_dict(torch.load(tmp_path / "optimizer.pt"))
    torch.set_rng_state(torch.load(tmp_path / "draws.pt"))
    losses += fit(student, people, HardLabels(), **settings).loss
    assert losses == history.loss and same(weights(student), weights(whole))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_gradients_that_are_switched_off_outside_are_on_in_training(people, student, mode):
    other = copy.deepcopy(student)
    torch.manual_seed(2)
    expected = fit(student, people, HardLabels(), epochs=2)
    torch.manual_seed(2)
    with mode():
        assert fit(other, people, HardLabels(), epochs=2) == expected
    assert all(torch.equal(a, b) for a, b in zip(student.parameters(), other.parameters(), strict=True))


def test_a_network_that_cuts_its_gradient_off_is_named(people):
    class Cut(MLP):
        def forward(self, x):
            return super().forward(x).detach()

    with pytest.raises(ValueError, match="the model's logits have no gradient"):
        fit(Cut(6, 8, 3), people, HardLabels(), epochs=1)


def test_divergence_comes_home_from_another_process():
    diverged = pickle.loads(pickle.dumps(TrainingDiverged(3, 0.1)))
    assert str(diverged) == str(TrainingDiverged(3, 0.1)) and "epoch 3" in str(diverged)


class Weighted:
    def __init__(self):
        self.weights = torch.tensor([1.0, 2.0, 1.0])

    def __call__(self, z, *, labels, teacher_logits=None):
        return nn.functional.cross_entropy(z, labels, weight=self.weights)


class WeightedLabels(HardLabels):
    def __init__(self):
        self.weights = torch.tensor([1.0, 2.0, 1.0])

    def value(self, z, labels, v=None):
        return nn.functional.cross_entropy(z, labels, weight=self.weights)


@pytest.mark.parametrize("objective", [Weighted(), WeightedLabels()])
def test_an_objective_may_hold_a_tensor_of_its_own(people, student, objective):
    torch.manual_seed(2)
    other = copy.deepcopy(student)
    loss = fit(student, people, objective, epochs=2).loss
    torch.manual_seed(2)
    assert loss == fit(other, people, lambda z, **given: Weighted()(z, **given), epochs=2).loss


def never_finite(z, labels=None, teacher_logits=None):
    return (z * math.inf).sum()


@pytest.mark.parametrize("lr", [0.005, 0.5])
def test_a_loss_that_is_not_finite_before_any_step_blames_the_objective(lr):
    model = student_net()
    with pytest.raises(TrainingDiverged, match="No step was taken before: look at never_finite, or at") as e:
        fit(model, sample_people(20, 1), never_finite, epochs=2, lr=lr)
    assert "lr" not in str(e.value) and str(pickle.loads(pickle.dumps(e.value))) == str(e.value)
    with pytest.raises(TrainingDiverged, match=r"The step size lr=1e\+20 is too large"):
        fit(model, sample_people(20, 1), LogitMatching(), teacher=teacher_net(), epochs=2, lr=1e20)


def test_a_batch_size_of_numpy_is_a_batch_size():
    people = sample_people(300, 1)
    for kind in (np.int64, np.uint8):
        torch.manual_seed(0)
        history = fit(student_net(), people, HardLabels(), epochs=1, batch_size=kind(200))
        torch.manual_seed(0)
        assert history.loss == fit(student_net(), people, HardLabels(), epochs=1, batch_size=200).loss
