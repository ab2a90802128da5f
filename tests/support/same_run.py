"""The same run twice: kdlib's `fit` and the plain loop, from one seed, draw for draw."""

from typing import NamedTuple

import torch

from kdlib import HardLabels, LogitMatching, LogProbMatching, fit, sample_people, student_net, teacher_net
from tests.support import plain

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
