"""The server process: moto with our grafts on 127.0.0.1, a health address, one server per ready file."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import signal
import sys
import threading
import time
import urllib.request
import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

from iam_guardrails.emulator import install, past
from iam_guardrails.emulator.pipeline import Pipeline

HOST = "127.0.0.1"
HEALTH_PATH = "/guardrails-health"
DELIVERY_SECONDS = "GUARDRAILS_SANDBOX_DELIVERY_SECONDS"
_USUAL_SECONDS, _MOST_SECONDS = 2.0, 3600.0
_PATIENCE_SECONDS = 2.0
log = logging.getLogger("iam_guardrails.emulator")
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


class ServerError(RuntimeError):
    """The server could not start; the message says why."""


def serve(port: int, ready_file: Path) -> None:
    """Serve on `port` (0: a free one) until SIGTERM or SIGINT; write `ready_file` when it answers.

    The ready file is {"pid", "port", "started_at", "version"}. While the server lives it holds a lock on
    `<ready_file>.lock`, which also holds its pid: a lock that is free means that no server is there.
    $GUARDRAILS_SANDBOX_DELIVERY_SECONDS, read once, says how long records wait for delivery (default 2).
    Errors: ServerError when the port is taken, another server holds the lock, or that is no number of seconds.
    """
    delay = delivery_seconds(os.environ)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(message)s")
    warnings.filterwarnings("ignore", r"Exception\(NotPartOfIt\)")  # moto knows the error codes of AWS only
    ready_file.parent.mkdir(parents=True, exist_ok=True)
    with ready_file.with_name(ready_file.name + ".lock").open("a+") as lock:
        _hold(lock)
        install()
        facts = {"pid": os.getpid(), "started_at": datetime.now(UTC).isoformat(), "version": version("moto")}
        server = _listen(port, application(facts))
        facts["port"] = server.server_port
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
        announcer = threading.Thread(target=_announce, args=(facts, ready_file), daemon=True)
        announcer.start()
        with Pipeline(delay):
            server.serve_forever()


def delivery_seconds(environ: Mapping[str, str]) -> float:
    """How long a record waits for its delivery. Errors: ServerError."""
    text = environ.get(DELIVERY_SECONDS, "").strip()
    try:
        seconds = float(text or _USUAL_SECONDS)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds <= _MOST_SECONDS:
        raise ServerError(f"{DELIVERY_SECONDS} is {text!r}: give a number of seconds from 0 to {_MOST_SECONDS:g}.")
    return seconds


def application(facts: dict[str, Any]) -> Application:
    """The WSGI application: `facts` at HEALTH_PATH, a past at past.PATH, moto elsewhere; a failure as an answer."""
    aws = DomainDispatcherApplication(create_backend_app)

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == HEALTH_PATH:
            return _say(start_response, "200 OK", json.dumps(facts))
        if environ.get("PATH_INFO") == past.PATH and environ["REQUEST_METHOD"] == "POST":
            return _put_past(environ, start_response)
        try:
            return list(aws(environ, start_response))
        except Exception as error:  # whatever moto trips over is told to the caller, not dumped
            return _failed(environ, start_response, error)

    return answer


def _put_past(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    try:
        content = json.loads(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
        past.put(content)
    except ValueError as error:
        return _say(start_response, "400 Bad Request", json.dumps({"message": str(error)}))
    return _say(start_response, "200 OK", "{}")


def _failed(environ: dict[str, Any], start_response: Any, error: Exception) -> Iterable[bytes]:
    """A race inside moto (RuntimeError) may be tried again; anything else would fail again, so 501."""
    where = error.__traceback__
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    line = f"{Path(where.tb_frame.f_code.co_filename).name}:{where.tb_lineno}" if where else "?"
    log.error("%s %s: %r at %s", environ["REQUEST_METHOD"], environ.get("PATH_INFO"), error, line)
    # moto's NotImplementedError is a RuntimeError too, and no race: a second try would fail alike
    again = isinstance(error, RuntimeError) and not isinstance(error, NotImplementedError)
    status = "500 Internal Server Error" if again else "501 Not Implemented"
    return _say(start_response, status, json.dumps({"__type": "EmulatorFailure", "message": repr(error)}))


def _say(start_response: Any, status: str, text: str) -> Iterable[bytes]:
    body = text.encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _hold(lock: Any) -> None:
    """Take the lock. Somebody who only looks holds it for a moment, so it is tried more than once."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if time.monotonic() > deadline:
                raise ServerError(f"Another embedded AWS holds {lock.name}.") from error
        time.sleep(0.01)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()


def _listen(port: int, app: Application) -> Any:
    try:
        return make_server(HOST, port, app, threaded=True, request_handler=MotoRequestHandler)
    except (OSError, SystemExit) as error:
        raise ServerError(f"Port {port} on {HOST} cannot be used: {error}") from error


def _announce(facts: dict[str, Any], ready_file: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{HOST}:{facts['port']}{HEALTH_PATH}", timeout=30) as answer:
        answer.read()
    partial = ready_file.with_name(f"{ready_file.name}.{facts['pid']}")
    partial.write_text(json.dumps(facts), encoding="utf-8")
    partial.replace(ready_file)


def _leave(number: int, frame: Any) -> None:
    sys.exit(0)
