"""The table contracts (`contracts.yaml`): what a table's columns hold, their unit, range and key. They know no files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cxlib.language import _, read_yaml

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "number", "date", "time"]
DTYPES: dict[Kind, str] = {"text": "str", "number": "float64", "date": "datetime64[us]", "time": "datetime64[us]"}


@dataclass(frozen=True)
class Column:
    """One column: kind, whether a row needs it, and what it may hold. `names` says whose keys it holds."""

    name: str
    about: str
    kind: Kind = "text"
    required: bool = False
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    default: str = ""
    names: Literal["", "touchpoint", "channel", "step"] = ""
    example: str = ""

    @property
    def range(self) -> str:
        """The range of a number in words: "0–10", "0 and more"; "" where every number goes."""
        low, high = (f"{bound:g}" if bound is not None else "" for bound in (self.low, self.high))
        return f"{low}–{high}" if high else _("{low} and more", low=low) if low else ""


@dataclass(frozen=True)
class Contract:
    """One table: its columns, its key, and the column that says when a row became known."""

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    time: str = ""

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that every row must fill."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """The column of this name; a further attribute is plain text."""
        return next((column for column in self.columns if column.name == name), Column(name, "further attribute"))


def _example(key: str, about: dict[str, Any]) -> str:
    """A value that a column accepts: the one told, else one of its closed values, else one of its kind."""
    if "example" in about or about.get("allowed"):
        return str(about.get("example") or about["allowed"][0])
    by_kind = {"date": "2026-03-31", "time": "2026-03-31 14:05", "number": f"{about.get('low', 1):g}"}
    return by_kind.get(about.get("kind", "text"), key)


def _contract(name: str, told: dict[str, Any]) -> Contract:
    columns = (
        Column(key, **about | {"allowed": tuple(about.get("allowed", ())), "example": _example(key, about)})
        for key, about in told["columns"].items()
    )
    return Contract(name, told["about"], tuple(columns), tuple(told.get("key", ())), told.get("time", ""))


CONTRACTS: dict[str, Contract] = {
    name: _contract(name, told) for name, told in read_yaml(Path(__file__).with_name("contracts.yaml")).items()
}


def empty_table(contract: Contract, attributes: tuple[str, ...] = ()) -> pd.DataFrame:
    """The table with all its contract columns, typed, and no rows."""
    import pandas as pd  # here, so that `cx status` and the brief do without it

    kinds = {column.name: column.kind for column in contract.columns} | dict.fromkeys(attributes, "text")
    return pd.DataFrame({name: pd.Series([], dtype=DTYPES[kind]) for name, kind in kinds.items()})
