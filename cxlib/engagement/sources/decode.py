"""Bytes → text, and the separator of a text, for files as office programs export them."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections import Counter

from charset_normalizer import from_bytes

from cxlib.engagement.tables.question import Question
from cxlib.errors import TableError
from cxlib.language import _

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = ["cp1252", "mac_roman"]  # what Windows and old Macs write in western Europe
_LETTERS = frozenset("áéíóúàèìòùäëïöüâêîôûãõñçßøåæœÿºªÁÉÍÓÚÀÈÌÒÙÄËÏÖÜÂÊÎÔÛÃÕÑÇØÅÆŒ")
_MARKS = frozenset("€£¥§©®°·¿¡«»–—‘’“”…•™½¼¾²³±×\u00a0")
_SAMPLE_BYTES = 65_536
DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_RECORDS = 200


def decode(data: bytes, declared: str | None, name: str) -> tuple[str, str]:
    """The text and its encoding: declared, else by mark, else strict UTF-8, else cp1252 or Mac Roman."""
    if declared is not None:
        try:
            return data.decode(declared).removeprefix("\ufeff"), declared
        except (LookupError, UnicodeDecodeError) as error:
            raise TableError(
                name,
                _("encoding '{name}' does not fit: {error}", name=declared, error=error),
                _("Accepted: names such as utf-8, cp1252, utf-16"),
                _("Leave it out to have it detected"),
            ) from None
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace"), encoding.removesuffix("-sig")
    if data[1:2] == b"\0" or data[:1] == b"\0":
        encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be"
        return data.decode(encoding, errors="replace"), encoding
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return _legacy(data)


def encoding_question(data: bytes, text: str, declared: str | None) -> Question | None:
    """A declared encoding of one byte per sign, where the bytes are UTF-8 with letters beyond ASCII."""
    if declared is None or declared.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig") or data.isascii():
        return None
    try:
        better = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    word = next((word for word in re.split(r"[\s,;|\"]+", better) if not word.isascii()), "")
    wrong = next((word for word in re.split(r"[\s,;|\"]+", text) if not word.isascii()), "")
    told = _("encoding {declared} is declared, but the file is UTF-8: '{wrong}' stands for '{word}'")
    what = told.format(declared=declared, wrong=wrong[:30], word=word[:30])
    return Question("encoding", "", what, ("encoding: utf-8", "confirmed: [encoding]"), "encoding: utf-8", n=1)


def _legacy(data: bytes) -> tuple[str, str]:
    """Text in an encoding of one byte per sign, judged on the lines that hold signs beyond ASCII."""
    telling = b"\n".join(line for line in data.replace(b"\r", b"\n").split(b"\n") if not line.isascii())[:_SAMPLE_BYTES]
    scores = {encoding: _likeness(telling.decode(encoding, errors="replace")) for encoding in _LEGACY}
    encoding = max(scores, key=lambda name: scores[name])
    if len(set(scores.values())) == 1:  # too little text for our rule: ask the statistics of languages
        best = from_bytes(telling, cp_isolation=_LEGACY).best()
        encoding = best.encoding if best is not None else encoding
    return data.decode(encoding, errors="replace"), encoding


def _likeness(text: str) -> int:
    """How much a text looks written by people: accented letters where letters stand, capitals only where words begin."""
    score = 0
    for before, sign, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if sign.isascii():
            continue
        inside_a_word = before.isalpha() and after.isalpha()
        if sign.isalpha():
            fits = sign in _LETTERS and not (sign.isupper() and before.islower())
        else:
            fits = sign in _MARKS and not inside_a_word
        score += 1 if fits else -1
    return score


def find_delimiter(text: str) -> str:
    """The separator under which most records have the same width and no cell still holds another separator."""
    return max(DELIMITERS, key=lambda mark: (_consistency(text, mark), -DELIMITERS.index(mark)))


def _consistency(text: str, mark: str) -> float:
    """How well a separator fits the first records, from 0 (one column) upwards."""
    reader = csv.reader(io.StringIO(text[:200_000], newline=""), delimiter=mark)
    try:
        records = [cells for cells in itertools.islice(reader, _SAMPLE_RECORDS) if any(cells)]
    except csv.Error:
        return 0.0
    widths = Counter(len(cells) for cells in records if len(cells) > 1)
    if not widths:
        return 0.0
    width, n_same = max(widths.items(), key=lambda item: (item[1], item[0]))
    fitting = [cells for cells in records if len(cells) == width]
    others = [other for other in DELIMITERS if other not in (mark, ",")]
    leftover = sum(any(other in cell for other in others) for cells in fitting for cell in cells) / (
        len(fitting) * width
    )
    header_is_text = not any(cell.strip()[:1].isdigit() for cell in fitting[0])
    return float((n_same / len(records)) * (1 - leftover) * (1.0 if header_is_text else 0.6) * (1 - 1 / width) ** 0.25)
