"""Writing a synthetic client as a client would send it: engagement.yaml, README.md, truth.yaml and one file per table."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from cxlib.simulate.briefing import COMMENTS
from cxlib.simulate.formats import AGE_CODES, FORMATS, UNANSWERED, Format
from cxlib.simulate.journey_file import HEAD, journey_file
from cxlib.simulate.readme import readme

if TYPE_CHECKING:
    from cxlib.simulate.client import Client

UNANSWERED_EVERY = 45  # one in so many answers is followed by a question that was left blank


def save_client(client: Client, folder: str | Path) -> Path:
    """Write the client into `folder` and return the folder. The same client gives the same bytes."""
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    for name, table in client.tables.items():
        (home / FORMATS[name].file).write_bytes(_bytes(_as_sent(name, table), FORMATS[name]))
    (home / "engagement.yaml").write_text(_brief_text(client.brief), encoding="utf-8")
    (home / "journey.yaml").write_text(f"{HEAD}{_yaml(journey_file())}", encoding="utf-8")
    (home / "README.md").write_text(readme(client), encoding="utf-8")
    (home / "truth.yaml").write_text(_yaml(client.truth), encoding="utf-8")
    return home


def _as_sent(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """The table with the client's codes instead of the contract's values."""
    if name == "customers":
        codes = {value: code for code, value in AGE_CODES.items()}
        return table.assign(age_band=table["age_band"].map(codes).fillna("9"))
    if name == "responses":
        blank = table[table.index % UNANSWERED_EVERY == 0].assign(question="ces", score=float(UNANSWERED))
        return pd.concat([table, blank]).sort_values(["on", "respondent_id"], kind="stable", ignore_index=True)
    return table


def _bytes(table: pd.DataFrame, form: Format) -> bytes:
    sent = table.rename(columns=form.columns)
    for column in sent.columns:
        kind = sent[column].dtype.kind
        if kind == "f":
            sent[column] = _numbers(sent[column], form.decimal)
        elif kind == "M":
            sent[column] = sent[column].dt.strftime(_date_format(sent[column], form))
    text = io.StringIO()
    sent.to_csv(text, index=False, sep=form.delimiter, lineterminator="\n")
    raw = text.getvalue().encode(form.encoding)
    return gzip.compress(raw, compresslevel=9, mtime=0) if form.file.endswith(".gz") else raw


def _numbers(values: pd.Series, decimal: str) -> pd.Series:
    """Whole numbers without a decimal point, others with two places, in the client's notation."""
    known = values.dropna()
    if (known == np.floor(known)).all():
        return values.map(lambda number: f"{number:.0f}", na_action="ignore")
    return values.map(lambda number: f"{number:.2f}".replace(".", decimal), na_action="ignore")


def _date_format(values: pd.Series, form: Format) -> str:
    if form.dates == "dayfirst":
        return "%d/%m/%Y"
    return "%Y-%m-%d" if (values.dropna() == values.dropna().dt.normalize()).all() else "%Y-%m-%d %H:%M"


def _brief_text(brief: dict[str, Any]) -> str:
    parts = []
    for key, value in brief.items():
        comment = f"\n# {COMMENTS[key]}\n" if key in COMMENTS else ""
        parts.append(comment + _yaml({key: value}))
    return "".join(parts).lstrip("\n")


def _yaml(value: Any) -> str:
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110))
