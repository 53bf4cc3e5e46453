"""Metrics, verdicts, differences and p-values as people say them: their one home."""

from __future__ import annotations

from collections.abc import Mapping

from cxlib.facts import Finding
from cxlib.language import _, number, quantity, sentences

Labels = Mapping[str, Mapping[str, str]]


def metric_name(metric: str, labels: Labels | None = None) -> str:
    """A metric, or a series that is watched, in words; csat:delivery takes the touchpoint's label."""
    name, _sep, touchpoint = str(metric).partition(":")
    words = {
        "purchase_share": _("share of customers who buy"),
        "margin_per_customer": _("margin per customer"),
        "revenue_per_customer": _("revenue per customer"),
        "purchases": _("purchases"),
        "turnover": _("turnover"),
        "gross_margin": _("gross margin"),
        "commercial_cost": _("commercial cost"),
        "operating_cost": _("operating cost"),
        "overall": _("overall satisfaction"),
        "nps": _("net promoter score"),
        "csat": _("satisfaction"),
        "ces": _("ease"),
        "dissatisfied": _("share of dissatisfied answers"),
    }
    known = words.get(name, name.replace("_", " "))
    place = (labels or {}).get("touchpoint", {}).get(touchpoint, touchpoint)
    return _("{question} with {touchpoint}").format(question=known, touchpoint=place) if touchpoint else known


def brief(said: Finding, *, most: int = 250) -> str:
    """The first sentences of a finding that fit into `most` characters: it is never cut mid-sentence."""
    text = ""
    for sentence in sentences(said.sentence):
        if text and len(text) + len(sentence) + 1 > most:
            break
        text = f"{text} {sentence}".strip()
    return text[:most]


def gap_unit(unit: str) -> str:
    """The unit of a difference: one between shares is in percentage points."""
    return "pp" if unit == "share" else unit


def gap_words(value: float, unit: str) -> str:
    """A difference in its unit; one between shares in percentage points."""
    return quantity(value, gap_unit(unit))


def upper_first(text: str) -> str:
    """The text with a capital first letter; the rest stays, names keep theirs."""
    return text[:1].upper() + text[1:]


def verdict_name(verdict: str) -> str:
    """A verdict in words."""
    return {
        "scale": _("scale it"),
        "adjust": _("adjust it"),
        "stop": _("stop it"),
        "keep measuring": _("keep measuring"),
    }.get(verdict, verdict)


def p_words(value: float) -> str:
    """A p-value in words."""
    return _("under 0.001") if value < 0.001 else number(value, 3)
