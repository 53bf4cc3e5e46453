"""Which stages have to be computed: a stage whose parts are all as they were keeps what it has left."""

from __future__ import annotations

from dataclasses import dataclass

from cxlib.chain import Stage
from cxlib.language import _
from cxlib.run.inputs import Earlier, Inputs
from cxlib.run.store import Artifact, Store


@dataclass(frozen=True)
class Part:
    """One part of what a stage depends on, as it was and as it is."""

    name: str
    before: str
    now: str

    @property
    def changed(self) -> bool:
        """Whether it is not what it was."""
        return self.before != self.now

    def __str__(self) -> str:
        return f"{words(self.name)}: {_short(self.before)} → {_short(self.now)}"


def reusable(store: Store, inputs: Inputs, stage: Stage, earlier: Earlier) -> tuple[Artifact | None, list[Artifact]]:
    """The last artifact made from what is there now, and those that would have done but are damaged."""
    damaged: list[Artifact] = []
    for artifact in store.artifacts(stage.number):
        if not artifact.parts:
            continue  # run by hand, or unreadable
        if any(inputs.now(stage, name, earlier) != value for name, value in artifact.parts.items()):
            continue
        if artifact.damage():
            damaged.append(artifact)
        elif inputs.ledger_holds(artifact.record):
            return artifact, damaged
    return None, damaged


def compared(inputs: Inputs, stage: Stage, artifact: Artifact, earlier: Earlier) -> list[Part]:
    """What an artifact was made from, part by part, beside what is there now."""
    return [Part(name, value, inputs.now(stage, name, earlier)) for name, value in artifact.parts.items()]


def words(name: str) -> str:
    """The name of a part for people."""
    kind, _colon, rest = name.partition(":")
    plain = {
        "code": _("code of the notebook"),
        "python": "Python",
        "lock": _("requirements.lock"),
        "words": _("translations"),
        "engagement": _("name of the engagement"),
        "as_of": "as_of",
        "choice": _("choice in the brief"),
        "seal": _("seal of this stage"),
        "reopened": _("reopening"),
        "ledger": _("decisions.jsonl"),
    }
    if kind in plain:
        return plain[kind]
    if kind == "table":
        table, what, file = [*rest.split(":", 2), ""][:3]
        return _("table {name}, {what}").format(
            name=table, what=file or {"brief": _("names and scales of the brief")}.get(what, what)
        )
    if kind == "stage":
        number, _colon, part = rest.partition(":")
        return _("stage {n}, {part}").format(n=number, part=part.replace(":", " "))
    return f"{kind} {rest}"


def _short(value: str) -> str:
    """A digest by its beginning, all else as it is."""
    bare = value.removeprefix("sha256:")
    is_digest = len(bare) == 64 and all(sign in "0123456789abcdef" for sign in bare)
    return bare[:12] if is_digest else value
