"""`diagnose(loss)`: what a distillation loss does, told by its gradients, and which known mistake it is. Chapter 10."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral, Real

import torch

from kdlib.exercises import fits, wrong_losses
from kdlib.exercises.mistakes import KNOWN
from kdlib.exercises.probes import as_column, ask, gradient_of, probes
from kdlib.exercises.scales import names_of_scales
from kdlib.objectives import Objective

BATCH, OTHER_BATCH = 7, 11
_SAYS = {
    "ok": "Nothing is wrong with it.",
    "unknown": "It is none of the losses and none of the mistakes that are known here.",
    "not-finite": "Its value or its gradient is not finite.",
    "forward-kl": "It is KL(q || p); you asked for KL(p || q), the divergence the other way round.",
    "logit-matching": "It matches logits (Ba and Caruana 2014), not soft targets.",
    "log-prob-matching": "It is the original demo's: raw outputs against the teacher's log-probabilities (chapter 04).",
    "log-probs-both-sides": "It matches log-probabilities with log-probabilities.",
    "teacher-choices": "It learns the teacher's choices as labels, without their doubts.",
}  # fmt: skip


@dataclass(frozen=True)
class Diagnosis:
    """What was found in a loss: ``names``, and the weights ``soft`` and ``hard`` of its two gradients.

    ``soft`` weighs T (p_T - q_T) / B and ``hard`` weighs (p - Y) / B, as the two together explain dL/dz best;
    ``left`` is the share of dL/dz that the explanation leaves over. ``str`` says it in sentences.
    Not used in a chapter by its name: `diagnose` gives it.
    """

    names: list[str]
    soft: float
    hard: float
    temperature: float
    left: float = 0.0

    def __str__(self) -> str:
        sentences = [f"{name}: {_says(name)}" for name in self.names]
        sentences.append(
            f"Weights at T = {self.temperature:g}: {self.soft:.4g} on the soft targets, {self.hard:.4g} on the labels."
        )
        if "unknown" in self.names and math.isfinite(self.left):
            sentences.append(f"The best explanation leaves {self.left:.0%} of its gradient over.")
        return "\n".join(sentences)

    __repr__ = __str__


def _says(name: str) -> str:
    if name not in KNOWN:
        return _SAYS[name]
    mistake = KNOWN[name]
    chosen = " If you chose it, as chapter 11 does, say reverse_kl=True." if name == "reverse-kl" else ""
    return f"{mistake.told} Seen in: {mistake.where}.{chosen}"


def diagnose(
    loss: Callable, *, temperature: float, classes: int = 3, reverse_kl: bool = False, alpha: float | None = None
) -> Diagnosis:
    """Hold ``loss(student_logits, teacher_logits, labels) -> scalar`` against the bank of mistakes.

    The gradients dL/dz on random logits [B, C] are explained by least squares: by the right soft and hard term, or by
    a known mistake in one of them. ``loss`` may be one of `kdlib.objectives`. ``temperature`` is the T that it uses;
    ``reverse_kl=True`` says that KL(p || q) is meant, ``alpha`` which weight of the soft term: with it,
    "alpha-reversed" is told from a mix that was wanted. (A jump at the end shows only between two alphas: the check of
    the loss that a learner writes asks at three.) ``names`` holds "ok" where nothing is wrong, beside
    "ignores-labels" where it is soft targets alone; what fits nothing is "unknown". Raises `ValueError` where the loss
    cannot be called.
    Chapter 10.
    """
    _check(temperature, classes, alpha)
    temperature, classes = float(temperature), int(classes)  # NumPy's too
    ask_it = _asking(_called(loss), temperature, classes)
    given = probes(BATCH, classes, temperature)
    asked = [ask_it(probe) for probe in given]
    lost = _nothing_learned(ask_it, given, asked)
    if lost:
        return Diagnosis(lost, *([math.nan] * 2 if lost == ["not-finite"] else [0.0] * 2), temperature)

    coarse = max(answer.eps for answer in asked)
    tolerance = 1e-5 if coarse < 1e-10 else max(1e-3, 8 * coarse)
    right = wrong_losses.reverse_kl if reverse_kl else wrong_losses.soft_targets
    target = as_column([answer.on_student for answer in asked if answer.on_student is not None])

    def column(form):
        return gradient_of(form, BATCH, classes, temperature)

    found = fits.explain(target, column, right, tolerance)
    names = list(found.names)
    if found.scaled:
        names += _scales(ask_it, found, classes, temperature, tolerance)
    if found.scaled and not found.weights[0]:
        names = _why_no_teacher(ask_it, given, asked) + names
    elif not names and any(_teacher_learns_labels(ask_it, *pair) for pair in zip(given, asked, strict=True)):
        names = ["teacher-gradient"]
    if not all(math.isfinite(answer.value) for answer in asked):
        names.append("not-finite")
    if not names:
        names = ["ok"] if any(found.weights[1:]) else ["ok", "ignores-labels"]
    if "unknown" in names:
        names = ["unknown"]
    soft, hard = fits.weights_of(target, [column(right), column(wrong_losses.labels)], tolerance)[0]
    if "ok" in names and alpha is not None and alpha != 0.5:
        turned = max(abs(soft - (1 - alpha)), abs(hard - alpha)) < 10 * tolerance
        names = ["alpha-reversed"] if turned else names
    return Diagnosis(names, soft, hard, temperature, found.left)


def _check(temperature: float, classes: int, alpha: float | None):
    if not (isinstance(temperature, Real) and 0 < temperature < math.inf):
        raise ValueError(f"temperature is {temperature!r}; expected the positive number that the loss uses")
    if not (isinstance(classes, Integral) and classes >= 2):
        raise ValueError(f"classes is {classes!r}; expected an integer of 2 or more")
    if alpha is not None and not (isinstance(alpha, Real) and 0 <= alpha <= 1):
        raise ValueError(f"alpha is {alpha!r}; expected the weight of the soft term, from 0 to 1")


def _called(loss):
    """The loss as a function of (z, v, y); the objectives of kdlib want keywords."""
    if isinstance(loss, Objective):
        return lambda z, v, y: loss(z, labels=y, teacher_logits=v)
    if isinstance(loss, type):
        raise ValueError(f"loss is the class {loss.__name__}; expected what it makes, {loss.__name__}(...)")
    if not callable(loss):
        raise ValueError(f"loss is a {type(loss).__name__}, expected loss(student_logits, teacher_logits, labels)")
    return loss


def _asking(loss, temperature, classes):
    """`ask` in the first way that the loss accepts: float64 or float32, with or without a gradient for the teacher."""
    probe = probes(BATCH, classes, temperature)[0]
    refused = None
    for dtype in (torch.float64, torch.float32):
        for teacher_gradient in (True, False):
            try:
                once, twice = (ask(loss, probe, dtype, teacher_gradient).value for _ in range(2))
            except Exception as error:  # whatever anybody's function raises
                refused = refused or error
                continue
            if once != twice and not math.isnan(once):
                raise ValueError("the loss gives two values for the same logits; expected nothing random in it")
            return lambda probe, dtype=dtype, with_v=teacher_gradient: ask(loss, probe, dtype, with_v)
    z, y = list(probe.z.shape), list(probe.y.shape)
    call = f"loss(student_logits {z}, teacher_logits {z}, labels {y})"
    raise ValueError(f"the loss fails when called as {call}: {type(refused).__name__}: {refused}") from refused


def _nothing_learned(ask_it, given, asked):
    """The names for a loss of which the student has no gradient, or none that is finite; empty for any other."""
    gradients = [answer.on_student for answer in asked]
    if not all(gradient is None or gradient.isfinite().all() for gradient in gradients):
        return ["not-finite"]
    if any(gradient is not None and gradient.norm() > 1e-9 for gradient in gradients):
        return []
    names = _why_no_teacher(ask_it, given, asked)
    return ["student-detached"] if names == ["ignores-teacher"] else names  # nor does it learn labels


def _why_no_teacher(ask_it, given, asked):
    """The names for a loss whose gradient on the student knows no teacher."""
    reached = [answer.on_teacher for answer in asked if answer.on_teacher is not None]
    if any(gradient.norm() > 1e-9 for gradient in reached):
        return ["teacher-gradient"]
    if not _same(ask_it(given[0]._replace(v=given[1].v)).value, asked[0].value):
        return ["student-detached"]
    # Against itself the teacher's gradient is zero but for rounding; where it weighs nothing it is zero exactly.
    both = any(gradient.count_nonzero() for gradient in reached)
    return ["ignores-teacher", "teacher-on-both-sides"] if both else ["ignores-teacher"]


def _same(a, b):
    return abs(a - b) <= 1e-9 * max(1, abs(a), abs(b))


def _teacher_learns_labels(ask_it, probe, answer):
    """Whether the gradient on the teacher changes with the labels."""
    if answer.on_teacher is None:
        return False
    other = ask_it(probe._replace(y=(probe.y + 1) % probe.z.shape[1])).on_teacher
    return other is None or (other - answer.on_teacher).norm() > 1e-6 * (1 + other.norm())


def _scales(ask_it, found, classes, temperature, tolerance):
    """The names of what the weights say, from the same explanation in a larger batch and with twice the classes."""

    def weights(batch, count):
        try:
            target = as_column([ask_it(probe).on_student for probe in probes(batch, count, temperature)])
        except Exception:  # a loss may know its number of classes
            return None
        columns = [gradient_of(form, batch, count, temperature) for form in found.forms]
        weights, left = fits.weights_of(target, columns, tolerance)
        return _two(weights) if left < tolerance else None

    def close(a, b):
        return abs(a - b) <= 3 * tolerance * max(abs(a), abs(b))

    settings = {"batches": (BATCH, OTHER_BATCH), "classes": classes, "temperature": temperature, "close": close}
    others = weights(OTHER_BATCH, classes), weights(BATCH, 2 * classes)
    return names_of_scales(_two(found.weights), *others, **settings)


def _two(weights):
    return weights[0], sum(weights[1:])
