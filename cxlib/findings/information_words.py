"""The words of stage 5 for codes: themes, questions, captions, and the tables whose codes are put into words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.language import _, interval, number, quantity

_DIFFERENCE = ("difference", "difference_low", "difference_high", "unit")


def caption(table: str) -> str:
    """The caption of one of this stage's tables."""
    return {
        "levels": _("How satisfied customers are with the whole, year by year"),
        "attributes": _("Who is more, and who less satisfied: each kind of customer against all others"),
        "themes": _("Share of detractors' texts minus share of promoters' texts, per theme"),
        "tone": _("How well tone is told, on texts the model had not seen"),
        "uncovered": _("Words most used in texts that no theme covers"),
        "quotes": _("In their own words, personal data masked"),
        "empathy": _("Empathy map, counted in persons"),
        "gaps": _("Gaps between expectation, experience and memory, on 0–10"),
        "keepable": _("The highest level that at least four in five customers lived"),
        "benchmark": _("Own figures minus named competitors"),
        "capability": _("What can be done at each moment"),
        "evidence": _("What is known of each moment, by question and source"),
    }[table]


def level_table(levels: pd.DataFrame, scales: Mapping[str, tuple[float, float]]) -> pd.DataFrame:
    """The levels in words, each beside the scale it is on."""
    shown = worded(levels)
    answers = {"plain": _("as answered"), "weighted": _("weighted")}
    spans = [scale_words(question, scales) for question in levels["question"]]
    columns = ["question", "wave", "answers", "scale", "estimate", "low", "high", "n", "unit"]
    return shown.assign(answers=levels["answers"].map(answers), scale=pd.Series(spans, levels.index, dtype="str"))[
        columns
    ]


def scale_words(question: str, scales: Mapping[str, tuple[float, float]]) -> str:
    """The scale of a question: lowest to highest; a net promoter score runs from −100 to 100 points."""
    low, high = (-100.0, 100.0) if question == "nps" else scales.get(question, (0.0, 10.0))
    return _("{low} to {high}").format(low=number(low, 0), high=number(high, 0))


def attribute_table(attributes: pd.DataFrame, channels: Mapping[str, str]) -> pd.DataFrame:
    """Kinds of customers in words: attribute, value, level, and the difference from all others as text."""
    against = [
        f"{quantity(change, unit)} ({interval(low, high, unit)})"
        for change, low, high, unit in zip(*(attributes[name] for name in _DIFFERENCE), strict=True)
    ]
    shown = worded(kinds(attributes, channels)).assign(
        minus_all_others=pd.Series(against, attributes.index, dtype="str")
    )
    return shown[["attribute", "value", "estimate", "low", "high", "n", "unit", "minus_all_others", "verdict"]]


def kinds(attributes: pd.DataFrame, channels: Mapping[str, str]) -> pd.DataFrame:
    """The same rows with attributes and values in words."""
    values = [channels.get(value, value.replace("_", " ")) for value in attributes["value"]]
    names = [attribute_name(attribute) for attribute in attributes["attribute"]]
    index = attributes.index
    return attributes.assign(
        attribute=pd.Series(names, index, dtype="str"), value=pd.Series(values, index, dtype="str")
    )


def attribute_name(code: str) -> str:
    """The name of an attribute of customers, or its code in words."""
    names = {"region": _("Region"), "age_band": _("Age"), "household": _("Household"), "lang": _("Language"),
             "acquisition_channel": _("Won through")}  # fmt: skip
    return names.get(code, code[:1].upper() + code[1:].replace("_", " "))


def kept_groups(prevalence: pd.DataFrame) -> pd.DataFrame:
    """Promoters and detractors with their themes in words, when both wrote; else no rows."""
    both = prevalence[prevalence["group"].isin(["promoters", "detractors"])]
    named = both.assign(theme=[theme_name(theme) for theme in both["theme"]])
    return named if both["group"].nunique() == 2 else named.head(0)


def all_words(*tables: pd.DataFrame) -> pd.DataFrame:
    """Tables of evidence words as one."""
    return pd.concat(tables, ignore_index=True)


def evidence_table(evidence: pd.DataFrame, touchpoints: Mapping[str, str], *, minimum_cell: int = 5) -> pd.DataFrame:
    """The evidence inventory question × source with one column per moment: level in words, and n from `minimum_cell`
    on."""
    words = _words()
    least = [0 if source in ("benchmarks", "capabilities") else minimum_cell for source in evidence["source"]]
    shown = [
        _level(words[level], n, few) for level, n, few in zip(evidence["level"], evidence["n"], least, strict=True)
    ]
    named = worded(evidence).assign(
        moment=[touchpoints.get(m, m) for m in evidence["moment"]],
        shown=pd.Series(shown, index=evidence.index, dtype="str"),
    )
    if named.empty:
        return named[["question", "source"]]
    moments = list(dict.fromkeys(named["moment"]))
    keys = list(dict.fromkeys(zip(named["question"], named["source"], strict=True)))
    wide = named.pivot(index=["question", "source"], columns="moment", values="shown").reindex(keys)[moments]
    return wide.rename_axis(columns=None).reset_index()


def _level(word: str, n: int, minimum_cell: int) -> str:
    if n == 0:
        return word
    return f"{word} ({number(n, 0)})" if n >= minimum_cell else f"{word} (< {minimum_cell})"


def worded(table: pd.DataFrame, touchpoints: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The table with this stage's codes in words: themes, groups, tones, cells, questions, levels, verdicts."""
    words = {**_words(), **theme_names(), **(touchpoints or {})}
    columns = ("theme", "group", "tone", "cell", "item", "question", "source", "level", "gap", "verdict", "measure",
               "method", "kind", "metric", "viable", "people", "process", "technology", "data", "legal", "role")  # fmt: skip
    present = [name for name in columns if name in table.columns and not pd.api.types.is_numeric_dtype(table[name])]
    shown = {name: [words.get(str(code), question_name(str(code))) for code in table[name]] for name in present}
    return table.assign(**shown)


def theme_name(code: str) -> str:
    """The name of a theme, or its code in words."""
    return theme_names().get(code, code.replace("_", " "))


def theme_names() -> dict[str, str]:
    """Theme → name, in the language in force."""
    return {
        "lateness": _("Lateness"), "punctuality": _("Punctuality"), "clarity": _("Clarity"), "quotes": _("Quotes"),
        "condition": _("Condition of the goods"), "assembly": _("Assembly"),
        "price": _("Price"), "staff": _("People"), "waiting": _("Waiting"), "information": _("Being informed"),
        "advice": _("Advice and planning"), "ease": _("Ease of use"), "choice": _("Choice and stock"),
        "payment": _("Payment"), "returns": _("Returns and complaints"), "product": _("The product"),
    }  # fmt: skip


def question_name(code: str) -> str:
    """A question of the evidence inventory in words."""
    return {
        "expect": _("What do they expect?"), "live": _("What do they live?"), "remember": _("What do they remember?"),
        "matter": _("What matters to them?"), "say": _("What do they say?"), "do": _("What do they do?"),
        "others": _("How do others do?"), "can": _("What can we do?"),
    }.get(code, code)  # fmt: skip


def _words() -> dict[str, str]:
    return {
        "all": _("All"), "promoters": _("Promoters"), "passives": _("Passives"), "detractors": _("Detractors"),
        "positive": _("good"), "negative": _("bad"), "undecided": _("undecided"),
        "says": _("Says"), "thinks": _("Thinks"), "does": _("Does"), "feels": _("Feels"), "pains": _("Pains"),
        "gains": _("Gains"), "joy": _("Joy"), "trust": _("Trust"), "gratitude": _("Gratitude"),
        "surprise": _("Surprise"), "anger": _("Anger"), "disappointment": _("Disappointment"), "worry": _("Worry"),
        "measured": _("● measured"), "observed": _("◐ observed"), "gap": _("○ gap"),
        "lived_minus_expectation": _("lived − expected"), "memory_minus_lived": _("remembered − lived"),
        "real": _("real"), "not shown": _("not shown"), "cannot tell": _("cannot tell"),
        "balanced_accuracy": _("Right, mean of both tones"), "recall_negative": _("Bad ones found"),
        "recall_positive": _("Good ones found"), "learnt": _("learnt from ratings"), "words": _("word list"),
        "email": _("E-mail"), "iban": "IBAN", "card": _("Card"), "identity": "DNI/NIE", "phone": _("Phone"),
        "number": _("Long number"), "yes": _("✓ yes"), "no": _("✗ no"), "unknown": _("? unknown"),
        "repair": _("repair"), "delight": _("delight"), "trigger": _("trigger"), "expectation": _("Expectation"),
        "csat": _("Satisfaction"), "overall": _("Overall satisfaction"), "nps": _("NPS"), "conversion": _("Conversion"),
        "ces": _("Effort"), "importance": _("Importance"), "lived": _("Lived"), "memory": _("Memory"),
        "responses": _("Answers"), "verbatims": _("Texts"), "interactions": _("Behaviour"),
        "benchmarks": _("Benchmarks"), "capabilities": _("Capabilities"),
    }  # fmt: skip
