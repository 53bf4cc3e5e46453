"""Pages of the site that are made from the code, so that they cannot go out of date (a hook of mkdocs)."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from cxlib.chain import STAGES
from cxlib.dictionary import Entry, entries
from cxlib.engagement.brief.model import Brief
from cxlib.engagement.tables.describe import describe_contracts

ROOT = Path(__file__).resolve().parents[1]
COPIED = {
    "architecture.md": "ARCHITECTURE.md",
    "contributing.md": "CONTRIBUTING.md",
    "changelog.md": "CHANGELOG.md",
    "reference/proof.md": "METHODS.md",
}
SHARED = {
    "cxlib.stage.Stage": "What a notebook may do with its stage",
    "cxlib.statistics.intervals": "Intervals",
    "cxlib.statistics.scores": "Scores",
    "cxlib.statistics.periods": "Periods",
    "cxlib.statistics.power": "Power",
    "cxlib.statistics.randomisation": "Random draws",
    "cxlib.journeys.passages": "Passages",
    "cxlib.journeys.incidence": "Times to the next step",
    "cxlib.journeys.paths": "Paths over channels",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from the code and from the files at the root."""
    for name, source in COPIED.items():
        files.append(File.generated(config, name, content=_without_links((ROOT / source).read_text(encoding="utf-8"))))
    made = {
        "engagement": engagement_page(),
        "tables": tables_page(),
        "facts": facts_page(),
        "commands": commands_page(),
        "stages": stages_page(),
        "shared": shared_page(),
    }
    for name, content in made.items():
        files.append(File.generated(config, f"reference/{name}.md", content=content))
    return files


def _without_links(text: str) -> str:
    """Links to files of the repository as plain names: the site does not hold them."""
    return re.sub(r"\[([^\]]+)\]\((?!https?:|#)[^)]+\)", r"\1", text)


def engagement_page() -> str:
    """`engagement.yaml`, block by block, from the typed model."""
    schema = Brief.model_json_schema()
    about = "The brief of one client. `cx new` writes one with comments; `cx check` names every mistake with its line."
    lines = ["# engagement.yaml", "", about, "", *_block("The brief", schema, schema["$defs"])]
    for name, part in schema["$defs"].items():
        lines += _block(name, part, schema["$defs"]) if "properties" in part else []
    return "\n".join(lines)


def _block(title: str, part: dict[str, Any], known: dict[str, Any]) -> list[str]:
    about = part.get("description", "").split("\n\n")[0].replace("\n", " ")
    rows = [
        f"| `{name}` | {_kind(one, known)} | {_default(name, one, part)} |" for name, one in part["properties"].items()
    ]
    return [f"## {title}", "", about, "", "| key | holds | default |", "|---|---|---|", *rows, ""]


def _kind(one: dict[str, Any], known: dict[str, Any]) -> str:
    """What a key holds, in words."""
    if "$ref" in one:
        name = one["$ref"].rsplit("/", 1)[1]
        return f"[{name}](#{name.lower()})" if "properties" in known[name] else _kind(known[name], known)
    if "anyOf" in one:
        return " or ".join(dict.fromkeys(_kind(each, known) for each in one["anyOf"] if each.get("type") != "null"))
    if "enum" in one:
        return ", ".join(f"`{value}`" for value in one["enum"])
    if one.get("type") == "array":
        inner = one.get("items") or {}
        return f"list of {_kind(inner, known)}" if inner else "list"
    if one.get("type") == "object":
        inner = one.get("additionalProperties") or next(iter(one.get("patternProperties", {}).values()), None)
        return f"names → {_kind(inner, known)}" if isinstance(inner, dict) and inner else "names → values"
    words = {
        "string": "date" if one.get("format") == "date" else "text",
        "integer": "whole number",
        "number": "number",
        "boolean": "true or false",
    }
    limits = [
        f"{sign} {one[key]:g}"
        for key, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"), ("exclusiveMaximum", "<"))
        if key in one
    ]
    return " ".join([words.get(one.get("type", ""), "value"), *limits])


def _default(name: str, one: dict[str, Any], part: dict[str, Any]) -> str:
    if name in part.get("required", ()):
        return "**required**"
    value = one.get("default")
    return "" if value is None or isinstance(value, dict | list) else f"`{value}`"


def tables_page() -> str:
    """The contracts of the tables."""
    about = (
        "What each table of `engagement.yaml` may hold. Client files keep their columns and codes; the brief maps them."
    )
    return f"# Tables\n\n{about}\n\n" + describe_contracts().replace("### ", "## ")


def facts_page() -> str:
    """The dictionary of facts."""
    about = "Every number that the ten stages write. `cx explain 3.value_at_stake` shows one with the values of a run."
    lines = ["# Facts", "", about, ""]
    for stage in STAGES:
        lines += [f"## {stage.number} · {stage.title}", ""]
        lines += ["| fact | what it is | unit | how it is made | from |", "|---|---|---|---|---|"]
        lines += [*map(_fact_row, entries(stage.number).values()), ""]
    return "\n".join(lines)


def _fact_row(entry: Entry) -> str:
    cells = (entry.label, entry.unit, entry.formula, ", ".join(entry.made_from))
    return f"| `{entry.id}` | {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("{", "‹").replace("}", "›")


def commands_page() -> str:
    """What `cx` may be told, as `cx COMMAND --help` says it."""
    lines = ["# Commands", "", "```text", _help(), "```", ""]
    for verb in _verbs():
        lines += [f"## cx {verb}", "", "```text", _help(verb), "```", ""]
    return "\n".join(lines)


def _help(*words: str) -> str:
    command = [sys.executable, "-m", "cxlib.cli", *words, "--help"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, env={"COLUMNS": "100", "PATH": ""}
    )
    return done.stdout.strip()


def _verbs() -> Iterator[str]:
    yield from re.findall(r"^ {4}(\w+)(?: |$)", _help(), re.MULTILINE)


def stages_page() -> str:
    """What each notebook may call, from the docstrings."""
    about = "A notebook imports its own room, e.g. `from cxlib.stages import sales_funnel as funnel`."
    lines = ["# Stages and their methods", "", about, ""]
    for stage in STAGES:
        title = f"{stage.number} · {stage.title} {{#{stage.key}}}"
        lines += [f"## {title}", "", *_documented(f"cxlib.stages.{stage.key}")]
    return "\n".join(lines)


def shared_page() -> str:
    """What several stages compute with."""
    lines = ["# Shared methods", ""]
    for module, title in SHARED.items():
        lines += [f"## {title}", "", *_documented(module)]
    return "\n".join(lines)


def _documented(module: str) -> list[str]:
    return [f"::: {module}", "    options:", "      heading_level: 3", ""]
