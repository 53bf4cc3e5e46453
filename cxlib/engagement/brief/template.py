"""An empty engagement to fill in: commented `engagement.yaml` and `journey.yaml`, valid as they stand, and a data folder."""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

from cxlib.engagement.characters import check_name
from cxlib.engagement.parameters import shipped
from cxlib.engagement.tables.describe import describe_contracts
from cxlib.errors import UsageError
from cxlib.language import _

TEMPLATE = """\
# The brief of one client: everything a stage needs to know that no data file can say.
# Check it with `cx check {name}`; every mistake is reported with its line. To use a line that begins with #, remove
# the # (and the {{}} of the block it belongs to).
company: {quoted}
currency: EUR
lang: en            # language of the pages: en or es
locale: en_IE       # how numbers, dates and money are written: es_ES, en_IE, en_GB …
as_of: {as_of}   # nothing later is read; change it to run again on newer data
#zone: Europe/Madrid # times with an offset (Z, -0500) are told in it
#contract: true     # customers join and leave on known dates (subscription, membership) instead of just not coming back
period: {{start: {start}, end: {as_of}, unit: month}}

# The company's steps, in order. benchmark: share of those at the step who should go on to the next (0 to 1), if known.
funnel:
  - {{step: discovery, label: Discovery, phase: before}}
  - {{step: interest, label: Interest, phase: before}}
  - {{step: consideration, label: Consideration, phase: before}}
  - {{step: purchase, label: Purchase, phase: during}}
  - {{step: service, label: Service, phase: during}}
  - {{step: loyalty, label: Loyalty, phase: after}}
  - {{step: recommendation, label: Recommendation, phase: after}}

# Where customers and the company meet: key, label, funnel step; controlled: false where the company has no say.
touchpoints: {{}}
#  website: {{label: Website, step: interest}}
#  reviews: {{label: Reviews elsewhere, step: discovery, controlled: false}}

#channels:
#  store: {{label: Store, capacity: 4000, cost_month: 25000}}   # contacts and money per month

# What the client asks for. Shares are written as 0.08, money in the currency above.
objective:
  horizon_months: 24
  discount_rate: 0.08
#  objective: gross_margin        # turnover, gross_margin, commercial_cost or operating_cost
#  target_growth: 0.08            # share per year
#  budget: 60000

# Lowest and highest score of a question, where the scale is not 0 to 10. nps may be [1, 10]; it is then never compared
# with scores from 0 to 10.
#scales: {{csat: [1, 5], overall: [1, 5]}}

# People per department, where staff are surveyed: a survey of nearly all of them has narrower intervals.
#staff: {{stores: 120, logistics: 40}}

# Folders outside this one in which files of tables may lie, too; a file anywhere else is refused.
#roots: [../shared-exports]

# Where the tables come from: files in this folder, or rows written here. TABLES.md lists what each table holds, with
# examples and the pages that need it.
tables: {{}}
#  customers: {{file: data/customers.csv, columns: {{customer_id: Cliente, region: Provincia}}, attributes: [Sector]}}
#  transactions:
#    file: data/ventas.csv
#    columns: {{transaction_id: Pedido, customer_id: Cliente, at: Fecha, revenue: Importe, margin: Margen}}
#    dates: dayfirst              # iso, dayfirst, monthfirst, excel or a pattern such as "%d-%b-%Y"
#    decimal: ","
#    thousands: "."
#    product: {{revenue: [Cantidad, Precio]}}   # columns to multiply; then no `revenue` under columns
#    made:                         # columns of others: dates of parts, sums, bands, keys; docs/how-to/map.md has them all
#      at: {{year: Year, month: Month, day: Day}}
#      revenue: {{sum: [Net, Tax]}}
#      transaction_id: {{parts: [Store, Ticket]}}
#    header: 3                     # row of the column names; [2, 3] joins two rows, 0: there are none; footer: 2
#    confirmed: [repeats]          # a question of `cx check` whose answer is that what was read is right
#    may_refuse: 0.01              # share of the rows that may be refused
#    many: sum                     # one row per receipt line: lines are summed (first: the earliest row is kept)
#  responses:
#    - file: data/encuesta_2025.xlsx
#      columns: {{respondent_id: ID, on: Fecha}}
#      wide: {{columns: {{P1: {{question: nps}}, P2_WEB: {{question: csat, touchpoint: website}}}}}}
#      no_answer: [-99, 98, 99]
#      reversed: [P2_WEB]          # asked the other way round

# What the brand stands for. fit grades the values of a column of customers from 0 (foreign) to 1 (at home).
#brand:
#  attributes: [warm, honest]
#  fit: {{region: {{north: 0.9, south: 0.4}}}}

# What the segments of stage 2 are called, by their key or name on its page; other keys (metrics, ideas) under labels.
#segment_names: {{"1": Families in flats}}
#labels: {{metric: {{turnover_per_month: Sales a month}}}}

# The day on which the files were drawn, if it is not as_of; and how many months are meant by today.
#extract_ends: {as_of}
#current_months: 6

# What people have judged: the feeling each touchpoint should evoke, and assumptions.
# Known assumptions: channel_budget_money per month and max_channels per moment (stage 6), window_days of the test
# (stage 7).
# correlation: how far the effects of any two ideas go together (0 to 1); correlations: pairs of ideas that differ from it.
#judgement:
#  emotions: {{website: confidence}}
#  assumptions: {{channel_budget_money: 20000, max_channels: 2, window_days: 60}}
#  correlation: 0.3
#  correlations: [{{between: [slot, app], value: 0.7}}]

# Decisions that people made because the data cannot tell: always with why and by.
#choices:
#  1: {{objective: gross_margin, why: "the board's plan for the year", by: "managing director"}}
"""


JOURNEY = """\
# The journey as the people who know it see it: optional, one text per line, so that a change shows in a diff. The maps
# of stages 5 and 7 are views of this file, the data and the decisions. What is written here is shown as "assumed" until
# the data say so.
# Lanes: channel (keys of the brief), doing, thinking, feeling, emotion (-2 to 2), pain, kpi, owner (person or role),
# backstage. to_be holds the same lanes for what the step is to become. Check it with `cx check {name}`.
by: ""              # who says so, e.g. Workshop of 12 May with stores and logistics
on: ""              # when
#persona:
#  name: Marta
#  about: Furnishes the family flat and has little time
#  goals: [a room that works on the first evening]
#  frustrations: [waiting at home without knowing]
#phases: {{before: Expectation, during: Experience, after: Memory}}     # other names for the three phases
#lanes: [channel, doing, thinking, feeling, pain, moment, kpi, owner]   # which rows a map has, and in which order
#steps:
#  discovery:
#    channel: [store]
#    doing: [sees a room that could be hers]
#    thinking: could we afford that?
#    feeling: [curious]
#    emotion: 0.5
#    pain: [no price to be seen]
#    kpi: [visits to the inspiration pages]
#    owner: [head of online]
#    backstage: [photographs and prices]
#    to_be: {{doing: [saves a room and its price]}}
"""


def new_engagement(folder: str | Path, *, today: date | None = None) -> Path:
    """Write an empty engagement and return its `engagement.yaml`; a folder that holds something is left alone."""
    target = _empty(folder)
    name = target.resolve().name
    check_name("cx new", name)
    day = today or date.today()
    text = TEMPLATE.format(
        name=name,
        quoted=json.dumps(name, ensure_ascii=False),
        as_of=day.isoformat(),
        start=date(day.year - 2, day.month, 1).isoformat(),
    )
    (target / "data").mkdir(parents=True, exist_ok=True)
    file = target / "engagement.yaml"
    file.write_text(text, encoding="utf-8")
    (target / "TABLES.md").write_text(f"# {_('Tables')}\n\n{describe_contracts()}", encoding="utf-8")
    (target / "journey.yaml").write_text(JOURNEY.format(name=name), encoding="utf-8")
    return file


def sample_engagement(folder: str | Path) -> Path:
    """Copy the simulated client, to look at and to change, and return its `engagement.yaml`."""
    target = _empty(folder)
    shutil.copytree(shipped("data/sample"), target, dirs_exist_ok=True)
    return target / "engagement.yaml"


def _empty(folder: str | Path) -> Path:
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(
            str(target), _("it already exists and is not empty"), "", _("Name a folder that does not exist yet")
        )
    return target
