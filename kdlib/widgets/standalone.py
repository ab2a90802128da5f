"""The widgets of a page that has no kernel: one classic script, for a browser refuses modules from the file system."""

from pathlib import Path

from kdlib.widgets.explorers.figures import TEMPERATURES
from kdlib.widgets.explorers.gradient import OBJECTIVES
from kdlib.widgets.explorers.settings import LOGIT_LIMIT
from kdlib.widgets.explorers.words import COUNT
from kdlib.widgets.lab.settings import RULES
from kdlib.widgets.page import bundle
from kdlib.worlds.people import AGES, INCOMES, POLITICS, SEXES, STATES

_unit = {"low": 0, "high": 1}
_temperature = {"setting": "temperature", "low": TEMPERATURES[0].item(), "high": TEMPERATURES[-1].item()}
_logits = {"low": -LOGIT_LIMIT, "high": LOGIT_LIMIT}
# What an address may set, by explorer and name: the explorer's setting and the values that it accepts.
ADDRESS = {
    "gradient": {
        "objective": {"setting": "objective", "choices": OBJECTIVES},
        "T": _temperature,
        "alpha": {"setting": "alpha", **_unit},
        "label": {"setting": "label", "choices": POLITICS, "index": True},
        "z": {"setting": "student_logits", **_logits},
        "v": {"setting": "teacher_logits", **_logits},
    },
    "temperature": {"T": _temperature, "chosen": {"setting": "chosen", "rows": "people"}},
    "person": {
        "sex": {"setting": "sex", "choices": SEXES},
        "age": {"setting": "age", "low": AGES[0], "high": AGES[-1], "whole": True},
        "state": {"setting": "state", "choices": STATES},
        "income": {"setting": "income", "low": INCOMES[0], "high": INCOMES[-1], "whole": True},
        "draw": {"setting": "draw", **_unit},
    },
    "words": {
        "dial": {"setting": "dial", **_unit},
        "language": {"setting": "language", "low": 0, "high": COUNT - 1, "whole": True},
    },
    "lab": {name: {"setting": name, **rule._asdict()} for name, rule in RULES.items()},
}


def script() -> str:
    """The whole script: it starts every widget of a page from the state that stands in it. Not used in a chapter."""
    here = Path(__file__)
    worker = bundle.script(here.parent / "lab" / "work.js")
    return bundle.script(here.with_suffix(".js"), rules=ADDRESS, worker=worker)
