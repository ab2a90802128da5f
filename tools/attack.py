"""Attacks on what kdlib reads and writes, at full size: python -m tools.attack [--seed N]

Millions of damaged lines of people files, ten thousand damaged checkpoints, hundreds of kills while a file is written,
and two writers with a reader. Each must end in what was meant or in one sentence. The unit tests run the same, smaller.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch

from kdlib import CheckpointError, load_model, save_model, student_net
from kdlib.files import write_whole
from kdlib.worlds.people_line import person_of, words_of

ROOT = Path(__file__).resolve().parent.parent
LINES = (
    "-1\t0.24\t1\t0\t0\t0.2950\t2",
    "1\t0.39\t0\t1\t0\t0.5120\t1",
    "male,24,michigan,29500,liberal",
    "female,39,nebraska,51200,moderate",
    "sex,age,state,income,politics",
    "sex\tage\tmichigan\tnebraska\toklahoma\tincome\tpolitics",
)
CELLS = ("", "nan", "-inf", "1e999", "1_0", "0x1", "0,24", '"', "24", "59", "male", "ohio", "-0", "٣", "#", "9" * 50)
LETTERS = "\t,; -.0129eE#\"'\x00\u2028ł"


def people_lines(count: int, rng: random.Random) -> int:
    """Read damaged lines: each is a person in range or a sentence. Returns how many were people."""
    people = 0
    for _ in range(count):
        line = _damaged_line(rng)
        try:
            sex, age, *state, income, label = person_of(words_of(line))
        except ValueError as refused:
            assert "expected" in str(refused), line
            continue
        people += 1
        assert sex in (-1, 1) and 0 <= age <= 1.2 and sorted(state) == [0, 0, 1] and 0 <= income <= 10, line
        assert label in (0, 1, 2), line
    return people


def _damaged_line(rng: random.Random) -> str:
    """A line with characters changed, then a cell replaced, a cell doubled, all cells shuffled, or nothing more."""
    line = rng.choice(LINES)
    for _ in range(rng.randrange(3)):
        at = rng.randrange(len(line))
        line = line[:at] + rng.choice(LETTERS + line) + line[at + rng.randrange(2) :]
    cells = re.split(r"[\t,;]", line)
    match rng.randrange(4):
        case 0:
            cells[rng.randrange(len(cells))] = rng.choice(CELLS)
        case 1:
            cells.insert(rng.randrange(len(cells)), rng.choice(cells))
        case 2:
            rng.shuffle(cells)
    return rng.choice("\t,; ").join(cells)


def checkpoints(count: int, rng: random.Random, folder: Path) -> int:
    """Load damaged checkpoints: each gives a network that computes, or a `CheckpointError`. Returns how many loaded."""
    path, loaded = folder / "damaged.safetensors", 0
    save_model(student_net(), path)
    whole = path.read_bytes()
    for _ in range(count):
        path.write_bytes(_damaged_bytes(whole, rng))
        try:
            model = load_model(path)
        except CheckpointError as refused:
            assert str(refused).startswith(f"{path}: ") and "\n" not in str(refused)
            continue
        loaded += 1
        assert model(torch.zeros(2, model.sizes[0], dtype=model.layers[0].weight.dtype)).shape == (2, model.sizes[-1])
    return loaded


def _damaged_bytes(whole: bytes, rng: random.Random) -> bytes:
    content, header = bytearray(whole), 8 + int.from_bytes(whole[:8], "little")
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(rng.choice([8, header, len(whole)])) % max(1, len(content))
        match rng.randrange(5):
            case 0:
                content[at : at + 1] = rng.randbytes(1)
            case 1:
                content[at : at + 1] = bytes([rng.choice(b'0123456789"[]{},:-')])
            case 2:
                del content[at : at + rng.randrange(1, 9)]
            case 3:
                content[at:at] = rng.randbytes(rng.randrange(1, 9))
            case 4:
                content = content[:at]
    return bytes(content)


_WRITER = """
import itertools, os, sys
from kdlib.files import write_whole
parent, target, *sources = sys.argv[1:]
contents = [open(source, "rb").read() for source in sources]
for k in itertools.count():
    if os.getppid() != int(parent):
        break
    write_whole(target, contents[k % len(contents)])
    if k == 0:
        print("writing", flush=True)
"""


def _writer(target: Path, *sources: Path) -> subprocess.Popen:
    """A process that writes the sources over the target, in turn, until it or this process ends; it has begun when this
    returns."""
    command = [sys.executable, "-c", _WRITER, *map(str, (os.getpid(), target, *sources))]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)
    child.stdout.readline()
    return child


def _two_networks(folder: Path) -> list[Path]:
    paths = [folder / "one", folder / "two"]
    for path in paths:
        save_model(student_net(), path)
    return paths


def kills(count: int, rng: random.Random, folder: Path) -> None:
    """Kill a process while it writes: what is there is whole, and the next save leaves nothing else in the folder."""
    sources, target = _two_networks(folder), folder / "target"
    contents = {path.read_bytes() for path in sources}
    for _ in range(count):
        with _writer(target, *sources) as child:
            try:
                child.wait(rng.random() / 50)
            except subprocess.TimeoutExpired:
                child.kill()
        assert target.read_bytes() in contents
        load_model(target)
        assert len(list(folder.glob(".target-*.part"))) <= 1
    write_whole(target, b"")
    assert sorted(path.name for path in folder.iterdir()) == ["one", "target", "two"]


def two_writers_and_a_reader(reads: int, folder: Path) -> None:
    """Load a checkpoint again and again while two processes write it: every load gives one of the two networks."""
    sources, target = _two_networks(folder), folder / "target"
    known = [load_model(path).state_dict() for path in sources]
    with _writer(target, sources[0]) as one, _writer(target, sources[1]) as other:
        try:
            for _ in range(reads):
                seen = load_model(target).state_dict()
                assert any(all(torch.equal(seen[key], state[key]) for key in state) for state in known)
        finally:
            one.kill()
            other.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("--seed", type=int, default=0)
    rng = random.Random(parser.parse_args().seed)
    torch.set_num_threads(1)
    print(f"5,000,000 lines: {people_lines(5_000_000, rng)} of them people")
    for what, size, attack in (
        ("damaged checkpoints", 10_000, lambda folder: checkpoints(10_000, rng, folder)),
        ("kills while writing", 300, lambda folder: kills(300, rng, folder)),
        ("reads between two writers", 20_000, lambda folder: two_writers_and_a_reader(20_000, folder)),
    ):
        with tempfile.TemporaryDirectory() as folder:
            found = attack(Path(folder))
        print(f"{size:,} {what}" + ("" if found is None else f": {found} loaded"), flush=True)
    print("all of them ended as they should")


if __name__ == "__main__":
    main()
