"""Tables of an engagement, as its brief maps them: typed, bounded by `as_of`, with an account of every repair."""

from __future__ import annotations

import pandas as pd

from cxlib.engagement.brief import Brief, Source
from cxlib.engagement.sources.mapping import attribute_names, mapped_rows
from cxlib.engagement.sources.once import Loaded, once
from cxlib.engagement.sources.place import MappingProblem, Place
from cxlib.engagement.sources.repeats import sources_once, without_repeats
from cxlib.engagement.sources.typed import Rules, typed_rows
from cxlib.engagement.tables import CONTRACTS, Contract, empty_table
from cxlib.engagement.tables.report import TableReport
from cxlib.errors import TableError, UsageError, nearest
from cxlib.language import _

_APART = 10**9  # more rows than a file may have


def load_table(brief: Brief, name: str) -> Loaded:
    """One table with all its contract columns; without rows when the brief has no source for it.

    Text is never missing: blank is an empty text. Missing dates are NaT, missing numbers NaN.
    Rows that became known after `brief.as_of` are not seen and counted in the report.
    Raises TableError, with every mismatch between mapping and file, when the table cannot be read at all.
    """
    if name not in CONTRACTS:
        what = _("'{name}' is not a table{near}", name=name, near=nearest(name, CONTRACTS))
        raise UsageError("table", what, _("Tables: {names}", names=", ".join(CONTRACTS)))
    return once(brief, name, _read)


def _read(brief: Brief, name: str) -> Loaded:
    contract, sources = CONTRACTS[name], brief.tables.get(name, ())
    report = TableReport(name, configured=bool(sources))
    attributes = tuple(dict.fromkeys(key for source in sources for key in attribute_names(source, contract)))
    parts, found = [empty_table(contract, attributes)], list[str]()
    for index, source in sources_once(brief, name, report):
        if source.name not in report.files:
            report.files.append(source.name)
        try:
            place = Place(brief, name, index)
            n_before = report.n_read
            rows = mapped_rows(source, contract, place, report)
        except MappingProblem as problem:
            found.extend(problem.found)
            continue
        report.n_allowed += source.may_refuse * (report.n_read - n_before)
        typed = typed_rows(rows, Rules(brief, source, contract, report, place))
        if not contract.key:  # rows of two files are never the same row
            typed = typed.set_axis(typed.index + index * _APART)
            report.row_digests[-1].index += index * _APART
        parts.append(_one_per_key(typed, source, contract, report))
    if found:
        todo = _("Correct the mapping in engagement.yaml, then run `cx check`")
        error = TableError(_("table {name}", name=name), "\n  ".join(found), "", todo)
        error.questions = tuple(report.questions)
        raise error
    table = _known_by(_one_table(parts, attributes), contract, brief, report)
    table = _unique(_weighing(_completed(table, contract, brief), report), contract, report)
    table = without_repeats(table, contract, brief, report)
    report.n_rows = len(table)
    return Loaded(table.reset_index(drop=True), report)


def load_tables(brief: Brief) -> dict[str, Loaded]:
    """Every table of the contracts, including those without a source."""
    return {name: load_table(brief, name) for name in CONTRACTS}


def _one_per_key(rows: pd.DataFrame, source: Source, contract: Contract, report: TableReport) -> pd.DataFrame:
    """Rows of one key as one, where the brief asks for it: earliest time, first text that is not blank, numbers summed or first.

    A key whose rows name two owners (a receipt of two customers) is no key: all its rows are refused.
    """
    key = list(contract.key)
    if source.many == "refuse" or not rows.duplicated(key).any():
        return rows
    texts = [str(name) for name in rows if rows[name].dtype == "str"]
    owners = [name for name in contract.required if name in texts and name not in key]
    mixed = pd.Series(False, index=rows.index)
    what = _("different values under one {key}", key=", ".join(key))
    for owner in owners:
        several = rows.groupby(key)[owner].transform("nunique") > 1
        report.refuse(several, rows[owner], what, where=source.name, refused=True)
        mixed |= several
    report.n_refused += int(mixed.sum())
    kept = rows[~mixed].sort_values(contract.time, kind="stable") if contract.time else rows[~mixed]
    again = kept.duplicated(key)
    dated = bool(contract.time) and bool(kept[contract.time].notna().any())
    kind = "many_first_row" if source.many == "first" and not dated else f"many_{source.many}"
    report.repaired(kind, int(again.sum()))
    groups = kept.assign(**{name: kept[name].where(kept[name] != "") for name in texts}).groupby(key, sort=False)
    merged = groups.first()
    if source.many == "sum":  # a line without its amount leaves the whole unknown, not smaller
        sums = groups.sum(numeric_only=True, skipna=False)
        merged[sums.columns] = sums
    return merged.reset_index()[list(rows.columns)].fillna(dict.fromkeys(texts, "")).set_index(kept.index[~again])


def _one_table(parts: list[pd.DataFrame], attributes: tuple[str, ...]) -> pd.DataFrame:
    """The rows of all sources, one below the other; an attribute that a source lacks is blank there."""
    empty, *filled = parts
    whole = pd.concat(filled).fillna(dict.fromkeys(attributes, "")) if filled else empty
    return whole[list(empty.columns)].astype(empty.dtypes.to_dict())


def _known_by(table: pd.DataFrame, contract: Contract, brief: Brief, report: TableReport) -> pd.DataFrame:
    """The rows that had happened by the end of `as_of`, without later days inside them."""
    day_after = pd.Timestamp(brief.as_of) + pd.Timedelta(days=1)
    if not contract.time:
        return table
    later = table[contract.time] >= day_after
    report.n_later = int(later.sum())
    seen = table[~later]
    if contract.name == "customers":
        future = seen["left_on"] >= day_after
        report.repaired("not_yet", int(future.sum()))
        seen = seen.assign(left_on=seen["left_on"].where(~future))
    return seen


def _completed(table: pd.DataFrame, contract: Contract, brief: Brief) -> pd.DataFrame:
    """Blanks that the contract knows how to fill: the step of a touchpoint, the journey of a customer, weight 1."""
    filled = table.copy()
    for column in contract.columns:
        if column.default and column.kind == "number":
            filled[column.name] = filled[column.name].fillna(float(column.default))
        elif column.default:
            filled[column.name] = filled[column.name].where(filled[column.name] != "", column.default)
    if contract.name == "interactions":
        steps = filled["touchpoint"].map(brief.step_of).astype("str")
        filled["step"] = filled["step"].where(filled["step"] != "", steps)
        filled["journey_id"] = filled["journey_id"].where(filled["journey_id"] != "", filled["customer_id"])
    return filled


def _weighing(table: pd.DataFrame, report: TableReport) -> pd.DataFrame:
    """Without the answers that a survey has weighted with nothing: they stand for nobody."""
    if "weight" not in table:
        return table
    nobody = table["weight"] == 0
    report.repaired("weight_zero", int(nobody.sum()))
    return table[~nobody]


def _unique(table: pd.DataFrame, contract: Contract, report: TableReport) -> pd.DataFrame:
    """One row per key: exact repetitions are dropped, contradicting ones refused; the first stays."""
    if not contract.key:
        return table
    exact = table.duplicated()
    report.repaired("duplicate", int(exact.sum()))
    once = table[~exact]
    again, keys = once.duplicated(list(contract.key)), once[contract.key[0]]
    what, where = _("the same key with different values"), ", ".join(report.files)
    report.refuse(again, keys, what, where=where, refused=True)
    report.n_refused += int(again.sum())
    return once[~again]
