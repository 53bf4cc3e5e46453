"""What a notebook may do with its stage: show, say, recommend, decide, hand on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable

import pandas as pd
import pytest
from matplotlib.axes import Axes

from cxlib.errors import StageError
from cxlib.facts import Fact, Recommendation, cannot_tell, finding, persons
from cxlib.show.theme import canvas
from cxlib.stage import Stage
from tests.chain.conftest import CHOICES, Client

NASTY = "<script>alert('x')</script>"


def plot_bars(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    ax = canvas(ax)
    ax.bar(table["step"], table["n"])
    ax.set_title("Customers by step")
    return ax


def test_nothing_after_as_of_is_read_and_zero_is_a_value(client: Client) -> None:
    assert client.open(1).table("transactions")["revenue"].tolist() == [0.0, 50.0]
    assert len(client.open(1, as_of="2026-02-15").table("transactions")) == 1


def test_a_missing_table_has_its_columns_and_no_rows(client: Client) -> None:
    stage = client.open(1)
    assert stage.table("costs").empty
    assert {"kind", "amount"} <= set(stage.table("costs"))
    assert stage.missing() == ("costs",)


def test_a_table_handed_out_can_be_changed_without_changing_the_data(client: Client) -> None:
    stage = client.open(1)
    handed_out = stage.table("transactions")
    handed_out["revenue"] = -1.0
    assert stage.table("transactions")["revenue"].tolist() == [0.0, 50.0]


def test_text_of_the_client_never_becomes_markup(client: Client, shown: Callable[[], str]) -> None:
    stage = client.open(1)
    stage.opening()
    stage.tell(pd.DataFrame({"text": [NASTY], NASTY: [1]}), caption=NASTY)
    stage.say(finding("It says {text}.", text=NASTY))
    stage.figure(plot_bars, pd.DataFrame({"step": ["purchase"], "n": [30]}), alt=NASTY, caption=NASTY)
    stage.recommend(Recommendation({"objective": NASTY}, finding(NASTY)))
    assert "<script" not in shown()
    assert "<b>Shop" not in shown()


def test_a_figure_is_an_image_with_its_alternative_text(client: Client, shown: Callable[[], str]) -> None:
    table = pd.DataFrame({"step": ["purchase"], "n": [30]})
    client.open(1).figure(plot_bars, table, alt="Thirty customers at purchase.", caption="Funnel")
    assert '<figure><img src="data:image/svg+xml;base64,' in shown()
    assert 'alt="Thirty customers at purchase."' in shown()


def test_the_same_figure_is_the_same_bytes(client: Client, shown: Callable[[], str]) -> None:
    table = pd.DataFrame({"step": ["purchase"], "n": [30]})
    client.open(1).figure(plot_bars, table, alt="x")
    once = shown()
    client.open(1).figure(plot_bars, table, alt="x")
    assert shown() == once * 2


def test_a_figure_without_alternative_text_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="alternative text is empty"):
        client.open(1).figure(plot_bars, pd.DataFrame({"step": ["a"], "n": [10]}), alt=" ")


def test_an_empty_table_draws_nothing_and_says_what_is_missing(client: Client, shown: Callable[[], str]) -> None:
    client.open(1).figure(plot_bars, pd.DataFrame({"step": [], "n": []}), alt="x")
    assert "this client has no data in costs" in shown()


def test_a_stage_may_say_itself_why_there_is_nothing_to_show(client: Client, shown: Callable[[], str]) -> None:
    nothing = pd.DataFrame({"step": [], "n": []})
    client.open(1).figure(plot_bars, nothing, alt="x", nothing="nobody was asked.")
    client.open(1).tell(nothing, caption="Answers", nothing="nobody was asked.")
    client.open(1).map("", nothing="No map <yet>.")
    assert "Nothing to draw: nobody was asked." in shown()
    assert "Answers: nobody was asked." in shown()
    assert "No map &lt;yet&gt;." in shown()
    assert "no data in" not in shown()


def by_step(*counts: int) -> pd.DataFrame:
    steps = ["purchase", "service", "loyalty", "advocacy", "return"][: len(counts)]
    return pd.DataFrame(
        {
            "step": steps,
            "estimate": [0.25 + place / 100 for place in range(len(counts))],
            "low": 0.1,
            "high": 0.6,
            "n": counts,
            "unit": "share",
            "verdict": "real",
        }
    )


def test_a_small_cell_is_hidden_with_the_one_that_would_tell_it(client: Client, shown: Callable[[], str]) -> None:
    client.open(1).tell(by_step(4, 50, 6, 70), caption="Conversion")
    page = shown()
    assert "25.0%" not in page and "27.0%" not in page and "26.0%" in page and "28.0%" in page
    assert '<th scope="row">other (2)</th>' in page and "Purchase" not in page
    assert "4</td>" not in page and "6</td>" not in page and "10</td>" in page


def test_where_nothing_can_be_merged_only_the_labels_of_a_hidden_line_are_shown(
    client: Client, shown: Callable[[], str]
) -> None:
    client.open(1).tell(by_step(4).assign(verdict="clear"), caption="Conversion")
    assert '<th scope="row">Purchase</th>' in shown()
    assert "clear" not in shown()
    assert "25.0%" not in shown()
    assert "hidden</td>" in shown() and "Hidden: groups of few persons" in shown()


def test_a_picture_leaves_out_what_a_table_hides(client: Client, shown: Callable[[], str]) -> None:
    stage, drawn = client.open(1), []
    stage.tell(by_step(4, 50, 6, 70), caption="Conversion")
    stage.figure(lambda table: drawn.append(list(table["n"])) or plot_bars(table), by_step(4, 50, 6, 70), alt="Bars")
    stage.figure(plot_bars, by_step(2), alt="One bar")
    assert drawn == [[50, 70]] and "every group is too small" in shown()


def test_the_next_stage_and_the_next_run_hide_what_was_hidden(client: Client, shown: Callable[[], str]) -> None:
    first = client.open(1)
    first.tell(by_step(4, 50, 6, 70), caption="Conversion")
    first.recommend(Recommendation(CHOICES[1], finding("because"), (), "measured"))
    first.decide()
    first.finish()
    second = client.open(2)
    second.tell(by_step(0, 50, 6, 70).iloc[1:], caption="Again")
    assert [row["hidden"] for row in hidden_of(second, "Again")] == [False, True, False]
    again = client.open(1)
    again.tell(by_step(4, 5, 6, 70), caption="Conversion")
    assert [row["hidden"] for row in hidden_of(again, "Conversion")] == [True, False, True, False]


def test_a_sentence_and_an_alternative_text_on_few_persons_are_withheld(
    client: Client, shown: Callable[[], str]
) -> None:
    stage, few = client.open(1), finding("{rate:full} of them.", Fact("1.rate", 0.25, 0.1, 0.5, 4, "share"))
    stage.say(few)
    stage.figure(plot_bars, by_step(50, 60), alt=few)
    assert shown().count("Withheld: this rests on fewer than 5 persons.") == 2
    assert "25.0%" not in shown()
    assert stage.fact("1.rate").value is None


def test_an_open_stage_tells_counts_from_the_minimum_of_its_brief(client: Client) -> None:
    client.edit("tables:", "thresholds: {minimum_cell: 10}\ntables:")
    client.open(1)
    assert persons(9) == "n < 10"
    client.edit("minimum_cell: 10", "minimum_cell: 5")
    client.open(1)
    assert persons(9) == "n = 9"


def test_facts_handed_on_are_called_by_their_labels(client: Client, shown: Callable[[], str]) -> None:
    client.run(1)
    assert re.search(r"<th [^>]*>size</th><td [^>]*>1 \(observed\)</td>", shown())


def hidden_of(stage: Stage, name: str) -> list[dict[str, object]]:
    told = next(one for one in stage._disclosure.as_json() if one["table"] == name)
    return [dict(zip(("key", "n", "hidden"), cell, strict=True)) for cell in told["cells"]]


def test_one_fact_has_one_value(client: Client) -> None:
    stage = client.open(1)
    stage.say(finding("{x}", Fact("1.x", 1)))
    stage.say(finding("{x}", Fact("1.x", 1)))
    with pytest.raises(StageError, match=r"fact 1\.x: it has two values: 1 and 2"):
        stage.say(finding("{x}", Fact("1.x", 2)))


def test_a_stage_without_a_decision_does_not_finish(client: Client) -> None:
    with pytest.raises(StageError, match="it ends without a decision"):
        client.open(1).finish()
    assert not (client.home / "live").exists()


def test_the_next_stage_receives_choice_facts_and_tables(client: Client) -> None:
    client.run(1, value=7.5)
    stage = client.open(2)
    assert stage.choice(1) == CHOICES[1]
    assert stage.fact("1.size").value == 7.5
    assert stage.fact("1.never_said").known is False
    assert stage.kept(1, "nothing", columns=["a"]).columns.tolist() == ["a"]
    with pytest.raises(StageError, match="only from stages before it"):
        stage.choice(2)


def test_facts_json_has_the_shape_that_was_promised(client: Client) -> None:
    client.run(1, value=7.5)
    (fact,) = json.loads((client.home / "facts.json").read_text(encoding="utf-8"))["facts"]
    assert set(fact) == {"id", "stage", "value", "low", "high", "n", "unit", "grade", "formula", "inputs"}


def test_an_undecided_stage_is_open_and_the_chain_goes_on(client: Client) -> None:
    stage = client.open(1)
    stage.headline(cannot_tell("there are no transactions"))
    stage.recommend(Recommendation({}, cannot_tell("there are no transactions"), grade="unknown"))
    stage.decide()
    stage.finish()
    (record,) = client.open(2).records()
    assert (record["choice"], record["state"], record["grade"]) == ({}, "open", "unknown")


def test_two_runs_leave_equal_facts(client: Client) -> None:
    client.run_to(2)
    first = (client.home / "facts.json").read_bytes()
    client.run_to(2)
    assert (client.home / "facts.json").read_bytes() == first


def test_sealing_from_jupyterlab_writes_the_same_entry(client: Client, shown: Callable[[], str]) -> None:
    stage = client.run(1)
    stage.seal(why="it pays", by="Ana", objective="gross_margin")
    assert stage.history()[0]["choice"]["objective"] == "gross_margin"
    assert client.open(2).records()[0]["state"] == "sealed"
    assert "Sealed by Ana: it pays" in shown()


def test_a_stage_computes_with_one_thread_so_that_sums_keep_their_order(client: Client) -> None:
    script = (
        "import sys, scipy.linalg\nfrom threadpoolctl import threadpool_info\nfrom cxlib.stage import open_stage\n"
        "open_stage(1, {'engagement': sys.argv[1], 'out': sys.argv[2], 'as_of': ''})\n"
        "print(*(pool['num_threads'] for pool in threadpool_info()))"
    )
    many = {**os.environ, "OMP_NUM_THREADS": "4", "OPENBLAS_NUM_THREADS": "4"}
    done = subprocess.run(
        [sys.executable, "-c", script, str(client.folder), str(client.folder.parent / "out")],
        env=many,
        capture_output=True,
        text=True,
    )
    assert set(done.stdout.split()) == {"1"}, done.stdout + done.stderr
