"""How sure a number is: intervals for one share, for a mean over seeds and for a paired difference. Chapters 01 and 06.

Student's t is SciPy's; imported when used, because it takes longer to load than all of kdlib.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import torch
from torch import Tensor

from kdlib.arguments import tensor_of, whole_number


class Estimate(NamedTuple):
    """A mean with its confidence interval over ``n`` values. Not used in a chapter by its name."""

    mean: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def wilson(correct: float, n: int, confidence: float = 0.95) -> Estimate:
    """Wilson's interval for a share of ``correct`` out of ``n`` rows (Wilson 1927): with s = correct / n::

        (s + z^2 / 2n  +-  z sqrt(s (1 - s) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    Raises `ValueError` for more than ``n`` correct, fewer than 0, or a confidence outside 0 to 1. Chapter 01.
    """
    _check_confidence(confidence)
    correct, n = float(correct), whole_number(n, "n", 1)
    if math.isnan(correct) or not 0 <= round(correct) <= n:
        raise ValueError(f"correct is {correct:g}; expected 0 to {n}, the number of rows")
    share, z = round(correct) / n, NormalDist().inv_cdf((1 + confidence) / 2)
    centre, half = share + z * z / (2 * n), z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = ((centre + side * half) / (1 + z * z / n) for side in (-1, 1))
    return Estimate(correct / n, low if round(correct) > 0 else 0.0, high if round(correct) < n else 1.0, n)


def mean_over_seeds(values: Sequence[float] | Tensor, confidence: float = 0.95) -> Estimate:
    """Student's t interval for the mean of one value per seed. Chapter 03.

    Raises `ValueError` for fewer than 2 values, and for a confidence outside 0 to 1.
    """
    from scipy.special import stdtrit

    _check_confidence(confidence)
    values = _numbers(values, "values").flatten()
    if len(values) < 2:
        raise ValueError(f"values has {len(values)} entries; an interval needs at least 2 seeds")
    mean, n = values.mean().item(), len(values)
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * values.std().item() / n**0.5
    return Estimate(mean, mean - half, mean + half, n)


def paired_difference(a: Sequence[float] | Tensor, b: Sequence[float] | Tensor, confidence: float = 0.95) -> Estimate:
    """The mean of a - b over seeds with its t interval; entry i of both comes from the same seed. Chapter 06.

    What the two share (the data, the first weights, the shuffles) cancels in the pair. Raises `ValueError` for
    unequal lengths.
    """
    return mean_over_seeds(_pairs(a, b), confidence)


def _pairs(a, b):
    a, b = _numbers(a, "a"), _numbers(b, "b")
    if a.shape != b.shape:
        raise ValueError(
            f"a is {list(a.shape)} and b is {list(b.shape)}; a paired difference needs one of each per seed"
        )
    return (a - b).flatten()


def _numbers(values, name) -> Tensor:
    return tensor_of(values, name, torch.float64).detach()


def _check_confidence(confidence) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; expected a share between 0 and 1, such as 0.95")


def median_over_seeds(a, b=None, confidence: float = 0.95) -> Estimate:
    """The median of ``a``, or of the pairs a - b, with the interval that the sign test gives: no outlier moves it.

    Its ends are two of the sorted values, whatever their distribution (SciPy's `quantile_test`). The estimate's
    ``mean`` is the median. Raises `ValueError` for unequal lengths, and for fewer than 6 values, which bound nothing.
    Not used in a chapter by its name: a `claim` with ``median=True`` asks it.
    """
    from scipy.stats import quantile_test

    _check_confidence(confidence)
    values = _numbers(a, "values").flatten() if b is None else _pairs(a, b)
    if len(values) < 6:
        raise ValueError(f"values has {len(values)} entries; the interval of a median needs at least 6 seeds")
    if values.isnan().any():  # SciPy would sort them to one end
        return Estimate(math.nan, math.nan, math.nan, len(values))
    interval = quantile_test(values.numpy(), p=0.5).confidence_interval(confidence)
    return Estimate(values.quantile(0.5).item(), float(interval.low), float(interval.high), len(values))
