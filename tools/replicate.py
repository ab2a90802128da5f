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
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import nbformat

from kdlib.claims import Claim
from kdlib.intervals import Estimate
from tools.notebooks import NOTEBOOKS, ROOT, client_of, names, offline

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
    client = client_of(notebook, folder, allow_errors=True)
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
    return words | {"high": high} | ({"timed": True} if claim.timed else {})


def kept(file=KEPT) -> dict[str, list[dict[int, Claim]]]:
    """For each chapter its claims, each by draw, as the file holds them."""
    stored = json.loads(file.read_text(encoding="utf-8"))
    return {name: claims_of(entries) for name, entries in stored.items()}


def claims_of(entries: list[dict]) -> list[dict[int, Claim]]:
    """The claims that entries hold, each by draw."""
    return [_claims(**entry) for entry in entries]


def _claims(estimates, high, **words):
    high = math.inf if high is None else high
    return {int(draw): Claim(estimate=Estimate(*values), high=high, **words) for draw, values in estimates.items()}


def replicate(chapters, draws, folder=NOTEBOOKS) -> Iterator[tuple[str, list[dict], list[str]]]:
    """Run every chapter in every draw, two at a time; of each in turn its entries and, in sentences, what failed."""
    with ProcessPoolExecutor(AT_ONCE) as pool:
        started = {name: {draw: pool.submit(run, name, draw, folder) for draw in draws} for name in chapters}
        for name, futures in started.items():
            runs, entries, problems = {}, [], []
            for draw, future in futures.items():
                try:
                    runs[draw] = future.result()
                except ReplicationError as error:
                    problems.append(str(error))
            if not problems:
                try:
                    entries = side_by_side(name, runs)
                except ReplicationError as error:
                    problems.append(str(error))
            yield name, entries, problems


def store(name, entries, file=KEPT):
    """Keep the entries of a chapter, beside those of the others; a chapter without claims has none."""
    stored = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    stored = {name: claims for name, claims in sorted((stored | {name: entries}).items()) if claims and name in names()}
    file.write_text(json.dumps(stored, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def report(name, claims: list[dict[int, Claim]]) -> Iterator[str]:
    """How many claims of a chapter hold in every draw, and each failure with its numbers."""
    everywhere = sum(all(claim.holds for claim in by_draw.values()) for by_draw in claims)
    yield f"{name}: {everywhere} of {len(claims)} claims hold in every draw"
    for by_draw in claims:
        yield from (f"  draw {draw}: {claim}" for draw, claim in by_draw.items() if not claim.holds)


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
    failed, held = False, []
    for name, entries, problems in replicate(args.names or names(), args.draws):
        claims = claims_of(entries)
        held += [claim.holds for by_draw in claims for claim in by_draw.values()]
        print("\n".join(problems or report(name, claims)), flush=True)
        if problems:
            failed = True
        elif not args.no_store:
            store(name, entries)
    if held:
        print(f"claims and draws: {sum(held)} of {len(held)} hold ({sum(held) / len(held):.1%})")
    sys.exit(failed)


if __name__ == "__main__":
    main()
