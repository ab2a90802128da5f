"""One job at a time in a thread of its own: a new one cancels the one before and never overlaps it."""

import atexit
import contextlib
import threading
import time
import weakref
from collections.abc import Callable

import torch

Alive = Callable[[], bool]
_workers: weakref.WeakSet = weakref.WeakSet()


@atexit.register
def _end_all():
    """torch aborts a process that ends while a thread computes."""
    for worker in list(_workers):
        worker.cancel()
        worker.wait()


class Worker:
    """Runs jobs in a thread; ``lock`` is for all that a job and the callbacks of a widget share.

    Under the lock ``alive()``, which each job is given, says for certain whether the job is still wanted. Without it,
    it is a cheap question to ask now and then.
    """

    def __init__(self):
        self.lock, self._counting = threading.RLock(), threading.Lock()
        self._generation, self._torch_threads = 0, torch.get_num_threads()
        self._thread: threading.Thread | None = None
        self.running = False
        _workers.add(self)

    def start(self, job: Callable[[Alive], None]) -> None:
        """Cancel what runs and start ``job(alive)`` as soon as that has ended; returns at once."""
        with self.lock:
            self.cancel()
            self.running = True
            arguments = (job, self._generation, self._thread)
            self._thread = thread = threading.Thread(target=self._run, args=arguments, name="kdlib lab", daemon=True)
            thread.start()

    def cancel(self) -> bool:
        """What runs is not wanted any more: it ends at its next question. True if something was wanted until now."""
        with self._counting:  # not the lock: a job may hold that while it works, and should know at once
            self._generation += 1
            was, self.running = self.running, False
        return was

    def finish(self) -> None:
        """The job says that it is done."""
        self.running = False

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until no thread is left; False where ``timeout`` seconds did not suffice."""
        until = None if timeout is None else time.monotonic() + timeout
        while (thread := self._thread) is not None:
            thread.join(None if until is None else max(0.0, until - time.monotonic()))
            if thread.is_alive():
                return False
            with self.lock:
                if self._thread is thread:
                    self._thread = None
        return True

    def one_thread(self):
        return one_thread(self._torch_threads)

    def _run(self, job, generation, before):
        if before is not None:
            before.join()
        with self.one_thread():
            job(lambda: generation == self._generation)


@contextlib.contextmanager
def one_thread(afterwards: int):
    """One torch thread for this Python thread: the networks are too small for more.

    torch keeps the number for each thread and gives the last one set to new threads, so others that already compute
    keep theirs, and ``afterwards`` is put back for those to come.
    """
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(afterwards)
