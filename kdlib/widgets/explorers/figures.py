"""The explorers' pictures without a browser: numbers in, `Picture` out. No widget is needed here.

They show what the browser shows for the same settings: colour is the class, solid bars are the student's (or T = 1),
hatched ones the target's (or T).
"""

import torch
from torch import Tensor

from kdlib import metrics, simplex
from kdlib.figures import COLOURS, Picture
from kdlib.objectives import Objective
from kdlib.widgets.explorers.numbers import (
    comparisons,
    direction,
    fixed,
    logit_gradient,
    resting_point,
    rounded,
    soft_norm,
)
from kdlib.worlds.people import POLITICS

TEMPERATURES = torch.logspace(-2, 5, 57, base=2.0, dtype=torch.float64)
PROBABILITY = {"ylabel": "probability", "ylim": (0, 1.15), "yticks": [0, 0.25, 0.5, 0.75, 1]}


def gradient(objective: Objective, z: Tensor, v: Tensor, label: int, name: str = "") -> Picture:
    """One person in the simplex, beside dL/dz and what the objective compares. Chapter 04.

    ``z``, ``v`` [3] are the student's and the teacher's logits in double precision, ``label`` the true class.
    """
    g, rest = logit_gradient(objective, z, v, label), resting_point(objective, v, label)
    p, q, pairs = torch.softmax(z, -1), torch.softmax(v, -1), comparisons(objective, z, v, label)
    name = name or repr(objective)
    zero = f"The gradient is zero at {_named(rest)}." if rest is not None else "No point has zero gradient."
    shown = " ".join(f"{title}: {_series(series)}." for title, series in pairs)
    alt = f"{name}: {direction(g[label].item())}. True class {POLITICS[label]}. dL/dz: {_named(g)}. {shown} {zero}"
    picture = Picture(alt, columns=2, rows=2, width=8.6, height=3.2, width_ratios=[1.15, 1], height_ratios=[1.2, 1])
    (plane, slope), (extra, pair) = picture.axes
    simplex.gradient_field(plane, objective, label, q, title=f"{name}:\n{direction(g[label].item())}")
    _mark(plane, p, rest)
    ways = ["stays" if abs(x) < 0.0005 else "▼ down" if x > 0 else "▲ up" for x in g]
    ways[label] = f"true, {ways[label]}"
    size = max(0.25, 1.4 * g.abs().max().item())
    words = [f"{one}\n{way}" for one, way in zip(POLITICS, ways, strict=True)]
    limits = {"ylabel": "dL/dz, one person", "ylim": (-size, size)}
    bars(slope, {"": g}, "Above 0: a step moves the logit down", label, words, **limits)
    for ax, (title, series) in zip([pair, extra], reversed(pairs), strict=False):
        probability = all((x >= 0).all() and abs(x.sum() - 1) < 1e-9 for x in series.values())
        bars(ax, series, title, label, **(PROBABILITY if probability else _logit_axis(series)))
    if len(pairs) == 1:
        extra.remove()
        plane.set_subplotspec(plane.get_gridspec()[:, 0])
    return picture


def temperature(people: list[str], rows: list[int], z: Tensor, v: Tensor, T: float) -> Picture:
    """Soft targets of the people in ``rows`` at T = 1 and T, and the norm of the soft term's gradient against T.

    ``z``, ``v`` [n, 3] are the logits of student and teacher for all ``people``. Chapter 05.
    """
    norms, (now, one) = soft_norm(z, v, TEMPERATURES), soft_norm(z, v, torch.tensor([T, 1.0], dtype=z.dtype)).tolist()
    q, soft = torch.softmax(v, -1), torch.softmax(v / T, -1)
    said = "; ".join(f"{people[row]}: {_named(soft[row])}, at T = 1 {_named(q[row])}" for row in rows)
    change = "Every gradient is 0:\nthe student agrees"
    if T == 1 and one > 0:
        change = "Gradient at T = 1:\nthe same with T² and without"
    elif one > 0:
        change = f"Gradient from T = 1 to {T:.3g}:\n× {now / one:.3g} with T², × {now / T**2 / one:.3g} without"
    alt = f"Soft targets at T = {T:.3g}. {said}. {change} (norm of dL/dz over {len(z)} people: {now:.3g} with T²)."
    alt = alt.replace("\n", " ")
    height = -(-(len(rows) + 1) // 2)
    picture = Picture(alt, columns=2, rows=height, width=8.6, height=3.0, squeeze=False)
    *charts, curve = picture.axes.flat[: len(rows) + 1]
    for ax, row in zip(charts, rows, strict=True):
        k = q[row].argmax()
        title = f"{people[row]}\n{POLITICS[k]} {q[row, k]:.0%} → {soft[row, k]:.0%}"
        bars(ax, {"q, T = 1": q[row], f"q_T, T = {T:.3g}": soft[row]}, title, **PROBABILITY)
    lines = {"with T²": (norms, now), "without": (norms / TEMPERATURES**2, now / T**2)}
    for (name, (values, here)), k, marker, dash in zip(lines.items(), (0, 4), ("o", "s"), ("-", "--"), strict=True):
        style = {"color": COLOURS[k], "label": f"{name}: {here:.3g}"}
        curve.plot(TEMPERATURES, values, dash, marker=marker, markevery=[], markersize=8, linewidth=2, **style)
        curve.plot([T], [here], marker, color=COLOURS[k], markersize=8)
    if one > 0:
        curve.set_yscale("log")
    curve.axvline(T, color="#666666", linestyle=":", linewidth=1)
    curve.set_xscale("log", base=2)
    curve.set_xticks([0.25, 0.5, 1, 2, 4, 8, 16, 32], ["¼", "½", 1, 2, 4, 8, 16, 32])
    curve.set(xlabel="T, temperature", ylabel=f"norm of dL/dz, {len(z)} people", title=change)
    curve.legend()
    for ax in picture.axes.flat[len(rows) + 1 :]:
        ax.remove()
    return picture


def person(name: str, opinions: dict[str, Tensor], label: int) -> Picture:
    """What truth, teacher and student give the classes [3], by name, beside the one-hot label. Chapters 01 to 03."""
    shown = {who: (p, f"{POLITICS[p.argmax()]} {p.max():.0%}") for who, p in opinions.items()}
    alt = "; ".join(f"{who} {_named(p)}" for who, (p, _) in shown.items())
    chance = f"{opinions['truth'][label]:.0%}"
    shown["label"] = torch.eye(3, dtype=torch.float64)[label], f"{POLITICS[label]}\ndrawn, its probability was {chance}"
    alt = f"{name}: {alt}; the label drawn is {POLITICS[label]}, of probability {chance}."
    columns, rows, width = (3, 1, 11.5) if len(shown) == 3 else (2, len(shown) // 2, 8.6)
    picture = Picture(alt, columns, rows, width=width, height=3.0, squeeze=False)
    for ax, (who, (p, most)) in zip(picture.axes.flat, shown.items(), strict=True):
        title = f"{who.capitalize()}: {most}"
        if who in ("teacher", "student"):
            far = metrics.kl_to_bayes(p.log()[None], opinions["truth"][None])
            title += f"\nKL from the truth {fixed(far)} nats"
        bars(ax, {"": p}, title, label, **PROBABILITY)
    picture.figure.suptitle(name, fontsize=11, x=0.01, ha="left", parse_math=False)
    return picture


def bars(ax, series: dict[str, Tensor], title: str, label: int | None = None, words=POLITICS, **axes):
    """Bars for each class, a series solid and a second one hatched, each with its number; the ``label`` is bold."""
    width = 0.8 / max(2, len(series))
    for s, (name, values) in enumerate(series.items()):
        x = [k + (s - (len(series) - 1) / 2) * width for k in range(3)]
        fill = {"facecolor": "#ffffff", "hatch": "////"} if s else {"facecolor": COLOURS[:3]}
        found = ax.bar(x, values.tolist(), width * 0.94, edgecolor=COLOURS[:3], **fill)
        ax.bar_label(found, [fixed(u) for u in values], fontsize=8, padding=1)
        if name:  # a key of its own: the bars have the colours of three classes
            ax.bar([0], [0], label=name, edgecolor="#444444", **(fill if s else {"facecolor": "#444444"}))
    ax.axhline(0, color="#333333", linestyle="-", linewidth=0.9)
    ax.margins(y=0.15)
    ax.set_xticks(range(3), words)
    ax.tick_params(axis="x", length=0)
    if label is not None:
        ax.get_xticklabels()[label].set_fontweight("bold")
    ax.grid(False, axis="x")
    ax.set(**axes)
    if all(series):
        ax.legend(ncols=2, loc="lower left", bbox_to_anchor=(0, 0.98), borderaxespad=0.1)
    ax.set_title(title, pad=24 if all(series) else 6, parse_math=False)  # a sum of money is no formula
    return ax


def _mark(ax, p, rest):
    """Student and point of zero gradient in the triangle of `simplex.gradient_field`, and a key to all marks."""
    style = {"linestyle": "none", "markersize": 9}
    points = {
        "student p": (p, {"marker": "o", "color": "#8A2A6B", "markeredgecolor": "#ffffff", "zorder": 4}),
        "zero gradient": (rest, {"marker": "x", "color": "#000000", "markeredgewidth": 2.4, "zorder": 5}),
        "teacher q": (None, {"marker": "*", "color": COLOURS[4]}),
        "true class": (None, {"marker": "o", "color": "#000000", "fillstyle": "none"}),
    }
    for name, (where, look) in points.items():
        at = ([], []) if where is None else simplex.to_plane(where)
        if name == "zero gradient" and rest is None:
            name = "no zero point"
        ax.plot(*at, label=name, **style | look)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=2)


def _logit_axis(series):
    """From -1 to 1 or further, with air for the numbers at the bars' ends, as in the browser."""
    values = torch.cat([*series.values()]).tolist()
    low, high = min(-1.0, *values), max(1.0, *values)
    air = 0.12 * (high - low)
    return {"ylabel": "logit", "ylim": (low - air, high + air)}


def _named(values):
    return ", ".join(f"{name} {fixed(x)}" for name, x in zip(POLITICS, values, strict=True))


def _series(series):
    return "; ".join(f"{name}: {rounded(values)}" for name, values in series.items())
