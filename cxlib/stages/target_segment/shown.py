"""The words of stage 2: names of segments made from what distinguishes them, features, rules, captions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from cxlib.language import _, interval, number, percent, quantity, unknown

Names = Mapping[str, str]


def segment_names(segments: Iterable[str], channels: Names) -> dict[str, str]:
    """Key → name of each segment, from the two things in which it differs most from everybody."""
    return {key: _segment_name(key, channels) for key in segments}


def feature_names(features: Iterable[str], channels: Names) -> dict[str, str]:
    """Feature → name, as a noun with its unit where it needs one."""
    known = {
        "recency_days": _("days since the last purchase"),
        "n_purchases": _("purchases"),
        "basket_money": _("revenue per purchase"),
        "n_contacts": _("contacts"),
        "n_touchpoints": _("touchpoints rated"),
    }
    names = {}
    for feature in features:
        stem, _sep, kind = feature.rpartition("_")
        shares = _("share of contacts: {channel}").format(channel=channels.get(stem, stem))
        scores = _("answer: {question}").format(question=stem)
        names[feature] = known.get(feature) or {"share": shares, "score": scores}.get(kind, feature)
    return names


def measure_names() -> dict[str, str]:
    """Measure or test → name."""
    return {
        "objective": _("helps the objective"),
        "opportunity": _("is an opportunity"),
        "fit": _("fits the brand"),
        "customer_value": _("value per member, a year"),
        "segment_value": _("value of the segment, a year"),
        "headroom": _("headroom, a year"),
        "growth": _("growth against the year before"),
        "need": _("members with an unmet need"),
    }


def worded(table: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """The table with features, tests, measures and attributes in words; segments are named by the stage."""
    shown = table.copy()
    if "feature" in shown:
        names = feature_names(shown["feature"].astype(str).unique(), channels)
        shown["feature"] = [names[str(feature)] for feature in shown["feature"]]
    measures = measure_names() | {"fit": _("fit to the brand")}
    for column, known in (("test", measure_names()), ("measure", measures)):
        if column in shown:
            shown[column] = [known.get(str(code), str(code)) for code in shown[column]]
    if "attribute" in shown:
        shown["attribute"] = [str(code).replace("_", " ") for code in shown["attribute"]]
    return shown


def profile_table(profile: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """The profile for people: a row a feature, a column a segment, and everybody."""
    if profile.empty:
        return profile
    shown = worded(profile, channels)
    order = list(dict.fromkeys(shown["feature"]))
    text = [quantity(value, unit) for value, unit in zip(shown["estimate"], shown["unit"], strict=True)]
    wide = shown.assign(text=text).pivot(index="feature", columns="segment", values="text").reindex(order)
    usual = shown.drop_duplicates("feature").set_index("feature")
    wide["everybody"] = [quantity(usual.loc[name, "everybody"], str(usual.loc[name, "unit"])) for name in order]
    return wide.rename_axis(columns=None).reset_index()


def traits_table(traits: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """The attributes for people: without those that a constructed segment was made from, and those of the unknown."""
    return worded(traits[(traits["estimate"] < 1) & (traits["segment"] != "inactive")], channels)


def named_columns(table: pd.DataFrame, names: Names) -> pd.DataFrame:
    """The table with segment keys in its column headers put into words."""
    return table.rename(columns={key: name for key, name in names.items() if key in table.columns})


def rules_table(rules: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """The rules for people: one line a segment, its conditions in words, how pure and how complete it is."""
    columns = ["segment", "rule", "estimate", "low", "high", "n", "unit", "covered_share"]
    rows = [
        [segment, rule_words(part, channels), *part[["estimate", "low", "high", "n", "unit", "covered_share"]].iloc[0]]
        for segment, part in rules.groupby("segment", sort=False)
    ]
    return pd.DataFrame(rows, columns=columns)


def rule_words(conditions: pd.DataFrame, channels: Names) -> str:
    """The conditions of one segment as one line: revenue per purchase at least €238; contacts at least 6."""
    return "; ".join(_condition(row, channels) for row in conditions.to_dict("records"))


def accuracy_table(accuracy: pd.DataFrame) -> pd.DataFrame:
    """The accuracies with the overall row named."""
    return accuracy.assign(segment=[name or _("all together") for name in accuracy["segment"]])


def model_table(models: Mapping[str, pd.DataFrame], staying: pd.DataFrame) -> pd.DataFrame:
    """The parameters of the models with a likelihood that is not flat, one row each."""
    named = {
        _("purchases (BG/NBD)"): models["buying"],
        _("spending (Gamma–Gamma)"): models["spending"],
        _("retention (sBG)"): staying,
    }
    known = [table.assign(model=name) for name, table in named.items() if len(table) and table["sound"].all()]
    columns = ["model", "parameter", "estimate", "low", "high", "n", "unit", "log_likelihood"]
    return pd.concat(known, ignore_index=True)[columns] if known else pd.DataFrame(columns=columns)


def ranged(table: pd.DataFrame) -> pd.DataFrame:
    """The table with low and high as the range of its replicates, which is no interval of an estimate."""
    if table.empty:
        return table
    pairs = zip(table["low"], table["high"], table["unit"], strict=True)
    shown = table.assign(replicates=[interval(low, high, str(unit)) for low, high, unit in pairs])
    if "null_low" in table:
        null = zip(table["null_low"], table["null_high"], table["unit"], strict=True)
        shown["without_groups"] = [interval(low, high, str(unit)) for low, high, unit in null]
    order = [
        "n_segments",
        "n_classes",
        "segment",
        "bic",
        "estimate",
        "replicates",
        "null_estimate",
        "without_groups",
        "excess",
        "excess_low",
        "smallest_share",
        "n",
        "unit",
        "natural",
        "stable",
    ]
    return shown[[name for name in order if name in shown]]


def mixture_table(table: pd.DataFrame) -> pd.DataFrame:
    """The other method, named."""
    return table.assign(method=_("Gaussian mixture"))


def rank_table(ranks: pd.DataFrame) -> pd.DataFrame:
    """Rank acceptability for people: a row a segment, a column a rank, the best first."""
    if ranks.empty:
        return ranks
    wide = ranks.pivot(index="segment", columns="rank", values="estimate")
    wide.columns = pd.Index([_("rank {n}").format(n=rank) for rank in wide.columns])
    order = ranks[ranks["rank"] == 1].sort_values("estimate", ascending=False)["segment"]
    shown = wide.map(percent).reindex(order)
    return shown.assign(n=ranks.drop_duplicates("segment").set_index("segment")["n"]).reset_index()


def scorecard_picture(scores: pd.DataFrame, ranking: pd.DataFrame) -> pd.DataFrame:
    """One row a ranked segment with what the bubble map needs: fit, opportunity, value, and the share it wins."""
    if ranking.empty:
        return ranking
    wide = scores.pivot(index="segment", columns="measure", values=["estimate", "low", "high"]).reindex(
        ranking["segment"]
    )
    money = "headroom" if wide["estimate", "headroom"].notna().any() else "need"
    return ranking[["segment", "estimate", "low", "high", "n", "unit"]].assign(
        fit=wide["estimate", "fit"].to_numpy(),
        opportunity_money=wide["estimate", money].to_numpy(),
        opportunity_unit="money" if money == "headroom" else "count",
        opportunity_low=wide["low", money].to_numpy(),
        opportunity_high=wide["high", money].to_numpy(),
        value_money=wide["estimate", "segment_value"].to_numpy(),
    )


def scores_table(scores: pd.DataFrame, sizes: pd.DataFrame, channels: Names) -> pd.DataFrame:
    """The scorecard for people: only segments that may be chosen and measures that are known; need only without money."""
    eligible = sizes.loc[sizes["eligible"].astype(bool), "segment"]
    known = scores[scores["segment"].isin(eligible) & scores["estimate"].notna()]
    if known["measure"].eq("headroom").any():
        known = known[known["measure"] != "need"]
    return worded(known.sort_values("segment", kind="stable"), channels)


def _segment_name(key: str, channels: Names) -> str:
    quarters = [
        _("quarter of the most value"),
        _("second quarter by value"),
        _("third quarter by value"),
        _("quarter of the least value"),
    ]
    if key.startswith("value-quarter-"):
        return quarters[int(key[-1]) - 1]
    if key == "inactive":
        return _("nothing known of them")
    if key.startswith("is-"):
        attribute, _sep, value = key.removeprefix("is-").partition("__")
        return f"{attribute.replace('_', ' ')}: {value.replace('-', ' ')}"
    return ", ".join(_part(part, channels) for part in key.split("__"))


def _part(part: str, channels: Names) -> str:
    level, _sep, stem = part.partition("-")
    words = {
        "high-basket": _("large baskets"),
        "low-basket": _("small baskets"),
        "high-purchases": _("buy often"),
        "low-purchases": _("buy seldom"),
        "high-contacts": _("many contacts"),
        "low-contacts": _("few contacts"),
        "high-recency": _("bought long ago"),
        "low-recency": _("bought lately"),
        "high-touchpoints": _("use much"),
        "low-touchpoints": _("use little"),
    }
    much = _("often {channel}") if level == "high" else _("seldom {channel}")
    scored = _("high {question}") if level == "high" else _("low {question}")
    place = channels.get(stem)
    return words.get(part) or (much.format(channel=place.lower()) if place else scored.format(question=stem))


def _condition(row: Mapping[Any, Any], channels: Names) -> str:
    feature = str(row["feature"])
    name, whole = feature_names([feature], channels)[feature], feature.startswith("n_") or feature.endswith("_days")
    least, below = row["at_least"], row["below"]
    if whole:
        least, below = (math.floor(cut) + 1 if not unknown(cut) else cut for cut in (least, below))
    unit = feature.rsplit("_", 1)[-1] if not whole else ""
    low, high = (quantity(cut, unit) if unit else number(cut, 0) for cut in (least, below))
    if unknown(below):
        return _("{what} at least {low}").format(what=name, low=low)
    if unknown(least):
        return _("{what} below {high}").format(what=name, high=high)
    return _("{what} from {low} to below {high}").format(what=name, low=low, high=high)
