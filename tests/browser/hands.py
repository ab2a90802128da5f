"""What a user's hands do to any widget: reach its controls by Tab, move them by keys, and see that it answers."""

from functools import partial

from playwright.sync_api import TimeoutError, expect

from tools.browser import LOOK

SECOND = 1000  # milliseconds
RUN_SECONDS = 60  # for runs of a second or two, on a machine that does other things as well
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
    expect(widget).to_be_visible()
    found = widget.locator("select, input, button, summary").all()
    controls = [control for control in found if control.is_enabled() and control.is_visible()]
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


def button(widget, name):
    return widget.get_by_role("button", name=name, exact=True)


def press(widget, name, start):
    """Press a button of a lab, and wait for a new sentence that begins with ``start``."""
    shows_other(widget, partial(button(widget, name).press, "Enter"), picture=False, start=start)
