"""Columns of a second file beside the rows of the first (`join:` in the brief)."""

from __future__ import annotations

import pandas as pd

from cxlib.engagement.brief import Join, Source
from cxlib.engagement.sources.cells import cell_text
from cxlib.engagement.sources.files import source_path
from cxlib.engagement.sources.place import MappingProblem, Place, need
from cxlib.engagement.sources.raw import read_raw
from cxlib.engagement.tables.report import TableReport
from cxlib.language import _


def joined(frame: pd.DataFrame, join: Join, source: Source, place: Place, report: TableReport) -> pd.DataFrame:
    """The rows with columns of a second file beside them; the number of rows stays."""
    path = source_path(place.brief, join.file)
    other = read_raw(path, encoding=join.encoding, delimiter=join.delimiter, sheet=join.sheet).frame
    left, right, where = list(join.on), list(join.on.values()), place.where("join")
    need((frame, source.name, left, where), (other, join.name, [*right, *join.columns], where))
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
