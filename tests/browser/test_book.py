"""The book as a reader meets it, without network: from a server and from files, in both themes, on a phone."""

import itertools
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from docs._ext.drop_weight import without_phone_pictures
from docs.serve import served
from tools.notebooks import NOTEBOOKS, ROOT, names

DESKTOP, PHONE = {"width": 1400, "height": 1000}, {"width": 360, "height": 740}
MEGABYTE = 2**20


class Page(HTMLParser):
    """What a page holds: its links, what it loads, its anchors and its images without alt text."""

    def __init__(self, path):
        super().__init__()
        self.links, self.loads, self.anchors, self.unnamed, self.explorers = [], [], set(), 0, []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.anchors.update(filter(None, (given.get("id"), given.get("name") if tag == "a" else None)))
        if tag == "a" and given.get("href"):
            self.links.append((given["href"], given.get("class") or ""))
        if "data-kd-explorer" in given:
            kind = given["data-kd-explorer"]
            self.explorers.append(kind)
            self.anchors.add(f"{kind}-{self.explorers.count(kind)}" if kind in self.explorers[:-1] else kind)
        if tag in ("script", "img", "iframe", "source", "video") and given.get("src"):
            self.loads.append(given["src"])
        if tag == "link" and given.get("rel") not in ("next", "prev", "index", "search", "canonical"):
            self.loads.append(given["href"])
        self.unnamed += tag == "img" and not (given.get("alt") or "").strip()


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The folder of the book, built as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("book")
    command = [sys.executable, "-m", "sphinx", "-b", "html", "-W", "--keep-going", "-q", "-E"]
    command += ["-d", folder / "doctrees", "docs", folder / "html"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.fixture(scope="session")
def pages(book):
    """Every page by its path below the book's folder."""
    return {path.relative_to(book).as_posix(): Page(path) for path in sorted(book.rglob("*.html"))
            if "_static" not in path.parts}  # fmt: skip


@pytest.fixture(scope="session", params=["http", "file"])
def site(request, book):
    """The book's address: on a server and in the file system."""
    if request.param == "file":
        yield book.as_uri() + "/"
    else:
        with served(book) as address:
            yield address


@pytest.fixture
def page(new_context):
    context = new_context(viewport=DESKTOP)
    yield context.new_page()
    context.close()


def visit(page, address):
    """Open an address, and wait until its formulas stand and the colours of its theme have faded in."""
    page.goto("about:blank")  # or a new hash on the same page would be no visit
    page.goto(address)
    page.evaluate("globalThis.MathJax?.startup.promise")
    page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")


# ---- the files ----------------------------------------------------------------------------------------------------


def test_every_link_leads_somewhere(book, pages):
    broken = []
    for name, page in pages.items():
        for link, _ in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (book / name).parent / unquote(parts.path) if parts.path else book / name
            there = pages.get(target.resolve().relative_to(book.resolve()).as_posix())
            place, _, settings = unquote(parts.fragment).partition("?")  # settings are those of an explorer
            known = there and (there.explorers if settings else there.anchors)
            if not target.is_file() or (place and there and place not in known):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_pages_load_nothing_from_elsewhere_and_name_every_image(book, pages):
    for name, page in pages.items():
        assert page.unnamed == 0, name
        for link in page.loads:
            assert link.startswith("data:image/") or not urlsplit(link).netloc, (name, link)
            assert link.startswith("data:") or ((book / name).parent / urlsplit(link).path).is_file(), (name, link)
    for path in book.rglob("*.css"):
        assert "url(http" not in path.read_text(encoding="utf-8").replace('"', "").replace("'", ""), path


def test_the_site_is_small(book, pages):
    """A page with its pictures opens at once, and the whole goes through any mail: thirteen chapters, each twice."""
    assert {name for name in pages if (book / name).stat().st_size > 1.5 * MEGABYTE} == set()
    assert sum(path.stat().st_size for path in book.rglob("*") if path.is_file()) < 20_000_000


def test_a_title_names_its_page_and_the_book_once(book):
    titles = [re.search("<title>(.*?)</title>", (book / name).read_text(encoding="utf-8"))[1]
              for name in ("index.html", "notation.html")]  # fmt: skip
    assert titles == ["Knowledge distillation, from the first row of data to a fair verdict",
                      "Notation and glossary &#8212; Knowledge distillation"]  # fmt: skip


def test_chapters_come_in_order_and_can_be_downloaded(book, pages):
    chapters = [f"chapters/{name}.html" for name in names()]
    assert [name for name in pages if name.startswith("chapters/")] == chapters
    for before, after in itertools.pairwise(chapters):
        assert [link for link, style in pages[before].links if "right-next" in style] == [Path(after).name]
        assert [link for link, style in pages[after].links if "left-prev" in style] == [Path(before).name]
    for name in names():
        link = f"../_sources/chapters/{name}.ipynb"
        assert link in [link for link, _ in pages[f"chapters/{name}.html"].links]
        kept = without_phone_pictures((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
        assert (book / "chapters" / link).read_text(encoding="utf-8") == kept


# ---- every page ---------------------------------------------------------------------------------------------------

RAW = r"""() => {
  const copy = document.querySelector(".bd-article, .bd-content").cloneNode(true);
  copy.querySelectorAll("pre, code, script, style, mjx-container").forEach((node) => node.remove());
  const raw = copy.textContent.match(/\\[(\[]|\\(?:frac|mathrm|sum|alpha)\b|\$\$|\$[a-zA-Z\\][^$\n]{0,40}\$/g) ?? [];
  const formulas = [...document.querySelectorAll(".math")].filter((node) => !node.querySelector("mjx-container > svg"));
  const failed = document.querySelectorAll("[data-mml-node=merror]");
  const empty = [...document.images].filter((image) => image.complete && !image.naturalWidth);
  const texts = (nodes) => [...nodes].map((node) => node.outerHTML.slice(0, 80));
  return [...raw, ...texts(formulas), ...texts(failed), ...texts(empty)];
}"""


COLOURS = ("color-contrast", "link-in-text-block")


def accessibility(page, context=None, **options):
    options |= {"resultTypes": ["violations"], "preload": False}  # preloading asks again for every style sheet
    found = Axe().run(page, context, options).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]
            if one["impact"] in ("serious", "critical")]  # fmt: skip


def contrast(page):
    """Contrast outside of code blocks, whose colours have a test of their own: they would take most of the time."""
    return accessibility(page, {"exclude": [["pre"]]}, runOnly=COLOURS)


def sideways(page):
    """How far the page can be scrolled sideways."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_every_page_is_whole_readable_and_fits_a_phone(site, pages, page):
    dark = site.startswith("file")
    page.emulate_media(color_scheme="dark" if dark else "light")
    wrong = {}
    for name in pages:
        visit(page, site + name)
        found = page.evaluate(RAW) + contrast(page)
        if not dark:  # the other theme is the same page in other colours
            found += accessibility(page, rules={rule: {"enabled": False} for rule in COLOURS})
        page.set_viewport_size(PHONE)
        if sideways(page) > 0:
            found.append(f"scrolls sideways by {sideways(page)} px on a phone")
        page.set_viewport_size(DESKTOP)
        if found:
            wrong[name] = found
    assert wrong == {}


# What reaches out of its column, or out of a box that hides the rest. Tables and formulas may scroll inside themselves;
# text, code and pictures fit.
CUT = r"""() => {
  const article = document.querySelector(".bd-article, .bd-content"), found = [];
  const style = (node) => getComputedStyle(node);
  const scrolls = (node) => /auto|scroll/.test(style(node).overflowX);
  const boxed = (node) => node !== article && (scrolls(node) || boxed(node.parentElement));
  const edge = article.getBoundingClientRect().right;
  for (const node of article.querySelectorAll(":scope > section *")) {
    if (!node.clientWidth || node.closest("svg, .math, .visually-hidden") || style(node).display === "inline") continue;
    const more = node.scrollWidth > node.clientWidth + 1;
    const whole = node.matches("pre, .highlight, .kd-figure");
    if (more && (whole || /hidden|clip/.test(style(node).overflowX))) found.push(node);
    else if (node.getBoundingClientRect().right > edge + 1 && !boxed(node.parentElement)) found.push(node);
  }
  return found.map((node) => `cut: ${node.outerHTML.slice(0, 120)}`);
}"""
# Text of pictures below 9 px. A picture says how large its smallest text is in pixels of its file.
SMALL = r"""async () => {
  const shows = (node) => node.checkVisibility();
  const images = [...document.querySelectorAll(".bd-article img:not(.toggler)")].filter(shows);
  await Promise.all(images.map((image) => image.decode()));
  const shown = images.map((image) => [image, image.dataset.kdText * image.clientWidth / image.naturalWidth]);
  for (const text of document.querySelectorAll(".bd-article svg text")) {
    if (!text.closest("mjx-container") && text.textContent) {
      shown.push([text, parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a]);
    }
  }
  const small = shown.filter(([, size]) => !(size > 8.95));
  return small.map(([node, size]) => `${size} px: ${node.outerHTML.slice(0, 120)}`);
}"""


@pytest.mark.parametrize("width", [390, 1024, 1280, 1920])
def test_nothing_is_cut_and_every_figure_can_be_read(width, book, pages, page):
    page.set_viewport_size({"width": width, "height": 900})
    wrong = {}
    for name in pages:
        visit(page, f"{book.as_uri()}/{name}")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found = page.evaluate(CUT) + page.evaluate(SMALL)
        if found or sideways(page) > 0:
            wrong[name] = found, sideways(page)
    assert wrong == {}


def test_a_decision_map_has_two_columns_on_a_phone(book, page):
    page.set_viewport_size({"width": 390, "height": 900})
    visit(page, f"{book.as_uri()}/chapters/06_does_it_work.html")
    columns = page.locator(".kd-lab .kd-map").evaluate("(one) => getComputedStyle(one).gridTemplateColumns")
    assert len(columns.split()) == 2 and columns.endswith("px"), columns  # in a block there are none, and no lengths


def test_the_claims_in_other_draws_fit_a_phone(book, page):
    page.set_viewport_size({"width": 390, "height": 900})
    visit(page, f"{book.as_uri()}/replication.html")
    more = "boxes => boxes.map((box) => box.scrollWidth - box.clientWidth)"
    assert set(page.locator(".kd-scroll").evaluate_all(more)) == {0}


def test_a_reset_person_has_drawn_nothing(book, page):
    visit(page, f"{book.as_uri()}/chapters/01_dataset.html")
    person = page.locator('[data-kd-explorer="person"]').first
    for _ in range(3):
        person.get_by_role("button", name="Draw another label").click()
    expect(person.locator(".kd-status")).to_contain_text("Drawn so far")
    person.get_by_role("button", name="Reset").click()
    expect(person.locator(".kd-status")).not_to_contain_text("Drawn so far")


SHIFT = """globalThis.shift = 0;
new PerformanceObserver((list) => list.getEntries().forEach((one) => { shift += one.value; }))
  .observe({ type: "layout-shift", buffered: true });"""


@pytest.mark.parametrize("width", [390, 1280])
def test_a_page_of_formulas_stands_still_while_they_are_set(width, book, page):
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(SHIFT)
    visit(page, f"{book.as_uri()}/chapters/04_gradients.html")
    assert page.evaluate("shift") < 0.1  # what the web calls good


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_code_is_readable(theme, book, pages, page):
    words = (re.findall(r'<span class="([a-z]{1,2}\d?)">', (book / name).read_text(encoding="utf-8")) for name in pages)
    kinds = sorted(set().union(*words))
    assert {"k", "kn", "n", "sa", "c1"} <= set(kinds)
    page.emulate_media(color_scheme=theme)
    visit(page, f"{book.as_uri()}/chapters/01_dataset.html")
    code = " ".join(f'<span class="{kind}">word</span>' for kind in kinds)
    page.locator(".cell_input pre").first.evaluate("(node, code) => { node.innerHTML = code; }", code)
    assert accessibility(page, ".cell_input pre", runOnly=COLOURS) == []


# ---- explorers ----------------------------------------------------------------------------------------------------

KINDS = ("gradient", "temperature", "person", "words")


def pages_with(pages, book, kind):
    return [name for name in pages if f'data-kd-explorer="{kind}"' in (book / name).read_text(encoding="utf-8")]


def shown(explorer):
    """Picture, words and link of an explorer."""
    pictures = "".join(svg.inner_html() for svg in explorer.locator("svg").all())
    link = explorer.get_by_role("link", name="Link to these settings").get_attribute("href")
    return pictures, explorer.locator(".kd-status").inner_text(), link


@pytest.mark.parametrize("kind", KINDS)
def test_every_explorer_moves_by_keyboard(kind, site, pages, book, page):
    found = pages_with(pages, book, kind)
    assert found, f"no page has a {kind} explorer"
    for name in found:
        visit(page, site + name)
        explorers = page.locator(f'[data-kd-explorer="{kind}"]').all()
        for explorer in explorers:
            before = shown(explorer)
            explorer.locator("input[type=range]:enabled").first.focus()
            page.keyboard.press("ArrowRight")
            assert all(now != old for now, old in zip(shown(explorer), before, strict=True)), (name, before)


def test_menu_and_contents_open_on_a_phone_and_the_menu_folds_on_a_desk(site, page):
    """The theme binds the first of these buttons on a page, wherever that one is."""
    page.set_viewport_size(PHONE)
    for which, link in (("primary", "1. The data set"), ("secondary", "Try next")):
        visit(page, f"{site}chapters/04_gradients.html")
        dialog = page.locator(f"#pst-{which}-sidebar-modal")
        expect(dialog).to_be_hidden()
        page.locator(f".{which}-toggle:visible").click()
        expect(dialog).to_be_visible()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        page.locator(f".{which}-toggle:visible").click()
        before = page.url
        dialog.get_by_role("link", name=link).click()
        page.wait_for_function("before => location.href !== before", arg=before)
    page.set_viewport_size(DESKTOP)
    visit(page, f"{site}index.html")
    menu = page.locator("#pst-primary-sidebar").get_by_role("link", name="1. The data set")
    expect(menu).to_be_visible()
    page.locator(".primary-toggle:visible").click()
    expect(menu).to_be_hidden()


def test_an_address_opens_an_explorer_with_its_settings(site, pages, book, page):
    name, *_ = pages_with(pages, book, "gradient")
    visit(page, f"{site}{name}#gradient?objective=soft+targets&T=4&alpha=7")
    explorer = page.locator('[data-kd-explorer="gradient"]').first
    _, words, link = shown(explorer)
    assert words.startswith("soft targets, T = 4:")
    assert words.endswith("Not taken from the address: alpha is 7; expected a number from 0 to 1.")
    assert link.startswith("#gradient?objective=soft+targets&T=4&alpha=")
    assert 0 <= explorer.bounding_box()["y"] < 300
    page.evaluate("location.hash = '#gradient?T=2&label=2&z=1,0,-1'")
    page.wait_for_function("node => node.textContent.startsWith('soft targets, T = 2:')",
                           arg=explorer.locator(".kd-status").element_handle())  # fmt: skip
    _, words, link = shown(explorer)
    assert "Not taken" not in words
    assert "T=2&" in link and "label=liberal&z=1,0,-1" in link
    explorer.get_by_role("link", name="Link to these settings").click()
    assert page.url == f"{site}{name}{link}"


def test_an_address_that_no_explorer_answers_to_is_told_so(site, page):
    for name in ("gradient-2", "person"):
        visit(page, f"{site}chapters/04_gradients.html#{name}?T=4")
        words = page.locator('[data-kd-explorer="gradient"] .kd-status').inner_text()
        assert words.endswith("which this page does not have.") and name.split("-")[0] in words.rsplit(". ", 1)[1]


def test_an_explorer_that_cannot_start_leaves_its_sentence(book, pages, page, problems):
    name, *_ = pages_with(pages, book, "gradient")
    html = re.sub(r'(="gradient" data-kd-state=)"[^"]*"', r'\1"{}"', (book / name).read_text(encoding="utf-8"))
    page.route(f"**/{name}", lambda route: route.fulfill(body=html, content_type="text/html"))
    with served(book) as address:
        visit(page, f"{address}{name}#gradient?T=4")
        assert (
            page.locator('[data-kd-explorer="gradient"]').first.inner_text().startswith("Run this cell in JupyterLab")
        )
    assert [problem.split(":")[0] for problem in problems] == ["console error"]
    problems.clear()


# ---- search and paper ---------------------------------------------------------------------------------------------


def test_search_finds_the_temperature(site, page):
    visit(page, f"{site}index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("temperature")
    page.keyboard.press("Enter")
    found = page.locator("#search-results .search li a")
    found.first.wait_for()
    page.get_by_text("Search finished").wait_for()
    excerpts = page.locator("#search-results .context").all_inner_texts()
    assert bool(excerpts) == site.startswith("http")
    assert [words for words in excerpts if re.search(r"\\\\[(\[a-z]|\.ipynb|import |System Settings", words)] == []
    chapter = found.filter(has_text="Temperature").first
    chapter.click()
    page.wait_for_url("**/05_temperature.html**")


def test_on_paper_nothing_is_lost(site, pages, page):
    page.emulate_media(color_scheme="dark", media="print")
    for name in [f"chapters/{name}.html" for name in names()]:
        visit(page, site + name)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        assert page.locator("details:not([open])").count() == 0
        assert not page.locator(".bd-sidebar-primary").is_visible()
        twice = "nodes => nodes.filter((node) => node.checkVisibility()).map((node) => node.dataset.kdExplorer)"
        alone = ["map"] * ("playground" in name)  # all others have a twin that stands there
        assert page.locator(".kd-static[data-kd-explorer]").evaluate_all(twice) == alone
        page.set_viewport_size({"width": 720, "height": 1000})  # A4 without its margins
        cut = "nodes => nodes.filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.innerText)"
        assert page.locator(".bd-article :is(pre, .highlight, .cell_output, table)").evaluate_all(cut) == []
        page.set_viewport_size(DESKTOP)
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_formula_sheet_prints_on_one_page(site, page):
    visit(page, f"{site}formulas.html")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1
