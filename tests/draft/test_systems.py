"""Every known system's export becomes a brief that reads it: no row refused, the tables it can fill, what must be asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cxlib.draft.account import account
from cxlib.draft.draft import Draft
from cxlib.engagement.brief import load_brief
from cxlib.engagement.brief.open_questions import open_questions
from cxlib.engagement.dialects import DIALECTS
from cxlib.engagement.sources import check_engagement, load_table
from tests.draft.exports import EXPORTS

Make = Callable[..., tuple[Path, Draft]]
FILLS = {  # system → the tables its export fills
    "qualtrics": "responses verbatims",
    "surveymonkey": "responses verbatims",
    "typeform": "responses verbatims",
    "limesurvey": "customers responses",
    "google_forms": "customers responses verbatims",
    "microsoft_forms": "responses verbatims",
    "formbricks": "responses",
    "delighted": "responses verbatims",
    "zendesk": "interactions responses",
    "freshdesk": "interactions",
    "hubspot_deals": "interactions transactions",
    "salesforce": "interactions",
    "shopify": "customers interactions transactions",
    "woocommerce": "customers interactions transactions",
    "stripe": "customers transactions",
    "ga4": "customers interactions transactions",
    "matomo": "customers interactions",
    "matomo_report": "",
    "mixpanel": "interactions",
    "amplitude": "customers interactions",
    "event_log": "customers interactions",
    "reviews": "responses verbatims",
}


def test_every_dialect_has_an_export_that_is_tried() -> None:
    assert set(EXPORTS) == set(DIALECTS) == set(FILLS)


@pytest.mark.parametrize("system", EXPORTS)
def test_an_export_is_recognised_and_read_without_a_row_refused(make: Make, system: str) -> None:
    file, draft = make(EXPORTS[system])
    assert [known.raw.dialect for known in draft.files] == [system]
    assert draft.tables == set(FILLS[system].split())
    report = check_engagement(file.parent)
    assert not report.failed
    for name in draft.tables:
        assert report.reports[name].n_refused == 0, report.reports[name].problems
        assert report.reports[name].n_rows > 0
    assert len(open_questions(file.read_text(encoding="utf-8"))) == len(draft.doubts)
    assert DIALECTS[system].name in account(draft)


def test_an_order_of_several_lines_is_one_purchase_of_its_total(make: Make) -> None:
    for system in ("shopify", "woocommerce"):
        file, _draft = make(EXPORTS[system], system)
        table = load_table(load_brief(file), "transactions").table
        assert len(table) == 40
        assert table["revenue"].sum() == pytest.approx(sum(round(20 + i * 1.37, 2) for i in range(40)), abs=0.01)


def test_an_order_total_repeated_on_each_line_is_asked_about_and_taken_once(make: Make) -> None:
    lines = "".join(f"{i},{i},2026-01-05 10:00:00,completed,{10 + i},C{i},card\n" * (1 + i % 2) for i in range(20))
    file, draft = make(
        {"o.csv": "order_id,order_number,order_date,status,order_total,customer_id,payment_method\n" + lines}
    )
    table = load_table(load_brief(file), "transactions").table
    assert table["revenue"].sum() == sum(10 + i for i in range(20))
    assert any("order's total" in doubt.what for doubt in draft.doubts)


def test_stages_that_end_lost_are_exits(make: Make) -> None:
    file, _draft = make(EXPORTS["event_log"])
    table = load_table(load_brief(file), "interactions").table
    assert set(table[table["outcome"] == "lost"]["touchpoint"]) == {"declined"}


def test_two_currencies_are_asked_about_and_never_summed(make: Make) -> None:
    text = EXPORTS["stripe"]["payments.csv"].replace(",eur,", ",gbp,", 5)
    file, draft = make({"payments.csv": text})
    assert len(load_table(load_brief(file), "transactions").table) == 35
    assert any("EUR" in doubt.what and "GBP" in doubt.what for doubt in draft.doubts)


def test_answers_in_words_and_scales_are_read_off(make: Make) -> None:
    file, _draft = make(EXPORTS["google_forms"])
    brief = load_brief(file)
    scores = load_table(brief, "responses").table
    assert brief.scale("csat") == (1, 5)
    assert sorted(scores[scores["question"] == "csat"]["score"].unique()) == [1, 2, 3, 4, 5]
    assert sorted(scores[scores["question"] == "nps"]["score"].unique()) == list(range(11))
    assert brief.locale == "es_ES"


@pytest.mark.parametrize(
    "answers", [["10 - Extremely likely", "0 - Not at all likely", "7"], ["5 estrellas", "1 estrella", "3 estrellas"]]
)
def test_scores_with_words_beside_them_keep_their_score(make: Make, answers: list[str]) -> None:
    rows = "".join(f"{i},2026-01-0{1 + i % 9},{answers[i % 3]}\n" for i in range(30))
    file, _draft = make({"s.csv": "respondent_id,date,How likely are you to recommend us (rating)?\n" + rows})
    scores = load_table(load_brief(file), "responses").table["score"]
    assert len(scores) == 30
    assert set(scores) == {float(answer.split()[0]) for answer in answers}
