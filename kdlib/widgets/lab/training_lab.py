"""The training lab: choose how students learn, press Run and watch them learn. Chapters 03, 05, 06 and 12.

Controls make a `Settings`, `frames` makes its `Curves`, `CurvesFigure` draws them; the widget only
connects the three. The
students are trained by `kdlib.cohort` in a thread of the lab's own, one run at a time.
"""

from collections.abc import Callable
from html import escape

import ipywidgets as W

from kdlib.figures import Picture
from kdlib.widgets.lab.controls import Progress, buttons, code_html, controls_of, disabled, group
from kdlib.widgets.lab.curves_figure import CurvesFigure, html_of
from kdlib.widgets.lab.frame import Lab
from kdlib.widgets.lab.runs import Curves, finished, frames, last, source, summary
from kdlib.widgets.lab.settings import Settings
from kdlib.widgets.lab.worker import RedrawTimer, Worker

PREVIEW_EPOCHS = 100
FRAME_SECONDS = 0.2


def curves_picture(settings: Settings | None = None, pinned: Settings | None = None) -> Picture:
    """The lab's picture of a finished run, and of a pinned one, without any widget. Chapters 03, 05, 06 and 12."""
    settings = settings or Settings()
    return CurvesFigure(settings, pinned and finished(pinned)).update(finished(settings))


class TrainingLab(Lab):
    """Students that learn while you watch: ``controls`` by the names of `Settings`, Run, Stop, Pin and Reset.

    Chapters 03, 05, 06 and 12.

    ``result`` and ``pinned`` are the `Curves` shown. `run`, `stop`, `pin` and `reset` do what the buttons do, `wait`
    returns when nothing trains any more, `call` is source code that repeats a run. It starts with a short preview.
    """

    def __init__(self, settings: Settings | None = None):
        self._start, self._worker = settings or Settings(), Worker()
        self._lock = self._worker.lock
        self._followers: list[Callable[[Curves], None]] = []
        self.result: Curves | None = None
        self.pinned: Curves | None = None
        self.controls = controls_of(self._start)
        self.at_once = W.Checkbox(
            False, description="Run after every change", indent=False, layout=W.Layout(width="auto")
        )
        self.buttons, self.progress = buttons(), Progress()
        self._why, self.spoken, self._picture, self._code = (W.HTML() for _ in range(4))
        for name, button in self.buttons.items():
            button.on_click(lambda _, name=name: getattr(self, name)())
        for control in self.controls.values():
            control.observe(self._changed, "value")
        row = W.HBox([*self.buttons.values(), self.at_once, self.progress])
        row.add_class("kd-row")
        super().__init__([group(self.controls), self._why, row, self.spoken, self._picture, self._code])
        self._explain()
        self._preview()

    def run(self) -> None:
        """Train with the settings of the controls; a run that is still going on is given up."""
        self._worker.cancel()
        with self._lock:
            self._cancel()
            try:
                settings = Settings(**{name: control.value for name, control in self.controls.items()})
            except ValueError as problem:
                return self._announce(f"{problem} Nothing was trained.")
            self.buttons["stop"].disabled = False
            self._announce(f"Training {settings.seeds} students: {settings.name}, {settings.teacher} teacher.")
            self._worker.start(lambda alive: self._guarded(lambda: self._train(settings, alive), alive))

    def stop(self) -> None:
        """Give up the run that goes on; the last picture drawn stays, and is the result."""
        if not self.running:
            return
        self._worker.cancel()
        with self._lock:
            self._cancel()
            # Where the teacher was still learning, the axes are empty.
            if self.result and (self._figure is None or self._figure.shown is not self.result):
                self._guarded(self._redraw)
            self._announce(f"Stopped. {self._summary()}")
        self._guarded(self._notify_followers)

    def pin(self) -> None:
        """Keep the result in the picture, to compare the next ones with it; or drop it, if one is kept."""
        with self._lock:
            self._pin(None if self.pinned else self.result)
            self._announce(f"Pinned. {self._summary()}" if self.pinned else "No result is pinned any more.")
            if self.result:
                self._guarded(self._redraw)

    def reset(self) -> None:
        """Back to the settings, the picture and the status of the beginning."""
        with self._lock:
            self._cancel()
            self._pin(None)
            self.at_once.value = False
            for name, control in self.controls.items():
                control.value = getattr(self._start, name)
        self.wait()
        with self._lock:
            self._preview()
        self._guarded(self._notify_followers)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing trains and no thread is left; False where ``timeout`` seconds did not suffice."""
        return self._worker.wait(timeout)

    def call(self, pinned: bool = False) -> str:
        """Python source that trains the same students and makes ``accuracy`` and ``agreement`` [seeds]."""
        run = self.pinned if pinned else self.result
        return "" if run is None else source(run.settings, run.epoch)

    @property
    def running(self) -> bool:
        """Whether students are learning now."""
        return not self.buttons["stop"].disabled

    def follow(self, callback: Callable[[Curves], None]) -> None:
        """Call ``callback(curves)`` with results as they are drawn, in the thread that trains; now with the last one.

        One that takes long is called less often, and always with the result that a run ends or stops with.
        """
        with self._lock:
            self._followers.append(callback)
        if self.result:
            callback(self.result)

    def __repr__(self) -> str:
        return f"TrainingLab({self.result or 'no result'})"

    def _cancel(self):
        self._worker.cancel()
        self.buttons["stop"].disabled = True
        self.progress.stop()

    def _pin(self, curves):
        self.pinned = curves
        self.buttons["pin"].description = "Unpin" if curves else "Pin this result"

    def _preview(self):
        with self._worker.one_thread():
            self._figure = CurvesFigure(self._start)
            if self._guarded(lambda: self._show(last(frames(self._start, until=PREVIEW_EPOCHS)))):
                self._announce(f"A preview: {self._summary()} Press Run to train to the end.")

    def _train(self, settings, alive):
        with self._lock:
            if not alive():
                return
            self._figure = CurvesFigure(settings, self.pinned)
            self._picture.value = html_of(self._figure.update(None))
            self.progress.start(settings.epochs)
        ours, theirs = RedrawTimer(FRAME_SECONDS), RedrawTimer(FRAME_SECONDS)
        for curves in frames(settings, lambda: not alive()):
            if curves.done or ours.due():
                with ours.picture(), self._lock:
                    if not alive():
                        return
                    self._show(curves)
                if curves.done or theirs.due():
                    with theirs.picture():
                        self._notify_followers()
        with self._lock:
            if alive():
                self._cancel()
                self._announce(f"Done. {self._summary()}")

    def _show(self, curves):
        """Make the curves the result and draw them."""
        self.result = curves
        self._redraw()
        self.progress.show(curves)

    def _notify_followers(self):
        """Hand the result to the followers; not under the lock, for they take their time."""
        for follower in self._followers:
            follower(self.result)

    def _redraw(self):
        if self._figure is None or (self._figure.settings, self._figure.pinned) != (self.result.settings, self.pinned):
            self._figure = CurvesFigure(self.result.settings, self.pinned)
        self._picture.value = html_of(self._figure.update(self.result))

    def _guarded(self, act, alive=lambda: True):
        """Do it and say in a sentence what went wrong; True if nothing did. A broken board is not used again."""
        try:
            act()
            return True
        except Exception as problem:  # anything: the lab has to live on
            with self._lock:
                if alive():
                    self._cancel()
                    self._figure = None
                    words = f"This did not work: {problem} ({type(problem).__name__})."
                    self._announce(f"{words} Change a setting, or Run again.")
            return False

    def _changed(self, change):
        self._explain()
        if self.at_once.value:
            self.run()

    def _explain(self):
        self._why.value = f'<p class="kd-why">{escape(" ".join(disabled(self.controls))) or "&nbsp;"}</p>'

    def _summary(self):
        return summary(self.result, self.pinned)

    def _announce(self, words):
        super()._announce(words)
        self._code.value = code_html({"this result": self.call(), "the pinned result": self.call(pinned=True)})
