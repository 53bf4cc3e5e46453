"""What the chain's methods declare about a client, without notebooks: the same calls, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from cxlib.engagement.brief.model import Step
from cxlib.journeys.paths import channel_paths, count_paths, with_steps
from cxlib.simulate import Client
from cxlib.stages.architecture.asymmetry import asymmetry
from cxlib.stages.architecture.drivers import driver_draws, drivers
from cxlib.stages.architecture.next_step import met_passages, next_step
from cxlib.stages.architecture.ratings import ratings
from cxlib.stages.measurement.effect import differences
from cxlib.stages.measurement.trial import outcomes, satisfaction
from cxlib.stages.monitoring.control import chart_summary, control_chart
from cxlib.stages.monitoring.shifts import all_shifts
from cxlib.stages.omnichannel.attribution import removal_effects
from cxlib.stages.omnichannel.passing import passing_difference
from cxlib.stages.sales_funnel import says as funnel_says
from cxlib.stages.sales_funnel.at_stake import value_at_stake
from cxlib.stages.sales_funnel.booked import booked_money
from cxlib.stages.sales_funnel.followed import follow
from cxlib.stages.sales_funnel.funnel import benchmarks, stated_benchmarks
from cxlib.stages.target_segment import says as segment_says
from cxlib.stages.target_segment.behaviour import behaviour
from cxlib.stages.target_segment.scorecard import people, ranking, scorecard, sizes, with_fit
from cxlib.stages.target_segment.segments import choose_n_segments, stability
from cxlib.stages.target_segment.segments import members as segment_members
from cxlib.statistics.periods import satisfaction_series

P_WORST = 0.8
N_DRAWS = 100
SCALE = (0.0, 10.0)


@dataclass
class Declared:
    """What was declared; an empty text means that nothing was."""

    recommended: str = ""
    segment: str = ""
    overlap: float = 0.0  # Jaccard index of the recommended segment and the planted group
    stall: str = ""
    objective_step: str = ""
    repair: str = ""
    delight: str = ""
    trigger: str = ""
    top_driver: str = ""
    channel: str = ""
    lift: float = 0.0
    lift_interval: tuple[float, float] = (0.0, 0.0)
    satisfaction_lift: float = 0.0
    chart_signal: bool = False
    shifts: dict[str, tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp]] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)


def declare(client: Client) -> Declared:
    """Run stages 2, 3, 4, 6, 9 and 10 on a client, each on the segment that stage 2 recommends, as the chain does."""
    found = Declared()
    members = _segment(client, found)
    chosen = members.loc[members["segment"] == found.recommended, "customer_id"]
    passed, limits = _funnel(client, members, found)
    _moments(client, chosen, passed, found)
    _channel(client, chosen, limits, found)
    _pilot(client, found)
    _watch(client, found)
    return found


def _segment(client: Client, found: Declared) -> pd.DataFrame:
    """Stage 2: a segment is declared when the groups are natural and one of them leads whatever the weights."""
    tables, as_of = client.tables, pd.Timestamp(client.brief["as_of"])
    features = behaviour(tables["customers"], tables["interactions"], tables["transactions"], as_of=as_of)
    n_segments = choose_n_segments(stability(features))
    members = segment_members(features, tables["customers"], n_segments=n_segments)
    judged = with_fit(people(members, tables["transactions"], as_of=as_of), tables["customers"],
                      fit=client.brief["brand"]["fit"])  # fmt: skip
    advice = segment_says.recommend(ranking(judged), scorecard(judged), sizes(judged), names={}, n_segments=n_segments)
    found.recommended = str(advice.choice["segment"])
    if advice.grade == "measured":
        found.segment = found.recommended
    mine, theirs = (set(table.loc[table["segment"] == key, "customer_id"]) for table, key in (
        (members, found.recommended), (client.groups, client.truth.get("segment", {}).get("key", ""))))  # fmt: skip
    found.overlap = len(mine & theirs) / len(mine | theirs)
    return members


def _funnel(client: Client, members: pd.DataFrame, found: Declared) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Stage 3: the stall is declared when one step alone loses most and its gap to the benchmark is shown."""
    steps = [entry["step"] for entry in client.brief["funnel"]]
    as_of = pd.Timestamp(client.brief["as_of"]) + pd.Timedelta(days=1)
    followed = follow(
        client.tables["interactions"],
        steps=steps,
        members=members,
        segment=found.recommended,
        as_of=as_of,
        n_draws=N_DRAWS,
    )
    stated = [Step.model_validate(entry) for entry in client.brief["funnel"]]
    goals = benchmarks(followed, stated_benchmarks(stated, client.tables["benchmarks"]))
    booked = booked_money(client.tables["transactions"], followed, measure="margin")
    stake = value_at_stake(followed, goals, booked, p_worst=P_WORST)
    advice = funnel_says.recommend(stake, booked, followed, names={})
    if advice.grade == "measured":
        found.stall, found.objective_step = advice.choice["stall_step"], advice.choice["objective_step"]
    return followed.focus.drop(columns="group"), followed.windows


def _moments(client: Client, chosen: pd.Series, passed: pd.DataFrame, found: Declared) -> None:
    """Stage 4: roles that the asymmetry or the link to the next step shows."""
    touchpoints = list(client.brief["touchpoints"])
    table = ratings(client.tables["responses"], touchpoints=touchpoints, members=chosen)
    weighed = drivers(driver_draws(table, n_draws=2), table)
    found.top_driver = str(weighed["touchpoint"].iloc[0]) if len(weighed) else ""
    contrasts = asymmetry(table, scale=SCALE)
    found.roles = dict(contrasts.loc[contrasts["role"] != "", ["touchpoint", "role"]].itertuples(index=False))
    for role in ("repair", "delight"):
        mine = contrasts[contrasts["role"] == role]
        size = mine["penalty"].abs() if role == "repair" else mine["reward"]
        setattr(found, role, str(mine.loc[size.idxmax(), "touchpoint"]) if len(mine) else "")
    link = next_step(met_passages(client.tables["interactions"], passed), client.tables["responses"])
    rated = link[(link["link"] == "rated") & (link["verdict"] == "real") & (link["estimate"] > 0)]
    if found.stall:
        rated = rated[rated["step"] == found.stall]
    found.trigger = str(rated.loc[rated["estimate"].idxmax(), "touchpoint"]) if len(rated) else ""


def _channel(client: Client, chosen: pd.Series, limits: pd.DataFrame, found: Declared) -> None:
    """Stage 6: the channel with the largest removal effect, if journeys through it are shown to go on more often."""
    touchpoints = client.brief["touchpoints"]
    contacts = client.tables["interactions"]
    placed = with_steps(
        contacts[contacts["customer_id"].isin(chosen)], {key: one["step"] for key, one in touchpoints.items()}
    )
    window = float(limits.set_index("step")["estimate"].get("consideration", 0.0))
    steps = [entry["step"] for entry in client.brief["funnel"]]
    paths = channel_paths(placed, steps, "consideration", window_days=window, as_of=client.brief["as_of"])
    carried = passing_difference(paths)
    first = removal_effects(count_paths(paths), replicates=2)["channel"].iloc[0]
    carrying = carried[(carried["verdict"] == "real") & (carried["low"] > 0) & (carried["channel"] == first)]
    found.channel = str(first) if len(carrying) else ""


def _pilot(client: Client, found: Declared) -> None:
    """Stage 9: the registered difference of arms, declared when its interval leaves out zero."""
    pilot, tables = client.tables["assignments"], client.tables
    as_of = pd.Timestamp(client.brief["as_of"])
    bought = outcomes(pilot, tables["transactions"], metrics=("purchase_share",), window_days=60, as_of=as_of)
    felt = satisfaction(pilot, tables["responses"], window_days=60)
    effects = differences(pd.concat([bought, felt], ignore_index=True)).set_index("metric")
    shown = effects["estimate"].where((effects["low"] > 0) | (effects["high"] < 0), 0.0)
    found.lift, found.satisfaction_lift = float(shown["purchase_share"]), float(shown["overall"])
    low, high = effects.loc["purchase_share", ["low", "high"]]
    found.lift_interval = (float(low), float(high))


def _watch(client: Client, found: Declared) -> None:
    """Stage 10: all satisfaction series; the delivery rating on its chart, and the lasting shifts of any of them."""
    scales = {name: (float(low), float(high)) for name, (low, high) in client.brief["scales"].items()}
    series = satisfaction_series(
        client.tables["responses"], touchpoints=list(client.brief["touchpoints"]), scales=scales
    )
    delivery = control_chart(series[series["metric"] == "csat:delivery"])
    found.chart_signal = bool(chart_summary(delivery)["n_signals"].iloc[0])
    dated = all_shifts(series)
    found.shifts = {str(row.metric): (row.earliest_on, row.shift_on, row.latest_on) for row in dated.itertuples()}
