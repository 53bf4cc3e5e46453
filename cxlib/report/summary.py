"""How far the decisions are, in a sentence, for the overview and the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from cxlib.language import _, ngettext
from cxlib.report.standing import Standing


def summary(stands: Sequence[Standing]) -> str:
    """How far the decisions are, in a sentence."""
    count = {key: sum(one.state.key == key for one in stands) for key in (one.state.key for one in stands)}
    binding, total = count.get("sealed", 0) + count.get("drift", 0), len(stands)
    first = _("{n} of {total} decisions are binding.") if binding else _("No decision is binding yet.")
    said = [_counted(key, count[key]) for key in _COUNTED if count.get(key)]
    return " ".join([first.format(n=binding, total=total), *said])


_COUNTED = ("draft", "open", "drift", "stale", "reopened", "failed", "blocked", "not_run")


def _counted(key: str, n: int) -> str:
    """How many stages are in a state, in a sentence."""
    words = {
        "draft": ngettext("{n} is a draft.", "{n} are drafts.", n),
        "open": ngettext("{n} is undecided.", "{n} are undecided.", n),
        "drift": ngettext("Under {n} the evidence has moved.", "Under {n} the evidence has moved.", n),
        "stale": ngettext("{n} is out of date.", "{n} are out of date.", n),
        "reopened": ngettext("{n} is reopened.", "{n} are reopened.", n),
        "failed": ngettext("{n} stage stopped.", "{n} stages stopped.", n),
        "blocked": ngettext("{n} waits for it.", "{n} wait for it.", n),
        "not_run": ngettext("{n} has not run.", "{n} have not run.", n),
    }
    return words[key].format(n=n)


def grade_word(grade: str) -> str:
    """The word for a grade of evidence."""
    return {"measured": _("measured"), "observed": _("observed"), "assumed": _("assumed")}.get(grade, _("cannot tell"))
