"""`cx upgrade` and `cx restore`: newer notebooks come, nothing that people wrote is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from cxlib.cli import main
from cxlib.workspace.merge import merge
from cxlib.workspace.upgrade import upgrade
from tests.workspace.conftest import Workspace


def cell(name: str, source: str, kind: str = "code") -> dict[str, Any]:
    return {"cell_type": kind, "id": name, "metadata": {}, "source": source}


def sources(cells: list[dict[str, Any]]) -> list[str]:
    return [one["source"] for one in cells]


OLD = [cell("a", "1"), cell("b", "2"), cell("c", "3")]


def test_what_one_side_has_changed_is_taken_from_that_side() -> None:
    mine = [cell("a", "1"), cell("mine", "mine"), cell("b", "two"), cell("c", "3")]
    new = [cell("a", "one"), cell("b", "2"), cell("new", "new"), cell("c", "3")]
    done = merge(OLD, mine, new)
    assert sources(done.cells) == ["one", "mine", "two", "new", "3"]
    assert (sorted(done.replaced), sorted(done.kept), done.conflicts) == (["a", "new"], ["b", "mine"], [])


def test_what_both_have_changed_stays_and_shows_the_package_s_version_as_text() -> None:
    done = merge(OLD, [cell("a", "1"), cell("b", "mine"), cell("c", "3")], [OLD[0], cell("b", "theirs"), OLD[2]])
    assert done.conflicts == ["b"]
    assert [one["cell_type"] for one in done.cells] == ["code", "code", "raw", "code"]
    assert done.cells[1]["source"] == "mine" and done.cells[2]["source"].endswith("theirs")


def test_a_cell_that_people_removed_stays_removed_and_one_the_package_dropped_stays_where_changed() -> None:
    assert sources(merge(OLD, [OLD[0], OLD[2]], OLD).cells) == ["1", "3"]
    assert sources(merge(OLD, [OLD[0], cell("b", "mine"), OLD[2]], [OLD[0], OLD[2]]).cells) == ["1", "mine", "3"]
    assert sources(merge(OLD, OLD, [OLD[0], OLD[2]]).cells) == ["1", "3"]


def test_an_order_of_ones_own_is_kept() -> None:
    done = merge(OLD, [OLD[2], OLD[0], OLD[1]], [*OLD, cell("new", "new")])
    assert sources(done.cells) == ["3", "new", "1", "2"]


def test_cells_that_lost_their_ids_are_known_by_what_they_say() -> None:
    bare = [{key: value for key, value in one.items() if key != "id"} for one in OLD]
    done = merge(OLD, [*bare, {**cell("", "mine"), "id": None}], [cell("a", "one"), *OLD[1:]])
    assert sources(done.cells) == ["one", "2", "3", "mine"] and not done.conflicts


texts = some.sampled_from(["", "x", "y", "z"])
notebooks_ = some.dictionaries(some.sampled_from("abcdef"), texts, max_size=6).map(
    lambda known: [cell(name, source) for name, source in known.items()]
)


@given(notebooks_, notebooks_, notebooks_)
def test_nothing_is_ever_lost_and_merging_again_changes_nothing(base: Any, mine: Any, new: Any) -> None:
    done = merge(base, mine, new)
    before = {one["id"]: one["source"] for one in base}
    for one in mine:
        if one["source"] and before.get(one["id"]) != one["source"]:
            assert one["source"] in sources(done.cells)
    again = merge(new, done.cells, new)
    assert sources([one for one in done.cells if one["cell_type"] != "raw"]) == sources(again.cells)
    assert len({one["id"] for one in done.cells}) == len(done.cells)


def test_upgrade_brings_the_newer_and_keeps_the_consultant_s(workspace: Workspace) -> None:
    note = {"cell_type": "markdown", "id": "note", "metadata": {}, "source": "Ours"}
    workspace.edit(3, lambda cells: cells.insert(2, note))
    before = workspace.path(3).read_bytes()
    workspace.edit(3, lambda cells: cells[5].update(source="newer = 1"), workspace.packaged)
    said = "\n".join(upgrade(workspace.folder))
    assert "replaced by the package's" in said and "yours, kept: note" in said
    assert {"newer = 1", "Ours"} <= {"".join(one["source"]) for one in workspace.cells(3)}
    (kept,) = (workspace.folder / ".cx" / "kept").glob("*/03_sales_funnel.ipynb")
    assert kept.read_bytes() == before
    assert "upgraded" not in "\n".join(upgrade(workspace.folder))


def test_a_folder_of_before_there_were_workspaces_becomes_one(workspace: Workspace) -> None:
    import shutil

    for name in ("notebooks", ".cx"):
        shutil.rmtree(workspace.folder / name)
    assert main(["upgrade", str(workspace.folder)]) == 0
    assert len(list((workspace.folder / "notebooks").glob("*.ipynb"))) == 10


@pytest.mark.parametrize("broken", ["", "{", "raise"])
def test_restore_puts_the_packaged_notebook_back_and_keeps_the_broken_one(workspace: Workspace, broken: str) -> None:
    whole = workspace.path(3).read_text(encoding="utf-8")
    for n in (1, 2):
        workspace.path(3).write_text(f"{broken}{n}", encoding="utf-8")
        assert main(["restore", str(workspace.folder), "3"]) == 0
        assert workspace.path(3).read_text(encoding="utf-8") == whole
        kept = workspace.folder / "notebooks" / f"03_sales_funnel.yours-{n}.ipynb"
        assert kept.read_text(encoding="utf-8") == f"{broken}{n}"
    assert main(["restore", str(workspace.folder), "3"]) == 0
    assert len(list((workspace.folder / "notebooks").glob("*.yours-*"))) == 2


def test_the_shared_sample_is_never_changed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upgrade"]) == 2 and main(["restore", "3"]) == 2
    assert "cx new NAME --sample" in capsys.readouterr().err


def test_a_broken_notebook_is_left_alone_by_upgrade_and_named(workspace: Workspace) -> None:
    workspace.path(3).write_text("{", encoding="utf-8")
    workspace.edit(4, lambda cells: cells[5].update(source="newer = 1"), workspace.packaged)
    said = "\n".join(upgrade(workspace.folder))
    assert "cx restore acme 3" in said and workspace.path(3).read_text() == "{"
    assert "newer = 1" in json.dumps(workspace.cells(4))
