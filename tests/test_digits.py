"""The handwritten digits: the file that is carried, its card, and the splits by draws."""

import re
from collections import Counter

import numpy as np
import pytest
import torch

import kdlib
from kdlib.worlds.digits import ROWS, SPLIT
from kdlib.worlds.people_file import DATA

FIRST = """
    ..5d91..
    ..dfaf5.
    .3f2.b8.
    .4c..88.
    .58..98.
    .4b.1c7.
    .2e5ac..
    ..6da...
"""


def test_the_first_image_is_the_zero_that_everybody_knows():
    digits = kdlib.load_digits(torch.float64)
    drawn = [[0 if pixel == "." else int(pixel, 16) for pixel in line] for line in FIRST.split()]
    assert (digits.x[0].reshape(8, 8) * 16).tolist() == drawn and digits.y[0] == 0


def test_all_images_are_rows_from_zero_to_one():
    digits = kdlib.load_digits()
    assert digits.x.shape == (len(digits), 64) == (ROWS, 64) and digits.y.dtype == torch.int64
    assert digits.x.dtype == torch.float32 and (digits.x.min(), digits.x.max()) == (0, 1)
    assert torch.equal((digits.x * 16).round() / 16, digits.x)
    assert (digits.x * 16).sum() == 561_718
    image, digit = digits[1]
    assert image.shape == (64,) and digit == 1


def test_they_are_those_of_scikit_learn():
    theirs = pytest.importorskip("sklearn.datasets").load_digits()
    digits = kdlib.load_digits(torch.float64)
    assert (digits.x * 16).tolist() == theirs.data.tolist() and digits.y.tolist() == theirs.target.tolist()


def test_the_card_states_the_counts_and_the_split():
    card = (DATA / "digits.md").read_text(encoding="utf-8")
    stated = re.search(r"^\| digits\.csv\.gz \| (.+) \|$", card, re.MULTILINE)
    counts = Counter(kdlib.load_digits().y.tolist())
    assert [int(n) for n in stated[1].split("|")] == [ROWS, *(counts[digit] for digit in range(10))]
    assert f"{SPLIT[0]:,} to learn from, {SPLIT[1]} to tune step sizes on, and {SPLIT[2]} to score on" in card
    for said in ("CC BY 4.0", "doi.org/10.24432/C50P49", "Alpaydin", "Kaynak"):
        assert said in card


def as_rows(*parts):
    return sorted(tuple([*x.tolist(), y.item()]) for part in parts for x, y in zip(part.x, part.y, strict=True))


def test_a_split_deals_out_every_row_once():
    parts = kdlib.split_digits(7)
    assert tuple(map(len, parts)) == SPLIT
    assert as_rows(*parts) == as_rows(kdlib.load_digits())


def test_one_seed_is_one_order_and_another_is_another():
    (hundred, more), (thousand,) = kdlib.split_digits(7, (100, 50)), kdlib.split_digits(7, (1_000,))
    assert torch.equal(thousand.first(150).x, torch.cat([hundred.x, more.x]))
    assert torch.equal(thousand.first(150).y, torch.cat([hundred.y, more.y]))
    assert not torch.equal(kdlib.split_digits(8, (100,))[0].x, hundred.x)


def test_the_order_of_a_seed_stays_what_it_is():
    (some,) = kdlib.split_digits(200, (10,))
    assert some.y.tolist() == [9, 6, 2, 7, 9, 2, 9, 7, 9, 3]


def test_runs_have_splits_of_their_own():
    learn, score = kdlib.split_digits(7, (60, 40), torch.float64, runs=3)
    assert (learn.x.shape, learn.y.shape, score.x.shape) == ((3, 60, 64), (3, 60), (3, 40, 64))
    for r in range(3):
        alone = kdlib.split_digits(7 + r, (60, 40), torch.float64)
        assert torch.equal(learn.x[r], alone[0].x) and torch.equal(score.y[r], alone[1].y)
    assert torch.equal(learn.first(5).x, learn.x[:, :5]) and torch.equal(learn.first(5).y, learn.y[:, :5])


def test_a_cohort_learns_from_a_split_for_each_run():
    learn, score = kdlib.split_digits(7, (60, 40), torch.float64, runs=2)
    cohort = kdlib.train_cohort((64, 4, 10), learn, kdlib.HardLabels(), runs=2, epochs=1, lr=0.1)
    assert cohort.logits(score.x).shape == (2, 40, 10)


def test_the_table_is_nobody_s_to_change():
    kdlib.load_digits().x.zero_()
    assert kdlib.load_digits().x.max() == 1


@pytest.mark.parametrize("sizes", [(), (1_798,), (1_000, 798)])
def test_sizes_that_cannot_be_dealt_are_refused(sizes):
    with pytest.raises(ValueError, match=r"sizes is \[.*\]; expected at least 1 row and 1,797 or fewer in all"):
        kdlib.split_digits(0, sizes)


def test_other_wrong_numbers_are_refused():
    for sizes in ((0, 5), (5, -1)):
        with pytest.raises(ValueError, match=f"sizes is {min(sizes)}; expected 1 or more"):
            kdlib.split_digits(0, sizes)
    with pytest.raises(ValueError, match="runs is 0; expected 1 or more"):
        kdlib.split_digits(0, runs=0)
    with pytest.raises(ValueError, match="n is 61; expected 1 to 60, the rows that there are"):
        kdlib.split_digits(0, (60,))[0].first(61)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kdlib.split_digits(0, (2.5,)), "sizes is 2.5; expected a whole number"),
        (lambda: kdlib.split_digits(0.5), "seed is 0.5; expected a whole number"),
        (lambda: kdlib.split_digits(0, runs=2.5), "runs is 2.5; expected a whole number"),
        (lambda: kdlib.split_digits(0)[0].first(2.5), "n is 2.5; expected a whole number, 1 to 1097"),
        (lambda: kdlib.load_digits(torch.uint8), "dtype is torch.uint8; expected torch.float32"),
    ],
)
def test_numbers_of_another_kind_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_numpy_seeds_are_seeds():
    assert torch.equal(kdlib.split_digits(np.int64(3))[0].y, kdlib.split_digits(3)[0].y)
