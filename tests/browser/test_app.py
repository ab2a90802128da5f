"""The app: one file from the file system, an experiment a screen, without kernel, server or network."""

import pytest
from hands import SECOND, button, choose, named, press, words_of, write
from kinds import KINDS, kinds_in
from lab_hands import TRAINING_LAB, lab_buttons
from playwright.sync_api import expect

from tests.browser.test_book import accessibility
from tools.app.screens import write as write_app
from tools.notebooks import NOTEBOOKS

WATCH_HEIGHT = """(lab) => {
  window.tall = new Set();
  const look = () => window.tall.add(Math.round(lab.querySelector(".kd-pins").getBoundingClientRect().height));
  new MutationObserver(look).observe(lab, { subtree: true, childList: true });
}"""
# In window.stops, whether Stop was off after each change: a short run may be over before anybody can look.
WATCH_STOP = """(stop) => {
  window.stops = [];
  new MutationObserver(() => window.stops.push(stop.disabled)).observe(stop, { attributeFilter: ["disabled"] });
}"""
PLAYGROUND = NOTEBOOKS / "12_playground.ipynb"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    path = tmp_path_factory.mktemp("app") / "app.html"
    write_app(PLAYGROUND, path)
    return path.as_uri()


@pytest.fixture
def page(new_context, address):
    context = new_context(viewport={"width": 1024, "height": 768})
    page = context.new_page()
    page.goto(address)
    yield page
    context.close()


def screen(page, kind):
    """Go to the first screen with a widget of a kind; the widget."""
    selector, _ = KINDS[kind]
    number = page.locator(".kd-screen").evaluate_all(
        "(all, kind) => 1 + all.findIndex((one) => one.querySelector(`[data-kd-explorer=${kind}]`))",
        {"TrainingLab": "lab", "DecisionMap": "map"}.get(kind, kind.removesuffix("Explorer").lower()),
    )
    page.locator(f'a[href="#screen-{number}"]').press("Enter")
    expect(page.locator(f"#screen-{number}")).to_be_visible()
    return page.locator(selector).locator("visible=true").first


def test_it_opens_on_questions_and_is_usable_at_once(page):
    expect(page.locator(".kd-tile")).not_to_have_count(0)
    assert page.evaluate("performance.getEntriesByType('navigation')[0].duration") < 3 * SECOND


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_fits_is_named_and_reads_well(page, theme):
    if theme == "dark":
        button(page, "Dark").press("Enter")
    screens = page.locator(".kd-screen").count()
    for number in range(1, screens + 1):
        button(page, "Next").press("Enter")
        expect(page.locator("#where")).to_have_text(f"{number} of {screens}")
        assert accessibility(page) == []
        sliders = page.locator(".kd-control input[type=range]").locator("visible=true").all()
        assert all(slider.bounding_box()["width"] >= 70 for slider in sliders), "a hand cannot move it"
        lab = page.locator(TRAINING_LAB).locator("visible=true")
        if lab.count():
            box = lab.first.bounding_box()
            assert box["y"] + box["height"] <= 768, f"screen {number} does not fit"
    assert button(page, "Next").is_disabled()


def test_every_screen_at_four_times_the_size_in_forced_colours_and_without_motion(new_context, address):
    """1280 pixels at 400% are 320; nothing is cut or needs to be scrolled sideways, and nothing moves by itself."""
    context = new_context(viewport={"width": 320, "height": 640}, forced_colors="active", reduced_motion="reduce")
    page = context.new_page()
    page.goto(address)
    seen = "[...document.querySelectorAll('*')].filter((one) => one.checkVisibility())"
    wide = f"{seen}.filter((one) => one.getBoundingClientRect().right > 321)"
    for number in range(1, 1 + page.locator(".kd-screen").count()):
        button(page, "Next").press("Enter")
        expect(page.locator("#where")).to_contain_text(f"{number} of")
        assert page.evaluate(f"{wide}.map((one) => one.outerHTML.slice(0, 100))") == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        assert accessibility(page) == []
        page.keyboard.press("Tab")
        focused = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"{focused}.outlineStyle !== 'none' && parseFloat({focused}.outlineWidth) >= 2")
    assert page.evaluate("document.getAnimations().length") == 0
    context.close()


def test_the_steps_of_every_experiment_set_run_and_pin(page):
    labs = page.locator(TRAINING_LAB).count()
    for k in range(labs):
        lab = page.locator(TRAINING_LAB).nth(k)
        page.evaluate("(k) => { location.hash = document.querySelectorAll('.kd-lab')[k].closest('.kd-screen').id; }", k)
        expect(lab).to_be_visible()
        for step in lab.locator(".kd-steps button").all():
            step.press("Enter")
            lab.page.wait_for_function("(lab) => lab.querySelector('[role=status]').textContent.startsWith('Done.')"
                                       " && lab.querySelector('button:not(:disabled)')", arg=lab.element_handle(),
                                       timeout=120 * SECOND)  # fmt: skip
        expect(lab.locator(".kd-pins tbody tr")).to_have_count(4, timeout=120 * SECOND)
        press(lab, "Reset", "Press Run")


@pytest.mark.parametrize("kind", [kind for kind in kinds_in(PLAYGROUND) if kind != "Bet"])
def test_the_first_of_each_class_moves_by_keyboard(page, kind):
    widget = screen(page, kind)
    KINDS[kind][1](widget)


def test_the_first_lab_stops_compares_and_forgives(page):
    lab_buttons(screen(page, "TrainingLab"))


def test_a_run_does_not_move_the_page_and_keeps_its_frames(page):
    """Nothing that one could see moves while students learn, and at least 40 frames of the run are kept."""
    lab = screen(page, "TrainingLab")
    page.evaluate("""() => {
      window.shifts = 0;
      new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.shifts += one.hadRecentInput ? 0 : one.value;
      }).observe({ type: "layout-shift", buffered: false });
    }""")
    press(lab, "Run", "Done.")
    assert page.evaluate("window.shifts") == 0 and words_of(lab).startswith("Done.")
    assert int(named_max(lab)) >= 40


def test_what_is_typed_stays_and_what_is_pinned_is_pinned_once(page):
    """A number that is typed while students learn, or that is wrong, is left as it is; a pin is not made twice."""
    lab = screen(page, "TrainingLab")
    epochs = named(lab, "Epochs")
    epochs.fill("ten")
    choose(named(lab, "Objective"), "labels")
    expect(epochs).to_have_value("ten")
    write(epochs, "1,000")
    expect(epochs).to_have_value("1000")
    write(epochs, 5_000)
    button(lab, "Run").press("Enter")
    epochs.fill("20")
    expect(button(lab, "Pin")).to_be_disabled()
    lab.get_by_text("Done.").wait_for(timeout=60 * SECOND)
    expect(epochs).to_have_value("20")
    button(lab, "Pin").dblclick()
    rows = lab.locator(".kd-pins tbody tr")
    expect(rows).to_have_count(2)
    write(epochs, 5_000)
    tall = rows.last.locator("xpath=../..").bounding_box()["height"]
    page.evaluate(WATCH_HEIGHT, lab.element_handle())
    trains_to_the_end(lab, button(lab, "Run"))
    assert page.evaluate("[...window.tall]") == [round(tall)]
    step = lab.locator(".kd-steps button").first
    step.press("Enter")
    press(lab, "Reset", "Press Run")
    press(lab, "Run", "Done.")
    expect(rows).to_have_count(0)
    assert not lab.evaluate("(lab) => lab.textContent.includes('kernel')")


def test_what_a_lab_gives_away_is_named_and_what_it_has_not_is_off(page):
    """The picture of a run names its lines; before there is a run, nothing can be played, pinned or kept."""
    lab = screen(page, "TrainingLab")
    menu, picture = lab.locator(".kd-menu summary"), button(lab, "Picture, SVG")
    menu.press("Enter")
    expect(picture).to_be_disabled()
    expect(button(lab, "Play")).to_be_disabled()
    for step in lab.locator(".kd-steps button").all()[:2]:
        trains_to_the_end(lab, step)
    with page.expect_download() as download:
        picture.press("Enter")
    words = download.value.path().read_text(encoding="utf-8")
    assert all(f"{name}: " in words for name in ("Now", "Pin 1", "Pin 2")) and "log-probs, equal teacher" in words
    before = lab.bounding_box()
    menu.press("Enter")
    expect(picture).to_be_visible()
    assert lab.bounding_box() == before, "the menu moves the page"
    press(lab, "Reset", "Press Run")
    expect(lab.locator(".kd-map")).to_contain_text("Where they differ")
    expect(lab.locator(".kd-map")).not_to_contain_text("%")
    expect(lab.locator(".kd-time output")).to_have_text("")


def test_an_address_that_names_no_widget_is_said_where_it_is_seen(page, address):
    page.goto(address + "#lab-9?lr=1")
    page.reload()
    expect(page.get_by_text("which this page does not have")).to_be_visible()


def test_a_page_that_trains_slowly_has_lost_no_kernel(new_context, address):
    context = new_context()
    page = context.new_page()
    page.clock.install()
    page.goto(address + "#screen-1")
    lab = page.locator(TRAINING_LAB).first
    write(named(lab, "Epochs"), 20_000)
    page.evaluate("Worker.prototype.postMessage = () => {}")  # it takes for ever
    button(lab, "Run").press("Enter")
    page.clock.run_for(20 * SECOND)
    assert words_of(lab).startswith("Training") and button(lab, "Stop").is_enabled()
    context.close()


def trains_to_the_end(lab, control):
    """Press it: Stop is switched on, and off again when the run is over."""
    lab.page.evaluate(WATCH_STOP, button(lab, "Stop").element_handle())
    control.press("Enter")
    lab.page.wait_for_function("window.stops.includes(false) && window.stops.at(-1)", timeout=60 * SECOND)


def named_max(lab):
    """The number of frames kept."""
    return lab.get_by_label("Epoch", exact=True).get_attribute("max")


def test_the_hands_of_the_class_are_typed_in_and_drawn(page):
    button(page, "Next").press("Enter")
    hands = page.locator(".kd-screen:visible .kd-hands")
    hands.locator("summary").press("Enter")
    expect(hands.get_by_label("Answer 1", exact=True)).to_have_value("behind")
    hands.get_by_label("Hands for answer 1").fill("3")
    hands.get_by_role("button", name="One more for answer 3").press("Enter")
    expect(hands.get_by_role("status")).to_have_text("4 hands")
    widths = hands.locator(".kd-hands-bar").evaluate_all("bars => bars.map((bar) => bar.style.width)")
    assert widths == ["75%", "0%", "25%"] and accessibility(page) == []
    hands.get_by_label("Hands for answer 1").fill("1e9")
    expect(hands.get_by_role("status")).to_have_text("Hands are 1e9; type a whole number from 0 to 9999.")
    hands.get_by_label("Hands for answer 1").fill("")
    page.mouse.wheel(0, -300)  # which is no way to count
    expect(hands.get_by_role("status")).to_have_text("1 hand")
    hands.get_by_role("button", name="Another answer").press("Enter")
    expect(hands.get_by_label("Answer 4", exact=True)).to_be_focused()
    hands.get_by_role("button", name="Clear").press("Enter")
    expect(hands.get_by_role("status")).to_have_text("No hands yet.")


def test_notes_are_behind_a_key(page):
    notes = page.locator("#notes")
    expect(notes).to_be_hidden()
    page.keyboard.press("n")
    expect(notes).to_be_visible()
    page.keyboard.press("n")
    expect(notes).to_be_hidden()
