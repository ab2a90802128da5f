"""The original demo from end to end: data, teacher, accuracies, student, accuracies, the student saved."""

import argparse
import json
import sys
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path

import torch

from kdlib import checkpoints, closed_form, metrics, models, objectives, training
from kdlib.intervals import wilson
from kdlib.worlds.people_file import DATA, PeopleDataset

_TARGETS = {"log-probs": objectives.LogProbMatching(), "logits": objectives.LogitMatching()}
_ENGINES = {"closed-form": closed_form.train_closed_form, "autograd": training.train}
_LOG_LINES = 10  # the original prints the loss ten times on the way


def add_command(commands) -> None:
    """Add ``demo`` and its options to the command line."""
    demo = commands.add_parser("demo", help="train the original teacher and student and save the student")
    demo.add_argument("--train", type=Path, default=DATA / "people_train.txt", help="people file to train on")
    demo.add_argument("--test", type=Path, default=DATA / "people_test.txt", help="people file to test on")
    demo.add_argument("--epochs", type=_number(int, 1, 10**7), default=2000, help="default: 2000")
    demo.add_argument("--lr", type=_number(float, 0, 1e38), default=0.005, help="step size, default: 0.005")
    demo.add_argument("--batch-size", type=_number(int, 1, 10**9), default=10, help="default: 10")
    demo.add_argument("--seed", type=_number(int, 0, 2**63 - 1), default=0, help="default: 0")
    demo.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    demo.add_argument("--student-target", choices=list(_TARGETS), default="log-probs")
    demo.add_argument(
        "--engine", choices=list(_ENGINES), default="closed-form", help="the same run, fast or by autograd"
    )
    demo.add_argument("--out", type=Path, default=Path("demo-output"), help="folder for the student and the picture")
    demo.add_argument("--json", type=Path, help="file for losses and accuracies")
    demo.set_defaults(run=run)


def _number(kind, low, high):
    """An argparse type: a number of ``kind`` from ``low`` (excluded where it is a float) to ``high``."""

    def parse(text: str):
        try:
            value = kind(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number; expected {_range(kind, low, high)}") from None
        if not low <= value <= high or (kind is float and not low < value < high):
            raise argparse.ArgumentTypeError(f"{text} is out of range; expected {_range(kind, low, high)}")
        return value

    return parse


def _range(kind, low, high) -> str:
    return f"an integer from {low} to {high}" if kind is int else "a positive number, such as 0.005"


def run(options) -> int:
    """Run the demo; returns 0, 130 after Ctrl-C or 2 when training diverged, with all that was learned saved."""
    _check_folders(options)
    dtype = getattr(torch, options.dtype)
    train, test = PeopleDataset(options.train, dtype), PeopleDataset(options.test, dtype)
    if options.batch_size > len(train):
        raise ValueError(f"--batch-size is {options.batch_size}; expected at most {len(train)}, the training rows")
    print(f"{len(train)} people to train on, {len(test)} to test on, {options.dtype}, seed {options.seed}")

    networks, results, code = {}, {}, 0
    try:
        with _settings(dtype):
            torch.manual_seed(options.seed)
            teacher = networks["teacher"] = models.teacher_net()
            _train("teacher", teacher, train, test, objectives.HardLabels(), None, options, results)
            student = networks["student"] = models.student_net()
            _train("student", student, train, test, _TARGETS[options.student_target], teacher, options, results)
    except KeyboardInterrupt:
        print("\nstopped by Ctrl-C; what was learned so far is saved")
        code = 130
    except training.TrainingDiverged as problem:
        print(f"error: {problem}", file=sys.stderr)
        code = 2
    _save(options, results, networks)
    return code


@contextmanager
def _settings(dtype):
    """New networks in ``dtype``, and one thread: at this size a second one only waits for the first."""
    before, threads = torch.get_default_dtype(), torch.get_num_threads()
    torch.set_default_dtype(dtype)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
        torch.set_num_threads(threads)


def _check_folders(options) -> None:
    """Find out before the training, not after it, that the results cannot be written."""
    options.out.mkdir(parents=True, exist_ok=True)
    if options.json and options.json.is_dir():
        raise ValueError(f"{options.json}: is a directory; expected a file for the results")
    for folder in {options.out, options.json.parent if options.json else options.out}:
        try:
            tempfile.TemporaryFile(dir=folder).close()
        except OSError as problem:
            raise ValueError(f"{folder}: cannot write there ({problem.strerror})") from None


def _train(role, model, train, test, objective, teacher, options, results) -> None:
    """Train with a bar and a log, then print and record the accuracies, also when the training is cut short."""
    from tqdm import tqdm

    towards = f"{options.student_target} of the teacher" if teacher is not None else "labels (NLL)"
    sizes = "-".join(map(str, model.sizes))
    print(f"\n{role} {sizes}, towards {towards}, lr {options.lr:g}, batch {options.batch_size}")
    losses = []
    settings = {"epochs": options.epochs, "batch_size": options.batch_size, "lr": options.lr}
    every = max(options.epochs // _LOG_LINES, 1)
    run_of_losses = _ENGINES[options.engine](model, train, objective, teacher=teacher, **settings)
    try:
        with closing(run_of_losses), tqdm(total=options.epochs, unit="epoch", desc=role, leave=False) as bar:
            for loss in run_of_losses:
                if len(losses) % every == 0:
                    bar.write(f"epoch {len(losses):>5}   loss {loss:.4f}")
                losses.append(loss)
                bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
                bar.update()
    finally:
        results[role] = {"loss": losses, **_accuracies(model, train, test)}
        if teacher is not None:
            share = metrics.agreement(models.logits_of(model, test.x), models.logits_of(teacher, test.x)).item()
            print(f"agreement with the teacher on test {share:.4f}")


def _accuracies(model, train, test) -> dict:
    shares = {}
    for name, data in (("train", train), ("test", test)):
        share = shares[f"{name}_accuracy"] = metrics.accuracy(model, data)
        interval = wilson(share * len(data), len(data))
        print(f"accuracy on {name:<5} {share:.4f}   95% interval {interval.low:.3f} to {interval.high:.3f}")
    return shares


def _save(options, results, networks) -> None:
    print()
    for role, network in networks.items():
        path = options.out / f"{role}.safetensors"
        checkpoints.save_model(network, path)
        print(f"{role} saved: {path}")
    if results:
        picture = options.out / "loss.png"
        _loss_picture(results, picture)
        print(f"loss curves: {picture}")
    if options.json:
        with checkpoints.written_whole(options.json) as name:
            Path(name).write_text(json.dumps(results, indent=1))
        print(f"results: {options.json}")


def _loss_picture(results, path) -> None:
    from kdlib import figures

    ylabels = {"teacher": "NLL against the labels (nats)", "student": "mean squared error against the teacher"}
    picture = figures.Picture("Loss per epoch of teacher and student", columns=len(results), squeeze=False, width=8)
    for ax, (role, result) in zip(picture.axes[0], results.items(), strict=True):
        figures.curves(ax, {role: result["loss"]}, ylabel=ylabels[role], title=f"{role}: loss per epoch")
    picture.save(path)
