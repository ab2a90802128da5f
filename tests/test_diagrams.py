"""The diagrams: well-formed, with a text alternative, legible on a phone, and with the numbers that they speak of."""

import base64
import re
from html import unescape
from xml.etree import ElementTree

import pytest

from kdlib import diagrams

ALL = ("loop_with_a_teacher", "softmax_at_temperatures", "pairing", "opinion_and_nuisance", "stack_of_students")
PHONE = 343  # pixels of a page's column


@pytest.mark.parametrize("name", ALL)
def test_a_diagram_says_what_it_shows_and_can_be_read_on_a_phone(name):
    diagram = getattr(diagrams, name)()
    root = ElementTree.fromstring(diagram.svg)
    texts = [node for node in root.iter() if node.tag.endswith("text")]
    assert root.find("{http://www.w3.org/2000/svg}title").text == diagram.alt and len(diagram.alt) > 80
    assert min(float(node.get("font-size")) for node in texts) * PHONE / diagrams.WIDTH >= 9
    assert all(
        0 < float(node.get("x")) < diagrams.WIDTH and 0 < float(node.get("y")) < diagram.height for node in texts
    )
    assert repr(diagram) == f"[diagram: {diagram.alt}]"


@pytest.mark.parametrize("name", ALL)
def test_an_output_is_an_image_with_alt_text(name):
    diagram = getattr(diagrams, name)()
    alt, text, code = re.fullmatch(
        r'<img alt="([^"]+)" data-kd-text="(\d+)" .*base64,([^"]+)">', diagram._repr_html_()
    ).groups()
    assert unescape(alt) == diagram.alt and base64.b64decode(code).decode() == diagram.svg
    # The book's test of what can be read asks for it.
    assert int(text) == min(map(int, re.findall(r'font-size="(\d+)"', diagram.svg)))


def test_the_bars_are_the_softmax():
    assert "T = 1: 0.84, 0.11, 0.04" in diagrams.softmax_at_temperatures().alt
    assert "T = 2: 0.50, 0.50" in diagrams.softmax_at_temperatures((1.0, 1.0), (2,)).alt


def test_words_are_escaped():
    diagram = diagrams.Diagram("a < b", 10)
    diagram.text(1, 1, "p < q & r")
    assert "p &lt; q &amp; r" in diagram.svg and ElementTree.fromstring(diagram.svg) is not None
