"""The checks of the chapters' exercises: each takes the learner's function and answers in one sentence.

Every check calls the answer on random shapes and values. A right answer by another way is right; a wrong one is told
what it does. Chapters 00 to 11.
"""

import torch.nn.functional as F

from kdlib import metrics
from kdlib.exercises import draws, whole_losses
from kdlib.exercises.compare import check
from kdlib.exercises.comparing import difference, each_at_its_own, fair_best, no_difference  # noqa: F401  chapters 05, 06
from kdlib.exercises.digit_checks import (  # noqa: F401  chapters 00 and 08
    factor_for,
    gap_closed,
    second_guess,
    shuffle_doubts,
    smooth,
    weights,
)
from kdlib.exercises.gradient_checks import (  # noqa: F401  chapter 04
    gradient_of_demo,
    gradient_of_labels,
    gradient_of_mix,
    gradient_of_soft_targets,
)
from kdlib.exercises.loops import distil, train_by_hand  # noqa: F401  checks of their own kind
from kdlib.exercises.on_policy import on_policy  # noqa: F401
from kdlib.exercises.scoreboard import gradient_by_hand, never_negative, rest_at_agreement  # noqa: F401  chapter 10
from kdlib.exercises.shipping_checks import bytes_of, frontier, int8, microseconds  # noqa: F401  chapter 09
from kdlib.exercises.softness import (  # noqa: F401  chapters 05 and 07
    best_temperature,
    doubt_for_each,
    put_together,
    soft_risk,
    soften,
    too_sure,
)
from kdlib.exercises.verdict import Verdict
from kdlib.exercises.word_checks import align, gradient_of_reverse_kl, reverse_kl, sentence_log_prob  # noqa: F401
from kdlib.worlds import people


def encode(answer) -> Verdict:
    """Six numbers for a `kdlib.Record`. Chapter 01."""

    def other(sex=1, age=100, state=None, income=100_000):
        def encoded(record):
            right = people.encode(record)
            columns = right[2:5] if state is None else state(people.STATES.index(record.state))
            return [sex * right[0], record.age / age, *columns, record.income / income]

        return encoded

    sexes, states = people.SEXES, people.STATES
    records = [people.Record(sexes[k % 2], 18 + 5 * k, states[k % 3], 20_000 + 5_900 * k, "liberal") for k in range(12)]
    return check(
        "encode", answer, people.encode, [(record,) for record in records],
        todo="encode is to give six numbers for a record.",
        praise="These are the six numbers that the networks see.",
        wrong={
            "The sexes are the other way round: male is -1, female +1.": other(sex=-1),
            "The age is still in years: divide it by 100.": other(age=1),
            "The income is still in dollars: divide it by 100,000.": other(income=1),
            "The income is divided by 1,000; divide it by 100,000.": other(income=1_000),
            "Neither age nor income is scaled: divide by 100 and by 100,000.": other(age=1, income=1),
            "The states come in another order: michigan, nebraska, oklahoma.": other(
                state=lambda k: [float(j == k) for j in (2, 1, 0)]
            ),
        },
    )  # fmt: skip


def bayes(answer) -> Verdict:
    """The class that the Bayes classifier names: true probabilities [n, 3] -> [n]. Chapter 01."""
    return check(
        "bayes", answer, lambda p: p.argmax(-1), draws.probabilities(),
        todo="bayes is to name the most probable class of each person.",
        praise="No classifier is right more often.",
        wrong={
            "These are the largest probabilities; the classes that have them are wanted: argmax.": lambda p: p.amax(-1),
            "These are the least probable classes.": lambda p: p.argmin(-1),
        },
    )  # fmt: skip


def ceiling(answer) -> Verdict:
    """How often the Bayes classifier is right on average: true probabilities [n, 3] -> number. Chapter 01."""
    return check(
        "ceiling", answer, lambda p: p.amax(-1).mean().item(), draws.probabilities(),
        todo="ceiling is to give the share of draws for which the Bayes classifier is right.",
        praise="It is right with probability max p, person by person.",
        wrong={
            "This is the largest of all; take the largest of each row, then the mean.": lambda p: p.max().item(),
            "This is the mean of all probabilities, which is 1 / 3 whatever they are.": lambda p: p.mean().item(),
        },
    )  # fmt: skip


def nll(answer) -> Verdict:
    """Mean negative log-likelihood: logits [n, C], labels [n] -> scalar. Chapter 02."""
    return check(
        "nll", answer, F.cross_entropy, draws.without_teacher("y"),
        todo="nll is to give the mean of -log p_y over the rows.",
        praise="It is what F.cross_entropy computes in one call.",
        wrong={
            "The sign is turned: -log p is never negative.": lambda z, y: -F.cross_entropy(z, y),
            "This is the sum; the mean over the rows is wanted.": lambda z, y: F.cross_entropy(z, y, reduction="sum"),
            "The softmax is missing: z holds logits, and p_y is a probability.": lambda z, y: F.nll_loss(z, y),
            "The softmax is taken twice: cross_entropy wants logits.": lambda z, y: F.cross_entropy(z.softmax(1), y),
            "The logarithm is missing: this is the mean of -p_y.": lambda z, y: F.nll_loss(z.softmax(1), y),
        },
    )  # fmt: skip


def accuracy(answer) -> Verdict:
    """The share of rows whose most probable class is the label: logits [n, C], labels [n] -> number. Chapter 02."""
    return check(
        "accuracy", answer, lambda z, y: metrics.top1(z, y).item(), draws.without_teacher("y"),
        todo="accuracy is to give the share of right choices.",
        praise="It is a share, from 0 to 1.",
        wrong={
            "This counts the right choices; divide by their number.": lambda z, y: (z.argmax(1) == y).sum().item(),
            "This is in percent; a share from 0 to 1 is wanted.": lambda z, y: 100 * metrics.top1(z, y).item(),
            "This is the share of wrong choices.": lambda z, y: 1 - metrics.top1(z, y).item(),
            "This is the mean probability of the true class; accuracy looks at the choice alone.": (
                lambda z, y: z.softmax(1).gather(1, y[:, None]).mean().item()
            ),
        },
    )  # fmt: skip


def distillation_loss(answer) -> Verdict:
    """T**2 KL(q_T || p_T) and cross-entropy, weighed by alpha: (z, v, y, T, alpha) -> scalar. Chapter 03."""
    return whole_losses.check_loss(answer)


def agreement_of(answer) -> Verdict:
    """The share of rows where student and teacher choose the same class: z, v [n, C] -> number. Chapter 03."""
    return check(
        "agreement_of", answer, lambda z, v: metrics.agreement(z, v).item(), draws.logits(),
        todo="agreement_of is to give the share of rows where both choose the same class.",
        praise="It needs no label: both may be wrong together.",
        wrong={
            "This is the share of rows where they differ.": lambda z, v: 1 - metrics.agreement(z, v).item(),
            "This counts the rows; divide by their number.": lambda z, v: (z.argmax(1) == v.argmax(1)).sum().item(),
            "The argmax runs over the rows; it has to run over the classes, dim 1.": (
                lambda z, v: (z.argmax(0) == v.argmax(0)).double().mean().item()
            ),
            "The logits themselves are compared; compare the classes that they choose.": (
                lambda z, v: (z == v).double().mean().item()
            ),
        },
    )  # fmt: skip


def log_prob_target(answer) -> Verdict:
    """What the original demo's student is to reach: teacher logits [B, C] -> log-probabilities [B, C]. Chapter 03."""
    return check(
        "log_prob_target", answer, lambda v: v.log_softmax(1), [(v,) for _, v in draws.logits()],
        todo="log_prob_target is to give the logarithm of the teacher's probabilities.",
        praise="Never positive, and the exponentials of a row sum to one.",
        wrong={
            "These are the logits as they came.": lambda v: v,
            "These are the probabilities; their logarithm is wanted.": lambda v: v.softmax(1),
            "The softmax runs over the rows; it has to run over the classes, dim 1.": lambda v: v.log_softmax(0),
            "The sign is turned: log-probabilities are never positive.": lambda v: -v.log_softmax(1),
        },
    )  # fmt: skip


def demo_loss(answer) -> Verdict:
    """The original demo's loss, mean square of z - log softmax(v): z, v [B, C] -> scalar. Chapter 03."""
    return check(
        "demo_loss", answer, lambda z, v: F.mse_loss(z, v.log_softmax(1)), draws.logits(),
        todo="demo_loss is to give the mean square of z - log softmax(v).",
        praise="Raw outputs on the one side, log-probabilities on the other.",
        wrong={
            "This matches the logits; the teacher's side wants a log_softmax.": F.mse_loss,
            "The student's side has a log_softmax as well; the original leaves z raw.": (
                lambda z, v: F.mse_loss(z.log_softmax(1), v.log_softmax(1))
            ),
            "The teacher's side holds probabilities; their logarithm is wanted.": (
                lambda z, v: F.mse_loss(z, v.softmax(1))
            ),
            "This sums over the classes; the mean over rows and classes is wanted.": (
                lambda z, v: (z - v.log_softmax(1)).square().sum(1).mean()
            ),
            "This is the sum; the mean over rows and classes is wanted.": (
                lambda z, v: (z - v.log_softmax(1)).square().sum()
            ),
        },
    )  # fmt: skip
