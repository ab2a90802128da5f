"""A claim is a sentence that a cell computes and that fails where the numbers do not support it. Chapters 01 and 06."""

from dataclasses import dataclass

from kdlib.intervals import Estimate, mean_over_seeds, paired_difference


class ClaimFailed(AssertionError):
    """The interval does not support the sentence. Chapter 01."""


@dataclass(frozen=True)
class Claim:
    """A sentence that held, with the estimate that carries it; shows itself in a notebook and in text. Chapter 01."""

    sentence: str
    estimate: Estimate
    rule: str

    def __str__(self) -> str:
        return f"{self.sentence}\n  {_measured(self.estimate)}; {self.rule}: holds"

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from html import escape

        return (
            '<div style="border-left:4px solid #009E73;padding:.3em .8em;margin:.3em 0">'
            f"<strong>{escape(self.sentence)}</strong><br>{escape(_measured(self.estimate))}; "
            f"{escape(self.rule)}: <strong>holds</strong></div>"
        )


def claim(sentence: str, a, b=None, *, above: float | None = None, within: tuple[float, float] | None = None) -> Claim:
    """Compute the mean of ``a``, or of the pairs ``a - b``, over seeds, and hold the sentence against its 95% interval.

    ``above=0.01``: the whole interval lies above 0.01 (0 where nothing is said).
    ``within=(-0.01, 0.01)``: the whole interval lies inside, which is how "no difference" is claimed.
    Raises `ClaimFailed` with the numbers when the interval does not support the sentence.
    Chapters 01 and 06.
    """
    if above is not None and within is not None:
        raise ValueError("above and within are both given; expected one of them")
    estimate = mean_over_seeds(a) if b is None else paired_difference(a, b)
    if within is None:
        above = 0.0 if above is None else above
        holds, rule = estimate.low > above, f"interval above {above:g}"
    else:
        low, high = within
        holds, rule = low < estimate.low and estimate.high < high, f"interval within ({low:g}, {high:g})"
    if not holds:
        raise ClaimFailed(f"not supported: {sentence} Measured {_measured(estimate)}; needed: {rule}")
    return Claim(sentence, estimate, rule)


def _measured(e: Estimate) -> str:
    return f"{e.mean:+.4f}, 95% interval [{e.low:+.4f}, {e.high:+.4f}], {e.n} seeds"
