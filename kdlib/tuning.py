"""A step size of its own for every contestant, chosen with all repetitions, and the curve that shows how it was chosen.

A comparison at one common step favours whoever it happens to fit. Chapters 05 to 08.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from kdlib.arguments import tensor_of, whole_number
from kdlib.cohort import Cohort
from kdlib.intervals import paired_difference


class Tuned(NamedTuple):
    """A contestant at its best step size ``lr``: its `Cohort` and its ``score`` [runs].

    ``lrs`` are the step sizes that were tried and ``scores`` [runs, steps] what each run reached there.
    Not used in a chapter by its name: `tune` gives it.
    """

    lr: float
    cohort: Cohort
    score: Tensor
    lrs: tuple[float, ...]
    scores: Tensor

    def at(self, lr: float) -> Tensor:
        """What the runs reached at another step size that was tried, [runs]; raises `ValueError` for any other."""
        if lr not in self.lrs:
            raise ValueError(f"lr is {lr}; expected one of {list(self.lrs)}, which were tried")
        return self.scores[:, self.lrs.index(lr)]


def tune(
    sizes: Sequence[int], data, objective, *, lrs: Sequence[float], score: Callable[[Cohort], Tensor], runs: int,
    epochs: int = 2000, **settings,
) -> Tuned:  # fmt: skip
    """Train ``runs`` networks at each of the step sizes ``lrs``; keep that with the best mean score over all runs.

    ``score`` is a function from a `Cohort` to one value per run, higher is better. All step sizes share the runs' data,
    first weights and shuffles; ``settings`` are those of `Cohort`, without ``lr``. A run that diverges is scored at its
    last finite weights. The choice is among the inner step sizes. Raises `ValueError` for fewer than three, for steps
    that do not increase, and when the smallest or largest is better beyond chance (paired over the runs, 95%): then the
    best may lie beyond what was tried; also for fewer than two runs, and scores that are not one finite number per run.
    Chapters 05 to 08.
    """
    lrs = tuple(map(float, lrs))
    whole_number(runs, "runs", 2)
    if len(lrs) < 3 or any(a >= b for a, b in pairwise(lrs)):
        raise ValueError(f"lrs is {list(lrs)}; expected three or more step sizes, each larger than the one before")
    best: Tuned | None = None
    scores: list[Tensor] = []
    for lr in lrs:
        cohort = Cohort(sizes, data, objective, runs=runs, lr=lr, **settings)
        for _ in cohort.learn(epochs):
            pass
        scores.append(_checked(score(cohort), runs))
        inner = lr not in (lrs[0], lrs[-1])
        if inner and (best is None or scores[-1].mean() > best.score.mean()):
            best = Tuned(lr, cohort, scores[-1], lrs, scores[-1])
    assert best is not None  # there is an inner step size
    for k in (0, -1):
        if paired_difference(scores[k], best.score).low > 0:
            raise ValueError(
                f"lrs: the step size {lrs[k]:g} at the edge of {list(lrs)} is the best; expected steps beyond it, too"
            )
    return best._replace(scores=torch.stack(scores, 1))


def _checked(score, runs) -> Tensor:
    score = tensor_of(score, "score", torch.float64)
    if score.shape != (runs,) or not score.isfinite().all():
        found = "gave NaN or infinity" if score.shape == (runs,) else f"gave {list(score.shape)}"
        raise ValueError(f"score {found}; expected [{runs}], one finite number per run")
    return score
