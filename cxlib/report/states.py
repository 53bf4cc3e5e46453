"""The states a stage can be in, each as a word and an icon: colour is never the only cue."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.language import _


def _same(message: str) -> str:
    """Mark a message for translation; it is translated when it is shown."""
    return message


@dataclass(frozen=True)
class State:
    """One state: its key (also its CSS class), icon, word, and what it means for a reader."""

    key: str
    icon: str
    label: str
    meaning: str

    @property
    def word(self) -> str:
        """The word in the language in force."""
        return _(self.label)

    @property
    def explained(self) -> str:
        """What the state means, in the language in force."""
        return _(self.meaning)


STATES = {
    state.key: state
    for state in (
        State("sealed", "●", _same("Binding"), _same("A person has sealed this decision; later stages rest on it.")),
        State("drift", "▲", _same("Binding, evidence has moved"),
              _same("The sealed decision stands, but today's data would recommend another.")),
        State("draft", "◐", _same("Draft"), _same("Computed; no person has decided it yet.")),
        State("open", "◌", _same("Undecided"), _same("The data recommend nothing; a person has to judge.")),
        State("reopened", "↺", _same("Reopened"), _same("The decision was withdrawn; it has to be taken again.")),
        State("stale", "↻", _same("Out of date"), _same("Something before it has changed since; run it again.")),
        State("failed", "✕", _same("Stopped"), _same("The stage could not be finished.")),
        State("blocked", "⊘", _same("Blocked"), _same("It waits for a stage before it.")),
        State("not_run", "○", _same("Not run yet"), _same("There is no result yet.")),
    )
}  # fmt: skip


def state(key: str) -> State:
    """Return the state of that key; an unknown key is a stage that has not run."""
    return STATES.get(key, STATES["not_run"])
