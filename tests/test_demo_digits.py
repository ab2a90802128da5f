"""The demo's second story: a small student of unlabelled digits, what it costs, and the files that go with it."""

import json

import pytest
import torch

from kdlib import accuracy, load_model, load_onnx, onnx_files, split_digits
from kdlib.commands import stories
from tests.support.command import outcome

FILES = {f"{role}.{kind}" for role in ("teacher", "student") for kind in ("safetensors", "onnx")} | {
    "student.md",
    "loss.png",
}


def run(folder, *arguments):
    results = folder / "results.json"
    assert outcome("demo", "--world", "digits", "--out", folder / "out", "--json", results, *arguments) == 0
    return json.loads(results.read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return folder / "out", run(folder)


def test_a_small_student_of_unlabelled_rows_comes_near_its_teacher(whole):
    _, results = whole
    teacher, student = results["teacher"], results["student"]
    for result in (teacher, student):
        assert set(result) == {"loss", "train_accuracy", "test_accuracy", "bytes", "microseconds"}
        assert len(result["loss"]) == 60 and result["loss"][-1] < result["loss"][0] / 2
    assert teacher["test_accuracy"] > 0.85 and student["test_accuracy"] > teacher["test_accuracy"] - 0.15
    assert student["bytes"] < teacher["bytes"] / 15 and student["microseconds"] < teacher["microseconds"] / 2


def test_every_file_is_there_and_says_the_same(whole):
    out, results = whole
    assert {path.name for path in out.iterdir()} == FILES
    *_, test = split_digits(0, (100, 1200, 497))
    for role, result in results.items():
        assert (out / f"{role}.safetensors").stat().st_size == result["bytes"]
        saved, exported = load_model(out / f"{role}.safetensors"), load_onnx(out / f"{role}.onnx")
        assert saved.classes == exported.classes == list("0123456789")
        assert accuracy(saved, test) == accuracy(exported, test) == pytest.approx(result["test_accuracy"], abs=1e-12)
        z = saved(test.x).detach()
        assert (exported(test.x) - z).abs().max() <= 1e-6 * z.abs().max()


def test_the_card_says_what_the_student_was_taught_and_for_whom_it_is_not(whole):
    out, results = whole
    text = (out / "student.md").read_text(encoding="utf-8")
    assert "The soft-targets of the teacher, a tanh network 64-128-10 that learned 100 labels." in text
    assert f"- accuracy of the student on 497 test rows: {results['student']['test_accuracy']:.3f} [" in text
    assert f"{results['student']['bytes']:,} bytes" in text and "stranger" in text


def test_the_report_names_costs_and_files(tmp_path, capsys):
    run(tmp_path, "--epochs", 1)
    out = capsys.readouterr().out
    assert out.startswith("100 digits with a label, 1,200 without, 497 to test on, float32, seed 0\n")
    assert "student 64-4-10, towards soft-targets of the teacher, lr 0.2, batch 20" in out
    assert "bytes; microseconds a prediction, median [quartiles]:" in out and "ONNX Runtime batch 1,000" in out
    for name in FILES:
        assert str(tmp_path / "out" / name) in out


def test_the_labels_of_the_unlabelled_rows_are_not_there_to_be_learned():
    options = type("Options", (), {"train": None, "test": None, "seed": 0, "student_target": None})
    story = stories.digits(options, torch.float32)
    assert len(story.roles["student"].rows.tensors) == 1 and len(story.roles["student"].rows) == 1_300
    assert len(story.roles["teacher"].rows) == 100 == len(story.train)


def test_options_hold_for_both_networks(tmp_path):
    one = run(tmp_path, "--epochs", 2, "--lr", 0.1, "--batch-size", 5, "--seed", 3, "--student-target", "logits")
    assert [len(result["loss"]) for result in one.values()] == [2, 2]
    two = run(tmp_path, "--epochs", 2, "--lr", 0.1, "--batch-size", 5, "--seed", 3)
    assert one["teacher"]["loss"] == two["teacher"]["loss"] and one["student"]["loss"] != two["student"]["loss"]
    assert two["teacher"]["loss"] != run(tmp_path, "--epochs", 2, "--lr", 0.1, "--batch-size", 5)["teacher"]["loss"]


def test_without_onnx_the_demo_says_so_and_goes_on(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(onnx_files, "missing", lambda: "onnx is not installed; python -m kdlib doctor says more.")
    results = run(tmp_path, "--epochs", 1)
    assert "no ONNX files: onnx is not installed; python -m kdlib doctor says more." in capsys.readouterr().out
    assert results["student"]["bytes"] and not list((tmp_path / "out").glob("*.onnx"))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ("--train", "mine.txt"),
            "--train goes with the people; the digits have rows of their own",
        ),
        (("--batch-size", 101), "--batch-size is 101; expected at most 100, the training rows"),
        (("--world", "words"), "invalid choice: 'words'"),
        (("--json", "{tmp}/student.onnx"), "would be both student as ONNX and results"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_line(tmp_path, capsys, arguments, sentence):
    arguments = [str(argument).format(tmp=tmp_path) for argument in arguments]
    assert outcome("demo", "--world", "digits", "--out", tmp_path, *arguments) == 2
    assert sentence in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_run_that_diverges_has_no_costs_and_no_card(tmp_path, capsys):
    results = tmp_path / "results.json"
    assert outcome("demo", "--world", "digits", "--lr", "1e30", "--out", tmp_path, "--json", results) == 2
    assert "training diverged" in capsys.readouterr().err
    assert "bytes" not in json.loads(results.read_text())["teacher"] and not (tmp_path / "student.md").exists()
