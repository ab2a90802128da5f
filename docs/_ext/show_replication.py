"""The directive ``{replication}``: every claim of the chapters with its interval in each draw of the course."""

from dataclasses import replace
from html import escape

import numpy as np
from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from docs._ext.name_chapters import opening
from tools.notebooks import NOTEBOOKS, names
from tools.replicate import KEPT, kept

BY_LUCK = 0.025  # a sentence whose number lies exactly at its bound passes so often: one end of a 95% interval
WIDTH, LEFT, ROW, TOP, BOTTOM = 270, 46, 18, 6, 20


def picture(by_draw) -> str:
    """The intervals of one claim, a line for each draw, with the bounds that it needs, as SVG."""
    claims = list(by_draw.values())
    factor = 100 if claims[0].unit in ("points", "percent") else 1
    bounds = [bound for bound in (claims[0].low, claims[0].high) if abs(bound) != float("inf")]
    ends = [end for claim in claims for end in claim.estimate[1:3]] + bounds
    low, high = min(ends), max(ends)
    wide = (high - low) or 1.0

    def at(value):
        return LEFT + 14 + (value - low) / wide * (WIDTH - LEFT - 38)

    height = TOP + ROW * len(claims) + BOTTOM
    bottom = height - BOTTOM
    parts = []
    for bound in sorted(bounds):
        parts.append(f'<line class="bound" x1="{at(bound):.1f}" x2="{at(bound):.1f}" y1="{TOP}" y2="{bottom}"/>')
    for value in sorted({*bounds, max(ends)} if len(bounds) == 1 else bounds):  # one number alone would be no scale
        parts.append(f'<text x="{at(value):.1f}" y="{bottom + 14}" text-anchor="middle">{factor * value:.3g}</text>')
    parts.append(f'<text x="0" y="{bottom + 14}">{claims[0].unit}</text>')
    for row, (draw, claim) in enumerate(by_draw.items()):
        y, (mean, start, end, _) = TOP + ROW * (row + 0.5), claim.estimate
        parts.append(f'<text x="0" y="{y + 4}">draw {draw}</text>')
        parts.append(f'<g class="{"holds" if claim.holds else "fails"}">')
        parts.append(f'<line x1="{at(start):.1f}" x2="{at(end):.1f}" y1="{y}" y2="{y}"/>')
        if claim.holds:
            parts.append(f'<circle cx="{at(mean):.1f}" cy="{y}" r="3.5"/></g>')
        else:
            x = at(mean)
            parts.append(f'<path d="M{x - 4:.1f} {y - 4}l8 8m0 -8l-8 8"/></g>')
    # These numbers are kept, also where they are times, which a chapter does not show.
    words = "; ".join(f"draw {draw}: {replace(claim, timed=False).measured}" for draw, claim in by_draw.items())
    return (
        f'<svg class="kd-intervals" role="img" aria-label="{escape(words)}" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}">{"".join(parts)}</svg>'
    )


def table(claims) -> str:
    """The claims of one chapter: sentence and rule, intervals, in how many draws it holds."""
    rows = []
    for by_draw in claims:
        first, held = next(iter(by_draw.values())), sum(claim.holds for claim in by_draw.values())
        n = first.estimate.n
        about = f"{first.statistic} of {n} {first.over}; needed: {first.needed}"
        rows.append(
            f'<tr><td><p>{escape(first.sentence)}</p><p class="kd-rule">{escape(about)}</p></td>'
            f"<td>{picture(by_draw)}</td><td>{held} of {len(by_draw)}</td></tr>"
        )
    head = "<tr><th>Claim</th><th>95% interval in each draw</th><th>Holds in</th></tr>"
    body = f'<table class="table kd-replication"><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table>'
    return f'<div class="kd-scroll kd-stack" tabindex="0">{body}</div>'


def count(chapters) -> str:
    """How many claims hold in all draws, and how many would if there were nothing in them."""
    claims = [by_draw for of_chapter in chapters.values() for by_draw in of_chapter]
    draws = sorted({draw for by_draw in claims for draw in by_draw})
    everywhere = sum(all(claim.holds for claim in by_draw.values()) for by_draw in claims)
    lucky = len(claims) * BY_LUCK
    rare = np.format_float_positional(len(claims) * BY_LUCK ** len(draws), precision=1, fractional=False, trim="-")
    return (
        f"The chapters below make {len(claims)} claims; {everywhere} hold in all of draws {draws[0]} to {draws[-1]}. "
        "How many would hold by luck? Take a sentence that is just not true: its number lies exactly at its bound. "
        f"Its interval clears the bound in {BY_LUCK:.1%} of draws. Of {len(claims)} such sentences {lucky:.1f} would "
        f"hold in one draw, and {rare} in all {len(draws)}."
    )


class Replication(SphinxDirective):
    """The counting sentences, then a section for each chapter."""

    def run(self):
        self.env.note_dependency(KEPT)
        chapters = kept()
        out = self.parse_text_to_nodes(count(chapters))
        if missing := [name for name in names() if name not in chapters]:
            links = ", ".join(f"{{doc}}`/chapters/{name}`" for name in missing)
            out += self.parse_text_to_nodes(f"Not repeated yet: {links}.")
        for name, claims in chapters.items():
            title = opening(NOTEBOOKS / f"{name}.ipynb")[0]
            section = nodes.section(ids=[f"claims-of-{name.replace('_', '-')}"])
            section += nodes.title(title, title)
            section += self.parse_text_to_nodes(f"{{doc}}`To the chapter </chapters/{name}>`")
            section += nodes.raw("", table(claims), format="html")
            out.append(section)
        return out


def setup(app):
    app.add_directive("replication", Replication)
    return {"parallel_read_safe": True}
