"""An objective of one's own: whether it is called as those of kdlib are, and its gradient is that of its value."""

import inspect
from typing import Any

import torch
from torch import Tensor, nn

from kdlib.objectives import Objective


def check_objective(objective: Any) -> None:
    """Raise `TypeError` unless ``objective`` can be called as those of kdlib are."""
    if isinstance(objective, type):
        names = ", ".join(inspect.signature(objective).parameters)
        raise TypeError(f"objective is the class {objective.__name__}; expected {objective.__name__}({names})")
    try:
        call = objective.forward if isinstance(objective, nn.Module) else objective
        inspect.signature(call).bind(None, labels=None, teacher_logits=None)
    except (TypeError, ValueError):
        raise TypeError(
            f"objective is {objective!r}; expected one of kdlib.objectives, such as HardLabels(), or a function that "
            "is called as objective(student_logits, labels=..., teacher_logits=...)"
        ) from None
    settings = objective.run_settings if isinstance(objective, Objective) else {}
    if any(isinstance(setting, Tensor) for setting in settings.values()):
        raise ValueError(f"{objective} has settings for many runs; expected numbers, as one network is trained")


@torch.inference_mode(False)
def check_gradient(objective: Objective, runs: int, classes: int) -> None:
    """Raise `ValueError` unless ``logit_gradient`` is what autograd makes of ``objective(...)``, tried on some logits.

    An engine that trains on `Objective.residual` would else train a subclass that changes the value on another loss.
    """
    names, kind = ("value", "targets", "residual"), type(objective)
    owners = {next((c for c in kind.__mro__ if name in vars(c)), None) for name in names}
    if len(owners) > 1 or kind.__call__ is not Objective.__call__ or any(name in vars(objective) for name in names):
        found = "changes the value and keeps the gradient of another objective, or the reverse"
    else:
        g = torch.Generator().manual_seed(0)
        z, v = (3 * torch.randn(2, runs, 2 * classes, classes, dtype=torch.float64, generator=g)).unbind()
        given = {"labels": torch.arange(2 * classes) % classes, "teacher_logits": v}
        z.requires_grad_()
        with torch.enable_grad():
            (expected,) = torch.autograd.grad(objective(z, **given).sum(), z)
        if torch.allclose(objective.logit_gradient(z.detach(), **given), expected, rtol=1e-6, atol=1e-9):
            return
        found = "has a residual that is not the gradient of its value"
    raise ValueError(f"{objective} {found}; expected value, targets and residual of one class that fit together")
