"""What to show for a code: the brief's words, the client's tables, the names that stages have given. Read when asked for."""

from __future__ import annotations

from collections.abc import Callable

from cxlib.language import term

Words = dict[str, str]


def table_words(table: str) -> str:
    """What a data table holds, in words a client knows, and the name of its file."""
    words = term("table", table, "")
    return f"{words} ({table})" if words else table


class Labels(dict[str, Words]):
    """Kind → code → label; a kind is read at its first use, so that a stage rests only on the labels that it shows."""

    def __init__(self, read: Callable[[str], Words]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, kind: str) -> Words:
        self[kind] = self._read(kind)
        return self[kind]

    def get(self, kind: str, default: Words | None = None) -> Words:  # type: ignore[override]
        """The labels of a kind; `default` where there are none."""
        return self[kind] or (default if default is not None else {})

    def __contains__(self, kind: object) -> bool:
        return bool(self[str(kind)])
