"""The controls of a training lab: one for each of its settings, with units, in three columns, and its buttons."""

import time
from dataclasses import asdict
from html import escape

import ipywidgets as W

from kdlib.widgets.lab.runs import Curves
from kdlib.widgets.lab.settings import COUNTS, OBJECTIVES, TEACHERS, USES, Settings

TEACHER_WORDS = {
    "equal": "equal (same people)",
    "better": "better (4,000 others)",
    "untrained": "untrained",
}
ROWS = (20, 50, 200, 1000)
GROUPS = {
    "What is learned": ("objective", "temperature", "alpha", "teacher"),
    "How it is learned": ("lr", "batch_size", "epochs", "hidden"),
    "From whom, how often": ("rows", "seeds", "seed"),
}


def controls_of(settings: Settings) -> dict:
    """A control for each of the settings, by name, holding the setting's value."""
    s = asdict(settings)
    rows = sorted({*ROWS, s["rows"]})
    return {
        "objective": W.Dropdown(options=[*OBJECTIVES], value=s["objective"], **_layout_of("Objective")),
        "temperature": _number(s, "temperature", "Temperature T", 0.05, 100.0, 0.5),
        "alpha": _number(s, "alpha", "Alpha (teacher's share)", 0.0, 1.0, 0.1),
        "teacher": W.Dropdown(
            options=[(TEACHER_WORDS[name], name) for name in TEACHERS], value=s["teacher"], **_layout_of("Teacher")
        ),
        "lr": W.FloatText(value=s["lr"], step=0.005, continuous_update=False, **_layout_of("Step size")),
        "batch_size": _count(s, "batch_size", "Batch size (people)"),
        "epochs": _count(s, "epochs", "Epochs", step=100),
        "hidden": _count(s, "hidden", "Hidden units"),
        "rows": W.Dropdown(options=rows, value=s["rows"], **_layout_of("Training people")),
        "seeds": _count(s, "seeds", "Students (seeds)"),
        "seed": _count(s, "seed", "Seed of all draws", low=0),
    }


def buttons() -> dict:
    """Run, Stop, Pin and Reset, by name."""
    return {
        "run": W.Button(description="Run", icon="play", button_style="primary"),
        "stop": W.Button(description="Stop", icon="stop", disabled=True),
        "pin": W.Button(description="Pin this result", icon="thumb-tack"),
        "reset": W.Button(description="Reset", icon="undo"),
    }


def group(controls: dict) -> W.GridBox:
    """The controls under their headings, in as many columns as there is room for."""
    boxes = []
    for heading, names in GROUPS.items():
        box = W.VBox([W.HTML(f"<b>{heading}</b>"), *(controls[name] for name in names)])
        box.add_class("kd-group")
        boxes.append(box)
    columns = "repeat(auto-fit, minmax(310px, 1fr))"
    return W.GridBox(boxes, layout=W.Layout(grid_template_columns=columns, grid_gap="4px 20px"))


def disabled(controls: dict) -> list[str]:
    """Switch off the controls that do not count for the chosen objective; returns the reasons as sentences."""
    objective, reasons = controls["objective"].value, []
    for name, users in USES.items():
        controls[name].disabled = objective not in users
        if objective not in users:
            word = {"temperature": "T softens targets", "alpha": "Alpha mixes the teacher with the labels"}[name]
            reasons.append(f"{word}: it counts only for {' and '.join(users)}.")
    if objective == "labels":
        reasons.append("Students of labels never see the teacher; it is only compared with.")
    return reasons


def code_html(sources: dict) -> str:
    """Source code by name, each behind a summary that opens it; empty code is left out."""
    return "".join(
        f'<details><summary>Code that repeats {name}</summary><pre tabindex="0">{escape(code)}</pre></details>'
        for name, code in sources.items()
        if code
    )


def _layout_of(description):
    return {
        "description": description,
        "style": {"description_width": "165px"},
        "layout": W.Layout(width="auto", max_width="420px"),
    }


def _number(s, name, description, low, high, step):
    return W.BoundedFloatText(
        value=s[name], min=low, max=high, step=step, continuous_update=False, **_layout_of(description)
    )


def _count(s, name, description, step=1, low=1):
    most = COUNTS.get(name, 9999)
    limits = {"min": low, "max": most, "step": step}
    return W.BoundedIntText(value=s[name], **limits, continuous_update=False, **_layout_of(description))


class Progress(W.HBox):
    """A bar with words; the time is taken from the first epoch on, for until then the teacher learns."""

    def __init__(self):
        self.bar, self.words = W.IntProgress(0, 0, 1, layout=W.Layout(width="160px")), W.HTML()
        self._began: float | None = None
        super().__init__([self.bar, self.words])

    def start(self, epochs: int) -> None:
        """A run begins."""
        self.bar.value, self.bar.max = 0, epochs

    def show(self, curves: Curves) -> None:
        """The run is that far."""
        epoch, epochs, now = curves.epoch, curves.settings.epochs, time.monotonic()
        self.bar.max, self.bar.value = epochs, epoch
        self.words.value = f"epoch {epoch:,} of {epochs:,}"
        if epoch == 0:
            self._began = now
        elif self._began is not None and epoch < epochs:
            self.words.value += f", about {(now - self._began) * (epochs - epoch) / epoch:.0f} s left"

    def stop(self) -> None:
        """Nothing trains any more."""
        self.words.value, self._began = "", None
