"""What a student is trained towards: the value of each objective and its closed-form gradient.

z are the student's logits, v the teacher's, Y the one-hot labels, B the batch size, C the number of classes;
p = softmax(z), p_T = softmax(z / T), q_T = softmax(v / T). Every objective is called with keywords::

    objective(student_logits, labels=..., teacher_logits=...)                  -> mean over the batch
    objective.logit_gradient(student_logits, labels=..., teacher_logits=...)   -> dL/dz, like student_logits

takes logits [..., B, C] and labels [..., B], and returns one value per leading index (one run of many). All gradients
have one form: dL/dz = residual(z, targets) / B, where the targets depend on labels and teacher only and can be
computed once for all epochs. Chapter 03 teaches the values, chapter 04 the gradients, chapter 05 T and alpha.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from kdlib.arguments import check_labels, check_not_probabilities, check_teacher_logits, per_run
from kdlib.softening import over_rows, scaled_difference, scaled_kl, softmax, softmax_at, temperature_over_rows

PerRun = float | Sequence[float] | Tensor  # a number, or one per run


class Objective:
    """The checks and the two calls all objectives share; a subclass states `value`, `targets` and `residual`.

    It also states what else is to be known of it: its ``label`` in labs and explorers, whether it needs labels and
    a teacher, and from how many ``outputs`` of the network on it says something.
    Not used in a chapter by its name: its subclasses are.
    """

    label: str
    needs_labels, needs_teacher, outputs = False, True, 2
    value: Callable[..., Tensor]
    targets: Callable[..., Any]  # a tuple of tensors
    residual: Callable[..., Tensor]

    def __call__(
        self, student_logits: Tensor, *, labels: Tensor | None = None, teacher_logits: Tensor | None = None
    ) -> Tensor:
        """The objective's value, mean over the batch: [..., B, C] -> [...]; raises as `check` does."""
        self.check(student_logits, labels, teacher_logits)
        return self.value(student_logits, labels, teacher_logits)

    def logit_gradient(
        self, student_logits: Tensor, *, labels: Tensor | None = None, teacher_logits: Tensor | None = None
    ) -> Tensor:
        """dL/dz, the gradient autograd would give: [..., B, C] -> [..., B, C]; raises as `check` does."""
        self.check(student_logits, labels, teacher_logits)
        z, v, dtype = student_logits, teacher_logits, student_logits.dtype
        if dtype.itemsize < 4:  # z / T may be beyond half precision, and T (p_T - q_T) within it
            z, v = z.float(), None if v is None else v.float()
        targets = self.targets(labels, v, z.shape[-1], z.dtype)
        return (self.residual(z, *targets) / z.shape[-2]).to(dtype)

    def check(self, student_logits: Tensor, labels: Tensor | None, teacher_logits: Tensor | None) -> None:
        """Raise `ValueError` that names the argument when labels or teacher logits cannot be used."""
        shape = student_logits.shape
        if len(shape) < 2:
            raise ValueError(f"student_logits is {list(shape)}; expected [..., B, C]")
        if shape[-2] == 0:
            raise ValueError(f"student_logits is {list(shape)}; expected a batch of at least one row")
        if shape[-1] < self.outputs:
            raise ValueError(
                f"student_logits is {list(shape)}, one output; {self} expects a logit for each class, "
                "so two where there are two classes"
            )
        if self.needs_labels:
            check_labels(labels, shape)
        check_not_probabilities(student_logits, "student_logits")
        if self.needs_teacher:
            check_teacher_logits(teacher_logits, shape)

    @property
    def run_settings(self) -> dict[str, float | Tensor]:
        """Its settings that may be one per run: temperature and alpha, where it has them."""
        return {name: value for name, value in vars(self).items() if name in ("temperature", "alpha")}

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


class HardLabels(Objective):
    """Cross-entropy with the labels: L = -mean_B log p_y; dL/dz = (p - Y) / B. Chapters 02 and 04."""

    label = "labels"
    needs_labels, needs_teacher = True, False

    def value(self, z, labels, v=None):
        if z.dim() == 2:
            return F.cross_entropy(z, labels)  # the number below, in one fused call: training lives here
        rows = labels.expand(z.shape[:-1]).unsqueeze(-1)
        return -torch.log_softmax(z, -1).gather(-1, rows).mean((-2, -1))

    def targets(self, labels, v, classes, dtype):
        return (F.one_hot(labels, classes).to(dtype),)

    def residual(self, z, one_hot):
        return softmax(z) - one_hot


class LogProbMatching(Objective):
    """The original demo: raw student outputs against the teacher's log-softmax::

        L = mean_{B,C} (z - m)^2  with  m = log softmax(v);    dL/dz = 2 (z - m) / (B C)

    The outputs z are no log-probabilities, so the student must also learn logsumexp(z) = 0. Chapters 03 and 04.
    """

    label = "log-probs"

    def value(self, z, labels, v):
        return _mean_square(z, torch.log_softmax(v, -1))

    def targets(self, labels, v, classes, dtype):
        return (torch.log_softmax(v, -1),)

    def residual(self, z, m):
        return (z - m) * (2 / z.shape[-1])


class LogitMatching(Objective):
    """Student logits against teacher logits: L = mean_{B,C} (z - v)^2; dL/dz = 2 (z - v) / (B C).

    ``centred=True`` subtracts each row's mean on both sides first, which no prediction notices.
    Ba and Caruana, "Do deep nets really need to be deep?", 2014. Chapters 03 and 04.
    """

    def __init__(self, centred: bool = False):
        self.centred = centred

    @property
    def label(self) -> str:  # pyrefly: ignore[bad-override]
        return "logits centred" if self.centred else "logits"

    @property
    def outputs(self) -> int:  # pyrefly: ignore[bad-override]
        return 2 if self.centred else 1  # one output is regression

    def _centre(self, logits):
        return logits - logits.mean(-1, keepdim=True) if self.centred else logits

    def value(self, z, labels, v):
        return _mean_square(self._centre(z), self._centre(v))

    def targets(self, labels, v, classes, dtype):
        return (self._centre(v),)

    def residual(self, z, v):
        return (self._centre(z) - v) * (2 / z.shape[-1])


class SoftTargets(Objective):
    """Kullback-Leibler divergence to the teacher at temperature T, times T^2::

        L = T^2 mean_B KL(q_T || p_T);    dL/dz = T (p_T - q_T) / B

    ``temperature`` is a positive number, or one per run [R] for logits [R, B, C]; anything else raises `ValueError`.
    Hinton, Vinyals and Dean, "Distilling the knowledge in a neural network", 2015. Chapters 04 and 05.
    """

    label = "soft targets"

    def __init__(self, temperature: PerRun):
        self.temperature = per_run(temperature, "temperature", lambda t: t > 0, "above 0")

    def value(self, z, labels, v):
        return scaled_kl(v, z, self.temperature).mean(-1)

    def targets(self, labels, v, classes, dtype):
        return (softmax_at(v, self.temperature),)

    def residual(self, z, q):
        return scaled_difference(z, q, self.temperature)


class ReverseKL(Objective):
    """Kullback-Leibler divergence from the student's side at temperature T, times T^2::

        L = T^2 mean_B KL(p_T || q_T);    dL/dz_k = p_T,k [z_k - v_k - sum_j p_T,j (z_j - v_j)] / B

    It pays for the student's probability where the teacher has none, and nothing for what the student leaves out: a
    student that is too small chooses some of the teacher's classes, where `SoftTargets` covers them all.
    ``temperature`` as in `SoftTargets`. Gu, Dong, Wei and Huang, "MiniLLM", 2024. Chapter 11.
    """

    label = "reverse KL"

    def __init__(self, temperature: PerRun):
        self.temperature = per_run(temperature, "temperature", lambda t: t > 0, "above 0")

    def value(self, z, labels, v):
        return scaled_kl(z, v, self.temperature).mean(-1)

    def targets(self, labels, v, classes, dtype):
        return (v,)

    def residual(self, z, v):
        T, _ = temperature_over_rows(self.temperature, z, power=1)
        p, difference = softmax(z / T), z - v
        return p * (difference - (p * difference).sum(-1, keepdim=True))


class Mixed(Objective):
    """Soft targets and hard labels: L = alpha SoftTargets(T) + (1 - alpha) HardLabels::

        dL/dz = [alpha T (p_T - q_T) + (1 - alpha) (p - Y)] / B

    ``alpha`` in [0, 1] is the weight of the **soft** term (half the world means the opposite); ``alpha`` and
    ``temperature`` are numbers or one per run [R]. At 0 and 1 the other term is exactly gone. Chapters 04 and 05.
    """

    label = "mixed"
    needs_labels = True

    def __init__(self, alpha: PerRun, temperature: PerRun):
        self.alpha = per_run(alpha, "alpha", lambda a: (a >= 0) & (a <= 1), "in [0, 1]")
        self.temperature = per_run(temperature, "temperature", lambda t: t > 0, "above 0")

    @property
    def soft(self) -> SoftTargets:
        return SoftTargets(self.temperature)

    def value(self, z, labels, v):
        alpha = over_rows(self.alpha, z)
        if isinstance(alpha, Tensor):
            alpha = alpha[..., 0, 0]
        return alpha * self.soft.value(z, labels, v) + (1 - alpha) * HardLabels().value(z, labels)

    def targets(self, labels, v, classes, dtype):
        return *self.soft.targets(labels, v, classes, dtype), *HardLabels().targets(labels, v, classes, dtype)

    def residual(self, z, q, one_hot):
        alpha = over_rows(self.alpha, z)
        return alpha * scaled_difference(z, q, self.temperature) + (1 - alpha) * (softmax(z) - one_hot)


def course_objectives(temperature: float, alpha: float) -> dict[str, Objective]:
    """Every objective of the course by its label, at this temperature and alpha: what labs and explorers offer."""
    every = (
        HardLabels(), LogProbMatching(), LogitMatching(), LogitMatching(centred=True), SoftTargets(temperature),
        Mixed(alpha, temperature), ReverseKL(temperature),
    )  # fmt: skip
    return {objective.label: objective for objective in every}


def _mean_square(z: Tensor, target: Tensor) -> Tensor:
    if z.dim() == 2:
        return F.mse_loss(z, target)
    return ((z - target) ** 2).mean((-2, -1))
