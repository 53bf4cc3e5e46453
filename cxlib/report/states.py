"""The states a stage can be in, the grades of evidence and the verdicts, as words: colour is never the only cue."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from cxlib.language import _, ngettext


@dataclass(frozen=True)
class State:
    """One state: its key (also its CSS class), icon, word, what it means for a reader, and how stages in it are counted."""

    key: str
    icon: str
    label: str
    meaning: str
    one: str
    many: str

    @property
    def word(self) -> str:
        """The word in the language in force."""
        return _(self.label)

    @property
    def explained(self) -> str:
        """What the state means, in the language in force."""
        return _(self.meaning)

    def counted(self, n: int) -> str:
        """How many stages are in it, in a sentence."""
        return ngettext(self.one, self.many, n).format(n=n)


@cache
def states() -> dict[str, State]:
    """Every state by its key, in the order of `states.yaml`."""
    told = yaml.safe_load(Path(__file__).with_name("states.yaml").read_text(encoding="utf-8"))
    return {key: State(key, **about) for key, about in told.items()}


def state(key: str) -> State:
    """The state of that key; an unknown key is a stage that has not run."""
    return states().get(key, states()["not_run"])


def grade_word(grade: str) -> str:
    """The word for a grade of evidence."""
    return {"measured": _("measured"), "observed": _("observed"), "assumed": _("assumed")}.get(grade, _("cannot tell"))


def verdict_word(verdict: str) -> str:
    """The word for a verdict; "" for none."""
    words = {"decided": _("decided"), "real": _("real"), "not shown": _("not shown"), "cannot tell": _("cannot tell")}
    return words.get(verdict, "")
