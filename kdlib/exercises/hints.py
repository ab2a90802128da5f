"""Two hints and a solution for every exercise, folded until they are asked for. Chapters 00 to 11."""

from dataclasses import dataclass
from html import escape

from kdlib.exercises import comparison_hints, digit_hints, shipping_hints, word_hints

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
    "train_by_hand": (
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
    "agreement_of": ("Compare choices, not logits.", "The share of z.argmax(1) == v.argmax(1), as a number."),
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
} | comparison_hints.HINTS | digit_hints.HINTS | shipping_hints.HINTS | word_hints.HINTS  # fmt: skip
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
    "train_by_hand": """\
def train_by_hand(net, x, y, epochs, batch_size, lr):
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
    "agreement_of": """\
def agreement_of(z, v):
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
} | comparison_hints.SOLUTIONS | digit_hints.SOLUTIONS | shipping_hints.SOLUTIONS | word_hints.SOLUTIONS


@dataclass(frozen=True)
class Help:
    """The folded hints and the folded solution of one exercise. Chapters 00 to 11."""

    name: str

    def __repr__(self) -> str:
        return f"Two hints and a solution for {self.name}, folded."

    def _repr_html_(self) -> str:
        parts = {f"Hint {k}": f"<p>{escape(hint)}</p>" for k, hint in enumerate(HINTS[self.name], start=1)}
        parts["Solution"] = f"<pre>{escape(SOLUTIONS[self.name])}</pre>"
        return "".join(f"<details><summary>{title}</summary>{body}</details>" for title, body in parts.items())


def hints(name: str) -> Help:
    """Two hints and a solution for an exercise, folded; raises `ValueError` for a name that none has.

    Chapters 00 to 11.
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
