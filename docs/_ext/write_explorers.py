"""The explorers without a kernel: the ES modules that Jupyter loads, made into one classic script for all pages.

A browser refuses modules from the file system. So each explorer's module becomes a function of its own, and so does
write_explorers.js, which starts the explorers of a page from the state that stands in it.
"""

import json
import re
from pathlib import Path

from kdlib.widgets import GradientExplorer, PersonExplorer, TemperatureExplorer
from kdlib.widgets.explorers.figures import TEMPERATURES
from kdlib.widgets.explorers.gradient import OBJECTIVES
from kdlib.widgets.explorers.settings import LOGIT_LIMIT
from kdlib.worlds.people import AGES, INCOMES, POLITICS, SEXES, STATES

EXPLORERS = (GradientExplorer, TemperatureExplorer, PersonExplorer)

_unit = {"low": 0, "high": 1}
_temperature = {"setting": "temperature", "low": TEMPERATURES[0].item(), "high": TEMPERATURES[-1].item()}
_logits = {"low": -LOGIT_LIMIT, "high": LOGIT_LIMIT}
# What an address may set, by explorer and name: the explorer's setting and the values that it accepts.
ADDRESS = {
    "gradient": {
        "objective": {"setting": "objective", "choices": OBJECTIVES},
        "T": _temperature,
        "alpha": {"setting": "alpha", **_unit},
        "label": {"setting": "label", "choices": POLITICS, "index": True},
        "z": {"setting": "student_logits", **_logits},
        "v": {"setting": "teacher_logits", **_logits},
    },
    "temperature": {"T": _temperature, "chosen": {"setting": "chosen", "rows": "people"}},
    "person": {
        "sex": {"setting": "sex", "choices": SEXES},
        "age": {"setting": "age", "low": AGES[0], "high": AGES[-1], "whole": True},
        "state": {"setting": "state", "choices": STATES},
        "income": {"setting": "income", "low": INCOMES[0], "high": INCOMES[-1], "whole": True},
        "draw": {"setting": "draw", **_unit},
    },
}


def classic(module: str) -> str:
    """An ES module as an expression: its default export. It may export names of its own, and import nothing."""
    body, exports = re.subn(r"^export default (.+?);?\s*\Z", r"return \1;", module, flags=re.MULTILINE | re.DOTALL)
    body = re.sub(r"^export (?=(?:async )?(?:function|const|let|class)\b)", "", body, flags=re.MULTILINE)
    if exports != 1 or re.search(r"^\s*(?:import|export)\b", body, flags=re.MULTILINE):
        raise ValueError("expected a module without imports that ends with its default export")
    return f"(() => {{\n{body}\n}})()"


def script() -> str:
    """The whole script: the explorers on one global, then the page's own start."""
    lines = ['"use strict";', "window.kdExplorers = {};"]
    lines += [f"kdExplorers.{explorer.kind} = {classic(explorer._esm)};" for explorer in EXPLORERS]
    start = classic(Path(__file__).with_suffix(".js").read_text(encoding="utf-8"))
    return "\n".join([*lines, f"{start}(kdExplorers, {json.dumps(ADDRESS)});\n"])


def write(app):
    if app.builder.format == "html":
        folder = Path(app.outdir, "_static")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "explorers.js").write_text(script(), encoding="utf-8")


def setup(app):
    app.connect("builder-inited", write)
    app.add_js_file("explorers.js", loading_method="defer")
    return {"parallel_read_safe": True}
