"""The pages of the sample run, as a client gets them."""

from __future__ import annotations

import getpass
import itertools
import json
import re
from functools import cache
from pathlib import Path

from bs4 import BeautifulSoup

from cxlib.chain import STAGES
from cxlib.report.clean import NO_ALT

MOST_BYTES = 300_000  # of a page
MOST_WITHOUT_FIGURES = 150_000
MOST_OF_A_RUN = 2_500_000


@cache
def pages(home: Path) -> dict[str, BeautifulSoup]:
    """Every page of a run by its name."""
    return {path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in home.glob("*.html")}


def test_the_run_leaves_ten_pages_the_overview_its_summary_and_the_dictionary(sample_run: Path) -> None:
    assert set(pages(sample_run)) == {"index", "summary", "dictionary", *(stage.slug for stage in STAGES)}


def test_pages_are_light_and_so_is_the_whole_run(sample_run: Path) -> None:
    sizes = {path.stem: path.stat().st_size for path in sample_run.glob("*.html")}
    assert max(sizes.values()) <= MOST_BYTES and sum(sizes.values()) <= MOST_OF_A_RUN, sizes
    for name, page in pages(sample_run).items():
        figures = sum(len(image["src"]) for image in page.find_all("img"))
        assert sizes[name] - figures <= MOST_WITHOUT_FIGURES, name


def test_every_page_begins_with_a_figure_or_says_why_there_is_none(sample_run: Path) -> None:
    for stage in STAGES:
        page = pages(sample_run)[stage.slug]
        assert page.select_one("section.lead :is(img, table)"), stage.slug
        assert re.search(r"\d", page.select_one("div.headline").text), stage.slug
        assert page.select_one("section.gist li") and page.select_one("section.since"), stage.slug


def test_the_overview_shows_the_corridor_from_stall_to_objective_with_its_money(sample_run: Path) -> None:
    overview = pages(sample_run)["index"]
    places = [" ".join(row["class"]) for row in overview.select("table.funnel tbody tr")]
    assert places.count("stall") == places.count("objective") == 1
    inside = places[places.index("stall") + 1 : places.index("objective")]
    assert set(inside) <= {"inside"} and "inside" not in places[: places.index("stall")]
    assert re.search(r"€[\d,]+ a year at stake", overview.select_one("tr.stall").text)


def test_the_money_is_traced_from_objective_to_return_each_link_to_its_fact(sample_run: Path) -> None:
    facts = {fact["id"] for fact in json.loads((sample_run / "facts.json").read_text(encoding="utf-8"))["facts"]}
    links = pages(sample_run)["index"].select("ol.trace > li")
    named = [re.search(r"fact ([\w.]+)", link.text) for link in links]
    assert len(links) == 8 and all(name and name[1] in facts for name in named)
    assert not any("cannot tell" in link.text.lower() for link in links)


def test_every_page_has_one_h1_a_language_a_title_and_no_heading_is_skipped(sample_run: Path) -> None:
    for name, page in pages(sample_run).items():
        levels = [int(heading.name[1]) for heading in page.find_all(re.compile(r"^h[1-6]$"))]
        assert levels.count(1) == 1 and levels[0] == 1, name
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), name
        assert page.html["lang"] == "en" and "Hogar Claro" in page.title.text, name


def test_nothing_on_a_page_runs_or_is_fetched(sample_run: Path) -> None:
    for name, page in pages(sample_run).items():
        assert not page.find_all(["script", "link", "iframe", "object", "embed", "svg", "form", "input"]), name
        assert all(image["src"].startswith("data:image/") for image in page.find_all("img")), name
        assert "default-src 'none'" in page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"], name


def test_every_figure_is_described_and_every_table_captioned(sample_run: Path) -> None:
    for name, page in pages(sample_run).items():
        for image in page.find_all("img"):
            assert 10 <= len(image["alt"]) <= 250 and NO_ALT not in image["alt"], name
        for table in page.find_all("table"):
            assert table.caption and table.caption.text.strip(), name
            assert all(th.get("scope") and th.text.strip() for th in table.find_all("th")), name
            assert "scroll" in table.parent["class"] and table.parent["tabindex"] == "0", name


def test_no_page_names_the_machine_or_shows_code(sample_run: Path) -> None:
    for name, page in pages(sample_run).items():
        text = page.get_text(" ")
        for words in (
            "open_stage",
            "Traceback",
            "import ",
            str(sample_run.parent),
            str(Path.home()),
            f"{getpass.getuser()}@",
        ):
            assert words not in text or len(words) < 3, f"{name}: {words}"


def test_every_link_inside_the_report_leads_somewhere(sample_run: Path) -> None:
    for name, page in pages(sample_run).items():
        for link in page.find_all("a", href=True):
            target = link["href"]
            file, _hash, place = target.partition("#")
            if not target.startswith(("http://", "https://", "mailto:")):
                assert not file or (sample_run / file).is_file(), f"{name}: {target}"
                there = pages(sample_run)[Path(file).stem] if file else page
                assert not place or there.find(id=place), f"{name}: {target}"


def test_the_headline_of_each_stage_stands_on_its_page_and_on_the_overview(sample_run: Path) -> None:
    overview = " ".join(pages(sample_run)["index"].get_text().split())
    for stage in STAGES:
        record = json.loads((sample_run / "stages" / f"{stage.number:02d}" / "record.json").read_text(encoding="utf-8"))
        assert record["headline"] and record["headline"] in overview
