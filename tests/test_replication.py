"""The claims in other draws: how they are collected, shown, and held against the chapters."""

from dataclasses import replace
from xml.etree import ElementTree

import nbformat
import pytest

pytest.importorskip("sphinx")

from docs._ext import show_replication
from kdlib.claims import SAME_ACCURACY, Claim
from kdlib.intervals import Estimate
from tools import notebooks, replicate

CHAPTER = """# %% [markdown]
# # A tiny chapter
# *Reading: . Running: .*

# %%
from kdlib import draws
from kdlib.claims import SAME_ACCURACY, claim
claim("Only draw 0 has teachers from seed 0.", [1.0 - draws.teachers, 1.1 - draws.teachers], unit="")

# %%
claim("Alike.", [0.0001, -0.0001], within=SAME_ACCURACY)

# %% tags=["rehearsal"]
1 / 0
"""
HOLDS = Claim("Alike.", Estimate(0.0, -0.004, 0.004, 32), *SAME_ACCURACY)
FAILS = Claim("Alike.", Estimate(0.007, 0.003, 0.011, 32), *SAME_ACCURACY)


def executed(folder, script=CHAPTER):
    (folder / "source").mkdir()
    (folder / "source" / "tiny.py").write_text(script, encoding="utf-8")
    notebooks.sync("tiny", folder)
    return folder


def test_a_chapter_runs_in_other_draws_without_stopping_at_a_claim_that_fails(tmp_path):
    ((name, entries, problems),) = replicate.replicate(["tiny"], range(2), executed(tmp_path))
    assert (name, problems) == ("tiny", [])
    first, second = entries
    assert first["sentence"] == "Only draw 0 has teachers from seed 0." and first["high"] is None
    assert [mean for mean, *_ in first["estimates"].values()] == pytest.approx([1.05, -8.95])
    assert second["margin"] == "accuracy" and second["estimates"]["0"] == second["estimates"]["1"]
    assert [*replicate.report("tiny", replicate.claims_of(entries))] == [
        "tiny: 1 of 2 claims hold in every draw",
        "  draw 1: Only draw 0 has teachers from seed 0.\n"
        "  -8.9, 95% interval [-9.6, -8.3] over 2 draws; needed: above 0: does not hold",
    ]


def test_a_cell_that_fails_for_another_reason_is_told(tmp_path):
    script = CHAPTER.replace("from kdlib import draws", "from kdlib import draws\nassert draws.DRAW == 0, 'only here'")
    ((_, _, (problem,)),) = replicate.replicate(["tiny"], range(2), executed(tmp_path, script))
    assert problem == "tiny in draw 1: AssertionError: only here (cell: from kdlib import draws)"


def test_draws_that_claim_something_else_are_told():
    other = Claim("Not alike.", *[getattr(HOLDS, name) for name in ("estimate", "low", "high", "margin")])
    with pytest.raises(replicate.ReplicationError, match=r"tiny: draw 1 claims .* than draw 0: \['Alike.', 'Not alike"):
        replicate.side_by_side("tiny", {0: [HOLDS], 1: [other]})


def test_what_is_kept_is_what_was_claimed(tmp_path, monkeypatch):
    monkeypatch.setattr(replicate, "names", lambda: ["one", "two"])
    above = Claim("Better.", Estimate(0.5, 0.4, 0.6, 32), 0.0, float("inf"), unit="nats", over="students")
    quick = replace(above, unit="times", timed=True)
    file = tmp_path / "kept.json"
    file.write_text('{"gone": [1]}')
    replicate.store("two", replicate.side_by_side("two", {0: [HOLDS, above], 1: [FAILS, above]}), file)
    replicate.store("one", replicate.side_by_side("one", {0: [quick]}), file)
    assert replicate.kept(file) == {"one": [{0: quick}], "two": [{0: HOLDS, 1: FAILS}, {0: above, 1: above}]}
    assert "Infinity" not in file.read_text()


# ---- what is stored -------------------------------------------------------------------------------------------------


def claims_shown(name):
    """What the claims of a chapter say in its stored outputs."""
    cells = nbformat.read(notebooks.NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    shown = [output.data for cell in cells for output in cell.get("outputs", []) if "data" in output]
    return [data["text/plain"] for data in shown if 'class="kd-claim"' in data.get("text/html", "")]


@pytest.mark.parametrize("name", notebooks.names())
def test_the_stored_claims_are_those_of_the_chapter_sentence_by_sentence(name):
    """Draw 0 is the chapter's own: same sentences, same numbers. After a change of a claim: make replicate."""
    stored = "\n".join(str(by_draw[0]) for by_draw in replicate.kept().get(name, []))
    assert stored.splitlines() == "\n".join(claims_shown(name)).splitlines()


@pytest.mark.parametrize("name", notebooks.names())
def test_every_claim_holds_in_every_draw_or_says_that_it_is_about_this_one(name):
    for by_draw in replicate.kept()[name]:
        assert sorted(by_draw) == [0, 1, 2, 3]
        sentence = by_draw[0].sentence
        assert all(claim.holds for claim in by_draw.values()) or "this draw" in sentence, sentence


# ---- the page -------------------------------------------------------------------------------------------------------


def test_the_picture_has_a_line_for_each_draw_its_bounds_and_words():
    svg = ElementTree.fromstring(show_replication.picture({0: HOLDS, 1: FAILS}))
    bounds = [line for line in svg.iter("line") if line.get("class") == "bound"]
    marks = {group.get("class"): [child.tag for child in group] for group in svg.iter("g")}
    assert marks == {"holds": ["line", "circle"], "fails": ["line", "path"]}
    texts = [text.text for text in svg.iter("text")]
    assert texts == ["-1", "1", "points", "draw 0", "draw 1"] and len(bounds) == 2
    # -0.4 and 0.4 points lie at 30% and 70% of the way between the bounds.
    low, high = (float(bound.get("x1")) for bound in bounds)
    interval = next(group for group in svg.iter("g") if group.get("class") == "holds").find("line")
    ends = [(float(interval.get(end)) - low) / (high - low) for end in ("x1", "x2")]
    assert ends == pytest.approx([0.3, 0.7], abs=0.01)
    assert svg.get("aria-label").startswith("draw 0: +0.00 points, 95% interval [-0.40, 0.40] over 32 draws; draw 1: ")


def test_the_page_gives_the_numbers_of_times_that_a_chapter_does_not_show():
    quick = replace(HOLDS, timed=True)
    assert "timed anew" in str(quick) and HOLDS.measured in show_replication.picture({0: quick})


def test_beside_a_single_bound_the_far_end_is_a_number_too():
    above = Claim("More.", Estimate(0.02, 0.015, 0.025, 32), 0.0, float("inf"))
    texts = [text.text for text in ElementTree.fromstring(show_replication.picture({0: above})).iter("text")]
    assert texts == ["0", "2.5", "points", "draw 0"]


def test_the_table_says_in_how_many_draws_a_claim_holds():
    shown = show_replication.table([{0: HOLDS, 1: FAILS, 2: HOLDS, 3: HOLDS}])
    assert "<p>Alike.</p>" in shown and "<td>3 of 4</td>" in shown
    assert "mean of 32 draws; needed: within ±1 point, the margin of accuracy" in shown


def test_luck_is_counted():
    chapters = {"one": [{0: HOLDS, 1: HOLDS}] * 40, "two": [{0: HOLDS, 1: FAILS}] * 20}
    words = show_replication.count(chapters)
    assert "The chapters below make 60 claims; 40 hold in all of draws 0 to 1." in words
    assert "Of 60 such sentences 1.5 would hold in one draw, and 0.04 in all 2." in words
