from __future__ import annotations

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cxlib.stages.omnichannel.channel_choice import Limits, budget_prices, choose_channels, limits_of, solve
from cxlib.stages.omnichannel.channel_fit import (
    at_moments,
    channel_fit,
    channel_gates,
    channel_satisfaction,
    channel_use,
    company_side,
    contacts_of,
    cost_to_serve,
    persons_of,
    satisfaction_draws,
    use_draws,
)
from cxlib.statistics.intervals import person_weights


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
    table = pd.DataFrame(
        {
            "moment": [f"m{i}" for i in range(n)] + [f"m{i}" for i in range(n)],
            "open": True,
            "cost_money": [*oracle["w"], *[0.0] * n],
        }
    )  # fmt: skip  (each item may be left: a free twin)
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
    chosen = choose_channels(
        fit_of(
            ("quote", "web", 0.9, 10, "yes", 500), ("quote", "app", 0.6, 10, "yes", 400), ("quote", "store", 0.5, 10, "yes", 400),
            ("quote", "phone", 0.8, 10, "no", 300), ("quote", "chat", 0.9, 10, "yes", 12), ("quote", "post", 0.1, 10, "yes", 0),
            ("delivery", "home", 0.2, 10, "unnamed", 900),
        ),
        limits=Limits(1000, 2), draws=drawn(0.0),
    )  # fmt: skip
    assert states(chosen) == {
        "quote:web": ("in", "best"), "quote:app": ("in", "second"), "quote:store": ("not_in", "beaten"),
        "quote:phone": ("later", "capability"), "quote:chat": ("later", "unknown"), "quote:post": ("not_in", "unused"),
        "delivery:home": ("in", "only"),
    }  # fmt: skip
    assert chosen.loc[chosen["channel"] == "home", "selection_share"].item() == 1


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
    chosen = choose_channels(fit_of(("delivery", "carrier", 1.0, 0, "no", 900), ("delivery", "email", 0, 0, "yes", 0)),
                             limits=Limits())  # fmt: skip
    assert states(chosen)["delivery:carrier"] == ("in", "only")


def test_a_budget_below_the_cheapest_cover_is_raised_to_it() -> None:
    table = fit_of(("a", "x", 0.5, 10, "yes", 500), ("b", "y", 0.9, 20, "yes", 500))
    assert (choose_channels(table, limits=Limits(5, 2))["state"] == "in").all()


def drawn(spread: float, n_draws: int = 60) -> dict[str, pd.DataFrame]:
    """Draws of the three parts around the customer fits of the tests, with a standard deviation."""
    fits = {("quote", "web"): 0.9, ("quote", "app"): 0.6, ("quote", "store"): 0.5, ("quote", "phone"): 0.8,
            ("quote", "chat"): 0.9, ("quote", "post"): 0.1, ("delivery", "home"): 0.2,
            ("a", "x"): 0.9, ("a", "y"): 0.51, ("a", "z"): 0.5}  # fmt: skip
    index = pd.MultiIndex.from_tuples(list(fits), names=["moment", "channel"])
    generator = np.random.default_rng(1)
    centre = np.array(list(fits.values()))[:, None]
    return {part: pd.DataFrame(centre + spread * generator.standard_normal((len(fits), n_draws)), index=index)
            for part in ("use", "satisfaction", "association")}  # fmt: skip


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
    fixed = cost_to_serve(costs.head(0), placed, {"web": 50.0}).iloc[0]
    assert fixed["estimate"] == 3
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
    linked = liked.head(0)
    company = pd.DataFrame({"moment": ["quote"] * 2, "channel": ["web", "store"], "gate": "unnamed",
                            "cost_contact_money": [20.0, np.nan], "cost_money": [100.0, np.nan]})  # fmt: skip
    table = channel_fit(use, liked, linked, company, contact_value=100).set_index("channel")
    assert table["customer_fit"].to_dict() == pytest.approx({"web": 0.7, "store": 0.4})
    assert table.loc["web", "company_fit"] == 0.8 and np.isnan(table.loc["store", "company_fit"])


def test_an_association_on_too_few_journeys_is_left_out_of_the_fit() -> None:
    use = channel_use(contacts(), ["quote"], ["web", "store"])
    none = channel_satisfaction(pd.DataFrame(columns=["question", "touchpoint", "channel", "score"]), [])
    linked = pd.DataFrame({"moment": "quote", "channel": ["web", "store"], "estimate": [0.9, 0.9], "low": 0.8, "high": 1.0,
                           "known": [True, False]})  # fmt: skip
    company = pd.DataFrame({"moment": "quote", "channel": ["web", "store"], "gate": "yes", "cost_contact_money": np.nan,
                            "cost_money": np.nan})  # fmt: skip
    table = channel_fit(use, none, linked, company).set_index("channel")
    assert table["customer_fit"].to_dict() == pytest.approx({"web": 0.75, "store": 0.4})
    assert table["few_journeys"].to_dict() == {"web": False, "store": True}


def test_draws_with_everybody_once_are_the_shares_and_means_themselves() -> None:
    met = contacts()
    once = pd.DataFrame(np.ones((100, 1)), index=pd.Index(met["person"], name="person"))
    use = channel_use(met, ["quote"], ["web", "store"]).set_index("channel")["estimate"]
    found = use_draws(met, ["quote"], once)[0]
    assert found["quote"].to_dict() == pytest.approx(use.to_dict())
    answers = pd.DataFrame({"respondent_id": met["person"], "question": "csat", "touchpoint": "quote",
                            "channel": met["channel"], "score": np.arange(100) % 5 + 1.0})  # fmt: skip
    liked = channel_satisfaction(answers, ["quote"], (1, 5)).set_index("channel")["estimate"] / 10
    again = satisfaction_draws(answers, ["quote"], once, scale=(1, 5))[0]
    assert again["quote"].to_dict() == pytest.approx(liked.to_dict())
    assert at_moments(again.rename_axis(["step", "channel"]),
                                  pd.DataFrame({"moment": ["m", "w"], "step": ["quote", "other"]})).index.tolist() == [
        ("m", "store"), ("m", "web")]  # fmt: skip


def test_the_spread_of_the_draws_is_the_standard_error_of_a_share() -> None:
    weights = person_weights(contacts()["person"], replicates=2000, seed=3)
    drawn_use = use_draws(contacts(), ["quote"], weights)
    assert drawn_use.loc[("quote", "web")].std() == pytest.approx(np.sqrt(0.6 * 0.4 / 100), rel=0.06)
    assert weights.sum().eq(100).all()
    assert person_weights(pd.Series([], dtype=str)).empty


def test_a_month_at_a_moment_costs_its_contacts_times_the_cost_of_one() -> None:
    at = pd.to_datetime(["2026-01-05"] * 6 + ["2026-02-05"] * 2)
    placed = pd.DataFrame({"at": at, "channel": "web", "touchpoint": "quote"})
    gates = pd.DataFrame({"moment": ["quote", "quote"], "channel": ["web", "store"], "gate": "yes"})
    costs = pd.DataFrame({"channel": ["web"], "estimate": [2.5]})
    table = company_side(gates, costs, placed).set_index("channel")
    assert table.loc["web", "cost_money"] == 10  # eight contacts in two months, 2.50 each
    assert np.isnan(table.loc["store", "cost_money"])
    one = pd.DataFrame({"person": ["a"], "respondent_id": ["b"]})
    assert persons_of(one, one, one).tolist() == ["a", "b", "a"]


def test_a_survey_alone_tells_use_by_its_own_channel() -> None:
    none = pd.DataFrame(columns=["customer_id", "touchpoint", "channel"], dtype="str")
    answers = pd.DataFrame({"respondent_id": ["a", "b"], "touchpoint": ["quote", "quote"], "channel": ["web", ""]})
    found = contacts_of(none, answers)
    assert found[["person", "channel", "source"]].to_numpy().tolist() == [["a", "web", "responses"]]
    assert contacts_of(none, answers.head(0)).empty
