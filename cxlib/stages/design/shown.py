"""The tables of stage 7 in words: codes become sentences, quantiles get their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.language import _, money, number, percent, quantity
from cxlib.show.table import Labels
from cxlib.show.terms import gap_words


def gate_table(gated: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The five gates in words, with the reason of the first that fails."""
    words = {"pass": _("✓\u00a0yes"), "fail": _("✗\u00a0no"), "unknown": _("?\u00a0unknown")}
    shown = gated[["idea_id", "touchpoint"]].copy()
    for name in ("relevance", "viability", "expectation", "emotion", "link"):
        shown[name] = gated[name].map(words)
    shown["why_not"] = [gate_reason(row, labels) for row in gated.to_dict("records")]
    return shown


def gate_reason(row: Mapping[Any, Any], labels: Labels) -> str:
    """Why an idea failed, in words."""
    code, detail = str(row["reason"]), str(row["reason_detail"])
    named = ", ".join(label_of(labels, key.strip()) for key in detail.split(";"))
    words = {
        "other_segment": _("made for another segment: {x}"),
        "no_moment": _("{x} is not a moment that stage 4 chose"),
        "capability": _("not there yet or not known: {x}"),
        "not_controlled": _("{x} is not in the company's hands"),
        "channel": _("stage 6 did not take the channel: {x}"),
        "budget": _("costs more than the whole budget"),
        "below_expectation": _("aims at {x}, below the expectation threshold"),
        "no_emotion": _("names no emotion"),
        "no_action": _("triggers no action"),
        "requires": _("rests on an unknown experience: {x}"),
        "outside_corridor": _("{x} lies outside the corridor"),
    }
    return words.get(code, "").format(x=named)


def gate_words() -> dict[str, str]:
    """The gates' names."""
    return {
        "relevance": _("relevance"),
        "viability": _("viability"),
        "expectation": _("expectation"),
        "emotion": _("emotion"),
        "link": _("link"),
    }


def case_table(cases: pd.DataFrame) -> pd.DataFrame:
    """The business case of each experience, with its quantiles by their names."""
    renamed = cases.rename(
        columns={
            "estimate": "p50_money",
            "low": "p10_money",
            "high": "p90_money",
            "effect_likely": "assumed_effect_share",
            "breakeven_share": "breakeven_effect_share",
            "p_positive_share": "pays_with_probability_share",
        }
    )
    columns = [
        "idea_id",
        "step",
        "p10_money",
        "p50_money",
        "p90_money",
        "pays_with_probability_share",
        "investment_money",
        "payback_months",
        "assumed_effect_share",
        "breakeven_effect_share",
    ]
    return renamed[columns].sort_values("p50_money", ascending=False, ignore_index=True)


def option_table(options: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The portfolios in words; no row when there is nothing but doing nothing, which is then not known to be worth 0."""
    if not options["n_experiences"].gt(0).any():
        options = options.head(0)
    shown = options[["option", "investment_money"]].copy()
    shown["experiences"] = [
        "; ".join(label_of(labels, key) for key in str(cell).split(";")) if cell else _("do nothing")
        for cell in options["experiences"]
    ]
    shown = shown.assign(
        p10_money=options["low"],
        p50_money=options["estimate"],
        p90_money=options["high"],
        pays_with_probability=options["p_positive_share"].map(chance),
        unbroken_path=[
            _("yes") if n and whole else _("no") if n else ""
            for whole, n in zip(options["path"], options["n_experiences"], strict=True)
        ],
    )
    if "best_share" in options:
        shown["best_in_share"] = options["best_share"]
    return shown.drop(columns="option")


def name_drivers(tornado: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The tornado with its drivers in words (column label)."""
    words = {
        "worth": _("Worth of a conversion"),
        "costs": _("Costs"),
        "ramp": _("Time until it works in full"),
        "discount": _("Discount rate (± 2 points)"),
    }
    effect = _("Effect: {name}")
    names = [words.get(key) or effect.format(name=label_of(labels, key.partition(":")[2])) for key in tornado["driver"]]
    return tornado.assign(label=names)


def promise_table(promise: pd.DataFrame) -> pd.DataFrame:
    """What can be promised at each moment, in words."""
    words = {
        "kept": _("✓ can be promised"),
        "not kept": _("✗ promise less, or mend first"),
        "cannot tell": _("? cannot tell"),
    }
    shown = promise.rename(columns={"promise": "promise_score", "expected": "expected_score"}).drop(columns="verdict")
    return shown.assign(can_it_be_promised=promise["verdict"].map(words))


def metric_words(metric: str) -> str:
    """A registered metric's name."""
    return {
        "purchase_share": _("share of customers who buy"),
        "margin_per_customer": _("margin per customer"),
        "revenue_per_customer": _("revenue per customer"),
    }.get(metric, metric)


def registration_table(sizes: pd.DataFrame, rulers: pd.DataFrame) -> pd.DataFrame:
    """Candidate metrics side by side, each amount in its own unit."""
    merged = rulers.merge(sizes[["metric", "n_needed", "detectable"]], on="metric", how="left")
    rows = [
        {
            "metric": metric_words(row["metric"]),
            "baseline": quantity(row["baseline"], row["unit"]),
            "effect_worth_having": gap_words(row["minimum_effect"], row["unit"]),
            "effect_assumed": gap_words(row["promised_effect"], row["unit"]),
            "effect_that_could_be_shown": gap_words(row["detectable"], row["unit"]),
            "n_needed_per_arm": row["n_needed"],
        }
        for row in merged.to_dict("records")
    ]
    return pd.DataFrame(rows)


def canvas_table(chosen: pd.DataFrame, promise: pd.DataFrame, coverage: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """One row per chosen experience, one column per question of the canvas, in words."""
    level = promise.set_index("touchpoint")["promise"].to_dict()
    order = list(coverage["step"])
    rows = []
    for row in chosen.to_dict("records"):
        ahead = order[order.index(row["step"]) + 1 :] if row["step"] in order else []
        follows = next((key for step in ahead for key in chosen.loc[chosen["step"] == step, "idea_id"]), "")
        rows.append(
            {
                "idea_id": row["idea_id"],
                _("Moment"): labels.get("touchpoint", {}).get(row["touchpoint"], row["touchpoint"]),
                _("Channel"): labels.get("channel", {}).get(str(row["channel"]), row["channel"]),
                _("It makes customers feel"): row["emotion"],
                _("So that they"): row["action"],
                _("Promise kept today"): number(level.get(row["touchpoint"]), 1),
                _("It has to exceed"): number(row["expects_score"], 1),
                _("Leads on to"): label_of(labels, follows) if follows else _("the objective"),
                _("Cost once; a month"): f"{money(row['cost_once'])}; {money(row['cost_monthly'])}",
                _("Assumed uplift"): " · ".join(percent(row[f"effect_{end}"]) for end in ("low", "likely", "high")),
            }
        )
    return pd.DataFrame(rows)


def assumptions(terms: Any, ideas: pd.DataFrame) -> pd.DataFrame:
    """What the calculation takes for granted, printed: assumption, value, source."""
    rows = [
        (_("Horizon"), _("{n} months").format(n=number(terms.horizon_months, 0)), _("brief")),
        (_("Discount rate"), percent(terms.discount_rate), _("brief")),
        (_("Months until an experience works in full"), number(terms.ramp_months, 0), _("convention")),
        (_("Correlation between the effects"), number(terms.correlation), _("brief, else convention")),
        *((_("Correlation of {a} and {b}").format(a=a, b=b), number(value), _("brief")) for a, b, value in terms.pairs),
        (_("Costs against plan"), _("−10% … +30%"), _("convention (Flyvbjerg 2006)")),
        (_("Effects"), _("{n} judgements: low, likely, high").format(n=number(len(ideas), 0)), _("ideas")),
    ]
    return pd.DataFrame(rows, columns=["assumption", "value", "source"])


def label_of(labels: Labels, key: object) -> str:
    """The label of an idea, touchpoint, channel or capability."""
    kinds = ("idea", "capability", "touchpoint", "channel", "step", "segment")
    return next((labels[kind][str(key)] for kind in kinds if str(key) in labels.get(kind, {})), str(key))


def chance(share: float) -> str:
    """A simulated probability in words: never certain, never impossible."""
    return _("more than 99%") if share > 0.99 else _("less than 1%") if share < 0.01 else percent(share, 0)
