"""What a search for ways to administrator, or into a break-glass role, comes to."""

from __future__ import annotations

from iam_guardrails.model.iam.escalation.chains import Chain
from iam_guardrails.model.value import frozen

ADMINISTRATOR = "administrator"
CAN, UNDER, UNJUDGED, IF_OUTSIDE = "can", "under conditions", "not judged", "possible"
EXPECTED = "expected"
TOO_MANY = "its policies have more versions, or its tags more values, than can be tried together"
UNSEARCHED = "following everything that it reaches takes longer than this search may"


@frozen
class Finding:
    """What one principal can do about one end ("administrator", or the ARN of a break-glass role).

    answer: "can", "under conditions", "expected" (a named owner enters the break-glass role by its trust policy),
    "possible" (if what no file of the account tells is so: the chain's facts), or "not judged" with the reason in
    `because`.  by_service: whether only services can hold the principal.  guarded: whether it is a break-glass role.
    """

    principal: str
    end: str
    answer: str
    chain: Chain | None = None
    because: str = ""
    by_service: bool = False
    guarded: bool = False


@frozen
class Outcome:
    """administrators: (ARN, on what it depends) of those who are administrators already.  judged: how many were asked.

    unread: what could not be read and what therefore is not judged, in sentences.
    """

    findings: tuple[Finding, ...]
    administrators: tuple[tuple[str, tuple[str, ...]], ...]
    judged: int
    unread: tuple[str, ...] = ()
    with_scps: bool = False

    def of(self, *answers: str) -> tuple[Finding, ...]:
        """The findings with one of these answers."""
        return tuple(item for item in self.findings if item.answer in answers)
