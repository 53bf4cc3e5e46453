"""When: names of runs that sort in their order, and the time as it stands in files."""

from __future__ import annotations

import datetime as dt
import secrets


def run_id(last: str = "") -> str:
    """A name for a run: when it began, and four letters that set it apart.

    It sorts after the `last` one even when the clock was set back meanwhile.
    """
    moment = dt.datetime.now(dt.UTC)
    if last[:15] >= f"{moment:%Y%m%d-%H%M%S}":
        moment = dt.datetime.strptime(last[:15], "%Y%m%d-%H%M%S").replace(tzinfo=dt.UTC) + dt.timedelta(seconds=1)
    return f"{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def now() -> str:
    """The time as it stands in run.json."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
