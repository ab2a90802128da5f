"""The one training loop: readable, an iterator of epochs, and draw for draw the plain PyTorch recipe. Chapter 02."""

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from kdlib.models import logits_in
from kdlib.training_inputs import check_last_batch, checked_inputs, loss_of, optimizer_of


class TrainingDiverged(ArithmeticError):
    """The loss stopped being finite; the model was put back to the end of the last epoch. Chapter 02."""

    def __init__(self, epoch: int, lr: float, objective: str = ""):
        """``objective`` is its name where no step had been taken yet."""
        self.epoch, self.lr, self.objective = epoch, lr, objective
        if objective:
            cure = f"No step was taken before: look at {objective}, or at features and teacher logits far above 1."
        elif lr > 0.005:
            cure = f"The step size lr={lr:g} is too large; 0.005 is where the course starts."
        else:
            cure = f"Try a step size below lr={lr:g}, and features and teacher logits not far above 1."
        super().__init__(
            f"training diverged in epoch {epoch}: the loss or a weight is not finite. {cure} "
            "The model holds its last finite weights."
        )

    def __reduce__(self):  # or it could not come home from another process, and would break the pool there
        return type(self), (self.epoch, self.lr, self.objective)


@dataclass
class History:
    """What `fit` returns: ``loss``, each epoch's mean over the rows; ``interrupted`` by Ctrl-C.

    Not used in a chapter by its name.
    """

    loss: list[float] = field(default_factory=list)
    interrupted: bool = False


def fit(
    model: nn.Module, data: Any, objective: Callable, *, teacher: Any = None, epochs: int = 2000, batch_size: int = 10,
    lr: float = 0.005, optimizer: Callable | None = None, drop_last: bool = False, progress: bool = False,
) -> History:  # fmt: skip
    """Train ``model`` in place and return its `History`; the arguments are those of `train`.

    ``progress=True`` shows a bar. Ctrl-C stops early with a warning and keeps the epochs that were done. Chapter 02.
    """
    history = History()
    losses = _start(model, data, objective, teacher, epochs, batch_size, lr, optimizer, drop_last, history.loss)
    if progress:
        from tqdm.auto import tqdm

        losses = tqdm(losses, total=epochs, unit="epoch", leave=False)
    try:
        for _ in losses:
            pass
    except KeyboardInterrupt:
        history.interrupted = True
        done = len(history.loss)
        warnings.warn(f"stopped after {done} of {epochs} epochs; the model keeps what it learned", stacklevel=2)
    return history


def train(
    model: nn.Module, data: Any, objective: Callable, *, teacher: Any = None, epochs: int = 2000, batch_size: int = 10,
    lr: float = 0.005, optimizer: Callable | None = None, drop_last: bool = False,
) -> Iterator[float]:  # fmt: skip
    """Train epoch by epoch: an iterator of the mean loss per row; ``break`` stops and keeps the weights.

    ``data`` has ``.x`` and ``.y``, or is any map-style ``Dataset`` of pairs (x, y), such as a ``TensorDataset`` or a
    ``Subset``; x alone will do where the objective needs no labels. ``objective`` is one of `kdlib.objectives` or any
    function called like them. ``teacher`` is a module, or a function from features to logits, or to an object or tuple
    that holds them, or the logits themselves [n, C], one row for each of the data. The teacher is evaluated once, and
    its logits are looked up by row, so no shuffle can pair a row with another row's target.

    Draws from torch's global generator exactly as ``DataLoader(data, batch_size, shuffle=True, drop_last=drop_last)``
    does. Raises `ValueError` or `TypeError` for what cannot be used and `TrainingDiverged` at the first loss that is
    not finite. When an epoch is broken off, by an error or by Ctrl-C, the model is put back to the end of the last one.

    Steps are plain SGD with ``lr``. ``optimizer`` makes another one of the parameters, with step size, momentum and
    weight decay of its own, as ``lambda p: torch.optim.Adam(p, lr=1e-3)``. For a schedule, make it beforehand::

        adam = torch.optim.Adam(student.parameters(), lr=1e-2)
        schedule = torch.optim.lr_scheduler.StepLR(adam, step_size=100, gamma=0.5)
        for loss in train(student, rows, SoftTargets(4), teacher=teacher, optimizer=lambda p: adam):
            schedule.step()

    A validation set with early stopping (here: no better for 50 epochs) is three lines around the loop::

        best = 0.0
        for epoch, loss in enumerate(train(student, rows, HardLabels())):
            if (score := accuracy(student, validation)) > best:
                best, best_epoch, kept = score, epoch, copy.deepcopy(student.state_dict())
            elif epoch - best_epoch == 50:
                break
        student.load_state_dict(kept)

    A run that is continued from a file is the run that was never stopped, when the state of the draws is kept as well
    (and ``optimizer.state_dict()``, where there is one)::

        save_model(student, "student.safetensors")
        torch.save(torch.get_rng_state(), "draws.pt")
        ...
        student = load_model("student.safetensors")
        torch.set_rng_state(torch.load("draws.pt"))
        fit(student, rows, HardLabels(), epochs=1000)

    Chapters 02 and 04.
    """
    return _start(model, data, objective, teacher, epochs, batch_size, lr, optimizer, drop_last, losses=[])


def _start(model, data, objective, teacher, epochs, batch_size, lr, optimizer, drop_last, losses) -> Iterator[float]:
    columns = checked_inputs(model, data, objective, teacher, epochs, batch_size, lr)
    batch_size = int(batch_size)  # torch splits by none of NumPy's
    check_last_batch(model, len(columns[0]), batch_size, drop_last)
    parameters = [p for p in model.parameters() if p.requires_grad]
    if optimizer is None:
        step = partial(_sgd_step, parameters, lr)
    else:
        optimizer = optimizer_of(optimizer, parameters)
        step, lr = partial(_optimizer_step, parameters, optimizer), float(optimizer.param_groups[0]["lr"])
    batches = partial(_shuffled_batches, columns, batch_size, drop_last)
    one_epoch = partial(_one_epoch, model, loss_of(objective), parameters, step, batches)
    return _epochs(model, one_epoch, epochs, lr, losses, getattr(objective, "__name__", repr(objective)))


def _epochs(model, one_epoch, epochs, lr, losses, objective) -> Iterator[float]:
    for epoch in range(1, epochs + 1):
        kept, done = {name: value.detach().clone() for name, value in _state_of(model).items()}, len(losses)
        try:
            loss = one_epoch()
            if not (math.isfinite(loss) and all(bool(torch.isfinite(p).all()) for p in model.parameters())):
                still = epoch == 1 and all(torch.equal(p, kept[name]) for name, p in model.named_parameters())
                raise TrainingDiverged(epoch, lr, objective if still else "")
            losses.append(loss)
        except BaseException:  # also Ctrl-C, in the middle of a step perhaps
            if len(losses) == done:
                _put_back(model, kept)
            raise
        yield loss


@torch.inference_mode(False)
@torch.enable_grad()
def _one_epoch(model, loss_of, parameters, step, batches) -> float:
    """One pass over all rows in place; the mean loss per row, or the first that is not finite, before its step."""
    model.train()
    total, rows = 0.0, 0
    for features, labels, teacher_logits in batches():
        loss = loss_of(logits_in(model(features)), labels, teacher_logits)
        value = loss.item()
        if not math.isfinite(value):
            return value
        if not loss.requires_grad:
            raise ValueError("the model's logits have no gradient; expected a forward without detach or no_grad")
        step(torch.autograd.grad(loss, parameters, allow_unused=True))
        total, rows = total + value * len(features), rows + len(features)
    return total / rows


def _shuffled_batches(columns, batch_size, drop_last) -> Iterator[tuple[Tensor, ...]]:
    order = shuffled_rows(len(columns[0]))
    if drop_last:
        order = order[: len(order) - len(order) % batch_size]
    return zip(*(column[order].split(batch_size) for column in columns), strict=True)


def shuffled_rows(rows: int) -> Tensor:
    """One epoch's order of the rows, drawn as ``DataLoader(shuffle=True)`` draws it.

    A loader draws a base seed for its workers (unused here) and then the seed of the sampler's own generator.
    """
    torch.empty((), dtype=torch.int64).random_()
    seed = int(torch.empty((), dtype=torch.int64).random_())
    return torch.randperm(rows, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def _sgd_step(parameters, lr, gradients) -> None:
    for p, gradient in zip(parameters, gradients, strict=True):
        if gradient is not None:
            p.add_(gradient, alpha=-lr)  # SGD: w <- w - lr dL/dw


def _optimizer_step(parameters, optimizer, gradients) -> None:
    before = [p.grad for p in parameters]
    for p, gradient in zip(parameters, gradients, strict=True):
        p.grad = gradient
    optimizer.step()
    for p, own in zip(parameters, before, strict=True):
        p.grad = own


def _state_of(model) -> dict[str, Tensor]:
    """All that training changes: the weights, and the statistics of batch norm and its like."""
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


@torch.no_grad()
def _put_back(model, kept) -> None:
    for name, value in _state_of(model).items():
        value.copy_(kept[name])
