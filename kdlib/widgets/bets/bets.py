"""A bet on a result that is still folded: a choice, a number or an order. Chapters 00 to 08 and 10."""

import json
import math
import zlib
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from kdlib.intervals import Estimate
from kdlib.widgets.bets.outcome import BETS, Outcome, judge
from kdlib.widgets.page import bundle

HERE = Path(__file__).parent


class Bet(anywidget.AnyWidget):
    """A question that the learner bets on before the result is uncovered; `settle` puts what was computed beside it.

    One of ``choices`` (two or more), an ``order`` of things (the first is most), or a number from ``low`` to ``high``
    in ``unit``. A number wins where it lies within the interval of what was measured, widened by ``margin`` on both
    sides. Raises `ValueError` for a question that cannot be bet on. Chapters 00 to 08 and 10.
    """

    _esm = bundle.module(HERE / "bets.js")
    _css = (HERE / "bets.css").read_text(encoding="utf-8")
    key, question, kind, unit = (traitlets.Unicode().tag(sync=True) for _ in range(4))
    options = traitlets.List(traitlets.Unicode()).tag(sync=True)
    low, high, margin = (traitlets.Float(0.0).tag(sync=True) for _ in range(3))
    value = traitlets.Any(None, allow_none=True).tag(sync=True)
    locked = traitlets.Bool(False).tag(sync=True)
    outcome = traitlets.Unicode("").tag(sync=True)
    _measured = None  # what `settle` was given: a cell that settles may run before the learner bets

    def __init__(
        self, question: str, *, choices: Sequence[str] = (), order: Sequence[str] = (), low: float | None = None,
        high: float | None = None, unit: str = "", margin: float = 0.0,
    ):  # fmt: skip
        numbers = low is not None and high is not None
        if sum((bool(choices), bool(order), numbers)) != 1:
            raise ValueError("a bet wants one of: choices, order, or low and high")
        options = list(choices or order)
        if not numbers and (len(options) < 2 or len(set(options)) < len(options)):
            raise ValueError(f"the bet offers {options}; expected two or more different things")
        if numbers and not -math.inf < low < high < math.inf:
            raise ValueError(f"low is {low} and high is {high}; expected two numbers, low below high")
        key = f"{zlib.crc32(question.encode()):08x}"
        kind = "number" if numbers else "choice" if choices else "order"
        limits = {"low": low, "high": high} if numbers else {}
        super().__init__(key=key, question=question, kind=kind, options=options, unit=unit, margin=margin, **limits)
        BETS[self.key] = None

    def lock(self, value) -> None:
        """Commit to an answer, as the button does; raises `ValueError` for one that the bet does not offer."""
        offered = {
            "choice": lambda: value in self.options,
            "order": lambda: sorted(value) == sorted(self.options),
            "number": lambda: self.low <= value <= self.high,
        }[self.kind]
        if self.locked:
            raise ValueError("the bet is locked in already")
        try:
            fits = offered()
        except TypeError:  # of another kind altogether
            fits = False
        if not fits:
            raise ValueError(f"{value!r} cannot be bet on; expected {self._offer()}")
        self.value, self.locked = list(value) if self.kind == "order" else value, True

    def _offer(self):
        if self.kind == "number":
            return f"a number from {self.low:g} to {self.high:g}"
        return ("one of " if self.kind == "choice" else "an order of ") + ", ".join(self.options)

    def settle(self, measured: Any) -> Outcome:
        """The computed answer beside the bet, and whether it was won; a bet that was not locked in stays open.

        ``measured`` is the right choice, the right order, a number, or an `Estimate` with its interval. Raises
        `ValueError` for an answer that the bet does not offer.
        """
        if self.kind == "number":
            answer = self._wins(measured)
        else:
            answer = measured if isinstance(measured, str) else list(measured)
            if (answer not in self.options) if self.kind == "choice" else sorted(answer) != sorted(self.options):
                raise ValueError(f"{measured!r} is no answer to this bet; expected {self._offer()}")
        won = judge(self.kind, self.value, answer) if self.locked else None
        BETS[self.key] = won
        settled = Outcome(self.key, self.kind, self.unit, answer, self.value if self.locked else None, won)
        self.outcome, self._measured = str(settled), measured
        return settled

    def _wins(self, measured) -> list[float]:
        """The number that was measured, and from where to where a bet wins."""
        try:
            mean, low, high = map(float, measured[:3] if isinstance(measured, Estimate) else [measured] * 3)
        except (TypeError, ValueError):
            mean = low = high = math.nan
        if not math.isfinite(low + mean + high):
            raise ValueError(f"{measured!r} is no answer to this bet; expected a number, or an estimate of one")
        low, high = low - self.margin, high + self.margin
        inside = max(self.low, low), min(self.high, high)
        return [mean, *(inside if inside[0] <= inside[1] else (low, high))]

    @traitlets.observe("locked")
    def _settle_again(self, change) -> None:
        if change["new"] and self._measured is not None:
            self.settle(self._measured)

    def __repr__(self) -> str:
        return f"Bet: {self.question} ({self._offer()})"

    def _repr_mimebundle_(self, **kwargs):
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        names = ("question", "kind", "options", "low", "high", "unit", "margin")
        state = escape(json.dumps({name: getattr(self, name) for name in names}), quote=True)
        html = (
            f'<div class="kd-bet-static" data-kd-bet="{self.key}" data-kd-state="{state}">'
            f"<p>Your bet: {escape(self.question)} ({escape(self._offer())})</p></div>"
        )
        return {**data, "text/plain": repr(self), "text/html": html}, metadata
