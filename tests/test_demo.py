"""The command line: the demo is the original's run, says what is wrong in one line, and saves what was learned."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import matplotlib
import pytest
import torch
import tqdm
from matplotlib import image
from packaging.requirements import Requirement
from torch.utils.data import DataLoader

from kdlib import (
    HardLabels,
    LogProbMatching,
    PeopleDataset,
    accuracy,
    fit,
    load_model,
    models,
    student_net,
    teacher_net,
)
from kdlib.commands import doctor, stories, terminal
from kdlib.intervals import wilson
from kdlib.worlds.people_file import DATA
from tests.support.command import outcome

ROOT = Path(__file__).resolve().parent.parent
ORIGINAL = Path(__file__).parents[2] / "shared" / "people-original"


def run_demo(folder, *arguments):
    """Run the demo into a folder and return its JSON results."""
    results = folder / "results.json"
    assert outcome("demo", "--out", folder / "out", "--json", results, *arguments) == 0
    return json.loads(results.read_text())


def error_lines(text):
    return [line for line in re.split(r"[\r\n]+", text) if "error" in line.lower() or "Traceback" in line]


def plain_demo(epochs, batch_size, lr, seed, dtype, logits):
    """The demo written as the original is written, with the same order of draws."""
    train, test = (PeopleDataset(DATA / f"people_{name}.txt", dtype) for name in ("train", "test"))
    loader = DataLoader(train, batch_size=batch_size, shuffle=True)
    results = {}

    def learn(role, net, loss_of):
        optimizer, losses = torch.optim.SGD(net.parameters(), lr=lr), []
        for _ in range(epochs):
            total = 0.0
            for x, y in loader:
                loss = loss_of(net(x), x, y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(y)
            losses.append(total / len(train))
        results[role] = {"loss": losses}
        for name, data in (("train", train), ("test", test)):
            right = sum(int(net(x).argmax() == y) for x, y in data)
            results[role][f"{name}_accuracy"] = right / len(data)

    def towards_teacher(outputs, x, y):
        with torch.no_grad():
            target = teacher(x) if logits else torch.log_softmax(teacher(x), dim=1)
        return torch.nn.MSELoss()(outputs, target)

    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        torch.manual_seed(seed)
        teacher = teacher_net()
        learn("teacher", teacher, lambda outputs, x, y: torch.nn.NLLLoss()(torch.log_softmax(outputs, dim=1), y))
        learn("student", student_net(), towards_teacher)
    finally:
        torch.set_default_dtype(before)
    return results


ENGINES = pytest.mark.parametrize("engine", ["closed-form", "autograd"])


@ENGINES
@pytest.mark.parametrize(
    ("dtype", "target", "batch_size", "lr", "seed"),
    [("float64", "log-probs", 10, 0.005, 0), ("float64", "logits", 7, 0.05, 3), ("float32", "log-probs", 10, 0.01, 1)],
)
def test_the_numbers_are_those_of_the_plain_loop(tmp_path, engine, dtype, target, batch_size, lr, seed):
    options = [
        "--engine",
        engine,
        "--dtype",
        dtype,
        "--student-target",
        target,
        "--batch-size",
        batch_size,
        "--lr",
        lr,
        "--seed",
        seed,
    ]
    results = run_demo(tmp_path, "--epochs", 6, *options)
    expected = plain_demo(6, batch_size, lr, seed, getattr(torch, dtype), target == "logits")
    assert set(results) == {"teacher", "student"}
    for role, stated in expected.items():
        close = 1e-12 if dtype == "float64" else 1e-5
        assert set(results[role]) == {"loss", "train_accuracy", "test_accuracy"}
        assert len(results[role]["loss"]) == 6
        assert results[role]["loss"] == pytest.approx(stated["loss"], rel=close, abs=close)
        assert results[role]["train_accuracy"] == pytest.approx(stated["train_accuracy"], abs=1e-12)
        assert results[role]["test_accuracy"] == pytest.approx(stated["test_accuracy"], abs=1e-12)


def test_without_options_for_them_dtype_target_and_seed_are_those_of_the_original(tmp_path):
    plain = run_demo(tmp_path, "--epochs", 2)
    assert plain == run_demo(tmp_path, "--epochs", 2, "--dtype", "float32", "--student-target", "log-probs")
    assert plain == run_demo(tmp_path, "--epochs", 2, "--seed", 0, "--lr", 0.005, "--batch-size", 10)
    assert plain != run_demo(tmp_path, "--epochs", 2, "--seed", 1)


def test_the_report_logs_every_tenth_and_gives_each_accuracy_its_interval(tmp_path, capsys):
    results = run_demo(tmp_path, "--epochs", 40)
    out, err = capsys.readouterr()
    assert out.startswith("200 people to train on, 40 to test on, float32, seed 0\n")
    logged = re.findall(r"^epoch +(\d+)   loss (\S+)$", out, re.MULTILINE)
    expected = [(str(e), f"{results[role]['loss'][e]:.4f}") for role in ("teacher", "student") for e in range(0, 40, 4)]
    assert logged == expected
    lines = re.findall(r"^accuracy on (\w+) +(\S+)   95% interval (\S+) to (\S+)$", out, re.MULTILINE)
    shown = []
    for role in ("teacher", "student"):
        for name, rows in (("train", 200), ("test", 40)):
            share = results[role][f"{name}_accuracy"]
            interval = wilson(round(share * rows), rows)
            shown.append((name, f"{share:.4f}", f"{interval.low:.3f}", f"{interval.high:.3f}"))
    assert lines == shown
    assert "teacher 6-10-10-3, towards labels (NLL), lr 0.005, batch 10" in out
    assert "student 6-8-3, towards log-probs of the teacher, lr 0.005, batch 10" in out
    assert re.search(r"^agreement with the teacher on test [01]\.\d{4}$", out, re.MULTILINE)
    assert "epoch/s" in err and error_lines(err) == []  # the bar


def test_student_teacher_and_picture_are_saved(tmp_path, capsys):
    results = run_demo(tmp_path, "--epochs", 3)
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == ["loss.png", "student.safetensors", "teacher.safetensors"]
    for role, sizes in (("student", (6, 8, 3)), ("teacher", (6, 10, 10, 3))):
        network = load_model(out / f"{role}.safetensors", sizes)
        for name in ("train", "test"):
            assert accuracy(network, PeopleDataset(DATA / f"people_{name}.txt")) == results[role][f"{name}_accuracy"]
    assert image.imread(out / "loss.png").min() < 0.9
    printed = capsys.readouterr().out
    for path in (*out.iterdir(), tmp_path / "results.json"):
        assert str(path) in printed


def test_the_results_go_to_a_folder_of_their_own_by_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert outcome("demo", "--epochs", 1) == 0
    assert (tmp_path / "demo-output" / "student.safetensors").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["demo-output"]  # no JSON unless asked for


@pytest.mark.parametrize("lr", ["0.005", "1e30"])
def test_dtype_and_threads_are_afterwards_as_before(tmp_path, lr):
    torch.set_num_threads(2)
    try:
        outcome("demo", "--epochs", 2, "--dtype", "float64", "--lr", lr, "--out", tmp_path)
        assert torch.get_num_threads() == 2 and torch.get_default_dtype() == torch.float32
    finally:
        torch.set_num_threads(1)


@pytest.mark.skipif(not ORIGINAL.exists(), reason="the original's rows are not here")
def test_the_rows_of_the_original_run_unchanged(tmp_path, capsys):
    files = ["--train", ORIGINAL / "people_train.txt", "--test", ORIGINAL / "people_test.txt"]
    results = run_demo(tmp_path, "--epochs", 3, *files)
    assert capsys.readouterr().out.startswith("200 people to train on, 40 to test on")
    assert len(results["student"]["loss"]) == 3


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--epochs", "0"], "--epochs: 0 is out of range; expected an integer from 1 to"),
        (["--epochs", "-5"], "--epochs: -5 is out of range"),
        (["--epochs", "1.5"], "--epochs: is '1.5'; expected an integer"),
        (["--epochs", "many"], "--epochs: is 'many'; expected an integer"),
        (["--batch-size", "0"], "--batch-size: 0 is out of range"),
        (["--batch-size", "201"], "--batch-size is 201; expected at most 200, the training rows"),
        (["--lr", "0"], "--lr: 0 is out of range; expected a positive number, such as 0.005"),
        (["--lr", "-1"], "--lr: -1 is out of range"),
        (["--lr", "nan"], "--lr: nan is out of range"),
        (["--lr", "inf"], "--lr: inf is out of range"),
        (["--lr", "1e300"], "--lr: 1e300 is out of range"),
        (["--lr", "fast"], "--lr: is 'fast'; expected a positive number"),
        (["--seed", "-1"], "--seed: -1 is out of range; expected an integer from 0 to"),
        (["--seed", str(2**63)], f"--seed: {2**63} is out of range"),
        (["--dtype", "float16"], "--dtype: invalid choice: 'float16'"),
        (["--student-target", "labels"], "--student-target: invalid choice: 'labels'"),
        (["--engine", "steam"], "--engine: invalid choice: 'steam'"),
        (["--hidden", "8"], "unrecognized arguments: --hidden 8"),
        (["--train", "nobody.txt"], "nobody.txt: there is no such file; expected a people file"),
        (["--test", "."], ".: is a directory; expected a people file"),
        (["--test", "{tmp}/bad.txt"], "bad.txt, line 2: age 24 looks like years; expected 0.24"),
        (["--out", "{tmp}/bad.txt"], "bad.txt: File exists"),
        (["--out", "{tmp}/bad.txt/below"], "bad.txt/below: Not a directory"),
        (["--json", "{tmp}/nowhere/results.json"], "nowhere: cannot write there (No such file or directory)"),
        (["--json", "{tmp}"], "is a directory; expected a file"),
        (["--json", os.devnull], "is no regular file (a device or a pipe); expected a file to write"),
        (["--out", ""], "argument --out: is empty; expected a path"),
        (["--json", " "], "argument --json: is empty; expected a path"),
        (["--out", "{tmp}", "--json", "{tmp}/student.safetensors"], "would be both student and results"),
        (["--out", "{tmp}/x", "--json", "{tmp}/y/../x/loss.png"], "would be both picture and results"),
        (["--train", "{tmp}/bad.txt", "--json", "{tmp}/bad.txt"], "would be both results and train"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_bad_option_gives_one_line_and_exit_code_2(tmp_path, capsys, arguments, part):
    (tmp_path / "bad.txt").write_text("# made up\n-1\t24\t1\t0\t0\t0.2950\t2\n")
    options = [argument.replace("{tmp}", str(tmp_path)) for argument in arguments]
    where = [] if "--out" in options else ["--out", tmp_path / "out"]
    assert outcome("demo", "--epochs", 1, *where, *options) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("error: ") and err.count("\n") == 1 and err.endswith("\n")
    assert part in err


@pytest.mark.parametrize("arguments", [[], ["dance"], ["data", "--out", __file__]])
def test_a_bad_command_gives_one_line_and_exit_code_2(capsys, arguments):
    assert outcome(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1


def finite(network):
    return all(bool(torch.isfinite(p).all()) for p in network.parameters())


@ENGINES
def test_a_step_size_far_too_large_for_the_student_saves_both_networks(tmp_path, capsys, engine):
    arguments = ["demo", "--epochs", 30, "--lr", 5, "--engine", engine, "--json", tmp_path / "results.json"]
    assert outcome(*arguments, "--out", tmp_path) == 2
    out, err = capsys.readouterr()
    (line,) = error_lines(err)
    assert line.startswith("error: training diverged in epoch ") and "lr=5 is too large" in line
    results = json.loads((tmp_path / "results.json").read_text())
    epoch = int(re.search(r"in epoch (\d+)", line)[1])
    assert (len(results["teacher"]["loss"]), len(results["student"]["loss"])) == (30, epoch - 1)
    networks = {role: load_model(tmp_path / f"{role}.safetensors") for role in ("teacher", "student")}
    assert all(map(finite, networks.values()))
    test = PeopleDataset(DATA / "people_test.txt")
    assert {role: accuracy(network, test) for role, network in networks.items()} == {
        role: results[role]["test_accuracy"] for role in networks
    }
    assert "student saved: " in out


@ENGINES
def test_a_step_size_far_too_large_for_the_teacher_saves_its_last_finite_weights(tmp_path, capsys, engine):
    assert outcome("demo", "--epochs", 30, "--lr", "1e37", "--engine", engine, "--out", tmp_path) == 2
    (line,) = error_lines(capsys.readouterr().err)
    assert "diverged in epoch 1" in line
    torch.manual_seed(0)
    expected = teacher_net().state_dict()
    saved = load_model(tmp_path / "teacher.safetensors").state_dict()
    assert all(torch.equal(saved[key], expected[key]) for key in expected)
    assert not (tmp_path / "student.safetensors").exists()


WITH_CTRL_C = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have switched it off for its background jobs
sys.argv[0] = "kdlib"
runpy.run_module("kdlib", run_name="__main__", alter_sys=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
def test_ctrl_c_saves_what_was_learned_and_exits_with_130(tmp_path):
    results, messages = tmp_path / "results.json", tmp_path / "messages.txt"
    arguments = ["demo", "--epochs", "10000000", "--out", str(tmp_path), "--json", str(results)]
    with (
        open(messages, "w") as err,
        subprocess.Popen(
            [sys.executable, "-u", "-c", WITH_CTRL_C, *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
        ) as child,
    ):
        try:
            while not (line := child.stdout.readline()).startswith("epoch     0 "):
                assert line, messages.read_text()  # it ended before it began
            child.send_signal(signal.SIGINT)
            out, _ = child.communicate(timeout=60)
        finally:
            child.kill()
    assert child.returncode == 130
    assert "stopped by Ctrl-C; what was learned so far is saved" in out
    assert error_lines(messages.read_text()) == []
    learned = json.loads(results.read_text())["teacher"]
    teacher = load_model(tmp_path / "teacher.safetensors")
    assert accuracy(teacher, PeopleDataset(DATA / "people_test.txt")) == learned["test_accuracy"]
    assert f"accuracy on test  {learned['test_accuracy']:.4f}" in out


@pytest.fixture(autouse=True)
def listening():
    """Ctrl-C is heard, also where a shell has switched it off for its background jobs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def interrupt(monkeypatch, module, name, when=lambda *arguments: True, number=signal.SIGINT):
    """Press Ctrl-C, or send another signal, when a function is called."""
    real = getattr(module, name)

    def interrupted(*arguments, **options):
        if when(*arguments):
            signal.raise_signal(number)
        return real(*arguments, **options)

    monkeypatch.setattr(module, name, interrupted)


SIGNALS = pytest.mark.parametrize(
    ("name", "code", "said"), [("SIGINT", 130, "Ctrl-C"), ("SIGTERM", 143, "SIGTERM"), ("SIGHUP", 129, "SIGHUP")]
)



@pytest.fixture(autouse=True)
def a_terminal_that_may_hang_up():
    """A test run under nohup ignores SIGHUP, and so would the demo in it."""
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


ALL_FILES = ["loss.png", "results.json", "student.safetensors", "teacher.safetensors"]


def all_files(folder, *arguments):
    """The exit code of a short demo that writes everything into the folder, and the names of what is there then."""
    code = outcome("demo", "--epochs", 3, "--out", folder, "--json", folder / "results.json", *arguments)
    return code, sorted(path.name for path in folder.iterdir())


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@SIGNALS
def test_a_signal_while_the_files_are_written_loses_none(tmp_path, capsys, monkeypatch, name, code, said):
    interrupt(monkeypatch, os, "fsync", number=getattr(signal, name))
    assert all_files(tmp_path / "all") == (code, [name for name in ALL_FILES if name != "student.safetensors"])
    assert f"stopped by {said}; what was learned so far is saved" in capsys.readouterr().out
    monkeypatch.undo()
    student = []  # from its file on
    interrupt(monkeypatch, os, "replace", lambda a, b: "student" in str(b) or student, getattr(signal, name))
    assert all_files(tmp_path / "all") == (code, ALL_FILES)
    assert error_lines(capsys.readouterr().err) == []


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")
@SIGNALS
def test_a_signal_while_the_teacher_learns_saves_whole_epochs(tmp_path, capsys, monkeypatch, name, code, said):
    interrupt(monkeypatch, tqdm.tqdm, "update", number=getattr(signal, name))
    assert all_files(tmp_path) == (code, ["loss.png", "results.json", "teacher.safetensors"])
    learned = json.loads((tmp_path / "results.json").read_text())
    assert set(learned) == {"teacher"} and len(learned["teacher"]["loss"]) == 1
    assert f"stopped by {said}" in capsys.readouterr().out
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL  # as before


def test_what_nohup_ignores_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with terminal.stop_requests() as stop:
        signal.raise_signal(signal.SIGINT)
    assert (stop.code, stop.name) == (0, "")


@pytest.mark.parametrize("lost", ALL_FILES)
def test_what_cannot_be_written_is_one_line_and_costs_no_other_file(tmp_path, capsys, monkeypatch, lost):
    real = os.replace

    def full(part, target):
        if target.endswith(lost):
            raise OSError(28, "No space left on device")
        real(part, target)

    monkeypatch.setattr(os, "replace", full)
    assert all_files(tmp_path) == (2, [name for name in ALL_FILES if name != lost])
    assert error_lines(capsys.readouterr().err) == [f"error: {tmp_path / lost}: No space left on device"]


def test_a_picture_that_cannot_be_drawn_is_one_line_and_costs_no_other_file(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(matplotlib.rcParams, "text.usetex", True)
    monkeypatch.setenv("PATH", str(tmp_path))  # no LaTeX there
    assert all_files(tmp_path) == (2, ALL_FILES[1:])
    (line,) = error_lines(capsys.readouterr().err)
    assert line.startswith(f"error: {tmp_path / 'loss.png'}: ") and "latex" in line


def test_a_terminal_that_lacks_a_letter_is_no_obstacle(tmp_path, monkeypatch):
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="cp1252", newline="\n"))
    assert all_files(tmp_path / "Łódź")[0] == 0
    saved = [line for line in written.getvalue().decode("cp1252").splitlines() if line.startswith("student saved")]
    assert saved == [
        f"student saved: {tmp_path / 'Łódź' / 'student.safetensors'}".replace("Ł", "\\u0141").replace("ź", "\\u017a")
    ]


def test_no_streams_at_all_are_no_obstacle(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert all_files(tmp_path) == (0, ALL_FILES)


@pytest.mark.parametrize("streams", ["stdout", "stderr", "both"])
def test_a_reader_that_has_gone_is_no_obstacle(tmp_path, monkeypatch, streams):
    with contextlib.ExitStack() as opened:
        for name in ("stdout", "stderr") if streams == "both" else (streams,):
            reader, writer = os.pipe()
            os.close(reader)
            monkeypatch.setattr(sys, name, opened.enter_context(open(writer, "w", buffering=1)))
        assert all_files(tmp_path) == (0, ALL_FILES)  # and closing the streams is no error any more


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_under_the_output_is_said(tmp_path, capsys, monkeypatch):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert all_files(tmp_path) == (2, ALL_FILES)
    assert error_lines(capsys.readouterr().err) == ["error: output: No space left on device"]


@ENGINES
def test_ctrl_c_while_the_student_learns_saves_both(tmp_path, capsys, monkeypatch, engine):
    epochs = []

    def update(bar):
        epochs.append(bar)
        if len(epochs) == 9 + 4:  # the teacher's nine epochs, and four of the student's
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(tqdm.tqdm, "update", update)
    arguments = ["demo", "--epochs", 9, "--engine", engine, "--dtype", "float64", "--json", tmp_path / "results.json"]
    assert outcome(*arguments, "--out", tmp_path) == 130
    results = json.loads((tmp_path / "results.json").read_text())
    assert (len(results["teacher"]["loss"]), len(results["student"]["loss"])) == (9, 4)
    out, err = capsys.readouterr()
    assert "stopped by Ctrl-C" in out and error_lines(err) == []

    data = PeopleDataset(DATA / "people_train.txt", torch.float64)
    torch.manual_seed(0)
    monkeypatch.undo()
    torch.set_default_dtype(torch.float64)
    try:
        teacher = teacher_net()
        fit(teacher, data, HardLabels(), epochs=9)
        student = student_net()
        fit(student, data, LogProbMatching(), teacher=teacher, epochs=4)
    finally:
        torch.set_default_dtype(torch.float32)
    for role, expected in (("teacher", teacher), ("student", student)):
        saved = load_model(tmp_path / f"{role}.safetensors")
        torch.testing.assert_close(saved.state_dict(), expected.state_dict(), rtol=0, atol=1e-12)


def test_ctrl_c_before_the_first_network_exists_is_130_too(tmp_path, capsys, monkeypatch):
    interrupt(monkeypatch, models, "teacher_net")
    assert outcome("demo", "--epochs", 9, "--out", tmp_path) == 130
    assert error_lines(capsys.readouterr().err) == [] and list(tmp_path.iterdir()) == []


def test_ctrl_c_between_two_networks_keeps_the_first(tmp_path, capsys, monkeypatch):
    interrupt(monkeypatch, models, "student_net")
    assert outcome("demo", "--epochs", 2, "--out", tmp_path) == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loss.png", "teacher.safetensors"]


def test_ctrl_c_while_the_files_are_read_is_one_line(tmp_path, capsys, monkeypatch):
    interrupt(monkeypatch, stories, "PeopleDataset")
    assert outcome("demo", "--out", tmp_path) == 130
    assert capsys.readouterr() == ("", "stopped by Ctrl-C\n")


def test_the_data_command_writes_the_four_files_and_names_them(tmp_path, capsys):
    assert outcome("data", "--out", tmp_path / "rows") == 0
    printed = capsys.readouterr().out.split()
    assert len(printed) == 4 and all(
        (DATA / Path(path).name).read_bytes() == Path(path).read_bytes() for path in printed
    )


@pytest.mark.parametrize("command", [[], ["demo"], ["data"], ["doctor"]])
def test_help_is_no_error(capsys, command):
    assert outcome(*command, "--help") == 0
    assert capsys.readouterr().out.startswith("usage: python -m kdlib")


def test_the_doctor_finds_everything_that_is_needed_here(capsys):
    assert outcome("doctor") == 0
    out = capsys.readouterr().out
    for package in ("torch", "numpy", "scipy", "matplotlib", "safetensors", "tqdm"):
        assert re.search(rf"^  {package} +{re.escape(metadata.version(package))}$", out, re.MULTILINE)
    assert re.search(r"^python +3\.\d+", out, re.MULTILINE)
    assert re.search(r"^device +\S", out, re.MULTILINE) and re.search(r"^threads +1 ", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("package", "code", "cure"),
    [
        ("safetensors", 1, "python -m pip install -e ."),
        ("ipywidgets", 0, 'python -m pip install -e ".[course]" -c constraints.txt'),
        ("onnxruntime", 0, 'python -m pip install -e ".[onnx]" -c constraints.txt'),
        ("dask", 0, 'python -m pip install -e ".[distributed]" -c constraints.txt'),
    ],
)
def test_the_doctor_names_a_missing_package_with_its_cure(capsys, monkeypatch, package, code, cure):
    def version(name):
        if name == package:
            raise metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor.metadata, "version", version)
    assert outcome("doctor") == code
    missing = [line for line in capsys.readouterr().out.splitlines() if "missing" in line]
    assert missing == [f"  {package:<12} missing; get it with: {cure}"]


def test_the_doctor_of_an_installed_wheel_gives_advice_that_needs_no_checkout(capsys, monkeypatch, tmp_path):
    def version(name):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(doctor.metadata, "version", version)
    monkeypatch.setattr(doctor, "_CHECKOUT", tmp_path / "pyproject.toml")
    assert outcome("doctor") == 1
    cures = re.findall(
        r"^  (\S+) +missing; get it with: python -m pip install \"([^\"]+)\"$", capsys.readouterr().out, re.M
    )
    ranges = {Requirement(line).name: Requirement(line) for line in metadata.requires("kdlib")}
    assert len(cures) >= 15
    for package, cure in cures:
        wanted = Requirement(cure)
        assert wanted.name == package and wanted.specifier == ranges[package].specifier and wanted.marker is None


WITHOUT_TORCH = """
import runpy, sys
sys.modules["torch"] = None  # importing it fails, as where it was never installed
runpy.run_module("kdlib", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--help"], 0, "usage: python -m kdlib"),
        (["doctor"], 1, "device       unknown: torch cannot be imported (import of torch halted"),
        (["demo"], 2, "error: torch is not installed; python -m kdlib doctor says how to get it"),
    ],
)
def test_without_torch_there_is_advice_and_no_traceback(tmp_path, arguments, code, said):
    command = [sys.executable, "-c", WITHOUT_TORCH, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == code and said in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_python_without_docstrings_runs_the_commands():
    done = subprocess.run([sys.executable, "-OO", "-m", "kdlib", "doctor"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "") and "torch" in done.stdout
