"""Writing whole: through links, with the old mode, never over what is no file, and without left-overs."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kdlib import files
from kdlib.files import write_whole

ROOT = Path(__file__).resolve().parent.parent
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs POSIX modes")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    return path


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def only(path, content):
    """Whether the folder holds this file alone, with this content."""
    return list(path.parent.iterdir()) == [path] and path.read_bytes() == content


def test_old_content_is_replaced_and_nothing_else_stays(path):
    write_whole(path, b"new")
    write_whole(str(path), b"newer")
    assert only(path, b"newer")


@POSIX
@pytest.mark.parametrize("kept", [0o600, 0o640, 0o664, 0o755])
def test_the_mode_of_the_old_file_is_kept(path, kept):
    path.chmod(kept)
    write_whole(path, b"new")
    assert mode(path) == kept and only(path, b"new")


@POSIX
@pytest.mark.parametrize(("mask", "expected"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_follows_the_umask(tmp_path, mask, expected):
    before = os.umask(mask)
    try:
        write_whole(tmp_path / "new", b"new")
    finally:
        os.umask(before)
    assert mode(tmp_path / "new") == expected


@POSIX
@pytest.mark.parametrize("there", [True, False])
def test_a_symbolic_link_stays_and_its_target_is_written(tmp_path, there):
    (tmp_path / "deep").mkdir()
    target, link, second = tmp_path / "deep" / "target", tmp_path / "link", tmp_path / "second"
    if there:
        target.write_bytes(b"old")
    link.symlink_to(Path("deep") / "target")
    second.symlink_to(link)
    write_whole(second, b"new")
    assert link.is_symlink() and second.is_symlink() and only(target, b"new")


@POSIX
def test_links_in_a_circle_are_an_error_of_the_system(tmp_path):
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(OSError, match="symbolic links"):
        write_whole(tmp_path / "a", b"new")


@POSIX
def test_a_pipe_a_device_and_a_link_to_one_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(os.devnull)
    for path in (tmp_path / "pipe", tmp_path / "link", Path(os.devnull)):
        with pytest.raises(OSError, match=r"is no regular file \(a device or a pipe\); expected a file to write") as no:
            write_whole(path, b"new")
        assert str(no.value).startswith(f"{path}: ")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode) and stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_folder_and_a_missing_folder_are_refused(tmp_path):
    with pytest.raises(IsADirectoryError, match="is a directory; expected a file to write"):
        write_whole(tmp_path, b"new")
    with pytest.raises(FileNotFoundError, match=r"file: the folder .*nowhere does not exist$"):
        write_whole(tmp_path / "nowhere" / "file", b"new")


def test_a_read_only_file_is_refused(path):
    path.chmod(0o444)
    with pytest.raises(PermissionError, match="is read-only; expected a file that may be replaced"):
        write_whole(path, b"new")
    assert only(path, b"old")
    path.chmod(0o644)


@pytest.mark.parametrize("refused", ["chmod", "chown"])
def test_a_file_system_without_modes_loses_no_content(path, monkeypatch, refused):
    def refuse(*arguments):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, refused, refuse)
    write_whole(path, b"new")
    assert only(path, b"new")


@POSIX
@pytest.mark.parametrize("code", [35, 95])
def test_a_file_system_without_locks_loses_no_content(path, monkeypatch, code):
    def refuse(*arguments):
        raise OSError(code, "not here")

    monkeypatch.setattr(files.fcntl, "flock", refuse)
    (path.parent / ".file-00000000.part").touch()
    write_whole(path, b"new")
    assert path.read_bytes() == b"new" and len(list(path.parent.iterdir())) == 2  # whose it is nobody knows


@pytest.mark.parametrize("where", ["fsync", "replace"])
@pytest.mark.parametrize("problem", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "^C"])
def test_an_end_in_the_middle_leaves_the_old_file_alone(path, monkeypatch, where, problem):
    def end(*arguments):
        raise problem

    monkeypatch.setattr(os, where, end)
    with pytest.raises(type(problem)) as ended:
        write_whole(path, b"new")
    assert only(path, b"old")
    if isinstance(problem, OSError):
        assert (ended.value.strerror, ended.value.filename) == ("No space left on device", str(path))


def test_a_name_as_long_as_the_system_allows_is_written(tmp_path):
    path = tmp_path / ("ł" * 127)
    write_whole(path, b"new")
    assert only(path, b"new")


DIES = """
import os, sys
from kdlib.files import write_whole
os.fsync = lambda handle: os._exit(9)
write_whole(sys.argv[1], b"half")
"""


@POSIX
def test_the_left_overs_of_dead_writers_go_and_those_of_a_live_one_stay(path, monkeypatch):
    for _ in range(2):
        assert subprocess.run([sys.executable, "-c", DIES, str(path)], cwd=ROOT).returncode == 9
    (path.parent / ".file-notours.txt").touch()
    assert len(list(path.parent.glob(".file-*.part"))) == 1  # each removes what the one before it left
    real, seen = os.fsync, []

    def second_writer(handle):
        seen.append(sorted(path.parent.glob("*.part")))
        if len(seen) == 1:
            write_whole(path, b"second")
        real(handle)

    monkeypatch.setattr(os, "fsync", second_writer)
    write_whole(path, b"first")
    assert [len(parts) for parts in seen] == [1, 2] and set(seen[0]) < set(seen[1])
    assert path.read_bytes() == b"first"
    assert {p.name for p in path.parent.iterdir()} == {"file", ".file-notours.txt"}


@POSIX
def test_a_new_part_that_another_writer_took_for_left_is_made_again(path, monkeypatch):
    real, taken = files.fcntl.flock, []

    def flock(file, how):
        if not taken:  # the other one comes between the making and the lock
            taken.extend(path.parent.glob("*.part"))
            taken[0].unlink()
        real(file, how)

    monkeypatch.setattr(files.fcntl, "flock", flock)
    write_whole(path, b"new")
    assert len(taken) == 1 and only(path, b"new")


def test_writers_and_a_reader_never_mix(path):
    contents = [bytes([k]) * 100_000 for k in range(4)]
    write_whole(path, contents[0])

    def write(content):
        for _ in range(25):
            write_whole(path, content)

    writers = [threading.Thread(target=write, args=[content]) for content in contents]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(path.read_bytes())
    assert seen <= set(contents) and list(path.parent.iterdir()) == [path]
