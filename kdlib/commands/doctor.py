"""``python -m kdlib doctor``: what is installed here, what is missing, and how to get it."""

import platform
from importlib import metadata

import torch

_NEEDED = ("torch", "numpy", "scipy", "matplotlib", "safetensors", "tqdm")
_OPTIONAL = {
    "course": ("jupyterlab", "ipykernel", "ipywidgets", "anywidget", "voila"),
    "onnx": ("onnx", "onnxscript", "onnxruntime"),
    "distributed": ("dask", "distributed"),
}


def add_command(commands) -> None:
    """Add ``doctor`` to the command line."""
    commands.add_parser("doctor", help="print versions, device, threads and what is missing").set_defaults(run=run)


def run(options) -> int:
    """Print the report; returns 1 when something kdlib cannot do without is missing."""
    print(f"python       {platform.python_version()} on {platform.system()} {platform.machine()}")
    missing = _report("needed", _NEEDED, "python -m pip install -e .")
    for extra, packages in _OPTIONAL.items():
        _report(f"extra {extra}", packages, f'python -m pip install -e ".[{extra}]" -c constraints.txt')
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU (no CUDA device; none is needed)"
    print(f"device       {device}")
    print(f"threads      {torch.get_num_threads()} (one is fastest for networks this small)")
    return 1 if missing else 0


def _report(title: str, packages, cure: str) -> list[str]:
    print(f"\n{title}")
    missing = []
    for package in packages:
        try:
            print(f"  {package:<12} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            missing.append(package)
            print(f"  {package:<12} missing; get it with: {cure}")
    return missing
