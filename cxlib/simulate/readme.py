"""The README beside a synthetic client: what it is, which seed made it, which file holds which table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxlib.engagement.tables.describe import describe_contracts
from cxlib.simulate.formats import FORMATS, UNANSWERED, Format

if TYPE_CHECKING:
    from cxlib.simulate.client import Client

_TEXT = """# Hogar Claro: a synthetic client

An invented Spanish retailer of home furnishings with stores, a web shop, an app, a telephone line, delivery and
assembly: {n_customers:,} customers over 24 months, seen on {as_of}. Nobody in it exists; the competitors are invented too.

Made from **seed {seed}** by

```
python -m cxlib.simulate FOLDER --seed {seed}{options}
```

The same command gives the same bytes. Another seed gives another client, one for each student.

`truth.yaml` says {truth}. It is for teaching and tests; nothing in the ten stages reads it.

`journey.yaml` is the journey as people of the client told it in a workshop: judgement, from which maps are drawn.

## The files

The client sends them in its own way on purpose: the mapping in `engagement.yaml` turns them into the tables below.

| table | file | rows | how the client writes it |
|---|---|---|---|
{files}

- The journey log began on the first day: purchase projects already under way then are in the sales, not in the log.
- Entrants of the last weeks have not had their time yet: they are open, not lost.
- `responses` holds 0 as an answer and {unanswered} as "left blank"; a question nobody answered has no row.
- Some comments carry markup, a formula, an e-mail, a telephone number or an identity number (all invented): reports
  have to keep them out.
- One region has three customers: too few to be shown.

## The tables

{contracts}"""


def readme(client: Client) -> str:
    """The text of README.md."""
    planted = bool(client.truth["planted"])
    n_customers = int(client.truth["n_customers"])
    options = ("" if n_customers == 4000 else f" --customers {n_customers}") + ("" if planted else " --null")
    rows = [
        f"| {name} | `{FORMATS[name].file}` | {len(table):,} | {_manner(FORMATS[name])} |"
        for name, table in client.tables.items()
    ]
    truth = "what was planted and should be found" if planted else "that nothing was planted: what is found is chance"
    return _TEXT.format(
        n_customers=n_customers,
        as_of=client.brief["as_of"],
        seed=client.seed,
        options=options,
        truth=truth,
        files="\n".join(rows),
        unanswered=UNANSWERED,
        contracts=describe_contracts(),
    )


def _manner(form: Format) -> str:
    """In words how a file differs from a plain one."""
    manners = (
        (bool(form.columns), "its own column names"),
        (bool(form.codes), "codes"),
        (form.delimiter != ",", f"separated by `{form.delimiter}`"),
        (form.decimal != ".", "decimal comma"),
        (bool(form.dates), "day before month"),
        (form.encoding != "utf-8", form.encoding),
        (form.file.endswith(".gz"), "compressed"),
    )
    return ", ".join(words for holds, words in manners if holds) or "plainly"
