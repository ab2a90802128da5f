"""The museum of chapter 10: what an exhibit looks like, its label, and networks side by side for the wrong loops."""

import inspect
import re
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kdlib.exercises.mistakes import KNOWN
from kdlib.exercises.mutants import RESIDUALS

LOSSES = tuple(RESIDUALS)
LOOPS = ("cached-outputs", "teacher-in-train-mode", "eval-never-undone", "teacher-gradient", "teacher-on-both-sides",
         "teacher-trained-too")  # fmt: skip


@dataclass(frozen=True)
class Code:
    """Some lines of Python, shown as they stand. Chapter 10."""

    text: str

    def __repr__(self) -> str:
        return self.text


def exhibits(*numbers: int) -> Code:
    """The code of losses by number, from 1, without the names that would tell what is wrong. Chapter 10."""
    return Code("\n\n".join(_shown(n, KNOWN[LOSSES[n - 1]].soft[0], "loss") for n in numbers))


def loops(*numbers: int) -> Code:
    """The body of the epochs of wrong loops by number, from 1. Chapter 10."""
    return Code("\n\n".join(_shown(n, KNOWN[LOOPS[n - 1]].loops[0], "distil") for n in numbers))


def _shown(number, function, name):
    lines = inspect.getsource(function).rstrip()
    return f"# {number}\n" + re.sub(r"^def \w+", f"def {name}", lines)


def labels(*numbers: int, kind: tuple[str, ...] = LOSSES) -> Code:
    """What stands beside the exhibits: what is wrong, where it was real, what catches it. Chapter 10."""
    return Code("\n".join(f"{n}  {KNOWN[kind[n - 1]]}" for n in numbers))


class SideBySide(nn.Module):
    """Tanh networks of one architecture, run r with weights of its own: rows [n, runs, d] -> logits [n, runs, C].

    ``dropout`` is the share of hidden outputs that are dropped in train mode. Chapter 10.
    """

    def __init__(self, models: list[nn.Module], dropout: float = 0.0):
        super().__init__()
        layers = list(zip(*(model.layers for model in models), strict=True))
        self.weights = nn.ParameterList(torch.stack([one.weight.detach().T for one in layer]) for layer in layers)
        self.biases = nn.ParameterList(torch.stack([one.bias.detach() for one in layer]) for layer in layers)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        h = x.transpose(0, 1)
        for k, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            h = torch.baddbmm(bias[:, None], self.dropout(torch.tanh(h)) if k else h, weight)
        return h.transpose(0, 1)
