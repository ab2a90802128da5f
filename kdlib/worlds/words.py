"""A language of five words, small enough that everything said in it can be counted. Taught in chapter 11.

A sentence is a diary of six days' weather, such as "sun wind sun rain sun sun". Its first word decides whether it is a
summer or a winter, and each season goes on by a chain of its own: the next word depends on the season and the last
word. Both use the same five words, so whoever has forgotten the first word cannot know how to go on.

A sentence is a whole number, its words read as digits to the base five: there are 15,625. A **beginning** is what was
said before a word: nothing, or the first one to five words; there are 3,906, and they come in order of length, then of
their number. Whoever speaks (the truth, a teacher, a student) is a table of next words, [..., 3906, 5].
"""

import functools
import itertools
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from kdlib.arguments import are_probabilities, check_floating, whole_number

WORDS = ("sun", "wind", "rain", "fog", "snow")
SEASONS = ("summer", "winter")
LENGTH = 6
SUMMER = 2  # so many words, the first ones, begin a summer; the others begin a winter
CONTRAST = 2.0  # standard deviation of the logits that a language is drawn from
V = len(WORDS)
SENTENCES = V**LENGTH
_STARTS = [(V**length - 1) // (V - 1) for length in range(LENGTH + 1)]  # the first beginning of each length
BEGINNINGS = _STARTS[-1]


class Languages(NamedTuple):
    """Languages [runs]: how their sentences begin [runs, 5] and go on, [runs, 2, 5, 5] by season and last word.

    Not used in a chapter by its name: `languages` draws them.
    """

    first: Tensor
    chains: Tensor

    def next_words(self) -> Tensor:
        """The true probability of every next word after every beginning, [runs, 3906, 5]."""
        season, last = _season_and_last()
        after = self.chains[:, season, last]
        return torch.cat([self.first[:, None], after], 1)


def languages(runs: int, seed: int, dtype: torch.dtype = torch.float64) -> Languages:
    """Draw ``runs`` languages, language r from ``seed + r``; half of each one's sentences are summers.

    Every row of probabilities is the softmax of `CONTRAST` times normal numbers, so no sentence is impossible.
    Raises `ValueError` for ``runs`` below 1, a seed below 0 and a dtype of whole numbers. Chapter 11.
    """
    runs, seed = whole_number(runs, "runs", 1, what=" languages"), whole_number(seed, "seed", 0)
    check_floating(dtype)
    normal = torch.stack([
        torch.randn(1 + 2 * V, V, dtype=torch.float64, generator=torch.Generator().manual_seed(seed + r))
        for r in range(runs)
    ])  # fmt: skip
    first = CONTRAST * normal[:, 0]
    by_season = [part.softmax(-1) / 2 for part in first.split((SUMMER, V - SUMMER), -1)]
    chains = (CONTRAST * normal[:, 1:]).softmax(-1).unflatten(1, (2, V))
    return Languages(torch.cat(by_season, -1).to(dtype), chains.to(dtype))


def log_probs_of_sentences(next_words: Tensor) -> Tensor:
    """log P of all sentences, [..., 15625], from the *log*-probabilities of next words [..., 3906, 5].

    The chain rule: the sum of the logarithms of its words, each after its beginning. Chapter 11.
    """
    said = _log_probs_by_length(next_words)
    return said[-1]


def log_probs_of_beginnings(next_words: Tensor) -> Tensor:
    """log P of all beginnings, [..., 3906], from the log-probabilities of next words [..., 3906, 5]. Chapter 11."""
    return torch.cat(_log_probs_by_length(next_words)[:-1], -1)


def _log_probs_by_length(next_words):
    if next_words.shape[-2:] != (BEGINNINGS, V):
        raise ValueError(f"next_words is {list(next_words.shape)}; expected [..., {BEGINNINGS}, {V}]")
    said = [torch.zeros_like(next_words[..., :1, 0])]
    for start, end in itertools.pairwise(_STARTS):
        said.append((said[-1].unsqueeze(-1) + next_words[..., start:end, :]).flatten(-2))
    return said


def sample_sentences(next_words: Tensor, n: int, seed: int) -> Tensor:
    """Let everybody say ``n`` sentences: probabilities of next words [runs, 3906, 5] -> sentences [runs, n].

    Run r draws from ``seed + r``, six uniform numbers a sentence. Raises `ValueError` for ``n`` below 1, a seed below
    0, and for what is no probabilities, such as their logarithms. Chapter 11.
    """
    n, seed = whole_number(n, "n", 1, what=" sentences"), whole_number(seed, "seed", 0)
    if next_words.shape[-2:] != (BEGINNINGS, V) or next_words.dim() != 3:
        raise ValueError(f"next_words is {list(next_words.shape)}; expected [runs, {BEGINNINGS}, {V}]")
    if not are_probabilities(next_words, 1e-3):
        raise ValueError("next_words are no probabilities; expected rows that sum to 1, as log_probs.exp() has them")
    luck = torch.stack([
        torch.rand(n, LENGTH, dtype=torch.float64, generator=torch.Generator().manual_seed(seed + r))
        for r in range(len(next_words))
    ])  # fmt: skip
    run, said = torch.arange(len(next_words))[:, None], torch.zeros(len(next_words), n, dtype=torch.long)
    below = next_words.detach().double().cumsum(-1)[..., :-1]
    for length in range(LENGTH):
        word = (luck[..., length, None] > below[run, _STARTS[length] + said]).sum(-1)
        said = said * V + word
    return said


def words_of(sentences: Tensor) -> Tensor:
    """The words of sentences as indices into `WORDS`: [...] -> [..., 6]. Chapter 11."""
    powers = torch.tensor([V**k for k in reversed(range(LENGTH))])
    return sentences.unsqueeze(-1) // powers % V


def beginnings_of(sentences: Tensor) -> Tensor:
    """What was said before each of a sentence's words, as rows of a table of next words, [...] -> [..., 6].

    Chapter 11.
    """
    powers = torch.tensor([V**k for k in range(LENGTH, 0, -1)])
    return sentences.unsqueeze(-1) // powers + torch.tensor(_STARTS[:-1])


def text(sentence: int) -> str:
    """A sentence in words. Raises `ValueError` for a number that is none. Chapter 11."""
    sentence = whole_number(sentence, "sentence", 0, SENTENCES - 1)
    return " ".join(WORDS[word] for word in words_of(torch.tensor(sentence)).tolist())


def beginning(said: str) -> int:
    """The row of a table of next words that belongs to what was ``said``, such as "" or "sun rain". Chapter 11.

    Raises `ValueError` for words that the language does not have, and for more than five.
    """
    words = said.split()
    if unknown := [word for word in words if word not in WORDS]:
        raise ValueError(f"{unknown[0]!r} is no word of this language; expected {', '.join(WORDS)}")
    if len(words) >= LENGTH:
        raise ValueError(f"{said!r} has {len(words)} words; expected fewer than {LENGTH}: a word comes after it")
    return _STARTS[len(words)] + functools.reduce(lambda number, word: number * V + WORDS.index(word), words, 0)


def memory(words: int) -> Tensor:
    """What is left of every beginning for whoever remembers its last ``words`` words, as indices [3906] from 0 on.

    One word leaves 6 memories (nothing was said, or one of five words), two leave 31, five leave every beginning.
    Raises `ValueError` for other than 1 to 5 words. Chapter 11.
    """
    words = whole_number(words, "words", 1, LENGTH - 1)
    parts = []
    for length in range(LENGTH):
        kept = min(length, words)
        parts.append(_STARTS[kept] + torch.arange(V**length) % V**kept)
    return torch.cat(parts)


def season_memory() -> Tensor:
    """The same for whoever remembers the season and the last word: 11 memories, all that the truth needs.

    Chapter 11.
    """
    season, last = _season_and_last()
    return torch.cat([torch.zeros(1, dtype=torch.long), 1 + season * V + last])


def whole_beginnings(dtype: torch.dtype = torch.float64) -> Tensor:
    """Every beginning as a network sees it that forgets nothing: five words one-hot, zeros where none is, [3906, 25].

    Chapter 11.
    """
    rows = torch.zeros(BEGINNINGS, LENGTH - 1, V, dtype=dtype)
    for length in range(1, LENGTH):
        powers = torch.tensor([V**k for k in reversed(range(length))])
        words = torch.arange(V**length)[:, None] // powers % V
        rows[_STARTS[length] : _STARTS[length + 1], :length] = F.one_hot(words, V).to(dtype)
    return rows.flatten(1)


def is_summer(sentences: Tensor) -> Tensor:
    """Whether sentences begin as summers do: [...] -> [...] bool. Not used in a chapter by its name."""
    return sentences // V ** (LENGTH - 1) < SUMMER


def _season_and_last() -> tuple[Tensor, Tensor]:
    """Season and last word of every beginning but the empty one, [3905] each."""
    seasons, lasts = [], []
    for length in range(1, LENGTH):
        number = torch.arange(V**length)
        seasons.append((number // V ** (length - 1) >= SUMMER).long())
        lasts.append(number % V)
    return torch.cat(seasons), torch.cat(lasts)
