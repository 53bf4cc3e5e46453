"""How journeys pass the steps: entries, jumps, losses, and what is still open."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cxlib.journeys.passages import compare_groups, observed_years, passages, recorded
from cxlib.journeys.population import of_segment
from cxlib.stages.sales_funnel import says_journeys as says
from cxlib.stages.sales_funnel.followed import follow
from cxlib.stages.sales_funnel.funnel import funnel
from cxlib.stages.sales_funnel.whom import whom

STEPS = ["see", "try", "buy", "use"]


def contacts(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Interactions from (customer, day, step, outcome)."""
    table = pd.DataFrame(rows, columns=["customer_id", "at", "step", "outcome"])
    return table.assign(at=pd.to_datetime(table["at"]), journey_id=None, touchpoint="t", channel="c")


def outcomes(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    return dict(zip(zip(table["customer_id"], table["step"], strict=True), table["outcome"], strict=True))


def test_each_step_reached_is_a_row_with_what_came_next() -> None:
    table = passages(
        contacts(
            ("a", "2025-01-01", "see", "reached"),
            ("a", "2025-01-04", "try", "reached"),
            ("b", "2025-01-11", "see", "reached"),
        ),
        steps=STEPS,
    )
    assert outcomes(table) == {("a", "see"): "advanced", ("a", "try"): "open", ("b", "see"): "open"}
    assert table.loc[table["step"] == "see", "days"].tolist() == [3.0, 0.0]
    assert table.loc[table["step"] == "try", "days"].tolist() == [7.0]


def test_a_step_jumped_over_counts_as_passed_at_once() -> None:
    table = passages(
        contacts(("a", "2025-01-01", "see", "reached"), ("a", "2025-01-05", "buy", "reached")), steps=STEPS
    )
    assert table["step"].tolist() == ["see", "try", "buy"]
    assert table["skipped"].tolist() == [False, True, False]
    assert table["days"].tolist() == [4.0, 0.0, 0.0]


def test_a_journey_that_begins_late_has_not_passed_the_steps_before() -> None:
    table = passages(
        contacts(("a", "2025-01-01", "buy", "reached"), ("a", "2025-01-02", "see", "reached")), steps=STEPS
    )
    assert table["step"].tolist() == ["buy"]


def test_a_loss_counts_unless_the_journey_goes_on_after_it() -> None:
    table = passages(
        contacts(
            ("a", "2025-01-01", "see", "reached"),
            ("a", "2025-01-03", "see", "lost"),
            ("b", "2025-01-01", "see", "reached"),
            ("b", "2025-01-03", "see", "lost"),
            ("b", "2025-01-09", "try", "reached"),
        ),
        steps=STEPS,
    )
    assert outcomes(table)["a", "see"] == "lost"
    assert outcomes(table)["b", "see"] == "advanced"


def test_what_ends_after_the_last_step_is_undone_and_never_open() -> None:
    table = passages(
        contacts(
            ("a", "2025-01-01", "use", "reached"),
            ("b", "2025-01-01", "use", "reached"),
            ("b", "2025-01-02", "use", "lost"),
        ),
        steps=STEPS,
    )
    assert outcomes(table) == {("a", "use"): "reached", ("b", "use"): "undone"}
    counted = funnel(
        follow(
            contacts(
                ("a", "2025-01-01", "buy", "reached"),
                ("a", "2025-01-02", "use", "reached"),
                ("a", "2025-01-03", "use", "lost"),
            ),
            steps=STEPS,
        )
    ).set_index("step")
    assert counted.loc["use", ["n", "n_lost", "n_open"]].tolist() == [1, 1, 0]


def test_a_case_declined_at_the_last_step_has_not_reached_it() -> None:
    table = passages(contacts(("a", "2025-01-01", "buy", "reached"), ("a", "2025-01-02", "use", "lost")), steps=STEPS)
    assert outcomes(table) == {("a", "buy"): "lost"}


def test_silence_after_the_last_contact_is_seen_until_the_observation_ends() -> None:
    rows = contacts(("a", "2025-01-01", "see", "reached"))
    assert passages(rows, steps=STEPS)["days"].tolist() == [0.0]
    assert passages(rows, steps=STEPS, as_of=pd.Timestamp("2025-12-31"))["days"].tolist() == [364.0]


def test_a_segment_cut_by_the_outcome_is_not_followed() -> None:
    members = pd.DataFrame({"customer_id": ["a", "b"], "segment": ["gold", "iron"], "by_outcome": True})
    assert whom(members, "gold").segment == "" and whom(members, "gold").members.empty
    assert "everybody" in says.whom(whom(members, "gold"), segment="gold").sentence
    kept = whom(members.assign(by_outcome=False), "gold")
    assert kept.segment == "gold" and len(kept.members) == 2 and not kept.reason
    assert whom(members, "").reason == "no_segment"


def test_nothing_after_as_of_is_seen() -> None:
    rows = contacts(("a", "2025-01-01", "see", "reached"), ("a", "2025-03-01", "try", "reached"))
    table = passages(rows, steps=STEPS, as_of=pd.Timestamp("2025-02-01"))
    assert outcomes(table) == {("a", "see"): "open"}
    assert table["days"].tolist() == [31.0]


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = contacts(
        ("a", "2025-01-01", "see", "reached"),
        ("a", "2025-01-04", "try", "reached"),
        ("b", "2025-01-02", "buy", "reached"),
    )
    plain, shuffled = passages(rows, steps=STEPS), passages(rows.sample(frac=1, random_state=1), steps=STEPS)
    pd.testing.assert_frame_equal(plain, shuffled)


def test_without_contacts_there_are_no_passages() -> None:
    table = passages(contacts(), steps=STEPS)
    assert table.empty
    assert compare_groups(table, pd.DataFrame({"customer_id": [], "segment": []})).empty
    assert observed_years(table) != observed_years(table)  # NaN: nothing was observed


def test_the_target_segment_is_the_focus_and_the_others_are_groups() -> None:
    rows = contacts(
        ("a", "2025-01-01", "see", "reached"),
        ("b", "2025-01-02", "see", "reached"),
        ("c", "2025-01-03", "see", "reached"),
    )
    members = pd.DataFrame({"customer_id": ["a", "b"], "segment": ["gold", "iron"]})
    groups = compare_groups(passages(rows, steps=STEPS), members, focus="gold")
    sizes = groups.groupby("group")["customer_id"].agg(lambda ids: "".join(sorted(ids))).to_dict()
    assert sizes["focus"] == "a"
    assert sizes["segment:iron"] == "b"
    assert sizes["all"] == "abc"


def by_loop(events: pd.DataFrame) -> list[tuple[str, str, str, bool]]:
    """The same passages told one event after another: (customer, step, outcome, skipped)."""
    found: list[tuple[str, str, str, bool]] = []
    for customer, rows in events.sort_values(["customer_id", "at", "place"], kind="stable").groupby("customer_id"):
        reached: list[tuple[int, pd.Timestamp, bool]] = []
        for row in rows.itertuples():
            refused = row.place == len(STEPS) - 1 and row.outcome == "lost"
            if row.place >= 0 and not refused and (not reached or row.place > reached[-1][0]):
                start = reached[-1][0] + 1 if reached else row.place
                reached += [(place, row.at, place < row.place) for place in range(start, row.place + 1)]
        lost = rows.loc[rows["outcome"] == "lost", "at"].max()
        for number, (place, at, skipped) in enumerate(reached):
            last = "lost" if lost >= at else "open"
            last = {"lost": "undone", "open": "reached"}[last] if place == len(STEPS) - 1 else last
            found.append((customer, STEPS[place], "advanced" if number < len(reached) - 1 else last, skipped))
    return found


def test_journeys_at_random_pass_as_a_loop_over_their_contacts_says() -> None:
    generator = np.random.default_rng(0)
    days = pd.Timestamp("2025-01-01") + pd.to_timedelta(generator.integers(0, 20, 900), unit="D")
    table = pd.DataFrame(
        {
            "customer_id": generator.integers(0, 250, 900).astype(str),
            "at": days,
            "journey_id": None,
            "step": generator.choice([*STEPS, ""], 900),
            "outcome": generator.choice(["reached", "reached", "lost"], 900),
        }
    )
    table["place"] = table["step"].map({step: place for place, step in enumerate(STEPS)}).fillna(-1).astype(int)
    found = passages(table, steps=STEPS)
    told = list(found[["customer_id", "step", "outcome", "skipped"]].itertuples(index=False, name=None))
    assert told == by_loop(table)
    assert len(told) > 350


def test_a_step_that_no_file_speaks_of_is_left_out_and_said() -> None:
    log = contacts(
        *(
            (f"c{n}", day, step, "reached")
            for n in range(40)
            for day, step in [("2025-01-01", "try"), *[("2025-01-03", "use")] * (n % 2)]
        )
    )
    steps = recorded(log, steps=STEPS)
    assert steps == ["try", "use"] and recorded(log.head(0), steps=STEPS) == STEPS
    table = funnel(follow(log, steps=steps))
    told = says.progress(table, names={"use": "Use"}, silent=["see", "buy"])
    assert "will get to Use" in told.sentence and "Cannot tell who gets to see, buy" in told.sentence


def test_behind_a_step_that_nobody_was_watched_to_leave_shares_are_unknown() -> None:
    log = contacts(
        *(
            (f"c{n}", day, step, "reached")
            for n in range(40)
            for day, step in [("2025-01-01", "try"), *[("2025-01-03", "buy")] * (n % 2)]
        )
    )
    table = funnel(follow(log, steps=STEPS[:3]))
    assert table["n"].tolist() == [0, 40, 20] and np.isnan(table["of_entrants_share"].iloc[-1])
    assert "Cannot tell how many of those that start at the top" in says.progress(table, names={}).sentence


@pytest.mark.parametrize(("n", "population"), [(99, ""), (100, "gold")])
def test_the_segment_is_read_alone_from_a_hundred_persons(n: int, population: str) -> None:
    rows = pd.DataFrame({"customer_id": [f"c{k}" for k in range(200)]})
    members = pd.DataFrame({"customer_id": [f"c{k}" for k in range(n)], "segment": "gold"})
    read, whom = of_segment(rows, "customer_id", members, "gold")
    assert whom == population and len(read) == (n if population else 200)
