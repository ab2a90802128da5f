"""What a student is measured by: how often it is right, how faithful to its teacher, how honest its probabilities.

Every metric takes logits [..., n, C] and returns one value per leading index, so one student and a whole cohort are
measured by the same line. Labels are [n], teacher logits [n, C] or [..., n, C]; arrays will do for tensors. What cannot
be measured (NaN, labels that are no class, probabilities in the place of logits) raises `ValueError`.
Chapters 02, 03 and 06.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from kdlib.arguments import are_probabilities, check_labels, check_not_probabilities, tensor_of, whole_number
from kdlib.models import logits_of
from kdlib.rows import class_indices, rows_of


def accuracy(model: Callable, data: Any) -> float:
    """The share of rows whose most probable class is the label; ``data`` as in `kdlib.fit`, or a `kdlib.census`.

    Of a census it is exact: `expected_accuracy`. Chapter 02.
    """
    if hasattr(data, "p"):
        return expected_accuracy(logits_of(model, data.x), data.p).item()
    x, y = rows_of(data)
    assert y is not None  # asked for
    return top1(logits_of(model, x), y).item()


def top1(logits: Tensor, labels: Tensor) -> Tensor:
    """Accuracy from logits: the share of rows with argmax_k z_k = y, [..., n, C] -> [...]. Chapter 01."""
    z = _logits(logits)
    return (z.argmax(-1) == _labels(labels, z)).double().mean(-1)


def agreement(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Fidelity: the share of rows where student and teacher choose the same class.

    Stanton et al., "Does knowledge distillation really work?", 2021, equation 2. Chapter 03.
    """
    z, v = _logits(student_logits, "student_logits"), _logits(teacher_logits, "teacher_logits")
    _check_same_rows(v, "teacher_logits", z)
    return (z.argmax(-1) == v.argmax(-1)).double().mean(-1)


def kl_divergence(q: Tensor, student_logits: Tensor) -> Tensor:
    """mean_n sum_k q_k (log q_k - log p_k) in nats, from probabilities q [..., n, C] to the student's p.

    Not used in a chapter: `predictive_kl` and `kl_to_bayes` are.
    """
    return _kl(_probabilities(q, "q"), _logits(student_logits, "student_logits", strict=True), "q")


def predictive_kl(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """KL(teacher || student) of the predictions at T = 1, in nats (Stanton et al. 2021, equation 3). Chapter 03."""
    v = _logits(teacher_logits, "teacher_logits", strict=True)
    return _kl(torch.softmax(v, -1), _logits(student_logits, "student_logits", strict=True), "teacher_logits")


def kl_to_bayes(logits: Tensor, posterior: Tensor) -> Tensor:
    """KL(truth || model) in nats; ``posterior`` [n, C] are the true probabilities, `kdlib.posterior(x)`.

    Chapters 05 and 06.
    """
    return _kl(_probabilities(posterior, "posterior"), _logits(logits, strict=True), "posterior")


def nll(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean negative log-likelihood of the labels, in nats. Chapter 02."""
    z = _logits(logits, strict=True)
    rows = _labels(labels, z).expand(z.shape[:-1]).unsqueeze(-1)
    return -torch.log_softmax(z, -1).gather(-1, rows).mean((-2, -1))


def brier(logits: Tensor, labels: Tensor) -> Tensor:
    """Brier score: mean_n sum_k (p_k - Y_k)^2, from 0 to 2 (Brier 1950).

    For data whose true probabilities are unknown, where `kl_to_bayes` cannot be had. Not used in a chapter.
    """
    z = _logits(logits, strict=True)
    one_hot = torch.nn.functional.one_hot(_labels(labels, z), z.shape[-1])
    return ((torch.softmax(z, -1) - one_hot) ** 2).sum(-1).mean(-1)


def ece(logits: Tensor, labels: Tensor, bins: int = 15) -> Tensor:
    """Expected calibration error: sum_b (n_b / n) abs(accuracy_b - confidence_b) over equal bins of the confidence.

    Guo et al., "On calibration of modern neural networks", 2017. For data whose true probabilities are
    unknown; where they are known, `expected_ece`. Not used in a chapter.
    """
    z = _logits(logits, strict=True)
    certain = torch.nn.functional.one_hot(_labels(labels, z), z.shape[-1]).to(z.dtype)
    return expected_ece(z, certain, bins)  # a label is a truth without doubt


def reliability(logits: Tensor, p: Tensor, bins: int = 15) -> tuple[Tensor, Tensor, Tensor]:
    """How sure and how often right, by bins of the confidence: mean confidence, exact accuracy, share of rows.

    From logits [..., n, C] and true probabilities p [n, C], three tensors [..., bins]; an empty bin has share 0.
    Chapter 07.
    """
    z, p = _logits(logits, strict=True), _probabilities(p, "p")
    _check_same_rows(p, "p", z)
    whole_number(bins, "bins", 1)
    confidence, choice = torch.softmax(z, -1).max(-1)
    right = p.to(z).expand(*choice.shape, -1).gather(-1, choice[..., None]).squeeze(-1)
    bin_of = (confidence * bins).ceil().long().clamp(1, bins) - 1
    zeros = torch.zeros(*choice.shape[:-1], bins, dtype=z.dtype, device=z.device)
    count, sure, hit = (zeros.scatter_add(-1, bin_of, v) for v in (torch.ones_like(confidence), confidence, right))
    return sure / count.clamp(min=1), hit / count.clamp(min=1), count / z.shape[-2]


def expected_ece(logits: Tensor, p: Tensor, bins: int = 15) -> Tensor:
    """Exact calibration error where the true probabilities p [n, C] are known: `ece` over all draws of the labels.

    sum_b share_b abs(accuracy_b - confidence_b) with the bins of `reliability`, [..., n, C] -> [...]. Chapter 07.
    """
    confidence, right, share = reliability(logits, p, bins)
    return (share * (right - confidence).abs()).sum(-1)


def expected_accuracy(logits: Tensor, p: Tensor) -> Tensor:
    """Exact accuracy where the true probabilities p [n, C] are known: mean_n p_k of the class k = argmax z.

    With `kdlib.census` it is the accuracy over all draws of a label for all people: no test sample, no test noise.
    Chapters 02 and 03.
    """
    z, p = _logits(logits), _probabilities(p, "p")
    _check_same_rows(p, "p", z)
    choice = z.argmax(-1, keepdim=True)
    return p.expand(*choice.shape[:-1], -1).gather(-1, choice).squeeze(-1).double().mean(-1)


def expected_nll(logits: Tensor, p: Tensor) -> Tensor:
    """Exact risk where the true probabilities p [n, C] are known: -mean_n sum_k p_k log softmax(z)_k, in nats.

    Chapter 02.
    """
    z, p = _logits(logits, strict=True), _probabilities(p, "p")
    _check_same_rows(p, "p", z)
    return -(p * torch.log_softmax(z, -1)).sum(-1).mean(-1)


def _kl(q, z, name) -> Tensor:
    _check_same_rows(q, name, z)
    log_p = torch.log_softmax(z, -1)
    return (torch.xlogy(q, q) - torch.where(q > 0, q * log_p, 0)).sum(-1).mean(-1)


def _logits(given, name="logits", strict=False) -> Tensor:
    """Finite logits [..., n, C] of two classes or more; where a choice is all that counts, probabilities will do."""
    z = tensor_of(given, name)
    if z.dim() < 2 or z.shape[-2] == 0 or not z.is_floating_point():
        raise ValueError(f"{name} is {z.dtype} {list(z.shape)}; expected logits [..., n, C] of at least one row")
    if z.shape[-1] < 2:
        raise ValueError(f"{name} is {list(z.shape)}, one output; expected a logit for each class, [z, 0] for two")
    if not ((z < torch.inf).all() and (z.amax(-1) > -torch.inf).all()):  # one -inf is a class of probability 0
        raise ValueError(f"{name} holds NaN or infinity; expected finite logits")
    if strict:
        check_not_probabilities(z, name)
    return z


def _labels(given, z) -> Tensor:
    labels = class_indices(tensor_of(given, "labels"), "labels")
    check_labels(labels, z.shape)
    return labels


def _probabilities(given, name) -> Tensor:
    q = tensor_of(given, name)
    if q.dim() < 2 or not are_probabilities(q, 1e-3):
        raise ValueError(f"{name} {list(q.shape)} are no probabilities; expected rows [..., n, C] that sum to 1")
    return q


def _check_same_rows(given, name, z) -> None:
    if given.shape not in (z.shape, z.shape[-2:]):
        raise ValueError(f"{name} is {list(given.shape)}; expected {list(z.shape)}, like the student's logits")
