"""Bets on a page without kernel: by keyboard, won and lost, uncovering what is folded, whole on paper."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from kdlib.intervals import Estimate
from kdlib.widgets import Bet, score
from tests.support.pages import shown, widget_page
from tools.notebooks import ROOT

STYLE = (ROOT / "kdlib" / "widgets" / "bets" / "bets.css").read_text(encoding="utf-8")
PRINT = (ROOT / "docs" / "_static" / "print.js").read_text(encoding="utf-8")


@pytest.fixture
def page(new_context, tmp_path):
    bets = [
        Bet("Which way does the true class go?", choices=["up", "down"]),
        Bet("Who agrees most with the teacher?", order=["labels", "log-probs", "logits"]),
        Bet("How often is the best classifier right?", low=0, high=100, unit="%"),
    ]
    answers = ["down", ["logits", "log-probs", "labels"], Estimate(84.0, 82.0, 86.0, 32)]
    parts = [
        f"{shown(bet)}<details class='hide'><summary>Show</summary>{bet.settle(answer)._repr_html_()}</details>"
        for bet, answer in zip(bets, answers, strict=True)
    ]
    page = new_context().new_page()
    page.goto(widget_page(tmp_path, f"<h1>Bets</h1>{''.join(parts)}{score()._repr_html_()}", style=STYLE))
    page.add_script_tag(content=PRINT)
    return page


def test_a_choice_by_keyboard_is_lost_and_uncovers_the_result(page):
    assert page.locator("details[open]").count() == 0
    lock = page.locator(".kd-bet").first.get_by_role("button", name="Lock it in")
    expect(lock).to_be_disabled()
    page.get_by_role("radio", name="up").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".kd-bet-status").first).to_have_text("Computed: down. Your bet: up. You lost it.")
    expect(page.locator("[data-kd-outcome]").first).to_be_visible()
    expect(page.get_by_role("radio", name="up")).to_be_disabled()
    expect(page.locator("[data-kd-score]")).to_have_text("Bets won: 0 of 3.")


def test_an_order_by_keyboard_is_won(page):
    page.get_by_role("button", name="logits up").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="logits down")).to_be_focused()
    page.get_by_role("button", name="log-probs up").click()
    page.locator(".kd-bet").nth(1).get_by_role("button", name="Lock it in").click()
    expect(page.locator(".kd-bet-status").nth(1)).to_contain_text("You won it.")
    expect(page.locator("[data-kd-score]")).to_have_text("Bets won: 1 of 3.")


@pytest.mark.parametrize(("value", "verdict"), [("86", "won"), ("87", "lost")])
def test_a_number_is_held_against_the_interval(page, value, verdict):
    third = page.locator(".kd-bet").nth(2)
    third.get_by_role("textbox").fill("101")
    expect(third.get_by_role("button", name="Lock it in")).to_be_disabled()
    third.get_by_role("textbox").fill(value)
    third.get_by_role("button", name="Lock it in").click()
    expect(third.locator(".kd-bet-status")).to_contain_text(f"Your bet: {value} %. You {verdict} it.")


def test_a_comma_is_a_point_and_what_cannot_be_bet_is_said(page):
    third = page.locator(".kd-bet").nth(2)
    box, lock, status = third.get_by_role("textbox"), third.get_by_role("button"), third.locator(".kd-bet-status")
    for text in ("101", "half"):
        box.fill(text)
        box.press("Tab")
        expect(status).to_have_text(f"Your bet is {text}; choose a number from 0 to 100.")
        expect(lock).to_be_disabled()
    box.fill("84,5")
    box.press("Tab")
    expect(lock).to_be_focused()
    lock.press("Enter")
    expect(status).to_contain_text("Your bet: 84.5 %. You won it.")


def test_axe_finds_nothing(page):
    page.locator(".kd-bet").nth(2).get_by_role("textbox").fill("84")
    page.locator(".kd-bet").nth(2).get_by_role("button", name="Lock it in").click()
    assert Axe().run(page).response["violations"] == []


def test_print_shows_all(page):
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    for text in ("Computed: down", "Computed: logits, then log-probs", "Computed: 84 %"):
        expect(page.get_by_text(text)).to_be_visible()
