"""What a draft says on the terminal: each file's columns, what they were taken for, and which pages can speak."""

from __future__ import annotations

from cxlib.chain import STAGES
from cxlib.draft.draft import Draft
from cxlib.draft.guesses import ROW
from cxlib.draft.profile import Column, File, shown
from cxlib.engagement.tables import CONTRACTS
from cxlib.language import _

_MOST_COLUMNS = 60


def account(draft: Draft) -> str:
    """The whole account as text."""
    parts = [_file(draft, file) for file in draft.files]
    parts.append(pages(draft))
    if draft.doubts:
        listed = [_("{n} questions, each at its place in engagement.yaml:", n=len(draft.doubts))]
        listed += [f"  ? {shown(doubt.what, 300)}" for doubt in draft.doubts]
        parts.append("\n".join(listed))
    return "\n\n".join(parts)


def pages(draft: Draft) -> str:
    """Which of the ten pages can be answered from this, before anything runs."""
    have = draft.tables | draft.there
    lines = [_("What the ten pages can answer:")]
    for stage in STAGES:
        missing = [name for name in stage.needs if name not in have]
        helps = [name for name in stage.helps if name not in have]
        if missing:
            told = _("not yet: needs {tables}", tables=", ".join(missing))
        else:
            told = _("yes") + (_("; more with {tables}", tables=", ".join(helps)) if helps else "")
        lines.append(f"  {stage.number:>2} {stage.name}: {told}")
    return "\n".join(lines)


def _file(draft: Draft, file: File) -> str:
    """One file: what it is, its columns, and the contract columns that nothing in it fills."""
    if file.error:
        return f"✗ {shown(file.name, 80)}: {file.error}"
    guesses = [guess for guess in draft.guesses if guess.file is file]
    system = file.dialect.name if file.dialect else ""
    kind = _("an export of {system}", system=system) if system else _("a system not known by its headers")
    taken = ", ".join(dict.fromkeys(guess.table for guess in guesses))
    told = _("taken for {tables}", tables=taken) if taken else _none(draft, file)
    lines = [f"{shown(file.name, 80)}: " + _("{n} rows, {kind}; {told}", n=file.n, kind=kind, told=told)]
    why: dict[str, list[str]] = {}
    for guess in guesses:
        for name, reason in guess.why.items():
            why.setdefault(name, []).append(reason)
    lines += [_column(column, "; ".join(why.get(column.name, []))) for column in file.columns[:_MOST_COLUMNS]]
    if len(file.columns) > _MOST_COLUMNS:
        more = [column.name for column in file.columns[_MOST_COLUMNS:] if column.name in why]
        lines.append(
            "  " + _("… and {n} more columns, {used} of them used", n=len(file.columns) - _MOST_COLUMNS, used=len(more))
        )
    for guess in guesses:
        empty = _unfilled(guess.table, set(guess.mapping.get("columns", {})) | _made(guess.mapping))
        if empty:
            lines.append("  " + _("{table}: nothing fills {columns}", table=guess.table, columns=", ".join(empty)))
        if guess.mapping.get("columns", {}).get("respondent_id") == ROW:
            lines.append("  " + _("{table}: no column names a person, each row counts as one", table=guess.table))
    return "\n".join(lines)


def _none(draft: Draft, file: File) -> str:
    if file.dialect and file.dialect.sums_only:
        return _("not used: it holds sums, not what each customer did; export the log")
    same = next(other for other in draft.files if other.digest == file.digest)
    if same is not file:
        return _("not used: it is {file} over again, byte by byte", file=same.name)
    return _("not used: no table can be filled from it alone") if file.n else _("not used: it holds no rows")


def _column(column: Column, why: str) -> str:
    examples = " | ".join(column.examples())
    told = f"    {shown(column.name, 32):<32} {column.kind:<7}{column.filled:>5.0%}  {column.range:<24} {examples}"
    return f"{told.rstrip()}  → {why}" if why else told.rstrip()


def _made(mapping: dict[str, object]) -> set[str]:
    """Contract columns that come from elsewhere than `columns`."""
    made = {key for block in ("constant", "product") for key in _keys(mapping.get(block))}
    wide = mapping.get("wide")
    if isinstance(wide, dict):
        made |= {str(wide.get("value", "score")), *(key for told in wide["columns"].values() for key in told)}
    return made


def _keys(block: object) -> list[str]:
    return [str(key) for key in block] if isinstance(block, dict) else []


def _unfilled(table: str, filled: set[str]) -> list[str]:
    return [column.name for column in CONTRACTS[table].columns if column.name not in filled and not column.default]
