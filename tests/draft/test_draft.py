"""A folder becomes a brief: joins, surveys, doubts, hostile names, one more file, and templates that are read back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.cli import main
from cxlib.draft.account import account
from cxlib.draft.draft import Draft, answered
from cxlib.draft.emit import block, comment, scalar
from cxlib.draft.make import add_files, new_from
from cxlib.draft.questionnaire import questionnaires
from cxlib.draft.workbook import workbook
from cxlib.engagement.brief import load_brief
from cxlib.engagement.brief.open_questions import open_questions
from cxlib.engagement.brief.yaml_text import YamlText
from cxlib.engagement.sources import check_engagement, load_table
from cxlib.engagement.tables import CONTRACTS
from cxlib.errors import UsageError
from tests.draft.exports import EXPORTS

Make = Callable[..., tuple[Path, Draft]]
ORDERS = "order_id,customer_id,status,order_date,order_approved_at,delivered_date\n" + "".join(
    f"o{i},c{i},delivered,2026-01-{1 + i % 28:02d},2026-01-{1 + i % 28:02d},2026-02-{1 + i % 28:02d}\n"
    for i in range(40)
)
PEOPLE = "customer_id,customer_unique_id,customer_state\n" + "".join(f"c{i},p{i % 25},S{i % 3}\n" for i in range(40))
PAYMENTS = "order_id,payment_value\n" + "".join(f"o{i},10.50\no{i},2.00\n" for i in range(40))
REVIEWS = "review_id,order_id,review_score,creation_date\n" + "".join(
    f"r{i},o{i},{1 + i % 5},2026-02-03\n" for i in range(40)
)


def test_tables_split_over_files_are_joined_by_the_keys_they_share(make: Make) -> None:
    files = {"orders.csv": ORDERS, "people.csv": PEOPLE, "payments.csv": PAYMENTS, "reviews.csv": REVIEWS}
    file, draft = make(files)
    brief = load_brief(file)
    assert load_table(brief, "transactions").table["revenue"].unique().tolist() == [12.5]
    people = {f"p{i}" for i in range(25)}
    for name, column in [
        ("transactions", "customer_id"),
        ("responses", "respondent_id"),
        ("interactions", "customer_id"),
    ]:
        assert set(load_table(brief, name).table[column]) == people, name
    assert set(load_table(brief, "customers").table["region"]) == {"S0", "S1", "S2"}
    assert "10 Monitoring: yes" in account(draft)


def test_survey_codes_outside_the_scale_are_asked_about_once(make: Make) -> None:
    head = "RESPNUM,INTDATE," + ",".join(f"Q7{name}" for name in ("ART", "FOOD", "STORE", "SIGN", "WIFI"))
    rows = "".join(f"{i},2026-01-05," + ",".join(str((i + j) % 7) for j in range(5)) + "\n" for i in range(70))
    file, draft = make({"survey.csv": f"{head}\n{rows}"})
    table = load_table(load_brief(file), "responses").table
    assert sorted(table["score"].unique()) == [1, 2, 3, 4, 5]
    assert [doubt.likely for doubt in draft.doubts] == ["blank"]
    assert {"art", "food", "store", "sign", "wifi"} <= set(load_brief(file).touchpoints)


def test_people_of_two_surveys_that_count_from_one_stay_apart(make: Make) -> None:
    one = "id,date,How likely are you to recommend us?\n" + "".join(f"{i},2025-05-01,{i % 11}\n" for i in range(1, 20))
    file, _draft = make({"2025_wave.csv": one, "2026_wave.csv": one.replace("2025-", "2026-")})
    assert load_table(load_brief(file), "responses").table["respondent_id"].nunique() == 38


def test_a_survey_without_a_day_asks_for_it(make: Make) -> None:
    text = "How likely are you to recommend us?\n" + "".join(f"{i % 11}\n" for i in range(30))
    _file, draft = make({"survey_2025.csv": text})
    assert any(doubt.place[-2:] == ("constant", "on") for doubt in draft.doubts)


def test_a_date_that_can_be_read_two_ways_is_asked_about_and_an_answer_is_put_in(tmp_path: Path) -> None:
    source = tmp_path / "files"
    source.mkdir()
    rows = "".join(f"{i},C{i % 9},0{1 + i % 9}/0{1 + i % 7}/2026,12.5\n" for i in range(40))
    (source / "sales.csv").write_text("order_id,customer_id,date,amount_eur\n" + rows)
    asked: list[str] = []

    def answer(doubt: object) -> str | None:
        asked.append(str(doubt))
        return "monthfirst" if "monthfirst" in str(doubt) else "EUR"

    file, draft = new_from(tmp_path / "acme", source, answer)
    assert asked
    assert not draft.doubts
    assert load_brief(file).tables["transactions"][0].dates == {"at": "monthfirst"}
    assert open_questions(file.read_text()) == []


def test_personal_data_are_masked_in_the_account_and_in_the_brief(make: Make) -> None:
    rows = "".join(
        f"{i},C{i % 9},ana{i}@example.com,Ana Pérez {i},2026-01-0{1 + i % 9},12,Ana Pérez was kind to me {i}\n"
        for i in range(30)
    )
    file, draft = make({"sales.csv": "order_id,customer_id,contact,customer name,date,amount,note\n" + rows})
    for text in (account(draft), file.read_text(encoding="utf-8")):
        assert "ana1@" not in text
        assert "Pérez" not in text


HOSTILE = ["a: b", "x # ? is this real?", "- y", "{z: 1}", "'", '"', "\\", "*a", "&b", "!!python/object", "|", "> fold"]
HOSTILE += ["null", "yes", "#row2", "%", "@at", "\u202ertl"]


def test_names_of_columns_are_never_structure(make: Make) -> None:
    head = ",".join(
        f'"{name.replace(chr(34), chr(34) * 2)}"' for name in ["order_id", "customer_id", "date", "amount", *HOSTILE]
    )
    rows = "".join(f"{i},C{i % 9},2026-01-05,12," + ",".join("ab"[i % 2] for _ in HOSTILE) + "\n" for i in range(30))
    file, draft = make({"sales: {x} # ? y.csv": f"{head}\n{rows}"})
    assert load_table(load_brief(file), "transactions").report.n_rows == 30
    assert len(open_questions(file.read_text(encoding="utf-8"))) == len(draft.doubts)


TEXTS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=30)
NESTED = st.recursive(
    TEXTS,
    lambda inner: st.dictionaries(TEXTS.filter(bool), inner, max_size=3) | st.lists(inner, max_size=3),
    max_leaves=8,
)


@given(NESTED)
@settings(max_examples=150, deadline=None)
def test_whatever_a_text_holds_it_is_read_back_as_it_was(value: object) -> None:
    written = "\n".join(block({"key": value}, {("key",): ["a remark: {x}\n- y"]}))
    assert YamlText(written).data == {"key": value}


@given(st.text(max_size=60))
def test_a_scalar_and_a_comment_are_one_line_each(text: str) -> None:
    assert len(scalar(text).splitlines()) == 1
    assert len(f"# {comment(text)}".splitlines()) == 1


def test_a_question_is_a_comment_and_no_text_in_quotes() -> None:
    text = '# ? one\na: "# ? not this"  # ? two\nb: x # seen # ? not this either\nc: |\n  # ? nor this\n'
    assert open_questions(text) == [(1, "one"), (2, "two")]


@pytest.mark.parametrize(
    "tables",
    [
        " {}\n",
        "\n  costs: {file: data/c.csv}\n",
        "\n  transactions: {file: data/old.csv}\n  costs: {file: data/c.csv}\n",
        "\n  transactions:\n    file: data/old.csv\n    # by hand\n    columns: {revenue: net}\n\n  costs: {file: data/c.csv}\n",
        "\n  transactions:\n    - file: data/old.csv   # by hand\n    - data/older.csv\n",
        "\n  transactions:\n  - file: data/old.csv\n  costs: {file: data/c.csv}\n",
    ],
)
def test_one_more_file_is_added_below_what_a_person_has_written(tmp_path: Path, make: Make, tables: str) -> None:
    file, _draft = make(EXPORTS["stripe"])
    text = file.read_text(encoding="utf-8")
    start, end = text.index("tables:"), text.index("# What the brand")
    file.write_text(text[:start] + f"tables:{tables}\n" + text[end:], encoding="utf-8")
    before = YamlText(file.read_text(encoding="utf-8")).data["tables"]
    new = tmp_path / "more.csv"
    new.write_text(EXPORTS["woocommerce"]["orders.csv"])
    add_files(file.parent, [str(new)])
    after = file.read_text(encoding="utf-8")
    assert ("by hand" in after) == ("by hand" in tables)
    brief = load_brief(file)
    kept = before.get("transactions", [])
    old = [one if isinstance(one, str) else one["file"] for one in (kept if isinstance(kept, list) else [kept])]
    assert [source.file for source in brief.tables["transactions"]] == [*old, "data/more.csv"]
    assert ("costs" in brief.tables) == ("costs" in before)


def test_files_of_the_folder_that_the_brief_does_not_name_are_added(make: Make) -> None:
    file, _draft = make(EXPORTS["stripe"])
    (file.parent / "data" / "nps.csv").write_text(EXPORTS["delighted"]["nps.csv"])
    _file, draft = add_files(file.parent, [])
    assert [one.path for one in draft.files] == ["data/nps.csv"]
    assert check_engagement(file.parent).reports["responses"].n_rows == 40
    with pytest.raises(UsageError, match="named in the brief already"):
        add_files(file.parent, [])


def test_a_new_file_on_another_scale_than_the_brief_is_asked_about(tmp_path: Path, make: Make) -> None:
    head = "respondent_id,date,How satisfied were you with delivery?\n"
    file, _draft = make({"a.csv": head + "".join(f"{i},2026-01-05,{1 + i % 5}\n" for i in range(40))})
    (tmp_path / "b.csv").write_text(head + "".join(f"{i},2026-01-05,{1 + i % 10}\n" for i in range(40)))
    _file, draft = add_files(file.parent, [str(tmp_path / "b.csv")])
    assert any("1 to 10 here" in doubt.what and "1 – 5" in doubt.what for doubt in draft.doubts)
    assert open_questions(file.read_text(encoding="utf-8"))
    assert load_brief(file).scale("csat") == (1, 5)
    assert "4 Architecture: yes" in account(draft)


@pytest.mark.parametrize(
    ("files", "told"), [({}, "no file that can be read"), ({"a.pdf": "x"}, "no file that can be read")]
)
def test_a_folder_of_nothing_is_refused(tmp_path: Path, files: dict[str, str], told: str) -> None:
    source = tmp_path / "files"
    source.mkdir()
    for name, content in files.items():
        (source / name).write_text(content)
    with pytest.raises(UsageError, match=told):
        new_from(tmp_path / "acme", source)
    assert not (tmp_path / "acme").exists()


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_used(make: Make) -> None:
    file, draft = make({"bad.xlsx": "no", "empty.csv": "", **EXPORTS["stripe"]})
    assert "✗ bad.xlsx" in account(draft)
    assert load_table(load_brief(file), "transactions").report.n_rows == 40


def test_a_file_that_is_there_twice_is_taken_once(make: Make) -> None:
    text = EXPORTS["stripe"]["payments.csv"]
    file, draft = make({"a.csv": text, "b/a copy.csv": text})
    assert [source.file for source in load_brief(file).tables["transactions"]] == ["data/a.csv"]
    assert "over again" in account(draft)


def test_rows_that_name_nobody_are_left_out_and_asked_about(make: Make) -> None:
    rows = "".join(f"{i},{'' if i % 4 == 0 else f'C{i % 9}'},2026-01-05,12\n" for i in range(40))
    file, draft = make({"sales.csv": "order_id,customer_id,date,amount\n" + rows})
    assert load_table(load_brief(file), "transactions").report.n_refused == 0
    assert any("25.0%" in doubt.what for doubt in draft.doubts)


def test_a_trial_without_names_or_days_waits_for_its_day(make: Make) -> None:
    rows = "".join(f"{i % 3},{'ABC'[i % 3]},{('Mens mail', 'No mail')[i % 2]},{i % 5}\n" for i in range(60))
    file, draft = make({"trial.csv": "recency,zone,segment,spend\n" + rows})
    assert {"customers", "assignments", "transactions"} == draft.tables
    assert check_engagement(file.parent).reports["assignments"].n_rows == 0  # before the question is answered
    file.write_text(file.read_text().replace('"?"', '"2026-01-05"'))
    assert check_engagement(file.parent).reports["assignments"].n_rows == 60


def test_sheets_and_files_of_an_archive_are_taken_one_by_one(make: Make) -> None:
    book, packed = io.BytesIO(), io.BytesIO()
    with pd.ExcelWriter(book) as writer:
        pd.read_csv(io.StringIO(ORDERS)).to_excel(writer, sheet_name="orders", index=False)
        pd.read_csv(io.StringIO(PAYMENTS)).to_excel(writer, sheet_name="pay", index=False)
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a/nps.csv", EXPORTS["delighted"]["nps.csv"])
        archive.writestr("tickets.csv", EXPORTS["zendesk"]["tickets.csv"])
    file, draft = make({"shop.xlsx": book.getvalue(), "all.zip": packed.getvalue()})
    assert {"responses", "interactions", "customers"} <= draft.tables
    assert {known.sheet for known in draft.files} == {"orders", "pay", "a/nps.csv", "tickets.csv"}
    assert not check_engagement(file.parent).failed


def test_check_lists_open_questions_first_and_ends_with_2(make: Make, capsys: pytest.CaptureFixture[str]) -> None:
    file, _draft = make(EXPORTS["woocommerce"])
    assert main(["check", str(file.parent)]) == 2
    lines = capsys.readouterr().out.splitlines()
    first = next(place for place, line in enumerate(lines) if "engagement.yaml, line" in line)
    assert first < next(place for place, line in enumerate(lines) if "transactions:" in line)
    file.write_text(file.read_text(encoding="utf-8").replace("# ? ", "# "), encoding="utf-8")
    assert main(["check", str(file.parent)]) == 0


def test_the_workbook_has_a_commented_sheet_a_table_and_is_read_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["new", str(tmp_path / "acme"), "--templates"]) == 0
    path = tmp_path / "acme" / "data" / "tables.xlsx"
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == list(CONTRACTS)
    for contract in CONTRACTS.values():
        heads = next(book[contract.name].iter_rows(max_row=1))
        assert [cell.value for cell in heads] == list(contract.column_names)
        assert all(cell.comment and "Example:" in cell.comment.text for cell in heads)
        closed = [column for column in contract.columns if column.allowed]
        assert sum(rule.type == "list" for rule in book[contract.name].data_validations.dataValidation) == len(closed)
    assert main(["check", str(tmp_path / "acme")]) == 0
    book["transactions"].append(["T1", "C1", "2026-01-05", 12.5])
    book.save(path)
    assert check_engagement(tmp_path / "acme").reports["transactions"].n_rows == 1


def test_the_workbook_is_the_same_bytes_each_time() -> None:
    first, again = (openpyxl.load_workbook(io.BytesIO(workbook())) for _ in range(2))
    assert [list(sheet.values) for sheet in first] == [list(sheet.values) for sheet in again]


def test_the_questionnaire_asks_every_question_of_the_contracts_in_both_languages(make: Make) -> None:
    file, _draft = make(EXPORTS["qualtrics"])
    made = questionnaires(load_brief(file), {"slot": "A delivery slot"})
    assert set(made) == {f"questionnaire_{lang}.{form}" for lang in ("en", "es") for form in ("txt", "csv")}
    wanted = {*CONTRACTS["responses"].column("question").allowed, *CONTRACTS["pulse"].column("question").allowed}
    for name, text in made.items():
        assert all(question in text for question in wanted), name
        assert "A delivery slot" in text
        assert "Entrega" in text
        assert "{" not in text
    codes = [line.split(",")[0] for line in made["questionnaire_es.csv"].splitlines()]
    assert len(codes) == len(set(codes))
    assert "csat:entrega" in codes


def test_an_answer_that_no_value_can_hold_leaves_its_question_open(make: Make) -> None:
    _file, draft = make(EXPORTS["woocommerce"])
    before = draft.blocks["funnel"]
    answered(draft, lambda _doubt: "purchase comes last")
    assert [doubt.place for doubt in draft.doubts] == [("funnel",)]
    assert draft.blocks["funnel"] == before
    assert draft.blocks["currency"] == "purchase comes last"  # `cx check` says that this is none


def test_events_sent_twice_are_asked_about(make: Make) -> None:
    text = EXPORTS["mixpanel"]["events.jsonl"]
    file, draft = make({"events.jsonl": text + text.splitlines(keepends=True)[0]})
    assert any("$insert_id" in doubt.what for doubt in draft.doubts)
    assert open_questions(file.read_text(encoding="utf-8"))


def test_at_a_terminal_enter_takes_the_likely_answer_and_a_question_mark_leaves_it_open(
    monkeypatch: pytest.MonkeyPatch, make: Make
) -> None:
    from cxlib.cli import ask

    _file, draft = make(EXPORTS["woocommerce"])
    n = len(draft.doubts)
    typed = iter(["?", *[""] * (n - 1)])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(typed))
    answered(draft, ask.answer)
    assert len(draft.doubts) == 1
