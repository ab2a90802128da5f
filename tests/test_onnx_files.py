"""Networks as ONNX: the file computes what the network does, and what cannot be used is refused in words."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

from kdlib import (  # noqa: E402
    CheckpointError,
    accuracy,
    export_onnx,
    load_onnx,
    onnx_files,
    quantise_onnx,
    sample_people,
    student_net,
)
from kdlib.worlds.people import COLUMNS, POLITICS  # noqa: E402
from tests.support import networks  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent
network = functools.partial(networks.network, sizes=(6, 10, 10, 3))


@pytest.fixture
def exported(tmp_path):
    path = tmp_path / "student.onnx"
    export_onnx(network(), path)
    return path


@pytest.mark.parametrize(("dtype", "close"), [(torch.float32, 1e-6), (torch.float64, 1e-14)])
@pytest.mark.parametrize("sizes", [(6, 3), (6, 8, 3), (6, 10, 10, 3)])
def test_the_file_computes_the_network_for_any_number_of_rows(tmp_path, dtype, close, sizes):
    model, path = network(dtype, sizes=sizes).train(), tmp_path / "net.onnx"
    export_onnx(model, path)
    assert [file.name for file in tmp_path.iterdir()] == ["net.onnx"] and model.training
    again = load_onnx(path)
    for rows in (1, 2, 7, 200):
        x = sample_people(rows, seed=0, dtype=dtype).x
        z = model(x).detach()
        assert again(x).dtype == dtype and again(x).shape == (rows, 3)
        assert (again(x) - z).abs().max() <= close * z.abs().max()


def test_it_runs_wherever_kdlib_takes_a_model(exported):
    people = sample_people(300, seed=1, dtype=torch.float64)
    assert accuracy(load_onnx(exported), people) == accuracy(network(), people)


def test_names_travel_in_the_file(exported, tmp_path):
    assert (load_onnx(exported).classes, load_onnx(exported).features) == (list(POLITICS), list(COLUMNS))
    export_onnx(network(sizes=(4, 5)), tmp_path / "numbers.onnx")
    assert load_onnx(tmp_path / "numbers.onnx").classes == [0, 1, 2, 3, 4]
    export_onnx(network(sizes=(2, 2)), tmp_path / "own.onnx", classes=["no", "yes"], features=["größe", "x"])
    own = load_onnx(tmp_path / "own.onnx")
    assert (own.classes, own.features) == (["no", "yes"], ["größe", "x"])
    with pytest.raises(ValueError, match="6 features and 1 classes do not fit"):
        export_onnx(student_net(), tmp_path / "no.onnx", classes=["all"])


def test_the_file_is_the_chain_that_the_formula_names(exported):
    program = onnx.load(exported)
    assert [node.op_type for node in program.graph.node] == ["Gemm", "Tanh", "Gemm", "Tanh", "Gemm"]
    assert program.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "n"
    assert exported.stat().st_size < 4 * sum(p.numel() for p in network().parameters()) + 1200


def rewritten(path, change):
    program = onnx.load(path)
    change(program)
    path.write_bytes(program.SerializeToString())


def set_about(**about):
    def change(program):
        kept = {prop.key: prop.value for prop in program.metadata_props} | about
        del program.metadata_props[:]
        onnx.helper.set_model_props(program, kept)

    return change


def refusal(path):
    with pytest.raises(CheckpointError) as error:
        load_onnx(path)
    assert str(error.value).startswith(f"{path}: ") and "\n" not in str(error.value)
    return str(error.value)


def test_a_file_of_an_older_kdlib_loads(exported):
    # It wrote no description, and its graph had names of its own.
    def older(program):
        del program.metadata_props[:]
        program.producer_name = "pytorch"

    rewritten(exported, older)
    x = sample_people(9, seed=0).x
    torch.testing.assert_close(load_onnx(exported)(x), network()(x).detach(), rtol=1e-5, atol=1e-5)
    assert load_onnx(exported).classes == []


def test_a_newer_format_asks_for_an_update(exported):
    rewritten(exported, set_about(version="2"))
    assert "written in format 2; this kdlib reads up to 1, please update" in refusal(exported)


@pytest.mark.parametrize("about", [{"version": "two"}, {"classes": "[3"}, {"features": "7"}])
def test_a_damaged_description_is_refused(exported, about):
    rewritten(exported, set_about(**about))
    assert "its description is damaged; expected a file written by kdlib.export_onnx" in refusal(exported)


def test_a_graph_of_something_else_is_refused(exported):
    def renamed(program):
        program.graph.node[0].input[0] = program.graph.input[0].name = "image"

    rewritten(exported, renamed)
    assert "maps ['image'] to ['logits']; expected a file written by kdlib.export_onnx" in refusal(exported)


def test_an_operator_set_of_the_future_is_refused(exported):
    rewritten(exported, lambda program: setattr(program.opset_import[0], "version", 999))
    assert "ONNX Runtime cannot load it" in refusal(exported)


def test_half_a_file_a_checkpoint_a_folder_and_no_file_are_refused(exported, tmp_path):
    exported.write_bytes(exported.read_bytes()[:200])
    assert "ONNX Runtime cannot load it" in refusal(exported)
    exported.write_bytes(b"")
    assert "ONNX Runtime cannot load it" in refusal(exported)
    assert "cannot be read" in refusal(tmp_path)
    assert "cannot be read (No such file or directory)" in refusal(tmp_path / "none.onnx")


def test_int8_is_smaller_and_near(tmp_path):
    model = network(sizes=(64, 128, 10))
    export_onnx(model, tmp_path / "large.onnx")
    quantise_onnx(tmp_path / "large.onnx", tmp_path / "int8.onnx")
    sizes = [(tmp_path / name).stat().st_size for name in ("large.onnx", "int8.onnx")]
    assert sizes[1] < 0.35 * sizes[0]
    torch.manual_seed(1)
    x = torch.rand(200, 64)
    z, again = model(x).detach(), load_onnx(tmp_path / "int8.onnx")(x)
    assert 0 < (z - again).abs().max() < 0.05 * z.abs().max()
    assert load_onnx(tmp_path / "int8.onnx").classes == list(range(10))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["int8.onnx", "large.onnx"]


def test_quantising_says_nothing_and_refuses_float64(tmp_path, caplog, capfd):
    export_onnx(network(), tmp_path / "one.onnx")
    quantise_onnx(tmp_path / "one.onnx", tmp_path / "int8.onnx")
    assert caplog.text == "" and capfd.readouterr() == ("", "")
    export_onnx(network(torch.float64), tmp_path / "two.onnx")
    with pytest.raises(ValueError, match="computes in float64; expected a float32 network"):
        quantise_onnx(tmp_path / "two.onnx", tmp_path / "int8.onnx")


def test_what_is_no_network_of_kdlib_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"model is a Linear; expected a kdlib.MLP"):
        export_onnx(torch.nn.Linear(6, 3), tmp_path / "linear.onnx")
    with pytest.raises(ValueError, match=r"computes with torch\.bfloat16"):
        export_onnx(student_net().bfloat16(), tmp_path / "half.onnx")
    with pytest.raises(FileNotFoundError, match="does not exist"):
        export_onnx(student_net(), tmp_path / "nowhere" / "student.onnx")


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        ((), "onnx and onnxruntime are not installed; "),
        (("onnx",), "onnxruntime is not installed; "),
        (("onnx", "onnxruntime"), ""),
    ],
)
def test_what_is_missing_is_one_sentence(monkeypatch, there, sentence):
    monkeypatch.setattr(onnx_files.importlib.util, "find_spec", lambda name: name if name in there else None)
    cure = "python -m kdlib doctor says how to get what is missing."
    assert onnx_files.missing() == (sentence + cure if sentence else "")


ALONE = """
import sys, kdlib
kdlib.export_onnx(kdlib.student_net(), sys.argv[1])
kdlib.load_onnx(sys.argv[1])
"""


@pytest.mark.slow
def test_onnxruntime_asks_no_network_and_leaves_nothing_in_the_home_folder(tmp_path):
    # Its telemetry, unless switched off, writes a device file at import and then looks up a host.
    home = tmp_path / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if key != "ORT_DISABLE_TELEMETRY"}
    environment |= {"HOME": str(home), "XDG_CACHE_HOME": str(home)}
    command = [sys.executable, "-W", "ignore", "-c", ALONE, str(tmp_path / "student.onnx")]
    subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True)
    assert list(home.rglob("*")) == []


def test_features_that_do_not_fit_the_file_are_named(exported):
    network = load_onnx(exported)
    columns = network.session.get_inputs()[0].shape[1]
    for x in (torch.zeros(5, columns + 1), torch.zeros(columns), torch.zeros(2, 5, columns)):
        with pytest.raises(ValueError, match=rf"x is \[.*\]; expected \[n, {columns}\], as the file has it"):
            network(x)
    rows = torch.rand(5, columns)
    assert torch.equal(network(rows.numpy()), network(rows))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_not_rounded(tmp_path, value):
    net = student_net()
    with torch.no_grad():
        net.layers[0].weight[0, 0] = value
    export_onnx(net, tmp_path / "net.onnx")
    with pytest.raises(ValueError, match=r"net.onnx: W0 holds NaN or infinity; expected finite weights"):
        quantise_onnx(tmp_path / "net.onnx", tmp_path / "int8.onnx")
    assert not (tmp_path / "int8.onnx").exists()
