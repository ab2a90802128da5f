"""A step size of its own for every contestant, chosen with all repetitions, and the curve that shows how it was chosen.

A comparison at one common step favours whoever it happens to fit. Chapters 05 to 07.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from kdlib.cohort import Cohort


class Tuned(NamedTuple):
    """A contestant at its best step size ``lr``: its `Cohort` and its ``score`` [runs].

    ``lrs`` are the step sizes that were tried and ``scores`` [runs, steps] what each run reached there. Chapter 05.
    """

    lr: float
    cohort: Cohort
    score: Tensor
    lrs: tuple[float, ...]
    scores: Tensor

    def at(self, lr: float) -> Tensor:
        """What the runs reached at another step size that was tried, [runs]."""
        return self.scores[:, self.lrs.index(lr)]


def tune(
    sizes: Sequence[int], data, objective, *, lrs: Sequence[float], score: Callable[[Cohort], Tensor], runs: int,
    epochs: int = 2000, **settings,
) -> Tuned:  # fmt: skip
    """Train ``runs`` networks at each of the step sizes ``lrs``; keep that with the best mean score over all runs.

    ``score`` is a function from a `Cohort` to one value per run, higher is better. All step sizes share the runs' data,
    first weights and shuffles; ``settings`` are those of `Cohort`, without ``lr``. A run that diverges is scored at its
    last finite weights. Raises `ValueError` for fewer than three step sizes or when the best lies at the edge of what
    was tried, where a better one may lie beyond. Chapters 05 to 07.
    """
    lrs = tuple(lrs)
    if len(lrs) < 3:
        raise ValueError(f"lrs is {list(lrs)}; expected three or more step sizes, so that the best can lie inside")
    best: Tuned | None = None
    scores: list[Tensor] = []
    for lr in lrs:
        cohort = Cohort(sizes, data, objective, runs=runs, lr=lr, **settings)
        for _ in cohort.learn(epochs):
            pass
        scores.append(score(cohort))
        if best is None or scores[-1].mean() > scores[lrs.index(best.lr)].mean():
            best = Tuned(lr, cohort, scores[-1], lrs, scores[-1])
    assert best is not None  # there are step sizes
    if best.lr in (min(lrs), max(lrs)):
        raise ValueError(f"lrs: the best step size, {best.lr:g}, lies at the edge of {list(lrs)}; try some beyond it")
    return best._replace(scores=torch.stack(scores, 1))
