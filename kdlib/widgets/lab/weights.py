"""Networks as the page reads them."""

import base64

import torch
from torch import Tensor

from kdlib.cohort import Cohort
from kdlib.models import MLP
from kdlib.widgets.lab.map_figure import opinions, plane
from kdlib.worlds.people import SEXES, STATES


def weights_of(networks: list[MLP]) -> bytes:
    """The weights of all networks, one behind the other: W [out, in] and b of every layer, in float32."""
    parts = [part for net in networks for layer in net.layers for part in (layer.weight, layer.bias)]
    return torch.cat([part.detach().flatten() for part in parts]).float().numpy().tobytes()


def on_the_map(model) -> dict:
    """What a page needs to draw one network or many: the weights of an `MLP` or of a cohort, or else what it chooses.

    Raises as `opinions` does.
    """
    opinions(model, plane(SEXES[0], STATES[0]))
    cohort = getattr(model, "__self__", None)
    if isinstance(cohort, Cohort):
        model = [cohort.module(r) for r in range(cohort.runs)]
    networks = model if isinstance(model, list) else [model]
    if all(type(net) is MLP for net in networks):
        return {"sizes": list(networks[0].sizes), "weights": base64.b64encode(weights_of(networks)).decode()}
    return {
        f"{sex}, {state}": [cells(p) for p in opinions(model, plane(sex, state))] for sex in SEXES for state in STATES
    }


def cells(p: Tensor) -> str:
    """Probabilities [n, 3] as a byte a cell: the class in the high two bits, how sure it is in the others."""
    sure, choice = p.max(-1)
    found = choice * 64 + ((sure - 1 / 3) * 1.5 * 63).round().clamp(0, 63).long()
    return base64.b64encode(found.to(torch.uint8).numpy().tobytes()).decode()
