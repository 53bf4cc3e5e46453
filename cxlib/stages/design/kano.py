"""What an idea is to customers: expected, wanted, delightful, or indifferent (Kano et al. 1984)."""

from __future__ import annotations

import math

import pandas as pd

from cxlib.facts import EVIDENCE_N
from cxlib.statistics.intervals import wilson

CATEGORIES = ("attractive", "one_dimensional", "must_be", "indifferent", "reverse", "questionable")
# rows: functional answer, columns: dysfunctional answer, both from 1 (like) to 5 (dislike); Berger et al. 1993
_GRID = ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ")
_LETTERS = dict(zip("AOMIRQ", CATEGORIES, strict=True))
_ENDS = [f"{name}{end}" for name in ("better", "worse") for end in ("", "_low", "_high")]
COLUMNS = ["idea_id", "category", "second", "n", *_ENDS, "verdict"]
FIRM_N = 100  # below 30 (EVIDENCE_N) no category, below 100 a direction only (Berger et al. 1993)
FONG_Z = 1.65  # two categories closer than this many standard errors are one mixed class (Fong 1996)
QUESTIONABLE_SHARE = 0.05  # more contradictory answers than this: the question was not understood (convention)


def kano_class(functional: float, dysfunctional: float) -> str:
    """The category of one pair of answers, each from 1 (I like it) to 5 (I dislike it); "" when one is missing."""
    known = all(1 <= answer <= 5 for answer in (functional, dysfunctional))
    return _LETTERS[_GRID[int(functional) - 1][int(dysfunctional) - 1]] if known else ""


def kano(answers: pd.DataFrame) -> pd.DataFrame:
    """The category of each idea with its doubt; the most frequent one stands alone only when the Fong test agrees.

    answers: idea_id, functional, dysfunctional. better = (A + O)/(A + O + M + I): share of those who would be pleased;
    worse = (O + M)/(A + O + M + I): share of those who would miss it; both with Wilson intervals. verdict: real (the first
    category stands apart) | mixed (|a − b| < 1.65 √((a + b)(2n − a − b)/2n)) | directional (n < 100) | not understood (more
    than 5 % contradictory) | cannot tell (n < 30). Returns one row per idea, best first by better.
    """
    classes = [kano_class(*pair) for pair in zip(answers["functional"], answers["dysfunctional"], strict=True)]
    counts = pd.crosstab(answers["idea_id"], pd.Series(classes, index=answers.index, dtype="str"))
    counts = counts.reindex(columns=list(CATEGORIES), fill_value=0)
    table = pd.DataFrame([_idea(str(idea), held) for idea, held in counts.iterrows()], columns=COLUMNS)
    return table.sort_values(["better", "idea_id"], ascending=[False, True], ignore_index=True)


def fong_apart(first: float, second: float, n: float) -> bool:
    """Whether the two most frequent categories (counts out of n) stand apart by the test of Fong (1996)."""
    return n > 0 and abs(first - second) >= FONG_Z * math.sqrt((first + second) * (2 * n - first - second) / (2 * n))


def _idea(idea: str, counts: pd.Series) -> tuple[object, ...]:
    """One idea, from the persons of each category."""
    n, sided = int(counts.sum()), int(counts.iloc[:4].sum())
    ranked = counts.drop("questionable").sort_values(ascending=False, kind="stable")
    first, second = ranked.index[:2] if n >= EVIDENCE_N else ("", "")
    better = wilson(int(counts["attractive"] + counts["one_dimensional"]), sided)
    worse = wilson(int(counts["one_dimensional"] + counts["must_be"]), sided)
    return idea, first, second, n, *better, *worse, _verdict(counts, ranked, n)


def _verdict(counts: pd.Series, ranked: pd.Series, n: int) -> str:
    """How far the first category may be believed."""
    if n < EVIDENCE_N:
        return "cannot tell"
    if counts["questionable"] / n > QUESTIONABLE_SHARE:
        return "not understood"
    if not fong_apart(ranked.iloc[0], ranked.iloc[1], n):
        return "mixed"
    return "real" if n >= FIRM_N else "directional"
