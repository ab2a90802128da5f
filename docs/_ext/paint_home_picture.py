"""The directive ``{home-picture}``: what two students have learned, beside the truth, trained at build time."""

from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

import kdlib
from kdlib import figures, metrics
from kdlib.intervals import mean_over_seeds
from kdlib.threads import torch_threads

RUNS, LABELLED = 32, 4_000
MAN, MICHIGAN = -1.0, 0
ALT = (
    "Three maps of men in Michigan by age and income. The truth has three regions: liberal at the lower left, "
    "conservative at the upper right, and between them a lens of moderates. A student of the labels has two, with a "
    "nearly straight border; moderates are left in a corner. A student of a teacher has three, as the truth has."
)


def students() -> dict[str, kdlib.Cohort]:
    """Both kinds of students, each with the step size that chapter 6 chooses for it."""
    many, people = kdlib.sample_people(LABELLED, seed=5), kdlib.sample_people(200, seed=100, runs=RUNS)
    large = {"epochs": 60, "batch_size": 20, "lr": 0.05}
    teacher = kdlib.train_cohort((6, 32, 32, 3), many, kdlib.HardLabels(), runs=1, **large).module(0)
    v = kdlib.logits_of(teacher, people.x)
    same = {"runs": RUNS, "epochs": 400, "seed": 1}
    return {
        "A student of the labels": kdlib.train_cohort((6, 8, 3), people, kdlib.HardLabels(), lr=0.02, **same),
        "A student of a teacher": kdlib.train_cohort(
            (6, 8, 3), people, kdlib.SoftTargets(1.0), lr=1.0, teacher_logits=v, **same
        ),
    }


def panels():
    """For each panel its title, the function that it draws, and the accuracy in words."""
    everyone = kdlib.census()
    best = everyone.p.double().amax(-1).mean().item()
    yield "The truth", kdlib.posterior, f"{best:.1%} at best"
    cohorts = students()
    accuracy = {k: metrics.expected_accuracy(cohort.logits(everyone.x), everyone.p) for k, cohort in cohorts.items()}
    labels, teacher = accuracy.values()
    kdlib.claim("The picture shows what is so: the teacher helps.", teacher, labels, above=0.01)
    for name, cohort in cohorts.items():
        mean, low, high, _ = mean_over_seeds(accuracy[name])
        yield name, figures.probabilities_of(cohort.module(0)), f"{mean:.1%} [{low:.1%}, {high:.1%}]"


def picture() -> figures.Picture:
    """The three maps, with the accuracies in their titles."""
    shown = figures.Picture(ALT, columns=3, width=9.5, height=3.5, sharey=True)
    x = figures.age_income_plane(MAN, MICHIGAN, points=120)
    for ax, (name, probabilities, words) in zip(shown.axes, panels(), strict=True):
        p = probabilities(x)
        figures.paint_classes(ax, p, f"{name}\nright for {words}")
        figures.name_classes(ax, p)
    for ax in shown.axes[1:]:
        ax.set_ylabel("")
    return shown


class HomePicture(SphinxDirective):
    """Three maps side by side; the directive's text is the caption."""

    has_content = True

    def run(self):
        for module in (__file__, *Path(kdlib.__file__).parent.rglob("*.py")):
            self.env.note_dependency(module)
        with torch_threads(1):
            maps = nodes.raw("", picture()._repr_mimebundle_()["text/html"], format="html")
        return [nodes.container("", maps, *self.parse_content_to_nodes(), classes=["kd-home"])]


def setup(app):
    app.add_directive("home-picture", HomePicture)
    return {"parallel_read_safe": True}
