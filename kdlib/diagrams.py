"""Diagrams where a reader would have to imagine one: SVG with a text alternative, drawn from boxes, bars and arrows."""

import base64
import math
from dataclasses import dataclass, field
from html import escape

TEACHER, STUDENT, LABELS = ("#0072B2", "#dcebf7"), ("#E69F00", "#fdebc8"), ("#009E73", "#d9f1e8")
GREY = ("#444444", "#f3f3f3")
WIDTH, FONT = 720, 19  # on a phone, half as wide, the text still has 9 px


@dataclass
class Diagram:
    """An SVG picture of ``height`` and its text alternative.

    Not used in a chapter by its name: the functions below make it.
    """

    alt: str
    height: int
    parts: list[str] = field(default_factory=list)

    def text(self, x: float, y: float, words: str, anchor: str = "middle", bold: bool = False, size: int = FONT):
        weight = ' font-weight="bold"' if bold else ""
        self.parts.append(
            f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}"{weight}>{escape(words)}</text>'
        )

    def box(self, x: float, y: float, w: float, h: float, colours: tuple[str, str], *lines: str):
        """A box at its upper left corner, with centred lines of text; the first is bold."""
        line, fill = colours
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="8" '
            f'fill="{fill}" stroke="{line}" stroke-width="2"/>'
        )
        top = y + h / 2 - (len(lines) - 1) * 12 + 6
        for k, words in enumerate(lines):
            self.text(x + w / 2, top + 24 * k, words, bold=k == 0)

    def arrow(self, x: float, y: float, to_x: float, to_y: float, colour: str = "#444444", dashed: bool = False):
        style = ' stroke-dasharray="7 5"' if dashed else ""
        angle = math.atan2(to_y - y, to_x - x)
        tip = " ".join(
            f"{to_x - 11 * math.cos(angle + turn):.1f},{to_y - 11 * math.sin(angle + turn):.1f}"
            for turn in (-0.45, 0.45)
        )
        self.parts.append(
            f'<path d="M{x:g} {y:g}L{to_x:g} {to_y:g}" stroke="{colour}" stroke-width="2"{style}/>'
            f'<polygon points="{to_x:g},{to_y:g} {tip}" fill="{colour}"/>'
        )

    def line(self, x: float, y: float, to_x: float, to_y: float, colour: str = "#444444", dashed: bool = False):
        style = ' stroke-dasharray="5 4"' if dashed else ""
        self.parts.append(f'<path d="M{x:g} {y:g}L{to_x:g} {to_y:g}" stroke="{colour}" stroke-width="2"{style}/>')

    @property
    def svg(self) -> str:
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height}" width="{WIDTH}" '
            f'height="{self.height}" role="img" font-family="system-ui, sans-serif" fill="#111">'
            f"<title>{escape(self.alt)}</title>"
            f'<rect width="{WIDTH}" height="{self.height}" rx="10" fill="#fff"/>{"".join(self.parts)}</svg>'
        )

    def __repr__(self) -> str:
        return f"[diagram: {self.alt}]"

    def _repr_html_(self) -> str:
        code = base64.b64encode(self.svg.encode()).decode()
        return (
            f'<img alt="{escape(self.alt, quote=True)}" data-kd-text="{FONT}" style="max-width:100%" '
            f'src="data:image/svg+xml;base64,{code}">'
        )


def loop_with_a_teacher() -> Diagram:
    """Where the values go and where the gradient does, in a step of distillation. Chapter 03."""
    d = Diagram(
        "A batch of rows goes to the teacher, which is in eval mode and gets no gradient, and to the student. The loss "
        "compares their logits v and z, and sees the labels y. The gradient flows back to the student alone.",
        320,
    )
    d.box(16, 115, 120, 90, GREY, "rows x", "of a batch")
    d.box(200, 20, 210, 96, TEACHER, "teacher", "eval mode,", "no gradient")
    d.box(200, 204, 210, 96, STUDENT, "student", "train mode")
    d.box(560, 115, 140, 90, GREY, "loss", "a number")
    d.arrow(136, 145, 200, 80)
    d.arrow(136, 175, 200, 240)
    d.arrow(410, 68, 560, 138)
    d.arrow(410, 236, 560, 182)
    d.text(492, 86, "v", bold=True)
    d.text(470, 206, "z", bold=True)
    d.text(630, 60, "labels y")
    d.arrow(630, 70, 630, 113, LABELS[0])
    d.arrow(600, 207, 412, 278, "#D55E00", dashed=True)
    d.text(560, 272, "gradient", bold=True)
    return d


def softmax_at_temperatures(
    logits: tuple[float, ...] = (3.0, 1.0, 0.0), Ts: tuple[float, ...] = (0.5, 1, 4)
) -> Diagram:
    """The same logits softened by several temperatures, as bars. Chapter 05."""
    shares = {T: [math.exp(v / T) / sum(math.exp(w / T) for w in logits) for v in logits] for T in Ts}
    told = "; ".join(f"T = {T:g}: {', '.join(f'{p:.2f}' for p in ps)}" for T, ps in shares.items())
    d = Diagram(f"Bars of three class probabilities for the logits {', '.join(f'{v:g}' for v in logits)}. {told}.", 290)
    d.text(16, 32, f"logits {', '.join(f'{v:g}' for v in logits)}, divided by T, then a softmax", "start", bold=True)
    for k, (T, ps) in enumerate(shares.items()):
        left = 24 + 235 * k
        d.line(left, 230, left + 200, 230)
        d.text(left + 100, 270, f"T = {T:g}", bold=True)
        for c, p in enumerate(ps):
            x, height = left + 12 + 62 * c, 150 * p
            d.parts.append(
                f'<rect x="{x}" y="{230 - height:.1f}" width="50" height="{height:.1f}" fill="{TEACHER[0]}"/>'
            )
            d.text(x + 25, 222 - height, f"{p:.2f}")
            d.text(x + 25, 249, "ABC"[c])
    return d


def pairing() -> Diagram:
    """What two students of one draw share, and what is averaged. Chapter 06."""
    d = Diagram(
        "Three of many draws. In each, one set of people, first weights and shuffles goes to a student of labels and "
        "to one of a teacher; their accuracies are subtracted. The mean and the interval are those of the differences.",
        372,
    )
    for k, draw in enumerate(("draw 1", "draw 2", "draw 32")):
        y = 20 + 100 * k + (24 if k == 2 else 0)
        d.box(12, y, 190, 84, GREY, draw, "people, weights,", "shuffles")
        d.box(250, y, 150, 38, LABELS, "labels")
        d.box(250, y + 46, 150, 38, STUDENT, "teacher")
        for to in (19, 65):
            d.arrow(202, y + 42, 250, y + to)
            d.arrow(400, y + to, 470, y + 42)
        d.text(484, y + 48, "difference", "start")
    d.text(107, 234, "...", bold=True)
    d.line(585, 30, 612, 30)
    d.line(612, 30, 612, 340)
    d.line(585, 340, 612, 340)
    d.text(666, 170, "mean", bold=True)
    d.text(666, 196, "and its")
    d.text(666, 222, "interval")
    return d


def opinion_and_nuisance(
    z: tuple[float, ...] = (2.2, -0.4, -1.2), m: tuple[float, ...] = (-0.3, -1.7, -2.6)
) -> Diagram:
    """The original demo's loss, parted into the shape of a row and its mean. Chapter 04."""
    d = Diagram(
        "Three panels of three classes. First the student's outputs z above the target m, with lines for the "
        "differences that are squared. Then both about their own means: short lines, the teacher's opinion. Then the "
        "two means alone, far apart: the nuisance term.",
        330,
    )
    means = [sum(row) / len(row) for row in (z, m)]
    centred = [[value - mean for value in row] for row, mean in zip((z, m), means, strict=True)]
    panels = (
        ("z and m", z, m),
        ("opinion: the shape", *centred),
        ("nuisance: the mean", *[[mean] * 3 for mean in means]),
    )
    for k, (title, of_student, of_teacher) in enumerate(panels):
        left = 24 + 240 * k
        d.text(left + 96, 30, title, bold=True)
        d.line(left, 165, left + 192, 165, "#aaaaaa", dashed=True)
        for c, (a, b) in enumerate(zip(of_student, of_teacher, strict=True)):
            x, y, other = left + 36 + 60 * c, 165 - 38 * a, 165 - 38 * b
            d.line(x, y, x, other, "#D55E00")
            d.parts.append(f'<circle cx="{x}" cy="{y:.1f}" r="9" fill="{STUDENT[0]}"/>')
            d.parts.append(f'<rect x="{x - 8}" y="{other - 8:.1f}" width="16" height="16" fill="{TEACHER[0]}"/>')
            d.text(x, 302, "ABC"[c])
    d.text(240, 172, "=", bold=True, size=26)
    d.text(480, 172, "+", bold=True, size=26)
    d.text(360, 324, "circles: student z; squares: target m; the line at zero is dashed")
    return d


def stack_of_students(runs: int = 32) -> Diagram:
    """The tensors of a cohort: one more dimension in front, the runs. Chapter 04."""
    d = Diagram(
        f"Stacks of sheets, one sheet a student: rows [{runs}, 20, 6] times weights [{runs}, 6, 8] give hidden units, "
        f"and those times weights [{runs}, 8, 3] give logits [{runs}, 20, 3]. Each product is one call for all sheets.",
        250,
    )
    shapes = (
        ("rows x", "20, 6", 70, 110), ("W1", "6, 8", 90, 70), ("hidden h", "20, 8", 90, 110),
        ("W2", "8, 3", 50, 90), ("logits z", "20, 3", 50, 110),
    )  # fmt: skip
    x = 30
    for k, (name, shape, w, h) in enumerate(shapes):
        colours = STUDENT if name.startswith("W") else TEACHER if k == 4 else GREY
        for sheet in (2, 1, 0):
            d.box(x + 9 * sheet, 100 - h / 2 - 9 * sheet + 20, w, h, colours)
        d.text(x + w / 2, 205, name, bold=True)
        d.text(x + w / 2, 230, f"[{runs}, {shape}]")
        if k < 4:
            d.text(x + w + 44, 128, "×" if k in (0, 2) else "=", bold=True, size=24)
        x += w + 78
    return d
