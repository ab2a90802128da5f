"""The digit explorer without a kernel: an answer at the stroke's end, with kdlib's numbers."""

import pytest
from explorer_hands import draw
from kinds import KINDS

import tests.test_digit_explorer as with_node
from kdlib import split_digits
from tests.browser.test_book import accessibility
from tests.support.node import call
from tests.support.pages import STROKE_CLOCK, shown, widget_page

STROKES = [[(0.2, 0.2), (0.8, 0.2), (0.4, 0.9)], [(0.3, 0.55), (0.75, 0.5)]]
BUSY = 5  # times as long as on a machine with nothing else to do


@pytest.fixture
def page(new_context, tmp_path):
    address = widget_page(tmp_path, shown(with_node.explorer(examples=split_digits(0, (5,))[0].x)), STROKE_CLOCK)
    context = new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def test_every_control_works_by_keyboard_and_the_page_reads_well(page):
    selector, use = KINDS["DigitExplorer"]
    assert accessibility(page) == []
    use(page.locator(selector))


def test_a_stroke_is_answered_at_once_with_the_numbers_of_kdlib(page, artefact):
    selector, _ = KINDS["DigitExplorer"]
    sheet, words = page.locator(".kd-pad"), page.locator(selector).locator("[role=status]")
    for stroke in STROKES:
        draw(sheet, stroke)
    page.locator(selector).screenshot(path=artefact("digit"))
    took = page.evaluate("window.took")
    assert len(took) == len(STROKES) and min(took) < BUSY * 5, took
    # The image is that of the page's own module, the answer kdlib's: to 1e-9 in tests/test_digit_explorer.py.
    fills = (
        page.locator(f"{selector} svg")
        .first.locator("rect")
        .evaluate_all("(all) => all.map((one) => one.getAttribute('fill'))")
    )
    grey = [1 - int(fill[1:3], 16) / 255 for fill in fills]
    drawn = [[list(point) for point in stroke] for stroke in STROKES]
    (pixels,) = call(with_node.DIGIT, [["image", drawn]])
    assert sum(abs(one - other) for one, other in zip(grey, pixels, strict=True)) < 1.5  # a mouse knows whole pixels
    said = words.text_content()
    answers = with_node.explorer(pixels=grey).probabilities()
    for name, title in (("large", "large"), ("small", "small, by labels"), ("taught", "small, taught")):
        assert f"{title} {answers[name].argmax()} (" in said
