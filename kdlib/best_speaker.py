"""The best a speaker can do that remembers one word, from the forward to the reverse KL of whole sentences. Chapter 11.

No sentence is drawn and none is counted: how often each season stands at each word, and what it still costs to go on
from there, are two sums that run along the sentence, one forwards and one backwards. `page/speaker.js` is the same in
the browser.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from kdlib.worlds.words import LENGTH, SUMMER, Languages, V, memory

STEPS, STILL = 300, 1e-14  # enough for every dial; nothing moves but rounding
_SEASON = torch.tensor([int(word >= SUMMER) for word in range(V)])


class Judged(NamedTuple):
    """What `judge` found. Not used in a chapter by its name."""

    forward: Tensor
    reverse: Tensor
    gradient: Tensor
    scale: Tensor


def judge(z: Tensor, language: Languages, dial: float) -> Judged:
    """Both divergences of whole sentences, and d/dz of (1 - dial) forward + dial reverse, exactly.

    ``z`` [speakers, 6, 5] are logits of the next word after each of the five words, and in the last row those of the
    first word; ``language`` is one of `languages(1, seed)`. ``scale``, like ``gradient``, is what the gradient
    is divided by for a step: how often a row counts, times how often a word comes after it.
    Not used in a chapter by its name.
    """
    log_p, p = z.log_softmax(-1), z.softmax(-1)
    first, chains = language.first[0].log(), language.chains[0].log()
    costs = log_p[:, None, :V] - chains  # [speakers, 2, 5, 5]: season, last word, next word
    ahead, step = torch.zeros_like(costs[..., 0]), []
    for _ in range(LENGTH - 1):
        step.insert(0, costs + ahead.unsqueeze(-2))
        ahead = (p[:, None, :V] * step[0]).sum(-1)
    at_first = log_p[:, V] - first + ahead[:, _SEASON, torch.arange(V)]

    def pull(p, cost):  # of a mean of costs under p = softmax(z)
        return p * (cost - (p * cost).sum(-1, keepdim=True))

    spoken = _occupied(p[:, V], p[:, None, :V])
    told = _occupied(language.first, language.chains)
    rows = (spoken.unsqueeze(-1) * pull(p[:, None, :V], torch.stack(step))).sum((0, 2))
    reverse_gradient = torch.cat([rows, pull(p[:, V], at_first)[:, None]], 1)
    pairs = told.sum(0).unsqueeze(-1) * language.chains  # [1, 2, 5, 5]: how often the truth says each pair
    counts = torch.cat([pairs.sum(1), language.first[:, None]], 1)
    one = torch.ones(len(z), 1, 1, dtype=z.dtype)
    truly, said = (torch.cat([o.sum((0, 2)).unsqueeze(-1) * one, one], 1) for o in (told, spoken))
    entropy = (pairs * chains).sum() + (language.first[0] * first).sum()
    forward = entropy - (counts * log_p).sum((-2, -1))
    gradient = (1 - dial) * (truly * p - counts) + dial * reverse_gradient
    often = torch.maximum(p, (1 - dial) * counts / counts.sum(-1, keepdim=True))
    scale = ((1 - dial) * truly + dial * said) * often
    return Judged(forward, (p[:, V] * at_first).sum(-1), gradient, scale)


def _occupied(first, table) -> Tensor:
    """How often season s stands at word w, at each of the first five positions: [5, ..., 2, 5]."""
    now = torch.stack([first * _SEASON.eq(season) for season in range(2)], -2)
    found = [now]
    for _ in range(LENGTH - 2):
        found.append((found[-1].unsqueeze(-1) * table).sum(-2))
    return torch.stack(found)


def best_speaker(language: Languages, dial: float, steps: int = STEPS) -> Tensor:
    """The logits [6, 5] of the best speaker with one word of memory, for (1 - dial) forward + dial reverse KL.

    The best of three descents: from the speaker who knows both seasons, and from those who know one.
    Raises `ValueError` for a dial that is not between 0 and 1.
    Not used in a chapter by its name: the words explorer of chapter 11 asks it.
    """
    if not 0 <= dial <= 1:
        raise ValueError(f"dial is {dial}; expected a number from 0 (forward) to 1 (reverse)")
    z = _starts(language)
    for _ in range(steps):
        judged = judge(z, language, dial)
        if judged.gradient.abs().max() < STILL:
            break
        z = (z - 0.5 * judged.gradient / judged.scale.clamp(min=1e-12)).log_softmax(-1)
    judged = judge(z, language, dial)
    return z[((1 - dial) * judged.forward + dial * judged.reverse).argmin()]


def _starts(language):
    pairs = _occupied(language.first, language.chains).sum(0)[0].unsqueeze(-1) * language.chains[0]
    both = pairs.sum(0) / pairs.sum((0, -1)).unsqueeze(-1)
    one_season = [torch.where(_SEASON.eq(season), 2 * language.first[0], 1e-3) for season in range(2)]
    speakers = [(both, language.first[0]), *zip(language.chains[0], one_season, strict=True)]
    return torch.stack([torch.cat([table, first[None]]).log() for table, first in speakers])


def log_next_words(z: Tensor) -> Tensor:
    """A speaker's logits [6, 5] as log-probabilities of next words after every beginning, [1, 3906, 5].

    Not used in a chapter by its name.
    """
    order = torch.tensor([V, *range(V)])
    return z.log_softmax(-1)[order][memory(1)][None]
