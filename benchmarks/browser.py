"""How soon the widgets answer in JupyterLab, measured in the page of a real browser.

    python -m benchmarks.browser

Exits with 1 when a bound of the course is broken: the median time from a key to the frame with an explorer's new
picture, the time from Run to a lab's first one, and that of the original's 2,000 epochs with 8 students.
Without a Chromium it says that nothing was measured and exits with 0, so that the other benchmarks go on.
"""

import statistics
import sys
import tempfile
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from tools import browser, serving
from tools.notebooks import METADATA

PRESSES, RUNS = 40, 3
KEY_MS, FIRST_MS, WHOLE_MS, PICTURES = 50, 300, 4000, 5
CELLS = [
    """import torch, kdlib
from kdlib.widgets import DecisionMap, GradientExplorer, PersonExplorer, TemperatureExplorer, TrainingLab
torch.set_num_threads(1)
people = kdlib.sample_people(200, seed=0, dtype=torch.float64)
nets = {"teacher": kdlib.teacher_net(), "student": kdlib.student_net()}
v, z = (kdlib.models.logits_of(net.double(), people.x) for net in nets.values())""",
    "GradientExplorer()",
    "TemperatureExplorer(teacher_logits=v, student_logits=z, people=people)",
    "PersonExplorer(**nets)",
    "TrainingLab()",
    "lab = TrainingLab()\ndisplay(lab, DecisionMap(lab))",
]
SLIDERS = {"Gradient": "T, temperature", "Temperature": "T, temperature", "Person": "Age"}
LABS = ("alone", "with a decision map")


def key_to_picture(widget, slider):
    """Milliseconds from each of many key presses to the explorer's next picture."""
    widget.evaluate(browser.CLOCK, "keydown")
    slider = widget.get_by_label(slider)
    for press in range(PRESSES):
        slider.press("ArrowRight" if press // 4 % 2 else "ArrowLeft")
        widget.page.wait_for_function("(widget) => widget.kdClock.at(-1).pictures.length", arg=widget.element_handle())
    return [press["pictures"][0] for press in widget.evaluate("(widget) => widget.kdClock")]


def runs(widget):
    """For each run of a lab: milliseconds to the first picture, to the first with curves, to the end, and pictures."""
    widget.evaluate(browser.CLOCK, "click")
    done = "(widget) => widget.kdClock.at(-1).sentences.some(([_, words]) => words.startsWith('Done.'))"
    for _ in range(RUNS):
        widget.get_by_role("button", name="Run").click()
        widget.page.wait_for_function(done, arg=widget.element_handle())
    for click in widget.evaluate("(widget) => widget.kdClock"):
        (end,) = (at for at, words in click["sentences"] if words.startswith("Done."))
        yield *click["pictures"][:2], end, len(click["pictures"])


def bounded(what, found, bound, unit, at_least=False):
    """Print a line of the table; returns whether the bound is broken."""
    broken = found < bound if at_least else found > bound
    words = f"at {'least' if at_least else 'most'} {bound:,}{unit}"
    print(f"{what:<62}{found:>9,.0f}{unit:<4}{words:<17}{'BROKEN' if broken else 'kept'}", flush=True)
    return broken


def measure(page):
    """Print all figures of a page that holds the widgets of `CELLS`; yields for each bound whether it is broken."""
    for name, slider in SLIDERS.items():
        times = key_to_picture(page.locator(f'.kd-explorer:has(h3:text("{name} explorer"))'), slider)
        what = f"{name} explorer, key to picture, median of {len(times)}"
        yield bounded(what, statistics.median(times), KEY_MS, " ms")
    for name, widget in zip(LABS, page.locator(".kd-lab:has(.kd-group)").all(), strict=True):
        first, curves, end, pictures = map(statistics.median, zip(*runs(widget), strict=True))
        yield bounded(f"Lab {name}, Run to the first picture, median of {RUNS}", first, FIRST_MS, " ms")
        print(f"{'    to the first picture with curves':<62}{curves:>9,.0f} ms")
        yield bounded("    to the end of 2,000 epochs with 8 students", end, WHOLE_MS, " ms")
        yield bounded("    pictures on the way", pictures, PICTURES, "", at_least=True)


def main():
    notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS], metadata=METADATA)
    try:
        browser.find()
    except browser.NoBrowser as problem:
        print(f"\nThe widgets in a browser: NOT measured. {problem}")
        return False
    with tempfile.TemporaryDirectory() as folder:
        nbformat.write(notebook, Path(folder, "widgets.ipynb"))
        with serving.jupyterlab(Path(folder)) as address, browser.chromium() as chromium:
            context = chromium.new_context(viewport={"width": 1400, "height": 1000})
            page = browser.open_notebook(context, address("widgets"))
            if not browser.run_all(page):
                raise RuntimeError("a cell failed")
            page.wait_for_selector(".kd-lab")
            print("\nWidgets in JupyterLab, in a headless Chromium, measured in the page")
            return any([*measure(page)])


if __name__ == "__main__":
    sys.exit(main())
