"""Figures show the data they are given and carry their alt text."""


import numpy as np
import pytest
import torch
from matplotlib import colors
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from kdlib import figures, posterior, sample_people
from kdlib.intervals import Estimate, mean_over_seeds


@pytest.fixture
def ax():
    return Figure().subplots()


def draw(ax):
    """Render, so that a plot that cannot be drawn fails here."""
    FigureCanvasAgg(ax.figure).draw()


def points(line):
    return np.asarray(line.get_xdata(), dtype=float).tolist(), np.asarray(line.get_ydata(), dtype=float).tolist()


def labels(ax):
    return ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left") or ax.get_title()


def test_curves_show_every_value_from_epoch_one_on(ax):
    assert figures.curves(ax, {"labels": [3.0, 2.0, 1.0], "logits": [1.0, 0.5, 0.25]}, title="T", ylabel="nats") is ax
    assert [points(line) for line in ax.lines] == [([1, 2, 3], [3.0, 2.0, 1.0]), ([1, 2, 3], [1.0, 0.5, 0.25])]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["labels", "logits"]
    assert labels(ax) == ("epoch", "nats", "T")
    assert ax.lines[0].get_color() != ax.lines[1].get_color()
    assert ax.lines[0].get_linestyle() != ax.lines[1].get_linestyle()
    draw(ax)


def test_a_single_curve_needs_no_legend_and_may_have_its_own_positions(ax):
    figures.curves(ax, {"loss": [3.0, 2.0]}, xs=[0, 100])
    assert points(ax.lines[0]) == ([0, 100], [3.0, 2.0]) and ax.get_legend() is None


def test_bands_show_the_mean_over_seeds_inside_its_interval(ax):
    runs = torch.tensor([[1.0, 10.0], [2.0, 20.0], [4.0, 30.0]], dtype=torch.float64)
    figures.bands(ax, {"a": runs, "b": runs + 100}, [1, 8], xlabel="hidden units", ylabel="accuracy")
    expected = [mean_over_seeds([1.0, 2.0, 4.0]), mean_over_seeds([10.0, 20.0, 30.0])]
    assert points(ax.lines[0]) == ([1, 8], pytest.approx([7 / 3, 20.0]))
    assert points(ax.lines[1]) == ([1, 8], pytest.approx([7 / 3 + 100, 120.0]))
    corners = ax.collections[0].get_paths()[0].vertices
    for x, e in zip([1, 8], expected, strict=True):
        heights = corners[corners[:, 0] == x][:, 1]
        assert (heights.min(), heights.max()) == pytest.approx((e.low, e.high))
    assert labels(ax)[:2] == ("hidden units", "accuracy") and len(ax.get_legend().get_texts()) == 2
    draw(ax)


def test_estimates_stand_in_the_order_of_their_names_from_the_top(ax):
    named = {"first": Estimate(0.8, 0.7, 0.9, 5), "second": Estimate(0.3, 0.25, 0.35, 5)}
    figures.estimates(ax, named, xlabel="accuracy", reference=0.5)
    shown = [points(line) for line in ax.lines]
    assert shown[:2] == [([0.25, 0.35], [0, 0]), ([0.3], [0])]
    assert shown[2:4] == [([0.7, 0.9], [1, 1]), ([0.8], [1])]
    assert shown[4][0] == [0.5, 0.5] and ax.lines[4].get_linestyle() == "--"
    assert [text.get_text() for text in ax.get_yticklabels()] == ["second", "first"]
    assert ax.lines[3].get_color() == figures.COLOURS[0] and ax.lines[1].get_color() == figures.COLOURS[1]
    draw(ax)


def test_estimates_without_a_reference_have_no_line_for_it(ax):
    figures.estimates(ax, {"first": Estimate(0.8, 0.7, 0.9, 5)}, xlabel="accuracy")
    assert len(ax.lines) == 2


def test_spread_shows_every_seed_and_the_mean(ax):
    figures.spread(ax, {"first": [1.0, 2.0, 6.0], "second": torch.tensor([5.0])}, xlabel="accuracy")
    dots, means = ax.lines[0::2], ax.lines[1::2]
    assert [points(line)[0] for line in dots] == [[5.0], [1.0, 2.0, 6.0]]
    assert [points(line)[0] for line in means] == [[5.0, 5.0], [3.0, 3.0]]
    assert points(means[1])[1] == pytest.approx([0.6, 1.4])
    assert [text.get_text() for text in ax.get_yticklabels()] == ["second", "first"]
    draw(ax)


def test_the_scatter_shows_every_person_in_years_and_thousands_under_their_class(ax):
    people = sample_people(60, seed=0)
    figures.people_scatter(ax, people, title="T")
    assert [line.get_label() for line in ax.lines] == ["conservative", "moderate", "liberal"]
    records = people.records()
    for line in ax.lines:
        group = [r for r in records if r.politics == line.get_label()]
        ages, incomes = points(line)
        assert ages == pytest.approx([r.age for r in group]) and len(group) > 0
        assert incomes == pytest.approx([r.income / 1000 for r in group])
    assert len({line.get_marker() for line in ax.lines}) == 3
    assert labels(ax) == ("age (years)", "income ($1,000 a year)", "T")
    draw(ax)


def colour_at(ax, age, income):
    """The map's colour at an age in years and an income in thousands."""
    (shown,) = ax.images
    left, right, bottom, top = shown.get_extent()
    pixels = np.asarray(shown.get_array())
    rows, columns, _ = pixels.shape
    assert shown.origin == "lower"
    column = min(int((age - left) / (right - left) * columns), columns - 1)
    return pixels[min(int((income - bottom) / (top - bottom) * rows), rows - 1), column].tolist()


def mixed(k, strength):
    return [c * strength + 1 - strength for c in colors.to_rgb(figures.COLOURS[k])]


def test_the_map_has_age_to_the_right_and_income_upwards(ax):
    def young_poor_or_old(x):
        choice = torch.where(x[:, 1] > 0.49, 2, torch.where(x[:, 5] > 0.55, 1, 0))
        return torch.eye(3)[choice]

    figures.age_income_map(ax, young_poor_or_old, sex=1, state=2)
    assert colour_at(ax, 20, 22) == pytest.approx(mixed(0, 0.85))
    assert colour_at(ax, 20, 88) == pytest.approx(mixed(1, 0.85))
    assert colour_at(ax, 78, 22) == colour_at(ax, 78, 88) == pytest.approx(mixed(2, 0.85))
    draw(ax)


def test_the_map_asks_for_the_stated_sex_and_state_and_pales_where_the_model_is_unsure(ax):
    asked = []

    def unsure(x):
        asked.append(x)
        return torch.tensor([0.5, 0.3, 0.2]).expand(len(x), 3)

    figures.age_income_map(ax, unsure, sex=-1.0, state=1, points=4)
    (x,) = asked
    assert x.shape == (16, 6) and torch.equal(x[:, [0, 2, 3, 4]], torch.tensor([[-1.0, 0, 1, 0]]).expand(16, 4))
    assert (x[:, 1].min(), x[:, 1].max(), x[:, 5].min(), x[:, 5].max()) == pytest.approx((0.18, 0.80, 0.20, 0.90))
    assert colour_at(ax, 50, 50) == pytest.approx(mixed(0, (0.5 - 1 / 3) * 1.5 * 0.85))


def test_the_map_of_the_truth_shows_the_most_probable_class(ax):
    figures.age_income_map(ax, posterior, sex=1.0, state=0, points=63)
    for age, income in ((19, 21), (79, 89), (49, 50)):
        pixel = torch.tensor([[1, age / 100, 1, 0, 0, income / 100]])
        nearest = min(range(3), key=lambda k: _hue_distance(colour_at(ax, age, income), k))
        assert nearest == posterior(pixel).argmax().item(), (age, income)


def _hue_distance(colour, k):
    """How far a colour is from the line between white and the colour of class k."""
    away, line = 1 - np.array(colour), 1 - np.array(colors.to_rgb(figures.COLOURS[k]))
    return np.linalg.norm(away / np.linalg.norm(away) - line / np.linalg.norm(line))


def test_a_class_is_named_where_it_is_chosen_and_not_where_it_is_rare(ax):
    choice = torch.zeros(10, 10, dtype=torch.long)
    choice[5:] = 1  # the upper half
    choice[0, 0] = 2  # one place in a hundred
    choice[0, 1] = 2
    p = torch.eye(3)[choice.flatten()]
    assert figures.name_classes(figures.paint_classes(ax, p), p) is ax
    named = {text.get_text(): text.get_position() for text in ax.texts}
    assert named.keys() == {"conservative", "moderate"}
    assert named["conservative"][1] < 55 < named["moderate"][1]
    draw(ax)


def test_the_legend_names_the_classes(ax):
    figures.class_legend(ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["conservative", "moderate", "liberal"]


def test_a_model_becomes_its_probabilities():
    model = torch.nn.Sequential(torch.nn.Linear(6, 3), torch.nn.Dropout(0.9))
    x = torch.randn(5, 6)
    p = figures.probabilities_of(model)(x)
    torch.testing.assert_close(p, torch.softmax(model[0](x), -1).detach())
    assert model.training and not p.requires_grad
