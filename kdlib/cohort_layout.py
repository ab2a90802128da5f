"""How a cohort lies in memory: what lets one step of all runs be a handful of batched products."""

import math
from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

# A bias is one more weight, from a unit that is always one: a column of ones beside the features, and in each hidden
# layer a unit with this bias and no other input. tanh(50) is exactly 1, its slope exactly 0, so no step changes it.
ALWAYS_ONE = 50.0
# Rows are shuffled for so many bytes of batches at once: all of a course's rows, and a bound for long data sets.
PIECE = 2**25
# From here on the calls cost less than the numbers, and the layout of the numbers counts.
MANY = 32  # runs
# Batched products with fewer multiplications a run than this are computed by a slow loop in torch, others by BLAS.
BLAS = 400


def padded_outputs(runs: int, batch_size: int, hidden: int, classes: int) -> int:
    """How many outputs the last layer of many runs gets: a few more than ``classes``, always zero, where that takes
    its products from the slow loop to BLAS, as for 8 hidden units, 3 classes and batches of 10."""
    needed = math.ceil(BLAS / ((hidden + 1) * batch_size))
    return needed if runs >= MANY and classes < needed <= 2 * classes else classes


class Weights:
    """All runs' weights, one W [runs, in + 1, out + 1] per layer: biases in the last row, the unit that is one last.

    A step is added to ``velocities``: with momentum they are tensors of their own, without it the weights themselves.
    """

    def __init__(self, layers: list[Tensor], momentum: float):
        self.layers, self.transposed = layers, [W.mT for W in layers]
        self.velocities = [torch.zeros_like(W) for W in layers] if momentum else layers
        self._all = [*layers, *self.velocities] if momentum else layers

    @classmethod
    def of(cls, networks: list, like: Tensor, momentum: float, outputs: int) -> "Weights":
        """From each run's list of (weight [out, in], bias [out]), in the dtype and on the device of ``like``; the last
        layer gets ``outputs`` columns, zero where there are no weights."""
        layers = []
        for layer in zip(*networks, strict=True):
            weight, bias = (torch.stack(part).to(like) for part in zip(*layer, strict=True))
            W = torch.cat([weight.mT, bias[:, None]], 1)
            always_one = torch.zeros_like(W[..., :1])
            always_one[:, -1] = ALWAYS_ONE
            layers.append(torch.cat([W, always_one], 2))
        logits = layers[-1][..., :-1]  # they need no unit that is one
        layers[-1] = F.pad(logits, (0, outputs - logits.shape[-1])).contiguous()
        return cls(layers, momentum)

    def networks(self, sizes: tuple[int, ...]) -> list[tuple[Tensor, Tensor]]:
        """All runs, networks of these ``sizes``: (weight [runs, out, in], bias [runs, out]) of each layer, views."""
        return [(W[:, :-1, :out].mT, W[:, -1, :out]) for W, out in zip(self.layers, sizes[1:], strict=True)]

    def clone(self) -> "Weights":
        twin = Weights([W.clone() for W in self.layers], self.velocities is not self.layers)
        twin.copy_(self)
        return twin

    def copy_(self, other: "Weights") -> None:
        for ours, theirs in zip(self._all, other._all, strict=True):
            ours.copy_(theirs)

    def not_finite(self) -> Tensor | None:
        """Which runs [runs] have a weight that is not finite; None, found sooner by sums, where no run has."""
        if all(math.isfinite(W.sum()) for W in self.layers):
            return None
        return torch.stack([~W.isfinite().flatten(1).all(1).cpu() for W in self.layers]).any(0)

    def put_back(self, runs: Tensor, other: "Weights") -> None:
        """Give the marked ``runs`` [runs] the weights they have in ``other``."""
        for ours, theirs in zip(self.layers, other.layers, strict=True):
            ours[runs] = theirs[runs]


class Rows:
    """All that a step needs of a row stands side by side in one table: a shuffle is one look-up, a batch a view of it.

    Rows that all runs share are in the table once. ``columns`` are [n, k] or [runs, n, k]: the features with a column
    of ones, then the objective's targets. ``lr`` is [1, 1, 1] or [runs, 1, 1].
    """

    def __init__(self, columns: list[Tensor], runs: int, batch_size: int, lr: Tensor):
        self.n = columns[0].shape[-2]
        shared = all(column.dim() == 2 for column in columns)
        if not shared:
            columns = [column.expand(runs, -1, -1) for column in columns]
        self.table = torch.cat(columns, -1).flatten(0, -2)
        self._first_row = None if shared else torch.arange(runs)[:, None] * self.n
        width, widths = self.table.shape[1], [column.shape[-1] for column in columns]
        batches = max(1, PIECE // (batch_size * runs * width * self.table.element_size()))
        piece = min(self.n, batches * batch_size)
        shuffled = self.table.new_empty(runs * piece, width)
        self._piece, self._views = piece, {}
        for rows in {piece, self.n % piece or piece}:  # the last piece may be shorter
            out, batches = shuffled[: runs * rows], []
            for batch in out.view(runs, rows, width).split(batch_size, 1):
                (features, *targets), size = batch.split(widths, -1), batch.shape[1]
                batches.append((features, features.mT, targets, lr / -size))
            self._views[rows] = out, batches

    def shuffled(self, order: Tensor) -> Iterator[tuple[Tensor, list]]:
        """One piece of ``order`` [runs, n] after the other, with its batches: (features, their transpose, targets,
        -lr / B)."""
        for start in range(0, self.n, self._piece):
            piece = order[:, start : start + self._piece]
            out, batches = self._views[piece.shape[1]]
            rows = piece if self._first_row is None else piece + self._first_row
            torch.index_select(self.table, 0, rows.flatten().to(self.table.device), out=out)
            yield piece, batches


def hidden_outputs(sizes: Sequence[int], runs: int, rows: int, like: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Where a step puts each hidden layer's outputs [runs, B, hidden + 1], with their transpose: making either anew in
    each step takes 1 us, a twentieth of a step of one run."""
    outputs = [like.new_empty(runs, rows, hidden + 1) for hidden in sizes[1:-1]]
    return [(h, h.mT) for h in outputs]


class Outputs:
    """Where a step of many runs puts its logits [runs, B, C], class by class in memory, and its -lr dL/dz, padded.

    A softmax over a last dimension of 3 takes 45 us for 64 batches of 10; over a first dimension, which is what
    `kdlib.objectives` makes of this layout, it takes 5.
    """

    def __init__(self, runs: int, rows: int, classes: int, padded: int, like: Tensor):
        self.logits = like.new_empty(classes, runs, rows).permute(1, 2, 0)
        self.step = like.new_zeros(runs, rows, padded)
        self.of_classes = self.step[..., :classes]


def bytes_needed(runs: int, rows: int, width: int, itemsize: int, shared: bool) -> int:
    """What a cohort takes at most: the table and what it is made from, a piece of batches, and orders in int32."""
    table = rows * width * itemsize
    return 2 * table * (1 if shared else runs) + min(PIECE, table * runs) + 8 * runs * rows


def fitting_runs(most: int, rows: int, width: int, itemsize: int, shared: bool, free: int) -> int:
    """How many runs, ``most`` or fewer, need no more than ``free`` bytes."""
    fits = (runs for runs in range(most, 0, -1) if bytes_needed(runs, rows, width, itemsize, shared) <= free)
    return next(fits, 0)
