from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.omnichannel.channel_choice import (
    Limits,
    budget_prices,
    cheapest_cover,
    choose_channels,
    costs_of_choice,
    fit_kept,
    grade_of_choice,
    limits_of,
    solve,
)
from cxlib.stages.omnichannel.channel_fit import (
    channel_fit,
    channel_gates,
    channel_satisfaction,
    channel_use,
    company_side,
    contacts_of,
    cost_to_serve,
    rated_contacts,
)
from cxlib.stages.omnichannel.draws import at_moments, drawn_again, satisfaction_draws, use_draws
from cxlib.statistics.intervals import Z, person_weights


def fit_of(*rows: tuple[str, str, float, float, str, int]) -> pd.DataFrame:
    """moment, channel, customer fit, cost a month, gate, users."""
    table = pd.DataFrame(rows, columns=["moment", "channel", "customer_fit", "cost_money", "gate", "n_users"])
    parts = {
        f"{part}_{side}": table["customer_fit"]
        for part in ("use", "satisfaction", "association")
        for side in ("share", "low", "high")
    }
    return table.assign(**parts, company_fit=np.nan, n_persons=1000)


def states(chosen: pd.DataFrame) -> dict[str, tuple[str, str]]:
    return {f"{row.moment}:{row.channel}": (str(row.state), str(row.reason)) for row in chosen.itertuples()}


def test_the_programme_solves_the_published_knapsacks(shared: Callable[[str], Path]) -> None:
    oracle = json.loads(shared("oracles/milp_knapsack/oracle.json").read_text())["p01"]
    n = len(oracle["w"])
    moments = [f"m{i}" for i in range(n)] * 2  # each item may be left: it has a free twin
    table = pd.DataFrame({"moment": moments, "open": True, "cost_money": [*oracle["w"], *[0.0] * n]})
    score = pd.Series([*oracle["v"], *[0.0] * n], dtype=float)
    found = solve(table, score, Limits(oracle["cap"], 1))
    assert score[found].sum() == oracle["opt"]
    assert found[:n].astype(int).tolist() == oracle["x"]


def test_the_choice_is_the_best_of_all_combinations() -> None:
    generator = np.random.default_rng(0)
    for _case in range(15):
        rows = [
            (m, c, float(generator.random()), float(generator.integers(1, 20)), "yes", 100)
            for m in "ab"
            for c in "wxyz"
        ]
        table = fit_of(*rows)
        budget = float(table["cost_money"].sum() * 0.4)
        chosen = choose_channels(table, limits=Limits(budget, 2))
        best = max(
            (table.loc[list(picked), "customer_fit"].sum() for picked in _feasible(table, budget)),
        )
        inside = chosen["state"] == "in"
        assert chosen.loc[inside, "customer_fit"].sum() == pytest.approx(best)
        assert chosen.loc[inside, "cost_money"].sum() <= budget + 1e-6


def _feasible(table: pd.DataFrame, budget: float) -> list[list[int]]:
    found = []
    for bits in product((0, 1), repeat=len(table)):
        picked = [i for i, bit in enumerate(bits) if bit]
        counts = table.loc[picked, "moment"].value_counts()
        if len(counts) == 2 and counts.max() <= 2 and table.loc[picked, "cost_money"].sum() <= budget:
            found.append(picked)
    return found


def test_every_moment_is_covered_and_every_channel_has_its_reason() -> None:
    """The gates: thirty persons, a hundred at the moment before nobody is said to use a channel."""
    table = fit_of(
        ("quote", "web", 0.9, 10, "yes", 500),
        ("quote", "app", 0.6, 10, "yes", 30),
        ("quote", "store", 0.5, 10, "yes", 400),
        ("quote", "phone", 0.8, 10, "no", 300),
        ("quote", "chat", 0.9, 10, "yes", 29),
        ("quote", "post", 0.1, 10, "yes", 0),
        ("delivery", "home", 0.2, 10, "unnamed", 900),
    )
    chosen = choose_channels(table.assign(n_persons=100), limits=Limits(1000, 2), draws=drawn(0.0))
    assert states(chosen) == {
        "quote:web": ("in", "best"),
        "quote:app": ("in", "second"),
        "quote:store": ("not_in", "beaten"),
        "quote:phone": ("later", "capability"),
        "quote:chat": ("later", "unknown"),
        "quote:post": ("not_in", "unused"),
        "delivery:home": ("in", "only"),
    }
    assert chosen.loc[chosen["channel"] == "home", "selection_share"].item() == 1
    few = choose_channels(table.assign(n_persons=99), limits=Limits(1000, 2), draws=drawn(0.0))
    assert states(few)["quote:post"] == ("later", "unknown")


def test_a_channel_that_fits_but_costs_too_much_waits_for_money() -> None:
    table = fit_of(("quote", "web", 0.5, 10, "yes", 500), ("quote", "store", 0.9, 100, "yes", 500))
    assert states(choose_channels(table, limits=Limits(50, 2)))["quote:store"] == ("later", "budget")
    assert states(choose_channels(table, limits=Limits(110, 2)))["quote:store"] == ("in", "best")


def test_more_budget_never_lowers_what_is_reached_and_its_price_is_shown() -> None:
    table = fit_of(("quote", "web", 0.5, 10, "yes", 500), ("quote", "store", 0.9, 95, "yes", 500))
    chosen = choose_channels(table, limits=Limits(100, 2))
    prices = budget_prices(chosen, limits=Limits(100, 2)).set_index("change_share")
    assert prices["score"].is_monotonic_increasing
    assert prices.loc[0.1, "gained"] == "quote:web" and prices.loc[-0.1, "dropped"] == "quote:store"
    assert budget_prices(chosen, limits=Limits()).empty


def test_a_moment_served_only_by_a_channel_with_a_missing_capability_keeps_it() -> None:
    table = fit_of(("delivery", "carrier", 1.0, 0, "no", 900), ("delivery", "email", 0, 0, "yes", 0))
    chosen = choose_channels(table, limits=Limits())
    doubtful = fit_of(("a", "x", 0.9, 0, "no", 900), ("a", "y", 0.2, 0, "unknown", 900))
    found = states(choose_channels(doubtful, limits=Limits()))
    assert found == {
        "a:x": ("later", "capability"),
        "a:y": ("in", "only"),
    }  # what is not known goes before what is missing
    assert states(chosen)["delivery:carrier"] == ("in", "only")


def test_a_budget_below_the_cheapest_cover_is_raised_to_it() -> None:
    table = fit_of(("a", "x", 0.5, 10, "yes", 500), ("b", "y", 0.9, 20, "yes", 500))
    assert (choose_channels(table, limits=Limits(5, 2))["state"] == "in").all()
    dear = fit_of(("a", "x", 0.5, 10, "yes", 500), ("a", "z", 0.9, 11, "yes", 500), ("b", "y", 0.9, 20, "yes", 500))
    assert cheapest_cover(dear.assign(open=True)) == 30 and cheapest_cover(dear.assign(open=False)) == 0


def test_the_costs_of_a_choice_add_up_and_say_when_the_budget_is_broken() -> None:
    rows = [
        ("a", "in", 10.0, 50, 0.6),
        ("a", "later", 5.0, 40, 0.1),
        ("b", "in", 20.0, 30, 0.9),
        ("b", "not_in", 7.0, 9, 0.2),
    ]
    chosen = pd.DataFrame(rows, columns=["moment", "state", "cost_money", "n_users", "score"])
    chosen = chosen.assign(channel=list("wxyz"), n_persons=90, association_share=0.1)
    found = costs_of_choice(chosen, limits=Limits(30.0))
    money = {"cost_in": 30.0, "cost_later": 5.0, "cost_freed": 7.0, "cost_today": 42.0}
    assert {name: found[name] for name in money} == money
    assert found["n"] == 80 and not found["over_budget"]
    assert costs_of_choice(chosen, limits=Limits(29.99))["over_budget"]
    assert costs_of_choice(chosen.assign(cost_money=np.nan), limits=Limits()) == {}


def test_a_choice_is_measured_where_every_place_in_is_firm_and_rests_on_thirty_persons() -> None:
    chosen = pd.DataFrame({"state": ["in", "in", "later"], "n_users": [30, 90, 3], "firm": [True, True, False]})
    assert grade_of_choice(chosen) == "measured"
    assert grade_of_choice(chosen.assign(n_users=[29, 90, 3])) == "observed"
    assert grade_of_choice(chosen.assign(firm=[False, True, True])) == "observed"


def test_what_a_leaner_choice_keeps_is_its_share_of_the_fit() -> None:
    chosen = pd.DataFrame({"state": ["in", "in", "later"], "score": [0.6, 0.2, 0.9]})
    assert fit_kept(chosen.assign(state=["in", "later", "later"]), chosen) == pytest.approx(0.75)
    assert Limits(5.0, 3).leaner == Limits(5.0, 1)


def drawn(spread: float, n_draws: int = 60) -> dict[str, pd.DataFrame]:
    """Draws of the three parts around the customer fits of the tests, with a standard deviation."""
    quote = {"web": 0.9, "app": 0.6, "store": 0.5, "phone": 0.8, "chat": 0.9, "post": 0.1}
    fits = {("quote", channel): fit for channel, fit in quote.items()}
    fits |= {("delivery", "home"): 0.2, ("a", "x"): 0.9, ("a", "y"): 0.51, ("a", "z"): 0.5}
    index = pd.MultiIndex.from_tuples(list(fits), names=["moment", "channel"])
    generator, centre = np.random.default_rng(1), np.array(list(fits.values()))[:, None]
    parts = ("use", "satisfaction", "association")
    return {
        part: pd.DataFrame(centre + spread * generator.standard_normal((len(fits), n_draws)), index) for part in parts
    }


@pytest.mark.parametrize(("chosen_in", "state"), [(8, ("in", "second")), (7, ("later", "unsure"))])
def test_four_draws_of_five_are_firm_and_fewer_are_not(chosen_in: int, state: tuple[str, str]) -> None:
    table = fit_of(("a", "x", 0.9, 1, "yes", 500), ("a", "y", 0.51, 1, "yes", 500), ("a", "z", 0.5, 1, "yes", 500))
    index = pd.MultiIndex.from_frame(table[["moment", "channel"]])
    share = np.array([[0.9] * 10, [0.51] * chosen_in + [0.4] * (10 - chosen_in), [0.5] * 10])
    found = choose_channels(table, limits=Limits(100, 2), draws={"use": pd.DataFrame(share, index)})
    assert states(found)["a:y"] == state
    assert found["selection_share"].tolist() == pytest.approx([1, chosen_in / 10, 1 - chosen_in / 10])
    assert found["firm"].tolist() == [True, chosen_in == 8, False]


def test_a_second_channel_is_in_only_when_four_draws_of_five_choose_it() -> None:
    table = fit_of(("a", "x", 0.9, 1, "yes", 500), ("a", "y", 0.51, 1, "yes", 500), ("a", "z", 0.5, 1, "yes", 500))
    firm = choose_channels(table, limits=Limits(100, 2), draws=drawn(0.0))
    assert states(firm) == {"a:x": ("in", "best"), "a:y": ("in", "second"), "a:z": ("not_in", "beaten")}
    assert firm["selection_share"].tolist() == [1, 1, 0]
    loose = choose_channels(table, limits=Limits(100, 2), draws=drawn(0.2))
    assert states(loose)["a:y"] == ("later", "unsure")
    assert 0.3 < loose["selection_share"].iloc[1] < 0.8
    assert choose_channels(table, limits=Limits(100, 2))["selection_share"].isna().all()


def test_a_channel_with_too_few_journeys_is_unknown_and_not_dropped() -> None:
    table = fit_of(("a", "x", 0.9, 1, "yes", 500), ("a", "y", 0.5, 1, "yes", 500)).assign(few_journeys=[False, True])
    assert states(choose_channels(table, limits=Limits(100, 1)))["a:y"] == ("later", "unknown")


def test_nothing_known_gives_an_empty_choice() -> None:
    empty = choose_channels(fit_of(), limits=Limits())
    assert empty.empty and {"state", "reason", "selection_share", "score"} <= set(empty.columns)
    assert budget_prices(empty, limits=Limits(10)).empty
    assert limits_of(fit_of()).budget_money == float("inf")


def contacts() -> pd.DataFrame:
    rows = [(f"p{i}", "quote", "web" if i < 60 else "store") for i in range(100)]
    return pd.DataFrame(rows, columns=["person", "touchpoint", "channel"])


def test_use_is_a_share_of_persons_with_wilson_limits() -> None:
    table = channel_use(contacts(), ["quote"], ["web", "store", "app"]).set_index("channel")
    assert table["estimate"].to_dict() == {"web": 0.6, "store": 0.4, "app": 0.0}
    assert table.loc["app", "high"] == pytest.approx(0.037, abs=1e-3)
    assert channel_use(contacts(), ["delivery"], ["web"]).empty


def test_a_contact_costs_what_the_channel_cost_in_the_months_both_tables_cover() -> None:
    at = pd.to_datetime(["2026-01-05"] * 10 + ["2026-02-05"] * 30 + ["2026-03-05"] * 10)
    placed = pd.DataFrame({"at": at, "channel": "web", "touchpoint": "quote"})
    costs = pd.DataFrame(
        {"on": pd.to_datetime(["2026-01-01", "2026-02-01"]), "channel": ["web", "web"], "amount": [100.0, 300.0]}
    )
    row = cost_to_serve(costs, placed, {}).iloc[0]
    assert row["estimate"] == 10 and row["n"] == 40 and row["month_money"] == 200
    spread = Z / np.sqrt(40)  # forty contacts, as Poisson counts go
    assert (row["low"], row["high"]) == pytest.approx((10 / (1 + spread), 10 / (1 - spread)))
    fixed = cost_to_serve(costs.head(0), placed, {"web": 50.0}).iloc[0]
    assert fixed["estimate"] == 3
    assert (
        cost_to_serve(costs, placed, {"web": 50.0}).iloc[0]["estimate"] == 10
    )  # what was booked goes before the brief
    assert cost_to_serve(costs.assign(channel=["", None]), placed, {}).empty
    assert cost_to_serve(costs.head(0), placed.head(0), {"web": 50.0}).empty


def test_the_gate_is_closed_by_what_is_missing_and_open_where_nothing_was_named() -> None:
    rows = [("yes", "web", ""), ("no", "web", "quote"), ("unknown", "app", "quote"), ("yes", "store", "")]
    table = pd.DataFrame(rows, columns=["available", "channel", "touchpoint"])
    found = channel_gates(table, ["quote", "planner"], ["web", "app", "store", "phone"]).set_index(
        ["moment", "channel"]
    )["gate"]
    assert found["quote"].to_dict() == {"web": "no", "app": "unknown", "store": "yes", "phone": "unnamed"}
    assert found["planner"].to_dict() == {"web": "yes", "app": "unnamed", "store": "yes", "phone": "unnamed"}


def test_fit_is_the_mean_of_what_is_known() -> None:
    use = channel_use(contacts(), ["quote"], ["web", "store"])
    liked = pd.DataFrame({"moment": ["quote"], "channel": ["web"], "estimate": [8.0], "low": [7.5], "high": [8.5]})
    company = pd.DataFrame({"moment": "quote", "channel": ["web", "store"], "gate": "unnamed"})
    company = company.assign(cost_contact_money=[20.0, np.nan], cost_money=[100.0, np.nan])
    linked = liked.head(0).assign(known=[])
    table = channel_fit(use, liked, linked, company, contact_value=100).set_index("channel")
    assert table["customer_fit"].to_dict() == pytest.approx({"web": 0.7, "store": 0.4})
    assert table.loc["web", "company_fit"] == 0.8 and np.isnan(table.loc["store", "company_fit"])
    row = table.loc["web"]
    halves = [(row["use_high"] - row["use_low"]) / 2, (0.85 - 0.75) / 2]
    assert row["fit_high"] - row["fit_low"] == pytest.approx(2 * np.hypot(*halves) / 2)  # of the mean of two parts
    dear = channel_fit(use, liked, linked, company.assign(cost_contact_money=101.0), contact_value=100)
    assert dear["company_fit"].tolist() == [0.0, 0.0]
    assert channel_fit(use, liked, linked, company)["company_fit"].isna().all()


def test_an_association_on_too_few_journeys_is_left_out_of_the_fit() -> None:
    use = channel_use(contacts(), ["quote"], ["web", "store"])
    none = channel_satisfaction(pd.DataFrame(columns=["question", "touchpoint", "channel", "score"]), [])
    both = pd.DataFrame({"moment": "quote", "channel": ["web", "store"]})
    linked = both.assign(estimate=0.9, low=0.8, high=1.0, known=[True, False])
    company = both.assign(gate="yes", cost_contact_money=np.nan, cost_money=np.nan)
    table = channel_fit(use, none, linked, company).set_index("channel")
    assert table["customer_fit"].to_dict() == pytest.approx({"web": 0.75, "store": 0.4})
    assert table["few_journeys"].to_dict() == {"web": False, "store": True}


def test_draws_with_everybody_once_are_the_shares_and_means_themselves() -> None:
    met = contacts()
    once = pd.DataFrame(np.ones((100, 1)), index=pd.Index(met["person"], name="person"))
    use = channel_use(met, ["quote"], ["web", "store"]).set_index("channel")["estimate"]
    found = use_draws(met, ["quote"], once)[0]
    assert found["quote"].to_dict() == pytest.approx(use.to_dict())
    answers = met.rename(columns={"person": "respondent_id"}).assign(question="csat", score=np.arange(100) % 5 + 1.0)
    assert rated_contacts(answers, ["quote"], (1, 5))["share"].tolist() == pytest.approx(list((np.arange(100) % 5) / 4))
    liked = channel_satisfaction(answers, ["quote"], (1, 5)).set_index("channel")["estimate"] / 10
    again = satisfaction_draws(answers, ["quote"], once, scale=(1, 5))[0]
    assert again["quote"].to_dict() == pytest.approx(liked.to_dict())
    steps = pd.DataFrame({"moment": ["m", "w"], "step": ["quote", "other"]})
    placed = at_moments(again.rename_axis(["step", "channel"]), steps)
    assert placed.index.tolist() == [("m", "store"), ("m", "web")]


def test_what_is_drawn_again_are_the_persons_of_all_three_tables() -> None:
    met, moments = contacts(), pd.DataFrame({"moment": ["quote"], "step": ["think"]})
    answers = met.rename(columns={"person": "respondent_id"}).assign(question="csat", score=5.0)
    paths = pd.DataFrame({"step": "think", "person": met["person"], "path": met["channel"], "converted": True})
    orders = pd.DataFrame({"step": ["think"], "order": [1], "chosen": [True]})
    draws = drawn_again(met, answers, paths, moments, orders=orders, scale=(0, 10))
    assert {part: table.shape for part, table in draws.items()} == dict.fromkeys(draws, (2, 200))
    assert list(draws) == ["use", "satisfaction", "association"]
    assert draws["satisfaction"].to_numpy() == pytest.approx(0.5)
    everybody = draws["use"].sum()  # everybody met one channel
    assert everybody.to_numpy() == pytest.approx(1.0)


def test_the_spread_of_the_draws_is_the_standard_error_of_a_share() -> None:
    weights = person_weights(contacts()["person"], replicates=2000, seed=3)
    drawn_use = use_draws(contacts(), ["quote"], weights)
    assert drawn_use.loc[("quote", "web")].std() == pytest.approx(np.sqrt(0.6 * 0.4 / 100), rel=0.06)
    assert weights.sum().eq(100).all()
    assert person_weights(pd.Series([], dtype=str)).empty


def test_a_month_at_a_moment_costs_its_contacts_times_the_cost_of_one() -> None:
    at = pd.to_datetime(["2026-01-05"] * 6 + ["2026-02-05"] * 2)
    placed = pd.DataFrame({"at": at, "channel": "web", "touchpoint": "quote"})
    nothing = pd.DataFrame({"touchpoint": [], "channel": [], "available": []}, dtype="str")
    costs = pd.DataFrame({"channel": ["web"], "estimate": [2.5]})
    table = company_side(nothing, costs, placed, ["quote"], ["web", "store"]).set_index("channel")
    assert table.loc["web", "cost_money"] == 10  # eight contacts in two months, 2.50 each
    assert np.isnan(table.loc["store", "cost_money"])
    assert table["gate"].tolist() == ["unnamed", "unnamed"]


def test_a_survey_alone_tells_use_by_its_own_channel() -> None:
    none = pd.DataFrame(columns=["customer_id", "touchpoint", "channel"], dtype="str")
    answers = pd.DataFrame({"respondent_id": ["a", "b"], "touchpoint": ["quote", "quote"], "channel": ["web", ""]})
    found = contacts_of(none, answers)
    assert found[["person", "channel", "source"]].to_numpy().tolist() == [["a", "web", "responses"]]
    assert contacts_of(none, answers.head(0)).empty
