"""What stage 5 says of customers' own words: how many were read, how far both readings go, what sets people apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import EVIDENCE_N, Fact, Finding, cannot_tell, fact, finding, first, rows
from cxlib.language import _, number, percent
from cxlib.privacy.redaction import redaction_counts
from cxlib.stages.information_search.agreement import LEAST_TEXTS
from cxlib.stages.information_search.codebook import LANGUAGES
from cxlib.stages.information_search.shown import theme_name
from cxlib.stages.information_search.texts import Texts
from cxlib.stages.information_search.themes import coverage
from cxlib.stages.information_search.tone import MINIMUM_PER_CLASS


def read(texts: Texts, *, population: str) -> Finding:
    """How many texts were read, how far the codebook reaches, how well tone is told, what was masked."""
    if texts.rows.empty:
        needs = _("comments with the rating given")
        return cannot_tell(_("no customer has been quoted in their own words"), needs=needs)
    n, covered = len(texts.rows), coverage(texts.themes)
    whose = f"“{population}”" if population else _("all customers")
    template = _("{n_texts} texts of {population} were read; the codebook reaches {coverage:full} of them.")
    said = finding(template, fact("5.n_texts", n, n=n), fact("5.coverage", covered), population=whose)
    foreign = texts.rows.loc[~texts.rows["lang"].isin(["", *LANGUAGES]), "lang"].value_counts().sort_index()
    if len(foreign):
        unread = _("Not among them in any theme: texts in languages the codebook does not know ({languages}).")
        said += finding(unread, languages=", ".join(f"{lang}: {number(count, 0)}" for lang, count in foreign.items()))
    masked = fact("5.n_masked", int(redaction_counts(texts.rows)["n_items"].sum()))
    said += finding(_("Items of personal data masked first: {n_masked}."), masked)
    row = first(texts.quality, measure="balanced_accuracy")
    if not row:
        return said + finding(_("Tone cannot be checked: no text came with a clearly good or bad rating."))
    learnt = _(
        "Tone is learnt from the ratings given with them; on texts held out it is right in {tone_accuracy:full}."
    )
    by_words = _(
        "Too few rated texts to learn tone (it takes {needed} good and bad ones each): a word list was used, "
        "right in {tone_accuracy:full}."
    )
    template = learnt if row["method"] == "learnt" else by_words
    return said + finding(template, fact("5.tone_accuracy", row), needed=number(MINIMUM_PER_CLASS))


def agreed(agreement: pd.DataFrame, n_texts: int) -> Finding:
    """How far the codebook reads texts as a person did, or that nobody has checked it yet."""
    row = first(agreement, theme="all")
    if not row:
        unread = _(
            "Nobody has checked the codebook yet: a hundred texts, drawn at random and coded by a person, would "
            "show how far it can be trusted."
        )
        return Finding(unread if n_texts else "")
    words = {
        "firm": _("firm enough to build on"),
        "tentative": _("good for tentative conclusions"),
        "weak": _("too weak to build on: edit its words first"),
        "cannot tell": _("but a hundred coded texts are needed to say so"),
    }
    told = _("A person read the same texts: the codebook agrees with α = {codebook_alpha:full}, {standing}.")
    said = finding(told, fact("5.codebook_alpha", row), standing=words[row["standing"]])
    single = agreement[agreement["theme"] != "all"]
    if row["standing"] == "firm" or single.empty:
        return said
    lowest = rows(single.sort_values("estimate", kind="stable"))[0]
    least = _("It agrees least on {theme} (α = {alpha}).")
    return said + finding(least, theme=theme_name(lowest["theme"]), alpha=number(lowest["estimate"], 2))


def corrected(shares: pd.DataFrame) -> Finding:
    """Where the codebook's count of a theme is off, by the texts that a person read as well."""
    if shares.empty:
        return Finding("")
    if shares["verdict"].eq("cannot tell").all():
        reason = _("too few texts were read by a person to correct what the codebook counts")
        return cannot_tell(reason, n_needed=LEAST_TEXTS)
    off = shares[shares["verdict"] == "real"]
    among = off if len(off) else shares
    row = rows(among)[int((among["counted_share"] - among["estimate"]).abs().to_numpy().argmax())]
    missed = _(
        "Corrected for what the codebook misses and sees too much, {theme} is in {corrected_share:full} of the texts; "
        "the codebook alone counts {counted}."
    )
    held = _(
        "No theme's count by the codebook lies outside what a person's reading allows; furthest apart is {theme}, "
        "{counted} counted and {corrected_share:full} corrected."
    )
    theme, counted = theme_name(row["theme"]), percent(row["counted_share"])
    return finding(
        missed if len(off) else held, fact("5.corrected_share", row, theme=theme), theme=theme, counted=counted
    )


def themes_apart(difference: pd.DataFrame) -> Finding:
    """Which theme sets detractors apart from promoters, and how many differences hold."""
    if difference.empty:
        return cannot_tell(_("there are no texts of both promoters and detractors"), needs=_("rated comments of both"))
    row = first_theme(difference)
    if row["verdict"] == "cannot tell":
        reason = _("one of the two groups wrote only {n} texts").format(n=number(row["n"]))
        return cannot_tell(reason, n_needed=EVIDENCE_N)
    held = fact("5.n_themes_apart", int((difference["verdict"] == "real").sum()), n=row["n"])
    template = _(
        "Detractors speak of {theme} more often than promoters: difference {theme_difference:full}. "
        "{n_themes_apart} of {total} themes differ after allowing for the number of comparisons."
    )
    words = {"theme": theme_name(row["theme"]), "total": len(difference)}
    said = finding(template, theme_fact(row), held, verdict=row["verdict"], **words)
    last = rows(difference)[-1]
    if last["verdict"] == "real" and last["estimate"] < 0:
        said += finding(_("Promoters rather speak of {theme}."), theme=theme_name(last["theme"]))
    return said


def felt(empathy: pd.DataFrame, touchpoints: Mapping[str, str]) -> Finding:
    """The pain and the gain most persons write of, and what they do most."""
    pain, gain, does = (first(empathy, cell=cell) for cell in ("pains", "gains", "does"))
    if not pain and not gain:
        return cannot_tell(_("no text carries a theme in a good or bad tone"), needs=_("comments with a rating"))
    found = {"main_pain": pain, "main_gain": gain}
    named = {name: theme_name(row["item"]) for name, row in found.items() if row}
    facts = [fact(f"5.{name}", found[name]["n"], n=found[name]["base"], item=item) for name, item in named.items()]
    templates = {
        _("Among pains, {pain} is written of by the most persons ({main_pain})."): pain,
        _("Among gains it is {gain} ({main_gain})."): gain,
        _("The touchpoint of the corridor most customers meet is {does}."): does,
    }
    place = str(does.get("item", ""))
    does_most = touchpoints.get(place, place)
    said = " ".join(template for template, row in templates.items() if row)
    return finding(said, *facts, pain=named.get("main_pain"), gain=named.get("main_gain"), does=does_most)


def first_theme(difference: pd.DataFrame) -> dict[str, Any]:
    """The theme to speak of: the widest real surplus among detractors, else the widest; {} when there is none."""
    real = difference[(difference["verdict"] == "real") & (difference["estimate"] > 0)]
    return first(real if len(real) else difference)


def theme_fact(row: Mapping[str, Any]) -> Fact:
    """Detractors' share minus promoters' share of the theme that sets them apart most."""
    return fact("5.theme_difference", row, theme=theme_name(row["theme"]))
