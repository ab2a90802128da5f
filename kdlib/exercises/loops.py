"""The checks of the two loops: a watched run on a small problem says what a loop did."""

import copy

import torch
import torch.nn.functional as F

from kdlib.exercises.compare import call
from kdlib.exercises.verdict import Refused, Verdict, judged
from kdlib.exercises.watched import Watched, fail, replayed, same

ROWS, EPOCHS, BATCH, STEP = 32, 3, 8, 0.1
NO_ROW = -1


class _Learner(Watched):
    """It notes for each call its rows, its mode, whether a graph is made, and its output."""

    def forward(self, x):
        out = self.linear(x)
        here = (x.detach().reshape(-1, 1, 4) == _problem()[0]).all(-1)
        rows = torch.where(here.any(1), here.long().argmax(1), NO_ROW)
        self.calls.append((rows, self.training, torch.is_grad_enabled(), out))
        return out


def _problem():
    draws = torch.Generator().manual_seed(3)
    x = torch.randn(ROWS, 4, dtype=torch.float64, generator=draws)
    return x, torch.randint(3, (ROWS,), generator=draws)


def _soft(z, v, y):
    return F.kl_div(z.log_softmax(1), v.softmax(1), reduction="batchmean") + F.cross_entropy(z, y)


def _replayed(first, batches, loss, pile_up=False):
    """The network after plain SGD on the same batches in the same order."""
    x, y = _problem()

    def loss_on(rows):
        return lambda network: loss(network(x[rows]), rows, y[rows])

    return replayed(first, map(loss_on, batches), STEP, pile_up)


def distil(answer) -> Verdict:
    """A loop with a teacher: (student, teacher, x, y, loss, epochs, batch_size, lr) trains ``student``. Chapter 03."""
    return judged("distil", lambda: _judge_distil(answer), "The student learned, the teacher stayed as it was.")


def _judge_distil(answer):
    x, y = _problem()
    student, teacher = _Learner(1), _Learner(2)
    first, teacher_first = copy.deepcopy(student), copy.deepcopy(teacher)
    v_all, calls = teacher.linear(x).detach(), []

    def loss(z, v, y):
        calls.append((z, v, y))
        return _soft(z, v, y)

    with torch.random.fork_rng():
        call("distil", answer, (student, teacher, x, y, loss, EPOCHS, BATCH, STEP),
             "distil is to train the student on the teacher's outputs.")  # fmt: skip
    moved, taught = (not same(a, b) for a, b in ((student, first), (teacher, teacher_first)))
    if taught:
        fail("teacher-trained-too" if moved else "teacher-and-student-swapped")
    if not calls:
        raise Refused("distil never calls the loss that it is given.")
    outputs = {id(out): (rows, training) for rows, training, _, out in student.calls}
    if any(_equal(z, v) for z, v, _ in calls):
        fail("teacher-on-both-sides")
    if not moved:
        fail("student-detached") if not all(z.grad_fn for z, *_ in calls) else None
        raise Refused("The student's weights did not move: is there a backward() and an optimizer.step()?")
    if any(training for _, training, *_ in teacher.calls):
        fail("teacher-in-train-mode")
    seen = []
    for z, v, labels in calls:
        rows, training = outputs.get(id(z), (None, None))
        if rows is None and id(v) in outputs:
            raise Refused("The loss is given the teacher first; it is loss(z, v, y), the student's outputs first.")
        if rows is None:
            raise Refused("The loss is given something else than the student's outputs.")
        _refuse_other_rows("distil", rows)
        if not _equal(v, v_all[rows]):
            fail("cached-outputs")
        if not _equal(labels, y[rows]):
            fail("rows-and-labels-apart")
        if not training:
            fail("eval-never-undone")
        seen.append(rows)
    if any(v.requires_grad for _, v, _ in calls) or any(p.grad is not None for p in teacher.parameters()):
        fail("teacher-gradient")
    _judge_batches("distil", seen, lambda z, rows, y: _soft(z, v_all[rows], y), first, student)


def _equal(a, b):
    return a.shape == b.shape and torch.allclose(a.double(), b.double(), rtol=0, atol=1e-9)


def _refuse_other_rows(name, rows):
    if (rows == NO_ROW).any():
        raise Refused(f"{name} shows the network other rows than those of x: take x as it is.")


def _judge_batches(name, seen, loss, first, student):
    """The rows of all batches in their order, and the weights that they should have led to."""
    rows = torch.cat(seen)
    if len(rows) < ROWS * EPOCHS:
        fail("one-batch-an-epoch") if len(rows) == BATCH * EPOCHS else None
        raise Refused(
            f"{name} saw {len(rows)} rows in {EPOCHS} epochs of {ROWS}; every row is to be seen once an epoch."
        )
    if len(rows) > ROWS * EPOCHS or any(len(set(epoch.tolist())) < ROWS for epoch in rows.split(ROWS)):
        raise Refused(f"{name} does not see every row once an epoch.")
    if {len(batch) for batch in seen} != {BATCH}:
        raise Refused(f"{name} takes batches of {len(seen[0])} rows; batch_size says {BATCH}.")
    if all(torch.equal(epoch, rows[:ROWS]) for epoch in rows.split(ROWS)):
        raise Refused(f"{name} sees the rows in the same order in every epoch: shuffle them anew.")
    if not same(_replayed(first, seen, loss), student):
        if same(_replayed(first, seen, loss, pile_up=True), student):
            fail("gradients-pile-up")
        raise Refused(f"The weights are not those of plain SGD with step size lr on the batches that {name} took.")


def train_by_hand(answer) -> Verdict:
    """A loop on labels: (net, x, y, epochs, batch_size, lr) trains ``net`` by cross-entropy. Chapter 02."""
    return judged("train_by_hand", lambda: _judge_train(answer), "Step for step what plain SGD does.")


def _judge_train(answer):
    x, y = _problem()
    net = _Learner(1)
    first = copy.deepcopy(net)
    with torch.random.fork_rng():
        call("train_by_hand", answer, (net, x, y, EPOCHS, BATCH, STEP),
             "train_by_hand is to fit the network to the labels.")  # fmt: skip
    if same(net, first):
        raise Refused("The network's weights did not move: is there a backward() and an optimizer.step()?")
    # A look at the accuracy of all rows in eval mode is no step.
    taken = [(rows, training) for rows, training, graph, _ in net.calls if graph and (training or len(rows) < ROWS)]
    if not taken:
        raise Refused("train_by_hand is to learn from net(x) for the rows of a batch, in train mode.")
    if not all(training for _, training in taken):
        fail("eval-never-undone")
    seen = [rows for rows, _ in taken]
    _refuse_other_rows("train_by_hand", torch.cat(seen))
    others = {
        "Cross-entropy takes logits: a softmax before it makes two of them.": lambda z, rows, y: F.cross_entropy(
            z.softmax(1), y
        ),
        "The loss is summed over the batch; take the mean.": lambda z, rows, y: F.cross_entropy(z, y, reduction="sum"),
        "The sign of the loss is turned: this climbs.": lambda z, rows, y: -F.cross_entropy(z, y),
    }
    if [len(rows) for rows in seen] == [BATCH] * (ROWS // BATCH * EPOCHS):
        for sentence, loss in others.items():
            if same(_replayed(first, seen, loss), net):
                raise Refused(sentence)
    _judge_batches("train_by_hand", seen, lambda z, rows, y: F.cross_entropy(z, y), first, net)
