"""The curves of a training lab as a picture for paper and for pages without script."""

import math

from kdlib.figures import COLOURS, Picture
from kdlib.widgets.lab.runs import Curves
from kdlib.widgets.lab.settings import RULES, TITLES, USES, Settings

PANELS = ("loss", "accuracy", "agreement")
STYLES = {"now": (COLOURS[0], "-", "o", 0.2), "pinned": (COLOURS[4], "--", "s", 0.12)}
MOST = 1e9  # losses beyond this, and those that are no number, are drawn here: far above the picture


def label(settings: Settings, other: Settings | None = None) -> str:
    """A run in words: objective, teacher and whatever else differs from ``other``."""
    named = {"objective", "teacher", *USES}
    rest = [
        f"{rule.label.lower()} {getattr(settings, name)}"
        for name, rule in RULES.items()
        if other and name not in named and getattr(other, name) != getattr(settings, name)
    ]
    return ", ".join([settings.name, f"{settings.teacher} teacher", *rest])


class CurvesFigure:
    """Loss, accuracy and agreement of one run against its epochs, beside those of a pinned run.

    A line is the mean over students, its band reaches from the lowest to the highest. The loss of a pinned run is
    drawn only where both minimise the same objective: other losses have other units. ``shown`` are the curves drawn.
    """

    def __init__(self, settings: Settings, pinned: Curves | None = None):
        self.settings, self.pinned = settings, pinned
        self.shown: Curves | None = None
        self._artists, self._losses = {}, {}
        self.picture = Picture("", columns=3, width=10.5, height=3.6)
        self.picture.figure.set_layout_engine(None)
        self.picture.figure.subplots_adjust(left=0.065, right=0.98, bottom=0.14, top=0.74, wspace=0.2)
        last_epoch = max(settings.epochs, pinned.epoch if pinned else 0)
        decades = [0, *(10**k for k in range(len(str(last_epoch))))]
        for ax, title in zip(self.picture.axes, TITLES[settings.world], strict=True):
            ax.set_xscale("symlog", linthresh=1, linscale=0.3)
            ax.set_xticks(decades, [f"{epoch:,}" for epoch in decades])
            ax.set(xlim=(0, last_epoch), ylim=(0.0, 1.0), xlabel="epoch")
            ax.minorticks_off()
            ax.set_title(title, y=1.02)  # at a fixed place: finding one costs a third of a frame
            ax.xaxis.set_label_coords(0.5, -0.12)
        for role in ("pinned", "now") if pinned else ("now",):
            colour, dash, marker, alpha = STYLES[role]
            style = {"color": colour, "linestyle": dash, "marker": marker, "markersize": 4, "linewidth": 1.8}
            self._artists[role] = [
                (ax.fill([0], [0], color=colour, alpha=alpha, linewidth=0)[0], ax.plot([], [], **style)[0])
                for ax in self.picture.axes
            ]
        lines = [self._artists[role][0][1] for role in STYLES if role in self._artists]
        self._legend = self.picture.figure.legend(
            lines, [""] * len(lines), loc="upper left", bbox_to_anchor=(0.055, 1.0), handlelength=3
        ).get_texts()
        self._name("now", settings, None)
        if pinned:
            self._place("pinned", pinned)

    def update(self, curves: Curves | None) -> Picture:
        """Draw the run so far (None: the teacher is not there yet) and describe it in the picture's alt text."""
        if curves is None:
            self.picture.alt = f"Empty axes: first the {self.settings.teacher} teacher is trained."
            return self.picture
        self._place("now", curves)
        self.shown = curves
        self.picture.alt = f"Loss, accuracy and agreement with the teacher against epochs. Now {curves}."
        if self.pinned:
            self.picture.alt += f" Pinned {self.pinned}."
        return self.picture

    def _name(self, role, settings, curves):
        other = self.settings if role == "pinned" else self.pinned.settings if self.pinned else None
        numbers = curves and f": accuracy {curves.mean('accuracy'):.3f}, agreement {curves.mean('agreement'):.3f}"
        self._legend[[*STYLES].index(role)].set_text(f"{role}: {label(settings, other)}{numbers or ''}")

    def _place(self, role, curves):
        self._name(role, curves.settings, curves)
        for (band, line), panel in zip(self._artists[role], PANELS, strict=True):
            if panel == "loss" and curves.settings.name != self.settings.name:
                continue
            values = getattr(curves, panel).nan_to_num(MOST, MOST, MOST).clamp(max=MOST)
            low, high, x = values.amin(0).tolist(), values.amax(0).tolist(), curves.epochs
            line.set_data(x, values.mean(0))
            line.set_markevery(max(1, len(x) // 10))
            band.set_xy([*zip(x, low, strict=True), *reversed([*zip(x, high, strict=True)])])
            if panel == "loss":
                self._losses[role] = values[:, 0].amax().item(), values.amin().item()
        # A loss that grows leaves the picture at the top instead of flattening the rest of it.
        if self._losses:
            start = max(start for start, _ in self._losses.values())
            least = min(least for _, least in self._losses.values())
            _log_axis(self.picture.axes[0], max(least, start * 1e-5) / 1.5, start * 2)


def _log_axis(ax, low, high):
    """A logarithmic loss axis with plain numbers: 1, 2, 5 in each decade, or the decades alone where they are many."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)))
    digits = (1, 2, 5) if len(decades) < 4 else (1,)
    ticks = [tick for d in decades for k in digits if low <= (tick := k * 10.0**d) <= high]
    ax.set_yscale("log")
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.set_ylim(low, high)
