"""Internal awareness: how many of the staff know the objective, their role and the method."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import TIDY, Z, wilson

AWARE_FROM = 7.0  # of 10: an answer of 7 or more counts as aware (policy)
MINIMUM_CELL = 5  # a smaller department is pooled with the next smallest (policy; brief.thresholds.minimum_cell)
AWARE_SHARE = 0.5  # an objective known by less than half of the staff steers nobody (policy)
HALF_WIDTH = 0.05  # of the share that a survey of the staff is to tell
AWARENESS = ["question", "department", *TIDY, "n_staff", "unaware"]
NUMBERS = dict.fromkeys(("estimate", "low", "high", "n"), float)


def awareness(pulse: pd.DataFrame, *, staff: dict[str, int] | None = None, days: int = 92) -> pd.DataFrame:
    """Share of staff who are aware, per question over all departments ("") and per question and department.

    Only each person's last answer within `days` of the newest one counts; departments of under five are pooled. `staff`:
    how many people each department has, where known: then the interval is narrowed for the finite
    population, $n' = n (N-1)/(N-n)$ in Wilson's formula (a census has no sampling error). Columns: question, department,
    estimate, low, high, n, unit, n_staff, unaware (the whole interval lies below half of the staff). Without answers: an empty
    table. Non-response is not sampling: silent staff may be the unaware ones.
    """
    known = pulse.dropna(subset=["staff_id", "on", "score"])
    if known.empty:
        return pd.DataFrame(columns=AWARENESS).astype(NUMBERS)
    recent = known[known["on"].gt(known["on"].max() - pd.Timedelta(days=days))].sort_values("on")
    last = recent.drop_duplicates(["staff_id", "question"], keep="last")
    last = _pooled(last.assign(department=last["department"].fillna("")))
    named = last[last["department"].ne("")]
    cells = pd.concat([last.assign(department=""), named]).groupby(["question", "department"], sort=True)["score"]
    rows = []
    for (question, department), scores in cells:
        n, total = len(scores), _staff_of(str(department), staff or {})
        share, low, high = finite_wilson(float(scores.ge(AWARE_FROM).sum()), n, population=total)
        rows.append([question, department, share, low, high, n, "share", total, high < AWARE_SHARE])
    return pd.DataFrame(rows, columns=AWARENESS)


def _pooled(answers: pd.DataFrame) -> pd.DataFrame:
    """The answers with departments of under five joined to the next smallest.

    To leave a small one out would not hide it: what is missing from the total would be its answers.
    """
    named = answers[answers["department"].ne("")]
    sizes = named.groupby(["department", "question"]).size().groupby("department").min().sort_values(kind="stable")
    joined: list[str] = []
    together = 0
    for name, size in sizes.items():
        if size >= MINIMUM_CELL and (not joined or together >= MINIMUM_CELL):
            break
        joined.append(str(name))
        together += int(size)
    pool = dict.fromkeys(joined, " + ".join(joined))
    return answers.assign(department=[pool.get(name, name) for name in answers["department"]])


def _staff_of(department: str, staff: dict[str, int]) -> float:
    """People in a department, in several that were pooled, or in all (""); NaN when one of them is not known."""
    names = department.split(" + ") if department else list(staff)
    return float(sum(staff.get(name, np.nan) for name in names)) if names else float("nan")


def finite_wilson(successes: float, n: int, *, population: float = float("nan")) -> tuple[float, float, float]:
    """Wilson's interval with the finite-population correction; plain Wilson when the population is unknown."""
    if n > 0 and n >= population:  # a census; never where the population is NaN
        return (successes / n,) * 3
    effective = n * (population - 1) / (population - n) if np.isfinite(population) else float(n)
    return wilson(successes / max(n, 1) * effective, effective)


def sample_needed(population: int) -> int:
    """Staff to ask for a share within ±5 points at worst (Krejcie & Morgan 1970): 500 → 217, 1,000 → 278."""
    chi = Z**2 * 0.25
    return round(chi * population / (HALF_WIDTH**2 * (population - 1) + chi))


def asked_enough(table: pd.DataFrame, staff: dict[str, int]) -> pd.DataFrame:
    """Over all departments: who answered, how many staff there are, and how many answers a share within ±5 points takes.

    `table`: from `awareness`. Columns: question, n, n_staff, n_needed (Krejcie & Morgan 1970), response_share, enough. Without
    known staff: empty.
    """
    total = sum(staff.values())
    whole = table[table["department"].eq("")] if total else table.head(0)
    rows = whole[["question", "n"]].assign(n_staff=total, n_needed=sample_needed(total) if total else 0)
    return rows.assign(response_share=rows["n"] / max(total, 1), enough=rows["n"].ge(rows["n_needed"])).reset_index(
        drop=True
    )
