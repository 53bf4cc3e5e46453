"""What was last written for people into a report folder, by digest: pages, notebooks, facts, exports.

A page changes after its run, when a decision is sealed; so what a page should be is noted by whoever writes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from cxlib.engagement import records
from cxlib.language import _

NOTE = Path("store", "left.json")
EXPORTS = "exports/"


def leave(home: Path, files: Mapping[str, bytes]) -> None:
    """Write files (name in the report folder → content), each whole or not at all, and note what they are."""
    for name, content in files.items():
        records.write_bytes(home / name, content)
    note(home, {name: hashlib.sha256(content).hexdigest() for name, content in files.items()})


def note(home: Path, digests: Mapping[str, str], *, published: bool = False) -> None:
    """Note what files are; when all was `published` anew, only exports made before stay noted beside them."""
    known = records.read_json(home / NOTE)
    kept = {name: digest for name, digest in known.items() if not published or name.startswith(EXPORTS)}
    records.write_json(home / NOTE, {**kept, **digests})


def changed(home: Path) -> Iterator[str]:
    """What is not as it was written. Exports may be taken away; all else may not, nor may another page come."""
    known = records.read_json(home / NOTE)
    if not known and (home / "run.json").is_file() and (home / "stages").is_symlink():
        yield _("{file}: gone, so that pages cannot be compared with what was written", file=NOTE)
    for name, digest in known.items():
        path = home / name
        if not path.is_file() or path.is_symlink():
            if not name.startswith(EXPORTS) or path.is_symlink():
                yield _("{file}: not as the run has left it", file=name)
        elif records.file_digest(path) != digest:
            yield _("{file}: not as the run has left it", file=name)
    for path in sorted(home.glob("*.html")) if known else ():
        if path.name not in known:
            yield _("{file}: no run has left it", file=path.name)
