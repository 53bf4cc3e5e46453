"""Tables name each other's keys: which of those names lead nowhere. Nothing is refused for it; `cx check` shows it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cxlib.engagement.tables.listed import listed
from cxlib.errors import nearest
from cxlib.language import _

LINKS = {  # column → the key it holds; several keys in a cell are separated by semicolons
    "interactions.customer_id": "customers.customer_id",
    "transactions.customer_id": "customers.customer_id",
    "responses.respondent_id": "customers.customer_id",
    "assignments.customer_id": "customers.customer_id",
    "assignments.idea_id": "ideas.idea_id",
    "ideas.capability": "capabilities.capability_id",
    "ideas.requires": "ideas.idea_id",
    "ideas.excludes": "ideas.idea_id",
    "kano.idea_id": "ideas.idea_id",
    "tasks.idea_id": "ideas.idea_id",
    "tasks.after": "tasks.task_id",
    "tasks.responsible": "people.person_id",
    "tasks.accountable": "people.person_id",
    "tasks.consulted": "people.person_id",
    "tasks.informed": "people.person_id",
}


def loose_links(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """One sentence for each column whose keys are not all in the table they name; tables without rows are left out."""
    return [told for column, target in LINKS.items() if (told := _loose(tables, column, target))]


def _loose(tables: Mapping[str, pd.DataFrame], column: str, target: str) -> str:
    (table, name), (other, key) = column.split("."), target.split(".")
    if not (len(tables.get(table, ())) and len(tables.get(other, ()))):
        return ""
    named, known = tables[table][name].map(listed).explode().dropna(), tables[other][key]
    unknown = named[~named.isin(known)]
    if unknown.empty:
        return ""
    examples = list(dict.fromkeys(unknown))[:3]
    near = nearest(examples[0], known) if len(known) <= 1000 else ""
    told = _("{column}: {n} of {all} keys are not in {table} ({examples}){near}")
    return told.format(
        column=column, n=len(unknown), all=len(named), table=other, examples=", ".join(examples), near=near
    )
