"""How much of the machine a client's files may take. Beyond a limit a file is refused, with the setting that raises it.

A limit is about the machine, not about the client: it is raised in the environment, where no file of a client reaches.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from cxlib.errors import TableError, UsageError
from cxlib.language import _, mark, number


@dataclass(frozen=True)
class Limit:
    """A limit: `CX_MOST_<NAME>` in the environment, else `default`; `words` say what is counted."""

    name: str
    default: int
    words: str

    @property
    def setting(self) -> str:
        """The environment variable that raises it."""
        return f"CX_MOST_{self.name}"

    @property
    def most(self) -> int:
        """The limit in force; UsageError when the setting is not a whole number from 1 on."""
        given = os.environ.get(self.setting, "")
        if not given:
            return self.default
        if not (given.isascii() and given.isdigit() and 0 < len(given) <= 18 and int(given)):
            accepted = _("A whole number from 1 on; {n} when it is not set", n=self.default)
            raise UsageError(self.setting, _("found '{given}'", given=given[:40]), accepted)
        return int(given)

    def exceeded(self, found: int | None = None) -> str:
        """In words: what was found beyond the limit, and what raises it."""
        told = _("{what}: {found}, more than the {most} that are read ({setting} raises the limit)")
        count = number(found, 0) if found is not None else _("too many")
        return told.format(what=_(self.words), found=count, most=number(self.most, 0), setting=self.setting)

    def check(self, found: int, where: str) -> None:
        """Raise TableError when more was found than is read."""
        if found > self.most:
            raise self.error(where, found)

    def error(self, where: str, found: int | None = None) -> TableError:
        """The refusal of a file that exceeds the limit."""
        todo = _("Export less of it, or cut out what is not needed")
        return TableError(where, self.exceeded(found), "", todo)


BRIEF_BYTES = Limit("BRIEF_BYTES", 1_000_000, mark("bytes of a file written by hand"))
BRIEF_VALUES = Limit("BRIEF_VALUES", 100_000, mark("values in a file written by hand, with those that aliases repeat"))
FILE_BYTES = Limit("FILE_BYTES", 500_000_000, mark("bytes in the file, unpacked"))
COLUMNS = Limit("COLUMNS", 5_000, mark("columns"))
ROWS = Limit("ROWS", 5_000_000, mark("rows"))
CELLS = Limit("CELLS", 100_000_000, mark("cells"))
CELL_CHARACTERS = Limit("CELL_CHARACTERS", 131_072, mark("characters in one cell"))
READER_BYTES = Limit("READER_BYTES", 3_000_000_000, mark("bytes of memory while a file is opened"))
READER_SECONDS = Limit("READER_SECONDS", 300, mark("seconds while a file is opened"))
ALL = (
    BRIEF_BYTES,
    BRIEF_VALUES,
    FILE_BYTES,
    COLUMNS,
    ROWS,
    CELLS,
    CELL_CHARACTERS,
    READER_BYTES,
    READER_SECONDS,
)
