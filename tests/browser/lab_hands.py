"""What a user does to a training lab and to a decision map, by keyboard."""

import re
from functools import partial

from hands import SECOND, button, choose, choose_another, named, press, shows_other, tabbed, type_of, words_of, write
from playwright.sync_api import expect

from kdlib.widgets.lab.settings import OBJECTIVES, USES
from tools.browser import CLOCK, LOOK

TRAINING_LAB = ".kd-lab:has(.kd-group)"
STOP_SECONDS, STOPS = 0.5, 3  # the best of three: a browser and a kernel share a machine that may do other things


def training_lab(widget):
    """With "Run after every change", every control that is moved trains other students; Reset puts all of it back."""
    beginning = words_of(widget)
    choose(named(widget, "Objective"), "mixed")
    choose(named(widget, "Teacher"), "untrained")
    write(named(widget, "Epochs"), 30)
    write(named(widget, "Students (seeds)"), 2)
    expect(named(widget, "Alpha (teacher's share)")).to_be_enabled()
    at_once = named(widget, "Run after every change")
    at_once.press("Space")
    for control in tabbed(widget):
        if type_of(control) == "select-one":
            back = shows_other(widget, partial(choose_another, control), start="Done.")
            shows_other(widget, partial(control.press, back), start="Done.")
        if type_of(control) == "number":
            shows_other(widget, partial(control.press, "ArrowUp"), start="Done.")
    press(widget, "Reset", "A preview")
    assert words_of(widget) == beginning and not at_once.is_checked()


def controls_that_do_not_count_are_off(widget):
    labels = {"temperature": "Temperature T", "alpha": "Alpha (teacher's share)"}
    for name in OBJECTIVES:
        choose(named(widget, "Objective"), name)
        for setting, label in labels.items():
            expect(named(widget, label)).to_be_enabled(enabled=name in USES[setting])


def stop_stops(widget):
    """Stop, while thousands of epochs are still to come: the sentence says so at once, and nothing moves any more."""
    write(named(widget, "Epochs"), 20_000)
    widget.evaluate(CLOCK, "click")
    in_time = any(milliseconds_to_stop(widget) < STOP_SECONDS * SECOND for _ in range(STOPS))
    assert in_time, f"Stop took more than {STOP_SECONDS} s, {STOPS} times"
    expect(button(widget, "Stop")).to_be_disabled()
    assert re.search(r"\d+ of 20000 epochs", words_of(widget))
    stopped, alpha = widget.evaluate(LOOK), named(widget, "Alpha (teacher's share)")
    for name in ("mixed", "labels"):  # the kernel answers, and it has nothing to add
        choose(named(widget, "Objective"), name)
        expect(alpha).to_be_enabled(enabled=name == "mixed")
    assert widget.evaluate(LOOK) == stopped


def milliseconds_to_stop(widget):
    """Run, see two new pictures, and press Stop: milliseconds to the frame with the sentence."""
    shows_other(widget, partial(button(widget, "Run").press, "Enter"), start="Training")
    expect(button(widget, "Stop")).to_be_enabled()
    shows_other(widget, lambda: None, words=False)
    press(widget, "Stop", "Stopped.")
    stop = widget.evaluate("(widget) => widget.kdClock.at(-1).sentences")
    return next(round(at) for at, words in stop if words.startswith("Stopped."))


def pin_compares(widget):
    """A pinned result stays in the picture of the next run, and the sentence has the difference."""
    write(named(widget, "Epochs"), 30)
    press(widget, "Run", "Done.")
    press(widget, "Pin this result", "Pinned.")
    choose_another(named(widget, "Objective"))
    press(widget, "Run", "Done.")
    assert "Accuracy minus that of the pinned result" in words_of(widget)
    expect(widget.locator("img")).to_have_attribute("alt", re.compile("Pinned"))
    press(widget, "Unpin", "No result is pinned")
    expect(widget.locator("img")).not_to_have_attribute("alt", re.compile("Pinned"))


def mistakes_are_said(widget):
    """Students that diverge, and a batch that cannot be drawn, are said in a sentence; the next Run works."""
    step, batch = named(widget, "Step size"), named(widget, "Batch size (people)")
    choose(named(widget, "Objective"), "logits")
    write(step, 1e6)
    press(widget, "Run", "Done.")
    words = words_of(widget)
    assert "diverged" in words and "try a smaller step size" in words, words
    write(step, 0.01)
    write(batch, 1000)
    press(widget, "Run", "A batch of 1000 people cannot be drawn")
    write(batch, 10)
    press(widget, "Run", "Done.")
    assert "diverged" not in words_of(widget), words_of(widget)


def lab_buttons(widget):
    """Run, Stop, Pin and Reset, the controls that do not count, and mistakes; back to the beginning."""
    beginning = words_of(widget)
    controls_that_do_not_count_are_off(widget)
    stop_stops(widget)
    pin_compares(widget)
    mistakes_are_said(widget)
    press(widget, "Reset", "A preview")
    assert words_of(widget) == beginning


def decision_map(widget):
    """Sex, state and student, which is off where there is only one; a map of a lab shows its students as they learn."""
    student = named(widget, "Student")
    expect(student).to_be_enabled(enabled=int(student.get_attribute("max")) > 1)
    for control in tabbed(widget):
        move = partial(control.press, "ArrowUp") if type_of(control) == "number" else partial(choose_another, control)
        shows_other(widget, move)
    if "epochs" in words_of(widget):
        follows(widget, lab_before(widget))


def lab_before(widget):
    """The last training lab that stands before the widget."""
    precedes = "(lab, widget) => lab.compareDocumentPosition(widget) & Node.DOCUMENT_POSITION_FOLLOWING"
    labs = widget.page.locator(TRAINING_LAB).all()
    return [lab for lab in labs if lab.evaluate(precedes, widget.element_handle())][-1]


def follows(widget, lab):
    write(named(lab, "Epochs"), 20_000)
    shows_other(widget, partial(button(lab, "Run").press, "Enter"), words=False)
    shows_other(widget, lambda: None, words=False)
    press(lab, "Stop", "Stopped.")
    epoch = int(re.search(r"(\d+) of 20000 epochs", words_of(lab))[1])
    says_what_it_shows(widget, epoch)
    press(lab, "Reset", "A preview")
    says_what_it_shows(widget, int(re.search(r"(\d+) of \d+ epochs", words_of(lab))[1]))


def says_what_it_shows(widget, epoch):
    """The picture is that of the epoch, and the sentence is the picture's."""
    picture = widget.locator("img")
    expect(picture).to_have_attribute("alt", re.compile(f"after {epoch:,} epochs"))
    expect(widget.locator("[role=status]")).to_have_text(picture.get_attribute("alt"))
