"""What stands in every cell of the journey map, today and to be, and how well each line is known.

A map is a view: lines come from data (measured or observed), from decisions and records, and from the journey file, which
is judgement (assumed). Where no data say anything about a step, only what people wrote remains, and says that it is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.statistics.intervals import wilson

CELLS = ["state", "step", "lane", "code", "kind", "estimate", "unit", "grade", "n"]
TEXTS = ("doing", "thinking", "feeling", "pain", "kpi", "owner", "backstage")
SHOWN = 3  # the channels and touchpoints of a step that a cell names
FIRM = 0.8  # share of the draws in which a channel was chosen, to call the choice measured
LEAST_SHARE = 0.1  # a channel or touchpoint that fewer meet is left out of the cell
GRADES = ("measured", "observed", "assumed")


def met_at_steps(placed: pd.DataFrame, by: str) -> pd.DataFrame:
    """Share of the persons of each step who met it at a touchpoint or through a channel (`by`): step, code, tidy.

    placed: interactions with customer_id, step, touchpoint, channel.
    """
    named = placed[placed[by].fillna("").ne("") & placed["step"].fillna("").ne("")]
    base = named.groupby("step")["customer_id"].nunique()
    counted = named.groupby(["step", by])["customer_id"].nunique().rename("met").reset_index()
    rows = []
    for step, code, n in counted.itertuples(index=False):
        share, low, high = wilson(int(n), int(base[step]))
        rows.append((step, code, share, low, high, int(base[step]), "share"))
    table = pd.DataFrame(rows, columns=["step", "code", "estimate", "low", "high", "n", "unit"])
    return table.sort_values(["step", "estimate"], ascending=[True, False], ignore_index=True)


def met_both_ways(placed: pd.DataFrame) -> pd.DataFrame:
    """`met_at_steps` by channel and by touchpoint, with a column by."""
    return pd.concat([met_at_steps(placed, by).assign(by=by) for by in ("channel", "touchpoint")], ignore_index=True)


def expected_at_steps(responses: pd.DataFrame, step_of: Mapping[str, str]) -> pd.DataFrame:
    """Mean expectation at each touchpoint that was asked for: step, code (touchpoint), estimate, n, unit."""
    asked = responses[responses["question"].eq("expectation") & responses["score"].notna()]
    table = asked.groupby("touchpoint")["score"].agg(estimate="mean", n="size").reset_index()
    table = table.rename(columns={"touchpoint": "code"}).assign(
        unit="score", step=table["touchpoint"].map(dict(step_of))
    )
    return table[["step", "code", "estimate", "n", "unit"]]


def journey_cells(
    rows: pd.DataFrame, file: Any, evidence: Mapping[str, pd.DataFrame], design: pd.DataFrame, *, evidence_n: int = 30
) -> pd.DataFrame:
    """One row per line of the map: state (as_is | to_be), step, lane, code, kind, estimate, unit, grade, n.

    rows: from `journey` (step, moments, channels, as_is, n …). file: the journey file, `file.step(key)` with its lanes and
    `to_be`. evidence: from `evidence_of`; a table without rows says nothing. design: the chosen ideas with step, action,
    emotion, capability.
    grade: measured (n ≥ evidence_n) | observed (fewer, or a record of the client) | assumed.
    """
    found: list[dict[str, object]] = []
    for row in rows.to_dict("records"):
        step = str(row["step"])
        here = {name: table[table["step"].eq(step)] for name, table in evidence.items()}
        told = file.step(step)
        seen = _today(row, here, evidence_n)
        ways = any(
            line["lane"] == "channel" for line in seen
        )  # where ways were counted, what people wrote adds nothing
        written = [line for line in _written(told) if not (ways and line["lane"] == "channel")]
        found += [{"state": "as_is", "step": step, **line} for line in [*seen, *written]]
        found += [
            {"state": "to_be", "step": step, **line}
            for line in [*_designed(design[design["step"].eq(step)], here, row, evidence_n), *_written(told.to_be)]
        ]
    table = pd.DataFrame(found, columns=CELLS)
    return table.drop_duplicates(["state", "step", "lane", "code", "kind"], ignore_index=True)


def graded_share(cells: pd.DataFrame, state: str = "as_is") -> pd.DataFrame:
    """How the filled cells of one map are known, each by its best line: grade, n_cells, share of all filled cells."""
    inside = cells[cells["state"].eq(state)]
    rank = inside["grade"].map({grade: place for place, grade in enumerate(GRADES)})
    best = rank.groupby([inside["step"], inside["lane"]]).min()
    counts = best.map(dict(enumerate(GRADES))).value_counts().reindex(list(GRADES), fill_value=0)
    return pd.DataFrame(
        {"grade": list(GRADES), "n_cells": counts.to_numpy(), "share": (counts / max(len(best), 1)).to_numpy()}
    )


def _today(row: Mapping[Any, Any], here: Mapping[str, pd.DataFrame], evidence_n: int) -> list[dict[str, object]]:
    """The lines of a step as data and records show it today."""
    lines = []
    for lane, name, kind in (("channel", "channels", "channel"), ("doing", "touchpoints", "touchpoint")):
        often = here[name][here[name]["estimate"] >= LEAST_SHARE].head(SHOWN)
        lines += [_line(lane, met["code"], kind, met, evidence_n) for met in often.to_dict("records")]
    lines += [_line("thinking", met["code"], "expects", met, evidence_n) for met in here["expected"].to_dict("records")]
    if row["grade"] in ("measured", "observed"):
        lines.append(
            _line("feeling", "", "emotion", {"estimate": row["as_is"], "unit": "number", "n": row["n"]}, evidence_n)
        )
    lines += [
        _line("pain", said["code"], "theme", {**said, "estimate": None}, evidence_n)
        for said in here["said"].to_dict("records")
    ]
    lines += [
        _line("moment", met["code"], "touchpoint", {**met, "estimate": None}, evidence_n)
        for met in here["moments"].to_dict("records")
    ]
    for on in here["onward"].to_dict("records"):
        if on["estimate"] == on["estimate"]:
            lines.append(_line("kpi", "", "onward", {**on, "unit": "share"}, evidence_n))
    for held in here["capabilities"].to_dict("records"):
        kind = "capability" if held["available"] == "yes" else "lacking"
        lines.append(_record("backstage", held["capability_id"], kind))
        lines += [_record("owner", held["owner"], "person")] if held["owner"] else []
    return lines


def _designed(
    ideas: pd.DataFrame, here: Mapping[str, pd.DataFrame], row: Mapping[Any, Any], evidence_n: int
) -> list[dict[str, object]]:
    """The lines of a step as the design wants it."""
    moments = here["moments"].set_index("code")["n"].to_dict()
    firm = dict(zip(here["chosen"]["code"], here["chosen"]["selection_share"], strict=True))
    lines = [
        _line("moment", met, "touchpoint", {"estimate": None, "n": moments.get(met, 0)}, evidence_n)
        for met in _ids(row["moments"])
    ]
    lines += [
        {**_record("channel", way, "channel"), "grade": "measured" if firm.get(way, 0) >= FIRM else "observed"}
        for way in _ids(row["channels"])
    ]
    for idea in ideas.to_dict("records"):
        lines.append(_judged("experience", idea["idea_id"], "idea"))
        lines += [_judged("doing", idea["action"], "text")] if _said(idea["action"]) else []
        lines += [_judged("feeling", idea["emotion"], "text")] if _said(idea["emotion"]) else []
        lines += [_record("backstage", need, "capability") for need in _ids(idea["capability"])]
    aim, today = row["to_be"], row["as_is"]
    if len(ideas) and aim == aim and not (today == today and aim <= today):
        lines.append({**_judged("feeling", "", "aim"), "estimate": float(aim), "unit": "number"})
    lines += [
        {**_judged("kpi", "", "benchmark"), "estimate": float(on["benchmark_share"]), "unit": "share"}
        for on in here["onward"].to_dict("records")
        if on["benchmark_share"] == on["benchmark_share"]
    ]
    return [*lines, *(_record("owner", person, "person") for person in _ids(row["owners"]))]


def _written(told: Any) -> list[dict[str, object]]:
    """The lines of the journey file."""
    lines = [_judged("channel", key, "channel") for key in told.channel]
    return lines + [_judged(lane, text, "text") for lane in TEXTS for text in getattr(told, lane)]


def _line(lane: str, code: object, kind: str, met: Mapping[Any, Any], evidence_n: int) -> dict[str, object]:
    """A line from data, graded by its n; what nobody counted is a judgement."""
    n = int(met["n"]) if met["n"] == met["n"] else 0
    grade = "measured" if n >= evidence_n else "observed" if n else "assumed"
    return {
        "lane": lane,
        "code": str(code),
        "kind": kind,
        "estimate": met["estimate"],
        "unit": met.get("unit", ""),
        "grade": grade,
        "n": n,
    }


def _record(lane: str, code: object, kind: str) -> dict[str, object]:
    """A line from a list of the client or from a decision: written down, not measured."""
    return {"lane": lane, "code": str(code), "kind": kind, "estimate": None, "unit": "", "grade": "observed", "n": 0}


def _judged(lane: str, code: object, kind: str) -> dict[str, object]:
    """A line that people wrote."""
    return {**_record(lane, code, kind), "grade": "assumed"}


def _ids(cell: object) -> list[str]:
    return [key.strip() for key in cell.split(";") if key.strip()] if isinstance(cell, str) else []


def _said(cell: object) -> bool:
    return isinstance(cell, str) and bool(cell.strip())
