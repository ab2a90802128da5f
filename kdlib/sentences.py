"""How a speaker of the toy language is judged, exactly: by all sentences that there are. Chapter 11.

A speaker is a table of log-probabilities of next words after every beginning, [..., 3906, 5]; the log-probabilities of
all sentences, [..., 15625], follow from it. Leading dimensions are languages.
"""

import torch
from torch import Tensor

from kdlib.worlds.words import LENGTH, SENTENCES, V, is_summer, log_probs_of_beginnings, log_probs_of_sentences

TYPICAL = 0.95  # of its mass: what a speaker typically says


def divergence(log_a: Tensor, log_b: Tensor) -> Tensor:
    """KL(a || b) = sum_s a(s) [log a(s) - log b(s)] over all sentences: [..., 15625] twice -> [...]. Chapter 11."""
    return _weighed(log_a, log_b).sum(-1)


def _weighed(log_a, log_b) -> Tensor:
    """a (log a - log b), which is 0 where a is: somebody who says the likeliest word alone has such zeros."""
    return torch.where(log_a > -torch.inf, log_a.exp() * (log_a - log_b), 0)


def typical(log_probs: Tensor, mass: float = TYPICAL) -> Tensor:
    """The smallest set of sentences that holds ``mass`` of the probability: [..., 15625] -> bool. Chapter 11.

    Raises `ValueError` for a mass that is not between 0 and 1.
    """
    if not 0 < mass < 1:
        raise ValueError(f"mass is {mass}; expected a share between 0 and 1")
    probability, order = log_probs.exp().sort(-1, descending=True)
    before = probability.cumsum(-1) - probability
    return torch.zeros_like(order, dtype=torch.bool).scatter(-1, order, before < mass)


def precision(log_student: Tensor, log_truth: Tensor) -> Tensor:
    """How much of what the student says the truth would typically say: [..., 15625] twice -> [...]. Chapter 11."""
    return (log_student.exp() * typical(log_truth)).sum(-1)


def recall(log_student: Tensor, log_truth: Tensor) -> Tensor:
    """How much of what the truth says the student would typically say: [..., 15625] twice -> [...]. Chapter 11."""
    return precision(log_truth, log_student)


def rarer_season(log_probs: Tensor) -> Tensor:
    """How much of what somebody says belongs to the season that he says less of: [..., 15625] -> [...], at most 0.5.

    Not used in a chapter by its name: `scores` holds it.
    """
    summer = log_probs.exp()[..., is_summer(torch.arange(SENTENCES))].sum(-1)
    return torch.minimum(summer, 1 - summer)


def scores(log_student: Tensor, log_truth: Tensor) -> dict[str, Tensor]:
    """The five numbers of a speaker by name, each [...], from two tables of next words [..., 3906, 5]. Chapter 11."""
    s, t = log_probs_of_sentences(log_student), log_probs_of_sentences(log_truth)
    both = {"forward KL": divergence(t, s), "reverse KL": divergence(s, t)}
    return both | {"precision": precision(s, t), "recall": recall(s, t), "rarer season": rarer_season(s)}


def word_divergence(log_a: Tensor, log_b: Tensor) -> Tensor:
    """KL(a || b) of the next word after every beginning: [..., 3906, 5] twice -> [..., 3906]. Chapter 11."""
    return _weighed(log_a, log_b).sum(-1)


def by_position(values: Tensor, weights: Tensor) -> Tensor:
    """Means of ``values`` [..., 3906], for each of the six positions over the beginnings that lead to it, [..., 6].

    ``weights`` [..., 3906] are the log-probabilities of the beginnings: who spoke them decides. Chapter 11.
    """
    lengths = [V**length for length in range(LENGTH)]
    return torch.stack([part.sum(-1) for part in (weights.exp() * values).split(lengths, -1)], -1)


def along_sentences(weights: Tensor, log_a: Tensor, log_b: Tensor) -> Tensor:
    """KL(a || b) of next words, summed along sentences whose beginnings have log-probabilities ``weights``::

        sum_h w(h) KL(a(. | h) || b(. | h))

    With the beginnings of a itself this is KL(a || b) of whole sentences, by the chain rule. [..., 3906] and twice
    [..., 3906, 5] -> [...].
    Not used in a chapter by its name.
    """
    return (weights.exp() * word_divergence(log_a, log_b)).sum(-1)


def sentence_reverse_kl(log_student: Tensor, log_truth: Tensor) -> Tensor:
    """KL(student || truth) of whole sentences from tables of next words [..., 3906, 5] -> [...]; autograd goes through
    both the words and the beginnings, which is what separates it from on-policy training word by word. Chapter 11.
    """
    return along_sentences(log_probs_of_beginnings(log_student), log_student, log_truth)
