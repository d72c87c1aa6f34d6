"""The rows that answer questions. Times are RFC 3339, UTC; "" stands for what a record does not tell."""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.value import field, frozen

BESIDE = frozenset({"parameters", "doubt"})
"""What rows hold beside their columns: it is long, and there for what judges them."""


@frozen
class Assumption:
    """Assumptions of a role that are alike but for session, address and time.

    role: its ARN.  principal: who assumed it: an ARN, a service, "PROVIDER USER", or "ACCOUNT ID" where another
    account's record would be needed to name the caller.  kind: the type of the caller's userIdentity.  action:
    AssumeRole and its kin.  mfa: "yes", "no", or "" where the record does not tell.  chained: whether the caller was
    itself a session of a role, None where the record does not tell.  via: the service in between.  outcome: "ok" or the
    error code.  session: of the latest.  addresses: from where, the latest five.  account_id: whose record it is.
    event_id: of the latest.  more: of what there were others than are told here: "addresses", "sessions".
    """

    role: str
    principal: str
    kind: str
    action: str
    mfa: str
    source_identity: str
    chained: bool | None
    via: str
    outcome: str
    first: str
    last: str
    session: str
    addresses: tuple[str, ...]
    account_id: str
    event_id: str
    more: tuple[str, ...] = ()


@frozen
class Unusual:
    """A principal that assumed a role in the window and not in the baseline before it.

    mfa, addresses (five at most), event_id: of the latest.  more: "addresses" where there were others than these.
    """

    role: str
    principal: str
    kind: str
    first: str
    last: str
    mfa: str
    addresses: tuple[str, ...]
    event_id: str
    more: tuple[str, ...] = ()


@frozen
class Change:
    """One call that changed, or tried to change, something.

    action: as a policy writes it, e.g. "iam:PutRolePolicy".  target: what the request names.  source_identity, session:
    of the caller's session.  outcome: "ok" or the error code, without one the error's message, and "Failure" for a
    sign-in of which only its own answer tells that.  parameters: of the request, what is no text as JSON; of
    changes of IAM only, and no column.
    """

    time: str
    action: str
    target: str
    principal: str
    session: str
    source_identity: str
    address: str
    outcome: str
    account_id: str
    region: str
    event_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@frozen
class LastUse:
    """When a principal last called anything, by how that ended, and how much it used.

    last: of successful calls; last_denied: of refused ones; last_failed: of those that failed for another reason, which
    it may have been allowed.  services, actions: how many it used with success.
    """

    principal: str
    last: str
    last_denied: str
    last_failed: str
    services: int
    actions: int


@frozen
class ActionUse:
    """One action of one principal. action: event source and name, e.g. "s3:GetBucketAcl". last_error: a code."""

    principal: str
    action: str
    last: str
    last_failed: str
    last_error: str


@frozen
class SecretRead:
    """Reads of one secret by one principal. secret: as the caller named it (name, ARN or path)."""

    secret: str
    principal: str
    action: str
    outcome: str
    first: str
    last: str
    address: str
    account_id: str
    event_id: str


@frozen
class Denied:
    """An action that was refused to a principal, as the error's code tells (uses.REFUSALS)."""

    principal: str
    action: str
    error: str
    last: str


@frozen
class Inside:
    """One call in a break-glass session. writes: whether it changes something (records.writes).

    doubt: why it may be of another session; no column.
    """

    time: str
    session: str
    role: str
    source_identity: str
    action: str
    target: str
    writes: bool
    outcome: str
    address: str
    region: str
    event_id: str
    doubt: str = ""


Row = Assumption | Unusual | Change | LastUse | ActionUse | SecretRead | Denied | Inside
