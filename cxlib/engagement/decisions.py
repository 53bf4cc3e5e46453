"""Decisions: which choice is in force for a stage, how it is sealed, reopened, and whether the evidence has drifted.

In force is, in this order: the seal of a person; the choice written into the brief; what the stage recommends. Only the
first binds. An unattended run never seals.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES, Choice, Ground, Stage, check_chain, check_choice, stage_of
from cxlib.engagement import heads, ledger, records
from cxlib.engagement.brief import Brief
from cxlib.engagement.completion import candidates_of, complete
from cxlib.errors import ChainError, UsageError
from cxlib.facts import Recommendation
from cxlib.language import _

DRIFT_SHARE = 0.1  # a recommended number that moves by less than a tenth is the same recommendation (policy)


@dataclass(frozen=True)
class Decision:
    """The choice in force for a stage: its state is sealed, draft (brief or recommendation) or open (nothing known)."""

    stage: int
    choice: Choice
    state: str  # sealed | draft | open
    source: str  # seal | brief | recommendation | none
    why: str = ""
    by: str = ""
    drift: bool = False
    override: bool = False
    at: str = ""  # when it was sealed
    missing: tuple[str, ...] = ()  # keys that nobody has said and that the data cannot fill

    @property
    def standing(self) -> str:
        """Its state, and whether its evidence has moved: sealed | drift | draft | open."""
        return "drift" if self.drift else self.state


def decision_in_force(
    brief: Brief, number: int, candidates: Sequence[Choice], seals: Mapping[int, ledger.Entry]
) -> Decision:
    """The decision of a stage, given the choices it knows today (the recommended one first) and the seals in force."""
    recommended = candidates[0] if candidates else {}
    if number in seals:
        seal = seals[number]
        said = {name: seal[name] for name in ("why", "by", "override", "at")}
        return Decision(number, seal["choice"], "sealed", "seal", drift=has_moved(seal, recommended), **said)
    written = brief.choices.get(number)
    if written is not None:
        choice, missing = complete(number, check_choice(number, written.picked), candidates)
        said = {"why": written.why, "by": written.by, "override": written.override}
        return Decision(number, choice, "draft", "brief", missing=missing, **said)
    if recommended:
        return Decision(number, recommended, "draft", "recommendation")
    return Decision(number, {}, "open", "none")


def states(brief: Brief, known: Mapping[int, records.Record], seals: Mapping[int, ledger.Entry]) -> dict[int, str]:
    """How the decisions of these stages stand, by stage, in order."""
    return {
        number: decision_in_force(brief, number, candidates_of(record), seals).standing
        for number, record in sorted(known.items())
    }


def has_moved(seal: Mapping[str, Any], recommended: Choice) -> bool:
    """Whether the evidence has drifted: today's data recommend neither what they did at the seal nor what it says.

    A choice that differed from the recommendation when it was sealed is a judgement, and no drift.

    A number has moved when it differs by more than a tenth: estimates wander a little with every new row.
    """
    then, choice = seal["recommended"], seal["choice"]
    return any(
        _differs(recommended[key], then.get(key)) and _differs(recommended[key], choice.get(key)) for key in recommended
    )


def _differs(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) > DRIFT_SHARE * max(abs(one), abs(other))
    return bool(one != other)


def grade_of(decision: Decision, recommended: Recommendation) -> str:
    """A choice against, or beyond, the recommendation is judgement, whatever the evidence for the other."""
    if decision.choice == recommended.choice:
        return recommended.grade
    return "assumed" if decision.choice else "unknown"


def recorded(decision: Decision, advice: Recommendation) -> dict[str, Any]:
    """What a stage's record says of its decision, and of the recommendation it stands beside."""
    return {
        **{name: getattr(decision, name) for name in ("state", "source", "drift", "override", "choice")},
        "grade": grade_of(decision, advice),
        "recommended": advice.choice,
        "because": advice.because.sentence,
        **advice.limits,
        "possible": list(advice.possible),
        "alternatives": [{"choice": other.choice, "meaning": other.meaning} for other in advice.alternatives],
    }


def ground_of(brief: Brief, number: int, home: Path, limits: Mapping[str, Mapping[str, list[str]]]) -> Ground:
    """What a choice of stage `number` is held against: funnel, touchpoints, channels, earlier choices, what was offered.

    limits: what its recommendation, or its record, holds as `offered` and as `known`.
    """
    offered, known = (
        {key: tuple(values) for key, values in limits.get(name, {}).items()} for name in ("offered", "known")
    )
    return Ground(
        steps=tuple(brief.step_keys),
        step_of={key: brief.step_of(key) for key in brief.touchpoint_keys},
        channels=tuple(brief.channels),
        earlier={stage: found["choice"] for stage, found in records.read_records(home).items() if stage < number},
        offered=offered,
        known=known,
    )


def seal(
    brief: Brief, home: Path, number: int, choice: Choice, *, why: str, by: str, override: bool = False
) -> ledger.Entry:
    """Seal a stage's decision; return the ledger entry (see `drafted_seal`)."""
    entry = drafted_seal(brief, home, number, choice, why=why, by=by, override=override)
    return written(brief, home, entry)


def drafted_seal(
    brief: Brief, home: Path, number: int, choice: Choice, *, why: str, by: str, override: bool = False
) -> ledger.Entry:
    """The entry that would seal a stage's decision, whole; nothing is written.

    The stage must have run, every stage before it must be sealed, and it must not be sealed already. A choice that
    contradicts the chain raises ChoiceError, or is kept with `override` and counted by stage 10.
    """
    stage = stage_of(number)
    _need(why.strip() != "", stage, _("no reason is given"), _("--why 'the reason, in one sentence'"))
    _need(by.strip() != "", stage, _("nobody has signed it"), _("Add --by 'who decides'"))
    entries = heads.read_whole(brief.folder, home)
    in_force = ledger.seals(entries)
    _check_order(stage, in_force)
    record = _record_to_seal(stage, home, entries)
    given = check_choice(number, choice)
    full, missing = complete(number, given, candidates_of(record)) if given else (record["choice"], ())
    _need(bool(full), stage, _("no choice is given"), _("Name at least one of: {keys}", keys=", ".join(stage.decides)))
    _need(not missing, stage, *_not_whole(given, missing))
    against = check_chain(number, full, ground_of(brief, number, home, record), override=override)
    return {
        "kind": "seal",
        "stage": number,
        "choice": full,
        "recommended": record["recommended"],
        "alternatives": [item["choice"] for item in record["alternatives"]],
        "why": why.strip(),
        "by": by.strip(),
        "grade": record["grade"],
        "evidence": record["digest"],
        "as_of": record["as_of"],
        "rests_on": {str(key): in_force[key]["hash"] for key in range(1, number)},
        "override": bool(against),
        "contradicts": against,
    }


def reopen(brief: Brief, number: int, *, why: str, by: str, home: Path | None = None) -> ledger.Entry:
    """Reopen a sealed stage; every seal after it falls with it. Return the entry, whose `unseals` names them."""
    stage = stage_of(number)
    _need(why.strip() != "", stage, _("no reason is given"), _("--why 'the reason, in one sentence'"))
    _need(by.strip() != "", stage, _("nobody has signed it"), _("Add --by 'who decides'"))
    in_force = ledger.seals(heads.read_whole(brief.folder, home))
    sealed = ", ".join(map(str, sorted(in_force))) or _("none")
    nothing = _("it is not sealed, so there is nothing to reopen")
    _need(number in in_force, stage, nothing, _("Sealed stages: {stages}", stages=sealed))
    falls = [key for key in sorted(in_force) if key >= number]
    entry = {"kind": "reopen", "stage": number, "why": why.strip(), "by": by.strip(), "unseals": falls}
    return written(brief, home, entry)


def written(brief: Brief, home: Path | None, entry: ledger.Entry) -> ledger.Entry:
    """The entry as it stands in the ledger; the report folder knows of it, so that it is missed when it goes."""
    full = ledger.append(brief.folder, entry)
    if home is not None:
        heads.remember(brief.folder, home, full)
    return full


def check_open(brief: Brief, home: Path, number: int, as_of: str) -> dict[int, records.Record]:
    """The records a stage rests on; raises ChainError, with the method's reason, when one is missing, stale or reopened."""
    entries = heads.read_whole(brief.folder, home)
    in_force = ledger.seals(entries)
    known: dict[int, records.Record] = {}
    for earlier in STAGES[: number - 1]:
        record = records.read_record(home, earlier.number)
        if record is None:
            raise _closed(number, earlier, _("stage {n} ({name}) has not run", n=earlier.number, name=earlier.name))
        wrong = _standing(brief, earlier, record, entries, as_of) or _resting(earlier, record, known)
        decision = decision_in_force(brief, earlier.number, candidates_of(record), in_force)
        if not wrong and decision.choice != record["choice"]:
            changed = _("the decision of stage {n} ({name}) has changed since it ran")
            wrong = changed.format(n=earlier.number, name=earlier.name)
        if wrong:
            raise _closed(number, earlier, wrong)
        known[earlier.number] = record
    return known


def _standing(brief: Brief, earlier: Stage, record: records.Record, entries: list[ledger.Entry], as_of: str) -> str:
    """Why a record no longer counts: reopened since, from a ledger that was cut, of another date or engagement; or ""."""
    n, length = earlier.number, record["ledger"]["length"]
    if undone := ledger.reopened_after(entries, n, length):
        return _("stage {n} was reopened ({why}) and has not run since", n=undone["stage"], why=undone["why"])
    if length and (length > len(entries) or entries[length - 1]["hash"] != record["ledger"]["head"]):
        return _("stage {n} ran under decisions that are no longer in {file}", n=n, file=ledger.LEDGER)
    if record["as_of"] != as_of:
        return _("stage {n} ran as of {theirs}, this one as of {ours}", n=n, theirs=record["as_of"], ours=as_of)
    if record["engagement"] != brief.name:
        return _("stage {n} ran for {other}", n=n, other=record["engagement"])
    return ""


def _resting(earlier: Stage, record: records.Record, known: Mapping[int, Mapping[str, Any]]) -> str:
    """Which stage was run again after this record; "" when none was."""
    again = records.moved(record, known)
    told = _("stage {k} was run again after stage {n} ({name})")
    return told.format(k=again, n=earlier.number, name=earlier.name) if again else ""


def _closed(number: int, earlier: Stage, what: str) -> ChainError:
    return ChainError(
        _("stage {n}", n=number),
        _("it cannot open: {what}", what=what),
        _(
            "The ten stages bind each other: none is skipped, none is swapped, "
            "and what a stage decides is a fact for the next"
        ),
        _("Run stage {n} first ({slug}), or the whole chain with `cx run`", n=earlier.number, slug=earlier.slug),
    )


def _record_to_seal(stage: Stage, home: Path, entries: list[ledger.Entry]) -> records.Record:
    record = records.read_record(home, stage.number)
    if record is not None and not ledger.reopened_after(entries, stage.number, record["ledger"]["length"]):
        return record
    what = _("the stage has not run, so there is no evidence to decide on")
    if record is not None:
        what = _("the stage has not run since it was reopened, so there is no evidence to decide on")
    raise _unsealed(stage, what, _("Decisions rest on data"), _("Run it, then decide: `cx run`"))


def _check_order(stage: Stage, in_force: Mapping[int, ledger.Entry]) -> None:
    """Refuse to seal a stage twice, or before a stage that it rests on."""
    if stage.number in in_force:
        todo = _("Reopen it first: `cx reopen {n} --why …`", n=stage.number)
        raise _unsealed(stage, _("it is already sealed"), _("A sealed decision is a fact"), todo)
    for earlier in STAGES[: stage.number - 1]:
        if earlier.number not in in_force:
            what = _("stage {k} is still a draft", k=earlier.number)
            todo = _("Seal stage {k} first: `cx decide {k} …`", k=earlier.number)
            raise _unsealed(stage, what, _("A decision rests on the sealed decisions before it"), todo)


def _unsealed(stage: Stage, what: str, accepted: str, todo: str) -> ChainError:
    return ChainError(_("decision of stage {n}", n=stage.number), what, accepted, todo)


def _not_whole(given: Choice, missing: Sequence[str]) -> tuple[str, str]:
    what = _("it leaves out {keys}, and what is known of these belongs to another choice than {given}")
    keys, words = ", ".join(missing), ", ".join(f"{key}={value}" for key, value in given.items())
    return what.format(keys=keys, given=words), _(
        "Name them, too: {pairs}", pairs=" ".join(f"{key}=…" for key in missing)
    )


def _need(met: bool, stage: Stage, what: str, todo: str) -> None:
    if not met:
        raise UsageError(_("decision of stage {n}", n=stage.number), what, "", todo)
