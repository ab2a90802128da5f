"""Pictures of images that are rows of pixels, and of what a teacher gives each of their classes. Chapter 08."""

import math

import torch
from torch import Tensor

from kdlib.figures import Picture
from kdlib.pictures import headed


def image_row(x: Tensor, names, title: str, alt: str) -> Picture:
    """Square images x [n, side * side] side by side, each with its name below; ink is dark.

    Chapters 00 and 08.
    """
    picture = Picture(alt, width=min(10.0, 1.0 + 0.9 * len(x)), height=1.6)
    side = math.isqrt(x.shape[1])
    _paint(picture.axes, _framed(x).transpose(0, 1).reshape(side + 2, -1))
    picture.axes.set_xticks([(k + 0.5) * (side + 2) - 0.5 for k in range(len(x))], list(names))
    picture.axes.set_yticks([])
    return headed(picture, title)


def guess_tables(x: Tensor, tables: dict[str, Tensor], title: str, alt: str) -> Picture:
    """Images x [n, side * side] in a column, and beside them what each table [n, C] gives to each class, in percent.

    Chapter 08.
    """
    ratios = {"width_ratios": [1.3] + [8] * len(tables)}
    picture = Picture(alt, 1 + len(tables), width=10, height=0.8 + 0.42 * len(x), gridspec_kw=ratios)
    image, *panels = picture.axes
    side = math.isqrt(x.shape[1])
    _paint(image, _framed(x).reshape(-1, side + 2))
    image.set_xticks([])
    image.set_yticks([(k + 0.5) * (side + 2) - 0.5 for k in range(len(x))], range(1, len(x) + 1))
    for ax, (name, table) in zip(panels, tables.items(), strict=True):
        ax.imshow(table.numpy(), cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
        for row, numbers in enumerate(table.tolist()):
            for column, p in enumerate(numbers):
                ax.text(column, row, f"{100 * p:.0f}" if p >= 0.005 else "·", ha="center", va="center", fontsize=9)
        ax.set_xticks(range(table.shape[1]))
        ax.set_yticks(range(len(table)), range(1, len(table) + 1))
        ax.set(title=name, xlabel="digit")
        ax.grid(False)
    return headed(picture, title)


def _framed(x):
    """Images [n, side + 2, side + 2] with a border of paper."""
    side = math.isqrt(x.shape[1])
    return torch.nn.functional.pad(x.reshape(-1, side, side), (1, 1, 1, 1))


def _paint(ax, ink):
    ax.imshow(1 - ink.numpy(), cmap="gray", vmin=0, vmax=1)
    ax.grid(False)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0)
