"""Two hints and a solution for every exercise, folded until they are asked for. Chapters 01 to 08, 10 and 11."""

from dataclasses import dataclass
from html import escape

from kdlib.exercises import digit_hints, word_hints

HINTS: dict[str, tuple[str, str]] = {
    "encode": (
        "Six numbers in this order: sex, age, three columns for the state, income.",
        "A state's column is float(record.state == name). Divide years by 100 and dollars by 100,000.",
    ),
    "bayes": ("It names one class for each row: the most probable one.", "p.argmax(dim=...): which dim are they?"),
    "ceiling": ("One number for each row first: with which probability is the best choice right?", "p.amax(dim=1)"),
    "nll": (
        "First the log-probabilities of all classes, then that of the label.",
        "F.log_softmax(z, dim=1)[torch.arange(len(y)), y] is log p_y for each row.",
    ),
    "train": (
        "For each epoch: draw an order of the rows; for each batch of it: loss, gradients, one step.",
        "torch.randperm(len(y)).split(batch_size) gives the batches; zero_grad, backward, step is the order of a step.",
    ),
    "accuracy": (
        "First the choices: the class of the largest logit in each row.",
        "The mean of choices == y, as a number: .item().",
    ),
    "distillation_loss": (
        "Two terms. F.kl_div wants log-probabilities of the student first, then probabilities of the teacher.",
        'reduction="batchmean" divides by B alone; T**2 stands before the soft term; F.cross_entropy takes logits.',
    ),
    "distil": (
        "Write the loop of chapter 2. The teacher stands still: eval mode, and no gradient.",
        "with torch.no_grad(): v = teacher(x[rows]), for the same rows that the student gets.",
    ),
    "agreement": ("Compare choices, not logits.", "The share of z.argmax(1) == v.argmax(1), as a number."),
    "log_prob_target": ("m = log softmax(v), row by row.", "torch has it in one call, and it wants to know the dim."),
    "demo_loss": ("The student's side stays raw.", "F.mse_loss takes the mean over rows and classes."),
    "gradient_of_labels": (
        "L = -z_y + log sum exp(z), mean over the batch. What is the derivative of each part?",
        "The derivative of log sum exp(z) is softmax(z). F.one_hot(y, C) is the label as a row.",
    ),
    "gradient_of_demo": ("A mean of B * C squares.", "The square brings a 2; z.numel() is B * C."),
    "gradient_of_soft_targets": (
        "Cross-entropy again, with q_T in the place of the label and z / T in the place of z.",
        "The division z / T brings a factor 1 / T; T**2 stands before the loss. What is left?",
    ),
    "gradient_of_mix": (
        "The gradient of a sum is the sum of the gradients.",
        "You have both already: gradient_of_soft_targets and gradient_of_labels.",
    ),
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
    "never_negative": (
        "Draw many z and v; hold loss(z, v, y, T) against zero.",
        "All of them in one bool, with a little room for rounding: value >= -1e-12. And nan is not at least zero.",
    ),
    "rest_at_agreement": (
        "Put z = v and ask autograd for dL/dz.",
        "z = v.clone().requires_grad_(); torch.autograd.grad(loss(z, v, y, T), z)[0] is the gradient.",
    ),
    "gradient_by_hand": (
        "You have dL/dz from chapter 4: T (p_T - q_T) / B.",
        "torch.allclose(by_autograd, by_hand) is a bool. Take T other than 1, and more than one row.",
    ),
} | digit_hints.HINTS | word_hints.HINTS  # fmt: skip
SOLUTIONS: dict[str, str] = {
    "encode": """\
def encode(record):
    sex = -1.0 if record.sex == "male" else 1.0
    state = [float(record.state == name) for name in ("michigan", "nebraska", "oklahoma")]
    return [sex, record.age / 100, *state, record.income / 100_000]""",
    "bayes": """\
def bayes(p):
    return p.argmax(dim=1)""",
    "ceiling": """\
def ceiling(p):
    return p.amax(dim=1).mean().item()""",
    "nll": """\
def nll(z, y):
    log_p = F.log_softmax(z, dim=1)
    return -log_p[torch.arange(len(y)), y].mean()""",
    "train": """\
def train(net, x, y, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for epoch in range(epochs):
        for rows in torch.randperm(len(y)).split(batch_size):
            loss = F.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()""",
    "accuracy": """\
def accuracy(z, y):
    return (z.argmax(dim=1) == y).double().mean().item()""",
    "distillation_loss": """\
def distillation_loss(z, v, y, T, alpha):
    log_p, q = F.log_softmax(z / T, dim=1), F.softmax(v / T, dim=1)
    soft = T**2 * F.kl_div(log_p, q, reduction="batchmean")
    return alpha * soft + (1 - alpha) * F.cross_entropy(z, y)""",
    "distil": """\
def distil(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr=lr)
    teacher.eval()
    for epoch in range(epochs):
        student.train()
        for rows in torch.randperm(len(y)).split(batch_size):
            with torch.no_grad():
                v = teacher(x[rows])
            optimizer.zero_grad()
            loss(student(x[rows]), v, y[rows]).backward()
            optimizer.step()""",
    "agreement": """\
def agreement(z, v):
    return (z.argmax(dim=1) == v.argmax(dim=1)).double().mean().item()""",
    "log_prob_target": """\
def log_prob_target(v):
    return F.log_softmax(v, dim=1)""",
    "demo_loss": """\
def demo_loss(z, v):
    return F.mse_loss(z, F.log_softmax(v, dim=1))""",
    "gradient_of_labels": """\
def gradient_of_labels(z, y):
    return (torch.softmax(z, dim=1) - F.one_hot(y, z.shape[1])) / len(z)""",
    "gradient_of_demo": """\
def gradient_of_demo(z, v):
    return 2 * (z - torch.log_softmax(v, dim=1)) / z.numel()""",
    "gradient_of_soft_targets": """\
def gradient_of_soft_targets(z, v, T):
    return T * (torch.softmax(z / T, dim=1) - torch.softmax(v / T, dim=1)) / len(z)""",
    "gradient_of_mix": """\
def gradient_of_mix(z, v, y, T, alpha):
    soft = T * (torch.softmax(z / T, dim=1) - torch.softmax(v / T, dim=1)) / len(z)
    hard = (torch.softmax(z, dim=1) - F.one_hot(y, z.shape[1])) / len(z)
    return alpha * soft + (1 - alpha) * hard""",
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
    "never_negative": """\
def never_negative(loss):
    z, v = torch.randn(2, 50, 5, 3)
    y = torch.zeros(5, dtype=torch.long)
    return all(bool(loss(one, other, y, 4.0) >= -1e-6) for one, other in zip(z, v))""",
    "rest_at_agreement": """\
def rest_at_agreement(loss):
    v, y = torch.randn(5, 3), torch.tensor([0, 1, 2, 0, 1])
    z = v.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(z, v, y, 4.0), z)
    return bool(gradient.abs().max() < 1e-6)""",
    "gradient_by_hand": """\
def gradient_by_hand(loss):
    v, y, T = torch.randn(5, 3), torch.tensor([0, 1, 2, 0, 1]), 4.0
    z = torch.randn(5, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(loss(z, v, y, T), z)
    by_hand = T * (torch.softmax(z / T, dim=1) - torch.softmax(v / T, dim=1)) / len(z)
    return torch.allclose(gradient, by_hand, atol=1e-6)""",
} | digit_hints.SOLUTIONS | word_hints.SOLUTIONS


@dataclass(frozen=True)
class Help:
    """The folded hints and the folded solution of one exercise. Chapters 01 to 08, 10 and 11."""

    name: str

    def __repr__(self) -> str:
        return f"Two hints and a solution for {self.name}, folded."

    def _repr_html_(self) -> str:
        parts = {f"Hint {k}": f"<p>{escape(hint)}</p>" for k, hint in enumerate(HINTS[self.name], start=1)}
        parts["Solution"] = f"<pre>{escape(SOLUTIONS[self.name])}</pre>"
        return "".join(f"<details><summary>{title}</summary>{body}</details>" for title, body in parts.items())


def hints(name: str) -> Help:
    """Two hints and a solution for an exercise, folded; raises `ValueError` for a name that none has.

    Chapters 01 to 08, 10 and 11.
    """
    if name not in HINTS:
        raise ValueError(f"there is no exercise {name!r}; there are {', '.join(HINTS)}")
    return Help(name)


def solution(name: str):
    """The solution of an exercise as a function; raises `ValueError` as `hints` does. Chapter 10."""
    import torch
    import torch.nn.functional as F

    import kdlib

    hints(name)
    scope = {"torch": torch, "F": F, "kdlib": kdlib}
    exec(SOLUTIONS[name], scope)
    return scope[name]
