"""The directive ``{home-picture}``: what two students have learned, beside the truth, trained at build time."""

import base64
import io
from html import escape
from pathlib import Path

import matplotlib.image
import torch
from docutils import nodes
from matplotlib.figure import Figure
from sphinx.util.docutils import SphinxDirective

import kdlib
from kdlib import figures, metrics
from kdlib.intervals import mean_over_seeds

RUNS, TEST = 32, 10_000
MAN, MICHIGAN = -1.0, 0
TITLES = {
    "truth": "The truth",
    "labels": "A student of the labels",
    "teacher": "A student of a teacher",
}
ALTS = {
    "truth": "Three regions: liberal at the lower left, conservative at the upper right, and between them a lens of "
    "moderates.",
    "labels": "Two regions and a nearly straight border between them. The moderates are missing, but for a corner at "
    "the lower right.",
    "teacher": "Three regions as in the truth, with the lens of moderates, a little longer and fainter.",
}


def students() -> dict[str, kdlib.Cohort]:
    """Both kinds of students, each with the step size that chapter 6 chooses for it."""
    many, people = kdlib.sample_people(4_000, seed=5), kdlib.sample_people(200, seed=100, runs=RUNS)
    large = {"epochs": 60, "batch_size": 20, "lr": 0.05}
    teacher = kdlib.train_cohort((6, 32, 32, 3), many, kdlib.HardLabels(), runs=1, **large).module(0)
    v = kdlib.logits_of(teacher, people.x)
    same = {"runs": RUNS, "epochs": 400, "seed": 1}
    return {
        "labels": kdlib.train_cohort((6, 8, 3), people, kdlib.HardLabels(), lr=0.02, **same),
        "teacher": kdlib.train_cohort((6, 8, 3), people, kdlib.SoftTargets(1.0), lr=1.0, teacher_logits=v, **same),
    }


def panels():
    """For each panel the function that it draws, and what was measured, in words."""
    fresh, world = kdlib.sample_people(TEST, seed=1), kdlib.sample_people(500_000, seed=2)
    best = kdlib.posterior(world.x).max(-1).values.mean().item()  # needs no labels, so it may take many people
    yield "truth", kdlib.posterior, f"right for {best:.1%} of people, the best there can be"
    cohorts = students()
    accuracy = {name: metrics.top1(cohort.logits(fresh.x), fresh.y) for name, cohort in cohorts.items()}
    kdlib.claim("The picture shows what is so: the teacher helps.", accuracy["teacher"], accuracy["labels"], above=0.01)
    for name, cohort in cohorts.items():
        mean, low, high, _ = mean_over_seeds(accuracy[name])
        words = f"right for {mean:.1%} [{low:.1%}, {high:.1%}]"
        yield name, figures.probabilities_of(cohort.module(0)), words


def png(probabilities) -> str:
    """The map as a data URI. Where nobody is sure it is transparent, so it suits a light and a dark page."""
    axes = Figure().subplots()
    figures.age_income_map(axes, probabilities, sex=MAN, state=MICHIGAN, points=180)
    on_white = torch.as_tensor(axes.images[0].get_array())
    sure = 1 - on_white.amin(-1, keepdim=True)  # the colours of the classes are those without any white
    colours = torch.cat([(on_white - 1 + sure) / sure.clamp(min=1e-6), sure], -1).clamp(0, 1)
    out = io.BytesIO()
    matplotlib.image.imsave(out, colours.numpy(), origin="lower", format="png", metadata={"Software": None})
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"


class HomePicture(SphinxDirective):
    """Three maps side by side; the directive's text is the caption."""

    has_content = True

    def run(self):
        for module in (__file__, *Path(kdlib.__file__).parent.glob("*.py")):
            self.env.note_dependency(module)
        threads, parts = torch.get_num_threads(), []
        torch.set_num_threads(1)
        for name, probabilities, words in panels():
            alt = escape(f"Men in Michigan by age and income. {ALTS[name]}")
            image = f'<img class="dark-light" alt="{alt}" src="{png(probabilities)}">'
            parts.append(f"<div>{image}<p><strong>{TITLES[name]}</strong><br>{words}</p></div>")
        torch.set_num_threads(threads)
        maps = nodes.raw("", f'<div class="kd-home-maps">{"".join(parts)}</div>', format="html")
        return [nodes.container("", maps, *self.parse_content_to_nodes(), classes=["kd-home"])]


def setup(app):
    app.add_directive("home-picture", HomePicture)
    return {"parallel_read_safe": True}
