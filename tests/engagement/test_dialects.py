"""Exports of known systems: their header rows, questions and footers are told from their rows. Every file here is invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxlib.engagement.dialects import DIALECTS, layout_of
from cxlib.engagement.sources.raw import RawTable, read_raw


def read(folder: Path, text: str, name: str = "export.csv", encoding: str = "utf-8") -> RawTable:
    (folder / name).write_bytes(text.encode(encoding))
    return read_raw(folder / name)


NAMES = "StartDate,EndDate,Status,Finished,RecordedDate,ResponseId,DistributionChannel,Q1,Q1"
IMPORT = ",".join(
    f'"{{""ImportId"":""{name}""}}"' for name in ["startDate", "endDate", "x", "f", "r", "_id", "c", "QID1", "QID2"]
)
ANSWER = "2026-01-05 10:00:00,2026-01-05 10:05:00,IP Address,True,2026-01-05 10:05:01,R_1,anonymous,9,4"


@pytest.mark.parametrize(
    "texts",
    [
        "Start Date,End Date,Response Type,Finished,Recorded Date,Response ID,Channel,How likely?,How easy?",
        "Fecha de inicio,Fecha de finalización,Tipo,Acabado,Fecha registrada,ID,Canal,¿Recomendaría?,¿Fácil?",
        "开始日期,结束日期,答复类型,已完成,记录日期,答复 ID,分发渠道,可能性,容易",
    ],
)
def test_qualtrics_rows_of_questions_and_ids_are_no_respondents(tmp_path: Path, texts: str) -> None:
    raw = read(tmp_path, "\n".join([NAMES, texts, IMPORT, ANSWER, ANSWER.replace("R_1", "R_2")]) + "\n")
    assert raw.dialect == "qualtrics"
    assert raw.frame["ResponseId"].tolist() == ["R_1", "R_2"]
    assert raw.labels["Q1"] == texts.split(",")[7]
    assert raw.labels["Q1 (2)"] == texts.split(",")[8]
    assert raw.repairs["header_row"] == 2


def test_qualtrics_without_the_row_of_ids_still_loses_its_questions(tmp_path: Path) -> None:
    texts = "Start Date,End Date,Response Type,Finished,Recorded Date,Response ID,Channel,How likely?,How easy?"
    assert read(tmp_path, "\n".join([NAMES, texts, ANSWER])).frame["ResponseId"].tolist() == ["R_1"]


def test_qualtrics_without_any_further_header_row_loses_nobody(tmp_path: Path) -> None:
    assert read(tmp_path, "\n".join([NAMES, ANSWER, ANSWER])).frame["ResponseId"].tolist() == ["R_1", "R_1"]


def test_legacy_qualtrics_has_two_header_rows(tmp_path: Path) -> None:
    head = "V1,V2,V3,V4,V5,V8,V9,V10,Q1\nResponseID,ResponseSet,Name,x,y,StartDate,EndDate,Finished,How likely?\n"
    raw = read(tmp_path, head + "R_1,Default,Anonymous,,,2014-01-05 10:00:00,2014-01-05 10:05:00,1,9\n")
    assert raw.frame["V1"].tolist() == ["R_1"]
    assert raw.labels["Q1"] == "How likely?"


def test_surveymonkey_options_name_the_columns_of_a_matrix(tmp_path: Path) -> None:
    text = (
        "Respondent ID,Collector ID,Start Date,End Date,How likely are you to recommend us?,Please rate,,Anything else?\n"
        ",,,,Response,Delivery,Price,Open-Ended Response\n"
        "11,7,01/05/2026 10:00:00 AM,01/05/2026 10:05:00 AM,9,4,5,fine\n"
    )
    raw = read(tmp_path, text)
    assert list(raw.frame)[4:] == [
        "How likely are you to recommend us?",
        "Please rate: Delivery",
        "Please rate: Price",
        "Anything else?",
    ]
    assert raw.frame["Respondent ID"].tolist() == ["11"]


def test_a_row_of_groups_above_the_header_is_no_header(tmp_path: Path) -> None:
    text = (
        "About you,,,Your visit,\n#,Name {{field:1}},How likely?,Start Date (UTC),Submit Date (UTC)\n"
        "a1,x,9,2026-01-05 10:00:00,2026-01-05 10:01:00\n"
    )
    raw = read(tmp_path, text)
    assert list(raw.frame)[:3] == ["#", "Name {{field:1}}", "How likely?"]
    assert raw.frame["#"].tolist() == ["a1"]


def test_the_note_under_a_report_is_no_row(tmp_path: Path) -> None:
    text = (
        "Opportunity ID,Opportunity Name,To Stage,Edit Date,Amount\n006A,Sofa,Closed Won,2026-01-05,10\n"
        '"Grand Totals (1 records)",,,,10\n\n'
        '"Confidential Information - Do Not Distribute",,,,\n"Copyright (c) 2026 a maker",,,,\n'
    )
    raw = read(tmp_path, text)
    assert raw.frame["Opportunity ID"].tolist() == ["006A"]
    assert raw.repairs["footer"] == 3


@pytest.mark.parametrize(
    ("header", "dialect"),
    [
        (
            "Name,Email,Financial Status,Paid at,Fulfilled at,Currency,Subtotal,Total,Lineitem name,Created at",
            "shopify",
        ),
        (
            "id,Created date (UTC),Amount,Amount Refunded,Currency,Converted Amount,Converted Currency,Customer ID",
            "stripe",
        ),
        ('Record ID,Deal Name,Deal Stage,Pipeline,"Date entered ""Won (Sales)"""', "hubspot_deals"),
        ("event_date,event_timestamp,event_name,user_pseudo_id", "ga4"),
        ("Etiqueta,Visitas,Visitantes únicos,Acciones,Porcentaje de rebote", "matomo_report"),
        ("Id,Hora de inicio,Hora de finalización,Correo electrónico,Nombre,¿Nos recomendaría?", "microsoft_forms"),
        ("Marca temporal,¿Recomendaría nuestra tienda?", "google_forms"),
        ("id,submitdate,lastpage,startlanguage,seed,SUS1[SQ001]", "limesurvey"),
        ("Response ID,Person ID,Survey type,Score,Comment,Permalink,Created At", "delighted"),
        ("amplitude_id,user_id,event_type,event_time,$insert_id,event_properties", "amplitude"),
        ("case:concept:name,concept:name,time:timestamp", "event_log"),
        ("customer_id,region,age_band", ""),
        ("order_id,customer_id,status,order_date,total", ""),
        ("id,status,subject,created_at,updated_at,score,comment", ""),
        ("Stage,Amount,Close Date,Name", ""),
        ("Start Date,End Date,IP Address,Email Address,Status", ""),
        ("Timestamp,Value", ""),
    ],
)
def test_a_system_is_known_by_its_header(tmp_path: Path, header: str, dialect: str) -> None:
    row = ",".join("1" for _name in header.split(","))
    assert read(tmp_path, f"{header}\n{row}\n{row}\n").dialect == dialect


@pytest.mark.parametrize("key", DIALECTS)
def test_the_names_a_dialect_expects_make_its_own_fingerprint(key: str) -> None:
    assert DIALECTS[key].tables or DIALECTS[key].sums_only
    assert all(one.least <= len(one.headers) for one in DIALECTS[key].fingerprints)


def test_no_dialect_is_seen_in_data_alone() -> None:
    assert layout_of([["1", "2", "3"], ["a", "b", "c"]]) is None
    assert layout_of([]) is None
