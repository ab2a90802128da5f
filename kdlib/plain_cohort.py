"""`train_cohort` without its tricks: the chain rule of chapter 4 with one more dimension in front, the runs."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from kdlib.cohort_inputs import initial_layers, shuffle_of
from kdlib.objectives import Objective
from kdlib.rows import rows_of

Layers = list[tuple[Tensor, Tensor]]  # W [runs, out, in] and b [runs, 1, out] of each layer


def train_plain_cohort(
    sizes: Sequence[int], data: Any, objective: Objective, *, runs: int, teacher_logits: Tensor | None = None,
    epochs: int = 2000, batch_size: int = 10, lr: float = 0.005, seed: int = 0,
) -> Layers:  # fmt: skip
    """The networks of `train_cohort`, learned in the fewest lines instead of the fewest microseconds. Chapter 04."""
    (x, y), v = rows_of(data, labels=objective.needs_labels), teacher_logits
    shuffles = [shuffle_of(seed, run, len(x)) for run in range(runs)]
    layers = []
    for layer in zip(*(initial_layers(sizes, seed, run) for run in range(runs)), strict=True):
        W, b = (torch.stack(part).to(x.dtype) for part in zip(*layer, strict=True))
        layers.append((W, b[:, None]))
    for _ in range(epochs):
        order = torch.stack([shuffle() for shuffle in shuffles])  # [runs, n]
        for rows in order.split(batch_size, 1):  # [runs, B]
            *inputs, z = activations(layers, x[rows])
            labels, teacher = (None if column is None else column[rows] for column in (y, v))
            g = objective.logit_gradient(z, labels=labels, teacher_logits=teacher)  # [runs, B, C]
            for (W, b), h in zip(reversed(layers), reversed(inputs), strict=True):
                dW, db = g.mT @ h, g.sum(1, keepdim=True)
                g = (g @ W) * (1 - h**2)  # tanh' = 1 - tanh^2
                W -= lr * dW
                b -= lr * db
    return layers


def activations(layers: Layers, x: Tensor) -> list[Tensor]:
    """Features [runs, n, d], the outputs of every hidden layer, and last the logits [runs, n, C].

    Not used in a chapter by its name.
    """
    outputs = [x]
    for W, b in layers[:-1]:
        outputs.append(torch.tanh(outputs[-1] @ W.mT + b))
    W, b = layers[-1]
    return [*outputs, outputs[-1] @ W.mT + b]
