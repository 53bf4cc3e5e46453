"""Launches at different times: what each wave gained, by Callaway and Sant'Anna's group-time effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import CONFIDENCE, compare, first
from cxlib.stages.measurement.effect import effect_row, empty_effect
from cxlib.statistics.differences import Floats
from cxlib.statistics.intervals import ALPHA, TIDY, Z
from cxlib.statistics.outcomes import METRICS

OVERALL = [*TIDY, "standard_error", "p_value"]
EVENT = ["event", *TIDY, "standard_error", "clear", "verdict"]
TREND = ["n_tests", "statistic", "p_value", "apart"]
BEFORE_MONTHS = 6  # of pre-trend to look at: half a year, like the covariate of a randomised trial
REPLICATES = 2000  # multiplier draws for the simultaneous band; R `did` uses 1,000


@dataclass(frozen=True)
class _Panel:
    """A balanced panel as arrays: units × periods, and the position of each unit's launch (inf: never)."""

    outcome: Floats
    launch: Floats
    periods: pd.Index
    unit: str


def event_study(panel: pd.DataFrame, *, control: str = "", seed: int = 0) -> pd.DataFrame:
    """What the launch waves gained by periods since launch, waves weighted by their size; event < 0: the trends before.

    `panel`: unit_id, period_on, first_on (launch, blank: never), outcome, unit; units that miss a period are left out,
    and so are units launched in the first one. $ATT(g,t) = E[Y_t - Y_{g-1} | g] - E[Y_t - Y_{g-1} | C]$ of launch wave g in
    period t; before the launch the base is the period before. C, by `control`: "never" launched, or "not_yet" launched by t;
    by default never, and not yet where nobody was left without. Parallel trends of g and C are assumed; two-way fixed
    effects would weigh some gains negatively. Errors from the influence function, as in R `did`.
    Columns: event, estimate, low, high (simultaneous band over all events, by multiplier bootstrap, so that one look at
    the whole picture errs in one case of twenty; widened by Student's t for small waves), n (units), unit, standard_error,
    clear (the band leaves out zero), verdict. Without a launch inside the panel or a control: empty.
    Source: Callaway & Sant'Anna (2021), J. Econometrics 225, 200–230.
    """
    known = _balanced(panel)
    rows, influence = _effects(known, control)
    if not rows:
        return pd.DataFrame(columns=EVENT)
    waves = pd.DataFrame(rows)
    events = sorted(waves["event"].unique())
    mixed = [_mix(known, rows, influence, np.flatnonzero(waves["event"].eq(event)).tolist()) for event in events]
    parts = np.column_stack([part for _estimate, part in mixed])
    errors = _errors(parts)
    half = _simultaneous(parts, errors, seed) * _small(known) * errors
    table = pd.DataFrame({"event": events, "estimate": [estimate for estimate, _part in mixed], "unit": known.unit})
    table = table.assign(low=table["estimate"] - half, high=table["estimate"] + half, standard_error=errors)
    table["n"] = waves.groupby("event")["n"].sum().to_numpy()
    least = int(table.loc[table["event"].ge(0), "n"].min()) if table["event"].ge(0).any() else 0
    table["clear"] = table["low"].gt(0) | table["high"].lt(0)
    table["verdict"] = [compare(low, high, n=least) for low, high in zip(table["low"], table["high"], strict=True)]
    return table[EVENT]


def overall(panel: pd.DataFrame, *, control: str = "", waves: int = 1) -> pd.DataFrame:
    """One row: the mean effect of each wave over its periods since launch, waves weighted by size (R `did`: type "group").

    Columns: estimate, low, high, n (units launched), unit, standard_error, p_value. Empty as `event_study`, or with fewer than
    `waves` launch periods.
    """
    known = _balanced(panel)
    rows, influence = _effects(known, control)
    means: list[dict[str, float]] = []
    parts = []
    for wave in sorted({row["launch"] for row in rows}):
        mine = [at for at, row in enumerate(rows) if row["launch"] == wave and row["event"] >= 0]
        if mine:  # none: the last wave where nobody was left without has no control
            means.append({"launch": wave, "estimate": float(np.mean([rows[at]["estimate"] for at in mine]))})
            parts.append(influence[:, mine].mean(axis=1))
    if not means or len(means) < waves:
        return pd.DataFrame(columns=OVERALL)
    estimate, single = _mix(known, means, np.column_stack(parts), list(range(len(means))))
    error = float(_errors(single[:, None])[0])
    half = Z * _small(known) * error
    p_value = 2 * float(stats.norm.sf(abs(estimate) / error)) if error else float("nan")
    n = int(np.isfinite(known.launch).sum())
    row = [estimate, estimate - half, estimate + half, n, known.unit, error, p_value]
    return pd.DataFrame([row], columns=OVERALL)


def as_effect(panel: pd.DataFrame, *, metric: str, waves: int = 1) -> pd.DataFrame:
    """`overall` as a row of an effect table (design "staggered"), n_pilot and n_control counting units."""
    found = first(overall(panel, waves=waves))
    if not found:
        return empty_effect()
    units, pilots = panel["unit_id"].nunique(), int(found["n"])
    if pilots >= units:  # nobody was left without: those launched last are the control
        pilots = int(panel.drop_duplicates("unit_id")["first_on"].lt(panel["first_on"].max()).sum())
    return effect_row(
        {name: found[name] for name in ("estimate", "low", "high", "p_value")},
        metric=metric,
        design="staggered",
        method="Callaway-Sant'Anna",
        unit=found["unit"],
        n=units,
        sizes=(pilots, units - pilots),
        means=(np.nan, np.nan),
    )


def pre_trend(panel: pd.DataFrame, *, control: str = "") -> pd.DataFrame:
    """Did the waves move like their control before launch? Wald test that all effects with event < 0 are zero.

    One row: n_tests, statistic (Wald's, as in R `did`), p_value from Hotelling's F, because χ² rejects three times too often
    with ten units a wave (calibration/), apart (p < 0.05). A large p does not prove parallel trends: with few units it cannot
    fail. No period before a launch, effects that are linear in each other, or too few units: empty.
    """
    known = _balanced(panel)
    rows, influence = _effects(known, control)
    early = [at for at, row in enumerate(rows) if row["event"] < 0]
    spread = influence[:, early].T @ influence[:, early] / max(len(influence), 1) ** 2
    freedom = len(known.launch) - len(np.unique(known.launch))  # means of every group are taken out
    if not early or np.linalg.matrix_rank(spread) < len(early) or freedom <= len(early):
        return pd.DataFrame(columns=TREND)
    effects = np.array([rows[at]["estimate"] for at in early])
    statistic = float(effects @ np.linalg.solve(spread, effects))
    ratio = statistic * (freedom / len(known.launch)) * (freedom - len(early) + 1) / (freedom * len(early))
    p_value = float(stats.f.sf(ratio, len(early), freedom - len(early) + 1))
    return pd.DataFrame([[len(early), statistic, p_value, p_value < ALPHA]], columns=TREND)


def launches(
    people: pd.DataFrame, customers: pd.DataFrame, transactions: pd.DataFrame, *, metric: str, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Month by month what every customer did before and after the launches: the panel of `event_study`.

    `people`: customer_id, arm, starts_on. Never launched: the control arm, else every customer outside the pilot. From half
    a year before the first launch to the last whole month; who came later is left out. Columns: unit_id, period_on,
    first_on, outcome, unit. One launch month gives one wave: a check of the arms before it, and whether the gain lasts.
    Where pilot and control were drawn as they came, month by month, each customer's months are counted from their own start,
    as if all had started together. Nothing launched, or a metric that no transaction shows: empty.
    """
    pilots = people[people["arm"].eq("pilot") & people["starts_on"].notna()]
    launched = pilots.set_index("customer_id")["starts_on"].dt.to_period("M").dt.start_time
    if launched.empty or transactions.empty or metric not in METRICS:
        return pd.DataFrame(columns=["unit_id", "period_on", "first_on", "outcome", "unit"])
    last = as_of + pd.Timedelta(days=1) - pd.offsets.MonthEnd()
    months = pd.date_range(launched.min() - pd.DateOffset(months=BEFORE_MONTHS), last, freq="MS")
    controls = people.loc[people["arm"].eq("control"), "customer_id"]
    old = customers[customers["since_on"].isna() | customers["since_on"].lt(months[0])]["customer_id"]
    others = controls if len(controls) else old
    members = pd.Index(pd.concat([pilots["customer_id"], others]).unique()).intersection(old)
    grid = pd.MultiIndex.from_product([members, months], names=["unit_id", "period_on"])
    table = _monthly(transactions, metric).reindex(grid, fill_value=0.0).rename("outcome").reset_index()
    table = table.assign(first_on=table["unit_id"].map(launched), unit=METRICS[metric])
    drawn_as_they_came = people.loc[people["arm"].eq("control"), "starts_on"].dt.to_period("M").nunique() > 1
    return _from_own_start(table, people) if drawn_as_they_came else table


def _from_own_start(table: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The panel with months counted from each customer's own start, dated as if all had started in the first month.

    Only months that the data hold for every customer, whenever they started, are kept.
    """
    begun = table["unit_id"].map(people.drop_duplicates("customer_id").set_index("customer_id")["starts_on"])
    first, latest = begun.min(), _months(table["period_on"]).max() - _months(begun).max()
    since = _months(table["period_on"]) - _months(begun)
    nominal = (first.to_period("M").ordinal + since).map(lambda month: pd.Period(ordinal=month, freq="M").start_time)
    moved = table.assign(
        period_on=nominal, first_on=table["first_on"].mask(table["first_on"].notna(), first.replace(day=1))
    )
    return moved[since.between(-BEFORE_MONTHS, latest)].reset_index(drop=True)


def _months(days: pd.Series) -> pd.Series:
    """Months since year 0, so that they can be subtracted."""
    months: pd.Series[int] = days.dt.year * 12 + days.dt.month
    return months


def _monthly(transactions: pd.DataFrame, metric: str) -> pd.Series:
    """The metric of each customer in each month with a transaction."""
    amount = "margin" if metric == "margin_per_customer" else "revenue"
    known = transactions.dropna(subset=["customer_id", "at", amount])
    month = known["at"].dt.to_period("M").dt.start_time
    grouped = known.groupby([known["customer_id"], month])[amount]
    return (grouped.max() > 0).astype(float) if metric == "purchase_share" else grouped.sum()


def _balanced(panel: pd.DataFrame) -> _Panel:
    """Units seen in every period, without those launched in the first."""
    if panel.empty:
        return _Panel(np.zeros((0, 0)), np.zeros(0), pd.Index([]), "")
    wide = panel.pivot_table(index="unit_id", columns="period_on", values="outcome").dropna()
    begun = panel.drop_duplicates("unit_id").set_index("unit_id")["first_on"].reindex(wide.index)
    launch = np.where(begun.isna(), np.inf, np.searchsorted(wide.columns.to_numpy(), begun.to_numpy()).astype(float))
    launch = np.where(launch >= wide.shape[1], np.inf, launch)  # after the last period: not launched in this panel
    kept = launch > 0
    return _Panel(wide.to_numpy(float)[kept], launch[kept], wide.columns, str(panel["unit"].iloc[0]))


def _effects(known: _Panel, control: str) -> tuple[list[dict[str, float]], Floats]:
    """Every (g, t) as a row, and its influence function as a column."""
    rows: list[dict[str, float]] = []
    control = control or ("never" if np.isinf(known.launch).any() else "not_yet")
    columns = [np.zeros((len(known.launch), 0))]
    for wave in sorted(set(known.launch[np.isfinite(known.launch)])):
        for at in range(1, len(known.periods)):
            base = at - 1 if at < wave else int(wave) - 1
            treated = known.launch == wave
            others = np.isinf(known.launch) if control == "never" else (known.launch > max(at, base)) & ~treated
            if not others.any():
                continue
            change = known.outcome[:, at] - known.outcome[:, base]
            gained, moved = float(change[treated].mean()), float(change[others].mean())
            about = {"launch": float(wave), "event": at - int(wave), "n": int(treated.sum())}
            rows.append(about | {"estimate": gained - moved})
            part = treated / treated.mean() * (change - gained) - others / others.mean() * (change - moved)
            columns.append(part[:, None])
    return rows, np.column_stack(columns)


def _mix(known: _Panel, rows: list[dict[str, float]], influence: Floats, mine: list[int]) -> tuple[float, Floats]:
    """Effects weighted by the size of their waves; the influence function counts that the sizes are estimated too."""
    effects = np.array([rows[at]["estimate"] for at in mine])
    member = np.column_stack([known.launch == rows[at]["launch"] for at in mine]).astype(float)
    size = member.mean(axis=0)
    weight = size / size.sum()
    sizes = (member - size) / size.sum() - (member - size).sum(axis=1, keepdims=True) * size / size.sum() ** 2
    return float(weight @ effects), influence[:, mine] @ weight + sizes @ effects


def _small(known: _Panel) -> float:
    """How much wider than normal an interval must be when the smallest wave (or the control) has few units: Student's t on its
    units less one, and their variance divided by that."""
    fewest = int(np.unique(known.launch, return_counts=True)[1].min())
    if fewest < 2:
        return float("nan")
    return float(stats.t.ppf(0.5 + CONFIDENCE / 2, fewest - 1) / Z * np.sqrt(fewest / (fewest - 1)))


def _errors(influence: Floats) -> Floats:
    """Standard errors from influence functions, one a column."""
    return np.asarray(np.sqrt((influence**2).mean(axis=0) / max(len(influence), 1)))


def _simultaneous(influence: Floats, errors: Floats, seed: int) -> float:
    """How many errors wide a band must be to hold all effects at once (Callaway & Sant'Anna 2021, algorithm 1)."""
    generator = np.random.default_rng(seed)
    signs = generator.choice([-1.0, 1.0], (REPLICATES, len(influence)))
    shown = errors > 0
    largest = np.abs(signs @ influence[:, shown] / len(influence) / errors[shown]).max(axis=1, initial=0.0)
    return max(float(np.quantile(largest, CONFIDENCE)), Z)
