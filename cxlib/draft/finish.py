"""What every guess needs in the end: dates, codes, repeated keys; or that a column every row needs is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.draft.guesses import Doubt, Guess, dated, key_of, keys_of
from cxlib.draft.profile import Column, File, shown
from cxlib.draft.vocabulary import words
from cxlib.engagement.dialects.known import pattern
from cxlib.engagement.tables import CONTRACTS
from cxlib.language import _

_MOST_EVENTS, _MOST_CHANNELS, _MOST_ATTRIBUTES = 40, 12, 6
_FEW = 0.02  # of the rows


def finished(guess: Guess, lost: str, leave_out: set[str]) -> Guess | None:
    """The guess with dates, codes and repeated keys settled; None when a required column stays empty."""
    contract = CONTRACTS[guess.table]
    made = set(guess.columns) | set(guess.mapping.get("product", {})) | set(guess.mapping.get("constant", {}))
    if wide := guess.mapping.get("wide"):
        made |= {wide.get("value", "score"), *(key for stands_for in wide["columns"].values() for key in stands_for)}
    if not set(contract.required) <= made:
        return None
    for column in contract.columns:
        client = guess.client(column.name)
        if client is not None and column.kind in ("date", "time") and column.name not in guess.mapping.get("dates", {}):
            dated(guess, column.name, client)
    _filled(guess)
    _coded(guess, lost, leave_out)
    if guess.table == "customers":
        _attributes(guess)
    if contract.key:
        _repeats(guess, contract.key[0])
    return guess


def staged(guess: Guess, stages: Mapping[str, str], told: Mapping[str, Any]) -> None:
    """One row a stage and case, from a column of days a stage."""
    if not stages:
        return
    keys = keys_of([stage.replace("_", " ").capitalize() for stage in stages.values()], guess.touchpoints)
    columns: dict[str, dict[str, str]] = {}
    for name, stage in stages.items():
        columns[name] = {"touchpoint": keys[stage.replace("_", " ").capitalize()]}
        if pattern(told.get("lost") or "(?!)").fullmatch(stage) or words("lost").search(stage.casefold()):
            columns[name]["outcome"] = "lost"
        guess.why[name] = _("interactions.at of '{stage}'", stage=shown(stage))
        client = guess.file.column(name)
        if client is not None and "dates" not in guess.mapping:
            dated(guess, "at", client)
    guess.mapping["wide"] = {"value": "at", "columns": columns}


def _filled(guess: Guess) -> None:
    """Rows that name nobody, or lack another value that every row needs, are left out; where they are many, it is asked."""
    rows = guess.file.raw.frame
    for name, rule in guess.mapping.get("where", {}).items():
        if rule == {"blank": False} and name in rows:
            rows = rows[rows[name].str.strip() != ""]
    for column in CONTRACTS[guess.table].required:
        client = guess.client(column)
        blank = (rows[client.name].str.strip() == "").mean() if client is not None and len(rows) else 0.0
        if client is None or not blank or client.name in guess.mapping.get("where", {}):
            continue
        guess.mapping.setdefault("where", {})[client.name] = {"blank": False}
        told = _("'{name}' is blank in {share:.1%} of the rows", name=shown(client.name), share=blank)
        if blank < _FEW or guess.table == "customers":
            guess.note(("where",), told)
        else:
            what = _("{told}: they are left out. Is that right, or is a better column there?", told=told)
            guess.doubts.append(Doubt(("where",), what))


def _attributes(guess: Guess) -> None:
    """What tells groups of customers apart: few different values, and the same one in nearly all rows of a customer."""
    who, rows = guess.client("customer_id"), guess.file.raw.frame
    used, taken = set(guess.columns.values()), dict[str, str]()
    for column in guess.file.columns:
        if column.name in used or column.kind not in ("text", "number") or column.is_personal or column.filled < 0.5:
            continue
        if not 2 <= len(column.counts) <= 12 or len(taken) == _MOST_ATTRIBUTES:
            continue
        if who is not None and not who.is_unique and rows.groupby(who.name)[column.name].nunique().gt(1).mean() > 0.1:
            continue
        taken[key_of(column.name, taken)] = column.name
        guess.why.setdefault(column.name, _("customers, an attribute: {n} groups", n=len(column.counts)))
    if taken:
        guess.mapping["attributes"] = taken


def _coded(guess: Guess, lost: str, leave_out: set[str]) -> None:
    """Events and channels under keys of the brief; what is left out is said."""
    event = guess.client("touchpoint")
    if event is not None:
        every = _all_texts(guess.file, event)
        told = [text for text in every if text not in leave_out]
        kept = told[:_MOST_EVENTS]
        guess.mapping.setdefault("codes", {})["touchpoint"] = keys_of(kept, guess.touchpoints)
        if len(kept) < len(every):
            guess.mapping.setdefault("where", {})[event.name] = kept
            guess.note(("where",), _("{n} kinds of event are left out", n=len(every) - len(kept)))
        ends = [
            text for text in kept if words("lost").search(text.casefold()) or (lost and pattern(lost).fullmatch(text))
        ]
        if ends:
            guess.mapping["#lost"] = {event.name: ends}
    channel = guess.client("channel")
    if channel is not None:
        every = _all_texts(guess.file, channel)
        if len(every) <= _MOST_CHANNELS:
            guess.mapping.setdefault("codes", {})["channel"] = keys_of(every, guess.channels)
        else:
            del guess.mapping["columns"]["channel"]


def _all_texts(file: File, column: Column) -> list[str]:
    """Every different text of a column, the most frequent first: the rare ones, too, which a look at some rows misses."""
    texts = file.raw.frame[column.name].str.strip()
    return [str(text) for text in texts[texts != ""].value_counts().index]


def _repeats(guess: Guess, key: str) -> None:
    """Several rows of one key: lines of a receipt are summed, an order's total on each of its lines is taken once."""
    client = guess.client(key)
    if client is None or client.is_unique:
        return
    if guess.table == "customers":
        guess.mapping["many"] = "first"
        return
    rows = guess.file.raw.frame
    money = guess.columns.get("revenue", "")
    repeated = rows[rows.duplicated(client.name, keep=False)] if client.name in rows else pd.DataFrame()
    if money in rows and len(repeated):
        filled = repeated[repeated[money].str.strip() != ""]
        each = filled.groupby(client.name)[money]
        several = each.size() > 1
        same = each.nunique()[several] == 1
        if not several.any():
            guess.mapping["many"] = "sum"
            return
        likely = "first" if same.mean() >= 0.9 else "sum"
        guess.mapping["many"] = likely
        told = _(
            "of {n} orders with several lines, {same} repeat one amount on each line", n=len(same), same=int(same.sum())
        )
        if same.mean() >= 0.5 and len(same) >= 1:
            what = _("{told}: is it the order's total (first), or the line's (sum)?", told=told)
            guess.doubts.append(Doubt(("many",), what, ("first", "sum"), likely))
        else:
            guess.note(("many",), told)
        return
    guess.mapping["many"] = "sum"
