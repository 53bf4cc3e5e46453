"""Exports of shops, sales systems and analytics as purchases, contacts and customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.draft.guesses import ROW, UNKNOWN, Doubt, Guess, called, join_of, key_of, keys_of, matching
from cxlib.draft.profile import Column, File, plain, shown
from cxlib.draft.survey import dated
from cxlib.draft.vocabulary import words
from cxlib.engagement.dialects.known import pattern
from cxlib.engagement.tables import CONTRACTS
from cxlib.language import _

_MOST_EVENTS, _MOST_CHANNELS = 40, 12
_MOST_ATTRIBUTES, _LEAST_NAMELESS = 6, 30
_NEARLY_ALL = 0.98  # of the rows


def own_names(file: File) -> list[Guess]:
    """A file that bears the names of a contract already, as the template does; the table with most of its columns."""
    names = {column.name for column in file.columns}
    wanted = (file.sheet or file.path.rsplit("/", 1)[-1].split(".")[0]).casefold()
    fits = [contract for contract in CONTRACTS.values() if set(contract.required) <= names]
    fits = [one for one in fits if one.name == wanted or len(names & set(one.column_names)) >= max(2, 0.6 * len(names))]
    fits.sort(key=lambda contract: (contract.name == wanted, len(names & set(contract.column_names))), reverse=True)
    if not fits:
        return []
    guess = Guess(fits[0].name, file)
    for column in file.columns:
        if column.name in fits[0].column_names:
            guess.why[column.name] = _("{table}.{column}, of the same name", table=fits[0].name, column=column.name)
            if fits[0].column(column.name).kind in ("date", "time"):
                dated(guess, column.name, column)
    for kind, found in (("touchpoint", guess.touchpoints), ("channel", guess.channels)):
        for name in [column.name for column in fits[0].columns if column.names == kind]:
            client = file.column(name)
            if client is not None:
                found.update({key: key for key in client.counts if key})
    extra = [
        column.name for column in file.columns if column.name not in fits[0].column_names and not column.is_personal
    ]
    if fits[0].name == "customers" and extra:
        guess.mapping["attributes"] = {key_of(name, ()): name for name in extra}
    return [guess]


def system_guesses(file: File) -> list[Guess]:
    """The tables that a known system fills, as its dialect says; tables of a survey are for `survey_guesses`."""
    dialect = file.dialect
    tables = dialect.tables if dialect is not None and not dialect.is_survey else {}
    found = [_by_dialect(file, table, told) for table, told in tables.items()]
    return [guess for guess in found if guess is not None]


def _by_dialect(file: File, table: str, told: Mapping[str, Any]) -> Guess | None:
    """One table of a known system; None when a column that every row needs is not in this file."""
    guess, system = Guess(table, file), file.dialect.name if file.dialect else ""
    for column, names in told.get("columns", {}).items():
        client = matching(file, names)
        if client is not None or ROW in names:
            guess.takes(column, client if client is not None else ROW, _("the column of {system}", system=system))
    _filters(guess, told)
    _system_times(guess, told)
    if table == "responses":
        return _scored(guess, told)
    if told.get("constant"):
        guess.mapping["constant"] = dict(told["constant"])
    if table == "interactions" and ("stages" in told or "stages_in" in told):
        _staged(guess, _stages(file, told), told)
    return _finished(guess, str(told.get("lost", "")), set(told.get("leave_out", ())))


def _system_times(guess: Guess, told: Mapping[str, Any]) -> None:
    """The zone of the system's times, and rows that it has sent twice."""
    dialect, rows = guess.file.dialect, guess.file.raw.frame
    if dialect is not None and dialect.zone:
        guess.mapping["zone"] = dialect.zone
    if dialect is not None and dialect.clock:
        guess.note(("columns",), _("times are {clock}", clock=dialect.clock))
    once = matching(guess.file, told.get("once_by", ()))
    repeated = int(rows[once.name][rows[once.name] != ""].duplicated().sum()) if once is not None else 0
    if once is not None and repeated:
        what = _(
            "{n} rows repeat the '{name}' of another: export the events once, or are they to count?",
            n=repeated,
            name=once.name,
        )
        guess.doubts.append(Doubt(("file",), what))


def _filters(guess: Guess, told: Mapping[str, Any]) -> None:
    """`where`, as far as the file has the columns; `like` becomes the values that are like it."""
    for name, rule in told.get("where", {}).items():
        column = matching(guess.file, [name])
        if column is None:
            continue
        if isinstance(rule, Mapping) and "like" in rule:
            rule = [text for text in column.counts if pattern(rule["like"]).fullmatch(text)]
        guess.mapping.setdefault("where", {})[column.name] = rule


def _scored(guess: Guess, told: Mapping[str, Any]) -> Guess | None:
    """The satisfaction that a ticket system asked for."""
    scored = [
        (column, asked) for name, asked in told.get("questions", {}).items() if (column := matching(guess.file, [name]))
    ]
    if not scored:
        return None
    guess.mapping["wide"] = {"columns": {column.name: {"question": asked} for column, asked in scored}}
    for column, asked in scored:
        guess.why[column.name] = _("responses.score, {question}", question=asked)
        if "scale" in told:
            guess.scales[asked] = tuple(told["scale"])
    if "codes" in told:
        guess.mapping["codes"] = {"score": dict(told["codes"])}
    return _finished(guess, "", set())


def _stages(file: File, told: Mapping[str, Any]) -> dict[str, str]:
    """Columns that hold the day a stage was entered → the stage."""
    found = {}
    for name, stage in told.get("stages", {}).items():
        column = matching(file, [name])
        if column is not None:
            found[column.name] = stage
    for text in told.get("stages_in", ()):
        for column in file.columns:
            hit = pattern(text).fullmatch(column.name)
            if hit and column.kind == "date" and column.name not in found:
                found[column.name] = hit["stage"].strip()
    return found


def _staged(guess: Guess, stages: Mapping[str, str], told: Mapping[str, Any]) -> None:
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


def shop_guesses(file: File, donors: list[File]) -> list[Guess]:
    """Purchases, contacts, customers and costs of a file whose maker is not known, by the names of its columns."""
    found = [_purchases(file, donors), *_contacts(file), _costs(file)]
    guesses = [guess for guess in found if guess is not None]
    if not guesses or guesses[0].table != "costs":
        customers = _customers(file, guesses) or (None if guesses else _nameless(file))
        guesses += [customers, *_drawn(customers)] if customers else []
    return guesses


def _nameless(file: File) -> Guess | None:
    """Customers without a name or number, a row each, when most of what a file tells is how they differ."""
    guess = Guess("customers", file)
    guess.takes("customer_id", ROW, _("no column names a person"))
    dates = [column for column in file.columns if column.kind == "date"]
    done = _finished(guess, "", set()) if not dates and file.n >= _LEAST_NAMELESS else None
    return done if done and len(done.mapping.get("attributes", {})) >= 0.3 * len(file.columns) else None


def _drawn(customers: Guess) -> list[Guess]:
    """Who was drawn for a pilot and who for its control, where a column tells and one of its values is none or control."""
    column = called(customers.file, "arm", ("text",))
    control = [text for text in column.counts if words("control").search(plain(text))] if column else []
    if column is None or not control or len(column.counts) > 6:
        return []
    guess = Guess("assignments", customers.file)
    guess.takes("customer_id", customers.columns["customer_id"], _("by its name"))
    guess.takes("arm", column, _("by its name: '{text}' is the control", text=shown(control[0])))
    guess.mapping["codes"] = {"arm": {text: "control" if text in control else "pilot" for text in column.counts}}
    day = called(customers.file, "at", ("date",))
    if day is not None:
        guess.takes("starts_on", day, _("a day, by its name"))
    else:
        guess.mapping["constant"] = {"starts_on": UNKNOWN}
        guess.doubts.append(Doubt(("constant", "starts_on"), _("on which day did the pilot start?")))
    attributes = customers.mapping.get("attributes", {})
    customers.mapping["attributes"] = {key: name for key, name in attributes.items() if name != column.name}
    return [guess, *_brought(guess)]


def _brought(drawn: Guess) -> list[Guess]:
    """What each of those drawn has bought since, where the file tells the sum and no day: booked on the day of the start."""
    money = called(drawn.file, "revenue", ("number",))
    if money is None or "starts_on" in drawn.columns:
        return []
    guess = Guess("transactions", drawn.file)
    guess.takes("transaction_id", ROW, _("no column names a purchase"))
    guess.takes("customer_id", drawn.columns["customer_id"], _("by its name"))
    guess.takes("revenue", money, _("by its name, a number"))
    guess.mapping |= {"where": {money.name: {"not": ["0", "0.0", "0.00", ""]}}, "constant": {"at": UNKNOWN}}
    guess.doubts.append(
        Doubt(("constant", "at"), _("sums without a day: on which day of the pilot are they to be booked?"))
    )
    return [guess]


def _purchases(file: File, donors: list[File]) -> Guess | None:
    """Purchases: a customer, a day and an amount; the amount may be quantity × price, or lie in a file joined by the order."""
    guess = Guess("transactions", file)
    number = called(file, "transaction_id", ("text", "number"))
    money = called(file, "revenue", ("number",))
    parts = [called(file, role, ("number",)) for role in ("quantity", "price")]
    if number is None or (money is None and not all(parts)):
        return None if number is None else _joined_amount(guess, number, donors)
    _who_and_when(guess, number)
    guess.takes("transaction_id", number, _("by its name"))
    if all(parts) and (money is None or words("price").search(money.plain)):
        names = [part.name for part in parts if part]
        guess.mapping["product"] = {"revenue": names}
        guess.why |= {name: _("transactions.revenue, {a} × {b}", a=names[0], b=names[1]) for name in names}
    elif money is not None:
        guess.takes("revenue", money, _("by its name, a number"))
    margin = called(file, "margin", ("number",), guess.columns.values())
    if margin is not None:
        guess.takes("margin", margin, _("by its name, a number"))
    _refused_states(guess)
    return _finished(guess, "", set())


def _joined_amount(guess: Guess, number: Column, donors: list[File]) -> Guess | None:
    """Orders whose amounts lie in another file that names the order in a column of the same name."""
    for donor in donors:
        money = called(donor, "revenue", ("number",))
        if donor is guess.file or money is None or donor.column(number.name) is None or called(donor, "at", ("date",)):
            continue
        _who_and_when(guess, number)
        guess.takes("transaction_id", number, _("by its name"))
        guess.mapping["join"] = [join_of(donor, number.name, money.name, many="sum")]
        guess.takes("revenue", money, _("summed by {key} from {file}", key=number.name, file=donor.name))
        guess.mapping.setdefault("where", {})[money.name] = {"blank": False}
        _refused_states(guess)
        return _finished(guess, "", set())
    return None


def _who_and_when(guess: Guess, number: Column | None = None) -> None:
    """The customer and the day."""
    taken = [number.name] if number else []
    who = called(guess.file, "customer_id", ("text", "number"), taken)
    day = called(guess.file, "at", ("date",))
    if day is None or words("clock").search(day.plain):
        dates = [
            column for column in guess.file.columns if column.kind == "date" and not words("clock").search(column.plain)
        ]
        day = dates[0] if dates else day
    if who is not None:
        guess.takes("customer_id", who, _("by its name"))
    if day is not None:
        guess.takes("at", day, _("a day, by its name"))


def _refused_states(guess: Guess) -> None:
    """States in which an order is no sale."""
    for column in guess.file.columns:
        if (
            column.kind == "text"
            and column.plain.split()[-1:] in (["status"], ["estado"], ["state"])
            and len(column.counts) <= 30
        ):
            bad = [text for text in column.counts if words("refused").search(text.casefold())]
            if bad:
                guess.mapping.setdefault("where", {})[column.name] = {"not": bad}
                guess.why.setdefault(column.name, _("{table}: which rows count", table=guess.table))
                return


def _contacts(file: File) -> list[Guess]:
    """Contacts: a customer, a time and what happened; or a column of days for each stage."""
    guess = Guess("interactions", file)
    _who_and_when(guess)
    event = called(file, "touchpoint", ("text",), guess.columns.values())
    stages = [
        column
        for column in file.columns
        if column.kind == "date" and not words("clock").search(column.plain) and column.filled > 0.02
    ]
    if "customer_id" in guess.columns and len(stages) >= 3:
        guess.mapping["columns"].pop("at", None)
        journey = called(file, "journey_id", ("text", "number"), guess.columns.values())
        if journey is not None:
            guess.takes("journey_id", journey, _("by its name"))
        _staged(guess, {column.name: _stage_name(column) for column in stages}, {})
        done = _finished(guess, "", set())
        return [done] if done else []
    if (
        event is None
        or not 2 <= len(event.counts) <= 4 * _MOST_EVENTS
        or not {"customer_id", "at"} <= set(guess.columns)
    ):
        return []
    customer = guess.client("customer_id")
    if customer is not None and customer.is_unique:
        return []  # one row a customer says what is, not what happened
    guess.takes("touchpoint", event, _("by its name, {n} different", n=len(event.counts)))
    channel = called(file, "channel", ("text",), guess.columns.values())
    if channel is not None:
        guess.takes("channel", channel, _("by its name"))
    done = _finished(guess, "", set())
    return [done] if done else []


def _stage_name(column: Column) -> str:
    """The stage in the name of a column of days: `order_approved_at` is "order approved"."""
    left = [
        word
        for word in column.plain.split()
        if word not in ("date", "at", "timestamp", "time", "fecha", "de", "on", "hora")
    ]
    return " ".join(left) or column.plain


def _costs(file: File) -> Guess | None:
    """Costs: a month, a kind and an amount, and nobody's name."""
    amount, day = called(file, "amount", ("number",)), called(file, "on", ("date",)) or called(file, "at", ("date",))
    kind = called(file, "kind", ("text",))
    if amount is None or day is None or kind is None or called(file, "customer_id", ("text", "number")):
        return None
    guess = Guess("costs", file)
    guess.takes("on", day, _("a day, by its name"))
    guess.takes("amount", amount, _("by its name, a number"))
    guess.takes("kind", kind, _("by its name"))
    dated(guess, "on", day)
    known = {text: "commercial" if words("commercial").search(text.casefold()) else "operating" for text in kind.counts}
    guess.mapping["codes"] = {"kind": known}
    what = _("which costs win customers (commercial), and which serve them (operating)?")
    guess.doubts.append(Doubt(("codes", "kind"), what, ("commercial", "operating"), ""))
    return guess


def _customers(file: File, others: list[Guess]) -> Guess | None:
    """Customers: the file's own rows where each is one, else the first row of each."""
    who = called(file, "customer_id", ("text", "number"))
    if who is None or who.filled < 0.5:
        return None
    guess = Guess("customers", file)
    guess.takes("customer_id", who, _("by its name"))
    since = called(file, "since_on", ("date",)) or (file.column(others[0].columns.get("at", "")) if others else None)
    if since is not None:
        guess.takes("since_on", since, _("the first of these days"))
    left = called(file, "left_on", ("date",))
    if left is not None and who.is_unique:
        guess.takes("left_on", left, _("by its name"))
    for role in ("region", "age_band", "household", "lang", "acquisition_channel"):
        client = called(file, role, ("text",), guess.columns.values())
        if client is not None and 2 <= len(client.counts) <= 200:
            guess.takes(role, client, _("by its name"))
    if len(guess.columns) == 1 and not guess.mapping.get("attributes") and not others:
        return None
    return _finished(guess, "", set())


def _finished(guess: Guess, lost: str, leave_out: set[str]) -> Guess | None:
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


def _filled(guess: Guess) -> None:
    """Rows that name nobody, or lack another value that every row needs, are left out; where they are many, it is asked."""
    for column in CONTRACTS[guess.table].required:
        client = guess.client(column)
        if client is None or client.filled == 1.0 or client.name in guess.mapping.get("where", {}):
            continue
        guess.mapping.setdefault("where", {})[client.name] = {"blank": False}
        told = _("'{name}' is blank in {share:.1%} of the rows", name=shown(client.name), share=1 - client.filled)
        if client.filled > _NEARLY_ALL:
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
