"""The survey a client can send who has none: every question the ten stages use, as text and as CSV for survey tools."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cxlib.engagement.brief import Brief
from cxlib.language import read_yaml

Asked = tuple[str, str, Mapping[str, Any], Mapping[str, Any]]  # part, code, question, its wording
LANGUAGES = ("en", "es")
_TITLES = {
    "en": {
        "customers": "To customers",
        "touchpoints": "To customers who met it: each touchpoint",
        "kano": "To customers: ideas",
        "staff": "To staff",
    },
    "es": {
        "customers": "A los clientes",
        "touchpoints": "A los clientes que lo vivieron: cada punto de contacto",
        "kano": "A los clientes: ideas",
        "staff": "A la plantilla",
    },
}
_PLACES = {"touchpoints": "touchpoint", "kano": "idea"}
_HEAD = ("code", "part", "type", "question", "lowest", "highest", "lowest_label", "highest_label", "options")


def questionnaires(brief: Brief | None = None, ideas: Mapping[str, str] | None = None) -> dict[str, str]:
    """File name → content: the questionnaire in each language, as text and as CSV.

    Touchpoints are those of the brief; without one, "[touchpoint]" stands where each has to be named, and "[idea]" likewise.
    """
    return {
        f"questionnaire_{lang}.{form}": make(lang, brief, dict(ideas or {}))
        for lang in LANGUAGES
        for form, make in (("txt", _text), ("csv", _csv))
    }


def write_questionnaires(
    folder: str | Path, brief: Brief | None = None, ideas: Mapping[str, str] | None = None
) -> list[Path]:
    """Write the questionnaires into a folder, which is made where it is not there; what bears their names is replaced."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, content in questionnaires(brief, ideas).items():
        (target / name).write_text(content, encoding="utf-8-sig" if name.endswith(".csv") else "utf-8", newline="")
    return [target / name for name in questionnaires(brief, ideas)]


def _asked(
    lang: str, brief: Brief | None, ideas: dict[str, str]
) -> Iterator[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """Part, code, question and its wording, with touchpoints and ideas put in. The code says where the answer belongs."""
    told = read_yaml(Path(__file__).with_suffix(".yaml"))
    touchpoints = {key: brief.touchpoints[key].label for key in brief.touchpoint_keys} if brief else {}
    named = {"touchpoints": touchpoints or {"touchpoint": "[touchpoint]"}, "kano": ideas or {"idea": "[idea]"}}
    for part in _TITLES[lang]:
        for key, label in named.get(part, {"": ""}).items():
            for question in told[part]:
                words = dict(question[lang])
                place = _PLACES.get(part, "")
                words["ask"] = words["ask"].replace("{" + place + "}", label) if place else words["ask"]
                yield part, ":".join(filter(None, (question["key"], key))), question, words


def _text(lang: str, brief: Brief | None, ideas: dict[str, str]) -> str:
    """The questionnaire to read, and to paste into a letter."""
    told = read_yaml(Path(__file__).with_suffix(".yaml"))
    lines, part_now = [told["intro"][lang]], ""
    for number, (part, code, question, words) in enumerate(_asked(lang, brief, ideas), start=1):
        if part != part_now:
            part_now = part
            lines += ["", _TITLES[lang][part], "=" * len(_TITLES[lang][part])]
        lines += ["", f"{number}. {words['ask']}  [{code}]", f"   {_answers(question, words)}"]
    return "\n".join(lines) + "\n"


def _answers(question: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    if question.get("text"):
        return "______________________________"
    if "answers" in words:
        return "   ".join(f"( ) {place} {answer}" for place, answer in enumerate(words["answers"], start=1))
    low, high = question["scale"]
    return f"{words['low']}  " + " ".join(f"({score})" for score in range(low, high + 1)) + f"  {words['high']}"


def _csv(lang: str, brief: Brief | None, ideas: dict[str, str]) -> str:
    """One row a question, as survey tools take it in: code, type, wording, scale and what its ends are called."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(_HEAD)
    for part, code, question, words in _asked(lang, brief, ideas):
        closed = "choice" if "answers" in words else "rating"
        kind = "text" if question.get("text") else closed
        low, high = question.get("scale") or question.get("options") or ("", "")
        table.writerow(
            [
                code,
                part,
                kind,
                words["ask"],
                low,
                high,
                words.get("low", ""),
                words.get("high", ""),
                " | ".join(words.get("answers", [])),
            ]
        )
    return stream.getvalue()
