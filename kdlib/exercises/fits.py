"""A gradient explained by known terms: least squares over the right terms and over the bank's wrong ones. Chapter 10.

A form that only scales a right term, such as a missing T**2, is told by its weight; every other one by its direction.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from kdlib.exercises import wrong_losses
from kdlib.exercises.mistakes import BANK

Column = Callable[[Callable], Tensor]
# Other things to learn from a teacher that are right as they are, and no soft targets.
OTHER = {
    "logit-matching": (
        lambda z, v, y, T: F.mse_loss(z, v),
        lambda z, v, y, T: F.mse_loss(z - z.mean(1, keepdim=True), v - v.mean(1, keepdim=True)),
    ),
    "log-prob-matching": (lambda z, v, y, T: F.mse_loss(z, F.log_softmax(v, 1)),),
    "log-probs-both-sides": (
        lambda z, v, y, T: F.mse_loss(F.log_softmax(z, 1), F.log_softmax(v, 1)),
        lambda z, v, y, T: F.mse_loss(F.log_softmax(z / T, 1), F.log_softmax(v / T, 1)),
    ),
    "teacher-choices": (lambda z, v, y, T: F.cross_entropy(z, v.argmax(1)),),
}


def _uniform(z, v, y, T):
    return -F.log_softmax(z, 1).mean(1).mean()


@dataclass(frozen=True)
class Explanation:
    """Names of what explains a gradient, the forms and their weights, and the share ``left`` of it left over."""

    names: tuple[str, ...]
    forms: tuple[Callable, ...]
    weights: tuple[float, ...]
    left: float
    scaled: bool  # whether the weight of the first form tells T**2 and the reduction


def weights_of(target: Tensor, columns: list[Tensor], noise: float = 1e-9) -> tuple[list[float], float]:
    """Least-squares weights of the columns and the share of the target's norm that is left over.

    A weight that moves less than the share ``noise`` of the target is zero.
    """
    A, size = torch.stack(columns, 1), target.norm()
    weights = torch.linalg.lstsq(A, target, driver="gelsd").solution
    left = ((A @ weights - target).norm() / size).item()
    moved = [w.item() if (w * c).norm() > noise * size else 0.0 for w, c in zip(weights, columns, strict=True)]
    return moved, left


def explain(target: Tensor, column: Column, right: Callable, tolerance: float) -> Explanation:
    """The simplest explanation of dL/dz, ``target``: right terms, else one mistake, else one in each term.

    ``column`` gives dL/dz of a form on the same probes. Where several explanations fit equally, their names stand
    together; where none fits, the name is "unknown".
    """

    def fit(names, *forms, scaled=True):
        weights, left = weights_of(target, [column(form) for form in forms], tolerance)
        return Explanation(tuple(dict.fromkeys(names)), forms, tuple(weights), left, scaled)

    labels = wrong_losses.labels
    best = Explanation(("unknown",), (right, labels), (math.nan, math.nan), math.inf, False)
    for tier in (_right, _one_mistake, _two_mistakes):
        tried = [fit(*one[:-1], scaled=one[-1]) for one in tier(column, right, labels)]
        tried.sort(key=lambda one: one.left)
        fitting = [one for one in tried if one.left < tolerance and one.left < max(1e-9, 3 * tried[0].left)]
        if fitting:
            return replace(fitting[0], names=tuple(dict.fromkeys(name for one in fitting for name in one.names)))
        best = min(best, *tried, key=lambda one: one.left)
    return replace(best, names=("unknown",), scaled=False)


# Each tier lists names, forms and whether the first form's weight tells its scale.


def _right(column, right, labels):
    return [((), right, labels, True), ((), right, labels, _uniform, True)]


def _one_mistake(column, right, labels):
    soft, hard = _wrong(column, right, "soft"), _wrong(column, right, "hard")
    other = [(name, form) for name, forms in OTHER.items() for form in forms if _differs(column, right, form)]
    tried = [((name,), form, labels, True) for name, form in soft]
    tried += [((name,), right, form, True) for name, form in hard]
    return tried + [((name,), form, labels, False) for name, form in other]


def _two_mistakes(column, right, labels):
    soft, hard = _wrong(column, right, "soft"), _wrong(column, right, "hard")
    return [((name, other), form, other_form, True) for name, form in soft for other, other_form in hard]


def _wrong(column, right, kind):
    """The bank's wrong terms of a kind, by name; where KL(p || q) is right, KL(q || p) is a wrong one."""
    forms = [(m.name, form) for m in BANK for form in getattr(m, kind) if _differs(column, right, form)]
    if kind == "soft" and right is not wrong_losses.soft_targets:
        forms.append(("forward-kl", wrong_losses.soft_targets))
    return forms


def _differs(column, right, form):
    """Whether a form is more than one of the two terms scaled, or nothing at all, on these probes."""
    gradient = column(form)
    size = gradient.norm()
    if not size.isfinite() or size < 1e-12:
        return False
    terms = {right, wrong_losses.soft_targets, wrong_losses.labels}
    return all(weights_of(gradient, [column(term)])[1] > 1e-6 for term in terms)
