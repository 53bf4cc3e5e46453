"""Writing a synthetic client as a client would send it: engagement.yaml, README.md, truth.yaml and one file per table.

The files are not as the contracts want them, so that the mapping (`data/tables.yaml`) has something to do.
"""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import yaml

from cxlib.engagement.brief.source import Source
from cxlib.engagement.tables.describe import describe_contracts
from cxlib.simulate.briefing import COMMENTS
from cxlib.simulate.plan import DATA, read_yaml

if TYPE_CHECKING:
    from cxlib.simulate.client import Client

SOURCES = {name: Source.model_validate(about) for name, about in read_yaml("tables").items()}
UNANSWERED = "99"  # how the client writes that a question was left blank
UNANSWERED_EVERY = 45  # one in so many answers is followed by a question that was left blank


def save_client(client: Client, folder: str | Path) -> Path:
    """Write the client into `folder` and return the folder. The same client gives the same bytes."""
    home = Path(folder)
    home.mkdir(parents=True, exist_ok=True)
    for name, table in client.tables.items():
        source = SOURCES[name]
        (home / str(source.file)).write_bytes(_bytes(_as_sent(name, table), source))
    texts = {
        "engagement.yaml": _brief_text(client.brief),
        "journey.yaml": (DATA / "journey.yaml").read_text(encoding="utf-8"),
        "README.md": _readme(client),
        "truth.yaml": _yaml(client.truth),
    }
    for name, text in texts.items():
        (home / name).write_text(text, encoding="utf-8")
    return home


def _as_sent(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """The table with the client's codes instead of the contract's values."""
    if name == "customers":
        codes = {value or "": code for code, value in SOURCES[name].codes["age_band"].items()}
        return table.assign(age_band=table["age_band"].map(codes))
    if name == "responses":
        blank = table[table.index % UNANSWERED_EVERY == 0].assign(question="ces", score=float(UNANSWERED))
        return pd.concat([table, blank]).sort_values(["on", "respondent_id"], kind="stable", ignore_index=True)
    return table


def _bytes(table: pd.DataFrame, source: Source) -> bytes:
    """The file, in the client's notation."""
    sent = table.rename(columns=source.columns)
    for column in sent.columns:
        kind = sent[column].dtype.kind
        if kind == "f":
            sent[column] = _numbers(sent[column], source.decimal or ".")
        elif kind == "M":
            sent[column] = sent[column].dt.strftime(_date_format(sent[column], source))
    text = sent.to_csv(index=False, sep=source.delimiter or ",", lineterminator="\n")
    raw = text.encode(source.encoding or "utf-8")
    return gzip.compress(raw, compresslevel=9, mtime=0) if str(source.file).endswith(".gz") else raw


def _numbers(values: pd.Series, decimal: str) -> pd.Series:
    """Whole numbers without a decimal point, others with two places."""
    known = values.dropna()
    places = 0 if (known == np.floor(known)).all() else 2
    return values.map(lambda number: f"{number:.{places}f}".replace(".", decimal), na_action="ignore")


def _date_format(values: pd.Series, source: Source) -> str:
    if source.dates == "dayfirst":
        return "%d/%m/%Y"
    return "%Y-%m-%d" if (values.dropna() == values.dropna().dt.normalize()).all() else "%Y-%m-%d %H:%M"


def _brief_text(brief: dict[str, Any]) -> str:
    """engagement.yaml with a comment above the blocks that need one."""
    parts = []
    for key, value in brief.items():
        comment = f"\n# {COMMENTS[key]}\n" if key in COMMENTS else ""
        parts.append(comment + _yaml({key: value}))
    return "".join(parts).lstrip("\n")


def _yaml(value: Any) -> str:
    return str(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=110))


def _readme(client: Client) -> str:
    """The README beside the client: what it is, which seed made it, which file holds which table."""
    planted, n_customers = bool(client.truth["planted"]), int(client.truth["n_customers"])
    rows = [
        f"| {name} | `{SOURCES[name].file}` | {len(table):,} | {_manner(SOURCES[name])} |"
        for name, table in client.tables.items()
    ]
    truth = "what was planted and should be found" if planted else "that nothing was planted: what is found is chance"
    return (
        (DATA / "readme.md")
        .read_text(encoding="utf-8")
        .format(
            n_customers=n_customers,
            as_of=client.brief["as_of"],
            seed=client.seed,
            options=("" if n_customers == 4000 else f" --customers {n_customers}") + ("" if planted else " --null"),
            truth=truth,
            files="\n".join(rows),
            unanswered=UNANSWERED,
            contracts=describe_contracts(),
        )
    )


def _manner(source: Source) -> str:
    """In words how a file differs from a plain one."""
    manners = {
        "its own column names": source.columns,
        "codes": source.codes,
        f"separated by `{source.delimiter}`": source.delimiter,
        "decimal comma": source.decimal,
        "day before month": source.dates,
        str(source.encoding): source.encoding,
        "compressed": str(source.file).endswith(".gz"),
    }
    return ", ".join(words for words, holds in manners.items() if holds) or "plainly"
