"""Parameters are checked in the kernel: names, types, values, whoever runs the notebook."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from cxlib.engagement.parameters import check_parameters
from cxlib.errors import UsageError


def test_a_mistyped_name_is_refused_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        check_parameters({"engagement": str(tmp_path), "as_off": "2026-01-01"})
    assert raised.value.message == (
        "parameters: 'as_off' is not a parameter; did you mean 'as_of'? Parameters are engagement, out, as_of. "
        "Correct the name and run again."
    )


def test_the_names_are_those_assigned_in_cells_before_the_stage_opens(tmp_path: Path) -> None:
    cells = ["", "import x", f'engagement = "{tmp_path}"', "stage = open_stage(3, globals())", "later = 1"]
    assert check_parameters({"In": cells, "engagement": str(tmp_path), "later": 1}).engagement == tmp_path
    cells.insert(2, "engagment = 'x'")
    with pytest.raises(UsageError, match="did you mean 'engagement'"):
        check_parameters({"In": cells, "engagement": str(tmp_path)})


@pytest.mark.parametrize("value", ["30-06-2026", "2026-13-01", 20260630, 1.5, True])
def test_a_date_that_is_none_is_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(UsageError, match="A date is YYYY-MM-DD"):
        check_parameters({"engagement": str(tmp_path), "as_of": value})


@pytest.mark.parametrize("value", ["2026-06-30", dt.date(2026, 6, 30), dt.datetime(2026, 6, 30, 12)])
def test_a_date_is_read_however_it_was_injected(tmp_path: Path, value: object) -> None:
    assert check_parameters({"engagement": str(tmp_path), "as_of": value}).as_of == dt.date(2026, 6, 30)


def test_no_date_means_the_date_of_the_brief(tmp_path: Path) -> None:
    assert check_parameters({"engagement": str(tmp_path)}).as_of is None


@pytest.mark.parametrize("name", ["engagement", "out"])
@pytest.mark.parametrize("value", [5, "", "  ", None])
def test_a_path_that_is_none_is_refused(tmp_path: Path, name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"parameter {name}: "):
        check_parameters({"engagement": str(tmp_path), name: value})


def test_an_engagement_that_does_not_exist_is_named() -> None:
    with pytest.raises(UsageError, match="'nowhere/at/all' does not exist"):
        check_parameters({"engagement": "nowhere/at/all"})


def test_relative_paths_count_from_the_project_when_run_inside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "01_business_objective.ipynb").touch()
    (tmp_path / "data" / "sample").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks")
    found = check_parameters({"engagement": "data/sample"})
    assert (found.engagement, found.out) == (tmp_path / "data" / "sample", tmp_path / "reports")
