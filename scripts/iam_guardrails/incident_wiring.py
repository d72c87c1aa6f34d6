"""Incidents with their edges: where their records lie, the clock, and who is at the machine."""

from __future__ import annotations

import getpass
import os
import socket
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from iam_guardrails.adapters.incident_history import history
from iam_guardrails.adapters.incidents import FOLDER, IncidentRecords, stands_in_the_way
from iam_guardrails.adapters.place import ENVIRONMENTS, environment_folder
from iam_guardrails.adapters.record_stores import Store
from iam_guardrails.adapters.terminal import Style, style
from iam_guardrails.model.account import Account
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.incident.fetching import fetch_command
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.naming import names
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen
from iam_guardrails.model.visible import visible

if TYPE_CHECKING:
    from iam_guardrails.adapters.aws import Session

WORK = ".guardrails"
CHANGE_LOG = "Change_Log.md"
Tell = Callable[[str], None]


@frozen
class Found:
    """An incident, the environment it belongs to and the records it stands in.

    elsewhere: whether another machine has its record, and the store has what is known of it.
    """

    environment: str
    records: IncidentRecords
    incident: Incident
    elsewhere: bool = False


def now() -> datetime:
    """The time (aware UTC)."""
    return datetime.now(UTC)


def today() -> date:
    """The day, UTC."""
    return now().date()


def by() -> str:
    """Who is at this machine, "user@host"."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()}"


def nobody(_text: str) -> None:
    """Where nobody listens."""


def output_style(output: str | None) -> Style:
    """How a result may be set off: not at all in a file."""
    return Style(True) if output else style(sys.stdout, os.environ)


def near(path: Path) -> str:
    """A path as it is shown to somebody: from the current folder on, where it lies below."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)


def fitting(text: str, output: str | None) -> str:
    """A report as it is shown: on a terminal its sentences fit the width, elsewhere they stay whole."""
    if output or not sys.stdout.isatty():
        return text
    from iam_guardrails.reports.fitting import fitted

    return fitted(text)


def records_of(
    root: Path, environment: str, sandbox: bool, store: str | None = None, tell: Tell = nobody
) -> IncidentRecords:
    """The incidents of an environment; those of the embedded AWS lie in the work folder.

    store: "s3://…" for a second place of every line (default: `records.store` of guardrails.toml). Raises Problem.
    """
    base = root / WORK
    work = base / "sandbox" / environment if sandbox else base / environment
    kept = (work if sandbox else environment_folder(root, environment)) / "records"
    return IncidentRecords(kept, work, now, by(), store_of(root, environment, sandbox, store), tell)


def change_log_of(root: Path, records: IncidentRecords, sandbox: bool) -> Path:
    """Where the entry of a use stands: the company's log, or in the embedded AWS one beside the records."""
    return (records.records if sandbox else root) / CHANGE_LOG


def store_of(root: Path, environment: str, sandbox: bool, url: str | None) -> Store | None:
    """The store of an environment, None where there is none. Makes no call to AWS. Raises Problem."""
    from iam_guardrails.adapters.expectations import read_expectations

    expected = read_expectations(environment_folder(root, environment) / "guardrails.toml")
    place = url or ("" if sandbox else expected.records_store)
    if not place:
        return None
    from iam_guardrails.adapters.aws import session
    from iam_guardrails.adapters.aws.incident_store import S3Store, parse

    bucket, prefix = parse(place)
    signed_in = session(variables_of(root, expected, sandbox), expected.home_region)
    return S3Store(signed_in, expected.home_region, bucket, prefix, environment)


def read_account(root: Path, environment: str, sandbox: bool, profile: str | None, tell: Tell) -> Account:
    """The live account of an environment, read with a profile or the credentials in use; needs no Terraform.

    Raises Problem.
    """
    from iam_guardrails.adapters.aws import session
    from iam_guardrails.adapters.expectations import read_expectations

    expected = read_expectations(environment_folder(root, environment) / "guardrails.toml")
    signed_in = session(variables_of(root, expected, sandbox, profile), expected.home_region)
    return account_with(signed_in, expected, tell, policies=True)


def account_with(
    signed_in: Session, expected: Expected, tell: Tell, *, policies: bool = False, also: Account | None = None
) -> Account:  # fmt: skip
    """The live account, read with a session that is there already, much of it side by side. Raises Problem.

    policies: also those of secrets and buckets.  also: an earlier account, see `account_from_aws`.
    """
    from iam_guardrails.adapters.aws import account_from_aws
    from iam_guardrails.adapters.side_by_side import begun

    return account_from_aws(
        signed_in, expected.account_id, expected.home_region, (expected.second_region,), now(), tell,
        role_names=expected.role_names, people=expected.people, begin=begun, policies=policies, also=also,
    )  # fmt: skip


def variables_of(root: Path, expected: Expected, sandbox: bool, profile: str | None = None) -> dict[str, str]:
    """The process environment that signs in: the embedded AWS's, or this process's, with a profile instead of keys.

    Raises Problem where the embedded AWS does not run.
    """
    variables = dict(os.environ)
    if sandbox:
        from iam_guardrails.wiring import sandbox_variables

        variables, _ = sandbox_variables(root / WORK / "sandbox", expected)
    if profile:
        keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        variables = {name: value for name, value in variables.items() if name not in keys} | {"AWS_PROFILE": profile}
    return variables


def find(root: Path, wanted: str | None, sandbox: bool, store: str | None = None, tell: Tell = nobody) -> Found:
    """The incident with that id, or the beginning or end of one; without, the only one that is open. Raises Problem."""
    places = [(name, records_of(root, name, sandbox, store, tell)) for name in environments(root)]
    if wanted is None:
        return _only_open(places, sandbox, tell)
    hits = [(name, records, item) for name, records in places for item in records.ids() if names(wanted, item)]
    exact = [hit for hit in hits if hit[2] == wanted]
    if len(exact or hits) != 1:
        there = ", ".join(hit[2] for hit in hits) or "none that fits"
        kind, flag = (" of the embedded AWS", " --sandbox") if sandbox else ("", "")
        away = "" if hits else _in_a_store(places, lambda item: names(wanted, item), sandbox)
        shows = f"`guardrails breakglass list{flag}` shows them"
        raise Problem(away or f"{wanted[:80]!r} names no single incident{kind} ({there}); {shows}")
    name, records, item = (exact or hits)[0]
    return Found(name, records, records.load(item))


def _in_a_store(
    places: list[tuple[str, IncidentRecords]], fits: Callable[[str], bool], sandbox: bool
) -> str:  # fmt: skip
    """That an incident which is not here is in a store, and what brings it here; a sentence, "" where none is known."""
    found, unread = list[str](), list[str]()
    for name, records in places:
        try:
            there = records.store.ids() if records.store else ()
        except Problem as problem:
            unread.append(f"the store of {name} cannot be read, so what other machines have is not known: {problem}")
            continue
        found += [fetch_command(item, records.store.url, sandbox) for item in there if records.store and fits(item)]
    if len(found) == 1:
        item = found[0].split()[3]
        return f"{item} is not on this machine, but in the store; bring its record here first: {found[0]}"
    if found:
        return f"{len(found)} incidents that fit are in the store; bring the one that is meant here: {found[0]}"
    return "; ".join(f"no such incident is here, and {text}; repeat when it can be" for text in unread[:1])


def _open_elsewhere(places: list[tuple[str, IncidentRecords]], sandbox: bool) -> str:
    """The same of incidents that are open in a store."""
    there: set[str] = set()
    for _, records in places:
        if records.store is not None:
            there |= {item.id for item in history(records).incidents if item.is_open} - set(records.ids())
    if not there:
        return ""
    told = _in_a_store(places, lambda item: item in there, sandbox)
    return f"no incident is open here; {told}" if told else ""


def _only_open(places: list[tuple[str, IncidentRecords]], sandbox: bool, tell: Tell) -> Found:
    """The only incident that is open; one that is dated ahead counts only where there is no other. Raises Problem."""
    found: list[Found] = []
    for name, records in places:
        there, broken = records.readable()
        found += [Found(name, records, item) for item in there if item.is_open]
        for text in broken:
            tell(f"whether that one is open is not known: {text}")
    if not found:
        flag = " --sandbox" if sandbox else ""
        begin = f"guardrails breakglass open ENV --reason WHY --minutes 30{flag}"
        away = _open_elsewhere(places, sandbox)
        raise Problem(away or f"no incident is open; begin with: {begin}")
    dated = [item for item in found if stands_in_the_way(item.incident, now())] or found
    if len(dated) > 1:
        listed = "; ".join(f"{item.incident.id} in {item.environment}: {visible(item.incident.opened.reason)[:60]}"
                           for item in dated)  # fmt: skip
        raise Problem(f"{len(dated)} incidents are open, so say which is meant by its ID ({listed})")
    if len(found) > 1:
        tell(f"taking {dated[0].incident.id}; another that is open is dated ahead")
    return dated[0]


def environments(root: Path) -> list[str]:
    """The environments there are: the usual ones first."""
    there = {path.parent.name for path in (root / "envs").glob("*/main.tf")}
    return [name for name in ENVIRONMENTS if name in there] + sorted(there - set(ENVIRONMENTS))


__all__ = [
    "FOLDER",
    "Found",
    "account_with",
    "by",
    "change_log_of",
    "environments",
    "find",
    "fitting",
    "names",
    "near",
    "now",
    "output_style",
    "read_account",
    "records_of",
    "store_of",
    "today",
    "variables_of",
]  # fmt: skip
