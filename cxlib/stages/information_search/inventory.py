"""What is known and what can be done at each moment: the evidence and the capability inventory, and the insights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from cxlib.facts import EVIDENCE_N
from cxlib.stages.information_search.texts import Texts

CAPABILITY_KINDS = ("people", "process", "technology", "data", "legal")
INSIGHTS = ["moment", "role", "theme", "tone", "count", "n"]
PER_MOMENT = 2  # insights that a moment hands on
COUNTED = {"verbatims": "respondent_id", "interactions": "customer_id"}  # persons behind a row
ENTRIES = ("benchmarks", "capabilities")  # rows that are no persons: one is enough to know something
QUESTIONS: Mapping[str, tuple[str, str]] = {  # question → source, and what the answers asked
    "expect": ("responses", "expectation"),
    "live": ("responses", "csat"),
    "remember": ("responses", "memory"),
    "matter": ("responses", "importance"),
    "say": ("verbatims", ""),
    "do": ("interactions", ""),
    "others": ("benchmarks", ""),
    "can": ("capabilities", ""),
}


def capability_inventory(capabilities: pd.DataFrame, moments: Sequence[str]) -> pd.DataFrame:
    """What the company can do at each moment: yes, no or unknown for people, process, technology, data and legal.

    A capability without touchpoint counts for every moment. no = one is missing; unknown = one is not known, or none
    was named at all: unknown is not viable yet. Columns moment, people, process, technology, data, legal, viable (yes
    | no | unknown), n_capabilities.
    """
    place = capabilities["touchpoint"].fillna("")
    rows = []
    for moment in moments:
        inside = capabilities[(place == moment) | (place == "")]
        states = {kind: _worst(inside.loc[inside["kind"] == kind, "available"]) for kind in CAPABILITY_KINDS}
        viable = _worst(pd.Series(states))
        rows.append({"moment": moment, **states, "viable": viable, "n_capabilities": len(inside)})
    return pd.DataFrame(rows, columns=["moment", *CAPABILITY_KINDS, "viable", "n_capabilities"])


def available_capabilities(capabilities: pd.DataFrame) -> list[str]:
    """Ids of the capabilities that stand ready, in order."""
    return sorted(capabilities.loc[capabilities["available"] == "yes", "capability_id"].astype(str))


def evidence_inventory(table_of: Callable[[str], pd.DataFrame], moments: Sequence[str]) -> pd.DataFrame:
    """How much is known of each question, by source and moment.

    table_of: a table by its name (responses, verbatims, interactions, benchmarks, capabilities), e.g. `stage.table`.
    Columns question, source, moment, n (persons, or entries for benchmarks and capabilities), level: measured (n at the
    evidence gate, for entries ≥ 1) | observed | gap.
    """
    rows = []
    for question, (source, asked) in QUESTIONS.items():
        counts = _counted(table_of(source), source, asked)
        enough = 1 if source in ENTRIES else EVIDENCE_N
        for moment in moments:
            n = int(counts.get(moment, 0))
            known = "measured" if n >= enough else "observed"
            rows.append((question, source, moment, n, known if n else "gap"))
    return pd.DataFrame(rows, columns=["question", "source", "moment", "n", "level"])


def insights(texts: Texts, moments: pd.DataFrame, *, minimum: int = 8) -> pd.DataFrame:
    """The themes that carry each moment: of its texts, the most frequent in the tone the moment's role is about.

    texts: from `read_texts`; moments: from `moment_table`. A delight is carried by what is praised, a repair or trigger
    by what is complained of; at least half of the texts on the theme have that tone. Columns moment, role, theme, tone,
    count (texts in that tone, at least `minimum`), n (texts on the theme at the moment); at most two themes a moment.
    """
    parts = []
    for moment, role in zip(moments["moment"], moments["role"], strict=True):
        tone = "positive" if role == "delight" else "negative"
        here = texts.rows["touchpoint"] == moment
        counts = {"count": texts.themes[here & (texts.rows["tone"] == tone)].sum(), "n": texts.themes[here].sum()}
        told = pd.DataFrame(counts).rename_axis("theme").reset_index().assign(moment=moment, role=role, tone=tone)
        carrying = told[(told["count"] >= minimum) & (2 * told["count"] >= told["n"])]
        parts.append(carrying.sort_values(["count", "theme"], ascending=[False, True]).head(PER_MOMENT))
    return pd.concat(parts, ignore_index=True)[INSIGHTS] if parts else pd.DataFrame(columns=INSIGHTS)


def _worst(states: pd.Series) -> str:
    """no when one is missing; unknown when one is neither yes nor no, or there is none; else yes."""
    if states.eq("no").any():
        return "no"
    return "yes" if len(states) and states.eq("yes").all() else "unknown"


def _counted(table: pd.DataFrame, source: str, asked: str) -> dict[str, int]:
    """Persons, or entries, of a table by touchpoint; of the answers those to one question."""
    if table.empty:
        return {}
    if source == "responses":
        table = table[(table["question"] == asked) & table["score"].notna()]
    places = table.groupby(table["touchpoint"].fillna(""))
    counts = places.size() if source in ENTRIES else places[COUNTED.get(source, "respondent_id")].nunique()
    return {str(place): int(n) for place, n in counts.items()}
