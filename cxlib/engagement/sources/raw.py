"""Files as clients send them → rows of text. Nothing is interpreted here: the contract decides what a value means."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import itertools
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from cxlib.engagement.sources.decode import decode, find_delimiter
from cxlib.errors import TableError, nearest
from cxlib.language import _

ENDINGS = (".csv", ".csv.gz", ".txt", ".tsv", ".xlsx", ".parquet")
_TOTAL = re.compile(r"^\W*(grand |sub)?(total(es|s)?( general)?|suma|summe)\W*$", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
BLANKS = "blanks"  # the delimiter of tables that are aligned with any number of blanks
_LOOK_AHEAD = 400  # records read to find width and header


@dataclass
class RawTable:
    """Rows of text under the client's headers; the index numbers rows as a spreadsheet shows them."""

    frame: pd.DataFrame
    repairs: Counter[str] = field(default_factory=Counter)
    broken: dict[int, str] = field(default_factory=dict)  # row → the row, where it is longer than the header
    notes: list[str] = field(default_factory=list)


def read_raw(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    decimal: str = ".",
) -> RawTable:
    """The rows of a CSV, XLSX or Parquet file as text; TableError when there is no such file or it cannot be read."""
    if not path.is_file():
        raise _no_file(path)
    ending = "".join(path.suffixes[-2:]).lower() if path.suffix == ".gz" else path.suffix.lower()
    if ending == ".parquet":
        return _parquet(path, decimal)
    if ending == ".xlsx":
        return table_of(_excel_records(path, sheet, decimal))
    if ending not in ENDINGS:
        raise TableError(
            path.name,
            _("'{ending}' is no kind of file read here", ending=ending),
            _("Accepted: {endings}", endings=", ".join(ENDINGS)),
        )
    return _csv(path, encoding, delimiter)


def table_of(records: Iterable[list[str]]) -> RawTable:
    """Find the header among the records and put the rest under it."""
    stream = enumerate(records, start=1)
    head = list(itertools.islice(stream, _LOOK_AHEAD))
    width, header_row = _header(head)
    if not width:
        raw = RawTable(pd.DataFrame(index=pd.Index([], dtype="int64")))
        raw.notes.append(_("the file holds no rows"))
        return raw
    raw = RawTable(pd.DataFrame())
    raw.repairs["preamble"] += sum(1 for row, cells in head if row < header_row and any(cells))
    names = _unique_names(next(cells for row, cells in head if row == header_row)[:width], raw)
    rows, numbers = _body(itertools.chain(head[header_row:], stream), width, raw)
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    index = pd.Index(numbers, dtype="int64")
    raw.frame = pd.DataFrame(
        {name: pd.Series(cells, index=index, dtype="str") for name, cells in zip(names, columns, strict=True)},
        index=index,
    )
    return raw


def _body(records: Iterable[tuple[int, list[str]]], width: int, raw: RawTable) -> tuple[list[list[str]], list[int]]:
    """The rows under the header: blank and total rows skipped, short rows filled, long rows kept apart."""
    rows, numbers = [], []
    for number, cells in records:
        first = cells[0] if cells else ""
        if len(cells) == width and first and not first.isspace() and not _TOTAL.match(first):
            rows.append(cells)
            numbers.append(number)
            continue
        if not any(cell and not cell.isspace() for cell in cells):
            raw.repairs["blank_row"] += 1
            continue
        if len(cells) != width:
            if len(cells) > width and any(cell.strip() for cell in cells[width:]):
                raw.broken[number] = " | ".join(cells)
                continue
            raw.repairs["short_row"] += len(cells) < width
            cells = [*cells[:width], *[""] * (width - len(cells))]
        if _TOTAL.match(next(cell for cell in cells if cell.strip())):
            raw.repairs["total_row"] += 1
            continue
        rows.append(cells)
        numbers.append(number)
    return rows, numbers


def _header(head: list[tuple[int, list[str]]]) -> tuple[int, int]:
    """Width of the table and number of its header row: the first row about as wide as most rows are."""
    rows = {number: cells for number, cells in head if any(cell.strip() for cell in cells)}
    if not rows:
        return 0, 0
    widths = Counter(len(cells) for cells in rows.values())
    several = {width: count for width, count in widths.items() if width > 1 and count > 1}  # one cell: a line above
    modal = max(several or widths, key=lambda width: (widths[width], width))
    for number, cells in rows.items():
        used = _filled_width(cells)
        as_wide = len(cells) >= modal and used >= 0.6 * modal
        if as_wide or used >= max(2, modal - 1):  # rows may end in one separator more than the header
            return used if used >= modal - 1 else modal, number
    return modal, min(rows)


def _filled_width(cells: list[str]) -> int:
    return max((place for place, cell in enumerate(cells, start=1) if cell.strip()), default=0)


def _unique_names(cells: list[str], raw: RawTable) -> list[str]:
    """Header cells as names: trimmed; a blank one gets its place, a repeated one its count."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = unicodedata.normalize("NFC", _CONTROL.sub("", cell)).replace("\ufeff", "").strip() or f"column {place}"
        count = sum(1 for known in names if known == name or known.startswith(f"{name} (")) + 1
        if count > 1:
            raw.notes.append(_("two columns are called '{name}'; the later one is '{name} ({n})'", name=name, n=count))
            name = f"{name} ({count})"
        names.append(name)
    return names


def _csv(path: Path, encoding: str | None, delimiter: str | None) -> RawTable:
    data = _bytes(path)
    text, found_encoding = decode(data, encoding, path.name)
    found_delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter) or find_delimiter(text)
    controls = len(_CONTROL.findall(text))
    clean = _CONTROL.sub("", text) if controls else text
    raw = table_of(_records(clean, found_delimiter, path.name))
    raw.repairs["control_character"] += controls
    raw.repairs["encoding"] += found_encoding not in ("utf-8", "ascii") and encoding is None
    raw.repairs["delimiter"] += found_delimiter != "," and delimiter is None
    raw.notes.append(
        _(
            "read as {encoding}, separated by {mark}",
            encoding=found_encoding,
            mark={"\t": "tab"}.get(found_delimiter, f"'{found_delimiter}'"),
        )
    )
    return raw


def _bytes(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise TableError(
            path.name,
            _("cannot be read: {error}", error=error),
            _("Accepted: {endings}", endings=", ".join(ENDINGS)),
            _("Export the file again"),
        ) from None


def _records(text: str, delimiter: str, name: str) -> Iterator[list[str]]:
    if delimiter == BLANKS:
        yield from (line.split() for line in text.splitlines())
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from reader
    except csv.Error as error:
        raise TableError(
            f"{name}, line {reader.line_num}",
            str(error),
            _("Every quote that opens has to close"),
            _("Mend the line or export the file again"),
        ) from None


def _excel_records(path: Path, sheet: str | None, decimal: str) -> Iterator[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook  # opened here: 30 ms that other files do not need

    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise TableError(path.name, str(error), _("Accepted is a workbook saved as .xlsx")) from None
    if sheet is not None and sheet not in book.sheet_names:
        raise TableError(
            path.name,
            _("no sheet '{sheet}'{near}", sheet=sheet, near=nearest(sheet, book.sheet_names)),
            _("Sheets: {sheets}", sheets=", ".join(book.sheet_names)),
        )
    chosen = book.get_sheet_by_name(sheet) if sheet is not None else book.get_sheet_by_index(0)
    for row in chosen.to_python(skip_empty_area=False):
        yield [cell_text(cell, decimal) for cell in row]


def cell_text(cell: Any, decimal: str = ".") -> str:
    """A typed cell as the text a contract reads: whole numbers without point, dates as ISO, decimals as declared."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell).replace(".", decimal)
    if isinstance(cell, Decimal):
        return format(cell, "f").replace(".", decimal)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    return _CONTROL.sub("", str(cell))


def _parquet(path: Path, decimal: str) -> RawTable:
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise TableError(path.name, str(error).splitlines()[0], _("Accepted is a Parquet file")) from None
    numbers = pd.RangeIndex(1, len(frame) + 1)
    cells = frame.astype(object).where(frame.notna(), None)
    texts = {
        str(name): pd.Series([cell_text(cell, decimal) for cell in cells[name]], index=numbers, dtype="str")
        for name in cells
    }
    return RawTable(pd.DataFrame(texts, index=numbers))


def _no_file(path: Path) -> TableError:
    beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    return TableError(
        path.name,
        _("no such file in {folder}{near}", folder=path.parent.name or ".", near=nearest(path.name, beside)),
        "",
        _("Put the file there or mend its name in engagement.yaml"),
    )
