"""Archives with the same bytes for the same content: sorted, with one fixed time, nested ones too."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable

EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment an archive can name
_WHEN = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def packed(members: Iterable[tuple[str, bytes]]) -> bytes:
    """An archive of these members, in the order of their names (a content-type list first, as Office wants it)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(members, key=lambda one: (one[0] != "[Content_Types].xml", one[0])):
            member = zipfile.ZipInfo(name, EPOCH)
            member.compress_type, member.external_attr, member.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(member, content)
    return stream.getvalue()


def settled(document: bytes, day: str) -> bytes:
    """An Office document with fixed times, inside and out: `day` (YYYY-MM-DD) is when it says it was made."""
    return packed((name, _settled(name, content, day)) for name, content in members(document))


def members(archive: bytes) -> list[tuple[str, bytes]]:
    """The files of an archive with their content."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return [(name, opened.read(name)) for name in opened.namelist() if not name.endswith("/")]


def _settled(name: str, content: bytes, day: str) -> bytes:
    if content[:4] == b"PK\x03\x04":
        return settled(content, day)
    if name == "docProps/core.xml":
        return _WHEN.sub(rb"\g<1>" + day.encode() + rb"T00:00:00Z\g<2>", content)
    return content
