"""Checkpoints: what is loaded is what was saved, everything else is refused, and a crash loses nothing."""

import errno
import json
import math
import os
import pickle
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.utils.prune
from hypothesis import given, settings, strategies as st
from safetensors.torch import save_file

from kdlib import MLP, CheckpointError, load_model, sample_people, save_model, student_net, teacher_net
from kdlib.worlds.people import COLUMNS, POLITICS
from tests.support.networks import network

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "student.safetensors"
    save_model(network(), path)
    return path


def logits(model, dtype=torch.float32):
    with torch.no_grad():
        return model(sample_people(50, seed=3, dtype=dtype).x)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_loaded_network_predicts_the_same_bit_for_bit(tmp_path, dtype):
    model = network(dtype, (6, 10, 10, 3))
    save_model(model, tmp_path / "teacher")
    again = load_model(str(tmp_path / "teacher"))
    assert torch.equal(logits(again, dtype), logits(model, dtype))
    assert again.sizes == (6, 10, 10, 3) and all(p.dtype == dtype for p in again.parameters())
    assert (again.classes, again.features) == (list(POLITICS), list(COLUMNS))


def test_a_loaded_network_can_be_trained_further_and_owes_nothing_to_the_file(saved):
    model = load_model(saved)
    before = logits(model)
    saved.write_bytes(b"")
    assert torch.equal(logits(model), before)
    model(torch.ones(1, 6)).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_a_fresh_process_predicts_the_same(tmp_path):
    paths, expected = [], []
    for dtype in (torch.float32, torch.float64):
        paths.append(str(tmp_path / str(dtype)))
        save_model(network(dtype), paths[-1])
        expected += [value.hex() for value in logits(network(dtype), dtype).flatten().tolist()]
    code = (
        "import sys, torch, kdlib\n"
        "torch.set_num_threads(1)\n"
        "for path in sys.argv[1:]:\n"
        "    model = kdlib.load_model(path, sizes=(6, 8, 3))\n"
        "    x = kdlib.sample_people(50, seed=3, dtype=model.layers[0].weight.dtype).x\n"
        "    print(*(value.hex() for value in model(x).flatten().tolist()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, *paths], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == expected


def test_loading_leaves_the_random_state_as_it_was(saved):
    before = torch.get_rng_state()
    load_model(saved)
    assert torch.equal(torch.get_rng_state(), before)


def test_own_names_travel_with_the_network(tmp_path):
    save_model(network(sizes=(2, 4)), tmp_path / "own", classes=list("abcd"), features=("größe", "x"))
    again = load_model(tmp_path / "own")
    assert (again.classes, again.features) == (["a", "b", "c", "d"], ["größe", "x"])


@pytest.mark.parametrize("names", [{"classes": ["yes", "no"]}, {"features": ["x"]}])
def test_names_that_do_not_fit_the_network_are_refused(tmp_path, names):
    with pytest.raises(ValueError, match="do not fit a network"):
        save_model(network(), tmp_path / "own", **names)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("names", [["a", "b", None], [0, 1, torch.tensor(2)], [0.5, 1.5, 2.5]])
def test_names_that_would_not_come_back_are_refused(tmp_path, names):
    with pytest.raises(ValueError, match=r"classes holds .*; expected names, such as 'liberal'"):
        save_model(network(), tmp_path / "own", classes=names)
    assert list(tmp_path.iterdir()) == []


class Relu(MLP):
    def forward(self, x):
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


def pruned():
    model = student_net()
    torch.nn.utils.prune.l1_unstructured(model.layers[0], "weight", amount=0.3)
    return model


def parametrized():
    model = student_net()
    torch.nn.utils.parametrizations.weight_norm(model.layers[0])
    return model


def of_two_dtypes():
    model = student_net()
    model.layers[0].double()
    return model


def widened():
    model = student_net()
    model.layers[0], model.layers[1] = torch.nn.Linear(6, 9), torch.nn.Linear(9, 3)
    return model


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: Relu(6, 8, 3), "has a forward of its own"),
        (pruned, "model has"),
        (parametrized, "model has a layer that is a ParametrizedLinear"),
        (of_two_dtypes, "has weights of several dtypes"),
        (widened, "has other weights than its sizes"),
        (lambda: torch.nn.Linear(6, 3), "model is a Linear"),
        (lambda: torch.nn.DataParallel(student_net()), "model is a DataParallel"),
        (lambda: student_net().to(torch.float8_e4m3fn), "computes with torch.float8_e4m3fn"),
    ],
)
def test_what_could_not_be_loaded_is_refused_when_saving(tmp_path, make, reason):
    with pytest.raises(ValueError, match=reason):
        save_model(make(), tmp_path / "student")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16], ids=str)
def test_a_compiled_network_is_saved_as_the_network_that_was_compiled(tmp_path, dtype):
    model = network(dtype)
    save_model(torch.compile(model), tmp_path / "student")
    again = load_model(tmp_path / "student").state_dict()
    assert all(torch.equal(again[key], value) for key, value in model.state_dict().items()) and len(again) == 4


@pytest.mark.parametrize("depth", range(1, 16))
def test_networks_of_any_depth_come_back(tmp_path, depth):
    # The file starts with the length of its header, which must not be taken for the first bytes of a pickle.
    for classes in range(2, 20):
        model = network(sizes=(6, *[3] * (depth - 1), classes))
        save_model(model, tmp_path / "deep", classes=[f"class{k}" for k in range(classes)])
        assert torch.equal(logits(load_model(tmp_path / "deep")), logits(model))


def refusal(path, **options):
    with pytest.raises(CheckpointError) as refused:
        load_model(path, **options)
    assert str(refused.value).startswith(f"{path}: ") and "\n" not in str(refused.value)
    return str(refused.value)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"student: the folder .*nowhere does not exist$"):
        save_model(student_net(), tmp_path / "nowhere" / "student")


def test_a_missing_file_and_a_directory_are_refused(tmp_path):
    assert "cannot be read (No such file or directory)" in refusal(tmp_path / "nobody")
    assert "cannot be read (Is a directory)" in refusal(tmp_path)


def test_a_truncated_file_is_refused_wherever_it_ends(saved):
    whole = saved.read_bytes()
    for length in range(len(whole)):
        saved.write_bytes(whole[:length])
        assert "truncated or not a checkpoint; expected a file written by kdlib.save_model" in refusal(saved)
    saved.write_bytes(whole)
    assert torch.equal(logits(load_model(saved)), logits(network()))


@pytest.mark.parametrize("content", [b"hello, world\n", b"\0" * 100, b"{}", b"\xff" * 100], ids=repr)
def test_something_else_is_refused(saved, content):
    saved.write_bytes(content)
    assert "truncated or not a checkpoint" in refusal(saved)


def test_weights_of_another_program_are_refused(saved):
    save_file({"weight": torch.ones(3, 6)}, saved)
    assert "holds weights, but not of a kdlib network" in refusal(saved)
    save_file(network().state_dict(), saved, metadata={"format": "pt"})
    assert "holds weights, but not of a kdlib network" in refusal(saved)


def test_another_architecture_than_expected_is_refused(saved):
    assert "holds a network (6, 8, 3); expected (6, 10, 10, 3)" in refusal(saved, sizes=(6, 10, 10, 3))
    assert load_model(saved, sizes=[6, 8, 3]).sizes == (6, 8, 3)


def rewrite(path, change, weights=None):
    """Save the network again with a changed description (the metadata that `save_model` writes)."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    about = json.loads(raw[8 : 8 + length])["__metadata__"]
    change(about)
    save_file(network().state_dict() if weights is None else weights, path, metadata=about)


def test_a_newer_format_is_refused_whatever_else_it_changed(saved):
    rewrite(saved, lambda about: [about.update(version="2"), about.pop("sizes")])
    assert "written in format 2; this kdlib reads up to 1, please update" in refusal(saved)


@pytest.mark.parametrize("key", ["version", "sizes", "classes", "features"])
@pytest.mark.parametrize("value", [None, "", "five", "null", '"abcd"', "5", "[1]", "[[", "[" * 100_000, "9" * 5000])
def test_a_damaged_description_is_refused(saved, key, value):
    value = "2.5" if (key, value) == ("version", "5") else value  # 5 itself is only newer
    rewrite(saved, lambda about: about.pop(key) if value is None else about.update({key: value}))
    assert "its description is damaged; expected a file written by kdlib.save_model" in refusal(saved)


@pytest.mark.parametrize(
    "sizes",
    ["[6, 9, 3]", "[6, 8, 8, 3]", "[6, 3]", "[6, -8, 3]", "[6, 8.0, 3]", "[6, null, 3]", "[6, 1000000000000, 3]"],
)
def test_weights_that_do_not_fit_the_named_sizes_are_refused(saved, sizes):
    rewrite(saved, lambda about: about.update(sizes=sizes))
    assert "its weights do not fit the network (6, " in refusal(saved)


def test_millions_of_layers_are_refused_before_they_are_built(saved, monkeypatch):
    rewrite(saved, lambda about: about.update(sizes=json.dumps([6, *[1] * 1_000_000, 3])))
    monkeypatch.setattr(torch.nn, "Linear", None)
    assert "its weights do not fit the network (6, " in refusal(saved)


def sparse(path, weights, sizes, size):
    """A checkpoint of a header and a hole: ``weights`` maps a name to its shape."""
    header, at = {"__metadata__": {"format": "kdlib-mlp", "version": "1", "sizes": json.dumps(sizes)}}, 0
    header["__metadata__"] |= {"classes": json.dumps(list("abc")), "features": json.dumps(list("uvwxyz"))}
    for name, shape in weights.items():
        end = at + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, end]}
        at = end
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text)
    os.truncate(path, 8 + len(text) + at)
    assert path.stat().st_size > size
    return path


@pytest.mark.parametrize(
    ("sizes", "bias", "reason"),
    [
        ([6, 150_000_000, 3], 3, "claims 6"),  # all fits, and none of it was ever written
        ([6, 8, 3], 3, "claims 6"),
    ],
)
def test_a_small_file_that_claims_gigabytes_is_refused_unread(tmp_path, monkeypatch, sizes, bias, reason):
    h = 150_000_000
    weights = {"layers.0.weight": [h, 6], "layers.0.bias": [h], "layers.1.weight": [3, h], "layers.1.bias": [bias]}
    path = sparse(tmp_path / "hole", weights, sizes, 4 * 2**30)
    monkeypatch.setattr("safetensors.safe_open", None)
    assert reason in refusal(path)


def test_weights_of_other_sizes_are_refused_unread(tmp_path, monkeypatch):
    # Too small for the rule about holes, so the header alone has to tell.
    weights = {"layers.0.weight": [9, 6], "layers.0.bias": [9], "layers.1.weight": [3, 9], "layers.1.bias": [3]}
    monkeypatch.setattr(torch.Tensor, "to", None)
    assert "do not fit the network (6, 8, 3)" in refusal(sparse(tmp_path / "small", weights, [6, 8, 3], 100))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_and_a_device_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        assert "cannot be read (it is no regular file but a device or a pipe)" in refusal(path)


@pytest.mark.parametrize("weights", [{}, {"layers.0.weight": torch.ones(8, 6)}])
def test_missing_weights_are_refused(saved, weights):
    rewrite(saved, lambda about: None, weights)
    assert "its weights do not fit the network (6, 8, 3) it names" in refusal(saved)


@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.complex64, torch.float8_e4m3fn], ids=str)
def test_weights_that_cannot_be_computed_with_are_refused(saved, dtype):
    rewrite(saved, lambda about: None, {key: value.to(dtype) for key, value in network().state_dict().items()})
    assert "do not fit the network" in refusal(saved)


class Trap:
    """Unpickling this makes a directory."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_unread(tmp_path, protocol):
    path, marker = tmp_path / "trap.safetensors", tmp_path / "sprung"
    path.write_bytes(pickle.dumps(Trap(marker), protocol=protocol))
    message = refusal(path)
    assert not marker.exists()
    if protocol >= 2:  # older pickles have no mark to know them by
        assert "is a pickle and was not read, since a pickle can run code" in message
    pickle.loads(path.read_bytes())
    assert marker.exists()  # the trap works: somebody who unpickles springs it


@pytest.mark.parametrize("zipped", [True, False])
def test_a_file_of_torch_save_is_refused_unread(tmp_path, zipped):
    path, marker = tmp_path / "student.pt", tmp_path / "sprung"
    torch.save({"weights": network().state_dict(), "trap": Trap(marker)}, path, _use_new_zipfile_serialization=zipped)
    assert "is a pickle and was not read" in refusal(path)
    assert not marker.exists()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("any")


def assert_model_or_checkpoint_error(content, folder):
    path = folder / "any"
    path.write_bytes(content)
    try:
        model = load_model(path)
    except CheckpointError as refused:
        assert str(refused).startswith(f"{path}: ")
        return
    assert logits(model, model.layers[0].weight.dtype).shape == (50, 3)


@settings(deadline=None, max_examples=100)
@given(content=st.binary(max_size=300))
def test_any_bytes_are_loaded_or_refused(content, folder):
    assert_model_or_checkpoint_error(content, folder)


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_any_noise_in_a_checkpoint_is_loaded_or_refused(data, folder):
    good = folder / "good"
    if not good.exists():
        save_model(network(), good)
    content = bytearray(good.read_bytes())
    header = 8 + struct.unpack("<Q", content[:8])[0]
    places = st.one_of(st.integers(0, header - 1), st.integers(0, len(content) - 1))
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=4)):
        content[place] = byte
    assert_model_or_checkpoint_error(bytes(content), folder)


def test_a_failed_save_leaves_the_old_file_and_no_other(saved, monkeypatch):
    def full(handle):
        assert len(list(saved.parent.iterdir())) == 2  # it is writing
        raise OSError(errno.ENOSPC, "No space left on device")

    old = saved.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*student.safetensors'$"):
        save_model(teacher_net(), saved)
    assert saved.read_bytes() == old
    assert list(saved.parent.iterdir()) == [saved]


def test_a_folder_that_does_not_exist_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        save_model(student_net(), tmp_path / "nowhere" / "student")


KILLED = """
import sys, os, threading
import kdlib

def stop(*arguments, **options):
    print("here", flush=True)
    threading.Event().wait()  # until this process is killed

def half(handle):
    os.ftruncate(handle, os.fstat(handle).st_size // 2)
    stop()

if sys.argv[2] == "half of the bytes":
    os.fsync = half
elif sys.argv[2] == "before the bytes are safe":
    os.fsync = stop
else:
    os.replace = stop
kdlib.save_model(kdlib.teacher_net(), sys.argv[1])
"""


@pytest.mark.parametrize(
    ("moment", "old_file"),
    [("half of the bytes", True), ("before the bytes are safe", False), ("before the name", True)],
)
def test_a_process_killed_while_saving_leaves_no_half_file(saved, moment, old_file):
    old = saved.read_bytes()
    if not old_file:
        saved.unlink()
    child = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(saved), moment], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with child:
        try:
            assert child.stdout.readline() == "here\n"
        finally:
            child.kill()
    assert len(list(saved.parent.glob(".*.part"))) == 1  # it was writing
    if old_file:
        assert saved.read_bytes() == old
        assert torch.equal(logits(load_model(saved)), logits(network()))
    else:
        assert not saved.exists()
    save_model(network(seed=1), saved)
    assert torch.equal(logits(load_model(saved)), logits(network(seed=1)))
    assert list(saved.parent.iterdir()) == [saved]  # what the dead process left is gone


def test_a_path_that_no_system_accepts_is_one_clear_error():
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_model("a\0b")


def test_a_loaded_network_keeps_its_names_when_it_is_saved_again(tmp_path):
    save_model(student_net(), tmp_path / "one", classes=["a", "b", "c"], features=[*"uvwxyz"])
    save_model(load_model(tmp_path / "one"), tmp_path / "two")
    again = load_model(tmp_path / "two")
    assert list(again.classes) == ["a", "b", "c"] and list(again.features) == [*"uvwxyz"]


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no UTF-8 are possible on Linux")
def test_a_name_that_is_no_utf8_is_saved_and_loaded(tmp_path):
    path = tmp_path / os.fsdecode(b"student\xff.safetensors")
    save_model(model := network(), path)
    x = sample_people(5, seed=0).x
    assert torch.equal(load_model(path)(x), model(x))


def test_names_may_be_an_array(tmp_path):
    for names in (np.array(["a", "b", "c"]), np.arange(3)):
        save_model(network(), tmp_path / "student", classes=names)
        assert load_model(tmp_path / "student").classes == names.tolist()


def test_names_without_an_order_are_refused(tmp_path):
    with pytest.raises(ValueError, match="classes is a set, which has no order; expected a list of names"):
        save_model(network(), tmp_path / "student", classes={"a", "b", "c"})


def test_a_network_made_with_numpy_sizes_is_saved(tmp_path):
    save_model(MLP(*np.array([6, 8, 3])), tmp_path / "student")
    assert load_model(tmp_path / "student").sizes == (6, 8, 3)
