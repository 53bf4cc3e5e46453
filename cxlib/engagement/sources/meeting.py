"""Whether tables fit the brief and each other: keys, periods, order, funnel, benchmarks. Questions only; nothing is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pandas as pd

from cxlib.engagement.brief import Brief
from cxlib.engagement.sources.links import LINKS
from cxlib.engagement.sources.scales import about_overall, about_scales
from cxlib.engagement.tables import CONTRACTS
from cxlib.engagement.tables.question import Question
from cxlib.engagement.tables.report import examples_of
from cxlib.errors import nearest
from cxlib.language import _, is_translated, number

Tables = Mapping[str, pd.DataFrame]
_QUIET_DAYS = 45  # an extract that ends longer before as_of than this was cut at another date


def cross_questions(tables: Tables, brief: Brief) -> list[Question]:
    """What tables say of each other and of the brief, without the questions that the brief has confirmed."""
    checks: tuple[Callable[[Tables, Brief], Iterator[Question]], ...] = (
        lambda tables, brief: about_scales(tables["responses"], brief),
        lambda tables, brief: about_overall(tables["responses"], brief),
        _promises,
        _benchmarks,
        _growth,
        _leaving,
        _low_above_high,
        _two_keys,
        _keys_apart,
        _periods_apart,
        _ends_early,
        _outside_funnel,
        _unknown_choices,
        _brief_language,
    )
    found = [question for check in checks for question in check(tables, brief)]
    confirmed = set(brief.confirmed)
    for name, sources in brief.tables.items():
        for source in sources:
            confirmed |= {f"{name}/{kind}" for kind in source.confirmed}
    return [one for one in found if one.kind not in confirmed and f"{one.table}/{one.kind}" not in confirmed]


def _ask(
    brief: Brief, kind: str, table: str, what: str, *choices: str, n: int = 0, column: str = "", changes: bool = True
) -> Question:
    return Question(
        kind,
        brief.where("tables", table) if table else brief.where(column),
        what,
        (*choices, f"confirmed: [{kind}]"),
        choices[0] if choices else "",
        table,
        column,
        n,
        changes,
    )


def _promises(tables: Tables, brief: Brief) -> Iterator[Question]:
    """Scores that ideas promise, off the scale on which expectation is asked."""
    scores = tables["ideas"]["expects_score"].dropna()
    low, high = brief.scale("expectation")
    off = scores[(scores < low) | (scores > high)]
    if len(off):
        told = _("{n} promised scores lie off the scale {low:g}–{high:g}: {seen}")
        what = told.format(n=number(len(off)), low=low, high=high, seen=", ".join(f"{score:g}" for score in off[:3]))
        choice = "scales: {expectation: [" + _("lowest, highest") + "]}"
        yield _ask(brief, "promise_scale", "ideas", what, choice, n=len(off), column="expects_score")


def _benchmarks(tables: Tables, brief: Brief) -> Iterator[Question]:
    """Figures of others that are written in another unit than that of their metric."""
    for row in tables["benchmarks"].itertuples():
        metric, value = str(row.metric), float(str(row.value))
        if metric == "nps":
            low, high, odd = -100.0, 100.0, 0 < abs(value) <= 1
        elif metric in CONTRACTS["responses"].column("question").allowed:
            low, high, odd = *brief.scale(metric), False
        elif metric in ("conversion", "retention", "share"):
            low, high, odd = 0.0, 1.0, False
        else:
            continue
        if odd or not low <= value <= high:
            told = _("{name} has {metric} {value:g}, which is told from {low:g} to {high:g}")
            what = told.format(name=row.name, metric=metric, value=value, low=low, high=high)
            factor = 100 if odd else 0.01
            choice = _("value: {value:g}, if it was {given:g} of hundred", value=value * factor, given=value)
            if metric not in ("nps", "conversion", "retention", "share"):
                share = low + (high - low) * value / 100
                choice = _("the figure on the scale asked here ({value:g} if {given:g} of 100 was meant)")
                choice = choice.format(value=share, given=value)
            yield _ask(brief, "benchmark_scale", "benchmarks", what, choice, n=1, column="value")


def _growth(tables: Tables, brief: Brief) -> Iterator[Question]:
    growth = brief.objective.target_growth
    if growth is not None and abs(growth) > 1:
        what = _("target_growth {growth:g} is {percent:,.0f} % a year", growth=growth, percent=growth * 100)
        choice = f"target_growth: {growth / 100:g}"
        place = brief.where("objective", "target_growth")
        yield Question("growth", place, what, (choice, "confirmed: [growth]"), choice)


def _leaving(tables: Tables, brief: Brief) -> Iterator[Question]:
    customers = tables["customers"]
    wrong = customers["left_on"] < customers["since_on"]
    if wrong.any():
        told = _("{n} customers left before they joined: {seen}")
        what = told.format(n=number(int(wrong.sum())), seen=", ".join(examples_of(customers["customer_id"][wrong])))
        choices = (_("swap the two columns under `columns`"), _("correct `dates`"))
        yield _ask(brief, "leaves_before_joining", "customers", what, *choices, n=int(wrong.sum()), column="left_on")


def _low_above_high(tables: Tables, brief: Brief) -> Iterator[Question]:
    for name, stem in (("ideas", "effect"), ("tasks", "days")):
        table = tables[name]
        low, likely, high = (table[f"{stem}_{part}"] for part in ("low", "likely", "high"))
        wrong = (low > likely) | (likely > high)
        if wrong.any():
            keys = table.loc[wrong, CONTRACTS[name].key[0]]
            what = _("{n} rows whose low, likely and high do not rise: {seen}")
            what = what.format(n=number(int(wrong.sum())), seen=", ".join(examples_of(keys)))
            yield _ask(
                brief, "low_above_high", name, what, _("correct the rows"), n=int(wrong.sum()), column=f"{stem}_low"
            )


def plain_key(keys: pd.Series[str]) -> pd.Series[str]:
    """Keys as a person would call the same: without case, blanks, leading zeros and a spreadsheet's `.0`."""
    bare = keys.str.strip().str.casefold().str.replace(r"[\s_-]", "", regex=True)
    return bare.str.replace(r"\.0$", "", regex=True).str.replace(r"^0+(?=.)", "", regex=True)


def _two_keys(tables: Tables, brief: Brief) -> Iterator[Question]:
    """Customers whose keys differ only in how they are written."""
    keys = tables["customers"]["customer_id"]
    plain = plain_key(keys)
    double = plain.duplicated(keep=False) & (keys != "")
    if double.any():
        n = int(double.sum() - plain[double].nunique())
        seen = ", ".join(examples_of(keys[double].loc[plain[double].sort_values().index]))
        what = _("{n} customers bear the key of another one in other letters: {seen}", n=number(n), seen=seen)
        choice = _("write each key in one way")
        yield _ask(brief, "one_person_two_keys", "customers", what, choice, n=n, column="customer_id")


def _keys_apart(tables: Tables, brief: Brief) -> Iterator[Question]:
    """Keys of one table that are all, or nearly all, unknown to the table they name."""
    for column, target in LINKS.items():
        (name, own), (other, key) = column.split("."), target.split(".")
        if not len(tables[name]) or not len(tables[other]):
            continue
        keys, known = tables[name][own], tables[other][key]
        keys = keys[keys != ""]
        unknown = keys[~keys.isin(known)]
        if not len(keys) or ";" in "".join(keys.head(50)) or not len(unknown):
            continue
        same = plain_key(unknown).isin(plain_key(known))
        if same.any():
            kind, n = "one_person_two_keys", int(same.sum())
            what = _("{n} keys are in {table} in other letters only: {seen}")
            what = what.format(n=number(n), table=other, seen=", ".join(examples_of(unknown[same])))
            yield _ask(brief, kind, name, what, _("write each key in one way"), n=n, column=own)
        elif len(unknown) == len(keys):
            what = _("none of {n} keys is in {table}: {seen}, there {others}")
            seen, others = ", ".join(examples_of(unknown)), ", ".join(examples_of(known))
            what = what.format(n=number(len(keys)), table=other, seen=seen, others=others)
            choice = f"columns: {{{own}: " + _("the column that holds the same keys") + "}"
            yield _ask(brief, "periods_apart", name, what, choice, n=len(keys), column=own)


def _spans(tables: Tables) -> dict[str, tuple[pd.Timestamp, pd.Timestamp]]:
    """First and last day of the tables that tell what happened."""
    found = {}
    for name in ("interactions", "transactions", "responses"):
        times = tables[name][CONTRACTS[name].time].dropna()
        if len(times):
            found[name] = (times.min(), times.max())
    return found


def _periods_apart(tables: Tables, brief: Brief) -> Iterator[Question]:
    spans = _spans(tables)
    names = list(spans)
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            (first, last), (start, end) = spans[one], spans[other]
            if last < start or end < first:
                told = _(
                    "{one} ({first:%Y-%m-%d} to {last:%Y-%m-%d}) and {other} ({start:%Y-%m-%d} to {end:%Y-%m-%d}) never meet"
                )
                what = told.format(one=one, first=first, last=last, other=other, start=start, end=end)
                yield _ask(
                    brief,
                    "periods_apart",
                    other,
                    what,
                    _("export both for the same period"),
                    column=CONTRACTS[other].time,
                )


def _ends_early(tables: Tables, brief: Brief) -> Iterator[Question]:
    """Extracts that end long before as_of: the time after them would look like customers who do not come."""
    as_of = pd.Timestamp(brief.as_of)
    for name, (_first, last) in _spans(tables).items():
        quiet = (as_of - last).days
        outside = last < pd.Timestamp(brief.period.start)
        if outside or (quiet > _QUIET_DAYS and name != "responses"):
            told = _("the last row is of {last:%Y-%m-%d}, {n} days before as_of ({as_of:%Y-%m-%d})")
            what = told.format(last=last, n=number(quiet), as_of=as_of)
            yield _ask(
                brief,
                "ends_before_as_of",
                name,
                what,
                f"as_of: {last:%Y-%m-%d}",
                column=CONTRACTS[name].time,
                changes=outside,
            )


def _outside_funnel(tables: Tables, brief: Brief) -> Iterator[Question]:
    buyers, met = tables["transactions"]["customer_id"], tables["interactions"]["customer_id"]
    if not len(buyers) or not len(met):
        return
    strangers = buyers[~buyers.isin(met)].drop_duplicates()
    n, n_all = len(strangers), buyers.nunique()
    if n:
        told = _("{n} of {all} buyers have no contact in interactions, so the funnel does not see them: {seen}")
        what = told.format(n=number(n), all=number(n_all), seen=", ".join(examples_of(strangers)))
        choice = _("add the contacts of these buyers (store, telephone)")
        yield _ask(brief, "outside_funnel", "transactions", what, choice, n=n, column="customer_id", changes=False)


def _unknown_choices(tables: Tables, brief: Brief) -> Iterator[Question]:
    """Experiences, touchpoints and segments that a choice, an idea or a capability names and nothing else knows."""
    ideas = list(tables["ideas"]["idea_id"])
    for stage, choice in brief.choices.items():
        for key, given in choice.picked.items():
            known = ideas if key in ("experiences", "experience", "idea", "ideas") and ideas else []
            for name in given if isinstance(given, list | tuple) else [given]:
                if known and str(name) not in known:
                    told = _("choices.{stage}.{key}: '{name}' is not among the ideas{near} Known: {known}.")
                    near = nearest(str(name), known) or "."
                    what = told.format(stage=stage, key=key, name=name, near=near, known=", ".join(known[:12]))
                    guess = nearest(str(name), known).partition("'")[2].rstrip("'?") or known[0]
                    yield Question(
                        "mapping", brief.where("choices", stage, key), what, (f"{key}: [{guess}]",), f"{key}: [{guess}]"
                    )


def _brief_language(tables: Tables, brief: Brief) -> Iterator[Question]:
    if not is_translated(brief.lang):
        what = _("lang: {lang} has no translation yet; pages are in English, numbers and dates as in {locale}")
        what = what.format(lang=brief.lang, locale=brief.locale)
        yield Question(
            "language",
            brief.where("lang"),
            what,
            ("lang: en", "confirmed: [language]"),
            "lang: en",
            changes_numbers=False,
        )
