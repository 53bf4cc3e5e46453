"""Exports of shops, sales systems and analytics whose maker is not known, by the names of their columns."""

from __future__ import annotations

from cxlib.draft.finish import finished, staged
from cxlib.draft.guesses import Doubt, Guess, called, dated, join_of
from cxlib.draft.profile import Column, File
from cxlib.draft.trial import drawn, nameless
from cxlib.draft.vocabulary import words
from cxlib.language import _

_MOST_EVENTS = 160  # kinds of event; what has more is no kind


def shop_guesses(file: File, donors: list[File]) -> list[Guess]:
    """Purchases, contacts, customers and costs of a file whose maker is not known, by the names of its columns."""
    found = [_purchases(file, donors), *_contacts(file), _costs(file)]
    guesses = [guess for guess in found if guess is not None]
    if not guesses or guesses[0].table != "costs":
        customers = _customers(file, guesses) or (None if guesses else nameless(file))
        guesses += [customers, *drawn(customers)] if customers else []
    return guesses


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
    channel = called(file, "channel", ("text",), guess.columns.values())
    if channel is not None:
        guess.takes("channel", channel, _("by its name"))
    _refused_states(guess)
    return finished(guess, "", set())


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
        return finished(guess, "", set())
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
    number = called(file, "transaction_id", ("text", "number"))
    if event is not None and number is not None and number.is_unique and words("status").search(event.plain):
        event = None  # the state an order is in now is no contact
    channel = called(file, "channel", ("text",), guess.columns.values())
    stages = [
        column
        for column in file.columns
        if column.kind == "date" and not words("clock").search(column.plain) and column.filled > 0.02
    ]
    customer = guess.client("customer_id")
    comes_back = customer is not None and not customer.is_unique  # else two days are those of joining and leaving
    if customer is not None and len(stages) >= (2 if comes_back and event is None else 3):
        guess.mapping["columns"].pop("at", None)
        journey = called(file, "journey_id", ("text", "number"), guess.columns.values())
        if journey is not None:
            guess.takes("journey_id", journey, _("by its name"))
        if channel is not None:
            guess.takes("channel", channel, _("by its name"))
        staged(guess, {column.name: _stage_name(column) for column in stages}, {})
        done = finished(guess, "", set())
        return [done] if done else []
    if event is None or not 2 <= len(event.counts) <= _MOST_EVENTS or not {"customer_id", "at"} <= set(guess.columns):
        return []
    if not comes_back:
        return []  # one row a customer says what is, not what happened
    guess.takes("touchpoint", event, _("by its name, {n} different", n=len(event.counts)))
    if channel is not None:
        guess.takes("channel", channel, _("by its name"))
    done = finished(guess, "", set())
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
    return finished(guess, "", set())
