"""What principals used last, what they used at all, what was refused to them, and which secrets they read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain

from iam_guardrails.model.trail.facts import DayFacts, Latest, Read, add_read
from iam_guardrails.model.trail.principal import role_name, role_of
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.questions.records import action_of, told
from iam_guardrails.model.trail.questions.rows import ActionUse, Denied, LastUse, SecretRead
from iam_guardrails.model.trail.questions.shared import joined, tell_ids

Facts = Iterable[tuple[str, DayFacts]]
Uses = dict[str, dict[tuple[str, str, str], int]]
"""principal -> (source, name, error) -> last."""
REFUSALS = (
    "AccessDenied", "Unauthorized", "NotAuthorized", "NoAuthorization", "AuthorizationError", "AuthorizationException",
    "Forbidden", "AuthFailure", "InsufficientPermission", "InsufficientPrivilege", "InsufficientIAMAccessPermission",
    "InsufficientDependencyServiceAccessPermission", "DestinationPermission", "BucketPermissionException",
    "OperationNotPermittedFault", "AccessToClusterDenied", "AccessToSnapshotDenied", "InvalidAccessException",
    "Ec2RequestFailedException",
)  # fmt: skip
"""What an error code holds where AWS refused a call for lack of permission: services word it differently.

Source: the errors of every service's API model (botocore), by what is said there of each. A code that stands for other
failures too, such as batch's ClientException or EC2's OperationNotPermitted, is none of these."""


OF_SEVERAL = frozenset({"secretsmanager:BatchGetSecretValue", "ssm:GetParameters"})
"""Of the calls that read secrets, those that may name several at once (AWS Secrets Manager API Reference,
API_BatchGetSecretValue; AWS Systems Manager API Reference, API_GetParameters)."""


@lru_cache(maxsize=1024)
def refused(error: str) -> bool:
    """Whether an error code says that the caller may not."""
    return any(word in error for word in REFUSALS)


def last_use(facts: Facts, doubts: Doubts | None = None) -> list[LastUse]:
    """Every principal, the one whose last success is longest ago first."""
    found, uses = [], _uses(facts)
    tell_ids(uses, uses, doubts or Doubts())
    for principal, actions in uses.items():
        good = denied = failed = -1
        services, number = set(), 0
        for (source, _, error), last in actions.items():
            if not error:
                services.add(source)
                number += 1
                good = max(good, last)
            elif refused(error):
                denied = max(denied, last)
            else:
                failed = max(failed, last)
        found.append(LastUse(principal, _told(good), _told(denied), _told(failed), len(services), number))
    return sorted(found, key=lambda row: (row.last, row.last_denied, row.last_failed, row.principal))


def _told(last: int) -> str:
    return told(last) if last >= 0 else ""


def actions_used(facts: Facts, doubts: Doubts | None = None) -> list[ActionUse]:
    """Every action that a principal called, by principal."""
    uses = _uses(facts)
    tell_ids(uses, uses, doubts or Doubts())
    return sorted(_actions(uses), key=lambda row: (row.principal, row.action))


def _actions(uses: Uses) -> Iterator[ActionUse]:
    for principal, actions in uses.items():
        for source, name in {(source, name) for source, name, _ in actions}:
            last = actions.get((source, name, ""))
            failed = max(
                ((when, key[2]) for key, when in actions.items() if key[:2] == (source, name) and key[2]), default=None
            )
            yield ActionUse(
                principal, action_of(source, name), told(last) if last is not None else "",
                told(failed[0]) if failed else "", failed[1] if failed else "",
            )  # fmt: skip


def denied(facts: Facts, doubts: Doubts | None = None) -> list[Denied]:
    """Every action that was refused to a principal, the latest first."""
    uses = _uses(facts)
    found = [
        Denied(principal, action_of(source, name), error, told(last))
        for principal, actions in uses.items()
        for (source, name, error), last in actions.items()
        if refused(error)
    ]
    tell_ids({row.principal for row in found}, uses, doubts or Doubts())
    return sorted(found, key=lambda row: (_backwards(row.last), row.principal, row.action, row.error))


def secret_reads(facts: Facts, doubts: Doubts | None = None) -> list[SecretRead]:
    """Every read of a secret or a parameter, by secret; what two accounts recorded of reads is told once."""
    reads: dict[tuple[object, ...], Read] = {}
    for _, day in facts:
        for read in day.reads:
            add_read(reads, read)
    if doubts is not None:
        by_id: dict[str, set[object]] = {}
        for read in reads.values():
            secret = "" if read.action in OF_SEVERAL else read.secret
            what = (read.account_id, read.principal, read.action, read.error, read.last, read.address, secret)
            doubts.in_one_row = doubts.in_one_row or read.doubled
            by_id.setdefault(read.event_id, set()).update([what, *[read.address] * read.doubled])
        doubts.doubled |= {event_id for event_id, those in by_id.items() if event_id and len(those) > 1}
    rows = [
        SecretRead(read.secret, read.principal, read.action, read.error or "ok", told(read.first), told(read.last),
                   read.address, read.account_id, read.event_id)
        for read in joined(reads.values(), doubts or Doubts())
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (row.secret, row.principal, row.action, row.outcome, row.account_id))


def _uses(facts: Facts) -> Uses:
    merged = Latest()
    for date, day in facts:
        merged.take(date, day.uses)
    latest = merged.uses
    _place(latest)
    parted = {action: _parted(action) for action in set(chain.from_iterable(latest.values()))}
    return {
        principal: {parted[action]: last for action, last in actions.items()} for principal, actions in latest.items()
    }


def _place(latest: dict[str, dict[str, int]]) -> None:
    """Put the uses of a role whose path the record does not tell where they belong.

    That is the role of that name; of several, one after the other, that which was used nearest in time.
    """
    roles: dict[tuple[str, str], list[tuple[str, list[int]]]] = {}
    loose: list[tuple[str, str]] = []
    for principal in sorted(latest):
        if role := role_of(f"{principal}/-"):
            loose.append((principal, role))
        elif (name := role_name(principal))[0]:
            roles.setdefault(name, []).append((principal, list(latest[principal].values())))
    for principal, role in loose:
        whole = roles.get(role_name(role), [])
        for action, last in latest.pop(principal).items():
            mine = latest.setdefault(_nearest(whole, last) or role, {})
            mine[action] = max(last, mine.get(action, -1))


def _nearest(roles: list[tuple[str, list[int]]], time: int) -> str:
    """The one of some roles that was used nearest to a time; "" where there is none. roles: each with its times."""
    if len(roles) == 1:
        return roles[0][0]
    return min((min(abs(time - other) for other in times), name) for name, times in roles)[1] if roles else ""


def _parted(action: str) -> tuple[str, str, str]:
    source, name, error = action.split(" ", 2)
    return source, name, error


def _backwards(text: str) -> tuple[int, ...]:
    return tuple(-ord(letter) for letter in text)
