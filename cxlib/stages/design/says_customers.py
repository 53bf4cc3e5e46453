"""What stage 7 says of customers: what an idea is to them, one design or several, and how many of those drawn will meet it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxlib.facts import Finding, cannot_tell, fact, finding
from cxlib.language import _, number
from cxlib.show.table import Labels
from cxlib.show.terms import gap_unit
from cxlib.stages.design.shown import label_of

GROUPINGS = ("segment", "household", "region", "age_band")


def category_words(category: str) -> str:
    """A Kano category in words a client knows."""
    return {
        "attractive": _("delights"),
        "one_dimensional": _("the more the better"),
        "must_be": _("taken for granted"),
        "indifferent": _("leaves cold"),
        "reverse": _("unwanted"),
        "": _("cannot tell"),
    }.get(category, category)


def verdict_words(verdict: str) -> str:
    """How far the first category may be believed."""
    return {
        "real": _("✓ stands apart"),
        "mixed": _("≈ mixed with the second"),
        "directional": _("→ a direction only"),
        "not understood": _("? question not understood"),
        "cannot tell": _("? too few answers"),
    }.get(verdict, verdict)


def kano_table(kano: pd.DataFrame) -> pd.DataFrame:
    """The categories for reading: idea_id, what_it_is, next, how_sure, pleased and missed with their interval, n."""
    shown = kano.assign(
        what_it_is=kano["category"].map(category_words),
        next=kano["second"].map(category_words),
        how_sure=kano["verdict"].map(verdict_words),
        pleased_share=kano["better"],
        missed_share=kano["worse"],
    )
    return shown[["idea_id", "what_it_is", "next", "how_sure", "pleased_share", "missed_share", "n"]]


def kano_words(kano: pd.DataFrame) -> pd.DataFrame:
    """The categories with their word, for the picture (column word)."""
    mixed = kano["verdict"].eq("mixed")
    both = kano["category"].map(category_words) + " / " + kano["second"].map(category_words)
    return kano.assign(word=kano["category"].map(category_words).mask(mixed, both))


def kano(kano: pd.DataFrame, taken: list[str], labels: Labels) -> Finding:
    """What customers take for granted, what delights them, and whether the design holds both."""
    known = kano[kano["verdict"].isin(["real", "directional", "mixed"])] if len(kano) else kano
    if known.empty:
        return cannot_tell(
            _("customers were not asked how they would feel with and without the ideas"),
            needs=_("a Kano survey of at least 30 customers"),
        )
    n = fact("7.n_kano", int(known["n"].max()))
    parts = []
    for category, template in (
        ("must_be", _("taken for granted: {names}")),
        ("attractive", _("delights: {names}")),
        ("indifferent", _("leaves cold: {names}")),
    ):
        ids = known.loc[known["category"].eq(category) & known["verdict"].ne("mixed"), "idea_id"]
        if len(ids):
            parts.append(template.format(names=", ".join(f"“{label_of(labels, key)}”" for key in ids)))
    said = finding(_("Of {n_kano} customers asked, {parts}."), n, parts="; ".join(parts) or _("no idea stands out"))
    cold = known[known["category"].eq("indifferent") & known["idea_id"].isin(taken) & known["verdict"].eq("real")]
    for key in cold["idea_id"]:
        said += finding(_("The design holds one that leaves customers cold: {name}."), name=label_of(labels, key))
    return said


def personal(tests: pd.DataFrame, effects: pd.DataFrame) -> Finding:
    """One design, unless the effect of a finished experiment is shown to differ between groups."""
    told = tests[tests["verdict"].ne("cannot tell")] if len(tests) else tests
    if told.empty:
        return finding(
            _(
                "One design for all: no finished experiment holds two groups that could be compared, so nothing shows "
                "that any group needs another."
            ),
            verdict="cannot tell",
        )
    real = told[told["verdict"].eq("real")]
    n = fact("7.n_interactions", len(real), n=int(told["n"].max()))
    if real.empty:
        return finding(
            _(
                "One design for all: in the experiment that is over, the effect is not shown to differ between groups "
                "({names}; smallest p {p}, {persons} customers)."
            ),
            n,
            names=_names(told),
            p=number(float(told["p_value"].min()), 2),
            persons=number(int(told["n"].max()), 0),
            verdict="not shown",
        )
    row = real.sort_values("p_value").iloc[0]
    inside = effects[effects["grouping"].eq(row["grouping"])].sort_values("estimate")
    return finding(
        _(
            "Different designs may pay: the effect differs between groups of {names}, least in {low} and most in "
            "{high}."
        ),
        n,
        names=_names(real),
        low=inside["group"].iloc[0],
        high=inside["group"].iloc[-1],
        verdict="real",
    )


def interaction_table(tests: pd.DataFrame) -> pd.DataFrame:
    """The tests for reading: grouping, n_groups, p_value as a number, n, verdict."""
    shown = tests.assign(grouping=tests["grouping"].map(_grouping), p_of_no_difference=tests["p_value"].map(number))
    return shown[["grouping", "n_groups", "p_of_no_difference", "n", "verdict"]]


def exposed(met: Mapping[str, Any], registration: pd.DataFrame, place: str) -> Finding:
    """How few of those drawn will meet the experience, and what that does to the effect worth having."""
    if not met or registration.empty:
        return cannot_tell(
            _("nobody recorded who meets the moment of the registered experience"),
            needs=_("interactions at that touchpoint"),
        )
    row, said = registration.iloc[0], pd.isna(met["n"])
    facts = (
        fact("7.met_share", met, grade="assumed" if said else ""),
        fact("7.minimum_effect_met", row["minimum_effect_met"], unit=gap_unit(str(row["unit"]))),
    )
    if not float(met["estimate"]) > 0:
        return finding(
            _(
                "Everybody drawn is measured, met or not; in as many days before, {met_share:full} met {place}. The "
                "effects are registered as if all did: a pilot among these customers will hardly show them."
            ),
            *facts,
            place=place,
        )
    if said and float(met["estimate"]) == 1:
        return finding(
            _(
                "Everybody drawn is measured, and the ideas table says that all of them meet the experience: the "
                "effects are registered as they are."
            ),
            *facts,
        )
    if said:
        return finding(
            _(
                "Everybody drawn is measured. By what the ideas table says {met_share} of them meet the experience, so "
                "the effect worth having on those who meet it, {minimum_effect_met}, is registered times that share."
            ),
            *facts,
        )
    return finding(
        _(
            "Everybody drawn is measured, met or not. In as many days before, {met_share:full} met {place}, so the "
            "effect worth having on those who meet it, {minimum_effect_met}, and the one assumed are registered "
            "times that share. Drawn only among customers about to meet it, the pilot would need far fewer."
        ),
        *facts,
        place=place,
    )


def mapped(shares: pd.DataFrame, file: Any) -> Finding:
    """How much of today's map is known, and who wrote the rest."""
    total = int(shares["n_cells"].sum())
    parts = dict(zip(shares["grade"], shares["share"].astype(float), strict=True))
    if total == 0:
        return cannot_tell(_("nothing is known of the journey"), needs=_("interactions, answers or a journey file"))
    facts = tuple(
        fact("7.map_{evidence}", parts[evidence], n=total, evidence=evidence)
        for evidence in ("measured", "observed", "assumed")
    )
    if not parts["measured"]:
        said = finding(
            _(
                "Nothing on today's map is measured: {map_assumed} of its {total} filled cells are assumed, the rest "
                "are records."
            ),
            *facts,
            total=number(total, 0),
            verdict="cannot tell",
        )
    else:
        said = finding(
            _(
                "Of the {total} filled cells of today's map {map_measured} are measured, {map_observed} are records or "
                "few observations, {map_assumed} are assumed."
            ),
            *facts,
            total=number(total, 0),
        )
    if file.by:
        said += finding(_("What is assumed was written by: {who}."), who=file.by)
    return said


def _names(tests: pd.DataFrame) -> str:
    return ", ".join(_grouping(str(name)) for name in tests["grouping"])


def _grouping(name: str) -> str:
    return {"segment": _("segment"), "household": _("household"), "region": _("region"), "age_band": _("age")}.get(
        name, name
    )
