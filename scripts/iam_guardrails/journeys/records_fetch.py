"""records fetch: the record of an incident that another machine opened, from the store to this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.model.counting import counted
from iam_guardrails.model.incident.chain import read_steps
from iam_guardrails.model.incident.fetching import Fetched, files_of
from iam_guardrails.model.incident.incident import incident_of
from iam_guardrails.model.incident.naming import names
from iam_guardrails.model.problem import Problem


def fetch(
    wanted: str, places: Iterable[tuple[str, IncidentRecords]], simulated: bool, tell: Callable[[str], None]
) -> tuple[Fetched, Path]:
    """Bring the record here whose id, or beginning or end of it, is given; its hash chain is verified first. Returns it
    with its path.

    places: the environments with their records, those without a store too.  simulated: whether it has to be one of the
    embedded AWS.  Raises Problem, with nothing written, where it is in no store, in several, or not whole; and where
    the record here is another.
    """
    environment, records, incident_id = _found(wanted, places, tell)
    assert records.store is not None
    steps, broken = read_steps(records.store.text(incident_id))
    if broken:
        raise Problem(f"{incident_id} in {records.store.url}, line {broken[0].line}: {broken[0].why}; nothing was"
                      " written: bring the record from the machine that wrote it")  # fmt: skip
    there = incident_of(steps, f"{incident_id} in {records.store.url}")
    if (there.id, there.opened.environment, there.opened.simulated) != (incident_id, environment, simulated):
        kind = "the embedded AWS" if there.opened.simulated else "a real account"
        raise Problem(f"{incident_id} in {records.store.url} is the record of {there.id}, of {there.opened.environment}"
                      f" and {kind}: it does not belong here, and nothing was written")  # fmt: skip
    added = records.take_over(incident_id, steps)
    incident = records.load(incident_id)
    lacking = tuple(name for name in files_of(incident) if not (records.folder / name).exists())
    return Fetched(environment, incident, added, lacking), records.path(incident_id)


def _found(
    wanted: str, places: Iterable[tuple[str, IncidentRecords]], tell: Callable[[str], None]
) -> tuple[str, IncidentRecords, str]:
    hits, unread, asked = list[tuple[str, IncidentRecords, str]](), list[str](), 0
    for environment, records in places:
        if records.store is None:
            continue
        asked += 1
        try:
            hits += [(environment, records, item) for item in records.store.ids() if names(wanted, item)]
        except Problem as problem:
            unread.append(f"the store of {environment} cannot be read: {problem}")
    if not asked:
        raise Problem("there is no store: give --store s3://BUCKET/PREFIX, or set records.store in guardrails.toml")
    exact = [hit for hit in hits if hit[2] == wanted] or hits
    if len(exact) != 1:
        if unread and not exact:
            raise Problem(f"whether a store has {wanted[:80]!r} is not known: {'; '.join(unread)}")
        there = ", ".join(hit[2] for hit in hits) or "none that fits"
        shows = "`guardrails breakglass list --store` shows them"
        raise Problem(f"{wanted[:80]!r} names no single incident in {counted(asked, 'store')} ({there}); {shows}")
    for text in unread:
        tell(text)
    return exact[0]
