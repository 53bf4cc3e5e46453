"""Runs that nobody watches: exit codes, events, hooks, secrets, alerts, dates, recipes."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

from cxlib.chain import STAGES
from cxlib.cli import main
from cxlib.errors import UsageError
from cxlib.run.conduct import Attendance, Events, Watched, conduct
from cxlib.run.hooks import Hooks
from cxlib.run.limits import Limits, limits_of
from cxlib.run.order import Order, Run
from cxlib.run.schedule import schedule_text
from tests.run.conftest import InProcess, write_chain

SECRET = "planted-7f3a9c"
COUNT = "stage.say(finding('{{rows}} rows.', Fact('{n}.rows', len(stage.table('transactions')))))"
SALES = "transactions: {{file: sales.csv}}\n"


@pytest.fixture
def conducted(client: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """`conducted(code={3: …}, hooks=…, strict=True)` runs ten small notebooks here, with all that surrounds a run."""

    def run(code: dict[int, str] | None = None, hooks: Hooks | None = None, out: str = "out", **order: Any) -> Run:
        folder = client.parent / "notebooks"
        notebooks = folder if folder.exists() else write_chain(folder, code)
        work = InProcess()
        monkeypatch.setattr(
            "cxlib.run.conduct.Watched",
            lambda events, limits: Watched(
                events, limits, lambda source, parameters, **_more: work(source, parameters)
            ),
        )
        return conduct(
            Order(str(client), str(client.parent / out), notebooks=notebooks, **order),
            tell=lambda _line: None,
            around=Attendance(hooks=hooks or Hooks(), warn=SAID.append),
        )

    SAID.clear()
    return run


SAID: list[str] = []


class Listener:
    """A web address on this machine that keeps what it is sent and answers with a status."""

    def __init__(self, status: int, location: str) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        inner = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                inner.requests.append((self.path, dict(self.headers), body))
                self.send_response(status)
                if location:
                    self.send_header("Location", location)
                self.end_headers()

            def log_message(self, *_given: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def listen() -> Iterator[Callable[..., Listener]]:
    opened: list[Listener] = []

    def start(status: int = 200, location: str = "") -> Listener:
        opened.append(Listener(status, location))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def events(run: Run) -> list[dict[str, Any]]:
    path = next(path for path in (run.home / "events.jsonl",) if path.is_file())
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_events_tell_the_beginning_each_stage_and_the_end(conducted: Callable[..., Run]) -> None:
    run = conducted({3: "1 / 0"})
    told = events(run)
    assert [one["event"] for one in told] == ["begun", *["stage", "ended"] * 3, "finished"]
    assert told[-2]["exit_code"] == 1 and "ZeroDivisionError" in told[-2]["reason"]
    assert told[-1]["run_id"] == run.id and told[-1]["exit_code"] == 1 and told[-1]["status"] == "failed"


def test_a_command_gets_the_summary_on_its_input_and_its_failure_is_told_and_noted(
    conducted: Callable[..., Run], tmp_path: Path
) -> None:
    script = f"import sys, pathlib; pathlib.Path({str(tmp_path / 'got')!r}).write_text(sys.stdin.read()); sys.exit(7)"
    run = conducted(hooks=Hooks(on_finish=shlex.join([sys.executable, "-c", script])))
    got = json.loads((tmp_path / "got").read_text(encoding="utf-8"))
    assert got["status"] == "done" and got["exit_code"] == run.exit_code == 0 and len(got["stages"]) == 10
    assert SAID == ["cx: --on-finish: it ended with 7. The report is not touched by that."]
    assert events(run)[-1]["hooks_failed"] == {"on-finish": "it ended with 7"}


def test_hooks_that_hang_are_given_up_and_leave_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that waits for its own child; an address that answers a byte at a time."""
    monkeypatch.setattr("cxlib.run.hooks.COMMAND_SECONDS", 0.5)
    monkeypatch.setattr("cxlib.run.hooks.WEB_SECONDS", 0.5)
    command = shlex.join(["sh", "-c", f"sleep 60 & echo $! > {tmp_path / 'pid'}; wait"])
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_drip, args=(server,))
        thread.start()
        told = Hooks(on_finish=command, webhook=f"http://127.0.0.1:{server.getsockname()[1]}").send({})
        thread.join()
    assert told == {"on-finish": "no end in 0.5 seconds; it was stopped", "webhook": "no answer in 0.5 seconds"}
    with pytest.raises(ProcessLookupError):
        _until_gone(int((tmp_path / "pid").read_text()))


def _drip(server: socket.socket) -> None:
    connection, _address = server.accept()
    with connection:
        for byte in b"HTTP/1.1 200":
            connection.send(bytes([byte]))
            time.sleep(0.1)


def _until_gone(pid: int) -> None:
    """Ends with ProcessLookupError when the process is gone."""
    for _attempt in range(50):
        os.kill(pid, 0)
        time.sleep(0.1)


def test_a_web_address_gets_the_summary_by_post(
    conducted: Callable[..., Run], listen: Callable[..., Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CX_TEST_TOKEN", SECRET)
    web = listen()
    run = conducted(
        hooks=Hooks(webhook=f"{web.url}/in/${{CX_TEST_TOKEN}}", header="Authorization: Bearer ${CX_TEST_TOKEN}")
    )
    ((path, headers, body),) = web.requests
    assert path == f"/in/{SECRET}" and headers["Authorization"] == f"Bearer {SECRET}"
    assert body["run_id"] == run.id and body["engagement"] == "casa" and not SAID


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirection_is_not_followed_for_it_would_carry_secrets_elsewhere(
    listen: Callable[..., Listener], status: int
) -> None:
    elsewhere = listen()
    web = listen(status, elsewhere.url)
    assert Hooks(webhook=web.url).send({}) == {"webhook": f"it answered {status}"}
    assert len(web.requests) == 1 and elsewhere.requests == []


def test_a_run_that_is_refused_is_told_too(conducted: Callable[..., Run], listen: Callable[..., Listener]) -> None:
    web = listen()
    with pytest.raises(UsageError):
        conducted(hooks=Hooks(webhook=web.url), as_of="someday")
    assert web.requests[0][2]["exit_code"] == 2 and "'someday' is not a date" in web.requests[0][2]["failure"]["reason"]


@pytest.mark.parametrize(
    ("hooks", "words"),
    [
        (Hooks(webhook="example.org/x"), "'example.org/x' is not an address"),
        (Hooks(webhook="https://example.org", header="Bearer x"), "'Bearer x' is not a header"),
        (Hooks(webhook="https://example.org/${CX_NOT_SET}"), "the environment variable CX_NOT_SET is not set"),
    ],
)
def test_a_hook_that_could_not_work_is_refused_before_anything_runs(
    conducted: Callable[..., Run], client: Path, hooks: Hooks, words: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        conducted(hooks=hooks)
    assert not (client.parent / "out").exists()


def test_no_secret_lands_in_anything_that_is_written_or_said(
    client: Path, listen: Callable[..., Listener], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real kernels whose notebook shows all its environment; an address that refuses; every byte below is searched."""
    web = listen(500)
    write_chain(client.parent / "notebooks", {1: "import os; stage.brief.company, dict(os.environ)"})
    script = (
        "import sys; from pathlib import Path; import cxlib.run.runner as run\n"
        "find = run.notebooks; run.notebooks = lambda _folder, **_where: find(Path('notebooks'))\n"
        "from cxlib.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    words = [
        "run",
        "casa",
        "--out",
        "out",
        "--unattended",
        "--webhook",
        f"{web.url}/${{CX_TEST_TOKEN}}",
        "--webhook-header",
        "X-Token: ${CX_TEST_TOKEN}",
        "--on-finish",
        f"{sys.executable} -c 1/0",
    ]
    surroundings = {**os.environ, "CX_TEST_TOKEN": SECRET, "TMPDIR": str(client.parent)}
    command = [sys.executable, "-W", "ignore", "-c", script, *words]
    done = subprocess.run(command, cwd=client.parent, text=True, capture_output=True, env=surroundings)
    assert done.returncode == 0, done.stderr
    assert web.requests[0][0] == f"/{SECRET}"
    notebook = (client.parent / "out" / "casa" / "notebooks" / "01_business_objective.ipynb").read_text(
        encoding="utf-8"
    )
    assert "Casa Pequeña" in notebook and "TMPDIR" in notebook
    written = [path for path in client.parent.rglob("*") if path.is_file()]
    assert len(written) > 25
    assert [path for path in written if SECRET.encode() in path.read_bytes()] == []
    assert SECRET not in done.stdout + done.stderr
    assert "it answered 500" in done.stderr and "it ended with 1" in done.stderr


def test_strict_ends_with_4_and_names_the_stages_without_a_seal(conducted: Callable[..., Run]) -> None:
    run = conducted(strict=True)
    assert run.exit_code == 4
    log = json.loads((run.home / "run.json").read_text(encoding="utf-8"))
    assert log["status"] == "done" and log["exit_code"] == 4 and "Stage 7: no decision is sealed." in log["warnings"]


def test_an_alert_ends_with_10_until_a_person_answers_it(conducted: Callable[..., Run], client: Path) -> None:
    raised = "choice = {'actions': ['act:delivery']}"
    notebooks = write_chain(client.parent / "notebooks", {10: raised})
    last = notebooks / "10_monitoring.ipynb"
    last.write_text(
        last.read_text(encoding="utf-8").replace("Recommendation({}", "Recommendation(choice"), encoding="utf-8"
    )
    run = conducted(fail_on="alert")
    assert run.exit_code == 10 and events(run)[-1]["alerts"] == ["act:delivery"]
    assert conducted().exit_code == 0


def test_unattended_a_stage_may_take_an_hour_when_no_limit_is_named() -> None:
    assert limits_of(2.0, None, unattended=False) == Limits(2.0, None)
    assert limits_of(None, None, unattended=True).stage_seconds == 3600
    assert limits_of(None, 5.0, unattended=True).stage_seconds == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run", "--stage-timeout", "soon"], "'soon' is not a time"),
        (["run", "--cell-timeout", "0"], "'0' is not a limit"),
        (["run", "--wait=-1"], "'-1' is not a time"),
        (["run", "--wait", "nan"], "'nan' is not a time"),
        (["run", "--from", "11"], "'11' is not a stage"),
        (["run", "--jobs", "0"], "'0' is not a count"),
        (["gc", "--keep", "1.5"], "'1.5' is not a count"),
    ],
)
def test_what_is_no_time_stage_or_number_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert said in capsys.readouterr().err


def test_months_give_the_same_facts_in_any_order(conducted: Callable[..., Run], client: Path) -> None:
    """Each month's report is bounded by its own date, whatever ran before; sealed decisions stay out of it."""
    (client / "sales.csv").write_text(
        "transaction_id,customer_id,at,revenue\n"
        + "".join(f"t{n},c{n},2026-{1 + n % 6:02d}-15,10\n" for n in range(60))
    )
    brief = client / "engagement.yaml"
    brief.write_text(brief.read_text(encoding="utf-8") + "tables:\n  " + SALES.format(), encoding="utf-8")
    write_chain(client.parent / "notebooks", {stage.number: COUNT.format(n=stage.number) for stage in STAGES})
    months = ["2026-03-31", "2026-04-30", "2026-05-31"]
    found: dict[str, dict[str, bytes]] = {}
    assert conducted(as_of=months[0]).failure is None
    for out, order in (("there", months), ("back", months[::-1]), ("mixed", [months[1], months[2], months[0]])):
        found[out] = {month: (conducted(out=out, as_of=month).home / "facts.json").read_bytes() for month in order}
    assert found["there"] == found["back"] == found["mixed"]
    rows = {month: json.loads(facts)["facts"][1]["value"] for month, facts in found["there"].items()}
    assert list(rows.values()) == [30, 40, 50]


# -- recipes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["cron", "systemd", "github"])
def test_the_command_a_scheduler_is_given_runs_the_engagement(
    client: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(client.parent)
    text = schedule_text("casa", "out", form, "week", "6:30")
    if form == "cron":
        line = text.splitlines()[-1]
        assert line.startswith("30 6 * * 1 ")
        command = line.split(" ", 5)[5].replace("\\%", "%")
    elif form == "systemd":
        assert "OnCalendar=Mon *-*-* 06:30:00" in text
        command = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)[0]
    else:
        job = yaml.safe_load(text)["jobs"]["report"]
        command = next(step["run"] for step in job["steps"] if step.get("run", "").startswith("cx "))
    given = shlex.split(command.rpartition("&& ")[2])
    assert Path(given[0]).name == "cx" and (form == "github" or os.access(given[0], os.X_OK))
    asked: list[Order] = []
    monkeypatch.setattr("cxlib.run.conduct.run_chain", lambda order, **_more: asked.append(order) or _stop())
    assert main(given[1:]) == 2
    assert asked[0].engagement == "casa" and asked[0].out == "out" and asked[0].fail_on == "alert"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", asked[0].as_of)


def _stop() -> None:
    raise UsageError("test", "far enough")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--form", "corn"], "it is unknown; did you mean 'cron'?"),
        (["--every", "fortnight"], "Choose one of day, week, month"),
        (["--at", "25:00"], "'25:00' is not a time of day"),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schedule", *words]) == 2
    assert said in capsys.readouterr().err


def test_events_are_whole_lines_and_a_large_file_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cxlib.run.conduct.LARGEST", 200)
    events = Events(tmp_path / "events.jsonl")
    for n in range(10):
        events("beat", n=n)
    assert (tmp_path / "events.old.jsonl").is_file()
    assert [json.loads(line)["event"] for line in events.path.read_text().splitlines()]


@pytest.mark.filterwarnings("default")  # of papermill and its neighbours
def test_the_recipes_and_the_call_of_airflows_operator_give_the_facts_of_cx_run(client: Path) -> None:
    """The real ten notebooks on a client without data; Airflow's PapermillOperator cannot choose an engine."""
    import papermill

    by_cron = _facts_by(client, "cron", lambda text: text.splitlines()[-1].split(" ", 5)[5].replace("\\%", "%"))
    assert by_cron == _facts_by(client, "systemd", _by_systemd) == _facts_by(client, "github", _by_github)
    parameters = {"engagement": str(client), "out": str(client.parent / "airflow"), "as_of": "2026-06-30"}
    for stage in STAGES[:2]:
        notebook = Path(__file__).parents[2] / "notebooks" / f"{stage.slug}.ipynb"
        papermill.execute_notebook(
            str(notebook),
            str(client.parent / f"{stage.number}.ipynb"),
            parameters=parameters,
            progress_bar=False,
            report_mode=True,
            kernel_name="python3",
            engine_name=None,
        )
    by_airflow = json.loads((client.parent / "airflow" / "casa" / "facts.json").read_text(encoding="utf-8"))["facts"]
    assert by_airflow and by_airflow == [fact for fact in by_cron if fact["stage"] <= 2]


def _facts_by(client: Path, form: str, command: Callable[[str], str]) -> Any:
    """The facts after doing what a recipe says, for a day in the past; installing is left out."""
    out, shims = client.parent / form, client.parent / "bin"
    shims.mkdir(exist_ok=True)
    for name, does in (
        ("pip", "exit 0"),
        ("cx", f'exec {shlex.quote(str(Path(sys.executable).with_name("cx")))} "$@"'),
    ):
        (shims / name).write_text(f"#!/bin/sh\n{does}\n")
        (shims / name).chmod(0o755)
    text = schedule_text(str(client), str(out), form, "day", "06:00").replace("--as-of today", "--as-of 2026-06-30")
    done = subprocess.run(
        ["bash", "-ec", command(text)],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{shims}:{os.environ['PATH']}"},
    )
    assert done.returncode in (0, 10), done.stderr
    assert (out / "casa" / "run.json").is_file()
    return json.loads((out / "casa" / "facts.json").read_text(encoding="utf-8"))["facts"]


def _by_systemd(text: str) -> str:
    """What the service starts, where it starts it."""
    (folder,) = re.findall(r"^WorkingDirectory=(.*)$", text, re.MULTILINE)
    (start,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    return f"cd {shlex.quote(folder)}\n" + str(start).replace("%%", "%").replace("$$", "$")


def _by_github(text: str) -> str:
    """All steps that run something, in their order."""
    steps = yaml.safe_load(text)["jobs"]["report"]["steps"]
    assert any("--require-hashes -r requirements.lock" in step.get("run", "") for step in steps)
    return "\n".join(step["run"] for step in steps if "run" in step)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units_as_they_are_printed(tmp_path: Path) -> None:
    service, head, timer = schedule_text("la casa ñ", "a b", "systemd", "month", "6:00").partition("# cx-la-casa.timer")
    for name, text in (("cx-la-casa.service", service), ("cx-la-casa.timer", head + timer)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", *map(str, tmp_path.glob("cx-*"))],
        capture_output=True,
        text=True,
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
    )
    assert (done.returncode, done.stderr) == (0, "")
