"""What customers write about: themes by an editable codebook, and how much more often the unhappy write of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.facts import EVIDENCE_N
from cxlib.stages.information_search.codebook import IDIOMS, LANGUAGES, Codebook
from cxlib.statistics.intervals import detectable, newcombe, share_row, tidy

GROUPS = ("promoters", "passives", "detractors")
PROMOTER_FROM, DETRACTOR_TO = 0.9, 0.6  # 9–10 and 0–6 of 0–10; on 1–5 this is the 5 and the 1–3
ROUNDING = 1e-9  # a score that lies on a bound must not fall off it
FALSE_DISCOVERIES = 0.05  # share of the themes called real that may be so by chance


def plain(texts: pd.Series) -> pd.Series:
    """Texts in small letters, without accents or punctuation: what stems are looked for in."""
    lower = texts.fillna("").astype("str").str.lower().str.normalize("NFKD")
    ascii_only = lower.str.encode("ascii", "ignore").str.decode("ascii").astype("str")
    return ascii_only.str.replace(r"[^a-z0-9]+", " ", regex=True).str.strip()


def rating_share(verbatims: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> pd.Series:
    """The rating given with each text as a share 0–1 of its question's scale (0–10 when not given), or blank."""
    limits = verbatims["score_question"].fillna("").map(lambda question: scales.get(question, (0.0, 10.0)))
    lowest, highest = limits.str[0].astype(float), limits.str[1].astype(float)
    return ((verbatims["score"].astype(float) - lowest) / (highest - lowest)).clip(0, 1).rename("rating_share")


def rating_group(ratings: pd.Series) -> pd.Series:
    """promoters (≥ 0.9 of the scale), passives, detractors (≤ 0.6) or "" for each rating (a share 0–1 of its scale)."""
    high, low = ratings >= PROMOTER_FROM - ROUNDING, ratings <= DETRACTOR_TO + ROUNDING
    named = np.select([high, low, ratings.notna()], ["promoters", "detractors", "passives"], "")
    return pd.Series(named, ratings.index, dtype="str", name="group")


def find_themes(texts: pd.Series, languages: pd.Series, codebook: Codebook) -> pd.DataFrame:
    """Which theme each text speaks of: one row per text, one boolean column per theme, index as given.

    A text is read with the words of its language; with those of all three when its language cannot be told or the theme
    has none in it; not at all in a language for which there are no words.
    """
    words, found = plain(texts).str.replace(pattern(IDIOMS), " ", regex=True), {}
    for theme, spoken in codebook.items():
        hit = pd.Series(False, index=texts.index)
        every = [stem for stems in spoken.values() for stem in stems]
        untold = ~languages.isin(list(spoken)) & languages.isin(["", *LANGUAGES])
        for rows, stems in [*((languages == language, stems) for language, stems in spoken.items()), (untold, every)]:
            if rows.any() and stems:
                hit |= rows & words.str.contains(pattern(stems), regex=True)
        found[theme] = hit
    return pd.DataFrame(found, index=texts.index)


def theme_prevalence(themes: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Share of texts that speak of each theme, for everyone ("all") and by group of raters.

    themes: boolean, from `find_themes`; groups: from `rating_group`. Columns theme, group, count, estimate, low, high
    (Wilson 1927), n (texts of the group), unit share; a group without texts has no rows.
    """
    parts = {"all": themes} | {group: themes[groups == group] for group in GROUPS}
    rows = [
        {"theme": theme, "group": group, "count": int(inside[theme].sum())}
        | share_row(int(inside[theme].sum()), len(inside))
        for group, inside in parts.items()
        for theme in (themes.columns if len(inside) else ())
    ]
    return tidy(["theme", "group", "count"], rows)


def theme_difference(themes: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """Detractors' share minus promoters' share of the texts that speak of each theme, widest first.

    Columns theme, estimate, low, high (Newcombe 1998, method 10), n (smaller group), unit pp, detectable, p (score
    test), q (Benjamini & Hochberg 1995 over all themes), verdict: real (q ≤ 0.05) | not shown | cannot tell (a group
    under the evidence gate). Empty when one of the groups wrote nothing.
    """
    unhappy, happy = themes[groups == "detractors"], themes[groups == "promoters"]
    n = min(len(unhappy), len(happy))
    if n == 0:
        return tidy(["theme"]).assign(detectable=[], p=[], q=[], verdict=[])
    rows = [_apart(theme, unhappy[theme], happy[theme]) | {"n": n, "unit": "pp"} for theme in themes.columns]
    table = pd.DataFrame(rows, columns=["theme", "estimate", "low", "high", "n", "unit", "detectable", "p"])
    table["q"] = stats.false_discovery_control(table["p"])
    told = np.where(table["q"] <= FALSE_DISCOVERIES, "real", "not shown")
    table["verdict"] = told if n >= EVIDENCE_N else "cannot tell"
    return table.sort_values("estimate", ascending=False, kind="stable", ignore_index=True)


def _apart(theme: str, one: pd.Series, other: pd.Series) -> dict[str, object]:
    """Share of one group minus that of the other, with Newcombe's interval and the p of the score test."""
    counts = (int(one.sum()), len(one)), (int(other.sum()), len(other))
    estimate, low, high = newcombe(*counts)
    row = {"theme": theme, "estimate": estimate, "low": low, "high": high, "detectable": detectable(low, high)}
    return row | {"p": two_shares_p(*counts[0], *counts[1])}


def two_shares_p(x1: int, n1: int, x2: int, n2: int) -> float:
    """Two-sided p of the pooled score test of equal shares; 1 when nothing varies."""
    pooled = (x1 + x2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    return 1.0 if variance == 0 else float(2 * stats.norm.sf(abs(x1 / n1 - x2 / n2) / np.sqrt(variance)))


def coverage(themes: pd.DataFrame) -> dict[str, object]:
    """Share of texts that at least one theme covers, as a tidy row (estimate, low, high, n, unit)."""
    return share_row(int(themes.any(axis=1).sum()), len(themes))


def pattern(stems: Iterable[str]) -> str:
    """One expression for all stems of a theme: `*` stands for any ending; accents and capitals do not matter."""
    letters = {unicodedata.normalize("NFKD", stem.lower()).encode("ascii", "ignore").decode() for stem in stems}
    endless = sorted(re.escape(stem).replace(r"\*", "[a-z0-9]*").replace(r"\ ", " ") for stem in letters)
    return r"\b(?:" + "|".join(endless) + r")\b"
