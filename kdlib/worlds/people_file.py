"""People files: one person a line, encoded or raw, read with care and written in the original's format.

Encoded columns: sex (-1/+1), age/100, michigan, nebraska, oklahoma (one-hot), income/100,000, politics (0/1/2),
separated by tabs (commas, semicolons and spaces are read too). Raw columns: sex, age, state, income, politics, in
words, years and dollars. A first line may name the columns. ``#`` starts a comment. Chapter 01; the data card is
data/README.md.
"""

import codecs
import csv
import io
import os
import re
from pathlib import Path

import torch

from kdlib.arguments import check_floating
from kdlib.files import open_regular, write_whole
from kdlib.worlds.people import DATA_SEED, TEST_ROWS, TRAIN_ROWS, People, Record, sample_people
from kdlib.worlds.people_line import EXPECTED, header_of, person_of, words_of

_IN_THE_WHEEL, _IN_THE_CHECKOUT = Path(__file__).parent / "carried_rows", Path(__file__).parents[2] / "data"
DATA = _IN_THE_WHEEL if _IN_THE_WHEEL.is_dir() else _IN_THE_CHECKOUT  # the course's own rows, see data/README.md
_MARKS = {  # the longer one first: UTF-32's begins like UTF-16's
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class PeopleFileError(ValueError):
    """A people file that cannot be used; the message names file, line and what was expected. Chapter 01."""


class PeopleDataset(People):
    """The people of a file: ``x`` [n, 6] of ``dtype``, ``y`` [n] int64; ``ds[i] -> (x, y)``.

    Encoded rows (``-1  0.24  1  0  0  0.2950  2``) or raw ones (``male,24,michigan,29500,liberal``). A byte-order mark,
    UTF-16 (with its mark), Windows line ends, blank lines, comments, a header, commas, semicolons or spaces for tabs
    are all read. Raises `PeopleFileError`, and nothing else, for anything that is not a clean people file. Chapter 01.
    """

    def __init__(self, path: str | os.PathLike, dtype: torch.dtype = torch.float32):
        check_floating(dtype)
        rows, header = [], None
        for number, line in enumerate(re.split(r"\r\n|\n|\r", _read_text(path)), start=1):
            line = line.partition("#")[0].strip()
            if not line:
                continue
            try:
                words = words_of(line)
                if not rows and header is None and (header := header_of(words)):
                    continue
                rows.append(person_of(words, header))
            except ValueError as problem:
                raise PeopleFileError(f"{path}, line {number}: {problem}") from None
        if not rows:
            raise PeopleFileError(f"{path}: no people in it; {EXPECTED}")
        table = torch.tensor(rows, dtype=torch.float64)
        super().__init__(table[:, :-1].to(dtype), table[:, -1].long())


def _read_text(path) -> str:
    try:
        with open_regular(path) as file:
            raw = file.read()
    except FileNotFoundError:
        raise PeopleFileError(f"{path}: there is no such file; expected a people file") from None
    except IsADirectoryError:
        raise PeopleFileError(f"{path}: is a directory; expected a people file") from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise PeopleFileError(f"{path}: cannot be read ({reason}); expected a people file") from None
    encoding = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), "utf-8")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as problem:
        raise PeopleFileError(f"{path}: not a text file (byte {problem.start}); expected UTF-8 text") from None
    if "\0" in text:
        raise PeopleFileError(f"{path}: not a text file (it holds zero bytes); expected UTF-8, or UTF-16 with its mark")
    return text


def write_people(people: People, path: str | os.PathLike) -> None:
    """Write encoded people in the original's format: tabs, age with two decimals, income with four."""
    lines = []
    for (sex, age, *state, income), label in zip(people.x.tolist(), people.y.tolist(), strict=True):
        lines.append("\t".join([f"{sex:.0f}", f"{age:.2f}", *(f"{s:.0f}" for s in state), f"{income:.4f}", str(label)]))
    write_whole(path, ("\n".join(lines) + "\n").encode())


def write_data(folder: str | os.PathLike) -> list[Path]:
    """Write the course's four data files (train and test, encoded and raw) into ``folder``; always the same bytes."""
    everyone = sample_people(TRAIN_ROWS + TEST_ROWS, seed=DATA_SEED, dtype=torch.float64)
    folder, written = Path(folder), []
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("train", slice(0, TRAIN_ROWS)), ("test", slice(TRAIN_ROWS, None))):
        part = People(everyone.x[rows], everyone.y[rows])
        encoded, raw = folder / f"people_{name}.txt", folder / f"people_raw_{name}.csv"
        write_people(part, encoded)
        table = io.StringIO()
        csv.writer(table, lineterminator="\n").writerows([Record._fields, *part.records()])
        write_whole(raw, table.getvalue().encode())
        written += [encoded, raw]
    return written
