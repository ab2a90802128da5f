"""A picture can be read where it is shown: with alt text, in a laptop's column, and on a phone."""

import base64
import io
import itertools
import re

import numpy as np
import pytest
from matplotlib import image
from PIL import Image

from kdlib import figures, posterior
from kdlib.canvas import smallest_text, stacked
from kdlib.figures import Picture

TAG = re.compile(r'<source media="\(max-width:(\d+)px\)" width="(\d+)" height="(\d+)" srcset="data:image/png;base64,'
                 r'([^"]+)"><img alt="([^"]*)" width="(\d+)" height="(\d+)" data-kd-text="([\d.]+)" style="([^"]*)" '
                 r'src="data:image/png;base64,([^"]+)">')  # fmt: skip


def shown(picture):
    """What a picture's HTML holds for a phone (its largest page, width, height, file) and for a desk."""
    found = TAG.search(picture._repr_mimebundle_()["text/html"]).groups()
    largest, width, height, phone, alt, *desk, text, style, file = found
    files = [base64.b64decode(data) for data in (phone, file)]
    return (int(largest), int(width), int(height), files[0]), (alt, *map(int, desk), float(text), style, files[1])


def size(png):
    return Image.open(io.BytesIO(png)).size


def test_a_picture_shows_itself_as_text_and_html_with_its_alt_text():
    picture = Picture('Loss of "A" & <B>\'s')
    picture.axes.plot([1, 2, 3])
    bundle = picture._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle["text/plain"] == repr(picture) == '[figure: Loss of "A" & <B>\'s]'
    _, (alt, *_, file) = shown(picture)
    assert alt == "Loss of &quot;A&quot; &amp; &lt;B&gt;&#x27;s"
    assert file == picture.png()


def test_a_picture_is_a_readable_png_and_the_same_twice(tmp_path):
    picture = Picture("Two lines", columns=2, width=5, height=2)
    picture.axes[0].plot([1, 2, 3])
    first = picture.png()
    pixels = image.imread(io.BytesIO(first), format="png")
    assert pixels.shape[:2] == (330, 825) and pixels.min() < 0.9  # something is drawn
    assert picture.png() == first
    picture.save(tmp_path / "picture.png")
    assert image.imread(tmp_path / "picture.png").shape == (220, 550, 4)


def test_256_colours_look_the_same_and_take_half_the_bytes():
    picture = Picture("a map", height=2)
    figures.age_income_map(picture.axes, posterior, sex=1.0, state=2)
    whole = io.BytesIO()
    picture.figure.savefig(whole, format="png", dpi=165)
    assert len(picture.png()) < len(whole.getvalue()) / 2
    files = whole.getvalue(), picture.png()
    before, after = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), float) for png in files)
    assert np.abs(before - after).mean() < 1  # of 255


def test_a_picture_has_the_axes_it_was_asked_for_and_is_no_wider_than_a_laptops_column_can_show():
    assert Picture("one").axes.get_subplotspec() is not None
    picture = Picture("six", columns=3, rows=2, width=6, height=2, sharex=True)
    assert picture.axes.shape == (2, 3) and tuple(picture.figure.get_size_inches()) == (6, 4)
    assert tuple(Picture("wide", columns=4, width=12.5).figure.get_size_inches()) == (10, 3.2)


def test_the_smallest_text_is_that_of_what_can_be_seen():
    picture = Picture("texts")
    assert smallest_text(picture.figure) == 10  # the numbers at the axes
    picture.axes.annotate("small", (0.5, 0.5), fontsize=8)
    picture.axes.text(0.5, 0.5, "hidden", fontsize=2, visible=False)
    picture.axes.text(0.5, 0.5, " ", fontsize=3)
    assert smallest_text(picture.figure) == 8


@pytest.mark.parametrize("points", [8, 10])
def test_text_stays_at_9_px(points):
    picture = Picture("texts", columns=2, width=10)
    picture.axes[0].text(0.5, 0.5, "small", fontsize=points)
    (largest, narrow, _, phone), (_, width, _, text, style, file) = shown(picture)
    assert size(file)[0] == width * 1.5 == 1650 and size(phone)[0] == narrow * 1.5 == 660
    # In the file the smallest text has `text` pixels. Its page shows it at 9 px where the file is so much smaller:
    least = 9 / text * size(file)[0]
    assert f"min-width:min({least:.0f}px," in style
    assert least < largest <= least + 49  # a page that could not show it so gets the stack
    assert text / size(phone)[0] * 358 > 9 * 0.98  # a phone of 390 px


def test_a_phone_gets_the_axes_one_below_the_other_each_with_its_own_names():
    title = "A finding that takes many words to state, with $a b c$"
    picture = Picture("maps", columns=2, rows=2, width=9, height=2.5, sharex=True, sharey=True, height_ratios=[2, 1])
    for k, ax in enumerate(picture.axes.flat):
        ax.plot([k, k + 1])
    picture.axes[0, 0].set(ylabel="loss", title=title)
    picture.axes[1, 0].set(xlabel="epoch")
    before = picture.png()
    copy = stacked(picture.figure)
    copy.canvas.draw()
    boxes = [ax.get_position() for ax in copy.axes]
    assert all(above.y0 > below.y1 for above, below in itertools.pairwise(boxes))
    assert {round(box.x0, 3) for box in boxes} == {round(boxes[0].x0, 3)}
    assert tuple(copy.get_size_inches()) == pytest.approx((4, 2 * (5 / 3 * 2) + 2 * 5 / 3))
    assert {(ax.get_xlabel(), ax.get_ylabel()) for ax in copy.axes} == {("epoch", "loss")}
    for ax in copy.axes:
        assert any(label.get_visible() and label.get_text() for label in ax.get_yticklabels())
        assert any(label.get_visible() and label.get_text() for label in ax.get_xticklabels())
    assert copy.axes[0].get_title(loc="left") == "A finding that takes many words to\nstate, with $a b c$"
    assert picture.axes[0, 0].get_title(loc="left") == title and picture.png() == before  # the picture is as it was


def test_a_figure_that_lays_itself_out_is_not_stacked():
    picture = Picture("by hand", columns=2)
    picture.figure.set_layout_engine(None)
    assert stacked(picture.figure) is None
    html = picture._repr_mimebundle_()["text/html"]
    assert "<source" not in html and "min-width:454px" in html
