"""Who met the experience, what it did to those who did, and whether so few could have moved so much."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import compare, first
from cxlib.stages.measurement.effect import EFFECT, adjusted_outcome, difference, effect_row, empty_effect
from cxlib.statistics.differences import Floats
from cxlib.statistics.intervals import ALPHA, TIDY, newcombe, wilson
from cxlib.statistics.outcomes import within
from cxlib.statistics.sample_ratio import MISMATCH_P

EXPOSED = ["arm", *TIDY, "n_met"]
CARRIED = ["carried", "ceiling", "elsewhere", *TIDY]
ARMS = ("pilot", "control")


def meetings(
    people: pd.DataFrame, interactions: pd.DataFrame, *, touchpoint: str, channels: Sequence[str], window_days: int
) -> pd.DataFrame:
    """Who of the drawn met the moment of the experience in the window, a row a customer: customer_id, arm, there, met.

    there: a contact at its touchpoint, in one of its channels (any, where none is named or no channel is recorded there),
    within `window_days` from the start. met: the experience itself. The control meets the moment without it, unless the moment
    is new: contacts were recorded before the launch, none of them there. Empty where no contact is recorded there at all.
    """
    at_place = interactions[interactions["touchpoint"].eq(touchpoint)] if touchpoint else interactions.head(0)
    named = at_place["channel"].isin(list(channels))
    at_place = at_place[named] if channels and at_place["channel"].fillna("").ne("").any() else at_place
    started = people["starts_on"].min()
    if at_place.empty or people.empty or pd.isna(started):
        return pd.DataFrame(columns=["customer_id", "arm", "there", "met"])
    found = within(people, at_place, at="at", begins=0, days=window_days)["customer_id"]
    new = bool(interactions["at"].lt(started).any() and not at_place["at"].lt(started).any())
    table = people[["customer_id", "arm"]].assign(there=people["customer_id"].isin(found))
    return table.assign(met=table["there"] & (table["arm"].eq("pilot") | new)).reset_index(drop=True)


def exposed(meetings: pd.DataFrame) -> pd.DataFrame:
    """Share of each arm at the moment of the experience: arm, estimate, low, high (Wilson), n, unit, n_met (met it)."""
    found = []
    for arm in ARMS:
        mine = meetings[meetings["arm"].eq(arm)]
        if len(mine):
            share = wilson(int(mine["there"].sum()), len(mine))
            found.append([arm, *share, len(mine), "share", int(mine["met"].sum())])
    return pd.DataFrame(found, columns=EXPOSED)


def effect_on_met(outcomes: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """The effect on those who met the experience because they were drawn for it: one row of an effect table.

    outcomes: of the registered metric, an arm each drawn by lot. $\\beta = (\\bar y_1 - \\bar y_0)/(\\bar d_1 - \\bar d_0)$, y
    adjusted as in `difference`, d whether the experience was met: the draw is the instrument (Angrist & Imbens 1994,
    Econometrica 62, 467–475). It holds if being drawn changes nothing but by meeting it. The interval is every β whose
    $y - \\beta d$ does not differ between the arms (Anderson & Rubin 1949): valid however few meet it; where it has no end
    (a draw that hardly changes who meets it) the limits are NaN, method "Anderson-Rubin, unbounded". pilot: of the pilots who
    met it; control: that less the effect. Empty: fewer than two an arm, or nobody met it.
    """
    table = _joined(outcomes, meetings)
    arms = [table["arm"].eq(arm).to_numpy() for arm in ARMS]
    if table.empty or min(int(arm.sum()) for arm in arms) < 2:
        return empty_effect()
    values, met = adjusted_outcome(table)[0], table["met"].to_numpy(float)
    shift = float(met[arms[0]].mean() - met[arms[1]].mean())
    if not abs(shift) > 0:
        return empty_effect()
    estimate = float(values[arms[0]].mean() - values[arms[1]].mean()) / shift
    low, high = anderson_rubin(values, met, arms[0])
    bounded = np.isfinite(low) and np.isfinite(high)
    p_value = float(stats.ttest_ind(values[arms[0]], values[arms[1]], equal_var=False).pvalue)
    pilot = float(values[arms[0] & (met > 0)].mean()) if (arms[0] & (met > 0)).any() else float("nan")
    row = effect_row(
        {"estimate": estimate, "low": low, "high": high, "p_value": p_value},
        metric=str(table["metric"].iloc[0]),
        design="instrument",
        method="Anderson-Rubin" if bounded else "Anderson-Rubin, unbounded",
        n=len(table),
        unit=str(table["unit"].iloc[0]),
        sizes=(int(arms[0].sum()), int(arms[1].sum())),
        means=(pilot, pilot - estimate),
        customers=int((met[arms[0]] > 0).sum()),
    )
    return row[EFFECT]


def anderson_rubin(values: Floats, met: Floats, pilot: np.ndarray) -> tuple[float, float]:
    """The interval of β whose values − β·met differ between the arms by less than a Welch test shows; NaN: no end.

    $(\\Delta_y - \\beta\\Delta_d)^2 \\le t^2 (V_y - 2\\beta C + \\beta^2 V_d)$ is a quadratic in β (Fieller 1954), t by the
    degrees of freedom of the outcome. It has two ends only where Δ_d itself is shown; otherwise it is unbounded.
    """
    arms = [np.vstack([values[arm], met[arm]]) for arm in (pilot, ~pilot)]
    gap_y, gap_d = arms[0].mean(axis=1) - arms[1].mean(axis=1)
    spreads = [np.cov(arm) / arm.shape[1] for arm in arms]
    spread = spreads[0] + spreads[1]
    parts = sum(one[0, 0] ** 2 / (arm.shape[1] - 1) for one, arm in zip(spreads, arms, strict=True))
    quantile = float(stats.t.ppf(1 - ALPHA / 2, spread[0, 0] ** 2 / parts if parts else np.inf)) ** 2
    square = gap_d**2 - quantile * spread[1, 1]
    middle = gap_y * gap_d - quantile * spread[0, 1]
    root = middle**2 - square * (gap_y**2 - quantile * spread[0, 0])
    if not (square > 0 and root >= 0 and spread[0, 0] > 0):
        return float("nan"), float("nan")
    return float((middle - np.sqrt(root)) / square), float((middle + np.sqrt(root)) / square)


def carried(effect: pd.DataFrame, outcomes: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """Could those who met the experience carry the effect? One row: carried (yes | no | cannot tell), ceiling, elsewhere.

    effect: the registered one, per customer drawn. ceiling: the most a share can rise when everybody who met it is won: share
    that met × (1 − the control's share at the same moment); NaN for money. estimate, low, high, n, unit: pilot − control of
    those who were not at the moment, whom it cannot have reached; elsewhere (yes | no): they gained, too, and as many of
    either arm were not there. no: a gain above the ceiling, or one elsewhere that chance gives less than once in a thousand
    (strict, like the sizes of the arms, because it is looked at in every trial). Empty without an effect or contacts.
    """
    row, table = first(effect), _joined(outcomes, meetings)
    if not row or table.empty or row["design"] not in ("randomised", "sites"):
        return pd.DataFrame(columns=CARRIED)
    nobody: dict[str, Any] = dict.fromkeys((*TIDY, "p_value"), np.nan) | {"unit": row["unit"], "n": 0, "verdict": ""}
    absent = first(difference(table[~table["there"]], unit=str(row["unit"]))) or nobody
    elsewhere = absent["verdict"] == "real" and absent["estimate"] > 0 and _alike(table)
    ceiling = _ceiling(table) if row["unit"] == "share" else float("nan")
    state = "yes" if compare(row["low"], row["high"], n=int(row["n"])) == "real" else "cannot tell"
    if state == "yes" and (row["estimate"] > ceiling or (elsewhere and absent["p_value"] < MISMATCH_P)):
        state = "no"
    told = [state, ceiling, "yes" if elsewhere else "no", *(absent[name] for name in TIDY)]
    return pd.DataFrame([told], columns=CARRIED)


def _joined(outcomes: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """Known outcomes with who was there and who met it."""
    if outcomes.empty or meetings.empty:
        return outcomes.head(0).assign(there=False, met=False)
    known = outcomes.dropna(subset=["outcome"])
    return known.merge(meetings[["customer_id", "there", "met"]], on="customer_id", how="inner")


def _ceiling(table: pd.DataFrame) -> float:
    """The most that a share could rise over all drawn."""
    pilot = table["arm"].eq("pilot")
    usual = table.loc[~pilot & table["there"], "outcome"].mean()
    usual = table.loc[~pilot, "outcome"].mean() if pd.isna(usual) else usual
    return float(table.loc[pilot, "met"].mean() * (1 - usual))


def _alike(table: pd.DataFrame) -> bool:
    """Whether as many of either arm were at the moment, as far as can be told: then who was not there is comparable."""
    counts = [(int(mine["there"].sum()), len(mine)) for arm in ARMS for mine in [table[table["arm"].eq(arm)]]]
    _gap, low, high = newcombe(*counts)
    return bool(low <= 0 <= high)
