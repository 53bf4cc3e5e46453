"""What is known and what can be done at each moment: the evidence inventory and the capability inventory."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

SOURCES = ("responses", "verbatims", "interactions", "benchmarks", "capabilities")
CAPABILITY_KINDS = ("people", "process", "technology", "data", "legal")


def capability_inventory(capabilities: pd.DataFrame, moments: Sequence[str]) -> pd.DataFrame:
    """What the company can do at each moment: yes, no or unknown for people, process, technology, data and legal.

    A capability without touchpoint counts for every moment. no = one is missing; unknown = one is not known, or none
    was named at all: unknown is not viable yet. Columns moment, people, process, technology, data, legal, viable (yes
    | no | unknown), n_capabilities.
    """
    rows = []
    for moment in moments:
        place = capabilities["touchpoint"].fillna("")
        inside = capabilities[(place == moment) | (place == "")]
        states = {kind: _state(inside.loc[inside["kind"] == kind, "available"]) for kind in CAPABILITY_KINDS}
        rows.append(
            {"moment": moment, **states, "viable": _worst(list(states.values())), "n_capabilities": len(inside)}
        )
    return pd.DataFrame(rows, columns=["moment", *CAPABILITY_KINDS, "viable", "n_capabilities"])


def available_capabilities(capabilities: pd.DataFrame) -> list[str]:
    """Ids of the capabilities that stand ready, in order."""
    return sorted(capabilities.loc[capabilities["available"].fillna("") == "yes", "capability_id"].astype(str))


def evidence_inventory(tables: Mapping[str, pd.DataFrame], moments: Sequence[str], *, gate_n: int = 30) -> pd.DataFrame:
    """How much is known of each question, by source and moment.

    tables: responses, verbatims, interactions, benchmarks, capabilities. Columns question, source, moment, n (persons,
    or entries for benchmarks and capabilities), level: measured (n ≥ gate_n, for entries ≥ 1) | observed | gap.
    """
    rows = []
    for question, (source, rule, gated) in _QUESTIONS.items():
        table = tables.get(source, pd.DataFrame())
        for moment in moments:
            n = rule(table, moment) if len(table) else 0
            enough = gate_n if gated else 1
            rows.append((question, source, moment, n, "measured" if n >= enough else "observed" if n else "gap"))
    return pd.DataFrame(rows, columns=["question", "source", "moment", "n", "level"])


def insight_table(
    theme_tone: pd.DataFrame, moments: pd.DataFrame, *, minimum: int = 8, per_moment: int = 2
) -> pd.DataFrame:
    """The themes that carry each moment: of its texts, the most frequent in the tone the moment's role is about.

    theme_tone: columns touchpoint, theme, n_negative, n_positive, n; moments: from `moment_table`. A delight is
    carried by what is praised, a repair or trigger by what is complained of; at least half of the texts on the theme
    have that tone. Columns moment, role, theme, tone, count (texts in that tone, at least `minimum`), n (texts on the
    theme at the moment).
    """
    parts = []
    for moment, role in zip(moments["moment"], moments["role"], strict=True):
        tone = "positive" if role == "delight" else "negative"
        told = theme_tone[theme_tone["touchpoint"] == moment]
        told = told.assign(moment=moment, role=role, tone=tone, count=told[f"n_{tone}"])
        told = told[(told["count"] >= minimum) & (2 * told["count"] >= told["n"])].sort_values(
            ["count", "theme"], ascending=[False, True]
        )
        parts.append(told[["moment", "role", "theme", "tone", "count", "n"]].head(per_moment))
    columns = ["moment", "role", "theme", "tone", "count", "n"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)


def _state(available: pd.Series) -> str:
    return (
        _worst(list(available.fillna("unknown").where(available.isin(["yes", "no"]), "unknown")))
        if len(available)
        else "unknown"
    )


def _worst(states: Sequence[str]) -> str:
    return "no" if "no" in states else "unknown" if "unknown" in states or not states else "yes"


def _asked(question: str) -> Callable[[pd.DataFrame, str], int]:
    """Counts the respondents who answered a question at a moment."""

    def count(table: pd.DataFrame, moment: str) -> int:
        rows = table[
            (table["question"] == question) & (table["touchpoint"].fillna("") == moment) & table["score"].notna()
        ]
        return int(rows["respondent_id"].nunique())

    return count


def _persons(key: str) -> Callable[[pd.DataFrame, str], int]:
    """Counts the persons with a row at a moment."""

    def count(table: pd.DataFrame, moment: str) -> int:
        return int(table.loc[table["touchpoint"].fillna("") == moment, key].nunique())

    return count


def _entries(table: pd.DataFrame, moment: str) -> int:
    return int((table["touchpoint"].fillna("") == moment).sum())


_QUESTIONS: Mapping[str, tuple[str, Callable[[pd.DataFrame, str], int], bool]] = {
    "expect": ("responses", _asked("expectation"), True),
    "live": ("responses", _asked("csat"), True),
    "remember": ("responses", _asked("memory"), True),
    "matter": ("responses", _asked("importance"), True),
    "say": ("verbatims", _persons("respondent_id"), True),
    "do": ("interactions", _persons("customer_id"), True),
    "others": ("benchmarks", _entries, False),
    "can": ("capabilities", _entries, False),
}
