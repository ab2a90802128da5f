"""Real images: 1,797 handwritten digits of 8 x 8 pixels, and their split into rows to learn, to tune and to score on.

E. Alpaydin and C. Kaynak, 1998, CC BY 4.0; the data card is data/digits.md. Their true probabilities are unknown, so
networks are scored on labelled rows. Chapters 00 and 08.
"""

import functools
import gzip
from collections.abc import Sequence

import numpy as np
import torch

from kdlib.arguments import check_floating, whole_number
from kdlib.worlds.labelled_rows import LabelledRows
from kdlib.worlds.people_file import DATA

DIGITS, SIDE = tuple("0123456789"), 8  # the classes by name; an image has SIDE x SIDE pixels
ROWS, DARKEST = 1_797, 16
SPLIT = (1_097, 200, 500)  # to learn from, to tune the step size on, to score on: together all rows


class Digits(LabelledRows):
    """Images as rows: ``x`` [n, 64] from 0 (paper) to 1 (ink), line by line, and ``y`` [n] int64, the digit.

    With ``runs`` in front: ``x`` [runs, n, 64], ``y`` [runs, n]. Chapter 08.
    """

    def first(self, n: int) -> "Digits":
        """The first ``n`` rows, of each run where there are runs; after a split these are ``n`` rows by chance."""
        n = whole_number(n, "n", 1, self.y.shape[-1], ", the rows that there are")
        return Digits(self.x[..., :n, :], self.y[..., :n])


def load_digits(dtype: torch.dtype = torch.float32) -> Digits:
    """All 1,797 images in the order of their file: ``x`` [1797, 64] of ``dtype``, ``y`` [1797].

    Not used in a chapter by its name: `split_digits` deals them out.
    """
    check_floating(dtype)
    table = torch.from_numpy(_table())
    return Digits(table[:, :-1].to(dtype) / DARKEST, table[:, -1].long())


def split_digits(
    seed: int, sizes: Sequence[int] = SPLIT, dtype: torch.dtype = torch.float32, runs: int | None = None
) -> tuple[Digits, ...]:
    """Shuffle all images and deal them out: one `Digits` for each of ``sizes``, none of which share a row.

    The default is 1,097 rows to learn from, 200 to tune on and 500 to score on. With ``runs``, a split of its own for
    each run, run r from ``seed + r``: ``x`` [runs, n, 64] and ``y`` [runs, n]. One seed gives one order, so the first
    rows are the same whatever ``sizes`` are. Raises `ValueError` for sizes below 1 or above 1,797 in all, and for
    ``runs`` below 1. Chapters 00 and 08.
    """
    sizes, seed = [whole_number(size, "sizes", 1) for size in sizes], whole_number(seed, "seed", 0)
    if not 0 < sum(sizes) <= ROWS:
        raise ValueError(f"sizes is {sizes}; expected at least 1 row and {ROWS:,} or fewer in all")
    everything = load_digits(dtype)
    orders = [_order(seed + r) for r in range(1 if runs is None else whole_number(runs, "runs", 1))]
    order = orders[0] if runs is None else torch.stack(orders)
    parts = order[..., : sum(sizes)].split(sizes, dim=-1)
    return tuple(Digits(everything.x[rows], everything.y[rows]) for rows in parts)


def _order(seed):
    return torch.randperm(ROWS, generator=torch.Generator().manual_seed(seed))


@functools.lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """The file: a line an image, 64 pixels from 0 to 16 and the digit, [1797, 65]."""
    with gzip.open(DATA / "digits.csv.gz", "rt", encoding="ascii") as lines:
        return np.loadtxt(lines, delimiter=",", dtype=np.uint8)
