"""What judging ends in: found, clean, or not judged because …; and what waivers do to the first."""

from __future__ import annotations

from iam_guardrails.model.remedies import how_to_know
from iam_guardrails.model.value import frozen

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from datetime import date

SEVERITIES = ("critical", "high", "medium", "low")


@frozen
class Finding:
    """Something that must not stay so.

    rule: rule id.  severity: one of SEVERITIES.  address: what it is about.  message: what is wrong, in a sentence.
    remedy: what to do, in a sentence.  source: who judged ("guardrails", "checkov", "terraform").
    reference: where the fact comes from (documentation page).
    """

    rule: str
    severity: str
    address: str
    message: str
    remedy: str
    source: str = "guardrails"
    reference: str = ""


@frozen
class NotJudged:
    """A rule that could not decide about `address`.

    limit: the rule id when a declared limit of the embedded AWS is the reason, else empty.
    remedy: how to make it known, one clause in the imperative; "" where the reason tells (see `to_know`).
    """

    rule: str
    address: str
    reason: str
    source: str = "guardrails"
    limit: str = ""
    remedy: str = ""

    @property
    def to_know(self) -> str:
        """How to make it known; "" where only an account that is no emulator can tell."""
        return "" if self.limit else self.remedy or how_to_know(self.reason)


@frozen
class Waiver:
    """An accepted finding: which rule at which address (a glob), who answers for it, until when (that day included)."""

    rule: str
    address: str
    ticket: str
    owner: str
    reason: str
    expires_on: date


@frozen
class Waived:
    """A finding and the waiver that covers it."""

    finding: Finding
    waiver: Waiver


@frozen
class Clean:
    """A rule that looked at `subjects` things (at least one) and found nothing."""

    rule: str
    subjects: int


@frozen
class Verdict:
    """The whole outcome.

    `live_only` are the rules a plan cannot answer: `verify` judges them;
    `unused_waivers` covered nothing; `notes` are sentences a person should read though nothing is wrong."""

    findings: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    waived: tuple[Waived, ...] = ()
    clean: tuple[Clean, ...] = ()
    live_only: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unused_waivers: tuple[Waiver, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 2 something could not be judged (declared limits of the embedded AWS aside)."""
        if self.findings:
            return 1
        return 2 if any(not item.limit for item in self.not_judged) else 0
