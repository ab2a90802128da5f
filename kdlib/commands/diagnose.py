"""``python -m kdlib diagnose FILE.py:function``: somebody's own distillation loss, held against the known mistakes."""

import importlib.util
import inspect
import sys
from functools import partial
from pathlib import Path

_MODULE = "kdlib_diagnosed"  # a name that no other module has


def add_command(commands) -> None:
    """Add ``diagnose`` and its options to the command line."""
    command = commands.add_parser("diagnose", help="find the mistake in a distillation loss of yours")
    what = "loss(student_logits, teacher_logits, labels) -> scalar"
    command.add_argument("loss", metavar="FILE.py:function", help=what)
    command.add_argument(
        "--temperature", type=float, default=4.0,
        help="the T that the loss uses, default: 4; handed on where the function takes temperature or T",
    )  # fmt: skip
    command.add_argument(
        "--alpha", type=float, help="the weight of the soft term that the loss uses; handed on where it takes alpha"
    )
    command.add_argument("--classes", type=int, default=3, help="default: 3")
    command.add_argument("--reverse-kl", action="store_true", help="KL(p || q) is meant")
    command.set_defaults(run=run)


def run(options) -> int:
    """Print the diagnosis; returns 0 where nothing is wrong and 1 where something is."""
    from kdlib.diagnosis import diagnose

    loss = _with_settings(_function(options.loss), options.temperature, options.alpha)
    settings = {name: getattr(options, name) for name in ("temperature", "classes", "reverse_kl", "alpha")}
    try:
        found = diagnose(loss, **settings)
    except SystemExit:
        raise ValueError(f"{options.loss} ends Python when it is called; expected a loss") from None
    print(found)
    return 0 if "ok" in found.names else 1


def _function(place: str):
    file, colon, name = place.rpartition(":")
    if not colon or not file.endswith(".py") or not name:
        raise ValueError(f"{place!r} names no function; expected FILE.py:function, such as losses.py:kd_loss")
    if not Path(file).is_file():
        raise ValueError(f"{file}: there is no such file")
    spec = importlib.util.spec_from_file_location(_MODULE, file)
    assert spec is not None and spec.loader is not None  # the name ends in .py
    module = sys.modules[_MODULE] = importlib.util.module_from_spec(spec)  # a dataclass in it looks itself up there
    sys.path.append(str(Path(file).resolve().parent))  # it may import its neighbours, as `python FILE.py` may
    try:
        spec.loader.exec_module(module)
    except SystemExit:
        raise ValueError(f"{file} ends Python when it is imported; expected definitions alone") from None
    except Exception as error:  # whatever somebody's file raises
        raise ValueError(f"{file} cannot be imported: {type(error).__name__}: {error}") from error
    loss = getattr(module, name, None)
    if not callable(loss):
        there = [key for key, value in vars(module).items() if inspect.isfunction(value)]
        raise ValueError(f"{file} has no function {name}; it has {', '.join(there) or 'none'}")
    return loss


def _with_settings(loss, temperature, alpha):
    try:
        taken = inspect.signature(loss).parameters
    except ValueError:  # some builtins tell nothing of themselves
        return loss
    known = {"temperature": temperature, "T": temperature, "alpha": alpha}
    return partial(loss, **{name: value for name, value in known.items() if name in taken and value is not None})
