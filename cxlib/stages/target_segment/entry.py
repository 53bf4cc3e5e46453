"""What is known of customers when they come in: what a person at a counter can ask, and a rule made of that alone."""

from __future__ import annotations

import pandas as pd

from cxlib.stages.target_segment.behaviour import attributes

SEPARATOR = "="  # between trait and value in the name of a feature
MOST_VALUES = 8  # of a trait that can be asked: more are no question but a list


def entry_traits(customers: pd.DataFrame, interactions: pd.DataFrame) -> pd.DataFrame:
    """One row per customer, a column per trait and value (1 has it, 0 has not): attributes, first channel and touchpoint.

    Only traits with two to eight values: what can be asked, or seen, at the first contact; nothing a customer did later.
    Columns customer_id and "trait=value". Interactions: customer_id, at, channel, touchpoint.
    """
    people = customers.drop_duplicates("customer_id").set_index("customer_id")
    first = interactions.sort_values("at", kind="stable").drop_duplicates("customer_id").set_index("customer_id")
    known = people[attributes(people.reset_index())].join(first[["channel", "touchpoint"]].add_prefix("first_"))
    known = known.astype("str").where(known.notna(), "").apply(lambda trait: trait.str.strip())
    asked = [str(name) for name in known if 2 <= known[name][known[name] != ""].nunique() <= MOST_VALUES]
    columns = {
        f"{name}{SEPARATOR}{value}": (known[name] == value).astype(float)
        for name in asked
        for value in sorted(set(known[name]) - {""})
    }
    return pd.DataFrame(columns, index=known.index).rename_axis("customer_id").reset_index()
