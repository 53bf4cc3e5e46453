"""How the synthetic client sends its files: not as the contracts want them, so that the mapping has something to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

UNANSWERED = "99"
AGE_CODES = {"1": "18-29", "2": "30-44", "3": "45-59", "4": "60+"}


@dataclass(frozen=True)
class Format:
    """One file of the client. `columns`: contract name → client name; `codes`: client code → value, None for blank."""

    file: str
    columns: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str | None]] = field(default_factory=dict)
    delimiter: str = ","
    decimal: str = "."
    dates: str = ""
    encoding: str = "utf-8"

    @property
    def source(self) -> dict[str, Any]:
        """The entry under `tables` of engagement.yaml that reads this file."""
        entry: dict[str, Any] = {"file": self.file}
        if self.columns:
            entry["columns"] = dict(self.columns)
        if self.codes:
            entry["codes"] = {column: dict(codes) for column, codes in self.codes.items()}
        if self.delimiter != ",":
            entry["delimiter"] = self.delimiter
        if self.decimal != ".":
            entry["decimal"] = self.decimal
        if self.dates:
            entry["dates"] = self.dates
        if self.encoding != "utf-8":
            entry["encoding"] = self.encoding
        return entry


FORMATS = {
    "customers": Format(
        "customers.csv",
        columns={
            "customer_id": "cliente",
            "since_on": "alta",
            "left_on": "baja",
            "region": "comunidad",
            "age_band": "edad",
            "household": "hogar",
            "acquisition_channel": "origen",
            "lang": "idioma",
        },
        codes={"age_band": {**AGE_CODES, "9": None}},
        delimiter=";",
        dates="dayfirst",
        encoding="cp1252",
    ),
    "interactions": Format("interactions.csv.gz"),
    "responses": Format("responses.csv.gz", codes={"score": {UNANSWERED: None}}),
    "verbatims": Format("verbatims.csv"),
    "transactions": Format(
        "transactions.csv.gz",
        columns={
            "transaction_id": "ticket",
            "customer_id": "cliente",
            "at": "momento",
            "revenue": "importe",
            "margin": "margen",
            "channel": "canal",
        },
        delimiter=";",
        decimal=",",
    ),
    "costs": Format("costs.csv", columns={"amount": "importe"}, delimiter=";", decimal=","),
    "benchmarks": Format("benchmarks.csv"),
    "ideas": Format("ideas.csv"),
    "capabilities": Format("capabilities.csv"),
    "people": Format("people.csv"),
    "tasks": Format("tasks.csv"),
    "kano": Format("kano.csv"),
    "assignments": Format("assignments.csv"),
    "pulse": Format("pulse.csv"),
}
