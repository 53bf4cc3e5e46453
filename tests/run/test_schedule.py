"""What a scheduler is given: one command, whatever the names are, and no personal data out of the machine."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from cxlib.errors import UsageError
from cxlib.run.schedule import schedule_text

BREAKS = ["\n", "\r", "\t", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\udcff"]


@pytest.mark.parametrize("sign", BREAKS)
@pytest.mark.parametrize("form", ["cron", "systemd", "github"])
def test_a_name_that_does_not_stay_on_its_line_is_refused(sign: str, form: str) -> None:
    for engagement, out in ((f"x{sign}* * * * * touch PWNED #", "reports"), ("acme", f"out{sign}y")):
        with pytest.raises(UsageError, match="is part of the name"):
            schedule_text(engagement, out, form, "day", "06:00")


@settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"], exclude_characters="/"), min_size=1))
def test_any_other_name_arrives_as_it_is(name: str) -> None:
    line = schedule_text(name, "out", "cron", "day", "06:00").splitlines()[1]
    words = shlex.split(line.split(" ", 5)[5].replace(r"\%", "%"))
    assert words[words.index("run") + 1] == name
    service = schedule_text(name, "out", "systemd", "day", "06:00").splitlines()
    assert sum(row.startswith("ExecStart=") for row in service) == 1


@pytest.mark.parametrize("name", ["a: b", 'say "x"', "it's", "50 % #1", "back\\slash", "{{ x }}", "ñandú"])
def test_a_workflow_is_yaml_whatever_the_names_are(name: str) -> None:
    flow = yaml.safe_load(schedule_text(name, 'out "x"', "github", "week", "06:00"))
    commands = [shlex.split(step["run"]) for step in flow["jobs"]["report"]["steps"] if "run" in step]
    assert commands[1][:5] == ["cx", "run", name, "--out", 'out "x"']


def test_a_workflow_uploads_what_is_made_for_a_client_and_keeps_nothing_else() -> None:
    flow = yaml.safe_load(schedule_text("acme", "out", "github", "day", "06:00"))
    steps = flow["jobs"]["report"]["steps"]
    taken = [step["with"]["path"] for step in steps if "path" in step.get("with", {})]
    assert taken == [str(Path("out", "acme", "exports", "*.zip"))]
    assert not any("cache" in step.get("uses", "") for step in steps)


def test_an_expression_of_github_is_no_name() -> None:
    with pytest.raises(UsageError, match="which GitHub would compute"):
        schedule_text("${{ secrets.TOKEN }}", "out", "github", "day", "06:00")
