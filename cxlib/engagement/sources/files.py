"""The kinds of file that can be read, what lies in a .gz, and the files in a .zip."""

from __future__ import annotations

import gzip
import io
import lzma
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from cxlib.engagement.brief import Brief
from cxlib.engagement.limits import FILE_BYTES
from cxlib.errors import TableError, nearest
from cxlib.language import _

TEXTS = (".csv", ".txt", ".tsv")
BOOKS = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
JSON = (".json", ".jsonl", ".ndjson")
_NO_ARCHIVE = (  # what a damaged archive makes the library raise
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)
_ZIPPABLE = (*TEXTS, *JSON, ".xes")
ENDINGS = (*TEXTS, *BOOKS, *JSON, ".parquet", ".sav", ".xes", *(f"{ending}.gz" for ending in _ZIPPABLE), ".zip")


def source_path(brief: Brief, file: str) -> Path:
    """Where a file of the brief lies: in the engagement's folder, or in one that the brief lists under `roots`.

    TableError when it lies elsewhere, by its name or through a link.
    """
    path = brief.folder / file
    try:
        real = path.resolve()
        inside = any(real.is_relative_to((brief.folder / root).resolve()) for root in ("", *brief.roots))
    except (OSError, RuntimeError):  # links in a circle
        inside = True  # it is no file, and is refused as such
    if inside:
        return path
    accepted = _("Accepted: files in the engagement's folder, and in folders listed under `roots:` in engagement.yaml")
    what, todo = _("it lies outside the engagement's folder"), _("Copy the file there, or list its folder")
    raise TableError(file, what, accepted, todo)


def is_file(path: Path) -> bool:
    """Whether there is such a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def ending_of(path: Path) -> str:
    """How a file's name ends, in small letters; with what lies inside a .gz."""
    return "".join(path.suffixes[-2:]).lower() if path.suffix.lower() == ".gz" else path.suffix.lower()


def bytes_of(path: Path) -> bytes:
    """The bytes of a file, unpacked when it is a .gz; TableError when it cannot be read."""
    try:
        with unpacking(path) as stream:
            return stream.read()
    except (OSError, EOFError, zlib.error) as error:
        what, accepted = _("cannot be read: {error}", error=error), _("Accepted: {endings}", endings=", ".join(ENDINGS))
        raise TableError(path.name, what, accepted, _("Export the file again")) from None


@contextmanager
def unpacking(path: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file as a stream, unpacked when it is a .gz; TableError when they are more than are read."""
    with path.open("rb") as stored:
        packed = path.suffix.lower() == ".gz"
        yield cast(
            IO[bytes], io.BufferedReader(_Bounded(gzip.GzipFile(fileobj=stored) if packed else stored, path.name))
        )


class _Bounded(io.RawIOBase):
    """A stream that ends in a TableError where it exceeds the limit."""

    def __init__(self, stream: IO[bytes] | gzip.GzipFile, where: str) -> None:
        self._stream, self._where, self._n_read = stream, where, 0

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read as much as fits the buffer."""
        found = self._stream.read(len(buffer))
        buffer[: len(found)] = found
        self._n_read += len(found)
        FILE_BYTES.check(self._n_read, self._where)
        return len(found)


@contextmanager
def unpacked(path: Path, member: str | None) -> Iterator[tuple[Path, str | None]]:
    """One file of a .zip, in a folder that lives as long as it is read, and the sheet in it that was asked for."""
    try:
        archive = zipfile.ZipFile(path)
    except _NO_ARCHIVE as error:
        what, accepted = _("cannot be read: {error}", error=error), _("Accepted: a .zip of files that can be read")
        raise TableError(path.name, what, accepted, _("Export the file again")) from None
    with archive, tempfile.TemporaryDirectory() as folder:
        name, sheet = _member(archive, path, member)
        file = Path(folder, PurePosixPath(name.replace("\\", "/")).name)
        try:
            with archive.open(name) as packed, file.open("wb") as out:
                shutil.copyfileobj(_Bounded(packed, f"{path.name}/{name}"), out)
        except _NO_ARCHIVE as error:
            where, todo = f"{path.name}/{name}", _("Pack the file again, without a password")
            raise TableError(where, _("cannot be read: {error}", error=error), "", todo) from None
        yield file, sheet


def members(path: Path) -> list[str]:
    """The files in a .zip that can be read, in their order; [] when it is no .zip."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    except _NO_ARCHIVE:
        return []
    plain = [name for name in names if not name.startswith("__MACOSX") and not PurePosixPath(name).name.startswith(".")]
    return [name for name in plain if ending_of(Path(name)) in ENDINGS and not name.lower().endswith(".zip")]


def _member(archive: zipfile.ZipFile, path: Path, wanted: str | None) -> tuple[str, str | None]:
    """The file in the archive that is meant, and the sheet in it: the only one, or the one `sheet` names."""
    known = members(path)
    for name in known:
        if wanted in (name, PurePosixPath(name).name):
            return name, None
        if wanted and wanted.startswith(f"{name}/"):
            return name, wanted.removeprefix(f"{name}/")
    if len(known) == 1:
        return known[0], wanted
    what = _("it holds {n} files that can be read", n=len(known))
    if wanted:
        what = _("no file '{name}' in it{near}", name=wanted, near=nearest(wanted, known))
    listed = (
        _("Files: {files}", files=", ".join(known)) if known else _("Accepted: {endings}", endings=", ".join(ENDINGS))
    )
    raise TableError(path.name, what, listed, _("Name one of them with `sheet:`"))
