"""What an idea is to customers: expected, wanted, delightful, or indifferent (Kano et al. 1984)."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import wilson

CATEGORIES = ("attractive", "one_dimensional", "must_be", "indifferent", "reverse", "questionable")
# rows: functional answer, columns: dysfunctional answer, both from 1 (like) to 5 (dislike); Berger et al. 1993
_GRID = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
_LETTERS = dict(zip("AOMIRQ", CATEGORIES, strict=True))
COLUMNS = [
    "idea_id",
    "category",
    "second",
    "n",
    *(f"{name}_share" for name in CATEGORIES),
    "better",
    "better_low",
    "better_high",
    "worse",
    "worse_low",
    "worse_high",
    "verdict",
]
DIRECTIONAL_N, FIRM_N = 30, 100  # below 30 no category, below 100 a direction only (Berger et al. 1993)
FONG_Z = 1.65  # two categories closer than this many standard errors are one mixed class (Fong 1996)
QUESTIONABLE_SHARE = 0.05  # more contradictory answers than this: the question was not understood (convention)


def kano_class(functional: float, dysfunctional: float) -> str:
    """The category of one pair of answers, each from 1 (I like it) to 5 (I dislike it); "" when one is missing."""
    pair = (functional, dysfunctional)
    if any(answer != answer or not 1 <= answer <= 5 for answer in pair):
        return ""
    return _LETTERS[_GRID[int(pair[0]) - 1][int(pair[1]) - 1]]


def kano(answers: pd.DataFrame) -> pd.DataFrame:
    """The category of each idea with its doubt, most answered first category wins only when the Fong test agrees.

    answers: idea_id, functional, dysfunctional. better = (A + O)/(A + O + M + I): share of those who would be pleased;
    worse = (O + M)/(A + O + M + I): share of those who would miss it; both with Wilson intervals. verdict: real (the first
    category stands apart) | mixed (|a − b| < 1.65 √((a + b)(2n − a − b)/2n)) | directional (n < 100) | not understood (more
    than 5 % contradictory) | cannot tell (n < 30). Returns one row per idea, best first by better.
    """
    rows = [_idea(str(idea), held) for idea, held in answers.groupby("idea_id", sort=True)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(["better", "idea_id"], ascending=[False, True], ignore_index=True)


def fong_apart(first: float, second: float, n: float) -> bool:
    """Whether the two most frequent categories (counts out of n) stand apart by the test of Fong (1996)."""
    return n > 0 and abs(first - second) >= FONG_Z * math.sqrt((first + second) * (2 * n - first - second) / (2 * n))


def _idea(idea: str, held: pd.DataFrame) -> dict[str, object]:
    """One idea."""
    classes = [kano_class(*pair) for pair in zip(held["functional"], held["dysfunctional"], strict=True)]
    known = pd.Series([name for name in classes if name], dtype="str")
    counts = known.value_counts().reindex(list(CATEGORIES), fill_value=0)
    n = int(counts.sum())
    ranked = counts[:5].sort_values(ascending=False, kind="stable")
    named = int(counts[:4].sum())
    better = wilson(int(counts["attractive"] + counts["one_dimensional"]), named)
    worse = wilson(int(counts["one_dimensional"] + counts["must_be"]), named)
    shares = {f"{name}_share": counts[name] / n if n else np.nan for name in CATEGORIES}
    return {
        "idea_id": idea,
        "category": str(ranked.index[0]) if n >= DIRECTIONAL_N else "",
        "n": n,
        **shares,
        "second": str(ranked.index[1]) if n >= DIRECTIONAL_N else "",
        **_ends("better", better),
        **_ends("worse", worse),
        "verdict": _verdict(counts, ranked, n),
    }


def _verdict(counts: pd.Series, ranked: pd.Series, n: int) -> str:
    """How far the first category may be believed."""
    if n < DIRECTIONAL_N:
        return "cannot tell"
    if counts["questionable"] / n > QUESTIONABLE_SHARE:
        return "not understood"
    if not fong_apart(float(ranked.iloc[0]), float(ranked.iloc[1]), n):
        return "mixed"
    return "real" if n >= FIRM_N else "directional"


def _ends(name: str, interval: tuple[float, float, float]) -> dict[str, object]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), interval, strict=True))
