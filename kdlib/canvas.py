"""How a figure is shown: with its alt text, and with text that can be read in a laptop's column and on a phone."""

import base64
import io
import pickle
import re
import textwrap
from html import escape

from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image  # matplotlib brings it

PX_PER_INCH = 110  # of the page
SHARP = 1.5  # pixels of the file for each of the page's, for dense screens
LEAST_PX = 9
# Text of 9 points is 9 px where an inch has 72: in a laptop's column of 720 px up to 10 inches of it, on a phone's of
# 288 px up to 4. Of these 4 inches a title gets about 36 letters.
WIDEST, NARROW, LETTERS = 10.0, 4.0, 36


class Picture:
    """A matplotlib figure with alt text: ``picture.axes`` to draw on, the picture itself as a cell's last line.

    ``columns`` and ``rows`` of axes; ``width``, at most 10, and ``height`` of one row in inches. A page never shows its
    text smaller than 9 px; on a phone its axes stand one below the other. Chapter 01.
    """

    def __init__(self, alt: str, columns: int = 1, rows: int = 1, width: float = 7.0, height: float = 3.2, **subplots):
        self.alt = alt
        size = (min(width, WIDEST), height * rows)
        self.figure = Figure(figsize=size, layout="constrained", dpi=PX_PER_INCH)
        self.axes = self.figure.subplots(rows, columns, **subplots)

    def png(self) -> bytes:
        """The figure as the bytes of a PNG file in 256 colours: a third of the bytes, and no difference to the eye."""
        return _png(self.figure)

    def save(self, path) -> None:
        """Write the figure to ``path``; the name's ending says how."""
        self.figure.savefig(path)

    def __repr__(self) -> str:
        return f"[figure: {self.alt}]"

    def _repr_mimebundle_(self, include=None, exclude=None):
        points, phone, source = smallest_text(self.figure), stacked(self.figure), ""
        text = points / 72 * PX_PER_INCH * SHARP  # in pixels of the file, for tests that measure
        least = round(self.figure.get_figwidth() * 72 / points * LEAST_PX)  # px: where a page has less, it scrolls
        width = f"{least}px"
        if phone:  # 48 px stand beside the column of a phone
            source = f'<source media="(max-width:{least + 48}px)" {_size(phone)} srcset="{_uri(_png(phone))}">'
            width = f"min({least}px, 100vw - 48px)"
        style = f"max-width:100%;min-width:{width};height:auto;background:#fff"
        html = (
            f'<div class="kd-figure" style="overflow-x:auto"><picture>{source}'
            f'<img alt="{escape(self.alt, quote=True)}" {_size(self.figure)} data-kd-text="{text:.2f}" '
            f'style="{style}" src="{_uri(self.png())}"></picture></div>'
        )
        return {"text/plain": repr(self), "text/html": html}


def smallest_text(figure: Figure) -> float:
    """The size of a figure's smallest text in points; 9 where it has none. Not used in a chapter by its name."""
    figure.draw_without_rendering()  # the numbers at an axis are written when it is drawn
    shown = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return min((float(text.get_fontsize()) for text in shown), default=9.0)


def stacked(figure: Figure) -> Figure | None:
    """A copy of a figure for a phone: 4 inches wide, its axes one below the other, long lines broken.

    None for a figure whose places were set by hand. Not used in a chapter: a page shows it on a phone.
    """
    if not figure.get_layout_engine():
        return None
    copy = pickle.loads(pickle.dumps(figure))
    panels = [ax for ax in copy.axes if ax.get_subplotspec()]
    if panels:
        old = panels[0].get_subplotspec().get_gridspec()
        heights = old.get_height_ratios()
        inch = copy.get_figheight() / sum(heights)
        heights = [inch * heights[ax.get_subplotspec().rowspan.start] for ax in panels]
        grid = copy.add_gridspec(len(panels), 1, height_ratios=heights)
        for k, ax in enumerate(panels):
            _stand_alone(ax, panels)
            ax.set_subplotspec(grid[k])
        copy.set_size_inches(NARROW, sum(heights))
    for text in copy.findobj(Text):
        text.set_text(_broken(text.get_text()))
    return copy


def _stand_alone(ax, panels):
    """Give axes the numbers and the name of an axis that they leave to a neighbour."""
    for axis, shared in (("y", ax.get_shared_y_axes()), ("x", ax.get_shared_x_axes())):
        named = [other for other in panels if shared.joined(ax, other) and getattr(other, f"get_{axis}label")()]
        if named and not getattr(ax, f"get_{axis}label")():
            getattr(ax, f"set_{axis}label")(getattr(named[0], f"get_{axis}label")())
        if len(shared.get_siblings(ax)) > 1:
            ax.tick_params(axis=axis, **{"labelleft" if axis == "y" else "labelbottom": True})


def _broken(words: str) -> str:
    """The words in lines of a phone's width; a formula is not broken."""
    kept = re.sub(r"\$[^$]*\$", lambda formula: formula[0].replace(" ", "\0"), words)
    lines = [textwrap.fill(line, LETTERS, break_long_words=False, break_on_hyphens=False) for line in kept.split("\n")]
    return "\n".join(lines).replace("\0", " ")


def _png(figure: Figure) -> bytes:
    drawn, out = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=PX_PER_INCH * SHARP)
    Image.open(drawn).convert("RGB").quantize(256).save(out, "png", optimize=True)
    return out.getvalue()


def _size(figure: Figure) -> str:
    """A figure's size on the page, as attributes: the page reserves the room before it reads the picture."""
    return 'width="{:.0f}" height="{:.0f}"'.format(*figure.get_size_inches() * PX_PER_INCH)


def _uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
