"""A session of the role as it was checked, and what became of it and of every other."""

from __future__ import annotations

from datetime import datetime, timedelta

from iam_guardrails.model.incident.entry import Issued, Order
from iam_guardrails.model.incident.step import Entered, Exited
from iam_guardrails.model.value import frozen


@frozen
class Inside:
    """A session that was checked. principal: who assumed the role (ARN).  temporary: whether their own credentials
    were a session's.  seconds: how long it may be used, from when it was issued.  issued_steady: that moment by the
    clock that nobody sets."""

    order: Order
    issued: Issued
    lane: str
    principal: str
    temporary: bool
    seconds: int
    clock_ahead_seconds: int
    issued_steady: float = 0.0

    @property
    def ends_at(self) -> datetime:
        """When it must not be used any more, by AWS's clock."""
        return self.issued.at + timedelta(seconds=self.seconds)

    def entered(self, how: str, program: str) -> Entered:
        """The step for the record."""
        order, issued = self.order, self.issued
        return Entered(
            role_arn=order.role_arn, lane=self.lane, principal=self.principal, session_name=order.session_name,
            session_arn=issued.session_arn, assumed_role_id=issued.assumed_role_id, account_id=order.account_id,
            region=order.region, minutes=order.allowed_seconds // 60, expires_at=issued.expires_at, how=how,
            program=program, clock_ahead_seconds=self.clock_ahead_seconds,
        )  # fmt: skip


@frozen
class Gone:
    """What became of the child. how: ENDED, EXPIRED or KILLED.  exit_code: as a shell tells it.  seconds: how long it
    ran."""

    how: str
    exit_code: int
    seconds: int


@frozen
class Ended:
    """What became of one role's sessions. step: for the record.  stayed: it was revoked already.  replaced: the text
    of what stood under that name and was no revocation, "".  sessions: the known ones (ARNs) that the policy refuses,
    by our own evaluator.  far_ahead: its moment is one that no exit puts there, until which nobody can use the role."""

    step: Exited
    stayed: bool = False
    replaced: str = ""
    sessions: tuple[str, ...] = ()
    far_ahead: bool = False

    @property
    def done(self) -> bool:
        """Whether the sessions are revoked."""
        return self.step.issued_before is not None
