"""What a user does to a widget, by keyboard: every control is reached by Tab, moved, and has to change what is shown."""

import re

from playwright.sync_api import TimeoutError, expect

from kdlib.widgets.lab_settings import OBJECTIVES, USES, Settings
from tools.browser import CLOCK, LOOK

SECOND = 1000
RUN_SECONDS = 30  # for short runs, on a machine that does other things too
STOP_SECONDS = 0.5


def shows_other(widget, act, picture=True, words=True, start=""):
    """Do it, and wait until the picture and the sentence are others, the sentence one that begins with ``start``."""
    before = widget.evaluate(LOOK)
    act()
    new = f"""([widget, before, wanted, start]) => {{
      const now = ({LOOK})(widget);
      return now.every((one, i) => !wanted[i] || one !== before[i]) && now[1].startsWith(start);
    }}"""
    try:
        arguments = [widget.element_handle(), before, [picture, words], start]
        widget.page.wait_for_function(new, arg=arguments, timeout=RUN_SECONDS * SECOND)
    except TimeoutError:
        now = widget.evaluate(LOOK)
        same = "picture stayed the same, " * (now[0] == before[0])
        raise AssertionError(f"{same}sentence before: {before[1]!r}, after: {now[1]!r}, wanted: {start}...") from None


def tabbed(widget):
    """The controls of a widget that are switched on, each reached by Tab from the one before."""
    controls = [control for control in widget.locator("select, input, button").all() if control.is_enabled()]
    controls[0].focus()
    for control in controls:
        expect(control).to_be_focused()
        yield control
        control.press("Tab")


def choose(select, words):
    """Choose an option by arrow keys."""
    options = [text.strip() for text in select.locator("option").all_text_contents()]
    select.press("Home")
    for _ in range(options.index(words)):
        select.press("ArrowDown")
    expect(select.locator("option:checked")).to_have_text(words)


def choose_another(select):
    """The next option, or the one before the last; returns the key that goes back."""
    last = select.evaluate("(select) => select.selectedIndex === select.options.length - 1")
    there, back = ("ArrowUp", "ArrowDown") if last else ("ArrowDown", "ArrowUp")
    select.press(there)
    return back


def write(number, value):
    """Type a number into a box."""
    number.press("Control+A")
    number.page.keyboard.type(str(value))
    number.press("Enter")


# Explorers


def explorer(widget):
    """Move every control of an explorer there and back."""
    for control in tabbed(widget):
        match control.get_attribute("type") or control.evaluate("(one) => one.tagName"):
            case "range":
                move_slider(widget, control)
            case "SELECT":
                back = []
                shows_other(widget, lambda control=control: back.append(choose_another(control)))
                control.press(back[0])
            case "button" if "kd-handle" in control.get_attribute("class"):
                shows_other(widget, lambda control=control: control.press("ArrowUp"))
                shows_other(widget, lambda control=control: control.press("Shift+ArrowRight"))
            case "button":
                fix_next_random_number(widget.page, 0.987)
                shows_other(widget, lambda control=control: control.press("Enter"))
                assert "drawn with u = 0.987" in words_of(widget)


def move_slider(widget, slider):
    """An arrow key is seen in the picture, Home or End in the sentence too; then the slider stands where it stood."""
    old, low, high = (float(slider.evaluate(f"(one) => one.{name}")) for name in ("value", "min", "max"))
    words = slider.get_attribute("aria-valuetext")
    shows_other(widget, lambda: slider.press("ArrowLeft" if old == high else "ArrowRight"), words=False)
    assert slider.get_attribute("aria-valuetext") != words
    shows_other(widget, lambda: slider.press("Home" if old > (low + high) / 2 else "End"))
    assert float(slider.input_value()) in (low, high)
    slider.fill(str(old))


def fix_next_random_number(page, value):
    page.evaluate(
        "(value) => { const real = Math.random; Math.random = () => { Math.random = real; return value; }; }", value
    )


def gradient_explorer(widget):
    """All controls in an objective for which they count; in each of the others, those that do not are off."""
    objective, alpha = widget.get_by_label("Objective"), widget.get_by_label("alpha, soft weight")
    choose(objective, "mixed")
    alpha.fill("0.5")
    explorer(widget)
    drag_point(widget)
    for name in OBJECTIVES:
        choose(objective, name)
        assert words_of(widget).startswith(name)
        for label, setting in {"T, temperature": "temperature", "alpha, soft weight": "alpha"}.items():
            counts = name in USES.get(setting)
            expect(widget.get_by_label(label)).to_be_enabled(enabled=counts)
            output = widget.locator(".kd-control", has=widget.get_by_label(label)).locator("output")
            assert (output.text_content() == "not used") != counts
    choose(objective, "labels")
    before = words_of(widget)
    shows_other(widget, lambda: widget.get_by_label("v, moderate").press("End"), words=False)
    assert words_of(widget) == before, "labels do not ask the teacher"
    choose(objective, "mixed")


def drag_point(widget):
    """Drag the student's point into the middle of the triangle: every class gets a third."""
    handle, plane = widget.locator(".kd-handle"), widget.locator(".kd-plane svg")
    plane.scroll_into_view_if_needed()
    box, start = plane.bounding_box(), handle.bounding_box()
    scale, mouse = box["width"] / 436, widget.page.mouse  # the centre of the triangle, in units of gradient.js
    middle = box["x"] + 218 * scale, box["y"] + (318 - 320 * 3**0.5 / 6) * scale

    def drag():
        mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
        mouse.down()
        mouse.move(*middle, steps=5)
        mouse.up()

    shows_other(widget, drag)
    assert re.search(r"The student gives \w+ 33%", words_of(widget)), words_of(widget)


def words_of(widget):
    return widget.evaluate(LOOK)[1]


# Labs


def button(widget, name):
    return widget.get_by_role("button", name=name)


def press(widget, name, start):
    """Press a button of a lab, and wait for a new sentence that begins with ``start``."""
    shows_other(widget, lambda: button(widget, name).press("Enter"), picture=False, start=start)


def training_lab(widget):
    """All that a training lab offers, from its beginning and back to it."""
    beginning = words_of(widget)
    every_control_counts(widget)
    press(widget, "Reset", "A preview")
    controls_that_do_not_count_are_off(widget)
    stop_stops(widget)
    pin_compares(widget)
    mistakes_are_said(widget)
    press(widget, "Reset", "A preview")
    assert words_of(widget) == beginning


def every_control_counts(widget):
    """With "Run after every change", each control that is moved trains other students."""
    choose(widget.get_by_label("Objective"), "mixed")
    write(widget.get_by_label("Epochs"), 30)
    write(widget.get_by_label("Students (seeds)"), 2)
    at_once = widget.get_by_label("Run after every change")
    at_once.press("Space")
    for control in tabbed(widget):
        match control.get_attribute("type") or "select":
            case "select":
                shows_other(widget, lambda control=control: choose_another(control), start="Done.")
            case "number":
                shows_other(widget, lambda control=control: control.press("ArrowUp"), start="Done.")
        if control == widget.get_by_label("Objective"):
            choose(control, "mixed")
    at_once.press("Space")
    expect(at_once).not_to_be_checked()


def controls_that_do_not_count_are_off(widget):
    labels = {"temperature": "Temperature T", "alpha": "Alpha (teacher's share)"}
    for name in OBJECTIVES:
        choose(widget.get_by_label("Objective"), name)
        for setting, label in labels.items():
            expect(widget.get_by_label(label)).to_be_enabled(enabled=name in USES[setting])


def stop_stops(widget):
    """Stop, while thousands of epochs are still to come: the sentence says so within half a second."""
    write(widget.get_by_label("Epochs"), 20_000)
    shows_other(widget, lambda: button(widget, "Run").press("Enter"), start="Training")
    expect(button(widget, "Stop")).to_be_enabled()
    shows_other(widget, lambda: None, words=False)
    widget.evaluate(CLOCK, "click")
    press(widget, "Stop", "Stopped.")
    (click,) = widget.evaluate("(widget) => widget.kdClock")
    milliseconds = next(at for at, words in click["sentences"] if words.startswith("Stopped."))
    assert milliseconds < STOP_SECONDS * SECOND, f"Stop took {milliseconds:.0f} ms"
    expect(button(widget, "Stop")).to_be_disabled()
    assert re.search(r"\d+ of 20000 epochs", words_of(widget))


def pin_compares(widget):
    """A pinned result stays in the picture of the next run, and the sentence has the difference."""
    write(widget.get_by_label("Epochs"), 30)
    press(widget, "Run", "Done.")
    press(widget, "Pin this result", "Pinned.")
    choose_another(widget.get_by_label("Objective"))
    press(widget, "Run", "Done.")
    assert "Accuracy minus that of the pinned result" in words_of(widget)
    assert "Pinned" in widget.locator("img").get_attribute("alt")
    press(widget, "Unpin", "No result is pinned")
    assert "Pinned" not in widget.locator("img").get_attribute("alt")


def mistakes_are_said(widget):
    """Students that diverge, and a batch that cannot be drawn, are said in a sentence; the next Run works."""
    step, batch = widget.get_by_label("Step size"), widget.get_by_label("Batch size (people)")
    choose(widget.get_by_label("Objective"), "logits")
    write(step, 1e6)
    press(widget, "Run", "Done.")
    assert "diverged" in words_of(widget) and "try a smaller step size" in words_of(widget)
    write(step, 0.01)
    write(batch, 1000)
    press(widget, "Run", "A batch of 1000 people cannot be drawn")
    write(batch, 10)
    press(widget, "Run", "Done.")
    assert "diverged" not in words_of(widget)


def decision_map(widget):
    """Sex, state and student; the student is off where there is only one."""
    student = widget.get_by_label("Student")
    expect(student).to_be_enabled(enabled=int(student.get_attribute("max")) > 1)
    for control in tabbed(widget):
        if control.get_attribute("type") == "number":
            shows_other(widget, lambda control=control: control.press("ArrowUp"))
        else:
            shows_other(widget, lambda control=control: choose_another(control))
