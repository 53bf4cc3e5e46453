"""The tables of stage 7 in words: codes become the names of names.yaml, beside this module, quantiles get their names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from cxlib.facts import rows
from cxlib.language import _, money, number, percent, quantity
from cxlib.show.table import Labels
from cxlib.show.terms import gap_words, metric_name
from cxlib.stages.design.gates import GATES
from cxlib.stages.design.terms import Terms
from cxlib.statistics.intervals import TIDY

NAMES: Mapping[str, Mapping[str, str]] = yaml.safe_load(
    Path(__file__).with_name("names.yaml").read_text(encoding="utf-8")
)
KINDS = ("idea", "capability", "touchpoint", "channel", "step", "segment")


def named(kind: str) -> dict[str, str]:
    """Code → name of one kind of codes (gates, reasons, categories, …), in the language in force."""
    return {code: _(name) for code, name in NAMES[kind].items()}


def label_of(labels: Labels, key: object) -> str:
    """The label of an idea, touchpoint, channel, step or capability; the code where it has none."""
    return next((labels[kind][str(key)] for kind in KINDS if str(key) in labels.get(kind, {})), str(key))


def chance(share: float) -> str:
    """A simulated probability in words: never certain, never impossible."""
    if share > 0.99:
        return _("more than 99%")
    return _("less than 1%") if share < 0.01 else percent(share, 0)


def gate_table(gated: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The five gates in words, with the reason of the first that fails."""
    states = {name: gated[name].map(named("states")) for name in GATES}
    why_not = [gate_reason(row, labels) for row in rows(gated)]
    return gated[["idea_id", "touchpoint"]].assign(**states, why_not=why_not)


def gate_reason(row: Mapping[str, Any], labels: Labels) -> str:
    """Why an idea failed, in words."""
    subject = ", ".join(label_of(labels, key.strip()) for key in row["reason_detail"].split(";"))
    return named("reasons").get(row["reason"], "").format(x=subject)


def kano_table(kano: pd.DataFrame) -> pd.DataFrame:
    """The categories for reading: idea_id, what it is, what is next, how sure, shares pleased and missed, n."""
    shown = {"idea_id": "idea_id", "category": "what_it_is", "second": "next", "verdict": "how_sure"}
    shown |= {"better": "pleased_share", "worse": "missed_share", "n": "n"}
    categories = {name: kano[name].map(named("categories")) for name in ("category", "second")}
    certain = kano["verdict"].map(named("certainty"))
    return kano.assign(**categories, verdict=certain)[list(shown)].rename(columns=shown)


def kano_words(kano: pd.DataFrame) -> pd.DataFrame:
    """The categories with their word, for the picture (column word)."""
    first, second = (kano[name].map(named("categories")) for name in ("category", "second"))
    return kano.assign(word=first.mask(kano["verdict"].eq("mixed"), first + " / " + second))


def case_table(cases: pd.DataFrame) -> pd.DataFrame:
    """The business case of each experience, with its quantiles by their names."""
    shown = {"idea_id": "idea_id", "step": "step", "low": "p10_money", "estimate": "p50_money", "high": "p90_money"}
    shown |= {"p_positive_share": "pays_with_probability_share", "investment_money": "investment_money"}
    shown |= {
        "payback_months": "payback_months",
        "effect_likely": "assumed_effect",
        "breakeven_share": "breakeven_effect",
    }
    points = {
        name: cases[name].map(lambda effect: gap_words(effect, "share"))
        for name in ("effect_likely", "breakeven_share")
    }
    table = cases.assign(**points)[list(shown)].rename(columns=shown)
    return table.sort_values("p50_money", ascending=False, ignore_index=True)


def assumptions(terms: Terms, ideas: pd.DataFrame) -> pd.DataFrame:
    """What the calculation takes for granted, printed: assumption, value, source."""
    pair, brief = _("Correlation of {a} and {b}"), _("brief")
    judged = _("{n} judgements: low, likely, high").format(n=number(len(ideas), 0))
    lines = [
        (_("Horizon"), _("{n} months").format(n=number(terms.horizon_months, 0)), brief),
        (_("Discount rate"), percent(terms.discount_rate), brief),
        (_("Months until an experience works in full"), number(terms.ramp_months, 0), _("convention")),
        (_("Correlation between the effects"), number(terms.correlation), _("brief, else convention")),
        *((pair.format(a=a, b=b), number(value), brief) for a, b, value in terms.pairs),
        (_("Costs against plan"), _("−10% … +30%"), _("convention (Flyvbjerg 2006)")),
        (_("Effects"), judged, _("ideas")),
    ]
    return pd.DataFrame(lines, columns=["assumption", "value", "source"])


def reach_table(reached: pd.DataFrame) -> pd.DataFrame:
    """Whom each idea reaches, in words."""
    shown = ["idea_id", "step", "n_met", "met_share", "offered_share", "capacity_share", *TIDY]
    return reached.assign(through=reached["how"].map(named("hows")))[[*shown[:2], "through", *shown[2:]]]


def option_table(options: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The portfolios in words; no row when there is nothing but doing nothing, which is then not known to be worth 0."""
    held = options if options["n_experiences"].gt(0).any() else options.head(0)
    ideas = [[label_of(labels, key) for key in cell.split(";") if key] for cell in held["experiences"]]
    return held[["investment_money"]].assign(
        experiences=["; ".join(names) or _("do nothing") for names in ideas],
        p10_money=held["low"],
        p50_money=held["estimate"],
        p90_money=held["high"],
        pays_with_probability=held["p_positive_share"].map(chance),
        unbroken_path=held["path"].map({True: _("yes"), False: _("no")}).where(held["n_experiences"].gt(0), ""),
        best_in_share=held["best_share"],
    )


def name_drivers(tornado: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """The tornado with its drivers in words (column label)."""
    words, effect = named("drivers"), _("Effect: {name}")
    drivers = [(key, key.partition(":")[2]) for key in tornado["driver"]]
    return tornado.assign(label=[words.get(key) or effect.format(name=label_of(labels, idea)) for key, idea in drivers])


def promise_table(promises: pd.DataFrame) -> pd.DataFrame:
    """What can be promised at each moment, in words."""
    shown = promises.rename(columns={"promise": "promise_score", "expected": "expected_score"}).drop(columns="verdict")
    return shown.assign(can_it_be_promised=promises["verdict"].map(named("promises")))


def interaction_table(tests: pd.DataFrame) -> pd.DataFrame:
    """The tests for reading: grouping, n_groups, p_value as a number, n, verdict."""
    grouping = tests["grouping"].map(named("groupings"))
    shown = tests.assign(grouping=grouping, p_of_no_difference=tests["p_value"].map(number))
    return shown[["grouping", "n_groups", "p_of_no_difference", "n", "verdict"]]


def registration_table(rulers: pd.DataFrame) -> pd.DataFrame:
    """Candidate metrics side by side, each amount in its own unit."""
    lines = [
        {
            "metric": metric_name(row["metric"]),
            "baseline": quantity(row["baseline"], row["unit"]),
            "effect_worth_having": gap_words(row["minimum_effect"], row["unit"]),
            "effect_assumed": gap_words(row["promised_effect"], row["unit"]),
            "effect_that_could_be_shown": gap_words(row["detectable"], row["unit"]),
            "n_needed_per_arm": row["n_needed"],
        }
        for row in rows(rulers)
    ]
    return pd.DataFrame(lines)


def canvas_table(chosen: pd.DataFrame, promises: pd.DataFrame, coverage: pd.DataFrame, labels: Labels) -> pd.DataFrame:
    """One row per chosen experience, one column per question of the canvas, in words."""
    level = promises.set_index("touchpoint")["promise"].to_dict()
    lines = [
        {
            "idea_id": row["idea_id"],
            _("Moment"): label_of(labels, row["touchpoint"]),
            _("Channel"): label_of(labels, row["channel"]),
            _("It makes customers feel"): row["emotion"],
            _("So that they"): row["action"],
            _("Promise kept today"): number(level.get(row["touchpoint"]), 1),
            _("It has to exceed"): number(row["expects_score"], 1),
            _("Leads on to"): _leads_on_to(row["step"], chosen, coverage, labels),
            _("Cost once; a month"): f"{money(row['cost_once'])}; {money(row['cost_monthly'])}",
            _("Assumed uplift"): " · ".join(
                gap_words(row[f"effect_{end}"], "share") for end in ("low", "likely", "high")
            ),
        }
        for row in rows(chosen.fillna({"channel": ""}))
    ]
    return pd.DataFrame(lines)


def _leads_on_to(step: str, chosen: pd.DataFrame, coverage: pd.DataFrame, labels: Labels) -> str:
    """The first experience at a later step of the corridor, or the objective."""
    place = coverage.set_index("step")["position"].to_dict()
    later = chosen.assign(place=chosen["step"].map(place))
    ahead = later[later["place"].gt(place.get(step, float("inf")))].sort_values("place", kind="stable")
    return label_of(labels, ahead["idea_id"].iloc[0]) if len(ahead) else _("the objective")
