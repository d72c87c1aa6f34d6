"""What CloudTrail tells of the uses of a break-glass role: who entered, and what was done in each session."""

from __future__ import annotations

from datetime import datetime

from iam_guardrails.model.trail.questions.given import Entered
from iam_guardrails.model.value import frozen

API, CONSOLE, UNSEEN = "api", "console", "unseen"
"""How somebody entered: by AssumeRole, by the console, or by an entry that the source does not hold."""

FOREIGN = "it came from the account "
"""How `nameless` begins where only another account's record names the caller."""


@frozen
class Entry:
    """A way into a role that was taken, or refused.

    event_id: of its record; of the first call where the entry is UNSEEN.  role: its ARN, "" where a refused call does
    not name it.  principal: model.trail.principal.  person: the IAM user's name, or the user of Identity Center or a
    SAML provider; "" where the record does not tell, and then `nameless` says why.  error: "" on success.
    given: the session that it gave out; None where it was refused, or is UNSEEN.
    """

    event_id: str
    at: datetime
    role: str
    account_id: str
    principal: str
    person: str
    nameless: str
    session_name: str
    source_identity: str
    how: str
    error: str = ""
    assumed_role_id: str = ""
    given: Entered | None = None
    address: str = ""
    region: str = ""


@frozen
class Call:
    """One call in a session.

    writes: whether it changes something.  invoked_by: the service in between, or "".  led_to: the role that it
    assumed, with success.
    """

    event_id: str
    at: datetime
    action: str
    writes: bool
    error: str = ""
    invoked_by: str = ""
    role: str = ""
    session_name: str = ""
    source_identity: str = ""
    access_key_id: str = ""
    led_to: str = ""


@frozen
class Use:
    """An entry and what was done in its session, and in the sessions of other roles that it led to."""

    entry: Entry
    calls: tuple[Call, ...] = ()

    @property
    def last_at(self) -> datetime:
        """When it was last used."""
        return max((self.entry.at, *(item.at for item in self.calls)))


@frozen
class Uses:
    """All that was read. refused: entries that failed.  led_to: roles and users that sessions led to (subject_of).
    doubts: why calls may be of another use; sentences."""

    uses: tuple[Use, ...]
    refused: tuple[Entry, ...]
    led_to: frozenset[tuple[str, str]] = frozenset()
    doubts: tuple[str, ...] = ()
