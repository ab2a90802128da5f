"""What every data set is to kdlib: a table of features and a column of class indices."""

import torch


def rows_of(data) -> tuple[torch.Tensor, torch.Tensor]:
    """Features [n, d] and class indices [n] of a data set with ``.x``/``.y`` or of a ``TensorDataset(x, y)``.

    Arrays become tensors.

    Raises `TypeError` for anything else and `ValueError` where the two do not fit together.
    """
    if hasattr(data, "x") and hasattr(data, "y"):
        x, y = data.x, data.y
    elif len(getattr(data, "tensors", ())) == 2:
        x, y = data.tensors
    else:
        raise TypeError(f"data is a {type(data).__name__}; expected a data set with .x and .y or a TensorDataset(x, y)")
    x, y = torch.as_tensor(x), torch.as_tensor(y)
    if x.dim() != 2 or y.shape != x.shape[:1]:
        raise ValueError(f"data: x is {list(x.shape)} and y is {list(y.shape)}; expected [n, d] and [n]")
    if len(y) == 0:
        raise ValueError("data: no rows; expected at least one")
    if not torch.isfinite(x).all():
        raise ValueError("data: x holds nan or inf; expected finite features")
    if y.dtype.is_floating_point or y.dtype == torch.bool:
        raise ValueError(f"data: y is {y.dtype}; expected integer class indices")
    return x, y.long()
