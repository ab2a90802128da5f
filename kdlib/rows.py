"""What every data set is to kdlib: a table of features and, where an objective needs it, a column of class indices."""

from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, TensorDataset

from kdlib.arguments import tensor_of
from kdlib.worlds.labelled_rows import LabelledRows

_EXPECTED = "expected a data set with .x and .y, a TensorDataset(x, y) or any Dataset of pairs (x, y)"


def rows_of(data: Any, labels: bool = True) -> tuple[Tensor, Tensor | None]:
    """Features [n, d] and class indices [n] int64 of a data set; raises `TypeError` or `ValueError` for anything else.

    ``data`` has ``.x`` and ``.y``, or is a ``TensorDataset``, or any map-style ``Dataset`` (also a ``Subset`` or a
    ``ConcatDataset``), which is read once, row by row, where it deals out rows of its own. Arrays become tensors. With
    ``labels=False``, for an objective that needs none, the features may come alone, and what stands in the place of
    labels is returned as it is.
    """
    x, y = _columns(data)
    fits = x.dim() == 2 and (y is None or (y.dim() > 0 and len(y) == len(x) and (y.dim() == 1 or not labels)))
    if not fits:
        found = f"x is {list(x.shape)}" if y is None else f"x is {list(x.shape)} and y is {list(y.shape)}"
        raise ValueError(f"data: {found}; expected [n, d] and [n]")
    if len(x) == 0:
        raise ValueError("data: no rows; expected at least one")
    if not torch.isfinite(x).all():
        raise ValueError("data: x holds nan or inf; expected finite features")
    if not labels:
        return x, y.long() if y is not None and _is_whole(y) else y
    if y is None:
        raise ValueError("data: there are no labels; expected class indices, or an objective that needs none")
    return x, class_indices(y)


def class_indices(y: Tensor, name: str = "data: y") -> Tensor:
    """Labels of any integer type as int64; raises `ValueError` for numbers with a point, truth values and others."""
    if not _is_whole(y):
        raise ValueError(f"{name} is {y.dtype}; expected integer class indices")
    return y.long()


def _is_whole(y) -> bool:
    return not (y.is_floating_point() or y.is_complex() or y.dtype == torch.bool)


def _columns(data) -> tuple[Tensor, Tensor | None]:
    tensors = getattr(data, "tensors", ())
    if isinstance(data, Tensor | np.ndarray):
        x, y = data, None
    elif _deals_out_rows_of_its_own(type(data)):
        return _read(data)  # some of the columns it may have, or made of them by a transform
    elif hasattr(data, "x"):
        x, y = data.x, getattr(data, "y", None)
    elif len(tensors) in (1, 2):
        x, y = (*tensors, None)[:2]
    else:
        return _read(data)
    x, y = tensor_of(x, "data: x"), None if y is None else tensor_of(y, "data: y")
    return x, y


def _deals_out_rows_of_its_own(kind) -> bool:
    if issubclass(kind, tuple) or not (hasattr(kind, "__getitem__") and hasattr(kind, "__len__")):
        return False
    return kind.__getitem__ not in (LabelledRows.__getitem__, TensorDataset.__getitem__, Dataset.__getitem__)


def _read(data) -> tuple[Tensor, Tensor | None]:
    if isinstance(data, DataLoader):
        raise TypeError("data is a DataLoader; expected the data set in it, loader.dataset, as fit makes the batches")
    try:
        if not hasattr(data, "__getitem__") or isinstance(data, list | tuple | dict | str):
            raise NotImplementedError
        rows = [_pair(data[i], i) for i in range(len(data))]
    except (TypeError, KeyError, NotImplementedError) as problem:
        kind = "" if str(problem).startswith("data[") else f"{type(problem).__name__}: "
        found = f" ({kind}{problem})" if str(problem) else ""
        raise TypeError(f"data is a {type(data).__name__}{found}; {_EXPECTED}") from problem
    if not rows:
        return torch.empty(0, 1), None
    try:
        xs, ys = zip(*rows, strict=True)
        return torch.stack(xs), None if ys[0] is None else torch.stack(ys)
    except (RuntimeError, TypeError):
        shapes = sorted({(tuple(x.shape), None if y is None else tuple(y.shape)) for x, y in rows}, key=str)
        raise ValueError(f"data: rows of {len(shapes)} shapes, such as {shapes[:2]}; expected one shape") from None


def _pair(item, row) -> tuple[Tensor, Tensor | None]:
    if isinstance(item, Tensor | np.ndarray):
        item = (item,)
    if not isinstance(item, tuple | list) or len(item) not in (1, 2):
        found = f"{len(item)} things" if isinstance(item, tuple | list) else f"a {type(item).__name__}"
        raise TypeError(f"data[{row}] is {found} and no pair")
    x, y = (*item, None)[:2]
    return tensor_of(x, f"data[{row}][0]"), None if y is None else tensor_of(y, f"data[{row}][1]")
