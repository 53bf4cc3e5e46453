"""The tables of stage 6 in words: states, reasons, the order of the chains."""

from __future__ import annotations

import pandas as pd

from cxlib.language import _, mark, number

STATES = {"in": mark("● in"), "later": mark("◐ later"), "not_in": mark("○ not in")}
REASONS = {
    "best": mark("fits best"),
    "second": mark("fits second best"),
    "only": mark("the only one possible here"),
    "unsure": mark("second best, but not in four of five draws"),
    "capability": mark("a capability it needs is missing or unknown"),
    "unknown": mark("fewer than 30 persons: unknown"),
    "unused": mark("nobody uses it here"),
    "budget": mark("fits, but the budget is spent"),
    "beaten": mark("others fit better"),
    "decided": mark("decided by people"),
}
FITS = {"customer_fit": "customer_fit_ratio", "company_fit": "company_fit_ratio"}
CHOICE = ["moment", "channel", "state", "reason", *FITS.values(), "cost_money", "selection_share"]
KEPT = ["moment", "channel", "state", "customer_fit", "company_fit", "cost_money", "reason", "selection_share"]


def choice_table(chosen: pd.DataFrame) -> pd.DataFrame:
    """The choice with states and reasons in words, best first within each moment."""
    places = chosen.assign(place=pd.factorize(chosen["moment"])[0], order=chosen["state"].map(list(STATES).index))
    ranked = places.sort_values(["place", "order", "score"], ascending=[True, True, False], kind="stable")
    states, reasons = (
        [_(names[code]) for code in ranked[name]] for name, names in (("state", STATES), ("reason", REASONS))
    )
    return ranked.assign(state=states, reason=reasons).rename(columns=FITS)[CHOICE]


def with_reasons(roles: pd.DataFrame) -> pd.DataFrame:
    """The roles with their reason in words (column why)."""
    return roles.assign(why=[_(REASONS[reason]) for reason in roles["reason"]])


def order_table(orders: pd.DataFrame) -> pd.DataFrame:
    """Held-out loss of both orders: step, loss_remembering_one and _two, n_moves, channels_remembered."""
    if orders.empty:
        return pd.DataFrame(columns=["step"])
    by_step = orders.set_index("step")
    losses = {
        f"loss_remembering_{name}": by_step.loc[by_step["order"] == order, "estimate"].map(lambda loss: number(loss, 3))
        for order, name in ((1, "one"), (2, "two"))
    }
    taken = by_step.loc[by_step["chosen"].astype(bool), "order"]
    n = by_step.loc[by_step["order"] == 1, "n"]
    return pd.DataFrame({**losses, "n_moves": n, "channels_remembered": taken}).rename_axis("step").reset_index()


def several(effects: pd.DataFrame) -> pd.DataFrame:
    """The effects of the steps at which more than one channel was met: of one alone there is nothing to compare."""
    return effects[effects.groupby("step")["channel"].transform("nunique") > 1].reset_index(drop=True)


def handed_on(chosen: pd.DataFrame, roles: pd.DataFrame) -> pd.DataFrame:
    """What later stages receive: the choice at every moment and channel, with the role of the channel."""
    return chosen.reindex(columns=KEPT).merge(
        roles[["moment", "channel", "role"]], on=["moment", "channel"], how="left"
    )
