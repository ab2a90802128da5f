"""Explorers: their formulas in the browser's language equal kdlib's, and they say what they show."""

import json
import re
from html.parser import HTMLParser

import pytest
import torch

pytest.importorskip("anywidget")

import kdlib
from kdlib import metrics, simplex, widgets
from kdlib.widgets import GradientExplorer, PersonExplorer, TemperatureExplorer
from kdlib.widgets.explorers import numbers
from kdlib.widgets.explorers.gradient import OBJECTIVES
from kdlib.worlds.people import POLITICS
from tests.support.node import PAGE, call

EXPLORERS = PAGE.parent / "explorers"
NUMBERS, WORLD, OBJECTIVE = (PAGE / f"{name}.js" for name in ("numbers", "people", "objectives"))
GRADIENT, VIEW, TEMPERATURE, PERSON = (
    EXPLORERS / f"{name}.js" for name in ("gradient", "gradient_view", "temperature", "person")
)
KDLIB = {
    "labels": lambda T, alpha: kdlib.HardLabels(),
    "log-probs": lambda T, alpha: kdlib.LogProbMatching(),
    "logits": lambda T, alpha: kdlib.LogitMatching(),
    "logits centred": lambda T, alpha: kdlib.LogitMatching(centred=True),
    "soft targets": lambda T, alpha: kdlib.SoftTargets(T),
    "mixed": lambda T, alpha: kdlib.Mixed(alpha, T),
    "reverse KL": lambda T, alpha: kdlib.ReverseKL(T),
}


@pytest.fixture
def browser_code():
    """Call functions of a page's module: ``run(module, [[name, argument, ...], ...])`` in Node."""
    return call


def equal(found, expected):
    found, expected = (torch.as_tensor(numbers, dtype=torch.float64) for numbers in (found, expected))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-9)


def states(n, seed):
    """Random settings of the gradient explorer, all objectives in turn."""
    generator = torch.Generator().manual_seed(seed)
    z, v = (12 * torch.rand(2, n, 3, generator=generator, dtype=torch.float64) - 6).tolist()
    for k in range(n):
        T, alpha = torch.rand(2, generator=generator, dtype=torch.float64).tolist()
        label = torch.randint(3, (), generator=generator).item()
        T = 2 ** (7 * T - 2)
        name = OBJECTIVES[k % len(OBJECTIVES)]
        yield {"objective": name, "z": z[k], "v": v[k], "label": label, "T": T, "alpha": alpha}


def gradient(s, z):
    v = torch.tensor([s["v"]], dtype=torch.float64).expand_as(z)
    labels = torch.full((len(z),), s["label"])
    return KDLIB[s["objective"]](s["T"], s["alpha"]).logit_gradient(z, labels=labels, teacher_logits=v) * len(z)


def moved(s, p):
    q = torch.tensor(s["v"], dtype=torch.float64).softmax(-1)
    return simplex.movement(KDLIB[s["objective"]](s["T"], s["alpha"]), p, s["label"], q)


def test_every_gradient_is_that_of_kdlib(browser_code):
    cases = list(states(120, 0))
    found = browser_code(OBJECTIVE, [["gradient", s] for s in cases])
    equal(found, torch.cat([gradient(s, torch.tensor([s["z"]], dtype=torch.float64)) for s in cases]))


def test_the_arrows_are_those_of_the_printed_field(browser_code):
    cases, p = list(states(12, 1)), simplex.grid(7)
    found = browser_code(GRADIENT, [["movement", point, s] for s in cases for point in p.tolist()])
    equal(found, torch.cat([moved(s, p) for s in cases]))


def test_at_the_resting_point_the_gradient_is_zero(browser_code):
    cases = [s for s in states(240, 2) if s["objective"] != "labels"]
    points = browser_code(GRADIENT, [["restingPoint", s] for s in cases])
    for s, p in zip(cases, points, strict=True):
        assert moved(s, torch.tensor([p], dtype=torch.float64)).abs().max() < 1e-9, s


def test_labels_have_no_resting_point(browser_code):
    state = {"z": [0, 0, 0], "v": [1, 0, 0], "label": 1, "T": 4, "alpha": 0}
    calls = [["restingPoint", {**state, "objective": name}] for name in ("labels", "mixed")]
    assert browser_code(GRADIENT, calls) == [None, None]


@pytest.mark.parametrize("objective", [name for name in OBJECTIVES if name != "reverse KL"])  # it is no difference
def test_the_bars_are_what_the_objective_compares(objective, browser_code):
    s = {"objective": objective, "z": [1, -2, 0.5], "v": [0.5, 2, -1], "label": 2, "T": 1, "alpha": 0.3}
    (shown,) = browser_code(VIEW, [["comparisons", s]])
    student, target = (torch.tensor(series["values"], dtype=torch.float64) for series in shown[-1]["series"])
    factor = 1 if objective in ("labels", "soft targets", "mixed") else 2 / 3
    z = torch.tensor([s["z"]], dtype=torch.float64)
    equal((factor * (student - target)).tolist(), gradient(s, z)[0])


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_gradient_explorer_says_what_kdlib_computes(objective, browser_code):
    shown = GradientExplorer(objective=objective, temperature=2.0, alpha=0.25, label=1)
    z, v = (torch.tensor([row], dtype=torch.float64) for row in (shown.student_logits, shown.teacher_logits))
    g = KDLIB[objective](2.0, 0.25).logit_gradient(z, labels=torch.tensor([1]), teacher_logits=v)[0]
    equal(shown.gradient().tolist(), g)
    (words,) = browser_code(VIEW, [["direction", g.tolist(), 1]])
    assert repr(shown).endswith(f"dL/dz = {numbers.rounded(g)}, {words})")


def test_a_repr_follows_its_settings():
    shown = GradientExplorer(student_logits=[3, -1, -2], teacher_logits=[4, -1, -2], objective="log-probs")
    assert repr(shown) == "GradientExplorer(log-probs: dL/dz = [2.01, 2.67, 2.67], true class pushed down)"
    shown.objective = "logits"
    assert repr(shown) == "GradientExplorer(logits: dL/dz = [-0.67, 0.00, 0.00], true class pushed up)"
    shown.set_trait("objective", "mixed")
    assert repr(shown).startswith("GradientExplorer(mixed, T=1, alpha=0.5: dL/dz = [")


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"objective": "label"}, "objective is 'label'; expected one of 'labels', 'log-probs'"),
        ({"label": 3}, "label is 3; expected one of 0, 1, 2"),
        ({"temperature": 0}, "temperature is 0; expected a number from 0.25 to 32"),
        ({"alpha": float("nan")}, "alpha is nan; expected a number from 0 to 1"),
        ({"student_logits": [1, 2]}, r"student_logits is \[1, 2\]; expected 3 logits, one per class"),
        ({"teacher_logits": [1, 2, 9]}, r"teacher_logits\[2\] is 9; expected a number from -6 to 6"),
        ({"T": 4}, "GradientExplorer has no setting 'T'; it has alpha, label, objective"),
    ],
)
def test_a_setting_that_cannot_be_drawn_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        GradientExplorer(**settings)


def test_a_refused_change_leaves_the_explorer_as_it_was():
    shown = GradientExplorer()
    before = repr(shown)
    with pytest.raises(ValueError, match="alpha is 2"):
        shown.alpha = 2
    assert repr(shown) == before


@pytest.mark.parametrize("name", ["GradientExplorer", "TemperatureExplorer", "PersonExplorer"])
def test_an_explorer_carries_its_state_and_its_words(name):
    cls = getattr(widgets, name)
    shown = people_explorer()[0] if cls is TemperatureExplorer else cls()
    data, _ = shown._repr_mimebundle_()
    assert data["text/plain"] == repr(shown)
    assert re.fullmatch(r"<div [^<>]*><p>[^<>]+</p></div>", data["text/html"])
    assert "application/vnd.jupyter.widget-view+json" in data
    state = json.loads(json.dumps(shown.get_state()))
    assert state["classes"] == list(POLITICS)
    assert state["_esm"].count("export default") == 1
    assert not any(word in state["_esm"] + state["_css"] for word in ("\nimport ", "https:", "@import", "fetch("))


@pytest.mark.parametrize("name", ["GradientExplorer", "TemperatureExplorer", "PersonExplorer"])
def test_the_page_without_a_kernel_has_all_that_the_module_reads(name):
    shown = {
        "GradientExplorer": lambda: GradientExplorer(objective="logits", label=2),
        "TemperatureExplorer": lambda: people_explorer(names=['<b>"A" & B</b>', "$5 and $6"])[0],
        "PersonExplorer": lambda: PersonExplorer(teacher=networks()[0], draw=0.25),
    }[name]()
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: found.append(dict(attributes))
    parser.feed(shown._repr_mimebundle_()[0]["text/html"])
    saved = json.loads(found[0]["data-kd-state"])
    assert found[0]["class"] == "kd-static" and found[0]["data-kd-explorer"] == shown.kind
    assert saved == {key: value for key, value in shown.get_state().items() if key in saved}
    read = re.findall(r'model\.get\("(\w+)"\)', shown._esm)
    read += [key for names in re.findall(r"\[([^\]]*)\]\.map\(\(name\) => \[name, model\.get", shown._esm)
             for key in re.findall(r'"(\w+)"', names)]  # fmt: skip
    assert set(read) <= set(saved) and {*shown._settings(), "classes"} == set(saved) and len(set(read)) > 4


def test_the_widgets_are_listed_and_nothing_else_is():
    assert {"GradientExplorer", "TemperatureExplorer", "PersonExplorer"} <= set(dir(widgets))
    with pytest.raises(AttributeError, match="attribute Explorer"):
        widgets.Explorer  # noqa: B018


def people_explorer(n=5, names=None, **settings):
    n = len(names) if names else n
    z, v = 3 * torch.randn(2, n, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    people = names or kdlib.sample_people(n, seed=0)
    return TemperatureExplorer(teacher_logits=v, student_logits=z, people=people, **settings), z, v


@pytest.mark.parametrize("T", [0.25, 1.0, 3.7, 32.0])
def test_the_gradient_norm_is_that_of_kdlib(T, browser_code):
    shown, z, v = people_explorer(7, temperature=T)
    expected = kdlib.SoftTargets(T).logit_gradient(z, teacher_logits=v).norm()
    equal([shown.gradient_norm()], expected[None])
    equal(browser_code(TEMPERATURE, [["gradientNorm", z.tolist(), v.tolist(), T]]), expected[None])


def test_a_whole_number_is_written_with_all_its_digits():
    given = [0.0625, 1.414, 2**4.75, 724.08, 1024, 999.7, 1210.6]
    assert call(PAGE / "numbers.js", [["short", x] for x in given]) == [
        "0.0625", "1.41", "26.9", "724", "1024", "1000", "1211"
    ]  # fmt: skip


def test_soft_targets_are_those_of_torch(browser_code):
    v = people_explorer(6)[2]
    found = browser_code(NUMBERS, [["softmax", row, T] for T in (0.25, 1, 5.5) for row in v.tolist()])
    equal(found, torch.cat([torch.softmax(v / T, -1) for T in (0.25, 1, 5.5)]))


def test_a_temperature_explorer_names_people_by_what_is_known_of_them():
    shown, z, v = people_explorer(temperature=2, chosen=[4, 1])
    record = kdlib.sample_people(5, seed=0).records()[4]
    name = f"{record.sex}, {record.age}, {record.state}, ${record.income / 1000:.0f}k"
    norm = kdlib.SoftTargets(2).logit_gradient(z, teacher_logits=v).norm().item()
    q = numbers.rounded(torch.softmax(v[4] / 2, -1))
    assert repr(shown) == (
        f"TemperatureExplorer(T=2: {name} {q}; gradient norm {norm:.3g} with T², {norm / 4:.3g} without)"
    )


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"chosen": [5]}, r"chosen is \[5\]; expected rows 0 to 4"),
        ({"chosen": []}, r"chosen is \[\]; expected one to six row numbers"),
        ({"temperature": 33}, "temperature is 33; expected a number from 0.25 to 32"),
        ({"people": 3}, "people is 3; expected People or a list of names"),
        ({"people": ["Ann"]}, "expected one row per person everywhere, got .*'people': 1"),
        ({"teacher_logits": torch.zeros(5, 2)}, r"teacher_logits is \[5, 2\]; expected finite logits \[n, 3\]"),
    ],
)
def test_people_that_cannot_be_shown_are_refused(settings, message):
    given = {"teacher_logits": torch.zeros(5, 3), "student_logits": torch.zeros(5, 3), "people": list("abcde")}
    with pytest.raises(ValueError, match=message):
        TemperatureExplorer(**{**given, **settings})


def test_another_choice_of_people_is_checked_too():
    shown, _, _ = people_explorer()
    with pytest.raises(ValueError, match="expected rows 0 to 4"):
        shown.chosen = [0, 9]
    assert shown.chosen == [0, 1, 2]


def networks():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        teacher, student = kdlib.teacher_net().double(), kdlib.student_net(5)
        for parameter in student.parameters():
            torch.nn.init.normal_(parameter)
    return teacher, student


def test_the_world_and_the_networks_are_those_of_kdlib(browser_code):
    teacher, student = networks()
    shown = PersonExplorer(teacher=teacher, student=student)
    records = kdlib.sample_people(50, seed=4, dtype=torch.float64).records()
    people = [dict(zip(("sex", "age", "state", "income"), record, strict=False)) for record in records]
    x = torch.tensor([kdlib.encode(record) for record in records], dtype=torch.float64)
    equal(browser_code(WORLD, [["encode", person] for person in people]), x)
    equal(browser_code(WORLD, [["posterior", row] for row in x.tolist()]), kdlib.posterior(x))
    for net, layers in ((teacher, shown.teacher), (student.double(), shown.student)):
        found = browser_code(PERSON, [["logits", layers, row] for row in x.tolist()])
        equal(found, kdlib.logits_of(net, x))


def test_the_label_is_drawn_as_the_world_draws_it(browser_code):
    shown = PersonExplorer()
    truth = shown.probabilities()["truth"]
    draws = torch.linspace(0, 1, 21, dtype=torch.float64).tolist()
    found = browser_code(WORLD, [["drawn", truth.tolist(), u] for u in draws])
    for u, k in zip(draws, found, strict=True):
        shown.draw = u
        assert shown.label() == POLITICS[k]
    assert found == sorted(found) and set(found) == {0, 1, 2}


def test_the_distance_from_the_truth_is_that_of_the_metrics(browser_code):
    p, q = torch.softmax(torch.randn(2, 4, 3, generator=torch.Generator().manual_seed(5)).double(), -1)
    found = browser_code(WORLD, [["divergence", a, b] for a, b in zip(p.tolist(), q.tolist(), strict=True)])
    equal([sum(found) / 4], metrics.kl_to_bayes(q.log(), p)[None])


def test_a_person_explorer_says_what_everyone_gives_the_classes():
    teacher, student = networks()
    state = torch.random.get_rng_state()
    shown = PersonExplorer(sex="male", age=60, state="oklahoma", income=82_300, teacher=teacher, draw=0.0)
    x = torch.tensor([-1, 0.6, 0, 0, 1, 0.823], dtype=torch.float64)
    truth, q = (numbers.rounded(p) for p in (kdlib.posterior(x), kdlib.logits_of(teacher, x).softmax(-1)))
    person = "male, 60 years, oklahoma, $82,300 a year"
    assert repr(shown) == f"PersonExplorer({person}: truth {truth}, teacher {q}, label conservative)"
    shown.student = student
    assert ", student [" in repr(shown)
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"sex": "woman"}, "sex is 'woman'; expected one of 'male', 'female'"),
        ({"age": 17}, "age is 17; expected a whole number from 18 to 80"),
        ({"age": 30.5}, "age is 30.5; expected a whole number"),
        ({"income": 95_000}, "income is 95000; expected a whole number from 20000 to 90000"),
        ({"teacher": torch.nn.Linear(6, 3)}, "teacher is no network; expected an MLP"),
        ({"student": kdlib.MLP(5, 3)}, r"student has widths \[6, 3\]; expected 6 features, 3 logits"),
        ({"student": kdlib.MLP(6, 4)}, r"student has widths \[6, 4\]; expected 6 features, 3 logits"),
    ],
)
def test_a_person_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        PersonExplorer(**settings)


# Static twins


def drawn_bars(ax):
    """The numbers of an axis' bars, one list of three for each series."""
    return [[bar.get_height() for bar in series] for series in ax.containers if len(series) == 3]


@pytest.mark.parametrize("T", [1.0, 2.5])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_the_twin_compares_what_the_browser_compares(objective, T, browser_code):
    z, v, label, alpha = [1.5, -2.0, 0.5], [0.5, 2.0, -1.0], 2, 0.3
    shown = GradientExplorer(
        objective=objective, student_logits=z, teacher_logits=v, label=label, temperature=T, alpha=alpha
    )
    state = {"objective": objective, "z": z, "v": v, "label": label, "T": T, "alpha": alpha}
    (expected,), (rest,) = (
        browser_code(VIEW, [["comparisons", state]]),
        browser_code(GRADIENT, [["restingPoint", state]]),
    )
    picture = shown.picture()
    axes = [ax for row in reversed(picture.axes.tolist()) for ax in row if ax.figure]  # pairs come last
    charts = axes[:2] if len(expected) == 2 else [axes[0]]
    assert [ax.get_title(loc="left") for ax in charts] == [pair["title"] for pair in expected]
    for ax, pair in zip(charts, expected, strict=True):
        equal(drawn_bars(ax), [series["values"] for series in pair["series"]])
        assert [text.get_text() for text in ax.get_legend().get_texts()] == [one["name"] for one in pair["series"]]
    plane, slope = picture.axes[0]
    equal(drawn_bars(slope), shown.gradient()[None])
    g = shown.gradient()[label].item()
    assert plane.get_title(loc="left").endswith(numbers.direction(g)) and numbers.direction(g) in picture.alt
    marks = {line.get_label(): torch.tensor(line.get_xydata()).flatten() for line in plane.lines}
    equal(marks["student p"].tolist(), simplex.to_plane(torch.tensor(z, dtype=torch.float64).softmax(-1)))
    if rest is None:
        assert len(marks["no zero point"]) == 0 and "No point has zero gradient" in picture.alt
    else:
        equal(marks["zero gradient"].tolist(), simplex.to_plane(torch.tensor(rest, dtype=torch.float64)))


def test_the_point_of_zero_gradient_is_the_browsers(browser_code):
    cases = [s for s in states(120, 5) if s["objective"] in ("soft targets", "mixed")]
    cases += [{**s, "objective": "mixed", "alpha": 1e-3 * s["alpha"]} for s in cases]
    points = browser_code(GRADIENT, [["restingPoint", s] for s in cases])
    for s, expected in zip(cases, points, strict=True):
        v = torch.tensor(s["v"], dtype=torch.float64)
        found = numbers.resting_point(KDLIB[s["objective"]](s["T"], s["alpha"]), v, s["label"])
        equal(expected, found)


@pytest.mark.parametrize("T", [0.25, 1.0, 6.0])
def test_the_twin_of_temperatures_draws_soft_targets_and_norms(T):
    shown, z, v = people_explorer(temperature=T, chosen=[3, 0])
    picture = shown.picture()
    *charts, curve = picture.axes.flat[:3]
    for row, ax in zip([3, 0], charts, strict=True):
        equal(drawn_bars(ax), torch.stack([v[row].softmax(-1), (v[row] / T).softmax(-1)]))
        assert ax.get_title(loc="left").startswith(shown.people[row])
    norms = {t: kdlib.SoftTargets(t).logit_gradient(z, teacher_logits=v).norm().item() for t in (0.25, 2.0, 32.0, T, 1)}
    with_square, now, without, bare, _ = curve.lines
    for line, power in ((with_square, 0), (without, 2)):
        found = dict(zip(line.get_xdata().tolist(), line.get_ydata().tolist(), strict=True))
        equal([found[t] for t in (0.25, 2.0, 32.0)], [norms[t] / t**power for t in (0.25, 2.0, 32.0)])
    assert (now.get_xdata()[0], bare.get_xdata()[0]) == (T, T)
    equal([now.get_ydata()[0], bare.get_ydata()[0]], [norms[T], norms[T] / T**2])
    title = curve.get_title(loc="left")
    assert (
        title == "Gradient at T = 1:\nthe same with T² and without" if T == 1 else f"{norms[T] / norms[1]:.3g}" in title
    )
    assert title.replace("\n", " ") in picture.alt and len(picture.figure.axes) == 3


def test_a_student_that_agrees_has_no_gradient_to_draw():
    v = torch.tensor([[1.0, 0.0, -1.0]])
    shown = TemperatureExplorer(teacher_logits=v, student_logits=v, people=["Ann, $5 to $6"])
    assert "Every gradient is 0" in shown.picture().alt and shown.picture().png()


@pytest.mark.parametrize("who", [[], ["teacher"], ["teacher", "student"]])
def test_the_twin_of_a_person_draws_what_everyone_gives_the_classes(who):
    given = dict(zip(("teacher", "student"), networks(), strict=True))
    shown = PersonExplorer(draw=0.9, **{name: given[name] for name in who})
    picture, p = shown.picture(), shown.probabilities()
    titles = [ax.get_title(loc="left") for ax in picture.figure.axes]
    assert [title.split(":")[0] for title in titles] == ["Truth", *(name.capitalize() for name in who), "Label"]
    for ax, title, name in zip(picture.figure.axes, titles, ["truth", *who], strict=False):
        equal(drawn_bars(ax), p[name][None])
        assert f"{POLITICS[p[name].argmax()]} {p[name].max():.0%}" in title
        if name != "truth":
            assert title.endswith(f"{metrics.kl_to_bayes(p[name].log()[None], p['truth'][None]):.2f} nats")
    equal(drawn_bars(picture.figure.axes[-1]), [[name == shown.label() for name in POLITICS]])
    assert f"Label: {shown.label()}" in titles[-1] and f"the label drawn is {shown.label()}" in picture.alt
