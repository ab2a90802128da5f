"""A claim holds or fails with its numbers."""

import json
import math

import numpy as np
import pytest
import torch

from kdlib.claims import SAME_ACCURACY, SAME_AGREEMENT, Claim, ClaimFailed, Margin, claim, together
from kdlib.intervals import Estimate, mean_over_seeds, median_over_seeds, paired_difference

# The differences have mean .096 and standard error .004; t with 4 degrees of freedom is 2.776.
A = [0.90, 0.92, 0.91, 0.93, 0.89]
B = [0.80, 0.83, 0.80, 0.84, 0.80]


def test_a_claim_that_holds_shows_its_sentence_and_numbers():
    held = claim("A is better.", A, B)
    assert isinstance(held, Claim) and held.estimate == paired_difference(A, B)
    assert str(held) == repr(held)
    assert str(held) == ("A is better.\n  +9.6 points, 95% interval [8.5, 10.7] over 5 draws; needed: above 0: holds")


def test_a_claim_about_one_group_uses_its_mean():
    assert claim("A is above .88.", A, above=0.88).estimate == mean_over_seeds(A)
    assert claim("Tensors are fine.", torch.tensor(A), above=0.8).estimate.n == 5


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        pytest.param((B, A), {}, id="the wrong way round"),
        pytest.param((A, B), {"above": 0.0855}, id="the interval reaches below the bound"),
        pytest.param((A, B), {"within": (-0.05, 0.05)}, id="outside"),
        pytest.param((A, B), {"within": (0.05, 0.1)}, id="reaches out above"),
        pytest.param((A, B), {"within": (0.09, 0.2)}, id="reaches out below"),
        pytest.param((A, A), {}, id="no difference is not above 0"),
        pytest.param(([0.1, float("nan")],), {}, id="a failed seed"),
    ],
)
def test_a_claim_without_support_fails(arguments, options):
    with pytest.raises(ClaimFailed, match="not supported: Something holds"):
        claim("Something holds.", *arguments, **options)


def test_a_failed_claim_states_measured_and_needed():
    with pytest.raises(ClaimFailed) as failed:
        claim("A is much better.", A, B, above=0.09)
    assert isinstance(failed.value, AssertionError)
    assert str(failed.value) == (
        "not supported: A is much better. Measured +9.6 points, 95% interval [8.5, 10.7] over 5 draws; "
        "needed: above 9 points"
    )


def test_no_difference_is_claimed_by_an_interval_inside_bounds():
    held = claim("As good.", A, B, within=(0.08, 0.12))
    assert "needed: from 8 points to 12 points: holds" in str(held)
    assert claim("The same.", A, A, within=(-0.001, 0.001)).estimate.mean == 0


def test_the_notebook_view_is_escaped_and_says_the_same():
    held = claim("a < b & <script>", A, B)
    html = held._repr_html_()
    assert "a &lt; b &amp; &lt;script&gt;" in html and "<script>" not in html
    assert "+9.6 points, 95% interval [8.5, 10.7] over 5 draws; needed: above 0: <strong>holds</strong>" in html


def test_two_rules_at_once_are_refused():
    with pytest.raises(ValueError, match="above and within are both given"):
        claim("Something holds.", A, above=0.5, within=(0, 1))


def test_one_margin_for_each_kind_of_no_difference_is_named_in_the_box():
    assert SAME_ACCURACY == (-0.01, 0.01, "accuracy") and SAME_AGREEMENT == (-0.01, 0.01, "agreement")
    assert str(claim("Alike.", A, A, within=SAME_ACCURACY)).endswith("within ±1 point, the margin of accuracy: holds")
    with pytest.raises(ClaimFailed, match="needed: within ±1 point, the margin of agreement"):
        claim("Alike.", A, B, within=SAME_AGREEMENT)
    assert "needed: within ±12 points: holds" in str(claim("Alike.", A, B, within=0.12))


@pytest.mark.parametrize(
    ("values", "options", "shown"),
    [
        ([0.01, 0.02, 0.03], {"above": -1, "unit": "nats"}, "+0.020 nats, 95% interval [-0.005, 0.045] over 3 draws"),
        ([100, 105, 110], {"unit": "times"}, "105 times, 95% interval [93, 117] over 3 draws; needed: above 0"),
        ([0.09, 0.1, 0.11], {"above": 0.05, "unit": "percent"}, "10.0%, 95% interval [7.5, 12.5] over 3 draws"),
        ([1e-17, -3e-17], {"within": 1e-12, "unit": ""}, "0, 95% interval narrower than 1e-9 over 2 draws"),
    ],
)  # fmt: skip
def test_numbers_have_a_unit_and_the_digits_that_mean_something(values, options, shown, monkeypatch, tmp_path):
    monkeypatch.setenv("KDLIB_CLAIMS", str(tmp_path / "claims"))
    assert shown in str(claim("So it is.", values, **options))


def test_an_end_close_to_its_bound_is_shown_on_the_right_side_of_it():
    close = Claim("So it is.", Estimate(0.0101, 0.01004, 0.0102, 32), 0.01, math.inf)
    assert close.holds and "[1.004, 1.020]" in str(close)
    beyond = Claim("So it is.", Estimate(0.005, 0.001, 0.010004, 32), *SAME_ACCURACY)
    assert not beyond.holds and "1.0004]" in str(beyond)


def test_the_unit_of_repetition_is_said():
    assert "over 5 students of one teacher;" in str(claim("A is better.", A, B, over="students of one teacher"))


def test_one_stuck_student_moves_the_mean_and_not_the_median():
    gains = [0.010 + 0.0001 * k for k in range(31)] + [-1.0]
    with pytest.raises(ClaimFailed):
        claim("It gains.", gains)
    held = claim("It gains.", gains, median=True)
    assert held.estimate == median_over_seeds(gains)
    assert str(held).startswith("It gains.\n  median +1.15 points, 95% interval [1.0")


def test_with_a_file_for_claims_they_are_written_there_and_none_fails(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLIB_CLAIMS", str(tmp_path / "claims"))
    failed, held = claim("B is better.", B, A), claim("Alike.", A, A, within=SAME_ACCURACY, over="students")
    assert not failed.holds and held.holds
    assert "needed: above 0: does not hold" in str(failed) and "does not hold" in failed._repr_html_()
    lines = [json.loads(line) for line in (tmp_path / "claims").read_text().splitlines()]
    assert [Claim(**line | {"estimate": Estimate(*line["estimate"])}) for line in lines] == [failed, held]


def test_an_unknown_unit_is_refused():
    with pytest.raises(ValueError, match="unit is 'meters'; expected one of 'points', 'percent', 'nats', 'times', ''"):
        claim("So it is.", A, unit="meters")


def test_claims_together_are_one_table_and_the_same_text():
    first, second = claim("A & B differ.", A, B), claim("Alike.", A, A, within=SAME_ACCURACY)
    both = together(first, second)
    assert str(both) == f"{first}\n{second}" == repr(both)
    html = both._repr_html_()
    assert html.count("<tr>") == 3 and "A &amp; B differ." in html and html.count("<strong>holds</strong>") == 2
    assert html.index("A &amp; B") < html.index("Alike.")


def test_a_claim_about_times_shows_its_bounds_and_not_its_numbers_unless_it_fails():
    ratios = [2.0, 2.2, 2.1, 1.9, 2.05, 2.15, 2.3]
    settings = {"unit": "times", "over": "rounds", "median": True, "timed": True}
    shown = str(claim("Twice as long.", ratios, above=1.5, **settings))
    assert shown == "Twice as long.\n  median of 7 rounds, timed anew in every run; needed: above 1.5 times: holds"
    with pytest.raises(ClaimFailed, match=r"Measured median 2\.10 times, 95% interval \[1\.90, 2\.30\] over 7 rounds"):
        claim("Twice as long.", ratios, above=2.5, **settings)


@pytest.mark.parametrize(
    "bounds",
    [
        {"within": np.float32(0.05)}, {"within": np.float64(0.05)}, {"within": torch.tensor(0.05)},
        {"within": [-0.05, 0.05]}, {"above": np.float64(0.01)}, {"above": torch.tensor(0.01)},
    ],
)  # fmt: skip
def test_bounds_may_be_numpy_and_torch_numbers(bounds):
    claimed = claim("Small.", [0.02, 0.03, 0.025, 0.03], **bounds)
    assert claimed.holds and type(claimed.low) is float and "holds" in str(claimed)


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        ({"within": (0.05, -0.05)}, r"within is \(0.05, -0.05\); expected a low end below the high one"),
        ({"within": Margin(0.01, -0.01, "accuracy")}, "expected a low end below the high one"),
        ({"within": -0.05}, "within is -0.05; expected a low end"),
        ({"within": 0}, "within is 0; expected a low end"),
        ({"within": math.nan}, "within is nan; expected a low end"),
        ({"above": math.nan}, "above is nan; expected a low end"),
        ({"within": (0.05,)}, r"within is \(0.05,\); expected a number, or for within a pair"),
        ({"within": "0.05"}, "within is '0.05'; expected a number"),
        ({"above": "much"}, "above is 'much'; expected a number"),
    ],
)
def test_bounds_that_hold_no_interval_are_no_failed_claim(bounds, message):
    with pytest.raises(ValueError, match=message):
        claim("Small.", [0.02, 0.03, 0.025, 0.03], **bounds)
