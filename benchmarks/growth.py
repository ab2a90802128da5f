"""How time and peak memory grow with students, epochs and rows, each doubled three times.

    python -m benchmarks.growth

Every line is a process of its own, so that its peak memory is its own. This process must stay small: a new one
starts with the peak of the one that started it, so torch is imported in the new ones only.
"""

import resource
import subprocess
import sys
import time

BASE = {"runs": 64, "epochs": 100, "rows": 200}
SERIES = {"runs": (8, 16, 32, 64), "epochs": (50, 100, 200, 400), "rows": (250, 500, 1000, 2000)}


def peak_mb():
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def one(runs, epochs, rows):
    """Train ``runs`` students; seconds for the epochs alone and megabytes above torch itself."""
    import torch

    from kdlib import LogProbMatching, sample_people, teacher_net
    from kdlib.cohort import Cohort
    from kdlib.models import logits_of

    torch.set_num_threads(1)

    def students(runs, rows):
        data = sample_people(rows, seed=0)
        v = logits_of(teacher_net(), data.x)
        return data, Cohort((6, 8, 3), data, LogProbMatching(), runs=runs, teacher_logits=v)

    list(students(1, 10)[1].learn(2))  # all that is loaded on first use counts as torch itself
    before = peak_mb()
    data, cohort = students(runs, rows)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        for _ in cohort.learn(epochs):
            pass
        times.append(time.perf_counter() - start)
    cohort.logits(data.x)
    return sorted(times)[1], peak_mb() - before


def measured(**changes):
    numbers = [str(number) for number in {**BASE, **changes}.values()]
    command = [sys.executable, "-m", "benchmarks.growth", *numbers]
    seconds, megabytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return float(seconds), float(megabytes)


def main():
    print("\nTime (median of 3) and peak memory above torch itself, with all but one of")
    print(", ".join(f"{value} {name}" for name, value in BASE.items()) + "; batches of 10, float32, one thread")
    print(f"{'':<22}{'seconds':>9}{'times the line above':>23}{'MB':>9}")
    for name, values in SERIES.items():
        last = None
        for value in values:
            seconds, megabytes = measured(**{name: value})
            ratio = f"{seconds / last:.2f}" if last else ""
            print(f"{value:>6} {name:<15}{seconds:>9.2f}{ratio:>23}{megabytes:>9.0f}", flush=True)
            last = seconds
    seconds, megabytes = measured(runs=256, rows=2000, epochs=10)
    print(f"256 students, 2,000 rows, 10 epochs: {seconds:.2f} s, {megabytes:.0f} MB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(*one(*map(int, sys.argv[1:])))
    else:
        main()
