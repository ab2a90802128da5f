"""What a student is measured by: how often it is right, how faithful to its teacher, how honest its probabilities.

Every metric takes logits [..., n, C] and returns one value per leading index, so one student and a whole cohort are
measured by the same line. Labels are [n], teacher logits [n, C] or [..., n, C]. Chapters 02, 03 and 06.
"""

import torch
from torch import Tensor

from kdlib.models import logits_of
from kdlib.rows import rows_of


def accuracy(model, data) -> float:
    """The share of rows whose most probable class is the label; ``data`` as in `kdlib.fit`, or a `kdlib.census`.

    Of a census it is exact: `expected_accuracy`. Chapter 02.
    """
    if hasattr(data, "p"):
        return expected_accuracy(logits_of(model, data.x), data.p).item()
    x, y = rows_of(data)
    return top1(logits_of(model, x), y).item()


def top1(logits: Tensor, labels: Tensor) -> Tensor:
    """Accuracy from logits: the share of rows with argmax_k z_k = y, [..., n, C] -> [...]. Chapter 01."""
    return (logits.argmax(-1) == labels).double().mean(-1)


def agreement(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Fidelity: the share of rows where student and teacher choose the same class.

    Stanton et al., "Does knowledge distillation really work?", 2021, equation 2. Chapter 03.
    """
    return top1(student_logits, teacher_logits.argmax(-1))


def kl_divergence(q: Tensor, student_logits: Tensor) -> Tensor:
    """mean_n sum_k q_k (log q_k - log p_k) in nats, from probabilities q [..., n, C] to the student's p. Chapter 03."""
    log_p = torch.log_softmax(student_logits, -1)
    return (torch.xlogy(q, q) - q * log_p).sum(-1).mean(-1)


def predictive_kl(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """KL(teacher || student) of the predictions at T = 1, in nats (Stanton et al. 2021, equation 3). Chapter 03."""
    return kl_divergence(torch.softmax(teacher_logits, -1), student_logits)


def kl_to_bayes(logits: Tensor, posterior: Tensor) -> Tensor:
    """KL(truth || model) in nats; ``posterior`` [n, C] are the true probabilities, `kdlib.posterior(x)`.

    Chapters 05 and 06.
    """
    return kl_divergence(posterior, logits)


def nll(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean negative log-likelihood of the labels, in nats. Chapter 02."""
    log_p = torch.log_softmax(logits, -1)
    return -log_p.gather(-1, labels.expand(log_p.shape[:-1]).unsqueeze(-1)).mean((-2, -1))


def brier(logits: Tensor, labels: Tensor) -> Tensor:
    """Brier score: mean_n sum_k (p_k - Y_k)^2, from 0 to 2 (Brier 1950).

    For data whose true probabilities are unknown, where `kl_to_bayes` cannot be had. Not used in a chapter.
    """
    p = torch.softmax(logits, -1)
    return ((p - torch.nn.functional.one_hot(labels, p.shape[-1])) ** 2).sum(-1).mean(-1)


def ece(logits: Tensor, labels: Tensor, bins: int = 15) -> Tensor:
    """Expected calibration error: sum_b (n_b / n) abs(accuracy_b - confidence_b) over equal bins of the confidence.

    Guo et al., "On calibration of modern neural networks", 2017. For data whose true probabilities are
    unknown; where they are known, `expected_ece`. Chapter 07.
    """
    confidence, choice = torch.softmax(logits, -1).max(-1)
    gap = (choice == labels).to(confidence.dtype) - confidence
    bin_of = (confidence * bins).ceil().long().clamp(1, bins) - 1
    gaps = torch.zeros(*gap.shape[:-1], bins, dtype=gap.dtype, device=gap.device).scatter_add(-1, bin_of, gap)
    return gaps.abs().sum(-1) / labels.shape[-1]


def reliability(logits: Tensor, p: Tensor, bins: int = 15) -> tuple[Tensor, Tensor, Tensor]:
    """How sure and how often right, by bins of the confidence: mean confidence, exact accuracy, share of rows.

    From logits [..., n, C] and true probabilities p [n, C], three tensors [..., bins]; an empty bin has share 0.
    Chapter 07.
    """
    confidence, choice = torch.softmax(logits, -1).max(-1)
    right = p.to(logits).expand(*choice.shape, -1).gather(-1, choice[..., None]).squeeze(-1)
    bin_of = (confidence * bins).ceil().long().clamp(1, bins) - 1
    zeros = torch.zeros(*choice.shape[:-1], bins, dtype=logits.dtype, device=logits.device)
    count, sure, hit = (zeros.scatter_add(-1, bin_of, v) for v in (torch.ones_like(confidence), confidence, right))
    return sure / count.clamp(min=1), hit / count.clamp(min=1), count / len(p)


def expected_ece(logits: Tensor, p: Tensor, bins: int = 15) -> Tensor:
    """Exact calibration error where the true probabilities p [n, C] are known: `ece` over all draws of the labels.

    sum_b share_b abs(accuracy_b - confidence_b) with the bins of `reliability`, [..., n, C] -> [...]. Chapter 07.
    """
    confidence, right, share = reliability(logits, p, bins)
    return (share * (right - confidence).abs()).sum(-1)


def expected_accuracy(logits: Tensor, p: Tensor) -> Tensor:
    """Exact accuracy where the true probabilities p [n, C] are known: mean_n p_k of the class k = argmax z.

    With `kdlib.census` it is the accuracy over all draws of a label for all people: no test sample, no test noise.
    Chapters 01 and 02.
    """
    choice = logits.argmax(-1, keepdim=True)
    return p.expand(*choice.shape[:-1], -1).gather(-1, choice).squeeze(-1).double().mean(-1)


def expected_nll(logits: Tensor, p: Tensor) -> Tensor:
    """Exact risk where the true probabilities p [n, C] are known: -mean_n sum_k p_k log softmax(z)_k, in nats.

    Chapter 02.
    """
    return -(p * torch.log_softmax(logits, -1)).sum(-1).mean(-1)
