"""How far a run of the training lab is: a bar, its epoch, and the seconds it will still take."""

import time

import ipywidgets as W

from kdlib.widgets.lab_runs import Curves


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
