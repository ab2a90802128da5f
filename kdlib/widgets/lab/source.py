"""The Python source that repeats a run of the training lab."""

from kdlib.widgets.lab.lab_worlds import LAB_WORLDS
from kdlib.widgets.lab.runs import teacher_recipe
from kdlib.widgets.lab.settings import OBJECTIVES, Settings


def source(s: Settings, epochs: int) -> str:
    """Python source that makes ``accuracy`` and ``agreement`` [seeds] of this run after ``epochs`` epochs."""
    recipe, world = teacher_recipe(s), LAB_WORLDS[s.world]
    sizes, theirs = recipe.pop("sizes"), "people"
    lines = ["import torch", "import kdlib", "from kdlib import metrics", "", *world.scored_source]
    lines += world.rows_source(s.rows, 100 * (s.seed + 1), s.seeds)
    v = "teacher.logits(people.x)"
    if s.teacher == "better":
        theirs = "many"
        v = f"teacher.logits(people.x.flatten(0, 1)).reshape({s.seeds}, {s.rows}, -1)"
        lines.append(world.many_source)
    options = ", ".join(f"{name}={value!r}" for name, value in recipe.items())
    shape = (world.inputs, s.hidden, world.classes)
    lines.append(f"teacher = kdlib.train_cohort({sizes}, {theirs}, kdlib.HardLabels(), {options})")
    objective = OBJECTIVES[s.objective](s)
    lines += [
        "students = kdlib.train_cohort(",
        f"    {shape}, people, kdlib.{objective!r}, runs={s.seeds}, epochs={epochs},",
        f"    batch_size={s.batch_size}, lr={s.lr!r}, seed={s.seed + 1},",
        *([f"    teacher_logits={v},"] if objective.needs_teacher else []),
        ")",
        world.accuracy_source,
        "agreement = metrics.agreement(students.logits(everyone.x), teacher.logits(everyone.x).squeeze(0))",
    ]
    return "\n".join(lines)
