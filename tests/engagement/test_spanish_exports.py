"""Twenty-two exports as Spanish offices make them. All hold the same purchases; all have to come out alike."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cxlib.engagement.sources import Loaded

ROWS = [
    ("P-001", "Íñigo", "05/01/2026", "1234.50", "tienda"),
    ("P-002", "Begoña", "17/02/2026", "80.00", "web"),
    ("P-003", "Núñez; hijos", "28/02/2026", "0.00", "tienda"),
    ("P-004", "Ana", "03/04/2026", "-15.25", "web"),
    ("P-005", "O'Donnell, Peña", "31/05/2026", "12000.00", "tienda"),
]
HEAD = ["Pedido", "Cliente", "Fecha", "Importe", "Canal"]
MAPPING = (
    "columns: {transaction_id: Pedido, customer_id: Cliente, at: Fecha, revenue: Importe, channel: Canal},"
    " codes: {channel: {tienda: store}}"
)


def comma(text: str) -> str:
    return text.replace(".", ",")


def grouped(text: str) -> str:
    return f"{float(text):,.2f}".translate(str.maketrans(",.", ".,"))


def export(
    delimiter: str = ";",
    amount: Callable[[str], str] = comma,
    day: Callable[[str], str] = str,
    quote: bool = False,
    end: str = "\r\n",
) -> str:
    def cell(text: str) -> str:
        return f'"{text}"' if quote or delimiter in text else text

    rows = [(key, who, day(when), amount(much), where) for key, who, when, much, where in ROWS]
    return end.join(delimiter.join(cell(text) for text in row) for row in [HEAD, *rows]) + end


def iso(day: str) -> str:
    return "-".join(reversed(day.split("/")))


EXPORTS: dict[str, tuple[bytes, str]] = {
    "utf-8, semicolons": (export().encode(), ""),
    "utf-8 with mark": (export().encode("utf-8-sig"), ""),
    "Windows": (export().encode("cp1252"), ""),
    "Windows, declared": (export().encode("cp1252"), "encoding: cp1252"),
    "old Mac": (export(end="\r").encode("mac_roman"), ""),
    "utf-16 with mark, tabs": (export("\t").encode("utf-16"), ""),
    "utf-16 without mark": (export().encode("utf-16-le"), ""),
    "pipes": (export("|").encode(), ""),
    "commas, all quoted": (export(",", quote=True).encode(), ""),
    "thousands with dots": (export(amount=grouped).encode("cp1252"), ""),
    "thousands with dots, declared": (export(amount=grouped).encode(), "decimal: ',', thousands: '.'"),
    "amounts with EUR": (export(amount=lambda text: grouped(text) + " EUR").encode(), ""),
    "amounts with € in front": (export(amount=lambda text: "€ " + comma(text)).encode(), ""),
    "amounts with € behind, hard blank": (export(amount=lambda text: grouped(text) + "\u00a0€").encode(), ""),
    "English amounts": (export(amount=lambda text: f"{float(text):,.2f}").encode(), ""),
    "lines above the header": (("Informe de ventas\r\nTienda: Gran Vía\r\n\r\n" + export()).encode("cp1252"), ""),
    "a row of totals": ((export() + "TOTAL;;;13299,25;\r\n").encode(), ""),
    "a row of totals, quoted": ((export(quote=True) + '"Total general:";"";"";"13299,25";""\r\n').encode(), ""),
    "ISO dates": (export(day=iso).encode(), ""),
    "dates with dots and time": (export(day=lambda day: day.replace("/", ".") + " 09:30").encode(), ""),
    "years of two digits": (export(day=lambda day: day[:6] + day[8:]).encode(), "dates: dayfirst"),
    "blank lines between and at the end": (export().replace("\r\n", "\r\n\r\n").encode(), ""),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_every_spanish_export_gives_the_same_purchases(name: str, read: Callable[..., Loaded]) -> None:
    content, more = EXPORTS[name]
    table, report = read("transactions", MAPPING + (", " + more if more else ""), content)
    assert report.n_refused == 0, [problem.sentence for problem in report.problems]
    assert table["transaction_id"].tolist() == [row[0] for row in ROWS]
    assert table["customer_id"].tolist() == [row[1] for row in ROWS]
    assert table["revenue"].tolist() == [float(row[3]) for row in ROWS]
    assert table["at"].dt.date.tolist() == [pd.Timestamp(iso(row[2])).date() for row in ROWS]
    assert table["channel"].tolist() == ["store", "web", "store", "web", "store"]


def test_there_are_twenty_two_exports() -> None:
    assert len(EXPORTS) == 22


def test_the_same_rows_come_from_gzip_excel_and_parquet(read: Callable[..., Loaded], tmp_path: Path) -> None:
    expected = read("transactions", MAPPING, export()).table
    zipped = read("transactions", MAPPING, gzip.compress(export().encode()), "file.csv.gz").table
    typed = pd.DataFrame(
        [(key, who, pd.Timestamp(iso(day)), float(much), where) for key, who, day, much, where in ROWS], columns=HEAD
    )
    typed.to_excel(tmp_path / "made.xlsx", index=False)
    typed.to_parquet(tmp_path / "made.parquet")
    decimal = MAPPING + ", decimal: ',', dates: dayfirst"  # what the file's CSV sister needs does no harm here
    for ending in ("xlsx", "parquet"):
        made = read("transactions", decimal, (tmp_path / f"made.{ending}").read_bytes(), f"file.{ending}").table
        pd.testing.assert_frame_equal(made, expected)
    pd.testing.assert_frame_equal(zipped, expected)


def test_every_repair_of_an_export_is_counted(read: Callable[..., Loaded]) -> None:
    content = ("Ventas 2026\r\n" + export(amount=lambda text: grouped(text) + " EUR") + "TOTAL;;;1,00;\r\n").encode(
        "cp1252"
    )
    repairs = read("transactions", MAPPING, content).report.repairs
    assert repairs == {
        "encoding": 1,
        "delimiter": 1,
        "preamble": 1,
        "total_row": 1,
        "code_recoded": 3,
        "day_first": 5,
        "decimal_comma": 5,
        "thousands": 2,
        "currency_sign": 5,
    }
