"""What can be read two ways is asked about, with its line, what was seen and what settles it; never silently wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cxlib.cli import main
from cxlib.engagement.sources import CheckReport, Loaded, check_engagement
from cxlib.engagement.sources.answers import points_of, worded_scales
from cxlib.engagement.tables.question import KINDS, Question
from cxlib.errors import TableError
from tests.engagement.conftest import HEAD

Read = Callable[..., Loaded]
Check = Callable[..., CheckReport]
SALES = "columns: {transaction_id: id, customer_id: who, at: day, revenue: sum}"
NPS = "columns: {respondent_id: id, on: day, score: nota}, constant: {question: nps}"


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """`check(mapping, file=content, …, head=…)` writes files and brief and checks them; `.csv` is added to the names."""

    def checked(tables: str, head: str = HEAD, **files: str) -> CheckReport:
        for name, content in files.items():
            (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
        (tmp_path / "engagement.yaml").write_text(f"{head}tables:\n{tables}", encoding="utf-8")
        return check_engagement(tmp_path)

    return checked


def kinds(report: CheckReport) -> list[str]:
    return [question.kind for question in report.questions]


def sales(amounts: list[str]) -> str:
    rows = "".join(f'{n};a;2026-06-{n:02};"{amount}"\n' for n, amount in enumerate(amounts, start=1))
    return "id;who;day;sum\n" + rows


@pytest.mark.parametrize(
    ("amounts", "kind"),
    [
        (["1.200", "3.450", "12.000"], "thousands"),
        (["1,200", "300"], "thousands"),
        (["-1.200", "7"], "thousands"),
        (["3 mil", "4"], "amounts_in_words"),
        (["2,5 MLN", "4,1"], "amounts_in_words"),
        (["4k", "300"], "amounts_in_words"),
        (["10 EUR", "$20"], "currencies"),
        (["JPY 3000", "5"], "currencies"),
        (["10 %", "5"], "percent"),
    ],
)
def test_an_amount_that_can_be_read_two_ways_is_asked_about_and_not_read(
    check: Check, amounts: list[str], kind: str
) -> None:
    report = check(f"  transactions: {{file: s.csv, {SALES}}}\n", s=sales(amounts))
    asked = next(question for question in report.questions if question.kind == kind)
    assert (asked.table, asked.column, asked.place) == ("transactions", "revenue", "engagement.yaml, line 14")
    assert asked.choices and asked.n
    assert report.exit_code == 2
    if kind != "percent":
        assert report.reports["transactions"].n_held == report.reports["transactions"].n_refused > 0


@pytest.mark.parametrize(
    ("amounts", "more", "expected"),
    [
        (["1.200", "3.450"], ', thousands: "."', [1200, 3450]),
        (["1.200", "3.450"], ', decimal: "."', [1.2, 3.45]),
        (["1.250.000", "950.000"], "", [1250000, 950000]),
        (["0.125", "1.200"], "", [0.125, 1.2]),
        (["3 mil", "4"], ", confirmed: amounts_in_words", [3000, 4]),
        (["10 EUR", "$20"], ", confirmed: [currencies]", [10, 20]),
    ],
)
def test_what_shows_or_says_how_an_amount_is_meant_settles_the_question(
    read: Read, amounts: list[str], more: str, expected: list[float]
) -> None:
    table, report = read("transactions", SALES + more, sales(amounts))
    assert table["revenue"].tolist() == expected
    assert report.questions == []


@pytest.mark.parametrize("amount", ["1e400", "9" * 310, "inf", "-Infinity", "9007199254740993"])
def test_a_number_that_is_not_held_as_written_is_refused(read: Read, amount: str) -> None:
    table, report = read("transactions", SALES, sales([amount, "5"]))
    assert table["revenue"].tolist() == [5]
    assert "larger than a number is held exactly" in report.problems[0].sentence


@pytest.mark.parametrize("text", ["Not 5", "Top 10", "Max 10", "abc 7"])
def test_only_signs_of_currency_are_taken_off_a_number(read: Read, text: str) -> None:
    assert read("transactions", SALES, sales([text, "5"])).table["revenue"].tolist() == [5]


@pytest.mark.parametrize(
    ("scores", "scale", "likely"),
    [
        ([0, 1, 1, 0, 1], "", "[0, 1]"),
        ([1, 2, 3, 4, 5], "", "[1, 5]"),
        ([0, 2, 5, 5, 0], "", "no_answer: 0"),
        ([1, 2, 3, 4, 10], "", None),
        ([1, 2, 3, 4, 5], "scales: {nps: [0, 10]}\n", None),
        ([5, 5], "", None),
    ],
)
def test_a_scale_whose_upper_half_nobody_used_is_asked_about(
    check: Check, scores: list[int], scale: str, likely: str | None
) -> None:
    head = HEAD.replace("scales: {csat: [1, 5], overall: [1, 5]}\n", scale)
    content = "id,day,nota\n" + "".join(f"{n},2026-06-01,{score}\n" for n, score in enumerate(scores))
    report = check(f"  responses: {{file: s.csv, {NPS}}}\n", head, s=content)
    assert ("scale" in kinds(report)) is (likely is not None)
    assert likely is None or likely in report.questions[0].likely


@pytest.mark.parametrize(
    ("answers", "low", "high", "expected"),
    [
        (["10 - Extremely likely", "0 - Not at all likely", "7"], 0, 10, ["10", "0", "7"]),
        (["5 estrellas", "1 estrella"], 1, 5, ["5", "1"]),
        (["Muy satisfecho", "Satisfecho", "Muy insatisfecho"], 1, 5, ["5", "4", "1"]),
        (["Strongly agree", "DISAGREE", "neutral"], 1, 5, ["5", "2", "3"]),
        (["Sí", "no"], 0, 1, ["1", "0"]),
        (["Muy malo", "2", "6", "Muy bueno"], 1, 7, ["1", "2", "6", "7"]),
        (["★★★★☆"], 1, 5, ["4"]),
        (["Satisfecho", "Muy satisfecho"], 1, 10, ["Satisfecho", "Muy satisfecho"]),
        (["5 mil"], 1, 5, ["5 mil"]),
    ],
)
def test_answers_in_words_become_points_of_their_scale(
    answers: list[str], low: float, high: float, expected: list[str]
) -> None:
    assert points_of(pd.Series(answers, dtype="str"), low, high)[0].tolist() == expected


def test_no_worded_scale_holds_an_answer_twice() -> None:
    for scale in worded_scales():
        assert len(set(scale)) == len(scale) >= 2


def test_where_only_the_ends_of_a_scale_are_unread_nothing_between_them_is_read(check: Check) -> None:
    content = "id,day,nota\n" + "".join(
        f"{n},2026-06-01,{score}\n" for n, score in enumerate(["Para nada", "2", "3", "8", "Del todo"])
    )
    report = check(f"  responses: {{file: s.csv, {NPS}}}\n", s=content)
    assert report.reports["responses"].n_rows == 0
    assert (kinds(report)[0], report.questions[0].n) == ("scale_ends", 2)


def test_the_same_file_and_the_same_rows_are_read_once(check: Check) -> None:
    answers = "id,day,nota\na,2026-06-01,9\na,2026-06-01,9\nb,2026-06-02,0\nc,2026-06-02,10\n"
    one = f"    - {{file: s.csv, {NPS}}}\n"
    two = f"    - {{file: t.csv, {NPS}}}\n"
    report = check("  responses:\n" + one + one + two, s=answers, t=answers)
    assert report.reports["responses"].n_rows == 3
    assert [question.kind for question in report.questions].count("same_file") == 2
    costs = "  costs:\n    - c.csv\n    - c.csv\n"
    report = check(costs, c="on,kind,amount\n2026-01-01,commercial,100\n2026-02-01,commercial,100\n")
    assert report.reports["costs"].n_rows == 2


def test_a_cost_in_two_equal_rows_counts_twice_and_is_asked_about(check: Check) -> None:
    content = "on,kind,amount\n2026-06-01,commercial,100\n2026-06-01,commercial,100\n"
    assert "repeats" in kinds(check("  costs: c.csv\n", c=content))
    assert kinds(check("  costs: {file: c.csv, confirmed: repeats}\n", c=content)) == []


def test_bytes_that_are_utf8_under_another_declared_encoding_are_asked_about(check: Check) -> None:
    content = "customer_id,region\na,Cataluña\nb,León\n"
    report = check("  customers: {file: c.csv, encoding: cp1252}\n", c=content)
    assert kinds(report) == ["encoding"]
    assert "'CataluÃ±a' stands for 'Cataluña'" in report.questions[0].what
    assert kinds(check("  customers: {file: c.csv, encoding: cp1252}\n", c="customer_id,region\na,Norte\n")) == []


def test_a_header_that_is_a_row_or_holds_a_separator_is_asked_about(check: Check) -> None:
    mapping = "  verbatims: {file: v.csv, columns: {respondent_id: '#row', on: '2026-06-03', text: Late}}\n"
    assert kinds(check(mapping, v="2026-06-03,Late\n2026-06-04,Quick\n")) == ["header"]
    wide = (
        "  responses: {file: v.csv, columns: {respondent_id: id, on: day}, wide: {columns: {how: {question: nps}}}}\n"
    )
    report = check(wide, v="id,day,If it were, how\n1,2026-06-01,9\n2,2026-06-01,3\n")
    assert (report.questions[0].kind, report.questions[0].blocks, report.exit_code) == ("header", True, 2)
    assert report.reports["responses"].n_rows == 0
    years = "  customers: {file: v.csv, columns: {customer_id: id}}\n"
    assert kinds(check(years, v="id,2024,2025\na,1,2\nb,3,4\n")) == []


@pytest.mark.parametrize("after", ["", 'C99,"Sur"\n', "C98,Sur\n" * 3])
def test_a_quote_that_opens_has_to_close(read: Read, after: str) -> None:
    content = "customer_id,region\nC1,Sur\n" + 'C2,"Norte\n' + "".join(f"C{n},Este\n" for n in range(3, 40)) + after
    with pytest.raises(TableError) as error:
        read("customers", "columns: {}", content)
    assert "line 3" in str(error.value)


def test_a_comment_of_several_lines_is_no_swallowed_row(read: Read) -> None:
    text = "\n".join(["It came late, then", "again", "and again, in bits", "", "so, no", "never", "bye, then"])
    content = f'id,day,text\na,2026-06-01,"{text}"\n'
    assert len(read("verbatims", "columns: {respondent_id: id, on: day}", content).table) == 1


@pytest.mark.parametrize(
    ("cells", "kind"),
    [("45,", "dates_of_1900"), ("46023,46000", "leaves_before_joining")],
)
def test_days_that_cannot_be_meant_are_asked_about(check: Check, cells: str, kind: str) -> None:
    content = f"customer_id,since_on,left_on\na,{cells}\n"
    assert kind in kinds(check("  customers: {file: c.csv, dates: excel}\n", c=content))


def test_days_written_as_figures_are_asked_about_with_the_form_that_reads_them(check: Check) -> None:
    report = check(f"  transactions: {{file: s.csv, {SALES}}}\n", s="id,who,day,sum\n1,a,1780000000,5\n")
    assert report.questions[0].likely == "dates: {at: unix}"
    assert report.exit_code == 2


@pytest.mark.parametrize(
    ("row", "asked"),
    [
        ("{name: R, metric: csat, value: 85}", True),
        ("{name: R, metric: nps, value: 0.31}", True),
        ("{name: R, metric: conversion, value: 12}", True),
        ("{name: R, metric: nps, value: 31}", False),
        ("{name: R, metric: csat, value: 4.2}", False),
    ],
)
def test_a_benchmark_off_its_scale_is_asked_about(check: Check, row: str, asked: bool) -> None:
    assert ("benchmark_scale" in kinds(check(f"  benchmarks:\n    rows: [{row}]\n"))) is asked


def test_a_choice_of_an_idea_that_nobody_knows_is_named_with_the_nearest(check: Check) -> None:
    head = HEAD + 'choices: {7: {experiences: [slott], why: x, by: y}}\n'  # fmt: skip
    idea = "{idea_id: slot, label: S, touchpoint: checkout, effect_low: 0, effect_likely: 0, effect_high: 0.1, cost_once: 1}"
    report = check(f"  ideas:\n    rows: [{idea}]\n", head)
    assert "did you mean 'slot'?" in report.questions[0].what
    assert report.exit_code == 2


def test_tables_that_never_meet_and_keys_in_other_letters_are_asked_about(check: Check) -> None:
    report = check(
        f"  customers: c.csv\n  transactions: {{file: s.csv, {SALES}}}\n  interactions: i.csv\n",
        c="customer_id\n0001\n0002\n",
        s="id,who,day,sum\n1,1,2026-06-01,5\n2,2,2026-06-01,5\n",
        i="customer_id,at,touchpoint\n0001,2024-08-01,checkout\n",
    )
    found = {(question.kind, question.table) for question in report.questions}
    assert {("one_person_two_keys", "transactions"), ("periods_apart", "transactions")} <= found


def test_growth_written_as_percent_is_asked_about_until_it_is_confirmed(check: Check) -> None:
    assert kinds(check("  customers: {rows: []}\n", HEAD + "objective: {target_growth: 8}\n")) == ["growth"]
    confirmed = HEAD + "objective: {target_growth: 8}\nconfirmed: growth\n"
    assert kinds(check("  customers: {rows: []}\n", confirmed)) == []


def test_refused_rows_end_the_check_with_3_unless_the_brief_allows_them(check: Check) -> None:
    content = sales(["much", "5", "6", "7"])
    report = check(f"  transactions: {{file: s.csv, {SALES}}}\n", s=content)
    assert (report.exit_code, report.refused) == (3, {"transactions": 1})
    assert "may_refuse" in report.next_words()
    assert check(f"  transactions: {{file: s.csv, {SALES}, may_refuse: 0.25}}\n", s=content).exit_code == 0
    assert check(f"  transactions: {{file: s.csv, {SALES}, may_refuse: 0.2}}\n", s=content).exit_code == 3


def test_an_untouched_brief_is_not_called_well(check: Check) -> None:
    report = check("  {}\n")
    assert report.exit_code == 2
    assert "All ten stages" not in report.text()
    assert "tables:" in report.next_words()


def test_the_page_says_how_many_rows_were_refused_and_what_they_lean_to(read: Read) -> None:
    days = [f"{n};a;2026-{1 + n // 20:02}-{1 + n % 20:02};{'much' if n > 50 else 5}\n" for n in range(60)]
    report = read("transactions", SALES, "id;who;day;sum\n" + "".join(days)).report
    assert report.refused_words == " of 60 (9 refused, most of them among the newest)"
    assert read("transactions", SALES, sales(["5"])).report.refused_words == ""


def test_the_account_as_json_holds_rows_reasons_questions_and_pages(
    check: Check, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    check(f"  transactions: {{file: s.csv, {SALES}}}\n", s=sales(["1.200", "much", "5"]))
    code = main(["check", str(tmp_path), "--json"])
    told = json.loads(capsys.readouterr().out)
    assert code == told["exit_code"] == 3
    table = told["tables"]["transactions"]
    assert (table["in_file"], table["kept"], table["refused"], table["waiting"]) == (3, 1, 2, 1)
    assert table["problems"][0] | {"what": ""} == {
        "where": "s.csv", "column": "revenue", "what": "", "n": 1, "rows": [3], "examples": ["'much'"], "refused": True,
    }  # fmt: skip
    assert told["questions"][0]["likely"] == 'thousands: "."'
    assert [page["page"] for page in told["pages"]] == list(range(1, 11))
    assert {page["answers"] for page in told["pages"]} <= {"all", "part", "nothing"}


def test_a_question_of_an_unknown_kind_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        Question("odd", "", "", ())
    assert sorted(KINDS) == list(KINDS)
