"""Random arguments for the checks: shapes and values that nobody can type an answer for."""

import torch
from torch import Tensor

COUNT = 12


def logits(*extra: str) -> list[tuple]:
    """Tuples of arguments: student and teacher logits z and v [B, C], then what ``extra`` names: y, T, alpha."""
    draws = torch.Generator().manual_seed(20)
    return [_one(draws, k, extra) for k in range(COUNT)]


def _one(draws, k, extra):
    batch, classes = (int(torch.randint(2, 9, (), generator=draws)) for _ in range(2))
    made: dict[str, Tensor | float] = {
        "y": torch.randint(classes, (batch,), generator=draws),
        "T": (3.0, 1.5, 4.0, 2.5)[k % 4],
        "alpha": (0.7, 0.25, 0.0, 1.0, 0.9)[k % 5],
    }
    z, v = 2 * torch.randn(2, batch, classes, dtype=torch.float64, generator=draws)
    return z, v, *(made[name] for name in extra)


def without_teacher(*extra: str) -> list[tuple]:
    """The same without the teacher's logits."""
    return [(z, *rest) for z, _, *rest in logits(*extra)]


def probabilities() -> list[tuple]:
    """True probabilities [n, 3]."""
    draws = torch.Generator().manual_seed(21)
    return [(torch.softmax(2 * torch.randn(4 + k, 3, dtype=torch.float64, generator=draws), 1),) for k in range(COUNT)]


def pairs() -> list[tuple]:
    """Two measures of the same runs [n], which share much of their luck."""
    draws = torch.Generator().manual_seed(22)
    made = []
    for k in range(COUNT):
        luck, a, b = torch.randn(3, 5 + 3 * k, dtype=torch.float64, generator=draws)
        made.append((0.8 + 0.05 * luck + 0.01 * a, 0.79 + 0.05 * luck + 0.01 * b))
    return made


def sure_of_labels() -> list[tuple]:
    """Logits z [n, C] and labels y [n] that were drawn from their softmax: z is as sure as it should be."""
    draws = torch.Generator().manual_seed(23)
    made = []
    for k in range(COUNT):
        z = 1.5 * torch.randn(60 + k, 2 + k % 5, dtype=torch.float64, generator=draws)
        made.append((z, torch.multinomial(z.softmax(1), 1, generator=draws)[:, 0]))
    return made


def tried(halves: bool = False) -> list[tuple]:
    """Two contestants' scores [runs, steps], which share the runs' luck; an even number of runs for ``halves``."""
    draws = torch.Generator().manual_seed(24)
    made = []
    for k in range(COUNT):
        runs, steps = 2 * (k + 3) if halves else k + 5, 3 + k % 3
        luck = 0.05 * torch.randn(runs, 1, dtype=torch.float64, generator=draws)
        noise = 0.04 * torch.randn(2, runs, steps, dtype=torch.float64, generator=draws)
        level = 0.02 * torch.randn(2, 1, steps, dtype=torch.float64, generator=draws)
        made.append(tuple(0.8 + luck + level + noise))
    return made
