"""Save a network and load it elsewhere: safetensors plus a description, no pickled code. Chapter 03."""

import copy
import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import torch

from kdlib.models import MLP
from kdlib.worlds.people import COLUMNS, POLITICS

FORMAT, VERSION = "kdlib-mlp", 1


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message names the file and what was expected. Chapter 03."""


@contextmanager
def written_whole(path):
    """A temporary file beside ``path`` that takes its name only when the block ends well.

    A crash in the middle leaves the old file, or none, and never half of a new one.
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: the folder {path.parent} does not exist")
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


def save_model(model: MLP, path, *, classes=None, features=None) -> None:
    """Write ``model`` to ``path``, whole or not at all: weights, sizes, classes and the encoding it expects.

    A loaded network keeps the names that it was saved with; any other has those of the people, unless given here.
    Raises `ValueError` when the names do not fit the network's sizes, `OSError` when the folder cannot be written.
    Chapter 03.
    """
    from safetensors.torch import save_file

    classes = classes or getattr(model, "classes", POLITICS)
    features = features or getattr(model, "features", COLUMNS)
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
    Chapter 03.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with open(path, "rb") as file:
            start = file.read(2)
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a dict)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise CheckpointError(f"{path}: cannot be read ({reason}); {_EXPECTED}") from None
    except SafetensorError:
        # Asked only now: a checkpoint begins with the length of its header, which may be the same two bytes.
        if start in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
            problem = "is a pickle and was not read, since a pickle can run code"
        else:
            problem = "truncated or not a checkpoint"
        raise CheckpointError(f"{path}: {problem}; {_EXPECTED}") from None
    if about.get("format") != FORMAT:
        raise CheckpointError(f"{path}: holds weights, but not of a kdlib network; {_EXPECTED}")
    return _rebuilt(path, about, weights, sizes)


_EXPECTED = "expected a file written by kdlib.save_model"


def _rebuilt(path, about, weights, sizes) -> MLP:
    try:
        if int(about["version"]) > VERSION:
            newer = f"written in format {about['version']}; this kdlib reads up to {VERSION}, please update"
            raise CheckpointError(f"{path}: {newer}")
        saved, classes, features = (list(json.loads(about[key])) for key in ("sizes", "classes", "features"))
        if (len(features), len(classes)) != (saved[0], saved[-1]):
            raise ValueError("one name per column and class")
    except CheckpointError:
        raise
    except (LookupError, TypeError, ValueError, RecursionError):
        raise CheckpointError(f"{path}: its description is damaged; {_EXPECTED}") from None
    saved = tuple(saved)
    if sizes is not None and tuple(sizes) != saved:
        raise CheckpointError(f"{path}: holds a network {saved}; expected {tuple(sizes)}")
    try:
        dtype = next(iter(weights.values())).dtype
        if dtype not in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
            raise TypeError(f"no network computes with {dtype}")
        with torch.device("meta"):  # no memory and no random draws before the weights are known to fit
            model = MLP(*saved)
        model.load_state_dict({key: value.to(dtype, copy=True) for key, value in weights.items()}, assign=True)
    except (RuntimeError, TypeError, ValueError, StopIteration):
        raise CheckpointError(f"{path}: its weights do not fit the network {saved} it names") from None
    model.classes, model.features = classes, features
    return model


def export_onnx(model: MLP, path) -> None:
    """Write ``model`` as ONNX: input ``features`` [n, d], output ``logits`` [n, C]; needs the extra ``onnx``.

    For a student that other software is to run. Not used in a chapter: `save_model` is.
    """
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
