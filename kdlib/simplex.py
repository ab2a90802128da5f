"""The triangle of all predictions over three classes, and what a gradient step does to each of them. Chapter 04."""

import math

import torch

from kdlib.figures import COLOURS, MARKERS
from kdlib.worlds.people import POLITICS

_CORNERS = torch.tensor([[0.0, 0.0], [0.5, math.sqrt(3) / 2], [1.0, 0.0]], dtype=torch.float64)


def to_plane(p: torch.Tensor) -> torch.Tensor:
    """Probabilities [..., 3] as points [..., 2] in the triangle; each class pulls to its own corner.

    Not used in a chapter by its name.
    """
    return p.double() @ _CORNERS


def grid(steps: int = 13) -> torch.Tensor:
    """Evenly spaced predictions [n, 3] inside the triangle, none on its border.

    Not used in a chapter by its name.
    """
    points = [(a, b, steps - a - b) for a in range(1, steps) for b in range(1, steps - a)]
    return torch.tensor(points, dtype=torch.float64) / steps


def movement(objective, p: torch.Tensor, label: int, q: torch.Tensor) -> torch.Tensor:
    """How predictions move under a small step against the objective's logit gradient: dp = -(diag(p) - p p') dL/dz.

    ``p`` [n, 3] are the student's predictions, ``q`` [3] the teacher's; logits are their logarithms, [n, 3] -> [n, 3].
    Not used in a chapter by its name.
    """
    z, v = p.log(), q.log().expand_as(p)
    labels = torch.full((len(p),), label)
    step = -objective.logit_gradient(z, labels=labels, teacher_logits=v) * len(p)
    return p * (step - (p * step).sum(-1, keepdim=True))


def gradient_field(ax, objective, label: int, q: torch.Tensor, title: str = ""):
    """Arrows for `movement` over the triangle; longer means faster. The star is the teacher, the ring the label.

    Chapter 04.
    """
    p = grid()
    start, end = to_plane(p), to_plane(p + movement(objective, p, label, q))
    arrows = end - start
    length = arrows.norm(dim=-1, keepdim=True)
    arrows = arrows / length.clamp(min=1e-12) * 0.09 * (length / length.max()).sqrt()
    edge = torch.cat([_CORNERS, _CORNERS[:1]])
    ax.plot(edge[:, 0], edge[:, 1], color="#888888", linestyle="-", linewidth=1)
    ax.quiver(*start.T, *arrows.T, angles="xy", scale_units="xy", scale=1, width=0.006, color=COLOURS[0])
    ax.plot(*to_plane(q), marker="*", color=COLOURS[4], markersize=13, linestyle="none")
    ax.plot(*_CORNERS[label], marker="o", color="black", markersize=13, linestyle="none", fillstyle="none")
    for k, name in enumerate(POLITICS):
        ax.plot(*_CORNERS[k], marker=MARKERS[k], color=COLOURS[k], markersize=6, linestyle="none")
        x, y = _CORNERS[k].tolist()
        below = {"xytext": (0, -14 if y == 0 else 10), "textcoords": "offset points", "ha": "center"}
        ax.annotate(name, (x, y), fontsize=8, **below)
    ax.set(title=title, xlim=(-0.16, 1.16), ylim=(-0.14, 1.02), aspect="equal")
    ax.axis("off")
    return ax
