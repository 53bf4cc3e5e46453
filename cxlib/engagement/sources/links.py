"""Tables name each other's keys: which of those names lead nowhere. Nothing is refused for it; `cx check` shows it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from cxlib.errors import nearest
from cxlib.language import _


class Link(NamedTuple):
    """A column that holds keys of another table; several keys in a cell are separated by semicolons."""

    table: str
    column: str
    target: str
    key: str


LINKS = (
    Link("interactions", "customer_id", "customers", "customer_id"),
    Link("transactions", "customer_id", "customers", "customer_id"),
    Link("responses", "respondent_id", "customers", "customer_id"),
    Link("assignments", "customer_id", "customers", "customer_id"),
    Link("assignments", "idea_id", "ideas", "idea_id"),
    Link("ideas", "capability", "capabilities", "capability_id"),
    Link("ideas", "requires", "ideas", "idea_id"),
    Link("ideas", "excludes", "ideas", "idea_id"),
    Link("kano", "idea_id", "ideas", "idea_id"),
    Link("tasks", "idea_id", "ideas", "idea_id"),
    Link("tasks", "after", "tasks", "task_id"),
    *(
        Link("tasks", column, "people", "person_id")
        for column in ("responsible", "accountable", "consulted", "informed")
    ),
)


def loose_links(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """One sentence for each column whose keys are not all in the table they name; tables without rows are left out."""
    return [told for link in LINKS if (told := _loose(tables, link))]


def _loose(tables: Mapping[str, pd.DataFrame], link: Link) -> str:
    if not (len(tables.get(link.table, ())) and len(tables.get(link.target, ()))):
        return ""
    named = tables[link.table][link.column].str.split(";").explode().str.strip()
    named = named[named.fillna("") != ""]
    known = tables[link.target][link.key]
    unknown = named[~named.isin(known)]
    if unknown.empty:
        return ""
    examples = list(dict.fromkeys(unknown))[:3]
    near = nearest(examples[0], known) if len(known) <= 1000 else ""
    return _(
        "{table}.{column}: {n} of {all} keys are not in {target} ({examples}){near}",
        table=link.table,
        column=link.column,
        n=len(unknown),
        all=len(named),
        target=link.target,
        examples=", ".join(examples),
        near=near,
    )
