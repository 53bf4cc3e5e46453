"""The tables that an export of a known system fills, as its dialect says; and files that bear our own names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cxlib.draft.finish import finished, staged
from cxlib.draft.guesses import ROW, Doubt, Guess, dated, key_of, matching
from cxlib.draft.profile import File
from cxlib.engagement.dialects.known import pattern
from cxlib.engagement.tables import CONTRACTS
from cxlib.language import _


def own_names(file: File) -> list[Guess]:
    """A file that bears the names of a contract already, as the template does; the table with most of its columns."""
    names = {column.name for column in file.columns}
    wanted = (file.sheet or file.path.rsplit("/", 1)[-1].split(".")[0]).casefold()
    fits = [contract for contract in CONTRACTS.values() if set(contract.required) <= names]
    fits = [one for one in fits if one.name == wanted or len(names & set(one.column_names)) >= max(2, 0.6 * len(names))]
    fits.sort(key=lambda contract: (contract.name == wanted, len(names & set(contract.column_names))), reverse=True)
    if not fits:
        return []
    guess = Guess(fits[0].name, file)
    for column in file.columns:
        if column.name in fits[0].column_names:
            guess.why[column.name] = _("{table}.{column}, of the same name", table=fits[0].name, column=column.name)
            if fits[0].column(column.name).kind in ("date", "time"):
                dated(guess, column.name, column)
    for kind, found in (("touchpoint", guess.touchpoints), ("channel", guess.channels)):
        for name in [column.name for column in fits[0].columns if column.names == kind]:
            client = file.column(name)
            if client is not None:
                found.update({key: key for key in client.counts if key})
    extra = [
        column.name for column in file.columns if column.name not in fits[0].column_names and not column.is_personal
    ]
    if fits[0].name == "customers" and extra:
        guess.mapping["attributes"] = {key_of(name, ()): name for name in extra}
    return [guess]


def system_guesses(file: File) -> list[Guess]:
    """The tables that a known system fills, as its dialect says; tables of a survey are for `survey_guesses`."""
    dialect = file.dialect
    tables = dialect.tables if dialect is not None and not dialect.is_survey else {}
    found = [_by_dialect(file, table, told) for table, told in tables.items()]
    return [guess for guess in found if guess is not None]


def _by_dialect(file: File, table: str, told: Mapping[str, Any]) -> Guess | None:
    """One table of a known system; None when a column that every row needs is not in this file."""
    guess, system = Guess(table, file), file.dialect.name if file.dialect else ""
    for column, names in told.get("columns", {}).items():
        client = matching(file, names)
        if client is not None or ROW in names:
            guess.takes(column, client if client is not None else ROW, _("the column of {system}", system=system))
    _filters(guess, told)
    _system_times(guess, told)
    if table == "responses":
        return _scored(guess, told)
    if told.get("constant"):
        guess.mapping["constant"] = dict(told["constant"])
    if table == "interactions" and ("stages" in told or "stages_in" in told):
        staged(guess, _stages(file, told), told)
    return finished(guess, str(told.get("lost", "")), set(told.get("leave_out", ())))


def _system_times(guess: Guess, told: Mapping[str, Any]) -> None:
    """The zone of the system's times, and rows that it has sent twice."""
    dialect, rows = guess.file.dialect, guess.file.raw.frame
    if dialect is not None and dialect.zone:
        guess.mapping["zone"] = dialect.zone
    if dialect is not None and dialect.clock:
        guess.note(("columns",), _("times are {clock}", clock=dialect.clock))
    once = matching(guess.file, told.get("once_by", ()))
    repeated = int(rows[once.name][rows[once.name] != ""].duplicated().sum()) if once is not None else 0
    if once is not None and repeated:
        what = _(
            "{n} rows repeat the '{name}' of another: export the events once, or are they to count?",
            n=repeated,
            name=once.name,
        )
        guess.doubts.append(Doubt((), what))


def _filters(guess: Guess, told: Mapping[str, Any]) -> None:
    """`where`, as far as the file has the columns; `like` becomes the values that are like it."""
    for name, rule in told.get("where", {}).items():
        column = matching(guess.file, [name])
        if column is None:
            continue
        if isinstance(rule, Mapping) and "like" in rule:
            rule = [text for text in column.counts if pattern(rule["like"]).fullmatch(text)]
        guess.mapping.setdefault("where", {})[column.name] = rule


def _scored(guess: Guess, told: Mapping[str, Any]) -> Guess | None:
    """The satisfaction that a ticket system asked for."""
    scored = [
        (column, asked) for name, asked in told.get("questions", {}).items() if (column := matching(guess.file, [name]))
    ]
    if not scored:
        return None
    guess.mapping["wide"] = {"columns": {column.name: {"question": asked} for column, asked in scored}}
    for column, asked in scored:
        guess.why[column.name] = _("responses.score, {question}", question=asked)
        if "scale" in told:
            guess.scales[asked] = tuple(told["scale"])
    if "codes" in told:
        guess.mapping["codes"] = {"score": dict(told["codes"])}
    return finished(guess, "", set())


def _stages(file: File, told: Mapping[str, Any]) -> dict[str, str]:
    """Columns that hold the day a stage was entered → the stage."""
    found = {}
    for name, stage in told.get("stages", {}).items():
        column = matching(file, [name])
        if column is not None:
            found[column.name] = stage
    for text in told.get("stages_in", ()):
        for column in file.columns:
            hit = pattern(text).fullmatch(column.name)
            if hit and column.kind == "date" and column.name not in found:
                found[column.name] = hit["stage"].strip()
    return found
