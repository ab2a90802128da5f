"""Save a network and load it elsewhere: safetensors plus a description, no pickled code. Chapter 03."""

import json
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch

from kdlib.files import open_regular, write_whole
from kdlib.models import MLP, check_plain_mlp
from kdlib.worlds.people import COLUMNS, POLITICS

FORMAT, VERSION = "kdlib-mlp", 1


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message names the file and what was expected.

    Not used in a chapter by its name.
    """


def uncompiled(model: Any) -> Any:
    """The network inside of ``torch.compile``, which wraps it and keeps it under this name; any other as it is."""
    return getattr(model, "_orig_mod", model)


def save_model(
    model: MLP, path: str | os.PathLike, *, classes: Iterable | None = None, features: Iterable | None = None
) -> None:
    """Write ``model`` to ``path``, whole or not at all: weights, sizes, classes and the encoding it expects.

    A loaded network keeps the names that it was saved with; any other has those of the people, or numbers where they do
    not fit, unless given here.
    A network under ``torch.compile`` is saved as the network that was compiled. Raises `ValueError` when the names do
    not fit the network's sizes or when `load_model` could not rebuild the network (a subclass, a pruned one), `OSError`
    when the file cannot be written. Chapter 03.
    """
    from safetensors.torch import save

    model = uncompiled(model)
    check_plain_mlp(model)
    weights = {key: value.detach().cpu().contiguous() for key, value in model.state_dict().items()}
    if (dtype := next(iter(weights.values())).dtype) not in _DTYPES:
        raise ValueError(f"model computes with {dtype}; expected one of {', '.join(map(str, _DTYPES))}")
    classes, features = checked_names(model, classes, features)
    about = {
        "format": FORMAT,
        "version": str(VERSION),
        "sizes": json.dumps(model.sizes),
        "classes": json.dumps(classes),
        "features": json.dumps(features),
    }
    write_whole(path, save(weights, metadata=about))


def checked_names(model: MLP, classes: Iterable | None, features: Iterable | None) -> tuple[list, list]:
    """The names that go with a network into a file: those given, or its own, or those of the people, or numbers.

    Raises `ValueError` when they do not fit the network's sizes.
    """
    classes = _names("classes", _own(model, "classes", POLITICS, -1) if classes is None else classes)
    features = _names("features", _own(model, "features", COLUMNS, 0) if features is None else features)
    if (len(features), len(classes)) != (model.sizes[0], model.sizes[-1]):
        raise ValueError(f"{len(features)} features and {len(classes)} classes do not fit a network {model.sizes}")
    return classes, features


def _own(model, what, people, end) -> Iterable:
    size = model.sizes[end]
    return getattr(model, what, people if len(people) == size else range(size))


def _names(what: str, names: Iterable) -> list:
    if isinstance(names, set | frozenset):
        raise ValueError(f"{what} is a {type(names).__name__}, which has no order; expected a list of names")
    names = names.tolist() if isinstance(names, np.ndarray) else list(names)
    if wrong := [name for name in names if type(name) not in (str, int)]:
        raise ValueError(f"{what} holds {wrong[0]!r}; expected names, such as 'liberal'")
    return names


def load_model(path: str | os.PathLike, sizes: Sequence[int] | None = None) -> MLP:
    """The network saved in ``path``, in the dtype it was saved in, with ``.classes`` and ``.features`` as saved.

    ``sizes`` (such as ``(6, 8, 3)``) is checked when given. Raises `CheckpointError` for a file that is missing,
    truncated, a pickle (which is not read: unpickling runs code), of another architecture or of a newer format.
    Chapter 03.
    """
    from safetensors import SafetensorError, safe_open

    start = b""
    try:
        with open_regular(path) as file:
            start, on_disk = file.read(2), os.fstat(file.fileno())
            if _is_a_hole(on_disk):
                raise CheckpointError(f"{path}: claims {on_disk.st_size} bytes and holds next to none; {_EXPECTED}")
            with safe_open(_as_text(path, file), framework="pt") as saved:
                about, slices = saved.metadata() or {}, {key: saved.get_slice(key) for key in saved.keys()}  # noqa: SIM118
                # The header is judged first, before a byte of the weights is read.
                model = _rebuilt(path, about, slices, sizes)
                weights = {key: saved.get_tensor(key) for key in slices}
    except (OSError, ValueError) as problem:
        if isinstance(problem, CheckpointError):
            raise
        reason = getattr(problem, "strerror", None) or problem
        raise CheckpointError(f"{path}: cannot be read ({reason}); {_EXPECTED}") from None
    except SafetensorError:
        # Asked only now: a checkpoint begins with the length of its header, which may be the same two bytes.
        if start in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"):
            problem = "is a pickle and was not read, since a pickle can run code"
        else:
            problem = "truncated or not a checkpoint"
        raise CheckpointError(f"{path}: {problem}; {_EXPECTED}") from None
    dtype = next(iter(weights.values())).dtype
    model.load_state_dict({key: value.to(dtype, copy=True) for key, value in weights.items()}, assign=True)
    return model


_EXPECTED = "expected a file written by kdlib.save_model"
_DTYPES = {torch.float32: "F32", torch.float64: "F64", torch.float16: "F16", torch.bfloat16: "BF16"}  # in a file


def _as_text(path, file) -> str | os.PathLike:
    """``path``, or the open file by its number where the name is no UTF-8, which safetensors cannot open."""
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        return f"/dev/fd/{file.fileno()}"
    return path


def _is_a_hole(on_disk: os.stat_result) -> bool:
    """Whether a file of 64 MiB or more has less than a thousandth of that on the disk: no trained weights are there."""
    held = 512 * getattr(on_disk, "st_blocks", 0)  # 0 where the file system does not say
    return on_disk.st_size >= 2**26 and 0 < held < on_disk.st_size / 1000


def _rebuilt(path, about: dict, slices: dict, sizes) -> MLP:
    """The network that the header describes, still without weights; `CheckpointError` where the two do not fit."""
    saved, classes, features = _description(path, about)
    if sizes is not None and tuple(sizes) != saved:
        raise CheckpointError(f"{path}: holds a network {saved}; expected {tuple(sizes)}")
    try:
        if len(slices) != 2 * (len(saved) - 1) or {s.get_dtype() for s in slices.values()} - set(_DTYPES.values()):
            raise ValueError("a weight and a bias a layer, of numbers that a network computes with")
        with torch.device("meta"):  # no memory and no random draws
            model = MLP(*saved)
        shapes = {key: list(value.shape) for key, value in model.state_dict().items()}
        if {key: s.get_shape() for key, s in slices.items()} != shapes:
            raise ValueError("the shapes of these sizes")
    except (RuntimeError, TypeError, ValueError):
        raise CheckpointError(f"{path}: its weights do not fit the network {saved} it names") from None
    model.classes, model.features = classes, features
    return model


def _description(path, about: dict) -> tuple[tuple, list, list]:
    """Sizes, classes and features as the header names them."""
    if about.get("format") != FORMAT:
        raise CheckpointError(f"{path}: holds weights, but not of a kdlib network; {_EXPECTED}")
    damaged = CheckpointError(f"{path}: its description is damaged; {_EXPECTED}")
    try:
        version = int(about["version"])
    except (LookupError, ValueError):
        raise damaged from None
    if version > VERSION:
        raise CheckpointError(f"{path}: written in format {version}; this kdlib reads up to {VERSION}, please update")
    try:
        saved, classes, features = (list(json.loads(about[key])) for key in ("sizes", "classes", "features"))
        if (len(features), len(classes)) != (saved[0], saved[-1]):
            raise damaged
    except (LookupError, TypeError, ValueError, RecursionError):
        raise damaged from None
    return tuple(saved), classes, features
