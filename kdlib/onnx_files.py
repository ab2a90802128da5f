"""A network as an ONNX file, which other software runs: write it, run it in ONNX Runtime, make it int8. Chapter 09.

An `MLP` is a chain of two ONNX operators, Gemm and Tanh, so the file is written as that chain, with ONNX's own helpers.
"""

import importlib.util
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from kdlib.arguments import tensor_of
from kdlib.checkpoints import FORMAT, VERSION, CheckpointError, checked_names, uncompiled
from kdlib.files import open_regular, write_whole
from kdlib.models import MLP, check_plain_mlp

OPSET, IR_VERSION = 17, 8  # of 2022: what reads ONNX today reads these
_EXPECTED = "expected a file written by kdlib.export_onnx"
_DTYPES = {"tensor(float)": torch.float32, "tensor(double)": torch.float64}


def missing() -> str:
    """Which packages for ONNX are not installed, in one sentence with the cure; empty where none is. Chapter 09."""
    lacking = [name for name in ("onnx", "onnxruntime") if importlib.util.find_spec(name) is None]
    if not lacking:
        return ""
    verb = "is" if len(lacking) == 1 else "are"
    return f"{' and '.join(lacking)} {verb} not installed; python -m kdlib doctor says how to get what is missing."


def export_onnx(model: MLP, path: str | os.PathLike, *, classes=None, features=None) -> None:
    """Write ``model`` as ONNX, in its own dtype: input ``features`` [n, d], output ``logits`` [n, C], for any n.

    Each layer is a Gemm, W h + b, with a Tanh between two of them. ``classes`` and ``features``, as in `save_model`,
    travel in the file's metadata. Needs the package onnx. Raises `ValueError` for what is no float32 or float64 `MLP`,
    `OSError` when the file cannot be written. Chapter 09.
    """
    from onnx import checker, helper, numpy_helper

    model = uncompiled(model)
    check_plain_mlp(model)
    dtype = model.layers[0].weight.dtype
    if dtype not in _DTYPES.values():
        raise ValueError(f"model computes with {dtype}; expected torch.float32 or torch.float64")
    nodes, weights, last = [], [], len(model.layers) - 1
    for k, layer in enumerate(model.layers):
        for name, value in ((f"W{k}", layer.weight), (f"b{k}", layer.bias)):
            weights.append(numpy_helper.from_array(value.detach().cpu().numpy(), name))
        before, sums = f"h{k}" if k else "features", "logits" if k == last else f"a{k + 1}"
        nodes.append(helper.make_node("Gemm", [before, f"W{k}", f"b{k}"], [sums], name=f"layer{k}", transB=1))
        if k < last:
            nodes.append(helper.make_node("Tanh", [sums], [f"h{k + 1}"], name=f"tanh{k + 1}"))
    kind = weights[0].data_type
    ends = {"features": model.sizes[0], "logits": model.sizes[-1]}
    given, found = (helper.make_tensor_value_info(name, kind, ["n", size]) for name, size in ends.items())
    graph = helper.make_graph(nodes, "kdlib", [given], [found], weights)
    opsets = [helper.make_opsetid("", OPSET)]
    program = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="kdlib")
    helper.set_model_props(program, _about(model, classes, features))
    checker.check_model(program, full_check=True)
    write_whole(path, program.SerializeToString())


def _about(model, classes, features) -> dict[str, str]:
    classes, features = checked_names(model, classes, features)
    about = {"sizes": list(model.sizes), "classes": classes, "features": features}
    return {"format": FORMAT, "version": str(VERSION), **{key: json.dumps(value) for key, value in about.items()}}


class OnnxNetwork:
    """A network in ONNX Runtime: called with features [n, d] it gives logits [n, C], as a module does.

    ``classes`` and ``features`` are lists of names, empty where the file has none. Not used in a chapter by its name:
    `load_onnx` makes it.
    """

    def __init__(self, session: Any, classes: list, features: list):
        self.session, self.classes, self.features = session, classes, features
        (given,) = session.get_inputs()
        self.dtype, self._shape = _DTYPES[given.type], given.shape

    def __call__(self, x: Tensor) -> Tensor:
        x = tensor_of(x, "x")
        if x.dim() != 2 or x.shape[1] not in self._shape[1:]:
            raise ValueError(f"x is {list(x.shape)}; expected [{', '.join(map(str, self._shape))}], as the file has it")
        return torch.from_numpy(self.run(x.detach().cpu().to(self.dtype).numpy()))

    def run(self, x):
        """Logits of an array of the file's own dtype: what is timed, without a conversion."""
        return self.session.run(["logits"], {"features": x})[0]


def load_onnx(path: str | os.PathLike) -> OnnxNetwork:
    """The network of an ONNX file, to be run by ONNX Runtime on one thread of the CPU.

    Files that an older kdlib exported, which name neither classes nor features, load as well. Raises `CheckpointError`
    for a file that is missing, damaged, of a newer format, or of another kind. Needs the package onnxruntime.
    Chapter 09.
    """
    import onnxruntime

    try:
        with open_regular(path) as file:
            content = file.read()
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise CheckpointError(f"{path}: cannot be read ({reason}); {_EXPECTED}") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what is wrong is raised, and said here
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as problem:  # its exceptions share no base of their own
        reason = (str(problem).strip() or type(problem).__name__).splitlines()[0]
        raise CheckpointError(f"{path}: ONNX Runtime cannot load it ({reason}); {_EXPECTED}") from None
    about = session.get_modelmeta().custom_metadata_map
    _check_version(path, about)
    given, found = session.get_inputs(), session.get_outputs()
    if [one.name for one in (*given, *found)] != ["features", "logits"] or given[0].type not in _DTYPES:
        raise CheckpointError(f"{path}: maps {[o.name for o in given]} to {[o.name for o in found]}; {_EXPECTED}")
    try:
        names = [list(json.loads(about.get(key, "[]"))) for key in ("classes", "features")]
    except (TypeError, ValueError, RecursionError):
        raise CheckpointError(f"{path}: its description is damaged; {_EXPECTED}") from None
    return OnnxNetwork(session, *names)


def _check_version(path, about: dict) -> None:
    try:
        version = int(about.get("version", 0))
    except ValueError:
        raise CheckpointError(f"{path}: its description is damaged; {_EXPECTED}") from None
    if version > VERSION:
        raise CheckpointError(f"{path}: written in format {version}; this kdlib reads up to {VERSION}, please update")


def quantise_onnx(source: str | os.PathLike, path: str | os.PathLike) -> None:
    """Write the float32 network of ``source`` to ``path`` with int8 weights, by ONNX Runtime's dynamic quantisation.

    Each weight matrix becomes W / s rounded to -128..127 with one scale s; each layer's input is rounded likewise when
    it runs. Biases and tanh stay float32. Needs onnx and onnxruntime. Raises `CheckpointError` for what `load_onnx`
    refuses, `ValueError` for a float64 network and for weights that are not finite, `OSError` when the file cannot be
    written. Chapter 09.
    """
    import onnx
    from onnxruntime.quantization import quantize_dynamic
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    if load_onnx(source).dtype != torch.float32:
        raise ValueError(f"{source}: computes in float64; expected a float32 network, such as student.float() exported")
    program = onnx.load(source)
    for weights in program.graph.initializer:
        if not torch.from_numpy(onnx.numpy_helper.to_array(weights).copy()).isfinite().all():
            raise ValueError(f"{source}: {weights.name} holds NaN or infinity; expected finite weights")
    add_pre_process_metadata(program)  # or it would ask for a pre-processing that has nothing to do here
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "int8.onnx"
        quantize_dynamic(program, made)
        write_whole(path, made.read_bytes())
