"""The person explorer: one person, seen by the world, the teacher, the student and a label. Chapters 01 to 03."""

from pathlib import Path

import torch

from kdlib.figures import Picture
from kdlib.models import MLP
from kdlib.widgets.explorers import figures, settings as check
from kdlib.widgets.explorers.numbers import rounded
from kdlib.widgets.explorers.settings import Setting
from kdlib.widgets.frame import Widget
from kdlib.widgets.page import bundle
from kdlib.worlds.people import AGES, COLUMNS, INCOMES, POLITICS, SEXES, STATES, Record, encode, posterior


class PersonExplorer(Widget):
    """One person, seen by the world, the teacher, the student and a file of labels. Chapters 01 to 03.

    ``sex``, ``age`` (years), ``state`` and ``income`` (dollars a year) as in `kdlib.Record`; ``teacher`` and
    ``student`` are each an `MLP` or None. ``draw`` in [0, 1] is the uniform number that picks the label from the
    truth, as in `sample_people`. Anything else raises `ValueError`.
    """

    kind = "person"
    _esm = bundle.module(Path(__file__).with_name("person.js"))
    sex = Setting("female", check.one_of(SEXES))
    age = Setting(40, check.whole(AGES))
    state = Setting("nebraska", check.one_of(STATES))
    income = Setting(60_000, check.whole(INCOMES))
    teacher = Setting(None, check.network)
    student = Setting(None, check.network)
    draw = Setting(0.5, check.number(0, 1))

    def probabilities(self) -> dict[str, torch.Tensor]:
        """What the truth and each network give the three classes, by kdlib."""
        record = Record(self.sex, self.age, self.state, self.income, "")
        x = torch.tensor(encode(record), dtype=torch.float64)
        found = {"truth": posterior(x)}
        for name in ("teacher", "student"):
            if layers := getattr(self, name):
                found[name] = torch.softmax(_mlp(layers)(x), -1).detach()
        return found

    def label(self) -> str:
        """The class that ``draw`` picks from the truth."""
        return POLITICS[int((self.draw > self.probabilities()["truth"].cumsum(-1)[:-1]).sum())]

    def picture(self) -> Picture:
        """The same numbers as a picture that needs no browser: the explorer's static twin."""
        return figures.person(self._person(), self.probabilities(), POLITICS.index(self.label()))

    def __repr__(self) -> str:
        said = [f"{name} {rounded(p)}" for name, p in self.probabilities().items()]
        return f"PersonExplorer({self._person()}: {', '.join(said)}, label {self.label()})"

    def _person(self):
        return f"{self.sex}, {self.age} years, {self.state}, ${self.income:,} a year"


def _mlp(layers) -> MLP:
    """The network whose layers are [[W, b], ...], in double precision."""
    with torch.random.fork_rng(devices=[]):  # its first weights are replaced; nobody's draws may notice
        model = MLP(len(COLUMNS), *(len(b) for _, b in layers)).double()
    for layer, (W, b) in zip(model.layers, layers, strict=True):
        layer.weight.data, layer.bias.data = torch.tensor(W, dtype=torch.float64), torch.tensor(b, dtype=torch.float64)
    return model
