"""One source of the brief → rows under contract names, still as text: join, filter, rename, wide to long, recode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cxlib.engagement.brief import Brief, Join, Source, Wide
from cxlib.engagement.sources.cells import cell_text
from cxlib.engagement.sources.days import parse_dates
from cxlib.engagement.sources.files import source_path
from cxlib.engagement.sources.numbers import parse_numbers
from cxlib.engagement.sources.raw import RawTable, read_raw
from cxlib.engagement.tables import Contract
from cxlib.engagement.tables.report import TableReport
from cxlib.errors import nearest
from cxlib.language import _

BLANK = "blank"
ROW = "#row"  # every source has this column: the number of the row, for files whose rows have no name of their own
Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Place:
    """Where a source is written in the brief; `where` gives file and line of one of its parts."""

    brief: Brief
    table: str
    index: int

    def where(self, *part: str | int) -> str:
        """File and line of a part of the source."""
        return self.brief.where("tables", self.table, self.index, *part)


class MappingProblem(Exception):
    """The mapping does not fit the file; `found` holds every mismatch as a sentence."""

    def __init__(self, found: Iterable[str]) -> None:
        self.found = tuple(found)
        super().__init__(" ".join(self.found))


def mapped_rows(source: Source, contract: Contract, place: Place, report: TableReport) -> pd.DataFrame:
    """The rows of a source under contract names, as text; the index keeps the row numbers of the file."""
    raw = _raw(source, place)
    _account(raw, source, report)
    frame = raw.frame.assign(**{ROW: pd.Series(raw.frame.index.astype("str"), index=raw.frame.index, dtype="str")})
    for join in source.join:
        frame = _joined(frame, join, source, place, report)
    _check_names(source, contract, frame, place)
    kept = frame[_kept(frame, source)]
    report.n_set_aside += len(frame) - len(kept)
    rows = _long(kept, source, contract) if source.wide else _renamed(kept, source, contract)
    for column, value in source.constant.items():
        rows[column] = pd.Series(value, index=rows.index, dtype="str")
    for column, factors in source.product.items():
        rows[column] = _product([kept[name] for name in factors], source, report).loc[rows.index]
    return _prefixed(_recoded(rows, source.codes, report), source.prefix)


def _account(raw: RawTable, source: Source, report: TableReport) -> None:
    """Take into the report what was read, repaired, noted and refused while the file was opened."""
    report.n_read += len(raw.frame) + len(raw.broken)
    report.n_refused += len(raw.broken)
    report.repaired_all(raw.repairs)
    notes = [f"{source.name}: {note}" for note in raw.notes]
    if source.many == "sum" and (equal := int(raw.frame.duplicated().sum())):
        told = _("{file}: {n} lines equal another line in every column; they are summed like the rest")
        notes.append(told.format(file=source.name, n=equal))
    report.notes += [note for note in notes if note not in report.notes]
    broken = pd.Series(raw.broken, dtype="str", name=_("whole row"))
    report.refuse(broken.notna(), broken, _("more cells than the header"), where=source.name, refused=True)


def _raw(source: Source, place: Place) -> RawTable:
    """The rows of the source's file, or those written in the brief, numbered by its lines."""
    if source.rows is None:
        path, decimal = source_path(place.brief, str(source.file)), source.decimal or "."
        return read_raw(path, encoding=source.encoding, delimiter=source.delimiter, sheet=source.sheet, decimal=decimal)
    lines = [int(place.where("rows", index).rpartition(" ")[2]) for index in range(len(source.rows))]
    columns = {
        str(name): pd.Series([_inline(row.get(name)) for row in source.rows], index=lines, dtype="str")
        for name in dict.fromkeys(name for row in source.rows for name in row)
    }
    return RawTable(pd.DataFrame(columns, index=lines))


def _inline(value: Any) -> str:
    """A value of an inline row as text; a list is written with semicolons, as the contracts read several ids."""
    return ";".join(map(str, value)) if isinstance(value, list | tuple) else cell_text(value)


def _joined(frame: pd.DataFrame, join: Join, source: Source, place: Place, report: TableReport) -> pd.DataFrame:
    """The rows with columns of a second file beside them; the number of rows stays."""
    other = read_raw(source_path(place.brief, join.file), encoding=join.encoding, delimiter=join.delimiter).frame
    left, right, where = list(join.on), list(join.on.values()), place.where("join")
    _need((frame, source.name, left, where), (other, join.name, [*right, *join.columns], where))
    wanted = [name for name in join.columns if name not in right]
    partners = _one_per_key(other[[*right, *wanted]], right, join, where, report)
    beside = frame[left].merge(partners, how="left", left_on=left, right_on=right, indicator="_partner")
    beside.index = frame.index
    report.repaired("join_none", int((beside["_partner"] == "left_only").sum()))
    return frame.assign(**{name: beside[name].fillna("").astype("str") for name in (*right, *wanted)})


def _one_per_key(other: pd.DataFrame, key: list[str], join: Join, where: str, report: TableReport) -> pd.DataFrame:
    """The second file with one row per key: as it is, or its repeated rows dropped or summed as the brief says."""
    repeated = other.duplicated(key)
    if not repeated.any():
        return other
    if join.many == "refuse":
        told = _(
            "{where}: {n} rows of {file} share their {key} with another row (rows {rows}). "
            "Say `many: first` or `many: sum`."
        )
        rows = ", ".join(map(str, other.index[repeated][:3]))
        raise MappingProblem(
            [told.format(where=where, n=int(repeated.sum()), file=join.name, key=", ".join(key), rows=rows)]
        )
    report.repaired(f"join_{join.many}", int(repeated.sum()))
    if join.many == "first":
        return other[~repeated]
    amounts = other.drop(columns=key).apply(pd.to_numeric, errors="coerce")
    sums = amounts.groupby([other[name] for name in key]).sum(min_count=1).reset_index()
    texts = {name: [cell_text(round(value, 6)) for value in sums[name]] for name in amounts}
    summed: pd.DataFrame = sums.assign(**texts).astype("str")
    return summed


def _check_names(source: Source, contract: Contract, frame: pd.DataFrame, place: Place) -> None:
    """Every client column that the mapping names has to be in the file, every required column has to come from somewhere."""
    wide = source.wide.columns if source.wide else {}
    named: list[tuple[Loc, str]] = [(("columns", key), name) for key, name in source.columns.items()]
    named += [(("attributes", key), name) for key, name in source.attributes.items()]
    named += [(("where", name), name) for name in source.where]
    named += [(("product", key), name) for key, names in source.product.items() for name in names]
    named += [(("wide", "columns", name), name) for name in wide]
    found = [_unknown(name, frame, source.name, place.where(*loc)) for loc, name in named if name not in frame]
    given = {*source.columns, *source.constant, *source.product, *frame.columns, *_made_of(source.wide)}
    told = _("{where}: nothing fills {table}.{column} ({about}). Columns of {file}: {columns}.")
    about = {"where": place.where(), "table": contract.name, "file": source.name, "columns": _few(frame.columns)}
    for column in contract.required:
        if column not in given:
            found.append(told.format(column=column, about=contract.column(column).about, **about))
    if found:
        raise MappingProblem(found)


def _need(*asked: tuple[pd.DataFrame, str, list[str], str]) -> None:
    """Refuse a mapping that names columns which its files do not have: (rows, file, columns, where it is written)."""
    found = [
        _unknown(name, frame, file, where) for frame, file, names, where in asked for name in names if name not in frame
    ]
    if found:
        raise MappingProblem(found)


def _unknown(name: str, frame: pd.DataFrame, file: str, where: str) -> str:
    told = _("{where}: {file} has no column '{name}'{near} Columns: {columns}.")
    near = nearest(name, frame.columns) or "."
    return told.format(where=where, file=file, name=name, near=near, columns=_few(frame.columns))


def _few(names: Iterable[str], most: int = 12) -> str:
    listed = [str(name) for name in names if name != ROW]
    return ", ".join(listed[:most]) + (", …" if len(listed) > most else "")


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
        mine, other = (parse_dates(texts.str.strip(), form)[0] for texts in (values, frame[str(given)]))
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


def _product(factors: list[pd.Series[str]], source: Source, report: TableReport) -> pd.Series[str]:
    """Client columns multiplied, as text; where one of them is no number its own text stands, to be refused by its words."""
    texts = pd.Series("", index=factors[0].index, dtype="str")
    values = pd.Series(1.0, index=texts.index)
    for factor in factors:
        read, repairs = parse_numbers(factor.str.strip(), decimal=source.decimal, thousands=source.thousands)
        report.repaired_all(repairs)
        texts = texts.where(values.isna() | read.notna(), factor)
        values = values * read
    told = pd.Series([cell_text(value) for value in values.round(6)], index=values.index, dtype="str")
    return told.where(values.notna(), texts)


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
