"""Events that end a case without a touchpoint of their own: declined, cancelled, churned (`exits:` in the brief)."""

from __future__ import annotations

import pandas as pd

from cxlib.engagement.brief import Source
from cxlib.engagement.sources.days import parse_dates
from cxlib.engagement.tables.report import TableReport
from cxlib.language import _


def exits(frame: pd.DataFrame, source: Source) -> pd.Series[bool]:
    """The rows whose event ends a case without a touchpoint of its own."""
    hits = [frame[name].str.strip().isin(values) for name, values in source.exits.items()]
    return pd.concat(hits, axis=1).any(axis=1)


def ended(rows: pd.DataFrame, ends: pd.Series[bool], source: Source, report: TableReport) -> pd.DataFrame:
    """The contacts, the last one of a case before an event that ends it marked as lost; the event itself is no contact."""
    form = source.dates.get("at") if isinstance(source.dates, dict) else source.dates
    times, over = parse_dates(rows["at"].str.strip(), form).days.to_numpy(), ends.to_numpy()
    journeys = rows.get("journey_id", pd.Series("", index=rows.index, dtype="str"))
    table = pd.DataFrame({"case": journeys.where(journeys != "", rows["customer_id"]).to_numpy(), "at": times})
    table["contact"] = table.index.to_series().where(~over)
    before = table.assign(end=over).sort_values(["at", "end"], kind="stable").groupby("case")["contact"].ffill()
    last = before[pd.Series(over)].dropna().astype("int64")
    outcome = rows.get("outcome", pd.Series("", index=rows.index, dtype="str")).to_numpy(dtype=object).copy()
    outcome[last] = "lost"
    report.repaired("exits", int(over.sum()))
    if alone := int(over.sum()) - len(last):
        told = _("{file}: {n} events that end a case have no contact before them")
        report.notes.append(told.format(file=source.name, n=alone))
    return rows.assign(outcome=pd.Series(outcome, index=rows.index, dtype="str"))[~over]
