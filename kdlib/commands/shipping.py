"""What the demo adds for a student that is to be shipped: sizes, times, ONNX files and a model card."""

from pathlib import Path

from kdlib import budget, onnx_files
from kdlib.intervals import wilson
from kdlib.model_card import write_card
from kdlib.models import MLP

BATCH = 1_000  # the one number of the results: rows are many where time counts
NOT_FOR = (
    "Digits of a stranger's hand: the rows are those of 13 people, and some of each learned, some tested.",
    "Photographs, larger images, or anything that is no digit: it always names one.",
    "Its own probabilities as a measure of risk: nobody has calibrated them.",
)


def costs(models: dict[str, MLP], rows) -> dict[str, dict]:
    """Print what each network costs; returns its bytes and its microseconds a prediction in torch, in large batches."""
    found = {}
    for role, model in models.items():
        cost = budget.measure(model, rows.x)
        print(f"\n{role}: {cost}")
        found[role] = {"bytes": cost.bytes, "microseconds": cost.microseconds["torch", BATCH].median}
    return found


def files(folder: Path) -> dict[str, Path]:
    """Where all that will go, beside the checkpoints."""
    found = {"model card": folder / "student.md"}
    if not onnx_files.missing():
        found |= {f"{role} as ONNX": folder / f"{role}.onnx" for role in ("teacher", "student")}
    return found


def card(checkpoint: Path, teacher: MLP, results: dict, story) -> None:
    """Write the student's model card beside its checkpoint."""
    n, shares = len(story.test), {role: result["test_accuracy"] for role, result in results.items()}
    sizes = "-".join(map(str, teacher.sizes))
    write_card(
        checkpoint,
        taught=f"The {story.roles['student'].towards}, a tanh network {sizes} that learned {len(story.train)} labels.",
        rows=f"{story.opening}: handwritten digits of 8 x 8 pixels, by Alpaydin and Kaynak, 1998 (CC BY 4.0).",
        scores={f"accuracy of the {role} on {n} test rows": wilson(share * n, n) for role, share in shares.items()},
        not_for=NOT_FOR,
    )
