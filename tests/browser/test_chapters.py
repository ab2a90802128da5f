"""Every chapter with widgets in JupyterLab: it reads well before it is run, works by keyboard, and when it is over."""

import re

import hands
import nbformat
import pytest

from kdlib import widgets
from tools import browser, serving

# For each class of widgets, where one is on a page and what a user does to it.
KINDS = {
    "GradientExplorer": ('.kd-explorer:has(h3:text("Gradient explorer"))', hands.gradient_explorer),
    "TemperatureExplorer": ('.kd-explorer:has(h3:text("Temperature explorer"))', hands.explorer),
    "PersonExplorer": ('.kd-explorer:has(h3:text("Person explorer"))', hands.explorer),
    "TrainingLab": (".kd-lab:has(.kd-group)", hands.training_lab),
    "DecisionMap": (".kd-lab:not(:has(.kd-group))", hands.decision_map),
}
