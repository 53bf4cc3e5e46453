"""A program of its own that opens one file and writes what is in it to standard output; `apart` starts it.

Libraries in other languages open workbooks, Parquet and SPSS files, and a damaged or hostile file can end their process.
So it is this one, which has limits of memory and time, knows nothing of this package and imports none of it.
"""

import datetime as dt
import json
import resource
import sys
from typing import Any

Asked = dict[str, Any]  # the limits by name, and what else is asked for


class _TooLongError(Exception):
    """A cell has more characters than are read."""


def workbook(path: str, asked: Asked) -> None:
    """Lines of JSON: the names of all sheets and the size of the one asked for, then its rows; dates as ISO text."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    names = book.sheet_names
    sheet = asked["sheet"] if asked["sheet"] is not None else next(iter(names), None)
    chosen = book.get_sheet_by_name(sheet) if sheet in names else None
    rows, columns = (chosen and chosen.end) or (-1, -1)
    if _head({"sheets": names, "columns": columns + 1, "rows": rows + 1}, asked) and chosen:
        for row in chosen.to_python(skip_empty_area=False):
            sys.stdout.write(json.dumps([_cell(cell, asked) for cell in row]) + "\n")


def parquet(path: str, asked: Asked) -> None:
    """A line of JSON (size, columns of structures), then an Arrow stream, in which what is nested is text.

    A column of lists is called `name[]`, so that nobody takes it for a column of values.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        kinds = [_storage(field.type) for field in file.schema_arrow]
        structures = [place for place, kind in enumerate(kinds) if pa.types.is_struct(kind) or pa.types.is_map(kind)]
        about = {"columns": len(kinds), "rows": file.metadata.num_rows, "structures": structures}
        if not _head(about, asked):
            return
        table = file.read(use_threads=False)
    lists = [pa.types.is_nested(kind) and place not in structures for place, kind in enumerate(kinds)]
    names = [f"{name}[]" if listed else name for name, listed in zip(table.column_names, lists, strict=True)]
    plain = pa.Table.from_arrays([_unnested(column) for column in table.columns], names=names)
    with pa.ipc.new_stream(sys.stdout.buffer, plain.schema) as stream:
        stream.write_table(plain)


def spss(path: str, asked: Asked) -> None:
    """Two lines of JSON: the size; codes by variable, labels of variables and values, what the file declares as no answer."""
    import pyreadstat

    _codes, about = pyreadstat.read_sav(path, metadataonly=True, output_format="dict")
    if not _head({"columns": len(about.column_names), "rows": max(about.number_rows or 0, 0)}, asked):
        return
    codes, about = pyreadstat.read_sav(path, user_missing=True, output_format="dict")
    told = {
        "codes": {name: [_cell(cell, asked) for cell in _listed(cells)] for name, cells in codes.items()},
        "missing": about.missing_ranges,
        "values": {name: list(labels.items()) for name, labels in about.variable_value_labels.items()},
        "questions": {name: label for name, label in about.column_names_to_labels.items() if label},
    }
    sys.stdout.write(json.dumps(told, default=str) + "\n")


def _head(about: dict[str, Any], asked: Asked) -> bool:
    """Say how large the table is; return whether it is within the limits."""
    sys.stdout.write(json.dumps(about) + "\n")
    sys.stdout.flush()
    columns, rows = about["columns"], about["rows"]
    return bool(columns <= asked["COLUMNS"] and rows <= asked["ROWS"] and columns * rows <= asked["CELLS"])


def _cell(value: Any, asked: Asked) -> Any:
    """A cell as JSON holds it."""
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    if isinstance(value, str) and len(value) > asked["CELL_CHARACTERS"]:
        raise _TooLongError(len(value))
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _listed(cells: Any) -> list[Any]:
    return list(cells.tolist() if hasattr(cells, "tolist") else cells)


def _storage(kind: Any) -> Any:
    """The type that values of a type are stored as."""
    kind = getattr(kind, "storage_type", kind)
    return getattr(kind, "value_type", kind) if str(kind).startswith("dictionary") else kind


def _unnested(column: Any) -> Any:
    """A column of structures or maps as JSON text, of lists with semicolons between the values; others as they are."""
    import pyarrow as pa

    if hasattr(column.type, "storage_type"):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not pa.types.is_nested(column.type):
        return column
    cells = column.to_pylist(maps_as_pydicts="lossy")
    return pa.chunked_array([pa.array([None if cell is None else _text(cell) for cell in cells], pa.large_string())])


def _text(cell: Any) -> str:
    if isinstance(cell, list) and not any(isinstance(one, list | dict) for one in cell):
        return ";".join("" if one is None else str(one) for one in cell)
    return json.dumps(cell, default=str)


def _limit(asked: Asked) -> None:
    """Take no more of the machine than was given."""
    for name, most in (("AS", asked["READER_BYTES"]), ("CPU", asked["READER_SECONDS"]), ("CORE", 0)):
        number = getattr(resource, f"RLIMIT_{name}")
        hard = resource.getrlimit(number)[1]
        resource.setrlimit(number, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def main() -> int:
    """Open the file named on the command line as the kind named there; a refusal is a line on standard error, and 3."""
    kind, path, asked = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    _limit(asked)
    try:
        {"workbook": workbook, "parquet": parquet, "spss": spss}[kind](path, asked)
        sys.stdout.flush()
    except _TooLongError as error:
        return _say("CELL_CHARACTERS", error.args[0])
    except BaseException as error:  # a panic of Rust is no Exception
        return _say(type(error).__name__, str(error).partition("\n")[0])
    return 0


def _say(kind: str, error: object) -> int:
    sys.stderr.write("\n" + json.dumps({"kind": kind, "error": error}))
    return 3


if __name__ == "__main__":
    sys.exit(main())
