"""The book's own machinery: what turns notebooks, docstrings and explorers into pages, and what makes a build fail."""

import base64
import io
import json
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("sphinx")
pytest.importorskip("anywidget")

import kdlib
import kdlib.widgets
from docs import serve
from docs._ext import copy_chapters, drop_weight, link_chapters, name_chapters, reserve_formulas, shrink_pngs
from docs._ext.link_repository import binder
from kdlib.widgets import GradientExplorer, PersonExplorer, TemperatureExplorer, WordsExplorer, standalone
from kdlib.widgets.explorers.settings import Setting

ROOT = Path(__file__).parent.parent
CLASSES = ["conservative", "moderate", "liberal"]
GRADIENT = {
    "classes": CLASSES, "objective": "mixed", "student_logits": [2.6, 0, -0.8], "teacher_logits": [0.9, 0.2, -0.9],
    "label": 0, "temperature": 1, "alpha": 0.5,
}  # fmt: skip
PERSON = {"classes": CLASSES, "sex": "female", "age": 40, "state": "nebraska", "income": 60000, "draw": 0.5}


# ---- explorers without a kernel -------------------------------------------------------------------------------------


def node(*arguments, given=""):
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs Node.js: without it nobody runs the book's scripts outside a browser")
    done = subprocess.run([found, *arguments], input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_script_runs_as_a_classic_script():
    page = "window = globalThis; addEventListener = () => {}; location = { hash: '' };"
    page += "document = { querySelectorAll: (what) => { process.stdout.write(what); return []; } };"
    run = f"{page} require('vm').runInThisContext(require('fs').readFileSync(0, 'utf8'));"
    assert "data-kd-explorer" in node("-e", run, given=standalone.script())


def opened(kind, state, *hashes):
    """What each address makes of the state: (settings that changed, sentences, the address that is shown then)."""
    cases = json.dumps([[kind, standalone.ADDRESS[kind], state, hash] for hash in hashes])
    module = Path(standalone.__file__).with_suffix(".js")
    for after, refused, address in json.loads(node(ROOT / "tests" / "js" / "address.mjs", module, given=cases)):
        yield {name: value for name, value in after.items() if value != state[name]}, refused, address


def test_an_address_sets_what_it_names():
    full = "#gradient?objective=logits+centred&T=4&alpha=0.25&label=liberal&z=1,-2,.5&v=6,-6,1e-1"
    (changed, refused, address), (by_index, *_), (nothing, none, _) = opened(
        "gradient", GRADIENT, full, "#gradient?label=1", "#a-section"
    )
    assert changed == {
        "objective": "logits centred", "temperature": 4, "alpha": 0.25, "label": 2,
        "student_logits": [1, -2, 0.5], "teacher_logits": [6, -6, 0.1],
    }  # fmt: skip
    assert refused == []
    assert address == "#gradient?objective=logits+centred&T=4&alpha=0.25&label=liberal&z=1,-2,0.5&v=6,-6,0.1"
    assert by_index == {"label": 1}
    assert (nothing, none) == ({}, None)


def test_the_address_of_the_settings_leads_back_to_them():
    person = {**PERSON, "sex": "male", "age": 61, "income": 82300, "draw": 0.123456789}
    ((_, _, address),) = opened("person", person, "")
    ((changed, refused, again),) = opened("person", PERSON, address)
    assert changed == {"sex": "male", "age": 61, "income": 82300, "draw": 0.123457}
    assert (refused, again) == ([], address)


@pytest.mark.parametrize(
    "given, sentence",
    [
        ("T=99", "T is 99; expected a number from 0.25 to 32"),
        ("T=", "T is empty; expected a number from 0.25 to 32"),
        ("T=0x10", "T is 0x10; expected a number from 0.25 to 32"),
        ("T=Infinity", "T is Infinity; expected a number from 0.25 to 32"),
        ("objective=length", "objective is length; expected one of labels, log-probs, logits, "),
        ("label=3", "label is 3; expected one of conservative, moderate, liberal, or its number"),
        ("label=length", "label is length; expected one of conservative, moderate, liberal, or its number"),
        ("z=1,2", "z is 1,2; expected 3 numbers from -6 to 6"),
        ("v=1,2,7", "v is 1,2,7; expected 3 numbers from -6 to 6"),
        ("beta=1", "the gradient explorer has no beta; it has objective, T, alpha, label, z, v"),
        ("constructor=1", "the gradient explorer has no constructor; it has objective, T, alpha, label, z, v"),
    ],
)
def test_a_setting_that_does_not_fit_is_named_and_the_others_are_set(given, sentence):
    ((changed, (refused,), _),) = opened("gradient", GRADIENT, f"#gradient?{given}&alpha=1")
    assert refused.startswith(sentence)
    assert changed == {"alpha": 1}


def test_rows_are_whole_numbers_of_people_that_are_there():
    state = {"people": list("abcd"), "chosen": [0, 1], "temperature": 4}
    found = list(opened("temperature", state, *(f"#temperature?chosen={rows}" for rows in ("3,2", "4,0", "1", "1,.5"))))
    assert [changed for changed, *_ in found] == [{"chosen": [3, 2]}, {}, {}, {}]
    assert [len(refused) for _, refused, _ in found] == [0, 1, 1, 1]
    assert found[1][1] == ["chosen is 4,0; expected 2 whole numbers from 0 to 3"]


@pytest.mark.parametrize("explorer", [GradientExplorer, TemperatureExplorer, PersonExplorer, WordsExplorer])
def test_an_address_accepts_what_the_explorer_accepts(explorer):
    rules = {rule["setting"]: rule for rule in standalone.ADDRESS[explorer.kind].values()}
    too_large = {"teacher_logits", "student_logits", "people"} if explorer is TemperatureExplorer else {}
    settings = {name: trait for name, trait in explorer.class_traits().items() if isinstance(trait, Setting)}
    assert rules.keys() == settings.keys() - {*too_large, "teacher", "student"}
    for name, rule in rules.items():
        check = settings[name].check
        if choices := rule.get("choices"):
            accepted, refused = [range(len(choices)), [len(choices)]] if "index" in rule else [choices, ["nobody"]]
        elif "rows" in rule:
            continue
        else:
            accepted, refused = [[rule["low"], rule["high"]], [rule["low"] - 1, rule["high"] + 1]]
        wrap = (lambda x: [x] * 3) if name.endswith("_logits") else (lambda x: x)
        for value in accepted:
            assert check(name, wrap(value)) == wrap(value)
        for value in refused:
            with pytest.raises(ValueError, match="expected"):
                check(name, wrap(value))


def test_the_explorers_are_all_of_them():
    assert list(standalone.ADDRESS) == ["gradient", "temperature", "person", "words", "lab"]


# ---- what the site leaves out ----------------------------------------------------------------------------------------


def test_a_download_has_each_figure_once_and_is_a_notebook_still():
    figure = kdlib.figures.Picture("A line.", width=8)
    figure.axes.plot([0, 1])
    html = figure._repr_mimebundle_()["text/html"]
    assert html.count("base64,") == 2
    kept = json.loads(drop_weight.without_phone_pictures(json.dumps({"text/html": html})))["text/html"]
    assert kept.count("base64,") == 1 and kept.count("<img ") == 1 and kept == re.sub("<source.*?>", "", html)


# ---- chapters -------------------------------------------------------------------------------------------------------


def test_rehearsals_leave_the_page_but_not_the_notebook():
    cells = [{"metadata": {"tags": tags}} for tags in (["rehearsal"], ["twin"])] + [{"metadata": {}}]
    source, other = [json.dumps({"cells": cells})], ["# Text"]
    copy_chapters.hide_rehearsals(None, "chapters/01_x", source)
    assert [cell["metadata"].get("tags") for cell in json.loads(source[0])["cells"]] == [
        ["rehearsal", "remove-cell"], ["twin"], None,
    ]  # fmt: skip
    copy_chapters.hide_rehearsals(None, "index", other)
    assert other == ["# Text"]


def test_a_picture_stored_before_gets_fewer_bytes_and_a_floor_for_its_text():
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 1100, 3), dtype=np.uint8)).save(out, "png")
    data = base64.b64encode(out.getvalue()).decode()
    style = "max-width:100%;height:auto;background:#fff"
    html = f'<img alt="x" style="{style}" src="data:image/png;base64,{data}">'
    source, other = [json.dumps({"text/html": html})], [html]
    shrink_pngs.shrink(None, "chapters/01_x", source)
    shrink_pngs.shrink(None, "index", other)
    assert other == [html]
    shown = json.loads(source[0])["text/html"]
    assert f'data-kd-text="13.75" style="{style};min-width:720px" src="' in shown
    assert len(shown) < len(html) / 2


def test_a_chapter_says_what_it_teaches_and_how_long_it_takes(tmp_path):
    text = (
        "# 3. The student\n\n*Reading: about 12 minutes. Running: under 50 seconds on two cores.*\n\n"
        "Afterwards you can\n\n- train it\n  on outputs,\n- measure $T^2$.\n\nBuilds on chapter 2.\n\n- not this"
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)]), tmp_path / "a.ipynb")
    title, points, *times = name_chapters.opening(tmp_path / "a.ipynb")
    assert (title, points) == ("3. The student", ["train it on outputs,", "measure $T^2$."])
    assert times == ["about 12 minutes", "under 50 seconds"]


KNOWN = {"dataset": "01_dataset", "playground": "12_playground"}


@pytest.mark.parametrize(
    "text, numbered",
    [
        ("[chapter N](chapters/dataset.ipynb#a-record).", "[chapter 1](chapters/01_dataset.ipynb#a-record)."),
        ("| [N, one](chapters/playground.ipynb#1-x) |", "| [12, one](chapters/12_playground.ipynb#1-x) |"),
        ("[Nobody](chapters/dataset.ipynb) and [N](index.md)", "[Nobody](chapters/01_dataset.ipynb) and [N](index.md)"),
        (":link: chapters/dataset\n", ":link: chapters/01_dataset\n"),
        ('<a href="chapters/dataset.html#person?age=60">chapter N, N</a>',
         '<a href="chapters/01_dataset.html#person?age=60">chapter 1, 1</a>'),
        ("as {chapter}`playground` says", "as [chapter 12](chapters/12_playground.ipynb) says"),
        ("chapters/*", "chapters/*"),
    ],
)  # fmt: skip
def test_a_page_names_chapters_without_their_numbers(text, numbered):
    assert name_chapters.number(text, KNOWN) == (numbered, [])


@pytest.mark.parametrize("text", ["[N](chapters/nowhere.ipynb)", "{chapter}`nowhere`"])
def test_a_chapter_that_does_not_exist_is_told_and_others_are_numbered(text):
    numbered, missing = name_chapters.number(f"[N](chapters/dataset.ipynb) {text}", KNOWN)
    assert numbered.startswith("[1](chapters/01_dataset.ipynb)") and missing == ["nowhere"]


def test_a_number_typed_by_hand_or_a_lost_chapter_fails_the_build(tmp_path):
    code, said = build(tmp_path, ["name_chapters"], index="# Home\n\nAs chapter 5 says.\n")
    assert code != 0
    assert 'this page says "chapter 5"; name it by {chapter}`its_name`: that stays right' in said
    code, said = build(tmp_path, ["name_chapters"], index="# Home\n\nAs {chapter}`nowhere` says.\n")
    assert code != 0 and "no chapter is called nowhere" in said


@pytest.mark.parametrize(
    "tex, em",
    [("z", 0.6), (r"\alpha", 0.6), (r"p_T", 0.9), (r"\mathrm{softmax}(z)", 6.0), (r"[B, C]", 3.0), (r"m=\log q", 2.4)],
)
def test_a_formula_gets_about_the_room_that_it_takes(tex, em):
    assert reserve_formulas.room(tex) == pytest.approx(em)
    context = {"body": f'<span class="math notranslate nohighlight">\\({tex}\\)</span>'}
    reserve_formulas.reserve(None, "x", "", context, None)
    assert context["body"] == (
        f'<span class="math notranslate nohighlight" style="--kd-room: {em:.1f}em">\\({tex}\\)</span>'
    )


def test_a_full_stop_stays_with_the_formula_before_it():
    formula = '<span class="math notranslate nohighlight">\\(T\\)</span>'
    context = {"body": f"by {formula}. And {formula} is ({formula}), {formula}’s."}
    reserve_formulas.reserve(None, "x", "", context, None)
    together = re.findall(r'<span class="kd-together"><span .*?</span>(.*?)</span>', context["body"])
    assert together == [".", "),", "’"]


@pytest.mark.parametrize(
    "text, named",
    [
        ("Chapter 04.", ["04"]),
        ("Chapters 02\nand 04; chapter 06 shows it", ["02", "04", "06"]),
        ("Chapters 01 to 03, 05 and 07", ["01", "02", "03", "05", "07"]),
        ("Chapter 4, chapters, 02", []),
    ],
)
def test_the_chapters_that_a_docstring_names(text, named):
    assert link_chapters.numbers(text) == named


GLOSSARY = """# Glossary

```{glossary}
logits
  Numbers.

logit gradient
  Their derivative.

seed
hint
  Of feature distillation. Not
  used in a chapter.
```
"""
CHAPTER = """# 1. Logits and seeds

A logit, `logits` and $logits$. The **logits** again, [logit gradient](https://example.org/), a hint; Logit
gradients and zero-logit.

**Terms:** logits, logit gradient.
"""


def test_the_first_mention_of_a_term_leads_to_the_glossary(tmp_path):
    pages = {"index": TOC + "\n```{toctree}\nnotation\n```\n", "notation": GLOSSARY, "chapters__01_one": CHAPTER}
    assert build(tmp_path, ["link_terms"], **pages) == (0, "")
    page = (tmp_path / "_out" / "chapters" / "01_one.html").read_text()
    found = re.findall(r'href="\.\./notation\.html#term-([\w-]+)"><span class="kd-term">(.*?)</span>', page, re.DOTALL)
    assert [(place, " ".join(words.split())) for place, words in found] == [
        ("logits", "logit"), ("logit-gradient", "Logit gradients"),
        ("logits", "logits"), ("logit-gradient", "logit gradient"),
    ]  # fmt: skip


def test_a_page_is_described_by_what_the_reader_can_do_afterwards(tmp_path):
    points = "- derive $\\frac{\\partial L}{\\partial z}$ for each of the objectives,\n- prove it on paper & in code.\n"
    times = "*Reading: to be measured, of course. Running: to be measured, on two cores.*"
    pages = {"index": TOC + f"\nA course on *networks*, {'and ' * 90}more.\n"}
    pages["chapters__01_one"] = f"# One\n\n{times}\n\nNow\n\n{points}"
    assert build(tmp_path, ["describe_pages"], **pages) == (0, "")
    home, chapter = ((tmp_path / "_out" / page).read_text() for page in ("index.html", "chapters/01_one.html"))
    words = r'<meta name="description" content="(.*?)">'
    assert re.findall(words, chapter) == [
        "Afterwards you can derive ∂L/∂z for each of the objectives, prove it on paper &amp; in code."
    ]
    assert re.search(words, home)[1].startswith("A course on networks, and") and len(re.search(words, home)[1]) < 305


# ---- what makes a build fail ----------------------------------------------------------------------------------------

CONF = """
import os, sys
sys.path.insert(0, os.path.dirname(__file__))
extensions = ["myst_parser", "sphinx.ext.autodoc", {extensions}]
myst_enable_extensions = ["html_image", "dollarmath"]
exclude_patterns = ["_*"]
html_theme = "{theme}"
repository = ""
"""


def build(folder, extensions, *options, theme="basic", **pages):
    """Build a tiny project as `make docs` builds the book; returns the exit code and the warnings."""
    conf = CONF.format(extensions=", ".join(f'"docs._ext.{name}"' for name in extensions), theme=theme)
    (folder / "conf.py").write_text(conf)
    for name, text in pages.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".md").write_text(text)
    flags = ["-W", "--keep-going", "-q", "--no-color", *options]
    command = [sys.executable, "-m", "sphinx", *flags, folder, folder / "_out"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stderr


TOC = "# Home\n\n```{toctree}\n:glob:\nchapters/*\n```\n"


def test_an_image_without_alt_text_fails_the_build(tmp_path):
    pixel = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
    good = f'![a dot]({pixel})\n\n<p><img src="{pixel}" alt="a dot"></p>\n\n'
    assert build(tmp_path, ["check_pages"], index="# Home\n\n" + good) == (0, "")
    bad = f'![]({pixel}#1)\n\n<p><img src="#2"><img alt=" " src="#3"><IMG ALT src="#4"></p>\n'
    code, said = build(tmp_path, ["check_pages"], index="# Home\n\n" + good + bad)
    assert code != 0
    assert said.count("an image has no alt text") == 4
    assert all(f"no alt text: #{k}" in said for k in (2, 3, 4))


MODULE = '''
def known():
    """Does it. Chapters 01
    and 02."""

def unknown():
    """Does it."""

class Lost:
    """Is lost, see chapter
    02. Chapter 09."""
    def method(self):
        """Goes with its class."""
'''


def test_an_object_that_no_chapter_teaches_fails_the_build(tmp_path):
    (tmp_path / "taught_here.py").write_text(MODULE)
    directive = "```{eval-rst}\n.. automodule:: taught_here\n   :members:\n```\n"
    pages = {"index": TOC + directive, "chapters__01_one": "# One\n", "chapters__02_two": "# Two\n"}
    code, said = build(tmp_path, ["link_chapters"], **pages)
    assert code != 0
    assert "taught_here.unknown names no chapter that teaches it" in said
    assert "taught_here.Lost names chapter 09, which does not exist" in said
    assert said.count("WARNING") == 2
    reference = (tmp_path / "_out" / "index.html").read_text()
    links = re.findall(r'<a [^>]*href="chapters/(\w+)\.html"><span class="doc">(.*?)</span>', reference)
    assert links == [("02_two", "chapter 02"), ("01_one", "01"), ("02_two", "02")]
    chapter = (tmp_path / "_out" / "chapters" / "02_two.html").read_text()
    assert '<p class="kd-taught">In kdlib: <a' in chapter
    assert 'href="../index.html#taught_here.known"' in chapter
    assert "unknown" not in chapter


def test_a_malformed_link_fails_the_build_and_all_are_listed(tmp_path):
    links = ["https://example.org/a?b=c#d", "http://example.org/", "https://localhost/x", "https://example.org"]
    index = "# Home\n\n" + "\n".join(f"[link]({link})" for link in links) + "\n[here](#home)\n"
    code, said = build(tmp_path, ["check_pages"], index=index)
    assert code != 0
    assert [line.rsplit(" ", 1)[1] for line in said.splitlines() if "not of the form" in line] == links[1:3]
    assert (tmp_path / "external-links.txt").read_text().splitlines() == sorted(links)


# ---- the repository's address ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "repository, expected",
    [
        ("https://github.com/someone/course", "gh/someone/course/HEAD"),
        ("https://github.com/someone/course.git", "gh/someone/course/HEAD"),
        ("https://gitlab.com/group/course/", "gl/group%2Fcourse/HEAD"),
    ],
)
def test_binder_opens_the_chapters_notebook(repository, expected):
    address = f"https://mybinder.org/v2/{expected}?urlpath=lab/tree/notebooks/02_teacher.ipynb"
    assert binder(repository, "chapters/02_teacher") == address


def test_the_repository_shows_only_where_its_address_is_known(tmp_path):
    pages = {"index": TOC, "chapters__01_one": "# One\n"}
    for options, shown in (([], False), (["-D", "repository=https://github.com/someone/course"], True)):
        code, said = build(tmp_path, ["link_repository"], "-E", *options, theme="sphinx_book_theme", **pages)
        assert (code, said) == (0, "")
        home, chapter = ((tmp_path / "_out" / page).read_text() for page in ("index.html", "chapters/01_one.html"))
        assert ("mybinder.org" in chapter) == shown
        assert "mybinder.org" not in home
        assert ('href="https://github.com/someone/course"' in home) == shown


def test_no_badge_stands_for_an_address_that_is_unknown():
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    if "Repository" not in about.get("urls", {}):
        assert "mybinder.org" not in (ROOT / "README.md").read_text()


def test_the_book_is_served_on_this_machine(tmp_path):
    (tmp_path / "index.html").write_text("a page")
    with serve.served(tmp_path) as address, urllib.request.urlopen(address, timeout=10) as answer:
        assert address.startswith("http://127.0.0.1:")
        assert answer.read() == b"a page"


def test_every_public_name_stands_in_the_reference():
    reference = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    line = re.compile(r"^\.\. auto(?:class|function|exception|data):: (kdlib(?:\.widgets)?\.\w+)", re.MULTILINE)
    named = set(line.findall(reference))
    public = {f"{package.__name__}.{name}" for package in (kdlib, kdlib.widgets) for name in package.__all__}
    assert public - named == set()
