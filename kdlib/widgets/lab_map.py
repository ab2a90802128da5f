"""The picture of a decision map: truth, teacher and student over age and income, and where the last two differ."""

import torch
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch
from torch import Tensor

from kdlib.figures import COLOURS, Picture, age_income_plane, paint_classes
from kdlib.models import logits_of
from kdlib.people import POLITICS, SEXES, STATES, posterior

POINTS = 50  # along each axis
PLACES = [(sex, state) for sex in SEXES for state in STATES]
# Where student and teacher choose differently: who chooses the class that is in truth the most probable?
CASES = {
    "the teacher is right": (COLOURS[5], "//"),
    "the student is right": (COLOURS[7], "\\\\"),
    "neither is right": ("#888888", "xx"),
}


def grid() -> Tensor:
    """Every sex, state, income and age: features [6, n, 6] in the order of `PLACES`, age the fastest."""
    planes = [age_income_plane(-1.0 if sex == "male" else 1.0, STATES.index(state), POINTS) for sex, state in PLACES]
    return torch.stack(planes).double()


def opinions(model) -> Tensor:
    """A network's probabilities on the grid [runs, 6, n, 3].

    ``model`` is a module or a function from features [n, 6] to logits [n, 3], or [runs, n, 3] of many networks.
    """
    parameters = getattr(model, "parameters", list)
    dtype = next((p.dtype for p in parameters()), torch.float64)
    z = logits_of(model, grid().flatten(0, 1).to(dtype))
    return torch.softmax(z.double(), -1).reshape(-1, len(PLACES), POINTS * POINTS, 3)


def draw(teacher: Tensor, student: Tensor, sex: str, state: str, run: int = 0, note: str = "") -> Picture:
    """Truth, teacher, student and where the two differ for one sex and state, from their `opinions`.

    Of many networks number ``run`` is drawn, or the only one; ``note`` stands behind "Student".
    """
    place = PLACES.index((sex, state))
    truth = posterior(grid()[place])
    t, s = teacher[min(run, len(teacher) - 1), place], student[min(run, len(student) - 1), place]
    right, t_choice, s_choice = truth.argmax(-1), t.argmax(-1), s.argmax(-1)
    differ = t_choice != s_choice
    cases = [differ & (t_choice == right), differ & (s_choice == right)]
    cases.append(differ & ~cases[0] & ~cases[1])
    alt = (
        f"Most probable class over age and income for {sex}, {state}: truth, teacher and student{note}. "
        f"Student and teacher agree on {1 - _share(differ):.1%} of the plane; "
        f"the student differs from the truth on {_share(s_choice != right):.1%}."
    )
    picture = Picture(alt, columns=4, width=12.5, height=3.9, sharey=True)
    picture.figure.set_layout_engine(None)
    picture.figure.subplots_adjust(left=0.05, right=0.99, bottom=0.24, top=0.9, wspace=0.08)
    for ax, p, name in zip(picture.axes, (truth, t, s), ("Truth", "Teacher", f"Student{note}"), strict=False):
        paint_classes(ax, p)
        ax.set_title(name, y=1.02)  # at a fixed place: finding one takes time in every frame
        _name_regions(ax, p)
    _show_cases(picture.axes[3], cases)
    picture.axes[3].set_title(f"They differ on {_share(differ):.1%}", y=1.02)
    for ax in picture.axes:
        ax.xaxis.set_label_coords(0.5, -0.12)
        ax.set_ylabel("income ($1,000 a year)" if ax is picture.axes[0] else "")
    patches = [
        Patch(facecolor=colour, hatch=hatch, label=f"{name}: {_share(where):.1%}")
        for (name, (colour, hatch)), where in zip(CASES.items(), cases, strict=True)
    ]
    picture.figure.text(0.05, 0.035, f"{sex}, {state}. The paler, the less sure.", fontsize=9)
    picture.figure.legend(handles=patches, title="", loc="lower right", ncols=3, bbox_to_anchor=(0.99, 0.0))
    return picture


def _share(where):
    return where.double().mean().item()


def _axes_of_grid():
    return torch.linspace(18, 80, POINTS), torch.linspace(20, 90, POINTS)


def _name_regions(ax, p):
    """Borders between the classes, and each class's name where it is chosen: colour is not the only cue."""
    age, income = _axes_of_grid()
    choice = p.argmax(-1).reshape(POINTS, POINTS)
    for k, name in enumerate(POLITICS):
        rows, columns = (choice == k).nonzero(as_tuple=True)
        if 0 < len(rows) < choice.numel():
            others = p[:, [j for j in range(3) if j != k]].amax(-1)
            lead = (p[:, k] - others).reshape(POINTS, POINTS)
            ax.contour(age, income, lead, [0.0], colors="#333333", linewidths=0.8, linestyles="solid")
        if len(rows) > 0.02 * choice.numel():
            at = ((rows - rows.double().mean()) ** 2 + (columns - columns.double().mean()) ** 2).argmin()
            box = {"facecolor": "#ffffff", "alpha": 0.75, "edgecolor": "none", "boxstyle": "round,pad=0.15"}
            ax.text(age[columns[at]], income[rows[at]], name, ha="center", va="center", fontsize=9, bbox=box)


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
