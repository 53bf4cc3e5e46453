"""The table contracts: which columns a table has, what they hold, their unit, range and key. They know no files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "number", "date", "time"]
DTYPES: dict[Kind, str] = {"text": "str", "number": "float64", "date": "datetime64[us]", "time": "datetime64[us]"}


@dataclass(frozen=True)
class Column:
    """One column: kind, whether a row needs it, and what it may hold. `names` says whose keys it holds."""

    name: str
    about: str
    kind: Kind = "text"
    required: bool = False
    allowed: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    unit: str = ""
    default: str = ""
    names: Literal["", "touchpoint", "channel", "step"] = ""


@dataclass(frozen=True)
class Contract:
    """One table: its columns, its key, and the column that says when a row became known."""

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    time: str = ""

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that every row must fill."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """The column of this name; a further attribute is plain text."""
        return next((column for column in self.columns if column.name == name), Column(name, "further attribute"))


QUESTIONS = ("nps", "overall", "csat", "ces", "importance", "expectation", "memory")
_CUSTOMER = Column("customer_id", "the customer, the same in every table", required=True)
_RESPONDENT = Column("respondent_id", "who answered; equal to customer_id where it is known", required=True)
_TOUCHPOINT = Column("touchpoint", "key of a touchpoint of the brief", names="touchpoint")
_CHANNEL = Column("channel", "key of a channel of the brief", names="channel")
_YES = ("yes", "no", "unknown")
REPEATS = ("once", "weekly", "fortnightly", "monthly", "quarterly")


def _text(name: str, about: str, *, required: bool = False, allowed: tuple[str, ...] = (), default: str = "") -> Column:
    return Column(name, about, "text", required, allowed, default=default)


def _money(name: str, about: str, *, required: bool = False, low: float | None = None) -> Column:
    return Column(name, about, "number", required, low=low, unit="money")


def _when(name: str, about: str, *, required: bool = True) -> Column:
    return Column(name, about, "time" if name == "at" else "date", required)


def _number(
    name: str, about: str, unit: str, low: float, high: float | None = None, *, required: bool = True
) -> Column:
    return Column(name, about, "number", required, low=low, high=high, unit=unit)


def _must(column: Column) -> Column:
    return Column(column.name, column.about, column.kind, True, column.allowed, names=column.names)


_ALL = (
    Contract(
        "customers",
        "One row per customer; further text columns under `attributes`",
        (
            _CUSTOMER,
            _when("since_on", "first day as a customer", required=False),
            _when("left_on", "last day as a customer; blank while one is", required=False),
            _text("region", "where the customer lives"),
            _text("age_band", "age group"),
            _text("household", "kind of household"),
            _text("acquisition_channel", "how the customer came"),
            _text("lang", "language of the customer"),
        ),
        key=("customer_id",),
        time="since_on",
    ),
    Contract(
        "interactions",
        "One row per contact of a customer with a touchpoint",
        (
            _CUSTOMER,
            _when("at", "when it happened"),
            _must(_TOUCHPOINT),
            _CHANNEL,
            Column("step", "funnel step; by default that of the touchpoint", names="step"),
            _text("journey_id", "one attempt to buy; by default the customer"),
            _text("outcome", "whether the contact reached its end", allowed=("reached", "lost"), default="reached"),
        ),
        time="at",
    ),
    Contract(
        "responses",
        "One row per answer to one question; an unanswered question has no row",
        (
            _RESPONDENT,
            _when("on", "day of the answer"),
            _text("question", "what was asked", required=True, allowed=QUESTIONS),
            _TOUCHPOINT,
            _CHANNEL,
            Column(
                "score",
                "the answer; NPS 0–10, others on the scale of the brief; 0 is an answer",
                "number",
                True,
                unit="score",
            ),
            Column("weight", "survey weight", "number", low=0, default="1", unit="weight"),
        ),
        time="on",
    ),
    Contract(
        "verbatims",
        "One row per comment in the customer's words",
        (
            _RESPONDENT,
            _when("on", "day of the comment"),
            _TOUCHPOINT,
            _text("text", "the comment", required=True),
            Column("score", "the rating given with it", "number", unit="score"),
            _text("score_question", "which question the rating answers", allowed=QUESTIONS),
            _text("lang", "language; blank: found from the text", allowed=("en", "es", "pt")),
            _text("coded", "themes a person read in it, separated by ;"),
        ),
        time="on",
    ),
    Contract(
        "transactions",
        "One row per purchase or refund",
        (
            _text("transaction_id", "the purchase", required=True),
            _CUSTOMER,
            _when("at", "when it was booked"),
            _money("revenue", "turnover; negative for a refund", required=True),
            _money("margin", "gross margin"),
            _CHANNEL,
        ),
        key=("transaction_id",),
        time="at",
    ),
    Contract(
        "costs",
        "One row per month and kind of cost",
        (
            _when("on", "first day of the month"),
            _text("kind", "what it serves", required=True, allowed=("commercial", "operating")),
            _CHANNEL,
            _money("amount", "cost of the month", required=True),
        ),
        time="on",
    ),
    Contract(
        "benchmarks",
        "Figures of others to compare with",
        (
            _text("name", "whose figure", required=True),
            _text("metric", "nps, csat, overall, conversion …", required=True),
            _TOUCHPOINT,
            Column("step", "funnel step", names="step"),
            Column("value", "the figure, in the unit of the metric", "number", True, unit="metric"),
            _number("n", "answers it rests on", "count", 0, required=False),
            _text("source", "where it was published"),
            _when("on", "day of the figure", required=False),
        ),
        time="on",
    ),
    Contract(
        "ideas",
        "Experiences that could be built",
        (
            _text("idea_id", "the idea", required=True),
            _text("label", "its name", required=True),
            _must(_TOUCHPOINT),
            _CHANNEL,
            _text("emotion", "feeling it wants to cause"),
            _text("action", "action it wants to trigger"),
            _number("effect_low", "uplift of the step's conversion, pessimistic", "share", -1, 1),
            _number("effect_likely", "uplift of the step's conversion, most likely", "share", -1, 1),
            _number("effect_high", "uplift of the step's conversion, optimistic", "share", -1, 1),
            _money("cost_once", "cost to build", required=True, low=0),
            _money("cost_monthly", "cost to run", low=0),
            _text("capability", "capability_ids it needs, separated by ;"),
            _text("requires", "idea_ids it rests on, ;"),
            _text("excludes", "idea_ids it rules out, ;"),
            _text("segment", "for whom; blank: for all"),
            Column("expects_score", "score of the expectation it has to exceed", "number", unit="score"),
            _number(
                "met_share",
                "share of the customers drawn for a pilot who meet it; blank: who met its touchpoint lately",
                "share",
                0,
                1,
                required=False,
            ),
        ),
        key=("idea_id",),
    ),
    Contract(
        "capabilities",
        "What the company can do, or would have to be able to",
        (
            _text("capability_id", "the capability", required=True),
            _text("label", "its name", required=True),
            _text(
                "kind",
                "what it is made of",
                required=True,
                allowed=("people", "process", "technology", "data", "legal"),
            ),
            _text("available", "whether it exists today", required=True, allowed=_YES),
            _number("maturity", "from 1 (starting) to 5 (leading)", "score", 1, 5, required=False),
            _money("cost", "cost to get it", low=0),
            _text("owner", "who answers for it"),
            _when("ready_on", "day it is ready", required=False),
            _CHANNEL,
            _TOUCHPOINT,
        ),
        key=("capability_id",),
    ),
    Contract(
        "people",
        "Who can work on it",
        (
            _text("person_id", "a neutral code, no name", required=True),
            _text("role", "what they do", required=True),
            _text("department", "where they belong", required=True),
            _number("capacity_days", "days free a month", "days", 0, 31),
            _text("trained", "whether trained for the new experience", allowed=_YES),
        ),
        key=("person_id",),
    ),
    Contract(
        "tasks",
        "What has to be done",
        (
            _text("task_id", "the task", required=True),
            _text("label", "its name", required=True),
            _text(
                "workstream",
                "the part of the implementation",
                required=True,
                allowed=("committee", "training", "processes", "technology", "metrics", "meetings"),
            ),
            _text("idea_id", "the idea it serves; blank: all"),
            _number("days_low", "shortest duration", "days", 0),
            _number("days_likely", "likely duration", "days", 0),
            _number("days_high", "longest duration", "days", 0),
            _text("after", "task_ids that come before, ;"),
            _text("responsible", "person_ids who do it, ;"),
            _text("accountable", "person_id who answers for it"),
            _text("consulted", "person_ids asked, ;"),
            _text("informed", "person_ids told, ;"),
            _text("repeats", "how often a meeting comes back; blank: no meeting", allowed=REPEATS),
            _number("minutes", "how long a meeting lasts", "minutes", 1, 1440, required=False),
        ),
        key=("task_id",),
    ),
    Contract(
        "kano",
        "Kano survey: one row per person and idea, both questions answered",
        (
            _RESPONDENT,
            _when("on", "day of the answer"),
            _text("idea_id", "the idea asked about", required=True),
            _number(
                "functional",
                "if it were there: 1 I like it, 2 it must be, 3 neutral, 4 I can live with it, 5 I dislike it",
                "score",
                1,
                5,
            ),
            _number("dysfunctional", "if it were not there, on the same scale", "score", 1, 5),
        ),
        key=("respondent_id", "idea_id"),
        time="on",
    ),
    Contract(
        "assignments",
        "Who was drawn for pilot and control",
        (
            _CUSTOMER,
            _text("arm", "pilot or control", required=True, allowed=("pilot", "control")),
            _text("stratum", "group within which was drawn"),
            _text("idea_id", "what the pilot gets"),
            _when("starts_on", "first day of the pilot"),
            _text("site", "store or region, where whole ones were drawn"),
        ),
        key=("customer_id",),
        time="starts_on",
    ),
    Contract(
        "pulse",
        "Staff survey on the project",
        (
            _text("staff_id", "a neutral code, no name", required=True),
            _when("on", "day of the answer"),
            _text("department", "where they belong"),
            _text("question", "what was asked", required=True, allowed=("objective", "role", "method", "pride")),
            _number("score", "from 0 (not at all) to 10 (fully)", "score", 0, 10),
        ),
        time="on",
    ),
)

CONTRACTS: dict[str, Contract] = {contract.name: contract for contract in _ALL}


def empty_table(contract: Contract, attributes: tuple[str, ...] = ()) -> pd.DataFrame:
    """The table with all its contract columns, typed, and no rows."""
    kinds = {column.name: column.kind for column in contract.columns} | dict.fromkeys(attributes, "text")
    import pandas as pd  # here, so that `cx status` and the brief do without it

    return pd.DataFrame({name: pd.Series([], dtype=DTYPES[kind]) for name, kind in kinds.items()})
