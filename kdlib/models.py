"""The networks: small tanh MLPs that return logits. Chapter 02."""

import threading
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import nn

from kdlib.arguments import tensor_of


class MLP(nn.Module):
    """A tanh network ``sizes[0]-...-sizes[-1]``: features [..., sizes[0]] -> **logits** [..., sizes[-1]]::

        h_0 = x;  h_k = tanh(W_k h_{k-1} + b_k);  logits = W_L h_{L-1} + b_L

    Weights are Xavier-uniform, biases zero. Raises `ValueError` for fewer than two sizes or a size below 1.
    Not used in a chapter by its name: `teacher_net` and `student_net` are.
    """

    layers: Sequence[nn.Linear]
    classes: list[str]  # their names and those of the features, where `load_model` has read them
    features: list[str]

    def __init__(self, *sizes: int):
        super().__init__()
        if len(sizes) < 2 or not all(_is_width(size) for size in sizes):
            raise ValueError(f"sizes is {sizes}; expected two or more widths of at least 1, such as 6, 8, 3")
        self.sizes = sizes = tuple(map(int, sizes))  # a NumPy integer cannot be written into a checkpoint
        layers: Any = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(sizes))
        self.layers = layers
        # After all layers exist, as in the original: the order decides which random draws a layer gets.
        for layer in self.layers:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        *hidden, output = self.layers
        for layer in hidden:
            x = torch.tanh(layer(x))
        return output(x)


def _is_width(size) -> bool:
    return hasattr(size, "__index__") and not isinstance(size, bool) and size >= 1


def teacher_net() -> MLP:
    """The teacher of the original demo: 6-(10-10)-3. Chapter 02."""
    return MLP(6, 10, 10, 3)


def student_net(hidden: int = 8) -> MLP:
    """The student of the original demo: 6-8-3, or another width of its one hidden layer. Chapter 03."""
    return MLP(6, hidden, 3)


def check_plain_mlp(model: nn.Module, name: str = "model", trained: bool = False) -> None:
    """Raise `ValueError` unless ``model`` computes exactly the formula of `MLP` from the weights of its layers.

    Whoever reads those weights alone (the closed form, a cohort, a checkpoint) would take a subclass with a ``forward``
    of its own, a hook or a pruned layer for another network. ``trained=True`` also refuses what autograd would not
    train by the plain gradient: frozen parameters and backward hooks.
    """
    if found := _unlike_an_mlp(model) or (trained and _unlike_plain_training(model)):
        raise ValueError(f"{name} {found}; expected a kdlib.MLP as it was made")


def _unlike_an_mlp(model) -> str | None:
    kind = type(model).__name__
    if not isinstance(model, MLP):
        return f"is a {kind}"
    if type(model).forward is not MLP.forward or type(model).__call__ is not nn.Module.__call__:
        return f"is a {kind}, which has a forward of its own"
    if others := [type(layer).__name__ for layer in model.layers if type(layer) is not nn.Linear]:
        return f"has a layer that is a {others[0]}"
    if any("forward" in vars(module) for module in model.modules()):
        return "has a forward that was replaced"
    if _hooks(model, ("_forward_hooks", "_forward_pre_hooks")):
        return "has a forward hook (a pruned layer has one)"
    shapes = {}
    for k, (a, b) in enumerate(pairwise(model.sizes)):
        shapes |= {f"layers.{k}.weight": (b, a), f"layers.{k}.bias": (b,)}
    if {key: tuple(value.shape) for key, value in model.state_dict().items()} != shapes:
        return f"has other weights than its sizes {model.sizes} say"
    if len({p.data_ptr() or id(p) for p in model.parameters()}) < len(shapes):  # a shared one is listed once
        return "has layers that share a weight"
    if len({p.dtype for p in model.parameters()}) > 1:
        return "has weights of several dtypes"
    return None


def _unlike_plain_training(model) -> str | None:
    if not all(p.requires_grad for p in model.parameters()):
        return "has frozen parameters (requires_grad is False)"
    if any(p._backward_hooks for p in model.parameters()) or _hooks(model, ("_backward_hooks", "_backward_pre_hooks")):
        return "has a backward hook"
    return None


def _hooks(model, kinds) -> bool:
    return any(getattr(module, kind) for module in model.modules() for kind in kinds)


_LOOKING = threading.RLock()  # two threads would take each other's eval mode for the mode to return to


def logits_of(model: Callable, x: torch.Tensor) -> torch.Tensor:
    """The model's logits for ``x``, in eval mode and without gradients; the model is left as it was.

    ``model`` is a module or any function from features to logits, or to a tuple or an object that holds them as
    `logits_in` reads it; a float64 module gets float64 features. Dropout and batch norm would otherwise make the
    teacher a different function at every call. Raises `ValueError` for features that the model cannot take.
    Chapters 02 and 03.
    """
    x = tensor_of(x, "x")
    with _LOOKING, torch.no_grad():
        modes = [(module, module.training) for module in model.modules()] if isinstance(model, nn.Module) else []
        try:
            if isinstance(model, nn.Module):
                model.eval()
                x = _in_dtype_of(model, x)
            return logits_in(model(x.clone()))  # a forward may work in place: the rows stay as they are
        except RuntimeError as problem:
            raise ValueError(_cannot_take(model, x, problem)) from problem
        finally:
            for module, mode in modes:
                module.training = mode


def logits_in(output: Any) -> torch.Tensor:
    """The logits in what a model returns: a tensor, an array, ``output.logits``, or the first of a tuple."""
    if isinstance(output, torch.Tensor):
        return output
    if isinstance(output, np.ndarray):
        return tensor_of(output, "what the model gives")
    if hasattr(output, "logits"):
        return logits_in(output.logits)
    if isinstance(output, dict) and "logits" in output:
        return logits_in(output["logits"])
    if isinstance(output, tuple | list) and output:
        return logits_in(output[0])
    raise TypeError(f"the model gives a {type(output).__name__}; expected logits, or a tuple or object that holds them")


def _in_dtype_of(model, x):
    dtypes = {p.dtype for p in model.parameters() if p.is_floating_point()}
    return x.to(dtypes.pop()) if len(dtypes) == 1 and x.is_floating_point() else x


def _cannot_take(model, x, problem) -> str:
    if isinstance(model, MLP) and x.shape[-1:] != model.sizes[:1]:
        return f"x is {list(x.shape)}; expected [n, {model.sizes[0]}], the features of a network {model.sizes}"
    if not x.is_floating_point():
        return f"x is {x.dtype}; expected floating-point features, such as x.float()"
    return f"the model cannot take x, {x.dtype} {list(x.shape)}: {problem}"
