"""One text from a widget's modules: every module once, after those that it imports, and nothing that would not run."""

import json
import subprocess

import pytest

from kdlib.widgets.page import bundle
from tests.support.node import call, found_node

LEAF = "let made = 0;\nexport const count = () => ++made;\nexport class Box { get() { return 7; } }\n"
LEFT = 'import { count as next } from "./leaf.js";\n'
LEFT += "export function* left() { yield next(); }\nexport default { left };\n"
ENTRY = """import { count, Box } from "./leaf.js";
import { default as side, left } from "./left.js";

const export_me = 2;
export function all() {
  return [count(), ...left(), ...side.left(), new Box().get(), export_me];
}
export default ({ given }) => console.log(JSON.stringify([given, all()]));
"""


@pytest.fixture
def entry(tmp_path):
    for name, text in {"leaf": LEAF, "left": LEFT, "entry": ENTRY}.items():
        (tmp_path / f"{name}.js").write_text(text)
    (tmp_path / "package.json").write_text('{ "type": "module" }')
    return tmp_path / "entry.js"


def test_a_bundle_answers_as_its_modules_do_and_has_a_shared_one_once(entry, tmp_path):
    text = bundle.module(entry)
    (tmp_path / "bundle.js").write_text(text)
    (ours,) = call(tmp_path / "bundle.js", [["all"]])
    assert ours == call(entry, [["all"]])[0] == [1, 2, 3, 7, 2]
    assert text.count("let made = 0") == 1 and "\nimport " not in text


def test_a_script_calls_the_entry_with_its_values(entry):
    text = bundle.script(entry, given=[1, "</b>"])
    done = subprocess.run([found_node(), "-"], input=text, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[1, "</b>"], [1, 2, 3, 7, 2]]


@pytest.mark.parametrize(
    "line",
    ["import x from './leaf.js';", 'import * as x from "./leaf.js";', 'import { x } from "react";', "export { a };"],
)
def test_what_would_not_run_is_refused_with_its_line(entry, line):
    entry.write_text(f"{line}\nexport default 1;\n")
    with pytest.raises(ValueError, match=r"entry\.js: .*expected import \{ names \} from a file"):
        bundle.module(entry)
