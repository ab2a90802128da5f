"""The best speaker with one word of memory: exact in Python, the same in the browser's language, and drawn as it is."""

import itertools
import json

import pytest
import torch

pytest.importorskip("anywidget")

from kdlib import sentences
from kdlib.best_speaker import best_speaker, judge, log_next_words
from kdlib.widgets import WordsExplorer
from kdlib.worlds import words
from tests.support.node import PAGE, call

SPEAKER, VIEW = PAGE / "speaker.js", PAGE.parent / "explorers" / "words.js"
DIALS = (0.0, 0.3, 0.55, 1.0)
LANGUAGE = words.languages(1, seed=101)
TABLES = {"first": LANGUAGE.first[0].tolist(), "chains": LANGUAGE.chains[0].tolist()}
LOG_TRUTH = LANGUAGE.next_words().log()


def equal(found, expected, atol=1e-9):
    found, expected = (torch.as_tensor(numbers, dtype=torch.float64) for numbers in (found, expected))
    torch.testing.assert_close(found, expected, rtol=0, atol=atol)


@pytest.mark.parametrize("dial", DIALS)
def test_judging_is_counting_all_sentences(dial):
    z = torch.randn(2, 6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(1), requires_grad=True)
    told = words.log_probs_of_sentences(LOG_TRUTH)
    said = words.log_probs_of_sentences(torch.cat([log_next_words(one) for one in z]))
    forward, reverse = sentences.divergence(told, said), sentences.divergence(said, told)
    (gradient,) = torch.autograd.grad(((1 - dial) * forward + dial * reverse).sum(), z)
    found = judge(z, LANGUAGE, dial)
    equal(found.forward, forward, 1e-11)
    equal(found.reverse, reverse, 1e-11)
    equal(found.gradient, gradient, 1e-10)


@pytest.mark.parametrize("dial", DIALS)
def test_nobody_with_one_word_of_memory_does_better(dial):
    best = best_speaker(LANGUAGE, dial)[None]
    found = judge(best, LANGUAGE, dial)
    assert found.gradient.abs().max() < 1e-12
    lowest = ((1 - dial) * found.forward + dial * found.reverse).item()
    z = 3 * torch.randn(12, 6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    for _ in range(600):
        other = judge(z, LANGUAGE, dial)
        z = (z - 0.5 * other.gradient / other.scale.clamp(min=1e-12)).log_softmax(-1)
    values = (1 - dial) * other.forward + dial * other.reverse
    assert values.min() > lowest - 1e-9 and abs(values.min() - lowest) < 1e-6


def test_the_forward_end_is_what_soft_targets_lead_to():
    remembers = words.memory(1)
    told = words.log_probs_of_beginnings(LOG_TRUTH).exp()[0, :, None] * LOG_TRUTH[0].exp()
    means = torch.zeros(6, 5, dtype=torch.float64).index_add(0, remembers, told)
    equal(log_next_words(best_speaker(LANGUAGE, 0.0))[0], (means / means.sum(-1, keepdim=True)).log()[remembers])


def test_a_dial_beyond_its_ends_is_refused():
    with pytest.raises(ValueError, match=r"dial is 1.5; expected a number from 0 \(forward\) to 1 \(reverse\)"):
        best_speaker(LANGUAGE, 1.5)


def test_the_browser_finds_the_same_speaker():
    found = call(SPEAKER, [["bestSpeaker", TABLES, dial] for dial in DIALS])
    for dial, one in zip(DIALS, found, strict=True):
        z = best_speaker(LANGUAGE, dial)
        here = judge(z[None], LANGUAGE, dial)
        equal([one["forward"], one["reverse"]], torch.cat([here.forward, here.reverse]))
        equal(torch.tensor(one["z"], dtype=torch.float64).exp(), z.exp())


def test_the_browser_counts_the_same_sentences():
    z = best_speaker(LANGUAGE, 0.55)
    p, q = (list(one.values()) for one in call(SPEAKER, [["spokenBy", z.tolist()], ["truthOf", TABLES]]))
    student, truth = log_next_words(z), LOG_TRUTH
    equal(p, words.log_probs_of_sentences(student)[0].exp(), 1e-13)
    equal(q, words.log_probs_of_sentences(truth)[0].exp(), 1e-13)
    scored, masses = call(SPEAKER, [["scores", p, q], ["massByRank", [q, p], q]])
    expected = sentences.scores(student, truth)
    equal([scored[name] for name in ("precision", "recall", "rarer")],
          torch.cat([expected[name] for name in ("precision", "recall", "rarer season")]))  # fmt: skip
    drawn = WordsExplorer(seed=100, language=1, dial=0.55).picture().axes
    for ax, season in zip(drawn, masses, strict=True):
        for line, mass in zip(ax.lines, season, strict=True):
            equal(list(mass.values()), torch.tensor(line.get_ydata()))


def test_a_sentence_is_drawn_word_by_word():
    z = best_speaker(LANGUAGE, 0.0)
    first = z[5].softmax(-1).cumsum(0)
    luck = [first[1].item() + 1e-6, *[0.0] * 5]
    (said,) = call(SPEAKER, [["speak", z.tolist(), luck]])
    assert said["words"] == "rain sun sun sun sun sun" and words.text(said["number"]) == said["words"]
    (last,) = call(SPEAKER, [["speak", z.tolist(), [1.0] * 6]])
    assert last["words"] == "snow snow snow snow snow snow"


def test_the_explorer_says_what_the_browser_says():
    shown = WordsExplorer(seed=100, language=1, dial=1.0)
    scored = {name: value.item() for name, value in shown.scores().items()}
    now = {"precision": scored["precision"], "recall": scored["recall"], "rarer": scored["rarer season"],
           "forward": scored["forward KL"], "reverse": scored["reverse KL"]}  # fmt: skip
    (said,) = call(VIEW, [["sentence", 1, now]])
    assert said.startswith("Dial 1.00: 97% of what the student says is typical") and "reverse KL 0.68 nats" in said
    assert repr(shown).startswith("WordsExplorer(language 2, dial 1.00: precision 97.2%, recall 48.2%")


def test_the_dial_trades_recall_for_precision():
    for language in (1, 2):
        found = [WordsExplorer(language=language, dial=dial).scores() for dial in (0.0, 0.25, 0.5, 0.75, 1.0)]
        assert all(a["precision"] < b["precision"] for a, b in itertools.pairwise(found))
        assert found[0]["recall"] - found[-1]["recall"] > 0.3


def test_the_page_without_a_kernel_has_all_that_the_module_reads():
    shown = WordsExplorer(dial=0.5)
    state = json.loads(json.dumps(shown.get_state()))
    assert state["_esm"].count("export default") == 1 and "\nimport " not in state["_esm"]
    assert shown.saved() == {"classes": state["classes"], "languages": state["languages"], "dial": 0.5, "language": 1}
    assert len(state["languages"]) == 8 and state["languages"][1] == TABLES
    assert len(json.dumps(shown.saved())) < 15_000
    assert shown._repr_mimebundle_()[0]["text/plain"] == repr(shown)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dial": 1.2}, "dial is 1.2; expected a number from 0 to 1"),
        ({"language": 8}, "language is 8; expected a whole number from 0 to 7"),
        ({"beta": 1}, "WordsExplorer has no setting 'beta'; it has dial, language"),
    ],
)
def test_a_setting_that_cannot_be_drawn_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        WordsExplorer(**settings)


def test_the_season_goes_bit_by_bit_and_the_divergences_only_one_way():
    dials = torch.linspace(0, 1, 11).tolist()
    shares = []
    for seed in range(100, 108):
        language = words.languages(1, seed)
        speakers = [best_speaker(language, dial) for dial in dials]
        found = [judge(z[None], language, 0.0) for z in speakers]
        assert all(
            a.forward <= b.forward + 1e-9 and a.reverse >= b.reverse - 1e-9 for a, b in itertools.pairwise(found)
        )
        said = torch.cat([log_next_words(z) for z in speakers])
        shares.append(sentences.rarer_season(words.log_probs_of_sentences(said)))
    shares = torch.stack(shares)
    assert shares.diff().abs().max() < 0.25 and (shares[:, -1] < 0.1).sum() >= 5 and shares[:, -1].max() > 0.4
