"""Files as clients send them → rows of text. Nothing is interpreted here: the contract decides what a value means."""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pyarrow as pa

from cxlib.engagement.characters import NO_TEXT, plain
from cxlib.engagement.dialects import Layout, layout_of
from cxlib.engagement.limits import CELL_CHARACTERS, CELLS, COLUMNS, ROWS
from cxlib.engagement.sources.apart import read_apart
from cxlib.engagement.sources.cells import cell_text
from cxlib.engagement.sources.decode import decode, encoding_question, find_delimiter
from cxlib.engagement.sources.files import BOOKS, ENDINGS, TEXTS, bytes_of, ending_of, is_file, unpacked
from cxlib.engagement.sources.header import (
    declared_header,
    header_place,
    header_questions,
    joined_names,
    without_end,
)
from cxlib.engagement.sources.structured import json_frame, opened, sav_frame, xes_frame
from cxlib.engagement.tables.question import Question
from cxlib.errors import TableError, nearest
from cxlib.language import _

_TOTAL = re.compile(r"^\W*(grand |sub)?(total(es|s)?( general)?|suma|summe)\W*$", re.IGNORECASE)
BLANKS = "blanks"  # the delimiter of tables that are aligned with any number of blanks
_SWALLOWED = 5  # lines in one cell from which they may be rows
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
    questions: list[Question] = field(default_factory=list)  # doubts about the file as a whole, without their place


def read_raw(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    decimal: str = ".",
    header: tuple[int, ...] = (),
    footer: int = 0,
) -> RawTable:
    """The rows of a file as text; TableError when there is no such file or it cannot be read.

    `sheet` names the sheet of a workbook, or the file in a .zip (`orders.csv`, `book.xlsx/Sheet1`). `header` are the rows
    of the column names (0: there are none), `footer` how many rows at the end are no rows of the table.
    """
    if not is_file(path):
        raise _no_file(path)
    ending = ending_of(path)
    plain = ending.removesuffix(".gz")
    if ending not in ENDINGS:
        what = _("files ending in '{ending}' cannot be read", ending=ending)
        raise TableError(path.name, what, _("Accepted: {endings}", endings=", ".join(ENDINGS)))
    if ending == ".zip":
        with unpacked(path, sheet) as (file, inner):
            return read_raw(
                file,
                encoding=encoding,
                delimiter=delimiter,
                sheet=inner,
                decimal=decimal,
                header=header,
                footer=footer,
            )
    if plain in TEXTS:
        raw = _csv(path, encoding, delimiter, header, footer)
    elif plain in BOOKS:
        raw = _workbook(path, sheet, decimal, header, footer)
    else:
        raw = _parquet(path, decimal) if plain == ".parquet" else _structured(path, plain, encoding)
    raw.frame = opened(raw.frame, path.name)
    for name in raw.frame if plain not in (*TEXTS, *BOOKS) and len(raw.frame) else ():
        CELL_CHARACTERS.check(int(raw.frame[name].str.len().max()), f"{path.name}, {name}")
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


def table_of(records: Iterable[list[str]], where: str, header: tuple[int, ...] = (), footer: int = 0) -> RawTable:
    """Find the header among the records, as declared, by the system they came from or by their shape; put the rest under it."""
    stream = without_end(enumerate(_bounded(records, where), start=1), footer)
    head = list(itertools.islice(stream, _LOOK_AHEAD))
    layout = layout_of(cells for _row, cells in head) if not header else None
    width, header_row = header_place(head)
    raw = RawTable(pd.DataFrame(index=pd.Index([], dtype="int64")))
    if not width:
        raw.notes.append(_("the file holds no rows"))
        return raw
    n_rows, titles, texts = 1, head[header_row - 1][1][:width], list[str]()
    if layout is not None:
        header_row, n_rows = layout.header + 1, layout.rows
        titles, texts = _header_of(layout, [cells for _row, cells in head[layout.header :][:n_rows]], raw)
        width = len(titles)
    if header:
        header_row, n_rows, titles = declared_header(header, head, width)
        width = len(titles)
    raw.repairs["preamble"] += sum(1 for row, cells in head if row < header_row and any(cells))
    names = _unique_names(titles, raw)
    raw.labels = {name: label for name, label in zip(names, texts, strict=False) if label}
    below = itertools.chain(head[header_row + n_rows - 1 :], stream)
    lengths = Counter[int]()
    rows = dict(_body(below, width, raw, layout.dialect.footer_pattern if layout else None, lengths))
    columns = list(zip(*rows.values(), strict=True)) if rows else [()] * width
    index = pd.Index(rows, dtype="int64")
    named = dict(zip(names, columns, strict=True))
    raw.frame = pd.DataFrame({name: pd.Series(cells, index, dtype="str") for name, cells in named.items()}, index)
    if not header and layout is None:
        raw.questions += header_questions(titles, raw.frame, lengths)
    return raw


def _bounded(records: Iterable[list[str]], where: str) -> Iterator[list[str]]:
    """The records as long as they are within the limits; blank ones count, for they take time, too."""
    most_columns, most_rows, most_cells = COLUMNS.most, ROWS.most, CELLS.most
    n_cells = 0
    for n_rows, cells in enumerate(records, start=1):
        n_cells += len(cells)
        if len(cells) > most_columns:
            raise COLUMNS.error(f"{where}, row {n_rows}", len(cells))
        if n_rows > most_rows or n_cells > most_cells:
            raise ROWS.error(where) if n_rows > most_rows else CELLS.error(where)
        yield cells


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
        titles = joined_names(titles, header[1])
    used = max((place for place, cell in enumerate(titles, start=1) if cell.strip()), default=0)
    texts = [cell.strip() for cell in header[1]] if n_below and dialect.labels == "below" else []
    return titles[:used], texts


def _body(
    records: Iterable[tuple[int, list[str]]],
    width: int,
    raw: RawTable,
    footer: re.Pattern[str] | None,
    lengths: Counter[int],
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
        lengths[len(cells)] += 1
        yield number, cells if len(cells) == width else [*cells[:width], *[""] * (width - len(cells))]


def _unique_names(cells: list[str], raw: RawTable) -> list[str]:
    """Header cells as names: trimmed; a blank one gets its place, a repeated one its count."""
    names, counts = dict[str, None](), Counter[str]()
    for place, cell in enumerate(cells, start=1):
        name = unicodedata.normalize("NFC", plain(cell)).replace("\ufeff", "").strip() or f"column {place}"
        own, counts[name] = name, counts[name] + 1
        while own in names:
            counts[name] = max(counts[name], 2)
            own = f"{name} ({counts[name]})"
            counts[name] += own in names
        if own != name:
            told = _("two columns are called '{name}'; the later one is '{own}'")
            raw.notes.append(told.format(name=name, own=own))
        names[own] = None
    return list(names)


def _csv(path: Path, encoding: str | None, delimiter: str | None, header: tuple[int, ...], footer: int) -> RawTable:
    data = bytes_of(path)
    text, found_encoding = decode(data, encoding, path.name)
    found_delimiter = {"tab": "\t", "\\t": "\t"}.get(delimiter or "", delimiter) or find_delimiter(text)
    clean, controls = NO_TEXT.subn("", text)
    raw = table_of(_records(clean, found_delimiter, path.name), path.name, header, footer)
    raw.repairs["control_character"] += controls
    if question := encoding_question(data, text, encoding):
        raw.questions.append(question)
    raw.repairs["encoding"] += found_encoding not in ("utf-8", "ascii") and encoding is None
    raw.repairs["delimiter"] += found_delimiter != "," and delimiter is None
    mark = "tab" if found_delimiter == "\t" else f"'{found_delimiter}'"
    raw.notes.append(_("read as {encoding}, separated by {mark}", encoding=found_encoding, mark=mark))
    return raw


def _records(text: str, delimiter: str, name: str) -> Iterator[list[str]]:
    if delimiter == BLANKS:
        yield from (line.split() for line in text.splitlines())
        return
    csv.field_size_limit(CELL_CHARACTERS.most)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first = 1
    try:
        for cells in reader:
            if swallowed := next(
                (cell for cell in cells if "\n" in cell and _holds_rows(cell, delimiter, len(cells))), ""
            ):
                raise csv.Error(_("a quote opens at {text} and takes in the rows below it", text=repr(swallowed[:20])))
            yield cells
            first = reader.line_num + 1
    except csv.Error as error:
        where, accepted = f"{name}, line {first}", _("Every opening quote needs a closing one")
        what = CELL_CHARACTERS.exceeded() if "field larger" in str(error) else str(error)
        raise TableError(where, what, accepted, _("Fix the line or export the file again")) from None


def _holds_rows(cell: str, delimiter: str, width: int) -> bool:
    """Whether the lines inside a cell are rows of the table: as many separators as the table has in nearly all of them."""
    inside = [line for line in cell.splitlines()[1:-1] if line.strip()]
    like_rows = sum(line.count(delimiter) == width - 1 for line in inside)
    return width > 1 and len(inside) >= _SWALLOWED and like_rows >= 0.9 * len(inside)


def sheets_of(path: Path) -> list[str]:
    """The names of the sheets of a workbook; TableError when it is none."""
    return list(_opened(path, None)[0])


def _opened(path: Path, sheet: str | None) -> tuple[list[str], bytes]:
    """The names of a workbook's sheets, and the rows of one of them as lines of JSON."""
    accepted = _("Accepted: a workbook saved as .xlsx, .xls or .ods")
    head, lines = read_apart("workbook", path, accepted, sheet=sheet)
    return head["sheets"], lines


def _workbook(path: Path, sheet: str | None, decimal: str, header: tuple[int, ...], footer: int) -> RawTable:
    """The rows of a sheet; without its name those of the first one, and the note names the others."""
    names, lines = _opened(path, sheet)
    if sheet is not None and sheet not in names:
        what = _("no sheet '{sheet}'{near}", sheet=sheet, near=nearest(sheet, names))
        raise TableError(path.name, what, _("Sheets: {sheets}", sheets=", ".join(names)))
    records = ([cell_text(cell, decimal) for cell in json.loads(line)] for line in lines.splitlines())
    raw = table_of(records, path.name, header, footer)
    if len(names) > 1 and sheet is None:
        told = _("the first sheet is read, '{sheet}'; `sheet:` names another: {others}")
        raw.notes.append(told.format(sheet=names[0], others=", ".join(names[1:])))
    return raw


def _parquet(path: Path, decimal: str) -> RawTable:
    accepted = _("Accepted: a Parquet file")
    head, stream = read_apart("parquet", path, accepted)
    try:
        frame = pa.ipc.open_stream(stream).read_pandas()
    except (OSError, ValueError) as error:
        raise TableError(path.name, str(error).partition("\n")[0], accepted) from None
    raw = RawTable(frame)
    cells = frame.astype(object).where(frame.notna(), None).set_axis(pd.RangeIndex(1, len(frame) + 1))
    cells.columns = pd.Index(_unique_names(list(map(str, frame.columns)), raw))
    texts = cells.map(cell_text, decimal=decimal).astype("str")
    raw.frame = opened(texts, path.name).drop(columns=texts.columns[head["structures"]])
    return raw


def _no_file(path: Path) -> TableError:
    beside = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    what = _("no such file in {folder}{near}", folder=path.parent.name or ".", near=nearest(path.name, beside))
    return TableError(path.name, what, "", _("Put the file there or correct its name in engagement.yaml"))
