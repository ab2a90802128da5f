"""The checks on digits: weights and a closed gap in chapter 00; a teacher's doubts, its own and shuffled, in 08."""

import torch
import torch.nn.functional as F

from kdlib.exercises import draws
from kdlib.exercises.compare import call, check, check_kind
from kdlib.exercises.verdict import Refused, Verdict, judged
from kdlib.models import MLP


def weights(answer) -> Verdict:
    """How many numbers a network has learned: a module -> number. Chapter 00."""
    return check(
        "weights", answer, lambda net: float(sum(p.numel() for p in net.parameters())),
        [(MLP(2 + k, 3 + k % 4, *(5,) * (k % 3), 3),) for k in range(6)],
        todo="weights is to count the weights and biases of a network.",
        praise="Four bytes each, and you know the size of its file.",
        wrong={
            "This counts the matrices and vectors; count the numbers in them.": lambda net: len([*net.parameters()]),
            "The biases are missing.": lambda net: sum(p.numel() for p in net.parameters() if p.dim() == 2),
            "These are bytes, four for each weight; the weights are wanted.": (
                lambda net: 4 * sum(p.numel() for p in net.parameters())
            ),
        },
    )  # fmt: skip


def gap_closed(answer) -> Verdict:
    """The share of the way from small to large that a taught network goes: three accuracies -> number. Chapter 00."""
    given = [(0.6 + 0.02 * k, 0.62 + 0.025 * k, 0.9 + 0.007 * k) for k in range(12)]
    return check(
        "gap_closed", answer, lambda small, taught, large: (taught - small) / (large - small), given,
        todo="gap_closed is to give the share of the gap between small and large that the teacher closes.",
        praise="0 is a student of labels, 1 is the large network.",
        wrong={
            "This is the share that is left.": lambda small, taught, large: (large - taught) / (large - small),
            "This is the gain; divide it by the gap.": lambda small, taught, large: taught - small,
            "This compares with the large network alone; the small one starts above zero.": (
                lambda small, taught, large: taught / large
            ),
            "The gain is divided by the small one's accuracy; divide it by the gap.": (
                lambda small, taught, large: (taught - small) / small
            ),
        },
    )  # fmt: skip


def second_guess(answer) -> Verdict:
    """The class that comes second: logits [n, C] -> [n]. Chapter 08."""
    return check(
        "second_guess", answer, lambda v: v.topk(2, dim=1).indices[:, 1], [(v,) for _, v in draws.logits()],
        todo="second_guess is to name the second most probable class of each row.",
        praise="It is the first thing that a label cannot say.",
        wrong={
            "These are the first guesses.": lambda v: v.argmax(1),
            "These are the least probable classes.": lambda v: v.argmin(1),
            "These are the logits of the second guess; its class is wanted.": lambda v: v.topk(2, dim=1).values[:, 1],
        },
    )  # fmt: skip


def smooth(answer) -> Verdict:
    """Smoothed labels: y [n], a share and the number of classes -> probabilities [n, C]. Chapter 08."""
    given = [(y, (0.1, 0.3, 0.05)[k % 3], z.shape[1]) for k, (z, y) in enumerate(draws.without_teacher("y"))]

    def one_hot(y, classes):
        return F.one_hot(y, classes).double()

    return check(
        "smooth", answer, lambda y, share, classes: (1 - share) * one_hot(y, classes) + share / classes, given,
        todo="smooth is to take the share from the label and to give it to all classes, evenly.",
        praise="Each row sums to one, and each has the same doubt, whatever the image.",
        wrong={
            "The share goes to the other classes alone; here all classes get the same, the label too.": (
                lambda y, s, C: (1 - s) * one_hot(y, C) + s / (C - 1) * (1 - one_hot(y, C))
            ),
            "Each class gets the whole share; divide it by the number of classes.": (
                lambda y, s, C: (1 - s) * one_hot(y, C) + s
            ),
            "The label still has all of its 1: a row has to sum to one.": lambda y, s, C: one_hot(y, C) + s / C,
            "The label keeps the share; it has to give it away.": lambda y, s, C: s * one_hot(y, C) + (1 - s) / C,
            "This is the logarithm; the probabilities are wanted.": (
                lambda y, s, C: ((1 - s) * one_hot(y, C) + s / C).log()
            ),
        },
    )  # fmt: skip


def _shuffled(v, order):
    others = (F.one_hot(v.argmax(1), v.shape[1]) == 0).nonzero()[:, 1].reshape(len(v), -1)
    return v.scatter(1, others, v.gather(1, others.gather(1, order)))


def _shuffled_back(v, order):
    return _shuffled(v, order.argsort(1))


def shuffle_doubts(answer) -> Verdict:
    """The control: logits v [n, C], order [n, C - 1] -> v with all but the choice in another order. Chapter 08."""
    orders = torch.Generator().manual_seed(25)
    given = [(v, torch.rand(len(v), v.shape[1] - 1, generator=orders).argsort(1)) for _, v in draws.logits()]
    return check(
        "shuffle_doubts", answer, _shuffled, given,
        todo="shuffle_doubts is to leave the choice's logit where it is and to give the others each other's.",
        praise="The same choice, the same confidence, the same numbers in every row; only their places are wrong.",
        wrong={
            "Nothing has moved.": lambda v, order: v,
            "They go the other way: others[j] is to get the logit of others[order[j]].": _shuffled_back,
        },
    )  # fmt: skip


def confidence(v) -> float:
    """The mean over the rows of the largest probability, from logits [n, C]."""
    return v.softmax(1).amax(1).mean().item()


def factor_for(answer) -> Verdict:
    """By what to multiply logits v [n, C] so that their mean confidence is ``sure`` -> number. Chapter 08."""
    given = [(v, 1 - (0.9 - 0.06 * k) * (1 - 1 / v.shape[1])) for k, (_, v) in enumerate(draws.logits())]
    name, todo = "factor_for", "factor_for is to give the factor that makes the teacher as sure as wanted."

    def judge():
        for v, sure in given:
            mine = call(name, answer, (v, sure), todo)
            check_kind(name, mine, 1.0)
            if abs(confidence(mine * v) - sure) < 1e-3 and mine > 0:
                continue
            if mine > 0 and abs(confidence(v / mine) - sure) < 1e-3:
                raise Refused("This is the temperature; the factor is one over it.")
            reached = f"With {mine:.4g} the mean confidence is {confidence(mine * v):.3f}, and not {sure:.3f}."
            raise Refused(f"{reached} A factor above 1 makes it surer.")

    return judged(name, judge, "One number for the whole teacher: no choice and no order of doubts has changed.")
