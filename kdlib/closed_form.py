"""`kdlib.train` without autograd: one network on the closed-form gradient, draw for draw the same run. Chapter 04."""

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

from torch.utils.data import TensorDataset

from kdlib.cohort import Cohort
from kdlib.models import MLP, check_plain_mlp
from kdlib.objectives import Objective
from kdlib.training import TrainingDiverged, shuffled_rows
from kdlib.training_inputs import checked_inputs


def train_closed_form(
    model: MLP, data: Any, objective: Objective, *, teacher: Any = None, epochs: int = 2000, batch_size: int = 10,
    lr: float = 0.005,
) -> Iterator[float]:  # fmt: skip
    """Train an `MLP` as `kdlib.train` does, several times as fast; ``model`` gets its weights when the iterator ends.

    Arguments, draws, losses and errors are those of `kdlib.train`. ``objective`` has to be one of `kdlib.objectives`,
    and ``model`` an `MLP` as it was made, without hooks, frozen weights or a ``forward`` of its own: `ValueError`.
    Not used in a chapter: the demo trains with it.
    """
    check_plain_mlp(model, trained=True)
    x, y, v = checked_inputs(model, data, objective, teacher, epochs, batch_size, lr)
    rows, v = TensorDataset(x, y) if y.shape[1:] != (0,) else x, v if v.shape[1] else None
    settings = {"teacher_logits": v, "batch_size": batch_size, "lr": lr}
    cohort = Cohort(model.sizes, rows, objective, runs=1, models=[model], **settings)
    cohort.shuffles = [partial(shuffled_rows, len(x))]
    return _losses(model, cohort, cohort.learn(epochs, record_loss=True), lr)


def _losses(model, cohort, epochs_done, lr) -> Iterator[float]:
    try:
        for epoch in epochs_done:
            loss = cohort.loss[-1].item()
            if cohort.diverged.any() or not math.isfinite(loss):
                raise TrainingDiverged(epoch, lr)
            yield loss
    finally:
        try:
            model.load_state_dict(cohort.module(0).state_dict())
        except KeyboardInterrupt:  # some layers new, some old: once more
            model.load_state_dict(cohort.module(0).state_dict())
            raise
