"""What `pip wheel` packs runs without the checkout: modules, front ends of the widgets, and the course's own rows."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The folder that an installer would make of the wheel."""
    folder, source = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("source")
    for name in ("kdlib", "data"):  # from a copy: a build leaves its own folders beside what it packs
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "LICENSE-text", "MANIFEST.in"):
        shutil.copy(ROOT / name, source)
    # --no-build-isolation: the network is blocked, so setuptools is the one of .venv.
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", str(folder), str(source)]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    [wheel] = folder.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(folder / "installed")
    return folder / "installed"


def test_the_demo_runs_from_any_folder(unpacked, tmp_path):
    code = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r})\n"
        "import kdlib, runpy; print(kdlib.__file__)\n"
        "sys.argv = ['kdlib', 'demo', '--epochs', '1']; runpy.run_module('kdlib', run_name='__main__')"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(str(unpacked)) and "200 people to train on, 40 to test on" in ran.stdout
    assert (tmp_path / "demo-output" / "student.safetensors").exists()


def test_the_wheel_holds_every_file_of_the_library_and_of_the_data(unpacked):
    def files(folder):
        return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}

    rows = {Path("worlds/carried_rows") / path for path in files(ROOT / "data")}
    assert files(unpacked / "kdlib") == files(ROOT / "kdlib") | rows


def test_the_source_archive_holds_what_its_tests_need(tmp_path):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = {name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()}
    for name in names:
        (tmp_path / "source" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / "source" / name)
    code = "import sys; from setuptools import build_meta; print(build_meta.build_sdist(sys.argv[1]))"
    command = [sys.executable, "-W", "ignore", "-c", code, str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path / "source")
    [archive] = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        held = {name.partition("/")[2] for name in packed.getnames()}
    assert {name for name in names - held if not name.startswith((".ci/", ".git"))} == set()
