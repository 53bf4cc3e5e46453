"""Files into tables: repairs are counted, failures named with rows and examples, nothing is guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cxlib.engagement.brief import load_brief
from cxlib.engagement.sources import Loaded, check_engagement, load_table, load_tables
from cxlib.engagement.tables import CONTRACTS, empty_table
from cxlib.engagement.tables.report import TableReport, examples_of
from cxlib.errors import BriefError, TableError, UsageError
from cxlib.language import vocabulary

Read = Callable[..., Loaded]
ANSWERS = "columns: {respondent_id: id, on: day, score: nota}, constant: {question: nps}"
SALES = "columns: {transaction_id: id, customer_id: who, at: day, revenue: sum}"


def test_every_table_arrives_with_all_its_columns_even_without_a_source(write: Callable[..., Path]) -> None:
    for name, (table, report) in load_tables(load_brief(write(""))).items():
        assert tuple(table.columns) == CONTRACTS[name].column_names
        assert table.dtypes.to_dict() == empty_table(CONTRACTS[name]).dtypes.to_dict()
        assert (len(table), report.configured) == (0, False)


def test_a_score_of_zero_is_an_answer(read: Read) -> None:
    table, report = read("responses", ANSWERS, "id,day,nota\na,2026-01-01,0\nb,2026-01-02,\nc,2026-01-03,10\n")
    assert table["score"].tolist() == [0.0, 10.0]
    assert (report.n_unanswered, report.n_refused) == (1, 0)


def test_blank_text_is_an_empty_text_and_blank_weight_is_one(read: Read) -> None:
    table = read("responses", ANSWERS, "id,day,nota\na,2026-01-01,7\n").table
    assert table.loc[0, ["touchpoint", "channel"]].tolist() == ["", ""]
    assert table.loc[0, "weight"] == 1


def test_scores_outside_the_scale_are_refused_with_rows_and_examples(read: Read) -> None:
    rows = "".join(f"p{n},2026-01-01,{score}\n" for n, score in enumerate([5, 11, 7, -1, 99, 12]))
    table, report = read("responses", ANSWERS, "id,day,nota\n" + rows)
    (problem,) = report.problems
    assert (report.n_refused, len(table)) == (4, 2)
    assert problem.sentence == (
        "file.csv, column score: 4 × outside the scale of nps, 0–10, refused (rows 3, 5, 6, 7: '11', '-1', '99')"
    )


def test_each_question_has_its_own_scale(read: Read) -> None:
    mapping = "columns: {respondent_id: id, on: day, score: nota, question: q}"
    table, report = read("responses", mapping, "id,day,nota,q\na,2026-01-01,6,nps\na,2026-01-01,6,csat\n")
    assert table["question"].tolist() == ["nps"]
    assert "outside the scale of csat, 1–5" in report.problems[0].sentence


def test_an_optional_value_that_fails_is_left_blank_and_the_row_stays(read: Read) -> None:
    table, report = read(
        "transactions",
        "columns: {transaction_id: id, customer_id: who, at: day, revenue: sum, margin: m}",
        "id,who,day,sum,m\nt1,a,2026-01-01,10,much\n",
    )
    assert table["revenue"].tolist() == [10.0]
    assert table["margin"].isna().all()
    assert report.problems[0].sentence == "file.csv, column margin: 1 × not a number, value left blank (rows 2: 'much')"


def test_rows_after_as_of_are_not_seen_but_the_whole_last_day_is(read: Read) -> None:
    content = "id,who,day,sum\n1,a,2026-06-30 23:59:59,5\n2,a,2026-07-01 00:00:00,5\n"
    table, report = read("transactions", SALES, content)
    assert table["transaction_id"].tolist() == ["1"]
    assert report.n_later == 1


def test_a_customer_who_leaves_after_as_of_is_still_there(read: Read) -> None:
    content = "customer_id,since_on,left_on\na,2025-01-01,2026-08-01\nb,2026-07-05,\nc,,2026-01-01\n"
    table, report = read("customers", "columns: {}", content)
    assert table["customer_id"].tolist() == ["a", "c"]
    assert table["left_on"].isna().tolist() == [True, False]
    assert (report.n_later, report.repairs["not_yet"]) == (1, 1)


def test_a_key_given_twice_is_dropped_when_equal_and_refused_when_different(read: Read) -> None:
    content = "id,who,day,sum\n1,a,2026-01-01,5\n1,a,2026-01-01,5\n1,a,2026-01-01,6\n"
    table, report = read("transactions", SALES, content)
    assert table["revenue"].tolist() == [5.0]
    assert (report.repairs["duplicate"], report.n_refused) == (1, 1)
    assert "the same key with different values, refused (rows 4: '1')" in report.problems[0].sentence


def test_a_day_that_can_be_read_two_ways_is_not_read(read: Read) -> None:
    table, report = read("transactions", SALES, "id,who,day,sum\n1,a,03/04/2026,5\n")
    assert len(table) == 0
    assert "can be read two ways: write `dates: dayfirst` or `dates: monthfirst`" in report.problems[0].sentence


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("dayfirst", "03/04/2026", "2026-04-03"),
        ("monthfirst", "03/04/2026", "2026-03-04"),
        ("dayfirst", "2026-04-03", "2026-04-03"),
        ("monthfirst", "12/31/2025 09:30:00 AM", "2025-12-31 09:30"),
        ("monthfirst", "12/31/2025 12:05 AM", "2025-12-31 00:05"),
        ("dayfirst", "31.12.25 9:30 p.m.", "2025-12-31 21:30"),
        ("iso", "2026-01-02T03:04:05.678+02:00", "2026-01-02 03:04:05.678"),
        ("excel", "46023.5", "2026-01-01 12:00"),
        ("'%Y%m%d'", "20260102", "2026-01-02"),
    ],
)
def test_a_declared_form_of_dates_is_read(read: Read, form: str, text: str, expected: str) -> None:
    table = read("transactions", SALES + f", dates: {form}", f"id,who,day,sum\n1,a,{text},5\n").table
    assert table["at"].tolist() == [pd.Timestamp(expected)]


@pytest.mark.parametrize("text", ["31/02/2026", "2026-02-31", "00/01/2026", "1/1/1", "tomorrow", "46023"])
def test_a_day_that_does_not_exist_is_refused(read: Read, text: str) -> None:
    table, report = read("transactions", SALES + ", dates: dayfirst", f"id,who,day,sum\n1,a,{text},5\n")
    assert (len(table), report.n_refused) == (0, 1)


def test_a_spreadsheets_time_without_a_day_is_refused_in_words(read: Read) -> None:
    _table, report = read("transactions", SALES, "id,who,day,sum\n1,a,12/31/1899 09:30:00 AM,5\n")
    assert "a time without its day (1899 is how spreadsheets keep one)" in report.problems[0].sentence


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["1.234,50", "7"], [1234.5, 7]),
        (["1,234.50", "7"], [1234.5, 7]),
        (["12,5", "1.234"], [12.5, 1234]),
        (["(1.234,00)", "5,1-"], [-1234, -5.1]),
        (["1 234,50", "−3,0"], [1234.5, -3]),
        (["1'234.50", ".5"], [1234.5, 0.5]),
        (["€ 1.234,50", "EUR 7,00"], [1234.5, 7]),
        (["1e3", "-0"], [1000, 0]),
    ],
)
def test_amounts_are_read_as_people_write_them(read: Read, texts: list[str], expected: list[float]) -> None:
    rows = "".join(f'{n};a;2026-01-01;"{text}"\n' for n, text in enumerate(texts))
    table, report = read("transactions", SALES, "id;who;day;sum\n" + rows)
    assert table["revenue"].tolist() == expected, [problem.sentence for problem in report.problems]


@pytest.mark.parametrize(
    "text", ["12 50", "1.2.3", "1,23,4", "12,50,", "twelve", "0x10", "inf", "1_000", "٣", "--5", "5 €€ 3"]
)
def test_what_is_no_number_is_never_made_one(read: Read, text: str) -> None:
    table, report = read("transactions", SALES, f'id;who;day;sum\n1;a;2026-01-01;"{text}"\n')
    assert (len(table), report.n_refused) == (0, 1)


def test_words_for_nothing_are_blank_in_numbers_but_not_in_comments(read: Read) -> None:
    table = read(
        "verbatims",
        "columns: {respondent_id: id, on: day, text: t, score: s}",
        "id,day,t,s\na,2026-01-01,-,n/a\nb,2026-01-01,null,7\n",
    ).table
    assert table["text"].tolist() == ["-", "null"]
    assert table["score"].isna().tolist() == [True, False]


def test_closed_values_are_read_in_any_letter_case_and_others_refused(read: Read) -> None:
    table, report = read(
        "interactions",
        "columns: {customer_id: id, at: day, touchpoint: t, channel: c}",
        "id,day,t,c\na,2026-01-01,Checkout,WEB\nb,2026-01-01,chekout,fax\n",
    )
    assert table[["touchpoint", "channel", "step", "journey_id", "outcome"]].values.tolist() == [
        ["checkout", "web", "purchase", "a", "reached"]
    ]
    told = [problem.sentence for problem in report.problems]
    assert "column touchpoint: 1 × not among advert, checkout, refused (rows 3: 'chekout')" in told[0]
    assert "column channel: 1 × not among store, web, value left blank (rows 3: 'fax')" in told[1]


def test_codes_recode_and_blank_and_are_counted(read: Read) -> None:
    mapping = ANSWERS + ", codes: {score: {'11': blank, ninguno: 0}}"
    table, report = read("responses", mapping, "id,day,nota\na,2026-01-01,11\nb,2026-01-01,ninguno\nc,2026-01-01,9\n")
    assert table["score"].tolist() == [0.0, 9.0]
    assert (report.repairs["code_blank"], report.repairs["code_recoded"]) == (1, 1)


def test_a_wide_survey_becomes_one_row_per_answer(read: Read) -> None:
    mapping = (
        "columns: {respondent_id: id, on: day}, wide: {columns: {Q1: {question: csat, touchpoint: checkout},"
        " Q2: {question: overall}}}, codes: {score: {'9': blank}}"
    )
    table = read("responses", mapping, "id,day,Q1,Q2\na,2026-01-01,5,4\nb,2026-01-02,9,3\n").table
    assert table[["respondent_id", "question", "touchpoint", "score"]].values.tolist() == [
        ["a", "csat", "checkout", 5.0],
        ["a", "overall", "", 4.0],
        ["b", "overall", "", 3.0],
    ]


def test_wide_timestamps_become_contacts(read: Read) -> None:
    mapping = (
        "columns: {customer_id: id}, wide: {value: at, columns: {seen: {touchpoint: advert},"
        " paid: {touchpoint: checkout, channel: web}}}"
    )
    table = read(
        "interactions", mapping, "id,seen,paid\na,2026-01-01 10:00,2026-01-02 11:00\nb,2026-01-03 12:00,\n"
    ).table
    assert table[["customer_id", "touchpoint", "step"]].values.tolist() == [
        ["a", "advert", "discovery"],
        ["a", "checkout", "purchase"],
        ["b", "advert", "discovery"],
    ]


def test_several_files_are_one_table_with_one_account(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("ID,D,N\n1,2025-05-01,9\n")
    (tmp_path / "b.csv").write_text("Resp;Dia;Nota\n1;15/05/2026;10\n")
    brief = load_brief(
        write(
            "tables:\n  responses:\n"
            "    - {file: a.csv, columns: {respondent_id: ID, on: D, score: N}, constant: {question: nps},"
            " prefix: {respondent_id: a-}}\n"
            "    - {file: b.csv, columns: {respondent_id: Resp, on: Dia, score: Nota}, constant: {question: nps}}\n"
        )
    )
    table, report = load_table(brief, "responses")
    assert table[["respondent_id", "score"]].values.tolist() == [["a-1", 9.0], ["1", 10.0]]
    assert (report.n_read, report.files) == (2, ["a.csv", "b.csv"])


JOIN = (
    "columns: {transaction_id: id, customer_id: person, at: day, revenue: paid},"
    " join: {file: other.csv, on: {who: code}, columns: [person, paid]"
)


def test_a_join_brings_columns_and_keeps_the_rows(read: Read, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("code,person,paid\nx,p1,5\nx,p1,7.5\ny,p2,1\n")
    content = "id,who,day\n1,x,2026-01-01\n2,y,2026-01-02\n3,z,2026-01-03\n"
    with pytest.raises(
        TableError, match=r"1 rows of other.csv share their code with another row \(rows 3\). Say `many: first`"
    ):
        read("transactions", JOIN + "}", content)
    first = read("transactions", JOIN + ", many: first}", content)
    assert first.table["revenue"].tolist() == [5.0, 1.0]
    assert (first.report.repairs["join_none"], first.report.n_refused) == (1, 1)


def test_a_join_can_sum_the_parts_of_an_order(read: Read, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("code,paid\nx,5\nx,7.5\ny,1\n")
    mapping = JOIN.replace("[person, paid]", "[paid], many: sum}").replace("person", "who")
    table = read("transactions", mapping, "id,who,day\n1,x,2026-01-01\n2,y,2026-01-02\n").table
    assert table["revenue"].tolist() == [12.5, 1.0]


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("{kind: a}", "13"),
        ("{kind: [a, b]}", "123"),
        ("{kind: {not: a}}", "24"),
        ("{kind: {blank: true}}", "4"),
        ("{day: {after: due}}", "2"),
        ("{day: {not_after: due}}", "13"),
    ],
)
def test_where_keeps_the_rows_that_fit_and_counts_the_rest(read: Read, rule: str, kept: str) -> None:
    content = (
        "id,who,day,sum,kind,due\n1,x,2026-01-01,1,a,2026-01-01\n2,x,2026-01-03,1,b,2026-01-02\n"
        "3,x,2026-01-01,1,a,2026-01-05\n4,x,2026-01-01,1,,\n"
    )
    table, report = read("transactions", SALES + f", where: {rule}", content)
    assert "".join(table["transaction_id"]) == kept
    assert report.n_set_aside == 4 - len(kept)


def test_a_mapping_that_does_not_fit_the_file_is_told_completely(read: Read) -> None:
    with pytest.raises(TableError) as caught:
        read("responses", "columns: {respondent_id: ID, on: day, score: not}", "id,day,nota\na,2026-01-01,5\n")
    told = caught.value.message
    assert "engagement.yaml, line 14: file.csv has no column 'ID'; did you mean 'id'? Columns: id, day, nota." in told
    assert "file.csv has no column 'not'; did you mean 'nota'?" in told
    assert "nothing fills responses.question (what was asked)" in told


def test_a_missing_file_names_the_one_beside_it(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "ventas.csv").write_text("a\n1\n")
    brief = load_brief(write("tables: {people: {file: venta.csv}}\n"))
    with pytest.raises(TableError, match=r"venta.csv: no such file in .*; did you mean 'ventas.csv'\?"):
        load_table(brief, "people")


def test_an_unknown_table_is_refused_with_the_nearest_name(write: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match=r"'respones' is not a table; did you mean 'responses'\?"):
        load_table(load_brief(write("")), "respones")


HOSTILE = [
    "=1+1",
    "=HYPERLINK('http://x','y')",
    "+cmd|' /C calc'!A0",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "{{7*7}}",
    "'; DROP TABLE x;--",
    "__import__('os')",
    "%s%n",
    "a\u202eb",
    "😀",
    "x" * 5000,
    "{touchpoint}",
]


def test_what_clients_write_is_text_and_nothing_else(read: Read) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["id", "day", "t"], *([f"p{n}", "2026-01-01", text] for n, text in enumerate(HOSTILE))])
    table, report = read("verbatims", "columns: {respondent_id: id, on: day, text: t}", out.getvalue())
    assert table["text"].tolist() == HOSTILE
    assert report.n_refused == 0


def test_control_characters_are_taken_out_and_never_printed(read: Read) -> None:
    table, report = read(
        "verbatims", "columns: {respondent_id: id, on: day, text: t}", "id,day,t\na,2026-01-01,ab\x1b[31mc\x00\n"
    )
    assert table["text"].tolist() == ["ab[31mc"]
    assert report.repairs["control_character"] == 2
    assert examples_of(["a\x1b[2Jb", "c" * 80]) == ("'a�[2Jb'", f"'{'c' * 39}…'")


def test_braces_in_client_text_do_not_break_messages(read: Read) -> None:
    _table, report = read("transactions", SALES, "id,who,day,sum\n1,a,2026-01-01,{revenue}\n")
    assert "'{revenue}'" in report.problems[0].sentence


def test_rows_longer_than_the_header_are_refused_and_shown(read: Read) -> None:
    table, report = read(
        "transactions", SALES, "id,who,day,sum\n1,a,2026-01-01,5\n2,b,2026-01-01,1,50\n3,b,2026-01-01\n"
    )
    assert table["transaction_id"].tolist() == ["1"]
    assert "more cells than the header, refused (rows 3: '2 | b | 2026-01-01 | 1 | 50')" in report.problems[0].sentence
    assert report.repairs["short_row"] == 1


def test_line_breaks_in_quotes_keep_a_comment_together(read: Read) -> None:
    table = read(
        "verbatims",
        "columns: {respondent_id: id, on: day, text: t}",
        'id,day,t\r\na,2026-01-01,"first\r\nsecond, ""third"""\r\n',
    ).table
    assert table["text"].tolist() == ['first\r\nsecond, "third"']


def test_two_columns_of_one_name_stay_apart(read: Read) -> None:
    table, report = read(
        "transactions",
        "columns: {transaction_id: id, customer_id: who, at: day, revenue: sum (2)}",
        "id,who,day,sum,sum\n1,a,2026-01-01,5,6\n",
    )
    assert table["revenue"].tolist() == [6.0]
    assert any("two columns are called 'sum'" in note for note in report.notes)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"id,who,day,sum\n", b"\xff\xfe", b"\x00\x00\x00"])
def test_an_empty_file_never_ends_in_a_traceback(read: Read, content: bytes) -> None:
    try:
        table, _report = read("transactions", SALES, content)
        assert len(table) == 0
    except TableError as error:
        assert "has no column" in error.message


@pytest.mark.parametrize("file", ["file.xlsx", "file.parquet", "file.pdf"])
def test_a_file_that_is_not_what_its_name_says_is_refused_in_words(read: Read, file: str) -> None:
    with pytest.raises(TableError, match="Accepted"):
        read("transactions", SALES, b"this is not it", file)


def test_inline_rows_are_numbered_by_their_line(write: Callable[..., Path]) -> None:
    brief = load_brief(
        write(
            "tables:\n  people:\n    rows:\n      - {person_id: 007, role: lead, department: it, capacity_days: 5}\n"
            "      - {person_id: p2, role: lead, department: it, capacity_days: 40}\n"
        )
    )
    table, report = load_table(brief, "people")
    assert table["person_id"].tolist() == ["007"]
    assert (
        report.problems[0].sentence
        == "engagement.yaml, column capacity_days: 1 × outside 0–31, refused (rows 17: '40')"
    )


def test_customers_carry_the_attributes_of_the_client(read: Read) -> None:
    table = read("customers", "columns: {customer_id: id}, attributes: {sector: Ramo}", "id,Ramo\na,banca\n").table
    assert table["sector"].tolist() == ["banca"]


def test_the_check_names_the_stages_that_a_gap_blocks_or_weakens(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("transaction_id,customer_id,at,revenue\n1,a,2026-01-01,5\n2,a,someday,5\n")
    report = check_engagement(write("tables:\n  transactions: sales.csv\n  responses: {file: none.csv}\n"))
    assert report.failed
    assert report.effects[1] == {"blocks": [], "weakens": ["customers", "transactions", "costs"]}
    assert report.effects[3]["blocks"] == ["interactions"]
    text = report.text()
    assert "! transactions: 2 rows read, 1 rows in the table, 0 repaired, 1 refused" in text
    assert "sales.csv, column at: 1 × not a date, refused (rows 3: 'someday')" in text
    assert "✗ responses: none.csv: no such file" in text
    assert " 3 Sales funnel: blocked without interactions" in text


def test_a_repair_without_a_description_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        TableReport("responses").repaired("magic", 1)
    assert all(text[0].islower() for text in vocabulary()["repair"].values())


CELLS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8).filter(
    lambda text: (
        text.lower() not in {"null", "nan", "n/a", "#n/a", "total", "totals", "totales", "suma", "subtotal", "summe"}
    )
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            CELLS,
            st.dates(pd.Timestamp("2000-01-01").date(), pd.Timestamp("2026-06-30").date()),
            st.integers(-(10**9), 10**9),
        ),
        min_size=3,
        max_size=8,
        unique_by=lambda row: row[0],
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_what_was_written_is_what_is_read(
    read: Read, rows: list[tuple[str, object, int]], delimiter: str, encoding: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "who", "day", "sum"])
    writer.writerows([key, "someone", day, f"{cents / 100:.2f}"] for key, day, cents in rows)
    mapping = SALES + ", decimal: '.', delimiter: " + {"\t": "tab"}.get(delimiter, f"'{delimiter}'")
    table = read("transactions", mapping, out.getvalue().encode(encoding)).table
    assert table["transaction_id"].tolist() == [key for key, _day, _cents in rows]
    assert table["at"].dt.date.tolist() == [day for _key, day, _cents in rows]
    assert table["revenue"].tolist() == [cents / 100 for _key, _day, cents in rows]


def test_keys_that_lead_nowhere_are_shown_and_nothing_is_refused(write: Callable[..., Path]) -> None:
    report = check_engagement(
        write(
            "tables:\n  people: {rows: [{person_id: p1, role: lead, department: it, capacity_days: 5}]}\n"
            "  tasks: {rows: [{task_id: t1, label: Start, workstream: meetings, days_low: 1, days_likely: 2, days_high: 3,"
            " after: t0, responsible: [p1, p2]}]}\n"
        )
    )
    assert report.loose == (
        "tasks.after: 1 of 1 keys are not in tasks (t0); did you mean 't1'?",
        "tasks.responsible: 1 of 2 keys are not in people (p2); did you mean 'p1'?",
    )
    assert report.reports["tasks"].n_refused == 0
    assert "Keys that lead nowhere:" in report.text()


def test_rows_that_end_in_one_separator_more_than_the_header_fit_it(read: Read) -> None:
    table = read("transactions", SALES, "id;who;day;sum\n1;a;2026-01-01;5;\n2;b;2026-01-02;6;\n").table
    assert table["revenue"].tolist() == [5.0, 6.0]


def test_a_long_text_above_a_short_table_is_skipped(read: Read) -> None:
    table, report = read("transactions", SALES, "note\n" * 30 + "id;who;day;sum\n1;a;2026-01-01;5\n2;b;2026-01-02;6\n")
    assert table["transaction_id"].tolist() == ["1", "2"]
    assert report.repairs["preamble"] == 30


def test_truth_in_where_fits_every_way_of_writing_it(read: Read) -> None:
    content = "id,who,day,sum,paid\n1,a,2026-01-01,5,TRUE\n2,b,2026-01-02,6,false\n3,b,2026-01-02,6,True\n"
    assert read("transactions", SALES + ", where: {paid: true}", content).table["transaction_id"].tolist() == ["1", "3"]


def test_a_broken_archive_is_refused_in_words(read: Read) -> None:
    with pytest.raises(TableError, match=r"file.csv.gz: cannot be read: .* Export the file again"):
        read("transactions", SALES, b"not gzip at all", "file.csv.gz")


LINES = (
    "columns: {transaction_id: factura, customer_id: cliente, at: fecha}, product: {revenue: [uds, precio]},"
    " dates: dayfirst, decimal: ',', many: sum"
)


def test_lines_of_a_receipt_are_multiplied_and_summed_with_their_earliest_time(read: Read) -> None:
    content = (
        "factura;cliente;fecha;uds;precio\nF1;a;03/01/2026 10:05;2;1,25\nF1;a;03/01/2026 10:04;1;1.000,10\n"
        "F2;b;04/01/2026 9:00;3;2\nF1;a;03/01/2026 10:05;2;1,25\nC3;b;05/01/2026 9:00;-1;2\n"
    )
    table, report = read("transactions", LINES, content)
    assert table[["transaction_id", "revenue"]].values.tolist() == [["F1", 1005.1], ["F2", 6.0], ["C3", -2.0]]
    assert table["at"].iloc[0] == pd.Timestamp("2026-01-03 10:04")
    assert (report.repairs["many_sum"], report.repairs["decimal_comma"], report.n_read) == (2, 3, 5)
    assert any("1 lines equal another line in every column" in note for note in report.notes)


def test_a_line_without_a_number_is_refused_by_its_words_and_its_receipt_keeps_the_rest(read: Read) -> None:
    table, report = read(
        "transactions",
        LINES,
        "factura;cliente;fecha;uds;precio\nF1;a;03/01/2026;2;gratis\nF1;a;03/01/2026;2;5\nF2;a;03/01/2026;;5\n",
    )
    assert table["revenue"].tolist() == [10.0] and report.n_refused == 2
    assert "gratis" in report.problems[0].sentence + report.problems[1].sentence


def test_a_line_without_its_margin_leaves_the_margin_of_the_receipt_unknown(read: Read) -> None:
    mapping = LINES.replace("at: fecha}", "at: fecha, margin: margen}")
    table = read(
        "transactions",
        mapping,
        "factura;cliente;fecha;uds;precio;margen\nF1;a;03/01/2026;1;5;2\n"
        "F1;a;03/01/2026;1;7;\nF2;a;03/01/2026;1;5;2\nF2;a;03/01/2026;1;7;3\n",
    ).table
    assert table["revenue"].tolist() == [12.0, 12.0]
    assert table["margin"].isna().tolist() == [True, False] and table["margin"].iloc[1] == 5.0


def test_a_receipt_of_two_customers_is_refused_whole(read: Read) -> None:
    table, report = read(
        "transactions",
        LINES,
        "factura;cliente;fecha;uds;precio\nF1;a;03/01/2026;2;1\nF1;b;03/01/2026;2;5\nF2;a;03/01/2026;1;5\n",
    )
    assert table["transaction_id"].tolist() == ["F2"] and report.n_refused == 2
    assert "2 × different values under one transaction_id, refused (rows 2, 3: 'a', 'b')" in report.problems[0].sentence


def test_customers_can_be_read_off_their_purchases_the_earliest_row_first(read: Read) -> None:
    mapping = "columns: {customer_id: who, since_on: day}, attributes: [country], many: first"
    table, report = read("customers", mapping, "who,day,country\na,2026-02-01,ES\na,2026-01-01,\nb,2026-01-05,PT\n")
    assert table[["customer_id", "country"]].values.tolist() == [["a", "ES"], ["b", "PT"]]
    assert table["since_on"].iloc[0] == pd.Timestamp("2026-01-01") and report.repairs["many_first"] == 1


def test_product_and_many_are_only_for_numbers_and_keys(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(BriefError) as caught:
        load_brief(write("tables:\n  interactions: {file: a.csv, many: sum, product: {channel: [x, x]}}\n"))
    told = str(caught.value)
    assert "tables.interactions.many: rows of interactions have no key" in told and "unknown name 'channel'" in told


def test_answers_of_weight_nothing_are_set_aside_and_counted(read: Read) -> None:
    mapping = ANSWERS.replace("score: nota", "score: nota, weight: peso")
    table, report = read(
        "responses", mapping, "id,day,nota,peso\na,2026-01-01,7,0\nb,2026-01-01,8,\nc,2026-01-01,9,1.5\n"
    )
    assert table["weight"].tolist() == [1.0, 1.5] and report.repairs["weight_zero"] == 1


def test_a_constant_day_needs_no_quotes(read: Read) -> None:
    table = read(
        "responses", "columns: {respondent_id: id, score: n}, constant: {question: nps, on: 2026-01-02}", "id,n\na,7\n"
    ).table
    assert table["on"].tolist() == [pd.Timestamp("2026-01-02")]
