"""One source of the brief → rows under contract names, still as text: join, filter, rename, wide to long, recode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from cxlib.engagement.brief import Brief, Source, Wide
from cxlib.engagement.sources.cells import cell_text
from cxlib.engagement.sources.days import parse_dates
from cxlib.engagement.sources.exits import ended, exits
from cxlib.engagement.sources.files import source_path
from cxlib.engagement.sources.joined import joined
from cxlib.engagement.sources.made import calculated, made_column
from cxlib.engagement.sources.numbers import parse_numbers
from cxlib.engagement.sources.place import ROW, Loc, MappingProblem, Place, few, unknown
from cxlib.engagement.sources.raw import RawTable, read_raw
from cxlib.engagement.tables import Contract
from cxlib.engagement.tables.report import TableReport
from cxlib.language import _

BLANK = "blank"


def mapped_rows(source: Source, contract: Contract, place: Place, report: TableReport) -> pd.DataFrame:
    """The rows of a source under contract names, as text; the index keeps the row numbers of the file."""
    raw = _raw(source, place)
    _account(raw, source, place, report)
    report.row_digests.append(pd.util.hash_pandas_object(raw.frame.astype("str"), index=False))
    frame = raw.frame.assign(**{ROW: pd.Series(raw.frame.index.astype("str"), index=raw.frame.index, dtype="str")})
    for join in source.join:
        frame = joined(frame, join, source, place, report)
    _check_names(source, contract, frame, place)
    kept = frame[_kept(frame, source)]
    report.n_set_aside += len(frame) - len(kept)
    kept = _other_way_round(_split(kept, source, report), source, place.brief, report)
    rows = _long(kept, source, contract) if source.wide else _renamed(kept, source, contract)
    for column, value in source.constant.items():
        rows[column] = pd.Series(value, index=rows.index, dtype="str")
    of_file = kept[~kept.index.duplicated()]
    for column, factors in source.product.items():
        rows[column] = calculated(factors, "product", of_file, source, report).loc[rows.index].to_numpy()
    for column, made in source.made.items():
        as_of = place.brief.as_of.isoformat()
        rows[column] = made_column(column, made, of_file, source, as_of, report).loc[rows.index].to_numpy()
    rows = _prefixed(_recoded(rows, _with_no_answer(source), report), source.prefix)
    return ended(rows, exits(kept, source), source, report) if source.exits else rows


def attribute_names(source: Source, contract: Contract) -> tuple[str, ...]:
    """The further columns that the rows of a source have, beside those of the contract."""
    return source.attribute_names(contract.column_names)


def _with_no_answer(source: Source) -> dict[str, dict[str, str | None]]:
    """The codes of the source, with the scores that mean no answer."""
    codes = dict(source.codes)
    if source.no_answer:
        column = source.wide.value if source.wide else "score"
        spellings = [text for code in source.no_answer for text in (code, f"{code}.0")]
        codes[column] = {**dict.fromkeys(spellings, BLANK), **codes.get(column, {})}
    return codes


def _split(frame: pd.DataFrame, source: Source, report: TableReport) -> pd.DataFrame:
    """One row for each answer in a cell of the columns that `split` names; a row keeps its number."""
    for name, mark in source.split.items():
        answers = (
            frame[name]
            .str.split(mark, regex=False)
            .map(lambda cells: [cell.strip() for cell in cells if cell.strip()] or [""])
        )
        n_more = int((answers.map(len) - 1).sum())
        report.repaired("split", n_more)
        frame = frame.assign(**{name: answers}).explode(name).astype({name: "str"})
    return frame


def _other_way_round(frame: pd.DataFrame, source: Source, brief: Brief, report: TableReport) -> pd.DataFrame:
    """Scores of questions that were asked the other way round, turned on the scale of their question."""
    turned = frame.copy() if source.reversed else frame
    fixed = source.constant.get("question", "")
    for name in source.reversed:
        asked = source.wide.columns.get(name, {}).get("question", fixed) if source.wide else fixed
        low, high = brief.scale(asked or fixed)
        values = parse_numbers(frame[name].str.strip(), decimal=source.decimal, thousands=source.thousands).values
        inside = values.between(low, high)
        told = (low + high - values).map(cell_text)
        turned[name] = told.where(inside, frame[name]).astype("str")
        report.repaired("reversed", int(inside.sum()))
    return turned


def _account(raw: RawTable, source: Source, place: Place, report: TableReport) -> None:
    """Take into the report what was read, repaired, noted and refused while the file was opened."""
    report.n_read += len(raw.frame) + len(raw.broken)
    report.n_refused += len(raw.broken)
    report.repaired_all(raw.repairs)
    notes = [f"{source.name}: {note}" for note in raw.notes]
    if source.many == "sum" and (equal := int(raw.frame.duplicated().sum())):
        told = _("{file}: {n} lines equal another line in every column; they are summed like the rest")
        notes.append(told.format(file=source.name, n=equal))
    report.notes += [note for note in notes if note not in report.notes]
    for question in raw.questions:
        asked = replace(question, place=place.where(), table=place.table)
        report.ask(asked, confirmed=source.confirmed)
        if asked.blocks and asked in report.questions:
            raise MappingProblem([asked.sentence])
    broken = pd.Series(raw.broken, dtype="str", name=_("whole row"))
    report.refuse(broken.notna(), broken, _("more cells than the header"), where=source.name, refused=True)


def _raw(source: Source, place: Place) -> RawTable:
    """The rows of the source's file, or those written in the brief, numbered by its lines."""
    if source.rows is None:
        path, decimal = source_path(place.brief, str(source.file)), source.decimal or "."
        return read_raw(
            path,
            encoding=source.encoding,
            delimiter=source.delimiter,
            sheet=source.sheet,
            decimal=decimal,
            header=source.header,
            footer=source.footer or 0,
        )
    lines = [int(place.where("rows", index).rpartition(" ")[2]) for index in range(len(source.rows))]
    columns = {
        str(name): pd.Series([_inline(row.get(name)) for row in source.rows], index=lines, dtype="str")
        for name in dict.fromkeys(name for row in source.rows for name in row)
    }
    return RawTable(pd.DataFrame(columns, index=lines))


def _inline(value: Any) -> str:
    """A value of an inline row as text; a list is written with semicolons, as the contracts read several ids."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple) else cell_text(value)


def _check_names(source: Source, contract: Contract, frame: pd.DataFrame, place: Place) -> None:
    """Every client column that the mapping names has to be in the file, every required column has to come from somewhere."""
    wide = source.wide.columns if source.wide else {}
    named: list[tuple[Loc, str]] = [(("columns", key), name) for key, name in source.columns.items()]
    named += [(("attributes", key), name) for key, name in source.attributes.items()]
    named += [(("where", name), name) for name in source.where]
    named += [(("product", key), name) for key, names in source.product.items() for name in names]
    named += [(("made", key), name) for key, made in source.made.items() for name in made.columns]
    named += [((block,), name) for block in ("split", "reversed", "exits") for name in getattr(source, block)]
    named += [(("wide", "columns", name), name) for name in wide]
    found = [unknown(name, frame, source.name, place.where(*loc)) for loc, name in named if name not in frame]
    given = {*source.columns, *source.constant, *source.product, *source.made, *frame.columns, *_made_of(source.wide)}
    told = _("{where}: nothing fills {table}.{column} ({about}). Columns of {file}: {columns}.")
    about = {"where": place.where(), "table": contract.name, "file": source.name, "columns": few(frame.columns)}
    for column in contract.required:
        if column not in given:
            found.append(told.format(column=column, about=contract.column(column).about, **about))
    if found:
        raise MappingProblem(found)


def _kept(frame: pd.DataFrame, source: Source) -> pd.Series[bool]:
    """Rows that `where` keeps: a value, a list of values, or {not: …}, {blank: true}, {after: column}, {not_after: column}."""
    keep = pd.Series(True, index=frame.index)
    for name, rule in source.where.items():
        values = frame[name].str.strip()
        if not isinstance(rule, Mapping):
            keep &= values.isin(_texts(rule))
            continue
        for verb, given in rule.items():
            keep &= _verb(verb, values, given, frame, source)
    return keep


def _verb(verb: str, values: pd.Series[str], given: Any, frame: pd.DataFrame, source: Source) -> pd.Series[bool]:
    if verb == "not":
        return ~values.isin(_texts(given))
    if verb == "blank":
        return (values == "") == bool(given)
    if verb in ("after", "not_after") and str(given) in frame:
        form = source.dates if isinstance(source.dates, str) else None
        mine, other = (parse_dates(texts.str.strip(), form).days for texts in (values, frame[str(given)]))
        return (mine > other) if verb == "after" else (mine <= other)
    told = _(
        "{file}, where: '{verb}: {given}' is not understood. Accepted: a value, a list, not, blank, "
        "after and not_after with a column of the file."
    )
    raise MappingProblem([told.format(file=source.name, verb=verb, given=given)])


def _texts(given: Any) -> list[str]:
    """The texts that a value of `where` may stand for in a file: true also stands for TRUE and True."""
    texts = []
    for value in given if isinstance(given, list | tuple) else [given]:
        texts += [str(value), str(value).lower(), str(value).upper()] if isinstance(value, bool) else [cell_text(value)]
    return texts


def _renamed(frame: pd.DataFrame, source: Source, contract: Contract) -> pd.DataFrame:
    """Columns under contract names: those the mapping names, and those that bear the contract's name already."""
    taken = {**source.columns, **source.attributes}
    same = {name: name for name in contract.column_names if name in frame and name not in taken}
    return pd.DataFrame({key: frame[name] for key, name in {**same, **taken}.items()}, index=frame.index)


def _made_of(wide: Wide | None) -> set[str]:
    """The contract columns that a wide mapping fills."""
    return {wide.value, *(key for stands_for in wide.columns.values() for key in stands_for)} if wide else set()


def _long(frame: pd.DataFrame, source: Source, contract: Contract) -> pd.DataFrame:
    """One row per client column of `wide` and row of the file, in the order of the file."""
    wide = source.wide
    if wide is None:
        return frame
    fixed = _renamed(frame, source, contract).drop(columns=list(_made_of(wide)), errors="ignore")
    parts = [
        fixed.assign(**stands_for).assign(**{wide.value: frame[name]}) for name, stands_for in wide.columns.items()
    ]
    return pd.concat(parts).sort_index(kind="stable").astype("str").fillna("")


def _recoded(rows: pd.DataFrame, codes: Mapping[str, Mapping[str, str | None]], report: TableReport) -> pd.DataFrame:
    """Codes replaced by what they stand for; `blank` stands for no answer."""
    for column in [column for column in codes if column in rows]:
        values = rows[column].str.strip()
        table = {code: "" if meaning in (None, BLANK) else meaning for code, meaning in codes[column].items()}
        hit = values.isin(list(table))
        blank = hit & values.map(table).eq("")
        report.repaired("code_blank", int((blank & (values != "")).sum()))
        report.repaired("code_recoded", int((hit & ~blank).sum()))
        rows[column] = values.where(~hit, values.map(table)).astype("str")
    return rows


def _prefixed(rows: pd.DataFrame, prefix: Mapping[str, str]) -> pd.DataFrame:
    """Values with a text in front: two surveys that both count from 1, a day without its month."""
    for column, text in prefix.items():
        values = rows[column].str.strip()
        rows[column] = (text + values).where(values != "", "").astype("str")
    return rows
