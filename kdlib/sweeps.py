"""Lists of settings in, one tidy row per trained student out: in one process, in many or on a cluster. Chapter 05."""

import multiprocessing
import warnings
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import BrokenExecutor, Executor
from itertools import product
from typing import Any

import torch
from torch import Tensor

from kdlib.arguments import tensor_of, whole_number
from kdlib.cohort import Cohort
from kdlib.cohort_layout import fitting_runs
from kdlib.memory import free_memory
from kdlib.objectives import Objective, PerRun
from kdlib.worlds.people import People


def sweep(
    data: Any, objective: Objective | type[Objective], *, x: Tensor, metrics: dict[str, Callable[[Tensor], Tensor]],
    seeds: int | Iterable[int] = 32, hidden: int | tuple[int, ...] | Sequence = 8, temperature: PerRun | None = None,
    alpha: PerRun | None = None, lr: PerRun = 0.005, teacher_logits: Tensor | None = None, classes: int = 3,
    epochs: int = 2000, at_once: int | None = None, executor: Executor | None = None, progress: bool = False,
    **settings,
) -> list[dict]:  # fmt: skip
    """Train a student for every combination of the lists and every seed; return one row each, settings and metrics::

        rows = sweep(train, Mixed, temperature=[1, 4], alpha=[0, 0.5, 1], seeds=32, teacher_logits=v,
                     x=test.x, metrics={"accuracy": partial(top1, labels=test.y)})

    gives 192 rows such as {"hidden": 8, "temperature": 1, "alpha": 0, "lr": 0.005, "seed": 0, "diverged": False,
    "accuracy": 0.78}.

    ``temperature``, ``alpha``, ``lr`` and ``hidden`` are a value or a list of them; a hidden value is a width or, for
    several layers, a tuple such as (10, 10). ``objective`` is ready, as ``LogitMatching()``, or a class that is called
    with the temperature and alpha given. ``seeds`` is a number of seeds or a list: a seed is the stream a student draws
    from (see `Cohort`), so rows of one seed and width are pairs. ``metrics`` maps a column to a function from the
    logits for ``x``, [runs, n, C], to [runs]. ``data.x``, ``data.y`` and ``teacher_logits`` may have a leading
    dimension with one entry per seed. ``settings`` are further ones of `Cohort`, such as ``batch_size``.

    Cohorts of ``at_once`` students are trained one after the other: 64, or fewer where that many would take more than
    a quarter of the memory that is free. ``executor`` trains them elsewhere; the rows are the same. The work is pickled
    on its way to a process: metrics are then functions of a module or `functools.partial` of them. A Dask cluster is
    used through ``client.get_executor()``, where a worker that dies is replaced and its work done again.

    Ctrl-C, or a pool of processes that has lost one, ends the sweep with a warning, and the rows of the cohorts that
    are finished are returned. An exception in the work is raised, with those rows as its attribute ``rows``.
    Chapter 05.
    """
    seeds = seeds if isinstance(seeds, Iterable) else range(whole_number(seeds, "seeds", 1))
    seeds = [whole_number(seed, "seeds", 0) for seed in seeds]
    x = tensor_of(x, "x")
    lists = {"temperature": temperature, "alpha": alpha, "lr": lr}
    lists = {name: _listed(values) for name, values in lists.items() if values is not None}
    widths = [hidden] if isinstance(hidden, tuple) else _listed(hidden)
    for name, values in {"hidden": widths, **lists, "seeds": seeds}.items():
        if not values:
            raise ValueError(f"{name} is empty; expected at least one value")
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds is {seeds}; expected each seed once")
    if taken := {"hidden", *lists, "seed", "diverged"} & set(metrics):
        raise ValueError(f"metrics names {', '.join(sorted(taken))}; expected names that are no column of the rows yet")
    if at_once is None:
        at_once = _fitting(data, classes)
    whole_number(at_once, "at_once", 1)
    if isinstance(objective, Objective) and (temperature is not None or alpha is not None):
        raise ValueError(f"objective is {objective}; expected a class, such as Mixed, to go with temperature or alpha")
    runs = [dict(zip((*lists, "seed"), values, strict=True)) for values in product(*lists.values(), seeds)]
    made = _objective_of(objective, runs[:1])
    if made is objective and any(isinstance(setting, Tensor) for setting in made.run_settings.values()):
        raise ValueError(f"objective is {objective}; expected its class, with the settings as lists of the sweep")
    batches = [runs[start : start + at_once] for start in range(0, len(runs), at_once)]
    work = [
        (objective, width, batch, *_rows_for(batch, seeds, data, teacher_logits), x, classes, metrics, epochs, settings)
        for width in widths
        for batch in batches
    ]
    rows, futures = [], []

    def finished():
        return rows + [row for future in futures if _succeeded(future) for row in future.result()]

    with _bar(len(work) * epochs, progress) as bar:
        try:
            for one in work:
                if executor is None:
                    rows += _train(*one, bar.update)
                else:
                    futures.append(executor.submit(_train_in_worker, *one))
            for future in futures:
                future.result()
                bar.update(epochs)
        except BaseException as stop:
            kept = finished()
            found = f"the rows of the {len(kept)} of {len(widths) * len(runs)} students that are finished"
            if isinstance(stop, KeyboardInterrupt) or (isinstance(stop, BrokenExecutor) and kept):
                reason = "Ctrl-C" if isinstance(stop, KeyboardInterrupt) else "a worker process that died"
                warnings.warn(f"stopped by {reason}; the sweep returns {found}", stacklevel=2)
                return kept
            if kept:
                setattr(stop, "rows", kept)  # noqa: B010 (no attribute that a checker knows)
                stop.add_note(f"The attribute rows of this exception keeps {found}.")
            raise
        finally:
            for future in futures:  # of use when one has failed
                future.cancel()
    return finished()


def _succeeded(future) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


def _fitting(data, classes) -> int:
    """How many students to train at once: 64, or as many as a quarter of the free memory holds."""
    x, free = getattr(data, "x", None), free_memory()
    if free is None or not hasattr(x, "shape"):
        return 64
    # At most, as a mixed objective with a temperature per run has it, in float64.
    return max(1, fitting_runs(64, x.shape[-2], 1 + x.shape[-1] + 2 * classes, 8, shared=False, free=free // 4))


def _train(objective, width, runs, data, teacher_logits, x, classes, metrics, epochs, settings, tick) -> list[dict]:
    """The rows of one cohort; all that happens elsewhere when there is an executor."""
    objective = _objective_of(objective, runs)
    widths = width if isinstance(width, tuple) else (width,)
    cohort = Cohort(
        (x.shape[-1], *widths, classes), data, objective, runs=len(runs), teacher_logits=teacher_logits,
        lr=[run["lr"] for run in runs], streams=[run["seed"] for run in runs], **settings,
    )  # fmt: skip
    for _ in cohort.learn(epochs):
        tick()
    logits = cohort.logits(x)
    columns = {name: tensor_of(metric(logits.clone()), f"metrics: {name}") for name, metric in metrics.items()}
    columns = {"diverged": cohort.diverged, **columns}
    for name, column in columns.items():
        if column.shape != (len(runs),):
            raise ValueError(f"metrics: {name} gave {list(column.shape)}; expected [{len(runs)}], one value per run")
    measured = zip(*(column.tolist() for column in columns.values()), strict=True)
    measured = (dict(zip(columns, values, strict=True)) for values in measured)
    return [{"hidden": width, **run, **values} for run, values in zip(runs, measured, strict=True)]


def _objective_of(objective, runs) -> Objective:
    """The objective itself, or what its class makes of the settings of the runs."""
    if isinstance(objective, Objective):
        return objective
    names = [name for name in ("temperature", "alpha") if name in runs[0]]
    try:
        return objective(**{name: [run[name] for run in runs] for name in names})
    except TypeError:
        raise TypeError(
            f"objective is {getattr(objective, '__name__', repr(objective))} and the sweep's settings for it are "
            f"{' and '.join(names) or 'none'}; expected a class that takes them, as Mixed takes temperature and alpha"
        ) from None


def _train_in_worker(*work) -> list[dict]:
    if multiprocessing.parent_process() is not None:  # a process of its own: its threads are nobody else's
        torch.set_num_threads(1)
    return _train(*work, lambda: None)


def _rows_for(runs, seeds, data, teacher_logits):
    """``data`` and ``teacher_logits`` as they are, or for each run the entry of its seed."""
    position = [seeds.index(run["seed"]) for run in runs]
    if getattr(getattr(data, "x", None), "ndim", 2) == 3:
        _check_per_seed("data.x", data.x, seeds)
        data = People(data.x[position], data.y[position])
    if getattr(teacher_logits, "ndim", 2) == 3:
        _check_per_seed("teacher_logits", teacher_logits, seeds)
        teacher_logits = teacher_logits[position]
    return data, teacher_logits


def _check_per_seed(name, values, seeds):
    if len(values) != len(seeds):
        raise ValueError(f"{name} is {list(values.shape)}; expected {len(seeds)} entries, one per seed")


def _listed(values):
    values = values.tolist() if hasattr(values, "tolist") else values  # NumPy and torch
    return list(values) if isinstance(values, Sequence) else [values]


def _bar(total, progress):
    from tqdm.auto import tqdm

    return tqdm(total=total, unit="epoch", leave=False, disable=not progress)
