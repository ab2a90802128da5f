"""What a loss does to given logits: its values and gradients on probes. Chapter 10."""

import warnings
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor


class Probe(NamedTuple):
    """Student and teacher logits [B, C] and labels [B]."""

    z: Tensor
    v: Tensor
    y: Tensor


class Answer(NamedTuple):
    """What a loss says of a probe: its value, dL/dz, dL/dv (None where no gradient flows) and its precision."""

    value: float
    on_student: Tensor | None
    on_teacher: Tensor | None
    eps: float


def probes(batch: int, classes: int, temperature: float) -> list[Probe]:
    """Three batches whose rows range from doubtful to sure; float64, exact in bfloat16 so that no cast changes them.

    The same arguments give the same probes.
    """
    draws = torch.Generator().manual_seed(1000 * batch + classes)
    scales = torch.tensor([1.0, 3.0, min(temperature, 8.0)], dtype=torch.float64)
    made = []
    for _ in range(3):
        scale = scales[torch.randint(3, (2, batch, 1), generator=draws)]
        logits = scale * torch.randn(2, batch, classes, dtype=torch.float64, generator=draws)
        z, v = logits.bfloat16().double()
        made.append(Probe(z, v, torch.randint(classes, (batch,), generator=draws)))
    return made


@torch.inference_mode(False)
@torch.enable_grad()
def ask(loss: Callable, probe: Probe, dtype: torch.dtype = torch.float64, teacher_gradient: bool = True) -> Answer:
    """The loss of one probe and its gradients; raises what the loss raises, `ValueError` for what is no scalar."""
    z = probe.z.detach().to(dtype, copy=True).requires_grad_()
    v = probe.v.detach().to(dtype, copy=True).requires_grad_(teacher_gradient)
    coarsest = [torch.finfo(dtype).eps]

    def look(saved):
        if saved.is_floating_point():
            coarsest.append(torch.finfo(saved.dtype).eps)
        return saved

    with (
        warnings.catch_warnings(),
        torch.autograd.graph.saved_tensors_hooks(look, lambda saved: saved),
    ):
        warnings.simplefilter("ignore")  # the loss is what is looked at, twenty times over
        value = loss(z.clone(), v.clone(), probe.y.clone())  # clones: a loss may work in place
    if not isinstance(value, Tensor):
        raise ValueError(f"the loss gives a {type(value).__name__}; expected a scalar tensor")
    if value.numel() != 1:
        raise ValueError(f"the loss gives {list(value.shape)}; expected a scalar, such as the mean over the batch")
    on_student = on_teacher = None
    if value.requires_grad:
        leaves = [z, v] if teacher_gradient else [z]
        on_student, *rest = torch.autograd.grad(value.sum(), leaves, allow_unused=True)
        on_teacher = rest[0] if rest else None
    on_student, on_teacher = (g if g is None else g.double() for g in (on_student, on_teacher))
    return Answer(value.item(), on_student, on_teacher, max(coarsest))


@lru_cache(maxsize=1024)
def gradient_of(form: Callable, batch: int, classes: int, temperature: float) -> Tensor:
    """dL/dz of a form (z, v, y, T) -> scalar on all probes of a setting, as one column; zeros where none flows."""
    given = probes(batch, classes, temperature)
    asked = [ask(lambda z, v, y: form(z, v, y, temperature), probe).on_student for probe in given]
    return as_column([torch.zeros_like(probe.z) if g is None else g for g, probe in zip(asked, given, strict=True)])


def as_column(gradients: list[Tensor]) -> Tensor:
    return torch.cat([gradient.flatten() for gradient in gradients])
