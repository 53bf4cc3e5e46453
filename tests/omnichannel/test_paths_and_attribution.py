from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.journeys.paths import channel_paths, corridor_paths, count_paths, hand_offs, with_steps
from cxlib.stages.omnichannel.attribution import (
    base_check,
    by_step,
    chain_orders,
    checks_by_step,
    chosen_order,
    effect_draws,
    orders_by_step,
    removal_effects,
    shapley_credit,
    widest_split,
)
from cxlib.stages.omnichannel.chain import Chain, HeldOut
from cxlib.stages.omnichannel.passing import differences_by_step, passing_difference

Shared = Callable[[str], Path]
STEPS = ["consideration", "purchase", "service"]


def counted(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["path", "n_converted", "n_lost"])


def interactions(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "at", "step", "channel"])
    return table.assign(
        at=pd.to_datetime(table["at"]), touchpoint="t", journey_id=table["customer_id"], outcome="reached"
    )


@pytest.fixture
def published(shared: Shared) -> pd.DataFrame:
    table = pd.read_csv(shared("oracles/channelattribution/PathData.csv"))
    return table.rename(columns={"total_conversions": "n_converted", "total_null": "n_lost"})


def test_removal_effects_are_those_of_the_r_package_without_its_simulation_error(
    published: pd.DataFrame, shared: Shared
) -> None:
    expected = pd.read_csv(shared("oracles/channelattribution/removal_effects.csv")).set_index("channel_name")
    found = removal_effects(published, replicates=2).set_index("channel")["estimate"]
    assert found.sort_index().to_numpy() == pytest.approx(
        expected["removal_effects_conversion"].sort_index().to_numpy(), abs=0.0015
    )


def test_the_first_order_chain_gives_back_the_observed_conversion_exactly(published: pd.DataFrame) -> None:
    check = base_check(published).iloc[0]
    assert check["model_share"] == pytest.approx(0.2238451355968638, abs=1e-12)
    assert check["model_share"] == pytest.approx(check["observed_share"], abs=1e-12)
    assert check["n"] == 88_387 and check["exact"]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), st.integers(0, 5), st.integers(0, 5)),
        min_size=1,
    )
)
def test_the_base_check_holds_for_any_journeys(rows: list[tuple[list[str], int, int]]) -> None:
    table = counted(*[(" > ".join(path), won, lost) for path, won, lost in rows])
    assert base_check(table)["exact"].all()
    assert len(base_check(table)) == (table[["n_converted", "n_lost"]].sum(axis=None) > 0)


def test_a_model_that_does_not_give_back_what_was_observed_is_not_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Chain, "conversion", lambda _chain: 0.8 + 2e-9)
    assert not base_check(counted(("store", 8, 2)))["exact"].item()


def test_a_channel_every_conversion_passes_has_effect_one_and_an_idle_one_zero() -> None:
    found = removal_effects(counted(("store", 40, 10), ("web > store", 60, 10), ("app", 0, 30)), replicates=20)
    effects = found.set_index("channel")["estimate"]
    assert effects["store"] == pytest.approx(1)
    assert effects["app"] == pytest.approx(0)
    assert 0 < effects["web"] < 1


def test_few_journeys_are_unknown_and_no_conversion_gives_nothing() -> None:
    journeys = [("store", 120, 10), ("web", 25, 5), ("app", 24, 5)]
    found = removal_effects(counted(*journeys), replicates=5).set_index("channel")["known"]
    assert found.to_dict() == {"store": True, "web": True, "app": False}  # thirty journeys, and twenty-nine
    for conversions, known in ((100, True), (99, False)):
        assert removal_effects(counted(("store", conversions, 40)), replicates=2)["known"].tolist() == [known]
    for table in (removal_effects(counted(("store", 0, 10))), removal_effects(counted()), shapley_credit(counted())):
        assert table.empty and {"channel", "estimate", "low", "high", "n", "unit"} <= set(table.columns)
    assert base_check(counted()).empty


def test_shapleys_closed_form_is_the_definition_over_all_coalitions() -> None:
    table = counted(("a > b", 6, 1), ("b > b > c", 4, 0), ("a", 5, 9), ("c > a > b", 3, 2))
    players = ["a", "b", "c"]
    worth = {
        frozenset(team): sum(
            won
            for path, won in zip(table["path"], table["n_converted"], strict=True)
            if set(path.split(" > ")) <= set(team)
        )
        for size in range(4)
        for team in combinations(players, size)
    }
    value = {}
    for player in players:
        others = [other for other in players if other != player]
        teams = [frozenset(team) for size in range(3) for team in combinations(others, size)]
        value[player] = sum(
            factorial(len(team)) * factorial(2 - len(team)) / 6 * (worth[team | {player}] - worth[team])
            for team in teams
        )
    found = shapley_credit(table).set_index("channel")["estimate"]
    assert found.to_dict() == pytest.approx({player: worth_of / 18 for player, worth_of in value.items()})
    assert found.sum() == pytest.approx(1)


def by_definition(table: pd.DataFrame, channel: str) -> float:
    """Removal effect of a second-order chain by its definition: each move into the channel goes to null."""
    moves: dict[tuple[str, str], dict[tuple[str, str] | str, float]] = {}
    for path, won, lost in table.itertuples(index=False):
        state = ("", "")
        for contact in path.split(" > "):
            after = (state[1], contact)
            moves.setdefault(state, {}).setdefault(after, 0.0)
            moves[state][after] += won + lost
            state = after
        for end, n in (("won", won), ("lost", lost)):
            moves.setdefault(state, {}).setdefault(end, 0.0)
            moves[state][end] += n
    found = []
    for removed in ("", channel):
        there: dict[tuple[str, str] | str, float] = {("", ""): 1.0}
        reached = 0.0
        for _step in range(400):
            ahead: dict[tuple[str, str] | str, float] = {}
            for state, mass in there.items():
                total = sum(moves[state].values())  # type: ignore[index]
                for after, n in moves[state].items():  # type: ignore[index]
                    if after == "won":
                        reached += mass * n / total
                    elif after != "lost" and (not removed or after[1] != removed):
                        ahead[after] = ahead.get(after, 0.0) + mass * n / total
            there = ahead
        found.append(reached)
    return 1 - found[1] / found[0]


def test_a_second_order_effect_is_that_of_its_definition() -> None:
    table = counted(("a > b > a", 6, 5), ("b > a", 4, 3), ("c > a > b > b", 3, 7), ("a", 5, 9), ("c > c", 2, 4))
    found = removal_effects(table, order=2, replicates=0).set_index("channel")["estimate"]
    assert found.to_dict() == pytest.approx({channel: by_definition(table, channel) for channel in "abc"})
    assert base_check(table, order=2)["exact"].all()


def test_both_orders_give_back_the_published_conversion(published: pd.DataFrame) -> None:
    assert base_check(published, order=2)["model_share"].item() == pytest.approx(19_785 / 88_387, abs=1e-12)


def journeys_with_memory(memory: float, n: int = 3000) -> pd.DataFrame:
    """Journeys whose contact is that of two contacts before with probability `memory`; one in four ends after each."""
    generator = np.random.default_rng(7)
    ways = generator.integers(0, 3, (n, 40))
    for place in range(2, 40):
        again = generator.random(n) < memory
        ways[again, place] = ways[again, place - 2]
    ends = np.minimum(generator.geometric(0.25, n), 40)
    names = [" > ".join("abc"[code] for code in way[:end]) for way, end in zip(ways, ends, strict=True)]
    paths = pd.DataFrame({"path": names, "won": generator.random(n) < 0.3})
    return paths.groupby("path")["won"].agg(n_converted="sum", n_lost=lambda won: (~won).sum()).reset_index()


def test_a_chain_that_is_better_by_less_than_its_standard_error_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gains of a move over five folds: mean 1, standard error 0.99 and 1.01."""
    for width, order in ((0.99, 2), (1.01, 1)):
        gains = 1 + width * np.sqrt(5) * np.array([-1, -1, 0, 1, 1]) / np.std([-1, -1, 0, 1, 1], ddof=1)
        losses = {1: 10 + gains, 2: np.full(5, 10.0)}
        folds = {size: HeldOut(loss, np.ones(5)) for size, loss in losses.items()}
        monkeypatch.setattr(
            Chain, "held_out", lambda chain, _folds, _seed, folds=folds: folds[1 if chain.size == 3 else 2]
        )
        assert chosen_order(chain_orders(counted(("a > b > a", 5, 5), ("b", 5, 5)))) == order


def test_the_second_order_is_chosen_where_journeys_remember_and_only_there() -> None:
    assert chosen_order(chain_orders(journeys_with_memory(0.5))) == 2
    assert chosen_order(chain_orders(journeys_with_memory(0.0))) == 1


def test_the_held_out_loss_of_even_chances_is_the_logarithm_of_the_outcomes() -> None:
    """Oracle: a fair choice of three channels, then half go on: log 3 a contact, log 2 at the end."""
    table = counted(*[(channel, 5000, 5000) for channel in "abc"])
    orders = chain_orders(table).set_index("order")["estimate"]
    assert orders[1] == pytest.approx((np.log(3) + np.log(2)) / 2, abs=0.01)
    assert chain_orders(counted()).empty and chosen_order(chain_orders(counted())) == 1


def test_effects_with_everybody_once_are_the_effects_themselves() -> None:
    rows = [("p1", "a > b", True), ("p2", "b", False), ("p3", "a", True), ("p4", "c > b", True), ("p5", "a > c", False)]
    paths = pd.DataFrame(rows, columns=["person", "path", "converted"]).assign(step="quote", journey_id="")
    once = pd.DataFrame(np.ones((5, 1)), index=["p1", "p2", "p3", "p4", "p5"])
    orders = orders_by_step(paths)
    table = by_step(paths, orders, replicates=2).set_index("channel")
    found = effect_draws(paths, once, orders=orders)[0]["quote"]
    assert found.to_dict() == pytest.approx(table["estimate"].to_dict())
    assert set(orders["step"]) == {"quote"} and set(table["order"]) == {chosen_order(orders)}
    distance = (table["credit_share"] - table["shapley_share"]).abs()
    assert table["distance_share"].to_dict() == pytest.approx(distance.to_dict())
    nobody = effect_draws(paths, once * 0, orders=orders)[0]
    assert nobody.isna().all()


def test_splitting_a_path_into_two_rows_changes_nothing() -> None:
    whole = removal_effects(counted(("a > b", 40, 10), ("b", 20, 30)), replicates=2)
    split = removal_effects(counted(("a > b", 30, 4), ("a > b", 10, 6), ("b", 20, 30)), replicates=2)
    pd.testing.assert_series_equal(whole["estimate"], split["estimate"])


def test_a_path_holds_the_channels_met_at_the_step_until_a_later_one() -> None:
    placed = with_steps(
        interactions(
            ("a", "2026-01-01", "consideration", "web"),
            ("a", "2026-01-02", "consideration", "store"),
            ("a", "2026-01-03", "purchase", "store"),
            ("a", "2026-01-04", "consideration", "app"),
            ("b", "2026-01-01", "consideration", "web"),
            ("c", "2026-01-01", "purchase", "web"),
        ),
        {},
    )
    paths = channel_paths(placed, STEPS, "consideration").set_index("journey_id")
    assert paths["path"].to_dict() == {"a": "web > store", "b": "web"}
    assert paths["converted"].to_dict() == {"a": True, "b": False}
    assert count_paths(paths.reset_index())["n_converted"].sum() == 1


def test_journeys_too_young_to_have_gone_on_are_left_out() -> None:
    placed = with_steps(
        interactions(("a", "2026-01-01", "consideration", "web"), ("b", "2026-03-01", "consideration", "web")), {}
    )
    paths = channel_paths(placed, STEPS, "consideration", window_days=30, as_of=pd.Timestamp("2026-03-10").date())
    assert paths["journey_id"].tolist() == ["a"]


def test_the_step_of_the_touchpoint_serves_where_none_is_recorded() -> None:
    table = interactions(("a", "2026-01-01", "", "web")).assign(touchpoint="quote", journey_id=None, outcome=None)
    placed = with_steps(table, {"quote": "consideration"})
    assert placed.iloc[0][["step", "journey_id", "outcome"]].tolist() == ["consideration", "a", "reached"]


def test_hand_offs_count_journeys_that_change_channel() -> None:
    rows = [
        (f"j{i}", f"2026-01-0{day}", "consideration", channel)
        for i in range(6)
        for day, channel in ((1, "web"), (2, "web"), (3, "store"))
    ]
    rows += [("j9", "2026-01-01", "consideration", "web"), ("j9", "2026-01-02", "consideration", "app")]
    table = hand_offs(with_steps(interactions(*rows), {}), STEPS, STEPS)
    assert table[["from_channel", "to_channel", "n_journeys", "n"]].to_numpy().tolist() == [
        ["web", "store", 6, 7],
        ["web", "app", 1, 7],
    ]


def test_a_channel_that_goes_with_going_on_is_told_and_an_idle_one_is_not() -> None:
    generator = np.random.default_rng(4)
    n = 1500
    store, web = generator.random(n) < 0.5, generator.random(n) < 0.5
    converted = generator.random(n) < 0.3 + 0.2 * store
    path = [
        " > ".join(name for name, met in (("store", s), ("web", w), ("call", not s and not w)) if met)
        for s, w in zip(store, web, strict=True)
    ]
    table = passing_difference(pd.DataFrame({"path": path, "converted": converted})).set_index("channel")
    assert table.loc["store", "verdict"] == "real" and table.loc["store", "low"] > 0
    assert table.loc["web", "verdict"] == "not shown"


def test_the_interval_of_a_difference_is_newcombes() -> None:
    """Oracle: statsmodels, confint_proportions_2indep(method="newcomb")."""
    from statsmodels.stats.proportion import confint_proportions_2indep

    converted = [True] * 56 + [False] * 14 + [True] * 48 + [False] * 32
    paths = pd.DataFrame({"path": ["store"] * 70 + ["web"] * 80, "converted": converted})
    row = passing_difference(paths).iloc[0]
    assert (row["channel"], row["n"], row["with_share"], row["without_share"]) == ("store", 70, 0.8, 0.6)
    assert (row["low"], row["high"]) == pytest.approx(confint_proportions_2indep(56, 70, 48, 80, method="newcomb"))


@pytest.mark.parametrize(("n", "verdict"), [(30, "real"), (29, "cannot tell")])
def test_a_channel_met_by_too_few_journeys_cannot_be_judged(n: int, verdict: str) -> None:
    paths = pd.DataFrame({"path": ["store"] * n + ["web"] * 90, "converted": [True] * n + [False] * 90})
    assert set(passing_difference(paths)["verdict"]) == {verdict}


@pytest.mark.parametrize("alike", [True, False])
def test_where_the_credits_part_most_and_whether_they_rank_alike(alike: bool) -> None:
    rows = [("buy", "web", 0.6, 0.7 if alike else 0.2), ("buy", "store", 0.4, 0.3 if alike else 0.7)]
    rows += [("think", "web", 0.9, 0.8), ("think", "app", 0.1, 0.2)]
    effects = pd.DataFrame(rows, columns=["step", "channel", "credit_share", "shapley_share"]).assign(known=True)
    effects["distance_share"] = (effects["credit_share"] - effects["shapley_share"]).abs().round(9)
    row = widest_split(effects).iloc[0]
    assert (row["step"], row["channel"], row["alike"]) == ("buy", "web", alike)
    one_a_step = effects.drop_duplicates("step")
    assert widest_split(one_a_step).empty and widest_split(effects.assign(known=False)).empty


def test_without_interactions_every_table_is_empty_with_its_columns() -> None:
    none = with_steps(interactions(), {})
    ways = corridor_paths(none, STEPS, STEPS, window_days=float("nan"), as_of=pd.Timestamp("2026-01-01").date())
    assert ways.empty
    for table in (by_step(ways, orders_by_step(ways)), differences_by_step(ways)):
        assert table.empty and {"step", "channel", "estimate", "low", "high", "n", "unit"} <= set(table.columns)
    assert checks_by_step(ways).empty
    assert hand_offs(none, STEPS, []).empty
    assert corridor_paths(none, STEPS, [], window_days=0, as_of=pd.Timestamp("2026-01-01").date()).empty


def test_without_a_path_the_step_is_still_a_key_of_text() -> None:
    nothing = pd.DataFrame({"step": [], "path": [], "converted": []})
    moments = pd.DataFrame({"moment": ["delivery"], "step": ["sale"]})
    assert by_step(nothing, orders_by_step(nothing)).merge(moments, on="step").empty


def test_where_every_journey_converts_no_channel_is_known() -> None:
    counted = pd.DataFrame({"path": ["a", "a > b"], "n_converted": [100, 100], "n_lost": [0, 0]})
    assert not removal_effects(counted, replicates=5)["known"].any()
    assert removal_effects(counted.assign(n_lost=[1, 0]), replicates=5)["known"].all()


def test_removing_channels_from_the_published_transition_matrix_gives_the_same_effects(
    published: pd.DataFrame, shared: Shared
) -> None:
    moves = pd.read_csv(
        shared("oracles/channelattribution/transition_matrix.csv"), dtype={"channel_from": str, "channel_to": str}
    )
    table = moves.pivot(index="channel_from", columns="channel_to", values="transition_probability").fillna(0.0)
    inner = [state for state in table.index if state.isdigit()]
    order = ["(start)", *inner]

    def conversion(kept: list[str]) -> float:
        inside = table.reindex(index=kept, columns=kept, fill_value=0.0).to_numpy()
        return float(np.linalg.solve(np.eye(len(kept)) - inside, table.loc[kept, "(conversion)"].to_numpy())[0])

    base = conversion(order)
    effects = sorted(1 - conversion([state for state in order if state != gone]) / base for gone in inner)
    found = removal_effects(published, replicates=2)
    assert sorted(found["estimate"]) == pytest.approx(effects, abs=1e-9)
    expected = pd.read_csv(shared("oracles/channelattribution/markov_result.csv")).set_index("channel_name")
    credit = found.set_index("channel")["credit_share"] * found["n_conversions"].iloc[0]
    told = expected["total_conversions"]
    assert credit.reindex(told.index).to_numpy() == pytest.approx(told.to_numpy(), abs=0.0015 * told.sum())
