"""`diagnose` names every known mistake, weighs the two terms, and calls no right loss wrong."""

import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import kdlib
from kdlib import ReverseKL, SoftTargets, diagnose
from kdlib.__main__ import main
from kdlib.exercises import wrong_losses
from kdlib.exercises.mistakes import BANK, NOWHERE

SETTINGS = [(T, C) for T in (1.5, 4.0, 20.0) for C in (2, 3, 10, 100)]
SOFT = [(m.name, form) for m in BANK for form in m.soft]
# What cannot be told from one alpha, and what is no mistake by itself.
ALSO = {
    "ignores-labels": ["ok", "ignores-labels"], "teacher-on-both-sides": ["ignores-teacher", "teacher-on-both-sides"],
    "log-target": ["log-target", "not-finite"],
}  # fmt: skip


def names(loss, T=4.0, C=3, **settings):
    return diagnose(loss, temperature=T, classes=C, **settings).names


def test_the_bank_holds_each_mistake_once_and_says_where_it_was_real():
    assert len(BANK) >= 24 and len({m.name for m in BANK}) == len(BANK)
    forms = [form for m in BANK for form in (*m.soft, *m.hard, *m.mixed, *m.loops)]
    assert len(set(forms)) == len(forms) and all(m.soft or m.hard or m.mixed or m.loops for m in BANK)
    for mistake in BANK:
        assert mistake.what.endswith(".") and mistake.does.endswith(".") and mistake.caught_by
        assert mistake.where == NOWHERE or any(c.isdigit() or c == "_" for c in mistake.where) or "," in mistake.where


@pytest.mark.parametrize(("T", "C"), SETTINGS)
@pytest.mark.parametrize(("name", "form"), SOFT, ids=[form.__name__ for _, form in SOFT])
def test_every_wrong_soft_term_is_named_alone_and_beside_labels(name, form, T, C):
    expected = ALSO.get(name, [name])
    assert names(lambda z, v, y: form(z, v, y, T), T, C) == expected
    assert names(lambda z, v, y: 0.9 * form(z, v, y, T) + 0.1 * F.cross_entropy(z, y), T, C) == expected
    assert names(lambda z, v, y: form(z, v, y, T) + F.cross_entropy(z, y), T, C) == expected


@pytest.mark.parametrize(("T", "C"), SETTINGS)
def test_every_wrong_term_of_the_labels_is_named(T, C):
    for mistake in BANK:
        for form in mistake.hard:
            right = wrong_losses.soft_targets
            found = names(lambda z, v, y, f=form, s=right: 0.7 * s(z, v, y, T) + 0.3 * f(z, v, y, T), T, C)
            assert mistake.name in found, form.__name__


@pytest.mark.parametrize(("T", "C"), SETTINGS)
def test_mistakes_of_the_whole_loss(T, C):
    def at(form, alpha):
        return diagnose(lambda z, v, y: form(z, v, y, T, alpha), temperature=T, classes=C)

    assert at(wrong_losses.t2_on_the_labels_too, 0.7).names == ["t2-on-the-labels"]
    assert at(wrong_losses.jump_at_the_end, 1).names == ["no-t2"]
    reversed_alpha = at(wrong_losses.alpha_reversed, 0.9)
    assert reversed_alpha.names == ["ok"]
    assert (reversed_alpha.soft, reversed_alpha.hard) == pytest.approx((0.1, 0.9), rel=1e-9)
    for alpha in (0.0, 0.1, 0.9):
        turned = lambda z, v, y, alpha=alpha: wrong_losses.alpha_reversed(z, v, y, T, alpha)  # noqa: E731
        straight = lambda z, v, y, alpha=alpha: wrong_losses.mixed(z, v, y, T, alpha)  # noqa: E731
        told = {"temperature": T, "classes": C, "alpha": alpha}
        assert diagnose(turned, **told).names == ["alpha-reversed"]
        assert "alpha-reversed" not in diagnose(straight, **told).names


def test_two_mistakes_at_once_are_both_named():
    assert set(names(lambda z, v, y: F.kl_div(F.log_softmax(z / 4, 1), F.softmax(v / 4, 1), reduction="mean"))) == {
        "no-t2", "mean-reduction",
    }  # fmt: skip
    soft, hard = wrong_losses.reverse_kl, wrong_losses.labels_at_temperature
    both = names(lambda z, v, y: 0.5 * soft(z, v, y, 4) + 0.5 * hard(z, v, y, 4))
    assert set(both) == {"reverse-kl", "labels-at-temperature"}


@pytest.mark.parametrize(
    "loss",
    [kdlib.SoftTargets(4.0), kdlib.Mixed(0.9, 4.0), kdlib.Mixed(1, 4.0), kdlib.HardLabels(), kdlib.LogProbMatching(),
     kdlib.LogitMatching(), kdlib.LogitMatching(centred=True)],
    ids=repr,
)  # fmt: skip
def test_the_objectives_of_kdlib(loss):
    expected = {
        "SoftTargets": ["ok", "ignores-labels"], "Mixed": ["ok"], "HardLabels": ["ignores-teacher"],
        "LogProbMatching": ["log-prob-matching"], "LogitMatching": ["logit-matching"],
    }[type(loss).__name__]  # fmt: skip
    if isinstance(loss, kdlib.Mixed) and loss.alpha == 1:
        expected = ["ok", "ignores-labels"]
    assert names(loss) == expected


RIGHT = {
    "kl_div": lambda z, v, y, T, a: a * T * T * F.kl_div(
        F.log_softmax(z / T, 1), F.softmax(v / T, 1), reduction="batchmean"
    ) + (1 - a) * F.cross_entropy(z, y),
    "log_target": lambda z, v, y, T, a: a * T**2 * F.kl_div(
        F.log_softmax(z / T, -1), F.log_softmax(v / T, -1), reduction="batchmean", log_target=True
    ) + (1 - a) * F.nll_loss(F.log_softmax(z, -1), y),
    "none and sum": lambda z, v, y, T, a: a * T**2 * F.kl_div(
        (z / T).log_softmax(1), (v / T).softmax(1), reduction="none"
    ).sum(1).mean() + (1 - a) * F.cross_entropy(z, y),
    "mean times C": lambda z, v, y, T, a: a * T**2 * z.shape[1] * F.kl_div(
        (z / T).log_softmax(1), (v / T).softmax(1), reduction="none"
    ).mean() + (1 - a) * F.cross_entropy(z, y),
    "soft cross-entropy": lambda z, v, y, T, a: a * T**2 * F.cross_entropy(z / T, (v / T).softmax(1))
    + (1 - a) * F.cross_entropy(z, y),
    "by hand": lambda z, v, y, T, a: -(a * T**2 * ((v / T).softmax(1) * (z / T).log_softmax(1)).sum()
    + (1 - a) * z.log_softmax(1)[torch.arange(len(y)), y].sum()) / len(y),
    "log of softmax": lambda z, v, y, T, a: a * T**2 * (
        (v / T).softmax(1) * ((v / T).softmax(1).log() - (z / T).softmax(1).log())
    ).sum(1).mean() + (1 - a) * F.cross_entropy(z, y),
    "one-hot": lambda z, v, y, T, a: a * T**2 / len(z) * F.kl_div(
        (z / T).log_softmax(1), (v / T).softmax(1), reduction="sum"
    ) - (1 - a) * (F.one_hot(y, z.shape[1]) * z.log_softmax(1)).sum(1).mean(),
    "logsumexp": lambda z, v, y, T, a: a * T**2 * ((z / T).logsumexp(1) - ((v / T).softmax(1) * z / T).sum(1)).mean()
    + (1 - a) * (z.logsumexp(1) - z.gather(1, y[:, None])[:, 0]).mean(),
    "in place, detached": lambda z, v, y, T, a: a * T**2 * F.kl_div(
        F.log_softmax(z.clone().div_(T), 1), F.softmax(v.detach().clone().div_(T), 1), reduction="batchmean"
    ) + (1 - a) * F.cross_entropy(z, y),
    "nn modules": lambda z, v, y, T, a: a * T**2 * torch.nn.KLDivLoss(reduction="batchmean")(
        torch.nn.LogSoftmax(1)(z / T), torch.nn.Softmax(1)(v / T)
    ) + (1 - a) * torch.nn.CrossEntropyLoss()(z, y),
    "loop over rows": lambda z, v, y, T, a: sum(
        a * T**2 * F.kl_div((z[i] / T).log_softmax(0), (v[i] / T).softmax(0), reduction="sum")
        + (1 - a) * F.cross_entropy(z[i], y[i]) for i in range(len(z))
    ) / len(z),
}  # fmt: skip


@pytest.mark.parametrize("T", [1.0, 1.5, 4.0, 20.0])
@pytest.mark.parametrize("way", RIGHT)
def test_a_right_loss_is_right_however_it_is_written(way, T):
    for C in (2, 3, 10, 100):
        found = diagnose(lambda z, v, y: RIGHT[way](z, v, y, T, 0.3), temperature=T, classes=C)
        assert found.names == ["ok"]
        assert (found.soft, found.hard) == pytest.approx((0.3, 0.7), rel=1e-6) or T == 1


@pytest.mark.parametrize("part", range(5))
def test_a_thousand_right_losses_are_never_called_wrong(part):
    draws = random.Random(part)
    for _ in range(200):
        T = draws.choice([draws.uniform(1, 20), draws.choice([2, 3, 4, 5, 8, 10])])
        C, a = draws.randint(2, 12), draws.random()
        way, dull = RIGHT[draws.choice(sorted(RIGHT.keys() - {"loop over rows"}))], draws.choice([1, 1, 2, 0.5])
        if draws.random() < 0.3:
            a = round(a, 1)
        found = names(lambda z, v, y, T=T, a=a, way=way, dull=dull: dull * way(z, v, y, T, a), T, C)
        expected = ["ignores-teacher"] if a == 0 else ["ok", "ignores-labels"] if a == 1 else ["ok"]
        assert found == expected, (T, C, a, dull, found)


@pytest.mark.parametrize("factor", [2.0, 0.5, 80.0])
def test_dull_scalings_are_no_mistakes(factor):
    found = diagnose(lambda z, v, y: factor * RIGHT["kl_div"](z, v, y, 4.0, 1.0), temperature=4.0)
    assert found.names == ["ok", "ignores-labels"] and found.soft == pytest.approx(factor)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("T", [1.5, 4.0, 20.0])
@pytest.mark.parametrize("C", [2, 3, 10, 100])
def test_low_precision(dtype, T, C):
    def cast(form):
        return lambda z, v, y: form(z.to(dtype), v.to(dtype), y, T)

    assert names(cast(lambda z, v, y, T: RIGHT["kl_div"](z, v, y, T, 0.5)), T, C) == ["ok"]
    wrong = {
        "no-t2": "no_t2",
        "mean-reduction": "mean_reduction",
        "reverse-kl": "reverse_kl",
        "wrong-axis": "rows_for_columns",
    }
    for name, form in wrong.items():
        assert names(cast(getattr(wrong_losses, form)), T, C) == [name]


def test_autocast_and_float32_weights_inside():
    weight = torch.ones(3)

    def loss(z, v, y):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return RIGHT["kl_div"](z @ torch.diag(weight), v, y, 4.0, 0.5)

    assert names(loss) == ["ok"]


# ---- unknown, and what is not a loss --------------------------------------------------------------------------------

STRANGE = {
    "cosine": lambda z, v, y: 1 - F.cosine_similarity(z, v).mean(),
    "hinge": lambda z, v, y: F.multi_margin_loss(z, y),
    "l1": lambda z, v, y: F.l1_loss(z, v),
    "right, and a weight on the logits": lambda z, v, y: RIGHT["kl_div"](z, v, y, 4.0, 0.5) + 0.01 * (z**2).mean(),
    "right, at another T": lambda z, v, y: RIGHT["kl_div"](z, v, y, 4.2, 0.5),
    "Jensen-Shannon": lambda z, v, y: -((z / 4).softmax(1) + (v / 4).softmax(1)).log().mean(),
}


@pytest.mark.parametrize("way", STRANGE)
@pytest.mark.parametrize("C", [3, 10])
def test_what_is_not_known_is_called_unknown(way, C):
    found = diagnose(STRANGE[way], temperature=4.0, classes=C)
    assert found.names == ["unknown"]
    assert "leaves" in str(found)


def test_where_the_gradient_goes():
    right, ce = wrong_losses.soft_targets, F.cross_entropy
    assert names(lambda z, v, y: wrong_losses.teacher_gradient(z, v, y, 4) + ce(z, y)) == ["teacher-gradient"]
    assert names(lambda z, v, y: RIGHT["kl_div"](z, v, y, 4, 0.5) + ce(v, y)) == ["teacher-gradient"]
    assert names(lambda z, v, y: wrong_losses.student_detached(z, v, y, 4) + ce(z, y)) == ["student-detached"]
    assert names(lambda z, v, y: 0.5 * right(z, v, y, 4) + 0.5 * F.cross_entropy(z, y, label_smoothing=0.1)) == ["ok"]
    assert names(lambda z, v, y: (z * float("nan")).sum()) == ["not-finite"]
    assert names(lambda z, v, y: F.kl_div(F.softmax(v, 1), F.log_softmax(z, 1), reduction="sum")) == ["not-finite"]


def test_reverse_kl_where_it_is_meant():
    for T in (1.5, 4.0, 20.0):
        reverse = lambda z, v, y, T=T: 0.7 * wrong_losses.reverse_kl(z, v, y, T) + 0.3 * F.cross_entropy(z, y)  # noqa: E731
        assert names(reverse, T) == ["reverse-kl"] and names(reverse, T, reverse_kl=True) == ["ok"]
        forward = lambda z, v, y, T=T: wrong_losses.soft_targets(z, v, y, T)  # noqa: E731
        assert names(forward, T, reverse_kl=True) == ["forward-kl"]
    assert "If you chose it, as chapter 11 does, say reverse_kl=True." in str(diagnose(ReverseKL(1.0), temperature=1.0))


def test_a_loss_that_knows_its_number_of_classes():
    loss = lambda z, v, y: wrong_losses.mean_reduction(z, v, y, 4) - (F.one_hot(y, 3) * z.log_softmax(1)).sum(1).mean()  # noqa: E731
    assert names(loss) == ["mean-reduction"]


@pytest.mark.parametrize(
    ("loss", "settings", "message"),
    [
        (lambda z, v: z.sum(), {}, r"when called as loss\(student_logits .*: TypeError"),
        (lambda z, v, y: z, {}, r"the loss gives \[7, 3\]; expected a scalar"),
        (lambda z, v, y: 1.0, {}, "the loss gives a float; expected a scalar tensor"),
        (lambda z, v, y: F.dropout(z).sum(), {}, "two values for the same logits"),
        ("kd", {}, "loss is a str, expected loss"),
        (lambda z, v, y: z.sum(), {"temperature": 0}, "temperature is 0; expected the positive number"),
        (lambda z, v, y: z.sum(), {"classes": 1}, "classes is 1; expected an integer of 2 or more"),
        (lambda z, v, y: z.sum(), {"alpha": 2}, "alpha is 2; expected the weight of the soft term, from 0 to 1"),
    ],
    ids=["arguments", "shape", "float", "random", "string", "T", "C", "alpha"],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(loss, settings, message):
    with pytest.raises(ValueError, match=message):
        diagnose(loss, **{"temperature": 4.0, **settings})


def test_it_says_it_in_sentences():
    said = str(diagnose(lambda z, v, y: wrong_losses.mean_reduction(z, v, y, 4), temperature=4))
    assert said.startswith('mean-reduction: The reduction is "mean"') and "haitongli" in said
    assert said.endswith("Weights at T = 4: 0.3333 on the soft targets, 0 on the labels.")


def test_global_random_numbers_are_left_alone():
    torch.manual_seed(0)
    expected = torch.rand(1)
    torch.manual_seed(0)
    names(lambda z, v, y: RIGHT["kl_div"](z, v, y, 4, 0.5))
    assert torch.rand(1) == expected


# ---- the command ----------------------------------------------------------------------------------------------------

FILE = """
import torch.nn.functional as F

def kd(z, v, y, T):
    return T**2 * F.kl_div(F.log_softmax(z / T, 1), F.softmax(v / T, 1), reduction="batchmean")

def turned(z, v, y, T, alpha):
    return (1 - alpha) * kd(z, v, y, T) + alpha * F.cross_entropy(z, y)

def mean(z, v, y):
    return 16 * F.kl_div(F.log_softmax(z / 4, 1), F.softmax(v / 4, 1), reduction="mean")
"""


@pytest.fixture
def losses(tmp_path):
    path = tmp_path / "losses.py"
    path.write_text(FILE)
    return path


def test_the_command_says_what_it_found_and_its_exit_code_too(losses, capsys):
    assert main(["diagnose", f"{losses}:kd", "--temperature", "7"]) == 0
    assert capsys.readouterr().out.startswith("ok: ")
    assert main(["diagnose", f"{losses}:turned", "--alpha", "0.9"]) == 1
    assert capsys.readouterr().out.startswith("alpha-reversed: ")
    assert main(["diagnose", f"{losses}:mean"]) == 1
    assert capsys.readouterr().out.startswith("mean-reduction: ")


@pytest.mark.parametrize(
    ("place", "message"),
    [("losses.py", "names no function"),
     ("none.py:f", "there is no such file"), (":mine", "has no function mine; it has kd, turned, mean"),
     (":kd --classes 1", "classes is 1")],
)  # fmt: skip
def test_the_command_refuses_in_a_sentence(losses, capsys, place, message):
    arguments = (f"{losses}{place}" if place.startswith(":") else place).split()
    assert main(["diagnose", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_gradients_that_are_switched_off_outside_change_no_diagnosis(mode):
    with mode():
        assert names(lambda z, v, y: wrong_losses.soft_targets(z, v, y, 4.0)) == ["ok", "ignores-labels"]


def test_settings_may_be_numpy_numbers():
    right = lambda z, v, y: wrong_losses.mixed(z, v, y, 4, 0.3)  # noqa: E731
    assert names(right, T=np.int64(4), C=np.int64(3), alpha=np.float32(0.3)) == ["ok"]


KD_IN_A_FILE = """
def kd(z, v, y):
    return T**2 * F.kl_div(F.log_softmax(z / T, 1), F.softmax(v / T, 1), reduction="batchmean")
"""


def diagnosed(folder, text, capsys):
    (folder / "mine.py").write_text(text)
    code = main(["diagnose", f"{folder / 'mine.py'}:kd"])
    return code, capsys.readouterr()


def test_a_file_that_ends_python_is_no_right_loss(tmp_path, capsys):
    code, said = diagnosed(tmp_path, "import sys\nsys.exit(0)", capsys)
    assert code == 2 and "mine.py ends Python when it is imported; expected definitions alone" in said.err
    code, said = diagnosed(tmp_path, "import sys\ndef kd(z, v, y):\n    sys.exit(0)", capsys)
    assert code == 2 and "mine.py:kd ends Python when it is called; expected a loss" in said.err


def test_a_file_may_import_its_neighbours_and_define_dataclasses(tmp_path, capsys):
    (tmp_path / "my_settings_beside.py").write_text("T = 4.0\n")
    head = "from __future__ import annotations\nfrom dataclasses import dataclass\nimport torch.nn.functional as F\n"
    kind = "from my_settings_beside import T\n@dataclass\nclass Settings:\n    T: float = T\n"
    code, said = diagnosed(tmp_path, head + kind + KD_IN_A_FILE, capsys)
    assert (code, said.err) == (0, "") and said.out.startswith("ok:")


def test_how_the_loss_was_called_is_said_and_a_class_is_no_loss():
    call = r"called as loss\(student_logits \[7, 3\], teacher_logits \[7, 3\], labels \[7\]\): TypeError"
    with pytest.raises(ValueError, match=call):
        diagnose(lambda z, *, labels, teacher_logits: z.sum(), temperature=2)
    with pytest.raises(ValueError, match=r"loss is the class SoftTargets; expected what it makes, SoftTargets\(...\)"):
        diagnose(SoftTargets, temperature=2)


@pytest.mark.parametrize(
    "loss",
    [
        lambda z, v, y: torch.tensor(1.0),
        lambda z, v, y: (z * 0).sum(),
        lambda z, v, y: F.mse_loss(z, v).clamp(max=0),
    ],
)
def test_a_loss_without_a_gradient_is_no_training_on_labels(loss):
    assert diagnose(loss, temperature=4).names == ["student-detached"]
