"""`kdlib.train` without autograd: one network on the closed-form gradient, draw for draw the same run. Chapter 04."""

import math
from collections.abc import Iterator
from functools import partial

from kdlib.cohort import Cohort
from kdlib.models import MLP, logits_of
from kdlib.rows import rows_of
from kdlib.training import TrainingDiverged, shuffled_rows


def train_closed_form(
    model: MLP, data, objective, *, teacher=None, epochs=2000, batch_size=10, lr=0.005
) -> Iterator[float]:
    """Train an `MLP` as `kdlib.train` does, several times as fast; ``model`` gets its weights when the iterator ends.

    Arguments, draws, losses and errors are those of `kdlib.train`; ``objective`` has to be one of `kdlib.objectives`.
    Chapter 04.
    """
    x, _ = rows_of(data)
    v = None if teacher is None else logits_of(teacher, x)
    settings = {"teacher_logits": v, "batch_size": batch_size, "lr": lr}
    cohort = Cohort(model.sizes, data, objective, runs=1, models=[model], **settings)
    cohort.shuffles = [partial(shuffled_rows, len(x))]
    return _losses(model, cohort, cohort.learn(epochs, record_loss=True), lr)


def _losses(model, cohort, epochs_done, lr) -> Iterator[float]:
    try:
        for epoch in epochs_done:
            loss = cohort.loss.pop().item()
            if cohort.diverged.any() or not math.isfinite(loss):
                raise TrainingDiverged(epoch, lr)
            yield loss
    finally:
        model.load_state_dict(cohort.module(0).state_dict())
