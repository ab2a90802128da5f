"""How a check looks at an answer: it is called on random arguments, and what comes back is held against the truth."""

import traceback
import warnings
from collections.abc import Callable
from numbers import Real

import numpy as np
import torch
from torch import Tensor

from kdlib.exercises.verdict import Refused, Verdict, judged

EQUAL = 1e-6  # a right answer by another way, or in 32 bits, may differ by so much, relative to the size of the truth


def check(
    name: str, answer: Callable, truth: Callable, draws: list[tuple], *,
    todo: str, praise: str, wrong: dict[str, Callable],
) -> Verdict:  # fmt: skip
    """Hold ``answer`` against ``truth`` on all ``draws``; ``wrong`` holds sentences and the answers they describe."""

    def judge():
        mine = [call(name, answer, arguments, todo) for arguments in draws]
        right = [truth(*copies(arguments)) for arguments in draws]
        for one, true in zip(mine, right, strict=True):
            check_kind(name, one, true)
        if all(equal(one, true) for one, true in zip(mine, right, strict=True)):
            return
        for sentence, other in wrong.items():
            if all(equal(one, other(*copies(given))) for one, given in zip(mine, draws, strict=True)):
                raise Refused(sentence)
        say_difference(name, mine, right)

    return judged(name, judge, praise)


def call(name: str, answer: Callable, arguments: tuple, todo: str):
    """What an answer gives for copies of ``arguments``; a stub, an exception or nothing at all is refused."""
    if not callable(answer):
        raise Refused(f"{name} is a {type(answer).__name__}; a function is wanted here.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the verdict says what is wrong
            given = answer(*copies(arguments))
    except Exception as error:  # whatever a learner's function raises
        where = _line(error, answer)
        raise Refused(f"{name} stops with {type(error).__name__}{where}: {error}{_given(arguments)}") from None
    if given is ...:
        raise Refused(f"Not yet: {todo}", tone="not yet")
    return given


def _line(error, answer):
    code = getattr(answer, "__code__", None)
    if code is None:
        return ""
    lines = [number for frame, number in traceback.walk_tb(error.__traceback__) if frame.f_code is code]
    return f" in line {lines[-1] - code.co_firstlineno + 1} of your function" if lines else ""


def _given(arguments):
    """The shapes that an answer was called with: a number of classes typed in for good stops here."""
    shapes = [str(list(one.shape)) for one in arguments if isinstance(one, Tensor)]
    return f" (Called with {', '.join(shapes)}: take sizes from the shapes.)" if shapes else ""


def copies(arguments: tuple) -> list:
    """The arguments with tensors and lists copied: an answer may work in place."""
    copiers = {Tensor: Tensor.clone, list: list}
    return [copiers.get(type(argument), lambda one: one)(argument) for argument in arguments]


def check_kind(name: str, mine, true) -> None:
    """Refuse what is of another kind than the truth: nothing, a tensor for a number, another shape or length."""
    if mine is None:
        raise Refused(f"{name} gives nothing back: did you forget `return`?")
    if isinstance(true, Tensor):
        if isinstance(mine, tuple) and hasattr(mine, "indices"):
            raise Refused(f"{name} gives both, values and indices, as max(dim) does: which of the two is wanted?")
        if not isinstance(mine, Tensor):
            cure = ": with .item() no gradient can flow" if isinstance(mine, float) else ""
            raise Refused(f"{name} gives a {type(mine).__name__} where a tensor belongs{cure}.")
        if mine.shape != true.shape and not (true.dim() == 0 and mine.numel() == 1):
            reduced = " Take the mean over the batch." if true.dim() == 0 else ""
            raise Refused(f"{name} gives the shape {list(mine.shape)}; {list(true.shape)} is wanted.{reduced}")
        if not mine.is_complex() and not mine.isfinite().all():
            raise Refused(f"{name} gives nan or infinity. Is there a logarithm of something that is no probability?")
    elif isinstance(true, bool):
        if not is_true_or_false(mine):
            raise Refused(f"{name} gives a {type(mine).__name__}; True or False is wanted.")
    elif isinstance(true, float):
        if isinstance(mine, Tensor):
            raise Refused(f"{name} gives a tensor where a number belongs: .item() makes one of it.")
        if isinstance(mine, bool) or not isinstance(mine, Real):
            raise Refused(f"{name} gives a {type(mine).__name__} where a number belongs.")
    else:
        numbers = _numbers(mine)
        if numbers is None or numbers.dim() != 1:
            raise Refused(f"{name} gives a {type(mine).__name__}; {len(true)} numbers are wanted.")
        if len(numbers) != len(true):
            raise Refused(f"{name} gives {len(numbers)} numbers; {len(true)} are wanted.")


def is_true_or_false(given) -> bool:
    """Whether an answer is one of the two; NumPy has its own."""
    return isinstance(given, bool | np.bool_)


def equal(mine, true) -> bool:
    """Whether two answers are the same to six decimals, which 32-bit arithmetic anywhere on the way keeps."""
    a, b = _numbers(mine), _numbers(true)
    if a is None or b is None or not (a.shape == b.shape or (a.numel() == 1 and b.dim() == 0)):
        return False
    return bool(_close(a.reshape(b.shape), b).all())


def _numbers(given) -> Tensor | None:
    """An answer in float64, or None for what is no numbers."""
    try:
        return torch.as_tensor(given, dtype=torch.float64)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None


def _close(a, b):
    return (a - b).abs() <= EQUAL * b.abs().clamp(min=1)


def say_difference(name: str, mine: list, right: list) -> None:
    """Say what an answer does that no known mistake does: a sign, a factor, or the first number that differs."""
    a, b = (torch.cat([torch.as_tensor(one, dtype=torch.float64).flatten() for one in many]) for many in (mine, right))
    factor = ((a * b).sum() / (b * b).sum()).item()
    if factor and bool(_close(a, factor * b).all()):
        sign = "has the wrong sign" if factor < 0 else ""
        size, much = abs(factor), abs(factor) > 1
        times = (
            ""
            if abs(size - 1) < EQUAL
            else f"is {size if much else 1 / size:.3g} times too {'large' if much else 'small'}"
        )
        raise Refused(f"{name} {' and '.join(filter(None, (sign, times)))}.")
    at = int((~_close(a, b)).nonzero()[0])
    wanted, given = b[at].item(), a[at].item()
    digits = next((n for n in (4, 8) if f"{wanted:.{n}g}" != f"{given:.{n}g}"), 17)
    raise Refused(f"Not right yet: where {wanted:.{digits}g} is right, {name} gives {given:.{digits}g}.")
