"""`python -m kdlib` in this process."""

from kdlib.__main__ import main


def outcome(*arguments):
    """The exit code, whether it is returned or raised."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as stop:
        return stop.code
