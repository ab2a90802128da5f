"""The sentence under a training lab: its result, and how it compares with the pinned one."""

from kdlib.intervals import paired_difference
from kdlib.widgets.lab_runs import Curves


def summary(now: Curves | None, pinned: Curves | None) -> str:
    """The result in words, and its difference to the pinned one if both had the same people and first draws."""
    if now is None:
        return "There is no result yet."
    words = f"{now}."
    if now.diverged.any():
        words += " The diverged students stay at their last finite weights: try a smaller step size."
    if pinned and pinned is not now and now.settings.seeds > 1 and _draws(now) == _draws(pinned):
        gain = paired_difference(now.accuracy[:, -1], pinned.accuracy[:, -1])
        words += f" Accuracy minus that of the pinned result: {gain.mean:+.3f}, 95% interval"
        words += f" {gain.low:+.3f} to {gain.high:+.3f}."
    return words


def _draws(curves):
    s = curves.settings
    return s.seeds, s.seed, s.rows
