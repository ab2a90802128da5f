"""Sweeps: the rows are those of single trainings, in one process, in many and on a cluster that loses a worker."""

import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path

import pytest
import torch

from kdlib import HardLabels, LogitMatching, Mixed, SoftTargets, sample_people, sweeps
from kdlib.cohort import Cohort, train_cohort
from kdlib.metrics import agreement, nll, top1
from kdlib.sweeps import sweep
from kdlib.worlds.people import People

TRAIN, TEST = sample_people(30, seed=1, dtype=torch.float64), sample_people(50, seed=2, dtype=torch.float64)
TEACHER = 2 * torch.randn(30, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
METRICS = {"accuracy": partial(top1, labels=TEST.y), "nll": partial(nll, labels=TEST.y)}
GRID = {"temperature": [1.0, 4.0], "alpha": [0.0, 0.5], "lr": [0.05, 0.01], "hidden": [4, (3, 3)], "seeds": 3}


def small(objective=Mixed, **changes):
    given = {"x": TEST.x, "metrics": METRICS, "teacher_logits": TEACHER, "epochs": 5, **changes}
    return sweep(given.pop("data", TRAIN), objective, **given)


def test_one_row_for_each_combination_and_seed_in_a_fixed_order():
    rows = small(**GRID)
    keys = ["hidden", "temperature", "alpha", "lr", "seed"]
    expected = [
        (hidden, temperature, alpha, lr, seed)
        for hidden in (4, (3, 3)) for temperature in (1.0, 4.0) for alpha in (0.0, 0.5)
        for lr in (0.05, 0.01) for seed in range(3)
    ]  # fmt: skip
    assert [tuple(row[key] for key in keys) for row in rows] == expected
    assert list(rows[0]) == [*keys, "diverged", "accuracy", "nll"]
    assert type(rows[0]["nll"]) is float and rows[0]["diverged"] is False


@pytest.mark.parametrize("at_once", [5, 64])
def test_a_row_is_what_training_that_student_alone_gives(at_once):
    for row in small(**GRID, at_once=at_once)[::7]:
        widths = row["hidden"] if isinstance(row["hidden"], tuple) else (row["hidden"],)
        alone = train_cohort(
            (6, *widths, 3), TRAIN, Mixed(row["alpha"], row["temperature"]), runs=1, streams=[row["seed"]],
            teacher_logits=TEACHER, lr=row["lr"], epochs=5,
        )  # fmt: skip
        assert row["nll"] == pytest.approx(nll(alone.logits(TEST.x), TEST.y).item(), abs=1e-9)


def test_only_settings_that_were_given_are_columns():
    further = {"batch_size": 5, "momentum": 0.5}
    rows = small(LogitMatching(), seeds=[7, 3], **further)
    assert [(row["hidden"], row["lr"], row["seed"]) for row in rows] == [(8, 0.005, 7), (8, 0.005, 3)]
    assert not {"temperature", "alpha"} & set(rows[0])
    own = {"runs": 1, "streams": [3], "teacher_logits": TEACHER, "epochs": 5}
    alone = train_cohort((6, 8, 3), TRAIN, LogitMatching(), **own, **further)
    assert rows[1]["nll"] == pytest.approx(nll(alone.logits(TEST.x), TEST.y).item(), abs=1e-9)


def test_lists_may_be_tensors_ranges_or_single_values():
    rows = small(SoftTargets, temperature=torch.tensor([1.0, 2.0]), hidden=range(2, 4), lr=0.01, seeds=1)
    assert [(row["hidden"], row["temperature"]) for row in rows] == [(2, 1.0), (2, 2.0), (3, 1.0), (3, 2.0)]


def test_rows_and_teacher_of_its_own_for_each_seed():
    seeds = [9, 4]
    x, y = torch.stack([TRAIN.x, TRAIN.x.flip(0)]), torch.stack([TRAIN.y, TRAIN.y.flip(0)])
    teachers = torch.stack([TEACHER, -TEACHER])
    rows = small(SoftTargets, data=People(x, y), teacher_logits=teachers, seeds=seeds, temperature=[1, 2], at_once=3)
    for row in rows:
        i = seeds.index(row["seed"])
        alone = train_cohort(
            (6, 8, 3), People(x[i], y[i]), SoftTargets(row["temperature"]), runs=1, streams=[row["seed"]],
            teacher_logits=teachers[i], epochs=5,
        )  # fmt: skip
        assert row["nll"] == pytest.approx(nll(alone.logits(TEST.x), TEST.y).item(), abs=1e-9)


def test_a_diverged_student_is_a_marked_row():
    rows = small(LogitMatching(), lr=[0.01, 1e200], seeds=2)
    assert [row["diverged"] for row in rows] == [False, False, True, True]


def test_the_bar_counts_epochs(capsys):
    small(HardLabels(), hidden=[2, 3], seeds=2, progress=True)
    assert "/10 " in capsys.readouterr().err


# --- elsewhere ------------------------------------------------------------------------------------------------------


def same(rows, expected):
    assert [{k: v for k, v in row.items() if k != "nll"} for row in rows] == [
        {k: v for k, v in row.items() if k != "nll"} for row in expected
    ]
    assert [row["nll"] for row in rows] == pytest.approx([row["nll"] for row in expected], abs=1e-9)


def test_threads_give_the_same_rows():
    with ThreadPoolExecutor(2) as executor:
        same(small(**GRID, at_once=5, executor=executor), small(**GRID))


def test_processes_give_the_same_rows_in_one_thread_each(tmp_path):
    metrics = METRICS | {"threads": partial(thread_count, folder=tmp_path)}
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        rows = small(**GRID, at_once=20, metrics=metrics, executor=executor)
    assert {row.pop("threads") for row in rows} == {1}
    assert str(os.getpid()) not in {path.name for path in tmp_path.iterdir()}
    same(rows, small(**GRID))


def thread_count(logits, folder):
    (folder / str(os.getpid())).touch()
    return torch.full(logits.shape[:1], torch.get_num_threads())


def test_what_fails_elsewhere_is_raised_and_the_rest_is_cancelled():
    class Executor:
        def __init__(self):
            self.futures = []

        def submit(self, function, *work):
            future = Future()
            if self.futures:
                future.set_running_or_notify_cancel() if len(self.futures) == 1 else None
            else:
                future.set_exception(RuntimeError("lost"))
            self.futures.append(future)
            return future

    executor = Executor()
    with pytest.raises(RuntimeError, match="lost"):
        small(**GRID, at_once=5, executor=executor)
    assert len(executor.futures) > 3
    assert all(future.cancelled() for future in executor.futures[2:])


@pytest.fixture(scope="module")
def cluster():
    """A Dask cluster of two worker processes on this machine."""
    distributed = pytest.importorskip("distributed")
    settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
    with distributed.LocalCluster(**settings, silence_logs=50) as cluster, distributed.Client(cluster) as client:
        yield client


def test_a_cluster_gives_the_same_rows(cluster):
    same(small(**GRID, at_once=5, executor=cluster.get_executor()), small(**GRID))


def test_a_killed_worker_loses_nothing(cluster, tmp_path):
    metrics = METRICS | {"agreement": partial(dies_once, marker=tmp_path / "died")}
    rows = small(**GRID, at_once=5, metrics=metrics, executor=cluster.get_executor())
    assert (tmp_path / "died").exists()
    (tmp_path / "died").touch()
    same(rows, small(**GRID, metrics=metrics))


def dies_once(logits, marker: Path):
    """A metric that kills the process it is computed in, the first time, when training is already done."""
    if not marker.exists():
        marker.touch()
        os._exit(1)
    return agreement(logits, TEST.x[:, :3])


# --- work that is broken off ---------------------------------------------------------------------------------------


def fails_for_few(logits, error):
    """A metric that fails in the second cohort, which has 4 students; the first has 5."""
    if len(logits) < 5:
        raise error
    return logits[:, 0, 0]


BROKEN_OFF = {"temperature": 1.0, "alpha": 0.5, "seeds": 9, "at_once": 5}


def test_ctrl_c_returns_what_is_finished():
    metrics = {"first": partial(fails_for_few, error=KeyboardInterrupt)}
    with pytest.warns(UserWarning, match="stopped by Ctrl-C; the sweep returns the rows of the 5 of 9 students"):
        rows = small(**BROKEN_OFF, metrics=metrics)
    assert [row["seed"] for row in rows] == [0, 1, 2, 3, 4]


def test_an_error_keeps_what_is_finished():
    metrics = {"first": partial(fails_for_few, error=ZeroDivisionError("no")), "nll": METRICS["nll"]}
    with pytest.raises(ZeroDivisionError, match="no") as raised:
        small(**BROKEN_OFF, metrics=metrics)
    assert [row["seed"] for row in raised.value.rows] == [0, 1, 2, 3, 4]
    assert "the rows of the 5 of 9 students that are finished" in raised.value.__notes__[0]


def test_a_dead_worker_process_costs_only_its_own_students():
    metrics = {"nll": METRICS["nll"], "dead": dies_for_few}
    told = pytest.warns(UserWarning, match="a worker process that died; the sweep returns .* 5 of 9 students")
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor, told:
        rows = small(**BROKEN_OFF, metrics=metrics, executor=executor)
    assert [row["seed"] for row in rows] == [0, 1, 2, 3, 4]


def dies_for_few(logits):
    if len(logits) < 5:
        os._exit(1)
    return logits[:, 0, 0]


def test_a_pool_that_dies_before_anything_is_finished_is_an_error():
    process = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=process) as executor, pytest.raises(BrokenProcessPool):
        small(**BROKEN_OFF | {"seeds": 4}, metrics={"dead": dies_for_few}, executor=executor)


def test_as_many_are_trained_at_once_as_fit_into_memory(monkeypatch):
    sizes = []

    def counted(*given, runs, **settings):
        sizes.append(runs)
        return Cohort(*given, runs=runs, **settings)

    monkeypatch.setattr(sweeps, "Cohort", counted)
    every = {"temperature": 1.0, "alpha": 0.5, "seeds": 9}
    expected = small(**every)
    monkeypatch.setattr(sweeps, "free_memory", lambda: 4 * 3 * 3 * 30 * (7 + 6) * 8)
    same(small(**every), expected)
    assert sizes[0] == 9 and 1 <= max(sizes[1:]) < 9 and sum(sizes[1:]) == 9


# --- bad input ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperature": []}, "^temperature is empty"),
        ({"hidden": []}, "^hidden is empty"),
        ({"seeds": 0}, "^seeds is 0; expected 1 or more"),
        ({"temperature": [1.0, -1.0]}, "^temperature is"),
        ({"alpha": 2.0}, "^alpha is"),
        ({"lr": [0.1, 0.0]}, "^lr is"),
        ({"hidden": 0}, r"^sizes is \(6, 0, 3\)"),
        ({"seeds": [-1]}, "^seeds is -1; expected 0 or more"),
        ({"at_once": 0}, "^at_once is 0; expected 1 or more"),
        ({"objective": SoftTargets(1.0)}, "^objective is SoftTargets.*; expected a class"),
        ({"teacher_logits": TEACHER.expand(2, -1, -1)}, r"^teacher_logits is \[2, 30, 3\]; expected 3 entries"),
        ({"data": People(TRAIN.x.expand(2, -1, -1), TRAIN.y.expand(2, -1))}, r"^data\.x is \[2, 30, 6\]; expected 3"),
        ({"metrics": {"mean": torch.mean}}, r"^metrics: mean gave \[\]; expected \[3\], one value per run"),
        ({"classes": 2}, r"^labels holds \[2\]; expected class indices 0 to 1"),
    ],
    ids=lambda part: part if isinstance(part, str) else "-",
)
def test_unusable_arguments_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        small(**{"temperature": 1.0, "alpha": 0.5, "seeds": 3, **change})


def test_a_seed_twice_and_a_taken_name_are_refused():
    people = sample_people(20, 0)
    with pytest.raises(ValueError, match="expected each seed once"):
        sweep(people, HardLabels(), x=people.x, metrics={}, seeds=[5, 5], epochs=1)
    with pytest.raises(ValueError, match="metrics names diverged, seed;"):
        sweep(people, HardLabels(), x=people.x, metrics={"seed": len, "diverged": len}, seeds=2, epochs=1)


def test_metrics_may_give_lists_and_a_number_is_named():
    assert [row["a"] for row in small(**GRID, metrics={"a": lambda logits: [0.5] * len(logits)})] == [0.5] * 48
    with pytest.raises(ValueError, match=r"metrics: a gave \[\]; expected \[24\], one value per run"):
        small(**GRID, metrics={"a": lambda logits: 0.5})


def test_features_may_be_an_array_and_anything_else_is_named_before_training(monkeypatch):
    assert small(**GRID, x=TEST.x.numpy()) == small(**GRID)
    monkeypatch.setattr(sweeps, "_train", None)
    with pytest.raises(TypeError, match=r"x is .*; expected numbers"):
        small(**GRID, x=TEST)


def test_seeds_are_whole_numbers():
    with pytest.raises(ValueError, match=r"seeds is 0\.2; expected a whole number"):
        small(**GRID | {"seeds": [0.2, 0.7]})
    assert {row["seed"] for row in small(**GRID | {"seeds": torch.arange(2)})} == {0, 1}


@pytest.mark.parametrize(
    ("objective", "settings", "message"),
    [
        (SoftTargets, {}, "objective is SoftTargets and the sweep's settings for it are none; expected a class"),
        (SoftTargets, {"temperature": 1, "alpha": 0.5}, "settings for it are temperature and alpha; expected"),
        ("soft", {}, "objective is 'soft'"),
    ],
)
def test_a_class_that_the_settings_do_not_make_is_named_before_training(monkeypatch, objective, settings, message):
    monkeypatch.setattr(sweeps, "_train", None)
    with pytest.raises(TypeError, match=message):
        sweep(TRAIN, objective, x=TEST.x, metrics={}, seeds=2, teacher_logits=TEACHER, **settings)


def test_an_objective_for_many_runs_would_hide_its_settings_in_the_seeds():
    with pytest.raises(ValueError, match=r"expected its class, with the settings as lists of the sweep"):
        sweep(TRAIN, SoftTargets([1.0, 4.0]), x=TEST.x, metrics={}, seeds=2, teacher_logits=TEACHER)


@pytest.mark.parametrize("seeds", [None, 2.0, True])
def test_seeds_are_a_number_or_a_list(seeds):
    with pytest.raises(ValueError, match=f"seeds is {seeds}; expected a whole number"):
        small(**GRID | {"seeds": seeds})


def test_a_metric_that_works_in_place_changes_no_other_metric():
    def wiped(logits):
        return logits.zero_().sum((1, 2))

    def least(logits):
        return logits.amin((1, 2))

    both = small(**GRID, metrics={"wiped": wiped, "least": least})
    assert [row["least"] for row in both] == [row["least"] for row in small(**GRID, metrics={"least": least})]
