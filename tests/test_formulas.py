"""The formula sheet, docs/formulas.md, row by row: signs for the true class, zeros, sums and limits.

The values and gradients themselves are proved in test_objectives.
"""

import pytest
import torch
import torch.nn.functional as F

from kdlib import HardLabels, LogitMatching, LogProbMatching, Mixed, ReverseKL, SoftTargets

B, C = 400, 4
AT = torch.arange(B)
GENERATOR = torch.Generator().manual_seed(3)
Z, V = (2 * torch.randn(2, B, C, generator=GENERATOR, dtype=torch.float64)).unbind()
LABELS = torch.randint(C, (B,), generator=GENERATOR)
Y = F.one_hot(LABELS, C).double()
P, Q, M = torch.softmax(Z, -1), torch.softmax(V, -1), torch.log_softmax(V, -1)
# Students between the label and the teacher, where a mixed objective pushes in both directions.
WEIGHT = torch.linspace(0, 1, B, dtype=torch.float64)[:, None]
BETWEEN = torch.log(WEIGHT * Q + (1 - WEIGHT) * Y + 0.05 * P)
EACH = {"labels": LABELS, "teacher_logits": V}


def gradient(objective, z=Z):
    """B dL/dz: the rows of the sheet without their 1/B."""
    return B * objective.logit_gradient(z, **EACH)


def pushed_down(objective, z=Z):
    """For each row, whether the true class goes down. Both answers occur, or a rule would be tested on one side."""
    found = gradient(objective, z)[AT, LABELS] > 0
    assert 0.05 < found.double().mean() < 0.95
    return found


def of_true_class(values):
    return values[AT, LABELS]


def centred(logits):
    return logits - logits.mean(-1, keepdim=True)


def equal(a, b, atol=1e-13):
    torch.testing.assert_close(a, b, atol=atol, rtol=0)


def test_labels():
    found = gradient(HardLabels())
    equal(of_true_class(found), of_true_class(P) - 1)
    assert (of_true_class(found) < 0).all()
    assert (found[Y == 0] > 0).all()
    assert found.abs().max() < 1
    sure = torch.log(0.999 * Y + 0.001 / C)  # no zero, but as near to it as p_y is to 1
    assert 0 < gradient(HardLabels(), sure).abs().max() < 0.001


def test_log_probs():
    objective = LogProbMatching()
    assert torch.equal(pushed_down(objective), of_true_class(Z) > of_true_class(M))
    assert pushed_down(objective)[of_true_class(Z) >= 0].all()
    equal(gradient(objective, M), torch.zeros(B, C, dtype=torch.float64))
    equal(M.logsumexp(-1), torch.zeros(B, dtype=torch.float64))
    equal(gradient(objective, M + 1), torch.full((B, C), 2 / C, dtype=torch.float64))  # a shift is corrected
    equal(gradient(objective).sum(-1), 2 * (Z.mean(-1) - M.mean(-1)), atol=1e-12)
    nuisance = ((Z.mean(-1) - M.mean(-1)) ** 2).mean()
    equal(objective(Z, **EACH), LogitMatching(centred=True)(Z, **EACH) + nuisance)


def test_log_probs_have_no_bound():
    doubted = torch.tensor([[0.0, -1000.0]], dtype=torch.float64)  # q_1 is next to nothing
    found = LogProbMatching().logit_gradient(torch.zeros(1, 2, dtype=torch.float64), teacher_logits=doubted)
    assert found[0, 1].item() == pytest.approx(1000)


def test_logits():
    objective = LogitMatching()
    assert torch.equal(pushed_down(objective), of_true_class(Z) > of_true_class(V))
    equal(gradient(objective, V), torch.zeros(B, C, dtype=torch.float64))
    equal(gradient(objective, V + 1), torch.full((B, C), 2 / C, dtype=torch.float64))
    equal(gradient(objective).sum(-1), 2 * (Z.mean(-1) - V.mean(-1)), atol=1e-12)


def test_centred_logits():
    objective = LogitMatching(centred=True)
    assert torch.equal(pushed_down(objective), of_true_class(centred(Z)) > of_true_class(centred(V)))
    equal(gradient(objective, V + 1), torch.zeros(B, C, dtype=torch.float64))  # p = q, with other logits
    equal(gradient(objective), 2 / C * (centred(Z) - centred(V)))
    equal(gradient(objective).sum(-1), torch.zeros(B, dtype=torch.float64))


@pytest.mark.parametrize("T", [0.5, 1.0, 4.0])
def test_soft_targets(T):
    objective = SoftTargets(T)
    p_T, q_T = torch.softmax(Z / T, -1), torch.softmax(V / T, -1)
    assert torch.equal(pushed_down(objective), of_true_class(p_T) > of_true_class(q_T))
    equal(gradient(objective, V + 1), torch.zeros(B, C, dtype=torch.float64))  # zero at p = q, whatever T is
    assert gradient(objective).abs().max() < T
    equal(gradient(objective).sum(-1), torch.zeros(B, dtype=torch.float64))


def test_soft_targets_at_high_temperature_are_half_of_centred_matching():
    T, half = 1e5, LogitMatching(centred=True)(Z, **EACH).item() / 2
    assert SoftTargets(T)(Z, **EACH).item() == pytest.approx(half, rel=1e-3)
    equal(gradient(SoftTargets(T)), (centred(Z) - centred(V)) / C, atol=1e-3)


def test_soft_targets_at_low_temperature_ask_for_the_teachers_choice():
    T, choice = 1e-4, V.argmax(-1)
    apart = [(logits.topk(2).values @ torch.tensor([1.0, -1.0]).double()) > 0.01 for logits in (Z, V)]  # no near tie
    rows = apart[0] & apart[1]
    assert rows.sum() > 300
    value = SoftTargets(T)(Z[rows], teacher_logits=V[rows]).item() / T
    assert value == pytest.approx((Z.max(-1).values - Z[AT, choice])[rows].mean().item(), abs=1e-3)
    limit = F.one_hot(Z.argmax(-1), C).double() - F.one_hot(choice, C)
    equal(gradient(SoftTargets(T))[rows] / T, limit[rows], atol=1e-9)
    assert gradient(SoftTargets(T)).abs().max() <= T


@pytest.mark.parametrize("T", [0.5, 1.0, 4.0])
def test_reverse_kl(T):
    objective, d = ReverseKL(T), centred(Z) - centred(V)
    p_T, q_T = torch.softmax(Z / T, -1), torch.softmax(V / T, -1)
    e = (p_T * d).sum(-1)
    equal(objective(Z, **EACH), T**2 * (p_T * (p_T / q_T).log()).sum(-1).mean(), atol=1e-12)
    equal(gradient(objective), p_T * (d - e[:, None]))
    assert torch.equal(pushed_down(objective), of_true_class(d) > e)
    equal(gradient(objective, V + 1), torch.zeros(B, C, dtype=torch.float64))
    equal(gradient(objective).sum(-1), torch.zeros(B, dtype=torch.float64))
    for choice in range(C):  # sure of any class, also of one the teacher doubts
        sure = torch.zeros(B, C, dtype=torch.float64)
        sure[:, choice] = 60 * T
        assert gradient(objective, sure).abs().max() < 1e-20


def test_the_limits_of_reverse_kl():
    half = LogitMatching(centred=True)(Z, **EACH).item() / 2
    assert ReverseKL(1e5)(Z, **EACH).item() == pytest.approx(half, rel=1e-3)
    equal(gradient(ReverseKL(1e5)), (centred(Z) - centred(V)) / C, atol=1e-3)
    apart = (Z.topk(2).values @ torch.tensor([1.0, -1.0]).double()) > 0.01
    assert gradient(ReverseKL(1e-4))[apart].abs().max() < 1e-9 and apart.sum() > 300
    doubted = torch.tensor([[0.0, -1000.0]], dtype=torch.float64)  # q_1 is next to nothing
    found = ReverseKL(1.0).logit_gradient(torch.zeros(1, 2, dtype=torch.float64), teacher_logits=doubted)
    assert found[0, 1].item() == pytest.approx(250)


@pytest.mark.parametrize("alpha", [0.25, 0.5, 0.9])
def test_mixed_at_temperature_1(alpha):
    objective = Mixed(alpha, 1.0)
    z = BETWEEN
    p_y, q_y = (of_true_class(values) for values in (torch.softmax(z, -1), Q))
    assert torch.equal(pushed_down(objective, z), p_y > 1 - alpha * (1 - q_y))
    assert (of_true_class(gradient(objective, z)) < alpha * (1 - q_y)).all()
    wrong = Y == 0
    assert torch.equal((gradient(objective, z) < 0)[wrong], (torch.softmax(z, -1) < alpha * Q)[wrong])
    mix = torch.log(alpha * Q + (1 - alpha) * Y)
    equal(gradient(objective, mix), torch.zeros(B, C, dtype=torch.float64))
    equal(gradient(objective, V), (1 - alpha) * (Q - Y))  # a student that agrees with the teacher is not at rest


@pytest.mark.parametrize("T", [0.5, 4.0])
def test_mixed_at_any_temperature(T):
    alpha = 0.7
    objective = Mixed(alpha, T)
    z = BETWEEN
    p, p_T, q_T = torch.softmax(z, -1), torch.softmax(z / T, -1), torch.softmax(V / T, -1)
    rule = alpha * T * of_true_class(p_T - q_T) > (1 - alpha) * (1 - of_true_class(p))
    assert torch.equal(pushed_down(objective, z), rule)
    assert gradient(objective, torch.log(alpha * Q + (1 - alpha) * Y)).abs().max() > 0.01  # the mix is no zero
    equal(gradient(objective, V), (1 - alpha) * (Q - Y))
    equal(gradient(objective).sum(-1), torch.zeros(B, dtype=torch.float64))


def test_the_limits_of_mixed():
    labels = P - Y
    assert torch.equal(gradient(Mixed(0.0, 4.0)), gradient(HardLabels()))
    assert torch.equal(gradient(Mixed(1.0, 4.0)), gradient(SoftTargets(4.0)))
    equal(gradient(Mixed(0.3, 1e5)), 0.3 * (centred(Z) - centred(V)) / C + 0.7 * labels, atol=1e-3)
    equal(gradient(Mixed(0.3, 1e-5)), 0.7 * labels, atol=1e-5)


def test_pytorchs_reductions():
    """What the sheet says of kl_div: batchmean is the sheet's value, and cross-entropy with q differs by H(q) alone."""
    z, T = Z.clone().requires_grad_(), 4.0
    batchmean = T**2 * F.kl_div(F.log_softmax(z / T, -1), F.softmax(V / T, -1), reduction="batchmean")
    equal(batchmean, SoftTargets(T)(Z, **EACH), atol=1e-12)
    reverse = T**2 * F.kl_div(F.log_softmax(V / T, -1), F.softmax(z / T, -1), reduction="batchmean")
    equal(reverse, ReverseKL(T)(Z, **EACH), atol=1e-12)
    entropy = -(Q * M).sum(-1).mean()
    equal(F.cross_entropy(Z, Q), SoftTargets(1.0)(Z, **EACH) + entropy)
    with pytest.warns(UserWarning, match="batchmean"):
        mean = T**2 * F.kl_div(F.log_softmax(z / T, -1), F.softmax(V / T, -1), reduction="mean")
    equal(mean, batchmean / C)
    equal(torch.autograd.grad(mean, z)[0], gradient(SoftTargets(T)) / (B * C))
