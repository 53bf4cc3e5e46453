"""The small pieces of HTML between figures and tables: status, finding, decision, what is missing, what is handed on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from html import escape
from typing import Any

from cxlib.chain import Stage
from cxlib.dictionary import label_of
from cxlib.engagement import choices
from cxlib.engagement.completion import differing
from cxlib.engagement.decisions import Decision
from cxlib.engagement.labels import table_words
from cxlib.facts import Fact
from cxlib.language import _, day, term
from cxlib.show.opening import band_html, facts_html
from cxlib.show.table import Labels


def grade_word(grade: str) -> str:
    """The word for a grade of evidence."""
    return term("grade", grade)


def verdict_word(verdict: str) -> str:
    """The word for a verdict; "" for none."""
    return term("verdict", verdict, "")


def finding_html(sentence: str, verdict: str, *, css: str = "finding") -> str:
    """A computed sentence, its verdict in words."""
    word = verdict_word(verdict)
    tag = f' <span class="verdict {verdict.replace(" ", "-")}">{escape(word)}</span>' if word else ""
    return f'<p class="{css}">{escape(sentence)}{tag}</p>'


def choice_words(choice: Mapping[str, Any], labels: Labels, *, only: Collection[str] | None = None) -> str:
    """A choice as one line of words, codes replaced by labels."""

    def name(key: str, code: str) -> str | None:
        return next((labels[kind][code] for kind in choices.kinds(key) if code in labels.get(kind, {})), None)

    return choices.choice_words(choice, name, only=only)


def against_the_data(decision: Decision, recommended: Mapping[str, Any], labels: Labels) -> str:
    """ "Decided: Keep measuring (who, when). The data recommend: Scale." in the keys that differ; "" where none does."""
    keys = differing(decision.choice, dict(recommended))
    if not keys or decision.source not in ("seal", "brief"):
        return ""
    one = keys[0] if len(keys) == 1 and len(decision.choice) == 1 else ""
    decided, advised = (
        choice_words(choice, labels, only=keys).removeprefix(f"{choices.part_name(one)}: " if one else "")
        for choice in (decision.choice, recommended)
    )
    when = day(dt.datetime.fromisoformat(decision.at)) if decision.at else _("in the brief")
    said = _("Decided: {choice} ({by}, {when}).").format(choice=decided, by=decision.by, when=when)
    if not any(key in recommended for key in keys):
        return said + " " + _("The data recommend nothing here.")
    return said + " " + _("The data recommend: {choice}.").format(choice=advised)


def list_html(sentences: Iterable[str], *, css: str) -> str:
    """Sentences as a list, escaped."""
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="{css}">{items}</ul>' if items else ""


def limits_html(effects: Mapping[str, str], untold: Iterable[str]) -> str:
    """What a stage could not know: table that is missing → "blocks" or "weakens", then what could not be told."""
    words = {
        "blocks": _("Without {table} the main question of this stage cannot be answered from data."),
        "weakens": _("Without {table} part of this stage stays unanswered."),
    }
    said = [words[effect].format(table=table_words(name)) for name, effect in effects.items() if effect]
    nothing = note_html(_("No table this stage uses is missing."))
    return list_html(dict.fromkeys([*said, *untold]), css="limits") or nothing


def note_html(sentence: str) -> str:
    """A remark, escaped."""
    return f'<p class="note">{escape(sentence)}</p>'


def decision_html(decision: Decision, against: Iterable[str], grade: str, stage: Stage, labels: Labels) -> str:
    """The decision card: state, choice, grade, whose judgement, what it contradicts, and how to seal it."""
    words = {
        "sealed": _("Sealed by {by}: {why}"),
        "draft": _("Not sealed: a proposal until a person decides."),
        "open": _("The data recommend nothing; a person has to judge."),
        "drift": _("Sealed by {by} ({why}); today's data would recommend otherwise. The seal stands."),
    }
    rows = [(_("Decision"), choice_words(decision.choice, labels)), (_("Evidence"), grade_word(grade))]
    if decision.source == "brief":
        rows.append((_("Judged by"), f"{decision.by}: {decision.why}"))
    if decision.missing:
        rows.append((_("Not yet said"), ", ".join(map(choices.part_name, decision.missing))))
    rows += [(_("Contradicts"), sentence) for sentence in against]
    if decision.state != "sealed":
        example = " ".join(f"{key}=…" for key in stage.decides)
        rows.append((_("To seal it"), f"cx decide {stage.number} {example} --why … --by …"))
    sentence = words[decision.standing].format(by=decision.by, why=decision.why)
    return band_html(decision.standing, sentence) + facts_html(rows, css="decision")


def handed_on_html(facts: Iterable[Fact]) -> str:
    """The facts that later stages receive, by what they are called, each with its value and grade."""
    return facts_html(((label_of(fact.id), f"{fact} ({grade_word(fact.grade)})") for fact in facts), css="handed-on")
