"""How fast: the plain loop, `fit` and cohorts on the closed-form gradients, side by side in one run.

    python -m benchmarks.engines

Every row of the first table is timed once per round, so that a busy moment of the machine hits all of them; medians.
"""

import statistics
import time

import torch

from benchmarks import plain
from kdlib import fit, sample_people, student_net, teacher_net
from kdlib.cohort import Cohort
from kdlib.objectives import HardLabels, LogitMatching, LogProbMatching, Mixed, SoftTargets

ROWS, BATCH, ROUNDS = 200, 10, 9
STEPS = ROWS // BATCH  # in an epoch
COHORTS = (1, 16, 64, 256)
DATA = sample_people(ROWS, seed=0)
torch.manual_seed(0)
TEACHER = plain.TeacherNet().eval()


def plain_teacher(epochs):
    plain.train_teacher(plain.TeacherNet(), DATA, epochs)


def fit_teacher(epochs):
    fit(teacher_net(), DATA, HardLabels(), epochs=epochs)


def plain_student(epochs):
    plain.train_student(plain.StudentNet(), TEACHER, DATA, epochs)


def fit_student(epochs):
    fit(student_net(), DATA, LogProbMatching(), teacher=TEACHER.logits, epochs=epochs)


def cohort(runs, objective=None, dtype=torch.float32):
    """A function that trains ``runs`` students on for some epochs, set up beforehand."""
    with torch.no_grad():
        v = TEACHER.logits(DATA.x)
    students = Cohort((6, 8, 3), DATA, objective or LogProbMatching(), runs=runs, teacher_logits=v, dtype=dtype)

    def train(epochs):
        for _ in students.learn(epochs):
            pass

    return train


def medians(ways, seconds=0.15):
    """Median microseconds per step of each way, timed in turn, each for about ``seconds``."""
    epochs = {}
    for name, train in ways.items():
        train(2)  # warm up
        start = time.perf_counter()
        train(2)
        epochs[name] = max(2, round(2 * seconds / (time.perf_counter() - start)))
    times = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, train in ways.items():
            start = time.perf_counter()
            train(epochs[name])
            times[name].append((time.perf_counter() - start) / epochs[name] / STEPS * 1e6)
    return {name: statistics.median(values) for name, values in times.items()}


def main():
    torch.set_num_threads(1)
    ways = {
        "teacher, plain loop": plain_teacher,
        "teacher, kdlib.fit": fit_teacher,
        "student, plain loop": plain_student,
        "student, kdlib.fit": fit_student,
        **{f"student, closed form, {runs} at once": cohort(runs) for runs in COHORTS},
    }
    found = medians(ways)
    print(f"\nOne student and step: {ROWS} rows, batches of {BATCH}, float32, one thread, median of {ROUNDS} rounds")
    print(f"{'':<34}{'microseconds':>13}{'times as fast as the plain loop':>34}")
    for name, step in found.items():
        runs = int(name.split()[-3]) if "at once" in name else 1
        ratio = found[f"{name.split(',')[0]}, plain loop"] / (step / runs)
        print(f"{name:<34}{step / runs:>13.2f}{ratio:>34.1f}")

    objectives = [LogProbMatching(), LogitMatching(), HardLabels(), SoftTargets(4.0), Mixed(0.5, 4.0)]
    ways = {
        (objective, runs, dtype): cohort(runs, objective, dtype)
        for objective in objectives for runs in (1, 64) for dtype in (torch.float32, torch.float64)
    }  # fmt: skip
    found = medians(ways, seconds=0.05)
    print("\nMicroseconds for one student and step, by objective")
    print(f"{'':<36}{'1, float32':>12}{'1, float64':>12}{'64, float32':>13}{'64, float64':>13}")
    for objective in objectives:
        one32, one64, many32, many64 = (step / runs for (o, runs, _), step in found.items() if o is objective)
        print(f"{objective!r:<36}{one32:>12.1f}{one64:>12.1f}{many32:>13.2f}{many64:>13.2f}")


if __name__ == "__main__":
    main()
