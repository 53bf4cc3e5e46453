"""The pages of the sample run, as a client gets them."""

from __future__ import annotations

import getpass
import itertools
import json
import re
from pathlib import Path

from bs4 import BeautifulSoup

from cxlib.chain import STAGES
from cxlib.report.clean import NO_ALT

MOST_BYTES = 450_000  # a page with six figures; the design aims at 300 kB, most pages are below it


def pages(home: Path) -> dict[str, BeautifulSoup]:
    """Every page of a run by its name."""
    return {path.stem: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser") for path in home.glob("*.html")}


def test_the_run_leaves_ten_pages_and_the_overview(sample_run: Path) -> None:
    assert set(pages(sample_run)) == {"index", *(stage.slug for stage in STAGES)}


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
        assert (sample_run / f"{name}.html").stat().st_size <= MOST_BYTES, name


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
            if target.startswith("#"):
                assert page.find(id=target[1:]), f"{name}: {target}"
            elif not target.startswith(("http://", "https://", "mailto:")):
                assert (sample_run / target).is_file(), f"{name}: {target}"


def test_the_headline_of_each_stage_stands_on_its_page_and_on_the_overview(sample_run: Path) -> None:
    overview = pages(sample_run)["index"].get_text(" ")
    for stage in STAGES:
        record = json.loads((sample_run / "stages" / f"{stage.number:02d}" / "record.json").read_text(encoding="utf-8"))
        assert record["headline"] and record["headline"] in overview
