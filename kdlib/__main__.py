"""``python -m kdlib``: the original demo from end to end, the data files, and a look at the installation."""

import argparse
import gc
import sys
from collections.abc import Sequence

from kdlib.commands import data, demo, diagnose, doctor, terminal

# Not the docstring above, which python -OO takes away.
_WHAT = "The original demo from end to end, the data files, and a look at the installation."


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage above it."""

    def error(self, message):
        self.exit(2, f"error: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    0 is done; 2 bad input, or something that could not be written (one line says which); 130 is stopped by Ctrl-C, 129
    and 143 by another signal, as a shell counts.
    """
    parser = _Parser(prog="python -m kdlib", description=_WHAT)
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    for command in (demo, data, diagnose, doctor):
        command.add_command(commands)
    with terminal.unbreakable_output() as output:
        options = parser.parse_args(arguments)
        try:
            return options.run(options) or output.code()
        except KeyboardInterrupt:
            print("stopped by Ctrl-C", file=sys.stderr)
            return 130
        except ModuleNotFoundError as problem:
            return terminal.refuse(f"{problem.name} is not installed; python -m kdlib doctor says how to get it")
        except (ValueError, ArithmeticError, OSError) as problem:
            return terminal.refuse(problem)


if __name__ == "__main__":
    code = main()
    gc.freeze()  # or the collector walks all of torch once more before Python ends
    sys.exit(code)
