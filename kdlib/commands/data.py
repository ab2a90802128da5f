"""``python -m kdlib data``: the course's four data files, always the same bytes."""

from pathlib import Path

from kdlib.commands.options import path


def add_command(commands) -> None:
    """Add ``data`` to the command line."""
    data = commands.add_parser("data", help="write the four data files of the course; always the same bytes")
    data.add_argument("--out", type=path, default=Path("data"), help="folder to write to (default: data)")
    data.set_defaults(run=run)


def run(options) -> int:
    """Write the files, each whole or not at all, and name them."""
    from kdlib.worlds.people_file import write_data

    for file in write_data(options.out):
        print(file)
    return 0
