"""Many students at once: MLPs of one architecture, trained side by side on the closed-form gradients. Chapter 04.

There is no autograd here: dL/dz is the objective's `residual`, and the chain rule through a tanh network is the loop in
`Cohort._one_pass`. A step of all runs is a handful of batched products, so the runs share the cost of calling them.
One thread is fastest at these sizes: call ``torch.set_num_threads(1)``; the setting is yours and is left alone here.
"""

import copy
import warnings
from collections.abc import Iterator

import torch
from torch import Tensor

from kdlib.cohort_inputs import check_lengths, checked_rows, checked_teacher, initial_layers, layers_of, shuffle_of
from kdlib.models import MLP
from kdlib.objectives import per_run

# A bias is one more weight, from a unit that is always one: a column of ones beside the features, and in each hidden
# layer a unit with this bias and no other input. tanh(50) is exactly 1, its slope exactly 0, so no step changes it.
ALWAYS_ONE = 50.0


def train_cohort(
    sizes, data, objective, *, runs, teacher_logits=None, epochs=2000, batch_size=10, lr=0.005, seed=0, progress=False,
    **settings,
) -> "Cohort":  # fmt: skip
    """Train ``runs`` networks at once and return their `Cohort`, where all other arguments are explained.

    ``progress=True`` shows a bar. Ctrl-C stops early with a warning and keeps what was learned.
    Chapters 02 to 04.
    """
    settings |= {"teacher_logits": teacher_logits, "batch_size": batch_size, "lr": lr, "seed": seed}
    cohort = Cohort(sizes, data, objective, runs=runs, **settings)
    epochs_done = cohort.learn(epochs)
    if progress:
        from tqdm.auto import tqdm

        epochs_done = tqdm(epochs_done, total=epochs, unit="epoch", leave=False)
    try:
        for _ in epochs_done:
            pass
    except KeyboardInterrupt:
        message = f"stopped after {cohort.epoch} of {epochs} epochs; the cohort keeps what it learned"
        warnings.warn(message, stacklevel=2)
    return cohort


class Cohort:
    """``runs`` networks of one architecture: `train` teaches them, `logits` and `module` give what they learned.

    ``sizes`` as for `MLP`, such as (6, 8, 3). ``data`` as for `kdlib.fit`, or with rows of its own for each run: x
    [runs, n, d], y [runs, n]. ``teacher_logits`` [n, C], or [runs, n, C] with one teacher per run. ``lr``, and the
    objective's temperature and alpha, are numbers or one per run. ``dtype`` and ``device`` are the data's by default.

    Run r draws its initial weights and its shuffles from stream ``streams[r]`` of ``seed`` (stream r by default), on
    the CPU: they are the same whatever runs beside it. Runs of one stream share their draws, as paired comparisons
    want it. ``models``, one `MLP` per run, replaces the initial weights; ``shuffles[r]``, which draws run r's next
    order of the rows, may be replaced. Raises `ValueError` or `TypeError` that names the argument that cannot be used.
    Chapters 04 and 06.
    """

    def __init__(
        self, sizes, data, objective, *, runs, teacher_logits=None, batch_size=10, lr=0.005, momentum=0.0, seed=0,
        streams=None, models=None, dtype=None, device=None,
    ):  # fmt: skip
        x, y = checked_rows(data, sizes, runs, batch_size)
        v = checked_teacher(teacher_logits, objective, y, (runs, x.shape[-2], sizes[-1]))
        lr = per_run(lr, "lr", lambda value: value > 0, "above 0, such as 0.005")
        streams = range(runs) if streams is None else [int(stream) for stream in streams]
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum is {momentum}; expected 0 or more and below 1")
        if seed < 0 or min(streams) < 0:
            raise ValueError(f"seed is {seed} and the least of streams is {min(streams)}; expected 0 or more")
        check_lengths(runs, {**vars(objective), "lr": lr, "streams": streams, "models": models})

        self.sizes, self.runs, self.objective, self.epoch = tuple(sizes), runs, objective, 0
        self.diverged = torch.zeros(runs, dtype=torch.bool)
        self.loss: list[Tensor] = []
        self.shuffles = [shuffle_of(seed, stream, x.shape[-2]) for stream in streams]
        x = x.to(device or x.device, dtype or x.dtype)
        self._labels, self._teacher, self._momentum = y.to(x.device), None if v is None else v.to(x), momentum
        if models is None:
            layers = [initial_layers(sizes, seed, stream) for stream in streams]
        else:
            layers = [layers_of(model, sizes) for model in models]
        self._lay_out_weights(layers, x)
        self._lay_out_rows(x, batch_size, torch.as_tensor(lr, dtype=torch.float64).to(x).reshape(-1, 1, 1))

    def _lay_out_weights(self, layers, like):
        """One W [runs, in + 1, out + 1] per layer: biases in the last row, the unit that is one in the last column."""
        self._weights = []
        for layer in zip(*layers, strict=True):
            weight, bias = (torch.stack(part).to(like) for part in zip(*layer, strict=True))
            W = torch.cat([weight.mT, bias[:, None]], 1)
            always_one = torch.zeros_like(W[..., :1])
            always_one[:, -1] = ALWAYS_ONE
            self._weights.append(torch.cat([W, always_one], 2))
        self._weights[-1] = self._weights[-1][..., :-1].contiguous()
        self._transposed = [W.mT for W in self._weights]
        self._finite = [W.clone() for W in self._weights]
        self._updates = [torch.zeros_like(W) for W in self._weights] if self._momentum else self._weights

    def _lay_out_rows(self, x, batch_size, lr):
        """All that a step needs of a row stands side by side: a shuffle is one look-up, and a batch a view of it."""
        n = x.shape[-2]
        columns = [_with_one(x), *self.objective.targets(self._labels, self._teacher, self.sizes[-1], x.dtype)]
        shared = all(column.dim() == 2 for column in columns)
        if not shared:
            columns = [column.expand(self.runs, -1, -1) for column in columns]
        self._table = torch.cat(columns, -1).flatten(0, -2)
        self._first_row = torch.arange(self.runs)[:, None] * (0 if shared else n)
        self._shuffled = self._table.new_empty(self.runs * n, self._table.shape[1])
        self._batches = []
        for batch in self._shuffled.view(self.runs, n, -1).split(batch_size, 1):
            features, *targets = batch.split([column.shape[-1] for column in columns], -1)
            self._batches.append((features, features.mT, targets, lr / -batch.shape[1]))

    def learn(self, epochs: int, record_loss: bool = False) -> Iterator[int]:
        """Train for ``epochs`` more epochs: an iterator of the epochs done so far; ``break`` stops, the weights stay.

        A run with a weight that is not finite is marked in ``diverged`` and stays at its weights of the epoch before.
        ``record_loss=True`` appends each epoch's mean loss per row [runs] to ``loss``, which costs time.
        """
        if epochs < 0:
            raise ValueError(f"epochs is {epochs}; expected 0 or more")
        return self._epochs(epochs, record_loss)

    def _epochs(self, epochs, record_loss):
        for _ in range(epochs):
            try:
                self._one_epoch(record_loss)
            except KeyboardInterrupt:  # in the middle of a step, perhaps
                self._put_back(slice(None))
                raise
            for kept, W in zip(self._finite, self._weights, strict=True):
                kept.copy_(W)
            self.epoch += 1
            yield self.epoch

    def _one_epoch(self, record_loss):
        order = torch.stack([shuffle() for shuffle in self.shuffles])
        outputs = self._one_pass((order + self._first_row).flatten().to(self._table.device), record_loss)
        if record_loss:
            self.loss.append(self._mean_loss(torch.cat(outputs, 1), order))
        if not all(W.isfinite().all() for W in self._weights):
            for W in self._weights:
                self.diverged |= ~W.isfinite().flatten(1).all(1).cpu()
        if self.diverged.any():
            self._put_back(self.diverged)

    def _put_back(self, which):
        for kept, W in zip(self._finite, self._weights, strict=True):
            W[which] = kept[which]

    @torch.inference_mode()
    def _one_pass(self, rows, record_loss):
        """One epoch of all runs, in place; returns the logits met on the way when they are wanted."""
        torch.index_select(self._table, 0, rows, out=self._shuffled)
        weights, updates, residual = self._weights, self._updates, self.objective.residual
        beta, outputs = self._momentum or 1, []
        for features, features_T, targets, scale in self._batches:
            *inputs, z = _forward(features, weights)
            step = residual(z, *targets) * scale  # -lr dL/dz
            for k in range(len(weights) - 1, 0, -1):
                h, back = inputs[k], torch.bmm(step, self._transposed[k])
                updates[k].baddbmm_(h.mT, step, beta=beta)  # W_k <- W_k - lr dL/dW_k
                step = torch.addcmul(back, back, h * h, value=-1)  # tanh' = 1 - tanh^2
            updates[0].baddbmm_(features_T, step, beta=beta)
            if self._momentum:
                for W, velocity in zip(weights, updates, strict=True):
                    W.add_(velocity)
            if record_loss:
                outputs.append(z)
        return outputs

    @torch.no_grad()
    def _mean_loss(self, z, order):
        run, order = torch.arange(self.runs, device=z.device)[:, None], order.to(z.device)
        labels = self._labels.expand(self.runs, -1)[run, order]
        v = None if self._teacher is None else self._teacher.expand(self.runs, -1, -1)[run, order]
        return self.objective.value(z, labels, v)

    def logits(self, x: Tensor) -> Tensor:
        """Every run's logits [runs, n, C] for features [n, d], or [runs, n, d] with rows of its own for each run."""
        d = self.sizes[0]
        if x.dim() not in (2, 3) or x.shape[-1] != d or (x.dim() == 3 and len(x) != self.runs):
            raise ValueError(f"x is {list(x.shape)}; expected [n, {d}] or [{self.runs}, n, {d}]")
        features = _with_one(x.to(self._table)).expand(self.runs, -1, -1)
        # One run after the other: the hidden layers of all at once would be by far the largest thing in memory.
        runs = zip(*(part.split(1) for part in (features, *self._weights)), strict=True)
        return torch.cat([_forward(rows, weights)[-1] for rows, *weights in runs]).to(x.device)

    def module(self, r: int) -> MLP:
        """Run r as an ordinary `MLP` on the CPU, with a copy of its weights."""
        with torch.random.fork_rng(devices=[]), torch.no_grad():  # the caller's draws stay as they were
            model = MLP(*self.sizes).to(self._table.dtype)
            for layer, W in zip(model.layers, self._weights, strict=True):
                layer.weight.copy_(W[r, :-1, : layer.out_features].T)
                layer.bias.copy_(W[r, -1, : layer.out_features])
        return model

    def frozen(self) -> "Cohort":
        """A copy whose `logits`, `module` and `diverged` stay as they are now while this cohort goes on learning."""
        frozen = copy.copy(self)
        frozen._weights, frozen.diverged = [W.clone() for W in self._weights], self.diverged.clone()
        return frozen

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.sizes))
        return f"<{self.runs} networks {sizes} after {self.epoch} epochs, {int(self.diverged.sum())} diverged>"


def _with_one(x):
    return torch.cat([x, torch.ones_like(x[..., :1])], -1)


def _forward(features, weights) -> list[Tensor]:
    """What each layer takes in, and last the logits [runs, n, C]."""
    outputs = [features]
    for W in weights[:-1]:
        outputs.append(torch.bmm(outputs[-1], W).tanh_())
    return [*outputs, torch.bmm(outputs[-1], weights[-1])]
