"""The checks: stubs are not yet, solutions are right, every known mistake is named, and no edit passes by luck."""

import ast
import inspect
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import kdlib
from kdlib.exercises import checks, compare, museum, wrong_loops, wrong_losses
from kdlib.exercises.hints import HINTS, SOLUTIONS, hints
from kdlib.exercises.mistakes import BANK, KNOWN
from kdlib.exercises.mutants import RESIDUALS, Mutant
from kdlib.exercises.scoreboard import MUTANTS, scoreboard
from kdlib.exercises.verdict import PROGRESS
from kdlib.exercises.word_checks import speaker
from kdlib.worlds.people import STATES

NAMES = sorted(SOLUTIONS)
LOOPS = ("train_by_hand", "distil", "on_policy")
TESTS = ("never_negative", "rest_at_agreement", "gradient_by_hand")
SCOPE = {"torch": torch, "np": np, "F": F, "kdlib": kdlib}


def written(source):
    """The function that a source text defines."""
    scope = dict(SCOPE)
    exec(source, scope)
    return scope[ast.parse(source).body[0].name]


def verdict(name, answer):
    return getattr(checks, name)(answer)


def test_every_exercise_has_a_check_two_hints_and_a_solution():
    assert set(HINTS) == set(NAMES) and all(callable(getattr(checks, name)) for name in NAMES)
    assert all(len(pair) == 2 for pair in HINTS.values())
    assert "Hint 2" in hints("encode")._repr_html_() and "float(record" not in repr(hints("encode"))
    with pytest.raises(ValueError, match="there is no exercise 'fly'"):
        hints("fly")


def test_every_stub_has_its_own_sentence():
    said = {name: verdict(name, lambda *arguments: ...) for name in NAMES}
    assert all(one.tone == "not yet" and one.sentence.startswith("Not yet: ") for one in said.values())
    assert len({one.sentence for one in said.values()}) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_solution_is_right_and_counts(name):
    PROGRESS.clear()
    one = verdict(name, written(SOLUTIONS[name]))
    assert one.solved, one
    assert {name: True} == PROGRESS
    verdict(name, lambda *arguments: ...)
    assert {name: False} == PROGRESS


@pytest.mark.parametrize("name", NAMES)
def test_the_kind_of_thing_that_is_wrong(name):
    if name not in LOOPS:
        assert verdict(name, lambda *arguments: None).sentence == f"{name} gives nothing back: did you forget `return`?"
    stops = verdict(name, lambda *arguments: 1 / 0).sentence
    assert stops.startswith(f"{name} stops with ZeroDivisionError") and not verdict(name, 3).solved
    assert not verdict(name, lambda *arguments: "text").solved


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        ("accuracy", "def f(z, y): return (z.argmax(1) == y).double().mean()", "a tensor where a number belongs"),
        ("accuracy", "def f(z, y): return (z.argmax(1) == y).sum().item()", "counts the right choices"),
        ("distillation_loss", "def f(z, v, y, T, alpha): return F.cross_entropy(z, y).item()", "no gradient can flow"),
        ("distillation_loss", "def f(z, v, y, T, a): return F.cross_entropy(z, y, reduction='none')", "the shape"),
        ("gradient_of_labels", "def f(z, y): return F.one_hot(y, 1)", "take sizes from the shapes"),
        ("bayes", "def f(p): return p.max(1)", "bayes gives both, values and indices"),
        ("demo_loss", "def f(z, v): return 3 * F.mse_loss(z, v.log_softmax(1))", "demo_loss is 3 times too large."),
        ("demo_loss", "def f(z, v): return -F.mse_loss(z, v.log_softmax(1))", "has the wrong sign"),
        ("gradient_of_labels", "def f(z, y): return z.softmax(1) - F.one_hot(y, z.shape[1])", "divide by B"),
        ("gradient_of_soft_targets", "def f(z, v, T):\n x = z / T\n return x @ v", "in line 3 of your function"),
        ("encode", "def f(r): return [1.0]", "gives 1 numbers; 6 are wanted"),
        ("no_difference", "def f(d, m): return abs(d.mean().item()) < m", "The mean alone says nothing about luck"),
        ("weights", "def f(net): return len(list(net.parameters()))", "count the numbers in them"),
        ("gap_closed", "def f(small, taught, large): return taught - small", "divide it by the gap"),
        ("second_guess", "def f(v): return v.argsort(1)[:, 1]", "Not right yet: where"),
        ("smooth", "def f(y, s, C): return (1 - s) * F.one_hot(y, C) + s", "divide it by the number of classes"),
        ("factor_for", "def f(v, sure): return 1.0", "With 1 the mean confidence is 0."),
        ("factor_for", "def f(v, sure): return torch.tensor(1.0)", ".item() makes one of it"),
        ("put_together", "def f(kl, ce, T, a): return a * kl + (1 - a) * ce", "T**2 is missing"),
        ("difference", "def f(a, b): d = a - b; m = d.mean(); h = 1.96 * d.std() / len(d)**.5; return [m, m-h, m+h]",
         "With few runs 1.96 is too small"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_told_what_it_does(name, source, sentence):
    one = verdict(name, written(source))
    assert one.tone == "wrong" and sentence in one.sentence, one


def answers():
    """Every entry of the bank as an answer to the exercise of the loss, (z, v, y, T, alpha) -> scalar."""
    ce, soft = wrong_losses.labels, wrong_losses.soft_targets
    for m in BANK:
        for f in m.soft:
            yield m.name, f.__name__, lambda z, v, y, T, a, f=f: a * f(z, v, y, T) + (1 - a) * ce(z, v, y, T)
        for f in m.hard:
            yield m.name, f.__name__, lambda z, v, y, T, a, f=f: a * soft(z, v, y, T) + (1 - a) * f(z, v, y, T)
        for f in m.mixed:
            yield m.name, f.__name__, f


@pytest.mark.parametrize(
    ("name", "form", "answer"), list(answers()), ids=lambda value: value if type(value) is str else ""
)
def test_every_wrong_loss_of_the_bank_is_named(name, form, answer):
    one = checks.distillation_loss(answer)
    named = {
        "no-t2": "9 times too small at T = 3: the factor T**2 is missing (chapter 5)",
        "t-once": "3 times too small at T = 3: T stands where",
        "mean-reduction": '3 times too small at T = 3: the reduction "mean"',
    }
    assert one.tone == "wrong" and named.get(name, KNOWN[name].what) in one.sentence, one


@pytest.mark.parametrize(
    ("name", "loop"), [(m.name, f) for m in BANK for f in m.loops], ids=lambda value: getattr(value, "__name__", "")
)
def test_every_wrong_loop_of_the_bank_is_named(name, loop):
    one = checks.distil(loop)
    assert one.tone == "wrong" and one.sentence.startswith(KNOWN[name].what), one


def cached_once(student, teacher, x, y, loss, epochs, batch_size, lr):
    """Another right way: all of the teacher's outputs at once, found again by row."""
    with torch.no_grad():
        v = teacher.eval()(x)
    data = torch.utils.data.TensorDataset(x, v, y)
    optimizer = torch.optim.SGD(student.parameters(), lr)
    for _ in range(epochs):
        student.train()
        for rows, targets, labels in torch.utils.data.DataLoader(data, batch_size, shuffle=True):
            optimizer.zero_grad()
            loss(student(rows), targets, labels).backward()
            optimizer.step()
        student.eval()
        student(x)


def test_right_answers_by_another_way():
    assert checks.distil(cached_once).solved and checks.distil(wrong_loops.right).solved

    def by_logsumexp(z, v, y, T, alpha):
        p, q = (z / T).log_softmax(-1), torch.nn.functional.log_softmax(v / T, -1)
        return (
            alpha * T * T * (q.exp() * (q - p)).sum() / len(y) - (1 - alpha) * z.log_softmax(1)[range(len(y)), y].mean()
        )

    assert checks.distillation_loss(by_logsumexp).solved


def test_a_number_out_of_32_bit_arithmetic_is_right_and_a_near_one_is_not():
    assert checks.accuracy(written("def f(z, y): return (z.argmax(1) == y).float().mean().item()")).solved
    near = checks.accuracy(written("def f(z, y): return (z.argmax(1) == y).double().mean().item() + 1e-5"))
    assert not near.solved and "0.2 is right" in near.sentence and "gives 0.20001" in near.sentence
    assert not checks.accuracy(written("def f(z, y): return (z.argmax(1) == y).float().mean().item() + 0.5")).solved


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("encode", "def f(r): return torch.tensor(kdlib.encode(r))"),
        ("nll", "def f(z, y): return F.cross_entropy(z.float(), y)"),
        ("nll", "def f(z, y): return F.cross_entropy(z, y).reshape(1)"),
        ("distillation_loss",
         "def f(z, v, y, T, a): return kdlib.Mixed(a, T)(z.float(), labels=y, teacher_logits=v.float())"),
        ("distillation_loss",
         "def f(z, v, y, T, a): return kdlib.Mixed(a, T)(z, labels=y, teacher_logits=v)[None]"),
        ("gradient_of_mix",
         "def f(z, v, y, T, a): return kdlib.Mixed(a, T).logit_gradient(z, labels=y, teacher_logits=v).float()"),
        ("smooth", "def f(y, s, C): return s / C + (1 - s) * torch.eye(C)[y]"),
        ("smooth", "def f(y, s, C): return s / C + (1 - s) * torch.eye(C, dtype=torch.float64)[y]"),
        ("weights", "def f(net): return np.sum([p.numel() for p in net.parameters()])"),
        ("ceiling", "def f(p): return p.float().numpy().max(1).mean()"),
        ("difference", "def f(a, b): return kdlib.intervals.paired_difference(a.float(), b.float())[:3]"),
        ("too_sure",
         "def f(z, p): i = z.argmax(1); z, p = z.float().softmax(1).amax(1), p.float()[range(len(p)), i];"
         " return z.mean().item() - p.mean().item()"),
        ("microseconds", "def f(s, rows, w): return 1e6 * s.float()[w:].median().item() / rows"),
        ("no_difference",
         "def f(d, m): e = kdlib.intervals.mean_over_seeds(d); return np.abs([e.low, e.high]).max() < m"),
        ("best_temperature",
         "def f(z, y, Ts): Ts.sort(key=lambda T: F.cross_entropy(z / T, y).item()); return Ts.pop(0)"),
        ("never_negative",
         "def f(l): return np.min([l(*torch.randn(2, 4, 3), torch.ones(4).long(), 2.0) for _ in range(99)]) > -1e-6"),
    ],
)  # fmt: skip
def test_right_answers_in_32_bits_of_numpy_and_in_place(name, source):
    answer = written(source)
    assert verdict(name, answer).solved, verdict(name, answer)


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        ("ceiling", "def f(p): return float('nan')", "Not right yet: where 0."),
        ("difference", "def f(a, b): return [float('nan')] * 3", "Not right yet: where 0.0"),
        ("difference", "def f(a, b): return 0.0, [0.0, 0.1], 0.2", "gives a tuple; 3 numbers are wanted"),
        ("encode", "def f(r): return dict(enumerate(kdlib.encode(r)))", "gives a dict; 6 numbers are wanted"),
        ("encode", "def f(r): return list(r) + [0]", "gives a list; 6 numbers are wanted"),
        ("encode", "def f(r): return torch.tensor(1.0)", "gives a Tensor; 6 numbers are wanted"),
        ("encode", "def f(r): return torch.tensor([1, 0.5, *kdlib.encode(r)[2:]])", "gives 1."),
        ("nll", "def f(z, y): return F.cross_entropy(z.float(), y) + 1e-4", "Not right yet"),
        ("sentence_log_prob", "def f(say, words): return float(sum(words.pop() for _ in words))", "Not right"),
    ],
)  # fmt: skip
def test_an_answer_that_is_no_number_is_told_so(name, source, sentence):
    assert sentence in verdict(name, written(source)).sentence


@pytest.mark.parametrize("name", [name for name in NAMES if name not in (*LOOPS, *TESTS)])
def test_every_wrong_answer_of_a_check_is_told_by_its_own_sentence(name, monkeypatch):
    held, module = {}, inspect.getmodule(getattr(checks, name))
    check = compare.check
    monkeypatch.setattr(module, "check", lambda *a, wrong, **k: held.update(wrong) or check(*a, wrong=wrong, **k))
    verdict(name, lambda *arguments: ...)
    for sentence, answer in dict(held).items():
        assert verdict(name, answer).sentence == sentence


LOOP = """
def f(student, teacher, x, y, loss, epochs, batch_size, lr):
    optimizer = torch.optim.SGD(student.parameters(), lr)
    v = teacher.eval()(x).detach()
    for _ in range(epochs):
        for rows in torch.randperm(len(x)).split(batch_size):
            optimizer.zero_grad()
            loss(student.train()(x[rows]), v[rows], y[rows]).backward()
            optimizer.step()
"""


@pytest.mark.parametrize(
    ("change", "other", "sentence"),
    [
        ("v = ", "x.mul_(2); v = ", "distil shows the network other rows than those of x"),
        ("v = ", "x.div_(2); v = ", "distil shows the network other rows than those of x"),
        ("student.train()(x[rows]), v[rows]", "v[rows], student.train()(x[rows])", "the teacher first"),
    ],
)
def test_rows_and_arguments_of_a_loop(change, other, sentence):
    assert checks.distil(written(LOOP)).solved
    assert sentence in checks.distil(written(LOOP.replace(change, other))).sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("x.mul_(2)\n for r in rows(8): step(net(x[r]), y[r])", "train_by_hand shows the network other rows"),
        ("for r in rows(1): step(net(x[r]), y[r])", "takes batches of 1 rows; batch_size says 8"),
        ("net.eval()\n for _ in range(epochs): step(net(x), y)", "in train mode"),
        ("net.float()\n for r in rows(8): step(net(x[r].float()), y[r])", "other rows"),
    ],
)
def test_what_is_wrong_with_the_rows_of_train(body, sentence):
    def steps(net, x, y, epochs, batch_size, lr):
        def rows(size):
            return [rows for _ in range(epochs) for rows in torch.randperm(len(x)).split(size)]

        def step(z, labels):
            net.zero_grad()
            F.cross_entropy(z, labels).backward()
            torch.optim.SGD(net.parameters(), lr).step()

        scope = {"net": net, "x": x, "y": y, "epochs": epochs, "rows": rows, "step": step}
        exec("if True:\n " + body, scope)

    assert sentence in checks.train_by_hand(steps).sentence


def test_the_entropy_of_the_teacher_is_told_apart():
    def soft_cross_entropy(z, v, y, T, a):
        return a * T**2 * F.cross_entropy(z / T, (v / T).softmax(1)) + (1 - a) * F.cross_entropy(z, y)

    assert "Your gradients are right, your value is not" in checks.distillation_loss(soft_cross_entropy).sentence


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("optimizer.zero_grad()\n", "The gradients of the last step"),
        ("F.cross_entropy(net(x[rows])", "a softmax before it"),
        ("torch.randperm(len(y))", "the same order in every epoch"),
        ("range(epochs)", "saw 32 rows in 3 epochs"),
        ("split(batch_size)", "batch_size says 8"),
        ("optimizer.step()", "did not move"),
    ],
)
def test_what_is_wrong_with_a_training_loop(change, sentence):
    other = {
        "optimizer.zero_grad()\n": "pass\n", "F.cross_entropy(net(x[rows])": "F.cross_entropy(net(x[rows]).softmax(1)",
        "torch.randperm(len(y))": "torch.arange(len(y))", "range(epochs)": "range(1)", "split(batch_size)": "split(12)",
        "optimizer.step()": "pass",
    }[change]  # fmt: skip
    source = SOLUTIONS["train_by_hand"].replace(change, other)
    assert source != SOLUTIONS["train_by_hand"] and sentence in checks.train_by_hand(written(source)).sentence


# ---- random edits of right answers ---------------------------------------------------------------------------------


class Edit(ast.NodeTransformer):
    """One random edit: a sign, a factor, a dimension, a reduction, a name for another."""

    def __init__(self, draws, at):
        self.draws, self.at, self.seen = draws, at, -1

    def visit(self, node):
        self.generic_visit(node)
        kinds = {
            ast.BinOp: self.operator, ast.Constant: self.constant, ast.Name: self.name, ast.Attribute: self.attribute,
            ast.UnaryOp: lambda node: node.operand,
        }  # fmt: skip
        change = kinds.get(type(node))
        if change is None or not isinstance(getattr(node, "ctx", ast.Load()), ast.Load):
            return node
        self.seen += 1
        return change(node) if self.seen == self.at else node

    def operator(self, node):
        node.op = self.draws.choice([ast.Add(), ast.Sub(), ast.Mult(), ast.Div()])
        return node

    def constant(self, node):
        if isinstance(node.value, str):
            return ast.Constant(self.draws.choice(["mean", "sum", "batchmean", "male"]))
        return ast.Constant(self.draws.choice([0, 1, 2, -1, 0.5, 2 * (node.value or 1)]))

    def name(self, node):
        if node.id in SCOPE:
            return node
        factor = self.draws.choice([-1, 2, 0.5, 0])
        return ast.BinOp(node, ast.Mult(), ast.Constant(factor))

    def attribute(self, node):
        swap = {"softmax": "log_softmax", "log_softmax": "softmax", "mean": "sum", "argmax": "argmin", "std": "var"}
        node.attr = swap.get(node.attr, node.attr)
        return node


def edits(name, count):
    draws, tree = random.Random(name), ast.parse(SOLUTIONS[name])
    sites = Edit(draws, -1)
    sites.visit(tree)
    found = set()
    for _ in range(400):
        edited = Edit(draws, draws.randrange(sites.seen + 1)).visit(ast.parse(SOLUTIONS[name]))
        found.add(ast.unparse(ast.fix_missing_locations(edited)))
        if len(found) > count:
            break
    return sorted(found - {ast.unparse(ast.parse(SOLUTIONS[name]))})[:count]


FUNCTIONS = [name for name in NAMES if name not in (*LOOPS, *TESTS)]


def fresh_arguments(name, seed):
    """Arguments that the checks do not use, by the names of the solution's parameters."""
    draws = torch.Generator().manual_seed(900 + seed)
    B, C = (int(torch.randint(2, 8, (), generator=draws)) for _ in range(2))
    normal = torch.randn(4, B, C, dtype=torch.float64, generator=draws)
    T, alpha = 1.2 + seed % 5, (0.1 + 0.17 * seed) % 1
    given = {
        "q": normal[1].softmax(1), "temperatures": [0.5, 1.0, 2.0, 5.0], "scores": normal[2].repeat(2, 1),
        "mine": normal[2].repeat(2, 1), "theirs": normal[3].repeat(2, 1),
        "order": torch.rand(B, C - 1, generator=draws).argsort(1), "classes": C, "share": 0.1 + alpha / 2,
        "sure": (1 + 1 / C) / 2, "net": kdlib.MLP(B, C, 2), "small": 0.6, "taught": 0.7 + alpha / 9, "large": 0.95,
        "z": normal[0], "v": normal[1], "y": torch.randint(C, (B,), generator=draws), "T": T, "alpha": alpha,
        "p": normal[0].softmax(1), "kl": 0.3 + seed, "ce": 1.1, "a": normal[2].flatten(), "b": normal[3].flatten(),
        "d": 0.01 * normal[2].flatten(), "margin": 0.001 * (seed + 1),
        "speaker": speaker(seed, C), "sentence": torch.randint(C, (B,), generator=draws).tolist(),
        "teacher_words": ["Fog", "sun", "fog", "hail", "Sun", "ice", "SUN"][:C], "student_words": ["sun", "fog"],
        "record": kdlib.Record(("male", "female")[seed % 2], 20 + seed, STATES[seed % 3], 20_100 + seed, ""),
        "sizes": (2 + seed, 3 + B, C), "seconds": normal[0].flatten()[: 2 * (B * C // 2) - 1].abs(), "rows": 1 + seed,
        "warm_up": 2, "W": normal[1], "accuracy": normal[2].flatten(), "cost": normal[3].flatten(),
    }  # fmt: skip
    return [given[parameter] for parameter in inspect.signature(written(SOLUTIONS[name])).parameters]


def same(name, source):
    mine, right = written(source), written(SOLUTIONS[name])
    for seed in range(30):
        arguments = fresh_arguments(name, seed)
        one, true = (torch.as_tensor(f(*arguments), dtype=torch.float64) for f in (mine, right))
        if one.shape != true.shape or not torch.allclose(one, true, rtol=1e-9, atol=1e-9):
            return False
    return True


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_edit_of_a_right_answer_passes_unless_it_is_equal(name):
    tried = edits(name, 20)
    passed = [source for source in tried if verdict(name, written(source)).solved]
    assert all(same(name, source) for source in passed), passed
    assert len(passed) < len(tried) / 2


def test_there_are_two_hundred_edits():
    assert sum(len(edits(name, 20)) for name in FUNCTIONS) >= 200


# ---- the museum ------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")
@pytest.mark.parametrize("mistake", RESIDUALS)
def test_a_mutant_trains_on_the_gradient_of_its_wrong_loss(mistake):
    draws = torch.Generator().manual_seed(0)
    z, v = torch.randn(2, 4, 7, 3, dtype=torch.float64, generator=draws)
    y, mutant = torch.randint(3, (4, 7), generator=draws), Mutant(mistake, 0.9, 4.0)
    z.requires_grad_()
    (truth,) = torch.autograd.grad(mutant(z, labels=y, teacher_logits=v).sum(), z)
    assert torch.allclose(mutant.logit_gradient(z, labels=y, teacher_logits=v), truth, rtol=0, atol=1e-12)


def test_an_exhibit_does_not_tell_its_name():
    for number, name in enumerate(museum.LOSSES, start=1):
        shown = repr(museum.exhibits(number))
        assert KNOWN[name].soft[0].__name__ not in shown and "def loss(z, v, y, T):" in shown
        assert KNOWN[name].what in repr(museum.labels(number))
    for number, name in enumerate(museum.LOOPS, start=1):
        assert KNOWN[name].loops[0].__name__ not in repr(museum.loops(number))


def test_networks_side_by_side_are_the_networks():
    models = [kdlib.MLP(6, 8, 3) for _ in range(3)]
    x = torch.randn(10, 3, 6)
    both = museum.SideBySide(models, dropout=0.5).eval()(x)
    assert torch.allclose(both, torch.stack([model(x[:, r]) for r, model in enumerate(models)], 1), atol=1e-6)


@pytest.mark.filterwarnings("ignore:reduction:UserWarning")
def test_the_scoreboard_counts_what_the_tests_kill():
    written_tests = {name: written(SOLUTIONS[name]) for name in TESTS}
    board = scoreboard(
        written_tests | {"stub": lambda loss: ..., "accuracy": {"log-target"}, "strict": lambda loss: False}
    )
    assert board.killed["gradient_by_hand"] == set(MUTANTS) and board.alive == []
    assert board.killed["stub"] is None and board.killed["strict"] is None
    assert (
        "reverse-kl"
        in scoreboard({"a": written_tests["never_negative"], "b": written_tests["rest_at_agreement"]}).alive
    )
    assert "survives" in board._repr_html_() and "still alive: none" in str(board)


def test_a_test_that_lets_a_mutant_live_is_told_which():
    said = checks.gradient_by_hand(written(SOLUTIONS["rest_at_agreement"])).sentence
    assert said.startswith("gradient_by_hand lets ") and "live" in said
    assert "refuses the right loss" in checks.never_negative(lambda loss: False).sentence
    assert "gives a Tensor; True or False" in checks.never_negative(lambda loss: torch.tensor(True)).sentence


# ---- words -----------------------------------------------------------------------------------------------------------


def right_of(name, change, other):
    source = SOLUTIONS[name].replace(change, other)
    assert source != SOLUTIONS[name]
    return verdict(name, written(source)).sentence


@pytest.mark.parametrize(
    ("name", "change", "other", "sentence"),
    [
        ("reverse_kl", "log_p.exp()", "log_q.exp()", "Not right yet"),
        ("reverse_kl", "log_p.exp() * (log_p - log_q)", "log_q.exp() * (log_q - log_p)", "the forward one"),
        ("reverse_kl", ".sum(dim=1).mean()", ".mean()", "divides by B * C"),
        ("gradient_of_reverse_kl", " - (p * r).sum(dim=1, keepdim=True)", "", "mean of the difference"),
        ("gradient_of_reverse_kl", " / len(z)", "", "divide by B"),
        ("sentence_log_prob", "sum(", "1 / len(sentence) * sum(", "This is the mean over the words"),
        ("sentence_log_prob", "enumerate(sentence))", "enumerate(sentence) if k)", "The first word is missing"),
        ("sentence_log_prob", "sentence[:k]", "sentence[k - 1 : k] if k else []", "Only the last word"),
        ("sentence_log_prob", "sentence[:k]", "sentence[: k + 1]", "The word itself"),
        ("align", "token.lower() == word", "token == word", "Not right yet"),
        ("align", "torch.logsumexp(v[:, same], dim=1)", "v[:, same[0]]", "Only one spelling is kept"),
        ("align", "torch.log_softmax(log_q, dim=1)", "log_q", "These are logits"),
        ("on_policy", "say(student)", "say(teacher)", "off-policy"),
        ("on_policy", "loss(student(rows), v)", "loss(v, student(rows))", "the teacher first"),
        ("on_policy", "        optimizer.zero_grad()\n", "", "The gradients of the last step"),
        ("on_policy", "torch.no_grad()", "torch.enable_grad()", KNOWN["teacher-gradient"].what),
        ("on_policy", "range(steps)", "range(1)", "takes 1 steps where 4"),
        ("on_policy", "v = teacher(rows)", "v = teacher(rows.flip(0))", "other rows than the student"),
        ("on_policy", "optimizer.step()", "pass", "did not move"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_words(name, change, other, sentence):
    assert sentence in right_of(name, change, other)


def test_old_sentences_are_told():
    source = SOLUTIONS["on_policy"].replace("        rows = say(student)\n", "")
    source = source.replace("    for step", "    rows = say(student)\n    for step")
    assert "These sentences are old" in verdict("on_policy", written(source)).sentence


# ---- digits ----------------------------------------------------------------------------------------------------------


def test_the_control_the_other_way_round_and_the_temperature_are_told_apart():
    def back(v, order):
        return written(SOLUTIONS["shuffle_doubts"])(v, order.argsort(1))

    def temperature(v, sure):
        return 1 / written(SOLUTIONS["factor_for"])(v, sure)

    assert "They go the other way" in checks.shuffle_doubts(back).sentence
    assert "Nothing has moved" in checks.shuffle_doubts(lambda v, order: v).sentence
    assert "This is the temperature" in checks.factor_for(temperature).sentence


# ---- shipping --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source", "sentence"),
    [
        ("bytes_of", "def f(sizes): return sum(a * b for a, b in zip(sizes, sizes[1:]))", "and without biases"),
        ("bytes_of", "def f(s): return 4 * sum(a * b for a, b in zip(s, s[1:]))", "The biases are missing"),
        ("bytes_of", "def f(s): return 8 * sum((a + 1) * b for a, b in zip(s, s[1:]))", "as in float64"),
        ("microseconds", "def f(s, rows, w): return s[w:].mean().item() / rows * 1e6", "This is the mean"),
        ("microseconds", "def f(s, rows, w): return s.median().item() / rows * 1e6", "warm up are still in it"),
        ("microseconds", "def f(s, rows, w): return s[w:].median().item() * 1e6", "it answers `rows` predictions"),
        ("microseconds", "def f(s, rows, w): return s[w:].median() / rows * 1e6", "a tensor where a number belongs"),
        ("int8", "def f(W): return torch.round(127 * W / W.abs().max())", "times s they are weights again"),
        ("int8", "def f(W): s = W.max() / 127; return s * torch.round(W / s)", "may lie below zero"),
        ("int8", "def f(W): s = W.abs().amax(1, True) / 127; return s * torch.round(W / s)", "a step of its own"),
        (
            "frontier",
            "def f(a, c): return ~((a[:, None] > a) & (c[:, None] < c)).any(0)",
            "costs the same beats as well",
        ),
        ("frontier", "def f(a, c): return a == a.max()", "Only the most accurate is left"),
        (
            "frontier",
            "def f(a, c): return ~((a[:, None] > a) & (c[:, None] >= c)).any(0)",
            "a high cost counts",
        ),
        ("frontier", "def f(a, c): return ((a[:, None] > a) & (c[:, None] <= c)).any(0)", "turn it round"),
    ],
)
def test_what_is_wrong_with_an_answer_about_shipping(name, source, sentence):
    one = verdict(name, written(source))
    assert one.tone == "wrong" and sentence in one.sentence, one


def test_a_frontier_may_be_found_by_walking_along_it():
    def by_sorting(accuracy, cost):
        found, best = torch.zeros(len(cost), dtype=torch.bool), -torch.inf
        for k in (cost - 1e-3 * accuracy).argsort().tolist():
            if accuracy[k] > best:
                found[k], best = True, accuracy[k]
        return found

    assert checks.frontier(by_sorting).solved
