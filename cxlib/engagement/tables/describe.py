"""The contracts as Markdown, for people who prepare data."""

from __future__ import annotations

from cxlib.chain import affected
from cxlib.engagement.tables.contracts import CONTRACTS, Column, Contract
from cxlib.language import _


def describe_contracts() -> str:
    """Markdown: for each table its columns, what they hold, their unit and what is accepted."""
    return "\n\n".join(_described(contract) for contract in CONTRACTS.values()) + "\n"


def _described(contract: Contract) -> str:
    facts = [f"{contract.about}."]
    if contract.key:
        facts.append(_("Key: `{key}`.", key=", ".join(contract.key)))
    if contract.time:
        facts.append(_("Read up to `as_of`, by `{time}`.", time=contract.time))
    facts += _pages(contract)
    head = [
        f"### {contract.name}",
        "",
        " ".join(facts),
        "",
        "| " + " | ".join([_("column"), _("holds"), _("type"), _("accepted"), _("example")]) + " |",
        "|---|---|---|---|---|",
    ]
    return "\n".join(head + [_row(column) for column in contract.columns])


def _pages(contract: Contract) -> list[str]:
    """Which pages cannot speak without the table, and which say more with it."""
    effects = affected(contract.name)
    told = {"blocks": _("Pages that need it: {pages}."), "weakens": _("Pages that say more with it: {pages}.")}
    listed = {kind: [str(number) for number, effect in effects.items() if effect == kind] for kind in told}
    return [told[kind].format(pages=", ".join(pages)) for kind, pages in listed.items() if pages]


def _row(column: Column) -> str:
    required = _(" (required)") if column.required else ""
    return f"| `{column.name}`{required} | {column.about} | {_kind(column)} | {_accepted(column)} | {column.example} |"


def _kind(column: Column) -> str:
    kinds = {"text": _("text"), "date": _("date"), "time": _("date and time")}
    return kinds.get(column.kind) or _("number ({unit})", unit=column.unit or _("no unit"))


def _accepted(column: Column) -> str:
    of_the_brief = _("a {kind} in the brief", kind=column.names) if column.names else column.range
    accepted = ", ".join(column.allowed) or of_the_brief
    return accepted + (_("; blank: {value}", value=column.default) if column.default else "")
