"""The one chart a stage deserves on a slide, as plain data: categories, series, intervals, n; drawn natively by `pptx`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from cxlib.exports.book import Book
from cxlib.exports.case import case_of
from cxlib.exports.cells import money_code
from cxlib.language import _, day, number
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
    source: str
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
    """Return the chart of a stage; None when the stage left nothing to draw."""
    drawn = _CHARTS[stage](book)
    return drawn if drawn is not None and drawn.categories and drawn.series else None


def _objective(book: Book) -> Chart | None:
    """The objective by month, and where it has to go."""
    table = book.told(book.kept(1, "baseline", "period_on", "observed_money", "n"))
    target, names = book.received.fact("1.target"), [_month(on) for on in table["period_on"]]
    series = [Series(_("Observed"), _values(table, "observed_money"))]
    if isinstance(target.value, int | float):
        series.append(Series(_("Target"), (float(target.value),) * len(table), quiet=True))
    return Chart("line", _("The objective by month, in money"), tuple(names), tuple(series), money_code(), _n(table))


def _segments(book: Book) -> Chart | None:
    """What each segment brings a year."""
    table = book.told(book.kept(2, "scorecard", "segment", "measure", "estimate", "low", "high", "n"))
    table = table[table["measure"].eq("segment_value")].sort_values("estimate", ascending=False).head(MOST)
    chosen = str(book.received.choice(2).get("segment", ""))
    return _bars(
        book,
        table,
        _("What each segment brings a year"),
        "segment",
        "segment",
        money_code(),
        marked=table["segment"].eq(chosen),
    )


def _funnel(book: Book) -> Chart | None:
    """Conversion against its benchmark, step by step."""
    table = book.kept(3, "steps", "step", "n", "estimate", "low", "high", "benchmark_share", "role")
    table = book.told(table.dropna(subset=["estimate"]))
    drawn = _bars(
        book,
        table,
        _("Share of those at a step who go on to the next"),
        "step",
        "step",
        "0%",
        marked=table["role"].eq("stall"),
    )
    benchmark = Series(_("Benchmark"), _values(table, "benchmark_share"), quiet=True)
    return Chart(**{**vars(drawn), "series": (*drawn.series, benchmark)}) if len(table) else None


def _moments(book: Book) -> Chart | None:
    """How much of satisfaction each touchpoint explains."""
    table = book.told(book.kept(4, "touchpoints", "touchpoint", "importance", "importance_low", "importance_high", "n"))
    table = table.rename(columns={"importance": "estimate", "importance_low": "low", "importance_high": "high"})
    table = table.dropna(subset=["estimate"]).sort_values("estimate", ascending=False).head(MOST)
    moments = {str(key).partition(":")[0] for key in book.received.choice(4).get("moments", [])}
    return _bars(
        book,
        table,
        _("Share of satisfaction that each touchpoint explains (LMG, with 95% intervals)"),
        "touchpoint",
        "touchpoint",
        "0%",
        marked=table["touchpoint"].isin(moments),
    )


def _expectations(book: Book) -> Chart | None:
    """Expected, lived, remembered at each moment."""
    table = book.told(book.kept(5, "expectations", "touchpoint", "expectation", "lived", "memory"))
    names = {"expectation": _("Expected"), "lived": _("Lived"), "memory": _("Remembered")}
    series = [
        Series(words, _values(table, name), quiet=name == "memory") for name, words in names.items() if name in table
    ]
    return Chart(
        "column",
        _("Expected, lived and remembered, of ten"),
        _named(book, "touchpoint", table["touchpoint"]),
        tuple(series),
        "0.0",
        "",
    )


def _channels(book: Book) -> Chart | None:
    """How many customers use a channel at each moment."""
    table = book.told(book.kept(6, "channels", "moment", "channel", "state", "customer_fit"))
    wide = table.pivot_table(index="channel", columns="moment", values="customer_fit", sort=False, observed=True)
    moments = _named(book, "touchpoint", list(wide.columns))
    series = [Series(name, _values(wide, key)) for name, key in zip(moments, wide.columns, strict=True)]
    return Chart(
        "column",
        _("Share of customers who use a channel, by moment"),
        _named(book, "channel", wide.index),
        tuple(series),
        "0%",
        "",
    )


def _value(book: Book) -> Chart | None:
    """Cumulative discounted value with its P10 and P90."""
    case = case_of(book)
    table = business_case.fan(case.chosen, terms=case.terms)
    series = (
        Series("P50", _values(table, "estimate")),
        Series("P90", _values(table, "high"), quiet=True),
        Series("P10", _values(table, "low"), quiet=True),
    )
    return Chart(
        "line",
        _("Cumulative discounted value by month after launch"),
        tuple(str(m) for m in table["month"]),
        series,
        money_code(),
        _("Simulation of {n} draws; effects are judgements").format(n=number(case.terms.draws, 0)),
    )


def _readiness(book: Book) -> Chart | None:
    """Share of checks passed at each gate."""
    table = book.kept(8, "readiness", "name", "estimate", "n").dropna(subset=["estimate"])
    return _bars(
        book,
        table,
        _("Share of checks passed, by gate"),
        "name",
        "",
        "0%",
        marked=table["estimate"].eq(table["estimate"].min()) & table["estimate"].lt(1),
    )


def _returns(book: Book) -> Chart | None:
    """Return needed, promised, realised."""
    names = {"return_needed": _("Needed to pay"), "return_promised": _("Promised"), "return_realised": _("Realised")}
    facts = {words: book.received.fact(f"9.{name}") for name, words in names.items()}
    known = {words: fact for words, fact in facts.items() if fact.known}
    return (
        Chart(
            "column",
            _("Return on the pilot's customers, with its interval"),
            tuple(known),
            (
                Series(
                    _("Return"),
                    tuple(f.number() for f in known.values()),
                    tuple(f.low for f in known.values()),
                    tuple(f.high for f in known.values()),
                ),
            ),
            money_code(),
            _fact_n(known.values()),
            frozenset({len(known) - 1}),
        )
        if known
        else None
    )


def _control(book: Book) -> Chart | None:
    """The control chart of the objective."""
    table = book.kept(10, "charts", "metric", "period_on", "estimate", "centre", "lower", "upper", "letters", "n")
    table = book.told(table[table["metric"].eq(table["metric"].iloc[0])] if len(table) else table)
    series = (
        Series(_("Observed"), _values(table, "estimate")),
        Series(_("Centre"), _values(table, "centre"), quiet=True),
        Series(_("Lower limit"), _values(table, "lower"), quiet=True),
        Series(_("Upper limit"), _values(table, "upper"), quiet=True),
    )
    money = bool(len(table)) and str(table.get("unit", pd.Series([""])).iloc[0]) == "money"
    what = str(table["metric"].iloc[0]).replace("_", " ") if len(table) else ""
    return Chart(
        "line",
        _("Control chart: {metric}, by period").format(metric=_(what)),
        tuple(day(on) for on in table["period_on"]),
        series,
        money_code() if money else "General",
        _n(table),
    )


_CHARTS: dict[int, Callable[[Book], Chart | None]] = {
    1: _objective,
    2: _segments,
    3: _funnel,
    4: _moments,
    5: _expectations,
    6: _channels,
    7: _value,
    8: _readiness,
    9: _returns,
    10: _control,
}


def _bars(
    book: Book, table: pd.DataFrame, title: str, column: str, kind: str, code: str, *, marked: pd.Series[bool]
) -> Chart:
    """Horizontal bars of a tidy table, with intervals."""
    has = {"low", "high"} <= set(table.columns)
    ends = (_values(table, "low"), _values(table, "high")) if has else ((), ())
    names = _named(book, kind, table[column]) if kind else tuple(str(name) for name in table[column])
    places = frozenset(place for place, on in enumerate(marked) if on)
    return Chart(
        "bar", title, names, (Series(_("Estimate"), _values(table, "estimate"), *ends),), code, _n(table), places
    )


def _values(table: pd.DataFrame, name: object) -> tuple[float | None, ...]:
    """A column as floats, None where it is not known."""
    return tuple(None if value != value or value is None else float(value) for value in table[name])


def _named(book: Book, kind: str, codes: object) -> tuple[str, ...]:
    """The labels of some codes."""
    return tuple(book.labels.get(kind, {}).get(str(code), str(code)) for code in codes)  # type: ignore[attr-defined]


def _n(table: pd.DataFrame) -> str:
    """The n of a chart: one number, or the smallest and the largest."""
    known = table["n"].dropna() if "n" in table else pd.Series(dtype=float)
    if known.empty:
        return ""
    low, high = number(known.min(), 0), number(known.max(), 0)
    return f"n = {low}" if low == high else f"n = {low} … {high}"


def _fact_n(facts: object) -> str:
    """The n of some facts."""
    known = [fact.n for fact in facts if fact.n]  # type: ignore[attr-defined]
    return f"n = {number(max(known), 0)}" if known else ""


def _month(on: object) -> str:
    """A period by its first day, short."""
    return pd.Timestamp(on).strftime("%Y-%m")  # type: ignore[arg-type]


def _told(value: float, code: str) -> str:
    """A value of a chart in words."""
    from cxlib.language import money, percent

    return percent(value) if code == "0%" else number(value) if code in ("0.0", "General") else money(value)
