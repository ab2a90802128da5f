"""The training lab: choose how students learn, press Run and watch them learn. Chapters 03, 05, 06 and 12.

The browser draws and asks; this side trains, in a thread of the lab's own, and answers in messages of numbers. What
both say to each other stands in lab.js.
"""

import time
import weakref
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path

import traitlets

from kdlib.figures import Picture
from kdlib.widgets.explorers.settings import Setting
from kdlib.widgets.frame import Control, Widget
from kdlib.widgets.lab.curves_figure import CurvesFigure
from kdlib.widgets.lab.opening import CONSTANT, FEW, finite, numbers_of, opening
from kdlib.widgets.lab.runs import Curves, finished, frames, summary
from kdlib.widgets.lab.settings import RULES, USES, Settings
from kdlib.widgets.lab.source import source
from kdlib.widgets.lab.weights import weights_of
from kdlib.widgets.lab.worker import Worker
from kdlib.widgets.page import bundle

PREVIEW_EPOCHS = 100
MOST_PINS, SIGN_SECONDS = 3, 0.5


def curves_picture(settings: Settings | None = None, pinned: Settings | None = None) -> Picture:
    """The lab's picture of a finished run, and of a pinned one, without any widget. Chapters 03, 05, 06 and 12."""
    settings = settings or Settings()
    return CurvesFigure(settings, finished(pinned) if pinned else None).update(finished(settings))


def _any(name, value):  # what a field holds is checked when it is used, so that the sentence comes then
    return value


class TrainingLab(Widget):
    """Students that learn while you watch: every name of `Settings` is a setting of the lab, too.

    ``controls`` names the settings that are shown at once; the others are behind "All settings". ``steps`` are buttons
    that set, run and pin: pairs of a label and what changes against the start, ``("Labels", {"objective": "labels"})``.
    ``result`` is the `Curves` shown, ``pins`` up to three kept ones. `run`, `stop`, `pin` and `reset` do what the
    buttons do, `wait` returns when nothing trains any more, `call` is source code that repeats a run. It starts with a
    short preview. Raises `ValueError` for a control or a step that names no setting. Chapters 03, 05, 06 and 12.
    """

    kind, constant = "lab", (*CONSTANT, "id")
    _esm = bundle.module(Path(__file__).with_name("lab.js"))
    objective, temperature, alpha, lr, batch_size, epochs, hidden, rows, teacher, seeds, seed, world = (
        Setting(field.default, _any) for field in fields(Settings)
    )
    start = Setting({}, _any)
    shown = Setting(list(FEW), _any)
    steps = Setting([], _any)
    pins = Setting([], _any)
    rules, uses, titles = (traitlets.Dict(one, read_only=True).tag(sync=True) for one in CONSTANT.values())
    id = traitlets.Unicode().tag(sync=True)

    def __init__(self, settings: Settings | None = None, *, controls: Sequence[str] = FEW, steps: Sequence = ()):
        self._worker, self._pinned, self._messages, self.followers = Worker(), [], [], []
        self.result: Curves | None = None
        self.status = ""
        super().__init__(**opening(settings or Settings(), controls, steps))
        self.id = self.model_id or ""
        self.controls = {name: Control(self, name) for name in RULES}
        self.on_msg(lambda _, asked, buffers: self._do(**asked))
        _take_the_place_of_the_cells_last_lab(self)
        self._preview()

    def uses_setting(self, name: str) -> bool:
        """Whether a setting counts for the objective."""
        return self.objective in USES.get(name, [self.objective])

    @property
    def settings(self) -> Settings:
        """What the controls hold; raises `ValueError` where nothing can be trained with it."""
        return Settings(**{name: getattr(self, name) for name in RULES})

    @property
    def running(self) -> bool:
        """Whether students are learning now."""
        return self._worker.running

    def run(self) -> None:
        """Train with the settings of the controls; a run that is still going on is given up."""
        self._worker.cancel()
        try:
            settings = self.settings
        except ValueError as problem:
            return self._say("failed", f"{problem} Nothing was trained.")
        self._say("said", f"Training {settings.seeds} students: {settings.name}, {settings.teacher} teacher.")
        self._worker.start(lambda alive: self._train(settings, alive))

    def stop(self) -> None:
        """Give up the run that goes on; what it has reached is the result."""
        if self._worker.cancel():
            self._say("stopped", f"Stopped. {self._summary()}")

    def pin(self) -> None:
        """Keep the result, once, to compare the next ones with it; of more than three the oldest goes."""
        if self.result:
            if self.result.key not in [one.key for one in self._pinned]:
                self._keep([*self._pinned, self.result][-MOST_PINS:])
            self._say("said", f"Pinned. {self._summary()}")

    def unpin(self, number: int) -> None:
        """Drop a pinned result, counted from 0."""
        self._keep([one for k, one in enumerate(self._pinned) if k != number])

    def reset(self) -> None:
        """Back to the settings, the curves and the status of the beginning."""
        self._worker.cancel()
        self.wait()
        self._keep([])
        for name, value in self.start.items():
            setattr(self, name, value)
        self._preview()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing trains and no thread is left; False where ``timeout`` seconds did not suffice."""
        return self._worker.wait(timeout)

    def call(self) -> str:
        """Python source that trains the same students and makes ``accuracy`` and ``agreement`` [seeds]."""
        return "" if self.result is None else source(self.result.settings, self.result.epoch)

    def __repr__(self) -> str:
        return f"TrainingLab({self.result or 'no result'})"

    def _do(self, do, number: int = 0):
        """What the browser asks for."""
        match do:
            case "run" | "stop" | "pin" | "reset":
                getattr(self, do)()
            case "unpin":
                self.unpin(number)
            case "replay":
                with self._worker.lock:
                    for message, buffers in list(self._messages):
                        self.send(message, buffers)

    def _train(self, settings, alive):
        last_sign = time.monotonic()

        def cancelled():
            nonlocal last_sign
            if time.monotonic() - last_sign > SIGN_SECONDS:  # a browser that hears nothing says that the kernel is gone
                last_sign = time.monotonic()
                self.send({"type": "sign"})
            return not alive()

        try:
            with self._worker.lock:
                if alive():
                    self._begin(settings)
            for curves in frames(settings, cancelled):
                with self._worker.lock:
                    if not alive():
                        return
                    self._show(curves)
            with self._worker.lock:
                if alive():
                    self._worker.finish()
                    self._say("done", f"Done. {self._summary()}")
        except Exception as problem:  # anything: the lab has to live on
            with self._worker.lock:
                if alive():
                    self._worker.finish()
                    words = f"This did not work: {problem} ({type(problem).__name__})."
                    self._say("failed", f"{words} Change a setting, or Run again.")

    def _preview(self):
        settings = Settings(**self.start)
        with self._worker.one_thread():
            self._begin(settings)
            for curves in frames(settings, until=PREVIEW_EPOCHS):
                self._show(curves)
        self._say("previewed", f"A preview: {self._summary()} Press Run to train to the end.")

    def _begin(self, settings):
        """A new run: the browser forgets the frames of the one before."""
        self._messages = []
        self._tell({"type": "run", "settings": asdict(settings)})

    def _show(self, curves):
        """Make the curves the result, and send what is new in them."""
        if curves.epoch == 0:
            self._tell({"type": "teachers", "sizes": curves.teachers.sizes}, curves.teachers)
        self.result = curves
        numbers = {what: getattr(curves, what)[:, -1].tolist() for what in ("loss", "accuracy", "agreement")}
        diverged = curves.diverged.tolist()
        self._tell({"type": "frame", "epoch": curves.epoch, "diverged": diverged, **finite(numbers)}, curves.students)

    def _tell(self, message, networks=None):
        buffers = [] if networks is None else [weights_of(networks.layers())]
        self._messages.append((message, buffers))
        self.send(message, buffers)

    def _say(self, type, words):
        self.status = words
        self._messages = [one for one in self._messages if "words" not in one[0]]
        self._tell({"type": type, "words": words})

    def _keep(self, pinned):
        self._pinned = pinned
        self.pins = [numbers_of(curves) for curves in pinned]

    def _summary(self):
        return summary(self.result, self._pinned[-1] if self._pinned else None)


_labs: weakref.WeakValueDictionary = weakref.WeakValueDictionary()


def _take_the_place_of_the_cells_last_lab(lab):
    """A cell that is run again ends the lab that it made before, and a map that follows that one follows the new."""
    try:
        cell = get_ipython().get_parent()["metadata"]["cellId"]  # pyrefly: ignore[unknown-name] (a kernel has it)
    except (NameError, KeyError, AttributeError):  # no notebook
        return
    if before := _labs.get(cell):
        before.stop()
        for follower in before.followers:
            follower.follow(lab)
    _labs[cell] = lab
