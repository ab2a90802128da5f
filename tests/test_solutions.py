"""The solutions at the end of the chapters are claims too: what they say is computed here, over many seeds."""

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

import kdlib
from kdlib import HardLabels, LogitMatching, LogProbMatching, Mixed, SoftTargets, draws, metrics, sentences
from kdlib.claims import SAME_ACCURACY, SAME_AGREEMENT, claim
from kdlib.exercises import wrong_losses
from kdlib.exercises.mutants import Mutant
from kdlib.intervals import wilson
from kdlib.tuning import tune
from kdlib.widgets import Settings, finished
from kdlib.worlds import words
from kdlib.worlds.people import People
from kdlib.worlds.people_file import DATA

SEEDS = 32


@pytest.fixture(scope="module", autouse=True)
def float64():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


@pytest.fixture(scope="module")
def train():
    return kdlib.PeopleDataset(DATA / "people_train.txt", torch.float64)


@pytest.fixture(scope="module")
def fresh():
    return kdlib.sample_people(10_000, seed=1, dtype=torch.float64)


@pytest.fixture(scope="module")
def world():
    return kdlib.census(torch.float64)


@pytest.fixture(scope="module")
def people():
    """200 people of its own for each seed, as in chapters 3, 5 and 6."""
    return kdlib.sample_people(200, seed=100, dtype=torch.float64, runs=SEEDS)


def better_teacher(n=4_000, seed=5):
    """The better teacher of chapters 5 and 6; from fewer people it sees as many batches."""
    many = kdlib.sample_people(n, seed, torch.float64)
    large = {"epochs": 60 * 4_000 // n, "batch_size": 20, "lr": 0.05}
    return kdlib.train_cohort((6, 32, 32, 3), many, HardLabels(), runs=1, **large).module(0)


# ---- 0: why distil? -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large():
    """Chapter 0's images to learn from and to score on, and its large network."""
    learn, _, test = kdlib.split_digits(200, dtype=torch.float64)
    torch.manual_seed(0)
    net = kdlib.MLP(64, 256, 256, 10)
    kdlib.fit(net, learn, HardLabels(), epochs=10, batch_size=50, optimizer=lambda p: torch.optim.Adam(p, lr=2e-3))
    return learn, test, net


def test_0_four_units_close_less_than_half_of_what_64_close(large):
    learn, test, net = large
    rows = kdlib.Digits(learn.x[:800].reshape(16, 50, 64), learn.y[:800].reshape(16, 50))
    v = kdlib.logits_of(net, learn.x[:800]).reshape(16, 50, 10)
    recipe = {"runs": 16, "epochs": 200, "batch_size": 10, "lr": 0.1, "seed": 1}

    def closed(hidden):
        taught = kdlib.train_cohort((64, hidden, 10), rows, SoftTargets(4.0), teacher_logits=v, **recipe)
        labels = kdlib.train_cohort((64, hidden, 10), rows, HardLabels(), **recipe)
        gain, start = (metrics.top1(one.logits(test.x), test.y) for one in (taught, labels))
        return (gain - start) / (kdlib.accuracy(net, test) - start.mean())

    claim("Less than half as much.", closed(64) / 2, closed(4))


def test_0_a_thousand_images_and_no_label_come_within_two_points(large):
    learn, test, net = large
    rows = learn.first(1_000)
    v = kdlib.logits_of(net, rows.x)
    cohort = kdlib.train_cohort((64, 16, 10), rows, SoftTargets(4.0), teacher_logits=v, runs=8, epochs=15, lr=0.1)
    claim("Near it.", metrics.top1(cohort.logits(test.x), test.y) - kdlib.accuracy(net, test), within=0.02)


# ---- 1: the data set ----------------------------------------------------------------------------------------------


def test_1_1300_rows_make_the_interval_four_points_wide():
    interval = wilson(0.84 * 1300, 1300)
    assert round(interval.high - interval.low, 3) == 0.040


def test_1_without_the_state_77_percent_are_possible():
    everyone = kdlib.census(torch.float64, dollars=100)
    best = everyone.p.reshape(2, 63, 3, -1, 3).mean(2).max(-1).values.mean().item()
    assert round(best, 2) == 0.77


# ---- 2: the teacher -----------------------------------------------------------------------------------------------


def test_2_a_larger_step_overfits_more(train, world):
    loss = {}
    for lr in (0.005, 0.05):
        cohort = kdlib.train_cohort((6, 10, 10, 3), train, HardLabels(), runs=8, lr=lr, epochs=2000)
        on_train = metrics.nll(cohort.logits(train.x), train.y)
        loss[lr] = on_train, metrics.expected_nll(cohort.logits(world.x), world.p)
    claim("Lower on the training rows.", loss[0.005][0], loss[0.05][0], unit="nats")
    claim("Much higher on all people.", loss[0.05][1], loss[0.005][1], above=0.5, unit="nats")


def test_2_an_absurd_step_saturates_labels_and_blows_up_logits(train):
    torch.manual_seed(0)
    net, teacher = kdlib.teacher_net(), kdlib.teacher_net()
    history = kdlib.fit(net, train, HardLabels(), epochs=5, lr=1e6)
    assert min(history.loss) > 1e3 and all(weight.isfinite().all() for weight in net.parameters())
    with pytest.raises(kdlib.TrainingDiverged, match=r"in epoch \d+:"):
        kdlib.fit(net, train, LogitMatching(), teacher=teacher, epochs=5, lr=1e6)
    assert all(weight.isfinite().all() for weight in net.parameters())


# ---- 3: the student -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def taught(people, world):
    """A function from sizes and objective to agreement and accuracy of students trained as chapter 3's are."""
    twice = {"epochs": 500, "lr": 0.02}
    teachers = kdlib.train_cohort((6, 10, 10, 3), people, HardLabels(), runs=SEEDS, **twice)
    v, v_world = teachers.logits(people.x), teachers.logits(world.x)

    def taught(sizes, objective):
        cohort = kdlib.train_cohort(sizes, people, objective, runs=SEEDS, teacher_logits=v, seed=1, **twice)
        z = cohort.logits(world.x)
        return metrics.agreement(z, v_world), metrics.expected_accuracy(z, world.p)

    return taught


def test_3_centring_hardly_changes_agreement(taught):
    centred, plain = (taught((6, 8, 3), LogitMatching(centred=c))[0] for c in (True, False))
    claim("No difference.", centred, plain, within=SAME_AGREEMENT)


@pytest.mark.parametrize(
    ("objective", "cost"), [(LogProbMatching(), (0.01, 0.03)), (LogitMatching(), SAME_ACCURACY)], ids=repr
)
def test_3_two_neurons_cost_agreement_first(taught, objective, cost):
    (agreement_8, accuracy_8), (agreement_2, accuracy_2) = (taught((6, h, 3), objective) for h in (8, 2))
    claim("Several points of agreement.", agreement_8, agreement_2, above=0.04)
    claim("Accuracy.", accuracy_8, accuracy_2, within=cost)


# ---- 4: gradients -------------------------------------------------------------------------------------------------


def by_autograd(loss, z):
    z = z.clone().requires_grad_()
    return torch.autograd.grad(loss(z), z)[0]


def test_4_log_probabilities_on_both_sides():
    z, v = torch.randn(2, 10, 3, generator=torch.Generator().manual_seed(0))
    m = torch.log_softmax(v, -1)
    d = torch.log_softmax(z, -1) - m
    g = 2 / z.numel() * (d - torch.softmax(z, -1) * d.sum(-1, keepdim=True))
    assert torch.allclose(g, by_autograd(lambda z: (torch.log_softmax(z, -1) - m).square().mean(), z), atol=1e-15)


def test_4_kl_div_of_probabilities_drives_to_a_corner():
    q = torch.softmax(torch.randn(64, 3, generator=torch.Generator().manual_seed(0)), -1)

    def push(z):
        return by_autograd(lambda z: F.kl_div(torch.softmax(z, -1), q, reduction="sum"), z)

    z = torch.randn(64, 3, generator=torch.Generator().manual_seed(1))
    p = torch.softmax(z, -1)
    assert torch.allclose(push(z), -p * (q - (p * q).sum(-1, keepdim=True)), atol=1e-14)
    claim("At p = q it is not zero.", push(q.log()).abs().amax(-1), above=0.01, unit="")
    z = q.log()
    for _ in range(20_000):
        z -= 0.5 * push(z)
    claim("It ends in a corner.", torch.softmax(z, -1).amax(-1), above=0.99)


# ---- 5: temperature and mixing ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tuned(people, world):
    """A function from an objective and teacher logits to students at their own step, as in chapters 5 to 7."""

    def tuned(objective, v=None, lrs=(0.02, 0.08, 0.6, 1.2, 4.0), people=people):
        return tune(
            (6, 8, 3), people, objective, lrs=lrs, runs=SEEDS, teacher_logits=v, epochs=200, batch_size=20, seed=1,
            score=lambda cohort: metrics.expected_accuracy(cohort.logits(world.x), world.p),
        )  # fmt: skip

    return tuned


def test_5_with_equal_teachers_no_point_is_worth_the_margin(tuned, people):
    equal = kdlib.train_cohort((6, 10, 10, 3), people, HardLabels(), runs=SEEDS, epochs=400, lr=0.02)
    v, steps = equal.logits(people.x), (0.006, 0.02, 0.08, 0.6)
    labels = tuned(HardLabels(), lrs=steps).score
    for mix in (Mixed(0.5, 1.0), Mixed(0.5, 4.0), Mixed(1.0, 4.0)):
        claim(f"{mix} is no different from labels.", tuned(mix, v, steps).score, labels, within=SAME_ACCURACY)


def test_5_below_one_the_targets_go_to_one_hot_and_students_lose(tuned, people):
    v = kdlib.logits_of(better_teacher(), people.x)
    nearer = [torch.softmax(v / T, -1).amax(-1).mean().item() for T in (1.0, 0.5, 0.01)]
    assert nearer == sorted(nearer) and nearer[-1] > 0.99
    low, one = (tuned(Mixed(0.5, T), v, (0.02, 0.08, 0.6, 1.2)).score for T in (0.5, 1.0))
    claim("T = 0.5 costs accuracy.", one, low)


# ---- 6: does it work? ---------------------------------------------------------------------------------------------


def test_6_the_gain_goes_with_the_teachers_people(people, tuned):
    labels = tuned(HardLabels(), lrs=(0.02, 0.08, 0.6)).score

    def gain(n):
        v = [kdlib.logits_of(better_teacher(n, seed), people.x) for seed in (5, 6)]
        return sum(tuned(SoftTargets(1.0), one, (0.02, 0.08, 0.6, 1.2, 4.0)).score - labels for one in v) / 2

    claim("With 1,000 people a good part is left.", gain(1_000), above=0.01)
    claim("With 300 little or nothing.", gain(300), within=SAME_ACCURACY)


def test_6_a_coarse_grid_of_step_sizes_wrongs_the_logits(people, tuned):
    v = kdlib.logits_of(better_teacher(), people.x)
    soft = tuned(SoftTargets(1.0), v, (0.6, 1.2, 4.0)).score
    fine = tuned(LogitMatching(centred=True), v, (0.08, 0.2, 0.6))
    coarse = tuned(LogitMatching(centred=True), v, (0.02, 0.08, 0.6))
    assert fine.lr == 0.2
    claim("Next to nothing.", soft, fine.score, within=SAME_ACCURACY)
    claim("They look worse.", soft, coarse.score, above=0.005)


# ---- 7: dark knowledge --------------------------------------------------------------------------------------------


def test_7_without_liberals_soft_targets_find_them_and_choices_few(tuned, world):
    better = better_teacher()
    crowd = kdlib.sample_people(500, seed=20_100, dtype=torch.float64, runs=SEEDS)
    crowd_v = kdlib.logits_of(better, crowd.x)
    allowed = (crowd.y != 2) & (crowd_v.argmax(-1) != 2)
    at = torch.arange(SEEDS)[:, None], torch.stack([row.nonzero()[:200, 0] for row in allowed])
    rows, v = People(crowd.x[at], crowd.y[at]), crowd_v[at]
    liberal = world.p.argmax(-1) == 2

    def found(tuned):
        return (tuned.cohort.logits(world.x).argmax(-1) == 2)[..., liberal].double().mean(-1)

    soft = tuned(SoftTargets(1.0), v, (0.2, 0.6, 2.0), rows)
    choices = tuned(HardLabels(), lrs=(0.04, 0.6, 4.0), people=People(rows.x, v.argmax(-1)))
    claim("Most of them.", found(soft), above=0.5)
    claim("None.", found(choices), within=0.001)


def test_7_teachers_that_stop_early_insure_as_well(tuned, people):
    labels = tuned(HardLabels(), lrs=(0.02, 0.08, 2.0))

    def of_teachers(epochs):
        own = {"runs": SEEDS, "epochs": epochs, "lr": 0.02}
        teachers = kdlib.train_cohort((6, 10, 10, 3), people, HardLabels(), **own)
        return tuned(SoftTargets(1.0), teachers.logits(people.x), (0.02, 0.08, 2.0))

    early, late = of_teachers(100), of_teachers(400)
    claim("At a large step they save more than a point.", early.at(2.0), labels.at(2.0), above=0.01)
    claim("As much as teachers that went on.", early.at(2.0), late.at(2.0), within=SAME_ACCURACY)
    claim("Tuned, nothing.", early.score, labels.score, within=SAME_ACCURACY)


# ---- 12: playground ------------------------------------------------------------------------------------------------


def compared(what, a, b, at=-1):
    """Accuracy or agreement of two runs of the lab, ``a`` and ``b``, by seed."""
    return (getattr(finished(settings), what)[:, at] for settings in (a, b))


def test_12_an_equal_teacher_buys_agreement_and_no_accuracy():
    equal = Settings("soft targets", teacher="equal", lr=0.05, epochs=200, seeds=16)
    labels = replace(equal, objective="labels", lr=0.02)
    claim("Level.", *compared("accuracy", equal, labels), within=(-0.01, 0.01))
    claim("More agreement.", *compared("agreement", equal, labels), above=0.02)


def test_12_a_higher_temperature_raises_agreement_no_further():
    four = Settings("soft targets", temperature=4.0, lr=0.02, epochs=200, seeds=16)
    claim("T = 16 against 4.", *compared("agreement", replace(four, temperature=16.0), four), within=(-0.015, 0.0))


def test_12_on_digits_the_temperature_matters():
    taught = Settings("soft targets", teacher="better", rows=50, lr=0.1, epochs=300, world="digits")
    cold, hot = (finished(replace(taught, temperature=T)).accuracy[:, -1] for T in (1.0, 16.0))
    claim("More than five points.", hot, cold, above=0.05)


def test_12_log_probs_lead_at_epoch_10_and_not_at_200():
    log_probs = Settings("log-probs", lr=0.05, epochs=200, seeds=16)
    labels = replace(log_probs, objective="labels")
    claim("Far ahead.", *compared("accuracy", log_probs, labels, at=finished(log_probs).epochs.index(10)), above=0.1)
    claim("A little behind.", *compared("accuracy", labels, log_probs), within=(0.0, 0.015))


# ---- 8: digits ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def digits():
    """A function from rows, objective and steps to the test accuracy of chapter 8's students, 16 draws."""
    learn, tuning, test = kdlib.split_digits(200, dtype=torch.float64, runs=16)
    teachers = kdlib.train_cohort((64, 64, 10), learn, HardLabels(), runs=16, epochs=40, batch_size=20, lr=0.5)

    def right(cohort, rows):
        return (cohort.logits(rows.x).argmax(-1) == rows.y).double().mean(-1)

    def taught(n, objective, lrs):
        rows = learn.first(n)
        tuned = tune(
            (64, 16, 10), rows, objective, lrs=lrs, score=lambda cohort: right(cohort, tuning), runs=16, epochs=200,
            teacher_logits=teachers.logits(rows.x), batch_size=10, seed=1,
        )  # fmt: skip
        return right(tuned.cohort, test)

    return taught


def test_8_with_200_rows_less_than_half_of_the_gain_is_left(digits):
    gain = {
        n: digits(n, SoftTargets(4.0), (0.03, 0.1, 0.3, 1.0)) - digits(n, HardLabels(), (0.1, 0.3, 1.0, 3.0))
        for n in (50, 200)
    }
    claim("Less than half.", gain[50] / 2, gain[200])


def test_8_there_is_nothing_beyond_16(digits):
    hot = digits(50, SoftTargets(64.0), (0.03, 0.1, 0.3))
    claim("Within a point of T = 16.", hot, digits(50, SoftTargets(16.0), (0.03, 0.1, 0.3)), within=SAME_ACCURACY)
    logits = digits(50, LogitMatching(centred=True), (0.03, 0.1, 0.3))
    claim("And of the centred logits.", hot, logits, within=SAME_ACCURACY)


# ---- 9: shipping the student ---------------------------------------------------------------------------------------


def test_chapter_9_four_units_cannot_follow_the_small_probabilities_at_t_4():
    labelled, unlabelled, test = kdlib.split_digits(200, (100, 1_200, 497), torch.float64, runs=8)
    large = kdlib.train_cohort((64, 128, 10), labelled, HardLabels(), runs=8, lr=0.05, epochs=60)
    x = torch.cat([labelled.x, unlabelled.x], 1)
    settings = {"runs": 8, "teacher_logits": large.logits(x), "epochs": 20, "batch_size": 20, "seed": 1}
    rows = kdlib.Digits(x, torch.zeros(x.shape[:-1], dtype=torch.long))

    def best(T, lrs):
        soft = SoftTargets(T)
        cohorts = [kdlib.train_cohort((64, 4, 10), rows, soft, lr=lr, **settings) for lr in lrs]
        return max((metrics.top1(one.logits(test.x), test.y) for one in cohorts), key=lambda shares: shares.mean())

    warm = best(4.0, [0.05, 0.1, 0.2])
    assert claim("T = 4 is worse by two points or more.", best(1.0, [0.2]), warm, above=0.02).holds


# ---- 10: what goes wrong ------------------------------------------------------------------------------------


def test_10_a_missing_t2_is_a_matter_of_the_step(people, fresh):
    teacher = better_teacher()
    recipe = {"runs": SEEDS, "teacher_logits": kdlib.logits_of(teacher, people.x), "batch_size": 20, "lr": 0.05}

    def taught(objective, epochs):
        cohort = kdlib.train_cohort((6, 8, 3), people, objective, epochs=epochs, seed=1, **recipe)
        return metrics.top1(cohort.logits(fresh.x), fresh.y)

    right, short, long = taught(Mixed(0.9, 4.0), 150), *(taught(Mutant("no-t2", 0.9, 4.0), n) for n in (150, 1500))
    claim("It costs more than ten points.", right, short, above=0.1)
    claim("With ten times the epochs next to nothing.", right, long, within=(-0.01, 0.01))


def test_10_two_mistakes_at_once():
    reverse, other = wrong_losses.reverse_kl, wrong_losses.softmax_of_the_teachers_probabilities
    assert kdlib.diagnose(lambda z, v, y: reverse(z, v, y, 4) / 16, temperature=4).names == ["reverse-kl", "no-t2"]
    assert kdlib.diagnose(lambda z, v, y: reverse(z, v, y, 4) + other(z, v, y, 4), temperature=4).names == ["unknown"]


# ---- 11: words -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def speakers():
    """32 languages taught by the truth: students of one and of two words, of soft targets and of whole sentences."""
    truth = words.languages(32, draws.people).next_words().log()
    spoken = words.log_probs_of_beginnings(truth).exp()[..., None] * truth.exp()

    def of_soft_targets(remembers):  # the exact minimum: each memory's mean over the beginnings that leave it
        sums = torch.zeros(32, int(remembers.max()) + 1, 5, dtype=truth.dtype).index_add(1, remembers, spoken)
        return (sums / sums.sum(-1, keepdim=True)).log()

    def of_sentences(remembers, start):
        z = start.clone().requires_grad_()
        optimizer = torch.optim.Adam([z], lr=0.3)
        for _ in range(80):
            optimizer.zero_grad()
            sentences.sentence_reverse_kl(z.log_softmax(-1)[:, remembers], truth).sum().backward()
            optimizer.step()
        return z.detach()

    one, two = words.memory(1), words.memory(2)
    soft = {"one": of_soft_targets(one), "two": of_soft_targets(two)}
    whole = {"one": of_sentences(one, torch.zeros_like(soft["one"])), "two": of_sentences(two, 0 * soft["two"]),
             "from soft": of_sentences(one, soft["one"])}  # fmt: skip
    kept = {"one": one, "two": two, "from soft": one}
    return [{name: sentences.scores(z.log_softmax(-1)[:, kept[name]], truth) for name, z in every.items()}
            for every in (soft, whole)]  # fmt: skip


def test_11_two_words_of_memory(speakers):
    soft, whole = speakers
    claim("Soft targets.", soft["two"]["precision"], soft["one"]["precision"], above=0.05)
    claim("It forgets less.", whole["two"]["rarer season"], whole["one"]["rarer season"], above=0.05)
    rarer = whole["two"]["rarer season"]
    assert (rarer > 0.3).sum() > 3 and (rarer < 0.1).sum() > 3


def test_11_starting_from_both_seasons_hardly_helps(speakers):
    rarer = speakers[1]["from soft"]["rarer season"]
    assert (rarer < 0.1).double().mean() > 0.75
