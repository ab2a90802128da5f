"""The checks of chapters 05 and 07: probabilities at a temperature, tables of doubts, and how sure a network is."""

import torch
import torch.nn.functional as F

from kdlib import metrics
from kdlib.exercises import draws
from kdlib.exercises.compare import check
from kdlib.exercises.verdict import Verdict


def soften(answer) -> Verdict:
    """Probabilities at a temperature: logits [n, C], T -> [n, C]. Chapter 05."""
    return check(
        "soften", answer, lambda v, T: (v / T).softmax(1), [(v, T) for _, v, T in draws.logits("T")],
        todo="soften is to give the probabilities of the classes at temperature T.",
        praise="The order of the classes stays, whatever T is.",
        wrong={
            "The logits are multiplied by T; divide them: a high T has to flatten.": lambda v, T: (v * T).softmax(1),
            "The temperature is missing: this is softmax(v).": lambda v, T: v.softmax(1),
            "The probabilities are divided by T; divide the logits, before the softmax.": lambda v, T: v.softmax(1) / T,
            "A softmax is taken of probabilities: divide the logits by T, and take one softmax.": (
                lambda v, T: (v.softmax(1) / T).softmax(1)
            ),
            "The softmax runs over the rows; it has to run over the classes, dim 1.": lambda v, T: (v / T).softmax(0),
            "These are the log-probabilities; the probabilities are wanted.": lambda v, T: (v / T).log_softmax(1),
        },
    )  # fmt: skip


def best_temperature(answer) -> Verdict:
    """Temperature scaling: logits [n, C], labels [n], a list of temperatures -> the one that suits best. Chapter 05."""
    temperatures, sizes = [0.5, 1.0, 1.5, 2.5, 4.0, 8.0], (1, 2, 4) * 4
    given = [(s * z, y, temperatures) for s, (z, y) in zip(sizes, draws.sure_of_labels(), strict=True)]

    def nll(z, y, T, **settings):
        return F.cross_entropy(z / T, y, **settings).item()

    return check(
        "best_temperature", answer, lambda z, y, Ts: min(Ts, key=lambda T: nll(z, y, T)), given,
        todo="best_temperature is to give the T of the list at which the labels are most probable.",
        praise="Accuracy is the same at every T; the likelihood is not.",
        wrong={
            "This is the worst of them: the mean of -log p_y is to be small.": (
                lambda z, y, Ts: max(Ts, key=lambda T: nll(z, y, T))
            ),
            "This is the place in the list; the temperature that stands there is wanted.": (
                lambda z, y, Ts: float(min(range(len(Ts)), key=lambda k: nll(z, y, Ts[k])))
            ),
            "This is the smallest mean of -log p_y; the T that reaches it is wanted.": (
                lambda z, y, Ts: min(nll(z, y, T) for T in Ts)
            ),
            "The logits are multiplied by T; divide them.": lambda z, y, Ts: min(Ts, key=lambda T: nll(T * z, y, 1)),
        },
    )  # fmt: skip


def put_together(answer) -> Verdict:
    """The place of T**2: KL, cross-entropy, T and alpha -> the mixed loss. Chapter 05."""
    given = [(0.1 + k / 7, 1.3 - k / 11, T, alpha) for k, (*_, T, alpha) in enumerate(draws.logits("T", "alpha"))]
    return check(
        "put_together", answer, lambda kl, ce, T, alpha: alpha * T**2 * kl + (1 - alpha) * ce, given,
        todo="put_together is to weigh KL and cross-entropy so that T does not change their balance.",
        praise="T**2 stands before the soft term and nowhere else.",
        wrong={
            "T**2 is missing: at T = 3 the soft term is 9 times too weak.": (
                lambda kl, ce, T, alpha: alpha * kl + (1 - alpha) * ce
            ),
            "T stands where T**2 belongs.": lambda kl, ce, T, alpha: alpha * T * kl + (1 - alpha) * ce,
            "T**2 must not multiply the labels' term: they know no temperature.": (
                lambda kl, ce, T, alpha: T**2 * (alpha * kl + (1 - alpha) * ce)
            ),
            "alpha weighs the labels here; in this course it weighs the soft term.": (
                lambda kl, ce, T, alpha: (1 - alpha) * T**2 * kl + alpha * ce
            ),
            "This divides by T**2; KL at temperature T is too small already.": (
                lambda kl, ce, T, alpha: alpha * kl / T**2 + (1 - alpha) * ce
            ),
        },
    )  # fmt: skip


def _doubts(q, rest):
    """A table in which the choice keeps its confidence and ``rest`` says what the other classes get."""
    chosen = F.one_hot(q.argmax(1), q.shape[1]).bool()
    return torch.where(chosen, q, rest(q, q.amax(1, keepdim=True)))


def doubt_for_each(answer) -> Verdict:
    """The teacher's confidence in its choice, the rest shared evenly: q [n, C] -> [n, C]. Chapter 07."""
    return check(
        "doubt_for_each", answer, lambda q: _doubts(q, lambda q, sure: (1 - sure) / (q.shape[1] - 1)),
        [(v.softmax(1),) for _, v in draws.logits()],
        todo="doubt_for_each is to leave the choice its confidence and to share the rest evenly among the others.",
        praise="How sure the teacher is of this person is still in it; which other class is nearer is not.",
        wrong={
            "These are the teacher's probabilities as they came: the other classes are still told apart.": lambda q: q,
            "These are bare choices: the doubts are gone.": lambda q: _doubts(q, lambda q, sure: 0 * q).gt(0).double(),
            "The rows do not sum to one: the rest 1 - max q is shared by C - 1 classes, not by C.": (
                lambda q: _doubts(q, lambda q, sure: (1 - sure) / q.shape[1])
            ),
            "The rows do not sum to one: each of the others gets the whole rest.": (
                lambda q: _doubts(q, lambda q, sure: 1 - sure)
            ),
            "Everybody gets the same doubt here: take each row's own max q, not the mean.": (
                lambda q: torch.where(
                    F.one_hot(q.argmax(1), q.shape[1]).bool(),
                    q.amax(1).mean(),
                    (1 - q.amax(1).mean()) / (q.shape[1] - 1),
                )
            ),
        },
    )  # fmt: skip


def too_sure(answer) -> Verdict:
    """Mean confidence minus expected accuracy: logits [n, C], true probabilities [n, C] -> number. Chapter 07."""

    def confidence(z):
        return z.softmax(1).amax(1).mean()

    def right(z, p):
        return metrics.expected_accuracy(z, p)

    return check(
        "too_sure", answer, lambda z, p: (confidence(z) - right(z, p)).item(),
        [(z, v.softmax(1)) for z, v in draws.logits()],
        todo="too_sure is to give the mean confidence minus the accuracy.",
        praise="Above zero a network is too sure, below it is not sure enough.",
        wrong={
            "The sign is turned: confidence minus accuracy.": lambda z, p: (right(z, p) - confidence(z)).item(),
            "This is the confidence alone; how often is the choice right?": lambda z, p: confidence(z).item(),
            "This is the accuracy alone; how sure is the network on average?": lambda z, p: right(z, p).item(),
            "The softmax is missing: the confidence is a probability.": (
                lambda z, p: (z.amax(1).mean() - right(z, p)).item()
            ),
            "The accuracy is that of the best classifier; take the class that z chooses.": (
                lambda z, p: (confidence(z) - p.amax(1).mean()).item()
            ),
            "This is how far confidences are from the truth on average, row by row; take the means first.": (
                lambda z, p: (z.softmax(1).amax(1) - p.gather(1, z.argmax(1, True))[:, 0]).abs().mean().item()
            ),
        },
    )  # fmt: skip


def soft_risk(answer) -> Verdict:
    """The risk as soft targets estimate it, mean of -sum q log p: logits z, probabilities q [n, C] -> number.

    Chapter 07.
    """
    return check(
        "soft_risk", answer, lambda z, q: -(q * z.log_softmax(1)).sum(1).mean().item(),
        [(z, v.softmax(1)) for z, v in draws.logits()],
        todo="soft_risk is to give the mean over people of the loss, averaged over the classes with q.",
        praise="No label is drawn, so the luck of the labels is gone.",
        wrong={
            "The sign is turned: -log p is never negative.": lambda z, q: (q * z.log_softmax(1)).sum(1).mean().item(),
            "The mean runs over the classes as well; sum over them, then take the mean over people.": (
                lambda z, q: -(q * z.log_softmax(1)).mean().item()
            ),
            "This is the sum over people; take the mean.": lambda z, q: -(q * z.log_softmax(1)).sum().item(),
            "The logarithm is missing.": lambda z, q: -(q * z.softmax(1)).sum(1).mean().item(),
            "The softmax is missing: log p is wanted, z holds logits.": lambda z, q: -(q * z).sum(1).mean().item(),
            "Only the teacher's choice is used; every class counts with its probability.": (
                lambda z, q: F.cross_entropy(z, q.argmax(1)).item()
            ),
            "This is KL(q || p): the entropy of q is taken off as well.": (
                lambda z, q: F.kl_div(z.log_softmax(1), q, reduction="batchmean").item()
            ),
        },
    )  # fmt: skip
