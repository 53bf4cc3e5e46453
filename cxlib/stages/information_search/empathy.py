"""The empathy map (says, thinks, does, feels, pains, gains) counted from texts and behaviour, with its evidence words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cxlib.statistics.intervals import tidy, wilson

CELLS = ("says", "thinks", "does", "feels", "pains", "gains")
MINIMUM_BASE = 20  # no percentages on fewer persons (Guest, Namey & Chen 2020 work with counts at this size)

# Words by which people tell what they expected or believe; without accents, `*` for any ending.
THINKING = (
    "expect*", "think", "thought", "hope*", "believe", "should", "assumed", "wonder*", "creo", "crei", "pienso",
    "pense",
    "pensaba", "esperaba", "me parece", "deberia*", "supuse", "acho", "achei", "achava", "esperava", "penso",
    "deveria*",
)  # fmt: skip
FEELINGS: Mapping[str, tuple[str, ...]] = {
    "joy": ("happy", "love*", "delight*", "enjoy*", "pleased", "encant*", "feliz", "content*", "disfrut*", "adorei",
            "amei", "satisfeit*", "alegr*", "great", "genial"),
    "trust": ("trust*", "reassur*", "safe", "reliable", "confia*", "tranquil*", "segur*", "fiable*"),
    "gratitude": ("thank*", "grateful", "gracias", "agradec*", "obrigad*", "kind"),
    "surprise": ("surpris*", "wow", "unexpected*", "sorpren*", "surpreend*", "inesper*"),
    "anger": ("angry", "furious", "unacceptable", "disgrace*", "terrible", "awful", "enfad*", "indigna*", "inaceptable",
              "verguenza", "absurdo", "pessim*", "pesim*", "horrivel", "horrible"),
    "disappointment": ("disappoint*", "let down", "regret*", "decepcion*", "decepç*", "lastima", "desilus*",
                       "insatisfeit*", "arrepend*", "poor"),
    "worry": ("worr*", "anxious", "stress*", "frustrat*", "confus*", "preocup*", "nervios*", "angust*", "frustra*"),
}  # fmt: skip


def empathy_map(
    marks: pd.DataFrame, behaviour: pd.DataFrame, words: pd.DataFrame, *, spoken: int, top: int = 4
) -> pd.DataFrame:
    """The six cells with the items most persons support, how many do, and the words that show it.

    marks: columns respondent_id, cell, item, from `text_marks`; behaviour: columns customer_id, item (a touchpoint);
    words: columns item, words; spoken: persons who wrote anything. Columns cell, item, words, source, estimate (share
    of the persons with texts, or with behaviour), low, high, n (persons behind the item), unit share, base (persons in
    all). Shares are blank where `base` is under 20.
    """
    shown = dict(zip(words["item"], words["words"], strict=True))
    acted = behaviour["customer_id"].nunique()
    rows: list[dict[str, object]] = []
    for cell in CELLS:
        does = cell == "does"
        persons = behaviour.groupby("item")["customer_id"].nunique() if does else _persons(marks, cell)
        ranked = persons.sort_index().sort_values(ascending=False, kind="stable").head(top)
        source, base = ("interactions", acted) if does else ("verbatims", spoken)
        rows += [
            {"cell": cell, "item": str(item), "words": "" if does else shown.get(str(item), ""), "source": source}
            | _share(int(n), base)
            for item, n in ranked.items()
        ]
    return tidy(["cell", "item", "words", "source"], rows).assign(**({} if rows else {"base": []}))


def text_marks(respondents: pd.Series, themes: pd.DataFrame, tones: pd.Series, signs: pd.DataFrame) -> pd.DataFrame:
    """Which cell and item each respondent's texts support: columns respondent_id, cell, item (one row each, no
    doubles).

    themes: boolean columns; tones: positive | negative | …; signs: boolean columns "thinking" and the feelings, found
    with `THINKING` and `FEELINGS`. says = any theme; thinks = a theme beside a word of expecting or believing; feels =
    a word of feeling; pains and gains = themes in a negative or positive tone.
    """
    supported = {
        "says": themes,
        "thinks": themes[signs["thinking"]] if len(signs) else themes,
        "feels": signs.drop(columns="thinking"),
        "pains": themes[tones == "negative"],
        "gains": themes[tones == "positive"],
    }
    parts = [_long(respondents, table, cell) for cell, table in supported.items()]
    return pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)


def sign_words() -> dict[str, dict[str, tuple[str, ...]]]:
    """The words of thinking and feeling in the form of a codebook; one list serves the three languages."""
    named = {"thinking": THINKING, **FEELINGS}
    return {name: dict.fromkeys(("en", "es", "pt"), words) for name, words in named.items()}


def _long(respondents: pd.Series, table: pd.DataFrame, cell: str) -> pd.DataFrame:
    """True entries of a boolean table as rows respondent_id, cell, item."""
    row_numbers, columns = np.nonzero(table.to_numpy(dtype=bool).reshape(len(table), len(table.columns)))
    persons = respondents.loc[table.index].to_numpy()[row_numbers]
    return pd.DataFrame({"respondent_id": persons, "cell": cell, "item": np.array(table.columns)[columns]}, dtype="str")


def _persons(marks: pd.DataFrame, cell: str) -> pd.Series:
    return marks[marks["cell"] == cell].groupby("item")["respondent_id"].nunique()


def _share(n: int, base: int) -> dict[str, object]:
    share, low, high = wilson(n, base) if base >= MINIMUM_BASE else (float("nan"),) * 3
    return {"estimate": share, "low": low, "high": high, "n": n, "unit": "share", "base": base}
