"""What the boxes of a review are judged from: a capture, what is expected, and facts that several boxes share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from iam_guardrails.model.capture.capture import Capture
from iam_guardrails.model.capture.records import IncidentSummary
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Verdict
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.reach.question import Held
from iam_guardrails.model.iam.tightening.outcome import Outcome
from iam_guardrails.model.incident.review import Late
from iam_guardrails.model.review.calling import Commands
from iam_guardrails.model.review.manifest import Justification
from iam_guardrails.model.review.repository import Scanned
from iam_guardrails.model.review.weekly import Commit, Firing
from iam_guardrails.model.trail.answer import Answer
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import field, frozen

NOBODY_ASKED = Unknown("nobody asked for it")
_LISTS = ("UserDetailList", "RoleDetailList")


@frozen
class Basis:
    """estate: the capture's users, roles and policies; Unknown where the details are.  today: UTC.

    justifications: of envs/<env>/justifications.toml.  held: policies and keys of secrets, by ARN.  trail: what
    CloudTrail answered, by question.  since: when the review's window begins.  firings, commits: of the window.
    reconciled: CloudTrail against the records of incidents.  incident_calls: the calls of their sessions, event id ->
    incident id.  late: prevention that is.  tightened: what roles use.
    repository: what a scanner of secrets found in it.  beyond: rules that say nothing of the capture's account, with
    the reason: what the embedded AWS cannot show.  commands: that ask more about what it was judged from.
    unsettled: ids of items that a signed review decided to remove, or accepted for a while.
    kept: what is worked out once for several boxes.
    """

    capture: Capture
    expected: Expected
    estate: Estate | Unknown
    today: date
    justifications: tuple[Justification, ...] = ()
    held: Mapping[str, Held] = field(default_factory=dict)
    trail: Mapping[str, Answer | Unknown] = field(default_factory=dict)
    firings: tuple[Firing, ...] | Unknown = NOBODY_ASKED
    commits: tuple[Commit, ...] | Unknown = NOBODY_ASKED
    reconciled: Verdict | Unknown = NOBODY_ASKED
    incident_calls: Mapping[str, str] = field(default_factory=dict)
    late: tuple[Late, ...] | Unknown = NOBODY_ASKED
    tightened: Outcome | Unknown = NOBODY_ASKED
    repository: Scanned | Unknown = NOBODY_ASKED
    beyond: Mapping[str, str] = field(default_factory=dict)
    commands: Commands = Commands()
    unsettled: frozenset[str] = frozenset()
    since: datetime | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    def entries(self, name: str) -> tuple[Mapping[str, Any], ...]:
        """One of the lists of the authorization details, () where they are not known."""
        details = self.capture.details
        return () if isinstance(details, Unknown) else tuple(details.get(name, ()))

    @property
    def as_of(self) -> datetime | None:
        """When the account looked like that. Of plain details nobody knows: then the latest time that stands in them,
        so that what counts as unused for long is unused for at least so long. None where no time stands there."""
        if "as_of" not in self.kept:
            self.kept["as_of"] = self.capture.captured_at or max(self._times(), default=None)
        found: datetime | None = self.kept["as_of"]
        return found

    @property
    def created(self) -> Mapping[str, datetime]:
        """When each user and role was made, by ARN, where that is told."""
        if "created" not in self.kept:
            pairs = (
                (str(item["Arn"]), moment(item.get("CreateDate"))) for name in _LISTS for item in self.entries(name)
            )
            self.kept["created"] = {arn: at for arn, at in pairs if at is not None}
        found: dict[str, datetime] = self.kept["created"]
        return found

    @property
    def incidents(self) -> Mapping[str, IncidentSummary]:
        """The incidents of the capture, by id."""
        return {one.id: one for one in self.capture.incidents}

    def asked(self, question: str) -> Answer | Unknown:
        """What CloudTrail answered to a question, or why nobody asked it."""
        return self.trail.get(question) or Unknown("no --source names records of CloudTrail")

    def _times(self) -> Iterator[datetime]:
        for name in _LISTS:
            for item in self.entries(name):
                for text in (item.get("CreateDate"), (item.get("RoleLastUsed") or {}).get("LastUsedDate")):
                    at = moment(text)
                    if at is not None:
                        yield at


def moment(text: object) -> datetime | None:
    """A time as AWS writes it; None where it is none."""
    if isinstance(text, datetime):
        return text
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def day(at: datetime | None) -> str:
    """A day for evidence, "never" for None."""
    return "never" if at is None else f"{at:%Y-%m-%d}"


def listed(names: Iterable[str], most: int = 12) -> str:
    """Names in a sentence, the first of many."""
    told = sorted(names)
    return ", ".join(told[:most]) + (f" and {len(told) - most} more" if len(told) > most else "")
