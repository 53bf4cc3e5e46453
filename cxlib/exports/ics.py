"""ICS: the meeting calendar of stage 8, as RFC 5545 wants it.

Times are floating: ten o'clock is ten o'clock where the client sits, for no table says in which zone that is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import Any

import pandas as pd
from dateutil import rrule  # type: ignore[import-untyped]

from cxlib.errors import ChainError
from cxlib.exports.book import Book
from cxlib.language import _

COLUMNS = ("task_id", "title", "starts_at", "minutes", "roles", "rule", "ends_on")
LONGEST = 75  # octets of a line without its end (RFC 5545, 3.1)
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")  # 3.3.11: a text holds none


def ics(book: Book) -> bytes:
    """The calendar: an event a series, tentative in a draft; raises ChainError when stage 8 holds no meeting."""
    series = book.kept(8, "meetings", *COLUMNS)
    if series.empty:
        raise ChainError(
            "--to ics",
            _("stage 8 plans no meeting"),
            _("A calendar holds at least one event"),
            _("Give a task of `tasks` the workstream `meetings`, then run stage 8 again"),
        )
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//cxlib//cx export//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{text(book.brief.company)}",
    ]
    for row in series.to_dict("records"):
        lines += _event(row, book)
    return b"".join(folded(line) for line in [*lines, "END:VCALENDAR"])


def _event(row: dict[Any, Any], book: Book) -> Iterator[str]:
    """A series as one event; its first meeting as an event of its own where the rule would not fall on it."""
    first, last = pd.Timestamp(row["starts_at"]), pd.Timestamp(row["ends_on"])
    if not row["rule"]:
        yield from _one(row, book, first)
        return
    until = last.normalize() + (first - first.normalize())
    found = rrule.rrulestr(row["rule"], dtstart=first.to_pydatetime(), cache=True).between(first, until, inc=True)
    if first not in found:  # 3.8.5.3: what a reader makes of a rule that its own start breaks is not defined
        yield from _one(row, book, first, part="first")
    if found:
        yield from _one(row, book, pd.Timestamp(found[0]), rule=f"{row['rule']};UNTIL={until:%Y%m%dT%H%M%S}")


def _one(row: dict[Any, Any], book: Book, start: pd.Timestamp, *, rule: str = "", part: str = "") -> Iterator[str]:
    """The lines of one event. Its UID rests on client and task, so that a later export moves it and adds no second one."""
    known = hashlib.sha256("\0".join([book.brief.company, str(row["task_id"]), part]).encode()).hexdigest()
    roles = "\n".join(filter(None, str(row["roles"]).split(";")))
    yield from (
        "BEGIN:VEVENT",
        f"UID:{known[:32]}@cxlib",
        f"DTSTAMP:{book.brief.as_of:%Y%m%d}T000000Z",
        f"DTSTART:{start:%Y%m%dT%H%M%S}",
        f"DURATION:PT{round(row['minutes'])}M",
    )
    if rule:
        yield f"RRULE:{rule}"
    yield from (
        f"SUMMARY:{text(row['title'])}",
        f"DESCRIPTION:{text(roles + chr(10) + book.status)}",
        f"STATUS:{'TENTATIVE' if book.draft else 'CONFIRMED'}",
        "END:VEVENT",
    )


def text(words: object) -> str:
    """A TEXT value: escaped, without control characters, so that no client text can begin a line of its own."""
    lines = re.sub(r"\r\n?", "\n", str(words))
    return _CONTROL.sub(" ", lines).strip().translate(_ESCAPED)


def folded(line: str) -> bytes:
    """The line with its CRLF, folded where it would be longer than 75 octets and never within a character."""
    parts, room, part = [], LONGEST, b""
    for character in line:
        octets = character.encode(errors="replace")
        if len(part) + len(octets) > room:
            parts.append(part)
            part, room = b"", LONGEST - 1  # the blank that continues a line counts
        part += octets
    return b"\r\n ".join([*parts, part]) + b"\r\n"
