"""`cx schedule`: the lines that make a scheduler run an engagement. They are printed; nothing is installed."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

from cxlib.engagement.characters import check_name
from cxlib.engagement.parameters import project_folder
from cxlib.errors import UsageError, nearest
from cxlib.language import _

CALENDARS = {
    "cron": {"day": "{minute} {hour} * * *", "week": "{minute} {hour} * * 1", "month": "{minute} {hour} 1 * *"},
    "systemd": {"day": "*-*-* {time}:00", "week": "Mon *-*-* {time}:00", "month": "*-*-01 {time}:00"},
}
ESCAPES: dict[str, dict[str, str | int | None]] = {  # signs that a scheduler would take for its own
    "cron": {"%": r"\%"},
    "systemd": {"%": "%%", "$": "$$", "\\": r"\\"},
}
EXPRESSION = "${{"  # what GitHub would compute, in any text of a workflow

CRON = """\
# one line for `crontab -e`; cron mails what it prints, and ends it as it ends
{when} {command}
"""

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
# Only what `cx export --to zip` makes for a client leaves the machine: all else in {out} can name persons.
# A machine of its own starts without earlier runs; to compare with them, use cron or systemd where they lie.
name: {title}
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
      - run: pip install --require-hashes -r requirements.lock && pip install --no-deps -e .
      - run: {command}
      - run: {export}
        if: always()
      - uses: actions/upload-artifact@v4
        if: always()
        with: {{name: report, path: {path}}}
"""


TEMPLATES = {"cron": CRON, "systemd": SYSTEMD, "github": GITHUB}


def schedule_text(engagement: str, out: str, form: str, every: str, at: str) -> str:
    """What to give the scheduler: form is cron | systemd | github, every is day | week | month, at is HH:MM.

    The command names this environment's `cx` by its whole path: a scheduler has no search path to speak of.
    """
    calendar = CALENDARS.get(form, CALENDARS["cron"])
    for option, value, known in (("--form", form, TEMPLATES), ("--every", every, calendar)):
        if value not in known:
            what, accepted = _("it is unknown") + nearest(value, known), _("Choose one of {names}")
            raise UsageError(f"{option} {value}", what, accepted.format(names=", ".join(known)))
    if not re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", at):
        what = _("'{at}' is not a time of day").format(at=at)
        raise UsageError(f"--at {at}", what, _("A time of day is HH:MM, e.g. 06:00"))
    hour, minute = map(int, at.split(":"))
    name, folder = Path(engagement).resolve().name, project_folder()
    for place in (str(Path(engagement).resolve()), out, str(folder)):
        check_name("cx schedule", place)
    slug = "cx-" + re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()
    when = calendar[every].format(hour=hour, minute=minute, time=f"{hour:02d}:{minute:02d}")
    cx = "cx" if form == "github" else str(Path(sys.executable).with_name("cx"))
    options = ["--as-of", "today", "--unattended", "--fail-on", "alert"]
    command = shlex.join([cx, "run", engagement, "--out", out, *options])
    if form == "github":
        return _workflow(slug, name, engagement, out, command=command, when=when)
    if form == "cron":
        command = f"cd {shlex.quote(str(folder))} && {command}"
    signs, named = str.maketrans(ESCAPES[form]), str.maketrans({"%": "%%"})
    return TEMPLATES[form].format(
        name=slug,
        engagement=name.translate(named),
        folder=str(folder).translate(named),
        command=command.translate(signs),
        when=when,
    )


def _workflow(slug: str, name: str, engagement: str, out: str, *, command: str, when: str) -> str:
    """A workflow: every text in quotes, which JSON and YAML have in common; none may hold an expression of GitHub's."""
    for text in (name, engagement, out):
        if EXPRESSION in text:
            what = _("'{text}' holds '{sign}', which GitHub would compute").format(text=text, sign=EXPRESSION)
            raise UsageError("cx schedule", what, _("Names without it"))
    archive = str(Path(out, name, "exports", "*.zip"))
    export = shlex.join(["cx", "export", "--to", "zip", "--engagement", engagement, "--out", out])
    texts = {"title": f"Report of {name}", "command": command, "export": export, "path": archive}
    quoted = {key: json.dumps(text, ensure_ascii=False) for key, text in texts.items()}
    return GITHUB.format(name=slug, when=when, out=out, **quoted)
