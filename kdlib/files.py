"""Files that are whole or not there: written beside their place and renamed, and read only where they are files.

A crash, a full disk or Ctrl-C in the middle leaves the old file, or none, and never half of a new one. Not used in a
chapter: checkpoints, data files and the demo write through it.
"""

import contextlib
import glob
import os
import secrets
import stat
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be removed: that protects a writer there
    fcntl = None

_PART = ".{name}-{mark}.part"


def write_whole(path: str | os.PathLike, content: bytes) -> None:
    """Write ``content`` to ``path``, whole or not at all; through a symbolic link, keeping the file's mode.

    A new file follows the umask. Raises `OSError`, which names the file, where `refuse_target` does and when the disk
    is full.
    """
    refuse_target(path)
    target = os.path.realpath(path)
    _remove_left_overs(target)
    try:
        name, file = _new_part(target)
        try:
            with file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                _give_mode_and_group(name, target)
                if fcntl:
                    os.replace(name, target)  # still locked: nobody takes it for a left-over
            if not fcntl:
                os.replace(name, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    except OSError as problem:  # it names the file beside; a reader knows only the one that was asked for
        raise OSError(problem.errno, problem.strerror or str(problem), os.fspath(path)) from None


def refuse_target(path: str | os.PathLike) -> None:
    """Raise the `OSError` that writing ``path`` would end in: no folder, no regular file, a read-only file."""
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(f"{path}: the folder {target.parent} does not exist")
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(f"{path}: is a directory; expected a file to write")
    if not stat.S_ISREG(mode):
        raise OSError(f"{path}: is no regular file (a device or a pipe); expected a file to write")
    if not mode & 0o222 or not os.access(target, os.W_OK):
        raise PermissionError(f"{path}: is read-only; expected a file that may be replaced")


def open_regular(path: str | os.PathLike):
    """``path`` opened for reading bytes; `OSError` for what is no regular file, where reading may wait for ever."""
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError("it is no regular file but a device or a pipe")
    return open(path, "rb")


def _new_part(target: str):
    """A new locked file beside ``target``: its name and itself. The lock tells other writers that it is not left."""
    folder, base = os.path.split(target)
    while True:
        name = os.path.join(folder, _PART.format(name=base[:40], mark=secrets.token_hex(4)))
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(name, flags, 0o666), "wb")
        if _locked(file) is False or os.fstat(file.fileno()).st_nlink == 0:
            file.close()  # between its making and its lock, another writer took it for a left-over
            continue
        return name, file


def _give_mode_and_group(name: str, target: str) -> None:
    """Those of the old file, where there is one and the file system knows modes: no reason to lose the content."""
    with contextlib.suppress(OSError):
        old = os.stat(target)
        if hasattr(os, "chown"):
            with contextlib.suppress(OSError):
                os.chown(name, -1, old.st_gid)
        os.chmod(name, stat.S_IMODE(old.st_mode))


def _remove_left_overs(target: str) -> None:
    """Remove the unfinished files of writers that died on ``target``: those that nobody holds a lock on."""
    folder, base = os.path.split(target)
    for name in glob.glob(_PART.format(name=glob.escape(base[:40]), mark="?" * 8), root_dir=folder):
        path = os.path.join(folder, name)
        with contextlib.suppress(OSError):
            if fcntl is None:
                os.unlink(path)
                continue
            with open(path, "rb") as file:
                if _locked(file):
                    os.unlink(path)


def _locked(file) -> bool | None:
    """Whether the lock on the file is ours now; None where the file system knows no locks."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
