"""The data files of the course and their card, and what kdlib takes as a data set."""

import os
import re
from collections import Counter
from csv import DictReader
from types import SimpleNamespace as Namespace

import numpy as np
import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Subset, TensorDataset, random_split

from kdlib import PeopleDataset, Record, encode
from kdlib.__main__ import main
from kdlib.rows import rows_of
from kdlib.worlds.people import DATA_SEED, POLITICS, People
from kdlib.worlds.people_file import DATA, write_data

NAMES = ["people_train.txt", "people_raw_train.csv", "people_test.txt", "people_raw_test.csv"]


def raw(name):
    with open(DATA / f"people_raw_{name}.csv", encoding="utf-8", newline="") as file:
        return [Record(r["sex"], int(r["age"]), r["state"], int(r["income"]), r["politics"]) for r in DictReader(file)]


def test_the_data_files_are_those_that_the_command_writes(tmp_path):
    written = write_data(tmp_path / "new" / "data")
    assert [path.name for path in written] == NAMES
    for path in written:
        assert path.read_bytes() == (DATA / path.name).read_bytes(), path.name


def test_writing_the_data_twice_gives_the_same_bytes(tmp_path):
    first = [path.read_bytes() for path in write_data(tmp_path)]
    assert [path.read_bytes() for path in write_data(tmp_path)] == first


@pytest.mark.parametrize(("name", "rows"), [("train", 200), ("test", 40)])
def test_raw_and_encoded_rows_are_the_same_people(name, rows):
    people, records = PeopleDataset(DATA / f"people_{name}.txt", dtype=torch.float64), raw(name)
    assert len(people) == len(records) == rows
    assert people.x.tolist() == [encode(record) for record in records]
    assert people.y.tolist() == [POLITICS.index(record.politics) for record in records]
    assert people.records() == records


@pytest.mark.parametrize("name", NAMES)
def test_the_data_files_are_plain_text_with_unix_line_ends(name):
    content = (DATA / name).read_bytes()
    assert content.isascii() and b"\r" not in content and content.endswith(b"\n")


@pytest.fixture(scope="module")
def card():
    return (DATA / "README.md").read_text(encoding="utf-8")


def test_the_data_card_states_the_counts_of_the_files(card):
    table = re.findall(r"^\| (people_\w+\.txt) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", card, re.MULTILINE)
    assert [row[0] for row in table] == ["people_train.txt", "people_test.txt"]
    for name, *stated in table:
        counts = Counter(PeopleDataset(DATA / name).y.tolist())
        assert [int(n) for n in stated] == [sum(counts.values()), counts[0], counts[1], counts[2]]


def test_the_data_card_names_every_file_the_command_and_the_seed(card):
    assert [name for name in NAMES if name not in card] == []
    assert "python -m kdlib data" in card and f"`DATA_SEED` ({DATA_SEED})" in card
    assert "every row is invented" in card.lower()
    assert "no such pattern is claimed of real people" in " ".join(card.lower().split())


def test_a_data_set_is_features_and_labels():
    x, y = torch.zeros(4, 2), torch.tensor([0, 1, 0, 1], dtype=torch.int32)
    own = type("Own", (), {"x": x, "y": y})()
    for data in (own, TensorDataset(x, y)):
        features, labels = rows_of(data)
        assert features is x and labels.dtype == torch.int64 and labels.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("data", [[1, 2], (torch.zeros(4, 2), torch.zeros(4)), {0: 1}, None])
def test_something_else_is_no_data_set(data):
    with pytest.raises(TypeError, match=f"data is a {type(data).__name__}; expected a data set with .x and .y"):
        rows_of(data)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (torch.zeros(4, 2), torch.zeros(3).long(), r"x is \[4, 2\] and y is \[3\]; expected \[n, d\] and \[n\]"),
        (torch.zeros(4), torch.zeros(4).long(), r"x is \[4\] and y is \[4\]; expected \[n, d\] and \[n\]"),
        (torch.zeros(4, 2), torch.zeros(4, 1).long(), r"x is \[4, 2\] and y is \[4, 1\]"),
        (torch.zeros(0, 2), torch.zeros(0).long(), "no rows; expected at least one"),
        (torch.zeros(4, 2), torch.zeros(4), "y is torch.float32; expected integer class indices"),
        (torch.zeros(4, 2), torch.zeros(4).bool(), "y is torch.bool; expected integer class indices"),
    ],
)
def test_features_and_labels_that_do_not_fit_are_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        rows_of(type("Own", (), {"x": x, "y": y})())


def test_arrays_become_tensors():
    class Arrays:
        x, y = np.zeros((3, 2)), np.array([0, 1, 2])

    x, y = rows_of(Arrays())
    assert x.shape == (3, 2) and y.tolist() == [0, 1, 2]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_features_that_are_no_numbers_are_refused(value):
    x = torch.zeros(3, 6)
    x[1, 2] = value
    with pytest.raises(ValueError, match="x holds nan or inf"):
        rows_of(TensorDataset(x, torch.zeros(3, dtype=torch.long)))


# --- any map-style data set ------------------------------------------------------------------------------------------

X = torch.arange(20.0).reshape(10, 2)
Y = torch.arange(10) % 3


class Pairs(Dataset):
    def __init__(self, x=X, y=Y):
        self.rows = list(zip(x, y, strict=True))

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, row):
        return self.rows[row]


class Doubled(TensorDataset):
    """Has columns, and rows that are made of them."""

    def __getitem__(self, row):
        x, y = super().__getitem__(row)
        return 2 * x, y


class Shifted(People):
    def __getitem__(self, row):
        return self.x[row] + 1, self.y[row]


HALF, TWICE = [7, 0, 3], [*range(10), 0, 1]
FORMS = {
    "pairs": (Pairs(), X, Y),
    "plain numbers": (Pairs(X.tolist(), Y.tolist()), X, Y),
    "arrays": (Pairs(X.numpy(), Y.numpy()), X, Y),
    "subset": (Subset(TensorDataset(X, Y), HALF), X[HALF], Y[HALF]),
    "subset of pairs": (Subset(Pairs(), HALF), X[HALF], Y[HALF]),
    "subset of people": (Subset(People(X, Y), HALF), X[HALF], Y[HALF]),
    "concatenated": (
        ConcatDataset([Pairs(), TensorDataset(X[:2], Y[:2])]),
        torch.cat([X, X[:2]]),
        torch.cat([Y, Y[:2]]),
    ),
    "transformed": (Doubled(X, Y), 2 * X, Y),
    "transformed people": (Shifted(X, Y), X + 1, Y),
}


@pytest.mark.parametrize(("data", "x", "y"), FORMS.values(), ids=FORMS)
def test_any_map_style_data_set_is_its_rows(data, x, y):
    found_x, found_y = rows_of(data)
    assert torch.equal(found_x, x) and torch.equal(found_y, y) and found_y.dtype == torch.int64


def test_a_random_split_is_its_own_rows_and_not_those_of_the_whole():
    part, rest = random_split(People(X, Y), [7, 3], generator=torch.Generator().manual_seed(0))
    assert torch.equal(rows_of(part)[0], X[part.indices]) and torch.equal(rows_of(rest)[1], Y[rest.indices])


@pytest.mark.parametrize(
    "data", [X, X.numpy(), TensorDataset(X), Subset(X, range(10)), Namespace(x=X), Namespace(x=X, y=None)]
)
def test_features_come_alone_where_no_labels_are_needed(data):
    x, y = rows_of(data, labels=False)
    assert torch.equal(x, X) and y is None
    with pytest.raises(
        ValueError, match="there are no labels; expected class indices, or an objective that needs none"
    ):
        rows_of(data)


def test_what_stands_for_labels_is_left_alone_where_none_are_needed():
    for y in (torch.randn(10), torch.randn(10, 4), torch.rand(10) > 0.5):
        for data in (TensorDataset(X, y), Pairs(X, y), Namespace(x=X, y=y)):
            assert torch.equal(rows_of(data, labels=False)[1], y)
            with pytest.raises(ValueError, match="y is "):
                rows_of(data)
    with pytest.raises(ValueError, match=r"x is \[10, 2\] and y is \[9\]"):
        rows_of(Namespace(x=X, y=torch.randn(9)), labels=False)


class Named(Pairs):
    def __getitem__(self, row):
        return {"x": self.rows[row][0], "y": self.rows[row][1]}


class Triples(Pairs):
    def __getitem__(self, row):
        return (*self.rows[row], row)


@pytest.mark.parametrize(
    ("data", "kind", "message"),
    [
        (
            DataLoader(TensorDataset(X, Y)),
            TypeError,
            "data is a DataLoader; expected the data set in it, loader.dataset",
        ),
        (Named(), TypeError, r"data is a Named \(data\[0\] is a dict and no pair\); expected"),
        (Triples(), TypeError, r"data is a Triples \(data\[0\] is 3 things and no pair\); expected"),
        (TensorDataset(X, Y, Y), TypeError, r"data\[0\] is 3 things and no pair"),
        (Pairs([[1.0], [1.0, 2.0]], [0, 1]), ValueError, "data: rows of 2 shapes, such as .*; expected one shape"),
        (Pairs([["a"]], [0]), TypeError, r"data\[0\]\[0\] is \['a'\]; expected numbers"),
        (Pairs([], []), ValueError, "no rows; expected at least one"),
        (Namespace(x=[["a"]], y=[0]), TypeError, r"data: x is \[\['a'\]\]; expected numbers"),
    ],
    ids=["loader", "named", "triples", "three columns", "ragged", "words", "empty", "word column"],
)
def test_rows_that_cannot_be_read_are_named(data, kind, message):
    with pytest.raises(kind, match=message):
        rows_of(data)


def test_a_full_disk_leaves_the_old_data_files_whole(tmp_path, monkeypatch, capsys):
    written = write_data(tmp_path)

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["data", "--out", str(tmp_path)]) == 2
    assert capsys.readouterr() == ("", f"error: {written[0]}: No space left on device\n")
    assert sorted(tmp_path.iterdir()) == sorted(written)
    assert all(path.read_bytes() == (DATA / path.name).read_bytes() for path in written)


class EverySecond(Dataset):
    """Rows 0, 2, 4, ... of its columns: the first one is that of the columns."""

    def __init__(self):
        self.x, self.y = X, Y

    def __len__(self):
        return 5

    def __getitem__(self, i):
        return self.x[2 * i], self.y[2 * i]


class EverySecondByItself:
    x, y, __len__, __getitem__ = X, Y, EverySecond.__len__, EverySecond.__getitem__


class Relabelled(TensorDataset):
    def __getitem__(self, i):
        x, y = super().__getitem__(i)
        return x, y if i == 0 else (y + 1) % 3


@pytest.mark.parametrize("data", [EverySecond(), EverySecondByItself()])
def test_a_data_set_that_deals_out_some_of_its_columns_is_those_rows(data):
    x, y = rows_of(data)
    assert torch.equal(x, X[::2]) and torch.equal(y, Y[::2])


def test_a_data_set_that_changes_its_columns_is_the_changed_rows():
    assert torch.equal(rows_of(Relabelled(X, Y))[1], torch.cat([Y[:1], (Y[1:] + 1) % 3]))


def test_arrays_may_be_reversed_or_of_another_byte_order():
    x, y = rows_of(Namespace(x=X.numpy().astype(">f4")[::-1], y=Y.numpy().astype(">i8")[::-1]))
    assert torch.equal(x, X.flip(0)) and torch.equal(y, Y.flip(0))


@pytest.mark.parametrize("problem", [TypeError("no + with None"), KeyError("income")])
def test_a_data_set_that_fails_says_why(problem):
    class Broken(Dataset):
        def __len__(self):
            return 3

        def __getitem__(self, i):
            raise problem

    with pytest.raises(TypeError, match=re.escape(f"data is a Broken ({type(problem).__name__}: {problem}); exp")) as e:
        rows_of(Broken())
    assert e.value.__cause__ is problem
