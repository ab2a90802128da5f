"""The check of the whole distillation loss: equal or not, and if not, `diagnose` says which mistake it is."""

import torch

from kdlib.diagnosis import diagnose
from kdlib.exercises import draws, wrong_losses
from kdlib.exercises.compare import call, check_kind, equal
from kdlib.exercises.mistakes import KNOWN
from kdlib.exercises.verdict import Refused, Verdict, judged

NAME, TODO = "distillation_loss", "distillation_loss is to give alpha T**2 KL(q_T || p_T) + (1 - alpha) CE(z, y)."
T, ALPHA = 3.0, 0.7  # where a wrong loss is looked at


def check_loss(answer) -> Verdict:
    """The verdict on the learner's (z, v, y, T, alpha) -> scalar: values and gradients against the right loss."""

    def judge():
        wrong = None
        for z, v, *rest in draws.logits("y", "T", "alpha"):
            leaf, true_leaf = (z.clone().requires_grad_() for _ in range(2))
            mine, true = call(NAME, answer, (leaf, v, *rest), TODO), wrong_losses.mixed(true_leaf, v, *rest)
            check_finite_kind(mine, true)
            if not equal(mine.detach(), true.detach()) or not equal(_gradient(mine, leaf), _gradient(true, true_leaf)):
                wrong = wrong or (mine.item(), true.item())
        if wrong:
            _name_it(answer, *wrong)

    return judged(NAME, judge, "Values and gradients agree with the definition at every T and alpha.")


def check_finite_kind(mine, true):
    """As `check_kind`, but a loss of nan may still be told by its gradients."""
    if isinstance(mine, torch.Tensor) and mine.shape == true.shape and mine.isnan():
        return
    check_kind(NAME, mine, true)


def _gradient(value, leaf):
    if not value.requires_grad:
        return torch.zeros_like(leaf)
    (gradient,) = torch.autograd.grad(value, leaf, allow_unused=True)
    return torch.zeros_like(leaf) if gradient is None else gradient


def _name_it(answer, mine, true):
    def at(alpha):
        try:
            return diagnose(lambda z, v, y: answer(z, v, y, T, alpha), temperature=T)
        except ValueError as problem:
            raise Refused(str(problem)) from None

    found = at(ALPHA)
    names = [name for name in found.names if name in KNOWN]
    if names:
        raise Refused(" ".join(_sentence(name, found) for name in names))
    if found.names == ["ok"] and abs(found.soft - (1 - ALPHA)) < 1e-6 and abs(found.hard - ALPHA) < 1e-6:
        raise Refused(KNOWN["alpha-reversed"].what)
    for alpha in (1.0, 0.0):
        end = at(alpha)
        right = (abs(end.soft - alpha), abs(end.hard - (1 - alpha)))
        if found.names == ["ok"] and _near(found, ALPHA) and max(right) > 1e-6:
            what = (
                KNOWN["jump-at-the-end"].what
                if "no-t2" in end.names
                else f"At alpha = {alpha:g} another formula takes over."
            )
            raise Refused(what)
    if found.names == ["ok"] and _near(found, ALPHA):
        raise Refused(
            "Your gradients are right, your value is not: soft cross-entropy and KL differ by the teacher's entropy."
        )
    if found.names == ["ok"]:
        raise Refused(
            f"At alpha = {ALPHA} and T = {T:g} your soft term weighs {found.soft:.3g} and your labels weigh "
            f"{found.hard:.3g}; {ALPHA} and {1 - ALPHA:.1f} are wanted."
        )
    raise Refused(f"Not right yet: where {true:.4g} is right, your loss gives {mine:.4g}; it is no mistake known here.")


def _near(found, alpha):
    return abs(found.soft - alpha) < 1e-6 and abs(found.hard - (1 - alpha)) < 1e-6


def _sentence(name, found):
    if name in ("no-t2", "t-once", "mean-reduction") and found.soft:
        times = ALPHA / found.soft
        return f"Your soft term is {times:.3g} times too small at T = {T:g}: {_WHY[name]}"
    return KNOWN[name].told


_WHY = {
    "no-t2": "the factor T**2 is missing (chapter 5).",
    "t-once": "T stands where T**2 belongs (chapter 5).",
    "mean-reduction": 'the reduction "mean" divides by B * C, "batchmean" by B.',
}
