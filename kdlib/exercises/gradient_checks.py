"""The checks of chapter 04: dL/dz of labels, of the original demo's target, of soft targets and of the mix."""

import torch.nn.functional as F

from kdlib import objectives
from kdlib.exercises import draws
from kdlib.exercises.compare import check
from kdlib.exercises.verdict import Verdict

_NO_BATCH = "The loss is a mean over the batch: divide by B, the number of rows."
_SIGN = "The sign is turned: prediction minus target, so that a step against it comes closer."


def _gradient(name, answer, objective_of, given, *, todo, praise, wrong) -> Verdict:
    """A check of dL/dz; ``objective_of`` gives kdlib's objective and its keywords for the arguments."""

    def right(z, *rest):
        objective, keywords = objective_of(*rest)
        return objective.logit_gradient(z, **keywords)

    known = {_NO_BATCH: lambda z, *rest: right(z, *rest) * len(z), _SIGN: lambda z, *rest: -right(z, *rest)}
    return check(name, answer, right, given, todo=todo, praise=praise, wrong=known | wrong)


def gradient_of_labels(answer) -> Verdict:
    """dL/dz of cross-entropy: z [B, C], y [B] -> [B, C]. Chapter 04."""
    return _gradient(
        "gradient_of_labels", answer, lambda y: (objectives.HardLabels(), {"labels": y}), draws.without_teacher("y"),
        todo="gradient_of_labels is to give dL/dz of cross-entropy.",
        praise="Prediction minus label: in each row the gradient sums to zero.",
        wrong={
            "This is the gradient for the log-probabilities; the softmax in between is missing.": (
                lambda z, y: -F.one_hot(y, z.shape[1]).double() / len(z)
            ),
            "Here the raw outputs stand where their probabilities belong: softmax(z).": (
                lambda z, y: (z - F.one_hot(y, z.shape[1])) / len(z)
            ),
        },
    )  # fmt: skip


def gradient_of_demo(answer) -> Verdict:
    """dL/dz of the original demo's loss: z, v [B, C] -> [B, C]. Chapter 04."""
    return _gradient(
        "gradient_of_demo", answer, lambda v: (objectives.LogProbMatching(), {"teacher_logits": v}), draws.logits(),
        todo="gradient_of_demo is to give dL/dz of the mean square of z - log softmax(v).",
        praise="No probability of the student is in it, and a row does not sum to zero.",
        wrong={
            "The square brings a factor 2.": lambda z, v: (z - v.log_softmax(1)) / z.numel(),
            "The mean runs over rows and classes: divide by B * C.": lambda z, v: 2 * (z - v.log_softmax(1)) / len(z),
            "These are the gradients of matching logits: the teacher's side is log softmax(v).": (
                lambda z, v: 2 * (z - v) / z.numel()
            ),
            "These are gradients of probabilities; the original leaves z raw.": (
                lambda z, v: 2 * (z.softmax(1) - v.softmax(1)) / z.numel()
            ),
        },
    )  # fmt: skip


def gradient_of_soft_targets(answer) -> Verdict:
    """dL/dz of T**2 KL(q_T || p_T): z, v [B, C], T -> [B, C]. Chapter 04."""

    def plain(z, v, T):
        return ((z / T).softmax(1) - (v / T).softmax(1)) / len(z)

    def reverse(z, v, T):
        p, r = (z / T).softmax(1), (z / T).log_softmax(1) - (v / T).log_softmax(1)
        return T * p * (r - (p * r).sum(1, keepdim=True)) / len(z)

    return _gradient(
        "gradient_of_soft_targets", answer,
        lambda v, T: (objectives.SoftTargets(T), {"teacher_logits": v}), draws.logits("T"),
        todo="gradient_of_soft_targets is to give dL/dz of T**2 KL(q_T || p_T).",
        praise="One T of T**2 is left, the other pays for the division z / T.",
        wrong={
            "A factor T is missing: T**2 stands before the loss, and z / T takes one T away.": plain,
            "T**2 is too much: z / T takes one T away.": lambda z, v, T: T**2 * plain(z, v, T),
            "The factor T**2 before the loss is missing: this is T**2 times too small.": (
                lambda z, v, T: plain(z, v, T) / T
            ),
            "These are the gradients of KL the other way round, KL(p || q).": reverse,
            "The temperature is missing in the softmax: p_T = softmax(z / T).": (
                lambda z, v, T: T * (z.softmax(1) - v.softmax(1)) / len(z)
            ),
            "Only the teacher is softened: z is divided by T as well.": (
                lambda z, v, T: T * (z.softmax(1) - (v / T).softmax(1)) / len(z)
            ),
            'This divides by B * C, as reduction="mean" does; "batchmean" divides by B.': (
                lambda z, v, T: T * plain(z, v, T) / z.shape[1]
            ),
        },
    )  # fmt: skip


def gradient_of_mix(answer) -> Verdict:
    """dL/dz of alpha soft targets and 1 - alpha labels: z, v, y, T, alpha -> [B, C]. Chapter 04."""

    def parts(z, v, y, T):
        soft = objectives.SoftTargets(T).logit_gradient(z, teacher_logits=v)
        return soft, objectives.HardLabels().logit_gradient(z, labels=y)

    def weighed(by_soft, by_hard):
        def gradient(z, v, y, T, alpha):
            soft, hard = parts(z, v, y, T)
            return by_soft(alpha, T) * soft + by_hard(alpha, T) * hard

        return gradient

    return _gradient(
        "gradient_of_mix", answer,
        lambda v, y, T, alpha: (objectives.Mixed(alpha, T), {"labels": y, "teacher_logits": v}),
        draws.logits("y", "T", "alpha"),
        todo="gradient_of_mix is to give alpha times the one gradient and 1 - alpha times the other.",
        praise="A sum of losses has the sum of their gradients.",
        wrong={
            "alpha weighs the labels here; in this course it weighs the soft term.": weighed(
                lambda a, T: 1 - a, lambda a, T: a
            ),
            "The soft term is T times too small.": weighed(lambda a, T: a / T, lambda a, T: 1 - a),
            "The soft term is T**2 times too small: T**2 is missing.": weighed(
                lambda a, T: a / T**2, lambda a, T: 1 - a
            ),
            "The labels' term must not be multiplied by T**2.": weighed(lambda a, T: a, lambda a, T: T**2 * (1 - a)),
            "The labels weigh 1 here; they should weigh 1 - alpha.": weighed(lambda a, T: a, lambda a, T: 1),
            "The labels' term is missing.": weighed(lambda a, T: a, lambda a, T: 0),
            "The teacher's term is missing.": weighed(lambda a, T: 0, lambda a, T: 1 - a),
        },
    )  # fmt: skip
