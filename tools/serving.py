"""What `make course` starts, on a copy of the notebooks and with an end: for tests and benchmarks."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tools.notebooks import NOTEBOOKS, ROOT, offline

START_SECONDS, END_SECONDS = 180, 20


@contextlib.contextmanager
def jupyterlab(notebooks: Path = NOTEBOOKS):
    """JupyterLab on a copy of ``notebooks``; yields a function from a notebook's name to its address."""
    token, port = secrets.token_hex(16), _free_port()
    options = ["--expose-app-in-browser", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    with _served("course", notebooks, port, options):
        yield lambda name: f"http://127.0.0.1:{port}/lab/tree/{name}.ipynb?reset&token={token}"


def _free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextlib.contextmanager
def _served(target, notebooks, port, options):
    """Run what the target of the Makefile runs, with Jupyter's own folders in a temporary one, until the block ends."""
    # What the target needs first is there: this very Python.
    ask = ["make", "--dry-run", "--silent", "--assume-old=.venv/.installed-course", target]
    recipe = subprocess.run(ask, cwd=ROOT, capture_output=True, text=True, check=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        copy, log = Path(folder, "notebooks"), Path(folder, "log.txt")
        shutil.copytree(notebooks, copy, ignore=shutil.ignore_patterns("source", ".ipynb_checkpoints", "saved"))
        command = " ".join([recipe.stdout.strip(), "--no-browser", f"--port={port}", *options])
        folders = {f"JUPYTER_{name}_DIR": str(Path(folder, name)) for name in ("CONFIG", "DATA", "RUNTIME")}
        with offline(), log.open("wb") as out:
            ours = {"cwd": ROOT, "env": {**os.environ, **folders, "NOTEBOOKS": str(copy)}, "stdout": out, "stderr": out}
            process = subprocess.Popen(["sh", "-c", command], start_new_session=True, **ours)
            try:
                _wait_for(port, process, log)
                yield
            finally:
                _end(process)


def _wait_for(port, process, log):
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing serves port {port}:\n{log.read_text(errors='replace')[-2000:]}")


def _end(process):
    """End the whole process group; a server that is asked to end ends its kernels first."""
    with contextlib.suppress(ProcessLookupError):  # nobody is left in the group
        for signal_sent in (signal.SIGTERM, signal.SIGKILL):
            os.killpg(process.pid, signal_sent)
            until = time.monotonic() + END_SECONDS
            while time.monotonic() < until:
                process.poll()
                os.killpg(process.pid, 0)
                time.sleep(0.05)
