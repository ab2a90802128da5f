"""A claim is a sentence that a cell computes and that fails where the numbers do not support it. Chapters 01 and 06.

With a file named by ``KDLIB_CLAIMS`` in the environment, every claim is written there, a line of JSON each, and none
fails: that is how `make replicate` reads the claims of a chapter in other draws.
"""

import json
import math
import os
from dataclasses import asdict, dataclass
from typing import NamedTuple

from kdlib.intervals import Estimate, mean_over_seeds, median_over_seeds, paired_difference


class ClaimFailed(AssertionError):
    """The interval does not support the sentence. Not used in a chapter by its name."""


class Margin(NamedTuple):
    """A difference from ``low`` to ``high`` is none that anybody would mind. Not used in a chapter by its name."""

    low: float
    high: float
    name: str


# What would a user mind? One person in a hundred. Of a hundred people one more is told the wrong class: nobody can see
# that on 40 test rows, whose interval is 20 points wide, and another 200 training people move a network as far. Of a
# hundred people one is told something else than the teacher would say: so few notice that the network was exchanged.
SAME_ACCURACY = Margin(-0.01, 0.01, "accuracy")
SAME_AGREEMENT = Margin(-0.01, 0.01, "agreement")

# How a number is shown: its factor, what stands behind it, and whether a gain gets a plus.
_UNITS = {
    "points": (100, " points", "+"),  # a difference of two shares, such as accuracies
    "percent": (100, "%", ""),  # a share
    "nats": (1, " nats", "+"),
    "times": (1, " times", ""),  # a ratio
    "": (1, "", ""),
}
_MOST_DECIMALS = 6


@dataclass(frozen=True)
class Claim:
    """A sentence, the estimate that carries it and the bounds it needs; shows itself in a notebook and in text.

    ``over`` says what was repeated: whole draws, or only students of one teacher. Not used in a chapter by its name.
    """

    sentence: str
    estimate: Estimate
    low: float
    high: float
    margin: str = ""
    unit: str = "points"
    over: str = "draws"
    statistic: str = "mean"
    timed: bool = False

    @property
    def holds(self) -> bool:
        return self.low < self.estimate.low and self.estimate.high < self.high

    @property
    def needed(self) -> str:
        """The rule in words, such as "above 1 point"."""
        if self.high == math.inf:
            return f"above {_in_units(self.low, self.unit)}"
        if self.low == -self.high:
            return f"within ±{_in_units(self.high, self.unit)}" + f", the margin of {self.margin}" * bool(self.margin)
        return f"from {_in_units(self.low, self.unit)} to {_in_units(self.high, self.unit)}"

    @property
    def measured(self) -> str:
        """The estimate in words, with as many digits as its interval has something to say about."""
        if self.timed and self.holds:  # its digits differ from run to run, and a stored text must not
            return f"{self.statistic} of {self.estimate.n} {self.over}, timed anew in every run"
        factor, unit, plus = _UNITS[self.unit]
        mean, low, high = (factor * value for value in self.estimate[:3])
        over, called = f"over {self.estimate.n} {self.over}", "" if self.statistic == "mean" else f"{self.statistic} "
        if high - low < 1e-9:  # an identity: nothing but rounding
            return f"{called}{round(mean, 9) or 0:{plus}g}{unit}, 95% interval narrower than 1e-9 {over}"
        digits = _decimals(low, high, (factor * self.low, factor * self.high))
        return f"{called}{mean:{plus}.{digits}f}{unit}, 95% interval [{low:.{digits}f}, {high:.{digits}f}] {over}"

    def __str__(self) -> str:
        return f"{self.sentence}\n  {self.measured}; needed: {self.needed}: {_verdict(self)}"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        colour = "#009E73" if self.holds else "#D55E00"
        return (
            f'<div class="kd-claim" style="border-left:4px solid {colour};padding:.3em .8em;margin:.3em 0">'
            f"<strong>{escape(self.sentence)}</strong><br>{escape(self.measured)}; "
            f"needed: {escape(self.needed)}: <strong>{_verdict(self)}</strong></div>"
        )


def claim(
    sentence: str, a, b=None, *, above: float | None = None, within: float | tuple[float, ...] | None = None,
    unit: str = "points", over: str = "draws", median: bool = False, timed: bool = False,
) -> Claim:  # fmt: skip
    """Compute the mean of ``a``, or of the pairs ``a - b``, and hold the sentence against its 95% interval.

    ``above=0.01``: the whole interval lies above 0.01 (0 where nothing is said).
    ``within=SAME_ACCURACY``, or a pair, or 0.02 for -0.02 to 0.02: the whole interval lies inside, which is how
    "no difference" is claimed.
    ``unit`` is how the numbers are shown: "points" (of a share), "percent", "nats", "times" or "". ``over`` says what
    the values differ in: "draws" of everything, or "students", "teachers", ...
    ``median=True`` takes the median instead, which one stuck student cannot move. ``timed=True`` is for times of this
    machine: where the claim holds, its numbers are not shown, as the next run has others.
    Raises `ClaimFailed` with the numbers when the interval does not support the sentence, `ValueError` for bounds that
    no interval lies in.
    Chapters 01, 06 and 09.
    """
    if above is not None and within is not None:
        raise ValueError("above and within are both given; expected one of them")
    if unit not in _UNITS:
        raise ValueError(f"unit is {unit!r}; expected one of {', '.join(map(repr, _UNITS))}")
    estimate = median_over_seeds(a, b) if median else mean_over_seeds(a) if b is None else paired_difference(a, b)
    low, high, margin = _bounds(above, within)
    statistic = "median" if median else "mean"
    claimed = Claim(sentence, estimate, low, high, margin, unit=unit, over=over, statistic=statistic, timed=timed)
    _record(claimed)
    if not claimed.holds and not os.environ.get("KDLIB_CLAIMS"):
        raise ClaimFailed(f"not supported: {sentence} Measured {claimed.measured}; needed: {claimed.needed}")
    return claimed


def _bounds(above, within) -> tuple[float, float, str]:
    """What the interval has to lie between, and the name of a margin that has one."""
    name, given = ("above", above) if within is None else ("within", within)
    try:
        if within is None:
            low, high, margin = 0.0 if above is None else above, math.inf, ""
        else:
            low, high, margin = (*within, "")[:3] if isinstance(within, tuple | list) else (-within, within, "")
        low, high = float(low), float(high)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is {given!r}; expected a number, or for within a pair of them") from None
    if not low < high:
        raise ValueError(f"{name} is {given!r}; expected a low end below the high one")
    return low, high, margin


class Claims(tuple):
    """Several claims about one table or figure, shown as one table: sentence, measured, needed.

    Not used in a chapter by its name: `together` makes it.
    """

    def __str__(self) -> str:
        return "\n".join(map(str, self))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f'<tr><td style="text-align:left"><strong>{escape(claimed.sentence)}</strong></td>'
            f'<td style="text-align:left">{escape(claimed.measured)}</td>'
            f'<td style="text-align:left">{escape(claimed.needed)}: <strong>{_verdict(claimed)}</strong></td></tr>'
            for claimed in self
        )
        colour = "#009E73" if all(claimed.holds for claimed in self) else "#D55E00"
        head = "<tr><th>claim</th><th>measured</th><th>needed</th></tr>"
        return (
            f'<table class="kd-claim" style="border-left:4px solid {colour}"><thead>{head}</thead>'
            f"<tbody>{rows}</tbody></table>"
        )


def together(*claims: Claim) -> Claims:
    """Claims about one table or figure as one table, in their order. Chapters 05 to 08."""
    return Claims(claims)


def _record(claimed):
    if file := os.environ.get("KDLIB_CLAIMS"):
        with open(file, "a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(claimed)) + "\n")


def _in_units(value, unit):
    factor, words, _ = _UNITS[unit]
    words = words.removesuffix("s") if factor * value == 1 else words
    return "0" if value == 0 else f"{factor * value:.4g}{words}"


def _decimals(low, high, bounds):
    """As few decimals as show a tenth of the interval, and on which side of each bound its ends lie."""

    def enough(digits):
        kept = all((round(end, digits) > bound) - (round(end, digits) < bound) == (end > bound) - (end < bound)
                   for end in (low, high) for bound in bounds)  # fmt: skip
        return kept and 10.0**-digits <= (high - low) / 10

    return next((digits for digits in range(_MOST_DECIMALS) if enough(digits)), _MOST_DECIMALS)


def _verdict(claimed):
    return "holds" if claimed.holds else "does not hold"
