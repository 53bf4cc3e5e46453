"""The states a stage can be in, each as a word and an icon: colour is never the only cue."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.language import _, mark


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
        State("sealed", "●", mark("Binding"), mark("A person has sealed this decision; later stages rest on it.")),
        State(
            "drift",
            "▲",
            mark("Binding, evidence has moved"),
            mark("The sealed decision stands, but today's data would recommend another."),
        ),
        State("draft", "◐", mark("Draft"), mark("Computed; no person has decided it yet.")),
        State("open", "◌", mark("Undecided"), mark("The data recommend nothing; a person has to judge.")),
        State("reopened", "↺", mark("Reopened"), mark("The decision was withdrawn; it has to be taken again.")),
        State("stale", "↻", mark("Out of date"), mark("Something before it has changed since; run it again.")),
        State("failed", "✕", mark("Stopped"), mark("The stage could not be finished.")),
        State("blocked", "⊘", mark("Blocked"), mark("It waits for a stage before it.")),
        State("not_run", "○", mark("Not run yet"), mark("There is no result yet.")),
    )
}


def state(key: str) -> State:
    """Return the state of that key; an unknown key is a stage that has not run."""
    return STATES.get(key, STATES["not_run"])
