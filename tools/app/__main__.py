"""`make app`: the playground as one page that opens from the file system, an experiment a screen, without code.

No kernel is needed either: the networks train in the page.


    python -m tools.app [--no-browser]

What it shows stands in the executed notebooks: the playground's questions, its widgets and what should be seen, and the
digits of chapter 9 that one draws.
"""

import sys
import webbrowser
from pathlib import Path

from tools.app.screens import write
from tools.notebooks import NOTEBOOKS, ROOT

PAGE = ROOT / "build" / "app.html"


def main() -> None:
    write(NOTEBOOKS / "12_playground.ipynb", PAGE, drawn=NOTEBOOKS / "09_shipping.ipynb")
    print(f"The app is one file: {PAGE.relative_to(Path.cwd()) if PAGE.is_relative_to(Path.cwd()) else PAGE}")
    if "--no-browser" not in sys.argv:
        webbrowser.open(PAGE.as_uri())


if __name__ == "__main__":
    main()
