"""JupyterLab on a copy of the notebooks, for tests and benchmarks: a free port, folders of its own, an end."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from tools.notebooks import NOTEBOOKS, ROOT, offline

START_SECONDS = 60


@contextlib.contextmanager
def jupyterlab(notebooks: Path = NOTEBOOKS):
    """Serve a copy of the folder as `make course` does; yields a function from a path to its address."""
    token = secrets.token_hex(16)
    with _folder(notebooks) as (folder, copy), _port() as port:
        command = [
            sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
            "--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={copy}",
            f"--IdentityProvider.token={token}",
        ]  # fmt: skip
        with _process(command, copy, folder, f"http://127.0.0.1:{port}/api"):
            yield lambda path: f"http://127.0.0.1:{port}/{path}?reset&token={token}"


@contextlib.contextmanager
def _folder(notebooks):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy = Path(folder, "notebooks")
        shutil.copytree(notebooks, copy, ignore=shutil.ignore_patterns("source", ".ipynb_checkpoints", "saved"))
        yield Path(folder), copy


@contextlib.contextmanager
def _port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    yield port


@contextlib.contextmanager
def _process(command, cwd, folder, ready):
    """Run the server with Jupyter's folders in ``folder`` until the block ends, then end it and all it started."""
    ours = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    ours["JUPYTER_CONFIG_PATH"] = str(ROOT / "tools" / "jupyter")
    log = folder / "log.txt"
    with offline(), log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=cwd, env={**os.environ, **ours}, stdout=out, stderr=out, start_new_session=True
        )
    try:
        _wait_for(ready, process, log)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)  # a server asked to end ends its kernels
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # kernels end when they find their parent gone
            process.wait()


def _wait_for(address, process, log):
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server at {address} did not start:\n{log.read_text(errors='replace')[-2000:]}")
