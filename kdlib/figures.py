"""Pictures of the course: data and ``ax`` in, ``ax`` out; one style; every picture carries its alt text.

Importing this module makes the style matplotlib's default. Colours are those of Okabe and Ito, told apart with every
common colour blindness, and always beside a second cue (marker or dash). `Picture` shows a figure and never goes
through pyplot.
"""

import math

import matplotlib
import torch
from cycler import cycler

from kdlib.canvas import Picture as Picture  # chapters say figures.Picture
from kdlib.models import logits_of
from kdlib.worlds.people import POLITICS

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#000000", "#F0E442")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)))
STYLE = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.labelsize": 10,
    "axes.grid": True,
    "grid.color": "#E5E5E5",
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "font.size": 10,
    "axes.prop_cycle": cycler(color=COLOURS[:6], linestyle=DASHES),
}
matplotlib.rcParams.update(STYLE)


def curves(ax, losses: dict, xlabel: str = "epoch", ylabel: str = "loss", title: str = "", xs=None):
    """Lines by name, each with its own colour and dash, named in a legend. Chapter 02.

    ``losses`` maps a name to values, at ``xs`` or at 1, 2, ...
    """
    for k, (name, values) in enumerate(losses.items()):
        x = range(1, len(values) + 1) if xs is None else xs
        ax.plot(x, values, label=name, color=COLOURS[k], linestyle=DASHES[k], linewidth=1.8)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if len(losses) > 1:
        ax.legend()
    return ax


def bands(ax, runs: dict, xs, xlabel: str, ylabel: str, title: str = "", xscale: str = "linear"):
    """Means over seeds with a 95% interval as a band: ``runs`` maps a name to values [seeds, points].

    One point per x. Chapter 04.
    """
    from kdlib.intervals import mean_over_seeds

    for k, (name, values) in enumerate(runs.items()):
        estimates = [mean_over_seeds(column) for column in torch.as_tensor(values).T]
        style = {"color": COLOURS[k], "linestyle": DASHES[k], "marker": MARKERS[k], "markersize": 5}
        ax.plot(xs, [e.mean for e in estimates], label=name, **style)
        ax.fill_between(
            xs, [e.low for e in estimates], [e.high for e in estimates], color=COLOURS[k], alpha=0.2, linewidth=0
        )
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title, xscale=xscale)
    ax.set_xticks(xs, [f"{x:g}" for x in xs])
    ax.minorticks_off()
    ax.legend()
    return ax


def estimates(ax, named: dict, xlabel: str, title: str = "", reference: float | None = None):
    """One row per name: the estimate as a dot, its interval as a line; a dashed ``reference`` if given.

    Not used in a chapter but through `kdlib.pictures.estimate_rows`.
    """
    for row, (_name, e) in enumerate(reversed(named.items())):
        colour = COLOURS[(len(named) - 1 - row) % 6]
        ax.plot([e.low, e.high], [row, row], color=colour, linestyle="-", linewidth=2.5)
        ax.plot([e.mean], [row], color=colour, marker=MARKERS[(len(named) - 1 - row) % 8], markersize=7)
    ax.set_yticks(range(len(named)), list(reversed(named)))
    ax.set(xlabel=xlabel, title=title, ylim=(-0.6, len(named) - 0.4))
    if reference is not None:
        ax.axvline(reference, color="#666666", linestyle="--", linewidth=1)
    return ax


def spread(ax, named: dict, xlabel: str, title: str = ""):
    """One row per name: every seed a dot, the mean a bar; ``named`` maps a name to values [seeds].

    Chapters 02 and 03.
    """
    for row, (_name, values) in enumerate(reversed(named.items())):
        k = len(named) - 1 - row
        values = torch.as_tensor(values, dtype=torch.float64)
        heights = row + torch.linspace(-0.25, 0.25, len(values), dtype=torch.float64)
        ax.plot(values, heights, linestyle="none", marker=MARKERS[k], color=COLOURS[k], markersize=4, alpha=0.6)
        ax.plot([values.mean()] * 2, [row - 0.4, row + 0.4], color="#000000", linestyle="-", linewidth=2)
    ax.set_yticks(range(len(named)), list(reversed(named)))
    ax.set(xlabel=xlabel, title=title, ylim=(-0.6, len(named) - 0.4))
    return ax


def people_scatter(ax, people, title: str = ""):
    """Age against income, one colour and marker per class. Chapters 01 and 07."""
    for k, name in enumerate(POLITICS):
        x = people.x[people.y == k]
        style = {"linestyle": "none", "marker": MARKERS[k], "markersize": 4, "color": COLOURS[k]}
        ax.plot(x[:, 1] * 100, x[:, 5] * 100, label=name, **style)
    ax.set(xlabel="age (years)", ylabel="income ($1,000 a year)", title=title)
    return ax


def age_income_map(ax, probabilities, sex: float, state: int, title: str = "", points: int = 60):
    """The most probable class over age and income for one sex and state, paler where the model is less sure.

    ``probabilities`` is a function [n, 6] -> [n, 3], such as `kdlib.posterior`. Chapter 01.
    """
    return paint_classes(ax, probabilities(age_income_plane(sex, state, points)), title)


def age_income_plane(sex: float, state: int, points: int) -> torch.Tensor:
    """People of one sex and state on a grid of age and income: features [points * points, 6].

    Age changes fastest. Not used in a chapter by its name.
    """
    age, income = torch.linspace(0.18, 0.80, points), torch.linspace(0.20, 0.90, points)
    grid_age, grid_income = torch.meshgrid(age, income, indexing="xy")
    x = torch.zeros(points * points, 6, dtype=torch.get_default_dtype())
    x[:, 0], x[:, 1], x[:, 2 + state], x[:, 5] = sex, grid_age.flatten(), 1, grid_income.flatten()
    return x


def paint_classes(ax, p: torch.Tensor, title: str = ""):
    """Colour the plane of age and income by the most probable class, from probabilities [points * points, 3].

    Not used in a chapter by its name.
    """
    points = math.isqrt(len(p))
    confidence, choice = p.max(-1)
    colours = torch.tensor([matplotlib.colors.to_rgb(c) for c in COLOURS[:3]], dtype=p.dtype)[choice]
    strength = ((confidence - 1 / 3) * 1.5).clamp(0, 1)[:, None] * 0.85
    image = (colours * strength + (1 - strength)).reshape(points, points, 3)
    ax.imshow(image.numpy(), origin="lower", extent=(18, 80, 20, 90), aspect="auto", interpolation="nearest")
    ax.grid(False)
    ax.set(xlabel="age (years)", ylabel="income ($1,000 a year)", title=title)
    return ax


def name_classes(ax, p: torch.Tensor):
    """Borders between the classes, and each class's name where it is chosen: colour is not the only cue.

    ``p`` as in `paint_classes`. Not used in a chapter by its name.
    """
    points = math.isqrt(len(p))
    age, income = torch.linspace(18, 80, points), torch.linspace(20, 90, points)
    choice = p.argmax(-1).reshape(points, points)
    for k, name in enumerate(POLITICS):
        rows, columns = (choice == k).nonzero(as_tuple=True)
        if 0 < len(rows) < choice.numel():
            others = p[:, [j for j in range(3) if j != k]].amax(-1)
            lead = (p[:, k] - others).reshape(points, points)
            ax.contour(age, income, lead, [0.0], colors="#333333", linewidths=0.8, linestyles="solid")
        if len(rows) > 0.02 * choice.numel():
            at = ((rows - rows.double().mean()) ** 2 + (columns - columns.double().mean()) ** 2).argmin()
            box = {"facecolor": "#ffffff", "alpha": 0.75, "edgecolor": "none", "boxstyle": "round,pad=0.15"}
            ax.text(age[columns[at]], income[rows[at]], name, ha="center", va="center", fontsize=9, bbox=box)
    return ax


def class_legend(ax):
    """Name the three classes by colour and marker, for pictures that colour by class. Chapter 01."""
    for k, name in enumerate(POLITICS):
        ax.plot([], [], linestyle="none", marker=MARKERS[k], color=COLOURS[k], label=name)
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax


def probabilities_of(model):
    """A model as a function from features to probabilities, for `age_income_map`. Chapter 02."""
    return lambda x: torch.softmax(logits_of(model, x), -1)
