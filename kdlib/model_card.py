"""A model card beside a saved network: what it was taught, on what, how good it is, and for whom it is not. Chapter 09.

After Mitchell et al., "Model cards for model reporting", 2019.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from kdlib.checkpoints import load_model
from kdlib.files import write_whole


def write_card(
    path: str | os.PathLike, *, taught: str, rows: str, scores: dict[str, object], not_for: Sequence[str]
) -> Path:
    """Write the card of the network that `save_model` saved in ``path``, beside it, as ``.md``; returns its path.

    ``taught`` and ``rows`` are sentences, ``scores`` maps what was measured to its value, ``not_for`` lists whom and
    what the network does not serve. Sizes and names are read from the file, so the card cannot contradict it.
    Raises `ValueError` where one of them is empty, `CheckpointError` where there is no such network. Chapter 09.
    """
    given = {"taught": taught, "rows": rows, "scores": scores, "not_for": not_for}
    if empty := [name for name, value in given.items() if not value]:
        raise ValueError(f"{empty[0]} is empty; expected what a reader of the card has to know")
    if isinstance(not_for, str):
        raise ValueError(f"not_for is {not_for!r}; expected a list of sentences")
    path = Path(path)
    model, card = load_model(path), path.with_suffix(".md")
    if card == path:
        raise ValueError(f"{path}: is where its own card belongs; expected another name, such as student.safetensors")
    sizes = "-".join(map(str, model.sizes))
    count, dtype = (
        sum(p.numel() for p in model.parameters()),
        str(next(model.parameters()).dtype).removeprefix("torch."),
    )
    lines = [
        f"# Model card: {path.name}",
        "",
        f"A tanh network {sizes}: {count:,} weights in {dtype}, {path.stat().st_size:,} bytes.",
        f"It takes {model.sizes[0]} features ({_some(model.features)}) and gives a logit for each of "
        f"{model.sizes[-1]} classes ({_some(model.classes)}).",
        "",
        f"**What it was taught.** {taught}",
        "",
        f"**On what.** {rows}",
        "",
        "**How good it is.**",
        "",
        *(f"- {what}: {value}" for what, value in scores.items()),
        "",
        "**For whom it is not.**",
        "",
        *(f"- {one}" for one in not_for),
        "",
    ]
    write_whole(card, "\n".join(lines).encode())
    return card


def _some(names: Sequence) -> str:
    """All of a few names, the first and the last of many."""
    shown = list(map(str, names)) if len(names) <= 10 else [str(names[0]), str(names[1]), "...", str(names[-1])]
    return ", ".join(shown)
