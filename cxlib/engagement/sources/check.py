"""The account of a whole engagement: per table rows read, repaired, refused, and which stages that blocks or weakens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cxlib.chain import STAGES, affected, stage_of
from cxlib.engagement.brief import Brief, load_brief, load_journey
from cxlib.engagement.sources.links import loose_links
from cxlib.engagement.sources.load import load_table
from cxlib.engagement.sources.once import Loaded
from cxlib.engagement.tables import CONTRACTS, empty_table
from cxlib.engagement.tables.report import TableReport
from cxlib.errors import TableError
from cxlib.language import _, term


@dataclass(frozen=True)
class CheckReport:
    """What `cx check` found: an account per table (its `error` when it could not be read), keys that lead nowhere."""

    brief: Brief
    reports: dict[str, TableReport]
    loose: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """True when a table that the brief names cannot be read."""
        return any(report.error for report in self.reports.values())

    @property
    def effects(self) -> dict[int, dict[str, list[str]]]:
        """Stage → {"blocks": tables, "weakens": tables}: what is missing, and what lost rows."""
        found: dict[int, dict[str, list[str]]] = {stage.number: {"blocks": [], "weakens": []} for stage in STAGES}
        for name, report in self.reports.items():
            for number, effect in affected(name).items():
                if not report.n_rows:
                    found[number][effect].append(name)
                elif report.n_refused:
                    found[number]["weakens"].append(name)
        return {number: effect for number, effect in found.items() if effect["blocks"] or effect["weakens"]}

    def text(self) -> str:
        """The account for a terminal: one paragraph per table, then the stages."""
        configured = [report for report in self.reports.values() if report.configured]
        absent = [name for name, report in self.reports.items() if not report.configured]
        brief = self.brief
        head = _("{company} ({name}), as of {day}", company=brief.company, name=brief.name, day=brief.as_of)
        parts = [head, *(_paragraph(report) for report in configured)]
        if self.loose:
            parts.append("\n  ".join([_("Keys that lead nowhere:"), *self.loose]))
        if absent:
            needs = [f"  {name}: {', '.join(CONTRACTS[name].required)}" for name in absent]
            parts.append("\n".join([_("Not given; each row of them needs at least (TABLES.md tells all):"), *needs]))
        return "\n\n".join([*parts, _stages(self)])


def check_engagement(folder: str | Path) -> CheckReport:
    """Read every table of an engagement and account for it; BriefError when `engagement.yaml` or `journey.yaml` is wrong."""
    brief = load_brief(folder)
    load_journey(brief)
    loaded = {name: _loaded(brief, name) for name in CONTRACTS}
    tables = {name: one.table for name, one in loaded.items()}
    return CheckReport(brief, {name: one.report for name, one in loaded.items()}, tuple(loose_links(tables)))


def _loaded(brief: Brief, name: str) -> Loaded:
    try:
        return load_table(brief, name)
    except TableError as error:
        return Loaded(empty_table(CONTRACTS[name]), TableReport(name, error=error.message))


def _paragraph(report: TableReport) -> str:
    """One table: its counts, its repairs, its problems."""
    if report.error:
        return f"✗ {report.table}: {report.error}"
    counts = [
        _("{n} rows read", n=report.n_read),
        _("{n} rows in the table", n=report.n_rows),
        _("{n} repaired", n=sum(report.repairs.values())),
        _("{n} refused", n=report.n_refused),
    ]
    more = {
        _("{n} unanswered"): report.n_unanswered,
        _("{n} set aside by `where`"): report.n_set_aside,
        _("{n} after as_of, not read"): report.n_later,
    }
    counts += [words.format(n=count) for words, count in more.items() if count]
    lines = [f"{'!' if report.problems else '✓'} {report.table}: {', '.join(counts)}"]
    lines += [f"    repaired  {count} × {term('repair', kind)}" for kind, count in sorted(report.repairs.items())]
    lines += [f"    problem   {problem.sentence}" for problem in report.problems]
    return "\n".join(lines + [f"    note      {note}" for note in report.notes])


def _stages(report: CheckReport) -> str:
    """What that means for the ten stages."""
    if not report.effects:
        return _("All ten stages have what they need.")
    lines = [_("What this means for the stages:")]
    words = {"blocks": _("blocked without {tables}"), "weakens": _("weakened: {tables}")}
    for number, effect in report.effects.items():
        told = [words[kind].format(tables=", ".join(tables)) for kind, tables in effect.items() if tables]
        lines.append(f"  {number:>2} {stage_of(number).name}: {'; '.join(told)}")
    return "\n".join(lines)
