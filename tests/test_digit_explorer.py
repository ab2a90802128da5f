"""The digit explorer: the page's answers are kdlib's, and a drawn line becomes an image as the data's were made."""

import pytest
import torch

pytest.importorskip("anywidget")

from kdlib import MLP, split_digits
from kdlib.widgets import DigitExplorer
from tests.support.node import PAGE, call

DIGIT = PAGE.parent / "explorers" / "digit.js"
LINE = [[[10.0, 0.0], [10.0, 100.0]]]


def networks(seed=0):
    torch.manual_seed(seed)
    made = {"large": MLP(64, 128, 10), "small": MLP(64, 4, 10), "taught": MLP(64, 4, 10)}
    for model in made.values():
        for p in model.parameters():
            torch.nn.init.normal_(p)
    return made


def explorer(**settings):
    return DigitExplorer(**networks(), **settings)


def test_the_page_answers_what_kdlib_answers():
    widget = explorer()
    rows = split_digits(0, (20,), torch.float64)[0].x.tolist()
    saved = widget.saved()
    found = call(DIGIT, [["logits", saved[name], x] for x in rows for name in ("large", "small", "taught")])
    expected = []
    for x in rows:
        widget.pixels = x
        expected += [z.tolist() for z in widget.logits().values()]
    torch.testing.assert_close(
        torch.tensor(found, dtype=torch.float64), torch.tensor(expected, dtype=torch.float64), rtol=0, atol=1e-9
    )


def test_the_networks_are_those_of_kdlib_to_five_decimals():
    x, models = torch.rand(64), networks()
    for name, z in explorer(pixels=x).logits().items():
        assert (z - models[name](x)).abs().max() < 1e-2 and z.argmax() == models[name](x).argmax()
    assert explorer().saved()["small"][1][1] == [round(v, 5) for v in networks()["small"].layers[1].bias.tolist()]


def test_a_line_fills_the_sheet_from_top_to_bottom_in_the_middle():
    (pixels,) = call(DIGIT, [["image", LINE]])
    rows = torch.tensor(pixels).reshape(8, 8)
    assert (rows[:, [0, 1, 2, 5, 6, 7]] == 0).all()  # a pen of four pixels: half of the columns 3 and 4
    assert torch.equal(rows[1:7, 3:5], torch.full((6, 2), 0.5)) and (rows[[0, 7], 3:5] > 0.3).all()


def test_an_image_does_not_depend_on_where_and_how_large_it_was_drawn():
    draws = torch.Generator().manual_seed(0)
    strokes = torch.rand(2, 9, 2, generator=draws, dtype=torch.float64).cumsum(1)
    moved = (0.25 * strokes + 40).tolist()
    one, other = call(DIGIT, [["image", strokes.tolist()], ["image", moved]])
    torch.testing.assert_close(torch.tensor(one), torch.tensor(other), rtol=0, atol=0.07)  # an edge may round otherwise
    assert min(one) >= 0 and max(one) <= 1 and sum(one) > 5


def test_nothing_and_a_dot():
    nothing, dot = call(DIGIT, [["image", []], ["image", [[[5.0, 5.0]]]]])
    assert nothing == [0.0] * 64
    rows = torch.tensor(dot).reshape(8, 8)
    assert rows.sum() == rows[3:5, 3:5].sum() > 0.5


def test_the_explorer_says_and_shows_what_is_read():
    widget = explorer(examples=split_digits(0, (3,))[0].x)
    said = ", ".join(f"{name} {p.argmax()} ({p.max():.0%})" for name, p in widget.probabilities().items())
    assert repr(widget) == f"DigitExplorer({said})" and said in repr(widget.picture())
    assert widget.pixels == widget.examples[0] and 'data-kd-explorer="digit"' in str(widget._repr_mimebundle_())


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"large": MLP(6, 8, 3)}, r"large has widths \[64, 8, 3\]; expected 64 features, 10 logits"),
        ({"small": "net"}, "small is no network"),
        ({"pixels": [0.0] * 63}, "expected 64 numbers from 0 to 1"),
        ({"pixels": [0.0] * 63 + [1.5]}, r"pixels\[63\] is 1.5; expected a number from 0 to 1"),
        ({"examples": [[0.0]]}, r"examples\[0\] is"),
        ({"image": 3}, "has no setting 'image'"),
    ],
)
def test_what_it_cannot_take_is_named(settings, sentence):
    with pytest.raises(ValueError, match=sentence):
        DigitExplorer(**settings)
