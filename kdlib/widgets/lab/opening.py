"""What a training lab tells a page, without being one: how it opens, and a pinned result."""

import math
from dataclasses import asdict, replace
from typing import Any

from kdlib.widgets.lab.runs import Curves
from kdlib.widgets.lab.settings import RULES, TITLES, USES, Settings
from kdlib.worlds.people import POLITICS

FEW = ("objective", "temperature", "alpha", "teacher", "lr", "epochs")  # the settings that are shown at once
# What every lab tells a page, and never changes.
_RULES = {name: rule._asdict() for name, rule in RULES.items()}
CONSTANT: dict[str, Any] = {"rules": _RULES, "uses": USES, "titles": TITLES}


def opening(settings, controls=FEW, steps=()) -> dict:
    """What a lab holds when it opens; raises as `TrainingLab` does."""
    if not isinstance(settings, Settings):
        raise ValueError(f"settings is {settings!r}; expected Settings(...), such as Settings(epochs=200)")
    if isinstance(controls, str):
        raise ValueError(f"controls is {controls!r}; expected a list of names, such as ['objective', 'lr']")
    steps = list(steps)
    _refuse_unknown("controls", controls)
    for step in steps:
        if not (isinstance(step, (tuple, list)) and len(step) == 2 and isinstance(step[1], dict)):
            raise ValueError(f'a step is {step!r}; expected a label and what it changes: ("Labels", {{"lr": 0.1}})')
    start = asdict(settings)
    for label, changes in steps:
        _refuse_unknown(f"the step {label!r}", changes)
        replace(settings, **changes)  # which refuses what cannot be trained
    steps = [[label, dict(changes)] for label, changes in steps]
    return {**start, "start": start, "shown": list(controls), "steps": steps}


def state_of(settings: Settings) -> dict:
    """What a page needs to show a lab, without making one."""
    return opening(settings) | CONSTANT | {"classes": [*POLITICS], "id": "", "pins": []}


def finite(numbers: dict) -> dict:
    """Lists of numbers for JSON, which knows no infinity: None stands for what is not finite."""
    return {name: [x if math.isfinite(x) else None for x in row] for name, row in numbers.items()}


def numbers_of(curves: Curves) -> dict:
    """A pinned result as the page keeps it."""
    rows = {what: getattr(curves, what).T.tolist() for what in ("loss", "accuracy", "agreement")}
    return {
        "settings": asdict(curves.settings),
        "frames": [
            {"epoch": epoch, **finite({what: rows[what][k] for what in rows})} for k, epoch in enumerate(curves.epochs)
        ],
    }


def _refuse_unknown(where, names):
    for name in names:
        if name not in RULES:
            raise ValueError(f"{where} has {name!r}; expected names of settings: {', '.join(RULES)}")
