"""`make worksheets` and `make slides`: one page of HTML for each chapter, from the executed notebooks.

    python -m tools.classroom worksheets|slides [NAME ...]

They open from the file system and ask for nothing; print them from the browser.
"""

import argparse
from html import escape
from pathlib import Path

from tools.classroom.lesson import Lesson, lesson
from tools.classroom.slides import slides
from tools.classroom.worksheets import worksheet
from tools.notebooks import NOTEBOOKS, ROOT, names

HERE = Path(__file__).parent
KINDS = {"worksheets": worksheet, "slides": slides}


def page(kind: str, given: Lesson) -> str:
    """The page of a kind for a lesson: its style, its parts and, for slides, what turns them."""
    style = (HERE / f"{kind}.css").read_text(encoding="utf-8")
    script = HERE / f"{kind}.js"
    turns = f'<script type="module">{script.read_text(encoding="utf-8")}</script>' if script.exists() else ""
    title = f'<meta name="viewport" content="width=device-width"><title>{escape(given.title)}</title>'
    head = f'<head><meta charset="utf-8">{title}<style>{style}</style></head>'
    return f'<!doctype html>\n<html lang="en">{head}<body>{KINDS[kind](given)}{turns}</body></html>\n'


def write(kind: str, chapters: list[str], folder: Path) -> list[Path]:
    """Write the pages of some chapters into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in chapters:
        written.append(folder / f"{name}.html")
        written[-1].write_text(page(kind, lesson(NOTEBOOKS / f"{name}.ipynb")), encoding="utf-8")
    return written


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as 03_student (default: all)")
    options = parser.parse_args()
    unknown = set(options.names) - set(names())
    if unknown:
        parser.error(f"no such chapter: {', '.join(sorted(unknown))}")
    written = write(options.kind, options.names or names(), ROOT / "build" / options.kind)
    print(f"{len(written)} pages in {(ROOT / 'build' / options.kind).relative_to(ROOT)}")


if __name__ == "__main__":
    main()
