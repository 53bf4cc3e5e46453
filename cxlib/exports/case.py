"""The business case behind stage 7, as the stage computed it: the chosen experiences, what they are worth, the terms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cxlib.errors import ChainError
from cxlib.exports.book import Book
from cxlib.language import _
from cxlib.stages.design import business_case
from cxlib.stages.design.terms import Terms, npv
from cxlib.stages.design.terms import terms as terms_of

DESIGN, CENT = 7, 0.005


@dataclass(frozen=True)
class Case:
    """The chosen experiences (a row each, as `business_case.values` gives them) and the terms; empty without money."""

    chosen: pd.DataFrame
    terms: Terms

    @property
    def told(self) -> bool:
        """Whether there is money to calculate with."""
        return bool(len(self.chosen)) and not bool(self.chosen["unit_money"].isna().any())

    @cached_property
    def net(self) -> np.ndarray:
        """Simulated net present values, one a draw."""
        return business_case.simulate(self.chosen, terms=self.terms)

    @cached_property
    def flow(self) -> pd.DataFrame:
        """Expected flow by month."""
        return business_case.cash_flow(self.chosen, terms=self.terms)

    @property
    def payback(self) -> float:
        """Month in which the money is back."""
        return business_case.payback(self.chosen, terms=self.terms)

    @property
    def expected(self) -> float:
        """Net present value of the expected flow."""
        return npv((1 + self.terms.discount_rate) ** (1 / 12) - 1, self.flow["flow_money"].to_numpy())

    @property
    def expected_year(self) -> float:
        """Expected gain a year, in full."""
        return business_case.capture(self.chosen)

    @property
    def needed_share(self) -> float:
        """Part of the assumed effects from which on it pays."""
        means = (self.chosen["effect_low"] + 4 * self.chosen["effect_likely"] + self.chosen["effect_high"]) / 6
        gain = float((means * self.chosen["unit_money"]).sum()) * self.terms.gain_factor
        return float(self.chosen["cost_pv_money"].sum()) / gain if gain > 0 else float("nan")

    def gain_at(self, end: str) -> float:
        """Gain a year with every effect at its low, likely or high end."""
        return business_case.capture(self.chosen, self.chosen[f"effect_{end}"])


def case_of(book: Book) -> Case:
    """The case of a book; raises ChainError when the data have changed since stage 7 read them."""
    terms = terms_of(book.brief.objective, book.brief.judgement)
    values = book.kept(DESIGN, "experiences", *business_case.VALUES)
    taken = book.records[DESIGN]["choice"].get("experiences", [])
    case, told = Case(values[values["idea_id"].isin(taken)].reset_index(drop=True), terms), book.received.fact("7.npv")
    if case.told and abs(float(np.median(case.net)) - told.number()) > CENT:
        raise ChainError(
            _("stage {n}").format(n=DESIGN),
            _("brief or data have changed since it ran"),
            _("A business case is exported from the data its stage read"),
            _("Run the chain again, then export"),
        )
    return case
