"""The bridge of the money as formulas, whom each idea reaches by channel, and why an idea is in or out."""

from __future__ import annotations

from collections.abc import Mapping

from cxlib.exports.book import Book
from cxlib.exports.case import DESIGN, Case
from cxlib.exports.cells import Sheet, cells
from cxlib.facts import rows
from cxlib.language import _
from cxlib.stages.design import business_case
from cxlib.stages.design.shown import gate_reason, label_of, named

FIRST = 3  # row of the first line, counted from 0
FACTS = {  # of what is measured, the fact whose value a cell holds
    **{name: f"9.{name}" for name in ("effect", "n_in_pilot", "worth_of_a_unit", "return_realised", "scaled")},
    **{name: f"7.{name}" for name in ("registered_share", "tested_reach_year")},
}


def bridge(sheet: Sheet, book: Book, case: Case) -> None:
    """The lines of the bridge, one below the other: what follows is a formula, what comes from other stages is blue."""
    sheet.widths([92, 18])
    sheet.title(
        _("The bridge of the money"), _("Each line follows from the ones before it and from the sheet of inputs.")
    )
    gap = book.received.fact("1.gap")
    won = case.expected_year
    values: dict[str, float] = {"gap": gap.number(), "at_stake": float(case.chosen["cap_money"].max())}
    values |= {"reachable": business_case.reachable(case.chosen), "capture": won}
    values |= {"gap_closed": won / gap.number() if gap.number() > 0 else float("nan")}
    row = _lines(sheet, "bridge", FIRST, values)
    measured = {name: book.received.fact(id).number() for name, id in FACTS.items()}
    if any(value != value for value in measured.values()):
        sheet.text(row, 0, _("Nothing is measured yet that could be scaled."))
        return
    _lines(sheet, "measured", row, measured)


def _lines(sheet: Sheet, section: str, first: int, values: Mapping[str, float]) -> int:
    """The lines of a section of the workbook; the row after them. What has no formula may be changed; unknown is blank."""
    for row, (name, cell) in enumerate(cells(section).items(), start=first):
        sheet.text(row, 0, _(cell["label"]))
        if "formula" in cell:
            sheet.formula(row, 1, cell["formula"], values[name], cell["kind"], name=name)
        elif values[name] == values[name]:
            sheet.number(row, 1, values[name], f"input {cell['kind']}", name=name)
        else:
            sheet.blank(row, 1, f"input {cell['kind']}", name=name)
    return first + len(cells(section))


def reach(sheet: Sheet, book: Book) -> None:
    """Whom each idea reaches, as a product, and through which channels its moment is met."""
    sheet.widths([52, 20, 20, 16, 16, 16, 16, 16])
    sheet.title(_("Reach"), _("Reach = share that meets the moment through the channels in force × offered × room."))
    heads = [_("Idea"), _("Step"), _("Through"), _("Journeys at the step"), _("That meet it"), _("Offered to")]
    sheet.heads(FIRST, [*heads, _("Room for"), _("Reach")])
    reached = book.kept(
        DESIGN, "reach", "idea_id", "step", "how", "n", "n_met", "offered_share", "capacity_share", "estimate"
    )
    row, few = FIRST, reached["n_met"].between(1, book.brief.thresholds.minimum_cell, inclusive="left")
    for row, one in enumerate(rows(reached[~few]), start=FIRST + 1):
        words = (one["idea_id"], one["step"])
        for column, word in enumerate([*(label_of(book.labels, key) for key in words), named("hows")[one["how"]]]):
            sheet.text(row, column, word)
        for column, (name, kind) in enumerate(
            {"n": "whole", "n_met": "whole", "offered_share": "percent", "capacity_share": "percent"}.items(), start=3
        ):
            sheet.number(row, column, float(one[name]), f"input {kind}")
        formula = "IF(D{n}>0,E{n}/D{n},0)*F{n}*G{n}" if one["n"] else "F{n}*G{n}*" + f"{float(one['estimate'] > 0):g}"
        sheet.formula(row, 7, formula, float(one["estimate"]), "percent2")
    _channels(sheet, book, row + 3)


def _channels(sheet: Sheet, book: Book, first: int) -> None:
    """Through which channels the moments of the ideas are met; a number of few persons is not told."""
    states = {"in": _("in"), "later": _("later"), "not_in": _("not in")}
    heads = (_("Moment"), _("Channel"), _("Decided"), _("Journeys at the step"), _("Met through it"), _("Share"))
    sheet.heads(first, heads)
    table = book.kept(DESIGN, "by_channel", "touchpoint", "channel", "state", "n", "n_met", "estimate")
    few = book.brief.thresholds.minimum_cell
    for row, one in enumerate(rows(table[table["n_met"].ge(few)]), start=first + 1):
        keys = (label_of(book.labels, one["touchpoint"]), label_of(book.labels, one["channel"]))
        for column, word in enumerate([*keys, states.get(one["state"], _("nothing decided"))]):
            sheet.text(row, column, word)
        sheet.number(row, 3, float(one["n"]), "whole")
        sheet.number(row, 4, float(one["n_met"]), "whole")
        sheet.formula(row, 5, "E{n}/D{n}", float(one["estimate"]), "percent")


def ideas(sheet: Sheet, book: Book) -> None:
    """Every idea with whether it is in, and why not: the gate it fails, or what the portfolio says."""
    sheet.widths([62, 14, 70])
    sheet.title(_("Ideas"), _("Those that are out, with the reason."))
    sheet.heads(FIRST, (_("Idea"), _("In"), _("Why")))
    gated = book.kept(DESIGN, "gates", "idea_id", "passed", "reason", "reason_detail")
    table = gated.merge(
        book.kept(DESIGN, "portfolio", "idea_id", "chosen", "reason"), on="idea_id", suffixes=("_gate", "")
    )
    for row, one in enumerate(rows(table), start=FIRST + 1):
        sheet.text(row, 0, label_of(book.labels, one["idea_id"]))
        sheet.text(row, 1, _("yes") if one["chosen"] else _("no"))
        sheet.text(row, 2, _why(one, book))


def _why(one: Mapping[str, object], book: Book) -> str:
    """Why an idea is in or out, in words."""
    if not one["passed"] and not one["chosen"]:
        return gate_reason({"reason": one["reason_gate"], "reason_detail": str(one["reason_detail"])}, book.labels)
    return named("outcomes")[str(one["reason"])]
