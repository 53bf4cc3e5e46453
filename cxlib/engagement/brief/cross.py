"""What the parts of a brief must say of each other. On the raw data, so that a mistake elsewhere hides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency

from cxlib.chain import STAGES, check_choice
from cxlib.engagement.brief.model import as_sources
from cxlib.engagement.brief.yaml_text import Loc
from cxlib.engagement.tables import CONTRACTS, Contract
from cxlib.errors import UsageError, nearest
from cxlib.language import _

Mistake = tuple[Loc, str]


def cross_checks(data: Mapping[str, Any]) -> list[Mistake]:
    """Every contradiction between parts of the brief, as (place, message)."""
    checks = (_codes_of_the_world, _period, _funnel, _touchpoints, _scales, _emotions, _choices, _tables)
    return [mistake for check in checks for mistake in check(data)]


def _codes_of_the_world(data: Mapping[str, Any]) -> Iterator[Mistake]:
    currency = data.get("currency")
    if isinstance(currency, str) and not is_currency(currency):
        yield (
            ("currency",),
            _("currency: found '{given}'. Accepted is a code of three letters, like EUR.", given=currency),
        )
    locale = data.get("locale")
    try:
        Locale.parse(str(locale))
    except (UnknownLocaleError, ValueError):
        yield (
            ("locale",),
            _("locale: found '{given}'. Accepted is language and country, like es_ES or en_IE.", given=locale),
        )


def _period(data: Mapping[str, Any]) -> Iterator[Mistake]:
    period = _mapping(data.get("period"))
    try:
        if period["start"] > period["end"]:
            yield (
                ("period", "start"),
                _("period: it starts on {start}, after its end or as_of, {end}.", **period),
            )
    except (KeyError, TypeError):
        return


def _funnel(data: Mapping[str, Any]) -> Iterator[Mistake]:
    seen: set[str] = set()
    for index, step in enumerate(_list(data.get("funnel"))):
        key = _mapping(step).get("step")
        if key in seen:
            yield (
                ("funnel", index, "step"),
                _("funnel: step '{step}' is given twice. Every step has its own key.", step=key),
            )
        seen.add(str(key))


def _touchpoints(data: Mapping[str, Any]) -> Iterator[Mistake]:
    steps = [str(_mapping(step).get("step")) for step in _list(data.get("funnel"))]
    for key, touchpoint in _mapping(data.get("touchpoints")).items():
        step = _mapping(touchpoint).get("step")
        if step is not None and str(step) not in steps:
            yield ("touchpoints", key, "step"), _unknown(f"touchpoints.{key}.step", step, steps, _("funnel steps"))


def _scales(data: Mapping[str, Any]) -> Iterator[Mistake]:
    questions = CONTRACTS["responses"].column("question").allowed
    for question, scale in _mapping(data.get("scales")).items():
        if question not in questions:
            yield ("scales", question), _unknown("scales", question, list(questions), _("questions"))
        try:
            low, high = scale
            if question == "nps" and (low, high) not in ((0, 10), (1, 10)):
                yield (
                    ("scales", question),
                    _("scales.nps: found {scale}. A net promoter score is asked on [0, 10] or [1, 10].", scale=scale),
                )
            elif not low < high:
                yield (
                    ("scales", question),
                    _(
                        "scales.{question}: found {scale}. Accepted is [lowest, highest].",
                        question=question,
                        scale=scale,
                    ),
                )
        except (TypeError, ValueError):
            continue  # the model has said that this is no pair of numbers


def _emotions(data: Mapping[str, Any]) -> Iterator[Mistake]:
    known = list(_mapping(data.get("touchpoints")))
    for touchpoint in _mapping(_mapping(data.get("judgement")).get("emotions")):
        if touchpoint not in known:
            loc: Loc = ("judgement", "emotions", touchpoint)
            yield loc, _unknown("judgement.emotions", touchpoint, known, _("touchpoints"))


def _choices(data: Mapping[str, Any]) -> Iterator[Mistake]:
    for number, choice in _mapping(data.get("choices")).items():
        if not isinstance(number, int) or not 1 <= number <= len(STAGES):
            yield ("choices", number), _("choices: '{given}' is no stage. Accepted: 1 to 10.", given=number)
            continue
        decided = {key: value for key, value in _mapping(choice).items() if key not in ("why", "by", "override")}
        for key, value in decided.items():
            try:
                check_choice(number, {key: value})
            except UsageError as error:
                yield ("choices", number, key), f"choices.{number}: {error.message}"


def _tables(data: Mapping[str, Any]) -> Iterator[Mistake]:
    for name, given in _mapping(data.get("tables")).items():
        if name not in CONTRACTS:
            yield ("tables", name), _unknown("tables", name, CONTRACTS, _("tables"))
            continue
        for index, source in enumerate(as_sources(given)):
            loc: Loc = ("tables", name, index) if isinstance(given, list) else ("tables", name)
            yield from _source(_mapping(source), CONTRACTS[name], loc, data)


def _source(source: Mapping[str, Any], contract: Contract, loc: Loc, data: Mapping[str, Any]) -> Iterator[Mistake]:
    if ("file" in source) == ("rows" in source):
        yield loc, _("{place}: give either file or rows.", place=_dotted(loc))
    yield from _files(source, loc)
    given = source.get("attributes")
    attributes = [str(name) for name in given] if isinstance(given, list | Mapping) else []
    if attributes and contract.name != "customers":
        yield (*loc, "attributes"), _("{place}: only customers have attributes.", place=_dotted(loc))
    known = [*contract.column_names, *attributes]
    for block in ("columns", "constant", "codes", "prefix"):
        for column in _mapping(source.get(block)):
            if column not in known:
                yield (*loc, block, column), _unknown(f"{_dotted(loc)}.{block}", column, known, _("columns"))
    numbers = [column.name for column in contract.columns if column.kind == "number"]
    for column in _mapping(source.get("product")):
        if column not in numbers:
            yield (*loc, "product", column), _unknown(f"{_dotted(loc)}.product", column, numbers, _("columns"))
    if source.get("many", "refuse") != "refuse" and not contract.key:
        yield (
            (*loc, "many"),
            _(
                "{place}.many: rows of {table} have no key, each stands for itself. Leave it out.",
                place=_dotted(loc),
                table=contract.name,
            ),
        )
    dates = source.get("dates")
    for column in dates if isinstance(dates, Mapping) else ():
        if column not in known:
            yield (*loc, "dates", column), _unknown(f"{_dotted(loc)}.dates", column, known, _("columns"))
    for key, value in _mapping(source.get("constant")).items():
        yield from _named_key(contract, str(key), value, (*loc, "constant", key), data)
    yield from _wide(_mapping(source.get("wide")), contract, (*loc, "wide"), data)


def _wide(wide: Mapping[str, Any], contract: Contract, loc: Loc, data: Mapping[str, Any]) -> Iterator[Mistake]:
    value = wide.get("value", "score")
    if wide and value not in contract.column_names:
        yield (*loc, "value"), _unknown(f"{_dotted(loc)}.value", value, contract.column_names, _("columns"))
    for client_column, stands_for in _mapping(wide.get("columns")).items():
        for key, given in _mapping(stands_for).items():
            place = (*loc, "columns", client_column, key)
            if key not in contract.column_names:
                yield place, _unknown(f"{_dotted(loc)}.{client_column}", key, contract.column_names, _("columns"))
            yield from _named_key(contract, str(key), given, place, data)


def _named_key(contract: Contract, column: str, value: Any, loc: Loc, data: Mapping[str, Any]) -> Iterator[Mistake]:
    """A touchpoint, channel, step or closed value that the brief itself writes must be a known one."""
    definition = contract.column(column)
    known = {
        "touchpoint": list(_mapping(data.get("touchpoints"))),
        "channel": list(_mapping(data.get("channels"))),
        "step": [str(_mapping(step).get("step")) for step in _list(data.get("funnel"))],
    }.get(definition.names, list(definition.allowed))
    if known and str(value) not in known and value not in (None, ""):
        yield loc, _unknown(_dotted(loc), value, known, _("values"))


def _files(source: Mapping[str, Any], loc: Loc) -> Iterator[Mistake]:
    joins = source.get("join")
    joins = joins if isinstance(joins, list) else [joins]
    for place, file in [
        ((*loc, "file"), source.get("file")),
        *[((*loc, "join"), _mapping(j).get("file")) for j in joins],
    ]:
        if isinstance(file, str) and not is_plain_path(file):
            yield (
                place,
                _(
                    "{place}: found '{file}'. Accepted is a path relative to the engagement folder, "
                    "with / between folders.",
                    place=_dotted(place),
                    file=file,
                ),
            )


def is_plain_path(file: str) -> bool:
    """Whether a path is plain and relative: no drive, no address, no home folder, no control character."""
    return (
        bool(file)
        and not PurePosixPath(file).is_absolute()
        and not re.match(r"^[A-Za-z][A-Za-z0-9+.-]*:|^~|^\\\\", file)
        and "\\" not in file
        and file.isprintable()
    )


def _unknown(place: str, name: Any, known: Iterable[str], kind: str) -> str:
    names = list(known)
    return _(
        "{place}: unknown name '{name}'{near} Accepted {kind}: {known}.",
        place=place,
        name=name,
        near=nearest(str(name), names) or ".",
        kind=kind,
        known=", ".join(names) or _("none"),
    )


def _dotted(loc: Loc) -> str:
    return ".".join(str(part) for part in loc)


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
