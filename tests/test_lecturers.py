"""The minute plans for lecturers, docs/lecturers.md, add up to what their titles say."""

import re
from pathlib import Path

from kdlib.widgets.standalone import ADDRESS

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "lecturers.md").read_text(encoding="utf-8")
PLANS = {title: text for title, text in re.findall(r"^### (.+?)$(.+?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)}


def minutes(title):
    return sum(map(int, re.findall(r"^\| (\d+) \|", PLANS[title], re.MULTILINE)))


def test_the_plans_add_up():
    timed = {title: int(title.split()[0]) for title in PLANS if " minutes: " in title}
    assert len(timed) == 2
    assert {title: minutes(title) for title in timed} == timed


def test_half_a_day_is_four_hours_and_holds_every_chapter():
    (title,) = (title for title in PLANS if title.startswith("Half a day"))
    assert minutes(title) == 4 * 60
    chapters = sorted(path.stem for path in (Path(__file__).resolve().parent.parent / "notebooks/source").glob("*.py"))
    assert re.findall(r"\{measured\}`(\w+)`", PLANS[title]) == chapters


def test_every_setting_that_an_address_may_carry_is_named():
    rows = dict(re.findall(r"^\| `#(\w+)` \| (.+?) \|", PAGE, re.MULTILINE))
    assert {kind: re.findall(r"`(\w+)`", words) for kind, words in rows.items()} == {
        kind: list(names) for kind, names in ADDRESS.items()
    }
