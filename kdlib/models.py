"""The networks: small tanh MLPs that return logits. Chapter 02."""

from itertools import pairwise

import torch
from torch import nn


class MLP(nn.Module):
    """A tanh network ``sizes[0]-...-sizes[-1]``: features [..., sizes[0]] -> **logits** [..., sizes[-1]]::

        h_0 = x;  h_k = tanh(W_k h_{k-1} + b_k);  logits = W_L h_{L-1} + b_L

    Weights are Xavier-uniform, biases zero. Raises `ValueError` for fewer than two sizes or a size below 1. Chapter 02.
    """

    def __init__(self, *sizes: int):
        super().__init__()
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes is {sizes}; expected two or more widths of at least 1, such as 6, 8, 3")
        self.sizes = tuple(sizes)
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        # After all layers exist, as in the original: the order decides which random draws a layer gets.
        for layer in self.layers:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        *hidden, output = self.layers
        for layer in hidden:
            x = torch.tanh(layer(x))
        return output(x)


def teacher_net() -> MLP:
    """The teacher of the original demo: 6-(10-10)-3. Chapter 02."""
    return MLP(6, 10, 10, 3)


def student_net(hidden: int = 8) -> MLP:
    """The student of the original demo: 6-8-3, or another width of its one hidden layer. Chapter 03."""
    return MLP(6, hidden, 3)


def logits_of(model, x: torch.Tensor) -> torch.Tensor:
    """The model's logits for ``x``, in eval mode and without gradients; the model is left as it was.

    ``model`` is a module or any function from features to logits. Dropout and batch norm would otherwise make the
    teacher a different function at every call. Chapters 02 and 03.
    """
    modes = [(module, module.training) for module in model.modules()] if isinstance(model, nn.Module) else []
    try:
        if modes:
            model.eval()
        with torch.no_grad():
            return model(x)
    finally:
        for module, mode in modes:
            module.training = mode
