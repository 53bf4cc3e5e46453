"""The whole client: every table, the truth that was planted, and the brief."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxlib.simulate import answers, company, customers, journeys, kano, money, truths, words
from cxlib.simulate.briefing import brief_of
from cxlib.simulate.plan import Plan, plan


@dataclass(frozen=True)
class Client:
    """A synthetic client. `tables` follow the contracts; `truth` says what was planted; `brief` is engagement.yaml.

    `groups` (customer_id, segment) says which group each customer was drawn from; it is not written to any file.
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, Any]
    brief: dict[str, Any]
    seed: int
    groups: pd.DataFrame


def make_client(seed: int, *, n_customers: int = 4000, planted: bool = True) -> Client:
    """A client drawn from `seed`: the same seed and size give the same client, byte for byte.

    planted: False gives a client of the same shape with one group of customers and no effect of anything.
    """
    random = np.random.default_rng(seed)
    sizes = plan(planted)
    people = customers.draw_customers(random, sizes, n_customers)
    assignments = customers.draw_assignments(random, sizes, people)
    pilots = assignments.loc[assignments["arm"] == "pilot", "customer"]
    contacts = journeys.draw_journeys(random, sizes, people)
    bought = money.draw_purchases(random, sizes, people, contacts)
    bought = money.add_pilot_lift(random, sizes, bought, assignments, people)
    ratings = answers.draw_ratings(random, sizes, contacts, pilots)
    relation = answers.draw_relation(random, sizes, people, ratings, assignments)
    comments = words.draw_verbatims(random, ratings, relation, people)
    tables = {
        "customers": customers.public_customers(people),
        "interactions": journeys.public_interactions(contacts),
        "responses": answers.public_responses(random, sizes, relation, ratings),
        "verbatims": words.public_verbatims(comments),
        "transactions": money.public_transactions(random, sizes, bought),
        "costs": money.draw_costs(random),
        "benchmarks": company.draw_benchmarks(sizes),
        "ideas": company.ideas(),
        "capabilities": company.capabilities(),
        "people": company.people(),
        "tasks": company.tasks(),
        "kano": kano.draw_kano(seed, sizes, people),
        "assignments": customers.public_assignments(assignments),
        "pulse": company.draw_pulse(random),
    }
    tables = {name: _blank_texts(table) for name, table in tables.items()}
    truth = truths.truth_of(sizes, people, tables, comments)
    return Client(
        tables, truth | {"seed": seed, "n_customers": n_customers}, brief_of(sizes), seed, _groups(sizes, people)
    )


def _groups(sizes: Plan, people: pd.DataFrame) -> pd.DataFrame:
    keys = np.asarray([group.key for group in sizes.groups], dtype=object)
    return pd.DataFrame({"customer_id": customers.customer_ids(people["customer"]), "segment": keys[people["group"]]})


def _blank_texts(table: pd.DataFrame) -> pd.DataFrame:
    """The table as it is after loading: a text that is not there is an empty text."""
    texts = [name for name in table.columns if table[name].dtype == "str"]
    return table.assign(**{name: table[name].fillna("") for name in texts})
