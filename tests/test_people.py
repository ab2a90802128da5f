"""The people: encoding, sampling and the true class probabilities."""

import math

import numpy as np
import pytest
import torch

from kdlib import HardLabels, Record, census, encode, metrics, posterior, sample_people, train_cohort
from kdlib.worlds.people import AGES, INCOMES, POLITICS, SEXES, STATES

# The scores of each person by the formula of the data card, worked out by hand from u = (age - 49) / 18,
# v = (income - 55,000) / 20,000 and sex = -1 (male) or 1 (female).
BY_HAND = [
    # u = 0, v = 0
    (
        Record("male", 49, "nebraska", 55_000, "conservative"),
        (0.7 + 0.35, 0.8 + 0.6 * math.exp(-0.04) - 0.5, -0.3 - 0.45),
    ),
    # u = 1, v = 1: the product term of oklahoma counts, the bend of liberal does not yet
    (
        Record("female", 67, "oklahoma", 75_000, "moderate"),
        (0.9 + 0.9 - 0.35 + 0.5, 0.8 * math.exp(-1) + 0.6 * math.exp(-1.44) - 0.5 + 0.25, -1.0 - 0.7 + 0.45),
    ),
    # u = 1.5, v = -1: the bend of liberal counts with u - 1 = 0.5
    (
        Record("male", 76, "michigan", 35_000, "liberal"),
        (
            1.35 - 0.9 - 0.3 + 0.35,
            0.8 * math.exp(-2.25) + 0.6 * math.exp(-0.64) - 0.5,
            -1.5 + 0.7 + 0.7 - 0.45 - 0.4 * 0.5,
        ),
    ),
]


@pytest.fixture(scope="module")
def crowd():
    return sample_people(100_000, seed=1, dtype=torch.float64)


@pytest.mark.parametrize(("record", "scores"), BY_HAND, ids=lambda value: getattr(value, "state", None))
def test_posterior_is_the_softmax_of_three_times_the_scores(record, scores):
    powers = [math.exp(3 * score) for score in scores]
    expected = torch.tensor([power / sum(powers) for power in powers], dtype=torch.float64)
    x = torch.tensor(encode(record), dtype=torch.float64)
    torch.testing.assert_close(posterior(x), expected, rtol=0, atol=1e-12)


def test_posterior_rows_sum_to_one_in_the_dtype_and_shape_of_the_people(crowd):
    p = posterior(crowd.x)
    assert p.dtype == torch.float64 and p.shape == (100_000, 3)
    torch.testing.assert_close(p.sum(-1), torch.ones(100_000, dtype=torch.float64))
    single = posterior(crowd.x[:6].reshape(2, 3, 6).float())
    assert single.dtype == torch.float32
    torch.testing.assert_close(single, p[:6].reshape(2, 3, 3).float())


def test_a_person_is_encoded_in_six_numbers():
    assert encode(Record("male", 24, "michigan", 29_500, "liberal")) == [-1, 0.24, 1, 0, 0, 0.295]
    assert encode(Record("female", 80, "oklahoma", 90_000, "liberal")) == [1, 0.8, 0, 0, 1, 0.9]
    assert encode(Record("female", 18, "nebraska", 20_000, "liberal")) == [1, 0.18, 0, 1, 0, 0.2]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_records_undo_the_encoding(dtype):
    people = sample_people(500, seed=2, dtype=dtype)
    records = people.records()
    torch.testing.assert_close(torch.tensor([encode(r) for r in records], dtype=dtype), people.x, rtol=0, atol=0)
    assert [POLITICS.index(r.politics) for r in records] == people.y.tolist()
    assert {r.sex for r in records} == set(SEXES) and {r.state for r in records} == set(STATES)


@pytest.mark.parametrize(("sex", "state"), [("m", "michigan"), ("male", "ohio")])
def test_an_unknown_sex_or_state_is_refused(sex, state):
    with pytest.raises(ValueError, match=f"'{sex}', '{state}'"):
        encode(Record(sex, 30, state, 30_000, "liberal"))


def test_people_are_a_data_set():
    people = sample_people(5, seed=0)
    assert len(people) == 5 and people.x.dtype == torch.float32 and people.y.dtype == torch.int64
    x, y = people[3]
    assert torch.equal(x, people.x[3]) and torch.equal(y, people.y[3])


def test_the_same_seed_gives_the_same_people_and_another_seed_gives_others():
    first, again, other = sample_people(50, seed=7), sample_people(50, seed=7), sample_people(50, seed=8)
    assert torch.equal(first.x, again.x) and torch.equal(first.y, again.y)
    assert not torch.equal(first.x, other.x)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 16, 100])
def test_person_i_does_not_depend_on_how_many_are_drawn(n):
    many, few = sample_people(1000, seed=7), sample_people(n, seed=7)
    assert torch.equal(few.x, many.x[:n]) and torch.equal(few.y, many.y[:n])


def test_each_run_has_people_of_its_own():
    people = sample_people(7, seed=100, dtype=torch.float64, runs=3)
    assert people.x.shape == (3, 7, 6) and people.y.shape == (3, 7)
    for r in range(3):
        alone = sample_people(7, seed=100 + r, dtype=torch.float64)
        assert torch.equal(people.x[r], alone.x) and torch.equal(people.y[r], alone.y)
    with pytest.raises(ValueError, match="runs is 0; expected 1 or more"):
        sample_people(7, seed=100, runs=0)


def test_sampling_leaves_the_global_generator_alone():
    before = torch.get_rng_state()
    sample_people(10, seed=0)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("n", [0, -1])
def test_no_people_cannot_be_drawn(n):
    with pytest.raises(ValueError, match=f"n is {n}; expected 1 or more people"):
        sample_people(n, seed=0)


def test_sex_age_state_and_income_are_uniform_on_their_values(crowd):
    sex, age, income = crowd.x[:, 0], (crowd.x[:, 1] * 100).round().long(), (crowd.x[:, 5] * 1000).round().long()
    assert set(sex.tolist()) == {-1.0, 1.0}
    assert abs(sex.mean()) < 0.01
    assert torch.equal(crowd.x[:, 2:5].sum(-1), torch.ones(len(crowd), dtype=torch.float64))
    assert (crowd.x[:, 2:5].mean(0) - 1 / 3).abs().max() < 0.005
    for values, allowed in ((age, AGES), (income, range(INCOMES.start // 100, INCOMES.stop // 100 + 1))):
        counts = values.bincount(minlength=allowed.stop)[allowed.start :]
        expected = len(crowd) / len(allowed)
        assert len(counts) == len(allowed)  # nobody outside
        chi2 = ((counts - expected) ** 2 / expected).sum().item()
        assert abs(chi2 - len(allowed)) < 4 * math.sqrt(2 * len(allowed))
    assert torch.equal(age.double() / 100, crowd.x[:, 1])
    assert torch.equal(income.double() / 1000, crowd.x[:, 5])  # by the hundred


def test_the_columns_are_independent(crowd):
    correlations = torch.corrcoef(crowd.x[:, [0, 1, 2, 3, 5]].T)
    apart = correlations[[0, 0, 0, 0, 1, 1, 1, 2, 3], [1, 2, 3, 4, 2, 3, 4, 4, 4]]
    assert apart.abs().max() < 0.015


def test_the_world_has_the_stated_shares_and_bayes_accuracy(crowd):
    shares = crowd.y.bincount() / len(crowd)
    torch.testing.assert_close(shares, torch.tensor([0.39, 0.21, 0.40]), rtol=0, atol=0.006)
    p = posterior(crowd.x)
    assert abs(p.max(-1).values.mean().item() - 0.842) < 0.002
    assert abs((p.argmax(-1) == crowd.y).double().mean().item() - 0.842) < 0.004


def test_people_with_another_number_of_columns_are_refused():
    with pytest.raises(ValueError, match=r"x is \[3, 5\]; expected encoded people \[\.\.\., 6\]"):
        posterior(torch.zeros(3, 5))


def test_labels_occur_as_often_as_the_posterior_says(crowd):
    p = posterior(crowd.x)
    for k in range(3):
        tenth = (p[:, k] * 10).long()
        for b in range(10):
            inside = tenth == b
            stated = p[inside, k]
            spread = (stated * (1 - stated)).sum().sqrt() / inside.sum()
            measured = (crowd.y[inside] == k).double().mean()
            assert abs(measured - stated.mean()) < 4 * spread, (POLITICS[k], b)


def test_the_census_has_every_kind_of_person_once_in_even_bands():
    x, p = census(torch.float64)
    assert len(x) == 2 * 63 * 3 * 100 == len(x.unique(dim=0)) and torch.equal(p, posterior(x))
    everyone = census(torch.float64, dollars=100)
    assert len(everyone.x) == 2 * 63 * 3 * 701 == len(everyone.x.unique(dim=0))
    assert everyone.p.max(-1).values.mean().item() == pytest.approx(0.842392, abs=5e-7)
    coarse = census(torch.float64, years=3, dollars=2_000).x
    assert coarse[:, 1].unique().tolist() == [age / 100 for age in range(19, 80, 3)]
    assert coarse[:, 5].unique().tolist() == [income / 100_000 for income in range(21_000, 90_000, 2_000)]
    torch.testing.assert_close(coarse.mean(0), everyone.x.mean(0), rtol=0, atol=1e-12)


def test_the_census_is_kept_and_has_the_dtype_asked_for():
    assert census().x.dtype == census().p.dtype == torch.float32
    assert census() is census() and census(torch.float64).p.dtype == torch.float64


def test_the_coarser_grids_measure_what_all_people_would():
    """The bounds that the docstring of `census` states, for networks with borders of their own."""
    people = sample_people(200, seed=100, dtype=torch.float64, runs=16)
    settings = {"runs": 16, "epochs": 200, "lr": 0.02}
    networks = [
        train_cohort((6, 8, 3), people, HardLabels(), seed=1, **settings),
        train_cohort((6, 10, 10, 3), people, HardLabels(), seed=0, **settings),
    ]

    def measured(**bands):
        x, p = census(torch.float64, **bands)
        z, v = (network.logits(x) for network in networks)
        return metrics.expected_accuracy(z, p), metrics.expected_accuracy(v, p), metrics.agreement(z, v)

    exact = measured(dollars=100)
    for bands, accuracy, agreement, mean in (
        ({}, 0.0005, 0.001, 0.0002),
        ({"years": 3, "dollars": 2_000}, 0.002, 0.005, 0.0005),
    ):
        off = [near - all_of_them for near, all_of_them in zip(measured(**bands), exact, strict=True)]
        assert off[0].abs().max() < accuracy and off[1].abs().max() < accuracy and off[2].abs().max() < agreement
        assert all(values.mean().abs() < mean for values in off), off


@pytest.mark.parametrize(
    ("bands", "message"),
    [
        ({"years": 0}, "years is 0; expected 1 to 63"),
        ({"years": 2.5}, "years is 2.5; expected a whole number, 1 to 63"),
        ({"dollars": 250}, "dollars is 250; expected a multiple of 100 from 100 to 70,100"),
        ({"dollars": 0}, "dollars is 0; expected a multiple of 100"),
        ({"dollars": 80_000}, "dollars is 80000; expected a multiple of 100"),
    ],
)
def test_other_bands_are_refused(bands, message):
    with pytest.raises(ValueError, match=message):
        census(**bands)


def test_true_probabilities_of_whole_numbers_are_not_cut_off():
    x = torch.tensor([[1, 0, 1, 0, 0, 1]])
    torch.testing.assert_close(posterior(x), posterior(x.double()), check_dtype=False)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n": 2.5}, "n is 2.5; expected a whole number, 1 or more people"),
        ({"n": True}, "n is True; expected a whole number"),
        ({"n": torch.tensor(2.5)}, r"n is tensor\(2.5000\); expected a whole number"),
        ({"seed": 1.5}, "seed is 1.5; expected a whole number, 0 or more"),
        ({"seed": -1}, "seed is -1; expected 0 or more"),
        ({"runs": 2.5}, "runs is 2.5; expected a whole number"),
        ({"dtype": torch.int64}, "dtype is torch.int64; expected torch.float32 or another floating one"),
        ({"dtype": torch.bool}, "dtype is torch.bool"),
        ({"dtype": "float32"}, "dtype is float32"),
    ],
)
def test_people_of_another_kind_of_number_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        sample_people(**{"n": 3, "seed": 1} | settings)


def test_numpy_seeds_are_seeds_and_arrays_have_true_probabilities():
    people = sample_people(np.int64(3), np.int64(1))
    assert torch.equal(people.x, sample_people(3, 1).x)
    assert torch.equal(posterior(people.x.numpy()), posterior(people.x))


def test_a_census_in_whole_numbers_is_refused():
    with pytest.raises(ValueError, match=r"dtype is torch.int64"):
        census(torch.int64)
