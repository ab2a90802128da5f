"""What the weights of a loss's terms say: T**2 forgotten, the wrong reduction, a sign. Chapter 10."""

from collections.abc import Callable

Weights = tuple[float, float]  # of the soft term and of the labels' term


def names_of_scales(
    here: Weights, other_batch: Weights | None, other_classes: Weights | None, *,
    batches: tuple[int, int], classes: int, temperature: float, close: Callable[[float, float], bool],
) -> list[str]:  # fmt: skip
    """The names that explain the weights ``here``; none where they are right.

    ``other_batch`` and ``other_classes`` are the weights in a batch of ``batches[1]`` and with twice the classes; None
    where the loss cannot be asked that. Right are weights that sum to one, equal ones, and any weight that no known
    scale explains: a dull factor of 2 is no mistake.
    """
    names, divisors, (w, h) = [], [1, classes], here
    if other_batch:
        ratio = batches[1] / batches[0]
        grows = [_exponent(now, then, ratio, close) for now, then in zip(here, other_batch, strict=True)]
        if not {*grows} <= {0, 1}:
            return ["unknown"]
        if 1 in grows:
            names.append("sum-reduction")
            assert grows[0] is not None and grows[1] is not None  # each is 0 or 1
            w, h = w / batches[0] ** grows[0], h / batches[0] ** grows[1]
    if other_classes:
        shrinks = _exponent(here[0], other_classes[0], 1 / 2, close)
        if shrinks not in (0, 1):
            return ["unknown"]
        divisors = [classes**shrinks]
    if min(w, h) < 0:
        names.append("wrong-sign")
    return names + _scale(abs(w), abs(h), divisors, temperature, close)


def _exponent(now, then, ratio, close):
    """How often ``then / now`` holds the ratio: 0, 1, or None for anything else; 0 for a term that is not there."""
    return next((e for e in (0, 1) if close(then, now * ratio**e)), None)


def _scale(w, h, divisors, T, close):
    """The names of the simplest factors that make the two weights right; several where they cannot be told apart."""

    def right(w, h):
        return close(w + h, 1) or (close(w, 1) and close(h, 1)) if h else close(w, 1)

    if not w or close(w, h):
        return []
    fitting = []
    for divisor in divisors:
        mean = ["mean-reduction"] if divisor > 1 else []
        for names, factor in (([], 1), (["no-t2"], T**2), (["t-once"], T)):
            if right(w * divisor * factor, h):
                fitting.append([*mean, *names])
        if h and not close(h, 1) and close(w * divisor + h / T**2, 1):
            fitting.append([*mean, "t2-on-the-labels"])
    if not fitting or [] in fitting:
        return ["mean-reduction"] * (divisors[0] > 1)
    fewest = min(map(len, fitting))
    found = [names for names in fitting if len(names) == fewest]
    return list(dict.fromkeys(name for names in found for name in names))
