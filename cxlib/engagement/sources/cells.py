"""A typed cell of a workbook, a Parquet or a JSON file as the text that a contract reads."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from cxlib.engagement.characters import plain


def cell_text(cell: Any, decimal: str = ".") -> str:
    """A typed cell as the text a contract reads: whole numbers without point, dates as ISO, decimals as declared."""
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, bytes):
        cell = _decoded(cell)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell).replace(".", decimal)
    if isinstance(cell, Decimal):
        return format(cell, "f").replace(".", decimal)
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    return plain(str(cell))


def _decoded(cell: bytes) -> str:
    """Bytes as the text they hold (as Spark and Impala write text); as hexadecimal figures where they hold none."""
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return cell.hex()
