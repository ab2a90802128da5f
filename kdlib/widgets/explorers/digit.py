"""The digit explorer: draw a digit, and three networks say what they read. Chapter 09."""

from pathlib import Path

import torch
import traitlets
from torch import Tensor

from kdlib.canvas import Picture
from kdlib.figures import COLOURS
from kdlib.models import MLP
from kdlib.widgets.explorers import settings as check
from kdlib.widgets.explorers.settings import Setting
from kdlib.widgets.frame import Widget
from kdlib.widgets.page import bundle
from kdlib.worlds.digits import DIGITS, SIDE

NETWORKS = ("large", "small", "taught")
DECIMALS = 5  # of the weights, as the page carries them: half the bytes, and nobody reads a digit otherwise


def _network(name, value):
    layers = check.layers_of(name, value, SIDE * SIDE, len(DIGITS))
    return [[_rounded(part) for part in layer] for layer in layers]


def _rounded(values):
    return torch.tensor(values, dtype=torch.float64).round(decimals=DECIMALS).tolist()


def _pixels(name, value) -> list[float]:
    values = value.tolist() if isinstance(value, Tensor) else value
    if not isinstance(values, list | tuple) or len(values) != SIDE * SIDE:
        raise ValueError(f"{name} is {value!r}; expected {SIDE * SIDE} numbers from 0 to 1")
    return [check.number(0, 1)(f"{name}[{k}]", x) for k, x in enumerate(values)]


def _untrained():
    return [[[[0.0] * (SIDE * SIDE) for _ in DIGITS], [0.0] * len(DIGITS)]]


class DigitExplorer(Widget):
    """Draw a digit; a large network, a small one of labels and a small one that was taught say what they read.

    ``large``, ``small`` and ``taught`` are each an `MLP` 64-...-10, kept with five decimals. ``pixels`` are 64 numbers
    from 0 (paper) to 1 (ink), line by line. ``examples`` [n, 64] are images to choose from. Anything else raises
    `ValueError`. Chapter 09.
    """

    kind = "digit"
    constant = ("examples",)
    _esm = bundle.module(Path(__file__).with_name("digit.js"))
    classes = traitlets.List(traitlets.Unicode(), default_value=list(DIGITS), read_only=True).tag(sync=True)
    examples = traitlets.List(read_only=True).tag(sync=True)
    large = Setting(_untrained(), _network)
    small = Setting(_untrained(), _network)
    taught = Setting(_untrained(), _network)
    pixels = Setting([0.0] * (SIDE * SIDE), _pixels)

    def __init__(self, *, examples=(), **settings):
        rows = [_pixels(f"examples[{k}]", row) for k, row in enumerate(examples)]
        self.set_trait("examples", rows)
        super().__init__(**({"pixels": rows[0]} if rows else {}) | settings)

    def logits(self) -> dict[str, Tensor]:
        """What each network answers, [10], by kdlib in double precision."""
        x = torch.tensor(self.pixels, dtype=torch.float64)
        return {name: _answer(getattr(self, name), x) for name in NETWORKS}

    def probabilities(self) -> dict[str, Tensor]:
        """The same as probabilities."""
        return {name: torch.softmax(z, -1) for name, z in self.logits().items()}

    def picture(self) -> Picture:
        """The same numbers as a picture that needs no browser: the explorer's static twin."""
        picture = Picture(
            f"An image of 8 x 8 pixels and what is read: {self._said()}.", columns=4, width=10, height=2.4
        )
        image, *charts = picture.axes
        pixels = torch.tensor(self.pixels).reshape(SIDE, SIDE)
        image.imshow(pixels.numpy(), cmap="Greys", vmin=0, vmax=1)
        image.set(xticks=[], yticks=[], title="the image")
        image.grid(False)
        for k, (ax, (name, p)) in enumerate(zip(charts, self.probabilities().items(), strict=True)):
            ax.bar(range(len(DIGITS)), p.tolist(), color=COLOURS[k])
            ax.set(ylim=(0, 1.05), title=f"{name}: {_most(p)}")
            ax.set_xticks(range(len(DIGITS)), DIGITS, fontsize=9)
        charts[0].set_ylabel("probability")
        return picture

    def _said(self):
        return ", ".join(f"{name} {_most(p)}" for name, p in self.probabilities().items())

    def __repr__(self) -> str:
        return f"DigitExplorer({self._said()})"


def _answer(layers, x):
    with torch.random.fork_rng(devices=[]):  # the first weights are replaced; nobody's draws may notice
        model = MLP(len(x), *(len(b) for _, b in layers)).double()
    for layer, (W, b) in zip(model.layers, layers, strict=True):
        layer.weight.data, layer.bias.data = torch.tensor(W, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    return model(x).detach()


def _most(p):
    return f"{DIGITS[int(p.argmax())]} ({p.max():.0%})"
