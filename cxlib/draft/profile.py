"""What a client's file holds: for each column its kind, range, share filled and examples with personal data masked."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from cxlib.draft.vocabulary import words
from cxlib.engagement.dialects import DIALECTS, Dialect
from cxlib.engagement.sources.days import parse_dates
from cxlib.engagement.sources.files import BOOKS, ENDINGS, ending_of, members
from cxlib.engagement.sources.numbers import BLANK_WORDS, parse_numbers
from cxlib.engagement.sources.raw import RawTable, read_raw, sheets_of
from cxlib.errors import TableError
from cxlib.language import _
from cxlib.privacy.redaction import redact_text

ROWS_LOOKED_AT = 20_000  # of a longer file, evenly spread
_MOSTLY = 0.9  # of the filled cells, for a column to be of a kind
_EPOCHS = {"s": (1e8, 4e9, 1.0), "ms": (1e11, 4e12, 1e-3), "us": (1e14, 4e15, 1e-6)}  # since 1970: from, to, seconds
_EARLIEST = pd.Timestamp("1910-01-01")  # spreadsheets keep times without their day as days of 1899
_SENTENCE = 5  # words
_MASK = "•••"


@dataclass(frozen=True, eq=False)
class Column:
    """One column: `kind` is number, date, text or blank; `form` says how its dates are written, where that is known."""

    name: str
    label: str
    texts: pd.Series[str]  # what is filled, stripped
    n: int
    kind: str
    form: str = ""
    ambiguous: bool = False
    values: pd.Series | None = None  # numbers or timestamps of `texts`

    @property
    def filled(self) -> float:
        """The share of rows that hold something."""
        return len(self.texts) / self.n if self.n else 0.0

    @cached_property
    def counts(self) -> Counter[str]:
        """The different texts and how often each occurs."""
        return Counter({str(text): int(n) for text, n in self.texts.value_counts().items()})

    @cached_property
    def plain(self) -> str:
        """The name as lower-case words without accents: `CustomerID` is "customer id"."""
        return plain(self.name)

    @cached_property
    def said(self) -> str:
        """The name and the question as lower-case words."""
        return f"{self.plain} {plain(self.label)}".strip()

    @property
    def is_unique(self) -> bool:
        """Whether no text occurs twice."""
        return bool(self.counts) and max(self.counts.values()) == 1

    @property
    def is_personal(self) -> bool:
        """Whether its name says that it holds names, addresses and the like."""
        return bool(words("personal").search(self.plain))

    @property
    def range(self) -> str:
        """From lowest to highest, or how many different texts."""
        if self.values is not None and len(self.values.dropna()):
            low, high = self.values.min(), self.values.max()
            return f"{low:%Y-%m-%d} … {high:%Y-%m-%d}" if self.kind == "date" else f"{low:g} … {high:g}"
        return _("{n} different", n=len(self.counts)) if self.counts else ""

    def examples(self, most: int = 3) -> list[str]:
        """A few texts, the most frequent first, on one line each; personal data are masked."""
        if self.is_personal:
            return [_MASK] if self.counts else []
        n_words = self.texts.head(500).str.count(r"\s+").mean() + 1 if self.kind == "text" and self.counts else 0
        if n_words >= _SENTENCE:  # what people wrote may name them
            return [_("sentences of about {n} words", n=round(n_words))]
        return [shown(text) for text, _count in self.counts.most_common(most)]


@dataclass(frozen=True, eq=False)
class File:
    """One table of a client: a file, a sheet of a workbook, or a file in an archive."""

    path: str  # as the brief names it, relative to the engagement
    sheet: str | None
    raw: RawTable
    columns: tuple[Column, ...]
    n: int
    digest: str = ""  # of its bytes: two files of the same are one
    error: str = ""

    @property
    def name(self) -> str:
        """What it is called: the name of the file, with the sheet."""
        return Path(self.path).name + (f" [{self.sheet}]" if self.sheet else "")

    @property
    def dialect(self) -> Dialect | None:
        """The system it was exported from, where that is known."""
        return DIALECTS.get(self.raw.dialect)

    def column(self, name: str) -> Column | None:
        """The column of this name."""
        return next((column for column in self.columns if column.name == name), None)


def plain(text: str) -> str:
    """Words in lower case, without accents and signs: `Order_purchaseDate` is "order purchase date"."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
    bare = "".join(sign for sign in unicodedata.normalize("NFKD", apart) if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w]+|_", " ", bare.casefold()).split())


def shown(text: str, most: int = 40) -> str:
    """A client's text on one line, without what does not print and without personal data."""
    clean = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    masked = redact_text(clean)[0]
    return masked if len(masked) <= most else masked[: most - 1] + "…"


def files_in(folder: Path) -> list[Path]:
    """The files below a folder that can be read, in the order of their names; hidden ones and links are left out."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    visible = [
        path for path in found if not any(part.startswith((".", "~$")) for part in path.relative_to(folder).parts)
    ]
    return [path for path in visible if ending_of(path) in ENDINGS]


def profiles(path: Path, named: str) -> list[File]:
    """What a file holds: one for each sheet of a workbook and each file of an archive. `named`: the path as the brief says it."""
    try:
        several = members(path) if ending_of(path) == ".zip" else sheets_of(path) if ending_of(path) in BOOKS else []
    except TableError:
        several = []  # reading it says why
    return [_profile(path, named, part) for part in (several if len(several) > 1 else [None])]


def _profile(path: Path, named: str, part: str | None) -> File:
    try:
        raw = read_raw(path, sheet=part)
    except TableError as error:
        return File(named, part, RawTable(pd.DataFrame()), (), 0, named, error.message)
    frame = raw.frame
    step = max(1, -(-len(frame) // ROWS_LOOKED_AT))
    seen = frame.iloc[::step]
    columns = tuple(_column(str(name), seen[name], raw.labels.get(str(name), "")) for name in frame)
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return File(named, part, raw, columns, len(frame), f"{digest} {part or ''}")


def _column(name: str, texts: pd.Series[str], label: str) -> Column:
    stripped = texts.str.strip()
    filled = stripped[(stripped != "") & ~stripped.str.lower().isin(BLANK_WORDS)]
    if filled.empty:
        return Column(name, label, filled, len(texts), "blank")
    read = parse_numbers(filled, units=True)
    if read.either:  # `cx check` asks whether they are thousands
        read = parse_numbers(filled, units=True, decimal="." if "." in read.either[0] else ",")
    numbers = read.values
    if numbers.notna().mean() >= _MOSTLY:
        form = _as_time(plain(name), numbers.dropna())
        if not form:
            return Column(name, label, filled, len(texts), "number", values=numbers)
        times = days_of(filled, form)[0]
        if form in _EPOCHS:
            times, form = pd.Timestamp(0) + pd.to_timedelta(numbers * _EPOCHS[form][2], unit="s"), "unix"
        return Column(name, label, filled, len(texts), "date", form, values=times)
    days, ambiguous = days_of(filled)
    if ambiguous:
        days = days_of(filled, "dayfirst")[0].fillna(days_of(filled, "monthfirst")[0])
    if (days >= _EARLIEST).mean() >= _MOSTLY:
        return Column(name, label, filled, len(texts), "date", ambiguous=ambiguous, values=days)
    return Column(name, label, filled, len(texts), "text")


def days_of(texts: pd.Series[str], form: str | None = None) -> tuple[pd.Series, bool]:
    """Timestamps of a column of texts, and whether they can be read two ways."""
    read = parse_dates(texts, form)
    return read.days, read.ambiguous


def _as_time(name: str, numbers: pd.Series[float]) -> str:
    """How whole numbers are times, when they are in the range of one and their column is called so; else ""."""
    if not (words("time").search(name) and (numbers % 1 == 0).all()):
        return ""
    low, high = numbers.min(), numbers.max()
    if low >= 19000101 and high <= 21001231 and (numbers % 10000 // 100).between(1, 12).all():
        return "%Y%m%d"
    if low >= 30_000 and high <= 60_000:
        return "excel"
    return next((form for form, (least, most, _unit) in _EPOCHS.items() if least <= low and high <= most), "")
