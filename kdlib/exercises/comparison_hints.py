"""The hints and solutions of chapters 05 to 07."""

HINTS: dict[str, tuple[str, str]] = {
    "soften": ("Divide the logits by T first.", "Then one softmax over the classes, dim 1."),
    "best_temperature": (
        "For each T of the list: how probable are the labels at softmax(z / T)?",
        "min(temperatures, key=...) with F.cross_entropy(z / T, y) for the key.",
    ),
    "put_together": (
        "The gradient of KL at temperature T shrinks as 1 / T**2.",
        "Only the soft term knows T. alpha weighs it, 1 - alpha weighs the labels.",
    ),
    "fair_best": (
        "Two halves of the runs: the first says which column, the second says how good it is.",
        "first, second = scores.split(len(scores) // 2); first.mean(0).argmax() is the column.",
    ),
    "each_at_its_own": (
        "Two steps, one for each contestant: the column with the best mean over all runs.",
        "mine[:, mine.mean(0).argmax()] is the one at its own step.",
    ),
    "difference": (
        "First the differences, one for each run; then the mean of those and its interval.",
        "half = t * d.std() / n**0.5 with t = scipy.stats.t.ppf(0.975, n - 1).",
    ),
    "no_difference": (
        "An interval that holds zero can be wide. What would convince you that nothing is there?",
        "Both ends of kdlib.intervals.mean_over_seeds(d) have to lie within the margin.",
    ),
    "doubt_for_each": (
        "Which entry of a row stays? What is left for the others, and by how many is it shared?",
        "torch.where(F.one_hot(q.argmax(1), C).bool(), q, rest) with rest = (1 - max q) / (C - 1).",
    ),
    "too_sure": (
        "The confidence is the largest probability of a row. How probable is the choice, in truth?",
        "p.gather(1, z.argmax(1, keepdim=True)) is the true probability of each choice.",
    ),
    "soft_risk": (
        "With a label: -log p_y. What is its mean, when the label is drawn from q?",
        "-(q * log p).sum(1) is one number for each person.",
    ),
}
SOLUTIONS: dict[str, str] = {
    "soften": """\
def soften(v, T):
    return torch.softmax(v / T, dim=1)""",
    "best_temperature": """\
def best_temperature(z, y, temperatures):
    return min(temperatures, key=lambda T: F.cross_entropy(z / T, y).item())""",
    "put_together": """\
def put_together(kl, ce, T, alpha):
    return alpha * T**2 * kl + (1 - alpha) * ce""",
    "fair_best": """\
def fair_best(scores):
    first, second = scores.split(len(scores) // 2)
    return second[:, first.mean(0).argmax()].mean().item()""",
    "each_at_its_own": """\
def each_at_its_own(mine, theirs):
    return mine[:, mine.mean(0).argmax()] - theirs[:, theirs.mean(0).argmax()]""",
    "difference": """\
def difference(a, b):
    from scipy.stats import t
    d, n = a - b, len(a)
    mean, half = d.mean().item(), t.ppf(0.975, n - 1) * d.std().item() / n**0.5
    return [mean, mean - half, mean + half]""",
    "no_difference": """\
def no_difference(d, margin):
    interval = kdlib.intervals.mean_over_seeds(d)
    return -margin < interval.low and interval.high < margin""",
    "doubt_for_each": """\
def doubt_for_each(q):
    choice = F.one_hot(q.argmax(dim=1), q.shape[1]).bool()
    rest = (1 - q.amax(dim=1, keepdim=True)) / (q.shape[1] - 1)
    return torch.where(choice, q, rest)""",
    "too_sure": """\
def too_sure(z, p):
    confidence = torch.softmax(z, dim=1).amax(dim=1)
    right = p.gather(1, z.argmax(dim=1, keepdim=True))[:, 0]
    return (confidence - right).mean().item()""",
    "soft_risk": """\
def soft_risk(z, q):
    return -(q * F.log_softmax(z, dim=1)).sum(dim=1).mean().item()""",
}
