"""A brief of a few hundred bytes cannot take the machine, and whatever is written in it is answered by file and line."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cxlib.engagement.brief import load_brief, load_journey, new_engagement
from cxlib.errors import BriefError, UsageError
from tests.engagement.conftest import HEAD

Write = Callable[..., Path]
LEVELS = range(1, 30)
BOMBS = {
    "lists": "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in LEVELS),
    "mappings": "a0: &a0 {k: x}\n" + "".join(f"a{n}: &a{n} {{k: *a{n - 1}, l: *a{n - 1}}}\n" for n in LEVELS),
    "merges": "a0: &a0 {k: x}\n" + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in LEVELS),
    "long texts": f"a: &a {'x' * 50_000}\nb: [{', '.join(['*a'] * 9_000)}]\n",
    "deep": "a: " + "[" * 5_000,
    "itself": "a: &a [*a]\n",
}


def told(folder: Path) -> str:
    with pytest.raises(BriefError) as caught:
        load_brief(folder)
    return "\n".join(caught.value.mistakes)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_aliases_do_not_grow(write: Write, bomb: str) -> None:
    start = time.process_time()
    assert "engagement.yaml, line" in told(write(bomb))
    assert time.process_time() - start < 5


def test_the_journey_file_is_held_to_the_same(write: Write) -> None:
    folder = write("")
    (folder / "journey.yaml").write_text(BOMBS["lists"], encoding="utf-8")
    with pytest.raises(BriefError, match=r"journey.yaml, line \d+.*CX_MOST_BRIEF_VALUES raises the limit"):
        load_journey(load_brief(folder))


def test_a_limit_is_raised_by_its_setting(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX_MOST_BRIEF_VALUES", "10")
    assert "more than the 10 that are read" in told(write(""))
    monkeypatch.setenv("CX_MOST_BRIEF_VALUES", "500")
    assert load_brief(write("")).company
    for wrong in ("0", "-1", "many", "1e9", "٣"):
        monkeypatch.setenv("CX_MOST_BRIEF_VALUES", wrong)
        with pytest.raises(UsageError, match="CX_MOST_BRIEF_VALUES"):
            load_brief(write(""))


@pytest.mark.parametrize(
    "value",
    [
        "!!bool maybe",
        "!!timestamp x",
        "!!timestamp 2020-99-99",
        "!!int ''",
        "!!int 0x",
        "!!float ''",
        "!!float .nan",
        "!!float -.inf",
        "1e999",
        "9" * 5_000,
        "!!binary x",
        "!!omap x",
        "!!pairs [[1]]",
        "!!set [1]",
        "!!null [x]",
        "!!value x",
        "!own x",
        '"a\\vb"',
        '"a\\0b"',
        '"\\uD800"',
        '"\\uFFFF"',
        '"\\U0001FFFE"',
        "{[1]: 2}",
    ],
)
def test_a_tag_or_sign_that_cannot_be_read_is_a_mistake_on_its_line(write: Write, value: str) -> None:
    line = HEAD.count("\n") + 1
    assert told(write(f"contract: {value}\n")).startswith(f"engagement.yaml, line {line}: ")


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\ufffe", "\uffff"])
def test_a_character_that_no_text_has_is_named_with_its_line(write: Write, sign: str) -> None:
    line = HEAD.count("\n") + 1
    assert told(write(f"labels: {{segment: {{a: b{sign}}}}}\n")) == (
        f"engagement.yaml, line {line}: U+{ord(sign):04X} is a character that no text has"
    )


@pytest.mark.parametrize("name", ["a\nb: c", "a\tb", "a\x1b[2J", "a\u2028b"])
def test_a_new_engagement_has_a_name_of_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="one line"):
        new_engagement(tmp_path / name)
    assert not (tmp_path / name).exists()
