"""The sample in data/sample is what its seed makes, small, and reads back without loss."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import yaml

from cxlib.engagement.brief import load_brief
from cxlib.engagement.sources.load import load_tables
from cxlib.engagement.tables.contracts import CONTRACTS
from cxlib.simulate import Client, make_client, save_client
from cxlib.simulate.__main__ import SAMPLE_SEED, main
from cxlib.simulate.files import SOURCES

BOOKKEEPING = {"decisions.jsonl"}  # what people add to the sample by working with it


def made(folder: Path) -> dict[str, bytes]:
    return {
        path.name: path.read_bytes() for path in folder.iterdir() if path.is_file() and path.name not in BOOKKEEPING
    }


def test_the_sample_is_regenerated_byte_for_byte(planted: Client, sample_folder: Path, tmp_path: Path) -> None:
    again = made(save_client(planted, tmp_path))
    committed = made(sample_folder)
    assert set(again) == set(committed)
    assert [name for name in again if again[name] != committed[name]] == []


def test_the_sample_is_at_most_five_megabytes(sample_folder: Path) -> None:
    assert sum(len(content) for content in made(sample_folder).values()) <= 5_000_000


def test_the_sample_says_its_seed(sample_folder: Path) -> None:
    assert f"--seed {SAMPLE_SEED}" in (sample_folder / "README.md").read_text(encoding="utf-8")
    assert yaml.safe_load((sample_folder / "truth.yaml").read_text(encoding="utf-8"))["seed"] == SAMPLE_SEED


def test_the_readme_describes_every_table_by_its_contract(sample_folder: Path) -> None:
    readme = (sample_folder / "README.md").read_text(encoding="utf-8")
    missing = [name for name, contract in CONTRACTS.items() if f"### {name}\n\n{contract.about}" not in readme]
    assert missing == []


def test_every_table_of_the_contracts_is_there_and_reads_back_as_it_was_made(
    planted: Client, sample_folder: Path
) -> None:
    loaded = load_tables(load_brief(sample_folder))
    assert set(planted.tables) == set(CONTRACTS) == set(SOURCES)
    for name, table in planted.tables.items():
        columns = list(CONTRACTS[name].column_names)
        assert list(table.columns) == columns
        read = loaded[name].table.sort_values(columns, ignore_index=True)
        if name in ("responses", "verbatims", "pulse"):  # an answer that was sent twice is read once
            table = table.drop_duplicates()
        pd.testing.assert_frame_equal(read, table.sort_values(columns, ignore_index=True), obj=name)


def test_the_mapping_of_the_sample_has_something_to_do(sample_folder: Path) -> None:
    brief = load_brief(sample_folder)
    loaded = load_tables(brief)
    repairs = {name: set(loaded[name].report.repairs) for name in loaded}
    assert brief.tables["customers"][0].columns["customer_id"] == "cliente"
    assert {"day_first", "code_blank"} <= repairs["customers"]
    assert "decimal_comma" in repairs["transactions"]
    assert loaded["responses"].report.n_unanswered > 0
    assert (brief.tables["interactions"][0].file or "").endswith(".csv.gz")


@pytest.mark.parametrize("seed", [1, 2])
def test_another_seed_is_another_client_and_the_same_seed_the_same(seed: int) -> None:
    first, second = make_client(seed, n_customers=150), make_client(seed, n_customers=150)
    other = make_client(seed + 10, n_customers=150)
    pd.testing.assert_frame_equal(first.tables["transactions"], second.tables["transactions"])
    assert not first.tables["transactions"].equals(other.tables["transactions"])
    assert first.truth == second.truth


def test_the_command_writes_a_client_that_loads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "mine"), "--seed", "7", "--customers", "200"]) == 0
    assert "seed 7. Next: cx check" in capsys.readouterr().out
    assert len(load_tables(load_brief(tmp_path / "mine"))["customers"].table) == 200


def test_wrong_use_of_the_command_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--seed", "x"])
    assert stopped.value.code == 2
    assert "invalid int value: 'x'" in capsys.readouterr().err
