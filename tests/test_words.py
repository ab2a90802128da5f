"""The toy language and its exact quantities: counted once more by hand, by autograd, and by a million sentences."""

import itertools
import math

import pytest
import torch

import kdlib
from kdlib import sentences
from kdlib.word_pictures import ScoreTable, mass_by_rank, precision_against_recall
from kdlib.worlds import words
from kdlib.worlds.words import BEGINNINGS, LENGTH, SENTENCES, WORDS

FLOAT = torch.float64
LANGUAGES = words.languages(4, seed=7)
TRUTH = LANGUAGES.next_words()
LOG_TRUTH = TRUTH.log()


def forgetful(seed=0, remembers=1):
    """Log-probabilities of a random student that remembers the last word, [4, 3906, 5], and its logits."""
    kept = words.memory(remembers)
    z = torch.randn(4, int(kept.max()) + 1, 5, dtype=FLOAT, generator=torch.Generator().manual_seed(seed))
    return z, kept


def test_the_probability_of_a_sentence_is_the_product_along_it():
    log_p = words.log_probs_of_sentences(LOG_TRUTH)
    assert log_p.shape == (4, SENTENCES) and torch.allclose(log_p.exp().sum(-1), torch.ones(4, dtype=FLOAT), atol=1e-12)
    for s in (0, 1, 4321, SENTENCES - 1):
        spoken = words.words_of(torch.tensor(s)).tolist()
        season = int(spoken[0] >= words.SUMMER)
        expected = LANGUAGES.first[2, spoken[0]]
        for a, b in itertools.pairwise(spoken):
            expected = expected * LANGUAGES.chains[2, season, a, b]
        assert log_p[2, s].exp().item() == pytest.approx(expected.item(), rel=1e-12)


def test_half_of_each_language_is_summer():
    p = words.log_probs_of_sentences(LOG_TRUTH).exp()
    summer = words.is_summer(torch.arange(SENTENCES))
    assert torch.allclose(p[:, summer].sum(-1), torch.full((4,), 0.5, dtype=FLOAT), atol=1e-12)


def test_language_r_is_the_same_whatever_is_drawn_beside_it():
    assert torch.equal(words.languages(1, seed=9).next_words()[0], TRUTH[2])
    assert words.languages(2, 0, torch.float32).next_words().dtype == torch.float32


def test_sentences_beginnings_and_words_in_order():
    every = list(itertools.product(WORDS, repeat=LENGTH))
    assert len(every) == SENTENCES and words.text(12345) == " ".join(every[12345])
    table = [" ".join(b) for length in range(LENGTH) for b in itertools.product(WORDS, repeat=length)]
    assert len(table) == BEGINNINGS and all(words.beginning(said) == row for row, said in enumerate(table))
    rows = words.beginnings_of(torch.tensor([12345]))[0].tolist()
    assert [table[row] for row in rows] == [" ".join(every[12345][:k]) for k in range(LENGTH)]


def test_memories():
    table = [b for length in range(LENGTH) for b in itertools.product(range(5), repeat=length)]
    for kept, expected in ((1, 6), (2, 31), (5, BEGINNINGS)):
        left = words.memory(kept).tolist()
        assert set(left) == set(range(expected))
        assert len({(m, b[-kept:]) for m, b in zip(left, table, strict=True)}) == expected
    seasons = {
        (m, b[:1] >= (words.SUMMER,), b[-1:]) for m, b in zip(words.season_memory().tolist(), table, strict=True)
    }
    assert len(seasons) == 11
    rows = words.whole_beginnings().tolist()
    assert len({tuple(row) for row in rows}) == BEGINNINGS and rows[words.beginning("rain sun")][:10] == [
        0, 0, 1, 0, 0, 1, 0, 0, 0, 0,
    ]  # fmt: skip


def test_the_truth_needs_no_more_than_season_and_last_word():
    left, first = words.season_memory(), {}
    for row, memory in enumerate(left.tolist()):
        first.setdefault(memory, row)
    assert torch.equal(TRUTH, TRUTH[:, [first[memory] for memory in left.tolist()]])


def test_a_million_sentences_agree_with_the_exact_numbers():
    z, kept = forgetful()
    log_student = z.log_softmax(-1)[:, kept]
    log_p, log_s = (words.log_probs_of_sentences(table)[:1] for table in (LOG_TRUTH, log_student))
    for table, mine, other in ((TRUTH[:1], log_p, log_s), (log_student.exp()[:1], log_s, log_p)):
        said = words.sample_sentences(table, 1_000_000, seed=3)[0]
        for exact, values in (
            (sentences.divergence(mine, other), (mine - other)[0, said]),
            (sentences.precision(mine, other), sentences.typical(other)[0, said].double()),
            (mine[:, words.is_summer(torch.arange(SENTENCES))].exp().sum(-1), words.is_summer(said).double()),
        ):
            error = values.std() / len(said) ** 0.5
            assert abs(values.mean() - exact[0]) < 4 * error and error < 0.01


def test_sampling_is_by_seed():
    a, b = words.sample_sentences(TRUTH, 50, seed=1), words.sample_sentences(TRUTH[1:], 50, seed=2)
    assert torch.equal(a[1:], b) and a.shape == (4, 50) and not torch.equal(a[0], a[1])


def test_divergence_of_sentences_is_that_of_words_along_them():
    z, kept = forgetful()
    log_student = z.log_softmax(-1)[:, kept]
    log_p, log_s = (words.log_probs_of_sentences(table) for table in (LOG_TRUTH, log_student))
    forward = sentences.along_sentences(words.log_probs_of_beginnings(LOG_TRUTH), LOG_TRUTH, log_student)
    assert torch.allclose(forward, sentences.divergence(log_p, log_s), atol=1e-11)
    reverse = sentences.sentence_reverse_kl(log_student, LOG_TRUTH)
    assert torch.allclose(reverse, sentences.divergence(log_s, log_p), atol=1e-11)
    spoken = words.log_probs_of_beginnings(log_student)
    parts = sentences.by_position(sentences.word_divergence(log_student, LOG_TRUTH), spoken)
    assert parts.shape == (4, LENGTH) and torch.allclose(parts.sum(-1), reverse, atol=1e-11)


def log_derivative(z, kept):
    """The gradient of the sentence's reverse KL by hand: sum_s p(s) log(p(s) / q(s)) d log p(s) / dz."""
    table = z.log_softmax(-1)[:, kept]
    log_s, log_p = words.log_probs_of_sentences(table), words.log_probs_of_sentences(LOG_TRUTH)
    weight = log_s.exp() * (log_s - log_p)
    every = torch.arange(SENTENCES)
    rows, said = kept[words.beginnings_of(every)], words.words_of(every)
    gradient = torch.zeros_like(z)
    p = z.softmax(-1)
    for k in range(LENGTH):
        step = torch.nn.functional.one_hot(said[:, k], 5) - p[:, rows[:, k]]
        gradient.index_add_(1, rows[:, k], weight[..., None] * step)
    return gradient


def test_the_gradient_of_the_sequence_objective_three_times():
    z, kept = forgetful()
    z.requires_grad_()

    def value(z):
        return sentences.sentence_reverse_kl(z.log_softmax(-1)[:, kept], LOG_TRUTH)

    (gradient,) = torch.autograd.grad(value(z).sum(), z)
    assert torch.allclose(gradient, log_derivative(z.detach(), kept), rtol=0, atol=1e-10)
    h, at = 1e-3, z.detach()
    for entry in ((0, 0, 0), (1, 3, 2), (3, 5, 4)):
        step = torch.zeros_like(at)
        step[entry] = h
        ends = [value(at + k * step)[entry[0]] for k in (-3, -2, -1, 1, 2, 3)]
        sixth = sum(c * end for c, end in zip((-1, 9, -45, 45, -9, 1), ends, strict=True)) / (60 * h)
        assert abs(sixth - gradient[entry]) < 1e-10


def test_the_gradient_of_reverse_kl_by_finite_differences():
    draws = torch.Generator().manual_seed(5)
    z, v = torch.randn(2, 3, 5, dtype=FLOAT, generator=draws)
    reverse, h = kdlib.ReverseKL(2.0), 1e-3
    gradient = reverse.logit_gradient(z, teacher_logits=v)
    for entry in itertools.product(range(3), range(5)):
        step = torch.zeros_like(z)
        step[entry] = h
        ends = [reverse(z + k * step, teacher_logits=v) for k in (-3, -2, -1, 1, 2, 3)]
        sixth = sum(c * end for c, end in zip((-1, 9, -45, 45, -9, 1), ends, strict=True)) / (60 * h)
        assert abs(sixth - gradient[entry]) < 1e-10


def test_the_typical_set_is_the_smallest_that_holds_its_mass():
    log_p = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=FLOAT).log()
    assert sentences.typical(log_p, 0.79).tolist() == [True, True, False, False]
    assert sentences.typical(log_p, 0.81).tolist() == [True, True, True, False]
    same = words.log_probs_of_sentences(LOG_TRUTH)
    held = sentences.precision(same, same)
    assert torch.equal(held, sentences.recall(same, same)) and bool(((held >= 0.95) & (held < 0.96)).all())


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: words.languages(0, 1), "runs is 0; expected 1 or more languages"),
        (lambda: words.sample_sentences(TRUTH, 0, 1), "n is 0; expected 1 or more sentences"),
        (lambda: words.sample_sentences(TRUTH[0], 5, 1), r"next_words is \[3906, 5\]; expected \[runs, 3906, 5\]"),
        (lambda: words.log_probs_of_sentences(TRUTH[:, 1:]), r"next_words is \[4, 3905, 5\]; expected"),
        (lambda: words.text(SENTENCES), "sentence is 15625; expected 0 to 15624"),
        (lambda: words.beginning("sun hail"), "'hail' is no word of this language; expected sun, wind"),
        (lambda: words.beginning("sun " * 6), "has 6 words; expected fewer than 6"),
        (lambda: words.memory(6), "words is 6; expected 1 to 5"),
        (lambda: words.languages(1, 0.5), "seed is 0.5; expected a whole number"),
        (lambda: words.languages(1, 0, torch.int64), "dtype is torch.int64; expected torch.float32"),
        (lambda: words.sample_sentences(LOG_TRUTH, 5, 1), "next_words are no probabilities"),
        (lambda: words.sample_sentences(TRUTH / 2, 5, 1), "next_words are no probabilities"),
        (lambda: words.sample_sentences(TRUTH * math.nan, 5, 1), "next_words are no probabilities"),
        (lambda: words.sample_sentences(TRUTH, 5, 0.5), "seed is 0.5; expected a whole number"),
        (lambda: words.text(2.5), "sentence is 2.5; expected a whole number"),
        (lambda: sentences.typical(LOG_TRUTH, 1.0), "mass is 1.0; expected a share between 0 and 1"),
    ],
)
def test_bad_input_gets_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_the_formula_sheet_on_sentences():
    """Its sum along beginnings and its gradient are the two tests above; on-policy training leaves one part out."""
    z, kept = forgetful()
    z.requires_grad_()
    log_student = z.log_softmax(-1)[:, kept]
    given = words.log_probs_of_beginnings(log_student).detach()
    word_by_word = sentences.along_sentences(given, log_student, LOG_TRUTH)
    whole = sentences.sentence_reverse_kl(log_student, LOG_TRUTH)
    assert torch.allclose(word_by_word, whole, rtol=0, atol=1e-12)
    a, b = (torch.autograd.grad(value.sum(), z, retain_graph=True)[0] for value in (word_by_word, whole))
    assert (a - b).abs().max() > 0.1
    rows = sentences.by_position(torch.ones(4, BEGINNINGS, dtype=FLOAT), given)
    assert torch.allclose(rows, torch.ones(4, LENGTH, dtype=FLOAT), atol=1e-12)


def test_the_table_of_scores():
    at_random = torch.full_like(LOG_TRUTH, 0.2).log()
    speakers = {"truth": LOG_TRUTH, "mute & dumb": at_random}
    table = ScoreTable({name: sentences.scores(one, LOG_TRUTH) for name, one in speakers.items()})
    lines = repr(table).splitlines()
    assert lines[0].split("  ")[0] == "" and "forward KL (nats)" in lines[0] and "rarer season" in lines[0]
    assert lines[1].startswith("truth") and "0.000 [0.000, 0.000]" in lines[1] and "50.0% [50.0, 50.0]" in lines[1]
    assert "40.0% [40.0, 40.0]" in lines[2] and "mute &amp; dumb" in table._repr_html_()


def test_the_mass_by_rank_adds_up_to_what_a_speaker_says_of_each_season():
    log_p = words.log_probs_of_sentences(LOG_TRUTH)[0]
    flat = torch.full_like(log_p, 1 / SENTENCES).log()
    picture = mass_by_rank({"flat": flat}, log_p, "title", "alt text of some length")
    ends = [[line.get_ydata()[-1] for line in ax.lines] for ax in picture.axes]
    assert ends == [pytest.approx([0.5, 0.4]), pytest.approx([0.5, 0.6])]
    rises = picture.axes[0].lines[0].get_ydata()
    assert (torch.as_tensor(rises).diff().diff() <= 1e-12).all()


def test_precision_against_recall_shows_every_language_and_their_mean():
    a, b = torch.tensor([0.2, 0.4]), torch.tensor([0.9, 0.7])
    ax = precision_against_recall({"somebody": (a, b)}, "title", "alt text of some length").axes
    assert ax.lines[0].get_xdata().tolist() == a.tolist() and ax.lines[0].get_ydata().tolist() == b.tolist()
    mean = ax.lines[3]
    assert mean.get_label() == "somebody" and [*mean.get_xdata(), *mean.get_ydata()] == pytest.approx([0.3, 0.8])


def test_who_says_the_likeliest_word_alone_has_divergences():
    greedy = torch.nn.functional.one_hot(TRUTH.argmax(-1), len(WORDS)).to(TRUTH).log()
    scored = sentences.scores(greedy, LOG_TRUTH)
    said = words.log_probs_of_sentences(greedy).argmax(-1, keepdim=True)
    expected = -words.log_probs_of_sentences(LOG_TRUTH).gather(-1, said)[:, 0]  # it says one sentence
    torch.testing.assert_close(scored["reverse KL"], expected)
    torch.testing.assert_close(sentences.sentence_reverse_kl(greedy, LOG_TRUTH), expected)
    assert (scored["forward KL"] == math.inf).all()
