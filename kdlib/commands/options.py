"""Types for argparse: what a command's options accept, and what they expected when they refuse."""

import argparse
from collections.abc import Callable
from pathlib import Path


def path(text: str) -> Path:
    """A path; not the empty one, which would mean this folder."""
    if not text.strip():
        raise argparse.ArgumentTypeError("is empty; expected a path")
    return Path(text)


def integer(low: int, high: int) -> Callable[[str], int]:
    """A whole number from ``low`` to ``high``."""
    return _number(int, lambda value: low <= value <= high, f"an integer from {low} to {high}")


def positive(high: float) -> Callable[[str], float]:
    """A number above 0 and below ``high``."""
    return _number(float, lambda value: 0 < value < high, "a positive number, such as 0.005")


def _number(kind, fits, expected: str):
    def parse(text: str):
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"is {text!r}; expected {expected}") from None
        if not fits(value):
            raise argparse.ArgumentTypeError(f"{text} is out of range; expected {expected}")
        return value

    return parse
