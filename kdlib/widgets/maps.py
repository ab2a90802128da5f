"""The decision map: what truth, teacher and student think of every age and income. Chapters 02, 03 and 06."""

import threading
from html import escape

import ipywidgets as W

from kdlib.figures import Picture
from kdlib.people import SEXES, STATES
from kdlib.widgets.lab_controls import styled
from kdlib.widgets.lab_figures import html_of
from kdlib.widgets.lab_map import draw, opinions
from kdlib.widgets.lab_runs import Curves, last, train
from kdlib.widgets.lab_settings import Settings


def static(settings: Settings | None = None, sex: str = "male", state: str = "michigan", student: int = 1) -> Picture:
    """The map of a finished run of the training lab, with the students counted from 1, without any widget."""
    end = last(train(settings or Settings()))
    return draw(opinions(end.teacher), opinions(end.student), sex, state, student - 1, _note(end))


class DecisionMap(W.VBox):
    """The map of a `TrainingLab`'s students while they learn, or of two given networks.

    ``teacher`` and ``student`` are modules or functions from features [n, 6] to logits. ``controls`` are sex, state
    and student, which chooses among many, from 1. Raises `ValueError` unless a lab or both networks are given.
    """

    def __init__(self, lab=None, teacher=None, student=None, sex: str = "male", state: str = "michigan"):
        given = [network is not None for network in (teacher, student)]
        if (lab is None and not all(given)) or (lab is not None and any(given)):
            raise ValueError("expected either a lab, or a teacher and a student")
        self._lock, self._opinions, self._note, self._curves = threading.RLock(), None, "", None
        self.picture: Picture | None = None
        look = {"style": {"description_width": "60px"}, "layout": W.Layout(width="220px")}
        self.controls = {
            "sex": W.Dropdown(options=SEXES, value=sex, description="Sex", **look),
            "state": W.Dropdown(options=STATES, value=state, description="State", **look),
            "student": W.BoundedIntText(1, min=1, max=1, description="Student", continuous_update=False, **look),
        }
        self._picture, self._status = W.HTML(), W.HTML()
        for control in self.controls.values():
            control.observe(lambda change: self._guarded(self._redraw, speak=True), "value")
        row = W.HBox([*self.controls.values()])
        row.add_class("kd-row")
        super().__init__([styled(), row, self._status, self._picture])
        self.add_class("kd-lab")
        if lab is None:
            self._guarded(lambda: self._take(opinions(teacher), opinions(student), ""), speak=True)
        else:
            self._say("The map waits for the next picture of the lab.")
            lab.follow(self.take)

    def take(self, curves: Curves) -> None:
        """Draw the networks of a run as they are now; what goes wrong is said here and does not reach the lab."""
        with self._lock:
            if curves is not self._curves:
                self._curves = curves
                new = lambda: self._take(opinions(curves.teacher), opinions(curves.student), _note(curves))  # noqa: E731
                self._guarded(new, speak=self.picture is None or curves.done)
            elif self.picture:  # nothing new will come: the lab was stopped
                self._say(self.picture.alt)

    @property
    def status(self) -> str:
        """The sentence that stands in the widget, as HTML."""
        return self._status.value

    def __repr__(self) -> str:
        return f"DecisionMap({self.picture.alt if self.picture else 'no picture yet'})"

    def _take(self, teacher, student, note):
        with self._lock:
            self._opinions, self._note = (teacher, student), note
            control = self.controls["student"]
            control.max, control.disabled = len(student), len(student) == 1
            self._redraw()

    def _redraw(self):
        with self._lock:
            if self._opinions is not None:
                sex, state, student = (self.controls[name].value for name in ("sex", "state", "student"))
                picture = draw(*self._opinions, sex, state, student - 1, self._note)
                self._picture.value, self.picture = html_of(picture), picture

    def _guarded(self, act, speak):
        """Do it, and say what is seen or what went wrong; frames in between are not spoken."""
        try:
            act()
            if self.picture and (speak or "could not" in self.status):
                self._say(self.picture.alt)
        except Exception as problem:  # anything: neither the lab nor the next picture may suffer
            self._say(f"The map could not be drawn: {problem} ({type(problem).__name__}).")

    def _say(self, words):
        self._status.value = f'<p role="status" aria-live="polite">{escape(words)}</p>'


def _note(curves):
    return f" after {curves.epoch:,} epochs"
