"""A Chromium that reaches this machine only, notebooks in it, and a note of everything that goes wrong in its pages."""

import contextlib
import os
import shutil
from urllib.parse import urlsplit

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
HOW = "install one (on Debian `apt-get install chromium`), or set KDLIB_BROWSER to the path of a Chromium or Chrome."
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]  # fmt: skip
# What a widget shows: its pictures, and the sentence that it speaks.
LOOK = """(widget) => [
  [...widget.querySelectorAll("svg, img, canvas")]
    .map((one) => one.getAttribute("src") ?? one.toDataURL?.() ?? one.outerHTML).join(),
  widget.querySelector("[role=status]").textContent,
]"""
# For each event from now on, the milliseconds from it to the frame that shows a new picture or a new sentence.
CLOCK = f"""(widget, event) => {{
  const look = {LOOK}, clock = widget.kdClock = [];
  let [picture, words] = look(widget);
  widget.addEventListener(event, () => clock.push({{ start: performance.now(), pictures: [], sentences: [] }}), true);
  const frame = () => {{
    const now = performance.now(), last = clock.at(-1), seen = look(widget);
    if (last && seen[0] !== picture) last.pictures.push(now - last.start);
    if (last && seen[1] !== words) last.sentences.push([now - last.start, seen[1]]);
    [picture, words] = seen;
  }};
  new MutationObserver(() => requestAnimationFrame(frame))
    .observe(widget, {{ subtree: true, childList: true, attributes: true, characterData: true }});
}}"""


class NoBrowser(Exception):
    """There is no Chromium; the message says how to get one."""


def find() -> str:
    """The path of a Chromium: $KDLIB_BROWSER, or one of the usual names on PATH. Raises `NoBrowser`."""
    wanted = os.environ.get("KDLIB_BROWSER")
    for name in [wanted] if wanted else NAMES:
        if path := shutil.which(name):
            return path
    raise NoBrowser(f"{f'KDLIB_BROWSER is {wanted!r}, no program' if wanted else 'There is no Chromium here'}: {HOW}")


@contextlib.contextmanager
def chromium():
    """A headless Chromium; yields Playwright's browser. Raises `NoBrowser`."""
    from playwright.sync_api import sync_playwright

    path = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


def is_local(address: str) -> bool:
    """Whether an address stays on this machine."""
    parts = urlsplit(address)
    if parts.scheme in ("http", "https", "ws", "wss"):
        return parts.hostname in ("127.0.0.1", "localhost")
    return parts.scheme in ("data", "blob", "file", "about")


def watch(context, problems: list[str]) -> None:
    """Append what goes wrong in a browser context: requests to elsewhere, errors in its pages and their consoles."""

    def sent(request):
        if not is_local(request.url):
            problems.append(f"request to {request.url}")

    def said(message):
        if message.type == "error":
            problems.append(f"console error: {message.text} ({message.location['url']})")

    context.on("request", sent)
    context.on("page", lambda page: page.on("websocket", sent))
    context.on("console", said)
    context.on("weberror", lambda error: problems.append(f"page error: {error.error}"))


def open_notebook(context, address: str):
    """Open a notebook of JupyterLab and wait for its kernel and all its cells; returns the page."""
    page = context.new_page()
    page.goto(address)
    page.wait_for_function("window.jupyterapp?.shell?.currentWidget?.sessionContext")
    page.evaluate("jupyterapp.restored.then(() => jupyterapp.shell.currentWidget.sessionContext.ready)")
    page.wait_for_function("jupyterapp.shell.currentWidget.content.widgets.every((cell) => !cell.isPlaceholder())")
    return page


def run_all(page) -> bool:
    """Run all cells of the notebook; False if one failed."""
    return page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")


def end_kernel(page) -> None:
    """What "Shut Down Kernel" in the menu does."""
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
