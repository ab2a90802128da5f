"""How a bet ends, and the score of a chapter."""

import json
from dataclasses import dataclass
from html import escape

from kdlib.exercises.verdict import PROGRESS

BETS: dict[str, bool | None] = {}  # the bets of this session by key: won, lost, or None while open


def judge(kind: str, bet, answer) -> bool:
    """Whether a bet is won: the same choice, the same order, or a number within [low, high]."""
    if kind == "number":
        _, low, high = answer
        return low <= bet <= high
    return bet == answer


@dataclass(frozen=True)
class Outcome:
    """The computed answer, the bet beside it, and whether it was won (None: no bet). Chapters 00 to 08 and 10."""

    key: str
    kind: str
    unit: str
    answer: str | list
    bet: str | float | list | None
    won: bool | None

    def __str__(self) -> str:
        computed = f"Computed: {_said(self.kind, self.answer, self.unit)}."
        if self.won is None:
            return f"{computed} No bet was locked in."
        verdict = "won" if self.won else "lost"
        bet = [self.bet] if self.kind == "number" else self.bet
        return f"{computed} Your bet: {_said(self.kind, bet, self.unit)}. You {verdict} it."

    __repr__ = __str__

    def _repr_html_(self) -> str:
        state = escape(json.dumps({"kind": self.kind, "unit": self.unit, "answer": self.answer}), quote=True)
        colour = {True: "#009E73", False: "#D55E00", None: "#767676"}[self.won]
        style = f"border-left:4px solid {colour};padding:.3em .8em;margin:.3em 0"
        words = escape(str(self))
        return f'<div data-kd-outcome="{self.key}" data-kd-state="{state}" style="{style}">{words}</div>'


def _said(kind, answer, unit):
    if kind == "order":
        return ", then ".join(answer)
    if kind == "choice":
        return answer
    mean, *interval = (f"{value:.4g}" for value in answer)
    within = f" (a bet from {interval[0]} to {interval[1]} wins)" if interval else ""
    return f"{mean}{f' {unit}' if unit else ''}{within}"


@dataclass(frozen=True)
class Score:
    """How many bets were won and how many exercises solved in this session. Chapters 00 to 08 and 10."""

    won: int
    bets: int
    solved: int
    exercises: int

    def __repr__(self) -> str:
        return f"Bets won: {self.won} of {self.bets}. Exercises solved: {self.solved} of {self.exercises}."

    def _repr_html_(self) -> str:
        return f'<p data-kd-score="{self.bets}">{escape(repr(self))}</p>'


def score() -> Score:
    """The bets won and the exercises solved so far. Chapters 00 to 08 and 10."""
    return Score(sum(won is True for won in BETS.values()), len(BETS), sum(PROGRESS.values()), len(PROGRESS))
