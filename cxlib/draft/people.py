"""The same people in several files: joins by the keys they share, and one source of customers."""

from __future__ import annotations

from cxlib.draft.guesses import ROW, Guess, called, join_of
from cxlib.draft.profile import File, shown
from cxlib.engagement.tables import CONTRACTS
from cxlib.language import _


def person_of_another(guess: Guess, files: list[File]) -> None:
    """Name the person by another file's column: an order's customer, or the one key of a customer who has several."""
    person = {"responses": "respondent_id", "verbatims": "respondent_id"}.get(guess.table, "customer_id")
    if person not in CONTRACTS[guess.table].column_names or ("wide" in guess.mapping and guess.table == "customers"):
        return
    if guess.columns.get(person) == ROW:
        for donor in files:
            theirs = called(donor, "customer_id", ("text", "number"))
            shared = [column.name for column in donor.columns if column.is_unique and guess.file.column(column.name)]
            if donor is not guess.file and theirs is not None and shared and theirs.name not in shared:
                _joins(guess, person, donor, shared[0], theirs.name)
                guess.mapping.pop("prefix", None)
                break
    mine = guess.columns.get(person, "")
    for donor in files:
        theirs = called(donor, "customer_id", ("text", "number"))
        key = donor.column(mine)
        if donor is not guess.file and key is not None and key.is_unique and theirs is not None and theirs.name != mine:
            if not theirs.is_unique:
                _joins(guess, person, donor, mine, theirs.name)
            return


def _joins(guess: Guess, column: str, donor: File, key: str, name: str) -> None:
    guess.mapping.setdefault("join", []).append(join_of(donor, key, name))
    guess.mapping["columns"][column] = name
    if guess.table == "customers":
        guess.mapping["many"] = "first"
    guess.note(("join",), _("the person is named in {file}, by {key}", file=donor.name, key=shown(key)))


def one_people(guesses: list[Guess]) -> list[Guess]:
    """One source of customers where several files would each make the same people: the one that tells most of them."""
    named = [guess for guess in guesses if guess.table == "customers" and guess.columns.get("customer_id", ROW) != ROW]
    named.sort(key=lambda guess: (_each_once(guess), _told(guess), guess.file.n), reverse=True)
    kept, drop = list[Guess](), set[int]()
    for guess in named:
        keep = next((other for other in kept if _same_people(guess, other)), None)
        if keep is None:
            kept.append(guess)
        else:
            drop.add(id(guess))
            _more_of(keep, guess)
    return [guess for guess in guesses if id(guess) not in drop]


def _each_once(guess: Guess) -> bool:
    """Whether each row of the file itself is a customer."""
    client = guess.client("customer_id")
    return client is not None and client.is_unique and not guess.mapping.get("join")


def _same_people(guess: Guess, other: Guess) -> bool:
    """Whether two sources name the same people: by one column, or by numbers of which most are in both."""
    if "prefix" in guess.mapping or "prefix" in other.mapping:
        return False
    mine, theirs = guess.client("customer_id"), other.client("customer_id")
    if guess.columns["customer_id"] == other.columns["customer_id"] or mine is None or theirs is None:
        return guess.columns["customer_id"] == other.columns["customer_id"]
    both = mine.counts.keys() & theirs.counts.keys()
    return len(both) >= 0.5 * min(len(mine.counts), len(theirs.counts))


def _told(guess: Guess) -> int:
    """How much a source tells of its customers."""
    return len(guess.columns) + len(guess.mapping.get("attributes", {}))


def _more_of(keep: Guess, other: Guess) -> None:
    """What another file tells of the same customers, where that file is joined already."""
    join = next(
        (
            join
            for join in keep.mapping.get("join", ())
            if (join["file"], join.get("sheet")) == (other.file.path, other.file.sheet)
        ),
        None,
    )
    if join is None:
        return
    for block in ("columns", "attributes"):
        for column, name in other.mapping.get(block, {}).items():
            there = {**keep.columns, **keep.mapping.get("attributes", {})}
            if column not in there and keep.file.column(name) is None:
                keep.mapping.setdefault(block, {})[column] = name
                join["columns"] = list(dict.fromkeys([*join["columns"], name]))
