"""Change the code in small ways with mutmut, room by room, and count what the tests notice.

`python -m tests.mutation cxlib/statistics cxlib/stages/design` mutates these; without words, all rooms of ROOMS. Each room is
copied to a folder of its own, so that the checkout stays as it is. Writes tests/mutation/survivors.csv (what survived, and
why that is so where a rule of REASONS knows it) and prints the share that was noticed, a file a line.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SURVIVORS = Path(__file__).with_name("survivors.csv")
COLUMNS = ["file", "function", "was", "became", "reason"]
COPIED = ["cxlib", "tests", "data", "notebooks", "calibration"]
WORDS = re.compile(
    r"^(says|shown|pictures|voices|__init__)"
)  # sentences and pictures are held by tests of another kind
STAGES = [f"cxlib/stages/{path.name}" for path in sorted((ROOT / "cxlib" / "stages").iterdir()) if path.is_dir()]
ROOMS = {
    "cxlib/statistics": ["tests/statistics", "tests/measurement", "tests/monitoring", "tests/implementation"],
    "cxlib/journeys": ["tests/sales_funnel", "tests/omnichannel", "tests/information_search"],
    **{room: [f"tests/{room.rsplit('/', 1)[1]}"] for room in STAGES if "__" not in room},
    "cxlib/engagement": ["tests/engagement", "tests/chain"],
    "cxlib/privacy": ["tests/privacy"],
    "cxlib/run": ["tests/run"],
}
SURVIVED, NOTICED = (
    0,
    (1, 3, -24, 24, 36, 152, 255),
)  # what mutmut notes: a test failed, or the code did not end in time
REASONS = [
    (
        r"XX|\b_\(|Error\(|told|said",
        r"_\(|Error\(|raise |warn",
        "words of a message: tests hold its meaning, not its wording",
    ),
    (r"NAN|\) \* 4", r"nan", "the same blank, written otherwise"),
    (
        r"ignore_index|drop=|columns=None|, \)|index=None",
        r"ignore_index|drop=True|columns=",
        "labels of rows that nobody reads",
    ),
    (r", \)", r"strict=True", "lengths that cannot differ: strict= is a guard against a later mistake"),
    (r"strict=", r"strict=", "lengths that cannot differ: strict= is a guard against a later mistake"),
    (r"astype|dtype", r"astype|dtype", "the kind of a column that is compared by value"),
    (
        r"seed|random_state|default_rng",
        r"seed|random_state|default_rng",
        "another seed gives another draw, as right as this one",
    ),
    (
        r"maxiter|tol|max_iter|xatol|ftol|gtol",
        r"maxiter|tol|max_iter",
        "how exactly a search stops, below what is compared",
    ),
    (r"@cache|maxsize|sort=|copy=|observed=", r"cache|maxsize|sort=|copy=|observed=", "speed or order, not the value"),
]


@dataclass(frozen=True)
class Mutant:
    """One change: where, what it was and became, and whether a test noticed; None where no test runs the line."""

    file: str
    function: str
    name: str
    noticed: bool | None


def mutants(room: str, folder: Path) -> list[Mutant]:
    """Run mutmut on a copy of the project; every mutant of the room."""
    copy = folder / room.replace("/", "-")
    copy.mkdir()
    for name in COPIED:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    files = [str(path.relative_to(ROOT)) for path in sorted((ROOT / room).rglob("*.py")) if not WORDS.match(path.stem)]
    config = {"source_paths": files, "pytest_add_cli_args_test_selection": ROOMS[room], "also_copy": COPIED}
    settings = "".join(f"{name} = {json.dumps(value)}\n" for name, value in config.items())
    plain = (ROOT / "pyproject.toml").read_text(encoding="utf-8").replace("-q -rs", "-q")
    (copy / "pyproject.toml").write_text(f"{plain}\n[tool.mutmut]\n{settings}", encoding="utf-8")
    if (ROOT.parent / "shared").is_dir() and not (folder / "shared").exists():
        (folder / "shared").symlink_to(ROOT.parent / "shared")
    tool = Path(sys.executable).with_name("mutmut")
    subprocess.run([tool, "run", "--max-children", "2"], cwd=copy, stdout=subprocess.DEVNULL, check=False)
    return list(_read(copy))


def _read(copy: Path) -> Iterator[Mutant]:
    """The results that mutmut leaves beside each file."""
    for path in sorted((copy / "mutants").rglob("*.meta")):
        file = str(path.relative_to(copy / "mutants").with_suffix(""))
        for name, code in json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"].items():
            function = re.sub(r"__mutmut_\d+$", "", name).rsplit(".", 1)[1].removeprefix("x_")
            yield Mutant(file, function, name, None if code not in (SURVIVED, *NOTICED) else code in NOTICED)


def change(mutant: Mutant, copy: Path) -> tuple[str, str]:
    """The line as it was and as it became."""
    tool = Path(sys.executable).with_name("mutmut")
    shown = subprocess.run([tool, "show", mutant.name], cwd=copy, capture_output=True, text=True, check=False).stdout
    lines = {
        sign: [line[1:].strip() for line in shown.splitlines() if re.match(rf"\{sign}(?!\{sign})", line)]
        for sign in "-+"
    }
    return " ".join(lines["-"])[:200], " ".join(lines["+"])[:200]


def reason(was: str, became: str) -> str:
    """Why it is no loss that a change survives, where a rule knows; "" is a test that is missing."""
    return next((why for one, other, why in REASONS if re.search(one, became) and re.search(other, was)), "")


def main(rooms: list[str]) -> None:
    """Mutate the rooms; print shares, write the survivors of these rooms and keep those of the others."""
    kept: list[dict[str, str]] = []
    if SURVIVORS.is_file():
        with SURVIVORS.open(encoding="utf-8", newline="") as file:
            kept = [
                row for row in csv.DictReader(file) if not row["file"].startswith(tuple(f"{room}/" for room in rooms))
            ]
    with tempfile.TemporaryDirectory() as temporary:
        for room in rooms:
            found = mutants(room, Path(temporary))
            for file in sorted({mutant.file for mutant in found}):
                tried = [mutant.noticed for mutant in found if mutant.file == file and mutant.noticed is not None]
                sys.stdout.write(f"{file:60} {sum(tried):>5} of {len(tried):>5}\n")
            tried = [mutant.noticed for mutant in found if mutant.noticed is not None]
            share = sum(tried) / max(len(tried), 1)
            sys.stdout.write(
                f"{room:60} {share:6.1%} noticed; {len(found) - len(tried)} that no test of the room runs\n"
            )
            sys.stdout.flush()
            for mutant in (mutant for mutant in found if mutant.noticed is False):
                was, became = change(mutant, Path(temporary) / room.replace("/", "-"))
                kept.append(
                    dict(zip(COLUMNS, [mutant.file, mutant.function, was, became, reason(was, became)], strict=True))
                )
    with SURVIVORS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(kept, key=lambda row: [row[name] for name in COLUMNS]))


if __name__ == "__main__":
    main(sys.argv[1:] or list(ROOMS))
