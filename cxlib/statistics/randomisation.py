"""Who gets the pilot and who stays as before: a stratified draw that anybody can repeat from its seed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.facts import EVIDENCE_N
from cxlib.statistics.intervals import TIDY, Z

ASSIGNED = ["customer_id", "arm", "stratum"]
BALANCE = ["feature", *TIDY]
WAVES = ["unit", "n", "wave", "starts_on"]
SMALLEST_STRATUM = 10  # smaller strata are pooled: fewer than five a side balance nothing (policy)


def eligible(customers: pd.DataFrame, members: pd.DataFrame, segment: str) -> pd.DataFrame:
    """The customers of the target segment who have not left; all who have not left when the segment is not known."""
    staying = customers[customers["left_on"].isna()]
    if not segment or not {"customer_id", "segment"} <= set(members.columns) or members.empty:
        return staying.reset_index(drop=True)
    ids = members.loc[members["segment"].eq(segment), "customer_id"]
    return staying[staying["customer_id"].isin(ids)].reset_index(drop=True)


def history(customers: pd.DataFrame, transactions: pd.DataFrame, *, before: pd.Timestamp) -> pd.DataFrame:
    """What was known of each customer before a day: customer_id, tenure_days, n_purchases, revenue_money (a year back)."""
    day = pd.Timestamp(before).normalize()
    inside = transactions[transactions["at"].lt(day) & transactions["at"].ge(day - pd.Timedelta(days=365))]
    spent = inside.groupby("customer_id")["revenue"].agg(["size", "sum"])
    table = customers[["customer_id"]].assign(tenure_days=(day - customers["since_on"]).dt.days.astype(float))
    if transactions.empty:
        return table.assign(n_purchases=np.nan, revenue_money=np.nan)
    table["n_purchases"] = table["customer_id"].map(spent["size"]).fillna(0.0).astype(float)
    table["revenue_money"] = table["customer_id"].map(spent["sum"]).fillna(0.0).astype(float)
    return table


def assign(
    existing: pd.DataFrame, customers: pd.DataFrame, *, n_per_arm: float, by: list[str], seed: int = 0
) -> pd.DataFrame:
    """The pilot's arms: those already drawn, which stand, else a new draw of at most n_per_arm customers per arm.

    Returns customer_id, arm, stratum, idea_id, starts_on (blank in a new draw).
    """
    columns = [*ASSIGNED, "idea_id", "starts_on"]
    if len(existing):
        return existing.drop_duplicates("customer_id")[columns].reset_index(drop=True)
    size = int(min(n_per_arm, len(customers) // 2)) if np.isfinite(n_per_arm) else 0
    return (
        draw(customers, n_per_arm=size, by=by, seed=seed)
        .reindex(columns=columns)
        .assign(idea_id=pd.Series(dtype="str"), starts_on=pd.Series(dtype="datetime64[us]"))
    )


def strata(customers: pd.DataFrame, *, by: list[str], smallest: int = SMALLEST_STRATUM) -> pd.Series:
    """Stratum of each customer: the values of `by` joined; strata below `smallest` customers are pooled as "other"."""
    kept = [name for name in by if name in customers and customers[name].notna().any()]
    if not kept or customers.empty:
        return pd.Series("all", index=customers.index, dtype="str")
    keys = customers[kept].astype("str").fillna("–").agg(" · ".join, axis=1)
    return keys.where(keys.map(keys.value_counts()) >= smallest, "other").astype("str")


def draw(customers: pd.DataFrame, *, n_per_arm: int, by: list[str], seed: int = 0) -> pd.DataFrame:
    """Draw pilot and control by stratified randomisation; the same seed gives the same draw.

    customers: customer_id and the columns of `by`, one row per customer who could be in the pilot.
    Within each stratum places are proportional to its size and the two arms differ by at most one customer.
    Returns customer_id, arm (pilot|control), stratum; empty when fewer than two customers can be drawn.
    """
    if len(customers) < 2 or n_per_arm < 1:
        return pd.DataFrame(columns=ASSIGNED).astype("str")
    generator = np.random.default_rng(seed)
    people = customers.sort_values("customer_id", ignore_index=True)
    people["stratum"] = strata(people, by=by)
    people["luck"] = generator.permutation(len(people))
    people = people.sort_values(["stratum", "luck"], ignore_index=True)
    return _alternate(people.loc[_places(people["stratum"], 2 * n_per_arm)], generator)


def launch_waves(
    customers: pd.DataFrame, *, by: str, start: pd.Timestamp, n_waves: int = 4, every_days: int = 28, seed: int = 0
) -> pd.DataFrame:
    """The order in which units (e.g. regions) get the experience when all of them will get it in the end, drawn by lot.

    A stepped wedge (Hussey & Hughes 2007): every unit is its own control until its wave starts. Units with fewer than 30
    customers are pooled into "other". Columns unit, n (customers), wave (1, 2, …), starts_on; the waves' numbers of units
    differ by at most one. Empty with fewer than two units.
    """
    named = customers[by].dropna().astype("str") if by in customers else pd.Series(dtype="str")
    sizes = named[named.ne("")].value_counts()
    pooled = (
        sizes.rename(index=lambda key: key if sizes[key] >= EVIDENCE_N else "other").groupby(level=0).sum().sort_index()
    )
    units = pooled[pooled >= EVIDENCE_N]
    if len(units) < 2:
        return pd.DataFrame(columns=WAVES)
    lot = np.random.default_rng(seed).permutation(len(units))
    wave = np.arange(len(units)) % min(n_waves, len(units)) + 1
    table = pd.DataFrame({"unit": units.index[lot], "n": units.to_numpy()[lot], "wave": np.sort(wave)})
    table["starts_on"] = pd.Timestamp(start).normalize() + pd.to_timedelta((table["wave"] - 1) * every_days, unit="D")
    return table[WAVES]


def balance(assignments: pd.DataFrame, customers: pd.DataFrame, *, features: list[str]) -> pd.DataFrame:
    """Standardised difference pilot − control per numeric feature (Austin 2009), with its 95 % interval.

    estimate = (x̄₁ − x̄₂)/√((s₁² + s₂²)/2); beyond ±0.1 an imbalance is worth naming. Features without values are
    left out.
    """
    both = assignments[["customer_id", "arm"]].merge(customers, on="customer_id", how="inner")
    known = [name for name in features if name in both and both[name].notna().any()]
    rows = [row for name in known if (row := _difference(both, name))]
    return pd.DataFrame(rows, columns=BALANCE)


def _places(stratum: pd.Series, n_total: int) -> np.ndarray:
    """Mask of the customers that take part: places by largest remainder, the luckiest of each stratum."""
    sizes = stratum.value_counts().sort_index()
    n_total = min(n_total, int(sizes.sum()))
    exact = sizes * n_total / sizes.sum()
    places = pd.Series(np.floor(exact), index=sizes.index).astype(int)
    places[(exact - places).sort_values(ascending=False, kind="stable").index[: n_total - int(places.sum())]] += 1
    return np.asarray(stratum.groupby(stratum).cumcount() < stratum.map(lambda key: places[key]))


def _alternate(people: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """Arms in turn within each stratum; an odd stratum gives its extra customer to the arm that has fewer so far."""
    turn = people.groupby("stratum").cumcount().to_numpy() % 2
    odd = people.groupby("stratum")["customer_id"].transform("size").to_numpy() % 2 == 1
    first = people.groupby("stratum").cumcount().to_numpy() == 0
    flips = np.cumsum(odd & first) % 2
    start = int(generator.integers(0, 2))
    arm = np.where((turn + np.where(odd, flips, 0) + start) % 2 == 0, "pilot", "control")
    table = people[["customer_id", "stratum"]].assign(arm=arm)
    return table.sort_values("customer_id", ignore_index=True)[ASSIGNED]


def _difference(both: pd.DataFrame, name: str) -> list[object]:
    """Standardised difference of one feature, a row of `balance`; none below two customers an arm, or without spread."""
    pilot, control = (both.loc[both["arm"] == arm, name].dropna().astype(float) for arm in ("pilot", "control"))
    spread = float(np.sqrt((pilot.var() + control.var()) / 2))
    if not spread > 0:  # NaN, too: the variance of one customer
        return []
    n, size = len(pilot) + len(control), float(pilot.mean() - control.mean()) / spread
    error = float(np.sqrt(1 / len(pilot) + 1 / len(control) + size**2 / (2 * n)))
    return [name, size, size - Z * error, size + Z * error, n, "ratio"]
