"""Bets can be won and lost, in Python and on the page, and nothing of the answer stands in the bet."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("anywidget")

from kdlib.exercises.verdict import PROGRESS
from kdlib.intervals import Estimate
from kdlib.widgets import Bet, score
from kdlib.widgets.bets.outcome import BETS, judge

ROOT = Path(__file__).parent.parent
JUDGED = [
    ("choice", "yes", "yes"), ("choice", "yes", "no"),
    ("order", ["a", "b"], ["a", "b"]), ("order", ["b", "a"], ["a", "b"]),
    ("number", 3.0, [3.2, 3.0, 3.5]), ("number", 2.9, [3.2, 3.0, 3.5]), ("number", 3.6, [3.2, 3.0, 3.5]),
]  # fmt: skip


@pytest.fixture(autouse=True)
def nobody_has_played():
    BETS.clear()
    PROGRESS.clear()


def test_a_choice_is_won_and_lost():
    for bet_on, verdict in (("up", "You won it."), ("down", "You lost it.")):
        bet = Bet("Which way?", choices=["up", "down"])
        bet.lock(bet_on)
        assert str(bet.settle("up")) == f"Computed: up. Your bet: {bet_on}. {verdict}"
        assert bet.outcome.endswith(verdict)


def test_an_order_is_won_and_lost():
    for bet_on, won in ((["b", "a", "c"], True), (["a", "b", "c"], False)):
        bet = Bet("Which first?", order=["a", "b", "c"])
        bet.lock(bet_on)
        settled = bet.settle(["b", "a", "c"])
        assert settled.won is won and str(settled).startswith("Computed: b, then a, then c. Your bet: ")


@pytest.mark.parametrize(("value", "won"), [(79.0, False), (79.5, True), (80.0, True), (81.5, True), (81.6, False)])
def test_a_number_is_held_against_the_interval_and_the_margin(value, won):
    bet = Bet("How much?", low=0, high=100, unit="%", margin=0.5)
    bet.lock(value)
    settled = bet.settle(Estimate(80.5, 80.0, 81.0, 32))
    assert settled.won is won
    assert "Computed: 80.5 % (a bet from 79.5 to 81.5 wins)." in str(settled)


def test_a_bet_that_is_made_after_the_cells_have_run_is_settled_then():
    bet = Bet("Which way?", choices=["up", "down"])
    assert str(bet.settle("up")) == "Computed: up. No bet was locked in."
    bet.lock("down")
    assert bet.outcome == "Computed: up. Your bet: down. You lost it."
    assert score().won == 0 and BETS[bet.key] is False


def test_no_bet_no_victory_and_the_score_counts():
    first, second, third = (Bet(f"Question {k}?", choices=["yes", "no"]) for k in range(3))
    first.lock("yes")
    second.lock("no")
    assert str(third.settle("yes")) == "Computed: yes. No bet was locked in."
    first.settle("yes")
    second.settle("yes")
    PROGRESS.update({"encode": True, "bayes": False})
    assert repr(score()) == "Bets won: 1 of 3. Exercises solved: 1 of 2."
    Bet("Question 0?", choices=["yes", "no"])  # run again: open again
    assert score().won == 0 and score().bets == 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "one of: choices, order, or low and high"),
        ({"choices": ["a", "b"], "low": 0, "high": 1}, "one of: choices, order, or low and high"),
        ({"choices": ["a"]}, "expected two or more different things"),
        ({"order": ["a", "a"]}, "expected two or more different things"),
        ({"low": 2, "high": 1}, "low below high"),
    ],
)
def test_a_question_that_cannot_be_bet_on(settings, message):
    with pytest.raises(ValueError, match=message):
        Bet("?", **settings)


def test_a_bet_is_locked_once_and_only_on_what_is_offered():
    bet = Bet("?", choices=["a", "b"])
    with pytest.raises(ValueError, match="'c' cannot be bet on; expected one of a, b"):
        bet.lock("c")
    with pytest.raises(ValueError, match="'c' is no answer to this bet"):
        bet.settle("c")
    bet.lock("a")
    with pytest.raises(ValueError, match="locked in already"):
        bet.lock("b")
    with pytest.raises(ValueError, match="5 cannot be bet on; expected a number from 0 to 1"):
        Bet("?", low=0, high=1).lock(5)


def test_what_is_stored_holds_the_question_and_not_the_answer():
    bet = Bet("How <much>?", low=0, high=100, unit="%")
    data, _ = bet._repr_mimebundle_()
    assert data["text/plain"] == "Bet: How <much>? (a number from 0 to 100)"
    assert 'data-kd-bet="' in data["text/html"] and "<much>" not in data["text/html"]
    html = bet.settle(42.0)._repr_html_()
    assert f'data-kd-outcome="{bet.key}"' in html and "No bet was locked in" in html


def test_page_and_kernel_judge_alike():
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs Node.js: without it nobody runs the page's scripts outside a browser")
    calls = json.dumps([["judge", *one] for one in JUDGED])
    command = [node, ROOT / "tests" / "js" / "call.mjs", ROOT / "kdlib" / "widgets" / "bets" / "bets.js"]
    done = subprocess.run(command, input=calls, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    expected = [judge(*one) for one in JUDGED]
    assert json.loads(done.stdout) == expected == [True, False, True, False, True, False, False]


@pytest.mark.parametrize("measured", [float("nan"), Estimate(5.0, float("nan"), 6.0, 3), None, "x", [5], float("inf")])
def test_what_is_no_number_settles_no_bet(measured):
    bet = Bet("How much?", low=0, high=100)
    bet.lock(5)
    with pytest.raises(ValueError, match="is no answer to this bet; expected a number, or an estimate"):
        bet.settle(measured)


def test_what_was_measured_beyond_the_offer_is_said_as_it_is():
    bet = Bet("How much?", low=0, high=100, unit="%")
    bet.lock(100)
    assert str(bet.settle(Estimate(200, 190, 210, 3))) == (
        "Computed: 200 % (a bet from 190 to 210 wins). Your bet: 100 %. You lost it."
    )


@pytest.mark.parametrize(
    ("settings", "value"), [({"low": 0, "high": 1}, "0.5"), ({"low": 0, "high": 1}, [0.5]), ({"order": ["a", "b"]}, 5)]
)
def test_an_answer_of_another_kind_cannot_be_bet_on(settings, value):
    with pytest.raises(ValueError, match="cannot be bet on; expected"):
        Bet("What?", **settings).lock(value)


def test_an_order_is_the_same_order_as_a_tuple():
    bet = Bet("Which first?", order=["a", "b"])
    bet.lock(("b", "a"))
    assert bet.settle(["b", "a"]).won


def test_a_bet_has_ends():
    with pytest.raises(ValueError, match="low is 0 and high is inf; expected two numbers"):
        Bet("How much?", low=0, high=float("inf"))
