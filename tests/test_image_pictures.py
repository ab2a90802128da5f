"""Pictures of digits and of what a teacher says about them: the pixels, the names and the numbers that are drawn."""

import numpy as np
import torch

from kdlib.image_pictures import guess_tables, image_row
from kdlib.intervals import Estimate
from kdlib.pictures import quality_against_cost

X = torch.arange(8).reshape(2, 4) / 8  # two images of 2 x 2


def test_images_stand_side_by_side_with_a_border_and_their_names():
    picture = image_row(X, ["a", "b"], "Title", "Alt.")
    ink = 1 - np.asarray(picture.axes.images[0].get_array())
    framed = [[0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 4, 5, 0], [0, 2, 3, 0, 0, 6, 7, 0], [0, 0, 0, 0, 0, 0, 0, 0]]
    assert (8 * ink).tolist() == framed
    assert [label.get_text() for label in picture.axes.get_xticklabels()] == ["a", "b"]
    assert picture.axes.get_xticks().tolist() == [1.5, 5.5]  # the middle of each image
    assert repr(picture) == "[figure: Alt.]" and picture.figure.get_suptitle() == "Title"


def test_a_table_says_percent_and_a_dot_for_less_than_half_of_one():
    table = torch.tensor([[0.996, 0.004], [0.25, 0.75]])
    image, first, second = guess_tables(X, {"T = 1": table, "T = 4": table.flip(1)}, "Title", "Alt.").axes
    assert [text.get_text() for text in first.texts] == ["100", "·", "25", "75"]
    assert [text.get_position() for text in first.texts] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    assert [text.get_text() for text in second.texts] == ["·", "100", "75", "25"]
    assert (first.get_title(loc="left"), second.get_title(loc="left")) == ("T = 1", "T = 4")
    assert image.images[0].get_array().shape == (8, 4) and image.get_yticks().tolist() == [1.5, 5.5]


def test_quality_stands_against_cost_with_its_interval_and_size():
    points = {
        "large": (20.0, Estimate(0.97, 0.95, 0.98, 500), 340.2),
        "small": (0.2, Estimate(0.8, 0.7, 0.9, 500), 4.9),
    }
    axes = quality_against_cost(points, "Title", "Alt.", xlim=(0.1, 100), ylim=(0.6, 1)).axes
    assert [text.get_text() for text in axes.texts] == ["large, 340 kB", "small, 5 kB"]
    drawn = [list(zip(*line.get_data(), strict=True)) for line in axes.lines]
    assert drawn == [[(20, 0.95), (20, 0.98)], [(20, 0.97)], [(0.2, 0.7), (0.2, 0.9)], [(0.2, 0.8)]]
    assert (axes.get_xscale(), axes.get_xlim(), axes.get_ylim()) == ("log", (0.1, 100), (0.6, 1))
