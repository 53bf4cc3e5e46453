"""The journey file: optional, checked with its lines, and the same for whoever writes one text or a list."""

from __future__ import annotations

from pathlib import Path

import pytest

from cxlib.engagement.brief import load_brief, load_journey, new_engagement
from cxlib.engagement.sources import check_engagement
from cxlib.errors import BriefError

BRIEF = """company: Casa
currency: EUR
period: {start: 2026-01-01, end: 2026-06-30}
funnel: [{step: think, label: Think, phase: before}, {step: buy, label: Buy, phase: during}]
channels: {web: {label: Web}, store: {label: Store}}
"""


def written(folder: Path, journey: str | None) -> Path:
    (folder / "engagement.yaml").write_text(BRIEF, encoding="utf-8")
    if journey is not None:
        (folder / "journey.yaml").write_text(journey, encoding="utf-8")
    return folder


def mistakes(folder: Path, journey: str) -> str:
    with pytest.raises(BriefError) as refused:
        load_journey(load_brief(written(folder, journey)))
    return str(refused.value)


def test_without_a_file_the_journey_is_empty(tmp_path: Path) -> None:
    journey = load_journey(load_brief(written(tmp_path, None)))
    assert journey.steps == {}
    assert journey.step("think").doing == ()
    assert journey.lanes[0] == "channel"


def test_one_text_and_a_list_say_the_same(tmp_path: Path) -> None:
    text = "by: us\nsteps:\n  think:\n    doing: looks\n    emotion: -1\n    to_be: {doing: [asks, signs]}\n"
    step = load_journey(load_brief(written(tmp_path, text))).step("think")
    assert step.doing == ("looks",)
    assert step.emotion == -1
    assert step.to_be.doing == ("asks", "signs")


def test_every_mistake_is_named_with_its_line(tmp_path: Path) -> None:
    text = "by: us\nlanes: [doing, thinkin]\nsteps:\n  thnk: {doing: x}\n  buy:\n"
    text += "    emotion: 3\n    channel: [webb]\n    feels: glad\n"
    found = mistakes(tmp_path, text)
    assert "journey.yaml, line 2: lanes.1: found 'thinkin'; did you mean 'thinking'?" in found
    assert "journey.yaml, line 4: steps: unknown step 'thnk'; did you mean 'think'? Accepted: think, buy." in found
    assert "journey.yaml, line 6: steps.buy.emotion: found 3. Accepted: 2 or less." in found
    assert "journey.yaml, line 7: channel: unknown channel 'webb'; did you mean 'web'? Accepted: web, store." in found
    assert "journey.yaml, line 8: steps.buy.feels: unknown name 'feels'" in found
    assert "Accepted: channel, doing, thinking, feeling, emotion, pain, kpi, owner, backstage, to_be." in found


def test_what_is_no_mapping_or_no_yaml_is_refused(tmp_path: Path) -> None:
    assert "line 1: found a list or a text. Accepted: a mapping of names such as by, on, persona" in mistakes(
        tmp_path, "[a]"
    )
    assert "this is not YAML" in mistakes(tmp_path, "by: [a\n")
    assert "lanes: a lane is named twice" in mistakes(tmp_path, "lanes: [doing, doing]")


def test_a_new_engagement_has_a_commented_journey_that_is_valid(tmp_path: Path) -> None:
    folder = new_engagement(tmp_path / "casa").parent
    assert "thinking" in (folder / "journey.yaml").read_text(encoding="utf-8")
    assert load_journey(load_brief(folder)).steps == {}
    text = (folder / "journey.yaml").read_text(encoding="utf-8")
    prose = [line for line in text.splitlines() if line.startswith("# ") and not line.startswith("#  ")]
    lines = [line.removeprefix("#") for line in text.splitlines() if line not in prose]
    (folder / "journey.yaml").write_text("\n".join(lines), encoding="utf-8")  # every commented line is valid too
    brief = (folder / "engagement.yaml").read_text(encoding="utf-8")
    (folder / "engagement.yaml").write_text(f"{brief}\nchannels: {{store: {{label: Store}}}}\n", encoding="utf-8")
    assert load_journey(load_brief(folder)).step("discovery").to_be.doing == ("saves a room and its price",)


def test_checking_an_engagement_checks_its_journey(tmp_path: Path) -> None:
    with pytest.raises(BriefError, match=r"journey\.yaml, line 1"):
        check_engagement(written(tmp_path, "steps: {x: {}}"))
