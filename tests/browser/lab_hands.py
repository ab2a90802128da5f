"""What a user does to a training lab and to a decision map, by keyboard."""

import re
from functools import partial

from hands import SECOND, button, choose, choose_another, named, press, shows_other, tabbed, type_of, words_of, write
from playwright.sync_api import expect

from kdlib.widgets.lab.settings import OBJECTIVES, RULES, USES
from tools.browser import CLOCK, LOOK

TRAINING_LAB = ".kd-lab"
LABELS = {name: rule.label for name, rule in RULES.items()}
STOP_SECONDS, STOPS = 0.5, 3  # the best of three: a browser and a kernel share a machine that may do other things


def open_all_settings(lab):
    if not lab.locator("details.kd-rest").evaluate("(one) => one.open || one.hidden"):
        lab.locator("details.kd-rest > summary").press("Enter")


def small(lab):
    """Two untrained students, a short run in which every setting counts."""
    open_all_settings(lab)
    choose(named(lab, LABELS["objective"]), "mixed")
    choose(named(lab, LABELS["teacher"]), "untrained")
    for name, value in {"epochs": 60, "seeds": 2, "rows": 20, "batch_size": 7, "lr": "0,05"}.items():
        write(named(lab, LABELS[name]), value)


def training_lab(lab):
    """Every control by Tab and arrow keys; Run, the run gone through again, and Reset, which puts all of it back."""
    beginning = words_of(lab)
    small(lab)
    for control in tabbed(lab):
        if type_of(control) == "text":
            before = control.input_value()
            control.press("ArrowUp")
            if control.input_value() == before:
                control.press("ArrowDown")
            assert control.input_value() != before
    small(lab)
    press(lab, "Run", "Done.")
    goes_through_again(lab)
    expect(lab.locator(".kd-due")).to_have_text("")
    write(named(lab, LABELS["hidden"]), 5)
    expect(lab.locator(".kd-due")).to_contain_text("press Run")
    back(lab, beginning)


def goes_through_again(lab):
    """The epoch slider moves curves and map; Step goes on by one, Play to the end."""
    slider = named(lab, "Epoch")
    last = slider.get_attribute("aria-valuetext")
    shows_other(lab, partial(slider.press, "Home"), words=False)
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^epoch 0 of"))
    shows_other(lab, partial(button(lab, "Step").press, "Enter"), words=False)
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^epoch 1 of"))
    choose(named(lab, "Speed"), "4×")
    button(lab, "Play").press("Enter")
    expect(button(lab, "Play")).to_be_visible(timeout=60 * SECOND)
    assert slider.get_attribute("aria-valuetext") == last


def back(lab, beginning):
    press(lab, "Reset", "A preview" if beginning.startswith("A preview") else "Press Run")
    assert words_of(lab) == beginning


def controls_that_do_not_count_are_off(lab):
    for name in OBJECTIVES:
        choose(named(lab, LABELS["objective"]), name)
        for setting in ("temperature", "alpha"):
            expect(named(lab, LABELS[setting])).to_be_enabled(enabled=name in USES[setting])


def stop_stops(lab):
    """Stop, while thousands of epochs are still to come: the sentence says so at once, and nothing moves any more."""
    write(named(lab, LABELS["epochs"]), 20_000)
    write(named(lab, LABELS["seeds"]), 32)  # it has to last until Stop is pressed, whatever else the machine does
    lab.evaluate(CLOCK, "click")
    in_time = any(milliseconds_to_stop(lab) < STOP_SECONDS * SECOND for _ in range(STOPS))
    assert in_time, f"Stop took more than {STOP_SECONDS} s, {STOPS} times"
    expect(button(lab, "Stop")).to_be_disabled()
    assert re.search(r"\d+ of 20000 epochs", words_of(lab))
    stopped = lab.evaluate(LOOK)
    for name in ("mixed", "labels"):  # the other side answers, and it has nothing to add
        choose(named(lab, LABELS["objective"]), name)
    assert lab.evaluate(LOOK) == stopped


def milliseconds_to_stop(lab):
    """Run, see new pictures, and press Stop: milliseconds to the frame with the sentence."""
    shows_other(lab, partial(button(lab, "Run").press, "Enter"), start="Training")
    expect(button(lab, "Stop")).to_be_enabled()
    shows_other(lab, lambda: None, words=False)
    press(lab, "Stop", "Stopped.")
    stop = lab.evaluate("(widget) => widget.kdClock.at(-1).sentences")
    return next(round(at) for at, words in stop if words.startswith("Stopped."))


def pins_compare(lab):
    """Pinned results stand in a table with their differences; each can be dropped."""
    small(lab)
    press(lab, "Run", "Done.")
    button(lab, "Pin").press("Enter")
    rows = lab.locator(".kd-pins tbody tr")
    expect(rows).to_have_count(2)
    choose(named(lab, LABELS["objective"]), "labels")
    press(lab, "Run", "Done.")
    expect(rows.nth(1)).to_contain_text(re.compile(r"mixed.*[+−]0\.\d{3} \(.* to .*\)"))
    button(lab, "Unpin 1").press("Enter")
    expect(rows).to_have_count(0)


def mistakes_are_said(lab):
    """What cannot be taken is said under its field, and nothing is trained; so are students that diverge."""
    small(lab)
    step, batch = named(lab, LABELS["lr"]), named(lab, LABELS["batch_size"])
    write(step, "1e9")
    expect(lab.locator(".kd-error:visible")).to_contain_text("Step size is 1e9; choose a number from 1e-6 to 1e6.")
    expect(step).to_have_attribute("aria-invalid", "true")
    press(lab, "Run", "Step size is 1e9")
    choose(named(lab, LABELS["objective"]), "logits")
    write(step, "1e6")
    press(lab, "Run", "Done.")
    assert "diverged" in words_of(lab) and "smaller step size" in words_of(lab)
    write(step, 0.01)
    write(batch, 1000)
    press(lab, "Run", "A batch of 1000 people cannot be drawn")
    write(batch, 10)
    press(lab, "Run", "Done.")
    assert "diverged" not in words_of(lab)


def lab_buttons(lab):
    """Run, Stop, Pin and Reset, the controls that do not count, and mistakes; back to the beginning."""
    beginning = words_of(lab)
    small(lab)
    controls_that_do_not_count_are_off(lab)
    stop_stops(lab)
    pins_compare(lab)
    mistakes_are_said(lab)
    back(lab, beginning)


def decision_map(widget):
    """Sex, state and student; a map of a lab shows its students as they learn."""
    for control in tabbed(widget):
        if type_of(control) == "select-one":
            shows_other(widget, partial(choose_another, control))
    labs = lab_before(widget)
    if "epochs" in words_of(widget) and labs:
        follows(widget, labs[-1])


def lab_before(widget):
    """The training labs that stand before the widget."""
    precedes = "(lab, widget) => lab.compareDocumentPosition(widget) & Node.DOCUMENT_POSITION_FOLLOWING"
    labs = widget.page.locator(TRAINING_LAB).all()
    return [lab for lab in labs if lab.evaluate(precedes, widget.element_handle())]


def follows(widget, lab):
    """The map shows the epoch at which the lab's slider stands."""
    named(lab, "Epoch").press("Home")
    expect(widget.locator("[role=status]")).to_contain_text("after 0 epochs")
    named(lab, "Epoch").press("End")
    expect(widget.locator("[role=status]")).not_to_contain_text("after 0 epochs")
