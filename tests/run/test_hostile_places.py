"""Reports in a folder where others may write: links are not followed, what was cut or changed is missed, secrets stay."""

from __future__ import annotations

import http.server
import json
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cxlib.cli import ask
from cxlib.cli.grammar import parsed
from cxlib.engagement import decisions, heads, ledger
from cxlib.engagement.brief import load_brief
from cxlib.errors import CxError, LedgerError, UsageError
from cxlib.report.standing import standings
from cxlib.report.terminal import history_text
from cxlib.run import staging, upkeep
from cxlib.run.conduct import Events
from cxlib.run.hooks import Hooks
from cxlib.run.order import Order
from cxlib.run.runner import run_chain
from cxlib.run.unchanged import asked, nothing_to_do
from tests.run.conftest import InProcess, write_chain


class Place:
    """A client, its notebooks and its reports."""

    def __init__(self, client: Path) -> None:
        self.client, self.home = client, client.parent / "out" / client.name
        self.notebooks = write_chain(client.parent / "notebooks")

    def run(self) -> None:
        order = Order(str(self.client), str(self.home.parent), notebooks=self.notebooks)
        assert not run_chain(order, tell=lambda _line: None, execute=InProcess()).failure

    def seal(self, number: int) -> None:
        decisions.seal(load_brief(self.client), self.home, number, CHOSEN[number], why="so", by="Ana")


CHOSEN: dict[int, dict[str, object]] = {
    1: {"objective": "turnover", "metric": "customers", "target": 5},
    2: {"segment": "all"},
}


@pytest.fixture
def place(client: Path) -> Place:
    return Place(client)


# -- links ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["link", "hard link", "pipe", "folder", "link to nothing"])
@pytest.mark.parametrize("name", [".lock", "events.jsonl"])
def test_a_file_of_the_report_folder_that_leads_elsewhere_is_refused(place: Place, kind: str, name: str) -> None:
    place.home.mkdir(parents=True)
    victim = place.home.parent / "victim"
    victim.write_text("precious")
    match kind:
        case "link":
            (place.home / name).symlink_to(victim)
        case "hard link":
            (place.home / name).hardlink_to(victim)
        case "link to nothing":
            (place.home / name).symlink_to(place.home.parent / "nothing")
        case "pipe":
            os.mkfifo(place.home / name)
        case "folder":
            (place.home / name).mkdir()
    with pytest.raises(CxError, match="it is a link, or no file"):
        if name == ".lock":
            place.run()
        else:
            Events(place.home / name)("begun")
    assert victim.read_text() == "precious"
    assert not (place.home.parent / "nothing").exists()


def test_a_link_in_the_place_of_a_runs_own_folder_is_removed_and_not_followed(place: Place) -> None:
    victim = place.home.parent / "victim"
    victim.mkdir(parents=True)
    (victim / "precious").touch()
    place.home.mkdir()
    (place.home / ".staging").symlink_to(victim)
    place.run()
    assert [one.name for one in victim.iterdir()] == ["precious"]
    assert (place.home / "index.html").is_file()
    assert not (place.home / ".staging").exists()


def test_what_a_killed_run_has_left_goes_with_the_next_command(place: Place) -> None:
    place.run()
    for scrap in (".staging/casa/notebooks/a.ipynb", ".index.html.x.tmp", "exports/.a.pdf.x.tmp", "store/.x.tmp"):
        (place.home / scrap).parent.mkdir(parents=True, exist_ok=True)
        (place.home / scrap).touch()
    given = parsed(["status", "--engagement", str(place.client), "--out", str(place.home.parent)])
    with staging.held(place.home, "another run"):
        ask.engagement(given)
        assert (place.home / ".staging").is_dir()  # it belongs to whoever holds the lock
    ask.engagement(given)
    assert not [path for path in place.home.rglob("*") if path.name.endswith(".tmp") or path.name == ".staging"]


def test_also_a_run_with_nothing_to_do_clears_up(place: Place) -> None:
    place.run()
    (place.home / ".staging" / "casa").mkdir(parents=True)
    nothing_to_do(asked(str(place.client), "", "report", "", str(place.home.parent)))
    assert not (place.home / ".staging").exists()


def test_reports_are_their_owners_alone(place: Place) -> None:
    before = os.umask(0o000)
    try:
        place.run()
    finally:
        os.umask(before)
    for folder in (place.home.parent, place.home, place.home / "store", place.home / "runs"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


# -- what was cut or changed ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("left", [0, 1], ids=["all", "the last"])
@pytest.mark.parametrize("ran_since", [False, True])
def test_decisions_that_were_cut_off_are_missed_by_all_who_read_them(
    place: Place, left: int, ran_since: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decisions, "check_choice", lambda _number, choice: choice)
    monkeypatch.setattr(decisions, "check_chain", lambda *_given, **_more: [])
    place.run()
    place.seal(1)
    place.seal(2)
    if ran_since:
        place.run()
    file, brief = place.client / ledger.LEDGER, load_brief(place.client)
    assert heads.head_of(ledger.read_ledger(place.client))["length"] == 2
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:left]))
    for read in (
        lambda: upkeep.verified(place.home, place.client),
        lambda: standings(brief, place.home),
        lambda: history_text(brief, place.home),
        lambda: decisions.reopen(brief, 1, why="so", by="Ana", home=place.home),
        place.run,
    ):
        with pytest.raises(LedgerError, match="is missing: the file was cut, replaced or removed"):
            read()
    file.unlink()
    with pytest.raises(LedgerError, match="is missing"):
        standings(brief, place.home)
    file.write_bytes(b"".join(lines))
    assert upkeep.verified(place.home, place.client) == []


def test_a_file_outside_knows_when_the_report_folder_goes_too(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CX_LEDGER_HEADS", str(tmp_path / "heads.jsonl"))
    monkeypatch.setattr(decisions, "check_choice", lambda _number, choice: choice)
    place.run()
    place.seal(1)
    (place.client / ledger.LEDGER).unlink()
    with pytest.raises(LedgerError, match=r"heads\.jsonl"):
        heads.read_whole(place.client, None)
    monkeypatch.setenv("CX_LEDGER_HEADS", str(tmp_path / "no" / "such" / "folder"))
    with pytest.raises(UsageError, match="CX_LEDGER_HEADS"):
        heads.remember(place.client, place.home, {"seq": 1, "hash": "x"})


@pytest.mark.parametrize(
    "name", ["index.html", "summary.html", "dictionary.html", "03_sales_funnel.html", "facts.json", "exports/a.pdf"]
)
def test_a_byte_added_to_what_people_read_is_found(place: Place, name: str) -> None:
    from cxlib.engagement.left import leave

    place.run()
    leave(place.home, {"exports/a.pdf": b"%PDF"})
    assert upkeep.verified(place.home, place.client) == []
    with (place.home / name).open("a") as stream:
        stream.write("<script>alert(1)</script>")
    assert upkeep.verified(place.home, place.client) == [f"{name}: not as the run has left it"]
    place.run()
    assert upkeep.verified(place.home, place.client) == (
        [] if not name.startswith("exports") else [f"{name}: not as the run has left it"]
    )


def test_a_page_that_is_gone_a_link_or_nobodys_is_found(place: Place) -> None:
    place.run()
    (place.home / "index.html").rename(place.home / "other.html")
    assert set(upkeep.verified(place.home, place.client)) == {
        "index.html: not as the run has left it",
        "other.html: no run has left it",
    }
    (place.home / "index.html").symlink_to("other.html")
    assert "index.html: not as the run has left it" in upkeep.verified(place.home, place.client)


def test_a_seal_brings_pages_up_to_date_and_they_are_as_written(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "check_choice", lambda _number, choice: choice)
    place.run()
    place.seal(1)
    given = parsed(["status", "--engagement", str(place.client), "--out", str(place.home.parent)])
    before = (place.home / "index.html").read_bytes()
    ask.refreshed(given)
    assert (place.home / "index.html").read_bytes() != before
    assert upkeep.verified(place.home, place.client) == []
    (place.home / "store" / "left.json").unlink()
    assert any("left.json: gone" in found for found in upkeep.verified(place.home, place.client))


# -- secrets -------------------------------------------------------------------------------------------------------


class Odd(http.server.BaseHTTPRequestHandler):
    """A server that answers what is no HTTP, a long line, or somewhere else."""

    def do_POST(self) -> None:
        if self.path.startswith("/garbage"):
            self.wfile.write(b"garbage s3cr3t\r\n\r\n")
        elif self.path.startswith("/long"):
            self.send_response(200, "x" * 70_000)
            self.end_headers()
        else:
            self.send_response(302)
            self.send_header("Location", "/s3cr3t")
            self.end_headers()

    def log_message(self, *_given: object) -> None:
        """Say nothing."""


@pytest.fixture
def odd() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("path", ["garbage", "long", "elsewhere"])
def test_no_answer_of_a_server_makes_a_secret_known(
    odd: str, path: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CX_T", "s3cr3t")
    hooks = Hooks(webhook=f"{odd}/{path}/${{CX_T}}", header="X-Key: ${CX_T}")
    hooks.check()
    told = json.dumps(hooks.send({}))
    assert told != "{}"
    assert "\\n" not in told
    assert "s3cr3t" not in told + capfd.readouterr().err


@pytest.mark.parametrize("secret", ["s3 cr3t", "s3cr3t\n", "s3cr3t\r\nEvil: 1", "s3cr3té", "s3cr3t\x00", "s3cr3t\t"])
def test_an_address_or_header_that_cannot_be_sent_is_refused_without_its_secret(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "\0" not in secret:
        monkeypatch.setenv("CX_T", secret)
    else:
        monkeypatch.setattr(os, "environ", {**os.environ, "CX_T": secret})
    for hooks in (Hooks(webhook="https://example.org/${CX_T}"), Hooks(webhook="https://e.org", header="X: ${CX_T}")):
        if hooks.header and secret == "s3 cr3t":
            continue  # a header may hold a blank
        with pytest.raises(UsageError, match="with its secrets filled in") as caught:
            hooks.check()
        assert "s3" not in caught.value.message


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://e.org/x", "http://[x/", "http://e.org:port/", "//e.org", "javascript:1"]
)
def test_only_an_address_of_the_web_is_sent_to(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CX_T", url)
    with pytest.raises(UsageError, match="is not an address"):
        Hooks(webhook="${CX_T}").check()
