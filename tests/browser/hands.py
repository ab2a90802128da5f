"""What a user does to a widget by keyboard: every control is reached by Tab, moved, and has to change what is shown."""

import re
from functools import partial

import nbformat
from playwright.sync_api import TimeoutError, expect

from kdlib.widgets.lab_settings import OBJECTIVES, USES
from tools.browser import CLOCK, LOOK

SECOND = 1000  # milliseconds
RUN_SECONDS = 60  # for runs of a second or two, on a machine that does other things as well
STOP_SECONDS, STOPS = 0.5, 3  # the best of three: two kernels and a browser share the processor
# What JupyterLab and ipywidgets put where a widget cannot be shown.
DEAD = re.compile("Error displaying widget|Loading widget|model not found|Click to show javascript error")
# ipywidgets holds back a second change of a control until the kernel has answered the first, but not a click on Run. So
# hands wait for the kernel: a page that begins with this notes what was sent and is not answered yet.
UNANSWERED = """{
  window.kdUnanswered = new Set();
  const text = (data) => (typeof data === "string" ? data : new TextDecoder().decode(data));
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    const [, id] = text(data).match(/"msg_id": ?"([^"]+)"/) ?? [];
    if (id) window.kdUnanswered.add(id);
    this.kdHeard ??= this.addEventListener("message", (message) => {
      const words = text(message.data);
      if (!/"execution_state": ?"idle"/.test(words)) return;
      for (const id of window.kdUnanswered) if (words.includes(id)) window.kdUnanswered.delete(id);
    }) ?? true;
    send.call(this, data);
  };
}"""
TRAINING_LAB = ".kd-lab:has(.kd-group)"


def words_of(widget):
    return widget.evaluate(LOOK)[1]


def named(widget, label):
    return widget.get_by_label(label, exact=True)


def type_of(control):
    return control.evaluate("(one) => one.type")


def shows_other(widget, act, picture=True, words=True, start=""):
    """Do it, and wait until picture and sentence are others, the sentence one that begins with ``start``."""
    before = widget.evaluate(LOOK)
    done = act()
    new = f"""([widget, before, wanted, start]) => {{
      const now = ({LOOK})(widget);
      return now.every((one, i) => !wanted[i] || one !== before[i]) && now[1].startsWith(start);
    }}"""
    try:
        arguments = [widget.element_handle(), before, [picture, words], start]
        widget.page.wait_for_function(new, arg=arguments, timeout=RUN_SECONDS * SECOND)
    except TimeoutError:
        now = widget.evaluate(LOOK)
        same = "the picture stayed the same, " * (now[0] == before[0])
        raise AssertionError(f"{same}sentence before: {before[1]!r}, now: {now[1]!r}, wanted: {start!r}") from None
    return done


def answered(page):
    """Wait until the kernel has answered all that was sent."""
    page.wait_for_function("window.kdUnanswered.size === 0", timeout=RUN_SECONDS * SECOND)


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
    options = [" ".join(text.split()) for text in select.locator("option").all_text_contents()]
    select.press("Home")
    for _ in range(options.index(words)):
        select.press("ArrowDown")
    assert select.evaluate("(one) => one.selectedIndex") == options.index(words)
    answered(select.page)


def choose_another(select):
    """Choose the next option, or the one before the last; returns the key that goes back."""
    at_end = select.evaluate("(one) => one.selectedIndex === one.options.length - 1")
    there, back = ("ArrowUp", "ArrowDown") if at_end else ("ArrowDown", "ArrowUp")
    select.press(there)
    return back


def write(number, value):
    """Type a number into a box."""
    number.press("Control+A")
    number.page.keyboard.type(str(value))
    number.press("Enter")


# ---- explorers ------------------------------------------------------------------------------------------------------


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
            case "button":
                fix_next_random_number(widget.page, 0.987)
                shows_other(widget, partial(control.press, "Enter"))
                assert "drawn with u = 0.987" in words_of(widget)


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
    named(widget, "alpha, soft weight").fill("0.5")
    explorer(widget)
    drag_point(widget)
    for name in OBJECTIVES:
        choose(objective, name)
        assert words_of(widget).startswith(name)
        for label, setting in {"T, temperature": "temperature", "alpha, soft weight": "alpha"}.items():
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


# ---- labs -----------------------------------------------------------------------------------------------------------


def button(widget, name):
    return widget.get_by_role("button", name=name)


def press(widget, name, start):
    """Press a button of a lab, and wait for a new sentence that begins with ``start``."""
    shows_other(widget, partial(button(widget, name).press, "Enter"), picture=False, start=start)


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
    assert any(milliseconds_to_stop(widget) < STOP_SECONDS * SECOND for _ in range(STOPS))
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


# For each class of widgets, where one is on a page and what a user does to it.
KINDS = {
    "GradientExplorer": ('.kd-explorer:has(h3:text("Gradient explorer"))', gradient_explorer),
    "TemperatureExplorer": ('.kd-explorer:has(h3:text("Temperature explorer"))', explorer),
    "PersonExplorer": ('.kd-explorer:has(h3:text("Person explorer"))', explorer),
    "TrainingLab": (TRAINING_LAB, training_lab),
    "DecisionMap": (".kd-lab:not(:has(.kd-group))", decision_map),
}


def kinds_in(path):
    """The classes of widgets that a notebook's code makes."""
    code = "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    return [name for name in KINDS if re.search(rf"\b{name}\(", code)]


def move_all(page, kind, picture_of, most=None):
    """Use the widgets of a class on the page, or the first ones; ``picture_of`` names the screenshot of a number."""
    selector, act = KINDS[kind]
    page.wait_for_selector(selector)
    for number, widget in enumerate(page.locator(selector).all()[:most], start=1):
        widget.evaluate("(widget) => widget.scrollIntoView()")  # JupyterLab lays out what comes into view
        widget.screenshot(path=picture_of(number))
        act(widget)
