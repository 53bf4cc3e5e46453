"""A workbook to fill in: a sheet for each table, its columns headed and commented, lists where a value is one of a few."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

from cxlib.chain import affected
from cxlib.draft.emit import block
from cxlib.draft.text import with_block
from cxlib.engagement.brief.template import new_engagement
from cxlib.engagement.tables import CONTRACTS, Column, Contract
from cxlib.errors import UsageError
from cxlib.language import _

FILE = "tables.xlsx"
_ROWS = 10_000  # rows below the header that have lists and formats
_OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def new_with_tables(folder: str | Path) -> Path:
    """Make an engagement whose brief reads every table from the sheets of data/tables.xlsx, all of them empty."""
    file = new_engagement(folder)
    (file.parent / "data" / FILE).write_bytes(workbook())
    tables = {name: {"file": f"data/{FILE}", "sheet": name} for name in CONTRACTS}
    text = with_block(file.read_text(encoding="utf-8"), "tables", "\n".join(block({"tables": tables}, {})) + "\n")
    file.write_text(text, encoding="utf-8")
    return file


def workbook() -> bytes:
    """The workbook; UsageError where the package that writes it is not installed."""
    try:
        import xlsxwriter
    except ImportError:
        todo = _("Install it with `pip install 'cxlib[export]'`")
        raise UsageError("cx new --templates", _("the workbook needs the package xlsxwriter"), "", todo) from None
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, _OPTIONS)
    book.set_properties({"title": _("Tables to fill in"), "created": dt.datetime(2020, 1, 1)})
    styles = {
        "head": book.add_format({"bold": True, "bottom": 1}),
        "needed": book.add_format({"bold": True, "bottom": 1, "bg_color": "#FFE9A8"}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "text": book.add_format({"num_format": "@"}),
        "number": book.add_format({}),
    }
    for contract in CONTRACTS.values():
        _sheet(book.add_worksheet(contract.name), contract, styles)
    book.close()
    return stream.getvalue()


def _sheet(sheet: object, contract: Contract, styles: dict[str, object]) -> None:
    """One table: headers with a comment each, columns in their format, lists where values are closed."""
    write = sheet  # an xlsxwriter worksheet, which has no types
    write.freeze_panes(1, 0)  # type: ignore[attr-defined]
    for place, column in enumerate(contract.columns):
        width = max(12, len(column.name) + 4)
        write.set_column(place, place, width, styles[column.kind])  # type: ignore[attr-defined]
        write.write_string(0, place, column.name, styles["needed" if column.required else "head"])  # type: ignore[attr-defined]
        write.write_comment(0, place, about(contract, column), {"x_scale": 2.2, "y_scale": 1.6})  # type: ignore[attr-defined]
        if rule := _rule(column):
            write.data_validation(1, place, _ROWS, place, rule)  # type: ignore[attr-defined]


def about(contract: Contract, column: Column) -> str:
    """What a column holds, its unit, an example, and the pages that need its table."""
    parts = [f"{column.about}."]
    if column.unit:
        parts.append(_("Unit: {unit}.", unit=column.unit))
    if column.allowed or column.range:
        parts.append(_("Accepted: {accepted}.", accepted=", ".join(column.allowed) or column.range))
    parts.append(_("Example: {example}.", example=column.example))
    parts.append(_("Needed in every row.") if column.required else _("May stay blank."))
    pages = [str(number) for number, effect in affected(contract.name).items() if effect == "blocks"]
    if pages:
        parts.append(_("Pages that need this table: {pages}.", pages=", ".join(pages)))
    return " ".join(parts)


def _rule(column: Column) -> dict[str, object]:
    """What may be typed into a column's cells; {} where anything goes."""
    if column.allowed:
        return {"validate": "list", "source": list(column.allowed), "error_message": _("One of the list")}
    if column.kind in ("date", "time"):
        return {"validate": "date", "criteria": ">=", "value": dt.date(1950, 1, 1), "error_message": _("A date")}
    if column.kind != "number":
        return {}
    low = -1e12 if column.low is None else column.low
    high = 1e12 if column.high is None else column.high
    return {
        "validate": "decimal",
        "criteria": "between",
        "minimum": low,
        "maximum": high,
        "error_message": _("A number"),
    }
