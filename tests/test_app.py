"""The app is made of the executed playground alone: every experiment with its question, its widgets and its answer."""

import re
from html.parser import HTMLParser

import pytest

from tools.app.screens import screens, write
from tools.notebooks import NOTEBOOKS

PLAYGROUND = NOTEBOOKS / "12_playground.ipynb"


@pytest.fixture(scope="module")
def found():
    return screens(PLAYGROUND)


def test_every_experiment_has_a_question_a_widget_and_what_should_be_seen(found):
    notes, all_screens = found
    assert "Every experiment has the same order" in notes
    numbers = [int(title) for title in re.findall(r"^(\d)\.", "\n".join(one.title for one in all_screens), re.M)]
    assert sorted(set(numbers)) == [1, 2, 3, 4, 5] and numbers == sorted(numbers)
    for one in all_screens:
        assert "<strong>" in one.question and "data-kd-state" in one.widgets and len(one.seen) == 1, one.title
        assert "<details" not in one.question


def test_hands_are_shown_for_the_answers_that_the_chapter_names(found):
    named = {one.title[0]: one.answers for one in found[1] if one.answers}
    assert named["4"] == ["20", "50", "200"] and set(named) == set("12345")
    labs = [one for one in found[1] if 'data-kd-explorer="lab"' in one.widgets]
    assert all(len(one.answers) >= 2 for one in labs)


def test_every_lab_has_its_steps(found):
    labs = [one.widgets for one in found[1] if 'data-kd-explorer="lab"' in one.widgets]
    assert len(labs) == 5 and all("1. " in html and "3. " in html for html in labs)


def test_the_page_is_one_file_that_asks_for_nothing(tmp_path):
    write(PLAYGROUND, tmp_path / "app.html")
    text = (tmp_path / "app.html").read_text(encoding="utf-8")
    loads, parser = [], HTMLParser()

    def note(tag, attributes):
        loads.extend(value for name, value in attributes if name in ("src", "href") and not value.startswith("#"))

    parser.handle_starttag = note
    parser.feed(text)
    assert loads == [] and not re.search(
        r"\{(style|notes|tiles|screens|script)\}", re.sub(r"<script>.*", "", text, flags=re.DOTALL)
    )
    assert "import " not in re.sub(r"<script>.*</script>", "", text, flags=re.DOTALL)


def test_the_screen_in_which_digits_are_drawn_comes_last(tmp_path):
    write(PLAYGROUND, tmp_path / "app.html", drawn=NOTEBOOKS / "09_shipping.ipynb")
    text = (tmp_path / "app.html").read_text(encoding="utf-8")
    shown = re.findall(r'<section class="kd-screen" id="screen-(\d+)".*?data-kd-explorer="(\w+)"', text, re.DOTALL)
    assert shown[-1] == (str(len(screens(PLAYGROUND)[1]) + 1), "digit") and len(shown) == int(shown[-1][0])
