"""The whole client: every table, the truth that was planted, and the brief."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cxlib.engagement.tables.contracts import CONTRACTS, DTYPES, Contract
from cxlib.simulate import answers, comments, company, customers, journeys, kano, money, truths
from cxlib.simulate.briefing import brief_of
from cxlib.simulate.plan import plan, read_table, read_yaml


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
    contacts = journeys.draw_journeys(random, sizes, people)
    contacts = journeys.add_pilot_meetings(seed, sizes, contacts, assignments)
    met = journeys.met_pilot(sizes, contacts, assignments)
    bought = money.draw_purchases(random, sizes, people, contacts)
    bought = money.add_pilot_lift(random, sizes, bought, assignments, people, met)
    ratings = answers.draw_ratings(random, sizes, contacts, met)
    relation = answers.draw_relation(random, sizes, people, ratings, assignments, met)
    written = comments.draw_verbatims(random, ratings, relation, people)
    made = {
        **{name: read_table(name) for name in ("ideas", "capabilities", "people", "tasks")},
        "customers": customers.public_customers(people),
        "interactions": journeys.public_interactions(contacts),
        "responses": answers.public_responses(random, sizes, relation, ratings),
        "verbatims": comments.public_verbatims(written),
        "transactions": money.public_transactions(random, sizes, bought),
        "costs": money.draw_costs(random),
        "benchmarks": company.draw_benchmarks(sizes),
        "kano": kano.draw_kano(seed, sizes, people),
        "assignments": assignments.assign(customer_id=customers.customer_ids(assignments["customer"])),
        "pulse": company.draw_pulse(random),
    }
    tables = {name: _as_loaded(made[name], CONTRACTS[name]) for name in read_yaml("tables")}
    truth = truths.truth_of(sizes, people, tables, written, met) | {"seed": seed, "n_customers": n_customers}
    keys = np.asarray([group.key for group in sizes.groups], dtype=object)
    groups = pd.DataFrame({"customer_id": tables["customers"]["customer_id"], "segment": keys[people["group"]]})
    return Client(tables, truth, brief_of(sizes), seed, groups)


def _as_loaded(table: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """The table as it is after loading: the contract's columns and types; a missing value is its default."""
    found = table.reindex(columns=list(contract.column_names))
    days = [column.name for column in contract.columns if column.kind in ("date", "time")]
    texts = {column.name: column.default for column in contract.columns if column.kind == "text"}
    found[days] = found[days].apply(pd.to_datetime)
    numbers = {
        column.name: float(column.default) for column in contract.columns if column.kind == "number" and column.default
    }
    found = found.fillna(numbers)
    found = found.astype({column.name: DTYPES[column.kind] for column in contract.columns})
    return found.fillna(texts)
