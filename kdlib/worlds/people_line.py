"""One line of a people file: its cells, and the seven checked numbers of a person, from encoded cells or from raw ones.

Every refusal says what was found and what was expected, with the right value where the wrong scale is plain.
"""

import csv
import math
import re

from kdlib.worlds.people import COLUMNS, POLITICS, SEXES, STATES, Record, encode

ENCODED, RAW = (*COLUMNS, "politics"), Record._fields
EXPECTED = f"expected {len(ENCODED)} columns: {', '.join(ENCODED)}; or {len(RAW)} raw ones: {', '.join(RAW)}"
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[-+]?\d{1,9},\d{1,9}", re.ASCII)


def words_of(line: str) -> list[str]:
    """The cells of a line; raises `ValueError` where its quotes make none."""
    spaced = line.split()
    if len(spaced) in (len(ENCODED), len(RAW)) and any(map(_DECIMAL_COMMA.fullmatch, spaced)):
        return spaced  # its commas are decimal ones
    for separator in ";,":
        if separator in line:
            try:
                return [word.strip() for word in next(csv.reader([line], delimiter=separator, skipinitialspace=True))]
            except csv.Error as problem:
                raise ValueError(f"cannot be read ({problem}); {EXPECTED}") from None
    return [word.strip('"') for word in spaced]


def header_of(words: list[str]) -> list[str] | None:
    """The columns in the order that a first line names them; None where it holds a person."""
    names = [word.lower() for word in words]
    return names if sorted(names) in (sorted(ENCODED), sorted(RAW)) else None


def person_of(words: list[str], header: list[str] | None = None) -> list[float]:
    """The encoded columns and the class of one person; raises `ValueError` with what was found and expected."""
    columns = header or {len(ENCODED): ENCODED, len(RAW): RAW}.get(len(words), ())
    if len(words) != len(columns):
        expected = f"expected {len(header)} columns: {', '.join(header)}" if header else EXPECTED
        raise ValueError(f"{len(words)} columns; {expected}")
    cells = dict(zip(columns, words, strict=True))
    return _from_raw(cells) if len(cells) == len(RAW) else _from_encoded(cells)


def _from_encoded(cells: dict[str, str]) -> list[float]:
    sex, age, *state, income, label = row = [_number(cells[name], name) for name in ENCODED]
    if sex not in (-1, 1):
        raise ValueError(f"sex is {sex:g}; expected -1 (male) or 1 (female)")
    _check_scale("age", age, [(0, 1.2)], [(10, 120, "years", 0.01)], "years / 100", "0.24")
    if sorted(state) != [0, 0, 1]:
        raise ValueError(f"state is {' '.join(f'{s:g}' for s in state)}; expected one-hot: one 1 and two 0")
    wrong = [(10, 999.99, "thousands of dollars", 0.01), (1000, 1e6, "dollars", 1e-5)]
    _check_scale("income", income, [(0, 10)], wrong, "dollars / 100,000", "0.295")
    if label not in range(len(POLITICS)):
        raise ValueError(f"politics is {label:g}; expected 0, 1 or 2 ({', '.join(POLITICS)})")
    return row


def _from_raw(cells: dict[str, str]) -> list[float]:
    sex = _one_of(cells["sex"], "sex", {**{word: word for word in SEXES}, **{word[0]: word for word in SEXES}})
    age = _number(cells["age"], "age")
    _check_scale("age", age, [(1.21, 120)], [(0.1, 1.2, "years / 100", 100)], "years", "24")
    state = _one_of(cells["state"], "state", {word: word for word in STATES})
    income = _number(cells["income"], "income")
    wrong = [(10, 999.99, "thousands of dollars", 1000), (0.01, 10, "dollars / 100,000", 1e5)]
    _check_scale("income", income, [(0, 0), (1000, 1e6)], wrong, "dollars", "29500")
    politics = _one_of(cells["politics"], "politics", {word: word for word in POLITICS})
    return [*encode(Record(sex, age, state, income, politics)), float(POLITICS.index(politics))]


def _check_scale(name: str, value: float, right: list, wrong: list, unit: str, example: str) -> None:
    """``right`` ranges pass; a value in a range of ``wrong`` is in another unit, and its factor gives the right one."""
    if any(low <= value <= high for low, high in right):
        return
    for low, high, other, factor in wrong:
        if low <= value <= high:
            raise ValueError(f"{name} {value:g} looks like {other}; expected {value * factor:g} ({unit})")
    raise ValueError(f"{name} is {value:g}; expected {unit}, such as {example}")


def _one_of(word: str, name: str, meaning: dict[str, str]) -> str:
    if word.lower() not in meaning:
        raise ValueError(f"{name} is {word[:40]!r}; expected {' or '.join(dict.fromkeys(meaning.values()))}")
    return meaning[word.lower()]


def _number(word: str, name: str) -> float:
    if word.lower().lstrip("+-") in ("nan", "inf", "infinity"):
        raise ValueError(f"{name} is {word}; expected a finite number")
    if name == "income" and _THOUSANDS.fullmatch(word):
        raise ValueError(f"{name} is {word!r}, with commas between thousands; expected {word.replace(',', '')}")
    if _DECIMAL_COMMA.fullmatch(word):
        raise ValueError(f"{name} is {word!r}, with a decimal comma; expected {word.replace(',', '.')}")
    if not _NUMBER.fullmatch(word):
        raise ValueError(f"{name} is {word[:40]!r}; expected a number")
    value = float(word)
    if not math.isfinite(value):
        raise ValueError(f"{name} is {word[:40]}; expected a finite number")
    return value
