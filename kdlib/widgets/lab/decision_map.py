"""The decision map: what truth, teacher and student think of every age and income. Chapters 02, 03 and 06."""

from pathlib import Path

from kdlib.figures import Picture
from kdlib.widgets.explorers.settings import Setting, one_of
from kdlib.widgets.frame import Control, Widget
from kdlib.widgets.lab.map_figure import MapFigure, described, opinions, plane
from kdlib.widgets.lab.runs import finished
from kdlib.widgets.lab.settings import Settings
from kdlib.widgets.lab.weights import on_the_map
from kdlib.widgets.page import bundle
from kdlib.worlds.people import SEXES, STATES

NO_MAP = "The lab trains on digits, which have no map of age and income."


def map_picture(
    settings: Settings | None = None, sex: str = "male", state: str = "michigan", student: int = 1
) -> Picture:
    """The map of a finished run of the training lab, with the students counted from 1, without any widget.

    Chapters 06 and 12.

    Raises `ValueError` for a sex, a state or a student that does not exist, and for digits, which have no map.
    """
    settings = settings or Settings()
    if settings.world != "people":
        raise ValueError(f"the world is {settings.world}; expected people, who have an age and an income to draw")
    if not 1 <= student <= settings.seeds:
        raise ValueError(f"student is {student}; expected 1 to {settings.seeds}")
    end = finished(settings)
    q, p = (opinions(network, plane(sex, state)) for network in (end.teacher, end.student))
    return MapFigure().update(q, p, sex, state, student - 1, _note(end))


def _number(name, value):
    if type(value) is not int or value < 1:
        raise ValueError(f"{name} is {value!r}; expected a whole number from 1")
    return value


class DecisionMap(Widget):
    """The map of a `TrainingLab`'s students while they learn, or of two given networks. Chapters 02, 03, 06 and 12.

    ``teacher`` and ``student`` are modules or functions from features [n, 6] to logits. ``sex``, ``state`` and
    ``student`` (which chooses among many, from 1) can be set. Raises `ValueError` unless a lab or both networks are
    given, for a sex or a state that does not exist, and for networks that do not fit.
    """

    kind = "map"
    _esm = bundle.module(Path(__file__).with_name("map_view.js"))
    sex = Setting("male", one_of(SEXES))
    state = Setting("michigan", one_of(STATES))
    student = Setting(1, _number)
    follows = Setting("", lambda name, value: value)
    networks = Setting({}, lambda name, value: value)

    def __init__(self, lab=None, teacher=None, student=None, sex: str = "male", state: str = "michigan"):
        given = [network is not None for network in (teacher, student)]
        if (lab is None and not all(given)) or (lab is not None and any(given)):
            raise ValueError("expected either a lab, or a teacher and a student")
        if lab is not None and not hasattr(lab, "followers"):
            raise ValueError(f"lab is {lab!r}; expected a TrainingLab")
        super().__init__(sex=sex, state=state)
        self._lab, self._given = None, (teacher, student)
        if lab is None:
            self.networks = {"teacher": on_the_map(teacher), "student": on_the_map(student)}
        else:
            self.follow(lab)
        self.controls = {name: Control(self, name) for name in ("sex", "state", "student")}

    def follow(self, lab) -> None:
        """Show the students of another lab from now on."""
        self._lab, self.follows = lab, lab.id
        lab.followers.append(self)

    def uses_setting(self, name: str) -> bool:
        """Whether a setting counts: a student can be chosen among many only."""
        return name != "student" or (not self._of_digits() and len(self._opinions()[1]) > 1)

    def _of_digits(self):
        return bool(self._lab and self._lab.result and self._lab.result.settings.world == "digits")

    def _opinions(self):
        result = self._lab.result if self._lab else None
        networks = (result.teacher, result.student) if result else self._given
        return [opinions(network, plane(self.sex, self.state)) for network in networks]

    @property
    def picture(self) -> Picture:
        """What the map shows as a picture that needs no browser."""
        if self._of_digits():
            return Picture(NO_MAP, height=0.5)
        teacher, student = self._opinions()
        return MapFigure().update(teacher, student, *self._place())

    @property
    def status(self) -> str:
        """What the map shows, in a sentence."""
        if self._of_digits():
            return NO_MAP
        teacher, student = self._opinions()
        return described(teacher, student, *self._place())

    def _place(self):
        result = self._lab.result if self._lab else None
        return self.sex, self.state, self.student - 1, _note(result) if result else ""

    def __repr__(self) -> str:
        return f"DecisionMap({self.status})"


def _note(curves):
    return f" after {curves.epoch:,} epochs"
