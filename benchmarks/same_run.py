"""The same run: kdlib's `fit` against the plain loop, from one seed, draw for draw.

    python -m benchmarks.same_run [epochs]

Exits with 1 when the teacher's weights differ in a bit, a student's outputs by more than 1e-4 (float32) or 1e-9
(float64), or a printed loss in a digit.
"""

import sys
from typing import NamedTuple

import torch

from benchmarks import plain
from kdlib import HardLabels, LogitMatching, LogProbMatching, fit, sample_people, student_net, teacher_net

LIMITS = {torch.float32: 1e-4, torch.float64: 1e-9}
PRINTED = 10  # the original prints the loss ten times on the way


class Difference(NamedTuple):
    """What one pair of trainings differs by."""

    dtype: torch.dtype
    target: str
    teacher_identical: bool
    outputs: float
    losses: int

    @property
    def too_large(self) -> bool:
        return not self.teacher_identical or not self.outputs <= LIMITS[self.dtype] or self.losses > 0


def plain_runs(data, epochs):
    """Teacher and both students the original's way: networks and losses."""
    torch.manual_seed(0)
    teacher = plain.TeacherNet()
    yield teacher, plain.train_teacher(teacher, data, epochs)
    teacher.eval()
    drawn = torch.get_rng_state()
    for target in (teacher, teacher.logits):
        torch.set_rng_state(drawn)
        student = plain.StudentNet()
        yield student, plain.train_student(student, target, data, epochs)


def kdlib_runs(data, epochs):
    """The same with `fit`."""
    torch.manual_seed(0)
    teacher = teacher_net()
    yield teacher, fit(teacher, data, HardLabels(), epochs=epochs).loss
    drawn = torch.get_rng_state()
    for objective in (LogProbMatching(), LogitMatching()):
        torch.set_rng_state(drawn)
        student = student_net()
        yield student, fit(student, data, objective, teacher=teacher, epochs=epochs).loss


def differences(dtype, epochs):
    """One `Difference` for each target of the student."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        data = sample_people(200, seed=0, dtype=dtype)
        (teacher, *students), (teacher2, *students2) = (list(runs(data, epochs)) for runs in (plain_runs, kdlib_runs))
    finally:
        torch.set_default_dtype(before)
    parameters = zip(teacher[0].parameters(), teacher2[0].parameters(), strict=True)
    identical = all(torch.equal(a, b) for a, b in parameters)
    for target, one, other in zip(("log-probs", "logits"), students, students2, strict=True):
        with torch.no_grad():
            outputs = (one[0](data.x) - other[0](data.x)).abs().max().item()
        losses = sum(_printed(a) != _printed(b) for a, b in ((teacher, teacher2), (one, other)))
        yield Difference(dtype, target, identical, outputs, losses)


def _printed(run):
    losses = run[1]
    return [f"{loss:.4f}" for loss in losses[:: max(len(losses) // PRINTED, 1)]]


def main(epochs=2000):
    torch.set_num_threads(1)
    print(f"\nkdlib.fit against the plain loop: seed 0, 200 rows, {epochs} epochs for each network")
    print(f"{'dtype':<9}{'target':<11}{'teacher weights':<17}{'student outputs':<26}printed losses")
    failed = False
    for dtype in LIMITS:
        for found in differences(dtype, epochs):
            weights = "identical" if found.teacher_identical else "DIFFER"
            losses = "DIFFER" if found.losses else "the same"
            outputs = f"differ by at most {found.outputs:.0e}"
            print(f"{str(dtype)[6:]:<9}{found.target:<11}{weights:<17}{outputs:<26}{losses}", flush=True)
            failed |= found.too_large
    print("NOT the same run" if failed else "the same run")
    return failed


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
