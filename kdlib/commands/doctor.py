"""``python -m kdlib doctor``: what is installed here, what is missing, and how to get it."""

import platform
import re
from importlib import metadata
from pathlib import Path

_NEEDED = ("torch", "numpy", "scipy", "matplotlib", "safetensors", "tqdm", "lazy_loader")
_OPTIONAL = {
    "course": ("jupyterlab", "ipykernel", "ipywidgets", "anywidget"),
    "onnx": ("onnx", "onnxruntime"),
    "distributed": ("dask", "distributed"),
}
_CHECKOUT = Path(__file__).parents[2] / "pyproject.toml"  # there, unless kdlib was installed from a wheel


def add_command(commands) -> None:
    """Add ``doctor`` to the command line."""
    commands.add_parser("doctor", help="print versions, device, threads and what is missing").set_defaults(run=run)


def run(options) -> int:
    """Print the report; returns 1 when something kdlib cannot do without is missing."""
    print(f"python       {platform.python_version()} on {platform.system()} {platform.machine()}")
    missing = _report("needed", _NEEDED, "-e .")
    for extra, packages in _OPTIONAL.items():
        _report(f"extra {extra}", packages, f'-e ".[{extra}]" -c constraints.txt')
    try:
        import torch
    except (ImportError, OSError) as problem:
        print(f"device       unknown: torch cannot be imported ({problem})")
        return 1
    device = torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU (no CUDA device; none is needed)"
    print(f"device       {device}")
    print(f"threads      {torch.get_num_threads()} (one is fastest for networks this small)")
    return 1 if missing else 0


def _report(title: str, packages, in_the_checkout: str) -> list[str]:
    print(f"\n{title}")
    missing = []
    for package in packages:
        try:
            print(f"  {package:<12} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            missing.append(package)
            what = in_the_checkout if _CHECKOUT.exists() else f'"{_requirement(package)}"'
            print(f"  {package:<12} missing; get it with: python -m pip install {what}")
    return missing


def _requirement(package: str) -> str:
    """The package with the range that kdlib's own metadata gives it."""
    for line in metadata.requires("kdlib") or []:
        if re.split(r"[^\w.-]", line)[0].lower().replace("-", "_") == package:
            return line.partition(";")[0].strip()
    return package
