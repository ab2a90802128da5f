"""The training loop: the draws of the plain recipe, one look at the teacher, and nothing lost when it stops."""

import math
import re

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from kdlib import (
    HardLabels,
    History,
    LogitMatching,
    LogProbMatching,
    TrainingDiverged,
    fit,
    sample_people,
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
