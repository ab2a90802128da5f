"""The check of the on-policy loop: a watched run on a small problem says whose rows it learned from."""

import copy

import torch

from kdlib.exercises.compare import call
from kdlib.exercises.verdict import Refused, Verdict, judged
from kdlib.exercises.watched import Watched, fail, replayed, same
from kdlib.objectives import ReverseKL

STEPS, STEP = 4, 0.5


class _Speaks(Watched):
    """It notes what it is asked and what it answers."""

    def forward(self, x):
        out = self.linear(x)
        self.calls.append((x.detach().clone(), out))
        return out


def _say(network, number):
    """What a network says: rows [6, 4] that depend on its weights and on how often somebody has spoken."""
    generator = torch.Generator().manual_seed(number)
    with torch.no_grad():
        return torch.tanh(torch.randn(6, 3, dtype=torch.float64, generator=generator) @ network.linear.weight)


def on_policy(answer) -> Verdict:
    """On-policy distillation: (student, teacher, say, loss, steps, lr) trains ``student``. Chapter 11."""
    praise = "Its own sentences, drawn afresh at every step, and the teacher's opinion of them."
    return judged("on_policy", lambda: _judge_on_policy(answer), praise)


def _judge_on_policy(answer):
    student, teacher, spoken, losses = _Speaks(1), _Speaks(2), [], []
    first, teacher_first = copy.deepcopy(student), copy.deepcopy(teacher)

    def say(network):
        rows = _say(network, len(spoken))
        spoken.append((network, rows))
        return rows.clone()

    def loss(z, v):
        losses.append((z, v))
        return ReverseKL(1.0).value(z, None, v)

    call("on_policy", answer, (student, teacher, say, loss, STEPS, STEP),
         "on_policy is to train the student on what it says itself.")  # fmt: skip
    taught = not same(teacher, teacher_first)
    if taught:
        fail("teacher-trained-too" if not same(student, first) else "teacher-and-student-swapped")
    if not losses:
        raise Refused("on_policy never calls the loss that it is given.")
    if any(network is teacher for network, _ in spoken):
        raise Refused(
            "The teacher speaks here, and the student learns its sentences: that is off-policy. say(student)."
        )
    if not spoken:
        raise Refused("Nobody speaks: say(student) gives the rows that the student is to learn from.")
    if len(losses) != STEPS:
        raise Refused(f"on_policy takes {len(losses)} steps where {STEPS} are wanted.")
    if len(spoken) < STEPS:
        raise Refused("These sentences are old: say(student) belongs into the loop, as the student changes.")
    _judge_arguments(student, teacher, losses)
    if any(v.requires_grad for _, v in losses) or any(p.grad is not None for p in teacher.parameters()):
        fail("teacher-gradient")
    if same(student, first):
        raise Refused("The student's weights did not move: is there a backward() and an optimizer.step()?")
    if not same(student, _replayed(first, teacher, [rows for _, rows in spoken])):
        if same(student, _replayed(first, teacher, [rows for _, rows in spoken], pile_up=True)):
            fail("gradients-pile-up")
        raise Refused("The weights are not those of plain SGD with step size lr on what the student said.")


def _judge_arguments(student, teacher, losses):
    mine, theirs = ({id(out) for _, out in network.calls} for network in (student, teacher))
    for z, v in losses:
        if id(z) in theirs and id(v) in mine:
            raise Refused("The loss is given the teacher first; it is loss(z, v), the student's logits first.")
        if id(z) not in mine:
            raise Refused("The loss is given something else than the student's logits.")
        rows = next(x for x, out in student.calls if out is z)
        if not torch.allclose(v.detach(), teacher.linear(rows).detach(), rtol=0, atol=1e-9):
            raise Refused("The teacher is asked about other rows than the student: both get what the student said.")


def _replayed(first, teacher, spoken, pile_up=False):
    """The student after plain SGD on what it said, step by step."""

    def loss_on(rows):
        return lambda student: ReverseKL(1.0).value(student(rows), None, teacher.linear(rows).detach())

    return replayed(first, map(loss_on, spoken), STEP, pile_up)
