"""What a client's file does not hold as such is made in the brief: dates, sums, bands, keys, answers; no script is needed."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from cxlib.engagement.brief import load_brief
from cxlib.engagement.sources import Loaded
from cxlib.errors import BriefError, TableError

Read = Callable[..., Loaded]
SALES = "columns: {transaction_id: id, customer_id: who, at: day, revenue: sum}"
MADE = "columns: {transaction_id: id, customer_id: who, revenue: sum}"


def made_days(read: Read, made: str, content: str, more: str = "") -> list[str]:
    table = read("transactions", f"{MADE}, made: {{at: {made}}}{more}", content).table
    return [str(day) for day in table["at"]]


@pytest.mark.parametrize(
    ("made", "header", "cells", "expected"),
    [
        ("{year: Y, month: M, day: D}", "Y,M,D", "2026,January,5", "2026-01-05 00:00:00"),
        ("{year: Y, month: M, day: D}", "Y,M,D", "2026,ene.,5", "2026-01-05 00:00:00"),
        ("{year: Y, month: M, day: D}", "Y,M,D", "2026,Septiembre,30", "2026-09-30 00:00:00"),
        ("{year: Y, month: M}", "Y,M", "2025,2", "2025-02-01 00:00:00"),
        ("{year: Y, month: M, day: 15}", "Y,M", "2025,dez", "2025-12-15 00:00:00"),
        ("{year: 2025, month: M}", "M", "marzo", "2025-03-01 00:00:00"),
        ("{date: D, time: T}", "D,T", "2025-03-01,7:38 p. m.", "2025-03-01 19:38:00"),
        ("{date: D, minus_days: N}", "D,N", "2025-03-01,1", "2025-02-28 00:00:00"),
        ("{date: D, plus_days: 10}", "D", "2025-03-01", "2025-03-11 00:00:00"),
        ("{date: 2026-03-31, minus_months: N}", "N", "1", "2026-02-28 00:00:00"),
        ("{date: as_of, minus_months: N}", "N", "24", "2024-06-30 00:00:00"),
    ],
)
def test_a_day_is_made_of_what_the_file_holds(read: Read, made: str, header: str, cells: str, expected: str) -> None:
    content = f"id,who,sum,{header}\n1,a,5,{cells}\n"
    assert made_days(read, made, content) == ([expected] if expected < "2026-07" else [])


def test_a_day_that_cannot_be_made_is_refused_by_its_words(read: Read) -> None:
    content = "id,who,sum,Y,M\n1,a,5,2025,13\n2,a,5,soon,1\n3,a,5,2025,3\n"
    table, report = read("transactions", f"{MADE}, made: {{at: {{year: Y, month: M}}}}", content)
    assert (len(table), report.n_refused) == (1, 2)
    assert "'soon'" in report.problems[0].sentence


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("unix", "1735689600", "2025-01-01"),
        ("unix", "1735776000000", "2025-01-02"),
        ("unix", "1735862400000000", "2025-01-03"),
        ("unix", "1735862400.5", "2025-01-03 00:00:00.5"),
        (None, "20250131", "2025-01-31"),
        (None, "20250131T101500", "2025-01-31 10:15"),
        (None, "Jan 5, 2025", "2025-01-05"),
        (None, "05-ene-2025", "2025-01-05"),
        (None, "5 de enero de 2025", "2025-01-05"),
        (None, "domingo, 5 de enero de 2025 a las 17:30", "2025-01-05 17:30"),
        (None, "Sunday, January 5, 2025 5:30 PM", "2025-01-05 17:30"),
        (None, "5. März 2025", "2025-03-05"),
        (None, "2025-Sep-05", "2025-09-05"),
        (None, "5-sept.-25", "2025-09-05"),
        (None, "2025-01-08 7:38", "2025-01-08 07:38"),
        (None, "2025-1-9", "2025-01-09"),
        (None, "2025/03/05 3:15:42 p. m. GMT+1", "2025-03-05 15:15:42"),
        (None, "2025/08/05 11:26:52 PM GMT+2", "2025-08-05 23:26:52"),
        (None, "2025-08-05 10:37 -0500", "2025-08-05 10:37"),
    ],
)
def test_days_are_read_as_people_and_systems_write_them(read: Read, form: str | None, text: str, expected: str) -> None:
    more = f", dates: {form}" if form else ""
    table, report = read("transactions", SALES + more, f'id,who,day,sum\n1,a,"{text}",5\n')
    assert table["at"].tolist() == [pd.Timestamp(expected)], report.problems


@pytest.mark.parametrize(
    ("text", "own", "expected"),
    [
        ("2025-08-05T10:37:00-05:00", "", "2025-08-05 17:37"),
        ("2025-08-05 10:37 -0500", "", "2025-08-05 17:37"),
        ("2025-01-05T10:00:00Z", "", "2025-01-05 11:00"),
        ("2025-01-05 10:00 EST", "", "2025-01-05 16:00"),
        ("2025-07-05 10:00", ", zone: UTC", "2025-07-05 12:00"),
        ("2025-07-05 10:00", "", "2025-07-05 10:00"),
        ("1735689600", ", dates: unix", "2025-01-01 01:00"),
    ],
)
def test_times_with_an_offset_are_told_in_the_zone_of_the_client(
    read: Read, write: Callable[..., object], text: str, own: str, expected: str
) -> None:
    from tests.engagement.conftest import HEAD

    folder = write("", HEAD)
    file = load_brief(str(folder)).folder / "t.csv"
    file.write_text(f"id,who,day,sum\n1,a,{text},5\n", encoding="utf-8")
    write(f"zone: Europe/Madrid\ntables:\n  transactions: {{file: t.csv, {SALES}{own}}}\n")
    from cxlib.engagement.sources import load_table

    table, report = load_table(load_brief(str(folder)), "transactions")
    assert table["at"].tolist() == [pd.Timestamp(expected)], report.problems


@pytest.mark.parametrize(
    ("made", "cells", "expected"),
    [
        ("{sum: [net, tax]}", '"1,5",2', 3.5),
        ("{sum: [net, tax, 10]}", "1,2", 13.0),
        ("{difference: [net, tax]}", "5,2", 3.0),
        ("{product: [net, tax, 1.21]}", "100,2", 242.0),
    ],
)
def test_amounts_are_made_of_columns_and_numbers(read: Read, made: str, cells: str, expected: float) -> None:
    mapping = f"columns: {{transaction_id: id, customer_id: who, at: day}}, made: {{revenue: {made}}}"
    table = read("transactions", mapping, f"id,who,day,net,tax\n1,a,2026-01-01,{cells}\n").table
    assert table["revenue"].tolist() == [expected]


def test_an_amount_with_a_part_that_is_no_number_is_refused_by_its_words(read: Read) -> None:
    mapping = "columns: {transaction_id: id, customer_id: who, at: day}, made: {revenue: {sum: [net, tax]}}"
    table, report = read("transactions", mapping, "id,who,day,net,tax\n1,a,2026-01-01,5,much\n2,a,2026-01-01,5,\n")
    assert (len(table), report.n_refused) == (0, 2)
    assert "'much'" in " ".join(problem.sentence for problem in report.problems)


def test_numbers_become_named_bands(read: Read) -> None:
    mapping = "columns: {customer_id: id}, made: {age_band: {bands: [18, 30, 45], of: age}}"
    table = read("customers", mapping, "id,age\na,17\nb,18\nc,44\nd,45\ne,\n").table
    assert table["age_band"].tolist() == ["under 18", "18–29", "30–44", "45 and over", ""]
    named = "columns: {customer_id: id}, made: {size: {bands: [10], of: age, names: [small, large]}}"
    assert read("customers", named, "id,age\na,9.5\nb,10\n").table["size"].tolist() == ["small", "large"]


def test_a_key_is_made_of_several_columns_and_half_a_key_is_none(read: Read) -> None:
    mapping = "columns: {customer_id: who, at: day, revenue: sum}, made: {transaction_id: {parts: [shop, ticket]}}"
    table, report = read(
        "transactions", mapping, "shop,ticket,who,day,sum\nA,1,a,2026-01-01,5\nB,1,a,2026-01-01,5\nB,,a,2026-01-01,5\n"
    )
    assert table["transaction_id"].tolist() == ["A-1", "B-1"]
    assert report.n_refused == 1


def test_answers_are_split_turned_and_left_out_as_the_brief_says(read: Read) -> None:
    mapping = (
        "columns: {respondent_id: id, on: day}, wide: {columns: {Q1: {question: csat}, Q2: {question: csat}}}, "
        "reversed: Q2, no_answer: [-99, 6]"
    )
    table, report = read("responses", mapping, "id,day,Q1,Q2\na,2026-01-01,5,1\nb,2026-01-01,-99,2\nc,2026-01-01,6,6\n")
    assert table["score"].tolist() == [5.0, 5.0, 4.0]
    assert (report.repairs["reversed"], report.n_refused) == (2, 0)


def test_several_answers_in_a_cell_become_rows(read: Read) -> None:
    mapping = "columns: {customer_id: id, at: day, touchpoint: where}, split: {where: '|'}"
    table = read("interactions", mapping, "id,day,where\na,2026-01-01,advert | checkout\nb,2026-01-02,advert\n").table
    assert table["touchpoint"].tolist() == ["advert", "checkout", "advert"]


def test_an_event_without_a_step_ends_its_case_at_the_contact_before_it(read: Read) -> None:
    mapping = "columns: {journey_id: c, customer_id: c, at: day, touchpoint: e}, exits: {e: [Declined, Cancelled]}"
    content = (
        "c,day,e\n1,2026-01-01,advert\n1,2026-01-03,Declined\n2,2026-01-01,advert\n1,2026-01-02,checkout\n"
        "3,2026-01-01,Cancelled\n"
    )
    table, report = read("interactions", mapping, content)
    told = table.set_index(["journey_id", "touchpoint"])["outcome"].to_dict()
    assert told == {("1", "advert"): "reached", ("1", "checkout"): "lost", ("2", "advert"): "reached"}
    assert (report.repairs["exits"], report.n_refused) == (2, 0)
    assert "1 events that end a case have no contact before them" in " ".join(report.notes)


@pytest.mark.parametrize(
    ("mapping", "content"),
    [
        ("header: 3, columns: {customer_id: id}", "Export of May\nby,who\nid,region\na,Norte\nb,Sur\n"),
        ("header: [2, 3], columns: {customer_id: 'Client: id', region: 'Client: region'}",
         "Export\nClient,\nid,region\na,Norte\nb,Sur\n"),
        ("header: 0, columns: {customer_id: column 1, region: column 2}", "a,Norte\nb,Sur\n"),
        ("footer: 2, columns: {customer_id: id}", "id,region\na,Norte\nb,Sur\n\nFiltered by me,\nPage 1,\n"),
    ],
)  # fmt: skip
def test_header_and_footer_rows_are_those_the_brief_names(read: Read, mapping: str, content: str) -> None:
    table = read("customers", mapping, content).table
    assert table["customer_id"].tolist() == ["a", "b"]
    assert table["region"].tolist() == ["Norte", "Sur"]


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("made: {since_on: {year: Y}}", "A day is made of `year` and `month`"),
        ("made: {since_on: {year: Y, month: M, sum: [a]}}", "Give exactly one of"),
        ("made: {age_band: {bands: [30, 18], of: age}}", "limits that rise"),
        ("made: {age_band: {bands: [18], of: age, names: [x]}}", "one more than there are limits"),
        ("confirmed: repeatz", "did you mean 'repeats'"),
        ("zone: Europe/Madird", "did you mean 'Europe/Madrid'"),
        ("exits: {e: x}", "only interactions have exits"),
    ],
)
def test_a_wrong_mapping_is_refused_with_what_is_accepted(read: Read, mapping: str, told: str) -> None:
    with pytest.raises(BriefError) as error:
        read("customers", f"columns: {{customer_id: id}}, {mapping}", "id\na\n")
    assert told in str(error.value)


def test_a_column_that_is_made_of_one_the_file_lacks_is_named(read: Read) -> None:
    with pytest.raises(TableError) as error:
        read("customers", "made: {customer_id: {parts: [shop, tiket]}}", "shop,ticket\na,1\n")
    assert "no column 'tiket'; did you mean 'ticket'?" in str(error.value)
