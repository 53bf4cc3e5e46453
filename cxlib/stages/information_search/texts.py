"""The texts customers wrote, read once: personal data masked; language, themes, tone and feelings found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from cxlib.privacy.redaction import redact
from cxlib.stages.information_search.codebook import LANGUAGES, Codebook, codebook, sign_words
from cxlib.stages.information_search.language_id import language_of
from cxlib.stages.information_search.themes import find_themes, pattern, plain, rating_group, rating_share
from cxlib.stages.information_search.tone import clear_tone, tone

QUOTE_LENGTH = 160  # characters
TOP_WORDS = 4


@dataclass(frozen=True)
class Texts:
    """Texts as they were read; all tables have the same index, a row per text.

    rows: respondent_id, touchpoint, coded (by a person), text (personal data masked), n_email … (masked items), lang,
    group (promoters | passives | detractors | ""), tone (positive | negative | undecided | ""), clear (the tone where
    it is told surely, else ""). themes: boolean, a column per theme; signs: boolean, thinking and the feelings.
    quality: how well tone is told, on texts the model had not seen. book: the words by which themes were found.
    """

    rows: pd.DataFrame
    themes: pd.DataFrame
    signs: pd.DataFrame
    quality: pd.DataFrame
    book: Codebook

    def of(self, index: pd.Index) -> Texts:
        """The same reading of some of the texts."""
        return Texts(self.rows.loc[index], self.themes.loc[index], self.signs.loc[index], self.quality, self.book)


def read_texts(
    verbatims: pd.DataFrame, scales: Mapping[str, tuple[float, float]], *, own_words: Codebook | None = None
) -> Texts:
    """Read every text: mask personal data, then find its language, themes, tone and words of feeling.

    verbatims: columns respondent_id, touchpoint, text, lang, score, score_question, coded. scales: lowest and highest
    score of each question. own_words: a client's themes, which go before those of the codebook.
    """
    clean, book = redact(verbatims["text"]), codebook(own_words)
    spoken = language_of(clean["text"], verbatims["lang"])
    rating = rating_share(verbatims, scales)
    read = clean["text"].where(spoken.isin(["", *LANGUAGES]), "")  # a text nobody here can read has no tone of its own
    told, quality = tone(read, rating)
    rows = verbatims[["respondent_id", "touchpoint", "coded"]].join(clean)
    rows = rows.assign(lang=spoken, group=rating_group(rating), tone=told["tone"], clear=clear_tone(told))
    themes, signs = (find_themes(clean["text"], spoken, words) for words in (book, sign_words()))
    return Texts(rows, themes, signs, quality, book)


def evidence_words(texts: Texts) -> pd.DataFrame:
    """The forms in which the stems of each theme and feeling occur most: columns item, words ("late, delayed")."""
    words = plain(texts.rows["text"])
    parts = [
        _most_used(words[found[item]], stems)
        for found, stems_of in ((texts.themes, texts.book), (texts.signs, sign_words()))
        for item, stems in stems_of.items()
    ]
    items = [*texts.book, *sign_words()]
    return pd.DataFrame({"item": items, "words": parts})


def quotes(texts: Texts, *, minimum: int) -> pd.DataFrame:
    """One short quote per theme and tone, only where at least `minimum` persons wrote about the theme in that tone.

    Columns group (positive | negative, as far as the tone is told surely), theme, quote, n (persons), most persons
    first. The quote is the text of middle length: neither the loudest nor the first.
    """
    rows = []
    written = texts.rows[texts.rows["text"].str.strip() != ""]
    for group, inside in written[written["clear"] != ""].groupby("clear"):
        for theme in texts.themes.columns:
            told = inside[texts.themes.loc[inside.index, theme]]
            n = int(told["respondent_id"].nunique())
            if n >= minimum:
                ordered = told.sort_values("text", key=lambda text: text.str.len(), kind="stable")["text"]
                rows.append((group, theme, _short(str(ordered.iloc[len(ordered) // 2])), n))
    table = pd.DataFrame(rows, columns=["group", "theme", "quote", "n"])
    return table.sort_values(["group", "n"], ascending=[True, False], kind="stable", ignore_index=True)


def _most_used(words: pd.Series, stems: Mapping[str, object]) -> str:
    """The forms that these stems (by language) take most often in some texts, most frequent first."""
    every = [stem for spoken in stems.values() for stem in spoken]  # type: ignore[attr-defined]
    found = words.str.findall(pattern(every)).explode().dropna()
    counted = found.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return ", ".join(str(word) for word in counted.head(TOP_WORDS).index)


def _short(text: str) -> str:
    """The text on one line, cut at a word."""
    line = " ".join(text.split())
    return line if len(line) <= QUOTE_LENGTH else line[:QUOTE_LENGTH].rsplit(" ", 1)[0] + " …"
