"""Many students at once: MLPs of one architecture, trained side by side on the closed-form gradients. Chapter 04.

There is no autograd here: dL/dz is the objective's `residual`, and the chain rule through a tanh network is the loop in
`Cohort._one_epoch`. A step of all runs is a handful of batched products, so the runs share the cost of calling them.
`kdlib.plain_cohort` is the same without the tricks.
"""

import copy
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from kdlib.arguments import per_run, whole_number
from kdlib.cohort_inputs import (
    check_lengths,
    check_memory,
    checked_rows,
    checked_teacher,
    initial_layers,
    layers_of,
    module_of,
    shuffle_of,
)
from kdlib.cohort_layout import MANY, Outputs, Rows, Weights, hidden_outputs, padded_outputs
from kdlib.models import MLP
from kdlib.objectives import Objective, PerRun
from kdlib.own_objectives import check_gradient
from kdlib.threads import torch_threads


def train_cohort(
    sizes: Sequence[int], data: Any, objective: Objective, *, runs: int, teacher_logits: Tensor | None = None,
    epochs: int = 2000, batch_size: int = 10, lr: PerRun = 0.005, seed: int = 0, progress: bool = False, **settings,
) -> "Cohort":  # fmt: skip
    """Train ``runs`` networks at once and return their `Cohort`, where all other arguments are explained.

    ``progress=True`` shows a bar. Ctrl-C stops early with a warning and keeps what was learned.
    Chapters 02 to 04.
    """
    settings |= {"teacher_logits": teacher_logits, "batch_size": batch_size, "lr": lr, "seed": seed}
    cohort = Cohort(sizes, data, objective, runs=runs, **settings)
    epochs_done = cohort.learn(epochs)
    try:
        if progress:
            from tqdm.auto import tqdm

            epochs_done = tqdm(epochs_done, total=epochs, unit="epoch", leave=False)
        for _ in epochs_done:
            pass
    except KeyboardInterrupt:
        message = f"stopped after {cohort.epoch} of {epochs} epochs; the cohort keeps what it learned"
        warnings.warn(message, stacklevel=2)
    return cohort


class _Learned(NamedTuple):
    """What whole epochs have made. It is replaced in one assignment: Ctrl-C comes before or after, never in between."""

    epoch: int
    weights: Weights
    diverged: Tensor
    loss: Tensor


class Cohort:
    """``runs`` networks of one architecture: `learn` teaches them, `logits` and `module` give what they learned.

    ``sizes`` as for `MLP`, such as (6, 8, 3). ``data`` as for `kdlib.fit`, or with rows of its own for each run: x
    [runs, n, d], y [runs, n]. ``teacher_logits`` [n, C], or [runs, n, C] with one teacher per run. ``lr``, and the
    objective's temperature and alpha, are numbers or one per run. ``dtype`` and ``device`` are the data's by default.

    Run r draws its initial weights and its shuffles from stream ``streams[r]`` of ``seed`` (stream r by default), on
    the CPU: they are the same whatever runs beside it. Runs of one stream share their draws, as paired comparisons
    want it. ``models``, one `MLP` per run, replaces the initial weights; ``shuffles[r]``, which draws run r's next
    order of the rows, may be replaced. An epoch runs in one torch thread, or in ``threads``; that pays with networks
    far larger than the course's, on a machine with nothing else to do.

    `epoch` counts the epochs done, `diverged` [runs] marks the runs that have, `loss` [epochs recorded, runs] holds
    their mean losses. Raises `ValueError` or `TypeError` that names the argument that cannot be used, and
    `MemoryError` where the rows of all runs would not fit. Chapter 06.
    """

    def __init__(
        self, sizes: Sequence[int], data: Any, objective: Objective, *, runs: int,
        teacher_logits: Tensor | None = None, batch_size: int = 10, lr: PerRun = 0.005, momentum: float = 0.0,
        seed: int = 0, streams: Sequence[int] | None = None, models: Sequence[MLP] | None = None,
        dtype: torch.dtype | None = None, device: torch.device | str | None = None, threads: int = 1,
    ):  # fmt: skip
        x, y = checked_rows(data, sizes, objective, runs, batch_size)
        v = checked_teacher(teacher_logits, objective, y, (runs, x.shape[-2], sizes[-1]))
        lr = per_run(lr, "lr", lambda value: value > 0, "above 0, such as 0.005")
        streams = range(runs) if streams is None else [whole_number(stream, "streams", 0) for stream in streams]
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum is {momentum}; expected 0 or more and below 1")
        seed, threads = whole_number(seed, "seed", 0), whole_number(threads, "threads", 1)
        runs, batch_size = int(runs), int(batch_size)  # NumPy's overflow
        check_lengths(runs, {**objective.run_settings, "lr": lr, "streams": streams, "models": models})
        check_gradient(objective, runs, sizes[-1])
        x = x.to(device or x.device, dtype or x.dtype)
        y, v = None if y is None else y.to(x.device), None if v is None else v.to(x)
        first = None if y is None else y[..., :1], None if v is None else v[..., :1, :]
        check_memory(runs, x, objective.targets(*first, sizes[-1], x.dtype))
        if models is None:
            networks = [initial_layers(sizes, seed, stream) for stream in streams]
        else:
            networks = [layers_of(model, sizes, x.dtype, f"models[{r}]") for r, model in enumerate(models)]

        self.sizes, self.runs, self.objective = tuple(sizes), runs, objective
        self.shuffles = [shuffle_of(seed, stream, x.shape[-2]) for stream in streams]
        self._labels, self._teacher, self._momentum, self._threads = y, v, momentum, threads
        lr = torch.as_tensor(lr, dtype=torch.float64).to(x).reshape(-1, 1, 1)
        columns = [_with_one(x), *objective.targets(y, v, sizes[-1], x.dtype)]
        self._rows = Rows(columns, runs, batch_size, lr)
        # An epoch works on one copy of the weights while the other one keeps those of the epoch before.
        padded = padded_outputs(runs, batch_size, sizes[-2], sizes[-1])
        weights = Weights.of(networks, x, momentum, padded)
        self._copies, self._losses = (weights, weights.clone()), x.new_empty(0, runs)
        self._outputs, rows = {}, {batch_size, x.shape[-2] % batch_size or batch_size}
        self._hidden = {size: hidden_outputs(sizes, runs, size, x) for size in rows}
        if runs >= MANY:
            self._outputs = {size: Outputs(runs, size, sizes[-1], padded, x) for size in rows}
        self._learned = _Learned(0, weights, torch.zeros(runs, dtype=torch.bool), self._losses)

    @property
    def epoch(self) -> int:
        return self._learned.epoch

    @property
    def diverged(self) -> Tensor:
        return self._learned.diverged

    @property
    def loss(self) -> Tensor:
        return self._learned.loss

    def learn(self, epochs: int, record_loss: bool = False) -> Iterator[int]:
        """Train for ``epochs`` more epochs: an iterator of the epochs done so far; ``break`` stops, the weights stay.

        A run with a weight that is not finite is marked in ``diverged`` and stays at its weights of the epoch before.
        ``record_loss=True`` adds each epoch's mean loss per row to ``loss`` [epochs, runs], which costs time.
        """
        whole_number(epochs, "epochs", 0)
        if not self.shuffles:
            raise ValueError("this cohort is frozen and does not learn; expected copy.deepcopy of the cohort")
        return self._epochs(epochs, record_loss)

    def _epochs(self, epochs, record_loss):
        for _ in range(epochs):
            with torch_threads(self._threads):
                self._learned = self._one_epoch(self._learned, record_loss)
            yield self.epoch

    def _one_epoch(self, before, record_loss) -> _Learned:
        weights = self._copies[before.weights is self._copies[0]]
        weights.copy_(before.weights)
        loss = self._one_pass(weights, torch.stack([shuffle() for shuffle in self.shuffles]), record_loss)
        diverged, not_finite = before.diverged, weights.not_finite()
        if not_finite is not None:
            diverged = diverged | not_finite
        if diverged.any():
            weights.put_back(diverged, before.weights)
        return _Learned(before.epoch + 1, weights, diverged, self._recorded(before.loss, loss))

    @torch.inference_mode()
    def _one_pass(self, weights, order, record_loss) -> Tensor | None:
        """One epoch of all runs, in place; returns their mean losses [runs] where they are wanted."""
        layers, transposed, velocities = weights.layers, weights.transposed, weights.velocities
        residual, beta, loss = self.objective.residual, self._momentum or 1, None
        tanh_backward = torch.ops.aten.tanh_backward.default  # one call where the formula takes two
        for piece, batches in self._rows.shuffled(order):
            outputs = []
            for features, features_T, targets, scale in batches:
                h, rows = features, features.shape[1]
                hidden = self._hidden[rows]
                for W, (room, _) in zip(layers, hidden, strict=False):  # the last layer gives the logits
                    h = torch.bmm(h, W, out=room).tanh_()
                z = torch.bmm(h, layers[-1])
                if self._outputs:
                    out = self._outputs[rows]
                    z = out.logits.copy_(z[..., : self.sizes[-1]])
                    torch.mul(residual(z, *targets), scale, out=out.of_classes)
                    step = out.step
                else:
                    step = residual(z, *targets) * scale  # -lr dL/dz
                for k in range(len(layers) - 1, 0, -1):
                    (h, h_T), back = hidden[k - 1], torch.bmm(step, transposed[k])
                    velocities[k].baddbmm_(h_T, step, beta=beta)  # W_k <- W_k - lr dL/dW_k
                    step = tanh_backward(back, h)  # back (1 - h^2), as tanh' = 1 - tanh^2
                velocities[0].baddbmm_(features_T, step, beta=beta)
                if self._momentum:
                    for W, velocity in zip(layers, velocities, strict=True):
                        W.add_(velocity)
                if record_loss:
                    outputs.append(z.clone())
            if record_loss:
                part = self._mean_loss(torch.cat(outputs, 1), piece) * (piece.shape[1] / self._rows.n)
                loss = part if loss is None else loss + part
        return loss

    def _mean_loss(self, z, order):
        run, order = torch.arange(self.runs, device=z.device)[:, None], order.to(z.device)
        labels = None if self._labels is None else self._labels.expand(self.runs, -1)[run, order]
        v = None if self._teacher is None else self._teacher.expand(self.runs, -1, -1)[run, order]
        return self.objective.value(z, labels, v)

    def _recorded(self, kept, loss) -> Tensor:
        """The losses so far and one more row: a view of one block that grows, as small tensors would litter memory."""
        if loss is None:
            return kept
        if len(kept) == len(self._losses):
            self._losses = torch.cat([kept, kept.new_empty(max(64, len(kept)), self.runs)])
        self._losses[len(kept)] = loss
        return self._losses[: len(kept) + 1]

    def logits(self, x: Tensor) -> Tensor:
        """Every run's logits [runs, n, C] for features [n, d], or [runs, n, d] with rows of its own for each run."""
        d = self.sizes[0]
        if x.dim() not in (2, 3) or x.shape[-1] != d or (x.dim() == 3 and len(x) != self.runs):
            raise ValueError(f"x is {list(x.shape)}; expected [n, {d}] or [{self.runs}, n, {d}]")
        features = _with_one(x.to(self._rows.table)).expand(self.runs, -1, -1)
        # One run after the other: the hidden layers of all at once would be by far the largest thing in memory.
        runs = zip(*(part.split(1) for part in (features, *self._learned.weights.layers)), strict=True)
        return torch.cat([_forward(rows, layers) for rows, *layers in runs])[..., : self.sizes[-1]].to(x.device)

    def layers(self) -> list[tuple[Tensor, Tensor]]:
        """Every layer's weight [runs, out, in] and bias [runs, out]: views, which change as the runs learn on."""
        return self._learned.weights.networks(self.sizes)

    def module(self, r: int) -> MLP:
        """Run r as an ordinary `MLP` on the CPU, with a copy of its weights."""
        return module_of([(weight[r], bias[r]) for weight, bias in self.layers()])

    def frozen(self) -> "Cohort":
        """A copy whose `logits`, `module` and `diverged` stay as they are now while this cohort goes on learning.

        It does not learn itself: it shares the draws and the room to work in. `copy.deepcopy` makes one that does.
        """
        frozen = copy.copy(self)
        frozen.shuffles = []
        frozen._learned = self._learned._replace(weights=self._learned.weights.clone())
        return frozen

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.sizes))
        return f"<{self.runs} networks {sizes} after {self.epoch} epochs, {int(self.diverged.sum())} diverged>"


def _with_one(x):
    return torch.cat([x, torch.ones_like(x[..., :1])], -1)


def _forward(h, layers) -> Tensor:
    """The logits [runs, n, C], perhaps padded."""
    for W in layers[:-1]:
        h = torch.bmm(h, W).tanh_()
    return torch.bmm(h, layers[-1])
