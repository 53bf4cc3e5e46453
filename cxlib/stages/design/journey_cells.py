"""What stands in every cell of the journey map, today and to be, and how well each line is known.

A map is a view: lines come from data (measured or observed), from decisions and records, and from the journey file, which
is judgement (assumed). Where no data say anything about a step, only what people wrote remains, and says that it is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.engagement.tables.listed import listed
from cxlib.facts import EVIDENCE_N
from cxlib.stages.design.gates import Inherited
from cxlib.statistics.intervals import TIDY, wilson

CELLS = ["state", "step", "lane", "code", "kind", "estimate", "unit", "grade", "n"]
TEXTS = ("doing", "thinking", "feeling", "pain", "kpi", "owner", "backstage")
SHOWN = 3  # the channels and touchpoints of a step that a cell names
FIRM = 0.8  # share of the draws in which a channel was chosen, to call the choice measured
LEAST_SHARE = 0.1  # a channel or touchpoint that fewer meet is left out of the cell
GRADES = ("measured", "observed", "assumed")
Tables = Mapping[str, pd.DataFrame]


def met_at_steps(placed: pd.DataFrame, by: str) -> pd.DataFrame:
    """Share of the persons of each step who met it at a touchpoint or through a channel (`by`): step, code, tidy.

    placed: interactions with customer_id, step, touchpoint, channel.
    """
    named = placed[placed[by].fillna("").ne("") & placed["step"].fillna("").ne("")]
    base = named.groupby("step")["customer_id"].nunique()
    met = named.groupby(["step", by])["customer_id"].nunique()
    keys = [(str(step), str(code)) for step, code in met.index]
    found = [(*key, *wilson(n, base[key[0]]), base[key[0]], "share") for key, n in zip(keys, met, strict=True)]
    table = pd.DataFrame(found, columns=["step", "code", *TIDY])
    return table.sort_values(["step", "estimate"], ascending=[True, False], ignore_index=True)


def expected_at_steps(responses: pd.DataFrame, step_of: Mapping[str, str]) -> pd.DataFrame:
    """Mean expectation at each touchpoint that was asked for: step, code (touchpoint), estimate, n, unit."""
    asked = responses[responses["question"].eq("expectation") & responses["score"].notna()]
    table = asked.groupby("touchpoint")["score"].agg(estimate="mean", n="size")
    return table.rename_axis("code").reset_index().assign(step=table.index.map(dict(step_of)), unit="score")


def journey_cells(
    rows: pd.DataFrame, chosen: pd.DataFrame, tables: Tables, *, inherited: Inherited, file: Any
) -> pd.DataFrame:
    """One row per line of the map: state (as_is | to_be), step, lane, code, kind, estimate, unit, grade, n.

    rows: from `journey` (step, as_is, to_be, n, grade). chosen: the chosen ideas with step, action, emotion, capability.
    tables: contacts (customer_id, step, touchpoint, channel), responses, capabilities, and of earlier stages steps (3:
    step, n, estimate, benchmark_share), moments (4: moment, n), evidence (5: question, moment, n), channels (6: moment,
    channel, state, selection_share); a table without rows says nothing. file: the journey file, `file.step(key)` with its
    lanes and `to_be`. grade: measured (n ≥ 30) | observed (fewer, or a record of the client) | assumed.
    """
    today = pd.concat(_today(rows, tables, inherited))
    counted = set(today.loc[today["lane"].eq("channel"), "step"])  # there, what people wrote adds nothing
    told = {key: file.step(key) for key in rows["step"]}
    wanted = pd.concat(_designed(rows, chosen, tables, inherited))
    written = _written(told, {key: () if key in counted else step.channel for key, step in told.items()})
    later = {key: step.to_be for key, step in told.items()}
    to_be = pd.concat([wanted, _written(later, {key: step.channel for key, step in later.items()})])
    both = pd.concat([pd.concat([today, written]).assign(state="as_is"), to_be.assign(state="to_be")])
    table = both[both["step"].isin(rows["step"])][CELLS]
    return table.drop_duplicates(["state", "step", "lane", "code", "kind"], ignore_index=True)


def graded_share(cells: pd.DataFrame, state: str = "as_is") -> pd.DataFrame:
    """How the filled cells of one map are known, each by its best line: grade, n_cells, share of all filled cells."""
    inside = cells[cells["state"].eq(state)]
    rank = inside["grade"].map(GRADES.index).groupby([inside["step"], inside["lane"]]).min()
    counts = rank.value_counts().reindex(range(len(GRADES)), fill_value=0)
    return pd.DataFrame({"grade": GRADES, "n_cells": counts, "share": counts / max(len(rank), 1)})


def _today(rows: pd.DataFrame, tables: Tables, inherited: Inherited) -> list[pd.DataFrame]:
    """The lines of every step as data and records show it today."""
    often = {by: met_at_steps(tables["contacts"], by) for by in ("channel", "touchpoint")}
    often = {by: met[met["estimate"].ge(LEAST_SHARE)].groupby("step").head(SHOWN) for by, met in often.items()}
    asked = rows[rows["grade"].ne("assumed")].assign(estimate=rows["as_is"], unit="number")
    said = tables["evidence"][tables["evidence"]["question"].eq("say")].set_index("moment")["n"]
    themes = pd.DataFrame(inherited.insights, columns=["touchpoint", "code"], dtype="str")
    themes = themes.assign(step=themes["touchpoint"].map(inherited.step_of), n=themes["touchpoint"].map(said))
    held = tables["capabilities"].assign(code=tables["capabilities"]["capability_id"])
    held["step"] = held["touchpoint"].map(inherited.step_of)
    return [
        _lines(often["channel"], "channel", "channel"),
        _lines(often["touchpoint"], "doing", "touchpoint"),
        _lines(expected_at_steps(tables["responses"], inherited.step_of), "thinking", "expects"),
        _lines(asked, "feeling", "emotion"),
        _lines(themes, "pain", "theme"),
        _moments(tables, inherited),
        _lines(tables["steps"].dropna(subset=["estimate"]).assign(unit="share"), "kpi", "onward"),
        _lines(held, "backstage", held["available"].eq("yes").map({True: "capability", False: "lacking"}), "observed"),
        _lines(held.assign(code=held["owner"]).dropna(subset=["code"]), "owner", "person", "observed"),
    ]


def _designed(rows: pd.DataFrame, chosen: pd.DataFrame, tables: Tables, inherited: Inherited) -> list[pd.DataFrame]:
    """The lines of every step as the design wants it."""
    needs = chosen.assign(code=chosen["capability"].map(listed)).explode("code").dropna(subset=["code"])
    owners = tables["capabilities"].set_index("capability_id")["owner"]
    aims = rows[rows["step"].isin(chosen["step"]) & ~rows["to_be"].le(rows["as_is"])].dropna(subset=["to_be"])
    marks = tables["steps"].assign(estimate=tables["steps"]["benchmark_share"], unit="share", n=0)
    return [
        _moments(tables, inherited),
        _ways(tables["channels"], inherited),
        _lines(chosen.assign(code=chosen["idea_id"]), "experience", "idea"),
        _texts(chosen, "action", "doing"),
        _texts(chosen, "emotion", "feeling"),
        _lines(needs, "backstage", "capability", "observed"),
        _lines(aims.assign(estimate=aims["to_be"], unit="number", n=0), "feeling", "aim"),
        _lines(marks.dropna(subset=["estimate"]), "kpi", "benchmark"),
        _lines(needs.assign(code=needs["code"].map(owners)).dropna(subset=["code"]), "owner", "person", "observed"),
    ]


def _moments(tables: Tables, inherited: Inherited) -> pd.DataFrame:
    """The moments of stage 4, with the persons they rest on."""
    moments = pd.DataFrame(inherited.moments.items(), columns=["code", "step"], dtype="str")
    persons = tables["moments"].set_index("moment")["n"]
    return _lines(moments.assign(n=moments["code"].map(persons)), "moment", "touchpoint")


def _ways(channels: pd.DataFrame, inherited: Inherited) -> pd.DataFrame:
    """The channels that are in at the moments: measured where most draws of stage 6 chose them."""
    places = [place.split(":") for place, state in inherited.channels.items() if state == "in"]
    ways = pd.DataFrame([(inherited.moments.get(key), way) for key, way in places], columns=["step", "code"])
    chosen = channels[channels["state"].eq("in")]
    share = chosen.groupby([chosen["moment"].map(inherited.step_of), "channel"])["selection_share"].max().to_dict()
    firm = [share.get(pair, 0.0) >= FIRM for pair in zip(ways["step"], ways["code"], strict=True)]
    return _lines(ways, "channel", "channel", np.where(firm, "measured", "observed"))


def _texts(chosen: pd.DataFrame, column: str, lane: str) -> pd.DataFrame:
    """What the chosen ideas say of themselves."""
    said = chosen.assign(code=chosen[column].fillna("").str.strip())
    return _lines(said[said["code"].ne("")], lane, "text")


def _written(told: Mapping[str, Any], channels: Mapping[str, Any]) -> pd.DataFrame:
    """The lines of the journey file, step by step."""
    ways = [(key, "channel", code, "channel") for key in told for code in channels[key]]
    texts = [(key, lane, text, "text") for key, step in told.items() for lane in TEXTS for text in getattr(step, lane)]
    table = pd.DataFrame([*ways, *texts], columns=["step", "lane", "code", "kind"])
    return _lines(table, table["lane"], table["kind"])


def _lines(table: pd.DataFrame, lane: Any, kind: Any, grade: Any = None) -> pd.DataFrame:
    """Rows (step, and code, estimate, unit, n where known) as lines of a lane, graded by n unless the grade is given.

    What nobody counted is a judgement.
    """
    made = table.reindex(columns=["step", "code", "estimate", "unit", "n"]).astype({"estimate": float})
    n = made["n"].astype(float).fillna(0).astype(int)
    graded = np.select([n.ge(EVIDENCE_N), n.gt(0)], ["measured", "observed"], "assumed")
    texts = {name: made[name].astype("str").fillna("") for name in ("code", "unit")}
    return made.assign(lane=lane, kind=kind, n=n, grade=graded if grade is None else grade, **texts)
