"""Runs the chapters in other draws and keeps what became of their claims: python -m tools.replicate [NAME ...]

Every draw of a chapter (people, teachers, students, the better teacher's people) is shifted by KDLIB_DRAW, and its
claims are written down instead of failing. What is kept, docs/replication.json, is a page of the book.
"""

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from kdlib.claims import Claim
from kdlib.intervals import Estimate
from tools.notebooks import NOTEBOOKS, ROOT, names, offline

KEPT = ROOT / "docs" / "replication.json"
AT_ONCE = 2


class ReplicationError(Exception):
    """A chapter that does not run in another draw, or claims something else there."""


def run(name, draw, folder=NOTEBOOKS) -> list[Claim]:
    """The claims of a chapter in one draw, in their order, whether they hold or not.

    Rehearsals, which move the controls of a widget, are left out. Raises `ReplicationError` for any other cell that
    fails.
    """
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if "rehearsal" not in cell.metadata.get("tags", [])]
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        store_widget_state=False,
        allow_errors=True,
    )
    with offline(), tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "claims"
        file.touch()
        environment = {**os.environ, "KDLIB_DRAW": str(draw), "KDLIB_CLAIMS": str(file)}
        client.execute(env=environment, stderr=subprocess.DEVNULL)
        lines = file.read_text(encoding="utf-8").splitlines()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                first = cell.source.splitlines()[0]
                raise ReplicationError(f"{name} in draw {draw}: {output.ename}: {output.evalue} (cell: {first})")
    return [Claim(**values | {"estimate": Estimate(*values["estimate"])}) for values in map(json.loads, lines)]


def side_by_side(name, runs: dict[int, list[Claim]]) -> list[dict]:
    """One entry for each claim: what it says and needs, and its estimate in every draw.

    Raises `ReplicationError` where a draw claims something else than the first.
    """
    entries = []
    first = next(iter(runs))
    for draw, claims in runs.items():
        said = [_said(claim) for claim in claims]
        if said != [_said(claim) for claim in runs[first]]:
            here, there = ({words["sentence"] for words in map(_said, claims)} for claims in (claims, runs[first]))
            differ = sorted(here ^ there) or "the same sentences with other bounds"
            raise ReplicationError(f"{name}: draw {draw} claims something else than draw {first}: {differ}")
    for k, claim in enumerate(runs[first]):
        estimates = {str(draw): list(claims[k].estimate) for draw, claims in runs.items()}
        entries.append(_said(claim) | {"estimates": estimates})
    return entries


def _said(claim):
    high = None if claim.high == math.inf else claim.high  # JSON knows no infinity
    words = {name: getattr(claim, name) for name in ("sentence", "low", "margin", "unit", "over", "statistic")}
    return words | {"high": high}


def kept(file=KEPT) -> dict[str, list[dict[int, Claim]]]:
    """For each chapter its claims, each by draw, as the file holds them."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    return {name: [_claims(**entry) for entry in entries] for name, entries in stored.items()}


def _claims(estimates, high, **words):
    high = math.inf if high is None else high
    return {int(draw): Claim(estimate=Estimate(*values), high=high, **words) for draw, values in estimates.items()}


def replicate(chapters, draws, folder=NOTEBOOKS) -> tuple[dict[str, list[dict]], list[str]]:
    """Run every chapter in every draw, two at a time: the entries of each chapter, and in sentences what went wrong."""
    work = [(name, draw, folder) for name, draw in product(chapters, draws)]
    runs, entries, problems = {name: {} for name in chapters}, {}, []
    with ProcessPoolExecutor(AT_ONCE) as pool:
        for (name, draw, _), future in [(one, pool.submit(run, *one)) for one in work]:
            try:
                runs[name][draw] = future.result()
            except ReplicationError as error:
                problems.append(str(error))
    for name in chapters:
        if len(runs[name]) == len(draws):
            try:
                entries[name] = side_by_side(name, runs[name])
            except ReplicationError as error:
                problems.append(str(error))
    return entries, problems


def store(entries, file=KEPT):
    """Keep the entries, beside those of chapters that were not run."""
    stored = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    stored = {name: claims for name, claims in sorted((stored | entries).items()) if claims and name in names()}
    file.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def report(entries):
    """For each chapter how many claims hold in how many draws, and each failure with its numbers."""
    held = of = 0
    for name, claims in entries.items():
        claims = [_claims(**entry) for entry in claims]
        everywhere = sum(all(claim.holds for claim in by_draw.values()) for by_draw in claims)
        held += sum(claim.holds for by_draw in claims for claim in by_draw.values())
        of += sum(map(len, claims))
        yield f"{name}: {everywhere} of {len(claims)} claims hold in every draw"
        for by_draw in claims:
            yield from (f"  draw {draw}: {claim}" for draw, claim in by_draw.items() if not claim.holds)
    if of:
        yield f"claims and draws: {held} of {of} hold ({held / of:.1%})"


def _range(text):
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 03_student (default: all)")
    parser.add_argument("--draws", type=_range, default=range(4), help="such as 4-7 (default: 0-3)")
    parser.add_argument("--no-store", action="store_true", help="print what holds and keep nothing")
    args = parser.parse_args()
    unknown = set(args.names) - set(names())
    if unknown:
        parser.error(f"no such chapter: {', '.join(sorted(unknown))}")
    entries, problems = replicate(args.names or names(), args.draws)
    print("\n".join([*report(entries), *problems]))
    if not args.no_store:
        store(entries)
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
