"""Recoverable value at stake, the corridor, where money is booked, and the satisfied who leave."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib import dictionary
from cxlib.journeys.corridor import corridor
from cxlib.stages.sales_funnel import says, says_journeys
from cxlib.stages.sales_funnel.at_stake import beside, value_at_stake
from cxlib.stages.sales_funnel.booked import COLUMNS, booked_money, money_of_a_purchase, purchases_ahead
from cxlib.stages.sales_funnel.followed import Followed, follow
from cxlib.stages.sales_funnel.funnel import benchmarks, funnel, stated_benchmarks
from cxlib.stages.sales_funnel.leaving import leaving_within, returns, satisfied_but_leaving, usual_gap_days
from tests.sales_funnel.test_passages import STEPS, contacts

UNPLACED = pd.DataFrame(columns=COLUMNS)
NO_BENCHMARKS = pd.DataFrame(columns=["metric", "step", "value", "name", "source", "on"])
KNOWN = {"see": 0.5, "try": 0.4, "buy": 0.5}
ENTERED = {"see": 1000, "try": 500, "buy": 200}


def drawn(draws: pd.DataFrame, *, years: float = 1.0, steps: list[str] = STEPS) -> Followed:
    """What was followed over so many years, with these draws."""
    start = pd.Timestamp("2024-01-01")
    ends = pd.DataFrame({"group": ["focus"], "entered_at": start, "left_at": start + pd.Timedelta(days=365.25 * years)})
    estimate = draws[draws["draw"] == -1]
    curves = estimate.assign(days=1.0, low=estimate["estimate"] - 0.01, high=estimate["estimate"] + 0.01)
    limits = pd.DataFrame({"step": steps, "estimate": 1.0, "horizon_days": 1.0})
    return Followed(steps, ends, curves, limits, draws)


def sampled(shares: dict[str, float], n: dict[str, int], *, years: float = 1.0) -> Followed:
    """Draws without noise: the estimate and five equal samples."""
    rows = [("focus", step, draw, n[step], share) for step, share in shares.items() for draw in range(-1, 5)]
    return drawn(pd.DataFrame(rows, columns=["group", "step", "draw", "n", "estimate"]), years=years)


def goals(shares: dict[str, float]) -> pd.DataFrame:
    rows = [(step, share, "", "brief") for step, share in shares.items()]
    return pd.DataFrame(rows, columns=["step", "benchmark_share", "benchmark_group", "source"])


def test_value_at_stake_is_the_formula_checked_by_hand() -> None:
    known = sampled(KNOWN, ENTERED, years=2.0)
    wanted = goals({"see": 0.6, "try": 0.6, "buy": 0.4})
    table = value_at_stake(known, wanted, UNPLACED, fallback_money=100.0).set_index("step")
    assert table.loc["see", "estimate"] == pytest.approx(500 * 0.1 * 0.4 * 0.5 * 100)  # N·gap·Π of the later shares·m
    assert table.loc["try", "estimate"] == pytest.approx(250 * 0.2 * 0.5 * 100)
    assert table.loc["buy", "estimate"] == 0.0  # above its benchmark: nothing to win back
    assert table["p_worst"].to_dict() == {"see": 0.0, "try": 1.0, "buy": 0.0}
    assert table.loc["try", "tied"] and table.loc["try", "gap_shown"]
    assert table["verdict"].to_dict() == {"see": "", "try": "real", "buy": ""}


def test_each_row_holds_the_operands_of_its_value() -> None:
    table = value_at_stake(sampled(KNOWN, ENTERED), goals({"see": 0.6, "try": 0.6}), UNPLACED, fallback_money=7.0)
    gap = (table["benchmark_share"] - table["conversion_share"]).clip(lower=0).fillna(0)
    lost = table["entrants_a_year"] * gap * table["purchases_ahead"]
    assert table["lost_purchases"].tolist() == pytest.approx(lost.tolist())
    assert table["estimate"].tolist() == pytest.approx((lost * table["purchase_money"]).tolist())


def test_the_lowest_conversion_need_not_be_the_stall() -> None:
    known = sampled({"see": 0.05, "try": 0.5, "buy": 0.9}, {"see": 1000, "try": 500, "buy": 250})
    table = value_at_stake(known, goals({"see": 0.055, "try": 0.9, "buy": 0.9}), UNPLACED, fallback_money=10.0)
    assert table.loc[table["estimate"].idxmax(), "step"] == "try"
    assert table.loc[table["conversion_share"].idxmin(), "step"] == "see"


def test_without_money_the_ranking_is_in_journeys() -> None:
    known = sampled(KNOWN, ENTERED)
    table = value_at_stake(known, goals({"see": 0.6, "try": 0.6, "buy": 0.4}), UNPLACED)
    assert set(table["unit"]) == {"count"}
    assert table["estimate"].tolist() == pytest.approx([1000 * 0.1 * 0.4 * 0.5, 500 * 0.2 * 0.5, 0.0])


def noisy(gaps: dict[str, float], *, spread: float = 0.05, seed: int = 3) -> pd.DataFrame:
    """What each step loses: a benchmark of 0.5, an estimate below it by the gap, draws that spread around it exactly."""
    scores = stats.norm.ppf((np.arange(200) + 0.5) / 200)
    generator = np.random.default_rng(seed)
    rows = [
        ("focus", step, draw, 100, 0.5 - gap + off)
        for step, gap in gaps.items()
        for draw, off in enumerate([0.0, *(spread * generator.permutation(scores))], start=-1)
    ]
    known = pd.DataFrame(rows, columns=["group", "step", "draw", "n", "estimate"])
    steps = [*gaps, "end"]
    wanted = goals(dict.fromkeys(gaps, 0.5))
    return value_at_stake(drawn(known, steps=steps), wanted, UNPLACED, fallback_money=1.0).set_index("step")


def test_a_gap_that_is_noise_is_not_shown() -> None:
    table = noisy({"see": 0.03})
    assert not table["gap_shown"].any() and table["p_worst"].iloc[0] > 0.5


def test_a_gap_is_shown_at_five_per_cent_over_all_steps_together() -> None:
    alone = noisy({"see": 0.05 * 1.75})  # beyond 1.645 standard errors, the limit of one step
    assert alone.loc["see", "gap_shown"] and not noisy({"see": 0.05 * 1.55}).loc["see", "gap_shown"]
    gaps = {"see": 0.05 * 1.75, "try": 0.0, "buy": 0.0, "use": 0.0}
    assert not noisy(gaps).loc["see", "gap_shown"]  # four steps: 2.24 are needed
    assert noisy(gaps | {"see": 0.05 * 2.35}).loc["see", "gap_shown"]


def test_a_stall_needs_a_shown_gap_and_the_probability_of_being_the_worst() -> None:
    clear = noisy({"see": 0.3, "try": 0.001})
    assert clear.loc["see", ["verdict", "doubt"]].tolist() == ["real", ""] and not clear.loc["try", "tied"]
    chance = noisy({"see": 0.06, "try": -0.5})
    assert chance.loc["see", "p_worst"] > 0.8
    assert chance.loc["see", ["verdict", "doubt"]].tolist() == ["not shown", "chance"]
    others = noisy({"see": 0.26, "try": 0.1}, spread=0.03)  # what is lost at the first has to pass the second
    worst = others[others["verdict"] != ""].iloc[0]
    assert (
        worst["gap_shown"] and worst["p_worst"] < 0.8 and (worst["verdict"], worst["doubt"]) == ("not shown", "others")
    )
    assert others["tied"].all()


def test_the_needed_probability_is_the_one_that_was_asked_for() -> None:
    rows = [
        ("focus", step, draw, 100, 0.1 if (step == "see") == (draw < 8) else 0.2)
        for step in ("see", "try")
        for draw in range(-1, 10)
    ]
    known = drawn(pd.DataFrame(rows, columns=["group", "step", "draw", "n", "estimate"]), steps=["see", "try", "end"])
    booked = pd.DataFrame(
        {"step": ["see", "try", "end"], "purchases_per_journey": [0.0, 1.0, 1.0], "n": 1.0, "booked_money": 1.0}
    )
    for needed, verdict in ((0.8, "real"), (0.81, "not shown")):
        table = value_at_stake(known, goals({"see": 0.9, "try": 0.9}), booked, p_worst=needed)
        assert table.loc[table["step"] == "see", ["p_worst", "verdict"]].to_numpy().tolist() == [[0.8, verdict]]


def test_the_facts_of_a_stall_give_its_value_to_the_cent() -> None:
    booked = pd.DataFrame(
        {
            "step": STEPS,
            "purchases_per_journey": [0.0, 0.1, 0.2, 0.5],
            "estimate": 0.25,
            "n": 30.0,
            "booked_money": 1234.56,
            "measure": "margin",
            "p_most": 0.25,
            "unit": "share",
        }
    )
    known = sampled(KNOWN, ENTERED, years=1.7)
    stake = value_at_stake(known, goals({"see": 0.6, "try": 0.6, "buy": 0.4}), booked)
    said = says.stall(stake, booked, known, names={})
    values = {fact.id: fact.number() for fact in said.facts}
    for name in ("3.value_at_stake", "3.lost_purchases", "3.entrants_a_year", "3.purchase_money"):
        assert dictionary.recomputed(name, values) == pytest.approx(values[name], abs=0.005)
    money = next(fact for fact in said.facts if fact.id == "3.value_at_stake")
    assert "1.purchase_value" not in money.inputs and "3.purchase_money" in money.inputs
    elsewhere = says.stall(
        value_at_stake(known, goals({"try": 0.6}), UNPLACED, fallback_money=9.0), UNPLACED, known, names={}
    )
    (price,) = [fact for fact in elsewhere.facts if fact.id == "3.purchase_money"]
    assert "1.purchase_value" in price.inputs and price.value == 9.0


def test_a_stall_is_said_as_firmly_as_it_is_shown() -> None:
    booked = UNPLACED
    for table, verdict in (
        (noisy({"see": 0.3, "try": 0.001}), "real"),
        (noisy({"see": 0.06, "try": -0.5}), "not shown"),
    ):
        stake = table.reset_index()
        known = sampled(KNOWN, ENTERED)
        said = says.stall(stake, booked, known, names={"see": "Visit"})
        assert said.verdict == verdict and "Visit" in said.sentence
        advice = says.recommend(stake, booked, replace(known, steps=["see", "try", "end"]), names={})
        whole = {"stall_step": "see", "objective_step": "end"}
        if verdict == "real":
            assert advice.choice == whole and advice.grade == "measured"
            continue
        assert advice.choice == {} and advice.grade == "unknown"  # no stall shown: none recommended
        needs = {str(other.choice["stall_step"]): other.meaning for other in advice.alternatives}
        assert needs.keys() >= {"see", "try"} and "benchmark" in needs["see"] and "%" in needs["see"]


def test_without_a_benchmark_from_outside_no_step_stalls() -> None:
    known = follow(
        contacts(
            *[(f"c{n}", "2025-01-10", "see", "reached") for n in range(200)],
            *[(f"c{n}", "2025-01-12", "try", "reached") for n in range(30)],
        ),
        steps=STEPS,
    )
    stake = value_at_stake(known, benchmarks(known, stated_benchmarks([], NO_BENCHMARKS)), UNPLACED, fallback_money=9.0)
    advice = says.recommend(stake, UNPLACED, known, names={})
    assert advice.choice == {} and advice.because.verdict == "cannot tell"
    assert "outside" in advice.because.sentence
    assert advice.alternatives[0].choice["stall_step"] == "see"
    assert "takes a benchmark" in advice.alternatives[0].meaning


def test_half_the_gap_is_half_the_value_and_both_recompute() -> None:
    known = sampled(KNOWN, ENTERED)
    stake = value_at_stake(known, goals({"see": 0.6, "try": 0.6, "buy": 0.4}), UNPLACED, fallback_money=100.0)
    said = says.stall(stake, UNPLACED, known, names={})
    found = {fact.id: fact.number() for fact in said.facts}
    assert found["3.value_at_lower_benchmark"] == pytest.approx(found["3.value_at_stake"] / 2)
    assert found["3.lower_benchmark"] == pytest.approx(0.5) and "instead of" in said.sentence


def test_from_contacts_to_the_stall_a_planted_loss_is_found() -> None:
    generator = np.random.default_rng(0)
    rows = []
    for number in range(900):
        reach = 1 + (generator.random() < 0.8) * (1 + (generator.random() < 0.3) * (1 + (generator.random() < 0.8)))
        rows += [(f"c{number}", f"2025-0{place + 1}-10", STEPS[place], "reached") for place in range(int(reach))]
    known = follow(contacts(*rows), steps=STEPS, as_of=pd.Timestamp("2025-12-31"), n_draws=100)
    given = pd.DataFrame({"step": STEPS[:3], "benchmark": [0.8, 0.6, 0.8], "source": "brief", "on": pd.NaT})
    stake = value_at_stake(known, benchmarks(known, given), UNPLACED, fallback_money=50.0)
    worst = stake.loc[stake["estimate"].idxmax()]
    assert worst["step"] == "try" and worst["gap_shown"] and worst["p_worst"] > 0.95
    assert worst["low"] < worst["estimate"] < worst["high"]
    assert worst["conversion_low"] < worst["conversion_share"] < worst["conversion_high"]
    inside = corridor(STEPS, stall_step="try", objective_step="use")
    roles = beside(funnel(known), stake, inside).set_index("step")["role"].to_dict()
    assert roles == {"see": "", "try": "stall", "buy": "corridor", "use": "objective"}


def test_the_corridor_leads_forward_or_is_empty() -> None:
    assert corridor(STEPS, stall_step="try", objective_step="use")["step"].tolist() == ["try", "buy", "use"]
    assert corridor(STEPS, stall_step="use", objective_step="try").empty
    assert corridor(STEPS).empty


def test_nothing_at_stake_can_be_told_without_draws() -> None:
    nothing = follow(contacts(), steps=STEPS)
    assert value_at_stake(nothing, goals({}), UNPLACED, fallback_money=1.0).empty


def sales(*rows: tuple[str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "at", "revenue"]).assign(margin=np.nan)
    return table.assign(at=pd.to_datetime(table["at"]), revenue=table["revenue"].astype(float))


def test_money_is_booked_at_the_step_the_customer_was_last_seen_to_reach() -> None:
    log = contacts(
        ("a", "2025-01-01", "see", "reached"),
        ("a", "2025-01-05", "buy", "reached"),
        ("b", "2025-01-01", "see", "reached"),
    )
    bought = sales(
        ("a", "2025-01-05", 60.0), ("a", "2025-01-09", -10.0), ("b", "2025-02-01", 50.0), ("x", "2025-02-01", 999.0)
    )
    table = booked_money(bought, follow(log, steps=STEPS), measure="margin").set_index("step")
    assert set(table["measure"]) == {"revenue"}  # no margin is known
    assert table["booked_money"].to_dict() == {"see": 50.0, "try": 0.0, "buy": 50.0, "use": 0.0}
    assert table["n"].sum() == 2  # a refund is no purchase, a stranger is not in the funnel
    assert table["estimate"].sum() == pytest.approx(1.0)
    assert money_of_a_purchase(table.reset_index()) == 50.0


def test_without_sales_or_contacts_no_money_is_placed() -> None:
    known = follow(contacts(("a", "2025-01-01", "see", "reached")), steps=STEPS)
    assert booked_money(sales(), known).empty
    assert booked_money(sales(("a", "2025-01-05", 60.0)), follow(contacts(), steps=STEPS)).empty
    assert booked_money(sales(("a", "2025-01-05", -60.0)), known).empty  # refunds have no shares
    assert money_of_a_purchase(pd.DataFrame(), fallback=7.0) == 7.0
    assert purchases_ahead(pd.DataFrame(), steps=STEPS)["purchases_per_journey"].tolist() == [0.0, 0.0, 0.0, 1.0]


STAYED = pd.Series(dtype="datetime64[ns]")


def answers(*rows: tuple[str, str, float]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["respondent_id", "on", "score"]).assign(question="overall", touchpoint=None)
    return table.assign(on=pd.to_datetime(table["on"]))


def test_the_satisfied_who_are_not_seen_again_have_left() -> None:
    said = answers(("a", "2025-01-01", 9), ("b", "2025-01-01", 8), ("c", "2025-01-01", 3), ("d", "2025-12-20", 10))
    acts = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c", "d"],
            "at": pd.to_datetime(["2024-12-01", "2025-02-01", "2024-12-24", "2024-12-24", "2025-12-31"]),
        }
    )
    table = leaving_within(said, acts, left_on=STAYED, scales={}, window_days=90).set_index("group")
    assert table.loc["satisfied", ["estimate", "n"]].tolist() == [0.5, 2]  # a stayed, b left, d has not had the time
    assert table.loc["other", ["estimate", "n"]].tolist() == [1.0, 1]
    assert 0 <= table.loc["satisfied", "low"] < 0.5 < table.loc["satisfied", "high"] <= 1


def test_a_recorded_leaving_date_counts_even_if_something_came_after() -> None:
    said = answers(("a", "2025-01-01", 9))
    acts = pd.DataFrame({"customer_id": ["a", "z"], "at": pd.to_datetime(["2025-02-01", "2025-12-31"])})
    left = pd.Series(pd.to_datetime(["2025-02-15"]), index=["a"])
    assert leaving_within(said, acts, scales={}, window_days=90, left_on=left)["estimate"].iloc[0] == 1.0


def leavers(satisfied: tuple[int, int], other: tuple[int, int]) -> pd.DataFrame:
    """(gone, all) of the satisfied and of the others, from answers and what followed them."""
    people = [(score, place < gone) for score, (gone, n) in ((9, satisfied), (3, other)) for place in range(n)]
    said = answers(*((f"p{number}", "2025-01-01", score) for number, (score, _gone) in enumerate(people)))
    came = [(f"p{number}", "2024-12-01" if gone else "2025-02-01") for number, (_score, gone) in enumerate(people)]
    acts = pd.DataFrame([*came, ("z", "2025-12-31")], columns=["customer_id", "at"])
    acts["at"] = pd.to_datetime(acts["at"])
    return leaving_within(said, acts, left_on=STAYED, scales={}, window_days=90)


@pytest.mark.parametrize(
    ("satisfied", "other", "verdict", "words"),
    [
        ((10, 100), (40, 100), "real", "goes with staying"),
        ((40, 100), (10, 100), "real", "the satisfied leave more often"),
        ((10, 100), (21, 100), "real", "goes with staying"),  # the two intervals overlap; their difference leaves out 0
        ((10, 100), (14, 100), "not shown", "alone does not say"),
        ((1, 29), (40, 100), "cannot tell", "Too few answered"),
        ((1, 30), (40, 100), "real", "goes with staying"),
    ],
)
def test_whether_satisfaction_goes_with_staying_is_a_test_of_the_difference(
    satisfied: tuple[int, int], other: tuple[int, int], verdict: str, words: str
) -> None:
    table = leavers(satisfied, other)
    assert set(table["verdict"]) == {verdict}
    assert words in says_journeys.leaving(table).sentence


def test_from_logs_to_the_share_of_the_satisfied_who_leave() -> None:
    log = contacts(
        *((f"c{n}", day, "see", "reached") for n in range(60) for day in ("2025-01-01", "2025-01-11")[: 1 + n % 2])
    )
    log = log.assign(journey_id=[f"j{place}" for place in range(len(log))])
    said = answers(*((f"c{n}", "2025-01-01", 9) for n in range(60)))
    customers = pd.DataFrame({"customer_id": ["c1"], "left_on": pd.to_datetime(["2025-01-05"])})
    end = sales(("z", "2025-03-01", 1.0))
    table = satisfied_but_leaving(said, log, end, customers, scales={}).set_index("group")
    assert table.loc["satisfied", ["window_days", "n", "estimate"]].tolist() == [10.0, 60, 31 / 60]


def test_on_a_scale_of_ten_eight_is_satisfied_and_seven_is_not() -> None:
    said = answers(("a", "2025-01-01", 8), ("b", "2025-01-01", 7))
    acts = pd.DataFrame(
        {"customer_id": ["a", "b", "z"], "at": pd.to_datetime(["2024-01-01", "2024-01-01", "2025-12-31"])}
    )
    table = leaving_within(said, acts, left_on=STAYED, scales={}, window_days=30).set_index("group")
    assert table["n"].to_dict() == {"satisfied": 1, "other": 1} and table["satisfied_from"].tolist() == [8.0, 8.0]


def test_on_a_scale_of_five_four_is_satisfied() -> None:
    said = answers(("a", "2025-01-01", 4), ("b", "2025-01-01", 3))
    acts = pd.DataFrame(
        {"customer_id": ["a", "b", "z"], "at": pd.to_datetime(["2024-01-01", "2024-01-01", "2025-12-31"])}
    )
    table = leaving_within(said, acts, left_on=STAYED, scales={"overall": (1, 5)}, window_days=30).set_index("group")
    assert table["n"].to_dict() == {"satisfied": 1, "other": 1}


def test_who_leaves_cannot_be_told_without_answers_contacts_or_a_window() -> None:
    acts = pd.DataFrame({"customer_id": pd.Series(dtype="str"), "at": pd.Series(dtype="datetime64[ns]")})
    assert leaving_within(answers(("a", "2025-01-01", 9)), acts, left_on=STAYED, scales={}, window_days=30).empty
    assert leaving_within(answers(), acts, left_on=STAYED, scales={}, window_days=float("nan")).empty
    assert np.isnan(usual_gap_days(acts))


def test_the_usual_gap_counts_the_gaps_still_open() -> None:
    rows = [(f"c{n}", pd.Timestamp("2025-01-01")) for n in range(100)] + [
        (f"c{n}", pd.Timestamp("2025-01-11")) for n in range(60)
    ]
    rows.append(("z", pd.Timestamp("2025-06-30")))
    assert usual_gap_days(pd.DataFrame(rows, columns=["customer_id", "at"])) == 10.0


def test_the_usual_gap_is_read_as_long_as_thirty_gaps_are_under_observation() -> None:
    days = [(n, day) for n in range(100) for day in ((0, 10) if n < 85 else (0, 35) if n < 90 else (0,))]
    acts = pd.DataFrame([*days, (999, 40)], columns=["customer_id", "day"]).astype({"customer_id": "str"})
    acts["at"] = pd.Timestamp("2025-01-01") + pd.to_timedelta(acts["day"], unit="D")
    assert usual_gap_days(acts) == 10.0  # after 35 days only 15 gaps are left to see


def test_a_later_contact_of_the_same_journey_is_no_return() -> None:
    log = contacts(
        ("a", "2025-01-01", "see", "reached"),
        ("a", "2025-01-09", "use", "reached"),
        ("b", "2025-01-02", "see", "reached"),
    )
    table = returns(log.assign(journey_id=["j1", "j1", None]), sales(("a", "2025-03-01", 5.0)))
    assert sorted(table["customer_id"]) == ["a", "a", "b"]
    assert table["at"].max() == pd.Timestamp("2025-03-01")
