"""The minute plans for lecturers, docs/lecturers.md, add up to what their titles say."""

import re
from pathlib import Path

from kdlib.widgets.standalone import ADDRESS

PAGE = (Path(__file__).resolve().parent.parent / "docs" / "lecturers.md").read_text(encoding="utf-8")
PLANS = {title: text for title, text in re.findall(r"^### (.+?)$(.+?)(?=^##)", PAGE, re.MULTILINE | re.DOTALL)}


def minutes(title):
    return sum(map(int, re.findall(r"^\| (\d+) \|", PLANS[title], re.MULTILINE)))


def test_the_plans_add_up_to_what_their_titles_say():
    timed = {title: int(title.partition(" minutes: ")[0]) for title in PLANS if " minutes: " in title}
    assert len(timed) == 3
    assert {title: minutes(title) for title in timed} == timed


def test_the_plan_of_the_whole_course_holds_every_chapter_in_order():
    (title,) = (title for title in PLANS if title.endswith(": the whole course"))
    chapters = sorted((Path(__file__).resolve().parent.parent / "notebooks/source").glob("*.py"))
    assert re.findall(r"\{measured\}`(\w+)`", PLANS[title]) == [path.stem.partition("_")[2] for path in chapters]


def test_every_setting_that_an_address_may_carry_is_named():
    rows = dict(re.findall(r"^\| `#(\w+)` \| (.+?) \|", PAGE, re.MULTILINE))
    assert {kind: re.findall(r"`(\w+)`", words) for kind, words in rows.items()} == {
        kind: list(names) for kind, names in ADDRESS.items()
    }


def test_the_bets_and_exercises_of_the_whole_course_exist_and_fit_into_their_minutes():
    (title,) = (title for title in PLANS if title.endswith(": the whole course"))
    rows = re.findall(r"^\| (\d+) \| .*?(\d+) bets, (\d+) exercises?.*\{measured\}`(\w+)`", PLANS[title], re.MULTILINE)
    assert len(rows) >= 7
    for minutes, bets, exercises, chapter in rows:
        (source,) = (Path(__file__).resolve().parent.parent / "notebooks/source").glob(f"[0-9][0-9]_{chapter}.py")
        cells = source.read_text(encoding="utf-8")
        assert int(bets) <= cells.count('tags=["bet"]') and int(exercises) <= cells.count('tags=["exercise"]'), chapter
        assert 3 * int(bets) + 7 * int(exercises) <= int(minutes), chapter
