"""What a cohort starts from: its arguments, checked once, and the random draws of each run."""

import math
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from kdlib.objectives import Objective, check_labels, check_teacher_logits
from kdlib.rows import rows_of

Layers = list[tuple[Tensor, Tensor]]  # weight [out, in] and bias [out] of each layer, as in `torch.nn.Linear`


def initial_layers(sizes, seed: int, stream: int) -> Layers:
    """A stream's initial network: Xavier-uniform weights and zero biases, in float64."""
    draws, layers = _generator(seed, stream, 0), []
    for a, b in pairwise(sizes):
        bound = math.sqrt(6 / (a + b))
        weight = torch.empty(b, a, dtype=torch.float64).uniform_(-bound, bound, generator=draws)
        layers.append((weight, weight.new_zeros(b)))
    return layers


def shuffle_of(seed: int, stream: int, rows: int) -> Callable[[], Tensor]:
    """A stream's shuffles: every call draws the next order of the rows [rows]."""
    return partial(torch.randperm, rows, generator=_generator(seed, stream, 1))


def _generator(seed, stream, purpose):
    # Neighbouring numbers make unrelated streams: NumPy hashes all three into one state.
    (state,) = np.random.SeedSequence([seed, stream, purpose]).generate_state(1)
    return torch.Generator().manual_seed(int(state))


def layers_of(model, sizes) -> Layers:
    """The weights of an `MLP`; raises `ValueError` when its sizes are not ``sizes``."""
    given = getattr(model, "sizes", type(model).__name__)
    if given != tuple(sizes):
        raise ValueError(f"models holds {given}; expected only an MLP of sizes {tuple(sizes)}")
    return [(layer.weight.detach(), layer.bias.detach()) for layer in model.layers]


def checked_rows(data, sizes, runs, batch_size) -> tuple[Tensor, Tensor]:
    """Features [n, d] and labels [n], or both with a leading [runs]; raises `ValueError` for what does not fit."""
    if not hasattr(runs, "__index__") or runs < 1:
        raise ValueError(f"runs is {runs}; expected an integer of 1 or more")
    x, y = getattr(data, "x", None), getattr(data, "y", None)
    if getattr(x, "ndim", 2) != 3:
        x, y = rows_of(data)
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    if x.dim() == 3 and (x.shape[:-1] != y.shape or len(x) != runs or y.numel() == 0 or y.dtype.is_floating_point):
        raise ValueError(
            f"data: x is {list(x.shape)} and y is {y.dtype} {list(y.shape)}; "
            f"expected [{runs}, n, d] and class indices [{runs}, n], or the same rows for all runs, [n, d] and [n]"
        )
    d, n = x.shape[-1], x.shape[-2]
    if not x.is_floating_point():
        raise ValueError(f"data: x is {x.dtype}; expected floating-point features, such as x.float()")
    if len(sizes) < 2 or min(sizes) < 1 or sizes[0] != d:
        raise ValueError(
            f"sizes is {sizes}; expected {d}, as data has {d} features, then widths of at least 1, as in ({d}, 8, 3)"
        )
    if not 1 <= batch_size <= n:
        raise ValueError(f"batch_size is {batch_size}; expected 1 to {n}, the number of rows")
    return x, y.long()


def checked_teacher(v, objective, y, shape) -> Tensor | None:
    """The teacher logits where ``objective`` wants them; raises when they or the labels do not fit [runs, n, C]."""
    if not isinstance(objective, Objective):
        raise TypeError(f"objective is {objective!r}; expected one of kdlib.objectives, such as HardLabels()")
    if objective.needs_labels:
        check_labels(y, torch.Size(shape))
    if not objective.needs_teacher:
        return None
    given = list(getattr(v, "shape", [])) or type(v).__name__
    if v is not None and given not in (list(shape), list(shape[1:])):
        raise ValueError(
            f"teacher_logits is {given}; expected {list(shape[1:])}, or {list(shape)} with one teacher per run"
        )
    check_teacher_logits(v, torch.Size(shape))
    return v.detach()


def check_lengths(runs, settings: dict) -> None:
    """Raise `ValueError` that names a setting with one value per run that does not have ``runs`` values."""
    for name, setting in settings.items():
        if hasattr(setting, "__len__") and len(setting) != runs:
            raise ValueError(f"{name} has {len(setting)} entries; expected {runs}, one per run")
