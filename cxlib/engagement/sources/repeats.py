"""Rows that were brought twice: the same file listed again, the same event in two rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pandas as pd

from cxlib.engagement.brief import Brief, Source
from cxlib.engagement.sources.files import is_file, source_path
from cxlib.engagement.sources.place import Place
from cxlib.engagement.tables import Contract
from cxlib.engagement.tables.question import Question
from cxlib.engagement.tables.report import TableReport
from cxlib.errors import TableError
from cxlib.language import _, number

_SENT_TWICE = ("responses", "verbatims", "pulse")  # whole rows of the file alike: one answer, sent twice
_MANY = 0.05  # of contacts; above this, repetitions change what the pages say


def sources_once(brief: Brief, name: str, report: TableReport) -> Iterator[tuple[int, Source]]:
    """The sources of a table without those that bring the same bytes under the same mapping again."""
    seen: dict[str, Source] = {}
    for index, source in enumerate(brief.tables.get(name, ())):
        digest = _digest(brief, source)
        again = seen.get(digest)
        if digest and again is not None and "same_file" not in source.confirmed:
            told = _("{file} holds the same rows as {other}, under the same mapping; it is read once")
            what = told.format(file=source.name, other=again.name)
            if source.name == again.name:
                what = _("{file} is listed twice under the same mapping; it is read once", file=source.name)
            choices = (_("take this entry out"), "confirmed: [same_file]")
            place = Place(brief, name, index).where()
            report.notes.append(what)
            report.ask(Question("same_file", place, what, choices, choices[0], name, changes_numbers=False))
            continue
        seen[digest] = source
        yield index, source


def _digest(brief: Brief, source: Source) -> str:
    """The bytes of a file and how it is mapped; "" for rows written in the brief, and for files that cannot be read."""
    if source.file is None:
        return ""
    try:
        path = source_path(brief, source.file)
        if not is_file(path):
            return ""
        with path.open("rb") as stream:
            content = hashlib.file_digest(stream, "sha256").hexdigest()
    except (OSError, TableError):
        return ""
    return content + source.model_dump_json(exclude={"file", "may_refuse"})


def without_repeats(table: pd.DataFrame, contract: Contract, brief: Brief, report: TableReport) -> pd.DataFrame:
    """The rows without answers that were sent twice; equal contacts and costs may be two, and are asked about."""
    sources = brief.tables.get(contract.name, ())
    confirmed = {kind for source in sources for kind in source.confirmed}
    if contract.key or "repeats" in confirmed or not len(table):
        return table
    if not table.duplicated().any():
        return table
    values = [table[name] for name in table.columns]
    nth = table.groupby([table.index, *values], dropna=False, sort=False).cumcount()
    whole = pd.concat(report.row_digests).reindex(table.index).to_numpy()
    again = table.assign(
        **{"#nth": nth, "#row": whole}
    ).duplicated()  # equal answers in one row of a file are two answers
    n, place = int(again.sum()), brief.where("tables", contract.name)
    if not n:
        return table
    if contract.name in _SENT_TWICE:
        report.repaired("duplicate", n)
        return table[~again]
    told = _("{n} of {all} rows equal another row in every column, and are counted each")
    what = told.format(n=number(n), all=number(len(table)))
    choices = (_("take the repeated rows out of the file"), "confirmed: [repeats]")
    changes = contract.name != "interactions" or n > _MANY * len(table)
    report.ask(Question("repeats", place, what, choices, "", contract.name, n=n, changes_numbers=changes))
    return table
