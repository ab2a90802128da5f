"""The people and the world they are drawn from: schema, encoding, sampling and the true class probabilities.

Every person is invented. The world is a formula, so the probability of each class given the other columns is known,
and a network can be measured against the truth. Taught in chapter 01.
"""

import functools
from typing import NamedTuple

import torch

from kdlib.arguments import check_floating, tensor_of, whole_number
from kdlib.worlds.labelled_rows import LabelledRows

SEXES = ("male", "female")
STATES = ("michigan", "nebraska", "oklahoma")
POLITICS = ("conservative", "moderate", "liberal")
COLUMNS = ("sex", "age", *STATES, "income")
AGES = range(18, 81)
INCOMES = range(20_000, 90_001, 100)

# The seed of the files in data/: an unlikely number, so that nobody's fresh sample repeats the training rows.
DATA_SEED, TRAIN_ROWS, TEST_ROWS = 20_261, 200, 40


class Record(NamedTuple):
    """One person before encoding; ``age`` in years, ``income`` in dollars a year. Chapter 01."""

    sex: str
    age: float
    state: str
    income: float
    politics: str


class People(LabelledRows):
    """Encoded people: features ``x`` [n, 6] and class indices ``y`` [n] int64; columns as in `encode`.

    Not used in a chapter by its name.
    """

    def records(self) -> list[Record]:
        """The people as they were before encoding: `encode` undone."""
        return [_decode(x, y) for x, y in zip(self.x.tolist(), self.y.tolist(), strict=True)]


def encode(record: Record) -> list[float]:
    """Six numbers for one person: sex -1/+1, age/100, the state as one-hot (3 columns), income/100,000.

    Raises `ValueError` for a sex or a state that is not in `SEXES` and `STATES`. Chapter 01.
    """
    if record.sex not in SEXES or record.state not in STATES:
        raise ValueError(f"expected a sex of {SEXES} and a state of {STATES}, got {record.sex!r}, {record.state!r}")
    sex = -1.0 if record.sex == "male" else 1.0
    one_hot = [float(record.state == state) for state in STATES]
    return [sex, record.age / 100, *one_hot, record.income / 100_000]


def _decode(x: list[float], y: int) -> Record:
    sex, age, *state, income = x
    return Record(
        SEXES[sex > 0], round(age * 100), STATES[state.index(max(state))], round(income * 100_000), POLITICS[y]
    )


def scores(x: torch.Tensor) -> torch.Tensor:
    """The world's rule: a score for each class, [..., 6] -> [..., 3]; `posterior` is ``softmax(3 * scores)``."""
    sex, age, michigan, nebraska, oklahoma, income = x.unbind(-1)
    u, v = (age - 0.49) / 0.18, (income - 0.55) / 0.20
    conservative = 0.9 * u + 0.9 * v + 0.7 * nebraska - 0.3 * michigan - 0.35 * sex + 0.5 * u * v * oklahoma
    liberal = -1.0 * u - 0.7 * v + 0.7 * michigan - 0.3 * nebraska + 0.45 * sex - 0.4 * (u - 1).clamp(min=0)
    moderate = 0.8 * torch.exp(-(u**2)) + 0.6 * torch.exp(-((v + 0.2) ** 2)) - 0.5 + 0.25 * oklahoma
    return torch.stack([conservative, moderate, liberal], dim=-1)


def posterior(x: torch.Tensor) -> torch.Tensor:
    """The true class probabilities p(politics | x): encoded people [..., 6] -> [..., 3], rows sum to 1. Chapter 01.

    Raises `ValueError` for another number of columns.
    """
    x = tensor_of(x, "x")
    if x.shape[-1:] != (len(COLUMNS),):
        raise ValueError(f"x is {list(x.shape)}; expected encoded people [..., {len(COLUMNS)}]")
    p = torch.softmax(3 * scores(x.double()), dim=-1)
    return p.to(x.dtype) if x.is_floating_point() else p


def sample_people(n: int, seed: int, dtype: torch.dtype = torch.float32, runs: int | None = None) -> People:
    """Draw ``n`` people from the world.

    Sex, age (years 18 to 80), state and income (20,000 to 90,000 by the hundred) are uniform and independent; politics
    is drawn from `posterior`. Five uniform numbers make one person, so person i is the same whatever ``n`` is.
    With ``runs``, people of its own for each run: ``x`` [runs, n, 6] and ``y`` [runs, n], run r from ``seed + r``.
    Raises `ValueError` for ``n`` or ``runs`` below 1, a seed below 0 and a dtype of whole numbers. Chapters 01 to 03.
    """
    n, seed = whole_number(n, "n", 1, what=" people"), whole_number(seed, "seed", 0)
    check_floating(dtype)
    if runs is not None:
        draws = [sample_people(n, seed + r, dtype) for r in range(whole_number(runs, "runs", 1))]
        return People(torch.stack([d.x for d in draws]), torch.stack([d.y for d in draws]))
    u = torch.rand(n, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    sex = 1.0 - 2.0 * (u[:, 0] < 0.5)
    age = (AGES.start + (u[:, 1] * len(AGES)).floor()) / 100
    state = torch.nn.functional.one_hot((u[:, 2] * len(STATES)).long(), len(STATES))
    income = (INCOMES.start + INCOMES.step * (u[:, 3] * len(INCOMES)).floor()) / 100_000
    x = torch.column_stack([sex, age, state, income])
    y = (u[:, 4:] > posterior(x).cumsum(-1)[:, :-1]).sum(-1)
    return People(x.to(dtype), y)


class Census(NamedTuple):
    """Every kind of person once: features ``x`` [n, 6] and true class probabilities ``p`` [n, 3].

    Not used in a chapter by its name.
    """

    x: torch.Tensor
    p: torch.Tensor


@functools.lru_cache(maxsize=8)
def census(dtype: torch.dtype = torch.float32, *, years: int = 1, dollars: int = 700) -> Census:
    """The world enumerated evenly, with the true class probabilities: a mean over it is exact, without test noise.

    Both sexes, the three states, and the middle of every band of ``years`` and of ``dollars``: 37,800 kinds of people.
    ``dollars=100`` is all 264,978. For one network, accuracy on the 37,800 lies within 0.0005 of that of all, and
    agreement within 0.001; ``years=3, dollars=2_000`` is a coarse grid of 4,410 for what is measured many times:
    accuracy within 0.002, agreement within 0.005. Means over networks are nearer: within 0.0002 and 0.0005.
    Raises `ValueError` for bands that are not whole years or hundreds of dollars, and a dtype of whole numbers. The
    result is kept: do not write into it. Chapter 01.
    """
    years = whole_number(years, "years", 1, len(AGES))
    check_floating(dtype)
    if dollars % INCOMES.step or not 0 < dollars <= len(INCOMES) * INCOMES.step:
        raise ValueError(f"dollars is {dollars}; expected a multiple of {INCOMES.step} from {INCOMES.step} to 70,100")
    band = int(dollars // INCOMES.step)
    kinds = torch.cartesian_prod(
        torch.tensor([-1.0, 1.0], dtype=torch.float64),
        torch.tensor(AGES[years // 2 :: years], dtype=torch.float64) / 100,
        torch.arange(len(STATES), dtype=torch.float64),
        torch.tensor(INCOMES[band // 2 :: band], dtype=torch.float64) / 100_000,
    )
    sex, age, state, income = kinds.unbind(-1)
    x = torch.column_stack([sex, age, torch.nn.functional.one_hot(state.long()), income])
    return Census(x.to(dtype), posterior(x).to(dtype))
