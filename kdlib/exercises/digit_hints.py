"""Hints and solutions of the exercises of chapters 00 and 08."""

HINTS: dict[str, tuple[str, str]] = {
    "weights": ("net.parameters() gives its matrices and vectors.", "p.numel() is how many numbers one of them holds."),
    "gap_closed": ("How wide is the gap? How far did the student come?", "Both begin at the small network's accuracy."),
    "second_guess": ("Sort each row, or ask for its two largest.", "v.topk(2, dim=1) has .values and .indices."),
    "smooth": (
        "F.one_hot(y, classes) is the label as a row of probabilities.",
        "The label gives `share` away, and each of the classes gets share / classes of it.",
    ),
    "shuffle_doubts": (
        "First the classes that are not the choice: for each row the numbers of its C - 1 others, in their order.",
        "gather reads at places, scatter writes at places: v.scatter(1, others, what they get).",
    ),
    "factor_for": (
        "The larger the factor, the surer: so the right one can be closed in on from both sides.",
        "Halve the interval from 0 to 1000 sixty times: is the middle too sure, or not sure enough?",
    ),
}  # fmt: skip
SOLUTIONS: dict[str, str] = {
    "weights": """\
def weights(net):
    return sum(p.numel() for p in net.parameters())""",
    "gap_closed": """\
def gap_closed(small, taught, large):
    return (taught - small) / (large - small)""",
    "second_guess": """\
def second_guess(v):
    return v.topk(2, dim=1).indices[:, 1]""",
    "smooth": """\
def smooth(y, share, classes):
    return (1 - share) * F.one_hot(y, classes) + share / classes""",
    "shuffle_doubts": """\
def shuffle_doubts(v, order):
    others = (F.one_hot(v.argmax(dim=1), v.shape[1]) == 0).nonzero()[:, 1].reshape(len(v), -1)
    taken = v.gather(1, others.gather(1, order))
    return v.scatter(1, others, taken)""",
    "factor_for": """\
def factor_for(v, sure):
    low, high = 0.0, 1000.0
    for _ in range(60):
        middle = (low + high) / 2
        confidence = torch.softmax(middle * v, dim=1).amax(dim=1).mean().item()
        low, high = (middle, high) if confidence < sure else (low, middle)
    return middle""",
}
