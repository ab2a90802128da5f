"""What a user does to an explorer: every control by keyboard, the point in the triangle by mouse as well."""

import re
from functools import partial

from hands import button, choose, choose_another, named, shows_other, tabbed, type_of, words_of
from playwright.sync_api import expect

from kdlib.widgets.lab.settings import OBJECTIVES, USES


def explorer(widget):
    """Move every control of an explorer, and put back those that have a place."""
    for control in tabbed(widget):
        match type_of(control):
            case "range":
                move_slider(widget, control)
            case "select-one":
                control.press(shows_other(widget, partial(choose_another, control)))
            case "button" if "kd-handle" in control.get_attribute("class"):
                shows_other(widget, partial(control.press, "ArrowUp"))
                shows_other(widget, partial(control.press, "Shift+ArrowRight"))
            case "button" if control.text_content() == "Draw another label":
                fix_next_random_number(widget.page, 0.987)
                shows_other(widget, partial(control.press, "Enter"))
                assert "The label drawn is liberal" in words_of(widget)


def move_slider(widget, slider):
    """An arrow key is seen in the picture, Home or End in the sentence too; then the slider stands where it stood."""
    old, low, high = (float(slider.evaluate(f"(one) => one.{name}")) for name in ("value", "min", "max"))
    words = slider.get_attribute("aria-valuetext")
    shows_other(widget, partial(slider.press, "ArrowLeft" if old == high else "ArrowRight"), words=False)
    assert slider.get_attribute("aria-valuetext") != words
    shows_other(widget, partial(slider.press, "Home" if old > (low + high) / 2 else "End"))
    assert float(slider.input_value()) in (low, high)
    slider.fill(str(old))


def fix_next_random_number(page, value):
    once = "(value) => { const real = Math.random; Math.random = () => { Math.random = real; return value; }; }"
    page.evaluate(once, value)


def gradient_explorer(widget):
    """All controls, in an objective for which all of them count; in the others, those that do not count are off."""
    objective = named(widget, "Objective")
    choose(objective, "mixed")
    named(widget, "alpha").fill("0.5")
    explorer(widget)
    drag_point(widget)
    for name in OBJECTIVES:
        choose(objective, name)
        assert words_of(widget).startswith(name)
        for label, setting in {"T, temperature": "temperature", "alpha": "alpha"}.items():
            counts, slider = name in USES[setting], named(widget, label)
            expect(slider).to_be_enabled(enabled=counts)
            assert (slider.locator("xpath=../output").text_content() == "not used") != counts
    choose(objective, "labels")
    before = words_of(widget)
    shows_other(widget, partial(named(widget, "v, moderate").press, "End"), words=False)
    assert words_of(widget) == before, "labels do not ask the teacher"
    choose(objective, "mixed")


def drag_point(widget):
    """Drag the student's point into the middle of the triangle: every class gets a third."""
    handle, plane = widget.locator(".kd-handle"), widget.locator(".kd-plane svg")
    plane.scroll_into_view_if_needed()

    def drag():
        handle.hover()
        box, mouse = plane.bounding_box(), widget.page.mouse
        unit = box["width"] / 436  # the picture and its triangle are described in the units of gradient.js
        mouse.down()
        mouse.move(box["x"] + 218 * unit, box["y"] + (318 - 320 * 3**0.5 / 6) * unit, steps=5)
        mouse.up()

    shows_other(widget, drag)
    assert re.search(r"The student gives \w+ 33%", words_of(widget)), words_of(widget)


def digit_explorer(widget):
    """Choose an image, draw a line beside, clear the sheet: the words follow, and the list says what is shown."""
    explorer(widget)
    images, sheet = widget.get_by_label("Somebody's digit"), widget.locator(".kd-pad")
    shows_other(widget, partial(draw, sheet, [(0.5, 0.1), (0.5, 0.9)]))
    assert images.evaluate("(one) => one.selectedIndex") == -1 and words_of(widget).startswith("Read: large ")
    button(widget, "Clear").press("Enter")
    expect(widget.locator("[role=status]")).to_have_text("The sheet is empty.")


def draw(sheet, points):
    """Draw a stroke with the mouse, through points from 0 to 1."""
    sheet.scroll_into_view_if_needed()
    box, mouse = sheet.bounding_box(), sheet.page.mouse
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    mouse.move(*places[0])
    mouse.down()
    for place in places[1:]:
        mouse.move(*place, steps=4)
    mouse.up()
