"""The one training loop: readable, an iterator of epochs, and draw for draw the plain PyTorch recipe. Chapter 02."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

import torch

from kdlib.models import logits_of
from kdlib.objectives import Objective
from kdlib.rows import rows_of


class TrainingDiverged(ArithmeticError):
    """The loss stopped being finite; the model was put back to its last finite weights. Chapter 02."""

    def __init__(self, epoch: int, lr: float):
        super().__init__(
            f"training diverged in epoch {epoch}: the loss or a weight is not finite. The step size lr={lr:g} is too "
            "large; 0.005 is where the course starts. The model holds its last finite weights."
        )


@dataclass
class History:
    """What training leaves behind: ``loss``, each epoch's mean over the rows; ``interrupted`` by Ctrl-C. Chapter 02."""

    loss: list[float] = field(default_factory=list)
    interrupted: bool = False


def fit(model, data, objective, *, teacher=None, epochs=2000, batch_size=10, lr=0.005, progress=False) -> History:
    """Train ``model`` in place with plain SGD and return its `History`; the arguments are those of `train`.

    ``progress=True`` shows a bar. Ctrl-C stops early with a warning and keeps what was learned. Chapter 02.
    """
    losses = train(model, data, objective, teacher=teacher, epochs=epochs, batch_size=batch_size, lr=lr)
    if progress:
        from tqdm.auto import tqdm

        losses = tqdm(losses, total=epochs, unit="epoch", leave=False)
    history = History()
    try:
        for loss in losses:
            history.loss.append(loss)
    except KeyboardInterrupt:
        history.interrupted = True
        done = len(history.loss)
        warnings.warn(f"stopped after {done} of {epochs} epochs; the model keeps what it learned", stacklevel=2)
    return history


def train(model, data, objective, *, teacher=None, epochs=2000, batch_size=10, lr=0.005) -> Iterator[float]:
    """Train epoch by epoch with plain SGD: an iterator of the mean loss per row; ``break`` stops and keeps the weights.

    ``data`` is a data set with ``.x``/``.y`` or a ``TensorDataset(x, y)``; ``objective`` one of `kdlib.objectives` or
    any function called like them; ``teacher`` a module, or any function from features to logits. The teacher is
    evaluated once, and its logits are looked up by row, so no shuffle can pair a row with another row's target.

    Draws from torch's global generator exactly as ``DataLoader(data, batch_size, shuffle=True)`` does.
    Raises `ValueError` for settings out of range and `TrainingDiverged` at the first loss that is not finite.
    Chapters 02 and 04.
    """
    x, y = rows_of(data)
    if epochs < 0:
        raise ValueError(f"epochs is {epochs}; expected 0 or more")
    if not 1 <= batch_size <= len(y):
        raise ValueError(f"batch_size is {batch_size}; expected 1 to {len(y)}, the number of rows")
    if not 0 < lr < 1e38:  # beyond, a float32 step overflows
        raise ValueError(f"lr is {lr}; expected a positive step size, such as 0.005")
    if not any(p.requires_grad for p in model.parameters()):
        raise ValueError("model has no parameter to train; expected at least one with requires_grad")
    dtypes = {p.dtype for p in model.parameters()}
    if x.is_floating_point() and x.dtype not in dtypes:
        raise ValueError(f"data.x is {x.dtype}, the model {dtypes.pop()}; expected one, as after model.to({x.dtype})")
    if teacher is None and getattr(objective, "needs_teacher", False):
        raise ValueError(f"teacher is missing; {objective} needs one")
    v = torch.empty(len(y), 0) if teacher is None else logits_of(teacher, x)
    if len(v) != len(y):
        raise ValueError(f"the teacher gives {len(v)} rows of logits for {len(y)} rows of data; expected one for each")
    return _epochs(model, x, y, v, _loss_of(objective, model, x, y, v), epochs, batch_size, lr)


def _loss_of(objective, model, x, y, v):
    """The objective as a function of (z, labels, v); kdlib's own are checked here, once for all batches."""
    if not isinstance(objective, Objective):
        return lambda z, labels, v: objective(z, labels=labels, teacher_logits=v if v.shape[1] else None)
    objective.check(logits_of(model, x), y, v)
    return objective.value


def _epochs(model, x, y, v, loss_of, epochs, batch_size, lr) -> Iterator[float]:
    parameters = [p for p in model.parameters() if p.requires_grad]
    finite = [p.detach().clone() for p in parameters]
    for epoch in range(1, epochs + 1):
        model.train()
        total = 0.0
        order = shuffled_rows(len(y))
        batches = zip(*(column[order].split(batch_size) for column in (x, y, v)), strict=True)
        for features, labels, teacher_logits in batches:
            loss = loss_of(model(features), labels, teacher_logits)
            value = loss.item()
            if not math.isfinite(value):
                _diverged(parameters, finite, epoch, lr)
            gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
            with torch.no_grad():
                for p, gradient in zip(parameters, gradients, strict=True):
                    if gradient is not None:
                        p.add_(gradient, alpha=-lr)  # SGD: w <- w - lr dL/dw
            total += value * len(labels)
        if not all(bool(torch.isfinite(p).all()) for p in parameters):
            _diverged(parameters, finite, epoch, lr)
        for kept, p in zip(finite, parameters, strict=True):
            kept.copy_(p.detach())
        yield total / len(y)


def shuffled_rows(rows: int) -> torch.Tensor:
    """One epoch's order of the rows, drawn as ``DataLoader(shuffle=True)`` draws it.

    A loader draws a base seed for its workers (unused here) and then the seed of the sampler's own generator.
    """
    torch.empty((), dtype=torch.int64).random_()
    seed = int(torch.empty((), dtype=torch.int64).random_())
    return torch.randperm(rows, generator=torch.Generator().manual_seed(seed))


def _diverged(parameters, finite, epoch, lr):
    with torch.no_grad():
        for p, kept in zip(parameters, finite, strict=True):
            p.copy_(kept)
    raise TrainingDiverged(epoch, lr)
