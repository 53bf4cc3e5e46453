"""What customers write about: themes by an editable codebook, their prevalence, and what the codebook does not cover."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import stats

from cxlib.statistics.intervals import detectable, newcombe, tidy, wilson

Words = Mapping[str, Mapping[str, tuple[str, ...]]]
GROUPS = ("promoters", "passives", "detractors")
PROMOTER_FROM, DETRACTOR_TO = 0.9, 0.6  # 9–10 and 0–6 of 0–10; on 1–5 this is the 5 and the 1–3
GATE_N = 30  # texts a group needs before a difference is called real (the brief's evidence_n can raise it)
QUOTE_LENGTH = 160  # characters
_WORD = re.compile(r"[a-z]{4,}")
_STOP_WORDS = """
    about after again also because been before being could from have more very were what when which with would your they
    them then there this that than their just only will into
    para pero porque que como cuando con del desde esta este estas estos fue han hasta los las muy nos por sin sobre son
    sus todo todos una donde
    muito mais mas nao ser foi isso pela pelo meus minha meu minhas tudo ainda quando onde ela eles mesmo
"""
STOP = frozenset(_STOP_WORDS.split())


def plain(texts: pd.Series) -> pd.Series:
    """Texts in small letters, without accents or punctuation: what stems are looked for in."""
    lower = texts.fillna("").astype("str").str.lower().str.normalize("NFKD")
    ascii_only = lower.str.encode("ascii", "ignore").str.decode("ascii").astype("str")
    return ascii_only.str.replace(r"[^a-z0-9]+", " ", regex=True).str.strip()


def rating_share(verbatims: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> pd.Series:
    """The rating given with each text as a share 0–1 of its question's scale (0–10 when not given); blank stays blank."""
    limits = verbatims["score_question"].fillna("").map(lambda question: scales.get(question, (0.0, 10.0)))
    lowest, highest = (limits.map(lambda pair, side=side: float(pair[side])).astype(float) for side in (0, 1))
    return ((verbatims["score"].astype(float) - lowest) / (highest - lowest)).clip(0, 1).rename("rating_share")


def rating_group(ratings: pd.Series) -> pd.Series:
    """promoters (≥ 0.9 of the scale), passives, detractors (≤ 0.6) or "" for each rating as a share 0–1 of its scale."""
    group = pd.Series("", index=ratings.index, dtype="str")
    group = group.mask(ratings.notna(), "passives").mask(ratings >= PROMOTER_FROM - 1e-9, "promoters")
    return group.mask(ratings <= DETRACTOR_TO + 1e-9, "detractors").astype("str").rename("group")


def find_themes(texts: pd.Series, languages: pd.Series, codebook: Words) -> pd.DataFrame:
    """Which theme each text speaks of: one row per text, one boolean column per theme, index as given.

    A text is read with the words of its language; with those of all three when its language cannot be told.
    """
    words, found = plain(texts), {}
    for theme, spoken in codebook.items():
        hit = pd.Series(False, index=texts.index)
        for language in [*spoken, ""]:
            stems = spoken[language] if language else [stem for stems in spoken.values() for stem in stems]
            rows = (languages == language) if language else ~languages.isin(list(spoken))
            if rows.any() and stems:
                hit |= rows & words.str.contains(_pattern(stems), regex=True)
        found[theme] = hit
    return pd.DataFrame(found, index=texts.index)


def theme_prevalence(
    themes: pd.DataFrame, groups: pd.Series, *, by: tuple[str, ...] = GROUPS, confidence: float = 0.95
) -> pd.DataFrame:
    """Share of texts that speak of each theme, for everyone ("all") and by group, with Wilson intervals.

    Columns theme, group, count, estimate, low, high, n (texts of the group), unit share. Wilson (1927).
    """
    rows: list[dict[str, object]] = []
    for group in ("all", *by):
        inside = themes if group == "all" else themes[groups == group]
        for theme in themes.columns:
            count, n = int(inside[theme].sum()), len(inside)
            share, low, high = wilson(count, n, confidence=confidence)
            rows.append({"theme": theme, "group": group, "count": count, "estimate": share, "low": low, "high": high,
                         "n": n, "unit": "share"})  # fmt: skip
    return tidy(["theme", "group", "count"], [row for row in rows if row["n"]])


def theme_difference(themes: pd.DataFrame, groups: pd.Series, *, gate_n: int = GATE_N) -> pd.DataFrame:
    """Detractors' share minus promoters' share per theme, widest first.

    Columns theme, estimate, low, high (Newcombe 1998, method 10), n (smaller group), unit, detectable, p (score test), q
    (Benjamini & Hochberg 1995 over all themes), verdict: real (q ≤ 0.05) | not shown | cannot tell (a group under
    `gate_n`).
    """
    low_raters, high_raters = themes[groups == "detractors"], themes[groups == "promoters"]
    n = min(len(low_raters), len(high_raters))
    if n == 0:
        return tidy(["theme"]).assign(detectable=[], p=[], q=[], verdict=[])
    rows: list[dict[str, object]] = []
    for theme in themes.columns:
        counts = (int(low_raters[theme].sum()), len(low_raters), int(high_raters[theme].sum()), len(high_raters))
        estimate, low, high = newcombe(counts[:2], counts[2:])
        rows.append({"theme": theme, "estimate": estimate, "low": low, "high": high, "n": n, "unit": "pp",
                     "detectable": detectable(low, high), "p": two_shares_p(*counts)})  # fmt: skip
    table = tidy(["theme"], rows)
    table["q"] = stats.false_discovery_control(table["p"])
    table["verdict"] = np.where(table["q"] <= 0.05, "real", "not shown") if n >= gate_n else "cannot tell"
    return table.sort_values("estimate", ascending=False, kind="stable").reset_index(drop=True)


def two_shares_p(x1: int, n1: int, x2: int, n2: int) -> float:
    """Two-sided p of the pooled score test of equal shares; 1 when nothing varies."""
    pooled = (x1 + x2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    return 1.0 if variance == 0 else float(2 * stats.norm.sf(abs(x1 / n1 - x2 / n2) / np.sqrt(variance)))


def theme_tone(themes: pd.DataFrame, tones: pd.Series, touchpoints: pd.Series, *, minimum: int = 1) -> pd.DataFrame:
    """Per touchpoint and theme: texts and the share of them in a negative tone, most texts first.

    Columns touchpoint, theme, n_negative, n_positive, estimate (share negative), low, high, n (texts), unit. Rows under
    `minimum` texts are left out.
    """
    rows: list[dict[str, object]] = []
    for touchpoint, inside in themes.groupby(touchpoints, sort=True):
        tone = tones[inside.index]
        for theme in themes.columns:
            spoken = tone[inside[theme]]
            negative, n = int((spoken == "negative").sum()), len(spoken)
            share, low, high = wilson(negative, n)
            rows.append({"touchpoint": touchpoint, "theme": theme, "n_negative": negative,
                         "n_positive": int((spoken == "positive").sum()), "estimate": share, "low": low, "high": high,
                         "n": n, "unit": "share"})  # fmt: skip
    table = tidy(["touchpoint", "theme", "n_negative", "n_positive"], rows)
    table = table[table["n"] >= max(minimum, 1)]
    return table.sort_values(["n", "theme"], ascending=[False, True], kind="stable").reset_index(drop=True)


def uncovered(texts: pd.Series, themes: pd.DataFrame, *, top: int = 12) -> pd.DataFrame:
    """The words most often used in texts that no theme covers: what the codebook may be missing.

    Columns word, count (texts with the word), estimate (share of the uncovered texts), low, high, n, unit.
    """
    rest = plain(texts)[~themes.any(axis=1)] if len(themes.columns) else plain(texts)
    rest = rest[rest.str.len() > 0]
    words = rest.map(lambda text: sorted(set(_WORD.findall(text)) - STOP)).explode().dropna()
    rows: list[dict[str, object]] = []
    for word, count in words.value_counts().sort_index().sort_values(ascending=False, kind="stable").head(top).items():
        share, low, high = wilson(int(count), len(rest))
        rows.append({"word": word, "count": int(count), "estimate": share, "low": low, "high": high, "n": len(rest),
                     "unit": "share"})  # fmt: skip
    return tidy(["word", "count"], rows)


def coverage(themes: pd.DataFrame) -> dict[str, float | str]:
    """Share of texts that at least one theme covers, as a tidy row (estimate, low, high, n, unit)."""
    share, low, high = wilson(int(themes.any(axis=1).sum()), len(themes))
    return {"estimate": share, "low": low, "high": high, "n": len(themes), "unit": "share"}


def evidence_words(texts: pd.Series, themes: pd.DataFrame, codebook: Words, *, top: int = 4) -> pd.DataFrame:
    """The forms in which each theme's stems occur most often in its texts: columns item (theme), words ("late,
    delayed")."""
    words, rows = plain(texts), []
    for theme in themes.columns:
        stems = [stem for spoken in codebook[theme].values() for stem in spoken]
        found = words[themes[theme]].str.findall(_pattern(stems)).explode().dropna()
        counted = found.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        rows.append((theme, ", ".join(str(word) for word in counted.head(top).index)))
    return pd.DataFrame(rows, columns=["item", "words"])


def quotes(
    redacted: pd.Series, themes: pd.DataFrame, groups: pd.Series, respondents: pd.Series, *, minimum: int = 8
) -> pd.DataFrame:
    """One short quote per theme and group, only where at least `minimum` persons of the group wrote about the theme.

    redacted: texts after `redaction.redact`; groups: any grouping of texts, e.g. by tone ("" is left out). Columns
    group, theme, quote, n (persons), most persons first. The quote is the text of middle length: neither the loudest
    nor the first.
    """
    rows = []
    for group in sorted(set(groups) - {""}):
        for theme in themes.columns:
            texts = redacted[(groups == group) & themes[theme] & (redacted.str.strip() != "")]
            n = int(respondents[texts.index].nunique())
            if n >= minimum:
                ordered = texts.loc[texts.str.len().sort_values(kind="stable").index]
                rows.append((group, theme, _short(str(ordered.iloc[len(ordered) // 2])), n))
    table = pd.DataFrame(rows, columns=["group", "theme", "quote", "n"])
    return table.sort_values(["group", "n"], ascending=[True, False], kind="stable").reset_index(drop=True)


def _short(text: str, length: int = QUOTE_LENGTH) -> str:
    """The text on one line, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[:length].rsplit(" ", 1)[0] + " …"


def _pattern(stems: tuple[str, ...] | list[str]) -> str:
    """One expression for all stems of a theme: `*` stands for any ending."""
    plain_stems = sorted({re.escape(stem.lower()).replace(r"\*", "[a-z0-9]*").replace(r"\ ", " ") for stem in stems})
    return r"\b(?:" + "|".join(plain_stems) + r")\b"
