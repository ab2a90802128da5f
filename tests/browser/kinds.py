"""The classes of widgets: where one is on a page, and what a user does to it."""

import re

import nbformat
from explorer_hands import digit_explorer, explorer, gradient_explorer
from lab_hands import TRAINING_LAB, decision_map, training_lab

# What JupyterLab and ipywidgets put where a widget cannot be shown.
DEAD = re.compile("Error displaying widget|Loading widget|model not found|Click to show javascript error")
KINDS = {
    "DigitExplorer": ('.kd-explorer:has(h3:text("Digit explorer"))', digit_explorer),
    "GradientExplorer": ('.kd-explorer:has(h3:text("Gradient explorer"))', gradient_explorer),
    "TemperatureExplorer": ('.kd-explorer:has(h3:text("Temperature explorer"))', explorer),
    "PersonExplorer": ('.kd-explorer:has(h3:text("Person explorer"))', explorer),
    "WordsExplorer": ('.kd-explorer:has(h3:text("Words explorer"))', explorer),
    "TrainingLab": (TRAINING_LAB, training_lab),
    "DecisionMap": ('.kd-explorer:has(h3:text("Decision map"))', decision_map),
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
