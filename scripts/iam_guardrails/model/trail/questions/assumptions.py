"""Who assumed which role, and who did so for the first time.

Source for the two records of a call from another account: AWS IAM User Guide, "Logging IAM and AWS STS API calls with
AWS CloudTrail" (they share sharedEventID; the role's account sees the caller's id only).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from iam_guardrails.model.trail.facts import CROSS_ACCOUNT, DayFacts, Edge, add_edge
from iam_guardrails.model.trail.principal import had_mfa, role_in_message, role_name, root_of
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.questions.kept import by_call, each_kept
from iam_guardrails.model.trail.questions.records import Record, told
from iam_guardrails.model.trail.questions.rows import Assumption, Unusual
from iam_guardrails.model.value import changed

Facts = Iterable[tuple[str, DayFacts]]
ADDRESSES, SESSIONS = "addresses", "sessions"
"""Of what there may have been more than a row tells."""


def assumptions(facts: Facts, doubts: Doubts | None = None) -> list[Assumption]:
    """Every assumption of a role: by role, then by principal, then by time."""
    rows = [_row(edge) for edge in _edges(facts, doubts)]
    return sorted(rows, key=lambda row: (row.role, row.principal, row.first, row.event_id, str(row)))


def unusual(
    facts: Facts,
    baseline: Facts,
    never_usual: Callable[[str, str], bool] = lambda _role, _principal: False,
    doubts: Doubts | None = None,
) -> list[Unusual]:
    """The principals that assumed a role in the window and are not in the baseline, by role.

    Refused attempts count neither here nor there. A principal is known by its text, a caller of another account whose
    own record is missing by its account and id. never_usual: whether a role and a principal are told nevertheless.
    """
    usual = {(_whose(edge.role), edge.principal) for edge in _edges(baseline, doubts) if not edge.error}
    found: dict[tuple[object, ...], Unusual] = {}
    addresses: dict[tuple[object, ...], set[str]] = {}
    for edge in _edges(facts, doubts):
        pair = (_whose(edge.role), edge.principal)
        if edge.error or (pair in usual and not never_usual(edge.role, edge.principal)):
            continue
        row, here = _row(edge), found.get(pair)
        made = Unusual(row.role, row.principal, row.kind, row.first, row.last, row.mfa, row.addresses, row.event_id)
        addresses.setdefault(pair, set()).update(row.addresses, (ADDRESSES,) if edge.more_addresses else ())
        if here is not None:
            latest = max(made, here, key=lambda one: (one.last, one.event_id, str(one)))
            made = changed(latest, first=min(made.first, here.first))
        found[pair] = made
    rows = [
        made if addresses[pair] <= set(made.addresses) else changed(made, more=(ADDRESSES,))
        for pair, made in found.items()
    ]
    return sorted(rows, key=lambda row: (row.role, row.first, row.principal))


def _edges(facts: Facts, doubts: Doubts | None) -> list[Edge]:
    edges: dict[tuple[object, ...], Edge] = {}

    def passing() -> Facts:
        for day, found in facts:
            for edge in found.edges:
                add_edge(edges, edge)
            yield day, found

    doubts = doubts or Doubts()
    for edge in _joined(each_kept(passing(), CROSS_ACCOUNT, doubts=doubts), doubts):
        add_edge(edges, edge)
    by_id: dict[str, set[object]] = {}
    for edge in edges.values():
        doubts.in_one_row = doubts.in_one_row or edge.doubled
        by_id.setdefault(edge.event_id, set()).update([(edge.key, edge.last), *[edge.session] * edge.doubled])
    doubts.doubled |= {event_id for event_id, those in by_id.items() if event_id and len(those) > 1}
    return list(edges.values())


def _joined(records: Iterable[Record], doubts: Doubts) -> Iterator[Edge]:
    """One edge for the records of one call: what the role's account wrote, by whom the caller's account says."""
    for several in by_call(records, doubts):
        edges = [(edge_of(record), bool(record.text("userIdentity", "arn"))) for record in several]
        owner = next((edge for edge, _ in edges if role_name(edge.role)[0] == edge.account_id), edges[0][0])
        caller = next((edge for edge, named in edges if named), owner)
        owner.principal, owner.kind = caller.principal, caller.kind
        owner.mfa = caller.mfa if owner.mfa is None else owner.mfa
        owner.source_identity = owner.source_identity or caller.source_identity
        owner.role = owner.role or caller.role
        yield owner


def edge_of(record: Record) -> Edge:
    """The edge of one record."""
    asked: Any = record.content.get("requestParameters")
    given: Mapping[str, Any] = asked if isinstance(asked, Mapping) else {}
    said = record.text("userIdentity", "sessionContext", "attributes", "mfaAuthenticated")
    kind = record.text("userIdentity", "type")
    mfa = had_mfa(said == "true" if said else None, kind, isinstance(given.get("serialNumber"), str),
                  record.text("errorMessage"))  # fmt: skip
    address = record.text("sourceIPAddress")

    def parameter(name: str) -> str:
        value = given.get(name)
        return value if isinstance(value, str) else ""

    return Edge(
        record.account_id, record.text("eventName"), record.principal, kind,
        _target(record, parameter("roleArn"), parameter("targetPrincipal")), mfa,
        record.given_identity, record.text("userIdentity", "invokedBy"), record.error, record.time, record.time,
        parameter("roleSessionName") or record.session, record.event_id, {address: record.time} if address else {},
    )  # fmt: skip


def _target(record: Record, role: str, root: str) -> str:
    """The ARN of the role, or of the root user, that a call was about; "" where the record does not tell."""
    if record.text("eventName") == "AssumeRoot":
        return root_of(root, record.principal)
    return role or role_in_message(record.text("errorMessage"))


def _whose(role: str) -> tuple[str, str]:
    """What makes a role one role, whatever its path; a root user by its ARN."""
    return role_name(role) if any(role_name(role)) else (role, "")


def _is_chained(edge: Edge) -> bool | None:
    """Whether a session of a role called. What the role's account records of a caller elsewhere is his id, which begins
    with what he is (IAM User Guide, reference_identifiers: AROA a role, AIDA a user; root's is the account's own)."""
    if edge.kind != "AWSAccount":
        return edge.kind == "AssumedRole"
    account_id, _, person = edge.principal.partition(" ")
    if person.startswith("AROA"):
        return True
    return False if person.startswith("AIDA") or person == account_id else None


def _row(edge: Edge) -> Assumption:
    addresses = sorted(edge.addresses, key=lambda address: (-edge.addresses[address], address))
    return Assumption(
        edge.role, edge.principal, edge.kind, edge.action, {True: "yes", False: "no", None: ""}[edge.mfa],
        edge.source_identity, _is_chained(edge), edge.via, edge.error or "ok", told(edge.first),
        told(edge.last), edge.session, tuple(addresses), edge.account_id, edge.event_id,
        (ADDRESSES,) * edge.more_addresses + (SESSIONS,) * edge.more_sessions,
    )  # fmt: skip
