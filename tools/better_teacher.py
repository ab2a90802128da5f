"""Writes the weights of the labs' better teacher for the page, which would need seconds to train it.

python -m tools.better_teacher
"""

from pathlib import Path

import kdlib
from kdlib.widgets.lab.runs import frames
from kdlib.widgets.lab.settings import Settings

MODULE = Path(kdlib.__file__).parent / "widgets" / "page" / "better_teacher.js"


def layers() -> list[dict]:
    """The teacher's layers as the page has them, from kdlib."""
    teacher = next(frames(Settings(teacher="better", seeds=1))).teachers.module(0)
    return [{"W": layer.weight.tolist(), "b": layer.bias.tolist()} for layer in teacher.layers]


if __name__ == "__main__":
    lines = "\n".join(f"  {{ W: {layer['W']},\n    b: {layer['b']} }}," for layer in layers())
    note = "// The better teacher of the labs. Written by tools/better_teacher.py; do not edit."
    MODULE.write_text(f"{note}\n\nexport const BETTER = [\n{lines}\n];\n", encoding="utf-8")
