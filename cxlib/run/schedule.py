"""`cx schedule`: the lines that make a scheduler run an engagement. They are printed; nothing is installed."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

from cxlib.engagement.parameters import project_folder
from cxlib.errors import UsageError, nearest
from cxlib.language import _

CRON = {"day": "{minute} {hour} * * *", "week": "{minute} {hour} * * 1", "month": "{minute} {hour} 1 * *"}
CALENDAR = {"day": "*-*-* {time}:00", "week": "Mon *-*-* {time}:00", "month": "*-*-01 {time}:00"}

SYSTEMD = """\
# {name}.service, in ~/.config/systemd/user/
[Unit]
Description=Customer experience report of {engagement}

[Service]
Type=oneshot
WorkingDirectory={folder}
ExecStart={command}
SuccessExitStatus=10

# {name}.timer, beside it; then: systemctl --user enable --now {name}.timer
[Timer]
OnCalendar={when}
Persistent=true

[Install]
WantedBy=timers.target
"""

GITHUB = """\
# .github/workflows/{name}.yml
name: Report of {engagement}
on:
  schedule:
    - cron: "{when}"  # UTC
  workflow_dispatch:
jobs:
  report:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {{python-version: "3.12"}}
      - uses: actions/cache@v4  # the runs before this one: what has not changed is kept, what has is compared
        with: {{path: {out}, key: "{name}-${{{{ github.run_id }}}}", restore-keys: "{name}-"}}
      - run: pip install --require-hashes -r requirements.lock && pip install --no-deps -e .
      - run: {command}
      - uses: actions/upload-artifact@v4
        if: always()
        with: {{name: report, path: {out}}}
"""


def schedule_text(engagement: str, out: str, form: str, every: str, at: str) -> str:
    """What to give the scheduler: form is cron | systemd | github, every is day | week | month, at is HH:MM."""
    forms = {"cron": _cron, "systemd": _systemd, "github": _github}
    for option, value, known in (("--form", form, forms), ("--every", every, CRON)):
        if value not in known:
            raise UsageError(
                f"{option} {value}",
                _("it is not known") + nearest(value, known),
                _("Known are {names}").format(names=", ".join(known)),
            )
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", at):
        raise UsageError(
            f"--at {at}", _("'{at}' is no time of day").format(at=at), _("A time of day is HH:MM, e.g. 06:00")
        )
    return forms[form](engagement, out, every, at)


def _words(cx: str, engagement: str, out: str) -> str:
    return shlex.join([cx, "run", engagement, "--out", out, "--as-of", "today", "--unattended", "--fail-on", "alert"])


def _cx() -> str:
    """This environment's `cx`, by its whole path: a scheduler has no search path to speak of."""
    return str(Path(sys.executable).with_name("cx"))


def _cron(engagement: str, out: str, every: str, at: str) -> str:
    hour, minute = at.split(":")
    when = CRON[every].format(hour=int(hour), minute=int(minute))
    command = f"cd {shlex.quote(str(project_folder()))} && {_words(_cx(), engagement, out)}"
    return (
        _("# one line for `crontab -e`; cron mails what it prints, and ends it as it ends")
        + "\n"
        + (f"{when} {command.replace('%', chr(92) + '%')}\n")
    )


def _systemd(engagement: str, out: str, every: str, at: str) -> str:
    name = _unit(engagement)
    return SYSTEMD.format(
        name=name,
        engagement=Path(engagement).resolve().name,
        folder=project_folder(),
        command=_words(_cx(), engagement, out).replace("%", "%%").replace("$", "$$"),
        when=CALENDAR[every].format(time=at.zfill(5)),
    )


def _github(engagement: str, out: str, every: str, at: str) -> str:
    hour, minute = at.split(":")
    when = CRON[every].format(hour=int(hour), minute=int(minute))
    return GITHUB.format(
        name=_unit(engagement),
        engagement=Path(engagement).resolve().name,
        out=out,
        when=when,
        command=_words("cx", engagement, out),
    )


def _unit(engagement: str) -> str:
    """A name that every scheduler takes."""
    return "cx-" + re.sub(r"[^A-Za-z0-9]+", "-", Path(engagement).resolve().name).strip("-").lower()
