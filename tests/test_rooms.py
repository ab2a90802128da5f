"""The house stands in order: `python -m tools.rooms` finds nothing, and would find what it is there to find."""

from tools.rooms import imports, problems, room_of, used_outside

STANDS = {"worlds.people": set(), "models": {"worlds.people"}, "widgets.lab": {"models"}, "commands.demo": {"models"}}
USED = {"widgets.lab", "commands.demo"}


def test_no_import_climbs_no_circle_and_every_module_has_a_user():
    assert problems(imports(), used_outside()) == []


def test_every_module_is_drawn_with_what_it_imports():
    of = imports()
    assert {"objectives", "cohort_inputs"} <= of["cohort"] and room_of("cohort") == "library"
    assert room_of("__main__") == "commands" and room_of("worlds.people") == "worlds"


def test_an_import_that_climbs_is_told():
    assert problems(STANDS, USED) == []
    climbing = STANDS | {"worlds.people": {"models"}, "models": set()}
    assert problems(climbing, USED | {"worlds.people"}) == [
        "kdlib.worlds.people (worlds) imports kdlib.models (library), which lies above it"
    ]


def test_a_circle_is_told():
    (said,) = problems(STANDS | {"models": {"metrics"}, "metrics": {"models"}}, USED | {"worlds.people"})
    assert said in (
        "a circle of imports: models -> metrics -> models",
        "a circle of imports: metrics -> models -> metrics",
    )


def test_a_module_without_a_user_is_told():
    assert problems(STANDS, {"commands.demo"}) == ["kdlib.widgets.lab serves nobody but its own tests"]
