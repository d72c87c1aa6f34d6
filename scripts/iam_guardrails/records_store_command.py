"""`guardrails records send` and `records fetch`: lines to the store, and a record from it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.adapters.incidents import IncidentRecords

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]


def records_there(given: argparse.Namespace, root: Path, tell: Tell) -> Iterator[tuple[str, IncidentRecords]]:
    """The environments that are meant, each with its records. Raises Problem."""
    from iam_guardrails.incident_wiring import environments, records_of

    for name in [given.env] if getattr(given, "env", None) else environments(root):
        yield name, records_of(root, name, given.sandbox, given.store, tell)


def send(given: argparse.Namespace, root: Path, tell: Tell, put: Put) -> int:
    """Write the lines that the store does not have yet; 0. Raises Problem where there is nothing to send."""
    from iam_guardrails.incident_wiring import store_of
    from iam_guardrails.journeys.records_send import send_all
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.reports.records import sent_json, sent_text

    sent = [
        (item.kind, item.name, item.environment, item.lines)
        for environment, records in records_there(given, root, tell)
        if (store := store_of(root, environment, given.sandbox, given.store)) is not None
        for item in send_all(environment, records, store)
    ]
    if not sent:
        raise Problem("there is nothing to send, or no store: give --store s3://BUCKET/PREFIX, or set records.store")
    after = f"guardrails records verify{f' {given.env}' if given.env else ''}{_flags(given)}"
    put(sent_json(sent, after) if given.format == "json" else sent_text(sent, after), given.output)
    return 0


def fetch(given: argparse.Namespace, root: Path, tell: Tell, put: Put) -> int:
    """Bring a record here; 0 where it is here now. Raises Problem where it cannot be, and then nothing was written."""
    from iam_guardrails.incident_wiring import fitting, near, now
    from iam_guardrails.journeys.records_fetch import fetch as fetched
    from iam_guardrails.model.incident.guiding import next_command
    from iam_guardrails.reports.records import fetched_json, fetched_text

    found, path = fetched(given.id, records_there(given, root, tell), bool(given.sandbox), tell)
    following = next_command(found.incident, now(), bool(given.sandbox))
    show = f"guardrails breakglass show {found.incident.id}{' --sandbox' if given.sandbox else ''}"
    after = f"{following or show}{_store(given)}"
    if found.added < 0:
        after = f"guardrails records send {found.environment}{_flags(given)}"
    if given.format == "json":
        put(fetched_json(found, str(path), after), given.output)
    else:
        put(fitting(fetched_text(found, near(path), after), given.output), given.output)
    return 0


def _store(given: argparse.Namespace) -> str:
    import shlex

    return f" --store {shlex.quote(given.store)}" if given.store else ""


def _flags(given: argparse.Namespace) -> str:
    return f"{' --sandbox' if given.sandbox else ''}{_store(given)}"
