"""What belongs to a session: the question, `close` and `reconcile` find the same in generated records, as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.incident_records import ACCOUNT, AT, INCIDENT, ROLE, incident
from tests.journeys.test_close import NOTHING_ELSE

from iam_guardrails.adapters.aws.trail_records import Limits, Page
from iam_guardrails.adapters.trail_engine.records import RecordEngine
from iam_guardrails.journeys.close import collect
from iam_guardrails.model.incident.joining import joined
from iam_guardrails.model.incident.recorded import recorded
from iam_guardrails.model.incident.use import Use
from iam_guardrails.model.trail.questions.calls import inside
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import frozen

WORKER = "worker"
ROLES = frozenset({(ACCOUNT, ROLE)})
BOTH = ROLES | {(ACCOUNT, WORKER)}
HOUR, LONGEST = 3600, 12 * 3600
USER = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alex", "accountId": ACCOUNT, "userName": "alex",
        "accessKeyId": "AKIAALEX"}  # fmt: skip
API, BY_CONSOLE, SERVICE, SIGN_IN, ONWARD = "api", "console", "service", "sign-in", "onward"


@frozen
class Made:
    """A call in a session. after: seconds since the entry.  inside: of an onward session, the calls in it.  told:
    whether the record is there of how that was entered."""

    kind: str
    after: int
    inside: tuple[int, ...] = ()
    told: bool = True


@frozen
class Session:
    """An entry, and what was done. told: whether the entry is among the records.  key: whether its record has it."""

    since: int
    name: str
    identity: str
    lasts: int
    calls: tuple[Made, ...]
    key: bool = True
    told: bool = True
    switched: bool = False


class History:
    """Records of sessions as CloudTrail writes them, with whose they are: event id -> number of the session."""

    def __init__(self, sessions: list[Session]) -> None:
        self.records, self.truth = list[tuple[int, dict[str, Any]]](), dict[str, int]()
        self.sign_ins = set[str]()
        for number, session in enumerate(sessions):
            self._enter(number, session)
            shows = session.told or any(call.kind != SIGN_IN and (call.told or call.kind != ONWARD)
                                        for call in session.calls)  # fmt: skip # else nobody knows of it
            for call in session.calls if shows else ():
                self._call(number, session, call)

    def _add(self, number: int, at: int, source: str, name: str, caller: Mapping[str, Any], **more: Any) -> None:
        event_id = f"event-{len(self.records):03}"
        when = (AT + timedelta(seconds=at)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.truth[event_id] = number
        self.records.append((at, {
            "eventVersion": "1.11", "eventID": event_id, "eventTime": when, "eventSource": f"{source}.amazonaws.com",
            "eventName": name, "userIdentity": caller, "awsRegion": "us-east-1", "recipientAccountId": ACCOUNT,
            "readOnly": name.startswith(("Assume", "Describe")), **more,
        }))  # fmt: skip

    def _assume(
        self, number: int, at: int, caller: Mapping[str, Any], role: str, session: Session, key: str, **more: Any
    ) -> None:
        name = session.name if role == ROLE else "job"
        asked = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "roleSessionName": name}
        end = AT + timedelta(seconds=at + session.lasts)
        told = {"accessKeyId": key, "expiration": f"{end:%b %d, %Y, %I:%M:%S %p}"} if key else {}
        gave = {"credentials": told, "assumedRoleUser": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}"}}
        identity = {"sourceIdentity": session.identity} if session.identity and role == ROLE else {}
        self._add(number, at, "sts", "AssumeRole", caller, responseElements=gave,
                  requestParameters=asked | identity | {"durationSeconds": session.lasts}, **more)  # fmt: skip

    def _enter(self, number: int, session: Session) -> None:
        if session.told:
            by = "AWS Internal" if session.switched else "198.51.100.7"
            key = f"ASIA{number:04}" if session.key else ""
            self._assume(number, session.since, USER, ROLE, session, key, sourceIPAddress=by)

    def _call(self, number: int, session: Session, call: Made) -> None:
        at = session.since + min(call.after, LONGEST if call.kind in (BY_CONSOLE, SERVICE) else session.lasts)
        who = self.who(ROLE, session.name, session.identity, session.since)
        keyed = who | {"accessKeyId": f"ASIA{number:04}"}
        if call.kind == SIGN_IN:
            bare = {name: value for name, value in who.items() if name != "sessionContext"}
            self._add(number, at, "signin", "ConsoleLogin", bare, responseElements={"ConsoleLogin": "Success"})
            self.sign_ins.add(max(self.truth))
        elif call.kind == BY_CONSOLE:
            more = who | {"accessKeyId": f"ASIACONSOLE{number:04}"}
            self._add(number, at, "ec2", "StopInstances", more, sessionCredentialFromConsole="true")
        elif call.kind == SERVICE:
            self._add(number, at, "ec2", "RunInstances", who | {"invokedBy": "cloudformation.amazonaws.com"})
        elif call.kind == API:
            key = {"accessKeyId": f"ASIASWITCH{number:04}"} if session.switched else {}
            self._add(number, at, "ec2", "DescribeInstances", keyed | key)
        else:
            key = f"ASIAONWARD{len(self.records):04}"
            if call.told:
                self._assume(number, at, keyed, WORKER, session, key)
            elif not session.identity:
                return  # what is done there is anybody's
            onward = self.who(WORKER, "job", session.identity, at) | {"accessKeyId": key}
            for after in call.inside:
                self._add(number, at + min(after, session.lasts), "s3", "DeleteBucket", onward)

    @staticmethod
    def who(role: str, name: str, identity: str, since: int) -> dict[str, Any]:
        """A session's userIdentity, without its key."""
        begun = (AT + timedelta(seconds=since)).strftime("%Y-%m-%dT%H:%M:%SZ")
        context: dict[str, Any] = {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{role}"},
                                   "attributes": {"creationDate": begun}}  # fmt: skip
        context |= {"sourceIdentity": identity} if identity else {}
        return {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}",
                "accountId": ACCOUNT, "sessionContext": context}  # fmt: skip

    source = "lookup:us-east-2"

    def pages(self, window: Window) -> list[Page]:
        """See RecordSource."""
        return [Page("page 1", tuple(json.dumps(content) for _, content in self.records))]

    def limits(self, window: Window) -> Limits:
        """See RecordSource."""
        return Limits((), ())


AFTER = st.integers(0, 2 * HOUR)
CALLS = st.builds(
    Made, st.sampled_from([API, API, BY_CONSOLE, SERVICE, SIGN_IN, ONWARD]), AFTER,
    st.lists(AFTER, max_size=2).map(tuple), st.integers(0, 3).map(bool),
)  # fmt: skip
SESSIONS = st.builds(
    Session, st.integers(0, 3 * HOUR), st.sampled_from(["alex", "sam"]), st.sampled_from([INCIDENT, "INC-other", ""]),
    st.sampled_from([900, HOUR]), st.lists(CALLS, max_size=4).map(tuple),
    st.integers(0, 4).map(bool), st.integers(0, 4).map(bool), st.integers(0, 3).map(lambda number: not number),
)  # fmt: skip


def doubts_of(told: Iterable[str]) -> set[str]:
    """The sentences that say of which other session a call may be."""
    return {one for one in told if "neither access key nor source identity" in one}


def ids_of(use: Use) -> set[str]:
    """The entry, where it has a record of its own, and the calls."""
    return {call.event_id for call in use.calls} | ({use.entry.event_id} - ({""}))


@example(
    [
        Session(0, "alex", INCIDENT, 900, ()),
        Session(0, "alex", "INC-other", 900, (Made(API, 0), Made(SIGN_IN, 0)), told=False),
    ]
)
@example([Session(0, "sam", "INC-other", HOUR, (Made(API, 900), Made(ONWARD, 60, (0,), told=False)), told=False)])
@example([
    Session(0, "alex", INCIDENT, HOUR, (Made(SIGN_IN, 60),)), Session(30, "alex", "INC-other", HOUR, ()),
])  # fmt: skip
@given(st.lists(SESSIONS, min_size=1, max_size=5))
@settings(max_examples=200)
def test_the_question_close_and_reconcile_find_what_belongs_to_a_session(sessions: list[Session]) -> None:
    history = History(sessions)
    engine = RecordEngine(history, BOTH)
    its_own = {number for number, session in enumerate(sessions) if session.identity == INCIDENT}
    truth = {event_id for event_id, number in history.truth.items() if number in its_own}
    rows = inside(engine.ask(Window()).facts, INCIDENT, BOTH)
    asked = {row.event_id for row in rows}
    unsure = {row.event_id for row in rows if row.doubt}
    assert truth <= asked and asked - truth <= unsure

    found = collect(incident(), ROLES, lambda roles: RecordEngine(history, roles | BOTH), Window(), NOTHING_ELSE)
    assert {record.event_id for record in found.mine} == asked
    assert doubts_of(found.gaps) == doubts_of(row.doubt for row in rows)

    uses = joined(recorded(engine.ask(Window()).facts, ROLES), ROLES)
    everything = [event_id for use in uses.uses for event_id in ids_of(use)]
    assert len(everything) == len(set(everything)) and set(everything) | history.sign_ins == set(history.truth)
    declared = {event_id for use in uses.uses if use.entry.source_identity == INCIDENT for event_id in ids_of(use)}
    assert (declared ^ truth) - history.sign_ins <= unsure
