"""Networks as the page reads them."""

import base64

import torch
from torch import Tensor

from kdlib.cohort import Cohort
from kdlib.models import MLP
from kdlib.widgets.lab.map_figure import opinions, plane
from kdlib.worlds.people import SEXES, STATES


def weights_of(layers: list[tuple[Tensor, Tensor]]) -> bytes:
    """All networks one behind the other, W [out, in] and b of every layer, in float32; from (W [runs, out, in],
    b [runs, out]) of each layer."""
    parts = [part.detach().flatten(1) for layer in layers for part in layer]
    return torch.cat(parts, 1).float().numpy().tobytes()


def on_the_map(model) -> dict:
    """What a page needs to draw one network or many: the weights of an `MLP` or of a cohort, or else what it chooses.

    Raises as `opinions` does.
    """
    opinions(model, plane(SEXES[0], STATES[0]))
    cohort = getattr(model, "__self__", None)
    if isinstance(cohort, Cohort):
        return _shared(cohort.sizes, cohort.layers())
    if type(model) is MLP:
        return _shared(model.sizes, [(layer.weight[None], layer.bias[None]) for layer in model.layers])
    return {
        f"{sex}, {state}": [cells(p) for p in opinions(model, plane(sex, state))] for sex in SEXES for state in STATES
    }


def _shared(sizes, layers):
    return {"sizes": list(sizes), "weights": base64.b64encode(weights_of(layers)).decode()}


def cells(p: Tensor) -> str:
    """Probabilities [n, 3] as a byte a cell: the class in the high two bits, how sure it is in the others."""
    sure, choice = p.max(-1)
    found = choice * 64 + ((sure - 1 / 3) * 1.5 * 63).round().clamp(0, 63).long()
    return base64.b64encode(found.to(torch.uint8).numpy().tobytes()).decode()
