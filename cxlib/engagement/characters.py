"""Characters that no text has: XML, and so pictures, slides and workbooks, cannot hold them.

Control characters but tab and line ends (XML 1.0, production 2), halves of surrogate pairs, and what Unicode reserves as
noncharacters (The Unicode Standard, section 23.7).
"""

from __future__ import annotations

import re

from cxlib.errors import UsageError
from cxlib.language import _

_PLANES = "".join(f"{chr(0x10000 * plane + 0xFFFE)}{chr(0x10000 * plane + 0xFFFF)}" for plane in range(17))
_BREAKS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
NO_TEXT = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufdd0-\ufdef{_PLANES}]")


def named(text: str) -> str:
    """The first character of a text that no text has, by its code ("U+000B"); "" when there is none."""
    found = NO_TEXT.search(text)
    return f"U+{ord(found.group()):04X}" if found else ""


def plain(text: str) -> str:
    """The text without them."""
    return NO_TEXT.sub("", text)


def check_name(where: str, name: str) -> None:
    """Refuse a name of a file or folder that does not stay on its line: it travels into commands, schedules and logs."""
    if found := _BREAKS.search(name):
        what = _("U+{code:04X} is part of the name", code=ord(found.group()))
        raise UsageError(where, what, _("A name is one line of text, without control characters"))
