"""Which tests kill which wrong losses. Chapter 10.

A test is a function of a loss (z, v, y, T) -> scalar; it gives True where the loss passes.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from kdlib.exercises import wrong_losses
from kdlib.exercises.compare import call, is_true_or_false
from kdlib.exercises.mistakes import KNOWN
from kdlib.exercises.mutants import RESIDUALS
from kdlib.exercises.verdict import Refused, Verdict, judged

MUTANTS = {name: KNOWN[name].soft[0] for name in RESIDUALS}


@dataclass(frozen=True)
class Scoreboard:
    """For each test the names of the mutants that it kills, or None where it is not written or fails the right loss.

    Chapter 10.
    """

    killed: dict[str, set[str] | None]

    @property
    def alive(self) -> list[str]:
        """The mutants that no test kills."""
        dead = set().union(*(names for names in self.killed.values() if names))
        return [name for name in MUTANTS if name not in dead]

    def __str__(self) -> str:
        lines = []
        for test, names in self.killed.items():
            said = "not yet, or it refuses the right loss" if names is None else f"kills {len(names)} of {len(MUTANTS)}"
            lines.append(f"{test}: {said}")
        return "\n".join([*lines, f"still alive: {', '.join(self.alive) or 'none'}"])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(test)}</th>" for test in self.killed)
        rows = ""
        for name in MUTANTS:
            cells = "".join(f"<td>{_cell(names, name)}</td>" for names in self.killed.values())
            rows += f"<tr><td>{escape(name)}</td>{cells}</tr>"
        return f"<table><thead><tr><th>mutant</th>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cell(names, name):
    return "not yet" if names is None else "killed" if name in names else "survives"


def scoreboard(tests: dict[str, Callable | set[str]]) -> Scoreboard:
    """Hold every mutant against every test; a set of names stands for a test that was made elsewhere. Chapter 10."""
    killed: dict[str, set[str] | None] = {}
    for name, test in tests.items():
        killed[name] = test if isinstance(test, set) else _killed(test)
    return Scoreboard(killed)


def _killed(test):
    if not _passes(test, wrong_losses.soft_targets):
        return None
    return {name for name, loss in MUTANTS.items() if not _passes(test, loss)}


def _passes(test, loss):
    """A test that raises has caught something; a stub catches nothing, and passes nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one of the mutants is warned of by torch
            given = test(loss)
            return is_true_or_false(given) and bool(given)
    except Exception:  # whatever a learner's test raises
        return False


def check_test(name: str, answer: Callable, must_kill: set[str], todo: str) -> Verdict:
    """The verdict on a learner's test: it lets the right loss pass and kills the mutants that it is for."""

    def judge():
        for right in (wrong_losses.soft_targets, lambda z, v, y, T: wrong_losses.soft_targets(z, v, y, T).clone()):
            given = call(name, answer, (right,), todo)
            if given is None:
                raise Refused(f"{name} gives nothing back: did you forget `return`?")
            if not is_true_or_false(given):
                raise Refused(f"{name} gives a {type(given).__name__}; True or False is wanted: bool(...) makes one.")
            if not given:
                raise Refused(f"{name} refuses the right loss. Is it too strict, or does rounding stand in its way?")
        survivors = sorted(must_kill - (_killed(answer) or set()))
        if survivors:
            raise Refused(f"{name} lets {survivors[0]} live: {KNOWN[survivors[0]].what}")

    return judged(name, judge, "It passes the right loss and kills what it is for.")


def never_negative(answer) -> Verdict:
    """A test that no divergence is below zero: loss -> True or False. Chapter 10."""
    return check_test(
        "never_negative", answer, {"probabilities-as-input", "log-target"},
        "never_negative is to say whether the loss is at least zero on many random logits.",
    )  # fmt: skip


def rest_at_agreement(answer) -> Verdict:
    """A test that a student which agrees is left alone: loss -> True or False. Chapter 10."""
    return check_test(
        "rest_at_agreement", answer, {"one-sided-temperature", "double-softmax", "log-target", "true-class-only"},
        "rest_at_agreement is to say whether the gradient is zero where z = v.",
    )  # fmt: skip


def gradient_by_hand(answer) -> Verdict:
    """A test against the closed form: loss -> True or False. Chapter 10."""
    return check_test(
        "gradient_by_hand", answer, set(MUTANTS),
        "gradient_by_hand is to say whether dL/dz is T (p_T - q_T) / B.",
    )  # fmt: skip
