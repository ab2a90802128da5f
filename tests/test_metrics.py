"""The metrics: exact values worked out by hand, for one model and for many at once."""

import math

import pytest
import torch
from torch.utils.data import TensorDataset

from kdlib import accuracy, census, metrics, posterior, sample_people

# Four rows with known probabilities; as logits their logarithms, moved by a constant that no metric may notice.
P = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4], [0.45, 0.3, 0.25]], dtype=torch.float64)
LOGITS = P.log() + torch.tensor([[0.0], [3.0], [-5.0], [100.0]], dtype=torch.float64)
LABELS = torch.tensor([0, 1, 0, 1])
TEACHER = torch.cat([torch.tensor([[0.2, 0.5, 0.3]], dtype=torch.float64), P[1:]]).log()


def test_accuracy_is_the_share_of_right_rows():
    assert metrics.top1(LOGITS, LABELS).item() == 0.5
    assert metrics.top1(LOGITS, torch.tensor([0, 1, 2, 0])).item() == 1.0


def test_accuracy_of_a_model_takes_it_as_it_is_and_leaves_it_so():
    model = torch.nn.Sequential(torch.nn.Dropout(0.9), torch.nn.Identity())
    assert accuracy(model, TensorDataset(LOGITS, LABELS)) == 0.5
    assert model.training and isinstance(accuracy(model, TensorDataset(LOGITS, LABELS)), float)


def test_agreement_compares_choices_with_the_teacher():
    assert metrics.agreement(LOGITS, TEACHER).item() == 0.75
    assert metrics.agreement(TEACHER, TEACHER).item() == 1.0


def test_nll_is_the_mean_surprise_at_the_labels():
    expected = -(math.log(0.7) + math.log(0.8) + math.log(0.3) + math.log(0.3)) / 4
    assert metrics.nll(LOGITS, LABELS).item() == pytest.approx(expected, abs=1e-12)


def test_brier_is_the_squared_distance_to_the_one_hot_label():
    rows = [0.3**2 + 0.2**2 + 0.1**2, 0.1**2 + 0.2**2 + 0.1**2, 0.7**2 + 0.3**2 + 0.4**2, 0.45**2 + 0.7**2 + 0.25**2]
    assert metrics.brier(LOGITS, LABELS).item() == pytest.approx(sum(rows) / 4, abs=1e-12)
    certain = torch.tensor([[100.0, 0.0, 0.0]], dtype=torch.float64)
    assert metrics.brier(certain, torch.tensor([0])).item() == pytest.approx(0.0)
    assert metrics.brier(certain, torch.tensor([2])).item() == pytest.approx(2.0)


def test_predictive_kl_weighs_by_the_teacher():
    # Row one alone differs: q = (.2, .5, .3) and p = (.7, .2, .1).
    expected = (0.2 * math.log(0.2 / 0.7) + 0.5 * math.log(0.5 / 0.2) + 0.3 * math.log(0.3 / 0.1)) / 4
    assert metrics.predictive_kl(LOGITS, TEACHER).item() == pytest.approx(expected, abs=1e-12)


def test_the_direction_of_the_divergence_is_from_the_truth_to_the_model():
    truth = torch.tensor([[0.9, 0.1, 0.0]], dtype=torch.float64)
    model = torch.tensor([[0.5, 0.25, 0.25]], dtype=torch.float64).log()
    expected = 0.9 * math.log(0.9 / 0.5) + 0.1 * math.log(0.1 / 0.25)
    assert metrics.kl_to_bayes(model, truth).item() == pytest.approx(expected, abs=1e-12)
    assert metrics.kl_divergence(truth, model).item() == pytest.approx(expected, abs=1e-12)


def test_a_model_that_equals_the_truth_has_no_divergence():
    assert metrics.kl_to_bayes(LOGITS, P).item() == pytest.approx(0, abs=1e-15)
    assert metrics.predictive_kl(LOGITS, LOGITS - 4).item() == pytest.approx(0, abs=1e-15)
    x = sample_people(50, seed=0, dtype=torch.float64).x
    assert metrics.kl_to_bayes(posterior(x).log(), posterior(x)).item() == pytest.approx(0, abs=1e-15)


def test_a_certain_truth_gives_a_number():
    one_hot = torch.eye(3, dtype=torch.float64)[:2]
    expected = -(math.log(0.7) + math.log(0.8)) / 2
    assert metrics.kl_to_bayes(LOGITS[:2], one_hot).item() == pytest.approx(expected, abs=1e-12)


def slow_ece(logits, labels, bins):
    """Every row sorted into ((b - 1) / bins, b / bins] by comparison, one bin after the other."""
    p = torch.softmax(logits, -1)
    total = 0.0
    for b in range(bins):
        inside = [i for i in range(len(p)) if b / bins < p[i].max().item() <= (b + 1) / bins]
        if inside:
            right = sum(p[i].argmax().item() == labels[i].item() for i in inside) / len(inside)
            sure = sum(p[i].max().item() for i in inside) / len(inside)
            total += len(inside) / len(p) * abs(right - sure)
    return total


@pytest.mark.parametrize("bins", [1, 2, 10, 15])
def test_ece_equals_a_slow_loop(bins):
    g = torch.Generator().manual_seed(bins)
    logits = 3 * torch.randn(400, 3, dtype=torch.float64, generator=g)
    labels = torch.randint(3, (400,), generator=g)
    assert metrics.ece(logits, labels, bins).item() == pytest.approx(slow_ece(logits, labels, bins), abs=1e-12)


def test_ece_of_the_four_rows_by_hand():
    # Two bins: confidence .4 and .45 are in the lower, .7 and .8 in the upper; right are none and both.
    assert metrics.ece(LOGITS, LABELS, bins=2).item() == pytest.approx((0.4 + 0.45) / 4 + (0.3 + 0.2) / 4, abs=1e-12)


def test_ece_of_certain_rows_is_their_error_rate():
    certain = 1000 * torch.eye(3, dtype=torch.float64)[[0, 1, 2, 0]]
    assert metrics.ece(certain, torch.tensor([0, 1, 2, 1])).item() == pytest.approx(0.25)


MEASURES = {
    "top1": lambda z: metrics.top1(z, LABELS),
    "agreement": lambda z: metrics.agreement(z, TEACHER),
    "predictive_kl": lambda z: metrics.predictive_kl(z, TEACHER),
    "kl_to_bayes": lambda z: metrics.kl_to_bayes(z, P),
    "nll": lambda z: metrics.nll(z, LABELS),
    "brier": lambda z: metrics.brier(z, LABELS),
    "ece": lambda z: metrics.ece(z, LABELS),
}


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
def test_many_runs_get_the_values_they_get_one_by_one(measure):
    runs = torch.randn(2, 5, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    together = measure(runs)
    one_by_one = torch.stack([measure(run) for run in runs.flatten(0, 1)]).reshape(2, 5)
    assert together.shape == (2, 5) and len(set(together.flatten().tolist())) > 1
    torch.testing.assert_close(together, one_by_one, rtol=0, atol=1e-14)


@pytest.mark.parametrize("measure", [metrics.agreement, metrics.predictive_kl])
def test_every_run_can_have_its_own_teacher(measure):
    students, teachers = torch.randn(2, 5, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    one_by_one = torch.stack([measure(s, t) for s, t in zip(students, teachers, strict=True)])
    torch.testing.assert_close(measure(students, teachers), one_by_one, rtol=0, atol=1e-14)


def test_expected_accuracy_is_the_mean_true_probability_of_the_choice():
    q = torch.tensor([[0.6, 0.3, 0.1], [0.5, 0.25, 0.25], [0.2, 0.7, 0.1], [0.9, 0.1, 0.0]], dtype=torch.float64)
    expected = (0.6 + 0.25 + 0.1 + 0.9) / 4  # the choices are 0, 1, 2, 0
    assert metrics.expected_accuracy(LOGITS, q).item() == pytest.approx(expected, abs=1e-12)
    many = metrics.expected_accuracy(torch.stack([LOGITS, q.log()]), q)
    assert many.tolist() == pytest.approx([expected, (0.6 + 0.5 + 0.7 + 0.9) / 4], abs=1e-12)
    one_hot = torch.nn.functional.one_hot(LABELS, 3).double()
    assert metrics.expected_accuracy(LOGITS, one_hot) == metrics.top1(LOGITS, LABELS)


def test_expected_nll_is_the_mean_over_all_draws_of_the_labels():
    expected = -(P * P.log()).sum(-1).mean().item()
    assert metrics.expected_nll(LOGITS, P).item() == pytest.approx(expected, abs=1e-12)
    one_hot = torch.nn.functional.one_hot(LABELS, 3).double()
    assert metrics.expected_nll(LOGITS, one_hot).item() == pytest.approx(metrics.nll(LOGITS, LABELS).item(), abs=1e-12)


def test_accuracy_on_a_census_is_the_expected_accuracy():
    world = census(torch.float64)
    assert accuracy(posterior, world) == metrics.expected_accuracy(world.p, world.p).item()


def test_reliability_by_hand_and_ece_over_all_draws_of_the_labels():
    p = torch.tensor([[0.9, 0.1, 0.0], [0.5, 0.3, 0.2], [0.2, 0.7, 0.1], [0.0, 0.4, 0.6]], dtype=torch.float64)
    says = torch.tensor([[0.8, 0.1, 0.1], [0.8, 0.2, 0.0], [0.5, 0.4, 0.1], [0.2, 0.2, 0.6]], dtype=torch.float64)
    confidence, right, share = metrics.reliability(says.log(), p, bins=4)
    assert confidence.tolist() == pytest.approx([0, 0.5, 0.6, 0.8])
    assert right.tolist() == pytest.approx([0, 0.2, 0.6, 0.7])
    assert share.tolist() == pytest.approx([0, 0.25, 0.25, 0.5])
    assert metrics.expected_ece(says.log(), p, bins=4).item() == pytest.approx(0.25 * 0.3 + 0.5 * 0.1)
    labels = torch.multinomial(p, 50_000, replacement=True, generator=torch.Generator().manual_seed(0))
    drawn = metrics.ece(says.log().repeat_interleave(50_000, 0), labels.flatten(), bins=4)
    assert drawn.item() == pytest.approx(0.125, abs=0.005)
    two = metrics.expected_ece(says.log().expand(2, 4, 3), p)
    assert torch.equal(two, metrics.expected_ece(says.log(), p).expand(2))


# --- what cannot be measured ----------------------------------------------------------------------------------------

OF_LOGITS = {
    **MEASURES,
    "expected_accuracy": lambda z: metrics.expected_accuracy(z, P),
    "expected_nll": lambda z: metrics.expected_nll(z, P),
    "expected_ece": lambda z: metrics.expected_ece(z, P),
}
OF_PROBABILITIES = ["predictive_kl", "kl_to_bayes", "nll", "brier", "ece"]


@pytest.mark.parametrize("measure", OF_LOGITS.values(), ids=OF_LOGITS)
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_logits_that_are_no_numbers_are_refused(measure, value):
    bad = LOGITS.clone()
    bad[2, 1] = value
    with pytest.raises(ValueError, match="logits holds NaN or infinity; expected finite logits"):
        measure(bad)


@pytest.mark.parametrize("measure", [MEASURES[name] for name in OF_PROBABILITIES], ids=OF_PROBABILITIES)
def test_probabilities_in_the_place_of_logits_are_refused(measure):
    with pytest.raises(ValueError, match=r"logits look like probabilities \(rows sum to 1\); expected logits"):
        measure(P)


def test_a_teacher_of_probabilities_is_refused_and_a_truth_of_logits():
    with pytest.raises(ValueError, match="teacher_logits look like probabilities"):
        metrics.predictive_kl(LOGITS, P)
    for measure in (metrics.kl_to_bayes, metrics.expected_nll, metrics.expected_accuracy, metrics.expected_ece):
        with pytest.raises(ValueError, match=r"\[4, 3\] are no probabilities; expected rows .* that sum to 1"):
            measure(LOGITS, LOGITS)


def test_of_choices_alone_probabilities_tell_the_truth():
    assert metrics.top1(P, LABELS).item() == 0.5 and metrics.agreement(P, TEACHER).item() == 0.75


def test_a_class_of_probability_zero_is_measured():
    sure = torch.tensor([[0.0, -math.inf, 0.0]], dtype=torch.float64)
    truth = torch.tensor([[0.25, 0.0, 0.75]], dtype=torch.float64)
    expected = 0.25 * math.log(0.25 / 0.5) + 0.75 * math.log(0.75 / 0.5)
    assert metrics.kl_to_bayes(sure, truth).item() == pytest.approx(expected, abs=1e-12)
    assert metrics.top1(sure, torch.tensor([0])).item() == 1


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (torch.tensor([0, 1, 2, 3]), r"labels holds \[3\]; expected class indices 0 to 2"),
        (torch.tensor([0, -1, 2, 1]), r"labels holds \[-1\]"),
        (torch.tensor([0, 1, 2]), r"labels is torch.int64 \[3\]; expected class indices \[4\]"),
        (torch.zeros(4), "labels is torch.float32; expected integer class indices"),
        (torch.zeros(4, dtype=torch.bool), "labels is torch.bool; expected integer class indices"),
    ],
)
@pytest.mark.parametrize("measure", [metrics.top1, metrics.nll, metrics.brier, metrics.ece])
def test_labels_that_are_no_classes_are_refused(measure, labels, message):
    with pytest.raises(ValueError, match=message):
        measure(LOGITS, labels)


def test_a_student_and_a_teacher_of_other_shapes_are_refused():
    for measure in (metrics.agreement, metrics.predictive_kl):
        with pytest.raises(ValueError, match=r"teacher_logits is \[4, 2\]; expected \[4, 3\], like the student's"):
            measure(LOGITS, LOGITS[:, :2] - 1)


def test_one_output_is_refused_by_name():
    for measure in (metrics.top1, metrics.nll):
        with pytest.raises(ValueError, match=r"logits is \[4, 1\], one output; expected a logit for each class"):
            measure(LOGITS[:, :1], torch.zeros(4, dtype=torch.int64))
    with pytest.raises(ValueError, match="one output"):
        accuracy(torch.nn.Linear(6, 1), sample_people(20, seed=0))


def test_arrays_will_do():
    for name, measure in MEASURES.items():
        assert torch.equal(measure(LOGITS.numpy()), measure(LOGITS)), name
    assert torch.equal(metrics.ece(LOGITS, LABELS.numpy()), metrics.ece(LOGITS, LABELS))
    assert metrics.top1(LOGITS, LABELS.to(torch.int16)).item() == 0.5


def test_a_network_of_nan_has_no_accuracy():
    broken = torch.nn.Linear(6, 3)
    torch.nn.init.constant_(broken.weight, math.nan)
    with pytest.raises(ValueError, match="holds NaN"):
        accuracy(broken, sample_people(20, seed=0))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_probabilities_are_told_from_logits(dtype):
    x = sample_people(200, seed=0).x
    p = posterior(x).to(dtype)
    expected = metrics.kl_to_bayes(x[:, :3], p.float() / p.float().sum(-1, keepdim=True)).item()
    assert metrics.kl_to_bayes(x[:, :3], p).item() == pytest.approx(expected, abs=0.01)
    with pytest.raises(ValueError, match="logits look like probabilities"):
        metrics.nll(p, torch.zeros(200, dtype=torch.long))
