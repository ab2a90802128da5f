"""Keeps the notebooks in step with their sources: python -m tools.notebooks sync|execute|check [NAME ...]

A chapter is a percent script, notebooks/source/NN_name.py, and the executed notebooks/NN_name.ipynb.
Authors edit the script. The notebook is made from it and never read back.
"""

import argparse
import contextlib
import math
import os
import re
import subprocess
import sys
import tempfile
import time

import jupytext
import nbformat
from jupytext.combine import combine_inputs_with_outputs
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tools.notebook_problems import (
    ROOT,
    cell_lengths,
    drop_widget_views,
    lines_of,
    missing_alt,
    missing_outputs,
    stray_outputs,
)

NOTEBOOKS = ROOT / "notebooks"
# Fixed, so that a notebook does not change with the machine that executed it.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
TIMES = re.compile(r"\*Reading:[^*\n]*Running:[^*\n]*\*")


class NotebookError(Exception):
    """A notebook that cannot be stored; the message names the notebook and the cell."""


def names(folder=NOTEBOOKS):
    """All chapters, also those of which one half of the pair is missing."""
    return sorted({p.stem for p in [*folder.glob("source/*.py"), *folder.glob("*.ipynb")]})


@contextlib.contextmanager
def offline():
    """Kernels started in here reach no network and read none of the user's own IPython set-up."""
    paths = [str(ROOT / "tools" / "offline"), os.environ.get("PYTHONPATH", "")]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        ours = {
            "IPYTHONDIR": folder,
            "JUPYTER_PREFER_ENV_PATH": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        }
        before = {key: os.environ.get(key) for key in ours}
        os.environ.update(ours)
        try:
            yield
        finally:
            for key, value in before.items():
                os.environ.pop(key) if value is None else os.environ.update({key: value})


def sync(name, folder=NOTEBOOKS):
    """Make the notebook from its source; cells that did not change keep their id and outputs."""
    source, target = _pair(name, folder)
    script = source.read_text(encoding="utf-8")
    notebook = _read_source(script)
    _write(source, _with_times(script, notebook))
    notebook = _read_source(source.read_text(encoding="utf-8"))
    if target.exists():
        old = nbformat.read(target, as_version=4)
        fresh, notebook = notebook, combine_inputs_with_outputs(notebook, old, fmt="py:percent")
        code = {cell.id: cell.source for cell in old.cells}
        for cell, ours in zip(notebook.cells, fresh.cells, strict=True):
            cell.metadata = ours.metadata  # a saved notebook adds its own, such as what is folded
            # An output beside code that did not make it would mislead.
            if cell.cell_type == "code" and code.get(cell.id) != cell.source:
                cell.outputs, cell.execution_count = [], None
    notebook.metadata = nbformat.from_dict(METADATA)
    _write(target, nbformat.writes(notebook) + "\n")
    return notebook


class _Client(NotebookClient):
    """It holds no widgets, as nbval does not: what they print is output of the cell. Where the client answers an output
    widget while the next cell is sent, the kernel now and then sleeps for ever on both."""

    def handle_comm_msg(self, outs, msg, cell_index):
        pass


def client_of(notebook, folder, **options):
    """What runs a notebook as in its folder, in a fresh kernel, and stores no state of widgets in it."""
    seconds = {"timeout": 600, "startup_timeout": 300}  # for a machine that does other things as well
    resources = {"metadata": {"path": str(folder)}}
    return _Client(notebook, kernel_name="python3", resources=resources, **seconds, **options)


def execute(name, folder=NOTEBOOKS):
    """Run the notebook from a fresh kernel, refuse stray outputs, store it with its measured times."""
    source, target = _pair(name, folder)
    notebook = sync(name, folder)
    client = client_of(notebook, folder, record_timing=False)
    before = _clock()
    try:
        with offline():
            client.execute(stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        raise NotebookError(f"{name}: {error}") from None
    waited, worked = (after - started for after, started in zip(_clock(), before, strict=True))
    # Chapters compute on one thread, so a busy machine makes them wait longer and not work longer.
    seconds = min(waited, worked) if worked else waited
    stray = [f"{name}: {problem}" for problem in stray_outputs(notebook)]
    if stray:
        raise NotebookError("\n".join(stray))
    drop_widget_views(notebook)
    script = _with_times(source.read_text(encoding="utf-8"), notebook, seconds)
    for cell, fresh in zip(notebook.cells, _read_source(script).cells, strict=True):
        cell.source = fresh.source
    notebook.metadata = nbformat.from_dict(METADATA)
    _write(source, script)
    _write(target, nbformat.writes(notebook) + "\n")
    return seconds


def _clock():
    """Seconds on the clock, and seconds that processes started in here have computed (0 where nobody counts them)."""
    times = os.times()
    return time.perf_counter(), times.children_user + times.children_system


def check(name, folder=NOTEBOOKS):
    """Everything that is wrong with the pair, as sentences; an empty list when it is in order."""
    source, target = _pair(name, folder)
    missing = [f"{path.name} is missing" for path in (source, target) if not path.exists()]
    if missing:
        return missing
    script = source.read_text(encoding="utf-8")
    ours, notebook = _read_source(script), nbformat.read(target, as_version=4)
    problems = []
    if [_text(cell) for cell in ours.cells] != [_text(cell) for cell in notebook.cells]:
        problems.append(f"the pair is out of step: run `make sync`, then `make execute ONLY={name}`")
    if not TIMES.search(ours.cells[0].source if ours.cells else ""):
        problems.append("the first cell has no line like '*Reading: ... Running: ...*'")
    elif _with_times(script, ours) != script:
        problems.append("the reading time is out of date: run `make sync`")
    if "widgets" in notebook.metadata:
        problems.append("the notebook stores widget state")
    return problems + cell_lengths(notebook) + missing_outputs(notebook) + missing_alt(notebook)


def _with_times(script, notebook, seconds=None):
    """The script with its line of times brought up to date; without `seconds`, only the reading time."""
    # The line itself is not counted: it must not change the time it states.
    prose = (TIMES.sub("", cell.source) for cell in notebook.cells if cell.cell_type == "markdown")
    words = sum(len(text.split()) for text in prose)
    read = (cell for cell in notebook.cells if "rehearsal" not in cell.metadata.get("tags", []))
    lines = sum(lines_of(cell) for cell in read if cell.cell_type == "code")
    minutes = math.ceil(words / 200 + lines / 20)
    line = TIMES.search(script)
    stated = re.search(r"under (\d+) seconds", line[0]) if line else None
    under = int(stated[1]) if stated else None
    # A busy machine must not rewrite the page at every run, but "under" has to stay true.
    if seconds is not None and not (under and under / 2 <= seconds <= under):
        under = math.ceil(seconds / 5) * 5
    running = f"under {under} seconds on two cores" if under else "not measured yet"
    plural = "" if minutes == 1 else "s"
    return TIMES.sub(f"*Reading: about {minutes} minute{plural}. Running: {running}.*", script, count=1)


def _read_source(script):
    return jupytext.reads(script, fmt="py:percent")


def _pair(name, folder):
    return folder / "source" / f"{name}.py", folder / f"{name}.ipynb"


def _text(cell):
    return cell.cell_type, cell.source, cell.metadata


def _write(path, text):
    """Never leaves half a file under the final name, and leaves a file alone that would not change."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    os.replace(part, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["sync", "execute", "check"])
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 03_student (default: all)")
    args = parser.parse_args()
    unknown = set(args.names) - set(names())
    if unknown:
        parser.error(f"no such chapter: {', '.join(sorted(unknown))}")
    failed = False
    for name in args.names or names():
        try:
            if args.action == "execute":
                print(f"{name}: {execute(name):.1f} s")
            elif args.action == "sync":
                sync(name)
            else:
                problems = check(name)
                print("\n".join(f"{name}: {problem}" for problem in problems), end="\n" if problems else "")
                failed |= bool(problems)
        except NotebookError as error:
            print(error, file=sys.stderr)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
