"""What every command shares: output that never ends a run, signals that wait until all is saved, one-line errors."""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator


def refuse(problem: object) -> int:
    """Say in one line what was wrong; returns the exit code 2."""
    print(f"error: {one_line(problem)}", file=sys.stderr)
    return 2


def one_line(problem: object) -> str:
    """An error as a line: an `OSError` by its file and reason, any other by the first line of its message."""
    if isinstance(problem, OSError) and problem.filename:
        return f"{problem.filename}: {problem.strerror}"
    return (str(problem).strip() or type(problem).__name__).splitlines()[0]


class _Unbreakable:
    """A text stream that falls silent where nobody can be told: ``| head`` has gone, the terminal is closed."""

    def __init__(self, stream):
        self._stream = stream or io.StringIO()  # None: it was closed before Python began
        self.problem = None

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        try:
            self._attempt(self._stream.write, text)
        except UnicodeEncodeError:  # the terminal's encoding lacks a letter
            encoding = self._stream.encoding
            self._attempt(self._stream.write, text.encode(encoding, "backslashreplace").decode(encoding))
        return len(text)

    def flush(self) -> None:
        self._attempt(self._stream.flush)

    def _attempt(self, act, *arguments) -> None:
        try:
            act(*arguments)
        except OSError as problem:
            self.problem = self.problem or problem
            with contextlib.suppress(OSError):  # what is buffered goes nowhere, or Python would try again at its end
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, self._stream.fileno())
                os.close(nowhere)

    def code(self) -> int:
        """0, or 2 with a line when output was lost that somebody wanted: a full disk, not a reader that has gone."""
        self.flush()
        if self.problem is None or isinstance(self.problem, BrokenPipeError):
            return 0
        return refuse(f"output: {self.problem.strerror}")


@contextlib.contextmanager
def unbreakable_output() -> Iterator[_Unbreakable]:
    """Printing cannot end what the block does; yields the standard output."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = output, errors = _Unbreakable(sys.stdout), _Unbreakable(sys.stderr)
    try:
        yield output
    finally:
        output.flush()
        errors.flush()
        sys.stdout, sys.stderr = before


class StopRequest:
    """Which signal asked to stop: ``name`` for people, ``code`` for the shell; both false while none did."""

    name, code = "", 0

    def note(self, number: int, frame: object) -> None:
        self.name = "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name
        self.code = 128 + number


@contextlib.contextmanager
def stop_requests() -> Iterator[StopRequest]:
    """Ctrl-C, SIGTERM and SIGHUP are noted instead of obeyed at once, so that the block can save what it has.

    What is ignored outside, as under ``nohup``, stays ignored.
    """
    request, before = StopRequest(), {}
    try:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            with contextlib.suppress(ValueError):  # only the main thread may listen
                if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                    before[number] = signal.signal(number, request.note)
        yield request
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
