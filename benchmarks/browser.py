"""How soon the widgets answer, measured in the page of a real browser: in the page alone, and in JupyterLab.

    python -m benchmarks.browser

Exits with 1 when a bound of the course is broken. Without a Chromium it says that nothing was measured and exits
with 0, so that the other benchmarks go on. Each figure is the median of several tries, which a busy machine lengthens.
"""

import contextlib
import statistics
import sys
import tempfile
from pathlib import Path

from kdlib import MLP
from kdlib.widgets import DigitExplorer, Settings
from tests.support.pages import STROKE_CLOCK, cells_notebook, lab_page, shown, widget_page
from tools import browser, serving
from tools.app.screens import write
from tools.notebooks import NOTEBOOKS

TRIES, STROKES, FRAMES = 3, 9, 40
# What a lab does after Run: milliseconds to its first new picture and to the end, the longest silence of the page, how
# far anything moved (the layout shifts' sum), and how many frames it keeps.
RUN = """async (lab) => {
  const button = (name) => [...lab.querySelectorAll("button")].find((one) => one.textContent === name);
  const words = () => lab.querySelector("[role=status]").textContent;
  const picture = () => lab.querySelector("svg").outerHTML;
  const next = () => new Promise((done) => setTimeout(done));
  let shift = 0, first = null, silence = 0, began = false;
  const shifts = new PerformanceObserver((list) => { for (const one of list.getEntries()) shift += one.value; });
  shifts.observe({ type: "layout-shift" });
  const before = picture(), start = performance.now();
  let last = start;
  button("Run").click();
  while (!began || !words().startsWith("Done.")) {
    await next();
    const now = performance.now();
    silence = Math.max(silence, now - last);
    last = now;
    began ||= words().startsWith("Training");
    if (first === null && began && picture() !== before) first = now - start;
  }
  const end = performance.now() - start, slider = lab.querySelector(".kd-time input[type=range]");
  await next();
  shifts.disconnect();
  return [first, end, silence, shift, Number(slider.max) + 1];
}"""
# Milliseconds that a step of the epoch slider takes until its curves and its map are drawn.
SCRUB = """(lab) => {
  const slider = lab.querySelector(".kd-time input[type=range]"), times = [];
  for (let k = 0; k <= Number(slider.max); k++) {
    const start = performance.now();
    slider.value = String(k);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    lab.getBoundingClientRect();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}"""
STOP = """async (lab) => {
  const button = (name) => [...lab.querySelectorAll("button")].find((one) => one.textContent === name);
  const words = () => lab.querySelector("[role=status]").textContent;
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));
  button("Run").click();
  while (!words().startsWith("Training")) await wait(0);
  await wait(400);
  const start = performance.now();
  button("Stop").click();
  while (!words().startsWith("Stopped.")) await wait(0);
  return performance.now() - start;
}"""


def bounded(what, found, bound, unit, at_least=False):
    """Print a line of the table; returns whether the bound is broken."""
    broken = found < bound if at_least else found > bound
    words = f"at {'least' if at_least else 'most'} {bound:,}{unit}"
    print(f"    {what:<58}{found:>9,.4g}{unit:<4}{words:<20}{'BROKEN' if broken else 'kept'}", flush=True)
    return broken


def measure(lab):
    """Print all figures of a lab; yields for each bound whether it is broken."""
    lab.wait_for()
    first, end, silence, shift, frames = map(
        statistics.median, zip(*(lab.evaluate(RUN) for _ in range(TRIES)), strict=True)
    )
    yield bounded("Run to the first picture", first, 100, " ms")
    yield bounded("Run to the end of 2,000 epochs with 8 students", end, 2500, " ms")
    yield bounded("the page's longest silence in a run", silence, 50, " ms")
    yield bounded("layout shift in a run", shift, 0, "")
    yield bounded("frames kept", frames, FRAMES, "", at_least=True)
    yield bounded("a step of the epoch slider, drawn", lab.evaluate(SCRUB), 16, " ms")
    yield bounded("Stop to its sentence", statistics.median(lab.evaluate(STOP) for _ in range(TRIES)), 100, " ms")


def opened(chromium, folder):
    """Milliseconds until the app is usable, opened cold from the file system."""
    write(NOTEBOOKS / "12_playground.ipynb", folder / "app.html")
    context = chromium.new_context()
    page = context.new_page()
    page.goto((folder / "app.html").as_uri())
    page.locator(".kd-tile").first.wait_for()
    found = page.evaluate("performance.now()")
    context.close()
    return found


def answered(chromium, folder):
    """Milliseconds from the end of a stroke to what the three networks of chapter 09 read, for several strokes."""
    nets = {name: MLP(64, hidden, 10) for name, hidden in (("large", 128), ("small", 4), ("taught", 4))}
    context = chromium.new_context()
    page = context.new_page()
    page.goto(widget_page(folder, shown(DigitExplorer(**nets)), STROKE_CLOCK))
    sheet, mouse = page.locator(".kd-pad").bounding_box(), page.mouse
    for k in range(STROKES):
        x, y = sheet["x"] + sheet["width"] * (k + 1) / (STROKES + 1), sheet["y"] + 20
        mouse.move(x, y)
        mouse.down()
        mouse.move(x + 40, y + 150, steps=8)
        mouse.up()
    found = page.evaluate("window.took")
    context.close()
    return found


@contextlib.contextmanager
def in_the_page(chromium, folder):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(lab_page(folder, Settings()))
    yield page
    context.close()


@contextlib.contextmanager
def in_jupyterlab(chromium, folder):
    name = cells_notebook(folder, "from kdlib.widgets import TrainingLab\nTrainingLab()")
    with serving.jupyterlab(folder) as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 720})
        page = browser.open_notebook(context, address(name))
        if not browser.run_all(page):
            raise RuntimeError("a cell failed")
        yield page
        context.close()


def main():
    try:
        browser.find()
    except browser.NoBrowser as problem:
        print(f"\nThe widgets in a browser: NOT measured. {problem}")
        return False
    broken = []
    with browser.chromium() as chromium, tempfile.TemporaryDirectory() as folder:
        print("\nThe app, in a headless Chromium")
        times = statistics.median(opened(chromium, Path(folder)) for _ in range(TRIES))
        broken.append(bounded("opening the file to usable", times, 1000, " ms"))
        print("\nA digit that is drawn")
        times = statistics.median(answered(chromium, Path(folder)))
        broken.append(bounded("the end of a stroke to its answer", times, 5, " ms"))
        for where, place in (("In the page alone", in_the_page), ("In JupyterLab", in_jupyterlab)):
            print(f"\n{where}: a lab as it opens, medians of {TRIES}")
            with tempfile.TemporaryDirectory() as folder, place(chromium, Path(folder)) as page:
                broken += measure(page.locator(".kd-lab").first)
    return any(broken)


if __name__ == "__main__":
    sys.exit(main())
