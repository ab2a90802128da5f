"""The intervals, against numbers worked out by hand and in the cases without spread."""

import math

import numpy as np
import pytest
import torch
from scipy.stats import binomtest

from kdlib.intervals import Estimate, mean_over_seeds, median_over_seeds, paired_difference, wilson

Z95 = 1.959963984540054  # 97.5% point of the normal distribution
T95_4 = 2.7764451051977987  # 97.5% point of Student's t with 4 degrees of freedom
T90_4 = 2.131846786326649  # 95% point of the same


def wilson_by_formula(correct, n, z):
    share = correct / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return centre - half, centre + half


@pytest.mark.parametrize(("correct", "n"), [(31, 40), (159, 200), (0, 40), (40, 40), (1, 2), (7900, 10_000)])
def test_wilson_is_the_closed_formula(correct, n):
    estimate = wilson(correct, n)
    assert (estimate.low, estimate.high) == pytest.approx(wilson_by_formula(correct, n, Z95), abs=1e-12)
    assert (estimate.mean, estimate.n) == (correct / n, n)


def test_wilson_is_scipys():
    for n in (1, 2, 7, 40, 1000):
        for correct in {0, 1, n // 2, n - 1, n}:
            for confidence in (0.5, 0.9, 0.95, 0.999):
                expected = binomtest(correct, n).proportion_ci(confidence, method="wilson")
                estimate = wilson(correct, n, confidence)
                assert (estimate.low, estimate.high) == pytest.approx((expected.low, expected.high), abs=1e-14)
    assert wilson(0, 40).low == 0 and wilson(40, 40).high == 1


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, math.nan])
def test_wilson_refuses_an_impossible_confidence(confidence):
    with pytest.raises(ValueError, match="confidence"):
        wilson(31, 40, confidence)


def test_wilson_takes_another_confidence():
    estimate = wilson(31, 40, confidence=0.9)
    assert (estimate.low, estimate.high) == pytest.approx(wilson_by_formula(31, 40, 1.6448536269514722), abs=1e-12)


def test_wilson_takes_a_count_that_was_a_share_before():
    # 0.29 * 200 is not 58 in floating point.
    assert wilson(0.29 * 200, 200).low == wilson(58, 200).low


@pytest.mark.parametrize(("correct", "n"), [(0, 0), (41, 40), (-1, 40)])
def test_wilson_refuses_an_impossible_count(correct, n):
    with pytest.raises(ValueError):
        wilson(correct, n)


@pytest.mark.parametrize("kind", [list, tuple, torch.tensor, lambda v: torch.tensor([v])])
def test_the_mean_over_seeds_has_a_t_interval(kind):
    # Mean 3, squared distances 4 + 1 + 0 + 1 + 4 = 10, spread sqrt(10 / 4), standard error sqrt(10 / 4 / 5).
    estimate = mean_over_seeds(kind([1.0, 2.0, 3.0, 4.0, 5.0]))
    half = T95_4 * math.sqrt(0.5)
    assert tuple(estimate) == pytest.approx((3.0, 3 - half, 3 + half, 5), abs=1e-12)


def test_the_t_interval_takes_another_confidence():
    estimate = mean_over_seeds([1, 2, 3, 4, 5], confidence=0.9)
    assert estimate.high - estimate.mean == pytest.approx(T90_4 * math.sqrt(0.5), abs=1e-12)


def test_a_paired_difference_removes_what_the_pair_shares():
    shared = torch.tensor([10.0, -50.0, 300.0, 0.5, 7.0], dtype=torch.float64)
    gain = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], dtype=torch.float64)
    half = T95_4 * math.sqrt(0.5)
    assert tuple(paired_difference(shared + gain, shared)) == pytest.approx((3, 3 - half, 3 + half, 5), abs=1e-12)
    assert paired_difference(shared, shared + gain).mean == pytest.approx(-3, abs=1e-12)


def test_float32_values_are_averaged_in_float64():
    values = torch.tensor([0.1, 0.2], dtype=torch.float32)
    assert mean_over_seeds(values).mean == (values[0].double() + values[1].double()).item() / 2


def test_values_without_spread_have_an_interval_without_width():
    assert mean_over_seeds([0.25, 0.25, 0.25]) == Estimate(0.25, 0.25, 0.25, 3)
    assert paired_difference([1, 2], [1, 2]) == Estimate(0.0, 0.0, 0.0, 2)


def test_values_that_differ_in_the_last_bit_only_give_no_warning():
    # Both differences are 0.1 but for rounding.
    estimate = paired_difference([0.8, 0.7, 0.4], [0.7, 0.6, 0.3])
    assert tuple(estimate) == pytest.approx((0.1, 0.1, 0.1, 3), abs=1e-12)
    assert estimate.low <= estimate.mean <= estimate.high


@pytest.mark.parametrize("values", [[], [0.5], torch.tensor(0.5)])
def test_one_seed_has_no_interval(values):
    with pytest.raises(ValueError, match="needs at least 2 seeds"):
        mean_over_seeds(values)


def test_a_pair_needs_one_value_of_each_per_seed():
    with pytest.raises(ValueError, match=r"a is \[3\] and b is \[2\]"):
        paired_difference([1, 2, 3], [1, 2])


def test_a_failed_seed_is_not_hidden():
    assert all(math.isnan(value) for value in mean_over_seeds([0.5, float("nan"), 0.7])[:3])


def test_an_estimate_reads_as_mean_and_interval():
    assert str(Estimate(0.12345, -0.5, 1.0, 7)) == "0.123 [-0.500, 1.000]"


def test_the_interval_of_a_median_is_two_of_the_sorted_values():
    # Binomial(32, 1/2): 9 values or fewer below the median have probability .01, 10 or fewer .025 and more.
    values = torch.arange(32.0).flip(0)
    assert median_over_seeds(values) == Estimate(15.5, 9.0, 22.0, 32)
    assert median_over_seeds(values + 1, values) == Estimate(1.0, 1.0, 1.0, 32)
    assert median_over_seeds([*range(31), 1e6]) == Estimate(15.5, 9.0, 22.0, 32)


def test_a_median_needs_values_enough_and_pairs():
    with pytest.raises(ValueError, match="values has 5 entries; the interval of a median needs at least 6 seeds"):
        median_over_seeds([1, 2, 3, 4, 5])
    with pytest.raises(ValueError, match=r"a is \[2\] and b is \[1\]; a paired difference needs one of each"):
        median_over_seeds([1, 2], [1])


def test_a_median_with_a_failed_seed_claims_nothing():
    low = median_over_seeds([float("nan"), *range(31)]).low
    assert not low > -1


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, math.nan])
def test_no_interval_has_an_impossible_confidence(confidence):
    for interval in (mean_over_seeds, median_over_seeds, lambda values, **k: paired_difference(values, values, **k)):
        with pytest.raises(ValueError, match="confidence is"):
            interval([1.0, 2, 3, 4, 5, 6], confidence=confidence)


def test_pairs_have_one_shape():
    with pytest.raises(ValueError, match=r"a is \[2, 3\] and b is \[3, 2\]"):
        paired_difference(torch.ones(2, 3), torch.ones(3, 2))


def test_values_are_numbers_in_any_order_of_memory():
    values = np.array([1.0, 2.0, 4.0])
    assert mean_over_seeds(values[::-1]) == mean_over_seeds([4.0, 2.0, 1.0])
    assert mean_over_seeds([0.1, 0.2]).mean == pytest.approx(0.15, abs=1e-15)
    assert mean_over_seeds(torch.tensor([1.0, 2.0], requires_grad=True)).mean == 1.5
    with pytest.raises(TypeError, match=r"values is .*; expected numbers"):
        mean_over_seeds([None, 1.0])
    with pytest.raises(TypeError, match="b is text; expected numbers"):
        paired_difference([1.0, 2.0], "text")


def test_wilson_takes_counts_of_torch_and_refuses_nan():
    assert wilson(torch.tensor(31), np.int64(40)) == wilson(31, 40)
    with pytest.raises(ValueError, match="correct is nan; expected 0 to 40"):
        wilson(math.nan, 40)
    with pytest.raises(ValueError, match=r"n is 40.5; expected a whole number"):
        wilson(31, 40.5)
