"""The files a newcomer installs from agree with each other and name no machine."""

import json
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import kdlib

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
CONDA_NAMES = {"pytorch": "torch"}


def requirements(lines):
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): r.specifier for r in parsed if r.name != "kdlib"}


def pins():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def test_conda_installs_what_pip_installs():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    lines = [line for line in environment["dependencies"] if isinstance(line, str) and line != "pip"]
    conda = requirements(lines)
    conda = {CONDA_NAMES.get(name, name): ranges for name, ranges in conda.items()}
    python = {"python": Requirement("python" + PROJECT["requires-python"]).specifier}
    assert conda == python | requirements(PROJECT["dependencies"] + EXTRAS["course"])


def test_constraints_lie_in_the_ranges():
    ranges = requirements(PROJECT["dependencies"] + [line for extra in EXTRAS.values() for line in extra])
    outside = {name for name, allowed in ranges.items() if not allowed.contains(pins().get(name, "0"))}
    assert outside == set()
    assert pins()["torch"] == "2.13.0"


def test_constraints_are_what_these_tests_run_with():
    installed = {canonicalize_name(d.name): Version(d.version).public for d in metadata.distributions()}
    different = {name for name, pin in pins().items() if installed.get(name, pin) != str(Version(pin))}
    assert different == set()


def test_versions_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"] == kdlib.__version__
    assert citation["license"] == PROJECT["license"] == "MIT"
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")


def test_no_file_names_a_registry_or_a_machine():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    if listed.returncode:
        pytest.skip("not a git checkout")
    # Written in two halves, so that this file does not hold them.
    halves = ["py pi.org", "python hosted", "download.py torch", "conda.ana conda", "npm js.org"]
    halves += ["/wo rk/", "/r oot/", "/tm p/", ".py env", "site-pack ages/"]
    forbidden = re.compile("|".join(re.escape(half.replace(" ", "")) for half in halves))
    found = {}
    for name in filter(lambda name: (ROOT / name).is_file(), listed.stdout.splitlines()):
        # Pictures are base64, in which any short string can turn up.
        text = re.sub(r"[A-Za-z0-9+/=]{200,}", "", (ROOT / name).read_text(encoding="utf-8", errors="ignore"))
        if match := forbidden.search(text):
            found[name] = match[0]
    assert found == {}


def test_make_course_opens_the_first_chapter_and_lists_chapters_only():
    config = json.loads((ROOT / "tools/config/jupyter/jupyter_lab_config.json").read_text(encoding="utf-8"))
    first = min(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert config["LabApp"]["default_url"] == f"/lab/tree/{first}"
    assert "source" in config["ContentsManager"]["hide_globs"]


def test_the_readme_says_how_long_reading_takes_and_lists_every_chapter():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    chapters = [nbformat.read(path, as_version=4) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    minutes = [int(re.search(r"Reading: about (\d+) minute", chapter.cells[0].source)[1]) for chapter in chapters]
    stated = int(re.search(r"Reading takes about\s+(\d+)\s+hours", readme)[1])
    assert abs(60 * stated - sum(minutes)) <= 30, f"{sum(minutes)} minutes in all"
    titles = [re.search(r"^# (\d+)\. (.+)$", chapter.cells[0].source, re.MULTILINE) for chapter in chapters]
    listed = re.findall(r"^\| (\d\d) \| (.+?) \|", readme, re.MULTILINE)
    assert listed == [(f"{int(title[1]):02}", title[2]) for title in titles]
