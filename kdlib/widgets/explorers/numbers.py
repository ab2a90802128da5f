"""What the explorers show, in numbers computed by kdlib and in words. No widget is needed here."""

import torch
from scipy.optimize import root
from torch import Tensor

from kdlib.objectives import HardLabels, LogitMatching, LogProbMatching, Mixed, Objective, ReverseKL, SoftTargets
from kdlib.worlds.people import POLITICS


def rounded(values, digits: int = 2) -> str:
    """``[0.10, -0.08]``, without a minus sign before zero."""
    return f"[{', '.join(fixed(x, digits) for x in values)}]"


def fixed(x, digits: int = 2) -> str:
    return f"{round(float(x), digits) + 0.0:.{digits}f}"


def direction(g: float) -> str:
    """What a step against the gradient ``g`` of the true class does, in words."""
    if abs(g) < 0.0005:
        return "true class left alone"
    return f"true class pushed {'down' if g > 0 else 'up'}"


def logit_gradient(objective: Objective, z: Tensor, v: Tensor, label: int) -> Tensor:
    """dL/dz [3] of one person; unlike the objective's own call, it takes logits that look like probabilities."""
    targets = objective.targets(torch.tensor([label]), v[None], len(POLITICS), z.dtype)
    return objective.residual(z[None], *targets)[0]


def resting_point(objective: Objective, v: Tensor, label: int) -> Tensor | None:
    """The prediction [3] that the objective leaves alone, or None where there is none: labels pull for ever."""
    alpha = getattr(objective, "alpha", 0.0 if isinstance(objective, HardLabels) else 1.0)
    if alpha in (0, 1):
        return torch.softmax(v, -1) if alpha else None

    def pull(z):  # the gradient sums to 0, so it is 0 where this is; logits whose mean is free would be found slower
        return logit_gradient(objective, z, v, label) + z.mean()

    def slope(z):
        return torch.func.jacrev(pull)(torch.from_numpy(z))

    start = (alpha * torch.softmax(v, -1) + (1 - alpha) * torch.eye(3, dtype=v.dtype)[label]).log()
    found = root(lambda z: pull(torch.from_numpy(z)), start - start.mean(), jac=slope, method="lm", tol=1e-14)
    return torch.softmax(torch.from_numpy(found.x), -1)


def comparisons(objective: Objective, z: Tensor, v: Tensor, label: int) -> list[tuple[str, dict[str, Tensor]]]:
    """What the objective compares: one or two titles, each with the student's numbers [3] and the target's."""
    p, q, Y = torch.softmax(z, -1), torch.softmax(v, -1), torch.eye(3, dtype=z.dtype)[label]
    opinions = ("Predictions", {"p, student": p, "q, teacher": q})

    def softened(T):
        numbers = {"p_T, student": torch.softmax(z / T, -1), "q_T, target": torch.softmax(v / T, -1)}
        return f"Softened, T = {T:.3g}", numbers

    match objective:
        case HardLabels():
            return [("Prediction and target", {"p, student": p, "Y, target": Y})]
        case LogProbMatching():
            return [opinions, ("Outputs", {"z, student": z, "log q, target": q.log()})]
        case LogitMatching(centred=True):
            return [opinions, ("Centred logits", {"z, student": z - z.mean(), "v, target": v - v.mean()})]
        case LogitMatching():
            return [opinions, ("Logits", {"z, student": z, "v, target": v})]
        case SoftTargets(temperature=1.0) | ReverseKL(temperature=1.0):
            return [("Prediction and target", {"p, student": p, "q, target": q})]
        case SoftTargets(temperature=T) | ReverseKL(temperature=T):
            return [opinions, softened(T)]
        case Mixed(temperature=1.0, alpha=alpha):
            mix = alpha * q + (1 - alpha) * Y
            return [("Prediction and target", {"p, student": p, "mix of q and Y": mix})]
        case Mixed(temperature=T):
            return [("Label term", {"p, student": p, "Y, target": Y}), softened(T)]
    raise ValueError(f"{objective!r} is in no explorer")


def soft_norm(z: Tensor, v: Tensor, temperatures: Tensor) -> Tensor:
    """The norm of dL/dz of `SoftTargets` over all people [n, 3], for each temperature [R] -> [R]."""
    objective, rows = SoftTargets(temperatures), (len(temperatures), *z.shape)
    targets = objective.targets(None, v.expand(rows), len(POLITICS), z.dtype)
    return objective.residual(z.expand(rows), *targets).flatten(1).norm(dim=-1) / len(z)
