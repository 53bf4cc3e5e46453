"""What customers write: the comments of `data/comments.yaml` by touchpoint, tone and theme, in Spanish and English."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cxlib.simulate.customers import customer_ids
from cxlib.simulate.draws import Random, dates
from cxlib.simulate.plan import read_yaml

WRITTEN = read_yaml("comments")
ANYWHERE = "anywhere"  # key of the comments that belong to no touchpoint
SHARE_COMMENTING = 0.22
SHARE_COMMENTING_OVERALL = 0.08
READ_BY_A_PERSON = 8  # every eighth comment: enough to check the codebook against


def draw_verbatims(random: Random, ratings: pd.DataFrame, relation: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Comments beside ratings: the tone follows the score, the theme the touchpoint, the language the customer."""
    said = ratings[ratings["answered"] & ratings["touchpoint"].isin(list(WRITTEN["phrases"]))]
    said = said[random.random(len(said)) < SHARE_COMMENTING][["customer", "on", "touchpoint", "score"]]
    whole = relation[random.random(len(relation)) < SHARE_COMMENTING_OVERALL][["customer", "on", "nps"]].rename(
        columns={"nps": "score"}
    )
    rows = pd.concat(
        [said.assign(score_question="csat"), whole.assign(touchpoint="", score_question="nps")], ignore_index=True
    )
    rows = rows.sort_values(["on", "customer", "touchpoint"], ignore_index=True)
    rows["lang"] = rows["customer"].map(people.set_index("customer")["lang"])
    written = [_comment(random, *row) for row in rows[["touchpoint", "score", "lang"]].itertuples(index=False)]
    rows[["text", "theme"]] = pd.DataFrame(written, index=rows.index, columns=["text", "theme"])
    hostile = WRITTEN["hostile"]
    spread = np.linspace(len(rows) * 0.2, len(rows) * 0.95, len(hostile)).astype(int)
    for place, one in zip(spread, hostile, strict=True):
        rows.loc[rows.index[place : place + 1], ["text", "lang", "theme"]] = [one["text"], one["lang"], "hostile"]
    return rows


def _comment(random: Random, touchpoint: str, score: float, lang: str) -> tuple[str, str]:
    """One comment and its theme."""
    friendly = float(np.interp(score, [4.0, 6.0, 8.0], [0.03, 0.45, 0.96]))  # chance of it, by score
    tone = "good" if random.random() < friendly else "bad"
    themes = WRITTEN["phrases"][touchpoint or ANYWHERE][tone]
    theme = _one_of(random, list(themes))
    return f"{_one_of(random, themes[theme][lang])}.{_one_of(random, WRITTEN['endings'][tone][lang])}", theme


def _one_of(random: Random, texts: list[str]) -> str:
    return texts[int(random.integers(len(texts)))]


def public_verbatims(comments: pd.DataFrame) -> pd.DataFrame:
    """The verbatims table; every sixth comment lacks its language, every eighth was read and coded by a person."""
    coded = comments["theme"].map(WRITTEN["codes"]).where(comments.index % READ_BY_A_PERSON == 3)
    lang = comments["lang"].mask(comments.index % 6 == 0)
    respondents = customer_ids(comments["customer"])
    return comments.assign(respondent_id=respondents, on=dates(comments["on"]), lang=lang, coded=coded)
