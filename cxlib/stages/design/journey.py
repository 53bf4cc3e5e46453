"""The journey as rows for a map: what is lived at each step today, what it is to become, and how well that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import mean_t

COLUMNS = [
    "phase",
    "step",
    "moments",
    "experiences",
    "as_is",
    "low",
    "high",
    "n",
    "to_be",
    "doing",
    "feeling",
    "pain",
    "channels",
    "backstage",
    "owners",
    "grade",
]
SPAN = 2.0  # the emotion curve runs from −2 to +2


def steps_of(brief: Any) -> pd.DataFrame:
    """The funnel of the brief in order: step, phase."""
    return pd.DataFrame([{"step": step.step, "phase": step.phase} for step in brief.funnel], columns=["step", "phase"])


def context_of(
    brief: Any, choices: Mapping[int, Mapping[str, Any]], *, capabilities: pd.DataFrame, file: Any = None
) -> dict[str, Any]:
    """What `journey` needs of the chain: moments, insights and channels decided, who owns a capability, what was written."""
    moments = [str(item).split(":")[0] for item in choices.get(4, {}).get("moments") or ()]
    insights: dict[str, str] = {}
    for item in choices.get(5, {}).get("insights") or ():
        touchpoint, _colon, theme = str(item).partition(":")
        insights[touchpoint] = ";".join(filter(None, [insights.get(touchpoint, ""), theme.replace("_", " ")]))
    states = {
        ":".join(parts[:2]): parts[2]
        for parts in (str(item).split(":") for item in choices.get(6, {}).get("channels") or ())
        if len(parts) > 2
    }
    felt = {key: step.emotion for key, step in (file.steps if file else {}).items() if step.emotion is not None}
    return {
        "moments": {key: brief.step_of(key) for key in moments},
        "insights": insights,
        "channels": states,
        "felt": felt,
        "capabilities": dict(zip(capabilities["capability_id"], capabilities["owner"], strict=True)),
        "scale": (0.0, 10.0),
    }


def evidence_of(
    kept: Mapping[str, pd.DataFrame],
    placed: pd.DataFrame,
    expected: pd.DataFrame,
    *,
    step_of: Mapping[str, str],
    moments: Mapping[str, str],
) -> dict[str, pd.DataFrame]:
    """What earlier stages and the client's lists say of each step, as `journey_cells` reads it; every table has a step.

    kept: steps (of stage 3: step, n, estimate, benchmark_share), moments (of stage 4: moment, n), evidence (of stage 5:
    question, moment, n), insights (touchpoint, code), channels (of stage 6: moment, channel, state, selection_share),
    capabilities (the client's list). placed: from `met_both_ways`. moments: touchpoint → step of the decided ones.
    """
    counted = kept["evidence"][kept["evidence"]["question"].eq("say")].set_index("moment")["n"].to_dict()
    said = kept["insights"].assign(step=kept["insights"]["touchpoint"].map(dict(step_of)))
    said["n"] = said["touchpoint"].map(counted).fillna(0)
    persons = kept["moments"].set_index("moment")["n"].to_dict()
    decided = pd.DataFrame({"code": list(moments), "step": list(moments.values())}, dtype="str")
    decided["n"] = decided["code"].map(persons).fillna(0)
    chosen = kept["channels"][kept["channels"]["state"].eq("in")]
    chosen = chosen.assign(step=chosen["moment"].map(dict(step_of))).rename(columns={"channel": "code"})
    held = kept["capabilities"].assign(step=kept["capabilities"]["touchpoint"].map(dict(step_of)).fillna(""))
    return {
        "channels": placed[placed["by"].eq("channel")],
        "touchpoints": placed[placed["by"].eq("touchpoint")],
        "expected": expected,
        "onward": kept["steps"][["step", "estimate", "n", "benchmark_share"]],
        "said": said,
        "moments": decided,
        "chosen": chosen.sort_values("selection_share"),
        "capabilities": held.fillna({"owner": ""}),
    }


def insights_of(choice: Mapping[str, Any]) -> pd.DataFrame:
    """The insights that stage 5 decided: touchpoint, code (theme)."""
    pairs = [str(item).partition(":")[::2] for item in choice.get("insights") or ()]
    return pd.DataFrame(pairs, columns=["touchpoint", "code"], dtype="str")


def lived(responses: pd.DataFrame, *, step_of: Mapping[str, str], scale: tuple[float, float]) -> pd.DataFrame:
    """Mean csat of each funnel step's touchpoints, on −2 … +2: step, estimate, low, high, n (answers), unit."""
    asked = responses[responses["question"].eq("csat") & responses["score"].notna()]
    middle, half = (scale[0] + scale[1]) / 2, (scale[1] - scale[0]) / 2
    emotion = (asked["score"] - middle) / half * SPAN
    rows = []
    for step, values in emotion.groupby(asked["touchpoint"].map(dict(step_of))):
        estimate, low, high = mean_t(values)
        rows.append({"step": step, "estimate": estimate, "low": low, "high": high, "n": len(values), "unit": "score"})
    return pd.DataFrame(rows, columns=["step", "estimate", "low", "high", "n", "unit"])


def journey(
    steps: pd.DataFrame, today: pd.DataFrame, chosen: pd.DataFrame, *, context: Mapping[str, Any], evidence_n: int = 30
) -> pd.DataFrame:
    """One row per funnel step, in order, for the journey map and the service blueprint.

    steps: step, phase. today: from `lived`. chosen: the ideas that were chosen, with their step. context: moments
    (touchpoint → step), scale (of expects_score, 0–10), insights (touchpoint → what customers say there), channels
    ("touchpoint:channel" → in | later), capabilities (capability_id → owner). to_be is a judgement: what the chosen
    experience has to exceed, never below as_is. grade: measured (n ≥ evidence_n) | observed | assumed (nothing asked).
    Where nothing was asked, as_is is what people wrote of the step (context felt: step → emotion), else blank.
    """
    known = today.set_index("step")
    rows = []
    for row in steps.to_dict("records"):
        here = known.loc[row["step"]].to_dict() if row["step"] in known.index else {}
        rows.append({**_step(row, chosen[chosen["step"].eq(row["step"])], context), **_emotion(here, evidence_n)})
    table = pd.DataFrame(rows, columns=COLUMNS)
    felt = table["step"].map(dict(context.get("felt", {}))).astype(float)
    table["as_is"] = table["as_is"].astype(float).fillna(felt)
    aimed = chosen.groupby("step")["expects_score"].max() if len(chosen) else pd.Series(dtype=float)
    low, high = context["scale"]
    goal = (table["step"].map(aimed).astype(float) - (low + high) / 2) / ((high - low) / 2) * SPAN
    table["to_be"] = np.fmax(table["as_is"].astype(float), goal.where(goal.notna(), table["as_is"].astype(float)))
    return table


def _step(row: Mapping[Any, Any], ideas: pd.DataFrame, context: Mapping[str, Any]) -> dict[str, object]:
    """What one step holds besides its emotion."""
    moments = [touchpoint for touchpoint, step in context["moments"].items() if step == row["step"]]
    ways = [
        key.split(":")[1]
        for key, state in context["channels"].items()
        if key.split(":")[0] in moments and state == "in"
    ]
    needs = [key for cell in ideas.get("capability", []) for key in _ids(cell)]
    owners = [str(context["capabilities"].get(key) or "") for key in needs]
    return {
        "phase": row["phase"],
        "step": row["step"],
        "moments": ";".join(moments),
        "experiences": _joined(ideas["idea_id"]),
        "doing": _joined(ideas["action"]),
        "feeling": _joined(ideas["emotion"]),
        "channels": ";".join(dict.fromkeys(ways)),
        "pain": ";".join(dict.fromkeys(context["insights"].get(key, "") for key in moments)).strip(";"),
        "backstage": ";".join(dict.fromkeys(needs)),
        "owners": ";".join(dict.fromkeys(owner for owner in owners if owner)),
    }


def _emotion(here: Mapping[Any, Any], evidence_n: int) -> dict[str, object]:
    """What is lived at one step, with its grade."""
    n = int(here.get("n", 0))
    grade = "measured" if n >= evidence_n else "observed" if n else "assumed"
    return {
        "as_is": here.get("estimate", np.nan),
        "low": here.get("low", np.nan),
        "high": here.get("high", np.nan),
        "n": n,
        "grade": grade,
    }


def _joined(cells: pd.Series) -> str:
    return ";".join(dict.fromkeys(str(cell) for cell in cells.dropna()))


def _ids(cell: object) -> list[str]:
    return [key.strip() for key in cell.split(";") if key.strip()] if isinstance(cell, str) else []
