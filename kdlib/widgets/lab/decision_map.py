"""The decision map: what truth, teacher and student think of every age and income. Chapters 02, 03 and 06."""

import threading

import ipywidgets as W

from kdlib.figures import Picture
from kdlib.widgets.lab.curves_figure import html_of
from kdlib.widgets.lab.frame import Lab
from kdlib.widgets.lab.map_figure import MapFigure, opinions, plane
from kdlib.widgets.lab.runs import Curves, finished
from kdlib.widgets.lab.settings import Settings
from kdlib.worlds.people import SEXES, STATES


def map_picture(
    settings: Settings | None = None, sex: str = "male", state: str = "michigan", student: int = 1
) -> Picture:
    """The map of a finished run of the training lab, with the students counted from 1, without any widget.

    Chapters 06 and 12.

    Raises `ValueError` for a sex, a state or a student that does not exist.
    """
    settings = settings or Settings()
    if not 1 <= student <= settings.seeds:
        raise ValueError(f"student is {student}; expected 1 to {settings.seeds}")
    end = finished(settings)
    q, p = (opinions(network, plane(sex, state)) for network in (end.teacher, end.student))
    return MapFigure().update(q, p, sex, state, student - 1, _note(end))


class DecisionMap(Lab):
    """The map of a `TrainingLab`'s students while they learn, or of two given networks. Chapters 02, 03, 06 and 12.

    ``teacher`` and ``student`` are modules or functions from features [n, 6] to logits. ``controls`` are sex, state
    and student, which chooses among many, from 1; ``picture`` is what is drawn. Raises `ValueError` unless a lab or
    both networks are given, and for a sex or a state that does not exist.
    """

    def __init__(self, lab=None, teacher=None, student=None, sex: str = "male", state: str = "michigan"):
        given = [network is not None for network in (teacher, student)]
        if (lab is None and not all(given)) or (lab is not None and any(given)):
            raise ValueError("expected either a lab, or a teacher and a student")
        plane(sex, state)  # which refuses what does not exist
        self._lab, self._lock, self._figure, self._curves = lab, threading.RLock(), None, None
        self._networks, self._note = None, ""
        self.picture: Picture | None = None
        look = {"style": {"description_width": "60px"}, "layout": W.Layout(width="220px")}
        self.controls = {
            "sex": W.Dropdown(options=SEXES, value=sex, description="Sex", **look),
            "state": W.Dropdown(options=STATES, value=state, description="State", **look),
            "student": W.BoundedIntText(1, min=1, max=1, description="Student", continuous_update=False, **look),
        }
        self._picture, self.spoken = W.HTML(), W.HTML()
        for control in self.controls.values():
            control.observe(lambda change: self._guarded(self._redraw, speak=True), "value")
        row = W.HBox([*self.controls.values()])
        row.add_class("kd-row")
        super().__init__([row, self.spoken, self._picture])
        if lab is None:
            self._networks = teacher, student
            self._guarded(self._redraw, speak=True)
        else:
            self._announce("The map waits for the next picture of the lab.")
            lab.follow(self.take)

    def take(self, curves: Curves) -> None:
        """Draw the networks of a run as they are now; what goes wrong is said here and does not reach the lab."""
        with self._lock:
            if curves is not self._curves:
                begins = self._curves is None or curves.settings is not self._curves.settings
                self._curves, self._networks, self._note = curves, (curves.teacher, curves.student), _note(curves)
                more_will_come = self._lab is not None and self._lab.running and not curves.done
                self._guarded(self._redraw, speak=begins or not more_will_come)
            elif self.picture:  # nothing new will come: the lab was stopped
                self._announce(self.picture.alt)

    def __repr__(self) -> str:
        return f"DecisionMap({self.picture.alt if self.picture else 'no picture yet'})"

    def _redraw(self):
        with self._lock:
            if self._networks is None:
                return
            sex, state = self.controls["sex"].value, self.controls["state"].value
            teacher, student = (opinions(network, plane(sex, state)) for network in self._networks)
            number = self.controls["student"]
            number.max, number.disabled = len(student), len(student) == 1
            board, self._figure = self._figure or MapFigure(), None  # one that breaks is not used again
            self.picture = board.update(teacher, student, sex, state, number.value - 1, self._note)
            self._picture.value, self._figure = html_of(self.picture), board

    def _guarded(self, act, speak):
        """Do it, and say what is seen or what went wrong; frames in between are not spoken."""
        try:
            act()
            if self.picture and (speak or "could not" in self.status):
                self._announce(self.picture.alt)
        except Exception as problem:  # anything: neither the lab nor the next picture may suffer
            self._announce(f"The map could not be drawn: {problem} ({type(problem).__name__}).")


def _note(curves):
    return f" after {curves.epoch:,} epochs"
