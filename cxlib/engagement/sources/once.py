"""A table is read once: as long as brief and files are the same bytes, a process, and one forked from it, remembers it."""

from __future__ import annotations

import copy
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cxlib.engagement.brief import Brief
from cxlib.engagement.sources.files import is_file, source_path
from cxlib.engagement.tables.report import TableReport
from cxlib.errors import TableError
from cxlib.language import voice

MOST_TABLES = 64  # of four or five engagements
MOST_BYTES = 200_000_000  # of files: larger ones are read when they are asked for, and not held


class Loaded(NamedTuple):
    """A table and the account of how it was read."""

    table: pd.DataFrame
    report: TableReport


_known: OrderedDict[str, Loaded] = OrderedDict()


def once(brief: Brief, name: str, read: Callable[[Brief, str], Loaded]) -> Loaded:
    """What `read` returns, remembered; each caller gets a copy of its own."""
    key = _key(brief, name)
    if not key:
        return read(brief, name)
    if key not in _known:
        _known[key] = read(brief, name)
        while len(_known) > MOST_TABLES:
            _known.popitem(last=False)
    _known.move_to_end(key)
    found = _known[key]
    return Loaded(found.table.copy(), copy.deepcopy(found.report))


def _key(brief: Brief, name: str) -> str:
    """A digest of all that a table is made from; "" when a file is not there or too large to hold."""
    named = [
        file
        for source in brief.tables.get(name, ())
        for file in (source.file, *(join.file for join in source.join))
        if file
    ]
    try:
        files = [source_path(brief, file) for file in named]
    except TableError:
        return ""  # it is refused when it is read
    if not all(map(is_file, files)) or sum(file.stat().st_size for file in files) > MOST_BYTES:
        return ""
    spoken = voice()
    said = [
        name,
        str(brief.folder.resolve()),
        brief.model_dump_json(),
        brief.where("tables", name),
        spoken.lang,
        spoken.locale,
    ]
    return hashlib.sha256("\0".join([*said, *map(_digest, files)]).encode()).hexdigest()


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
