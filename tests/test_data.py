"""The data files of the course and their card, and what kdlib takes as a data set."""

import re
from collections import Counter
from csv import DictReader

import numpy as np
import pytest
import torch
from torch.utils.data import TensorDataset

from kdlib import PeopleDataset, Record, encode
from kdlib.rows import rows_of
from kdlib.worlds.people import DATA_SEED, POLITICS
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


@pytest.mark.parametrize("data", [[1, 2], (torch.zeros(4, 2), torch.zeros(4)), TensorDataset(torch.zeros(4, 2)), None])
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
