"""The picture of a decision map: truth, teacher and student over age and income, and where the last two differ."""

import torch
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch
from torch import Tensor

from kdlib.figures import COLOURS, Picture, age_income_plane, name_classes, paint_classes
from kdlib.models import logits_of
from kdlib.worlds.people import POLITICS, STATES, Record, encode, posterior

POINTS = 50  # along each axis
# Where student and teacher choose differently: who chooses the class that is in truth the most probable?
CASES = {
    "the teacher is right": (COLOURS[5], "//"),
    "the student is right": (COLOURS[3], "\\\\"),
    "neither is right": ("#3A3A3A", "xx"),
}


def plane(sex: str, state: str) -> Tensor:
    """Every age and income of one sex and state: features [n, 6], age the fastest; raises as `encode` does."""
    number, *_ = encode(Record(sex, 0, state, 0, ""))
    return age_income_plane(number, STATES.index(state), POINTS).double()


def opinions(model, x: Tensor) -> Tensor:
    """A network's probabilities [runs, n, 3] for features ``x`` [n, 6].

    ``model`` is a module or a function from features [n, 6] to logits [n, 3], or [runs, n, 3] of many networks.
    Raises `ValueError` for logits of another shape and for those that are no numbers.
    """
    parameters = getattr(model, "parameters", list)
    dtype = next((p.dtype for p in parameters()), torch.float64)
    z = logits_of(model, x.to(dtype)).double()
    if z.dim() not in (2, 3) or z.shape[-2:] != (len(x), len(POLITICS)):
        raise ValueError(f"a network gives {list(z.shape)} for {len(x)} people; expected logits [n, {len(POLITICS)}]")
    p = torch.softmax(z, -1)
    if p.isnan().any():
        raise ValueError("a network gives logits that are no numbers")
    return p.reshape(-1, *z.shape[-2:])


class MapFigure:
    """Truth, teacher, student and where the last two differ, in axes that are reused from frame to frame."""

    def __init__(self):
        self.picture = Picture("", columns=4, width=12.5, height=3.9, sharey=True)
        self.picture.figure.set_layout_engine(None)
        self.picture.figure.subplots_adjust(left=0.05, right=0.99, bottom=0.24, top=0.9, wspace=0.08)
        for ax in self.picture.axes:
            ax.xaxis.set_label_coords(0.5, -0.12)
        patches = [Patch(facecolor=colour, hatch=hatch, label=name) for name, (colour, hatch) in CASES.items()]
        legend = self.picture.figure.legend(handles=patches, loc="lower right", ncols=3, bbox_to_anchor=(0.99, 0.0))
        self._where, self._legend = self.picture.figure.text(0.05, 0.035, "", fontsize=9), legend.get_texts()

    def update(self, teacher: Tensor, student: Tensor, sex: str, state: str, run: int = 0, note: str = "") -> Picture:
        """Draw the plane of one sex and state from the `opinions` of teachers and students, with alt text.

        Of many networks number ``run`` is drawn, or the only one; ``note`` stands behind "Student".
        """
        truth = posterior(plane(sex, state))
        teacher, student = (p[min(run, len(p) - 1)] for p in (teacher, student))
        right, t_choice, s_choice = truth.argmax(-1), teacher.argmax(-1), student.argmax(-1)
        differ = t_choice != s_choice
        cases = [differ & (t_choice == right), differ & (s_choice == right)]
        cases.append(differ & ~cases[0] & ~cases[1])
        for ax in self.picture.axes:
            for artist in [*ax.images, *ax.collections, *ax.texts]:
                artist.remove()
        named = {"Truth": truth, "Teacher": teacher, f"Student{note}": student}
        for ax, (name, p) in zip(self.picture.axes, named.items(), strict=False):
            paint_classes(ax, p)
            ax.set_title(name, y=1.02)  # at a fixed place: finding one takes time in every frame
            name_classes(ax, p)
        _show_cases(self.picture.axes[3], cases)
        self.picture.axes[3].set_title(f"They differ on {_share(differ):.1%}", y=1.02)
        for ax in self.picture.axes[1:]:
            ax.set_ylabel("")
        for text, name, where in zip(self._legend, CASES, cases, strict=True):
            text.set_text(f"{name}: {_share(where):.1%}")
        self._where.set_text(f"{sex}, {state}. The fainter, the less sure.")
        self.picture.alt = _sentence(differ, s_choice != right, sex, state, note)
        return self.picture


def described(teacher: Tensor, student: Tensor, sex: str, state: str, run: int = 0, note: str = "") -> str:
    """What `MapFigure` shows of the same opinions, in words."""
    teacher, student = (p[min(run, len(p) - 1)].argmax(-1) for p in (teacher, student))
    return _sentence(student != teacher, student != posterior(plane(sex, state)).argmax(-1), sex, state, note)


def _sentence(differ, wrong, sex, state, note):
    return (
        f"Most probable class over age and income for {sex}, {state}: truth, teacher and student{note}. "
        f"Student and teacher agree on {1 - _share(differ):.1%} of the plane; "
        f"the student differs from the truth on {_share(wrong):.1%}."
    )


def _share(where):
    return where.double().mean().item()


def _axes_of_grid():
    return torch.linspace(18, 80, POINTS), torch.linspace(20, 90, POINTS)


def _show_cases(ax, cases):
    """Each case in its colour, and hatched where it is wide enough for that."""
    age, income = _axes_of_grid()
    image = torch.ones(POINTS * POINTS, 3)
    for where, (colour, hatch) in zip(cases, CASES.values(), strict=True):
        image[where] = torch.tensor(to_rgb(colour))
        if where.any():
            level = where.double().reshape(POINTS, POINTS)
            ax.contourf(age, income, level, [0.5, 1.5], colors="none", hatches=[hatch])
    image = image.reshape(POINTS, POINTS, 3).numpy()
    ax.imshow(image, origin="lower", extent=(18, 80, 20, 90), aspect="auto", zorder=0)
    ax.set(xlabel="age (years)", ylabel="", xlim=(18, 80), ylim=(20, 90))
    ax.grid(False)
