"""The bench of the methods runs, small, and puts a library beside each."""

from __future__ import annotations

from bench.methods import COLUMNS, measured


def test_every_method_of_the_bench_is_measured_beside_a_library() -> None:
    table = measured(scale=0.001)
    assert list(table.columns) == COLUMNS
    assert table["library"].tolist() == ["pingouin", "Lifetimes", "ChannelAttribution", "duckdb SQL"]
    assert (table["seconds"] > 0).all() and table["library_seconds"].iloc[[0, 3]].gt(0).all()
