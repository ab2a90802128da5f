"""Wrong losses that a cohort can train: the mix of chapter 5 with a mistake in its soft term. Chapter 10."""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor

from kdlib.exercises.mistakes import KNOWN
from kdlib.objectives import HardLabels, Objective


def _pull(p: Tensor, of: Tensor) -> Tensor:
    """p_k (f_k - sum_j p_j f_j): what a softmax makes of a gradient f on its probabilities."""
    return p * (of - (p * of).sum(-1, keepdim=True))


def _softmax(logits, T=1.0, dim=-1):
    return torch.softmax(logits / T, dim)


def _log(logits, T):
    return torch.log_softmax(logits / T, -1)


# B dL/dz of the bank's first soft form, by name, from student and teacher logits z and v, labels as rows Y, and T.
RESIDUALS: dict[str, Callable[..., Tensor]] = {
    "no-t2": lambda z, v, Y, T: (_softmax(z, T) - _softmax(v, T)) / T,
    "mean-reduction": lambda z, v, Y, T: T * (_softmax(z, T) - _softmax(v, T)) / z.shape[-1],
    "sum-reduction": lambda z, v, Y, T: T * (_softmax(z, T) - _softmax(v, T)) * z.shape[-2],
    "reverse-kl": lambda z, v, Y, T: T * _pull(_softmax(z, T), _log(z, T) - _log(v, T)),
    "probabilities-as-input": lambda z, v, Y, T: -T * _pull(_softmax(z, T), _softmax(v, T)),
    "log-target": lambda z, v, Y, T: -T * (_log(v, T) - _softmax(z, T) * _log(v, T).sum(-1, keepdim=True)),
    "one-sided-temperature": lambda z, v, Y, T: T**2 * (_softmax(z) - _softmax(v, T)),
    "double-softmax": lambda z, v, Y, T: T * (_softmax(z, T) - _softmax(_softmax(v), T)),
    "wrong-axis": lambda z, v, Y, T: T * (_softmax(z, T, -2) - _softmax(v, T, -2)),
    "matches-probabilities": lambda z, v, Y, T: 2 * _pull(_softmax(z), _softmax(z) - _softmax(v)) / z.shape[-1],
    "true-class-only": lambda z, v, Y, T: T * (_softmax(z, T) - Y) * (_softmax(v, T) * Y).sum(-1, keepdim=True),
    "teacher-on-both-sides": lambda z, v, Y, T: torch.zeros_like(z),
}


class Mutant(Objective):
    """alpha times a wrong soft term plus 1 - alpha times the labels, in closed form; ``mistake`` is its name.

    Chapter 10. Raises `ValueError` for a mistake that has no closed form here.
    """

    label, needs_labels = "mutant", True

    def __init__(self, mistake: str, alpha: float, temperature: float):
        if mistake not in RESIDUALS:
            raise ValueError(f"mistake is {mistake!r}; expected one of {', '.join(RESIDUALS)}")
        self.mistake, self.alpha, self.temperature = KNOWN[mistake], alpha, temperature

    def value(self, z, labels, v):
        if z.dim() > 2:
            runs = zip(z, labels.expand(z.shape[:-1]), v.expand(z.shape), strict=True)
            return torch.stack([self.value(*run) for run in runs])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of one of them
            soft = self.mistake.soft[0](z, v, labels, self.temperature)
        return self.alpha * soft + (1 - self.alpha) * HardLabels().value(z, labels, None)

    def targets(self, labels, v, classes, dtype):
        return v, *HardLabels().targets(labels, v, classes, dtype)

    def residual(self, z, v, one_hot):
        soft = RESIDUALS[self.mistake.name](z, v, one_hot, self.temperature)
        return self.alpha * soft + (1 - self.alpha) * HardLabels().residual(z, one_hot)
