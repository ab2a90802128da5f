"""The page's engine in the browser itself: the students are those that kdlib trains, off the main thread or on it."""

from dataclasses import asdict

import pytest
from hands import button, press, words_of
from playwright.sync_api import expect

from kdlib.widgets import Settings, finished
from kdlib.widgets.page import bundle
from tests.support.node import PAGE
from tests.support.pages import lab_page
from tests.test_engine import drawn_settings, same_as_kdlib

TRAIN = """async ([text, all]) => {
  const { train } = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  return all.map((settings) => [...train(settings)].at(-1));
}"""
# How often the page came round to something else while students learned.
ANSWERS = """() => {
  window.answers = 0;
  setInterval(() => { window.answers += !document.querySelector(".kd-lab button:nth-of-type(2)").disabled; }, 4);
}"""


@pytest.fixture
def page(new_context):
    context = new_context()
    yield context.new_page()
    context.close()


def test_chromium_trains_the_same_students(page):
    settings = [*drawn_settings(5, most_rows=60, seed=1)]
    frames = page.evaluate(TRAIN, [bundle.module(PAGE / "engine.js"), [asdict(s) for s in settings]])
    for frame, s in zip(frames, settings, strict=True):
        same_as_kdlib(frame, s)


@pytest.mark.parametrize("before", ["", "window.Worker = undefined;"], ids=["in a worker", "in slices"])
def test_a_lab_trains_from_the_file_system_and_the_page_answers_meanwhile(page, tmp_path, before):
    page.goto(lab_page(tmp_path, Settings(epochs=400, teacher="untrained", seeds=4), before))
    lab = page.locator(".kd-lab")
    page.evaluate(ANSWERS)
    press(lab, "Run", "Done.")
    assert "4 students, 400 epochs: accuracy 0." in words_of(lab)
    assert page.evaluate("window.answers") > 20


def test_a_lab_says_the_scores_that_kdlib_says(page, tmp_path):
    settings = Settings("mixed", epochs=120, rows=30, seeds=2, seed=4)
    page.goto(lab_page(tmp_path, settings))
    press(page.locator(".kd-lab"), "Run", "Done.")
    end = finished(settings)
    words = f"accuracy {end.mean('accuracy'):.3f}, agreement {end.mean('agreement'):.3f}."
    assert words in words_of(page.locator(".kd-lab"))


def test_a_lab_on_digits_says_the_same_scores_and_shows_no_map(page, tmp_path):
    settings = Settings("soft targets", teacher="better", epochs=60, rows=50, seeds=2, lr=0.1, world="digits")
    page.goto(lab_page(tmp_path, settings))
    lab = page.locator(".kd-lab")
    expect(lab.locator(".kd-map")).to_be_visible()
    press(lab, "Run", "Done.")
    end = finished(settings)
    assert f"accuracy {end.mean('accuracy'):.3f}, agreement {end.mean('agreement'):.3f}." in words_of(lab)
    for hidden in (".kd-map", ".kd-where", ".kd-cases"):
        expect(lab.locator(hidden)).to_be_hidden()


HAMMER = """async ([actions, values, seed]) => {
  let state = seed;
  const random = (n) => { state = (Math.imul(state, 1103515245) + 12345) >>> 0; return Math.floor(state / 65536) % n; };
  const lab = document.querySelector(".kd-lab");
  const one = (list) => list[random(list.length)];
  for (let k = 0; k < actions; k++) {
    const kind = random(3), field = one([...lab.querySelectorAll(kind ? "select" : ".kd-number-field input")]);
    if (random(2)) {
      one([...lab.querySelectorAll(".kd-bar:not(.kd-steps) > button:not(:disabled)")]
        .filter((button) => button.textContent !== "Full screen")).click();
    } else if (kind) {
      field.selectedIndex = random(field.options.length);
      field.dispatchEvent(new Event("input", { bubbles: true }));
    } else {
      field.value = one(values);
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (random(4) === 0) await new Promise((next) => setTimeout(next, 30));
  }
}"""
WORKERS = """
window.working = new Set();
window.Worker = class extends window.Worker {
  constructor(...all) { super(...all); window.working.add(this); }
  terminate() { window.working.delete(this); super.terminate(); }
};
"""


def test_three_hundred_random_actions_leave_the_last_settings_and_nothing_else(page, tmp_path):
    settings = Settings("labels", epochs=60, rows=20, seeds=2, hidden=3, lr=0.05, teacher="untrained")
    page.goto(lab_page(tmp_path, settings, WORKERS))
    lab = page.locator(".kd-lab")
    page.evaluate(HAMMER, [300, ["1", "2", "20", "0,5", "1e9", "-3", "words", "300", ""], 7])
    button(lab, "Reset").press("Enter")
    expect(lab.locator("[role=status]")).to_contain_text("Press Run")
    press(lab, "Run", "Done.")
    end = finished(settings)
    assert f"accuracy {end.mean('accuracy'):.3f}, agreement {end.mean('agreement'):.3f}." in words_of(lab)
    page.wait_for_function("window.working.size === 0")
    assert lab.locator(".kd-pins tbody tr").count() == 0
