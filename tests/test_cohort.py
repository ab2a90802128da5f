"""Many students at once: each is the student the plain loop would have trained, whatever runs beside it."""

import copy
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings, strategies as st
from torch.utils.data import TensorDataset

from kdlib import (
    HardLabels,
    LogitMatching,
    LogProbMatching,
    Mixed,
    ReverseKL,
    SoftTargets,
    cohort as cohort_module,
    cohort_inputs,
    cohort_layout,
    fit,
    plain_cohort,
    sample_people,
    training,
)
from kdlib.cohort import Cohort, train_cohort
from kdlib.cohort_inputs import shuffle_of
from kdlib.worlds.people import People

RUNS, ROWS, BATCH = 3, 23, 5  # a last batch of 3
# Small steps: at 0.2 training on these few rows is chaotic, and 1e-15 in a weight grows to 1e-3 in 200 epochs.
LR = [0.005, 0.02, 0.05]
T, ALPHA = [0.5, 1.0, 4.0], [0.0, 0.4, 1.0]
PEOPLE = sample_people(ROWS, seed=1, dtype=torch.float64)
TEACHERS = 2 * torch.randn(RUNS, ROWS, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(2))


OBJECTIVES = {
    "labels": lambda r=None: HardLabels(),
    "log-probs": lambda r=None: LogProbMatching(),
    "logits": lambda r=None: LogitMatching(),
    "centred": lambda r=None: LogitMatching(centred=True),
    "soft": lambda r=None: SoftTargets(2.0),
    "soft, per run": lambda r=None: SoftTargets(T if r is None else T[r]),
    "reverse": lambda r=None: ReverseKL(2.0),
    "reverse, per run": lambda r=None: ReverseKL(T if r is None else T[r]),
    "mixed": lambda r=None: Mixed(0.3, 2.0),
    "mixed, per run": lambda r=None: Mixed(ALPHA, T) if r is None else Mixed(ALPHA[r], T[r]),
}


def fit_one(model, data, objective, v, *, stream, seed=0, **settings):
    """`kdlib.fit` with the shuffles of a stream; returns its losses."""
    shuffle = shuffle_of(seed, stream, len(data.y))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "shuffled_rows", lambda rows: shuffle())
        return fit(model, data, objective, teacher=lambda x: v, **settings).loss


def small(objective=None, *, runs=RUNS, teacher_logits=TEACHERS[0], epochs=0, **settings):
    settings = {"sizes": (6, 4, 3), "data": PEOPLE, "lr": 0.1, "batch_size": BATCH, **settings}
    objective = objective or LogProbMatching()
    return train_cohort(objective=objective, runs=runs, teacher_logits=teacher_logits, epochs=epochs, **settings)


# --- the same as the plain loop -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sizes", [(6, 8, 3), (6, 5, 4, 3)], ids=str)
@pytest.mark.parametrize("name", OBJECTIVES)
def test_every_run_is_what_fit_gives_on_the_same_weights_and_batches(name, sizes):
    every = {"batch_size": BATCH, "seed": 7, "runs": RUNS, "teacher_logits": TEACHERS}
    models = [Cohort(sizes, PEOPLE, OBJECTIVES[name](), **every).module(r) for r in range(RUNS)]
    cohort = Cohort(sizes, PEOPLE, OBJECTIVES[name](), lr=LR, **every)
    for _ in cohort.learn(200, record_loss=True):
        pass
    for r, model in enumerate(models):
        own = {"stream": r, "seed": 7, "epochs": 200, "batch_size": BATCH, "lr": LR[r]}
        loss = fit_one(model, PEOPLE, OBJECTIVES[name](r), TEACHERS[r], **own)
        for found, expected in zip(cohort.module(r).parameters(), model.parameters(), strict=True):
            torch.testing.assert_close(found, expected, atol=1e-9, rtol=0)
        torch.testing.assert_close(cohort.logits(PEOPLE.x)[r], model(PEOPLE.x).detach(), atol=1e-9, rtol=0)
        assert [values[r].item() for values in cohort.loss] == pytest.approx(loss, abs=1e-9)
    assert not cohort.diverged.any()


@settings(max_examples=40, deadline=None)
@given(
    hidden=st.lists(st.integers(1, 5), max_size=3),
    features=st.integers(1, 4),
    classes=st.integers(2, 4),
    rows=st.integers(1, 9),
    batch_size=st.integers(1, 9),
    runs=st.integers(1, 3),
    seed=st.integers(0, 2**40),
)
def test_any_shape_of_network_data_and_batch(hidden, features, classes, rows, batch_size, runs, seed):
    draws = torch.Generator().manual_seed(seed)
    x, v = (torch.randn(rows, k, dtype=torch.float64, generator=draws) for k in (features, classes))
    data = TensorDataset(x, torch.randint(classes, (rows,), generator=draws))
    every = {"batch_size": min(batch_size, rows), "lr": 0.1, "epochs": 2}
    sizes, objective = (features, *hidden, classes), Mixed(0.5, 2.0)
    cohort = train_cohort(sizes, data, objective, runs=runs, teacher_logits=v, seed=seed, **every)
    model = Cohort(sizes, data, objective, runs=runs, teacher_logits=v, seed=seed, batch_size=1).module(runs - 1)
    fit_one(model, People(*data.tensors), objective, v, stream=runs - 1, seed=seed, **every)
    torch.testing.assert_close(cohort.logits(x)[runs - 1], model(x).detach(), atol=1e-10, rtol=0)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_many_runs_are_what_each_gives_alone(name):
    """Their logits lie in memory class by class, and the last layer is padded."""
    runs = cohort_layout.MANY + 2
    alone = small(OBJECTIVES[name](), lr=0.02, runs=RUNS, epochs=30)
    per_run = {key: torch.arange(runs) % RUNS for key in vars(OBJECTIVES[name]()) if "per run" in name}
    objective = OBJECTIVES[name]()
    for key, which in per_run.items():
        setattr(objective, key, getattr(objective, key)[which])
    many = small(objective, lr=0.02, runs=runs, streams=[r % RUNS for r in range(runs)], epochs=30)
    for r in range(runs):
        torch.testing.assert_close(many.logits(PEOPLE.x)[r], alone.logits(PEOPLE.x)[r % RUNS], atol=1e-12, rtol=0)


@pytest.mark.parametrize("name", [name for name in OBJECTIVES if "per run" not in name])
def test_the_plain_cohort_is_the_same(name):
    every = {"runs": RUNS, "teacher_logits": TEACHERS[0], "lr": 0.02, "batch_size": BATCH, "seed": 3, "epochs": 40}
    for sizes in ((6, 4, 3), (6, 5, 4, 3)):
        cohort = train_cohort(sizes, PEOPLE, OBJECTIVES[name](), **every)
        layers = plain_cohort.train_plain_cohort(sizes, PEOPLE, OBJECTIVES[name](), **every)
        found = plain_cohort.activations(layers, PEOPLE.x.expand(RUNS, -1, -1))[-1]
        torch.testing.assert_close(found, cohort.logits(PEOPLE.x), atol=1e-12, rtol=0)


def test_rows_without_labels_will_do_where_none_are_needed():
    expected = small(epochs=3).logits(PEOPLE.x)
    for x in (PEOPLE.x, People(PEOPLE.x, None), People(OWN_X, None)):
        assert torch.equal(small(data=x, epochs=3).logits(PEOPLE.x), expected)
    with pytest.raises(ValueError, match="there are no labels"):
        small(HardLabels(), data=PEOPLE.x)


def test_momentum_is_that_of_torch():
    cohort, momentum = small(momentum=0.9), 0.9
    model = cohort.module(1)
    optimizer, shuffle = torch.optim.SGD(model.parameters(), lr=0.1, momentum=momentum), shuffle_of(0, 1, ROWS)
    for _ in cohort.learn(20):
        for batch in shuffle().split(BATCH):
            optimizer.zero_grad()
            LogProbMatching()(model(PEOPLE.x[batch]), teacher_logits=TEACHERS[0][batch]).backward()
            optimizer.step()
    torch.testing.assert_close(cohort.logits(PEOPLE.x)[1], model(PEOPLE.x).detach(), atol=1e-10, rtol=0)


def test_rows_of_its_own_for_each_run():
    x, y = torch.stack([PEOPLE.x, PEOPLE.x.flip(0)]), torch.stack([PEOPLE.y, PEOPLE.y.flip(0)])
    both = small(HardLabels(), data=People(x, y), runs=2, epochs=5)
    for r in range(2):
        alone = small(HardLabels(), data=People(x[r], y[r]), runs=1, streams=[r], epochs=5)
        torch.testing.assert_close(both.logits(x)[r], alone.logits(x[r])[0], atol=1e-12, rtol=0)


def test_arrays_are_data_too():
    x, y = PEOPLE.x.expand(RUNS, -1, -1), PEOPLE.y.expand(RUNS, -1)
    arrays = small(data=People(x.numpy(), y.numpy()), epochs=2)
    assert torch.equal(arrays.logits(PEOPLE.x), small(data=People(x, y), epochs=2).logits(PEOPLE.x))


# --- draws ----------------------------------------------------------------------------------------------------------


def test_a_run_is_the_same_whatever_runs_beside_it():
    together = small(runs=5, epochs=30).logits(PEOPLE.x)
    for r in (0, 4):
        alone = small(runs=1, streams=[r], epochs=30).logits(PEOPLE.x)
        torch.testing.assert_close(together[r], alone[0], atol=1e-9, rtol=0)


def test_a_run_is_the_same_with_one_thread_or_two():
    results, before = [], torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            results.append(small(runs=40, sizes=(6, 30, 3), epochs=30).logits(PEOPLE.x))
            assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)
    torch.testing.assert_close(*results, atol=1e-9, rtol=0)


def test_runs_and_seeds_draw_their_own_weights_and_shuffles():
    cohort, other = small(runs=2), small(runs=2, seed=1)
    weights = [c.module(r).layers[0].weight for c in (cohort, other) for r in range(2)]
    orders = [c.shuffles[r]() for c in (cohort, other) for r in range(2)]
    for drawn in (weights, orders):
        assert not any(torch.equal(a, b) for i, a in enumerate(drawn) for b in drawn[:i])
    assert all(sorted(order.tolist()) == list(range(ROWS)) for order in orders)


def test_runs_of_one_stream_share_their_draws():
    same = small(runs=3, streams=[4, 4, 5], epochs=10).logits(PEOPLE.x)
    torch.testing.assert_close(same[0], same[1], atol=1e-12, rtol=0)
    assert (same[0] - same[2]).abs().max() > 0.01


def test_the_initial_weights_are_xavier_uniform_and_do_not_depend_on_the_dtype():
    cohort = small(runs=50)
    layers = [cohort.module(r).layers for r in range(50)]
    for k, bound in enumerate([(6 / 10) ** 0.5, (6 / 7) ** 0.5]):
        weights = torch.stack([layer[k].weight for layer in layers]).detach()
        assert 0.97 * bound < weights.max() <= bound and -bound <= weights.min() < -0.97 * bound
        assert weights.mean().abs() < 0.1 * bound
        assert all((layer[k].bias == 0).all() for layer in layers)
    assert torch.equal(small(dtype=torch.float32).module(0).layers[0].weight, layers[0][0].weight.float())
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(torch.float64)
        assert torch.equal(small().module(0).layers[0].weight, layers[0][0].weight)
    finally:
        torch.set_default_dtype(before)


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    small(epochs=2).module(0)
    assert torch.equal(torch.get_rng_state(), before)


# --- the iterator ---------------------------------------------------------------------------------------------------


def test_training_is_an_iterator_that_can_be_stopped_and_continued():
    cohort, whole = small(), small(epochs=5).logits(PEOPLE.x)
    start = cohort.logits(PEOPLE.x)
    epochs = cohort.learn(100)
    assert torch.equal(cohort.logits(PEOPLE.x), start)  # nothing happens before the first epoch is asked for
    for epoch in epochs:
        if epoch == 3:
            break
    assert list(cohort.learn(2)) == [4, 5]
    assert torch.equal(cohort.logits(PEOPLE.x), whole)
    assert repr(cohort) == "<3 networks 6-4-3 after 5 epochs, 0 diverged>"


def test_ctrl_c_keeps_what_was_learned(monkeypatch):
    residual, calls = LogProbMatching.residual, []

    def interrupted(self, z, m):
        calls.append(len(z))
        if calls.count(RUNS) == 1 + 2 * 5 + 3:  # one call tries the gradient, then 5 an epoch
            raise KeyboardInterrupt
        return residual(self, z, m)

    with monkeypatch.context() as patch, pytest.warns(UserWarning, match="stopped after 2 of 100 epochs"):
        patch.setattr(LogProbMatching, "residual", interrupted)
        cohort = small(epochs=100)
    assert torch.equal(cohort.logits(PEOPLE.x), small(epochs=2).logits(PEOPLE.x))
    assert list(cohort.learn(2)) == [3, 4]


def interrupted_at(steps, cohort):
    """Learn and press Ctrl-C after so many bytecodes of the engine; returns whether it came before the end."""
    left, tracer = steps, sys.gettrace()

    def trace(frame, event, argument):
        nonlocal left
        if frame.f_code.co_filename not in (cohort_module.__file__, cohort_layout.__file__):
            return None
        frame.f_trace_opcodes = True
        left -= event == "opcode"
        if left == 0:
            left = -1
            raise KeyboardInterrupt
        return trace

    epochs = cohort.learn(2, record_loss=True)
    sys.settrace(trace)
    try:
        list(epochs)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(tracer)
    return False


def test_wherever_ctrl_c_comes_whole_epochs_are_kept():
    every = {"runs": 2, "batch_size": ROWS, "momentum": 0.5}
    whole, expected = small(**every), [small(**every, epochs=k).logits(PEOPLE.x) for k in range(3)]
    list(whole.learn(2, record_loss=True))
    steps, stopped = 0, True
    while stopped:
        steps += 3
        cohort = small(**every)
        stopped = interrupted_at(steps, cohort)
        assert torch.equal(cohort.logits(PEOPLE.x), expected[cohort.epoch])
        assert torch.equal(cohort.loss, whole.loss[: cohort.epoch])
    assert cohort.epoch == 2 and steps > 500


def test_the_bar_counts_epochs(capsys):
    small(epochs=3, progress=True)
    assert "/3 " in capsys.readouterr().err


def test_no_losses_unless_asked():
    assert small(epochs=2).loss.shape == (0, RUNS)


def test_losses_are_kept_in_one_block():
    cohort, seen = small(), []
    for _ in cohort.learn(150, record_loss=True):
        seen.append(cohort.loss)
    assert [len(loss) for loss in seen] == [*range(1, 151)]
    assert torch.equal(cohort.loss[:70], seen[69])  # what was given away does not change
    assert len({loss.untyped_storage().data_ptr() for loss in seen}) <= 3  # it grows by doubling
    list(cohort.learn(1)), list(cohort.learn(1, record_loss=True))
    assert cohort.loss.shape == (151, RUNS)


def test_an_epoch_runs_in_one_thread_unless_asked():
    seen, before = [], torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        for asked in ({}, {"threads": 3}):
            cohort = small(runs=1, **asked)
            shuffle = cohort.shuffles[0]
            cohort.shuffles[0] = lambda shuffle=shuffle: (seen.append(torch.get_num_threads()), shuffle())[1]
            for _ in cohort.learn(1):
                seen.append(torch.get_num_threads())
            seen.append(torch.get_num_threads())
    finally:
        torch.set_num_threads(before)
    assert seen == [1, 2, 2, 3, 2, 2]


def test_cohorts_in_four_threads_are_those_of_one_after_the_other():
    def train(seed):
        return small(Mixed(ALPHA, T), seed=seed, runs=3, epochs=40).logits(PEOPLE.x)

    with ThreadPoolExecutor(4) as executor:
        together = [*executor.map(train, range(4))]
    assert all(torch.equal(found, train(seed)) for seed, found in enumerate(together))


def test_batches_are_laid_out_piece_by_piece_where_rows_are_many(monkeypatch):
    people = sample_people(103, seed=1, dtype=torch.float64)
    own = sample_people(103, seed=2, dtype=torch.float64, runs=RUNS)
    for data in (people, own):
        whole = small(HardLabels(), data=data)
        list(whole.learn(3, record_loss=True))
        with monkeypatch.context() as patch:
            patch.setattr(cohort_layout, "PIECE", 4 * BATCH * RUNS * (6 + 1 + 3) * 8)
            pieces = small(HardLabels(), data=data)
            list(pieces.learn(3, record_loss=True))
        assert len(pieces._rows._views) == 2 and len(whole._rows._views) == 1
        assert torch.equal(pieces.logits(people.x), whole.logits(people.x))
        torch.testing.assert_close(pieces.loss, whole.loss, atol=1e-12, rtol=0)


def test_what_does_not_fit_into_memory_is_refused_before_it_is_laid_out(monkeypatch):
    monkeypatch.setattr(cohort_inputs, "free_memory", lambda: 10**6)
    small(runs=3)
    with pytest.raises(MemoryError, match=r"^1000 runs of 23 rows need .* GB are free; expected at most \d+ runs"):
        small(runs=1000)
    monkeypatch.setattr(cohort_inputs, "free_memory", lambda: None)  # where the system does not tell
    small(runs=1000)


# --- divergence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_a_run_that_diverges_is_marked_and_the_others_go_on(momentum):
    every = {"objective": LogitMatching(), "momentum": momentum, "dtype": torch.float32}
    cohort = small(lr=[0.05, 1e9, 0.05], epochs=30, **every)
    others = small(lr=0.05, runs=2, streams=[0, 2], epochs=30, **every)
    assert cohort.diverged.tolist() == [False, True, False]
    torch.testing.assert_close(cohort.logits(PEOPLE.x)[[0, 2]], others.logits(PEOPLE.x), atol=1e-6, rtol=0)
    assert torch.equal(cohort.logits(PEOPLE.x)[1], small(**every).logits(PEOPLE.x)[1])  # not one epoch was finite


def test_a_run_that_diverges_later_keeps_its_last_finite_epoch():
    cohort, seen = small(LogitMatching(), lr=[0.05, 2.0], runs=2), []
    for _ in cohort.learn(400):
        seen.append(cohort.logits(PEOPLE.x)[1])
    assert cohort.diverged.tolist() == [False, True]
    assert torch.isfinite(seen[-1]).all()
    assert torch.equal(seen[-1], seen[-2])
    assert not torch.equal(seen[0], seen[1])


# --- results --------------------------------------------------------------------------------------------------------


def test_a_module_is_an_ordinary_network_with_a_copy_of_the_weights():
    cohort = small(epochs=2)
    model = cohort.module(1)
    torch.testing.assert_close(model(PEOPLE.x), cohort.logits(PEOPLE.x)[1], atol=1e-12, rtol=0)
    assert model.sizes == (6, 4, 3) and all(p.requires_grad and not p.is_inference() for p in model.parameters())
    fit(model, PEOPLE, HardLabels(), epochs=1)
    assert (cohort.logits(PEOPLE.x)[1] - model(PEOPLE.x)).abs().max() > 1e-4


def test_a_module_is_made_without_draws_that_another_thread_would_miss(monkeypatch):
    class Meanwhile(cohort_inputs.MLP):
        def __init__(self, *sizes):
            super().__init__(*sizes)
            thread = threading.Thread(target=lambda: drawn.append(torch.rand(1)))
            thread.start()
            thread.join()

    cohort, drawn = small(epochs=1), []
    torch.manual_seed(0)
    expected = torch.rand(2)
    monkeypatch.setattr(cohort_inputs, "MLP", Meanwhile)
    torch.manual_seed(0)
    cohort.module(0)
    assert torch.equal(torch.cat([*drawn, torch.rand(1)]), expected)


def test_given_models_are_where_training_starts():
    trained = small(epochs=3)
    again = small(models=[trained.module(r) for r in range(RUNS)])
    assert torch.equal(again.logits(PEOPLE.x), trained.logits(PEOPLE.x))


def test_a_copy_goes_its_own_way():
    cohort = small(epochs=2)
    other = copy.deepcopy(cohort)
    assert list(other.learn(3)) == [3, 4, 5]
    assert torch.equal(cohort.logits(PEOPLE.x), small(epochs=2).logits(PEOPLE.x))
    assert torch.equal(other.logits(PEOPLE.x), small(epochs=5).logits(PEOPLE.x))


def test_logits_can_be_differentiated_with_respect_to_the_features():
    x = PEOPLE.x.clone().requires_grad_()
    small(epochs=2).logits(x).sum().backward()
    assert (x.grad != 0).any()


def test_the_unit_that_is_one_stays_one():
    cohort = small(sizes=(6, 4, 4, 3), momentum=0.5, epochs=50)
    *hidden, _ = cohort._learned.weights.layers
    for W in hidden:
        assert (W[:, :-1, -1] == 0).all() and (torch.tanh(W[:, -1, -1]) == 1).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_the_dtype_is_the_datas_or_as_asked(dtype):
    data = sample_people(ROWS, seed=1)
    assert small(data=data, epochs=1).logits(data.x).dtype == torch.float32
    assert small(data=data, dtype=dtype, epochs=1).logits(data.x).dtype == dtype
    assert small(data=data, dtype=dtype).module(0).layers[0].weight.dtype == dtype


@pytest.mark.gpu
@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_gpu_gives_the_same(name):
    here, there = (small(OBJECTIVES[name](), lr=LR, epochs=50, device=device) for device in ("cpu", "cuda"))
    torch.testing.assert_close(here.logits(PEOPLE.x), there.logits(PEOPLE.x), atol=1e-9, rtol=0)
    assert there.module(0).layers[0].weight.device.type == "cpu"


# --- bad input ------------------------------------------------------------------------------------------------------

NAN, OWN_X = float("nan"), PEOPLE.x.expand(3, -1, -1)


class Halved(HardLabels):
    """Another value, the same gradient."""

    def value(self, z, labels, v=None):
        return super().value(z, labels) / 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"runs": 0}, "^runs is 0"),
        ({"runs": 2.5}, r"^runs is 2\.5; expected a whole number"),
        ({"epochs": -1}, "^epochs is -1"),
        ({"batch_size": 0}, "^batch_size is 0; expected 1 to 23"),
        ({"batch_size": 24}, "^batch_size is 24"),
        ({"lr": 0}, "^lr is 0"),
        ({"lr": [0.1, 0.1, -1]}, "^lr is "),
        ({"lr": NAN}, "^lr is nan"),
        ({"lr": [0.1, 0.1]}, "^lr has 2 entries; expected 3, one per run"),
        ({"objective": SoftTargets([1.0, 2.0])}, "^temperature has 2 entries; expected 3"),
        ({"objective": Mixed([0.0, 1.0], 1.0)}, "^alpha has 2 entries; expected 3"),
        ({"streams": [0, 1]}, "^streams has 2 entries; expected 3"),
        ({"streams": [0, 1, -1]}, "^streams is -1; expected 0 or more"),
        ({"seed": -1}, "^seed is -1"),
        ({"models": [small().module(0)]}, "^models has 1 entries; expected 3"),
        ({"models": [small(sizes=(6, 5, 3)).module(0)] * 3}, r"^models\[0\] is of sizes \(6, 5, 3\); .*\(6, 4, 3\)"),
        (
            {"models": [small().module(r).to((torch.float64, torch.float32)[r]) for r in (0, 1, 1)]},
            r"^models\[1\] is t",
        ),
        ({"models": [small().module(0), torch.nn.Linear(6, 3), None]}, r"^models\[1\] is a Linear"),
        ({"threads": 0}, "^threads is 0"),
        ({"momentum": 1.0}, r"^momentum is 1\.0"),
        ({"sizes": (5, 4, 3)}, r"^sizes is \(5, 4, 3\); expected 6"),
        ({"sizes": (6,)}, r"^sizes is \(6,\)"),
        ({"sizes": (6, 0, 3)}, r"^sizes is \(6, 0, 3\)"),
        ({"sizes": (6, 4, 2)}, r"^teacher_logits is \[23, 3\]; expected \[23, 2\]"),
        ({"epochs": 5.0}, r"^epochs is 5\.0; expected a whole number"),
        ({"sizes": (6, 4, 1), "objective": SoftTargets(1.0)}, "^sizes ends in 1; "),
        ({"objective": Halved()}, r"^Halved\(\) changes the value and keeps the gradient"),
        ({"objective": HardLabels(), "sizes": (6, 4, 2)}, r"^labels holds \[2\]; expected class indices 0 to 1"),
        ({"teacher_logits": None}, "^teacher_logits is missing"),
        ({"teacher_logits": TEACHERS[:2]}, r"^teacher_logits is \[2, 23, 3\]; expected \[23, 3\], or \[3, 23, 3\]"),
        ({"teacher_logits": TEACHERS[0, :9]}, r"^teacher_logits is \[9, 3\]"),
        ({"teacher_logits": torch.full((ROWS, 3), NAN)}, "^teacher_logits holds NaN"),
        ({"teacher_logits": torch.softmax(TEACHERS[0], -1)}, "^teacher_logits look like probabilities"),
        ({"teacher_logits": small().module(0)}, "^teacher_logits is MLP; expected"),
        ({"data": People(PEOPLE.x, PEOPLE.y - 1), "objective": HardLabels()}, r"^labels holds \[-1\]; expected"),
        ({"data": People(PEOPLE.x.long(), PEOPLE.y)}, "^data: x is torch.int64"),
        ({"data": People(PEOPLE.x, PEOPLE.y == 1), "objective": HardLabels()}, "^data: y is torch.bool"),
        ({"data": People(OWN_X, PEOPLE.y.expand(3, -1) == 1), "objective": HardLabels()}, "^data: y is torch.bool"),
        ({"data": People(OWN_X, 1.0 * PEOPLE.y.expand(3, -1)), "objective": HardLabels()}, "^data: y is torch.float"),
        ({"data": People(OWN_X.where(OWN_X < 0.5, NAN), PEOPLE.y.expand(3, -1))}, "^data: x holds nan"),
        ({"data": People(PEOPLE.x, PEOPLE.y[:5])}, r"^data: x is \[23, 6\] and y is \[5\]"),
        ({"data": People(PEOPLE.x.expand(2, -1, -1), PEOPLE.y.expand(2, -1))}, r"^data: x is \[2, 23, 6\].*\[3, n"),
    ],
    ids=lambda part: part if isinstance(part, str) else "-",
)
def test_unusable_arguments_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        small(**change)


@pytest.mark.parametrize("objective", [torch.nn.MSELoss(), HardLabels], ids=str)
def test_only_objectives_with_a_closed_form_are_taken(objective):
    with pytest.raises(TypeError, match=r"^objective is .*; expected one of kdlib\.objectives"):
        small(objective)


@pytest.mark.parametrize("shape", [(6,), (4, 5), (2, 4, 6), (1, 3, 4, 6)], ids=str)
def test_logits_of_rows_that_do_not_fit(shape):
    with pytest.raises(ValueError, match=r"^x is .*; expected \[n, 6\] or \[3, n, 6\]"):
        small().logits(torch.zeros(shape))


def test_a_frozen_copy_keeps_what_had_diverged():
    people = sample_people(20, 0)
    cohort = Cohort((6, 8, 3), people, LogitMatching(), runs=2, teacher_logits=torch.ones(20, 3), lr=[0.01, 1e6])
    frozen = cohort.frozen()
    for _ in cohort.learn(20):
        pass
    assert cohort.diverged.tolist() == [False, True] and frozen.diverged.tolist() == [False, False]


def test_a_frozen_cohort_does_not_learn_and_leaves_the_other_alone():
    cohort = train_cohort((6, 4, 3), PEOPLE, HardLabels(), runs=2, epochs=2)
    before = cohort.logits(PEOPLE.x).clone()
    with pytest.raises(ValueError, match="this cohort is frozen and does not learn"):
        list(cohort.frozen().learn(3))
    list(copy.deepcopy(cohort).learn(3))
    assert torch.equal(cohort.logits(PEOPLE.x), before)


class WeightedLabels(HardLabels):
    """Labels that count differently, with a weight for each class and not for each run."""

    def __init__(self):
        self.weights = torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64)

    def value(self, z, labels, v=None):
        labels = labels.expand(z.shape[:-1])
        surprise = -torch.log_softmax(z, -1).gather(-1, labels[..., None]).squeeze(-1)
        return (self.weights[labels] * surprise).mean(-1)

    def targets(self, labels, v, classes, dtype):
        return *super().targets(labels, v, classes, dtype), self.weights[labels][..., None].to(dtype)

    def residual(self, z, one_hot, weights):
        return weights * super().residual(z, one_hot)


def test_an_objective_may_hold_a_tensor_that_is_no_setting_per_run():
    assert train_cohort((6, 4, 3), PEOPLE, WeightedLabels(), runs=2, epochs=1).epoch == 1


@pytest.mark.parametrize("changes", [{"streams": [0.2, 0.7]}, {"seed": 1.5}, {"streams": []}])
def test_streams_and_seeds_are_whole_numbers_one_per_run(changes):
    with pytest.raises(ValueError, match=r"^(streams|seed) (is|has)"):
        Cohort((6, 4, 3), PEOPLE, HardLabels(), runs=2, **changes)


def test_a_cohort_trains_in_inference_mode():
    expected = train_cohort((6, 4, 3), PEOPLE, HardLabels(), runs=2, epochs=2).logits(PEOPLE.x)
    with torch.inference_mode():
        found = train_cohort((6, 4, 3), PEOPLE, HardLabels(), runs=2, epochs=2).logits(PEOPLE.x)
    assert torch.equal(found, expected)


@pytest.mark.parametrize("kind", [np.int64, np.uint8])
def test_numbers_of_numpy_are_numbers(kind):
    people, settings = sample_people(30, 1), {"runs": 2, "batch_size": 7, "seed": 250, "epochs": 2, "threads": 1}
    mine = train_cohort((6, 4, 3), people, HardLabels(), **{name: kind(value) for name, value in settings.items()})
    expected = train_cohort((6, 4, 3), people, HardLabels(), **settings)
    assert torch.equal(mine.logits(people.x), expected.logits(people.x))
