"""The training lab under a quick hand, and how soon it answers: without a browser, with a decision map that follows.

    python -m benchmarks.hammer

Exits with 1 when a bound of the course is broken: something raised, a thread or more than 50 MB left over, another
result shown than that of the last settings, a first picture later than 300 ms after Run, Stop slower than 500 ms, or
the original's 2,000 epochs with 8 students slower than 4 s or with fewer than 5 pictures on the way.
"""

import gc
import resource
import sys
import threading
import time
from dataclasses import replace

import torch

from kdlib.widgets import DecisionMap, Settings, TrainingLab
from kdlib.widgets.lab.runs import frames, last
from tests.support.hammer import SMALL, hammer, leftovers

CHANGES, SECONDS = 200, 20


def memory():
    """Resident memory in MB, where the system tells."""
    gc.collect()
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize() / 1e6
    except OSError:
        return 0.0


def hammered():
    """What is wrong after two storms that fill the caches, and malloc's arenas, and a third one that is judged."""
    problems = []
    threading.excepthook = lambda raised: problems.append(f"a thread raised {raised.exc_value!r}")
    lab = TrainingLab(SMALL)
    plane = DecisionMap(lab)
    for seed in (1, 2):
        hammer(lab, CHANGES, seed)
    before, began = memory(), time.monotonic()
    wanted = hammer(lab, CHANGES, seed=3, seconds=SECONDS)
    took, grown = time.monotonic() - began, memory() - before
    expected = last(frames(wanted))
    problems += [f"a thread is left over: {thread}" for thread in leftovers()]
    if str(lab.result) != str(expected):
        problems.append(f"the lab shows {lab.result}, its last settings make {expected}")
    if f"after {expected.epoch:,} epochs" not in repr(plane):
        problems.append(f"the map says {plane}")
    if "did not work" in lab.status or grown > 50:
        problems.append(f"the lab says {lab.status}; {grown:.0f} MB more than before")
    print(f"{CHANGES} changes and clicks in {took:.0f} s: {grown:+.0f} MB, {len(leftovers())} threads left over")
    return problems


def timed(followed):
    """The original's student training: seconds to the first picture, to the end and of work; pictures on the way."""
    lab, drawn = TrainingLab(), []
    plane = DecisionMap(lab) if followed else None
    lab.send = lambda message, buffers=None: message["type"] == "frame" and drawn.append(time.perf_counter())
    began, work = time.perf_counter(), time.process_time()
    lab.run()
    lab.wait()
    end, work = time.perf_counter(), time.process_time() - work
    assert lab.result.done and (plane is None or "2,000" in repr(plane))
    return drawn[0] - began, end - began, work, len(drawn) - 1  # the last one is no picture on the way


def stopped():
    """Seconds from Stop until no thread is left, the slowest of ten tries at ten times."""
    lab, slowest = TrainingLab(replace(Settings(), epochs=20_000)), 0.0
    DecisionMap(lab)
    for k in range(10):
        lab.controls["seed"].value = 10 + k  # another teacher, too
        lab.run()
        time.sleep(0.15 * (k + 1))
        began = time.perf_counter()
        lab.stop()
        lab.wait()
        slowest = max(slowest, time.perf_counter() - began)
    return slowest


def main():
    print("\nThe training lab without a browser: the original's 2,000 epochs, 8 students")
    problems = []
    for followed in (False, True):
        tries = [timed(followed) for _ in range(3)]
        first, (_, total, work, pictures) = max(t[0] for t in tries), min(tries, key=lambda t: t[1])
        print(
            f"{'a map follows' if followed else 'alone':<16}first picture after {1000 * first:.0f} ms (slowest of 3); "
            f"fastest of 3: done after {total:.2f} s, {work:.2f} s of them work, {pictures} pictures on the way",
            flush=True,
        )
        if first > 0.3 or total > 4 or pictures < 5:
            problems.append("the training is too slow or has too few pictures")
    seconds = stopped()
    print(f"{'':<16}Stop ends the run within {1000 * seconds:.0f} ms (slowest of 10)", flush=True)
    if seconds > 0.5:
        problems.append("Stop takes too long")
    problems += hammered()
    print("\n".join(problems) or "all bounds hold")
    return bool(problems)


if __name__ == "__main__":
    torch.set_num_threads(1)
    sys.exit(main())
