"""`guardrails trail ask --engine athena` with the real client, against a server on this machine."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import Any

import pytest

from iam_guardrails.model.trail.questions.all import QUESTIONS
from tests.breakglass_project import NOBODY
from tests.trail_history import write_folder
from tests.trail_sql.lake import LAKE, FakeAthena, connected
from tests.trail_sql.test_answers import NAME, WANTED

CALLS = {
    "StartQueryExecution": "start_query_execution", "GetQueryExecution": "get_query_execution",
    "GetQueryResults": "get_query_results", "StopQueryExecution": "stop_query_execution",
}  # fmt: skip
TABLE = [
    "--workgroup", LAKE.workgroup, "--database", LAKE.database, "--table", LAKE.table, "--region", LAKE.region,
    *(word for account in LAKE.accounts for word in ("--lake-account", account)),
    *(word for region in LAKE.regions for word in ("--lake-region", region)),
]  # fmt: skip
OPTIONS = [
    *TABLE,
    *(word for account in LAKE.accounts for word in ("--role", f"arn:aws:iam::{account}:role/{NAME}")),
]  # fmt: skip


class Server(ThreadingHTTPServer):
    """Athena's JSON protocol in front of a fake."""

    daemon_threads = True

    def __init__(self, fake: FakeAthena) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fake, self.lock = fake, Lock()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = self.headers["X-Amz-Target"].rpartition(".")[2]
        with self.server.lock:
            content = json.dumps(getattr(self.server.fake, CALLS[name])(**given)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    write_folder(WANTED, folder)
    return folder


@pytest.fixture
def server(tree: Path) -> Iterator[Server]:
    made = Server(FakeAthena(connected(tree), page=200, states=()))
    Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def started(server: Server, *arguments: str) -> subprocess.Popen[str]:
    return guardrails(server, "trail", "ask", *arguments)


def guardrails(server: Server, *words: str) -> subprocess.Popen[str]:
    """Run it with what the shell has set, but for what leads to another AWS than the server's: AWS_* and proxies."""
    variables = {key: value for key, value in os.environ.items()
                 if not key.startswith("AWS_") and not key.lower().endswith("_proxy")} | {
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_address[1]}",
    }  # fmt: skip
    command = [sys.executable, "-m", "iam_guardrails", *words]
    return subprocess.Popen(command, env=variables, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_the_rows_are_those_of_the_files(server: Server, tree: Path, tmp_path: Path) -> None:
    given = ["role-assumptions", "--since", "2026-01-11", "--format", "csv"]
    by_athena = started(server, *given, "--engine", "athena", *OPTIONS)
    told, said = by_athena.communicate(timeout=60)
    by_files = started(server, *given, "--source", str(tree), "--cache", str(tmp_path))
    assert told == by_files.communicate(timeout=60)[0] and len(list(csv.reader(io.StringIO(told)))) > 10
    assert (by_athena.returncode, by_files.returncode) == (0, 0)
    assert "Athena runs query query-1" in said and "USD at 5 USD per TB (list price, approximate)" in said


def test_the_source_and_the_price_are_in_json(server: Server) -> None:
    ran = started(server, "last-use", "--since", "2026-01-11", "--format", "json", "--engine", "athena", *OPTIONS)
    content = json.loads(ran.communicate(timeout=60)[0])
    assert content["source"] == "Athena's table trail.cloudtrail" and content["rows"]
    assert content["coverage"]["bytes_scanned"] > 0 and content["coverage"]["approximate_usd"] > 0
    assert {item.name for item in QUESTIONS} >= {content["question"]}


def test_reconcile_tells_silent_days_stopped_trails_and_the_price(server: Server, tmp_path: Path) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "envs" / "prod").mkdir(parents=True)
    (tmp_path / "envs" / "prod" / "main.tf").write_text("")
    (tmp_path / "envs" / "prod" / "guardrails.toml").write_text(
        f'account_id = "{LAKE.accounts[0]}"\nenvironment = "prod"\nhome_region = "us-east-2"\n'
        f'[breakglass]\nrole_names = ["{NAME}"]\n'
    )
    given = [
        "--root",
        str(tmp_path),
        "breakglass",
        "reconcile",
        "prod",
        "--since",
        "2026-01-12",
        "--until",
        "2026-02-01",
    ]
    ran = guardrails(server, *given, "--format", "json", "--engine", "athena", *TABLE)
    told, said = ran.communicate(timeout=60)
    unsure = [item["reason"] for item in json.loads(told)["not_judged"]]
    assert ran.returncode == 1 and any(
        "the source holds no record of the account on 2026-01-14" in why for why in unsure
    )
    assert any("did not record (cloudtrail:DeleteTrail" in why for why in unsure)
    assert "bytes in 1 query (query-1), about 0.0001 USD at 5 USD per TB" in said
    assert "alike" in server.fake.asked[0]["QueryString"]


@pytest.mark.parametrize("stray", [
    {"AWS_ENDPOINT_URL": NOBODY, "AWS_ENDPOINT_URL_ATHENA": NOBODY, "AWS_PROFILE": "nobody", "AWS_REGION": "eu-west-1"},
    {"http_proxy": NOBODY, "HTTPS_PROXY": NOBODY, "ALL_PROXY": NOBODY},
])  # fmt: skip
def test_what_the_shell_has_set_for_another_aws_reaches_no_command_here(
    stray: dict[str, str], server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in stray.items():
        monkeypatch.setenv(name, value)
    ran = started(server, "last-use", "--since", "2026-01-11", "--format", "json", "--engine", "athena", *OPTIONS)
    told, said = ran.communicate(timeout=60)
    assert ran.returncode == 0 and json.loads(told)["rows"], said


def test_ctrl_c_stops_the_query(server: Server) -> None:
    server.fake.states = ["RUNNING"] * 1000
    ran = started(server, "last-use", "--since", "2026-01-11", "--engine", "athena", *OPTIONS)
    until = time.monotonic() + 30
    while len(server.fake.states) > 998 and time.monotonic() < until:
        time.sleep(0.05)
    ran.send_signal(signal.SIGINT)
    _, said = ran.communicate(timeout=30)
    assert server.fake.stopped == ["query-1"]
    assert ran.returncode not in (0, 1) and "Traceback" not in said
