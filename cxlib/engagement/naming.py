"""What people call a value is accepted for its key: "Gross margin" for gross_margin, a client's label for a code."""

from __future__ import annotations

from collections.abc import Iterable

from cxlib.chain import Choice, check_choice, stage_of
from cxlib.engagement import choices, records
from cxlib.engagement.labels import Labels
from cxlib.errors import UsageError
from cxlib.language import _, term

FREE = ("number", "date")


def parse_choice(number: int, pairs: Iterable[str], labels: Labels, candidates: Iterable[Choice]) -> Choice:
    """The choice that `key=value` words of a command line make, keys and values by code or by label; lists by commas.

    labels: kind → code → label, the stage's own included. candidates: the choices that the stage knows of.
    """
    stage, found = stage_of(number), {}
    keys = {_plain(choices.part_name(key)): key for key in stage.decides} | {key: key for key in stage.decides}
    known = _values(candidates)
    for pair in pairs:
        said, equals, value = pair.partition("=")
        if not equals:
            what = _("'{pair}' is not key=value").format(pair=pair)
            raise UsageError("decide", what, _("Stage {n} decides {keys}", n=number, keys=", ".join(stage.decides)))
        key = keys.get(_plain(said), said)
        kind = stage.decides.get(key)
        listed = kind == "list" or isinstance(kind, dict)
        entries = value.split(",") if listed else [value]
        coded = (
            entries if kind in FREE else [_coded(key, entry.strip(), labels, known.get(key, ())) for entry in entries]
        )
        found[key] = ",".join(coded)
    return check_choice(number, found)


def stage_labels(record: records.Record, labels: Labels) -> Labels:
    """The labels that a stage's successors see: those before it and the names it has given itself."""
    for kind, names in record.get("names", {}).items():
        labels[kind].update(names)
    return labels


def _coded(key: str, entry: str, labels: Labels, known: Iterable[str]) -> str:
    """One entry of a value by its codes; an entry of several parts ("Delivery:repair") part by part."""
    if entry in known:
        return entry
    whole = _code(key, entry, labels, known)
    return (
        whole
        if whole != entry or ":" not in entry
        else ":".join(_code(key, part.strip(), labels, known) for part in entry.split(":"))
    )


def _code(key: str, said: str, labels: Labels, known: Iterable[str]) -> str:
    """The code that people call so; what was said where nothing is called so."""
    plain = _plain(said)
    for kind in choices.kinds(key):
        for code, label in labels.get(kind, {}).items():
            if plain in (_plain(label), code):
                return code
    parts = {part for value in known for part in value.split(":")}
    return next((code for code in [*known, *parts] if plain == _plain(term("code", code, code))), said)


def _values(candidates: Iterable[Choice]) -> dict[str, list[str]]:
    """Key → every text that some choice holds."""
    found: dict[str, list[str]] = {}
    for one in candidates:
        for key, value in one.items():
            found.setdefault(key, []).extend(map(str, value) if isinstance(value, list) else [str(value)])
    return found


def _plain(text: str) -> str:
    """As people compare names: without case, underscores for blanks."""
    return text.strip().casefold().replace("_", " ")
