"""The calendar: what RFC 5545 asks of it, read back by hand, and client text that tries to break out of its line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from dateutil import rrule

from cxlib.errors import ChainError
from cxlib.exports.book import Book
from cxlib.exports.ics import folded, ics, text

Calendar = Callable[..., bytes]
HOSTILE = "Kick-off\r\nEND:VEVENT\r\nBEGIN:VALARM\nACTION:AUDIO, a;b \\n\u2028x\x00\x1b"


def unfolded(content: bytes) -> list[str]:
    """The lines as a reader sees them; fails where a line is too long, not ended by CRLF or cut within a character."""
    raw = content.split(b"\r\n")
    assert raw.pop() == b"" and all(len(line) <= 75 and b"\r" not in line and b"\n" not in line for line in raw)
    assert [line.decode() for line in raw]
    return content.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def events(content: bytes) -> list[dict[str, str]]:
    """The events of a calendar, each property once."""
    found: list[dict[str, str]] = []
    for line in unfolded(content):
        name, value = line.split(":", 1)
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found and line != "END:VCALENDAR":
            assert name not in found[-1], line
            found[-1][name] = value
    return found


def plain(value: str) -> str:
    """A TEXT value without its escapes, read from left to right."""
    out, letters = "", iter(value)
    for letter in letters:
        out += {"n": "\n"}.get(after := next(letters), after) if letter == "\\" else letter
    return out


@pytest.fixture
def calendar(book: Book, monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """`calendar(title=…, rule=…)` is the calendar of one series."""

    def make(**given: Any) -> bytes:
        row = {
            "task_id": "t1",
            "title": "Weekly",
            "starts_at": pd.Timestamp("2026-07-06 10:00"),
            "minutes": 60.0,
            "roles": "Head of service;Analyst",
            "rule": "",
            "ends_on": pd.Timestamp("2026-07-06"),
        } | given
        monkeypatch.setattr(Book, "kept", lambda *_args: pd.DataFrame([row]))
        return ics(book)

    return make


def test_every_series_of_stage_8_is_an_event_with_what_the_standard_requires(book: Book) -> None:
    content, series = ics(book), book.kept(8, "meetings")
    lines, found = unfolded(content), events(content)
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"] and lines[-1] == "END:VCALENDAR"
    assert sum(line.startswith("PRODID:") for line in lines) == 1
    assert len({one["UID"] for one in found}) == len(found)
    assert {plain(one["SUMMARY"]) for one in found} == set(series["title"])
    for one in found:
        assert one["DTSTAMP"] == "20260630T000000Z" and one["STATUS"] == "TENTATIVE"
        assert len(one["DTSTART"]) == 15 and one["DURATION"].startswith("PT") and "END" in one


def test_the_events_meet_as_often_as_stage_8_says(book: Book) -> None:
    met: dict[str, int] = {}
    for one in events(ics(book)):
        start = pd.Timestamp(one["DTSTART"]).to_pydatetime()
        days = list(rrule.rrulestr(one["RRULE"], dtstart=start)) if "RRULE" in one else [start]
        assert start in days, "a rule falls on its own start"
        met[plain(one["SUMMARY"])] = met.get(plain(one["SUMMARY"]), 0) + len(days)
    wanted = book.kept(8, "meetings").groupby("title")["n_meetings"].sum()
    assert met == wanted.to_dict()


def test_a_title_cannot_begin_a_line_of_its_own(calendar: Calendar) -> None:
    (one,) = events(calendar(title=HOSTILE))
    assert plain(one["SUMMARY"]) == "Kick-off\nEND:VEVENT\nBEGIN:VALARM\nACTION:AUDIO, a;b \\n x"
    (one,) = events(calendar(roles="Chair\r\nATTENDEE:mailto:a@example.org;Analyst", rule="FREQ=WEEKLY"))
    assert "ATTENDEE" not in one and "Chair" in plain(one["DESCRIPTION"])


def test_a_fifth_thursday_is_a_meeting_of_its_own_for_no_rule_falls_on_it(calendar: Calendar) -> None:
    first, series = events(
        calendar(
            starts_at=pd.Timestamp("2026-07-30 10:00"),
            rule="FREQ=MONTHLY;BYDAY=4TH",
            ends_on=pd.Timestamp("2026-09-24"),
        )
    )
    assert (first["DTSTART"], "RRULE" in first) == ("20260730T100000", False)
    assert series["DTSTART"] == "20260827T100000"
    assert series["RRULE"] == "FREQ=MONTHLY;BYDAY=4TH;UNTIL=20260924T100000"
    assert first["UID"] != series["UID"]


def test_a_later_export_moves_an_event_and_adds_no_second_one(calendar: Calendar) -> None:
    early, late = events(calendar()), events(calendar(starts_at=pd.Timestamp("2026-08-03 09:30"), title="Renamed"))
    assert early[0]["UID"] == late[0]["UID"] and early[0]["DTSTART"] != late[0]["DTSTART"]
    assert calendar() == calendar()


def test_long_lines_are_folded_between_characters() -> None:
    line = "SUMMARY:" + "ñ€🎯a" * 60
    assert unfolded(folded(line)) == [line] and folded("A:b") == b"A:b\r\n"
    assert folded("x" * 75).count(b"\r\n") == 1 and folded("x" * 76) == b"x" * 75 + b"\r\n x\r\n"
    assert text(" a\tb\n") == "a b"


def test_without_a_meeting_there_is_no_calendar_and_it_says_why(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Book, "kept", lambda _self, _stage, _name, *columns: pd.DataFrame(columns=list(columns)))
    with pytest.raises(ChainError, match=r"stage 8 plans no meeting.*workstream `meetings`"):
        ics(book)
