"""The tables of stage 2 as people read them: names of segments, features and rules, codes in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from cxlib.facts import rows
from cxlib.language import _, interval, number, percent, quantity, unknown
from cxlib.stages.target_segment.behaviour import attributes
from cxlib.stages.target_segment.entry import SEPARATOR
from cxlib.stages.target_segment.lifetime_value import ValueAhead
from cxlib.stages.target_segment.segments import COLLECTED, INACTIVE, value_keys
from cxlib.stages.target_segment.vocabulary import VOCABULARY

Names = Mapping[str, str]

MOST_DISTINCT = 1000  # values of an attribute, beyond which it names nothing
RANGED = ["n_segments", "n_classes", "segment", "bic", "estimate", "replicates", "null_estimate", "without_groups"]
RANGED += ["excess", "excess_low", "smallest_share", "n", "unit", "natural", "stable"]


def words_of(kind: str) -> dict[str, str]:
    """Code → words of one kind: tests, measures, methods, checks, reasons …"""
    return {code: _(words) for code, words in VOCABULARY[kind].items()}


def segment_names(
    segments: Iterable[str], channels: Names, customers: pd.DataFrame, *, given: Names | None = None
) -> dict[str, str]:
    """Key → name of each segment: as people call it in the brief, else what sets it apart.

    given: the brief's segment_names, by the key or by the name it replaces; a value of an attribute keeps its spelling.
    """
    told, spelled = given or {}, _spelled(customers)
    names = {str(key): _segment_name(str(key), channels, spelled) for key in segments}
    return {key: told.get(key, told.get(name, name)) for key, name in names.items()}


def feature_name(feature: str, channels: Names) -> str:
    """A feature as a noun: revenue per purchase; share of contacts: Store."""
    stem, _sep, kind = feature.rpartition("_")
    known = words_of("features")
    return known.get(feature) or known.get(kind, feature).format(name=channels.get(stem, stem))


def worded(table: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """The table with features, tests, measures and attributes in words; segments are named by the stage."""
    shown = table.copy()
    if "feature" in shown:
        shown["feature"] = [feature_name(str(feature), channels) for feature in shown["feature"]]
    if "attribute" in shown:
        shown["attribute"] = shown["attribute"].astype(str).str.replace("_", " ")
    for column, kind in {"test": "tests", "measure": "measures", "method": "methods", "check": "checks"}.items():
        if column in shown:
            shown[column] = [words_of(kind).get(str(code), str(code)) for code in shown[column]]
    return shown


def profile_table(profile: pd.DataFrame, channels: Names, names: Names) -> pd.DataFrame:
    """The profile for people: a row a feature, a column a segment, and everybody."""
    if profile.empty:
        return profile
    shown = worded(profile, channels)
    shown["text"] = _quantities(shown, "estimate")
    shown["everybody"] = _quantities(shown, "everybody")
    wide = shown.pivot(index="feature", columns="segment", values="text").reindex(shown["feature"].unique())
    usual = shown.drop_duplicates("feature").set_index("feature")["everybody"]
    return wide.rename(columns=names).assign(everybody=usual).rename_axis(columns=None).reset_index()


def traits_table(traits: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """The attributes for people: without those that a constructed segment was made from, and those of the unknown."""
    kept = traits[(traits["estimate"] < 1) & (traits["segment"] != INACTIVE)]
    return worded(kept.drop(columns="telling"), channels)


def rules_table(rules: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """The rules for people: one line a segment, its conditions in words, how pure and how complete it is."""
    columns = ["segment", "rule", "estimate", "low", "high", "n", "unit", "covered_share"]
    told = {segment: rule_words(part, channels) for segment, part in rules.groupby("segment")}
    table = rules.drop_duplicates("segment")
    return table.assign(rule=table["segment"].map(told))[columns]


def rule_words(conditions: pd.DataFrame, channels: Names) -> str:
    """The conditions of one segment as one line: revenue per purchase at least €238; contacts at least 6."""
    return "; ".join(_condition(row, channels) for row in rows(conditions))


def accuracy_table(accuracy: pd.DataFrame) -> pd.DataFrame:
    """The accuracies with the overall row named."""
    return accuracy.assign(segment=accuracy["segment"].replace("", _("all together")))


def values_table(ahead: ValueAhead) -> pd.DataFrame:
    """Value ahead by segment, most first; the share still customers only where a model tells it."""
    columns = ["segment", "estimate", "low", "high", "n", "unit"]
    columns += ["alive_share"] * bool(ahead.values["alive_share"].notna().any())
    return ahead.values.sort_values("estimate", ascending=False)[columns]


def checks_table(ahead: ValueAhead) -> pd.DataFrame:
    """The ladder for people: what each model asks, what was found, whether that passes."""
    return worded(ahead.checks.drop(columns="verdict"), {})


def model_table(ahead: ValueAhead) -> pd.DataFrame:
    """The parameters of the models with a likelihood that is not flat, one row each."""
    names, columns = (
        words_of("models"),
        ["model", "parameter", "estimate", "low", "high", "n", "unit", "log_likelihood"],
    )
    known = [
        table.assign(model=names[key]) for key, table in ahead.models.items() if len(table) and table["sound"].all()
    ]
    return pd.concat(known, ignore_index=True)[columns] if known else pd.DataFrame(columns=columns)


def ranged(table: pd.DataFrame) -> pd.DataFrame:
    """The table with low and high as the range of its replicates, which is no interval of an estimate."""
    shown = table.copy()
    for column, prefix in {"replicates": "", "without_groups": "null_"}.items():
        if f"{prefix}low" in table:
            pairs = zip(table[f"{prefix}low"], table[f"{prefix}high"], table["unit"], strict=True)
            shown[column] = [interval(low, high, str(unit)) for low, high, unit in pairs]
    return shown[[name for name in RANGED if name in shown]]


def mixture_table(table: pd.DataFrame) -> pd.DataFrame:
    """The other method, named."""
    return table.assign(method=_("Gaussian mixture"))


def ranking_table(ranking: pd.DataFrame) -> pd.DataFrame:
    """The share of weightings each segment wins, and its scores in the three tests."""
    return ranking.drop(columns=["lead_low", "leads", "eligible", "behind", "n_tests"])


def rank_table(ranks: pd.DataFrame) -> pd.DataFrame:
    """Rank acceptability for people: a row a segment, a column a rank, the best first."""
    if ranks.empty:
        return ranks
    shown = ranks.assign(rank=[_("rank {n}").format(n=rank) for rank in ranks["rank"]])
    order = ranks[ranks["rank"] == 1].sort_values("estimate", ascending=False).set_index("segment")
    shares = shown.pivot(index="segment", columns="rank", values="estimate")[shown["rank"].unique().tolist()]
    told = shares.map(percent).reindex(order.index).rename_axis(columns=None)
    return told.assign(n=order["n"]).reset_index()


def scores_table(scores: pd.DataFrame, sizes: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """The scorecard for people: only segments that may be chosen and measures that are known; need only without money."""
    eligible = sizes.loc[sizes["eligible"].astype(bool), "segment"]
    known = scores[scores["segment"].isin(eligible) & scores["estimate"].notna()].drop(columns="verdict")
    if known["measure"].eq("headroom").any():
        known = known[known["measure"] != "need"]
    return worded(known.sort_values("segment", kind="stable"), channels)


def scorecard_picture(scores: pd.DataFrame, ranking: pd.DataFrame) -> pd.DataFrame:
    """One row a ranked segment with what the bubble map needs: fit, opportunity, value, and the share it wins."""
    if ranking.empty:
        return ranking
    by_measure = scores.set_index(["measure", "segment"])
    in_money = bool(by_measure.loc["headroom"]["estimate"].reindex(ranking["segment"]).notna().any())
    opportunity = by_measure.loc["headroom" if in_money else "need"].reindex(ranking["segment"])
    return ranking[["segment", "estimate", "low", "high", "n", "unit"]].assign(
        fit=ranking["segment"].map(by_measure.loc["fit"]["estimate"]),
        opportunity_money=opportunity["estimate"].to_numpy(),
        opportunity_unit="money" if in_money else "count",
        opportunity_low=opportunity["low"].to_numpy(),
        opportunity_high=opportunity["high"].to_numpy(),
        value_money=ranking["segment"].map(by_measure.loc["segment_value"]["estimate"]),
    )


def _quantities(table: pd.DataFrame, column: str) -> list[str]:
    return [quantity(value, str(unit)) for value, unit in zip(table[column], table["unit"], strict=True)]


def _spelled(customers: pd.DataFrame) -> dict[str, str]:
    """Key of each segment that an attribute can make → "attribute: value", the value as the client spells it."""
    values = {name: customers[name].dropna().astype(str).unique() for name in attributes(customers)}
    large = {name: [value for value in found if value] for name, found in values.items() if len(found) <= MOST_DISTINCT}
    return {
        key: f"{name.replace('_', ' ')}: {value}"
        for name, found in large.items()
        for key, value in value_keys(name, found).items()
    }


def _segment_name(key: str, channels: Names, spelled: Names) -> str:
    if key.startswith("is-"):
        return spelled.get(key, key.removeprefix("is-").replace("__", ": ").replace("_", " "))
    if key.startswith(COLLECTED):
        return _("{attribute}: all other values").format(attribute=key.removeprefix(COLLECTED).replace("_", " "))
    return ", ".join(_part(part, channels) for part in key.split("__"))


def _part(part: str, channels: Names) -> str:
    """One part of a segment's key: large baskets; often store; high overall."""
    level, _sep, stem = part.partition("-")
    known = words_of("parts").get(part)
    if known:
        return known
    kind, name = ("channels", channels[stem].lower()) if stem in channels else ("questions", stem)
    return words_of(kind).get(level, "{name}").format(name=name)


def _condition(row: Mapping[str, Any], channels: Names) -> str:
    feature, least, below = str(row["feature"]), row["at_least"], row["below"]
    if SEPARATOR in feature:  # a trait somebody has or has not
        attribute, value = feature.split(SEPARATOR, 1)
        words = _("{what}: {value}") if unknown(below) else _("{what}: not {value}")
        return words.format(what=feature_name(attribute, channels), value=channels.get(value, value))
    unit = feature.rsplit("_", 1)[-1]
    if feature.startswith("n_") or unit == "days":  # whole numbers: above 5.5 is at least 6
        low, high = (
            text if unknown(cut) else number(math.floor(cut) + 1, 0) for cut, text in ((least, ""), (below, ""))
        )
    else:
        low, high = quantity(least, unit), quantity(below, unit)
    name = feature_name(feature, channels)
    if unknown(below):
        return _("{what} at least {low}").format(what=name, low=low)
    if unknown(least):
        return _("{what} below {high}").format(what=name, high=high)
    return _("{what} from {low} to below {high}").format(what=name, low=low, high=high)
