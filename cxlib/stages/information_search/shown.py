"""The words of stage 5 for codes: themes, questions, captions, and the tables whose codes are put into words."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.language import _, interval, number, percent, quantity
from cxlib.show.terms import gap_unit

_DIFFERENCE = ("difference", "difference_low", "difference_high", "unit")


def caption(table: str) -> str:
    """The caption of one of this stage's tables."""
    return {
        "levels": _("How satisfied customers are with the whole, year by year"),
        "changes": _(
            "What changed from year to year; detectable from: the smallest change such a comparison would have shown"
        ),
        "plan": _("How many answers the next survey needs, at today's shares of promoters and detractors"),
        "attributes": _("Who is more, and who less satisfied: each kind of customer against all others"),
        "themes": _("Share of detractors' texts minus share of promoters' texts, per theme"),
        "corrected": _("Share of texts per theme, corrected by the texts that a person read as well"),
        "tone": _("How well tone is told, on texts the model had not seen"),
        "topics": _("Topics in texts that no theme covers: what the codebook does not know yet"),
        "uncovered": _("Words most used in texts that no theme covers"),
        "gaps": _("Gaps between expectation, experience and memory, on 0–10"),
        "keepable": _("The highest level that at least four in five customers lived"),
        "benchmark": _("Own figures minus named competitors"),
        "capability": _("What can be done at each moment"),
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


def change_table(changes: pd.DataFrame) -> pd.DataFrame:
    """The changes between years, in words."""
    who = {"all": _("all who answered"), "weighted": _("all, weighted"), "same": _("the same persons, twice")}
    spans = [
        _("{before} to {after}").format(before=row["from_wave"], after=row["to_wave"])
        for row in changes.to_dict("records")
    ]
    shown = worded(changes).assign(years=pd.Series(spans, changes.index, dtype="str"),
                           respondents=changes["respondents"].map(who).astype("str"))  # fmt: skip
    return shown[["question", "years", "respondents", "estimate", "low", "high", "n", "unit", "detectable", "verdict"]]


def plan_table(plan: pd.DataFrame) -> pd.DataFrame:
    """The plan of the next survey in words."""
    aims = {
        "margin": _("know the score to ± {points} points"),
        "change": _("show a change of {points} points, per year"),
    }
    said = [aims[row["aim"]].format(points=number(row["size_points"], 0)) for row in plan.to_dict("records")]
    shown = pd.DataFrame({"aim": said, "n_answers_needed": plan["n"], "n_if_drawn_from_the_known_base": plan["n_of_base"],
                          "n_answered_last": plan["answered"]})  # fmt: skip
    return shown.astype({"aim": "str"})


def scale_words(question: str, scales: Mapping[str, tuple[float, float]]) -> str:
    """The scale of a question: lowest to highest; a net promoter score runs from −100 to 100 points.

    One that was asked on 1 to 10 says so: it is another measure than one asked on 0 to 10.
    """
    asked = scales.get(question, (0.0, 10.0))
    low, high = (-100.0, 100.0) if question == "nps" else asked
    span = _("{low} to {high}").format(low=number(low, 0), high=number(high, 0))
    other = question == "nps" and tuple(asked) != (0.0, 10.0)
    return _("{span}, asked on 1 to 10").format(span=span) if other else span


def attribute_table(attributes: pd.DataFrame, channels: Mapping[str, str]) -> pd.DataFrame:
    """Kinds of customers in words: attribute, value, level, and the difference from all others as text."""
    against = [
        f"{quantity(change, unit)} ({interval(low, high, unit)})"
        for change, low, high, unit in zip(*(attributes[name] for name in _DIFFERENCE), strict=True)
    ]
    shown = worded(kinds(attributes, channels)).assign(
        minus_all_others=pd.Series(against, attributes.index, dtype="str")
    )
    return shown[
        ["attribute", "value", "estimate", "low", "high", "n", "unit", "minus_all_others", "detectable", "verdict"]
    ]


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


def evidence_rows(evidence: pd.DataFrame, touchpoints: Mapping[str, str]) -> pd.DataFrame:
    """The evidence inventory with questions, sources and moments in words; the level stays a code."""
    named = worded(evidence.drop(columns="level"))
    entries = evidence["source"].isin(["benchmarks", "capabilities"])
    return named.assign(moment=[touchpoints.get(one, one) for one in evidence["moment"]], level=evidence["level"],
                        kind=entries.map({True: "entries", False: "persons"}).astype("str"))  # fmt: skip


def level_names() -> dict[str, str]:
    """The levels of the evidence inventory in words."""
    return {code: _words()[code] for code in ("measured", "observed", "gap")}


def theme_table(difference: pd.DataFrame, prevalence: pd.DataFrame) -> pd.DataFrame:
    """The themes with the share of both groups beside their difference."""
    known = {(row["theme"], row["group"]): row for row in prevalence.to_dict("records")}

    def said(theme: str, group: str) -> str:
        row = known.get((theme, group))
        return f"{percent(row['estimate'])} ({interval(row['low'], row['high'], 'share')})" if row else ""

    groups = ("detractors", "promoters")
    both = {f"of_{group}": [said(theme, group) for theme in difference["theme"]] for group in groups}
    shown = worded(difference).assign(**both)
    return shown[["theme", *both, "estimate", "low", "high", "n", "unit", "detectable", "verdict"]]


def unread() -> str:
    """Said where no person has checked the codebook."""
    return _("no text was read by a person as well")


def corrected_table(shares: pd.DataFrame) -> pd.DataFrame:
    """The corrected shares with what the codebook alone counts beside them."""
    shown = worded(shares).assign(counted_by_the_codebook=[percent(share) for share in shares["counted_share"]])
    return shown[["theme", "counted_by_the_codebook", "estimate", "low", "high", "n", "unit", "verdict"]]


def benchmark_table(gaps: pd.DataFrame, labels: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """The client beside others in words: whose figure, of what, the difference, what it could have shown, who stands where."""
    kinds = {**labels.get("step", {}), **labels.get("touchpoint", {})}
    place = [kinds.get(one or other, one or other)
             for one, other in zip(gaps["touchpoint"].fillna(""), gaps["step"].fillna(""), strict=True)]  # fmt: skip
    stands = gaps["standing"].where(gaps["standing"] != "", gaps["verdict"].replace("real", ""))
    shown = worded(gaps.assign(standing=stands)).assign(of=pd.Series(place, gaps.index, dtype="str"))
    for name, column in (("own", "own"), ("theirs", "value")):
        said = [quantity(value, unit) for value, unit in zip(gaps[column], gaps["unit"], strict=True)]
        shown[name] = pd.Series(said, gaps.index, dtype="str")
    shown["unit"] = [gap_unit(str(unit)) for unit in gaps["unit"]]
    return shown[
        ["name", "metric", "of", "own", "theirs", "estimate", "low", "high", "n", "unit", "detectable", "standing"]
    ]


def quoted(quotes: pd.DataFrame) -> pd.DataFrame:
    """Quotes with their themes in words; each text once, under the theme most persons wrote about."""
    once = quotes.sort_values("n", ascending=False, kind="stable").drop_duplicates(["group", "quote"])
    return once.assign(theme=[theme_name(theme) for theme in once["theme"]]).groupby("group").head(8)


def tone_names() -> dict[str, str]:
    """The two tones as headings, the bad one first."""
    return {"negative": _("What hurts"), "positive": _("What pleases")}


def cell_names() -> dict[str, str]:
    """The six cells of the empathy map."""
    return {cell: _words()[cell] for cell in ("says", "thinks", "does", "feels", "pains", "gains")}


def sheet_names() -> dict[str, str]:
    """The rows of a persona sheet."""
    return {"size": _("Of all customers"), "stands_out": _("Stands out by"), "recommends": _("Net promoter score"),
            "does": _("Meets most"), "channel": _("Comes through"), "pains": _("What hurts"),
            "gains": _("What pleases")}  # fmt: skip


def worded(table: pd.DataFrame, touchpoints: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The table with this stage's codes in words: themes, groups, tones, cells, questions, levels, verdicts."""
    words = {**_words(), **theme_names(), **(touchpoints or {})}
    columns = ("theme", "group", "tone", "cell", "item", "question", "source", "level", "gap", "verdict", "measure",
               "method", "kind", "metric", "viable", "standing", "people", "process", "technology", "data", "legal",
               "role")  # fmt: skip
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
        "behind": _("behind"), "ahead": _("ahead"), "on par": _("on par"),
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
