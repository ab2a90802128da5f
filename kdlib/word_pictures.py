"""Pictures of who says what in the toy language, and the table of their numbers. Chapter 11."""

from dataclasses import dataclass
from html import escape

import torch
from torch import Tensor

from kdlib.canvas import Picture
from kdlib.figures import COLOURS, DASHES, MARKERS
from kdlib.intervals import mean_over_seeds
from kdlib.worlds.words import SEASONS, SENTENCES, is_summer


@dataclass(frozen=True)
class ScoreTable:
    """A row for each speaker, a column for each number, each a mean over languages with its 95% interval.

    ``scored`` maps a name to what `kdlib.sentences.scores` gives. Chapter 11.
    """

    scored: dict[str, dict[str, Tensor]]

    def _rows(self):
        for name, numbers in self.scored.items():
            yield name, [_written(what, values) for what, values in numbers.items()]

    def _heads(self):
        return [f"{what} (nats)" if "KL" in what else what for what in next(iter(self.scored.values()))]

    def __repr__(self) -> str:
        lines = [f"{'':<25}" + "".join(f"{head:<24}" for head in self._heads())]
        lines += [f"{name:<25}" + "".join(f"{cell:<24}" for cell in cells) for name, cells in self._rows()]
        return "\n".join(line.rstrip() for line in lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{escape(one)}</th>" for one in ("speaker", *self._heads()))
        rows = "".join(
            f'<tr><td style="text-align:left"><strong>{escape(name)}</strong></td>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
            + "</tr>"
            for name, cells in self._rows()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _written(what, values):
    e = mean_over_seeds(values)
    if "KL" in what:
        return str(e)
    return f"{e.mean:.1%} [{100 * e.low:.1f}, {100 * e.high:.1f}]"


def mass_by_rank(named: dict[str, Tensor], log_truth: Tensor, title: str, alt: str) -> Picture:
    """How much everybody says of each season's sentences, added up from the truth's most probable one downwards.

    ``named`` maps a name to the log-probabilities of all sentences [15625], of one language. Chapter 11.
    """
    picture = Picture(alt, columns=2, width=9, sharey=True)
    summer = is_summer(torch.arange(SENTENCES))
    for ax, season, chosen in zip(picture.axes, SEASONS, (summer, ~summer), strict=True):
        order = log_truth[chosen].argsort(descending=True)
        for k, (name, log_probs) in enumerate(({"truth": log_truth} | named).items()):
            mass = log_probs[chosen][order].exp().cumsum(0)
            colour = "#000000" if k == 0 else COLOURS[k - 1]
            ax.plot(range(1, len(mass) + 1), mass, label=name, color=colour, linestyle=DASHES[k % 6], linewidth=1.8)
        ax.set(xscale="log", xlabel="sentences, the truth's most probable first", title=f"{season}s")
        ax.set_ylim(-0.03, 1.03)
    picture.axes[0].set_ylabel("probability so far")
    picture.axes[0].legend(loc="upper left")
    picture.figure.suptitle(title, x=0.01, ha="left", weight="bold", size=11)
    return picture


def precision_against_recall(named: dict[str, tuple[Tensor, Tensor]], title: str, alt: str) -> Picture:
    """Every language a small mark, their mean a large one with its intervals; values (precision, recall) [languages].

    Chapter 11.
    """
    picture = Picture(alt, width=7.5, height=4.6)
    ax = picture.axes
    for k, (name, values) in enumerate(named.items()):
        ax.plot(*values, linestyle="none", marker=MARKERS[k], markersize=3.5, color=COLOURS[k], alpha=0.45)
        x, y = (mean_over_seeds(one) for one in values)
        ax.plot([x.low, x.high], [y.mean] * 2, color=COLOURS[k], linestyle="-", linewidth=2)
        ax.plot([x.mean] * 2, [y.low, y.high], color=COLOURS[k], linestyle="-", linewidth=2)
        style = {"marker": MARKERS[k], "markersize": 11, "color": COLOURS[k], "markeredgecolor": "#000000"}
        ax.plot([x.mean], [y.mean], linestyle="none", label=name, **style)
    ax.set(xlabel="precision: of what it says, what the truth typically says", xlim=(0, 1.03))
    ax.set(ylabel="recall: of what the truth says, what it typically says", ylim=(0.2, 1.03), title=title)
    ax.legend(loc="lower left")
    return picture
