"""Draws who imports whom in kdlib, and says what is wrong with it: python -m tools.rooms

Imports run downwards only: a room may use its own modules and those of rooms below it. Nothing runs in a circle, and
every module serves somebody beside its own tests.
"""

import ast
import re
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).resolve().parent.parent
# From the ground up. The library is the modules that lie in kdlib itself, without those that stand on another floor.
LIBRARY = "library"
ROOMS = ("worlds", LIBRARY, "exercises", "widgets", "commands")
FLOOR_OF = {"files": "worlds", "arguments": "worlds", "diagnosis": "exercises", "__main__": "commands"}
USERS = ("notebooks/source", "docs", "tools", "benchmarks")  # who uses kdlib, beside kdlib itself


def imports() -> dict[str, set[str]]:
    """For each module of kdlib the modules of kdlib that it imports, anywhere in its code, without ``kdlib.``."""
    graph = grimp.build_graph("kdlib", cache_dir=None)
    names = sorted(graph.modules - {"kdlib"})
    return {_short(name): {_short(one) for one in graph.find_modules_directly_imported_by(name)} for name in names}


def room_of(module: str) -> str:
    """The room that a module lies in."""
    room = module.partition(".")[0]
    return room if room in ROOMS else FLOOR_OF.get(room, LIBRARY)


def problems(of: dict[str, set[str]], used: set[str]) -> list[str]:
    """Imports that climb, circles, and modules without a user, as sentences; ``used`` are those used outside."""
    found = [
        f"kdlib.{module} ({room_of(module)}) imports kdlib.{other} ({room_of(other)}), which lies above it"
        for module, others in of.items()
        for other in sorted(others)
        if ROOMS.index(room_of(other)) > ROOMS.index(room_of(module))
    ]
    try:
        TopologicalSorter(of).prepare()
    except CycleError as circle:
        found.append(f"a circle of imports: {' -> '.join(circle.args[1])}")
    used = used.union(*of.values())
    return found + [f"kdlib.{module} serves nobody but its own tests" for module in of if module not in used]


def used_outside(root: Path = ROOT) -> set[str]:
    """Packages, and modules of kdlib that the stubs make public or that chapters, book, tools or benchmarks name."""
    used = {"__main__"} | {_dotted(init.parent, root) for init in root.glob("kdlib/**/__init__.py")}
    for stub in root.glob("kdlib/**/*.pyi"):
        package = _dotted(stub.parent, root)
        for node in ast.walk(ast.parse(stub.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                used.add(f"{package}.{node.module}".lstrip("."))
    for path in (path for folder in USERS for path in (root / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        used |= {_short(name) for name in _names(ast.parse(text))}
        used |= {name.replace("/", ".") for name in re.findall(r"kdlib/([\w/]+)\.py", text)}
    return used


def _names(tree):
    """Every dotted name that a file imports or spells out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, *(f"{node.module}.{alias.name}" for alias in node.names))
        elif isinstance(node, ast.Attribute):
            yield ast.unparse(node)


def _dotted(folder, root):
    return ".".join(folder.relative_to(root / "kdlib").parts)


def _short(name):
    return name.removeprefix("kdlib.")


def main() -> int:
    of = imports()
    for room in reversed(ROOMS):
        print(f"\n{room}")
        for module in (module for module in of if room_of(module) == room):
            print(f"  {module:<32} {', '.join(sorted(of[module])) or '-'}")
    found = problems(of, used_outside())
    print("", *found or ["no import climbs, no circle, no module without a user"], sep="\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
