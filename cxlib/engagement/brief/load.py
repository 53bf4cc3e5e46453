"""Read `engagement.yaml`: every mistake at once, each with its line, what was found, what is accepted, what is near."""

from __future__ import annotations

import re
import types
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from cxlib.engagement.brief.cross import cross_checks
from cxlib.engagement.brief.model import Brief
from cxlib.engagement.brief.yaml_text import Loc, YamlText
from cxlib.engagement.limits import BRIEF_BYTES
from cxlib.errors import BriefError, UsageError
from cxlib.facts import CONFIDENCE, EVIDENCE_N
from cxlib.language import _, not_among, percent, term, vocabulary

FILE = "engagement.yaml"
LOCALES = {"en": "en_IE", "es": "es_ES"}


def load_brief(path: str | Path, as_of: str | date | None = None) -> Brief:
    """The brief of an engagement folder (or of its `engagement.yaml`), as known on `as_of`.

    `as_of` (ISO date) overrides the one written; the period never ends after it.
    Raises BriefError with every mistake, UsageError for what is not such a folder or not a date.
    """
    file = brief_file(path)
    day = _day(as_of)
    document = YamlText(text_of(file))
    data = _complete(document.data, day)
    refuse(file, [*document.mistakes, *mistakes_of(data, document, Brief, cross_checks)])
    brief = Brief.model_validate(data)
    brief._folder, brief._lines = file.parent, document.lines | _lone_sources(document.lines, data)
    return brief


def refuse(file: Path, mistakes: list[tuple[int, str]]) -> None:
    """Raise a BriefError that names every mistake with its file and line; nothing when there is none."""
    if mistakes:
        shown = [f"{file.name}, line {line}: {message}" for line, message in sorted(set(mistakes))]
        raise BriefError(str(file.parent.name or file.parent), shown)


def _lone_sources(lines: dict[Loc, int], data: Any) -> dict[Loc, int]:
    """The lines of sources that stand alone, under the place they get in the model: number 0 of a list."""
    alone = {name for name, given in data.get("tables", {}).items() if not isinstance(given, list)}
    return {
        (*loc[:2], 0, *loc[2:]): line
        for loc, line in lines.items()
        if loc[:1] == ("tables",) and len(loc) > 1 and loc[1] in alone
    }


def brief_file(path: str | Path) -> Path:
    """The `engagement.yaml` of a folder, or the file itself."""
    given = Path(path)
    file = given / FILE if given.is_dir() else given
    if file.name != FILE or not file.is_file():
        accepted = _("An engagement is a folder that holds a file {file}", file=FILE)
        todo = _("Make one with `cx new NAME`, or name another folder")
        raise UsageError(str(given), _("no {file} here", file=FILE), accepted, todo)
    return file


def _day(as_of: str | date | None) -> date | None:
    if isinstance(as_of, date):
        return as_of
    if not as_of:
        return None
    try:
        return date.fromisoformat(str(as_of))
    except ValueError:
        raise UsageError(
            "as_of", _("'{day}' is not a date", day=as_of), _("A date is written YYYY-MM-DD, like 2026-06-30")
        ) from None


def text_of(file: Path) -> str:
    """The text of a file that people write: UTF-8, not too large; BriefError with the line of what is not."""
    try:
        raw = file.read_bytes() if (size := file.stat().st_size) <= BRIEF_BYTES.most else b""
    except OSError as error:
        raise BriefError(str(file), [_("it cannot be read: {why}", why=error.strerror)]) from None
    if size > BRIEF_BYTES.most:
        raise BriefError(file.parent.name, [f"{file.name}: {BRIEF_BYTES.exceeded(size)}"])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        message = _("a character that is not UTF-8; save the file as UTF-8")
        raise BriefError(file.parent.name, [f"{file.name}, line {line}: {message}"]) from None


def _complete(data: Any, as_of: date | None) -> Any:
    """Fill in what follows from the rest: as_of from the period or the reverse, the locale from the language."""
    if not isinstance(data, dict):
        return data if data is not None else {}
    whole = dict(data)
    period = whole.get("period")
    end = period.get("end") if isinstance(period, dict) else None
    whole["as_of"] = as_of or whole.get("as_of") or end
    if isinstance(period, dict):
        days = [day for day in (end, whole["as_of"]) if isinstance(day, date)]
        whole["period"] = period | ({"end": min(days)} if days else {})
    if whole["as_of"] is None:
        del whole["as_of"]
    whole.setdefault("locale", LOCALES.get(str(whole.get("lang", "en")), "en_IE"))
    return whole


def mistakes_of(
    data: Any, document: YamlText, model: type[BaseModel], cross: Callable[[Any], list[tuple[Loc, str]]]
) -> list[tuple[int, str]]:
    """What pydantic and the cross-checks find in a file that holds one model, as (line, message)."""
    if document.mistakes and document.data is None:
        return []
    if not isinstance(data, dict):
        names = ", ".join(list(model.model_fields)[:3])
        return [(1, _("found a list or a text. Accepted: a mapping of names such as {names}", names=names))]
    found: list[tuple[int, str]] = []
    try:
        model.model_validate(data)
    except ValidationError as error:
        found = [(document.line(_place(one["loc"], data)), _words(one, model)) for one in _own_errors(error)]
    return found + [(document.line(loc), message) for loc, message in cross(data)]


def _place(loc: Loc, data: Any) -> Loc:
    """The place in the file of pydantic's `loc`: a lone source stands where the model sees a list of one."""
    place: list[str | int] = []
    here = data
    for part in loc:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            continue
        place.append(part)
    return tuple(place)


def _own_errors(error: ValidationError) -> list[Any]:
    """Errors without those that only follow from others: a list is too short for pydantic when its items fail."""
    found: list[Any] = list(error.errors())
    around = {tuple(one["loc"][:end]) for one in found for end in range(len(one["loc"]))}
    return [one for one in found if one["type"] != "too_short" or tuple(one["loc"]) not in around]


def _words(error: Any, model: type[BaseModel]) -> str:
    """One mistake in words: place, what was found, what is accepted, the nearest valid name."""
    loc: Loc = tuple(error["loc"])
    place = ".".join(str(part) for part in loc if part != "[key]")
    name = str(loc[-1]) if loc else FILE
    if fixed := term("fixed", place, ""):
        return fixed.format(place=place, gate=EVIDENCE_N, level=percent(CONFIDENCE, 0))
    if error["type"] == "extra_forbidden":
        told = _("{place}: unknown name '{value}'{near} Accepted: {known}.")
        return not_among(told, name, _names_at(loc[:-1], model), place=place)
    if error["type"] == "missing":
        return f"{_('{place}: is missing.', place=place)} {term('missing', name, '')}".rstrip()
    context = error.get("ctx", {})
    given = _shown(error["input"])
    if options := re.findall(r"'([^']+)'", str(context.get("expected", ""))):
        told = _("{place}: found {given}{near} Accepted: {known}.")
        return not_among(told, error["input"], options, place=place, given=given)
    rule = term("rule", "delimiter" if name == "delimiter" else error["type"], str(error["msg"]))
    bounds = {key: f"{bound:g}" if isinstance(bound, float) else bound for key, bound in context.items()}
    known = error["type"] in vocabulary()["rule"]
    return _("{place}: found {given}. {rule}.", place=place, given=given, rule=rule.format(**bounds) if known else rule)


def _names_at(loc: Loc, model: type[BaseModel]) -> list[str]:
    """The names that the block at this place accepts."""
    kind: Any = model
    for part in loc:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and part in kind.model_fields:
            kind = _bare(kind.model_fields[str(part)].annotation)
        elif get_origin(kind) in (dict, tuple, list):
            inner = [given for given in get_args(kind) if given is not Ellipsis]
            kind = _bare(inner[-1])
    return list(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []


def _bare(kind: Any) -> Any:
    """A type without its "or None"."""
    if get_origin(kind) in (Union, types.UnionType):
        return next(given for given in get_args(kind) if given is not type(None))
    return kind


def _shown(value: Any) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else text[:39] + "…") if not isinstance(value, int | float) else text
