"""Why arrivals changed, who leaves the order of the funnel, and who has waited too long."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cxlib.stages.sales_funnel import says_journeys as says
from cxlib.stages.sales_funnel import shown
from cxlib.stages.sales_funnel.change import funnel_change
from cxlib.stages.sales_funnel.followed import Followed, follow, halves
from cxlib.stages.sales_funnel.pictures import plot_change, plot_waiting
from cxlib.stages.sales_funnel.time_to_convert import ageing, waiting_too_long
from cxlib.stages.sales_funnel.transitions import moves, transitions

STEPS = ["see", "try", "buy"]
DAY = pd.Timestamp("2025-01-01")


def journeys(n: int, shares: tuple[float, float], start: int, seed: int) -> pd.DataFrame:
    """Contacts of n journeys that begin within 100 days; these shares go on, each after two days."""
    generator = np.random.default_rng(seed)
    began = DAY + pd.to_timedelta(start + generator.integers(0, 100, n), unit="D")
    tries = generator.random(n) < shares[0]
    buys = tries & (generator.random(n) < shares[1])
    who = np.array([f"c{seed}-{row}" for row in range(n)])
    parts = [
        (who, began, "see"),
        (who[tries], began[tries] + pd.Timedelta(days=2), "try"),
        (who[buys], began[buys] + pd.Timedelta(days=4), "buy"),
    ]
    return pd.concat(
        [
            pd.DataFrame({"customer_id": ids, "at": at, "step": step, "journey_id": None, "outcome": "reached"})
            for ids, at, step in parts
        ]
    )


def change(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    followed = follow(pd.concat([before, after]), steps=STEPS, n_draws=20)
    return funnel_change(followed, n_draws=200).set_index("component")


@pytest.fixture(scope="module")
def worse() -> pd.DataFrame:
    return change(journeys(900, (0.8, 0.6), 0, 1), journeys(900, (0.8, 0.4), 104, 2))


def test_the_parts_of_the_change_add_up_to_the_whole_exactly(worse: pd.DataFrame) -> None:
    parts = worse.drop(index="total")
    assert parts["estimate"].sum() == pytest.approx(worse.loc["total", "estimate"], abs=1e-12)
    whole = np.log(worse.loc["total", "after"] / worse.loc["total", "before"])
    assert whole == pytest.approx(worse.loc["total", "estimate"], abs=1e-12)
    by_hand = np.log(worse.loc["try", "after"] / worse.loc["try", "before"])
    assert worse.loc["try", "estimate"] == pytest.approx(by_hand, abs=1e-12)


def test_the_step_that_got_worse_is_the_one_that_is_shown(worse: pd.DataFrame) -> None:
    assert worse.index[worse["shown"]].tolist() == ["try", "total"]
    assert worse.loc["try", "low"] < np.log(0.4 / 0.6) < worse.loc["try", "high"]
    said = says.change(worse.reset_index(), names={"try": "Trial"})
    assert said.verdict == "real"
    assert "Shown to have changed: Trial −" in said.sentence


def test_few_entrants_in_a_half_tell_nothing() -> None:
    few = change(journeys(12, (0.8, 0.6), 0, 1), journeys(12, (0.8, 0.6), 104, 2)).reset_index()
    assert few["estimate"].isna().all()
    assert not few["shown"].any()
    said = says.change(few, names={})
    assert said.verdict == "cannot tell"
    nothing = follow(journeys(0, (0.5, 0.5), 0, 1), steps=STEPS)
    assert halves(nothing).windows.empty
    assert funnel_change(nothing).empty
    assert says.change(funnel_change(nothing), names={}).verdict == "cannot tell"


@pytest.mark.parametrize(("n", "told"), [(29, False), (30, True)])
def test_a_change_is_told_from_thirty_entrants_of_each_half(n: int, told: bool) -> None:
    halved = pd.concat([journeys(n, (0.8, 0.9), 0, 1), journeys(60, (0.8, 0.9), 104, 2)])
    found = funnel_change(follow(halved, steps=STEPS, n_draws=5), n_draws=50).set_index("component")
    assert found["estimate"].notna()["entrants"] == told


def test_where_nothing_changed_a_step_is_rarely_shown() -> None:
    shown = 0
    for seed in range(40):
        same = change(journeys(150, (0.7, 0.5), 0, 2 * seed), journeys(150, (0.7, 0.5), 104, 2 * seed + 1))
        shown += int(same.drop(index="total")["shown"].any())
    assert shown <= 6  # 99 % quantile of 40 draws at 5 %


def contacts(*rows: tuple[str, int, str, str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["customer_id", "day", "step", "outcome"])
    return table.assign(at=DAY + pd.to_timedelta(table["day"], unit="D"), journey_id=None)


def test_what_followed_each_contact_is_counted_by_kind() -> None:
    table = transitions(
        contacts(
            ("a", 1, "see", "reached"),
            ("a", 2, "buy", "reached"),
            ("a", 3, "try", "reached"),
            ("b", 1, "see", "reached"),
            ("b", 2, "see", "lost"),
            ("b", 3, "", "reached"),
        ),
        steps=STEPS,
    )
    found = {(row.from_step, row.to_step, row.kind): (row.n_moves, row.n) for row in table.itertuples()}
    assert found == {
        ("see", "buy", "skip"): (1, 3),
        ("see", "see", "again"): (1, 3),
        ("see", "", "lost"): (1, 3),
        ("buy", "try", "back"): (1, 1),
        ("try", "", "end"): (1, 1),
    }
    shares = moves(table).set_index("kind")["estimate"]
    assert shares.to_dict() == pytest.approx({"onward": 0.0, "skip": 1 / 3, "back": 1 / 3, "again": 1 / 3})
    assert "So many leave the order" in says.order(moves(table)).sentence


def test_each_row_of_the_transition_table_adds_up_to_one_in_any_order(shared: Callable[[str], Path]) -> None:
    data = pd.read_csv(shared("data/helpdesk/helpdesk.csv.gz"))
    steps = ["Assign seriousness", "Take in charge ticket", "Wait", "Resolve ticket", "Closed"]
    log = pd.DataFrame(
        {
            "customer_id": data["case:concept:name"].astype("str"),
            "step": data["concept:name"],
            "journey_id": None,
            "at": pd.to_datetime(data["time:timestamp"], utc=True, format="mixed"),
            "outcome": "reached",
        }
    )
    table = transitions(log, steps=steps)
    np.testing.assert_allclose(table.groupby("from_step")["estimate"].sum(), 1.0)
    pairs = log[log["step"].isin(steps)].assign(place=lambda rows: rows["step"].map(steps.index))
    pairs = pairs.sort_values(["customer_id", "at", "place"], kind="stable")
    after = pairs.groupby("customer_id")["step"].shift(-1)
    by_pandas = pd.crosstab(pairs["step"], after)
    inner = table[table["to_step"] != ""].set_index(["from_step", "to_step"])["n_moves"]
    assert inner.to_dict() == by_pandas.stack()[lambda counts: counts > 0].to_dict()
    pd.testing.assert_frame_equal(table, transitions(log.sample(frac=1, random_state=1), steps=steps))


def test_without_contacts_nothing_followed() -> None:
    table = transitions(contacts(), steps=STEPS)
    assert table.empty
    assert moves(table).empty
    assert says.order(moves(table)).verdict == "cannot tell"
    assert shown.transitions(table, names={}).empty


def opened(passages: pd.DataFrame) -> Followed:
    nothing = pd.DataFrame()
    return Followed(STEPS, passages.assign(group="focus"), nothing, nothing, nothing)


def test_who_waits_longer_than_nine_tenths_needed_is_counted_among_the_open() -> None:
    passed = pd.DataFrame(
        {
            "step": ["see"] * 5 + ["try"],
            "outcome": ["open"] * 4 + ["advanced", "open"],
            "days": [1.0, 10.0, 11.0, 30.0, 99.0, 50.0],
        }
    )
    times = pd.DataFrame({"step": ["see", "see"], "quantile": [0.5, 0.9], "estimate": [4.0, 10.0]})
    found = ageing(opened(passed), times)
    assert found[["step", "n", "n_old", "estimate", "old_days"]].values.tolist() == [["see", 4, 2, 0.5, 10.0]]
    assert found["low"].iloc[0] == pytest.approx(0.15004, abs=1e-5)  # Wilson, 2 of 4
    assert (
        "Of the 4 journeys still open, 50.0% have waited"
        in says.ageing(found, waiting_too_long(found), names={}).sentence
    )
    assert ageing(opened(passed.head(0)), times).empty
    assert not says.ageing(found.head(0), waiting_too_long(found.head(0)), names={}).facts[0].known


def test_the_picture_draws_each_known_part_with_its_interval_and_n(worse: pd.DataFrame) -> None:
    picture = shown.change_picture(worse.reset_index())
    ax = plot_change(picture)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["entrants", "see", "try", "arrivals at the end"]
    np.testing.assert_allclose(ax.lines[4].get_xdata(), worse.loc["try", ["low", "high"]].to_numpy(float))
    assert all("n = " in text.get_text() for text in ax.texts)
    table = shown.change(worse.reset_index())
    assert table["change"].iloc[2].startswith("−")


def test_a_step_that_only_one_half_knows_leaves_its_change_unknown() -> None:
    early = journeys(80, (0.9, 0.0), 0, 1)
    late = journeys(80, (0.9, 0.9), 104, 2)
    found = funnel_change(follow(pd.concat([early, late]), steps=STEPS, n_draws=5), n_draws=20).set_index("component")
    assert found.loc[["try", "total"], "estimate"].isna().all() and not found.loc[["try", "total"], "shown"].any()
    assert found.loc["entrants", "estimate"] == pytest.approx(0.0)


@pytest.mark.parametrize(("errors", "shown"), [(2.05, False), (2.5, True)])
def test_a_change_is_shown_at_a_false_discovery_rate_over_entrants_and_steps(
    errors: float, shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One step moved by so many standard errors among three components: p = 0.040 alone is 0.12 among three."""
    spread = np.concatenate([[0.0], stats.norm.ppf((np.arange(200) + 0.5) / 200)])
    moved = 0.5 * np.exp(0.1 * (errors + spread))
    parts = [
        pd.DataFrame({"group": half, "step": step, "draw": range(-1, 200), "n": 90, "estimate": share})
        for half, step, share in (
            ("before", "see", 0.5),
            ("after", "see", moved),
            ("before", "try", 0.5),
            ("after", "try", 0.5),
        )
    ]
    nothing = pd.DataFrame()
    known = Followed(STEPS, nothing, nothing, nothing, pd.concat(parts))
    monkeypatch.setattr("cxlib.stages.sales_funnel.change.halves", lambda followed, n_draws: followed)
    found = funnel_change(known).set_index("component")["shown"]
    assert found.to_dict() == {"entrants": False, "see": shown, "try": False, "total": True}


@pytest.mark.parametrize(("back", "loose"), [(25, False), (26, True)])
def test_steps_are_in_doubt_beyond_a_quarter_of_moves_out_of_order(back: int, loose: bool) -> None:
    kinds = pd.DataFrame({"kind": ["onward", "back"], "n_moves": [100 - back, back]})
    found = moves(kinds)
    assert set(found["loose"]) == {loose}
    assert ("should be reconsidered" in says.order(found).sentence) == loose


def test_waiting_is_drawn_from_the_day_of_entering_also_without_a_window() -> None:
    curve = pd.DataFrame({"step": "Visit", "days": [400.0], "estimate": [0.4], "low": [0.3], "high": [0.5], "n": [90]})
    for window in (30.0, np.nan):
        ax = plot_waiting(curve.assign(window_days=window))
        assert ax.lines[0].get_xdata()[0] == 0 and ax.texts[0].get_text() == "Visit (n = 90)"
