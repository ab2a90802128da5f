"""The objectives: values and gradients on paper, by autograd and by finite differences; extremes; bad input."""

import math
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings, strategies as st

from kdlib import HardLabels, LogitMatching, LogProbMatching, Mixed, ReverseKL, SoftTargets
from kdlib.objectives import Objective, course_objectives
from kdlib.own_objectives import check_gradient

SOFTMAX_LOSSES = [HardLabels(), SoftTargets(1.0), SoftTargets(3.0), Mixed(0.3, 2.0), ReverseKL(1.0), ReverseKL(3.0)]
ALL = [*SOFTMAX_LOSSES, LogProbMatching(), LogitMatching(), LogitMatching(centred=True)]
PER_RUN = [SoftTargets([0.5, 1.0, 8.0]), Mixed([0.0, 0.4, 1.0], [0.5, 1.0, 8.0]), Mixed([0.0, 0.4, 1.0], 2.0)]
PER_RUN += [ReverseKL([0.5, 1.0, 8.0])]


def draw(*shape, seed=0, dtype=torch.float64):
    """Logits, labels and teacher logits for ``shape`` [..., B, C]."""
    generator = torch.Generator().manual_seed(seed)
    z, v = (2 * torch.randn(shape, dtype=dtype, generator=generator) for _ in range(2))
    return z, torch.randint(shape[-1], shape[:-1], generator=generator), v


def by_autograd(objective, z, y, v):
    z = z.clone().requires_grad_()
    return torch.autograd.grad(objective(z, labels=y, teacher_logits=v).sum(), z)[0]


# --- on paper -------------------------------------------------------------------------------------------------------
# Two rows of four classes with p, q and labels such that every number below follows by hand, and such that no two
# mistakes agree: KL(q||p) differs from KL(p||q), B from C, and T^2 from T.


def rows(*lines):
    return torch.tensor([[float(Fraction(cell)) for cell in line.split()] for line in lines], dtype=torch.float64)


P = rows("1/4 1/4 1/4 1/4", "1/2 1/4 1/8 1/8")
Q = rows("3/8 3/8 1/8 1/8", "1/4 1/4 1/4 1/4")
Y = torch.tensor([0, 2])
Z, V = rows("1 2 3 6", "0 0 0 4"), rows("-4 -2 1 1", "4 0 0 0")  # Z - V is 5 4 2 5 (mean 4) and -4 0 0 4
L2, L15 = math.log(2), math.log(3 / 2)

ON_PAPER = [
    # (log 4 + log 8) / 2; (p - Y) / 2
    (HardLabels(), P.log(), Q.log(), 5 / 2 * L2, rows("-3/8 1/8 1/8 1/8", "1/4 1/8 -7/16 1/16")),
    # KL of the rows: 3/4 log 3/2 - 1/4 log 2 and 1/4 log 2; (p - q) / 2
    (SoftTargets(1), P.log(), Q.log(), 3 / 8 * L15, rows("-1/16 -1/16 1/16 1/16", "1/8 0 -1/16 -1/16")),
    # the same p and q, at temperature 2: times T^2 = 4; 2 (p - q) / 2
    (SoftTargets(2), 2 * P.log(), 2 * Q.log(), 3 / 2 * L15, rows("-1/8 -1/8 1/8 1/8", "1/4 0 -1/8 -1/8")),
    # log p/q is -log 3/2 and log 2, each twice, and log 2 * (1 0 -1 -1); with p they make KL(p||q), and p times their
    # distance from it is the gradient
    (
        ReverseKL(1), P.log(), Q.log(), 3 / 8 * L2 - 1 / 4 * L15,
        torch.stack([(L15 + L2) * rows("-1/16 -1/16 1/16 1/16")[0], L2 * rows("3/16 -1/32 -5/64 -5/64")[0]]),
    ),
    # 1/4 of the soft targets at 2 and 3/4 of the labels' part at T = 1, where p is uniform and 8/11 2/11 1/22 1/22
    (
        Mixed(1 / 4, 2), 2 * P.log(), 2 * Q.log(), 3 / 8 * L15 + 3 / 8 * math.log(4 * 22),
        rows("-5/16 1/16 1/8 1/8", "59/176 12/176 -137/352 -5/352"),
    ),
    # (25 + 16 + 4 + 25 + 16 + 16) / 8; 2 (z - v) / 8
    (LogitMatching(), Z, V, 102 / 8, rows("5/4 1 1/2 5/4", "-1 0 0 1")),
    # less its mean the first row is 1 0 -2 1
    (LogitMatching(centred=True), Z, V, 38 / 8, rows("1/4 0 -1/2 1/4", "-1 0 0 1")),
    # z - log q = log 2 * (1 2 4 2) and log 2 * (0 0 0 2); v is log q + 3, which is no log-probability
    (
        LogProbMatching(), L2 * rows("0 0 1 -1", "-2 -2 -2 0"), rows("1/2 1/4 1/8 1/8", "1/4 1/4 1/4 1/4").log() + 3,
        29 / 8 * L2**2, L2 * rows("1/4 1/2 1 1/2", "0 0 0 1/2"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", ON_PAPER, ids=lambda case: str(case[0]))
def test_the_numbers_worked_out_on_paper(case):
    objective, z, v, value, gradient = case
    assert objective(z, labels=Y, teacher_logits=v).item() == pytest.approx(value, abs=1e-14)
    found = objective.logit_gradient(z, labels=Y, teacher_logits=v)
    torch.testing.assert_close(found, gradient, atol=1e-15, rtol=1e-14)


# --- gradients: autograd and finite differences ---------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    objective=st.sampled_from(ALL),
    shape=st.tuples(st.integers(1, 7), st.integers(2, 6)),
    runs=st.lists(st.integers(1, 3), max_size=2),
    shared=st.booleans(),
    seed=st.integers(0, 2**31),
)
def test_gradients_are_those_of_autograd(objective, shape, runs, shared, seed):
    z, y, v = draw(*runs, *shape, seed=seed)
    if shared:  # one table of labels and teacher logits for all runs
        _, y, v = draw(*shape, seed=seed)
    found = objective.logit_gradient(z, labels=y, teacher_logits=v)
    assert (found - by_autograd(objective, z, y, v)).abs().max() < 1e-10


@pytest.mark.parametrize("objective", PER_RUN, ids=str)
@pytest.mark.parametrize("shared", [False, True], ids=["own teacher", "shared teacher"])
def test_each_run_has_its_own_temperature_and_alpha(objective, shared):
    z, y, v = draw(3, 5, 4)
    if shared:
        y, v = y[0], v[0]
    found, values = (f(z, labels=y, teacher_logits=v) for f in (objective.logit_gradient, objective))
    assert (found - by_autograd(objective, z, y, v)).abs().max() < 1e-10
    for r in range(3):
        alone = type(objective)(**{k: t[r] if isinstance(t, torch.Tensor) else t for k, t in vars(objective).items()})
        own = {"labels": y if shared else y[r], "teacher_logits": v if shared else v[r]}
        torch.testing.assert_close(found[r], alone.logit_gradient(z[r], **own), atol=1e-15, rtol=1e-13)
        torch.testing.assert_close(values[r], alone(z[r], **own), atol=1e-15, rtol=1e-13)


@pytest.mark.parametrize("objective", ALL, ids=str)
def test_gradients_are_finite_differences(objective):
    z, y, v = draw(3, 4)
    found, h = objective.logit_gradient(z, labels=y, teacher_logits=v), 1e-5
    for i in range(z.numel()):
        nudge = torch.zeros(z.numel(), dtype=z.dtype)
        nudge[i] = h
        up, down = (objective(z + s * nudge.view_as(z), labels=y, teacher_logits=v).item() for s in (1, -1))
        assert found.flatten()[i].item() == pytest.approx((up - down) / (2 * h), abs=1e-8)


@pytest.mark.parametrize("objective", [*ALL, *PER_RUN], ids=str)
def test_the_gradient_is_the_residual_over_b(objective):
    """The fast engine computes the targets once, for all rows, and looks rows up."""
    z, y, v = draw(3, 6, 4)
    batch = torch.tensor([4, 0, 5])
    targets = objective.targets(y, v, 4, z.dtype)
    found = objective.residual(z[:, batch], *(target[:, batch] for target in targets)) / len(batch)
    expected = objective.logit_gradient(z[:, batch], labels=y[:, batch], teacher_logits=v[:, batch])
    assert torch.equal(found, expected)


# --- what the formulas say ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("objective", ALL, ids=str)
def test_gradients_sum_to_zero_over_classes_for_softmax_losses_only(objective):
    z, y, v = draw(5, 4)
    total = objective.logit_gradient(z, labels=y, teacher_logits=v).sum(-1).abs()
    if objective in SOFTMAX_LOSSES or getattr(objective, "centred", False):
        assert total.max() < 1e-15
    else:
        assert total.min() > 1e-3


@pytest.mark.parametrize("T", [1.0, 4.0])
def test_alpha_0_and_1_are_the_pure_objectives_exactly(T):
    z, y, v = draw(2, 5, 4)
    every = {"labels": y, "teacher_logits": v}
    for alpha, pure in [(0, HardLabels()), (1, SoftTargets(T))]:
        for mixed in (Mixed(alpha, T), Mixed([alpha, alpha], [T, T])):
            assert torch.equal(mixed(z, **every), pure(z, **every))
            assert torch.equal(mixed.logit_gradient(z, **every), pure.logit_gradient(z, **every))


def test_at_temperature_1_the_mix_is_cross_entropy_with_one_mixed_target():
    z, y, v = draw(6, 4)
    target = 0.3 * torch.softmax(v, -1) + 0.7 * F.one_hot(y, 4).double()
    found = Mixed(0.3, 1.0).logit_gradient(z, labels=y, teacher_logits=v)
    torch.testing.assert_close(found, (torch.softmax(z, -1) - target) / 6, atol=1e-15, rtol=1e-13)


def test_the_high_temperature_limit_is_centred_logit_matching():
    z, _, v = draw(1, 5)
    v += 1
    limit = LogitMatching(centred=True).logit_gradient(z, teacher_logits=v) / 2  # [(z - mean) - (v - mean)] / C
    gradients = [SoftTargets(T).logit_gradient(z, teacher_logits=v) for T in (1e3, 1e4)]
    errors = [((gradient - limit).norm() / limit.norm()).item() for gradient in gradients]
    assert errors[0] < 1e-2
    assert errors[1] == pytest.approx(errors[0] / 10, rel=0.01)  # of order 1/T
    uncentred = LogitMatching().logit_gradient(z, teacher_logits=v) / 2
    assert (gradients[1] - uncentred).norm() / limit.norm() > 0.1


def test_log_prob_matching_is_centred_matching_plus_a_nuisance():
    z, _, v = draw(7, 4)
    m = torch.log_softmax(v, -1)
    nuisance = ((z.mean(-1) - m.mean(-1)) ** 2).mean()
    parts = LogitMatching(centred=True)(z, teacher_logits=v) + nuisance
    torch.testing.assert_close(LogProbMatching()(z, teacher_logits=v), parts, atol=0, rtol=1e-14)


def test_two_dimensional_values_are_pytorchs_bit_for_bit():
    z, y, v = draw(10, 3, dtype=torch.float32)
    for ours, theirs in [
        (HardLabels(), lambda z: F.cross_entropy(z, y)),
        (HardLabels(), lambda z: F.nll_loss(F.log_softmax(z, 1), y)),
        (LogProbMatching(), lambda z: F.mse_loss(z, F.log_softmax(v, 1))),
        (LogitMatching(), lambda z: F.mse_loss(z, v)),
    ]:
        assert torch.equal(ours(z, labels=y, teacher_logits=v), theirs(z))
        copy = z.clone().requires_grad_()
        assert torch.equal(by_autograd(ours, z, y, v), torch.autograd.grad(theirs(copy), copy)[0])


@pytest.mark.parametrize("T", [1.0, 4.0])
def test_soft_targets_are_pytorchs_kl_div_with_batchmean(T):
    z, _, v = draw(10, 3)
    theirs = T**2 * F.kl_div(F.log_softmax(z / T, 1), F.softmax(v / T, 1), reduction="batchmean")
    torch.testing.assert_close(SoftTargets(T)(z, teacher_logits=v), theirs, atol=0, rtol=1e-12)


# --- extremes -------------------------------------------------------------------------------------------------------

MIXES = [partial(Mixed, alpha) for alpha in (0.0, 0.5, 1.0)]
EXTREME_Z = [[1e4, -1e4, 0.0], [-1e4, 1e4, 1e4], [0.0, 0.0, 0.0], [1e4, 1e4, 1e4]]
EXTREME_V = [[-1e4, 1e4, 0.0], [1e4, -1e4, -1e4], [1e4, -1e4, -1e4], [-1e4, -1e4, -1e4]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize(
    "objective",
    [
        *ALL,
        *(kind(T) for kind in (SoftTargets, ReverseKL) for T in (0.05, 1e4)),
        *(Mixed(a, T) for a in (0.0, 0.5, 1.0) for T in (0.05, 1e4)),
    ],
    ids=str,
)
def test_extreme_logits_and_temperatures_stay_finite(objective, dtype):
    z, v, y = torch.tensor(EXTREME_Z, dtype=dtype), torch.tensor(EXTREME_V, dtype=dtype), torch.tensor([1, 0, 2, 0])
    value = objective(z, labels=y, teacher_logits=v)
    gradient = objective.logit_gradient(z, labels=y, teacher_logits=v)
    assert value.dtype == gradient.dtype == dtype
    assert torch.isfinite(value) and torch.isfinite(gradient).all()
    torch.testing.assert_close(gradient, by_autograd(objective, z, y, v), rtol=1e-5, atol=1e-2)
    runs = torch.stack([z, z])
    assert torch.isfinite(objective(runs, labels=y, teacher_logits=v)).all()


HOT = [1.0, 8.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e7, 1e15, 1e30]


def exact_kl(a, b, T):
    """T^2 KL(softmax(a / T) || softmax(b / T)) of each row, in 100 digits."""
    found = []
    for row_a, row_b in zip(a.tolist(), b.tolist(), strict=True):
        with localcontext(prec=100):
            t = Decimal(T)
            p, q = ([(Decimal(x) / t).exp() for x in row] for row in (row_a, row_b))
            p, q = ([x / sum(row) for x in row] for row in (p, q))
            found.append(float(t * t * sum(x * (x / y).ln() for x, y in zip(p, q, strict=True))))
    return torch.tensor(found, dtype=torch.float64)


@pytest.mark.parametrize(
    ("dtype", "rel"), [(torch.float32, 5e-5), (torch.float64, 5e-6), (torch.bfloat16, 0.01), (torch.float16, 0.002)]
)
@pytest.mark.parametrize("T", HOT)
def test_every_dtype_keeps_its_digits_at_any_temperature(T, dtype, rel):
    z, v = (draw(1, 6, 3)[k][0].to(dtype) for k in (0, 2))
    for a, b, objective in [(v, z, SoftTargets(T)), (z, v, ReverseKL(T)), (v, z, SoftTargets([T]))]:
        expected = exact_kl(a, b, T).mean().item()
        runs = z[None] if isinstance(objective.temperature, torch.Tensor) else z
        assert objective(runs, teacher_logits=v).item() == pytest.approx(expected, rel=rel)


@pytest.mark.parametrize("T", [*HOT, 1e300])
@pytest.mark.parametrize("make", [SoftTargets, ReverseKL, lambda T: Mixed(0.5, T)], ids=["soft", "reverse", "mixed"])
def test_gradients_keep_their_digits_at_any_temperature(make, T):
    z, y, v = draw(6, 3)
    exact = make(min(T, 1e5)).logit_gradient(z, labels=y, teacher_logits=v)  # beyond, nothing changes in five digits
    for dtype, atol in ((torch.float32, 1e-5), (torch.float64, 1e-5)):
        given = {"labels": y, "teacher_logits": v.to(dtype)}
        by_hand, auto = make(T).logit_gradient(z.to(dtype), **given), by_autograd(make(T), z.to(dtype), *given.values())
        torch.testing.assert_close(by_hand.double(), exact, atol=atol, rtol=1e-4)
        torch.testing.assert_close(by_hand, auto, atol=1e-5 if dtype == torch.float32 else 1e-9, rtol=0)


@pytest.mark.parametrize("T", [10.0, 100.0, 1e4, 1e6])
@pytest.mark.parametrize("kind", [SoftTargets, ReverseKL])
def test_no_loss_is_below_zero_at_high_temperature_near_the_teacher(kind, T):
    z, _, v = draw(50, 3, dtype=torch.float32)
    for distance in (1e-1, 1e-3, 1e-6):
        near = v + distance * z
        exact = ((near - v - (near - v).mean(-1, keepdim=True)).double() ** 2).mean().item() / 2  # but for 1/T
        assert kind(T)(near, teacher_logits=v).item() == pytest.approx(exact, rel=0.3)


@pytest.mark.parametrize("T", [1e15, 1e30, 1e300])
def test_alpha_0_is_the_labels_alone_at_any_temperature(T):
    z, y, v = draw(4, 3, dtype=torch.float32)
    every = {"labels": y, "teacher_logits": v}
    assert torch.equal(Mixed(0, T)(z, **every), HardLabels()(z, **every))
    assert torch.equal(Mixed(0, T).logit_gradient(z, **every), HardLabels().logit_gradient(z, **every))


def test_a_student_equal_to_its_teacher_has_nothing_to_learn():
    v = draw(5, 3)[-1]
    for T in (0.05, 1.0, 1e4, 1e6):
        for objective in (SoftTargets(T), ReverseKL(T)):
            assert objective(v, teacher_logits=v).item() == 0
            assert (objective.logit_gradient(v, teacher_logits=v) == 0).all()


# --- bad input ------------------------------------------------------------------------------------------------------

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("temperature", [0, -1, NAN, INF, [1.0, 0.0], [], [[1.0]]], ids=str)
def test_unusable_temperatures_are_named(temperature):
    for make in (SoftTargets, lambda t: Mixed(0.5, t)):
        with pytest.raises(ValueError, match=r"^temperature "):
            make(temperature)


@pytest.mark.parametrize("alpha", [-0.1, 1.1, NAN, [0.5, 2.0], []], ids=str)
def test_unusable_alphas_are_named(alpha):
    with pytest.raises(ValueError, match=r"^alpha "):
        Mixed(alpha, 1.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": None}, "^labels is missing"),
        ({"labels": torch.zeros(3, dtype=torch.int64)}, r"^labels .*expected class indices \[4\]"),
        ({"labels": torch.zeros(4)}, r"^labels is torch.float32"),
        ({"labels": torch.tensor([0, 1, 2, 3])}, r"^labels holds \[3\]; expected class indices 0 to 2"),
        ({"labels": torch.tensor([0, -1, 2, 1])}, r"^labels holds \[-1\]"),
        ({"teacher_logits": None}, "^teacher_logits is missing"),
        ({"teacher_logits": torch.randn(4, 2)}, r"^teacher_logits is \[4, 2\]; expected \[4, 3\]"),
        ({"teacher_logits": torch.randn(5, 3)}, r"^teacher_logits is \[5, 3\]; expected \[4, 3\]"),
        ({"teacher_logits": torch.full((4, 3), NAN)}, "^teacher_logits holds NaN"),
        ({"teacher_logits": torch.full((4, 3), -INF)}, "^teacher_logits holds NaN or infinity"),
        ({"teacher_logits": torch.softmax(torch.randn(4, 3), -1)}, "^teacher_logits look like probabilities"),
        ({"student_logits": torch.randn(3)}, r"^student_logits is \[3\]"),
        ({"student_logits": torch.softmax(torch.randn(4, 3), -1)}, "^student_logits look like probabilities"),
        ({"labels": np.array([0, 1, 2, 0])}, "^labels is int64 .* and no tensor; expected torch.as_tensor"),
        ({"teacher_logits": np.zeros((4, 3))}, "^teacher_logits is a ndarray; expected a tensor"),
    ],
)
def test_unusable_inputs_are_named(change, message):
    given = {"student_logits": torch.randn(4, 3), "labels": torch.tensor([0, 1, 2, 0]), "teacher_logits": Z[:, :3]}
    given = {**given, "teacher_logits": torch.randn(4, 3), **change}
    for call in (Mixed(0.5, 2.0), Mixed(0.5, 2.0).logit_gradient):
        with pytest.raises(ValueError, match=message):
            call(given["student_logits"], labels=given["labels"], teacher_logits=given["teacher_logits"])


def test_an_objective_shows_its_settings():
    assert repr(Mixed(0.5, 2)) == "Mixed(alpha=0.5, temperature=2.0)"
    assert repr(LogitMatching(centred=True)) == "LogitMatching(centred=True)"


# --- objectives of one's own ----------------------------------------------------------------------------------------


class Doubled(HardLabels):
    def value(self, z, labels, v=None):
        return 2 * super().value(z, labels)


class Unscaled(SoftTargets):
    def residual(self, z, q):
        return super().residual(z, q) / self.temperature


class Called(LogitMatching):
    def __call__(self, student_logits, **given):
        return 2 * super().__call__(student_logits, **given)


class Slipped(LogitMatching):
    """All three of its own, with the factor of two forgotten."""

    def value(self, z, labels, v):
        return super().value(z, labels, v)

    def targets(self, labels, v, classes, dtype):
        return super().targets(labels, v, classes, dtype)

    def residual(self, z, v):
        return super().residual(z, v) / 2


class Halved(Slipped):
    """The same with the value to go with it."""

    def value(self, z, labels, v):
        return super().value(z, labels, v) / 2

    def targets(self, labels, v, classes, dtype):
        return super().targets(labels, v, classes, dtype)

    def residual(self, z, v):
        return super().residual(z, v)


def replaced():
    objective = HardLabels()
    objective.value = lambda z, labels, v: 3 * HardLabels().value(z, labels)
    return objective


@pytest.mark.parametrize("objective", [*ALL, *PER_RUN, Halved(), type("Same", (SoftTargets,), {})(4.0)], ids=str)
def test_what_trains_on_its_own_gradient_passes(objective):
    check_gradient(objective, runs=3, classes=4)


@pytest.mark.parametrize("objective", [Doubled(), Unscaled(4.0), Called(), replaced()], ids=lambda o: type(o).__name__)
def test_a_subclass_that_changes_only_the_value_or_only_the_gradient_is_refused(objective):
    with pytest.raises(ValueError, match=r"changes the value and keeps the gradient of another objective, or the rev"):
        check_gradient(objective, runs=3, classes=4)


def test_a_residual_that_is_not_the_gradient_is_refused():
    with pytest.raises(ValueError, match=r"Slipped\(centred=False\) has a residual that is not the gradient of its"):
        check_gradient(Slipped(), runs=3, classes=4)


# --- what labs and explorers know of them -----------------------------------------------------------------------------


def test_labs_and_explorers_offer_every_objective_by_its_label():
    offered = course_objectives(temperature=3.0, alpha=0.25)
    assert list(offered) == [
        "labels", "log-probs", "logits", "logits centred", "soft targets", "mixed", "reverse KL"
    ]  # fmt: skip
    assert all(offered[label].label == label for label in offered)
    assert vars(offered["mixed"]) == {"alpha": 0.25, "temperature": 3.0}
    assert vars(offered["reverse KL"]) == vars(offered["soft targets"]) == {"temperature": 3.0}
    # The museum's wrong ones are subclasses too, where a test has loaded it.
    ours = {kind for kind in Objective.__subclasses__() if kind.__module__ == Objective.__module__}
    assert {type(objective) for objective in offered.values()} == ours


def test_one_output_is_regression_and_no_class():
    z, v = torch.tensor([[1.0], [3.0]]), torch.tensor([[2.0], [1.0]])
    assert LogitMatching()(z, teacher_logits=v).item() == 2.5
    y = torch.tensor([0, 0])
    for objective in (HardLabels(), LogProbMatching(), LogitMatching(centred=True), SoftTargets(4.0), Mixed(0.5, 4.0)):
        with pytest.raises(ValueError, match=r"student_logits is \[2, 1\], one output; .* two where there are two"):
            objective(z, labels=y, teacher_logits=v)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("objective", [SoftTargets, ReverseKL])
@pytest.mark.parametrize("T", [1e-5, 0.1, 4.0, 1e10])
def test_gradients_in_half_precision_are_those_of_float32_rounded(dtype, objective, T):
    z, _, v = draw(7, 3)
    z, v = z.to(dtype), v.to(dtype)
    gradient = objective(T).logit_gradient(z, teacher_logits=v)
    assert torch.equal(gradient, objective(T).logit_gradient(z.float(), teacher_logits=v.float()).to(dtype))
    assert gradient.isfinite().all()
