"""Where a table begins and ends among the rows of a file, and what its columns are called."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator

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
    for number, cells in rows.items():
        used = max(place for place, cell in enumerate(cells, start=1) if cell.strip())
        as_wide = len(cells) >= modal and used >= 0.6 * modal
        if as_wide or used >= max(2, modal - 1):  # rows may end in one separator more than the header
            return used if used >= modal - 1 else modal, number
    return modal, min(rows)


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
