"""What a run of `kdlib.train` starts from: its arguments, checked once and before anything is trained."""

from collections.abc import Callable
from numbers import Real
from typing import Any

import torch
from torch import Tensor, nn

from kdlib.arguments import whole_number
from kdlib.models import logits_of
from kdlib.objectives import Objective
from kdlib.own_objectives import check_objective
from kdlib.rows import rows_of
from kdlib.teachers import teacher_logits_of

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]


def checked_inputs(
    model: nn.Module, data: Any, objective: Callable, teacher: Any, epochs: int, batch_size: int, lr: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Features [n, d], labels and teacher logits [n, C], the two with no columns where there are none; raises
    `ValueError` or `TypeError` that names the argument which cannot be used."""
    check_objective(objective)
    own = isinstance(objective, Objective)
    x, y = rows_of(data, labels=own and objective.needs_labels)
    whole_number(epochs, "epochs", 0)
    whole_number(batch_size, "batch_size", 1, len(x), ", the number of rows")
    if not isinstance(lr, Real) or not 0 < lr < 1e38:  # beyond, a float32 step overflows
        raise ValueError(f"lr is {lr!r}; expected a positive step size, such as 0.005")
    if not any(p.requires_grad for p in model.parameters()):
        raise ValueError("model has no parameter to train; expected at least one with requires_grad")
    dtypes = {p.dtype for p in model.parameters()}
    if x.is_floating_point() and x.dtype not in dtypes:
        raise ValueError(f"data.x is {x.dtype}, the model {dtypes.pop()}; expected one, as after model.to({x.dtype})")
    if teacher is None and getattr(objective, "needs_teacher", False):
        raise ValueError(f"teacher is missing; {objective} needs one")
    none = torch.empty(len(x), 0)
    v = none if teacher is None else teacher_logits_of(teacher, x)
    z = logits_of(model, x)
    if own:
        objective.check(z, y, v)
    if not torch.isfinite(z).all():
        raise ValueError("the model gives NaN or infinity before any training; expected finite logits")
    return x, none if y is None else y, v.to(x.dtype) if x.is_floating_point() else v


def loss_of(objective: Callable) -> Loss:
    """The objective as a function of (z, labels, v); kdlib's own were checked once for all batches."""
    if isinstance(objective, Objective) and type(objective).__call__ is Objective.__call__:
        return objective.value

    def loss(z, labels, v):
        y, v = (None if column.shape[1:] == (0,) else column for column in (labels, v))
        value = objective(z, labels=y, teacher_logits=v)
        if not isinstance(value, Tensor) or value.dim() or not value.requires_grad:
            found = list(value.shape) if isinstance(value, Tensor) and value.dim() else f"{value!r:.40}"
            raise TypeError(f"objective gives {found}; expected one number with a gradient, the mean over the batch")
        return value

    return loss


def check_last_batch(model: nn.Module, rows: int, batch_size: int, drop_last: bool) -> None:
    """Raise `ValueError` where batch norm, which has no spread to divide by, would meet a batch of one row."""
    last = rows % batch_size or batch_size
    normalised = any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in model.modules())
    if normalised and (batch_size == 1 or (last == 1 and not drop_last)):
        raise ValueError(
            f"batch_size is {batch_size}, so the last batch of {rows} rows has one, and batch norm cannot train on one "
            "row; expected another batch_size, or drop_last=True"
        )


def optimizer_of(make: Any, parameters: list[Tensor]) -> torch.optim.Optimizer:
    """What ``make(parameters)`` gives; raises `TypeError` or `ValueError` unless it steps on their gradients."""
    if isinstance(make, torch.optim.Optimizer) or not callable(make):
        raise TypeError(
            f"optimizer is a {type(make).__name__}; expected a function that makes one of the parameters, such as "
            "lambda p: torch.optim.Adam(p, lr=1e-3)"
        )
    optimizer = make(parameters)
    if not isinstance(optimizer, torch.optim.Optimizer) or isinstance(optimizer, torch.optim.LBFGS):
        raise TypeError(
            f"optimizer makes a {type(optimizer).__name__}; expected a torch.optim.Optimizer that takes one gradient a "
            "step, such as torch.optim.Adam"
        )
    moved = {id(p) for group in optimizer.param_groups for p in group["params"]}
    if not moved & {id(p) for p in parameters}:
        raise ValueError("optimizer moves no parameter of the model; expected lambda p: torch.optim.Adam(p, lr=1e-3)")
    return optimizer
