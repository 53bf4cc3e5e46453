"""What changed between two runs: two contents of facts.json compared, each difference with its verdict.

A difference of two estimates is `real` when its interval leaves out zero, `not shown` when it holds zero, and `cannot tell`
where an interval or n is missing, n is below the evidence gate, or only one of the runs has the number. A decision in force
is not an estimate but a matter of record: a changed one is `decided`, and so is what cannot be told otherwise of the
numbers of its stage and of the stages after it, which are computed for another choice.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from cxlib.facts import Fact, Verdict, compare

Content = Mapping[str, Any]  # facts.json: {"facts": […], "decisions": […]}
DECISION, STATE = "decision", "state"  # units of the rows that are no numbers
DECIDED: Literal["decided"] = "decided"  # the verdict of what changed because people decided otherwise
_ORDER = (DECIDED, "real", "not shown", "cannot tell")


@dataclass(frozen=True)
class Change:
    """One thing that is not what it was: before and after (None: that run does not have it) and what to make of it.

    unit is that of the fact, or "decision" (the choice in force, in words) or "state" (draft, sealed, open, drift).
    low and high bound the difference after − before of two estimates at 95 %.
    """

    id: str
    name: str
    before: Any
    after: Any
    unit: str
    verdict: Verdict | Literal["decided"]
    low: float | None = None
    high: float | None = None

    @property
    def stage(self) -> int:
        """The stage it belongs to."""
        return int(self.id.split(".")[0])

    def as_json(self) -> dict[str, Any]:
        """The change as a row of a tidy table."""
        return asdict(self)


def changes(before: Content, after: Content) -> tuple[Change, ...]:
    """What differs between two runs, decisions before numbers, stage by stage; equal values give no row."""
    earlier, later = _facts(before), _facts(after)
    numbers = (_number(earlier.get(id), later.get(id)) for id in earlier | later)
    decided = list(_decisions(before, after))
    since = min((one.stage for one in decided if one.unit == DECISION), default=11)
    told = (replace(one, verdict=DECIDED) if _for_another_choice(one, since) else one for one in numbers if one)
    found = [*decided, *told]
    return tuple(
        sorted(found, key=lambda one: (one.stage, one.unit not in (DECISION, STATE), _ORDER.index(one.verdict)))
    )


def _for_another_choice(one: Change, since: int) -> bool:
    """Whether a number cannot be compared because it was computed for another choice, of stage `since` or before."""
    return one.stage >= since and one.verdict == "cannot tell"


def counted(found: Iterable[Change]) -> dict[str, int]:
    """How many changes there are of each verdict."""
    verdicts: list[str] = [change.verdict for change in found]
    return {verdict: verdicts.count(verdict) for verdict in _ORDER}


def difference(before: Fact, after: Fact) -> tuple[float | None, float | None]:
    """The 95 % interval of after − before, or None twice where a bound is missing.

    The half-widths on the facing sides are combined as a root of squares (MOVER: Zou & Donner 2008, Statistics in
    Medicine 27, doi:10.1002/sim.3095), which keeps skewed intervals skewed. The runs are taken as independent; where they
    share data the interval is too wide, so that "not shown" is said too often rather than "real".
    """
    ends = (before.value, before.low, before.high, after.value, after.low, after.high)
    if not all(isinstance(end, int | float) for end in ends):
        return None, None
    old, old_low, old_high, new, new_low, new_high = (float(end) for end in ends if end is not None)
    shift = new - old
    return shift - math.hypot(new - new_low, old_high - old), shift + math.hypot(new_high - new, old - old_low)


def _facts(content: Content) -> dict[str, Fact]:
    return {fact["id"]: Fact.from_json(fact) for fact in content.get("facts", [])}


def _number(before: Fact | None, after: Fact | None) -> Change | None:
    """One number of two runs as a change; None when it is what it was."""
    old, new = before.value if before else None, after.value if after else None
    known = after or before
    if known is None or _same(old, new):
        return None
    low, high = difference(before, after) if before and after and before.unit == after.unit else (None, None)
    n = min((fact.n or 0 if fact else 0) for fact in (before, after))
    verdict = compare(low, high, n=n)
    return Change(known.id, known.name, old, new, known.unit, verdict, low, high)


def _same(old: Any, new: Any) -> bool:
    """Equal, or equal but for the last digits of arithmetic."""
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=1e-9, abs_tol=1e-12)
    return bool(old == new)


def _decisions(before: Content, after: Content) -> Iterable[Change]:
    """Choices and states that are not what they were, of the stages that both runs decided."""
    earlier = {row["stage"]: row for row in before.get("decisions", [])}
    for row in after.get("decisions", []):
        old, id = earlier.get(row["stage"]), str(row["stage"])
        if old is None:
            continue
        if old["choice"] != row["choice"]:
            yield Change(f"{id}.{DECISION}", DECISION, old["words"], row["words"], DECISION, "decided")
        if old["state"] != row["state"]:
            yield Change(f"{id}.{STATE}", STATE, old["state"], row["state"], STATE, "decided")
