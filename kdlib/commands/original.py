"""The demo from end to end: data, teacher, accuracies, student, accuracies, both networks saved.

A network is saved as soon as its training ends, before anything is printed or drawn that could fail, and each file on
its own: a full disk, a closed pipe or a signal costs what it hits and nothing else.
"""

import itertools
import json
import os
import sys
import tempfile
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from kdlib import checkpoints, closed_form, metrics, models, onnx_files, training
from kdlib.commands import shipping, stories, terminal
from kdlib.files import refuse_target, write_whole
from kdlib.intervals import wilson
from kdlib.threads import torch_threads

_ENGINES = {"closed-form": closed_form.train_closed_form, "autograd": training.train}
_LOG_LINES = 10  # the original prints the loss ten times on the way


def run(options) -> int:
    """Run the demo.

    Returns 0; 2 when training diverged or a file could not be written; after a signal, 128 and its number. All that was
    learned until then is saved.
    """
    files = _output_files(options)
    dtype = getattr(torch, options.dtype)
    story = stories.STORIES[options.world](options, dtype)
    for role in story.roles.values():
        if options.batch_size and options.batch_size > len(role.rows):
            raise ValueError(
                f"--batch-size is {options.batch_size}; expected at most {len(role.rows)}, the training rows"
            )
    print(f"{story.opening}, {options.dtype}, seed {options.seed}")

    results, networks, code, lines = {}, {}, 0, []
    with terminal.stop_requests() as stop, _settings(dtype):
        torch.manual_seed(options.seed)
        for name, role in story.roles.items():
            model = role.make()
            if stop.code:
                break
            losses, diverged = _train(name, role, model, networks.get("teacher"), options, stop)
            lines.append(_kept(f"{name} saved", files[name], partial(checkpoints.save_model, model)))
            results[name] = {"loss": losses, **_accuracies(model, networks.get("teacher"), story)}
            if diverged:
                code = terminal.refuse(diverged)
                break
            networks[name] = model
        if story.shipped and len(networks) == len(story.roles):
            lines += _shipped(story, networks, results, files)
        if "results" in files:
            text = json.dumps(results, indent=1).encode()
            lines.append(_kept("results", files["results"], lambda path: write_whole(path, text)))
        if results:
            draw = partial(_loss_picture, results, story)
            lines.append(_kept("loss curves", files["picture"], lambda path: write_whole(path, draw())))
    if stop.code:
        print(f"\nstopped by {stop.name}; what was learned so far is saved")
    print("", *filter(None, lines), sep="\n")
    return stop.code or (code if all(lines) else 2)


def _shipped(story, networks, results, files) -> list[str]:
    """Add sizes and times to the results, write ONNX files and model card, and return the lines about them."""
    for name, cost in shipping.costs(networks, story.test).items():
        results[name] |= cost
    if lacking := onnx_files.missing():
        print(f"\nno ONNX files: {lacking}")
    lines = [
        _kept(what, files[what], partial(onnx_files.export_onnx, model))
        for role, model in networks.items()
        if (what := f"{role} as ONNX") in files
    ]
    write = partial(shipping.card, files["student"], networks["teacher"], results, story)
    return [*lines, _kept("model card", files["model card"], lambda path: write())]


@contextmanager
def _settings(dtype):
    """New networks in ``dtype``, and one thread: at this size a second one only waits for the first."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch_threads(1):
            yield
    finally:
        torch.set_default_dtype(before)


def _output_files(options) -> dict[str, Path]:
    """Where everything will go; found out before the training, not after it, that something cannot be written."""
    options.out.mkdir(parents=True, exist_ok=True)
    files = {role: options.out / f"{role}.safetensors" for role in ("teacher", "student")}
    files["picture"] = options.out / "loss.png"
    if options.world == "digits":
        files |= shipping.files(options.out)
    if options.json:
        files["results"] = options.json
    inputs = {name: path for name in ("train", "test") if (path := getattr(options, name))}
    for (a, one), (b, other) in itertools.combinations([*files.items(), *inputs.items()], 2):
        if a in files and _same_file(one, other):
            raise ValueError(f"{other}: would be both {a} and {b}; expected two files")
    for path in files.values():
        folder = Path(os.path.realpath(path)).parent
        try:
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as problem:
            raise ValueError(f"{folder}: cannot write there ({problem.strerror})") from None
        refuse_target(path)
    return files


def _same_file(one: Path, other: Path) -> bool:
    both = one.exists() and other.exists()
    return os.path.samefile(one, other) if both else os.path.realpath(one) == os.path.realpath(other)


def _train(name, role, model, teacher, options, stop) -> tuple[list, Exception | None]:
    """Train with a bar and a log, until the end, a stop request or divergence: the losses, and what diverged."""
    sizes = "-".join(map(str, model.sizes))
    settings: dict[str, Any] = {key: getattr(options, key) or value for key, value in role.recipe.items()}
    print(f"\n{name} {sizes}, towards {role.towards}, lr {settings['lr']:g}, batch {settings['batch_size']}")
    losses = []
    every = max(settings["epochs"] // _LOG_LINES, 1)
    run_of_losses: Any = _ENGINES[options.engine](model, role.rows, role.objective, teacher=teacher, **settings)
    try:
        with closing(run_of_losses), tqdm(total=settings["epochs"], unit="epoch", desc=name, leave=False) as bar:
            for loss in run_of_losses:
                if len(losses) % every == 0:
                    bar.write(f"epoch {len(losses):>5}   loss {loss:.4f}")
                losses.append(loss)
                bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
                bar.update()
                if stop.code:
                    break
    except training.TrainingDiverged as diverged:
        return losses, diverged
    return losses, None


def _accuracies(model, teacher, story) -> dict[str, float]:
    shares, test = {}, story.test
    for name, data in (("train", story.train), ("test", test)):
        share = shares[f"{name}_accuracy"] = metrics.accuracy(model, data)
        interval = wilson(share * len(data), len(data))
        print(f"accuracy on {name:<5} {share:.4f}   95% interval {interval.low:.3f} to {interval.high:.3f}")
    if teacher is not None:
        share = metrics.agreement(models.logits_of(model, test.x), models.logits_of(teacher, test.x)).item()
        print(f"agreement with the teacher on test {share:.4f}")
    return shares


def _kept(what: str, path: Path, write) -> str:
    """Write one file and return the line about it; what prevents it is one line too, and costs no other file."""
    try:
        write(path)
    except Exception as problem:  # a plotting library with its own mind, as well as a full disk
        reason = terminal.one_line(problem)
        print(f"error: {reason if str(path) in reason else f'{path}: {reason}'}", file=sys.stderr)
        return ""
    return f"{what}: {path}"


def _loss_picture(results, story) -> bytes:
    from kdlib import figures

    picture = figures.Picture("Loss per epoch of teacher and student", columns=len(results), squeeze=False, width=8)
    for ax, (role, result) in zip(picture.axes[0], results.items(), strict=True):
        figures.curves(ax, {role: result["loss"]}, ylabel=story.roles[role].ylabel, title=f"{role}: loss per epoch")
    return picture.png()
