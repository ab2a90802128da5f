"""What a network costs when it runs: bytes on the disk, and time per prediction, in torch and ONNX Runtime. Chapter 09.

Times are those of one thread of this machine, now. So they are compared as ratios, from rounds that all take part in.
"""

import copy
import gc
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from kdlib import checkpoints, onnx_files
from kdlib.arguments import tensor_of, whole_number
from kdlib.models import MLP, check_plain_mlp, logits_of
from kdlib.threads import torch_threads

ROUND = 0.0002  # seconds: far above what a clock can tell, far below what a busy machine gives to others at a time
WARM_UP = 10  # calls: the first ones allocate, and fill the caches


class Spread(NamedTuple):
    """The median of repeated measurements and the quartiles around it. Not used in a chapter by its name."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3g} [{self.low:.3g}, {self.high:.3g}]"


def spread(values: Tensor | Sequence[float]) -> Spread:
    """Median and quartiles of values: one interruption by the system, a thousand times too long, moves none of them.

    Not used in a chapter by its name: what is timed comes as one.
    """
    values = torch.as_tensor(values, dtype=torch.float64)
    return Spread(*values.quantile(torch.tensor([0.5, 0.25, 0.75], dtype=torch.float64)).tolist())


def race(calls: dict[Any, Callable[[], object]], *, rows: int = 1, rounds: int = 100) -> dict[Any, Tensor]:
    """Time several functions side by side: microseconds a row [rounds] for each name.

    In every round each is called in turn, for a fifth of a millisecond, so that whatever slows the machine for
    a while slows all of them, and ratios within a round hold. Each warms up beforehand, and by one call in every round.
    ``rows`` is how many predictions a call makes. One torch thread, without garbage collection. Chapter 09.
    """
    whole_number(rows, "rows", 1)
    whole_number(rounds, "rounds", 1)
    collecting = gc.isenabled()
    gc.disable()
    try:
        with torch_threads(1), torch.inference_mode():
            often = {name: _calls_in_a_round(call) for name, call in calls.items()}
            seconds = [{name: _seconds(call, often[name]) for name, call in calls.items()} for _ in range(rounds)]
    finally:
        if collecting:
            gc.enable()
    return {
        name: 1e6 / (rows * often[name]) * torch.tensor([one[name] for one in seconds], dtype=torch.float64)
        for name in calls
    }


def _calls_in_a_round(call) -> int:
    """How many calls take `ROUND` once all is warm: told by the fastest of a few, which nothing interrupted."""
    for _ in range(WARM_UP):
        call()
    once = min(_seconds(call, 1) for _ in range(WARM_UP))
    return max(1, round(ROUND / once))


def _seconds(call, count) -> float:
    call()  # the others have had the caches in the meantime
    before = time.perf_counter()
    for _ in range(count):
        call()
    return time.perf_counter() - before


def size_of(model: MLP) -> int:
    """Bytes of ``model`` as `kdlib.save_model` writes it: four a weight in float32, and a description. Chapter 09."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        checkpoints.save_model(model, path)
        return path.stat().st_size


@dataclass(frozen=True)
class Budget:
    """What a network costs: ``bytes`` of its file, ``microseconds`` a prediction by engine and batch size, a `Spread`.

    Not used in a chapter by its name: `measure` makes it.
    """

    bytes: int
    microseconds: dict[tuple[str, int], Spread]

    def __str__(self) -> str:
        lines = [f"{self.bytes:,} bytes; microseconds a prediction, median [quartiles]:"]
        lines += [f"  {engine:<13}batch {batch:<6,}{time}" for (engine, batch), time in self.microseconds.items()]
        return "\n".join(lines)


def measure(model: MLP, x: Tensor, *, batches: Sequence[int] = (1, 1000), rounds: int = 100) -> Budget:
    """The `Budget` of ``model`` for rows like x [n, d]: in torch and, where it is installed, in ONNX Runtime.

    The network is measured in float32, as it would be shipped, in batches of so many rows (x again and again where it
    has fewer), on one thread of the CPU. Raises `ValueError` for what is no `MLP` or has no rows. Chapter 09.
    """
    model, found = as_shipped(model), {}
    for batch in batches:
        times = race(calls_of(model, batch_of(x, batch)), rows=batch, rounds=rounds)
        found |= {(engine, batch): spread(values) for engine, values in times.items()}
    return Budget(size_of(model), found)


def calls_of(model: MLP, rows: Tensor) -> dict[str, Callable[[], object]]:
    """What `race` times: the prediction of ``rows`` by each engine that is installed, torch and ONNX Runtime.

    Chapter 09.
    """
    logits_of(model, rows)  # which says what is wrong with rows that the network cannot take
    calls: dict[str, Callable[[], object]] = {"torch": partial(model, rows)}
    if not onnx_files.missing():
        calls["ONNX Runtime"] = partial(onnx_network(model).run, rows.numpy())
    return calls


def as_shipped(model: MLP) -> MLP:
    """A copy of ``model`` in float32, half the bytes of float64, and in eval mode. Chapter 09."""
    model = checkpoints.uncompiled(model)
    check_plain_mlp(model)
    return copy.deepcopy(model).float().eval()


def onnx_network(model: MLP) -> onnx_files.OnnxNetwork:
    """``model`` exported and loaded again, in ONNX Runtime. Not used in a chapter by its name."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        onnx_files.export_onnx(model, path)
        return onnx_files.load_onnx(path)


def batch_of(x: Tensor, batch: int) -> Tensor:
    """``batch`` rows of x [n, d] in float32, x again and again where it has fewer. Chapter 09."""
    whole_number(batch, "batch", 1)
    x = tensor_of(x, "x")
    if x.dim() != 2 or len(x) == 0:
        raise ValueError(f"x is {list(x.shape)}; expected rows [n, d], at least one")
    return x[torch.arange(batch) % len(x)].float().contiguous()
