"""The journey's rows and cells: emotion from answers, grades from n, and what remains when nobody was asked."""

from __future__ import annotations

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.engagement.brief import Brief
from cxlib.engagement.brief.journey import Journey
from cxlib.show import maps
from cxlib.stages.design import says
from cxlib.stages.design.gates import Inherited
from cxlib.stages.design.journey import emotion, journey, lived
from cxlib.stages.design.journey_cells import CELLS, expected_at_steps, graded_share, journey_cells, met_at_steps
from cxlib.statistics.intervals import mean_t

RESPONSES = pd.DataFrame(
    {"question": "csat", "touchpoint": ["van"] * 40 + ["desk"] * 3, "score": [10.0] * 40 + [0.0] * 3}
)
IDEAS = pd.DataFrame(
    {
        "idea_id": ["slot"],
        "step": ["use"],
        "action": ["buy again"],
        "emotion": ["calm"],
        "capability": ["routing"],
        "expects_score": [8.0],
    }
)
STEP_OF = {"van": "use", "desk": "consider"}
CHAIN = Inherited(
    moments={"van": "use"},
    step_of=STEP_OF,
    insights=(("van", "late_delivery"),),
    channels={"van:home": "in", "van:app": "later"},
)
STEPS = {"consider": "before", "use": "during", "again": "after"}
BRIEF = Brief.model_validate(
    {
        "company": "x",
        "currency": "EUR",
        "locale": "en_IE",
        "as_of": "2026-06-30",
        "period": {"start": "2026-01-01", "end": "2026-06-30"},
        "funnel": [{"step": step, "label": step, "phase": phase} for step, phase in STEPS.items()],
        "touchpoints": {key: {"label": key, "step": step} for key, step in STEP_OF.items()},
        "scales": {"csat": [0, 10]},
    }
)
NO_FILE = Journey()
FILE = Journey.model_validate(
    {
        "by": "the workshop",
        "persona": {"name": "Marta <3"},
        "phases": {"before": "Hope"},
        "steps": {
            "consider": {"channel": "phone", "feeling": "curious", "emotion": 0.5, "thinking": "how much?"},
            "use": {
                "channel": "home",
                "doing": "waits",
                "emotion": -1.5,
                "pain": "nobody says when",
                "to_be": {"thinking": "they come"},
            },
        },
    }
)
CONTACTS = pd.DataFrame(
    {
        "customer_id": [f"c{i}" for i in range(50)] * 2,
        "step": ["use"] * 100,
        "touchpoint": ["van"] * 100,
        "channel": ["home"] * 50 + ["app"] * 20 + [""] * 30,
    }
)
LABELS = {"touchpoint": {"van": "Delivery <slot>"}, "idea": {"slot": "Slot"}, "step": {"use": "Service"}}


def kept(**changes: pd.DataFrame) -> dict[str, pd.DataFrame]:
    return {
        "steps": pd.DataFrame({"step": ["use"], "n": [400.0], "estimate": [0.46], "benchmark_share": [0.5]}),
        "moments": pd.DataFrame({"moment": ["van"], "n": [12.0]}),
        "evidence": pd.DataFrame({"question": ["say"], "moment": ["van"], "n": [90]}),
        "channels": pd.DataFrame({"moment": ["van"], "channel": ["home"], "state": ["in"], "selection_share": [0.95]}),
        "capabilities": pd.DataFrame(
            {
                "capability_id": ["routing", "stock"],
                "touchpoint": ["van", "van"],
                "available": ["yes", "no"],
                "owner": ["P05", None],
            }
        ),
        **changes,
    }


def cells(
    responses: pd.DataFrame, contacts: pd.DataFrame, tables: dict[str, pd.DataFrame], file: Journey = FILE
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rows and cells of a small client."""
    rows = journey(BRIEF, responses, IDEAS, file=file)
    known = {**tables, "contacts": contacts, "responses": responses}
    return rows, journey_cells(rows, IDEAS, known, inherited=CHAIN, file=file)


def found(table: pd.DataFrame, state: str, step: str, lane: str) -> list[tuple[str, str]]:
    rows = table[table["state"].eq(state) & table["step"].eq(step) & table["lane"].eq(lane)]
    return list(zip(rows["code"], rows["grade"], strict=True))


def test_a_full_score_is_plus_two_and_a_zero_is_minus_two() -> None:
    table = lived(RESPONSES, step_of=STEP_OF, scale=(0.0, 10.0)).set_index("step")
    assert table.loc["use", "estimate"] == 2.0
    assert table.loc["consider", "estimate"] == -2.0


def test_rows_are_graded_and_the_aim_is_never_below_today() -> None:
    table = journey(BRIEF, RESPONSES, IDEAS, file=NO_FILE)
    assert table["phase"].tolist() == list(STEPS.values())
    assert table["grade"].tolist() == ["observed", "measured", "assumed"]
    assert table.loc[1, "to_be"] == 2.0  # 8 of 10 would be less than what is lived today
    low = journey(BRIEF, RESPONSES.assign(score=5.0), IDEAS, file=NO_FILE)
    assert low.loc[1, "to_be"] == pytest.approx(emotion(pd.Series([8.0]), (0.0, 10.0)).item()) == 1.2


@pytest.mark.parametrize(("n", "grade"), [(29, "observed"), (30, "measured")])
def test_a_step_is_measured_from_thirty_answers_on(n: int, grade: str) -> None:
    answers = pd.DataFrame({"question": "csat", "touchpoint": ["van"] * n, "score": 7.0})
    assert journey(BRIEF, answers, IDEAS, file=NO_FILE).loc[1, "grade"] == grade
    few = kept(moments=pd.DataFrame({"moment": ["van"], "n": [float(n)]}))
    _rows, table = cells(answers, CONTACTS, few)
    assert found(table, "as_is", "use", "moment") == [("van", grade)]


def test_without_answers_or_ideas_the_rows_stay_and_claim_nothing() -> None:
    table = journey(BRIEF, RESPONSES.iloc[:0], IDEAS.iloc[:0], file=NO_FILE)
    assert table["as_is"].isna().all()
    assert table["grade"].eq("assumed").all()


def test_use_at_a_step_is_a_share_of_its_persons() -> None:
    table = met_at_steps(CONTACTS, "channel").set_index("code")
    assert table["estimate"].to_dict() == {"home": 1.0, "app": 0.4}
    assert table["n"].unique().tolist() == [50]
    assert met_at_steps(CONTACTS.head(0), "channel").empty


def test_expectation_is_the_mean_of_what_was_asked() -> None:
    asked = pd.DataFrame({"question": "expectation", "touchpoint": ["van"] * 4, "score": [7.0, 9.0, 8.0, 10.0]})
    row = expected_at_steps(asked, STEP_OF).iloc[0]
    assert (row["step"], row["code"], row["n"]) == ("use", "van", 4)
    assert row["estimate"] == pytest.approx(mean_t(asked["score"])[0])


def test_every_line_says_where_it_comes_from() -> None:
    _rows, table = cells(RESPONSES, CONTACTS, kept())
    assert list(table.columns) == CELLS
    assert found(table, "as_is", "use", "channel") == [("home", "measured"), ("app", "measured")]  # counted: no guess
    assert found(table, "as_is", "consider", "channel") == [("phone", "assumed")]
    assert found(table, "as_is", "use", "doing") == [("van", "measured"), ("waits", "assumed")]
    assert found(table, "as_is", "use", "pain") == [("late_delivery", "measured"), ("nobody says when", "assumed")]
    assert found(table, "as_is", "use", "moment") == [("van", "observed")]  # twelve persons
    assert found(table, "as_is", "use", "backstage") == [("routing", "observed"), ("stock", "observed")]
    assert found(table, "to_be", "use", "experience") == [("slot", "assumed")]
    assert found(table, "to_be", "use", "channel") == [("home", "measured")]
    assert found(table, "to_be", "use", "thinking") == [("they come", "assumed")]


def test_without_the_survey_the_cells_fall_back_to_assumed_and_say_so() -> None:
    silent = kept(evidence=kept()["evidence"].head(0), moments=kept()["moments"].head(0))
    rows, table = cells(RESPONSES.head(0), CONTACTS.head(0), silent)
    asked = table[
        table["state"].eq("as_is") & table["lane"].isin(["feeling", "thinking", "pain", "moment", "doing", "channel"])
    ]
    assert set(asked["grade"]) == {"assumed"}
    assert rows["as_is"].tolist()[:2] == [0.5, -1.5]  # what the workshop wrote
    said = says.mapped(graded_share(table.query("lane in ['feeling', 'thinking', 'doing']")), FILE)
    assert said.verdict == "cannot tell"
    assert "Nothing on today's map is measured: 100% of its" in said.sentence
    assert "written by: the workshop" in said.sentence
    page = maps.journey_map(table, rows, LABELS, state="as_is", file=FILE)
    assert "assumed, nobody was asked; lowest at Service: " in page
    assert "measured" not in re.sub(r'src="[^"]*"', "", page).replace(
        "measured, n = 400", ""
    )  # but the funnel's own count


def test_the_shares_of_a_map_are_counted_by_its_best_lines() -> None:
    _rows, table = cells(RESPONSES, CONTACTS, kept())
    shares = graded_share(table).set_index("grade")
    best = {}
    for row in table[table["state"].eq("as_is")].to_dict("records"):
        order = ["measured", "observed", "assumed"]
        key = (row["step"], row["lane"])
        best[key] = min(best.get(key, "assumed"), row["grade"], key=order.index)
    assert shares["n_cells"].to_dict() == {grade: list(best.values()).count(grade) for grade in shares.index}
    assert shares["share"].sum() == pytest.approx(1)
    assert graded_share(table.head(0))["n_cells"].sum() == 0


def test_maps_escape_what_clients_wrote_and_have_captions_scopes_and_a_line_of_visibility() -> None:
    rows, table = cells(RESPONSES, CONTACTS, kept())
    page = maps.journey_map(table, rows, LABELS, state="to_be", file=FILE) + maps.blueprint(table, rows, LABELS)
    assert "Delivery &lt;slot&gt;" in page
    assert "Marta &lt;3" in page
    assert ">Hope</th>" in page
    assert page.count("<caption>") == 2
    assert page.count("Line of visibility") == 2
    assert 'scope="col"' in page and 'scope="row"' in page
    assert "min-width:" in page
    assert "◆ Delivery" in page
    assert maps.journey_map(table, rows.head(0), LABELS, state="as_is") == ""
    assert maps.blueprint(table, rows.head(0), LABELS) == ""


def test_a_text_that_data_say_too_stands_once() -> None:
    told = Journey.model_validate({"steps": {"use": {"owner": "P05"}}})
    rows, table = cells(RESPONSES, CONTACTS, kept(), told)
    page = maps.journey_map(table, rows, {}, state="as_is")
    assert page.count("P05") == 1


def test_the_alternative_text_of_the_curve_names_the_lowest_step_and_is_short() -> None:
    rows, table = cells(RESPONSES, CONTACTS, kept())
    (alt,) = re.findall(r'alt="([^"]*)"', maps.journey_map(table, rows, LABELS, state="as_is"))
    assert "lowest today at consider: " in alt
    assert len(alt) <= 250


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 10), min_size=1, max_size=60))
def test_emotion_stays_within_its_scale(scores: list[float]) -> None:
    answers = pd.DataFrame({"question": "csat", "touchpoint": "van", "score": scores})
    table = lived(answers, step_of=STEP_OF, scale=(0.0, 10.0))
    assert -2.0 <= table["estimate"].item() <= 2.0


def test_a_cell_names_what_a_tenth_meet_and_the_three_most_met() -> None:
    ways = [("a", 50), ("b", 40), ("c", 30), ("d", 20), ("e", 5), ("f", 4)]
    rows = [(f"p{i}", "use", "van", way) for way, n in ways for i in range(n)]
    contacts = pd.DataFrame(rows, columns=["customer_id", "step", "touchpoint", "channel"])
    _rows, table = cells(RESPONSES, contacts, kept())
    assert [code for code, _grade in found(table, "as_is", "use", "channel")] == ["a", "b", "c"]
    few = contacts[contacts["channel"].isin(["a", "e", "f"])]
    _rows, table = cells(RESPONSES, few, kept())
    assert [code for code, _grade in found(table, "as_is", "use", "channel")] == ["a", "e"]  # 5 of 50, and not 4


@pytest.mark.parametrize(("share", "grade"), [(0.8, "measured"), (0.79, "observed")])
def test_a_channel_is_measured_where_four_draws_in_five_choose_it(share: float, grade: str) -> None:
    _rows, table = cells(RESPONSES, CONTACTS, kept(channels=kept()["channels"].assign(selection_share=share)))
    assert found(table, "to_be", "use", "channel")[0] == ("home", grade)


def test_the_aim_stands_only_where_it_is_more_than_today() -> None:
    aims = [
        cells(RESPONSES.assign(score=score), CONTACTS, kept())[1].query("kind == 'aim'")["estimate"].tolist()
        for score in (10.0, 5.0)
    ]
    assert aims == [[], [pytest.approx(1.2)]]
