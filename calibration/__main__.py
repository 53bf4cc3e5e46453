"""Simulate, count, and store the table that METHODS.md quotes: `make calibrate`."""

from __future__ import annotations

import argparse
import datetime as dt
import sys

import pandas as pd

from calibration.charts import alarms
from calibration.coverage import coverage
from calibration.errors import clients, nothing_there
from calibration.page import TABLE, write_page
from cxlib.statistics.intervals import wilson

SEED = 2607
COLUMNS = ["kind", "method", "data", "n", "stated", "count", "of", "rate", "low", "high", "made_on"]


def calibrated(repetitions: int, n_clients: int) -> pd.DataFrame:
    """All counts, with the rate and its Wilson interval; none of a kind for which the number is 0."""
    rows = (
        [*coverage(repetitions, SEED), *nothing_there(repetitions, SEED), *alarms(repetitions, SEED)]
        if repetitions
        else []
    )
    table = pd.DataFrame([*rows, *(clients(n_clients) if n_clients else [])])
    limits = [wilson(count, of) for count, of in zip(table["count"], table["of"], strict=True)]
    table[["rate", "low", "high"]] = [[round(value, 4) for value in row] for row in limits]
    return table.assign(made_on=dt.date.today().isoformat(), stated=table["stated"].round(4))[COLUMNS]


def main(arguments: list[str] | None = None) -> int:
    """Make the table and the page; what is not asked for keeps its stored rows."""
    parser = argparse.ArgumentParser(prog="python -m calibration", description=__doc__)
    parser.add_argument("--repetitions", type=int, default=4_000, help="intervals a row, costly methods fewer; 0: none")
    parser.add_argument("--clients", type=int, default=200, help="planted clients, and as many null ones; 0: none")
    given = parser.parse_args(arguments)
    table = calibrated(given.repetitions, given.clients)
    if TABLE.exists():
        stored = pd.read_csv(TABLE)
        table = pd.concat([table, stored[~stored["kind"].isin(table["kind"])]], ignore_index=True)
    table.to_csv(TABLE, index=False)
    write_page()
    sys.stdout.write(table.drop(columns=["made_on"]).to_string(index=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
