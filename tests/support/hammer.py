"""A training lab under a quick hand: random changes and clicks, and what must be left of them."""

import random
import threading
import time
from dataclasses import fields, replace

from kdlib.widgets import Settings
from kdlib.widgets.lab.settings import OBJECTIVES

SMALL = Settings("labels", teacher="untrained", rows=20, seeds=2, epochs=30, hidden=3, lr=0.05)
CHOICES = {
    "objective": [*OBJECTIVES],
    "temperature": [0.5, 1.0, 4.0],
    "alpha": [0.0, 0.3, 1.0],
    "lr": [0.001, 0.05, 50.0],
    "batch_size": [1, 10, 40, 300],
    "epochs": [1, 20, 200, 5000],
    "hidden": [1, 8, 30],
    "rows": [20, 50, 200],
    "teacher": ["equal", "better", "untrained"],
    "seeds": [1, 2, 8],
    "seed": [0, 1, 2],
}


def set_controls(lab, settings):
    for field in fields(settings):
        lab.controls[field.name].value = getattr(settings, field.name)


def hammer(lab, changes, seed, seconds=0.0):
    """Random control changes and clicks spread over so many seconds, then one run with known settings to its end.

    Returns those settings; raises what a control or a button raises.
    """
    draws, began = random.Random(seed), time.monotonic()
    for k in range(changes):
        if draws.random() < 0.5:
            name = draws.choice([*CHOICES])
            lab.controls[name].value = draws.choice(CHOICES[name])
        else:
            getattr(lab, draws.choice(["run", "run", "run", "stop", "pin", "reset"]))()
        if draws.random() < 0.2:
            lab.wait(0.05)  # sometimes the worker gets further than its first question
        time.sleep(max(0.0, began + seconds * (k + 1) / changes - time.monotonic()))
    lab.stop()
    wanted = replace(SMALL, objective="mixed", teacher="equal")
    set_controls(lab, wanted)
    lab.run()
    lab.wait(60)
    return wanted


def leftovers():
    """The threads of labs that still run."""
    return [thread for thread in threading.enumerate() if thread.name == "kdlib lab"]
