"""A claim holds or fails with its numbers."""

import pytest
import torch

from kdlib.claims import Claim, ClaimFailed, claim
from kdlib.intervals import mean_over_seeds, paired_difference

# The differences have mean .096 and standard error .004; t with 4 degrees of freedom is 2.776.
A = [0.90, 0.92, 0.91, 0.93, 0.89]
B = [0.80, 0.83, 0.80, 0.84, 0.80]


def test_a_claim_that_holds_shows_its_sentence_and_numbers():
    held = claim("A is better.", A, B)
    assert isinstance(held, Claim) and held.estimate == paired_difference(A, B)
    assert str(held) == repr(held)
    assert str(held) == ("A is better.\n  +0.0960, 95% interval [+0.0849, +0.1071], 5 seeds; interval above 0: holds")


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
        "not supported: A is much better. Measured +0.0960, 95% interval [+0.0849, +0.1071], 5 seeds; "
        "needed: interval above 0.09"
    )


def test_no_difference_is_claimed_by_an_interval_inside_bounds():
    held = claim("As good.", A, B, within=(0.08, 0.12))
    assert "interval within (0.08, 0.12): holds" in str(held)
    assert claim("The same.", A, A, within=(-0.001, 0.001)).estimate.mean == 0


def test_the_notebook_view_is_escaped_and_says_the_same():
    held = claim("a < b & <script>", A, B)
    html = held._repr_html_()
    assert "a &lt; b &amp; &lt;script&gt;" in html and "<script>" not in html
    assert "+0.0960, 95% interval [+0.0849, +0.1071], 5 seeds; interval above 0: <strong>holds</strong>" in html


def test_two_rules_at_once_are_refused():
    with pytest.raises(ValueError, match="above and within are both given"):
        claim("Something holds.", A, above=0.5, within=(0, 1))
