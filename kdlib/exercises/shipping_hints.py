"""Hints and solutions of chapter 09."""

HINTS: dict[str, tuple[str, str]] = {
    "bytes_of": (
        "A layer from a to b units has a * b weights and b biases.",
        "zip(sizes, sizes[1:]) gives the layers; float32 takes four bytes a number.",
    ),
    "microseconds": (
        "Leave out the first warm_up calls; take the median of the others.",
        "A call answers rows predictions, and a second has a million microseconds.",
    ),
    "frontier": (
        "Compare all with all: accuracy[:, None] > accuracy is a square, row i against column j.",
        "Column j is beaten where any row is better and costs no more: .any(dim=0). The frontier is the rest.",
    ),
    "int8": ("First the step s, from the largest |W|. Then W / s, rounded, times s.", "W.abs().max() and torch.round."),
}
SOLUTIONS: dict[str, str] = {
    "bytes_of": """\
def bytes_of(sizes):
    return 4.0 * sum((a + 1) * b for a, b in zip(sizes, sizes[1:]))""",
    "microseconds": """\
def microseconds(seconds, rows, warm_up):
    return 1e6 * seconds[warm_up:].median().item() / rows""",
    "frontier": """\
def frontier(accuracy, cost):
    beaten = (accuracy[:, None] > accuracy) & (cost[:, None] <= cost)
    return ~beaten.any(dim=0)""",
    "int8": """\
def int8(W):
    s = W.abs().max() / 127
    return s * torch.round(W / s)""",
}
