"""How fast: the plain loop, `fit` and cohorts on the closed-form gradients, side by side in one run.

    python -m benchmarks.engines
    python -m benchmarks.engines --against FOLDER

FOLDER is another checkout of this project, such as ``git worktree add FOLDER COMMIT`` makes: then its cohorts are timed
against those of this one, and the exit status is 1 when an objective has become slower. All rows of a table are timed
once per round, so that a busy moment of the machine hits all of them; medians, or those of the fastest fifth.
"""

import argparse
import importlib
import statistics
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import torch

import kdlib
from kdlib import LogProbMatching, fit, sample_people, student_net, teacher_net
from tests.support import plain

ROWS, BATCH, ROUNDS = 200, 10, 9
STEPS = ROWS // BATCH  # in an epoch
COHORTS = (1, 16, 64, 256)
DATA = sample_people(ROWS, seed=0)
torch.manual_seed(0)
TEACHER = plain.TeacherNet().eval()
OBJECTIVES = {
    "LogProbMatching": (),
    "LogitMatching": (),
    "HardLabels": (),
    "SoftTargets": (4.0,),
    "ReverseKL": (4.0,),
    "Mixed": (0.5, 4.0),
}
SLOWER = 0.95  # as fast as before, or noise


def plain_teacher(epochs):
    plain.train_teacher(plain.TeacherNet(), DATA, epochs)


def fit_teacher(epochs):
    fit(teacher_net(), DATA, kdlib.HardLabels(), epochs=epochs)


def plain_student(epochs):
    plain.train_student(plain.StudentNet(), TEACHER, DATA, epochs)


def fit_student(epochs):
    fit(student_net(), DATA, LogProbMatching(), teacher=TEACHER.logits, epochs=epochs)


def cohort(runs, objective=None, dtype=torch.float32, library=kdlib):
    """A function that trains ``runs`` students on for some epochs, set up beforehand."""
    with torch.no_grad():
        v = TEACHER.logits(DATA.x)
    objective = objective or library.LogProbMatching()
    students = library.Cohort((6, 8, 3), DATA, objective, runs=runs, teacher_logits=v, dtype=dtype)
    learn = getattr(students, "learn", None) or students.train  # an old name

    def train(epochs):
        for _ in learn(epochs):
            pass

    return train


def objectives(library):
    """The objectives that a library has, by name."""
    return {name: getattr(library, name)(*given) for name, given in OBJECTIVES.items() if getattr(library, name, None)}


def library_in(folder):
    """The cohort and the objectives of the kdlib in another checkout, beside the kdlib that is already loaded."""
    ours = {name: sys.modules.pop(name) for name in [*sys.modules] if name.split(".")[0] == "kdlib"}
    sys.path.insert(0, str(Path(folder).resolve()))
    try:
        other = importlib.import_module("kdlib")
        if not Path(other.__file__).is_relative_to(Path(folder).resolve()):
            raise SystemExit(f"{folder} holds no kdlib; expected another checkout of this project")
        # By name and now, as a lazy library would look for them in the wrong place later.
        return SimpleNamespace(**{name: getattr(other, name, None) for name in ("Cohort", *OBJECTIVES)})
    finally:
        sys.path.pop(0)
        for name in [*sys.modules]:
            if name.split(".")[0] == "kdlib":
                del sys.modules[name]
        sys.modules.update(ours)


def rounds(ways, seconds, number=ROUNDS):
    """Microseconds per step of each way in each round, timed in turn, each for about ``seconds``."""
    epochs = {}
    for name, train in ways.items():
        train(2)  # warm up
        start = time.process_time()
        train(2)
        epochs[name] = max(2, round(2 * seconds / (time.process_time() - start)))
    times = {name: [] for name in ways}
    for k in range(number):
        for name, train in [*ways.items()][:: -1 if k % 2 else 1]:
            start = time.process_time()
            train(epochs[name])
            times[name].append((time.process_time() - start) / epochs[name] / STEPS * 1e6)
    return times


def undisturbed(times):
    """The median of the fastest fifth: what a busy machine adds is never below zero."""
    return statistics.median(sorted(times)[: len(times) // 5])


def medians(ways, seconds):
    return {name: statistics.median(times) for name, times in rounds(ways, seconds).items()}


def compare(other):
    """Print this library's cohorts against the other's; returns whether one has become slower."""
    print("\nTimes as fast as the other engine, by the fastest rounds (microseconds for one student and step)")
    kinds = [(runs, dtype) for runs in (1, 8, 64) for dtype in (torch.float32, torch.float64)]
    print(f"{'':<36}" + "".join(f"{f'{runs}, {str(dtype)[6:]}':>22}" for runs, dtype in kinds))
    others, slower = objectives(other), False
    for name, ours in objectives(kdlib).items():
        print(f"{ours!r:<36}", end="")
        for runs, dtype in kinds:
            if name not in others:
                print(f"{'new':>22}", end="")
                continue
            ways = {"ours": cohort(runs, ours, dtype), "other": cohort(runs, others[name], dtype, other)}
            times = rounds(ways, seconds=0.02, number=5 * ROUNDS)
            step, before = (undisturbed(times[way]) / runs for way in ("ours", "other"))
            ratio = before / step
            slower |= ratio < SLOWER
            print(f"{f'{ratio:.2f}  ({step:.2f}, {before:.2f})':>22}", end="", flush=True)
        print()
    print(f"SLOWER than {SLOWER} times as fast" if slower else f"none slower than {SLOWER} times as fast")
    return slower


def main():
    parser = argparse.ArgumentParser(description="Timings of the engines, side by side.")
    parser.add_argument("--against", metavar="FOLDER", help="another checkout, whose cohorts are timed against ours")
    folder = parser.parse_args().against
    torch.set_num_threads(1)
    if folder:
        return compare(library_in(folder))

    ways = {
        "teacher, plain loop": plain_teacher,
        "teacher, kdlib.fit": fit_teacher,
        "student, plain loop": plain_student,
        "student, kdlib.fit": fit_student,
        **{f"student, closed form, {runs} at once": cohort(runs) for runs in COHORTS},
    }
    found = medians(ways, seconds=0.15)
    print(f"\nOne student and step: {ROWS} rows, batches of {BATCH}, float32, one thread, median of {ROUNDS} rounds")
    print(f"{'':<34}{'microseconds':>13}{'times as fast as the plain loop':>34}")
    for name, step in found.items():
        runs = int(name.split()[-3]) if "at once" in name else 1
        ratio = found[f"{name.split(',')[0]}, plain loop"] / (step / runs)
        print(f"{name:<34}{step / runs:>13.2f}{ratio:>34.1f}")

    ours = objectives(kdlib).values()
    ways = {
        (objective, runs, dtype): cohort(runs, objective, dtype)
        for objective in ours for runs in (1, 64) for dtype in (torch.float32, torch.float64)
    }  # fmt: skip
    found = medians(ways, seconds=0.05)
    print("\nMicroseconds for one student and step, by objective")
    print(f"{'':<36}{'1, float32':>12}{'1, float64':>12}{'64, float32':>13}{'64, float64':>13}")
    for objective in ours:
        one32, one64, many32, many64 = (step / runs for (o, runs, _), step in found.items() if o is objective)
        print(f"{objective!r:<36}{one32:>12.1f}{one64:>12.1f}{many32:>13.2f}{many64:>13.2f}")
    return False


if __name__ == "__main__":
    sys.exit(main())
