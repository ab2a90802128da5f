"""How often to draw while something trains: pictures that cost much come less often."""

import contextlib
import time


class Pace:
    """Says when the next picture is due: ``seconds`` after the last one, and five times as long as that one took.

    So however slow the machine, five sixths of the time are left for the training.
    """

    def __init__(self, seconds: float):
        self._seconds, self._last, self._cost = seconds, float("-inf"), 0.0

    def due(self) -> bool:
        return time.monotonic() - self._last >= max(self._seconds, 5 * self._cost)

    @contextlib.contextmanager
    def picture(self):
        """Drawing happens in here; its time is taken."""
        began = time.monotonic()
        yield
        self._last = time.monotonic()
        self._cost = self._last - began
