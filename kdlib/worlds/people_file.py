"""The people file: one encoded person a line, read with care and written in the original's format.

Columns: sex (-1/+1), age/100, michigan, nebraska, oklahoma (one-hot), income/100,000, politics (0/1/2), separated by
tabs (commas and spaces are read too). ``#`` starts a comment. Chapter 01; the data card is data/README.md.
"""

import csv
import math
import re
from pathlib import Path

import torch

from kdlib.worlds.people import COLUMNS, DATA_SEED, POLITICS, TEST_ROWS, TRAIN_ROWS, People, Record, sample_people

_IN_THE_WHEEL, _IN_THE_CHECKOUT = Path(__file__).parent / "people_rows", Path(__file__).parents[2] / "data"
DATA = _IN_THE_WHEEL if _IN_THE_WHEEL.is_dir() else _IN_THE_CHECKOUT  # the course's own rows, see data/README.md
_EXPECTED = f"expected {len(COLUMNS) + 1} columns: {', '.join(COLUMNS)}, politics"
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_OLDEST, _RICHEST = 1.2, 10.0  # 120 years, one million dollars: beyond them a column was not scaled


class PeopleFileError(ValueError):
    """A people file that cannot be used; the message names file, line and what was expected. Chapter 01."""


class PeopleDataset(People):
    """The people of a file: ``x`` [n, 6] of ``dtype``, ``y`` [n] int64; ``ds[i] -> (x, y)``.

    A byte-order mark, Windows line ends, blank lines, comments, commas or spaces for tabs are all read.
    Raises `PeopleFileError`, and nothing else, for anything that is not a clean people file. Chapter 01.
    """

    def __init__(self, path, dtype: torch.dtype = torch.float32):
        rows = []
        for number, line in enumerate(re.split(r"\r\n|\n|\r", _read_text(path)), start=1):
            line = line.partition("#")[0].strip()
            if not line:
                continue
            try:
                rows.append(_parse(line))
            except ValueError as problem:
                raise PeopleFileError(f"{path}, line {number}: {problem}") from None
        if not rows:
            raise PeopleFileError(f"{path}: no people in it; {_EXPECTED}")
        table = torch.tensor(rows, dtype=torch.float64)
        super().__init__(table[:, :-1].to(dtype), table[:, -1].long())


def _read_text(path) -> str:
    try:
        raw = Path(path).read_bytes()
    except FileNotFoundError:
        raise PeopleFileError(f"{path}: there is no such file; expected a people file") from None
    except IsADirectoryError:
        raise PeopleFileError(f"{path}: is a directory; expected a people file") from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise PeopleFileError(f"{path}: cannot be read ({reason}); expected a people file") from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise PeopleFileError(f"{path}: not a text file (byte {problem.start}); expected UTF-8 text") from None
    if "\0" in text:
        raise PeopleFileError(f"{path}: not a text file (it holds zero bytes); expected UTF-8 text")
    return text


def _parse(line: str) -> list[float]:
    """Seven checked numbers from one line; raises `ValueError` with what was found and what was expected."""
    words = [word.strip() for word in line.split(",")] if "," in line else line.split()
    if len(words) != len(COLUMNS) + 1:
        raise ValueError(f"{len(words)} columns; {_EXPECTED}")
    row = [_number(word, name) for word, name in zip(words, (*COLUMNS, "politics"), strict=True)]
    sex, age, *state, income, label = row
    if sex not in (-1, 1):
        raise ValueError(f"sex is {sex:g}; expected -1 (male) or 1 (female)")
    if age > _OLDEST:
        raise ValueError(f"age {age:g} looks like years; expected {age / 100:g} (years / 100)")
    if age < 0:
        raise ValueError(f"age is {age:g}; expected years / 100, such as 0.24")
    if sorted(state) != [0, 0, 1]:
        raise ValueError(f"state is {' '.join(f'{s:g}' for s in state)}; expected one-hot: one 1 and two 0")
    if income > _RICHEST:
        raise ValueError(f"income {income:g} looks like dollars; expected {income / 100_000:g} (dollars / 100,000)")
    if income < 0:
        raise ValueError(f"income is {income:g}; expected dollars / 100,000, such as 0.295")
    if label not in range(len(POLITICS)):
        raise ValueError(f"politics is {label:g}; expected 0, 1 or 2 ({', '.join(POLITICS)})")
    return row


def _number(word: str, name: str) -> float:
    if word.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise ValueError(f"{name} is {word}; expected a finite number")
    if not _NUMBER.fullmatch(word):
        raise ValueError(f"{name} is {word[:40]!r}; expected a number")
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(f"{name} is {word[:40]}; expected a finite number")
    return value


def write_people(people: People, path) -> None:
    """Write encoded people in the original's format: tabs, age with two decimals, income with four."""
    lines = []
    for (sex, age, *state, income), label in zip(people.x.tolist(), people.y.tolist(), strict=True):
        lines.append("\t".join([f"{sex:.0f}", f"{age:.2f}", *(f"{s:.0f}" for s in state), f"{income:.4f}", str(label)]))
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_data(folder) -> list[Path]:
    """Write the course's four data files (train and test, encoded and raw) into ``folder``; always the same bytes."""
    everyone = sample_people(TRAIN_ROWS + TEST_ROWS, seed=DATA_SEED, dtype=torch.float64)
    folder, written = Path(folder), []
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("train", slice(0, TRAIN_ROWS)), ("test", slice(TRAIN_ROWS, None))):
        part = People(everyone.x[rows], everyone.y[rows])
        encoded, raw = folder / f"people_{name}.txt", folder / f"people_raw_{name}.csv"
        write_people(part, encoded)
        with open(raw, "w", newline="", encoding="utf-8") as out:
            table = csv.writer(out, lineterminator="\n")
            table.writerows([Record._fields, *part.records()])
        written += [encoded, raw]
    return written
