"""Files as clients send them → rows of text. Nothing is interpreted here: the contract decides what a value means."""

from __future__ import annotations

import csv
import io
import itertools
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from cxlib.engagement.characters import NO_TEXT, plain
from cxlib.engagement.dialects import Layout, layout_of
from cxlib.engagement.sources.cells import cell_text
from cxlib.engagement.sources.decode import decode, find_delimiter
from cxlib.engagement.sources.files import BOOKS, ENDINGS, TEXTS, bytes_of, ending_of, unpacked
from cxlib.engagement.sources.structured import json_frame, opened, sav_frame, xes_frame
from cxlib.errors import TableError, nearest
from cxlib.language import _

_TOTAL = re.compile(r"^\W*(grand |sub)?(total(es|s)?( general)?|suma|summe)\W*$", re.IGNORECASE)
BLANKS = "blanks"  # the delimiter of tables that are aligned with any number of blanks
_LONE = re.compile(r"response|open-ended response|respuesta( abierta)?|antwort|.*offene.*", re.IGNORECASE)
_LOOK_AHEAD = 400  # records read to find width and header


@dataclass
class RawTable:
    """Rows of text under the client's headers; the index numbers rows as a spreadsheet shows them."""

    frame: pd.DataFrame
    repairs: Counter[str] = field(default_factory=Counter)
    broken: dict[int, str] = field(default_factory=dict)  # row → the row, where it is longer than the header
    notes: list[str] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)  # column → what was asked, where the file tells it
    dialect: str = ""  # the system it was exported from, where it is known


def read_raw(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    decimal: str = ".",
) -> RawTable:
    """The rows of a file as text; TableError when there is no such file or it cannot be read.

    `sheet` names the sheet of a workbook, or the file in a .zip (`orders.csv`, `book.xlsx/Sheet1`).
    """
    if not path.is_file():
        raise _no_file(path)
    ending = ending_of(path)
    plain = ending.removesuffix(".gz")
    if ending not in ENDINGS:
        what = _("files ending in '{ending}' cannot be read", ending=ending)
        raise TableError(path.name, what, _("Accepted: {endings}", endings=", ".join(ENDINGS)))
    if ending == ".zip":
        with unpacked(path, sheet) as (file, inner):
            return read_raw(file, encoding=encoding, delimiter=delimiter, sheet=inner, decimal=decimal)
    if plain in TEXTS:
        raw = _csv(path, encoding, delimiter)
    elif plain in BOOKS:
        raw = table_of(_excel_records(path, sheet, decimal))
    else:
        raw = _parquet(path, decimal) if plain == ".parquet" else _structured(path, plain, encoding)
    raw.frame = opened(raw.frame)
    if not raw.dialect and plain not in (*TEXTS, *BOOKS):
        layout = layout_of([list(map(str, raw.frame))])
        raw.dialect = layout.dialect.key if layout else ""
    return raw


def _structured(path: Path, plain: str, encoding: str | None) -> RawTable:
    """A file whose fields bear names of their own: JSON, JSON lines, XES, SPSS."""
    if plain == ".xes":
        return RawTable(xes_frame(path))
    if plain == ".sav":
        frame, n_missing, labels = sav_frame(path)
        return RawTable(frame, Counter(user_missing=n_missing), labels=labels)
    frame, notes = json_frame(bytes_of(path), encoding, path.name, lines=plain != ".json")
    return RawTable(frame, notes=notes)


def table_of(records: Iterable[list[str]]) -> RawTable:
    """Find the header among the records, by the system they came from or by their shape, and put the rest under it."""
    stream = enumerate(records, start=1)
    head = list(itertools.islice(stream, _LOOK_AHEAD))
    layout = layout_of(cells for _row, cells in head)
    width, header_row = _header(head)
    raw = RawTable(pd.DataFrame(index=pd.Index([], dtype="int64")))
    if not width:
        raw.notes.append(_("the file holds no rows"))
        return raw
    n_rows, titles, texts = 1, head[header_row - 1][1][:width], list[str]()
    if layout is not None:
        header_row, n_rows = layout.header + 1, layout.rows
        titles, texts = _header_of(layout, [cells for _row, cells in head[layout.header :][:n_rows]], raw)
        width = len(titles)
    raw.repairs["preamble"] += sum(1 for row, cells in head if row < header_row and any(cells))
    names = _unique_names(titles, raw)
    raw.labels = {name: label for name, label in zip(names, texts, strict=False) if label}
    below = itertools.chain(head[header_row + n_rows - 1 :], stream)
    rows = dict(_body(below, width, raw, layout.dialect.footer_pattern if layout else None))
    columns = list(zip(*rows.values(), strict=True)) if rows else [()] * width
    index = pd.Index(rows, dtype="int64")
    named = dict(zip(names, columns, strict=True))
    raw.frame = pd.DataFrame({name: pd.Series(cells, index, dtype="str") for name, cells in named.items()}, index)
    return raw


def _header_of(layout: Layout, header: list[list[str]], raw: RawTable) -> tuple[list[str], list[str]]:
    """Names and questions of the columns from the header rows of a known system; notes say which, and which rows it took."""
    dialect, n_below = layout.dialect, layout.rows - 1
    raw.dialect = dialect.key
    raw.repairs["header_row"] += n_below
    told = _("read as an export of {system}", system=dialect.name)
    if n_below:
        told += _("; {n} rows under the header belong to it (questions, options, ids)", n=n_below)
    raw.notes.append(told)
    titles = header[0]
    if n_below and dialect.names == "joined":
        titles = _joined(titles, header[1])
    used = max((place for place, cell in enumerate(titles, start=1) if cell.strip()), default=0)
    texts = [cell.strip() for cell in header[1]] if n_below and dialect.labels == "below" else []
    return titles[:used], texts


def _joined(questions: list[str], options: list[str]) -> list[str]:
    """One name for each column of a question with options: `question: option`; a lone answer keeps the question's name."""
    names, question, width = [], "", max(len(questions), len(options))
    padded = [cells + [""] * (width - len(cells)) for cells in (questions, options)]
    for given, option in zip(*padded, strict=True):
        question = given.strip() or question
        alone = not option.strip() or _LONE.fullmatch(option.strip())
        names.append(question if alone else f"{question}: {option.strip()}")
    return names


def _body(
    records: Iterable[tuple[int, list[str]]], width: int, raw: RawTable, footer: re.Pattern[str] | None
) -> Iterator[tuple[int, list[str]]]:
    """The rows under the header: blank, total and footer rows skipped, short rows filled, long rows kept apart."""
    for number, cells in records:
        first = next((cell.strip() for cell in cells if cell and not cell.isspace()), "")
        if not first:
            raw.repairs["blank_row"] += 1
            continue
        if footer is not None and footer.fullmatch(first) and sum(map(bool, map(str.strip, cells))) <= 2:
            raw.repairs["footer"] += 1
            continue
        if any(cell.strip() for cell in cells[width:]):
            raw.broken[number] = " | ".join(cells)
            continue
        raw.repairs["short_row"] += len(cells) < width
        if _TOTAL.match(first):
            raw.repairs["total_row"] += 1
            continue
        yield number, cells if len(cells) == width else [*cells[:width], *[""] * (width - len(cells))]


def _header(head: list[tuple[int, list[str]]]) -> tuple[int, int]:
    """Width of the table and number of its header row: the first row about as wide as most rows are."""
    rows = {number: cells for number, cells in head if any(cell.strip() for cell in cells)}
    if not rows:
        return 0, 0
    widths = Counter(len(cells) for cells in rows.values())
    several = {width: count for width, count in widths.items() if width > 1 and count > 1}  # one cell: a line above
    modal = max(several or widths, key=lambda width: (widths[width], width))
    for number, cells in rows.items():
        used = max(place for place, cell in enumerate(cells, start=1) if cell.strip())
        as_wide = len(cells) >= modal and used >= 0.6 * modal
        if as_wide or used >= max(2, modal - 1):  # rows may end in one separator more than the header
            return used if used >= modal - 1 else modal, number
    return modal, min(rows)


def _unique_names(cells: list[str], raw: RawTable) -> list[str]:
    """Header cells as names: trimmed; a blank one gets its place, a repeated one its count."""
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = unicodedata.normalize("NFC", plain(cell)).replace("\ufeff", "").strip() or f"column {place}"
        count = sum(1 for known in names if known == name or known.startswith(f"{name} (")) + 1
        if count > 1:
            told = _("two columns are called '{name}'; the later one is '{name} ({n})'")
            raw.notes.append(told.format(name=name, n=count))
            name = f"{name} ({count})"
        names.append(name)
    return names


def _csv(path: Path, encoding: str | None, delimiter: str | None) -> RawTable:
    text, found_encoding = decode(bytes_of(path), encoding, path.name)
    found_delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter) or find_delimiter(text)
    clean, controls = NO_TEXT.subn("", text)
    raw = table_of(_records(clean, found_delimiter, path.name))
    raw.repairs["control_character"] += controls
    raw.repairs["encoding"] += found_encoding not in ("utf-8", "ascii") and encoding is None
    raw.repairs["delimiter"] += found_delimiter != "," and delimiter is None
    mark = "tab" if found_delimiter == "\t" else f"'{found_delimiter}'"
    raw.notes.append(_("read as {encoding}, separated by {mark}", encoding=found_encoding, mark=mark))
    return raw


def _records(text: str, delimiter: str, name: str) -> Iterator[list[str]]:
    if delimiter == BLANKS:
        yield from (line.split() for line in text.splitlines())
        return
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from reader
    except csv.Error as error:
        where, accepted = f"{name}, line {reader.line_num}", _("Every opening quote needs a closing one")
        raise TableError(where, str(error), accepted, _("Fix the line or export the file again")) from None


def _excel_records(path: Path, sheet: str | None, decimal: str) -> Iterator[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook  # opened here: 30 ms that other files do not need

    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        raise TableError(path.name, str(error), _("Accepted: a workbook saved as .xlsx, .xls or .ods")) from None
    if sheet is not None and sheet not in book.sheet_names:
        what = _("no sheet '{sheet}'{near}", sheet=sheet, near=nearest(sheet, book.sheet_names))
        raise TableError(path.name, what, _("Sheets: {sheets}", sheets=", ".join(book.sheet_names)))
    chosen = book.get_sheet_by_name(sheet or book.sheet_names[0])
    for row in chosen.to_python(skip_empty_area=False):
        yield [cell_text(cell, decimal) for cell in row]


def _parquet(path: Path, decimal: str) -> RawTable:
    try:
        frame = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise TableError(path.name, str(error).splitlines()[0], _("Accepted: a Parquet file")) from None
    cells = frame.astype(object).where(frame.notna(), None).set_axis(pd.RangeIndex(1, len(frame) + 1))
    return RawTable(cells.rename(columns=str).map(cell_text, decimal=decimal).astype("str"))


def _no_file(path: Path) -> TableError:
    beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    what = _("no such file in {folder}{near}", folder=path.parent.name or ".", near=nearest(path.name, beside))
    return TableError(path.name, what, "", _("Put the file there or correct its name in engagement.yaml"))
