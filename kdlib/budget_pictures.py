"""Pictures of what networks cost: time against width, and accuracy against time. Chapter 09."""

import math

from torch import Tensor

from kdlib.budget import spread
from kdlib.canvas import Picture
from kdlib.figures import COLOURS, DASHES, MARKERS
from kdlib.intervals import mean_over_seeds


def times_by_width(panels: dict[str, dict], title: str, alt: str) -> Picture:
    """A panel for each batch size: medians with quartile bands over the width, a line for each engine.

    ``panels`` maps a panel's name to times from `kdlib.budget.race`, {(engine, width): [rounds]}. Chapter 09.
    """
    picture = Picture(alt, columns=len(panels), width=8.4, height=3.6, squeeze=False)
    for ax, (name, times) in zip(picture.axes.flat, panels.items(), strict=True):
        for k, engine in enumerate(dict.fromkeys(engine for engine, _ in times)):
            widths = [width for one, width in times if one == engine]
            found = [spread(times[engine, width]) for width in widths]
            style = {"color": COLOURS[k], "linestyle": DASHES[k], "marker": MARKERS[k], "markersize": 5}
            ax.plot(widths, [one.median for one in found], label=engine, **style)
            ends = [one.low for one in found], [one.high for one in found]
            ax.fill_between(widths, *ends, color=COLOURS[k], alpha=0.2, linewidth=0)
            ax.set(xlabel="hidden units", title=name, xscale="log", yscale="log")
            ax.set_xticks(widths, [str(width) for width in widths])
            ax.minorticks_off()
        ax.set_yticks(*_round_ticks(*ax.get_ylim()))
        ax.minorticks_off()
    picture.axes.flat[0].set_ylabel("microseconds an image")
    picture.axes.flat[0].legend()
    return _headed(picture, title)


def frontier_of(panels: dict[str, dict], accuracy: dict[str, dict[int, Tensor]], title: str, alt: str) -> Picture:
    """Accuracy against time, a panel for each batch size; every dot a network, with both intervals and its width.

    ``panels`` maps a panel's name to times {width: [rounds]}, ``accuracy`` a kind of student to {width: [draws]}.
    Chapter 09.
    """
    picture = Picture(alt, columns=len(panels), width=8.6, height=4.2, squeeze=False, sharey=True)
    found = {name: [spread(values) for values in times.values()] for name, times in panels.items()}
    lows = {name: min(one.low for one in spreads) for name, spreads in found.items()}
    # The same factor in all panels, or what is level would not look level.
    factor = max(3.0, *(max(one.high for one in spreads) / lows[name] for name, spreads in found.items()))
    for ax, (name, times) in zip(picture.axes.flat, panels.items(), strict=True):
        written: dict[str, list] = {kind: [] for kind in accuracy}  # a number on another one could not be read
        for k, (kind, by_width) in enumerate(accuracy.items()):
            x = [spread(times[width]) for width in by_width]
            y = [mean_over_seeds(shares) for shares in by_width.values()]
            style = {"color": COLOURS[k], "marker": MARKERS[k], "markersize": 6}
            ax.plot([one.median for one in x], [e.mean for e in y], linestyle=DASHES[k], label=kind, **style)
            for one, e, width in zip(x, y, by_width, strict=True):
                ax.plot([one.low, one.high], [e.mean] * 2, color=COLOURS[k], linestyle="-", linewidth=1)
                ax.plot([one.median] * 2, [e.low, e.high], color=COLOURS[k], linestyle="-", linewidth=1)
                if all(abs(e.mean - other) > 0.02 or one.median > 1.1 * time for time, other in written[kind]):
                    written[kind].append((one.median, e.mean))
                    left = {"xytext": (-8, 2), "ha": "right"} if k % 2 else {"xytext": (8, -10), "ha": "left"}
                    place = {"textcoords": "offset points", "fontsize": 9, **left}
                    ax.annotate(str(width), (one.median, e.mean), color=COLOURS[k], **place)
        low = lows[name] / 1.4
        ax.set(xlabel="microseconds an image (log scale)", title=name, xscale="log", xlim=(low, 2 * low * factor))
        ax.set_xticks(*_round_ticks(*ax.get_xlim()))
        ax.minorticks_off()
    picture.axes.flat[0].set_ylabel("accuracy")
    picture.axes.flat[-1].legend(loc="lower right")
    return _headed(picture, title)


def _round_ticks(low: float, high: float) -> tuple[list[float], list[str]]:
    """1, 2 and 5 times the powers of ten from low to high, and how they are written."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
    ticks = [digit * 10.0**power for power in powers for digit in (1, 2, 5)]
    ticks = [tick for tick in ticks if low <= tick <= high]
    return ticks, [f"{tick:g}" for tick in ticks]


def _headed(picture, title):
    picture.figure.suptitle(title, x=0.01, ha="left", weight="bold", size=11)
    return picture
