"""What stage 4 says and draws: sentences of small tables, and the data behind each picture."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from cxlib.stages.architecture import pictures as draw
from cxlib.stages.architecture import says, says_drivers, says_touchpoints
from cxlib.stages.architecture import shown as words

NAMES = {"van": "Delivery", "desk": "Help desk"}


def explained(verdict: str = "ok") -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "estimate": 0.4,
                "low": 0.3,
                "high": 0.5,
                "n": 500,
                "unit": "share",
                "n_needed": 100,
                "common_share": 0.0,
                "top_share": 0.85,
                "verdict": verdict,
            }
        ]
    )


def contribution() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "touchpoint": ["van", "desk"],
            "estimate": [0.3, 0.1],
            "low": [0.2, 0.05],
            "high": [0.4, 0.15],
            "n": [400, 90],
            "unit": "share",
            "relative_weight": [0.29, 0.11],
            "rank": [1, 2],
            "rank_low": [1.0, 1.0],
            "rank_high": [1.0, 2.0],
            "p_top": [0.97, 0.03],
            "tied": [True, False],
        }
    )


def moments(verdict: str = "real") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "moment": ["van", "desk"],
            "step": ["use", "weigh"],
            "phase": ["during", "before"],
            "role": ["repair", "trigger"],
            "also": "",
            "when_days": [0.2, 3.0],
            "score": [6.0, 7.0],
            "importance": [0.3, 0.1],
            "importance_low": 0.05,
            "importance_high": 0.4,
            "effect": [-1.84, 0.07],
            "effect_low": [-2.0, 0.05],
            "effect_high": [-1.5, 0.09],
            "n": [400, 90],
            "p_concentrate": 0.9,
            "priority": [0.2, 0.1],
            "verdict": verdict,
            "inside": True,
        }
    )


def league() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "touchpoint": ["van", "desk", "site"],
            "estimate": [0.6, 0.4, 0.5],
            "low": [0.5, 0.3, 0.2],
            "high": [0.7, 0.5, 0.8],
            "n": [400, 90, 20],
            "unit": "share",
            "bottom_share": [0.1, 0.2, 0.3],
            "bottom_low": 0.05,
            "bottom_high": [0.15, 0.3, 0.5],
            "rank": [1.0, 2.0, None],
            "reason": ["", "", "too few"],
        }
    )


def pairs(verdict: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "first": "van",
                "second": "desk",
                "estimate": 0.2,
                "low": 0.1,
                "high": 0.3,
                "n": 90,
                "unit": "share",
                "detectable": 0.14,
                "verdict": verdict,
            }
        ]
    )


def failures(verdict: str = "real") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "touchpoint": ["van", "desk"],
            "estimate": [0.24, 0.01],
            "low": [0.18, -0.02],
            "high": [0.3, 0.04],
            "n": [120, 28],
            "unit": "share",
            "n_dissatisfied": 150,
            "reach_share": [0.41, 0.58],
            "noise_share": [0.07, 0.21],
            "key": True,
            "p_key": [1.0, 0.6],
            "verdict": [verdict, "not shown"],
        }
    )


def memory(verdict: str) -> pd.DataFrame:
    return pd.DataFrame(
        [{"model": "added", "estimate": 0.02, "low": 0.01, "high": 0.03, "n": 400, "unit": "share", "verdict": verdict}]
    )


def test_the_headline_names_each_moment_with_its_role_effect_and_time() -> None:
    said = says.headline(moments(), explained(), names=NAMES)
    assert said.sentence == (
        "What goes with satisfaction and with going on: repair Delivery, where a bad one goes with 1.8 points less; trigger "
        "action at Help desk, where 7.0 pp more go on. "
        "When: Delivery on the day of entering its step; Help desk 3 days after entering its step."
    )
    assert said.verdict == "real" and {"4.repair_effect", "4.trigger_effect"} <= {fact.id for fact in said.facts}
    candidates = says.headline(moments("not shown"), explained(), names=NAMES)
    assert "No touchpoint is shown to repair, delight or trigger" in candidates.sentence


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        ("too few", "too few for this many touchpoints"),
        ("ceiling", "85% give the best possible judgement"),
        ("common method", "every two ratings go together"),
        ("too little explained", "explain too little"),
    ],
)
def test_where_nothing_may_be_split_every_sentence_says_why(verdict: str, reason: str) -> None:
    nothing = pd.DataFrame()
    for said in (
        says_drivers.drivers(nothing, explained(verdict), names=NAMES),
        says_drivers.priorities(nothing, nothing, explained(verdict), names=NAMES),
        says.headline(nothing, explained(verdict), names=NAMES),
    ):
        assert said.verdict == "cannot tell" and reason in said.sentence


def test_the_first_driver_is_told_with_how_often_it_is_first() -> None:
    said = says_drivers.drivers(contribution(), explained(), names=NAMES).sentence
    assert "First: Delivery" in said and "is first in 97.0% of the samples" in said


def test_the_league_names_best_worst_and_who_is_not_ranked() -> None:
    said = says_touchpoints.rated(league(), pairs("real"), names=NAMES)
    assert "Best rated is Delivery, with 60.0%" in said.sentence and "worst Help desk, with 40.0%" in said.sentence
    assert (
        "Each is told apart from the next one" in said.sentence
        and "Not ranked: site (n = 20, too few answers)." in said.sentence
    )
    assert (
        "No two neighbours in that order are told apart"
        in says_touchpoints.rated(league(), pairs("not shown"), names=NAMES).sentence
    )
    assert says_touchpoints.rated(league().iloc[2:], pairs("real").iloc[:0], names=NAMES).verdict == "cannot tell"


def test_the_list_of_failures_says_which_of_them_are_sure() -> None:
    said = says_touchpoints.failures(failures(), names=NAMES).sentence
    assert "Delivery, Help desk" in said and "58.0% of the dissatisfied and 21.0% of the others" in said
    assert said.endswith("Shown to add on its own: Delivery.")
    assert says_touchpoints.failures(failures("not shown"), names=NAMES).verdict == "not shown"
    assert says_touchpoints.failures(failures().iloc[:0], names=NAMES).verdict == "cannot tell"


def test_peak_and_end_are_believed_only_where_they_add() -> None:
    assert says_drivers.remembered(memory("real")).verdict == "real"
    assert "every moment counts" in says_drivers.remembered(memory("not shown")).sentence
    assert says_drivers.remembered(memory("cannot tell")).verdict == "cannot tell"
    assert says_drivers.remembered(memory("real").iloc[:0]).verdict == "cannot tell"


@pytest.mark.parametrize(
    ("kind", "told"), [("complete", "in every model"), ("conditional", "model size"), ("general", "on average only")]
)
def test_the_order_is_told_as_firmly_as_it_is(kind: str, told: str) -> None:
    row = {"first": "van", "second": "desk", "kind": kind, "models_share": 0.9, "p_kind": 0.8, "p_first": 0.9, "n": 400}
    over = pd.DataFrame({"touchpoint": ["van", "desk"], "repeats": [False, True]})
    said = says_drivers.firm(pd.DataFrame([row]), over, names=NAMES).sentence
    assert told in said and "The ratings of Help desk mostly repeat the others'" in said
    assert words.firmness(pd.DataFrame([row]), NAMES).loc[0, "next_one"] == "Help desk"
    assert str(says_drivers.firm(pd.DataFrame(), over, names=NAMES)) == ""


def test_a_league_with_recommendation_shows_both() -> None:
    promoted = pd.DataFrame(
        [
            {
                "touchpoint": "van",
                "estimate": -10.0,
                "low": -15.0,
                "high": -5.0,
                "n": 971,
                "unit": "points",
                "rank": 1.0,
                "reason": "",
            }
        ]
    )
    today = pd.DataFrame({"touchpoint": league()["touchpoint"], "period": "lately"})
    known = {"answers": today, "ever": league().assign(estimate=0.5), "months": 6}
    both = words.league(league(), promoted, **known)
    assert set(both["answers_of"]) == {"last 6 months"} and set(both["of_all_answers_share"]) == {0.5}
    assert both["net_promoter_score_"].tolist()[0].startswith("−10")
    assert both["not_ranked"].tolist() == ["", "", "too few answers"] and both["rank"].tolist() == ["1", "2", "–"]
    assert words.league(league().iloc[:0], promoted, **known)["unit"].tolist() == ["points"]


def test_each_picture_of_the_drivers_draws_every_touchpoint_once() -> None:
    ax = draw.plot_drivers(contribution())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["van", "desk"]
    assert [text.get_text() for text in ax.texts] == ["rank 1, n = 400", "rank 1 to 2, n = 90"]
    assert ax.lines[0].get_xdata().tolist() == [0.2, 0.4]  # type: ignore[union-attr]


def test_boxes_stand_on_both_sides_and_the_unranked_say_so() -> None:
    ax = draw.plot_boxes(league())
    widths = [patch.get_width() for patch in ax.patches]  # type: ignore[attr-defined]
    assert widths == pytest.approx([0.6, -0.1, 0.4, -0.2, 0.5, -0.3])
    assert ax.texts[2].get_text() == "n = 20, not ranked"


def test_failures_are_drawn_with_what_their_list_reaches() -> None:
    ax = draw.plot_failures(failures())
    assert ax.texts[0].get_text() == "n = 120, list reaches 41%, others 7%"
    assert ax.lines[1].get_xdata().tolist() == [0.24]  # type: ignore[union-attr]


def test_moments_are_diamonds_with_effect_interval_and_n() -> None:
    line = pd.DataFrame({"step": ["see", "weigh", "use"], "position": [0, 1, 2], "inside": [False, True, True]})
    table = line.merge(moments(), on="step", how="left", suffixes=("", "_moment"))
    ax = draw.plot_moments(table)
    said = [text.get_text() for text in ax.texts]
    assert "van: repair −1.84 (−2.00 to −1.50, n = 400)" in said
    assert "desk: trigger 7.0% (5.0% to 9.0%, n = 90)" in said
    assert len(ax.collections) >= 4  # a stem and a diamond each


@pytest.mark.parametrize("room", ["architecture", "omnichannel"])
def test_what_is_an_association_is_told_as_one(room: str) -> None:
    home = Path(says.__file__).parents[1] / room
    told = "\n".join(path.read_text(encoding="utf-8") for path in (*home.glob("says*.py"), *home.glob("facts.yaml")))
    quoted = [text for text in re.findall(r'"([^"\n]*)"', told) if " " in text]
    caused = re.compile(r"\b(bad|good)\b[^.]*\b(costs|wins)\b|moves the|moves their|surely costs|\bcauses\b")
    assert [text for text in quoted if caused.search(text)] == []
