"""What a declaration must hold, checked."""

from __future__ import annotations

from iam_guardrails.model.expected import Expected
from iam_guardrails.model.incident.people import names
from iam_guardrails.model.incident.step import MOST_MINUTES, PURPOSES, Opened
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

LONGEST_TEXT = 2000


@frozen
class Declaration:
    """What a person said. minutes: how long it will take; person, purpose: as typed."""

    reason: str
    minutes: int
    person: str
    purpose: str
    ticket: str = ""


def opened(said: Declaration, incident_id: str, environment: str, expected: Expected, simulated: bool) -> Opened:
    """The first step of a record. Raises Problem where the declaration does not do."""
    return Opened(
        incident_id, environment, expected.account_id, expected.home_region, person_of(said.person),
        reason_of(said.reason), minutes_of(said.minutes), purpose_of(said.purpose), said.ticket.strip(),
        said.person in names(expected), simulated,
    )  # fmt: skip


def reason_of(text: str) -> str:
    """A reason, in one line. Raises Problem for none, or a very long one."""
    made = " ".join(text.split())
    if not made:
        raise Problem("say why the role is needed: --reason TEXT; one sentence is enough")
    if len(made) > LONGEST_TEXT:
        raise Problem(f"the reason has {len(made)} characters; {LONGEST_TEXT} are enough, the rest goes into a note")
    return made


def note_of(text: str) -> str:
    """A note, in one line. Raises Problem for none, or a very long one."""
    made = " ".join(text.split())
    if not made:
        raise Problem("the note is empty; one sentence is enough")
    if len(made) > LONGEST_TEXT:
        raise Problem(f"the note has {len(made)} characters; keep {LONGEST_TEXT} at most, in several notes if need be")
    return made


def minutes_of(minutes: int) -> int:
    """A length in minutes. Raises Problem for none, or more than an hour."""
    if not 1 <= minutes <= MOST_MINUTES:
        raise Problem(
            f"{minutes} minutes cannot be declared: a session of the role lasts 1 to {MOST_MINUTES} minutes; declare"
            f" {MOST_MINUTES} at most, and when that is over: guardrails breakglass extend"
        )
    return minutes


def minutes_typed(text: str) -> int:
    """The same, as a person typed it. Raises Problem."""
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise Problem(f"{text[:40]!r} is no number of minutes; give 1 to {MOST_MINUTES}")
    return minutes_of(int(text))


def purpose_of(text: str) -> str:
    """One of PURPOSES. Raises Problem."""
    if text not in PURPOSES:
        raise Problem(f"{text[:80]!r} is no purpose; give one of: {', '.join(PURPOSES)}")
    return text


def person_of(text: str) -> str:
    """A person's name. Raises Problem for none."""
    made = " ".join(text.split())
    if not made:
        raise Problem("say who enters: --person NAME, as guardrails.toml names the people")
    if len(made) > 64:
        raise Problem("the person's name has more than 64 characters, which no session name holds; shorten it")
    return made
