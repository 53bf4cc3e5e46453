"""What a stage opens with, as HTML: its state, what it is made from, the decisions it rests on and their states.

A driver states them again as they stand now (`restated`): a seal upstream that decides what was recommended, or
evidence that moved under it, changes no number in a later stage, only these words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape

from cxlib.chain import STAGES
from cxlib.language import _, ngettext, term

ICONS = {"sealed": "🔒", "draft": "✎", "open": "?", "drift": "⚠"}
_BAND = re.compile(r'<p class="band .*?</p>', re.DOTALL)
_INHERITED = re.compile(r'<table class="facts inherited".*?</table>', re.DOTALL)
_STATE = re.compile(r" \([^()]*\)</td>")


def state_word(state: str) -> str:
    """The word for a decision's state."""
    return term("state", state)


def facts_html(rows: Iterable[tuple[str, str]], *, css: str) -> str:
    """Pairs of term and description, escaped: a table, which every notebook lays out; pages make a list of it."""
    head = '<th scope="row" style="text-align:left;vertical-align:top;width:28%">'
    cell = '<td style="text-align:left;vertical-align:top;white-space:normal">'
    pairs = "".join(f"<tr>{head}{escape(term)}</th>{cell}{escape(text)}</td></tr>" for term, text in rows)
    return f'<table class="facts {css}" style="width:100%"><tbody>{pairs}</tbody></table>'


def band_html(state: str, sentence: str) -> str:
    """The status band of a page: an icon, the state in words, one sentence."""
    icon = ICONS.get(state, "")
    return (
        f'<p class="band {escape(state)}"><span aria-hidden="true">{icon}</span> '
        f"<strong>{escape(state_word(state).capitalize())}.</strong> {escape(sentence)}</p>"
    )


def opening_html(
    rows: Iterable[tuple[str, str]], choices: Mapping[int, str], states: Mapping[int, str], *, sealed: bool
) -> str:
    """The band, what the stage is made from (`rows`), and the decisions before it in words, each with its state."""
    inherited = [
        (f"{stage} · {STAGES[stage - 1].name}", f"{words} ({state_word(states[stage])})")
        for stage, words in choices.items()
    ]
    before = facts_html(inherited, css="inherited") if inherited else ""
    return _resting(states, sealed=sealed) + facts_html(rows, css="provenance") + before


def restated(html: str, states: Mapping[int, str], *, sealed: bool) -> str:
    """An opening with its band and the states of the decisions before it (by stage, in order) as they are now."""
    words = iter(states.values())

    def said(found: re.Match[str]) -> str:
        return _STATE.sub(lambda _old: f" ({escape(state_word(next(words)))})</td>", found[0])

    return _INHERITED.sub(said, _BAND.sub(lambda _old: _resting(states, sealed=sealed), html, count=1), count=1)


def _resting(states: Mapping[int, str], *, sealed: bool) -> str:
    """The band of a stage that rests on decisions in these states and is, or is not, sealed itself."""
    drafts = [str(stage) for stage, state in states.items() if state not in ("sealed", "drift")]
    if drafts:
        said = ngettext(
            "Rests on a draft: stage {stages}. Nothing here binds yet.",
            "Rests on drafts: stages {stages}. Nothing here binds yet.",
            len(drafts),
        )
        sentence = said.format(stages=", ".join(drafts))
    else:
        sentence = _("Every decision before this one is sealed.") if states else _("The chain starts here.")
    return band_html("sealed" if sealed and not drafts else "draft", sentence)
