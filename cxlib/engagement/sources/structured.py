"""JSON, JSON lines, XES and SPSS files → rows of text. A field inside a field is named by its path: `ecommerce.revenue`."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import pandas as pd

from cxlib.engagement.limits import CELLS, COLUMNS, ROWS
from cxlib.engagement.sources.apart import read_apart
from cxlib.engagement.sources.cells import cell_text
from cxlib.engagement.sources.decode import decode
from cxlib.engagement.sources.files import unpacking
from cxlib.errors import TableError
from cxlib.language import _

Record = Mapping[str, Any]
_MOST_DEEP = 8  # levels of fields inside fields; what lies deeper stays JSON


def json_frame(data: bytes, encoding: str | None, name: str, *, lines: bool) -> tuple[pd.DataFrame, list[str]]:
    """Rows of a JSON document (its longest list of objects), or of JSON lines, and notes; TableError when it is neither."""
    text, _encoding = decode(data, encoding, name)
    try:
        document = None if lines else _parsed(text)
    except ValueError:
        lines = True
    if lines:
        return framed(_lines(text, name), name), []
    path, records = max(_lists(document, ""), key=lambda found: len(found[1]), default=("", []))
    if not records:
        what, accepted = _("it holds no list of objects"), _("Accepted: [{…}, {…}], or one {…} on each line")
        raise TableError(name, what, accepted, _("Export the file again"))
    notes = [_("the rows are those of `{path}`", path=path)] if path else []
    return framed(enumerate(records, start=1), name), notes


def framed(records: Iterable[tuple[int, Record]], where: str) -> pd.DataFrame:
    """Numbered records as a frame of text: one column for each path, in the order in which the paths appear.

    TableError, with `where`, when they are more than are read.
    """
    numbers, rows, names = list[int](), list[dict[str, str]](), dict[str, None]()
    for number, record in records:
        row = flat(record)
        numbers.append(number)
        rows.append(row)
        names.update(dict.fromkeys(row))
        for limit, n in ((ROWS, len(rows)), (COLUMNS, len(names)), (CELLS, len(rows) * len(names))):
            limit.check(n, where)
    index = pd.Index(numbers, dtype="int64")
    return pd.DataFrame(
        {name: pd.Series([row.get(name, "") for row in rows], index, dtype="str") for name in names}, index
    )


def flat(record: Record, path: str = "", depth: int = 0) -> dict[str, str]:
    """A record as path → text. A list of {key, value} becomes one field a key, plain lists are joined with semicolons."""
    row: dict[str, str] = {}
    for key, value in record.items():
        name = f"{path}{key}"
        inside = _keyed(value) if isinstance(value, list) else value
        if isinstance(inside, Mapping) and depth < _MOST_DEEP:
            row |= flat(inside, f"{name}.", depth + 1)
        elif isinstance(inside, list) and not any(isinstance(item, list | Mapping) for item in inside):
            row[name] = ";".join(map(cell_text, inside))
        elif isinstance(inside, list | Mapping):
            row[name] = json.dumps(inside, ensure_ascii=False, default=str)
        else:
            row[name] = cell_text(inside)
    return row


def opened(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """The frame with columns whose every filled cell is a JSON object opened into one column for each of its fields."""
    parts = []
    for name in frame:
        objects = None
        if _first(frame[name]).startswith("{"):
            filled = frame[name].str.strip()
            cells = filled[filled != ""]
            objects = _objects(cells) if cells.str.startswith("{").all() else None
        parts.append(frame[[name]])
        if objects:
            inside = framed(zip(cells.index, objects, strict=True), where).add_prefix(f"{name}.")
            parts.append(inside.reindex(frame.index).fillna("").astype("str"))
    return pd.concat(parts, axis=1) if len(parts) > frame.shape[1] else frame


def xes_frame(path: Path) -> pd.DataFrame:
    """The events of an XES log (IEEE 1849), one a row; what is said of the case stands under `case:…`."""
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import ParseError

    try:
        with unpacking(path) as stream:
            return framed(enumerate(_events(stream), start=1), path.name)
    except (ParseError, DefusedXmlException, OSError, EOFError) as error:
        what = _("it is not an event log: {error}", error=str(error) or type(error).__name__)
        raise TableError(path.name, what, _("Accepted: XES, also as .xes.gz"), _("Export the file again")) from None


def sav_frame(path: Path) -> tuple[pd.DataFrame, int, dict[str, str]]:
    """An SPSS file: its codes, with the words of labelled values under `NAME.label`; user-missing values blanked and counted;
    variable → its label (the question)."""
    if importlib.util.find_spec("pyreadstat") is None:
        todo = _("Install it with `pip install 'cxlib[spss]'`, or save the file as .csv or .xlsx")
        raise TableError(path.name, _("SPSS files need the package pyreadstat"), "", todo)
    _head, document = read_apart("spss", path, _("Accepted: a file saved by SPSS as .sav"))
    about = json.loads(document)
    columns, n_missing = dict[str, pd.Series](), 0
    index = pd.RangeIndex(1, len(next(iter(about["codes"].values()), [])) + 1)
    for name, codes in about["codes"].items():
        values = pd.Series(codes, index, dtype=object)
        missing = _user_missing(values, about["missing"].get(name, []))
        n_missing += int(missing.sum())
        kept = values.where(~missing & values.notna(), None)
        columns[name] = kept.map(cell_text).astype("str")
        if labels := dict(about["values"].get(name, [])):
            columns[f"{name}.label"] = kept.map(labels).fillna("").astype("str")
    return pd.DataFrame(columns, index), n_missing, {name: str(label) for name, label in about["questions"].items()}


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError from None


def _lines(text: str, name: str) -> Iterator[tuple[int, Record]]:
    """The objects of JSON lines; a line that holds none is named."""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = _parsed(line)
        except ValueError:
            record = None
        if not isinstance(record, Mapping):
            where, what = _("{file}, line {n}", file=name, n=number), _("it is no JSON object: {text}", text=line[:40])
            raise TableError(
                where, what, _("Accepted: [{…}, {…}], or one {…} on each line"), _("Export the file again")
            )
        yield number, record


def _lists(node: Any, path: str, depth: int = 0) -> Iterator[tuple[str, list[Record]]]:
    """The lists of objects in a document, with their path."""
    if isinstance(node, list) and node and all(isinstance(item, Mapping) for item in node):
        yield path, node
    elif isinstance(node, Mapping) and depth < _MOST_DEEP:
        for key, value in node.items():
            yield from _lists(value, f"{path}.{key}".lstrip("."), depth + 1)
    if (
        isinstance(node, Mapping)
        and not depth
        and not any(isinstance(value, list | Mapping) for value in node.values())
    ):
        yield path, [node]


def _keyed(items: list[Any]) -> Any:
    """[{key, value}, …] as {key: value}, as analytics exports write their parameters; any other list as it is."""
    if not items or not all(isinstance(item, Mapping) and set(item) == {"key", "value"} for item in items):
        return items
    return {str(item["key"]): _one_of(item["value"]) for item in items}


def _one_of(value: Any) -> Any:
    """The one filled field of {string_value, int_value, …}; anything else as it is."""
    if isinstance(value, Mapping) and value and all(str(key).endswith("_value") for key in value):
        return next((given for given in value.values() if given is not None), None)
    return value


def _first(cells: pd.Series[str]) -> str:
    """The first cell that is not blank."""
    return next((cell for cell in cells if cell and not cell.isspace()), "").lstrip()


def _objects(cells: pd.Series[str]) -> list[Record] | None:
    try:
        objects = [_parsed(cell) for cell in cells]
    except ValueError:
        return None
    return objects if all(isinstance(one, Mapping) for one in objects) else None


def _events(stream: IO[bytes]) -> Iterator[Record]:
    """Events with the attributes of their trace. A trace's attributes may stand behind its events: a trace is read whole."""
    from defusedxml.ElementTree import iterparse

    for _event, element in iterparse(stream, events=("end",), forbid_dtd=True):
        if element.tag.rpartition("}")[2] != "trace":
            continue
        about = {f"case:{key}": value for key, value in _attributes(element)}
        for child in element:
            if child.tag.rpartition("}")[2] == "event":
                yield {**about, **dict(_attributes(child))}
        element.clear()


def _attributes(element: Any) -> Iterator[tuple[str, str]]:
    for child in element:
        if "key" in child.attrib and "value" in child.attrib:
            yield child.attrib["key"], child.attrib["value"]


def _user_missing(values: pd.Series, declared: Iterable[Any]) -> pd.Series[bool]:
    """Where a value is one that the file declares as no answer: single codes, or ranges from `lo` to `hi`."""
    hit = pd.Series(False, index=values.index)
    numbers = pd.to_numeric(values, errors="coerce")
    for given in declared:
        low, high = (given["lo"], given["hi"]) if isinstance(given, Mapping) else (given, given)
        hit |= values == low if isinstance(low, str) else numbers.between(low, high)
    return hit
