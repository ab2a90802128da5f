"""What a student is trained towards: the value of each objective and its closed-form gradient.

z are the student's logits, v the teacher's, Y the one-hot labels, B the batch size, C the number of classes;
p = softmax(z), p_T = softmax(z / T), q_T = softmax(v / T). Every objective is called with keywords::

    objective(student_logits, labels=..., teacher_logits=...)                  -> mean over the batch
    objective.logit_gradient(student_logits, labels=..., teacher_logits=...)   -> dL/dz, like student_logits

takes logits [..., B, C] and labels [..., B], and returns one value per leading index (one run of many). All gradients
have one form: dL/dz = residual(z, targets) / B, where the targets depend on labels and teacher only and can be
computed once for all epochs. Chapter 03 teaches the values, chapter 04 the gradients, chapter 05 T and alpha.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


class Objective:
    """The checks and the two calls all objectives share; a subclass states `value`, `targets` and `residual`.

    Chapters 03 and 04.
    """

    needs_labels, needs_teacher = False, True

    def __call__(self, student_logits: Tensor, *, labels: Tensor = None, teacher_logits: Tensor = None) -> Tensor:
        """The objective's value, mean over the batch: [..., B, C] -> [...]; raises as `check` does."""
        self.check(student_logits, labels, teacher_logits)
        return self.value(student_logits, labels, teacher_logits)

    def logit_gradient(self, student_logits: Tensor, *, labels: Tensor = None, teacher_logits: Tensor = None) -> Tensor:
        """dL/dz, the gradient autograd would give: [..., B, C] -> [..., B, C]; raises as `check` does."""
        self.check(student_logits, labels, teacher_logits)
        targets = self.targets(labels, teacher_logits, student_logits.shape[-1], student_logits.dtype)
        return self.residual(student_logits, *targets) / student_logits.shape[-2]

    def check(self, student_logits: Tensor, labels: Tensor | None, teacher_logits: Tensor | None) -> None:
        """Raise `ValueError` that names the argument when labels or teacher logits cannot be used."""
        shape = student_logits.shape
        if len(shape) < 2:
            raise ValueError(f"student_logits is {list(shape)}; expected [..., B, C]")
        if shape[-2] == 0:
            raise ValueError(f"student_logits is {list(shape)}; expected a batch of at least one row")
        if self.needs_labels:
            check_labels(labels, shape)
        if self.needs_teacher:
            check_teacher_logits(teacher_logits, shape)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value}" for name, value in vars(self).items())
        return f"{type(self).__name__}({settings})"


class HardLabels(Objective):
    """Cross-entropy with the labels: L = -mean_B log p_y; dL/dz = (p - Y) / B. Chapters 02 and 04."""

    needs_labels, needs_teacher = True, False

    def value(self, z, labels, v=None):
        if z.dim() == 2:
            return F.cross_entropy(z, labels)  # the number below, in one fused call: training lives here
        rows = labels.expand(z.shape[:-1]).unsqueeze(-1)
        return -torch.log_softmax(z, -1).gather(-1, rows).mean((-2, -1))

    def targets(self, labels, v, classes, dtype):
        return (F.one_hot(labels, classes).to(dtype),)

    def residual(self, z, one_hot):
        return torch.softmax(z, -1) - one_hot


class LogProbMatching(Objective):
    """The original demo: raw student outputs against the teacher's log-softmax::

        L = mean_{B,C} (z - m)^2  with  m = log softmax(v);    dL/dz = 2 (z - m) / (B C)

    The outputs z are no log-probabilities, so the student must also learn logsumexp(z) = 0. Chapters 03 and 04.
    """

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

    def __init__(self, temperature):
        self.temperature = per_run(temperature, "temperature", lambda t: t > 0, "above 0")

    def value(self, z, labels, v):
        T = _over_rows(self.temperature, z)
        log_p, log_q = torch.log_softmax(z / T, -1), torch.log_softmax(v / T, -1)
        return (T**2 * (log_q.exp() * (log_q - log_p)).sum(-1, keepdim=True)).mean((-2, -1))

    def targets(self, labels, v, classes, dtype):
        return (torch.softmax(v / _over_rows(self.temperature, v), -1),)

    def residual(self, z, q):
        T = _over_rows(self.temperature, z)
        return T * (torch.softmax(z / T, -1) - q)


class Mixed(Objective):
    """Soft targets and hard labels: L = alpha SoftTargets(T) + (1 - alpha) HardLabels::

        dL/dz = [alpha T (p_T - q_T) + (1 - alpha) (p - Y)] / B

    ``alpha`` in [0, 1] is the weight of the **soft** term (half the world means the opposite); ``alpha`` and
    ``temperature`` are numbers or one per run [R]. At 0 and 1 the other term is exactly gone. Chapters 04 and 05.
    """

    needs_labels = True

    def __init__(self, alpha, temperature):
        self.alpha = per_run(alpha, "alpha", lambda a: (a >= 0) & (a <= 1), "in [0, 1]")
        self.temperature = per_run(temperature, "temperature", lambda t: t > 0, "above 0")

    @property
    def soft(self) -> SoftTargets:
        return SoftTargets(self.temperature)

    def value(self, z, labels, v):
        alpha = _over_rows(self.alpha, z)
        if isinstance(alpha, Tensor):
            alpha = alpha[..., 0, 0]
        return alpha * self.soft.value(z, labels, v) + (1 - alpha) * HardLabels().value(z, labels)

    def targets(self, labels, v, classes, dtype):
        return *self.soft.targets(labels, v, classes, dtype), *HardLabels().targets(labels, v, classes, dtype)

    def residual(self, z, q, one_hot):
        alpha, T = _over_rows(self.alpha, z), _over_rows(self.temperature, z)
        soft = T * (torch.softmax(z / T, -1) - q)
        return alpha * soft + (1 - alpha) * (torch.softmax(z, -1) - one_hot)


def check_gradient(objective: Objective, runs: int, classes: int) -> None:
    """Raise `ValueError` unless ``logit_gradient`` is what autograd makes of ``objective(...)``, tried on some logits.

    An engine that trains on `Objective.residual` would else train a subclass that changes the value on another loss.
    """
    names, kind = ("value", "targets", "residual"), type(objective)
    owners = {next((c for c in kind.__mro__ if name in vars(c)), None) for name in names}
    if len(owners) > 1 or kind.__call__ is not Objective.__call__ or any(name in vars(objective) for name in names):
        found = "changes the value and keeps the gradient of another objective, or the reverse"
    else:
        g = torch.Generator().manual_seed(0)
        z, v = (3 * torch.randn(2, runs, 2 * classes, classes, dtype=torch.float64, generator=g)).unbind()
        given = {"labels": torch.arange(2 * classes) % classes, "teacher_logits": v}
        z.requires_grad_()
        with torch.enable_grad():
            (expected,) = torch.autograd.grad(objective(z, **given).sum(), z)
        if torch.allclose(objective.logit_gradient(z.detach(), **given), expected, rtol=1e-6, atol=1e-9):
            return
        found = "has a residual that is not the gradient of its value"
    raise ValueError(f"{objective} {found}; expected value, targets and residual of one class that fit together")


def per_run(value, name: str, allowed, expected: str):
    """A checked setting: a plain number stays a float, one per run becomes a 1-d tensor; raises `ValueError`."""
    setting = torch.as_tensor(value, dtype=torch.float64)
    if setting.dim() > 1 or setting.numel() == 0:
        raise ValueError(f"{name} has shape {list(setting.shape)}; expected a number or one per run")
    if not (torch.isfinite(setting) & allowed(setting)).all():
        raise ValueError(f"{name} is {value}; expected {expected}")
    return setting.item() if setting.dim() == 0 else setting


def _over_rows(setting, logits: Tensor):
    """A per-run setting [R] as [R, 1, 1], in the dtype of the logits [R, B, C]; a plain number as it is."""
    return setting.to(logits)[:, None, None] if isinstance(setting, Tensor) else setting


def check_labels(labels, shape) -> None:
    """Raise `ValueError` unless ``labels`` are integer class indices that fit logits of ``shape`` [..., B, C]."""
    if labels is None:
        raise ValueError("labels is missing; this objective needs the labels")
    if labels.dtype != torch.int64 or labels.shape not in (shape[:-1], shape[-2:-1]):
        found = f"{labels.dtype} {list(labels.shape)}"
        raise ValueError(f"labels is {found}; expected class indices {list(shape[:-1])} of int64")
    if not ((labels >= 0) & (labels < shape[-1])).all():
        found = sorted(set(labels.flatten().tolist()) - set(range(shape[-1])))
        raise ValueError(f"labels holds {found[:3]}; expected class indices 0 to {shape[-1] - 1}")


def check_teacher_logits(v, shape) -> None:
    """Raise `ValueError` unless ``v`` [..., B, C] are finite logits (not probabilities) that fit ``shape``."""
    if v is None:
        raise ValueError("teacher_logits is missing; this objective needs a teacher")
    if v.shape not in (shape, shape[-2:]):
        raise ValueError(f"teacher_logits is {list(v.shape)}; expected {list(shape)}, like student_logits")
    if not torch.isfinite(v).all():
        raise ValueError("teacher_logits holds NaN or infinity; expected finite logits")
    if (v >= 0).all() and ((v.sum(-1) - 1).abs() < 1e-4).all():
        raise ValueError("teacher_logits look like probabilities (rows sum to 1); expected logits, before softmax")


def _mean_square(z: Tensor, target: Tensor) -> Tensor:
    if z.dim() == 2:
        return F.mse_loss(z, target)
    return ((z - target) ** 2).mean((-2, -1))
