"""How many threads torch uses: one is fastest for networks this small, and by far so on a busy machine."""

import contextlib
from collections.abc import Iterator

import torch


@contextlib.contextmanager
def torch_threads(count: int) -> Iterator[None]:
    """``count`` torch threads inside; afterwards as many as before. Not used in a chapter.

    torch keeps the number for each Python thread, so others that already compute keep theirs. One that uses torch for
    the first time in the meantime starts with ``count``: it is given the last number that was set anywhere.
    """
    before = torch.get_num_threads()
    if before == count:
        yield
        return
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
