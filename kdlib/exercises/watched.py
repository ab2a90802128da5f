"""What the checks of the loops share: a network that notes what it is asked, and plain SGD to hold it against."""

import copy
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from kdlib.exercises.mistakes import KNOWN
from kdlib.exercises.verdict import Refused


class Watched(nn.Module):
    """A linear network 4-3 in float64 whose weights are drawn from ``seed``; a subclass notes its ``calls``."""

    def __init__(self, seed: int):
        super().__init__()
        self.linear, self.calls = nn.Linear(4, 3, dtype=torch.float64), []
        generator = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.copy_(torch.randn(parameter.shape, dtype=torch.float64, generator=generator))


def replayed(
    first: Watched, losses: Iterable[Callable[[Watched], Tensor]], step: float, pile_up: bool = False
) -> Watched:
    """The network after plain SGD on these losses in their order; with ``pile_up`` gradients are never set to zero."""
    network, summed = copy.deepcopy(first), None
    network.calls = []
    for loss in losses:
        gradients = torch.autograd.grad(loss(network), list(network.parameters()))
        summed = gradients if summed is None or not pile_up else [a + b for a, b in zip(summed, gradients, strict=True)]
        with torch.no_grad():
            for parameter, gradient in zip(network.parameters(), summed, strict=True):
                parameter -= step * gradient
    return network


def same(a: nn.Module, b: nn.Module) -> bool:
    """Whether two networks have the same weights, to within 1e-9."""
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    return all(torch.allclose(x.double(), y.double(), rtol=0, atol=1e-9) for x, y in pairs)


def fail(name: str) -> None:
    """Raise `Refused` with what the mistake of that name is and does."""
    raise Refused(KNOWN[name].told)
