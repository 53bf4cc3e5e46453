"""The one chart a stage deserves on a slide, as plain data: categories, series, intervals, n; drawn natively by `pptx`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cxlib.chain import moments_of
from cxlib.exports.book import Book
from cxlib.exports.case import case_of
from cxlib.exports.cells import money_code
from cxlib.language import _, day, money, number, percent, unknown
from cxlib.stages.design import business_case

MOST = 12  # bars that a slide can label


@dataclass(frozen=True)
class Series:
    """One series: a value a category (None: not known), and the ends of its intervals where there are any."""

    name: str
    values: tuple[float | None, ...]
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    quiet: bool = False  # drawn thin and grey: a limit, a benchmark


@dataclass(frozen=True)
class Chart:
    """A chart: kind (bar | column | line), what it shows in words, its number format, and where it comes from."""

    kind: str
    title: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    code: str
    source: str = ""
    marked: frozenset[int] = field(default_factory=frozenset)  # categories drawn in the accent colour

    @property
    def alt(self) -> str:
        """What the chart shows, with its numbers, for those who cannot see it."""
        first = self.series[0]
        told = [
            f"{name} {_told(value, self.code)}"
            for name, value in zip(self.categories, first.values, strict=True)
            if value is not None
        ]
        some = [*told[:5], "…", *told[-1:]] if len(told) > 6 else told
        return f"{self.title}. {first.name}: {'; '.join(some)}."[:500]


def chart_of(book: Book, stage: int) -> Chart | None:
    """The chart of a stage; None when the stage left nothing to draw."""
    drawn = _CHARTS[stage - 1](book)
    return drawn if drawn.categories and drawn.series else None


def _objective(book: Book) -> Chart:
    """The objective by month, and where it has to go."""
    table = book.told(book.kept(1, "baseline", "period_on", "observed_money", "n"))
    target, months = book.received.fact("1.target").value, (f"{on:%Y-%m}" for on in table["period_on"])
    series = _series(table, {"observed_money": _("Observed")})
    if isinstance(target, int | float):
        series = (*series, Series(_("Target"), (float(target),) * len(table), quiet=True))
    return Chart("line", _("The objective by month, in money"), tuple(months), series, money_code(), _n(table))


def _segments(book: Book) -> Chart:
    """What each segment brings a year."""
    table = book.told(book.kept(2, "scorecard", "segment", "measure", "estimate", "low", "high", "n"))
    table = table[table["measure"].eq("segment_value")].sort_values("estimate", ascending=False).head(MOST)
    chosen = table["segment"].eq(str(book.received.choice(2).get("segment", "")))
    names = _named(book, "segment", table["segment"])
    return _bars(table, _("What each segment brings a year"), names, money_code(), chosen)


def _funnel(book: Book) -> Chart:
    """Conversion against its benchmark, step by step."""
    table = book.kept(3, "steps", "step", "n", "estimate", "low", "high", "benchmark_share", "role")
    table = book.told(table.dropna(subset=["estimate"]))
    title, names = _("Share of those at a step who go on to the next"), _named(book, "step", table["step"])
    drawn = _bars(table, title, names, "0%", table["role"].eq("stall"))
    benchmark = _series(table, {"benchmark_share": _("Benchmark")}, ["benchmark_share"])
    return replace(drawn, series=(*drawn.series, *benchmark))


def _moments(book: Book) -> Chart:
    """How much of satisfaction each touchpoint explains."""
    ends = {f"importance_{end}": end for end in ("low", "high")}
    table = book.told(book.kept(4, "touchpoints", "touchpoint", "importance", *ends, "n"))
    table = table.rename(columns={"importance": "estimate", **ends})
    table = table.dropna(subset=["estimate"]).sort_values("estimate", ascending=False).head(MOST)
    moments = table["touchpoint"].isin(moments_of(book.received.choice(4)))
    title = _("Share of satisfaction that each touchpoint explains (LMG, with 95% intervals)")
    return _bars(table, title, _named(book, "touchpoint", table["touchpoint"]), "0%", moments)


def _expectations(book: Book) -> Chart:
    """Expected, lived, remembered at each moment."""
    table = book.told(book.kept(5, "expectations", "touchpoint", "expectation", "lived", "memory"))
    told = {"expectation": _("Expected"), "lived": _("Lived"), "memory": _("Remembered")}
    names, series = _named(book, "touchpoint", table["touchpoint"]), _series(table, told, ["memory"])
    return Chart("column", _("Expected, lived and remembered, of ten"), names, series, "0.0")


def _channels(book: Book) -> Chart:
    """How many customers use a channel at each moment."""
    table = book.told(book.kept(6, "channels", "moment", "channel", "state", "customer_fit"))
    wide = table.pivot_table(index="channel", columns="moment", values="customer_fit", sort=False, observed=True)
    moments = dict(zip(wide.columns, _named(book, "touchpoint", wide.columns), strict=True))
    title, names = _("Share of customers who use a channel, by moment"), _named(book, "channel", wide.index)
    return Chart("column", title, names, _series(wide, moments), "0%")


def _value(book: Book) -> Chart:
    """Cumulative discounted value with its P10 and P90."""
    case = case_of(book)
    table = business_case.fan(case.chosen, terms=case.terms)
    series = _series(table, {"estimate": "P50", "high": "P90", "low": "P10"}, ["high", "low"])
    source = _("Simulation of {n} draws; effects are judgements").format(n=number(case.terms.draws, 0))
    title = _("Cumulative discounted value by month after launch")
    return Chart("line", title, tuple(map(str, table["month"])), series, money_code(), source)


def _readiness(book: Book) -> Chart:
    """Share of checks passed at each gate."""
    table = book.kept(8, "readiness", "name", "estimate", "n").dropna(subset=["estimate"])
    passed = table["estimate"]
    least = passed.eq(passed.min()) & passed.lt(1)
    return _bars(table, _("Share of checks passed, by gate"), tuple(map(str, table["name"])), "0%", least)


def _returns(book: Book) -> Chart:
    """Return needed, promised, realised."""
    told = {"return_needed": _("Needed to pay"), "return_promised": _("Promised"), "return_realised": _("Realised")}
    facts = {words: book.received.fact(f"9.{name}") for name, words in told.items()}
    known = {words: fact for words, fact in facts.items() if fact.known}
    values, low, high = ([getattr(fact, name) for fact in known.values()] for name in ("value", "low", "high"))
    series = Series(_("Return"), tuple(map(float, values)), tuple(low), tuple(high))
    n = max((fact.n for fact in known.values() if fact.n), default=0)
    source, title = f"n = {number(n, 0)}" if n else "", _("Return on the pilot's customers, with its interval")
    return Chart("column", title, tuple(known), (series,), money_code(), source, frozenset({len(known) - 1}))


def _control(book: Book) -> Chart:
    """The control chart of the objective."""
    table = book.kept(
        10, "charts", "metric", "period_on", "estimate", "centre", "lower", "upper", "letters", "n", "unit"
    )
    metric, unit = table.iloc[0][["metric", "unit"]].astype(str) if len(table) else ("", "")
    table = book.told(table[table["metric"].eq(metric)])
    limits = {"centre": _("Centre"), "lower": _("Lower limit"), "upper": _("Upper limit")}
    series = _series(table, {"estimate": _("Observed"), **limits}, limits)
    title = _("Control chart: {metric}, by period").format(metric=_(metric.replace("_", " ")))
    code = money_code() if unit == "money" else "General"
    return Chart("line", title, tuple(map(day, table["period_on"])), series, code, _n(table))


_CHARTS: tuple[Callable[[Book], Chart], ...] = (
    _objective,
    _segments,
    _funnel,
    _moments,
    _expectations,
    _channels,
    _value,
    _readiness,
    _returns,
    _control,
)


def _bars(table: pd.DataFrame, title: str, names: tuple[str, ...], code: str, marked: pd.Series[bool]) -> Chart:
    """Horizontal bars of a tidy table, with intervals where it has any."""
    has = {"low", "high"} <= set(table.columns)
    low, high = (_values(table, end) if has else () for end in ("low", "high"))
    series = Series(_("Estimate"), _values(table, "estimate"), low, high)
    return Chart("bar", title, names, (series,), code, _n(table), frozenset(np.flatnonzero(marked).tolist()))


def _series(table: pd.DataFrame, columns: Mapping[str, str], quiet: Iterable[str] = ()) -> tuple[Series, ...]:
    """A series for each column that the table has, under its name in words."""
    found = ((column, words) for column, words in columns.items() if column in table)
    return tuple(Series(words, _values(table, column), quiet=column in quiet) for column, words in found)


def _values(table: pd.DataFrame, name: str) -> tuple[float | None, ...]:
    """A column as floats, None where it is not known."""
    return tuple(None if unknown(value) else float(value) for value in table[name])


def _named(book: Book, kind: str, codes: Iterable[object]) -> tuple[str, ...]:
    """The labels of some codes."""
    return tuple(book.labels.get(kind, {}).get(str(code), str(code)) for code in codes)


def _n(table: pd.DataFrame) -> str:
    """The n of a chart: one number, or the smallest and the largest; "" where none is known."""
    known = (
        sorted({number(n, 0): n for n in table["n"].dropna()}.items(), key=lambda one: one[1]) if "n" in table else []
    )
    return "n = " + " … ".join(dict.fromkeys((known[0][0], known[-1][0]))) if known else ""


def _told(value: float, code: str) -> str:
    """A value of a chart in words."""
    words = {"0%": percent, "0.0": number, "General": number}.get(code, money)
    return words(value)
