"""Every incident there is, to be looked at: those of this machine, and what the store knows of others."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from iam_guardrails.adapters.incident_history import history
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.adapters.place import environment_folder
from iam_guardrails.incident_wiring import Found, Tell, environments, find, nobody, records_of
from iam_guardrails.model.incident.examined import NOT_JUDGED
from iam_guardrails.model.incident.fetching import fetch_command
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.naming import names


def every(
    root: Path, environment: str | None, sandbox: bool, store: str | None = None
) -> tuple[list[Found], list[str]]:
    """All incidents of an environment, or of all, those that only the store has too; and what is not known, sentences:
    what is wrong with the records that are broken, and why the store could not be read. Raises Problem."""
    wanted = [environment_folder(root, environment).name] if environment else environments(root)
    found, wrong = [], list[str]()
    for name in wanted:
        records = records_of(root, name, sandbox, store)
        there, broken = _with_store(records)
        local = set(records.ids())
        found += [Found(name, records, item, item.id not in local) for item in there]
        wrong += broken
    return found, wrong


def fetches(found: Iterable[Found], sandbox: bool) -> dict[str, str]:
    """Ids of the incidents whose records are on another machine -> the command that brings one here."""
    return {item.incident.id: fetch_command(item.incident.id, item.records.store.url, sandbox)
            for item in found if item.elsewhere and item.records.store}  # fmt: skip


def _with_store(records: IncidentRecords) -> tuple[tuple[Incident, ...], tuple[str, ...]]:
    """As IncidentRecords.readable, with what the store has more."""
    if records.store is None:
        return records.readable()
    kept = history(records)
    unread = (f"{NOT_JUDGED} whether other machines have an incident open: {kept.unread}",) if kept.unread else ()
    return kept.incidents, (*(f"{item.where}: {item.why}" for item in kept.broken), *unread)


def seen(
    root: Path, wanted: str | None, sandbox: bool, store: str | None, tell: Tell = nobody
) -> tuple[Found, bool]:  # fmt: skip
    """As `find`, to be looked at only: one of another machine too, as far as the store has it; and whether all that
    could tell of it could be read. Raises Problem."""
    found, wrong = every(root, None, sandbox, store)
    hits = [item for item in found if (item.incident.is_open if wanted is None else names(wanted, item.incident.id))]
    hits = [item for item in hits if item.incident.id == wanted] or hits
    unread = [text for text in wrong if text.startswith(NOT_JUDGED)]
    for text in wrong if len(hits) == 1 else ():
        if text in unread:
            tell(text)
        elif wanted is None:
            tell(f"whether that one is open is not known: {text}")
    return hits[0] if len(hits) == 1 else find(root, wanted, sandbox, store, tell), not unread
