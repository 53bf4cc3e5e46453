"""`cx explain` and the page *Dictionary*: each number with its formula and what it is made of, before a run and after it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cxlib import dictionary
from cxlib.engagement.brief import load_brief
from cxlib.errors import UsageError
from cxlib.facts import Fact
from cxlib.report.dictionary import dictionary_page
from cxlib.report.explain import declared_text, explain_text, list_text
from cxlib.report.view import Frame

ROOT = Path(__file__).resolve().parents[2]
YAML = """
level: {label: Level a month, unit: money, formula: mean of twelve months, inputs: [transactions]}
target: {label: Target a month, unit: money, formula: what is asked for, inputs: ["brief: objective"], grade: assumed}
gap:
  label: Gap to the target
  unit: money
  formula: twelve times what is missing a month
  equation: "12 * ({1.target} - {1.level})"
"""


@pytest.fixture
def declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "declared" / "business_objective"
    folder.mkdir(parents=True)
    (folder / "facts.yaml").write_text(YAML, encoding="utf-8")
    monkeypatch.setattr(dictionary, "STAGES_FOLDER", folder.parent)
    dictionary.entries.cache_clear()
    dictionary._families.cache_clear()
    yield
    dictionary.entries.cache_clear()
    dictionary._families.cache_clear()


@pytest.mark.usefixtures("declared")
def test_without_a_run_it_tells_what_the_fact_would_be() -> None:
    told = declared_text("1.gap")
    assert told.startswith("1.gap: Gap to the target\n")
    assert "Equation: 12 × (1.target − 1.level)" in told
    assert re.search(r"Made from:\n +1\.target +\(what is asked for\)\n +brief: objective\n +1\.level", told)


@pytest.mark.usefixtures("declared")
def test_an_unknown_fact_is_refused_with_the_nearest_and_with_all_of_its_stage() -> None:
    with pytest.raises(UsageError, match=r"did you mean '1\.gap'\?.*1\.level, 1\.target, 1\.gap.*cx explain --list"):
        declared_text("1.gaap")
    with pytest.raises(UsageError, match="Facts look like"):
        declared_text("gap")


@pytest.mark.usefixtures("declared")
def test_the_list_has_each_fact_and_that_of_a_stage_its_formula() -> None:
    assert "1.gap" in list_text()
    assert "twelve times" not in list_text()
    assert "twelve times what is missing a month" in list_text(1)


@pytest.mark.usefixtures("declared")
def test_with_a_run_the_arithmetic_is_shown_with_its_numbers(tmp_path: Path) -> None:
    facts = [
        Fact("1.level", 80.0, unit="money"),
        Fact("1.target", 100.5, unit="money"),
        Fact("1.gap", 246.0, unit="money", formula="twelve times", inputs=("1.target", "1.level")),
    ]
    (tmp_path / "facts.json").write_text(json.dumps({"facts": [fact.as_json() for fact in facts]}), encoding="utf-8")
    told = explain_text(load_brief(ROOT / "data" / "sample"), tmp_path, "1.gap")
    assert "= 12 × (100.5 − 80) = €246" in told
    assert "    1.target = €100" in told


def test_the_dictionary_lists_every_number_of_the_run(sample_run: Path) -> None:
    facts = json.loads((sample_run / "facts.json").read_text(encoding="utf-8"))["facts"]
    page = (sample_run / "dictionary.html").read_text(encoding="utf-8")
    assert re.findall(r'<tr id="([^"]+)">', page) == [fact["id"] for fact in facts]
    assert 'href="dictionary.html"' in (sample_run / "index.html").read_text(encoding="utf-8")
    assert 'href="dictionary.html"' in (sample_run / "03_sales_funnel.html").read_text(encoding="utf-8")


def test_a_number_that_cannot_be_told_says_so_and_its_text_is_never_markup() -> None:
    page = dictionary_page(Frame(), {"1.gap": Fact("1.gap", None, unit="money", formula="<b>12</b>")})
    assert "<td>cannot tell</td>" in page
    assert "&lt;b&gt;12&lt;/b&gt;" in page
