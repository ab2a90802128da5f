"""A widget's modules as one text: an ES module for anywidget, or a classic script for a page from the file system.

Each module becomes a function of what it imports; the modules' own files stay what Node, an editor and a browser read.
"""

import json
import re
from pathlib import Path

PAGE = Path(__file__).parent
_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";\n', flags=re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|const|let|class) (\w+))", flags=re.MULTILINE)
_DEFAULT = re.compile(r"^export default ", flags=re.MULTILINE)


def module(entry: Path) -> str:
    """One ES module that exports what ``entry`` does and imports nothing. Not used in a chapter."""
    lines, ours, names = _modules(entry)
    exported = ", ".join(name for name in names if name != "default")
    return f"{lines}export const {{ {exported} }} = {ours};\nexport default {ours}.default;\n"


def script(entry: Path, **values) -> str:
    """A classic script that calls the default export of ``entry`` with ``values``. Not used in a chapter."""
    lines, ours, _ = _modules(entry)
    return f'"use strict";\n(() => {{\n{lines}{ours}.default({json.dumps(values)});\n}})();\n'


def _modules(entry):
    """The modules as statements, each after those that it imports; the entry's name there and what it exports."""
    order: dict[Path, str] = {}
    statements, exports = [], []

    def add(path):
        nonlocal exports
        if path in order:
            return order[path]
        body = path.read_text(encoding="utf-8")
        given = [(names, add((path.parent / where).resolve())) for names, where in _IMPORT.findall(body)]
        body = _IMPORT.sub("", body)
        exports = _EXPORT.findall(body)
        body, defaults = _DEFAULT.subn("const kdDefault = ", _EXPORT.sub("", body))
        if wrong := re.search(r"^(?:import|export)\b.*", body, flags=re.MULTILINE):
            raise ValueError(f"{path.name}: {wrong[0]!r}; expected import {{ names }} from a file, and exports by name")
        made = ", ".join([*exports, *["default: kdDefault"] * defaults])
        exports = [*exports, *["default"] * defaults]
        order[path] = f"kdModule{len(order)}"
        taken = "".join(f"const {{{names.replace(' as ', ': ')}}} = {source};\n" for names, source in given)
        statements.append(f"const {order[path]} = (() => {{\n{taken}{body}\nreturn {{ {made} }};\n}})();\n")
        return order[path]

    ours = add(entry.resolve())
    return "".join(statements), ours, exports
