"""Which of the method's languages a text is written in."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from cxlib.stages.information_search.codebook import LANGUAGES

MINIMUM_CHARACTERS = 20  # shorter texts are not identified reliably ("ok" is read as Afrikaans without restriction)
MINIMUM_CONFIDENCE = 0.7


def language_of(texts: pd.Series, declared: pd.Series | None = None) -> pd.Series:
    """Return en, es, pt, another language that is declared, or "" (cannot tell) for each text, by the index of `texts`.

    A declared language is kept, also one that this stage cannot read. Otherwise py3langid, restricted to the three,
    must be at least 70 % sure; a text under 20 characters takes the language most of the longer ones have, when that
    is 90 % of them.
    """
    plain = texts.fillna("").astype(str)
    known = pd.Series("", index=plain.index) if declared is None else declared.fillna("").astype(str)
    found = known.str.strip().str.lower().str[:2]
    long_enough = (found == "") & (plain.str.len() >= MINIMUM_CHARACTERS)
    found = found.mask(long_enough, plain[long_enough].map(_identify).reindex(found.index))
    shares = found[found.isin(LANGUAGES)].value_counts(normalize=True)
    if len(shares) and shares.iloc[0] >= 0.9:
        found = found.mask((found == "") & (plain.str.strip() != ""), shares.index[0])
    return found.astype("str").rename("lang")


def _identify(text: str) -> str:
    language, confidence = _identifier().classify(text)
    return str(language) if confidence >= MINIMUM_CONFIDENCE else ""


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    """The identifier, loaded once (about a second)."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier
