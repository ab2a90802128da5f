"""Are the allowed versions true? Installs the lowest, then the newest, and runs tests and notebooks with each.

    python -m tools.bounds [lowest|newest] [packages|unit|notebooks]

"lowest" is the lower bound of every direct dependency, "newest" what the registry has within the ranges, both without
constraints.txt. Only torch is the one of constraints.txt: its builds are large, and one is chosen by hand. Each has its
environment in build/bounds, made first whatever is asked for. What is done is not done again, so an interrupted run
goes on where it stopped; remove that folder to begin afresh. Needs a network for the installs.
"""

import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "bounds"
STEPS = ("packages", "unit", "notebooks")
# It compares what is installed with constraints.txt, which is not what is installed here.
INSTALLED = "tests/test_setup.py::test_constraints_are_what_these_tests_run_with"
PYTEST = ["-m", "pytest", "-q", "-n", "auto", "--deselect", INSTALLED]
NBVAL = ["--dist", "loadfile", "--nbval", "--nbval-current-env", "--nbval-cell-timeout=600"]
NBVAL += ["--nbval-kernel-startup-timeout=300", "notebooks"]


def direct() -> list[Requirement]:
    """Every dependency that pyproject.toml names, with its range; those of extras too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *(line for extra in project["optional-dependencies"].values() for line in extra)]
    return [r for r in map(Requirement, lines) if r.name not in ("kdlib", "torch")]


def wanted(which: str) -> list[str]:
    """What pip is asked for: names with ranges, or with the lowest version in place of the range."""
    if which == "newest":
        return sorted({f"{r.name}{r.specifier}" for r in direct()})
    return sorted({f"{r.name}=={s.version}" for r in direct() for s in r.specifier if s.operator == ">="})


def torch() -> str:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line.startswith("torch=="))


def install(which: str, folder: Path) -> None:
    """A fresh environment with these versions and, last, kdlib itself."""
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, torch()])
    _run([*pip, torch(), *wanted(which)])
    _run([*pip, "--no-deps", "-e", "."])


def main(arguments: list[str]) -> int:
    unknown = set(arguments) - {"lowest", "newest", *STEPS}
    if unknown:
        print(f"error: {unknown.pop()!r}; expected lowest or newest, {', '.join(STEPS)}", file=sys.stderr)
        return 2
    failed = []
    for which in [name for name in ("lowest", "newest") if name in arguments] or ["lowest", "newest"]:
        asked = {*STEPS} & {*arguments} or {*STEPS}
        for step in (name for name in STEPS if name in asked or name == "packages"):
            folder, done = FOLDER / which, FOLDER / f"{which}-{step}.done"
            if done.exists():
                continue
            print(f"{which}: {step}", flush=True)
            try:
                if step == "packages":
                    install(which, folder)
                else:
                    _run([folder / "bin" / "python", *PYTEST, *(NBVAL if step == "notebooks" else ["tests"])])
            except subprocess.CalledProcessError:
                failed.append(f"{which}: {step}")
                if step == "packages":
                    break
            else:
                done.parent.mkdir(parents=True, exist_ok=True)
                done.touch()
    print("failed: " + ", ".join(failed) if failed else "all allowed versions work")
    return 1 if failed else 0


def _run(command) -> None:
    subprocess.run(list(map(str, command)), cwd=ROOT, check=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
