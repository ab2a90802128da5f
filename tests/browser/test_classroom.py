"""Worksheets take two pages of A4 and of Letter; slides are turned by keyboard and read well."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_book import accessibility
from tools.classroom.__main__ import write
from tools.notebooks import names


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("classroom")
    for kind in ("worksheets", "slides"):
        write(kind, names(), folder / kind)
    return folder


@pytest.fixture
def page(new_context):
    context = new_context(viewport={"width": 1280, "height": 720})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_worksheet_takes_at_most_two_pages(page, folder, name, paper):
    page.goto((folder / "worksheets" / f"{name}.html").as_uri())
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))) <= 2
    assert accessibility(page) == []


def test_slides_are_turned_by_keyboard(page, folder):
    page.goto((folder / "slides" / "05_temperature.html").as_uri())
    expect(page.locator("#where")).to_have_text(re.compile(r"1 of \d+"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#where")).to_have_text(re.compile(r"3 of \d+"))
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".slide:visible")).to_have_id("2")
    assert page.url.endswith("#2") and accessibility(page) == []


@pytest.mark.parametrize("name", names())
def test_a_slide_fits_the_screen(page, folder, name):
    page.goto((folder / "slides" / f"{name}.html").as_uri())
    for number in range(1, page.locator(".slide").count() + 1):
        page.evaluate("k => { location.hash = k; }", str(number))
        expect(page.locator(".slide:visible")).to_have_id(str(number))
        box = page.locator(".slide:visible").bounding_box()
        assert box["height"] <= 720, f"slide {number} does not fit"
