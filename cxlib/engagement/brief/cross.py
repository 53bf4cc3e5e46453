"""What the parts of a brief must say of each other. On the raw data, so that a mistake elsewhere hides nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.numbers import is_currency

from cxlib.chain import STAGES, check_choice
from cxlib.engagement.brief.source import as_sources
from cxlib.engagement.brief.yaml_text import Loc
from cxlib.engagement.tables import CONTRACTS, Contract
from cxlib.errors import UsageError
from cxlib.language import _, not_among

Mistake = tuple[Loc, str]
_ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:|^~")  # a drive, a protocol, a home folder


def cross_checks(data: Mapping[str, Any]) -> list[Mistake]:
    """Every contradiction between parts of the brief, as (place, message)."""
    checks = (_codes_of_the_world, _period, _funnel, _touchpoints, _scales, _emotions, _choices, _tables)
    return [mistake for check in checks for mistake in check(data)]


def _codes_of_the_world(data: Mapping[str, Any]) -> Iterator[Mistake]:
    currency, locale = data.get("currency"), data.get("locale")
    if isinstance(currency, str) and not is_currency(currency):
        told = _("currency: found '{given}'. Accepted: a three-letter code, like EUR.")
        yield ("currency",), told.format(given=currency)
    try:
        Locale.parse(str(locale))
    except (UnknownLocaleError, ValueError):
        told = _("locale: found '{given}'. Accepted: a language and a country, like es_ES or en_IE.")
        yield ("locale",), told.format(given=locale)


def _period(data: Mapping[str, Any]) -> Iterator[Mistake]:
    period = _block(data, "period")
    try:
        if period["start"] > period["end"]:
            told = _("period: it starts on {start}, which is after its end or as_of, {end}.")
            yield ("period", "start"), told.format(**period)
    except (KeyError, TypeError):
        return


def _funnel(data: Mapping[str, Any]) -> Iterator[Mistake]:
    steps = _steps(data)
    for index, step in enumerate(steps):
        if step and step in steps[:index]:
            told = _("funnel: step '{step}' is given twice. Every step needs a key of its own.")
            yield ("funnel", index, "step"), told.format(step=step)


def _touchpoints(data: Mapping[str, Any]) -> Iterator[Mistake]:
    for key in _block(data, "touchpoints"):
        step = _block(data, "touchpoints", key).get("step")
        if step is not None:
            yield from _strange(("touchpoints", key, "step"), [step], _steps(data), _("funnel steps"), inside=True)


def _scales(data: Mapping[str, Any]) -> Iterator[Mistake]:
    scales = _block(data, "scales")
    yield from _strange(("scales",), scales, CONTRACTS["responses"].column("question").allowed, _("questions"))
    for question, scale in scales.items():
        try:
            low, high = scale
            if question == "nps" and (low, high) not in ((0, 10), (1, 10)):
                told = _("scales.nps: found {scale}. A net promoter score is asked on a scale of [0, 10] or [1, 10].")
                yield ("scales", question), told.format(scale=scale)
            elif not low < high:
                told = _("scales.{question}: found {scale}. Accepted: [lowest, highest], with the lowest first.")
                yield ("scales", question), told.format(question=question, scale=scale)
        except (TypeError, ValueError):
            continue  # the model has said that this is no pair of numbers


def _emotions(data: Mapping[str, Any]) -> Iterator[Mistake]:
    loc = ("judgement", "emotions")
    yield from _strange(loc, _block(data, *loc), _block(data, "touchpoints"), _("touchpoints"))


def _choices(data: Mapping[str, Any]) -> Iterator[Mistake]:
    for number in _block(data, "choices"):
        if not isinstance(number, int) or not 1 <= number <= len(STAGES):
            yield ("choices", number), _("choices: '{given}' is not a stage. Accepted: 1 to 10.", given=number)
            continue
        for key, value in _block(data, "choices", number).items():
            try:
                if key not in ("why", "by", "override"):
                    check_choice(number, {key: value})
            except UsageError as error:
                yield ("choices", number, key), f"choices.{number}: {error.message}"


def _tables(data: Mapping[str, Any]) -> Iterator[Mistake]:
    tables = _block(data, "tables")
    yield from _strange(("tables",), tables, CONTRACTS, _("tables"))
    for name, given in tables.items():
        for index, source in enumerate(as_sources(given) if name in CONTRACTS else ()):
            loc: Loc = ("tables", name, index) if isinstance(given, list) else ("tables", name)
            yield from _source(_block(source), CONTRACTS[name], loc, data)


def _source(source: Mapping[str, Any], contract: Contract, loc: Loc, data: Mapping[str, Any]) -> Iterator[Mistake]:
    place = _dotted(loc)
    if ("file" in source) == ("rows" in source):
        yield loc, _("{place}: give either file or rows.", place=place)
    yield from _files(source, loc)
    given = source.get("attributes")
    attributes = [str(name) for name in given] if isinstance(given, list | Mapping) else []
    if attributes and contract.name != "customers":
        yield (*loc, "attributes"), _("{place}: only customers have attributes.", place=place)
    if source.get("many", "refuse") != "refuse" and not contract.key:
        told = _("{place}.many: rows of {table} have no key, so each stands for itself. Leave `many` out.")
        yield (*loc, "many"), told.format(place=place, table=contract.name)
    known = [*contract.column_names, *attributes]
    numbers = [column.name for column in contract.columns if column.kind == "number"]
    if source.get("exits") and contract.name != "interactions":
        yield (*loc, "exits"), _("{place}: only interactions have exits.", place=place)
    if contract.name == "customers":
        known += [str(name) for name in _block(source, "made")]
    for block in ("columns", "constant", "codes", "prefix", "dates", "product", "made"):
        yield from _strange(
            (*loc, block), _block(source, block), numbers if block == "product" else known, _("columns")
        )
    for key, value in _block(source, "constant").items():
        yield from _named_key(contract, key, value, (*loc, "constant", key), data)
    yield from _wide(_block(source, "wide"), contract, (*loc, "wide"), data)


def _wide(wide: Mapping[str, Any], contract: Contract, loc: Loc, data: Mapping[str, Any]) -> Iterator[Mistake]:
    if wide:
        value = wide.get("value", "score")
        yield from _strange((*loc, "value"), [value], contract.column_names, _("columns"), inside=True)
    for client_column in _block(wide, "columns"):
        place = (*loc, "columns", client_column)
        stands_for = _block(wide, "columns", client_column)
        yield from _strange(place, stands_for, contract.column_names, _("columns"))
        for key, given in stands_for.items():
            yield from _named_key(contract, key, given, (*place, key), data)


def _named_key(contract: Contract, column: str, value: Any, loc: Loc, data: Mapping[str, Any]) -> Iterator[Mistake]:
    """A touchpoint, channel, step or closed value that the brief itself writes must be a known one."""
    definition = contract.column(str(column))
    keys = {"touchpoint": _block(data, "touchpoints"), "channel": _block(data, "channels"), "step": _steps(data)}
    known = keys.get(definition.names, definition.allowed)
    if known and value not in (None, ""):
        yield from _strange(loc, [value], known, _("values"), inside=True)


def _files(source: Mapping[str, Any], loc: Loc) -> Iterator[Mistake]:
    joins = source.get("join")
    given = [((*loc, "file"), source.get("file"))]
    given += [((*loc, "join"), _block(join).get("file")) for join in (joins if isinstance(joins, list) else [joins])]
    for place, file in given:
        if isinstance(file, str) and not is_plain_path(file):
            told = _(
                "{place}: found '{file}'. Accepted: a path relative to the engagement folder, with / between folders."
            )
            yield place, told.format(place=_dotted(place), file=file)


def is_plain_path(file: str) -> bool:
    """Whether a path is plain and relative: no drive, no address, no home folder, no control character."""
    odd = PurePosixPath(file).is_absolute() or _ADDRESS.match(file) or "\\" in file
    return bool(file) and file.isprintable() and not odd


def _strange(
    loc: Loc, names: Iterable[Any], known: Iterable[Any], kind: str, *, inside: bool = False
) -> Iterator[Mistake]:
    """The names in a block that are none of the known ones; `inside`: the one name stands at `loc` itself."""
    accepted = [str(name) for name in known]
    for name in names:
        if str(name) not in accepted:
            told = _("{place}: unknown name '{value}'{near} Accepted {kind}: {known}.")
            place = loc if inside else (*loc, name)
            yield place, not_among(told, name, accepted, place=_dotted(loc), kind=kind)


def _dotted(loc: Loc) -> str:
    return ".".join(str(part) for part in loc)


def _steps(data: Mapping[str, Any]) -> list[str]:
    """The keys of the funnel, as far as they can be read."""
    funnel = data.get("funnel")
    return [str(_block(step).get("step") or "") for step in funnel] if isinstance(funnel, list) else []


def _block(data: Any, *names: Any) -> Mapping[Any, Any]:
    """The mapping at a place of the raw data; {} where there is none."""
    for name in names:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}
