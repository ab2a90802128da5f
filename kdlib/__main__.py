"""``python -m kdlib``: the original demo from end to end, the data files, and a look at the installation."""

import argparse
import sys
from pathlib import Path

from kdlib.checkpoints import CheckpointError
from kdlib.worlds.people_file import PeopleFileError


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage above it."""

    def error(self, message):
        self.exit(2, f"error: {message} (see {self.prog} --help)\n")


def main(arguments=None) -> int:
    """Run a command and return its exit code: 0 done, 2 bad input (one line says which), 130 stopped by Ctrl-C."""
    from kdlib.commands import demo, doctor

    parser = _Parser(prog="python -m kdlib", description=__doc__.partition(": ")[2])
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    demo.add_command(commands)
    doctor.add_command(commands)
    data = commands.add_parser("data", help="write the four data files of the course; always the same bytes")
    data.add_argument("--out", type=Path, default=Path("data"), help="folder to write to (default: data)")
    data.set_defaults(run=_data)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except KeyboardInterrupt:
        print("stopped by Ctrl-C", file=sys.stderr)
        return 130
    except (PeopleFileError, CheckpointError, ValueError, ArithmeticError) as problem:
        return _refuse(problem)
    except OSError as problem:
        return _refuse(f"{problem.filename}: {problem.strerror}" if problem.filename else problem)


def _refuse(problem) -> int:
    print(f"error: {problem}", file=sys.stderr)
    return 2


def _data(options) -> int:
    from kdlib.worlds.people_file import write_data

    for path in write_data(options.out):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
