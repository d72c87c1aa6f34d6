"""Entering the role: by which lane, for how long, and what must be true before anything is handed over.

Sources: AWS STS API Reference, AssumeRole (DurationSeconds from 900; the root user may not); AWS IAM User Guide,
id_credentials_mfa_configure-api-require (credentials of AssumeRole carry no MFA, F1.4; security keys cannot answer for
an API call, F1.6) and id_roles_terms-and-concepts (a role entered from a role lasts one hour at most, F1.20).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from iam_guardrails.model.expected import Expected
from iam_guardrails.model.incident.clocks import HERE, ahead
from iam_guardrails.model.incident.incident import DONE, ENDED_STATE, Incident
from iam_guardrails.model.incident.step import (
    LEAST_MINUTES,
    MOST_MINUTES,
    Entered,
)
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

LEAST_SECONDS = LEAST_MINUTES * 60
WRONG_CODE, WRONG_DEVICE, DENIED, OTHER_REASON = "wrong code", "wrong device", "denied", "other"


class Refused(Problem):
    """AWS said no to the entry; the message is a sentence. kind: WRONG_CODE, WRONG_DEVICE, DENIED or OTHER_REASON."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class Keys:
    """The three texts of a session's credentials. They are in no message, record or representation of this value."""

    __slots__ = ("access_key_id", "secret_access_key", "session_token")

    def __init__(self, access_key_id: str, secret_access_key: str, session_token: str) -> None:
        self.access_key_id = access_key_id
        self.secret_access_key = secret_access_key
        self.session_token = session_token

    def __repr__(self) -> str:
        return "Keys(not shown)"


@frozen
class Caller:
    """Who AWS says the credentials are. at: AWS's time when it said so (None: it did not say).  temporary: whether
    they are a session's.  region: the Region that was asked."""

    account_id: str
    arn: str
    at: datetime | None = None
    temporary: bool = False
    region: str = ""

    @property
    def name(self) -> str:
        """The user's name, or the session's."""
        return self.arn.rpartition("/")[2]

    @property
    def role_name(self) -> str:
        """The role of a session, "" for anything else."""
        parts = self.arn.split(":", 5)[-1].split("/")
        return parts[1] if parts[0] == "assumed-role" and len(parts) == 3 else ""


@frozen
class Order:
    """What STS is asked for. seconds: DurationSeconds.  allowed_seconds: what was declared, never more than that.

    after: the command that ends the sessions.
    """

    incident_id: str
    environment: str
    account_id: str
    region: str
    role_name: str
    role_arn: str
    session_name: str
    seconds: int
    allowed_seconds: int
    after: str = ""


@frozen
class Issued:
    """A session as STS gave it. at: AWS's time of the answer, or this machine's where it did not say."""

    keys: Keys
    expires_at: datetime
    session_arn: str
    assumed_role_id: str
    source_identity: str
    at: datetime


def require_enterable(incident: Incident, now: datetime, clocks: Iterable[tuple[str, datetime | None]] = ()) -> None:
    """Raise Problem, with what to do, where the incident's time for entering is over, or is nobody's.

    now: by this machine's clock.  clocks: others, and what they say (None: nothing).
    """
    flag = flag_of(incident)
    anew = f"guardrails breakglass open {incident.opened.environment} --reason WHY --minutes 30{flag}"
    if incident.state == DONE:
        raise Problem(f"{incident.id} is closed; open a new incident: {anew}")
    if incident.state == ENDED_STATE:
        raise Problem(
            f"{incident.id} was ended: its sessions are revoked; close it (guardrails breakglass close"
            f" {incident.id}{flag}), then open a new one: {anew}"
        )
    if why := ahead(incident, ((HERE, now), *clocks)):
        raise Problem(
            f"{incident.id} is dated {incident.opened_at:%Y-%m-%d %H:%M} UTC, but {why}: the clock of the machine that"
            " opened it was ahead, so it admits nobody; see that this machine's clock is right, then open a new"
            f" incident: {anew}"
        )
    if now >= incident.due_at:
        raise Problem(
            f"the time declared for {incident.id} was over at {incident.due_at:%H:%M} UTC; declare more first:"
            f" guardrails breakglass extend {incident.id} --minutes 15 --reason WHY{flag}"
        )


def flag_of(incident: Incident) -> str:
    """What commands about an incident need beside its id."""
    return " --sandbox" if incident.opened.simulated else ""


def durations(incident: Incident, now: datetime) -> tuple[int, int]:
    """(seconds to ask of STS, seconds that were declared): what is left, in whole minutes, and an hour at most."""
    left = -int(-(incident.due_at - now).total_seconds() // 60)
    allowed = max(1, min(incident.minutes, left, MOST_MINUTES)) * 60
    return max(LEAST_SECONDS, allowed), allowed


def issued_at(entered: Entered) -> datetime:
    """When AWS issued a session, by AWS's clock: the end it told, less what was asked for."""
    return entered.expires_at - timedelta(seconds=max(LEAST_SECONDS, entered.minutes * 60))


def role_of(expected: Expected, wanted: str, contract_arn: str) -> tuple[str, str]:
    """(name, ARN) of the role to enter. wanted: a name or an ARN, "" where there is one role.

    contract_arn: what the last apply says it built, "" where that is not known. Without one, the ARN is that of a role
    without a path, because whoever may enter may not read roles. Raises Problem.
    """
    names = expected.role_names
    name = wanted.rpartition("/")[2]
    listed = ", ".join(names) or "none"
    if not name and len(names) != 1:
        raise Problem(f"guardrails.toml names {len(names)} break-glass roles ({listed}): say which with --role")
    if name and name not in names:
        raise Problem(f"{name} is no break-glass role of this environment; guardrails.toml names: {listed}")
    chosen = name or names[0]
    start = f"arn:{expected.partition}:iam::{expected.account_id}:role/"
    if wanted.startswith("arn:"):
        if not wanted.startswith(start):
            raise Problem(f"{wanted} is not in account {expected.account_id}, which guardrails.toml expects")
        return chosen, wanted
    known = contract_arn.startswith(start) and contract_arn.rpartition("/")[2] == chosen
    return chosen, contract_arn if known else start + chosen


def mismatches(order: Order, issued: Issued, seen: Caller) -> tuple[str, ...]:
    """Why a session must not be handed over, one clause each: who AWS says it is, against what was wanted."""
    found = []
    if seen.account_id != order.account_id:
        found.append(f"the account is {seen.account_id} and not {order.account_id}")
    if seen.role_name != order.role_name:
        found.append(f"the role is {seen.role_name or seen.arn} and not {order.role_name}")
    if seen.region != order.region:
        found.append(f"the Region is {seen.region or 'not told'} and not {order.region}")
    if seen.name != order.session_name or seen.arn != issued.session_arn:
        found.append(f"the session is {seen.arn} and not the one that was asked for")
    if issued.source_identity not in ("", order.incident_id):
        found.append(f"the source identity is {issued.source_identity} and not {order.incident_id}")
    return tuple(found)
