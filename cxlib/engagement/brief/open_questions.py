"""Questions that a draft leaves in the brief: comments that begin with `# ?`. A question is answered by removing its `?`."""

from __future__ import annotations

import yaml

MARK = "? "


def open_questions(text: str) -> list[tuple[int, str]]:
    """Line and wording of every comment that begins with `# ?`; a text in quotes is no comment."""
    if f"# {MARK}" not in text:
        return []
    inside = _scalars(text)
    found, start = [], 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        for place, sign in enumerate(line):
            at_start = sign == "#" and (place == 0 or line[place - 1] in " \t")
            if at_start and not any(low <= start + place < high for low, high in inside):
                asked = line[place + 1 :].strip()
                if asked.startswith(MARK):
                    found.append((number, asked.removeprefix(MARK).strip()))
                break
        start += len(line)
    return found


def _scalars(text: str) -> list[tuple[int, int]]:
    """From where to where the scalars of a document that hold a # stand."""
    try:
        tokens = list(yaml.scan(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError:
        return []
    spans = [(token.start_mark.index, token.end_mark.index) for token in tokens if isinstance(token, yaml.ScalarToken)]
    return [(low, high) for low, high in spans if "#" in text[low:high]]
