"""The empathy map (says, thinks, does, feels, pains, gains), counted from texts and behaviour."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.stages.information_search.codebook import THINKING
from cxlib.stages.information_search.texts import Texts, evidence_words
from cxlib.statistics.intervals import share_row, tidy

CELLS = ("says", "thinks", "does", "feels", "pains", "gains")
MINIMUM_BASE = 20  # no percentages on fewer persons (Guest, Namey & Chen 2020 work with counts at this size)
TOP = 4  # items a cell


def empathy_map(texts: Texts, behaviour: pd.DataFrame) -> pd.DataFrame:
    """The six cells with the items most persons support, how many do, and the words that show it.

    texts: from `read_texts`; behaviour: contacts, columns customer_id and touchpoint. Columns cell, item (a theme,
    feeling or touchpoint), words, source (verbatims | interactions), estimate (share of the persons with texts, or with
    behaviour), low, high, n (persons behind the item), unit share, base (persons in all). Shares are blank where `base`
    is under 20.
    """
    words = evidence_words(texts).set_index("item")["words"].to_dict()
    marks = text_marks(texts)
    acts = behaviour.rename(columns={"customer_id": "respondent_id", "touchpoint": "item"})
    spoken, acted = texts.rows["respondent_id"].nunique(), acts["respondent_id"].nunique()
    rows: list[dict[str, object]] = []
    for cell in CELLS:
        does = cell == "does"
        source, base = ("interactions", acted) if does else ("verbatims", spoken)
        persons = (acts if does else marks[marks["cell"] == cell]).groupby("item")["respondent_id"].nunique()
        for item, n in persons.sort_index().sort_values(ascending=False, kind="stable").head(TOP).items():
            shown = "" if does else words.get(str(item), "")
            rows.append({"cell": cell, "item": str(item), "words": shown, "source": source} | _share(int(n), base))
    return tidy(["cell", "item", "words", "source"], rows).assign(**({} if rows else {"base": []}))


def text_marks(texts: Texts) -> pd.DataFrame:
    """Which cell and item each person's texts support: columns respondent_id, cell, item, each once.

    says = any theme; thinks = a theme beside a word of expecting or believing; feels = a word of feeling; pains and
    gains = themes in a negative or positive tone.
    """
    themes, signs, tones = texts.themes, texts.signs, texts.rows["tone"]
    supported = {
        "says": themes,
        "thinks": themes[signs[THINKING].astype(bool)],
        "feels": signs.drop(columns=THINKING),
        "pains": themes[tones == "negative"],
        "gains": themes[tones == "positive"],
    }
    parts = [_long(texts.rows["respondent_id"], table, cell) for cell, table in supported.items()]
    return pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)


def _long(respondents: pd.Series, table: pd.DataFrame, cell: str) -> pd.DataFrame:
    """True entries of a boolean table as rows respondent_id, cell, item."""
    row_numbers, columns = np.nonzero(table.to_numpy(dtype=bool).reshape(len(table), len(table.columns)))
    persons = respondents.loc[table.index].to_numpy()[row_numbers]
    return pd.DataFrame({"respondent_id": persons, "cell": cell, "item": np.array(table.columns)[columns]}, dtype="str")


def _share(n: int, base: int) -> dict[str, object]:
    """The persons behind an item; their share only of a base that bears one."""
    blank = dict.fromkeys(("estimate", "low", "high"), float("nan")) if base < MINIMUM_BASE else {}
    return share_row(n, base) | blank | {"n": n, "base": base}
