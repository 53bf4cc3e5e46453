"""A client small enough to check by hand, and stages that decide what a test tells them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cxlib.engagement.brief import Brief, load_brief
from cxlib.facts import Alternative, Fact, Recommendation, finding
from cxlib.stage import Stage, open_stage

BRIEF = """\
company: Tiny <b>Shop</b>
currency: EUR
locale: en_IE
as_of: 2026-06-30
period: {start: 2026-01-01, end: 2026-06-30, unit: month}
funnel:
  - {step: discovery, label: Discovery, phase: before}
  - {step: purchase, label: Purchase, phase: during}
  - {step: service, label: Service, phase: after}
touchpoints:
  advert: {label: Advert, step: discovery}
  checkout: {label: Checkout, step: purchase}
  delivery: {label: Delivery, step: service}
channels:
  web: {label: Web}
tables:
  customers: {file: customers.csv}
  transactions: {file: transactions.csv}
"""
CHOICES: dict[int, dict[str, Any]] = {
    1: {"objective": "turnover", "metric": "revenue", "target": 100.0, "deadline": "2027-06-30"},
    2: {"segment": "all"},
    3: {"stall_step": "purchase", "objective_step": "service"},
    4: {"moments": ["delivery:repair"]},
}
OTHERS = {1: {"objective": "gross_margin", "metric": "margin", "target": 60.0}}


class Client:
    """An engagement folder, a report folder, and what a test does with them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder / "tiny", folder / "out"
        self.folder.mkdir()
        self.home = self.out / "tiny"
        (self.folder / "engagement.yaml").write_text(BRIEF, encoding="utf-8")
        (self.folder / "customers.csv").write_text("customer_id\nc1\nc2\n", encoding="utf-8")
        (self.folder / "transactions.csv").write_text(
            "transaction_id,customer_id,at,revenue\nt1,c1,2026-02-01,0\nt2,c2,2026-03-01,50\nt3,c2,2026-07-15,999\n",
            encoding="utf-8",
        )

    @property
    def brief(self) -> Brief:
        return load_brief(self.folder)

    def open(self, number: int, **more: Any) -> Stage:
        return open_stage(number, {"engagement": str(self.folder), "out": str(self.out), **more})

    def run(self, number: int, value: float = 1.0, **choice: Any) -> Stage:
        """Run one stage: say a fact, recommend and decide the choice, finish."""
        stage = self.open(number)
        stage.headline(finding("It is {size}.", Fact(f"{number}.size", value)))
        recommended = choice or CHOICES.get(number, {})
        other = Alternative(OTHERS.get(number, {}), "nothing changes")
        stage.recommend(Recommendation(recommended, finding("because"), (other,), "measured"))
        stage.decide()
        stage.finish()
        return stage

    def run_to(self, number: int) -> Client:
        for stage in range(1, number + 1):
            self.run(stage)
        return self

    def edit(self, old: str, new: str) -> None:
        path = self.folder / "engagement.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(tmp_path)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """Everything that was displayed so far, as HTML."""
    pages: list[str] = []
    monkeypatch.setattr("cxlib.stage.display", lambda html: pages.append(str(html.data)))
    return lambda: "".join(pages)
