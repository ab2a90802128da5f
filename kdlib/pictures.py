"""Whole figures in one call: numbers, words and alt text in, a `Picture` out, drawn with `kdlib.figures`."""

from torch import Tensor

from kdlib import figures
from kdlib.figures import Picture


def band_panels(
    panels: dict[str, dict[str, Tensor]], xs, xlabel: str, title: str, alt: str, *, xscale: str = "linear",
    ylabel: str = "",
) -> Picture:  # fmt: skip
    """One panel per measure, one line per name: means over draws with 95% bands from values [draws, points].

    ``panels`` maps a panel's name to its lines; with a common ``ylabel`` the panels share their y axis and are headed
    by their names, without one each name is that of its y axis. Chapters 05 to 08.
    """
    count = len(panels)
    picture = Picture(alt, columns=count, width=max(7.5, 3.9 * count), squeeze=False, sharey=bool(ylabel))
    for k, (ax, (name, lines)) in enumerate(zip(picture.axes.flat, panels.items(), strict=True)):
        figures.bands(ax, lines, xs, xlabel, ylabel or name, name if ylabel else "", xscale)
        if k and lines.keys() == next(iter(panels.values())).keys():
            ax.get_legend().remove()
        if k and ylabel:
            ax.set_ylabel("")
    return headed(picture, title)


def estimate_rows(named: dict, xlabel: str, title: str, alt: str, reference: float | None = 0) -> Picture:
    """One row per name: an estimate with its interval, and a dashed line at ``reference``. Chapters 06 and 07."""
    picture = Picture(alt, width=8, height=1.2 + 0.34 * len(named))
    figures.estimates(picture.axes, named, xlabel, reference=reference)
    return headed(picture, title)


def quality_against_cost(points: dict, title: str, alt: str, *, xlim, ylim) -> Picture:
    """Accuracy against time: ``points`` maps a name to microseconds, an `Estimate` and kilobytes.

    The limits are given, so that a picture can grow from cell to cell. Chapter 00.
    """
    picture = Picture(alt, width=8, height=3.6)
    for k, (name, (time, e, kilobytes)) in enumerate(points.items()):
        style = {"color": figures.COLOURS[k], "linestyle": "-"}
        picture.axes.plot([time, time], [e.low, e.high], linewidth=2.5, **style)
        picture.axes.plot([time], [e.mean], marker=figures.MARKERS[k], markersize=8, **style)
        place = {"xytext": (10, -3), "textcoords": "offset points", "fontsize": 10}
        picture.axes.annotate(f"{name}, {kilobytes:.0f} kB", (time, e.mean), **place)
    xlabel = "microseconds a prediction (log scale)"
    picture.axes.set(xlabel=xlabel, ylabel="accuracy", xscale="log", xlim=xlim, ylim=ylim)
    picture.axes.xaxis.set_major_formatter("{x:g}")
    return headed(picture, title)


def spread_rows(named: dict, xlabel: str, title: str, alt: str) -> Picture:
    """One row per name: every draw a dot, the mean a bar. Chapters 06 and 07."""
    picture = Picture(alt, width=8, height=1.2 + 0.5 * len(named))
    figures.spread(picture.axes, named, xlabel)
    return headed(picture, title)


def reliability(named: dict[str, tuple[Tensor, Tensor, Tensor]], title: str, alt: str) -> Picture:
    """Reliability diagrams side by side from `kdlib.metrics.reliability`: how often right against how sure.

    A dot's area is the share of people in its bin; on the dashed diagonal they are equal. Chapter 07.
    """
    picture = Picture(alt, columns=len(named), width=3.1 * len(named), height=3.6, sharey=True, squeeze=False)
    for k, (ax, (name, (confidence, right, share))) in enumerate(zip(picture.axes.flat, named.items(), strict=True)):
        seen = share > 0.002
        ax.plot([1 / 3, 1], [1 / 3, 1], color="#666666", linestyle="--", linewidth=1)
        ax.plot(confidence[seen], right[seen], color=figures.COLOURS[k], linestyle="-", linewidth=1.2)
        style = {"color": figures.COLOURS[k], "marker": figures.MARKERS[k], "alpha": 0.8}
        ax.scatter(confidence[seen], right[seen], s=12 + 500 * share[seen], **style)
        ax.set(xlabel="how sure (confidence)", title=name, aspect="equal", xlim=(0.3, 1.06), ylim=(0.3, 1.06))
    picture.axes.flat[0].set_ylabel("how often right")
    return headed(picture, title)


def class_maps(named: dict, sex: float, state: int, title: str, alt: str) -> Picture:
    """Maps of age and income side by side, one per name; each value a function [n, 6] -> [n, 3]. Chapter 07."""
    picture = Picture(alt, columns=len(named), width=2.6 * len(named) + 1.2, height=3.1, sharey=True, squeeze=False)
    for ax, (name, probabilities) in zip(picture.axes.flat, named.items(), strict=True):
        figures.age_income_map(ax, probabilities, sex, state, name)
        ax.set_ylabel("" if ax is not picture.axes.flat[0] else ax.get_ylabel())
    figures.class_legend(picture.axes.flat[-1])
    return headed(picture, title)


def headed(picture: Picture, title: str) -> Picture:
    """The picture with a title over all of its axes. Not used in a chapter by its name."""
    picture.figure.suptitle(title, x=0.01, ha="left", weight="bold", size=11)
    return picture
