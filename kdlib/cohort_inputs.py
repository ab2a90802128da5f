"""What a cohort starts from: its arguments, checked once, and the random draws of each run."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils.data import TensorDataset

from kdlib.arguments import check_labels, check_teacher_logits, whole_number
from kdlib.cohort_layout import bytes_needed, fitting_runs
from kdlib.memory import free_memory
from kdlib.models import MLP, check_plain_mlp
from kdlib.objectives import Objective
from kdlib.rows import rows_of

Layers = list[tuple[Tensor, Tensor]]  # weight [out, in] and bias [out] of each layer, as in `torch.nn.Linear`


def initial_layers(sizes: Sequence[int], seed: int, stream: int) -> Layers:
    """A stream's initial network: Xavier-uniform weights and zero biases, in float64."""
    draws, layers = _generator(seed, stream, 0), []
    for a, b in pairwise(sizes):
        bound = math.sqrt(6 / (a + b))
        weight = torch.empty(b, a, dtype=torch.float64).uniform_(-bound, bound, generator=draws)
        layers.append((weight, weight.new_zeros(b)))
    return layers


def shuffle_of(seed: int, stream: int, rows: int) -> Callable[[], Tensor]:
    """A stream's shuffles: every call draws the next order of the rows [rows]."""
    # The same order as in int64, in half the memory.
    return partial(torch.randperm, rows, generator=_generator(seed, stream, 1), dtype=torch.int32)


def _generator(seed, stream, purpose):
    # Neighbouring numbers make unrelated streams: NumPy hashes all three into one state.
    (state,) = np.random.SeedSequence([seed, stream, purpose]).generate_state(1)
    return torch.Generator().manual_seed(int(state))


def layers_of(model: MLP, sizes: Sequence[int], dtype: torch.dtype, name: str) -> Layers:
    """The weights of an `MLP`; raises `ValueError` when it is no plain one, or not of these sizes and dtype."""
    check_plain_mlp(model, name, trained=True)
    if model.sizes != tuple(sizes):
        raise ValueError(f"{name} is of sizes {model.sizes}; expected {tuple(sizes)}, like the cohort")
    layers = [(layer.weight.detach(), layer.bias.detach()) for layer in model.layers]
    if layers[0][0].dtype != dtype:
        raise ValueError(f"{name} is {layers[0][0].dtype}, the features {dtype}; expected one, as after .to({dtype})")
    return layers


class _Undrawn(TorchFunctionMode):
    """Networks are made without random draws: in here `uniform_` leaves a tensor as it is.

    Torch's generator is shared by all threads: who draws and puts it back takes draws from the others.
    """

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func.__name__.endswith("uniform_"):
            return None  # `torch.nn.Linear` and `MLP` do not use it
        return func(*args, **(kwargs or {}))


def module_of(layers: Layers) -> MLP:
    """An `MLP` on the CPU with a copy of these weights: the way back from `layers_of`. Draws nothing."""
    with _Undrawn(), torch.no_grad():
        model = MLP(layers[0][0].shape[1], *(len(bias) for _, bias in layers)).to(layers[0][0].dtype)
        for ours, (weight, bias) in zip(model.layers, layers, strict=True):
            ours.weight.copy_(weight)
            ours.bias.copy_(bias)
    return model


def checked_rows(
    data: Any, sizes: Sequence[int], objective: Objective, runs: int, batch_size: int
) -> tuple[Tensor, Tensor | None]:
    """Features [n, d] and labels [n], or both with a leading [runs], and no labels where the objective needs none;
    raises `ValueError` or `TypeError` for what does not fit."""
    if not isinstance(objective, Objective):
        raise TypeError(f"objective is {objective!r}; expected one of kdlib.objectives, such as HardLabels()")
    whole_number(runs, "runs", 1)
    x, y = getattr(data, "x", None), getattr(data, "y", None) if objective.needs_labels else None
    if getattr(x, "ndim", 2) == 3:
        x, y = torch.as_tensor(x), None if y is None else torch.as_tensor(y)
        if len(x) != runs or (y is not None and y.shape != x.shape[:-1]):
            found = "" if y is None else f" and y is {y.dtype} {list(y.shape)}"
            raise ValueError(
                f"data: x is {list(x.shape)}{found}; "
                f"expected [{runs}, n, d] and class indices [{runs}, n], or the same rows for all runs, [n, d] and [n]"
            )
        shape, columns = x.shape, [column.flatten(0, 1) for column in (x, y) if column is not None]
        x, y = rows_of(TensorDataset(*columns), labels=objective.needs_labels)
        x, y = x.view(shape), None if y is None else y.view(shape[:-1])
    else:
        x, y = rows_of(data, labels=objective.needs_labels)
    d, n = x.shape[-1], x.shape[-2]
    if not x.is_floating_point():
        raise ValueError(f"data: x is {x.dtype}; expected floating-point features, such as x.float()")
    if len(sizes) < 2 or sizes[0] != d or not all(hasattr(size, "__index__") and size > 0 for size in sizes):
        raise ValueError(
            f"sizes is {sizes}; expected {d}, as data has {d} features, then widths of at least 1, as in ({d}, 8, 3)"
        )
    whole_number(batch_size, "batch_size", 1, n, ", the number of rows")
    return x, y if objective.needs_labels else None


def checked_teacher(
    v: Tensor | None, objective: Objective, y: Tensor | None, shape: tuple[int, int, int]
) -> Tensor | None:
    """The teacher logits where ``objective`` wants them; raises when they or the labels do not fit [runs, n, C]."""
    if shape[-1] < objective.outputs:
        raise ValueError(f"sizes ends in {shape[-1]}; {objective} expects {objective.outputs} outputs or more")
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
    assert v is not None  # checked
    return v.detach()


def check_lengths(runs: int, settings: dict) -> None:
    """Raise `ValueError` that names a setting with one value per run that does not have ``runs`` values."""
    for name, setting in settings.items():
        if hasattr(setting, "__len__") and len(setting) != runs:
            raise ValueError(f"{name} has {len(setting)} entries; expected {runs}, one per run")


def check_memory(runs: int, x: Tensor, targets: Sequence[Tensor]) -> None:
    """Raise `MemoryError` where a cohort with these features, and targets such as these, needs more than is free."""
    if x.device.type != "cpu" or (free := free_memory()) is None:
        return
    columns = (x, *targets)
    width, shared = 1 + sum(column.shape[-1] for column in columns), all(column.dim() == 2 for column in columns)
    each = {"rows": x.shape[-2], "width": width, "itemsize": x.element_size(), "shared": shared}
    needed, fits = bytes_needed(runs, **each), fitting_runs(runs, **each, free=free)
    if fits < runs:
        raise MemoryError(
            f"{runs} runs of {x.shape[-2]:,} rows need {needed / 1e9:.2f} GB of memory and {free / 1e9:.2f} GB are "
            f"free; expected at most {fits} runs at once"
        )
