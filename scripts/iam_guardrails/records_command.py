"""`guardrails records …`: are the records of incidents what was written?"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.adapters.incidents import IncidentRecords
    from iam_guardrails.journeys.records_verify import Texts, Verified

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]
ACTIONS = {
    "verify": "find any line of a record that was changed, left out or moved",
    "send": "write the lines that the store does not have yet",
}
EPILOG = "Exit codes: 0 everything is as it was written, 1 something is not, 2 could not judge."


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `records` and its actions."""
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=argparse.ArgumentParser)
    for name, text in ACTIONS.items():
        action = actions.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=EPILOG,
            formatter_class=made.formatter_class,
        )  # fmt: skip
        action.add_argument("env", metavar="ENV", nargs="?", help="dev, staging or prod (default: all)")
        action.add_argument("--sandbox", action="store_true", help="the records of the embedded AWS")
        action.add_argument("--store", metavar="S3", help="the copy in s3://bucket/prefix"
                            " (default: records.store of guardrails.toml)")  # fmt: skip
        if name == "verify":
            action.add_argument("--base", metavar="REVISION",
                                help="a commit or branch, e.g. origin/main: its records must be the beginning of"
                                " today's, so that a tail that was cut off shows")  # fmt: skip
        action.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
        action.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def run(given: argparse.Namespace, find_root: Callable[[argparse.Namespace], Path], tell: Tell, put: Put) -> int:
    """Carry out the action; returns the exit code. Raises Problem."""
    root = find_root(given)
    if given.action == "send":
        return _send(given, root, tell, put)
    found, compared = [], set[str]()
    for environment, records in _records(given, root, tell):
        from iam_guardrails.journeys.records_verify import verify_records

        places = list(_places(given, root, records, tell))
        compared |= {place for place, _ in places}
        found += verify_records(environment, records, places)
    put(_as_json(found) if given.format == "json" else _as_text(found, sorted(compared)), given.output)
    return 1 if any(item.broken for item in found) else 0


def _records(given: argparse.Namespace, root: Path, tell: Tell) -> Iterator[tuple[str, IncidentRecords]]:
    from iam_guardrails.incident_wiring import environments, records_of

    for name in [given.env] if given.env else environments(root):
        yield name, records_of(root, name, given.sandbox, given.store, tell)


def _places(given: argparse.Namespace, root: Path, records: IncidentRecords, tell: Tell) -> Iterator[tuple[str, Texts]]:
    from iam_guardrails.adapters.record_history import names_at, text_at
    from iam_guardrails.journeys.records_verify import copies

    if given.base:
        names = names_at(given.base, root, records.folder)
        ids = [name.removesuffix(".jsonl") for name in names if name.endswith(".jsonl")]
        yield given.base, copies(ids, lambda item: text_at(given.base, root, records.path(item)))
    if records.store is not None:
        if not records.store.is_locked():
            tell("the store's bucket has no default retention: whoever may write there may also remove")
        yield "the store", copies(records.store.ids(), records.store.text)


def _as_text(found: list[Verified], compared: list[str]) -> str:
    lines = []
    for item in found:
        state = "BROKEN" if item.broken else "whole"
        lines.append(f"{state:<7} {item.incident_id}  {item.environment}, {item.lines} lines")
        lines += [f"        line {one.line}: {one.why}" if one.line else f"        {one.why}" for one in item.broken]
        lines += [f"        note: {note}" for note in item.notes]
    bad = sum(bool(item.broken) for item in found)
    if not found:
        lines.append("there are no records of incidents")
    else:
        lines.append(f"{len(found)} records, {bad} broken" if bad else f"{len(found)} records, all whole")
    if compared:
        lines.append(f"compared with {', '.join(compared)}")
    elif found:
        lines.append("compared with nothing kept elsewhere: a tail cut off with its head does not show;"
                     " use --base origin/main or --store")  # fmt: skip
    return "\n".join(lines) + "\n"


def _as_json(found: list[Verified]) -> str:
    from iam_guardrails.model.codec import encode

    return json.dumps(encode(found), indent=2, ensure_ascii=False) + "\n"


def _send(given: argparse.Namespace, root: Path, tell: Tell, put: Put) -> int:
    from iam_guardrails.model.problem import Problem

    lines, sent = [], 0
    for environment, records in _records(given, root, tell):
        if records.store is None:
            continue
        for item in records.all():
            number = records.store.send(item.id, item.steps)
            lines.append(f"{item.id}  {environment}, {number} lines sent")
            sent += number
    if not lines:
        raise Problem("there is nothing to send, or no store: give --store s3://…, or set records.store")
    put("\n".join([*lines, f"{sent} lines sent"]) + "\n", given.output)
    return 0
