"""People drawn for a trial: customers without a name, who got what, and what each has brought since."""

from __future__ import annotations

from cxlib.draft.finish import finished
from cxlib.draft.guesses import ROW, UNKNOWN, Doubt, Guess, called
from cxlib.draft.profile import File, plain, shown
from cxlib.draft.vocabulary import words
from cxlib.language import _

_LEAST_NAMELESS = 30  # rows


def nameless(file: File) -> Guess | None:
    """Customers without a name or number, a row each, when most of what a file tells is how they differ."""
    guess = Guess("customers", file)
    guess.takes("customer_id", ROW, _("no column names a person"))
    dates = [column for column in file.columns if column.kind == "date"]
    done = finished(guess, "", set()) if not dates and file.n >= _LEAST_NAMELESS else None
    return done if done and len(done.mapping.get("attributes", {})) >= 0.3 * len(file.columns) else None


def drawn(customers: Guess) -> list[Guess]:
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
