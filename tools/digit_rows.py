"""Writes the handwritten digits for the page: a letter a pixel, from a for paper to q for ink, and the digit.

python -m tools.digit_rows
"""

from pathlib import Path

import kdlib

MODULE = Path(kdlib.__file__).parent / "widgets" / "page" / "digit_rows.js"


def text() -> str:
    """All images one behind the other, 65 letters each, in the order of their file."""
    digits = kdlib.load_digits()
    rows = zip((digits.x * 16).long().tolist(), digits.y.tolist(), strict=True)
    return "".join("".join(chr(ord("a") + ink) for ink in pixels) + str(digit) for pixels, digit in rows)


if __name__ == "__main__":
    note = "// The digits of E. Alpaydin and C. Kaynak, 1998, CC BY 4.0. Written by tools/digit_rows.py; do not edit."
    MODULE.write_text(f'{note}\n\nexport const DIGITS = "{text()}";\n', encoding="utf-8")
