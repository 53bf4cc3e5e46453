"""The brief: every mistake at once, each with line, value, what is accepted and the nearest valid name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.engagement.brief import load_brief, new_engagement
from cxlib.engagement.brief.model import Brief
from cxlib.engagement.brief.yaml_text import YamlText
from cxlib.errors import BriefError, UsageError
from tests.engagement.conftest import HEAD

Write = Callable[..., Path]


def mistakes(folder: Path) -> tuple[str, ...]:
    with pytest.raises(BriefError) as caught:
        load_brief(folder)
    return caught.value.mistakes


def test_a_brief_is_read_with_names_looked_up_by_key(write: Write) -> None:
    brief = load_brief(write(""))
    assert brief.step_keys == ["discovery", "purchase"]
    assert brief.touchpoint_keys == ["advert", "checkout"]
    assert brief.step_of("checkout") == "purchase"
    assert brief.step_of("nowhere") == ""
    assert brief.touchpoints_of("discovery") == ["advert"]
    assert brief.label("touchpoint", "advert") == "Advertising"
    assert brief.label("idea", "i1") == "i1"
    assert brief.scale("csat") == (1, 5)
    assert brief.scale("nps") == (0, 10)


def test_folder_and_file_name_the_same_engagement(write: Write) -> None:
    folder = write("")
    assert load_brief(folder) == load_brief(folder / "engagement.yaml")
    assert load_brief(folder).name == folder.name
    assert load_brief(folder).folder == folder


def test_what_is_not_written_has_its_one_default(write: Write) -> None:
    brief = load_brief(write(""))
    assert (brief.lang, brief.locale) == ("en", "en_IE")
    assert (brief.thresholds.minimum_cell, brief.thresholds.minimum_quotes) == (5, 8)
    assert (brief.objective.horizon_months, brief.objective.discount_rate) == (24, 0.08)


def test_an_earlier_as_of_also_ends_the_period(write: Write) -> None:
    brief = load_brief(write(""), as_of="2025-12-31")
    assert brief.as_of == brief.period.end == date(2025, 12, 31)


@pytest.mark.parametrize("day", ["31/12/2025", "2025-13-01", "yesterday"])
def test_an_as_of_that_is_no_date_is_refused(write: Write, day: str) -> None:
    with pytest.raises(UsageError, match=rf"as_of: '{day}' is not a date. A date is written YYYY-MM-DD"):
        load_brief(write(""), as_of=day)


def test_all_mistakes_are_found_at_once_each_with_its_line(write: Write) -> None:
    text = HEAD.replace("currency: EUR", "currency: EURO").replace("phase: before", "phase: befor")
    found = mistakes(write("objectiv: {}\nthresholds: {minimum_cell: 2}\ntables: {responces: a.csv}\n", text))
    assert found == (
        "engagement.yaml, line 2: currency: found 'EURO'. Accepted: a three-letter code, like EUR.",
        "engagement.yaml, line 6: funnel.0.phase: found 'befor'; did you mean 'before'? Accepted: before, during, after.",
        "engagement.yaml, line 13: objectiv: unknown name 'objectiv'; did you mean 'objective'? Accepted: "
        f"{', '.join(Brief.model_fields)}.",
        "engagement.yaml, line 14: thresholds.minimum_cell: found 2. Accepted: 5 or more.",
        "engagement.yaml, line 15: tables: unknown name 'responces'; did you mean 'responses'? Accepted tables: "
        "customers, interactions, responses, verbatims, transactions, costs, benchmarks, ideas, capabilities, people, "
        "tasks, kano, assignments, pulse.",
    )


CASES = {
    "a touchpoint at an unknown step": (
        HEAD.replace("step: purchase}", "step: purchas}"),
        "",
        "line 10: touchpoints.checkout.step: unknown name 'purchas'; did you mean 'purchase'?",
    ),
    "a step given twice": (
        HEAD.replace("{step: purchase, l", "{step: discovery, l").replace("step: purchase}", "step: discovery}"),
        "",
        "line 7: funnel: step 'discovery' is given twice",
    ),
    "a key given twice": (HEAD, "company: Other\n", "line 13: 'company' is given twice, first on line 1"),
    "an unknown contract column": (
        HEAD,
        "tables:\n  responses:\n    file: a.csv\n    columns: {skore: Nota}\n",
        "line 16: tables.responses.columns: unknown name 'skore'; did you mean 'score'?",
    ),
    "an unknown option of a source": (
        HEAD,
        "tables:\n  people:\n    - {file: a.csv, decimals: ','}\n",
        "line 15: tables.people.0.decimals: unknown name 'decimals'; did you mean 'decimal'?",
    ),
    "an unknown touchpoint in a wide mapping": (
        HEAD,
        "tables:\n  responses: {file: a.csv, wide: {columns: {Q1: {touchpoint: chekout, question: csat}}}}\n",
        "line 14: tables.responses.wide.columns.Q1.touchpoint: unknown name 'chekout'; did you mean 'checkout'?",
    ),
    "an unknown question as a constant": (
        HEAD,
        "tables:\n  responses: {file: a.csv, constant: {question: nsp}}\n",
        "line 14: tables.responses.constant.question: unknown name 'nsp'; did you mean 'nps'?",
    ),
    "neither file nor rows": (
        HEAD,
        "tables:\n  people: {columns: {role: Rol}}\n",
        "line 14: tables.people: give either file or rows",
    ),
    "attributes outside customers": (
        HEAD,
        "tables:\n  people: {file: a.csv, attributes: [x]}\n",
        "line 14: tables.people: only customers have attributes",
    ),
    "a scale upside down": (HEAD.replace("csat: [1, 5]", "csat: [5, 1]"), "", "line 12: scales.csat: found [5, 1]"),
    "another scale for nps": (
        HEAD.replace("csat: [1, 5]", "nps: [1, 5]"),
        "",
        "A net promoter score is asked on a scale of [0, 10] or [1, 10]",
    ),
    "an emotion for an unknown touchpoint": (
        HEAD,
        "judgement: {emotions: {advrt: joy}}\n",
        "line 13: judgement.emotions: unknown name 'advrt'; did you mean 'advert'?",
    ),
    "a choice without its author": (
        HEAD,
        "choices:\n  3: {stall_step: purchase, why: plain}\n",
        "line 14: choices.3.by: is missing. A choice must say who made it.",
    ),
    "a choice of an eleventh stage": (
        HEAD,
        "choices:\n  11: {why: a, by: b}\n",
        "line 14: choices: '11' is not a stage",
    ),
    "a choice that the stage does not take": (
        HEAD,
        "choices:\n  3: {stal_step: purchase, why: a, by: b}\n",
        "'stal_step' is not decided here; did you mean 'stall_step'?",
    ),
    "a period that ends before it starts": (
        HEAD.replace("2024-07-01", "2027-07-01"),
        "",
        "line 4: period: it starts on 2027-07-01, which is after its end or as_of, 2026-06-30",
    ),
    "a word for a number": (
        HEAD,
        "objective: {budget: plenty}\n",
        "line 13: objective.budget: found 'plenty'. Accepted: a number",
    ),
    "a word for a date": (
        HEAD.replace("2026-06-30", "soon"),
        "",
        "line 3: as_of: found 'soon'. A date is written YYYY-MM-DD.",
    ),
    "a key with a blank": (HEAD.replace("advert:", "my advert:"), "", "A key holds letters, digits, - and _ only."),
    "a locale that is none": (
        HEAD,
        "locale: xx_YY\n",
        "line 13: locale: found 'xx_YY'. Accepted: a language and a country",
    ),
    "a gate that is fixed": (
        HEAD,
        "thresholds: {evidence_n: 40}\n",
        "line 13: thresholds.evidence_n: the evidence gate is fixed at 30 persons. Delete this line.",
    ),
    "a level that is fixed": (
        HEAD,
        "thresholds: {confidence: 0.9}\n",
        "line 13: thresholds.confidence: the level of every interval is fixed at 95%. Delete this line.",
    ),
    "a discount of more than everything": (
        HEAD,
        "objective: {discount_rate: 8}\n",
        "line 13: objective.discount_rate: found 8. Accepted: 1 or less.",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_mistake_is_told_with_line_value_and_nearest_name(name: str, write: Write) -> None:
    head, more, expected = CASES[name]
    found = mistakes(write(more, head))
    assert any(expected in message for message in found), found


@pytest.mark.parametrize(
    "file", ["/etc/passwd", "C:/data.csv", "https://example.org/a.csv", "~/a.csv", "a\\b.csv", "s3://b/k"]
)
def test_a_file_is_named_by_a_plain_relative_path_only(write: Write, file: str) -> None:
    (found,) = mistakes(write(f"tables:\n  people: {{file: '{file}'}}\n"))
    assert "Accepted: a path relative to the engagement folder" in found


def test_a_broken_file_is_named_with_its_line(write: Write) -> None:
    (found,) = mistakes(write("tables: {people: [a.csv}\n"))
    assert found.startswith("engagement.yaml, line 13: this is not YAML:")


def test_a_byte_that_is_not_utf_8_is_named_with_its_line(write: Write) -> None:
    folder = write("")
    (folder / "engagement.yaml").write_bytes(HEAD.encode() + "labels: {segment: {a: Señor}}".encode("cp1252"))
    assert mistakes(folder) == ("engagement.yaml, line 13: a character that is not UTF-8; save the file as UTF-8",)


def test_a_file_too_large_for_a_brief_is_refused(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX_MOST_BRIEF_BYTES", str(len(HEAD.encode()) - 1))
    (found,) = mistakes(write(""))
    assert "CX_MOST_BRIEF_BYTES raises the limit" in found


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "just words\n"])
def test_a_file_that_is_no_mapping_is_refused(write: Write, text: str) -> None:
    assert mistakes(write("", text))


def test_an_object_of_python_is_not_made(write: Write) -> None:
    found = mistakes(write("seed: !!python/object/apply:os.getcwd []\n"))
    assert "could not determine a constructor" in found[0]


def test_a_folder_without_a_brief_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no engagement.yaml here.*Make one with `cx new NAME`"):
        load_brief(tmp_path)


def test_words_that_other_yaml_takes_for_truth_stay_words() -> None:
    text = YamlText("on: yes\noff: no\ncode: 007\ntime: 12:30\ndone: true\nday: 2026-01-02\nshare: .5\n")
    assert text.data == {
        "on": "yes",
        "off": "no",
        "code": "007",
        "time": "12:30",
        "done": True,
        "day": date(2026, 1, 2),
        "share": 0.5,
    }


def test_an_anchor_serves_several_sources(write: Write) -> None:
    brief = load_brief(
        write("tables:\n  people:\n    - &a {file: a.csv, columns: {role: Rol}}\n    - {<<: *a, file: b.csv}\n")
    )
    assert [source.file for source in brief.tables["people"]] == ["a.csv", "b.csv"]
    assert brief.tables["people"][1].columns == {"role": "Rol"}


def test_an_alias_inside_itself_is_refused(write: Write) -> None:
    assert mistakes(write("labels: &a {x: *a}\n"))


def test_a_new_engagement_is_valid_as_it_stands_and_never_overwrites(tmp_path: Path) -> None:
    file = new_engagement(tmp_path / "Café: nº 1", today=date(2026, 3, 4))
    brief = load_brief(file.parent)
    assert (brief.company, brief.as_of) == ("Café: nº 1", date(2026, 3, 4))
    assert (file.parent / "data").is_dir()
    with pytest.raises(UsageError, match="exists and is not empty"):
        new_engagement(file.parent)


def test_everything_commented_out_in_the_template_is_valid_too(tmp_path: Path) -> None:
    file = new_engagement(tmp_path / "client", today=date(2026, 3, 4))
    lines = file.read_text().replace("touchpoints: {}", "touchpoints:").replace("tables: {}", "tables:").splitlines()
    prose = [line for line in lines if line.startswith("# ") and line[2:3] != " "]
    file.write_text("\n".join(line.removeprefix("#") for line in lines if line not in prose))
    brief = load_brief(file)
    assert brief.touchpoint_keys == ["reviews", "website"]
    assert set(brief.tables) == {"customers", "transactions", "responses"}
    assert brief.choices[1].picked == {"objective": "gross_margin"}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["company", "funnel", "tables", "touchpoints", "choices", "period", "scales", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
            max_leaves=5,
        ),
    )
)
def test_no_brief_however_wrong_ends_in_a_traceback(data: dict[str, object]) -> None:
    import json
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "engagement.yaml").write_text(json.dumps(data), encoding="utf-8")
        with pytest.raises(BriefError) as caught:
            load_brief(folder)
    assert all(message.startswith("engagement.yaml, line ") for message in caught.value.mistakes)
