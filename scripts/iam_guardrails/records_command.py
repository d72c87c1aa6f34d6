"""`guardrails records …`: are the records of incidents, reviews and removals what was written?"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iam_guardrails.adapters.incidents import IncidentRecords
    from iam_guardrails.journeys.records_verify import Texts, Verified
    from iam_guardrails.journeys.reviews_verify import VerifiedReview
    from iam_guardrails.model.incident.chain import Broken
    from iam_guardrails.reports.records import Row

Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]
ACTIONS = {
    "verify": "find any line of a record that was changed, left out or moved",
    "send": "write the lines that the store does not have yet",
    "fetch": "bring the record of an incident here that another machine opened, from the store",
}
STORE, HEAD = "the store", "HEAD"
EPILOG = "Exit codes: 0 everything is as it was written, 1 something is not, 2 could not judge."


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `records` and its actions."""
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=argparse.ArgumentParser)
    for name, text in ACTIONS.items():
        action = actions.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=EPILOG,
            formatter_class=made.formatter_class,
        )  # fmt: skip
        if name == "fetch":
            action.add_argument("id", metavar="ID", help="the incident, or the beginning or end of its id")
        else:
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
    if given.action in ("send", "fetch"):
        from iam_guardrails.records_store_command import fetch, send

        return (send if given.action == "send" else fetch)(given, root, tell, put)
    from iam_guardrails.adapters.record_history import last_commit
    from iam_guardrails.incident_wiring import fitting
    from iam_guardrails.records_store_command import records_there
    from iam_guardrails.reports.records import render

    asked = given.base
    given.base = asked or ("" if given.sandbox else last_commit(root))
    found: list[Verified] = []
    reviews: list[VerifiedReview] = []
    compared: set[str] = set()
    for environment, records in records_there(given, root, tell):
        from iam_guardrails.journeys.records_verify import verify_records
        from iam_guardrails.journeys.reviews_verify import verify_reviews

        places = list(_places(given, root, records, tell))
        compared |= {place for place, _ in places}
        found += verify_records(environment, records, places, _remembered(given, root, environment, records))
        reviews += verify_reviews(environment, records.records, _review_places(given, root, environment, records))
        found += _removals(given, root, environment, records)
    broken = any(item.broken for item in found) or any(item.broken for item in reviews)
    elsewhere = bool(asked or compared - {HEAD})
    text = render(
        _rows(found, reviews), sorted(compared), elsewhere, _after(given, broken, elsewhere),
    )  # fmt: skip
    put(_as_json(found, reviews) if given.format == "json" else fitting(text, given.output), given.output)
    return 1 if broken else 0


def _after(given: argparse.Namespace, broken: bool, elsewhere: bool) -> str:
    """The command that is needed next: to see who changed what, or to compare with what is kept elsewhere."""
    flag = " --sandbox" if given.sandbox else ""
    if broken:
        return "git log --patch -- envs" if given.base else f"guardrails breakglass list{flag}"
    more = "--store s3://BUCKET/PREFIX" if given.sandbox else "--base origin/main"
    environment = f" {given.env}" if given.env else ""
    return "" if elsewhere else f"guardrails records verify{environment}{flag} {more}"


def _remembered(given: argparse.Namespace, root: Path, environment: str, records: IncidentRecords) -> dict[str, str]:
    """Incidents that there were, by what git, the change log and files beside a record tell, and which of them does."""
    from iam_guardrails.adapters.change_log import entries
    from iam_guardrails.adapters.record_history import names_ever
    from iam_guardrails.incident_wiring import change_log_of

    log = change_log_of(root, records, given.sandbox)
    names = () if given.sandbox else names_ever(root, records.folder)
    found = {name.removesuffix(".jsonl"): "git's history has it" for name in names if name.endswith(".jsonl")}
    for what in entries(log):
        kind, _, rest = what.partition(" · ")
        where, _, incident_id = rest.partition(" · ")
        if (kind, where) == ("break-glass", environment):
            found.setdefault(incident_id, f"{log.name} has an entry of it")
    return {name: f"{name}{end} is there" for name, end in records.strays()} | found


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
        yield STORE, copies(records.store.ids(), records.store.text)


def _review_places(
    given: argparse.Namespace, root: Path, environment: str, records: IncidentRecords
) -> Iterator[tuple[str, Texts]]:
    """The reviews as an earlier commit has them, and the store."""
    from iam_guardrails.adapters.record_history import names_at, text_at
    from iam_guardrails.adapters.review_records import FOLDER, HEAD, record_path, reviews_folder
    from iam_guardrails.journeys.records_verify import copies

    if given.base:
        there = names_at(given.base, root, reviews_folder(records.records))
        ids = [name.removesuffix(".json") for name in there if name.endswith(".json") and name != HEAD]
        yield given.base, copies(ids, lambda name: text_at(given.base, root, record_path(records.records, name)))
    yield from _stored(given, root, environment, FOLDER)


def _stored(given: argparse.Namespace, root: Path, environment: str, folder: str) -> Iterator[tuple[str, Texts]]:
    """The records of a kind as the store has them."""
    from iam_guardrails.incident_wiring import store_of
    from iam_guardrails.journeys.records_verify import copies

    store = store_of(root, environment, given.sandbox, given.store)
    if store is not None:
        yield STORE, copies(store.names(folder), lambda name: store.text_in(folder, name))


def _removals(given: argparse.Namespace, root: Path, environment: str, records: IncidentRecords) -> list[Verified]:
    """The removals of an environment, held against an earlier commit where --base names one, and the store."""
    from iam_guardrails.adapters.record_history import names_at, text_at
    from iam_guardrails.adapters.removal_records import FOLDER, RemovalRecords
    from iam_guardrails.journeys.records_verify import copies
    from iam_guardrails.journeys.removals_verify import verify_removals

    mine = RemovalRecords(records.records, records.now, records.by)
    places: list[tuple[str, Texts]] = []
    if given.base:
        names = names_at(given.base, root, mine.folder)
        ids = [name.removesuffix(".jsonl") for name in names if name.endswith(".jsonl")]
        places.append((given.base, copies(ids, lambda name: text_at(given.base, root, mine.path(name)))))
    places += _stored(given, root, environment, FOLDER)
    return verify_removals(environment, mine, places)


def _rows(found: list[Verified], reviews: list[VerifiedReview]) -> list[Row]:
    from iam_guardrails.model.counting import counted
    from iam_guardrails.reports.records import Row

    rows = [
        Row(f"{item.incident_id}  {item.environment}, {counted(item.lines, 'line')}", _faults(item.broken), item.notes)
        for item in found
    ]
    for item in reviews:
        number = f", review {item.number}" if item.number else ""
        rows.append(Row(f"{item.review}  {item.environment}{number}", _faults(item.broken), item.notes))
    return rows


def _faults(broken: Sequence[Broken]) -> tuple[str, ...]:
    return tuple(f"line {one.line}: {one.why}" if one.line else one.why for one in broken)


def _as_json(found: list[Verified], reviews: list[VerifiedReview]) -> str:
    from iam_guardrails.model.codec import encode
    from iam_guardrails.reports.escaping import as_json

    return as_json(encode([*found, *reviews]))
