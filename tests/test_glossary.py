"""The glossary, docs/notation.md: each term of the chapters once, each entry with its place in the course."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = sorted((ROOT / "notebooks" / "source").glob("*.py"))
GLOSSARY = re.search(
    r"```\{glossary\}\n(.*?)```", (ROOT / "docs" / "notation.md").read_text(encoding="utf-8"), re.DOTALL
)[1]
ENTRIES = [entry.splitlines() for entry in GLOSSARY.strip().split("\n\n")]
TERMS = [line for entry in ENTRIES for line in entry if not line.startswith(" ")]


def terms_of(script):
    """The terms that a chapter names in its last lines; an explanation in brackets is no term."""
    paragraph = script.partition("**Terms:**")[2].partition("\n#\n")[0]
    text = " ".join(paragraph.replace("\n#", "\n").split())
    found = re.split(r"[,.] ?", re.sub(r" \(.*?\)", "", text))
    return [term.strip() for term in found if term.strip()]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_every_term_of_a_chapter_is_in_the_glossary(chapter):
    terms = terms_of(chapter.read_text(encoding="utf-8"))
    assert terms, "a chapter ends with its terms"
    known = {term.lower() for term in TERMS}
    assert [term for term in terms if term.lower() not in known] == []


def test_terms_are_read_from_a_script():
    script = "# text\n#\n# **Terms:** logits, one-hot (a row\n# of zeros), Wilson's interval.\n#\n# **Next:** more.\n"
    assert terms_of(script) == ["logits", "one-hot", "Wilson's interval"]


def test_each_term_stands_once_and_in_order():
    lower = [term.lower() for term in TERMS]
    assert sorted(set(lower)) == sorted(lower)
    heads = [entry[0].lower() for entry in ENTRIES]
    assert heads == sorted(heads)


def test_each_entry_says_where_it_is_taught_or_that_it_is_not():
    for entry in ENTRIES:
        text = " ".join(entry).lower()
        assert ("(chapters/" in text) != ("not used in a chapter" in text), entry[0]
