"""The account of a whole engagement: per table rows read, repaired, refused, and which stages that blocks or weakens."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cxlib.chain import STAGES, affected, stage_of
from cxlib.engagement.brief import Brief, brief_file, load_brief, load_journey
from cxlib.engagement.brief.open_questions import open_questions
from cxlib.engagement.sources.links import loose_links
from cxlib.engagement.sources.load import load_table
from cxlib.engagement.sources.meeting import cross_questions
from cxlib.engagement.sources.once import Loaded
from cxlib.engagement.tables import CONTRACTS, empty_table
from cxlib.engagement.tables.question import Question
from cxlib.engagement.tables.report import TableReport
from cxlib.errors import TableError
from cxlib.language import _, ngettext, term


@dataclass(frozen=True)
class CheckReport:
    """What `cx check` found: an account per table (its `error` when it could not be read), open questions, loose keys."""

    brief: Brief
    reports: dict[str, TableReport]
    loose: tuple[str, ...] = ()
    crossed: tuple[Question, ...] = ()

    @property
    def questions(self) -> list[Question]:
        """Every open question: of files and values first, then of tables with each other; those that change numbers lead."""
        found = [question for report in self.reports.values() for question in report.questions]
        return sorted(dict.fromkeys([*found, *self.crossed]), key=lambda question: not question.changes_numbers)

    @property
    def failed(self) -> bool:
        """True when a table that the brief names cannot be read, and no open question is the reason."""
        return any(report.error and not _waits(report) for report in self.reports.values())

    @property
    def is_empty(self) -> bool:
        """Whether the brief names no table at all."""
        return not any(report.configured for report in self.reports.values())

    @property
    def refused(self) -> dict[str, int]:
        """Table → how many rows were refused beyond what its sources allow, and do not only wait for an answer."""
        beyond = {name: report.n_refused - report.n_held for name, report in self.reports.items()}
        return {name: n for name, n in beyond.items() if n > self.reports[name].n_allowed}

    @property
    def exit_code(self) -> int:
        """3 when rows or tables were refused that nothing in the brief allows, else 2 while a question or all data are open."""
        if self.failed or self.refused:
            return 3
        return 2 if self.is_empty or any(question.changes_numbers for question in self.questions) else 0

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
        """The account for a terminal: questions, one paragraph per table, then the stages."""
        configured = [report for report in self.reports.values() if report.configured]
        absent = [name for name, report in self.reports.items() if not report.configured]
        brief = self.brief
        head = _("{company} ({name}), as of {day}", company=brief.company, name=brief.name, day=brief.as_of)
        parts = []
        if self.questions:
            told = [f"  ? {question.sentence}  [{question.kind}]" for question in self.questions]
            parts.append(
                "\n".join(
                    [
                        ngettext("{n} question:", "{n} questions:", len(self.questions)).format(n=len(self.questions)),
                        *told,
                    ]
                )
            )
        parts += [head, *(_paragraph(report) for report in configured)]
        if self.loose:
            parts.append("\n  ".join([_("Keys that lead nowhere:"), *self.loose]))
        if absent:
            needs = [f"  {name}: {', '.join(CONTRACTS[name].required)}" for name in absent]
            parts.append("\n".join([_("Not given; each row of them needs at least (TABLES.md tells all):"), *needs]))
        return "\n\n".join([*parts, _stages(self)])

    def next_words(self) -> str:
        """What is to be done now; `{where}` in it becomes the folder."""
        if self.failed:
            return _("Next: fix what is marked ✗, then `cx check{where}` again")
        if self.is_empty:
            return _("Next: name the client's files under `tables:` in engagement.yaml, then `cx check{where}` again")
        if any(question.changes_numbers for question in self.questions):
            return _("Next: answer the questions in engagement.yaml, then `cx check{where}` again")
        if self.refused:
            return _("Next: correct the refused rows, or allow them with `may_refuse`, then `cx check{where}` again")
        return _("Next: `cx run{where}`")

    def as_json(self) -> dict[str, Any]:
        """The account as `cx check --json` gives it; its form is documented in docs/how-to/check.md and kept."""
        return {
            "engagement": self.brief.name,
            "as_of": self.brief.as_of.isoformat(),
            "exit_code": self.exit_code,
            "questions": [question.as_json() for question in self.questions],
            "tables": {name: _counts(report) for name, report in self.reports.items()},
            "loose_keys": list(self.loose),
            "pages": [_page(number, self.effects.get(number, {})) for number in (stage.number for stage in STAGES)],
        }


def _waits(report: TableReport) -> bool:
    """Whether a table was not read because a question is open."""
    return any(question.blocks for question in report.questions)


def _counts(report: TableReport) -> dict[str, Any]:
    """One table's rows: in the file, kept, repaired, refused by reason, with rows and examples."""
    return {
        "configured": report.configured,
        "files": report.files,
        "error": report.error,
        "in_file": report.n_read,
        "kept": report.n_rows,
        "repaired": dict(report.repairs),
        "refused": report.n_refused,
        "waiting": report.n_held,
        "allowed": int(report.n_allowed),
        "unanswered": report.n_unanswered,
        "set_aside": report.n_set_aside,
        "later": report.n_later,
        "problems": [asdict(problem) for problem in report.problems],
        "notes": report.notes,
    }


def _page(number: int, effect: dict[str, list[str]]) -> dict[str, Any]:
    """What one page will be able to answer: all, part, or nothing of it."""
    blocks, weakens = effect.get("blocks", []), effect.get("weakens", [])
    answers = "nothing" if blocks else ("part" if weakens else "all")
    return {
        "page": number,
        "name": stage_of(number).name,
        "answers": answers,
        "blocked_by": blocks,
        "weakened_by": weakens,
    }


def check_engagement(folder: str | Path) -> CheckReport:
    """Read every table of an engagement and account for it; BriefError when `engagement.yaml` or `journey.yaml` is wrong."""
    brief = load_brief(folder)
    load_journey(brief)
    loaded = {name: _loaded(brief, name) for name in CONTRACTS}
    tables = {name: one.table for name, one in loaded.items()}
    reports = {name: one.report for name, one in loaded.items()}
    asked = [*_drafted(folder), *cross_questions(tables, brief)]
    return CheckReport(brief, reports, tuple(loose_links(tables)), tuple(asked))


def _drafted(folder: str | Path) -> list[Question]:
    """The questions that a draft has left in the brief as `# ?`; removing the ? answers them."""
    text = brief_file(folder).read_text(encoding="utf-8-sig")
    choice = _("settle it there, and remove the ?")
    return [Question("draft", f"engagement.yaml, line {line}", told, (choice,)) for line, told in open_questions(text)]


def _loaded(brief: Brief, name: str) -> Loaded:
    try:
        return load_table(brief, name)
    except TableError as error:
        report = TableReport(name, error=error.message, questions=list(error.questions))
        return Loaded(empty_table(CONTRACTS[name]), report)


def _paragraph(report: TableReport) -> str:
    """One table: its counts, its repairs, its problems."""
    if report.error:
        told = _("not read until its question is answered") if _waits(report) else report.error
        return f"✗ {report.table}: {told}"
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
        return _("All ten stages have what they need.") if not report.is_empty else _("No file is named yet.")
    lines = [_("What this means for the stages:")]
    words = {"blocks": _("blocked without {tables}"), "weakens": _("weakened: {tables}")}
    for number, effect in report.effects.items():
        told = [words[kind].format(tables=", ".join(tables)) for kind, tables in effect.items() if tables]
        lines.append(f"  {number:>2} {stage_of(number).name}: {'; '.join(told)}")
    return "\n".join(lines)
