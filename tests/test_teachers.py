"""Teachers: one network, several as one, their logits alone, and what is none."""

import re

import numpy as np
import pytest
import torch
from torch import nn

from kdlib import SoftTargets, accuracy, ensemble, fit, logits_of, sample_people, student_net, teacher_net
from kdlib.teachers import teacher_logits_of
from kdlib.training_inputs import checked_inputs

PEOPLE = sample_people(23, seed=0)
X = PEOPLE.x
TEACHER = teacher_net()


def test_an_ensemble_is_the_log_of_the_mean_probabilities():
    teachers = [teacher_net(), nn.Linear(6, 3), lambda x: x[:, :3]]
    mean = sum(torch.softmax(logits_of(one, X), -1) for one in teachers) / 3
    v = ensemble(teachers)(X)
    torch.testing.assert_close(v.exp(), mean)
    torch.testing.assert_close(v.logsumexp(-1), torch.zeros(23), atol=1e-6, rtol=0)
    assert v.dtype == torch.float32
    assert accuracy(ensemble(teachers), PEOPLE) == (mean.argmax(-1) == PEOPLE.y).double().mean()


def test_an_ensemble_of_one_predicts_as_its_teacher_and_keeps_tiny_probabilities():
    sure = lambda x: torch.tensor([[0.0, -500.0]]).expand(len(x), 2)  # noqa: E731
    torch.testing.assert_close(ensemble([sure])(X), sure(X))
    torch.testing.assert_close(ensemble([sure, sure])(X), sure(X))


def test_an_ensemble_of_nothing_or_of_other_classes_is_refused():
    with pytest.raises(ValueError, match="teachers is empty; expected at least one"):
        ensemble([])
    with pytest.raises(ValueError, match=r"the teachers give logits of \[\(23, 3\), \(23, 4\)\]; expected one shape"):
        ensemble([teacher_net(), nn.Linear(6, 4)])(X)


class WithLogits(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = TEACHER

    def forward(self, x):
        return type("Output", (), {"logits": self.net(x), "hidden": x})()


V = logits_of(TEACHER, X)
FORMS = {
    "network": TEACHER,
    "object": WithLogits(),
    "tuple": lambda x: (TEACHER(x), x),
    "tensor": V,
    "tensor with a gradient": V.clone().requires_grad_(),
    "array": V.numpy(),
    "float64 array": V.double().numpy(),
    "float64 function": lambda x: TEACHER(x).double(),
    "ensemble": ensemble([TEACHER]),
}


@pytest.mark.parametrize("teacher", FORMS.values(), ids=FORMS)
def test_all_forms_of_a_teacher_teach_the_same(teacher):
    losses = []
    for form in (TEACHER, teacher):
        torch.manual_seed(1)
        losses.append(fit(student_net(), PEOPLE, SoftTargets(2), teacher=form, epochs=3, lr=0.1).loss)
    assert losses[0] == pytest.approx(losses[1], abs=1e-6) and losses[0][0] > losses[0][2]


def test_a_float64_teacher_teaches_float32_rows():
    teacher = teacher_net().double()
    v = teacher_logits_of(teacher, X)
    assert torch.equal(v, teacher(X.double()).detach())
    _, _, v = checked_inputs(student_net(), PEOPLE, SoftTargets(2), teacher, 1, 10, 0.1)
    assert v.dtype == torch.float32
    torch.testing.assert_close(v.double(), teacher(X.double()).detach(), atol=1e-6, rtol=0)


@pytest.mark.parametrize(
    ("teacher", "kind", "message"),
    [
        ([TEACHER, TEACHER], TypeError, "teacher is a list; expected one, such as kdlib.ensemble(teachers)"),
        ("teacher", TypeError, "teacher is 'teacher'; expected a network, a function from features to logits, or"),
        (WithLogits, TypeError, "WithLogits'>; expected a network, a function from features to logits, or logits"),
        (V[:5], ValueError, "the teacher gives 5 rows of logits for 23 rows of data; expected one for each"),
        (V[0], ValueError, "the teacher gives logits [3] for 23 rows of data; expected one for each"),
        (np.zeros((23, 4)), ValueError, "teacher_logits is [23, 4]; expected [23, 3]"),
        (lambda x: torch.softmax(TEACHER(x), -1), ValueError, "teacher_logits look like probabilities"),
        (lambda x: TEACHER(x) * torch.nan, ValueError, "teacher_logits holds NaN or infinity"),
        (nn.Linear(4, 3), ValueError, "the model cannot take x, torch.float32 [23, 6]"),
        (lambda x: None, TypeError, "the model gives a NoneType; expected logits"),
    ],
)
def test_what_is_no_teacher_is_named_before_training(teacher, kind, message):
    student = student_net()
    before = [p.detach().clone() for p in student.parameters()]
    with pytest.raises(kind, match=re.escape(message)):
        fit(student, PEOPLE, SoftTargets(2), teacher=teacher)
    assert all(torch.equal(a, b) for a, b in zip(before, student.parameters(), strict=True))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_probabilities_in_half_precision_are_no_logits_either(dtype):
    teacher = lambda x: torch.softmax(5 * TEACHER(x), -1).to(dtype)  # noqa: E731
    with pytest.raises(ValueError, match="teacher_logits look like probabilities"):
        fit(student_net(), PEOPLE, SoftTargets(2), teacher=teacher, epochs=1)


def test_an_ensemble_of_probabilities_is_refused():
    with pytest.raises(ValueError, match=re.escape("the logits of teachers[1] look like probabilities")):
        ensemble([TEACHER, lambda x: torch.softmax(TEACHER(x), -1)])(X)


def test_an_ensemble_takes_what_fit_takes():
    v, w = logits_of(TEACHER, X), torch.randn(23, 3)
    given = [v, w.numpy()[::-1], w.flip(0)]
    mean = (torch.softmax(v, -1) + 2 * torch.softmax(w.flip(0), -1)) / 3
    torch.testing.assert_close(ensemble(given)(X).exp(), mean)


@pytest.mark.parametrize(
    ("teachers", "message"),
    [
        (TEACHER, "teachers is a MLP; expected a list of them"),
        ([TEACHER, None], "teachers[1] is None; expected a network, a function from features to logits, or logits"),
    ],
)
def test_what_is_no_list_of_teachers_is_named(teachers, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        ensemble(teachers)(X)
