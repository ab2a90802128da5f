"""Set-up shared by the unit tests and the notebooks: no network, and what nbval compares."""

import contextlib

import pytest
import torch

import tools.offline.sitecustomize  # noqa: F401  importing it blocks the network in this process
from tools.notebooks import offline


def pytest_configure(config):
    torch.set_num_threads(1)  # networks this small are slower on two threads, and a busy machine makes it far worse
    stack = contextlib.ExitStack()
    stack.enter_context(offline())
    config.add_cleanup(stack.close)


def pytest_collectstart(collector):
    # HTML repeats what text/plain says, with pictures in it; stderr holds progress bars.
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr", "text/html")


def pytest_runtest_setup(item):
    if item.get_closest_marker("gpu") and not torch.cuda.is_available():
        pytest.skip("needs a CUDA device")
