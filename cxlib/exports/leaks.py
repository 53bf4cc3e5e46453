"""What may not leave for a client: names and paths of this machine, code, what is meant for the analyst; found in every byte.

A document is read down to its parts: archives in archives, pictures inside pages, packed streams of a PDF.
"""

from __future__ import annotations

import base64
import getpass
import platform
import re
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote_to_bytes

from cxlib.exports.archive import members

SHORTEST = 4  # letters of a name that is looked for: shorter ones stand in ordinary words
COMMON = frozenset(
    ["root", "user", "users", "admin", "administrator", "runner", "localhost", "home", "server", "client"]
)
_EVERYWHERE = {
    "path": rb"file://|(?<![\w.:/%~-])/(?:home|Users|root|tmp|var|private|mnt|srv)/[\w.-]+|[A-Za-z]:\\{1,2}Users\\",
    "code": rb"Traceback \(most recent call last\)|\bopen_stage\(|\"cell_type\"|vnd\.jupyter|\.ipynb\b",
    "internal": rb"class=\"b (?:internal|code|printed)\"|<body class=\"(?:workbook|student)\"",
}
_PICTURE = re.compile(rb"data:[\w/+.-]+;base64,([A-Za-z0-9+/=\s]+)")
_DRAWING = re.compile(rb"data:[\w/+.;=-]+,([^\"]*%3C[^\"]*)")  # text of an address, quoted
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
Leaks = Mapping[str, re.Pattern[bytes]]


def leaks_of(*folders: Path) -> Leaks:
    """What to look for on this machine: kind → pattern. `folders` are where engagement and report lie."""
    places = {
        str(place)
        for folder in (*folders, Path.cwd(), Path.home(), Path(tempfile.gettempdir()))
        for place in (folder, folder.resolve())
        if folder.is_absolute() and len(folder.parts) > 1
    }
    names = {"user": _user(), "host": platform.node().partition(".")[0]}
    known = {
        kind: _pattern([name])
        for kind, name in names.items()
        if len(name) >= SHORTEST and name.casefold() not in COMMON
    }
    return {**{kind: re.compile(pattern) for kind, pattern in _EVERYWHERE.items()}, "folder": _pattern(places), **known}


def leaks(name: str, content: bytes, known: Leaks) -> Iterator[tuple[str, str, str]]:
    """Each leak of a file and of all that is in it: which part, of which kind, the words."""
    for part, held in [(name, name.encode()), *parts(name, content)]:
        for kind, pattern in known.items():
            for text in (held, held.replace(b"\0", b"")):  # the second: words of two bytes a letter
                if found := pattern.search(text):
                    yield part, kind, found[0].decode(errors="replace")
                    break


def parts(name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    """The file itself, then everything that is packed in it, however deep."""
    yield name, content
    if content[:4] == b"PK\x03\x04":
        for inner, held in members(content):
            yield f"{name}/{inner}", inner.encode()
            yield from parts(f"{name}/{inner}", held)
    elif content[:5] == b"%PDF-":
        for held in _STREAM.findall(content):
            yield f"{name}/stream", _inflated(held)
    else:
        for coded in _PICTURE.findall(content):
            yield f"{name}/picture", base64.b64decode(coded)
        for quoted in _DRAWING.findall(content):
            yield f"{name}/drawing", unquote_to_bytes(quoted)


def _inflated(stream: bytes) -> bytes:
    """A stream unpacked, or as it is."""
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return stream


def _pattern(words: list[str] | set[str]) -> re.Pattern[bytes]:
    """Any of these, not as a part of a longer word."""
    inner = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{inner})(?!\w)".encode())


def _user() -> str:
    """Who runs this; "" where the system does not know."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
