"""The checks of chapter 09: bytes, microseconds, int8 and the frontier."""

from itertools import pairwise

import torch

from kdlib.exercises.compare import check
from kdlib.exercises.verdict import Verdict

COUNT = 12


def bytes_of(answer) -> Verdict:
    """The bytes of a network's weights in float32: sizes such as (64, 4, 10) -> number. Chapter 09."""

    def weights(sizes, bias=1):
        return float(sum((a + bias) * b for a, b in pairwise(sizes)))

    given = [((6, 8, 3),), ((64, 4, 10),), ((6, 10, 10, 3),), ((2, 2),), ((5, 7, 11, 13, 3),)]
    return check(
        "bytes_of", answer, lambda sizes: 4 * weights(sizes), given,
        todo="bytes_of is to give the bytes of all weights and biases, four for each.",
        praise="The file is some hundred bytes larger: it says what it holds.",
        wrong={
            "This counts the weights; each takes four bytes in float32.": weights,
            "The biases are missing: a layer has one for each of its outputs.": lambda sizes: 4 * weights(sizes, 0),
            "This counts the weights, and without biases.": lambda sizes: weights(sizes, 0),
            "These are eight bytes a weight, as in float64; float32 takes four.": lambda sizes: 8 * weights(sizes),
            "These are bits; a byte has eight.": lambda sizes: 32 * weights(sizes),
        },
    )  # fmt: skip


def microseconds(answer) -> Verdict:
    """A prediction's time: seconds of each call [n], rows a call, calls that warm up -> number. Chapter 09."""
    draws, given = torch.Generator().manual_seed(30), []
    for k in range(COUNT):
        warm_up = 2 + 2 * (k % 2)  # all counts stay odd, so that every median is one of the calls
        seconds = 1e-5 * (1 + torch.rand(warm_up + 5 + 2 * k, dtype=torch.float64, generator=draws))
        seconds[:warm_up] *= 30  # the first calls are slow
        seconds[warm_up + 1] *= 500  # the system did something else
        given.append((seconds, (1, 7, 1000)[k % 3], warm_up))

    def median(seconds):
        return seconds.quantile(0.5).item()

    return check(
        "microseconds", answer, lambda s, rows, warm_up: 1e6 * median(s[warm_up:]) / rows, given,
        todo="microseconds is to give the median time of a prediction, without the calls that warm up.",
        praise="One interruption of a thousand times the length does not move it.",
        wrong={
            "This is the mean, which one interruption moves; take the median.": (
                lambda s, rows, warm_up: 1e6 * s[warm_up:].mean().item() / rows
            ),
            "The calls that warm up are still in it.": lambda s, rows, warm_up: 1e6 * median(s) / rows,
            "The last calls are left out; the first ones warm up.": (
                lambda s, rows, warm_up: 1e6 * median(s[:-warm_up]) / rows
            ),
            "These are seconds; a second has a million microseconds.": (
                lambda s, rows, warm_up: median(s[warm_up:]) / rows
            ),
            "These are milliseconds; a second has a million microseconds.": (
                lambda s, rows, warm_up: 1e3 * median(s[warm_up:]) / rows
            ),
            "This is the time of a call; it answers `rows` predictions.": (
                lambda s, rows, warm_up: 1e6 * median(s[warm_up:])
            ),
            "This is the fastest call: nobody can count on it. Take the median.": (
                lambda s, rows, warm_up: 1e6 * s[warm_up:].min().item() / rows
            ),
        },
    )  # fmt: skip


def int8(answer) -> Verdict:
    """A matrix rounded to 127 steps on each side of zero: W -> W of the same shape. Chapter 09."""
    draws = torch.Generator().manual_seed(31)
    given = [(torch.randn(2 + k % 3, 3 + k, dtype=torch.float64, generator=draws),) for k in range(COUNT)]
    given += [(W - 0.5,) for (W,) in given]  # now the largest is below zero

    def step(W):
        return W.abs().max() / 127

    def rounded(W, s, how=torch.round):
        return s * how(W / s)

    return check(
        "int8", answer, lambda W: rounded(W, step(W)), given,
        todo="int8 is to give W rounded to multiples of s = max |W| / 127.",
        praise="Nothing has moved by more than half a step.",
        wrong={
            "These are the whole numbers; times s they are weights again.": lambda W: (W / step(W)).round(),
            "This cuts the digits off; round to the nearest.": lambda W: rounded(W, step(W), torch.trunc),
            "This rounds down; round to the nearest.": lambda W: rounded(W, step(W), torch.floor),
            "The step is that of the largest weight; the largest |W| may lie below zero.": (
                lambda W: rounded(W, W.max() / 127)
            ),
            "The step is twice too small: 127 steps go to each side of zero, and int8 ends at 127.": (
                lambda W: rounded(W, W.abs().max() / 255)
            ),
            "Each row has a step of its own; here one serves the whole matrix.": (
                lambda W: rounded(W, W.abs().amax(1, keepdim=True) / 127)
            ),
            "Nothing is rounded.": lambda W: W,
        },
    )  # fmt: skip


def frontier(answer) -> Verdict:
    """Which networks no other beats in both: accuracy [n], cost [n] -> True or False for each, [n]. Chapter 09."""
    draws = torch.Generator().manual_seed(32)
    given = [tuple(torch.rand(2, 6 + k, dtype=torch.float64, generator=draws)) for k in range(COUNT)]
    given = [(accuracy, (5 * cost).ceil()) for accuracy, cost in given]  # some cost the same

    def right(accuracy, cost):
        return ~((accuracy[:, None] > accuracy) & (cost[:, None] <= cost)).any(0)

    def only(index):
        return lambda accuracy, cost: torch.arange(len(accuracy)) == index(accuracy, cost)

    return check(
        "frontier", answer, right, given,
        todo="frontier is to say of each network whether no other is better and costs no more.",
        praise="Whatever your budget is, your network is one of these.",
        wrong={
            "A network that is better and costs the same beats as well: <=.": (
                lambda a, c: ~((a[:, None] > a) & (c[:, None] < c)).any(0)
            ),
            "These are those that some other beats; turn it round.": lambda a, c: ~right(a, c),
            "Here a high cost counts as good.": lambda a, c: right(a, -c),
            "Here a low accuracy counts as good.": lambda a, c: right(-a, c),
            "This marks those that beat some other: both dims are asked the other way round.": (
                lambda a, c: ((a[:, None] > a) & (c[:, None] <= c)).any(1)
            ),
            "This marks those that beat no other: ask who is beaten, along the other dim.": (
                lambda a, c: ~((a[:, None] > a) & (c[:, None] <= c)).any(1)
            ),
            "Only the most accurate is left; a cheaper one that is less accurate is on the frontier as well.": (
                only(lambda a, c: a.argmax())
            ),
            "Only the cheapest is left; a dearer one that is more accurate is on the frontier as well.": (
                only(lambda a, c: (c - a).argmin())
            ),
        },
    )  # fmt: skip
