"""The digit explorer without a kernel: an answer at the stroke's end, with kdlib's numbers."""

import pytest
from explorer_hands import draw
from kinds import KINDS

import tests.test_digit_explorer as with_node
from kdlib import split_digits
from kdlib.widgets import standalone
from kdlib.widgets.frame import CSS
from tests.browser.test_book import accessibility
from tests.support.node import call

STROKES = [[(0.2, 0.2), (0.8, 0.2), (0.4, 0.9)], [(0.3, 0.55), (0.75, 0.5)]]
BUSY = 5  # times as long as on a machine with nothing else to do
# From before the first listener of the stroke's end to after the last: the answer is in the page by then.
CLOCK = """
window.took = [];
let before;
addEventListener("pointerup", () => { before = performance.now(); }, true);
addEventListener("pointerup", () => { window.took.push(performance.now() - before); });
"""


@pytest.fixture
def page(new_context, tmp_path):
    widget = with_node.explorer(examples=split_digits(0, (5,))[0].x)
    html = widget._repr_mimebundle_()[0]["text/html"]
    path = tmp_path / "digit.html"
    script = standalone.script().replace("</", "<\\/")
    style = CSS.read_text(encoding="utf-8")
    path.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>digit</title><style>{style}</style>'
        f"<body><main>{html}</main><script>{CLOCK}{script}</script></body></html>",
        encoding="utf-8",
    )
    context = new_context(viewport={"width": 1000, "height": 900})
    page = context.new_page()
    page.goto(path.as_uri())
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
