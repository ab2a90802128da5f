"""What a public function is given: each check names the argument, what was found and what is expected."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor


def per_run(value: Any, name: str, allowed: Callable[[Tensor], Tensor], expected: str) -> float | Tensor:
    """A checked setting: a plain number stays a float, one per run becomes a 1-d tensor; raises `ValueError`."""
    try:
        setting = torch.as_tensor(value, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError):
        raise ValueError(f"{name} is {value!r}; expected a number or one per run") from None
    if setting.dim() > 1 or setting.numel() == 0:
        raise ValueError(f"{name} has shape {list(setting.shape)}; expected a number or one per run")
    if not (torch.isfinite(setting) & allowed(setting)).all():
        raise ValueError(f"{name} is {value}; expected {expected}")
    return setting.item() if setting.dim() == 0 else setting


def tensor_of(values: Any, name: str, dtype: torch.dtype | None = None) -> Tensor:
    """``values`` as a tensor, an array in whatever order its numbers lie; raises `TypeError` for what is no numbers."""
    if isinstance(values, np.ndarray):  # torch takes neither a reversed one nor another byte order
        values = np.ascontiguousarray(values, values.dtype.newbyteorder("="))
    try:
        return torch.as_tensor(values, dtype=dtype)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} is {values!s:.40}; expected numbers") from None


def whole_number(value: Any, name: str, least: int, most: int | None = None, what: str = "") -> int:
    """``value`` as an int within its bounds; raises `ValueError` for anything that is no whole number."""
    expected = f"{least} or more" if most is None else f"{least} to {most}"
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} is {value!r}; expected a whole number, {expected}{what}") from None
    if number < least or (most is not None and number > most):
        raise ValueError(f"{name} is {number}; expected {expected}{what}")
    return number


def check_floating(dtype: torch.dtype) -> None:
    """Raise `ValueError` for a dtype in which an age of 0.24 would be 0."""
    if not (isinstance(dtype, torch.dtype) and dtype.is_floating_point):
        raise ValueError(f"dtype is {dtype}; expected torch.float32 or another floating one")


def check_labels(labels: Tensor | None, shape: torch.Size) -> None:
    """Raise `ValueError` unless ``labels`` are integer class indices that fit logits of ``shape`` [..., B, C]."""
    if labels is None:
        raise ValueError("labels is missing; this objective needs the labels")
    if not isinstance(labels, Tensor) or labels.dtype != torch.int64 or labels.shape not in (shape[:-1], shape[-2:-1]):
        found = f"{getattr(labels, 'dtype', type(labels).__name__)} {list(getattr(labels, 'shape', []))}"
        if isinstance(labels, Tensor):
            raise ValueError(f"labels is {found}; expected class indices {list(shape[:-1])} of int64")
        raise ValueError(f"labels is {found} and no tensor; expected torch.as_tensor(labels) of int64")
    if not ((labels >= 0) & (labels < shape[-1])).all():
        found = sorted(set(labels.flatten().tolist()) - set(range(shape[-1])))
        raise ValueError(f"labels holds {found[:3]}; expected class indices 0 to {shape[-1] - 1}")


def check_teacher_logits(v: Tensor | None, shape: torch.Size) -> None:
    """Raise `ValueError` unless ``v`` [..., B, C] are finite logits (not probabilities) that fit ``shape``."""
    if v is None:
        raise ValueError("teacher_logits is missing; this objective needs a teacher")
    if not isinstance(v, Tensor):
        raise ValueError(f"teacher_logits is a {type(v).__name__}; expected a tensor, such as torch.as_tensor(logits)")
    if v.shape not in (shape, shape[-2:]):
        raise ValueError(f"teacher_logits is {list(v.shape)}; expected {list(shape)}, like student_logits")
    check_logits(v, "teacher_logits")


def check_logits(logits: Tensor, name: str) -> None:
    """Raise `ValueError` unless ``logits`` [..., C] are finite and more than probabilities."""
    if not torch.isfinite(logits).all():
        raise ValueError(f"{name} holds NaN or infinity; expected finite logits")
    check_not_probabilities(logits, name)


def are_probabilities(rows: Tensor, within: float) -> bool:
    """Whether nothing in ``rows`` [..., C] is negative and each sums to 1, but for ``within`` and its rounding."""
    rounding = torch.finfo(rows.dtype).eps if rows.is_floating_point() else 0
    return bool((rows >= 0).all() and ((rows.double().sum(-1) - 1).abs() < max(within, rounding)).all())


def check_not_probabilities(logits: Tensor, name: str) -> None:
    """Raise `ValueError` where every row [..., C] is one of probabilities: a softmax too many."""
    if logits.shape[-1] > 1 and are_probabilities(logits, 1e-4):
        raise ValueError(f"{name} look like probabilities (rows sum to 1); expected logits, before softmax")
