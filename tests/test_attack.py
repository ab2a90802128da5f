"""The attacks of tools/attack.py at a size for every day; `make attack` runs them in full."""

import random
import subprocess
import sys

import pytest

from tools import attack
from tools.notebooks import ROOT


def test_a_hundred_thousand_damaged_lines_are_people_or_a_sentence():
    assert 5_000 < attack.people_lines(100_000, random.Random(0)) < 60_000  # it tries both


def test_five_hundred_damaged_checkpoints_are_networks_or_a_sentence(tmp_path):
    assert 5 < attack.checkpoints(500, random.Random(0), tmp_path) < 450


def test_twenty_kills_while_writing_leave_whole_files_and_nothing_else(tmp_path):
    attack.kills(20, random.Random(0), tmp_path)


def test_two_writers_and_a_reader_never_mix(tmp_path):
    attack.two_writers_and_a_reader(200, tmp_path)


def test_an_attack_notices_what_it_is_for(tmp_path, monkeypatch):
    monkeypatch.setattr(attack, "person_of", lambda words: [0.5] * 7)
    with pytest.raises(AssertionError):
        attack.people_lines(1000, random.Random(0))
    # In a process of its own: a file that shrinks under a reader's map can end that process by SIGBUS.
    careless = """
import sys, pathlib, tools.attack as attack
attack._WRITER = attack._WRITER.replace("write_whole(target, ", "open(target, 'wb').write(")
attack.two_writers_and_a_reader(5000, pathlib.Path(sys.argv[1]))
"""
    done = subprocess.run(
        [sys.executable, "-c", careless, tmp_path], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode < 0 or "AssertionError" in done.stderr or "CheckpointError" in done.stderr


def test_the_writers_of_a_killed_attack_end_with_it(tmp_path):
    killed = """
import os, pathlib, sys, tools.attack as attack
folder = pathlib.Path(sys.argv[1])
attack._writer(folder / "target", *attack._two_networks(folder))
os.kill(os.getpid(), 9)
"""
    # This waits until nobody is left who could write to its pipes.
    done = subprocess.run([sys.executable, "-c", killed, tmp_path], cwd=ROOT, capture_output=True, timeout=60)
    assert done.returncode == -9
