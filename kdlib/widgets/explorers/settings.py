"""The settings of the explorers: synced traits, each with a check that raises a `ValueError` naming what was given."""

from itertools import pairwise

import torch
import traitlets

from kdlib.models import MLP
from kdlib.worlds.people import COLUMNS, POLITICS, People

LOGIT_LIMIT = 6.0


class Setting(traitlets.TraitType):
    """A synced trait with a check: ``check(name, value)`` returns the value to keep or raises `ValueError`."""

    def __init__(self, default, check, help=""):
        super().__init__(default, help=help)
        self.check = check
        self.tag(sync=True)

    def validate(self, obj, value):
        return self.check(self.name, value)


def number(low: float, high: float):
    """A check for a number from ``low`` to ``high``."""

    def check(name, value):
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise ValueError(f"{name} is {value!r}; expected a number from {low:g} to {high:g}")
        return float(value)

    return check


temperature = number(0.25, 32.0)


def one_of(choices):
    """A check for one of ``choices``."""

    def check(name, value):
        if value not in choices or isinstance(value, bool):
            raise ValueError(f"{name} is {value!r}; expected one of {', '.join(map(repr, choices))}")
        return value

    return check


def whole(values: range):
    """A check for a whole number within ``values``."""

    def check(name, value):
        if type(value) is not int or not values[0] <= value <= values[-1]:
            raise ValueError(f"{name} is {value!r}; expected a whole number from {values[0]} to {values[-1]}")
        return value

    return check


def logits(name, value) -> list[float]:
    """A check for one logit per class, as far as the sliders reach."""
    row = value.tolist() if isinstance(value, torch.Tensor) else value
    if not isinstance(row, list | tuple) or len(row) != len(POLITICS):
        raise ValueError(f"{name} is {value!r}; expected {len(POLITICS)} logits, one per class")
    return [number(-LOGIT_LIMIT, LOGIT_LIMIT)(f"{name}[{k}]", x) for k, x in enumerate(row)]


def logit_rows(name, value) -> list[list[float]]:
    """A check for finite logits, one row per person."""
    rows = torch.as_tensor(value, dtype=torch.float64)
    if rows.dim() != 2 or rows.shape[-1] != len(POLITICS) or len(rows) == 0 or not rows.isfinite().all():
        raise ValueError(f"{name} is {list(rows.shape)}; expected finite logits [n, {len(POLITICS)}]")
    return rows.tolist()


def person_names(name, value) -> list[str]:
    """A check for people by name; `People` are named by what is known of them."""
    if isinstance(value, People):
        return [f"{r.sex}, {r.age}, {r.state}, ${r.income / 1000:.0f}k" for r in value.records()]
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{name} is {value!r}; expected People or a list of names")
    return list(value)


def row_numbers(name, value) -> list[int]:
    """A check for one to six row numbers."""
    whole = isinstance(value, list | tuple) and all(type(row) is int and row >= 0 for row in value)
    if not whole or not 1 <= len(value) <= 6:
        raise ValueError(f"{name} is {value!r}; expected one to six row numbers")
    return list(value)


def layers_of(name, value, inputs: int, outputs: int):
    """A network as layers ``[[W, b], ...]``, which travel in the state; `ValueError` for other ends, or no network."""
    if isinstance(value, MLP):
        value = [[layer.weight.tolist(), layer.bias.tolist()] for layer in value.layers]
    try:
        layers = [[torch.as_tensor(part, dtype=torch.float64) for part in layer] for layer in value]
        widths = [inputs, *(len(b) for _, b in layers)]
        fits = all(W.shape == (b, a) for (W, _), (a, b) in zip(layers, pairwise(widths), strict=True))
        finite = all(part.isfinite().all() for layer in layers for part in layer)
    except (TypeError, ValueError) as problem:
        raise ValueError(f"{name} is no network; expected an MLP such as kdlib.student_net()") from problem
    if not (fits and finite and len(layers) and widths[-1] == outputs):
        raise ValueError(f"{name} has widths {widths}; expected {inputs} features, {outputs} logits, all finite")
    return [[W.tolist(), b.tolist()] for W, b in layers]


def network(name, value):
    """A check for an `MLP` 6-...-3 or None; kept as its layers."""
    return None if value is None else layers_of(name, value, len(COLUMNS), len(POLITICS))
