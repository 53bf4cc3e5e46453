"""Asymmetry, priorities, links to the next step, and the moments made of them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cxlib.journeys.corridor import corridor
from cxlib.journeys.passages import passages
from cxlib.stages.architecture.asymmetry import _roles, asymmetry, bands, penalty_reward
from cxlib.stages.architecture.drivers import driver_draws, drivers
from cxlib.stages.architecture.moments import along_the_funnel, moments, places, strongest_link, touchpoint_table
from cxlib.stages.architecture.next_step import _logistic, _rated, _rated_row, met_passages, next_step, when_met
from cxlib.stages.architecture.priorities import disagreement, priorities, scaled
from cxlib.stages.architecture.ratings import score_table
from cxlib.statistics.intervals import holm

SCALE = (0.0, 10.0)


def rated(n: int = 1500, *, repair: float = 0.6, delight: float = 0.8, seed: int = 0) -> pd.DataFrame:
    """A touchpoint that hurts when bad (van), one that wins when good (plan), one that does neither (desk)."""
    generator = np.random.default_rng(seed)
    table = pd.DataFrame({name: generator.integers(2, 11, n).astype(float) for name in ("van", "plan", "desk")})
    felt = -repair * (7 - table["van"]).clip(lower=0) + delight * (table["plan"] - 7).clip(lower=0)
    return table.assign(outcome=felt + generator.normal(0, 1, n), weight=1.0)


def test_penalties_and_rewards_are_those_of_the_balanced_design(shared) -> None:  # type: ignore[no-untyped-def]
    oracle = json.loads(shared("oracles/prca_hand/oracle.json").read_text())
    data = pd.read_csv(shared("oracles/prca_hand/data.csv"))
    fit = penalty_reward(data[["a", "b"]].replace({"mid": "middle"}).astype("str"), data["y"])
    for name in ("a", "b"):
        penalty, reward = (fit.combination({(name, band): 1.0})[0] for band in ("low", "high"))
        assert penalty == pytest.approx(oracle["penalty"][name], abs=1e-9)
        assert reward == pytest.approx(oracle["reward"][name], abs=1e-9)
        assert (reward + penalty) / (reward - penalty) == pytest.approx(oracle["IA"][name], abs=1e-9)


def test_robust_errors_are_those_of_statsmodels() -> None:
    from statsmodels.regression.linear_model import OLS

    table = rated(300)
    banded = table[["van", "plan"]].apply(bands, scale=SCALE)
    fit = penalty_reward(banded, table["outcome"])
    labels = list(fit.places)[1:]
    design = np.column_stack([np.ones(len(table)), *((banded[name] == band).to_numpy(float) for name, band in labels)])
    expected = OLS(table["outcome"].to_numpy(), design).fit(cov_type="HC3").bse[1:]
    np.testing.assert_allclose([fit.combination({label: 1.0})[1] for label in labels], expected, rtol=1e-8)


def test_the_bands_are_those_of_the_net_promoter_score_and_of_five_boxes() -> None:
    scores = pd.Series([0.0, 6.0, 7.0, 8.0, 9.0, np.nan])
    assert bands(scores, scale=SCALE).tolist()[:5] == ["low", "low", "middle", "middle", "high"]
    assert bands(scores, scale=SCALE).isna().tolist() == [False] * 5 + [True]
    assert bands(pd.Series([1.0, 3.0, 4.0, 5.0]), scale=(1.0, 5.0)).tolist() == ["low", "low", "middle", "high"]


def test_what_hurts_is_repaired_and_what_wins_delights() -> None:
    roles = asymmetry(rated(), scale=SCALE).set_index("touchpoint")["role"].to_dict()
    assert roles == {"van": "repair", "plan": "delight", "desk": ""}


def test_an_even_effect_has_no_role_though_the_bands_are_uneven() -> None:
    generator = np.random.default_rng(5)
    found = 0
    for _client in range(30):
        table = pd.DataFrame({name: generator.integers(0, 11, 800).astype(float) for name in ("a", "b", "c")})
        outcome = 0.5 * table["a"] + 0.5 * table["b"] + generator.normal(0, 1.5, 800)
        found += int((asymmetry(table.assign(outcome=outcome, weight=1.0), scale=SCALE)["role"] != "").any())
    assert found <= 5  # 5 % a client is what is promised; 5 of 30 lies beyond the 99th percentile of that


def test_those_who_did_not_meet_a_touchpoint_do_not_blur_its_penalty() -> None:
    table = rated(3000)
    some = table.assign(van=table["van"].where(np.random.default_rng(2).random(3000) < 0.5))
    full, half = (asymmetry(each, scale=SCALE).set_index("touchpoint").loc["van", "penalty"] for each in (table, some))
    assert half == pytest.approx(full, abs=0.25)


def test_a_role_needs_thirty_ratings_in_each_band() -> None:
    table = rated(60)
    assert set(asymmetry(table, scale=SCALE)["verdict"]) == {"cannot tell"}
    assert asymmetry(table.iloc[:5], scale=SCALE).empty
    assert asymmetry(table[["outcome", "weight"]], scale=SCALE).empty
    for n, verdict in ((29, "cannot tell"), (30, "real")):
        scores = pd.DataFrame({"van": [2.0] * n + [7.0] * 60 + [10.0] * 60})
        noise = np.tile([-0.1, 0.1], len(scores))[: len(scores)]
        found = asymmetry(scores.assign(outcome=-1.0 * (scores["van"] == 2.0) + noise, weight=1.0), scale=SCALE).loc[0]
        assert (found["n_low"], found["verdict"]) == (n, verdict)


def sides(**changes: float) -> pd.DataFrame:
    """Touchpoints with a shown contrast below zero and a shown penalty."""
    row = {
        "estimate": -1.0,
        "penalty_high": -0.1,
        "reward_low": 0.1,
        "p": 0.012,
        "n_low": 30,
        "n_middle": 30,
        "n_high": 30,
    }
    return pd.DataFrame([row | changes, row, row, row])


def test_a_role_is_judged_over_all_touchpoints_asked_about_and_needs_its_own_side() -> None:
    everyone = pd.Series(True, index=range(4))
    assert _roles(sides(), everyone)["role"].tolist() == ["repair"] * 4  # Holm: 4 × 0.012
    assert _roles(sides().assign(p=0.013), everyone)["role"].tolist() == [""] * 4
    assert _roles(sides().assign(p=0.013), pd.Series([True, True, True, False]))["role"].tolist() == ["repair"] * 3 + [
        ""
    ]
    assert _roles(sides(penalty_high=0.01), everyone)["role"].tolist()[0] == ""
    assert _roles(sides(estimate=1.0), everyone)["role"].tolist()[0] == "delight"
    assert _roles(sides(estimate=1.0, reward_low=-0.01), everyone)["role"].tolist()[0] == ""


def test_holms_adjustment_is_the_one_of_r() -> None:
    p = pd.Series([0.01, np.nan, 0.02, 0.03, 0.04, 0.9])
    expected = [0.05, np.nan, 0.08, 0.09, 0.09, 0.9]  # p.adjust(c(.01, .02, .03, .04, .9), "holm")
    np.testing.assert_allclose(holm(p), expected, atol=1e-12)
    assert holm(pd.Series([np.nan])).isna().all()


def test_the_car_dealer_should_do_the_job_right_and_send_fewer_notices(shared) -> None:  # type: ignore[no-untyped-def]
    oracle = json.loads(shared("oracles/ipa_martilla_james/oracle.json").read_text())
    table = pd.DataFrame(oracle["attributes"], columns=["name", "importance", "performance"]).set_index("name")
    gap = pd.Series(scaled(table["importance"].to_numpy()) - scaled(table["performance"].to_numpy()), table.index)
    assert gap.idxmin() == "Send out maintenance notices"
    assert set(gap.nlargest(2).index) == {"Low prices on service", "Job done right the first time"}


def test_the_place_to_concentrate_is_sure_in_the_draws() -> None:
    table = rated(repair=1.0, delight=0.2).assign(van=lambda frame: frame["van"] - 2)
    draws = driver_draws(table, n_draws=60)
    said = pd.DataFrame({"touchpoint": ["van", "plan"], "stated": [5.0, 9.0]})
    found = priorities(draws, said, score_table(table, scale=SCALE)).set_index("touchpoint")
    assert found.loc["van", "p_concentrate"] > 0.95 and found.loc["van", "rank"] == 1
    assert found["sure"].to_dict() == {"van": True, "plan": False, "desk": False}
    assert found.loc["desk", "p_concentrate"] < 0.05
    assert found["stated_scaled"].to_dict() == pytest.approx({"van": 0.0, "plan": 1.0, "desk": np.nan}, nan_ok=True)


@pytest.mark.parametrize(("above", "sure"), [(8, True), (7, False)])
def test_where_to_concentrate_is_sure_from_four_fifths_of_the_draws(above: int, sure: bool) -> None:
    """In so many of ten draws the first is more important and rated worse, in the others the other way round."""
    rows = []
    for draw in range(-1, 10):
        high, low = (0.4, 0.1) if draw < above else (0.1, 0.4)
        rows += [(draw, "van", high, 2.0), (draw, "desk", low, 8.0)]
    draws = pd.DataFrame(rows, columns=["draw", "touchpoint", "importance", "score"])
    reach = pd.DataFrame({"touchpoint": ["van", "desk"], "n": 99, "reach_share": 0.5, "headroom_share": [0.8, 0.2]})
    found = priorities(draws, pd.DataFrame(), reach).set_index("touchpoint").loc["van"]
    assert (found["p_concentrate"], found["sure"]) == (above / 10, sure)


def test_one_touchpoint_has_nothing_to_be_compared_with() -> None:
    table = rated()[["outcome", "weight", "van"]]
    assert priorities(driver_draws(table, n_draws=5), pd.DataFrame(), score_table(table, scale=SCALE)).empty
    assert disagreement(pd.DataFrame({"importance_scaled": [1.0], "stated_scaled": [1.0]})).empty


def test_agreement_of_said_and_derived_importance_is_spearmans() -> None:
    table = pd.DataFrame({"importance_scaled": [0.0, 0.2, 0.5, 0.7, 1.0], "stated_scaled": [0.0, 0.3, 0.2, 0.8, 1.0]})
    assert disagreement(table).loc[0, "estimate"] == pytest.approx(0.9)
    half = 1.959963985 * np.sqrt((1 + 0.9**2 / 2) / (5 - 3))  # Bonett & Wright (2000), on Fisher's scale
    ends = np.tanh([np.arctanh(0.9) - half, np.arctanh(0.9) + half])
    assert disagreement(table).loc[0, ["low", "high"]].tolist() == pytest.approx(ends.tolist())


@pytest.mark.parametrize(("n", "verdict"), [(7, "real"), (6, "not shown"), (4, "not shown"), (3, None)])
def test_said_and_derived_importance_agree_where_the_interval_leaves_out_zero(n: int, verdict: str | None) -> None:
    """r = 1 − 6·8/(n(n² − 1)) with the last two places swapped and so on; four touchpoints are the fewest."""
    said = np.arange(float(n))
    derived = said.copy()
    derived[[0, -1]] = derived[[-1, 0]] if n == 4 else derived[[0, -1]]
    derived[[0, 2]] = derived[[2, 0]]
    found = disagreement(pd.DataFrame({"importance_scaled": derived, "stated_scaled": said}))
    assert found["verdict"].tolist() == ([] if verdict is None else [verdict])


def journeys(
    n: int = 800, *, met: float = 0.25, rating: float = 0.0, seed: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Contacts at `weigh` (desk always, quote half the time), then `buy`; going on depends on the quote and its rating."""
    generator = np.random.default_rng(seed)
    start, contacts, answers = pd.Timestamp("2025-01-01"), [], []
    for number in range(n):
        quote, score = generator.random() < 0.5, float(generator.integers(0, 11))
        share = 0.3 + met * quote + rating * (score - 5) * quote
        rows = (
            [("desk", "weigh", 0)]
            + [("quote", "weigh", 2)] * quote
            + [("till", "buy", 9)] * (generator.random() < share)
        )
        contacts += [(f"c{number}", name, step, start + pd.Timedelta(days=day)) for name, step, day in rows]
        answers += [(f"c{number}", start + pd.Timedelta(days=3), "csat", "quote", score)] * quote
    contacts.append(("end", "desk", "weigh", start + pd.Timedelta(days=300)))
    log = pd.DataFrame(contacts, columns=["customer_id", "touchpoint", "step", "at"]).assign(
        journey_id=None, outcome="reached"
    )
    return log, pd.DataFrame(answers, columns=["respondent_id", "on", "question", "touchpoint", "score"])


def linked(log: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    passed = passages(log, steps=["weigh", "buy"])
    return next_step(met_passages(log, passed), answers)


def test_meeting_and_rating_are_linked_to_the_next_step_where_they_are() -> None:
    table = linked(*journeys(met=0.3, rating=0.04)).set_index(["touchpoint", "link"])
    assert table.loc[("quote", "met"), "verdict"] == "real"
    assert table.loc[("quote", "met"), "estimate"] == pytest.approx(0.3, abs=0.1)
    assert table.loc[("quote", "rated"), "verdict"] == "real"
    assert table.loc[("quote", "rated"), "estimate"] == pytest.approx(0.04, abs=0.015)
    assert table.loc[("desk", "met"), "verdict"] == "cannot tell"  # everybody met it: nobody to compare with


def test_the_logistic_slope_is_that_of_statsmodels() -> None:
    from statsmodels.discrete.discrete_model import Logit

    generator = np.random.default_rng(1)
    score = generator.integers(0, 11, 400).astype(float)
    went = (generator.random(400) < 1 / (1 + np.exp(-0.3 * (score - 5)))).astype(float)
    expected = Logit(went, np.column_stack([np.ones(400), score])).fit(disp=0)
    slope, error, spread = _logistic(score, went)
    assert (slope, error) == pytest.approx((expected.params[1], expected.bse[1]), rel=1e-6)
    assert slope * spread == pytest.approx(expected.get_margeff().margeff[0], rel=1e-6)
    row = _rated_row("quote", "weigh", pd.DataFrame({"advanced": went == 1, "score": score}))
    ends = [(slope + side * 1.959963985 * error) * spread for side in (-1, 1)]
    assert [row["low"], row["high"]] == pytest.approx(ends)


@pytest.mark.parametrize(("n", "told"), [(29, False), (30, True)])
def test_a_link_needs_thirty_on_each_side(n: int, told: bool) -> None:
    met = pd.DataFrame({"passage": range(100), "touchpoint": ["quote"] * n + ["desk"] * (100 - n), "step": "weigh"})
    met = met.assign(customer_id="c", entered_at=pd.Timestamp("2025-01-01"), advanced=met["passage"] < n, days=0.0)
    answers = pd.DataFrame(columns=["respondent_id", "on", "question", "touchpoint", "score"])
    found = next_step(met, answers).set_index("touchpoint")["verdict"]
    assert (found["quote"] == "real") == told


@pytest.mark.parametrize(("n", "told"), [(29, False), (30, True)])
def test_a_link_by_rating_needs_thirty_who_went_on(n: int, told: bool) -> None:
    rated = pd.DataFrame({"advanced": [True] * n + [False] * 70, "score": np.arange(70 + n) % 11.0})
    assert np.isfinite(float(str(_rated_row("quote", "weigh", rated)["p"]))) == told


def test_links_are_judged_over_the_family_together() -> None:
    log, answers = journeys(met=0.3, rating=0.04)
    met = met_passages(log, passages(log, steps=["weigh", "buy"]))
    found = next_step(met, answers).set_index(["touchpoint", "link"])
    alone = next_step(met, answers, family=["desk"]).set_index(["touchpoint", "link"])
    assert found["adjusted_p"].notna().sum() == 2 and alone["adjusted_p"].notna().sum() == 0
    assert (found["adjusted_p"].dropna() >= 0).all() and (alone["verdict"] != "real").all()


def test_two_links_at_three_per_cent_are_not_shown_together() -> None:
    """60 of 100 against 45 of 100: p = 0.034 for either touchpoint, twice that for both (Holm)."""
    went = [True] * 60 + [False] * 40 + [True] * 45 + [False] * 55
    met = pd.DataFrame({"passage": range(200), "touchpoint": ["quote"] * 100 + ["desk"] * 100, "advanced": went})
    met = met.assign(step="weigh", customer_id="c", entered_at=pd.Timestamp("2025-01-01"), days=0.0)
    nothing = pd.DataFrame(columns=["respondent_id", "on", "question", "touchpoint", "score"])
    both, alone = (next_step(met, nothing, family=names) for names in (None, ["quote"]))
    assert both["verdict"].tolist() == ["not shown", "not shown"]
    assert alone.set_index("touchpoint")["verdict"].to_dict() == {"quote": "real", "desk": "not shown"}


@pytest.mark.parametrize(("days", "linked_to"), [(60, 1), (61, 0)])
def test_a_rating_is_about_a_contact_of_the_last_sixty_days(days: int, linked_to: int) -> None:
    start = pd.Timestamp("2025-01-01")
    met = pd.DataFrame(
        [
            {
                "passage": 0,
                "customer_id": "c",
                "step": "weigh",
                "entered_at": start,
                "advanced": True,
                "touchpoint": "quote",
                "days": 0.0,
            }
        ]
    )
    said = pd.DataFrame(
        [
            {
                "respondent_id": "c",
                "on": start + pd.Timedelta(days=days),
                "question": "csat",
                "touchpoint": "quote",
                "score": 7.0,
            }
        ]
    )
    assert len(_rated(met, said)) == linked_to


def test_a_perfect_separation_is_no_link() -> None:
    score = np.array([0.0] * 40 + [10.0] * 40)
    slope, error, _spread = _logistic(score, (score > 5).astype(float))
    assert abs(slope / error) < 1


def test_where_nothing_is_linked_nothing_is_shown() -> None:
    shown = [linked(*journeys(400, met=0.0, seed=seed))["verdict"].eq("real").any() for seed in range(15)]
    assert sum(shown) <= 3


def test_entrants_without_their_time_are_left_out() -> None:
    log, _answers = journeys(100)
    fresh = pd.DataFrame(
        {
            "customer_id": ["new"],
            "touchpoint": ["desk"],
            "step": ["weigh"],
            "at": [log["at"].max()],
            "journey_id": None,
            "outcome": "reached",
        }
    )
    log = pd.concat([log, fresh], ignore_index=True)
    passed = passages(log, steps=["weigh", "buy"])
    met = met_passages(log, passed)
    assert "new" not in set(met["customer_id"])
    assert when_met(met).set_index("touchpoint")["when_days"].to_dict() == {"desk": 0.0, "quote": 2.0}


def test_without_contacts_no_link_can_be_told() -> None:
    log, answers = journeys(5)
    nothing = passages(log.iloc[:0], steps=["weigh", "buy"])
    met = met_passages(log.iloc[:0], nothing)
    assert met.empty and next_step(met, answers).empty and when_met(met).empty


STEPS = ["weigh", "buy", "use"]


def lying(touchpoints: dict[str, str], corridor_: pd.DataFrame, *, blocked: str = "") -> pd.DataFrame:
    """Where touchpoints lie in a brief of three steps; the company has no say over the blocked one."""
    points = {key: SimpleNamespace(step=step, controlled=key != blocked) for key, step in touchpoints.items()}
    funnel = [SimpleNamespace(step=step, phase=phase) for step, phase in (("weigh", "before"), ("use", "after"))]
    return places(SimpleNamespace(touchpoints=points, funnel=funnel), corridor_)  # type: ignore[arg-type]


def measures(*, p_concentrate: float = 0.1, blocked: str = "", **changes: object) -> pd.DataFrame:
    """The table of touchpoints as the notebook makes it, with roles set by hand."""
    inside = corridor(STEPS, stall_step="weigh", objective_step="use")
    where = lying({"van": "use", "plan": "weigh", "quote": "weigh", "ad": "see"}, inside, blocked=blocked)
    names = where["touchpoint"]
    tidy = pd.DataFrame({"touchpoint": names, "estimate": [0.3, 0.2, 0.1, 0.9], "low": 0.0, "high": 1.0, "n": 100})
    ends = {
        "penalty": -1.0,
        "penalty_low": -2.0,
        "penalty_high": -0.5,
        "reward": 0.9,
        "reward_low": 0.2,
        "reward_high": 1.5,
    }
    return touchpoint_table(
        where,
        contribution=tidy,
        score=tidy.assign(reach_share=0.5, headroom_share=0.5),
        asymmetry=tidy.assign(role=["repair", "delight", "", "repair"], **ends).assign(**changes),
        gap=tidy.assign(p_concentrate=p_concentrate, priority=[0.3, 0.2, 0.1, 0.9]),
        links=tidy[names == "quote"].assign(verdict="real", link="rated"),
        met=pd.DataFrame({"touchpoint": names, "days": 2.0}),
    )


def test_of_two_links_the_one_by_rating_is_taken_and_none_that_cannot_be_told() -> None:
    links = pd.DataFrame(
        [("a", "met", "real"), ("a", "rated", "not shown"), ("b", "met", "real"), ("b", "rated", "cannot tell")],
        columns=["touchpoint", "link", "verdict"],
    )
    found = strongest_link(links).set_index("touchpoint")["link"]
    assert found.to_dict() == {"a": "rated", "b": "met"}


def test_moments_lie_in_the_corridor_each_with_its_role() -> None:
    found = moments(measures())
    assert (found["moment"] + ":" + found["role"]).tolist() == ["van:repair", "plan:delight", "quote:trigger"]
    assert found["effect"].tolist() == [-1.0, 0.9, 0.1]
    assert (found["verdict"] == "real").all()
    line = along_the_funnel(STEPS, corridor(STEPS, stall_step="weigh", objective_step="use"), found)
    assert line["moment"].notna().sum() == 3 and line["step"].nunique() == 3


def test_what_the_company_cannot_touch_or_lies_outside_is_no_moment() -> None:
    assert "van" not in set(moments(measures(blocked="van"))["moment"])
    assert measures().set_index("touchpoint")["inside"].to_dict() == {
        "van": True,
        "plan": True,
        "quote": True,
        "ad": False,
    }


def test_without_a_role_shown_there_are_candidates_that_say_so() -> None:
    table = measures(role="").assign(trigger_verdict="not shown")
    found = moments(table)
    assert found["moment"].tolist() == ["van", "plan"]
    assert set(found["verdict"]) == {"not shown"}


def test_where_the_judgement_cannot_be_split_only_triggers_are_left() -> None:
    assert moments(measures(), split=False)["role"].tolist() == ["trigger"]
    assert moments(measures(role="").assign(trigger_verdict=""), split=False).empty


def test_without_a_corridor_every_touchpoint_is_inside() -> None:
    nothing = driver_draws(rated()[["outcome", "weight"]])
    table = touchpoint_table(
        lying({"van": "use", "ad": "see"}, corridor(STEPS)),
        contribution=drivers(nothing, rated()),
        score=score_table(rated()[["outcome", "weight"]], scale=SCALE),
        asymmetry=asymmetry(rated()[["outcome", "weight"]], scale=SCALE),
        gap=priorities(nothing, pd.DataFrame(), pd.DataFrame()),
        links=linked(*(table.iloc[:0] for table in journeys(5))),
        met=met_passages(*(table.iloc[:0] for table in (journeys(5)[0], passages(journeys(5)[0], steps=STEPS)))),
    )
    assert table["inside"].all()
    assert moments(table).empty


@pytest.mark.parametrize(("p_concentrate", "roles"), [(0.8, ["repair", "trigger", "repair"]), (0.79, ["trigger"])])
def test_importance_outruns_performance_from_a_probability_of_four_fifths(
    p_concentrate: float, roles: list[str]
) -> None:
    assert moments(measures(role="", p_concentrate=p_concentrate))["role"].tolist() == roles


def test_a_trigger_has_to_lead_on_and_to_be_the_best_of_its_step() -> None:
    table = measures(role="")
    away = table.assign(trigger=table["trigger"].where(table["touchpoint"] != "quote", -0.1))
    assert "trigger" not in set(moments(away)["role"])
    both = table.assign(trigger=[np.nan, 0.2, 0.1, np.nan], trigger_verdict=["", "real", "real", ""])
    assert moments(both)["moment"].tolist() == ["plan"]


def test_a_sure_gap_with_a_sure_penalty_is_repaired_and_no_role_takes_more_than_two() -> None:
    table = measures(role="", p_concentrate=0.9)
    assert (moments(table)["moment"] + ":" + moments(table)["role"]).tolist() == [
        "van:repair",
        "quote:trigger",
        "plan:repair",
    ]
    assert moments(table.assign(penalty_high=0.1))["role"].tolist() == ["trigger"]
