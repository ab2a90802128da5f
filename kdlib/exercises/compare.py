"""How a check looks at an answer: it is called on random arguments, and what comes back is held against the truth."""

import traceback
import warnings
from collections.abc import Callable

import torch
from torch import Tensor

from kdlib.exercises.verdict import Refused, Verdict, judged

EQUAL = 1e-9  # a right answer by another way may differ by so much, relative to the size of the truth


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
    """The arguments with tensors copied: an answer may work in place."""
    return [argument.clone() if isinstance(argument, Tensor) else argument for argument in arguments]


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
        if mine.shape != true.shape:
            reduced = " Take the mean over the batch." if true.dim() == 0 else ""
            raise Refused(f"{name} gives the shape {list(mine.shape)}; {list(true.shape)} is wanted.{reduced}")
        if not mine.is_complex() and not mine.isfinite().all():
            raise Refused(f"{name} gives nan or infinity. Is there a logarithm of something that is no probability?")
    elif isinstance(true, bool):
        if not isinstance(mine, bool):
            raise Refused(f"{name} gives a {type(mine).__name__}; True or False is wanted.")
    elif isinstance(true, float):
        if isinstance(mine, Tensor):
            raise Refused(f"{name} gives a tensor where a number belongs: .item() makes one of it.")
        if isinstance(mine, bool) or not isinstance(mine, int | float):
            raise Refused(f"{name} gives a {type(mine).__name__} where a number belongs.")
    else:
        if isinstance(mine, str) or not hasattr(mine, "__len__"):
            raise Refused(f"{name} gives a {type(mine).__name__}; {len(true)} numbers are wanted.")
        if len(mine) != len(true):
            raise Refused(f"{name} gives {len(mine)} numbers; {len(true)} are wanted.")


def equal(mine, true) -> bool:
    """Whether two answers are the same to nine decimals; a number out of 32-bit arithmetic, to seven."""
    try:
        a, b = (torch.as_tensor(one, dtype=torch.float64) for one in (mine, true))
    except (TypeError, ValueError, RuntimeError):
        return False
    if isinstance(mine, float) and a.float().double() == a:
        return bool((a - b).abs() <= 3e-7 * b.abs().clamp(min=1))
    return a.shape == b.shape and bool(((a - b).abs() <= EQUAL * b.abs().clamp(min=1)).all())


def say_difference(name: str, mine: list, right: list) -> None:
    """Say what an answer does that no known mistake does: a sign, a factor, or the first number that differs."""
    a, b = (torch.cat([torch.as_tensor(one, dtype=torch.float64).flatten() for one in many]) for many in (mine, right))
    factor = ((a * b).sum() / (b * b).sum()).item()
    if factor and (a - factor * b).norm() < 1e-9 * a.norm():
        sign = "has the wrong sign" if factor < 0 else ""
        size, much = abs(factor), abs(factor) > 1
        times = (
            ""
            if abs(size - 1) < 1e-9
            else f"is {size if much else 1 / size:.3g} times too {'large' if much else 'small'}"
        )
        raise Refused(f"{name} {' and '.join(filter(None, (sign, times)))}.")
    at = int(((a - b).abs() > EQUAL * b.abs().clamp(min=1)).nonzero()[0])
    wanted, given = b[at].item(), a[at].item()
    digits = next((n for n in (4, 8) if f"{wanted:.{n}g}" != f"{given:.{n}g}"), 17)
    raise Refused(f"Not right yet: where {wanted:.{digits}g} is right, {name} gives {given:.{digits}g}.")
