"""Where the chain stands: the state of each stage, from its record, the ledger and the last run. No statistics, no pages."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES, Stage
from cxlib.engagement import choices, decisions, heads, ledger, records, review
from cxlib.engagement.brief import Brief
from cxlib.engagement.completion import candidates_of
from cxlib.engagement.records import Record
from cxlib.language import _, mark, ngettext
from cxlib.report.states import State, state, states

WAITS = mark("It waits for a second person.")


@dataclass(frozen=True)
class Standing:
    """One stage: its state, the choice in force in words, its evidence, its result, how fresh it is, why it stopped."""

    stage: Stage
    state: State
    choice: dict[str, Any]
    choice_words: str = ""
    headline: str = ""
    grade: str = ""
    as_of: str = ""
    ran_at: str = ""
    reason: str = ""
    older: bool = False  # its record is older than the decision it shows
    by: str = ""  # who sealed it, and why
    why: str = ""
    drafts: tuple[int, ...] = ()  # stages before it that are not sealed
    second: str = ""  # who has approved it beside the one who sealed it; "?" while the brief asks for somebody
    comments: tuple[tuple[str, str, str], ...] = ()  # what colleagues say: of what, which words, who and when

    @property
    def sentence(self) -> str:
        """What its state means for a reader, as far as it is known: who sealed it, or what it rests on."""
        if self.by and self.state.key == "sealed":
            said = _("Sealed by {by}: {why}").format(by=self.by, why=self.why)
            second = _(WAITS) if self.second == "?" else _("Approved by {by}.").format(by=self.second)
            return f"{said.rstrip('.')}. {second}" if self.second else said
        if self.drafts and self.state.key == "draft":
            stages = ", ".join(map(str, self.drafts))
            return ngettext(
                "Rests on a draft: stage {stages}. Nothing here binds yet.",
                "Rests on drafts: stages {stages}. Nothing here binds yet.",
                len(self.drafts),
            ).format(stages=stages)
        return self.state.explained

    def told(self, words: str) -> str:
        """Words about it with its number, its name and why it stands so filled in."""
        return words.format(n=self.stage.number, name=self.stage.name, why=self.reason or self.state.explained)

    def as_json(self) -> dict[str, Any]:
        """The standing as plain data."""
        plain = ("choice", "choice_words", "headline", "grade", "as_of", "ran_at", "reason")
        told = {name: getattr(self, name) for name in plain}
        return {"stage": self.stage.number, "name": self.stage.name, "state": self.state.key, **told}


def read_run(home: Path) -> dict[str, Any]:
    """The last run's run.json; {} when there is none (or it is not readable: it is a log, not a guarantee)."""
    return records.read_json(home / "run.json")


def standings(brief: Brief, home: Path) -> list[Standing]:
    """The ten stages as they stand now, whatever was decided or run since their pages were made."""
    seen = {one.stage: ", ".join(one.approved_by) for one in review.seals_seen(brief)}
    said = review.comments(brief)
    return [_reviewed(one, brief, seen, said) for one in _standings(brief, home)]


def _reviewed(one: Standing, brief: Brief, seen: Mapping[int, str], said: list[review.Entry]) -> Standing:
    """A standing with what a second person says of it."""
    number = one.stage.number
    second = seen.get(number, "") or ("?" if number in seen and brief.approval == "two" else "")
    own = [entry for entry in said if entry["about"].partition(".")[0] == str(number)]
    told = ((review.about_words(entry["about"]), entry["text"], f"{entry['by']}, {entry['at'][:10]}") for entry in own)
    return replace(one, second=second, comments=tuple(told))


def _standings(brief: Brief, home: Path) -> list[Standing]:
    known, entries = records.read_records(home), heads.read_whole(brief.folder, home)
    stopped = {row["stage"]: row for row in read_run(home).get("stages", []) if row["status"] in ("failed", "blocked")}
    found: list[Standing] = []
    for stage in STAGES:
        found.append(_standing(brief, stage, known, entries, stopped.get(stage.number), found))
    return found


def summary(stands: Sequence[Standing]) -> str:
    """How far the decisions are, in a sentence."""
    count = Counter(one.state.key for one in stands)
    binding = count["sealed"] + count["drift"]
    first = _("{n} of {total} decisions are binding.") if binding else _("No decision is binding yet.")
    said = [one.counted(count[key]) for key, one in states().items() if key != "sealed" and count[key]]
    return " ".join([first.format(n=binding, total=len(stands)), *said])


def _standing(
    brief: Brief,
    stage: Stage,
    known: Mapping[int, Record],
    entries: list[ledger.Entry],
    stopped: Mapping[str, Any] | None,
    before: list[Standing],
) -> Standing:
    """One stage, given the ones before it."""
    record = known.get(stage.number)
    if stopped:
        return Standing(stage, state(stopped["status"]), {}, reason=str(stopped.get("reason", "")))
    if record is None:
        return Standing(stage, state("not_run"), {})
    found = decisions.decision_in_force(brief, stage.number, candidates_of(record), ledger.seals(entries))
    same, sealed = found.choice == record["choice"], found.state == "sealed"
    changed = any(one.state.key in ("reopened", "stale", "not_run") or one.reason for one in before)
    key = "stale" if changed or records.moved(record, known) is not None else found.standing
    if ledger.reopened_after(entries, stage.number, record["ledger"]["length"]):
        key = "reopened"
    return Standing(
        stage,
        state(key),
        found.choice,
        record["choice_words"] if same else choice_words(brief, stage.number, found.choice),
        **{name: record[name] for name in ("headline", "grade", "as_of", "ran_at")},
        reason="" if same else _("The decision is newer than this page."),
        older=found.state != record["state"],
        by=found.by if sealed else "",
        why=found.why if sealed else "",
        drafts=tuple(one.stage.number for one in before if not one.by),
    )


def choice_words(brief: Brief, number: int, choice: Mapping[str, Any]) -> str:
    """A stage's choice as one line of words, with the brief's labels."""
    decided = {key: value for key, value in choice.items() if key in STAGES[number - 1].decides}
    return choices.choice_words(decided, lambda key, code: _named(brief, choices.kinds(key), code))


def _named(brief: Brief, kinds: Sequence[str], code: str) -> str | None:
    """What the brief calls a code, if it has a name for it."""
    return next((name for kind in kinds if (name := brief.label(kind, code)) != code), None)


LONGEST = 120  # characters of key=value words that a person still reads; `cx decide N` without them seals what stands


@dataclass(frozen=True)
class NextStep:
    """What to do now: a sentence and a command that can be pasted."""

    words: str
    command: str


def next_step(stands: list[Standing], engagement: str = "", out: str = "") -> NextStep:
    """The one next step of an engagement; `engagement` and `out` are what a command needs ("" when it finds them itself)."""
    to = f" --out {shlex.quote(out)}" if out else ""
    where = (f" --engagement {shlex.quote(engagement)}" if engagement else "") + to
    for one in stands:
        if one.state.key in ("failed", "blocked"):
            words = _("Stage {n} ({name}) stopped. Mend what its page says, then run on from there.")
        elif one.state.key in ("not_run", "reopened", "stale") or one.reason:
            words = _("Run the chain on from stage {n} ({name}): {why}")
        else:
            continue
        return NextStep(one.told(words), run_command(engagement, one.stage.number) + to)
    asked = {
        "draft": _("Decide stage {n} ({name}). It is a draft until a person seals it."),
        "open": _("Decide stage {n} ({name}). The data recommend nothing; a person has to judge."),
        "drift": _(
            "Review stage {n} ({name}): today's data would recommend another choice. Keep the seal, or reopen it."
        ),
    }
    for one in stands:
        if words := asked.get(one.state.key, ""):
            verb = (
                f"reopen {one.stage.number}" if one.state.key == "drift" else f"decide {one.stage.number}{_pairs(one)}"
            )
            return NextStep(one.told(words), f'cx {verb} --why "…" --by "…"{where}')
    words = _("All ten decisions are sealed. Run again when new data have come.")
    if any(one.older for one in stands):
        words = _("All ten decisions are sealed. Run once more, so that every page shows them.")
    return NextStep(words, run_command(engagement) + to)


def run_command(engagement: str, first: int = 1) -> str:
    """The command that runs the chain on from a stage."""
    words = ["cx run", shlex.quote(engagement) if engagement else "", f"--from {first}" if first > 1 else ""]
    return " ".join(filter(None, words))


def words_of_command(choice: Mapping[str, Any]) -> str:
    """A choice as the key=value words of a command, each after a blank."""
    return "".join(f" {key}={_word(value)}" for key, value in choice.items())


def _pairs(one: Standing) -> str:
    """key=value words of the keys that the stage decides, or of the choice that stands; a long one is sealed unsaid."""
    words = words_of_command(one.choice or dict.fromkeys(one.stage.decides, "…"))
    return words if len(words) <= LONGEST + 1 or not one.choice else ""


def _word(value: Any) -> str:
    """A value as a shell reads it; a whole number without decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return f'"{text}"' if " " in text or not text else text
