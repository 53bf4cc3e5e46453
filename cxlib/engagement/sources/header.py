"""Where a table begins and ends among the rows of a file, and what its columns are called."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator

import pandas as pd

from cxlib.engagement.sources.days import parse_dates
from cxlib.engagement.tables.question import Question
from cxlib.engagement.tables.report import examples_of
from cxlib.language import _, number

Numbered = tuple[int, list[str]]
_LONE = re.compile(r"response|open-ended response|respuesta( abierta)?|antwort|.*offene.*", re.IGNORECASE)


def header_place(head: list[Numbered]) -> tuple[int, int]:
    """Width of the table and number of its header row: the first row about as wide as most rows are."""
    rows = {number: cells for number, cells in head if any(cell.strip() for cell in cells)}
    if not rows:
        return 0, 0
    widths = Counter(len(cells) for cells in rows.values())
    several = {width: count for width, count in widths.items() if width > 1 and count > 1}  # one cell: a line above
    modal = max(several or widths, key=lambda width: (widths[width], width))
    for row, cells in rows.items():
        used = max(place for place, cell in enumerate(cells, start=1) if cell.strip())
        as_wide = len(cells) >= modal and used >= 0.6 * modal
        if as_wide or used >= max(2, modal - 1):  # rows may end in one separator more than the header
            if _groups(cells, rows.get(row + 1, [])):
                continue
            return used if used >= modal - 1 else modal, row
    return modal, min(rows)


def _groups(cells: list[str], below: list[str]) -> bool:
    """Whether a row only names groups of the columns that the row below it names one by one."""
    named, under = (sum(bool(cell.strip()) for cell in row) for row in (cells, below))
    text = all(not _is_number(cell) for cell in below)
    return 2 * named <= under and under >= len(below) - 1 and under > 1 and text and len(set(below)) == len(below)


def declared_header(header: tuple[int, ...], head: list[Numbered], width: int) -> tuple[int, int, list[str]]:
    """Row, height and names of the header that the brief declares; a file without one names its columns by their place."""
    if header == (0,):
        return 1, 0, [""] * width
    rows = [cells for number, cells in head if number in header]
    titles = rows[0] if rows else []
    for below in rows[1:]:
        titles = joined_names(titles, below)
    used = max((place for place, cell in enumerate(titles, start=1) if cell.strip()), default=0)
    return min(header), max(header) - min(header) + 1, titles[: max(used, min(width, len(titles)))]


def joined_names(questions: list[str], options: list[str]) -> list[str]:
    """One name for each column of a question with options: `question: option`; a lone answer keeps the question's name."""
    names, question, width = [], "", max(len(questions), len(options))
    padded = [cells + [""] * (width - len(cells)) for cells in (questions, options)]
    for given, option in zip(*padded, strict=True):
        question = given.strip() or question
        alone = not option.strip() or _LONE.fullmatch(option.strip())
        names.append(question if alone else f"{question}: {option.strip()}")
    return names


def without_end(records: Iterator[Numbered], n_rows: int) -> Iterator[Numbered]:
    """The records without the last rows that hold something."""
    held = deque[Numbered]()
    for record in records:
        if not n_rows or not any(cell.strip() for cell in record[1]):
            yield record
            continue
        held.append(record)
        if len(held) > n_rows:
            yield held.popleft()


def header_questions(titles: list[str], frame: pd.DataFrame, lengths: Counter[int]) -> Iterator[Question]:
    """Doubts about the header: its cells look like a row of the table, or every row is as much shorter than it."""
    width = len(titles)
    if len(lengths) == 1 and len(frame) > 1 and 1 < max(lengths) < width:
        what = _("the header has {width} cells, each of the {n} rows has {length}: one separator too many in it")
        what = what.format(width=width, n=number(len(frame)), length=max(lengths))
        likely = _("put the column names that hold the separator in quotes")
        yield Question("header", "", what, (likely, "confirmed: [header]"), likely, n=len(frame), blocks=True)
    like = [
        name for name, title in zip(frame, titles, strict=False) if title.strip() and _same_kind(title, frame[name])
    ]
    dated = [name for name in like if not _is_number(str(name))]
    if len(frame) and (dated or 2 * len(like) >= width):
        what = _("the header looks like a row: {seen}", seen=", ".join(examples_of(titles)))
        yield Question("header", "", what, ("header: 0", "confirmed: [header]"), "header: 0", n=1)


def _is_number(text: str) -> bool:
    year = re.fullmatch(r"(?:19|20)[0-9]{2}", text.strip())
    return not year and bool(re.fullmatch(r"[-+]?[0-9]+(?:[.,][0-9]+)?", text.strip()))


def _same_kind(title: str, cells: pd.Series[str]) -> bool:
    """Whether a header cell is a number above numbers, or a date above dates."""
    filled = cells[cells != ""].head(50)
    if filled.empty:
        return False
    if _is_number(title):
        return bool(all(_is_number(str(cell)) for cell in filled))
    if not re.search(r"[0-9]{4}.*[0-9]", title):
        return False
    both = pd.concat([pd.Series([title.strip()]), filled]).reset_index(drop=True).astype("str")
    return bool(parse_dates(both, "dayfirst").days.notna().all())
