"""Save a network and load it elsewhere: safetensors plus a description, no pickled code. Chapter 03."""

import copy
import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import torch

from kdlib.models import MLP
from kdlib.people import COLUMNS, POLITICS

FORMAT, VERSION = "kdlib-mlp", 1


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message names the file and what was expected."""


@contextmanager
def written_whole(path):
    """A temporary file beside ``path`` that takes its name only when the block ends well.

    A crash in the middle leaves the old file, or none, and never half of a new one.
    """
    path = Path(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part")
    os.close(handle)
    try:
        yield name
        with open(name, "rb+") as done:
            os.fsync(done.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def save_model(model: MLP, path, *, classes=POLITICS, features=COLUMNS) -> None:
    """Write ``model`` to ``path``: its weights, its sizes, its classes and the encoding it expects, whole or not at all.

    Raises `ValueError` when the names do not fit the network's sizes, `OSError` when the folder cannot be written.
    """
    from safetensors.torch import save_file

    if (len(features), len(classes)) != (model.sizes[0], model.sizes[-1]):
        raise ValueError(f"{len(features)} features and {len(classes)} classes do not fit a network {model.sizes}")
    about = {
        "format": FORMAT,
        "version": str(VERSION),
        "sizes": json.dumps(model.sizes),
        "classes": json.dumps(list(classes)),
        "features": json.dumps(list(features)),
    }
    with written_whole(path) as name:
        save_file({key: value.contiguous() for key, value in model.state_dict().items()}, name, metadata=about)


def load_model(path, sizes=None) -> MLP:
    """The network saved in ``path``, in the dtype it was saved in, with ``.classes`` and ``.features`` as saved.

    ``sizes`` (such as ``(6, 8, 3)``) is checked when given. Raises `CheckpointError` for a file that is missing,
    truncated, a pickle (which is not read: unpickling runs code), of another architecture or of a newer format.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with open(path, "rb") as file:
            start = file.read(2)
        if start in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
            raise CheckpointError(f"{path}: is a pickle and was not read, since a pickle can run code; {_EXPECTED}")
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except OSError as problem:
        raise CheckpointError(f"{path}: cannot be read ({problem.strerror or problem}); {_EXPECTED}") from None
    except SafetensorError:
        raise CheckpointError(f"{path}: truncated or not a checkpoint; {_EXPECTED}") from None
    if about.get("format") != FORMAT:
        raise CheckpointError(f"{path}: holds weights, but not of a kdlib network; {_EXPECTED}")
    return _rebuilt(path, about, weights, sizes)


_EXPECTED = "expected a file written by kdlib.save_model"


def _rebuilt(path, about, weights, sizes) -> MLP:
    try:
        version, saved = int(about["version"]), tuple(json.loads(about["sizes"]))
        classes, features = json.loads(about["classes"]), json.loads(about["features"])
    except (KeyError, TypeError, ValueError):
        raise CheckpointError(f"{path}: its description is damaged; {_EXPECTED}") from None
    if version > VERSION:
        raise CheckpointError(f"{path}: written in format {version}; this kdlib reads up to {VERSION}, please update")
    if sizes is not None and tuple(sizes) != saved:
        raise CheckpointError(f"{path}: holds a network {saved}; expected {tuple(sizes)}")
    try:
        with torch.random.fork_rng(devices=[]):  # building draws initial weights; the caller's draws stay as they were
            model = MLP(*saved)
        model.to(next(iter(weights.values())).dtype).load_state_dict(weights)
    except (RuntimeError, TypeError, ValueError, StopIteration):
        raise CheckpointError(f"{path}: its weights do not fit the network {saved} it names") from None
    model.classes, model.features = classes, features
    return model


def export_onnx(model: MLP, path) -> None:
    """Write ``model`` as ONNX: input ``features`` [n, d], output ``logits`` [n, C]; needs the extra ``onnx``."""
    rows = torch.zeros(2, model.sizes[0], dtype=next(model.parameters()).dtype)
    with written_whole(path) as name:
        torch.onnx.export(
            copy.deepcopy(model).eval(),
            (rows,),
            name,
            input_names=["features"],
            output_names=["logits"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
