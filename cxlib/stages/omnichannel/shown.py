"""The tables of stage 6 in words: states, reasons, the order of the chains, captions."""

from __future__ import annotations

import pandas as pd

from cxlib.language import _, number

STATES = ("in", "later", "not_in")


def reason_words(reason: str) -> str:
    """Why a channel is in, later or not in, in words."""
    return {
        "best": _("fits best"), "second": _("fits second best"), "only": _("the only one possible here"),
        "unsure": _("second best, but not in four of five draws"),
        "capability": _("a capability it needs is missing or unknown"), "unknown": _("fewer than 30 persons: unknown"),
        "unused": _("nobody uses it here"), "budget": _("fits, but the budget is spent"),
        "beaten": _("others fit better"),
    }.get(reason, reason)  # fmt: skip


def state_words(state: str) -> str:
    """The state of a channel at a moment, as a sign and a word."""
    return {"in": _("● in"), "later": _("◐ later"), "not_in": _("○ not in")}.get(state, state)


def worded(chosen: pd.DataFrame) -> pd.DataFrame:
    """The choice with states and reasons in words, the columns people read, best first within each moment."""
    columns = ["moment", "channel", "state", "reason", "customer_fit_ratio", "company_fit_ratio", "cost_money",
               "selection_share", "n_users"]  # fmt: skip
    named = chosen.rename(columns={"customer_fit": "customer_fit_ratio", "company_fit": "company_fit_ratio"})
    if named.empty:
        return named.reindex(columns=columns)
    named = named.assign(order=named["state"].map({state: place for place, state in enumerate(STATES)}))
    named["place"] = pd.factorize(named["moment"])[0]
    named = named.sort_values(["place", "order", "score"], ascending=[True, True, False], kind="stable")
    return named.assign(state=named["state"].map(state_words), reason=named["reason"].map(reason_words))[columns]


def with_reasons(roles: pd.DataFrame) -> pd.DataFrame:
    """The roles with their reason in words (column why)."""
    return roles.assign(why=[reason_words(reason) for reason in roles["reason"]])


def order_table(orders: pd.DataFrame) -> pd.DataFrame:
    """Held-out loss of both orders side by side: step, loss_order_1_score, loss_order_2_score, n_moves, taken."""
    if orders.empty:
        return pd.DataFrame(columns=["step"])
    wide = orders.pivot(index="step", columns="order", values="estimate").reindex(orders["step"].unique())
    taken = orders[orders["chosen"].astype(bool)].set_index("step")["order"]
    n = orders.drop_duplicates("step").set_index("step")["n"]
    table = pd.DataFrame({"loss_remembering_one": wide[1].map(lambda loss: number(loss, 3)),
                          "loss_remembering_two": wide[2].map(lambda loss: number(loss, 3)), "n_moves": n,
                          "channels_remembered": taken})  # fmt: skip
    return table.rename_axis("step").reset_index()


def caption(table: str) -> str:
    """The caption of one of this stage's tables."""
    return {
        "use": _("Who uses which channel at each moment"),
        "satisfaction": _("Satisfaction by moment and channel, on 0–10"),
        "differences": _("Journeys that met a channel minus those that did not: share that goes on"),
        "effects": _("Removal effects and Shapley credit of each channel, per step"),
        "checks": _("The model against what was observed"),
        "costs": _("Cost to serve: one contact, by channel"),
        "choice": _("The choice at each moment, with its reason"),
        "matrix": _("Cells say the role and its reason; the bars compare use and cost between channels."),
        "orders": _("How well unseen journeys are foretold: mean loss of a move, smaller is better"),
        "stops": _("Stop list: places that customers use and that are not in"),
        "prices": _("What a tenth of the budget more or less would change"),
        "hand_offs": _("Where customers change channel inside the corridor"),
    }[table]


def nothing(what: str) -> str:
    """Why there is nothing to show."""
    return {"journeys": _("no journey with channels was recorded."), "costs": _("no cost by channel is known."),
            "several": _("no two channels were met at the same step, so there is nothing to compare."),
            "channels": _("no channel is recorded at the moments that were decided."),
            "asked": _("no answer names its channel."), "stops": _("no place that customers use is stopped."),
            "changes": _("no journey was seen to change channel.")}[what]  # fmt: skip


def several(effects: pd.DataFrame) -> pd.DataFrame:
    """The effects of the steps at which more than one channel was met: of one alone there is nothing to compare."""
    if effects.empty:
        return effects
    return effects[effects.groupby("step")["channel"].transform("nunique") > 1].reset_index(drop=True)
