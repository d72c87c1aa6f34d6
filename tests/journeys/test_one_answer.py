"""What belongs to a session: the question, `close` and `reconcile` find the same in generated records, as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from time import tzset
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.incident_records import ACCOUNT, AT, INCIDENT, ROLE, incident
from tests.journeys.test_close import NOTHING_ELSE

from iam_guardrails.adapters.aws.trail_records import Limits, Page
from iam_guardrails.adapters.trail_engine.records import RecordEngine
from iam_guardrails.journeys.close import collect
from iam_guardrails.model.incident.joining import joined
from iam_guardrails.model.incident.recorded import recorded
from iam_guardrails.model.incident.step import ENTERED, Entered
from iam_guardrails.model.incident.use import Use, Uses
from iam_guardrails.model.trail.questions.calls import inside
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.value import changed, frozen

WORKER = "worker"
ROLES = frozenset({(ACCOUNT, ROLE)})
BOTH = ROLES | {(ACCOUNT, WORKER)}
HOUR, LONGEST = 3600, 12 * 3600
USER = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alex", "accountId": ACCOUNT, "userName": "alex",
        "accessKeyId": "AKIAALEX"}  # fmt: skip
API, BY_CONSOLE, SERVICE, SIGN_IN, ONWARD, EXIT, SHELL = (
    "api",
    "console",
    "service",
    "sign-in",
    "onward",
    "exit",
    "shell",
)


@frozen
class Made:
    """A call in a session. after: seconds since the entry.  inside: of an onward session, the calls in it.  told:
    whether the record is there of how that was entered.  began: of the console and CloudShell, how long after the entry
    their own session was begun."""

    kind: str
    after: int
    inside: tuple[int, ...] = ()
    told: bool = True
    began: int = 0


@frozen
class Session:
    """An entry, and what was done. told: whether the entry is among the records.  key: whether its record has it.
    asserted: whether the source identity was not asked for, but came with an assertion or the caller's session."""

    since: int
    name: str
    identity: str
    lasts: int
    calls: tuple[Made, ...]
    key: bool = True
    told: bool = True
    switched: bool = False
    asserted: bool = False


class History:
    """Records of sessions as CloudTrail writes them, with whose they are: event id -> number of the session."""

    def __init__(self, sessions: list[Session], *, lonely: bool = False) -> None:
        """lonely: whether there may be sign-ins into a session of which nothing else tells: nobody knows whose."""
        self.records, self.truth = list[tuple[int, dict[str, Any]]](), dict[str, int]()
        self.sign_ins = set[str]()
        for number, session in enumerate(sessions):
            self._enter(number, session)
            others = (call for call in session.calls if call.kind != SIGN_IN and (call.told or call.kind != ONWARD)
                      and (session.identity or call.kind != SHELL))  # fmt: skip
            shows = lonely or session.told or any(others)
            for call in session.calls if shows else ():
                self.call(number, session, call)

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
        identity = {"sourceIdentity": session.identity} if session.identity else {}
        self._add(number, at, "sts", "AssumeRole", caller, responseElements=gave | identity,
                  requestParameters=asked | {"durationSeconds": session.lasts}
                  | (identity if role == ROLE and not session.asserted else {}), **more)  # fmt: skip

    def _enter(self, number: int, session: Session) -> None:
        if session.told:
            by = "AWS Internal" if session.switched else "198.51.100.7"
            key = f"ASIA{number:04}" if session.key else ""
            self._assume(number, session.since, USER, ROLE, session, key, sourceIPAddress=by)

    def call(self, number: int, session: Session, call: Made) -> None:
        of_console = call.kind in (BY_CONSOLE, SHELL)
        at = session.since + min(call.after, LONGEST if of_console or call.kind == SERVICE else session.lasts)
        in_time = of_console and session.told and call.began <= min(session.lasts, call.after)
        began = session.since + call.began * in_time
        who = self.who(ROLE, session.name, session.identity, began)
        keyed = who | {"accessKeyId": f"ASIA{number:04}"}
        if call.kind == SIGN_IN:
            bare = {name: value for name, value in who.items() if name != "sessionContext"}
            self._add(number, at, "signin", "ConsoleLogin", bare, responseElements={"ConsoleLogin": "Success"})
            self.sign_ins.add(max(self.truth))
        elif call.kind == EXIT:
            bare = {name: value for name, value in who.items() if name != "sessionContext"}
            self._add(number, at, "signin", "ExitRole", bare)
        elif call.kind == BY_CONSOLE:
            more = who | {"accessKeyId": f"ASIACONSOLE{number:04}"}
            self._add(number, at, "ec2", "StopInstances", more, sessionCredentialFromConsole="true")
        elif call.kind == SHELL:
            if session.identity:  # else nobody can tell
                self._add(number, at, "ec2", "StopInstances", who | {"accessKeyId": f"ASIASHELL{number:04}"})
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

    def of(self, sessions: Iterable[int]) -> set[str]:
        """The ids of what was done in some sessions."""
        wanted = set(sessions)
        return {event_id for event_id, number in self.truth.items() if number in wanted}

    source = "lookup:us-east-2"

    def pages(self, window: Window) -> list[Page]:
        """See RecordSource."""
        return [Page("page 1", tuple(json.dumps(content) for _, content in self.records))]

    def limits(self, window: Window) -> Limits:
        """See RecordSource."""
        return Limits((), ())


AFTER = st.integers(0, 2 * HOUR)
CALLS = st.builds(
    Made, st.sampled_from([API, API, BY_CONSOLE, SHELL, SERVICE, SIGN_IN, ONWARD]), AFTER,
    st.lists(AFTER, max_size=2).map(tuple), st.integers(0, 3).map(bool),
    st.integers(0, 360).map(lambda number: number and number * 10 + 5),
)  # fmt: skip
SESSIONS = st.builds(
    Session, st.integers(0, 3 * 360).map(lambda number: number * 10), st.sampled_from(["alex", "sam"]),
    st.sampled_from([INCIDENT, "INC-other", ""]),
    st.sampled_from([900, HOUR]), st.lists(CALLS, max_size=4).map(tuple),
    st.integers(0, 4).map(bool), st.integers(0, 4).map(bool), st.integers(0, 3).map(lambda number: not number),
    st.booleans(),
)  # fmt: skip


def doubts_of(told: Iterable[str]) -> set[str]:
    """The sentences that say of which other session a call may be."""
    return {one for one in told if "neither access key nor source identity" in one or "their time only" in one}


def ids_of(use: Use) -> set[str]:
    """The entry, where it has a record of its own, and the calls."""
    return {call.event_id for call in use.calls} | ({use.entry.event_id} - ({""}))


@example(
    [
        Session(0, "alex", INCIDENT, 900, ()),
        Session(0, "alex", "INC-other", 900, (Made(API, 0), Made(SIGN_IN, 0)), told=False),
    ]
)
@example(
    [
        Session(1128, "alex", INCIDENT, HOUR, (), key=False),
        Session(327, "alex", INCIDENT, 900, (Made(SERVICE, 912), Made(ONWARD, 64, (0,), told=False)), told=False),
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
    truth = history.of(number for number, session in enumerate(sessions) if session.identity == INCIDENT)
    rows = inside(engine.ask(Window()).facts, INCIDENT, BOTH)
    asked = {row.event_id for row in rows}
    unsure = {row.event_id for row in rows if row.doubt}
    nobodys = history.sign_ins & history.of(number for number, session in enumerate(sessions) if not session.told)
    assert truth - nobodys <= asked and asked - truth - nobodys <= unsure

    found = collect(incident(), ROLES, lambda roles: RecordEngine(history, roles | BOTH), Window(), NOTHING_ELSE)
    assert {record.event_id for record in found.mine} == asked
    assert doubts_of(found.gaps) == doubts_of(row.doubt for row in rows)

    uses = joined(recorded(engine.ask(Window()).facts, ROLES), ROLES)
    everything = [event_id for use in uses.uses for event_id in ids_of(use)]
    assert len(everything) == len(set(everything)) and set(everything) | history.sign_ins == set(history.truth)
    declared = {event_id for use in uses.uses if use.entry.source_identity == INCIDENT for event_id in ids_of(use)}
    assert (declared ^ truth) - history.sign_ins <= unsure


def known(session: Session, ahead: int) -> tuple[str, Entered, int]:
    """What the record of the incident has of a session. ahead: of the machine's clock, in seconds."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/{session.name}"
    ends = AT + timedelta(seconds=session.since + session.lasts)
    content = Entered(f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "iam-user", "alex", session.name, arn, "AROA:x", ACCOUNT,
                      "us-east-2", session.lasts // 60, ends, "subshell", "", ahead)  # fmt: skip
    return ENTERED, content, session.since + ahead


NAMELESS = SESSIONS.map(lambda session: changed(session, identity="", name="alex", told=True, key=True))


@example([Session(0, "alex", "", HOUR, ()), Session(HOUR - 600, "alex", "", HOUR, (Made(API, 60),))], 0)
@example([Session(1200, "alex", "", HOUR, (Made(API, 60),))], 1200)
@example([Session(0, "alex", "", HOUR, ()), Session(120, "alex", "", HOUR, (Made(API, 60),))], 0)
@example([Session(0, "alex", "", HOUR, ()), Session(2700, "alex", "", 900, (Made(API, 60),))], 0)
@given(st.lists(NAMELESS, min_size=1, max_size=4), st.sampled_from([0, 30, -30, 1500]))
@settings(max_examples=100)
def test_close_tells_apart_sessions_that_have_a_name_only(sessions: list[Session], ahead: int) -> None:
    """The role asks for no source identity: the first session is known by the record of the incident."""
    history = History(sessions)
    use = incident(steps=[known(sessions[0], ahead)])
    found = collect(use, ROLES, lambda roles: RecordEngine(history, roles | BOTH), Window(), NOTHING_ELSE)
    mine = {record.event_id for record in found.mine}
    assert mine >= history.of([0]) and (mine == history.of([0]) or sessions[1:])
    keyed = {content["eventID"] for _, content in history.records if content["eventName"] == "AssumeRole"
             or content["userIdentity"].get("accessKeyId", "").startswith("ASIA0")}  # fmt: skip
    apart = [number for number, session in enumerate(sessions) if abs(session.since - sessions[0].since) > 300
             or abs(session.since + session.lasts - sessions[0].since - sessions[0].lasts) > 60]  # fmt: skip
    assert not mine & keyed & history.of(apart)


def test_of_a_session_with_a_source_identity_no_call_without_one_is() -> None:
    mine, others = Session(0, "alex", INCIDENT, HOUR, ()), Session(60, "alex", "", HOUR, (Made(API, 60),), told=False)
    history = History([mine, others])
    use = incident(steps=[known(mine, 0)])
    found = collect(use, ROLES, lambda roles: RecordEngine(history, roles), Window(), NOTHING_ELSE)
    assert {record.event_id for record in found.mine} == history.of([0])
    assert any("a session seen first at" in gap for gap in found.gaps)


def test_a_record_of_an_incident_without_a_sessions_arn_owns_nobodys_calls() -> None:
    history = History([Session(0, "alex", "", HOUR, ())])
    _, content, seconds = known(Session(0, "alex", "", HOUR, ()), 0)
    use = incident(steps=[(ENTERED, changed(content, session_arn=""), seconds)])
    found = collect(use, ROLES, lambda roles: RecordEngine(history, roles), Window(), NOTHING_ELSE)
    assert found.mine == () and found.gaps


def uses_of(*sessions: Session) -> Uses:
    """What reconcile reads of some sessions."""
    return joined(recorded(RecordEngine(History(list(sessions), lonely=True), ROLES).ask(Window()).facts, ROLES), ROLES)


@pytest.mark.parametrize(
    ("session", "calls"),
    [
        (Session(60, "alex", INCIDENT, 900, (Made(SIGN_IN, 600),)), 0),
        (Session(60, "alex", INCIDENT, 900, (Made(SIGN_IN, -30),)), 0),
        (Session(60, "alex", "", 900, (Made(SERVICE, -1),)), 1),
        (Session(60, "alex", INCIDENT, 900, (Made(SIGN_IN, 60), Made(API, 600)), told=False), 1),
        (Session(60, "alex", INCIDENT, 900, (Made(EXIT, 60), Made(API, 600)), told=False), 2),
        (Session(60, "alex", INCIDENT, 900, (Made(API, 600), Made(EXIT, 700)), told=False), 2),
        (Session(60, "alex", "", HOUR, (Made(SIGN_IN, 60), Made(SIGN_IN, 600)), told=False), 0),
    ],
)
def test_what_the_console_records_of_a_session_is_no_use_of_its_own(session: Session, calls: int) -> None:
    (use,) = uses_of(session).uses
    assert len(use.calls) == calls
    history = History([session], lonely=True)
    rows = inside(RecordEngine(history, ROLES).ask(Window()).facts, session.identity or session.name, ROLES)
    assert {row.event_id for row in rows} == set(history.truth)


BY_LINK = (Made(SIGN_IN, 600), Made(BY_CONSOLE, 700, began=600), Made(SHELL, 2 * HOUR, began=HOUR), Made(EXIT, 800))


def test_ordinary_uses_of_one_day_are_no_doubt_anywhere() -> None:
    """Two incidents of one person, each by a link to the console that is opened ten minutes after the entry."""
    history = History([Session(0, "alex", INCIDENT, 900, BY_LINK), Session(9000, "alex", "INC-other", 900, BY_LINK)])
    facts = list(RecordEngine(history, ROLES).ask(Window()).facts)
    for number, identity in enumerate((INCIDENT, "INC-other")):
        rows = inside(facts, identity, ROLES)
        assert {row.event_id for row in rows} == history.of([number]) and not any(row.doubt for row in rows)
    uses = joined(recorded(facts, ROLES), ROLES)
    assert [use.entry.source_identity for use in uses.uses] == [INCIDENT, "INC-other"] and uses.doubts == ()
    found = collect(incident(), ROLES, lambda roles: RecordEngine(history, roles), Window(), NOTHING_ELSE)
    assert {record.event_id for record in found.mine} == history.of([0])
    (gap,) = found.gaps
    assert "INC-other" in gap


def test_a_console_session_is_of_no_session_that_was_over_when_it_began() -> None:
    late = Made(BY_CONSOLE, 7300, began=7260)
    history = History([Session(0, "alex", "", HOUR, ()), Session(7200, "alex", "", HOUR, ())])
    history.call(1, Session(0, "alex", "", 8000, ()), late)
    uses = joined(recorded(RecordEngine(history, ROLES).ask(Window()).facts, ROLES), ROLES)
    assert [len(use.calls) for use in uses.uses] == [0, 1] and uses.doubts == ()


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
def test_a_beginning_without_a_time_zone_is_utc(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", zone)
    tzset()
    history = History([Session(0, "alex", INCIDENT, HOUR, (Made(API, 60),))])
    attributes = history.records[1][1]["userIdentity"]["sessionContext"]["attributes"]
    attributes["creationDate"] = attributes["creationDate"].removesuffix("Z")
    (use,) = joined(recorded(RecordEngine(history, ROLES).ask(Window()).facts, ROLES), ROLES).uses
    assert len(use.calls) == 1
    monkeypatch.undo()
    tzset()


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00Z", "Jan 1, 0001, 1:00:00 AM"])
def test_an_end_before_there_was_any_is_no_end(end: str) -> None:
    history = History([Session(0, "alex", INCIDENT, HOUR, (Made(API, 60),))])
    history.records[0][1]["responseElements"]["credentials"]["expiration"] = end
    found = collect(incident(), ROLES, lambda roles: RecordEngine(history, roles), Window(), NOTHING_ELSE)
    assert {record.event_id for record in found.mine} == history.of([0])


def test_records_without_an_id_are_told_apart() -> None:
    history = History([
        Session(0, "alex", INCIDENT, HOUR, (Made(API, 60),)), Session(0, "sam", "INC-other", HOUR, (Made(API, 60),)),
    ])  # fmt: skip
    for _, content in history.records:
        content["eventID"] = ""
    found = collect(incident(), ROLES, lambda roles: RecordEngine(history, roles), Window(), NOTHING_ELSE)
    assert {record.session for record in found.mine} <= {"alex", ""} and len(found.mine) == 2


def test_what_a_made_key_did_is_followed_where_records_have_no_id() -> None:
    history = History([Session(0, "alex", INCIDENT, HOUR, (Made(API, 60),))])
    user = {**USER, "arn": f"arn:aws:iam::{ACCOUNT}:user/ghost", "userName": "ghost", "accessKeyId": "AKIAGHOST"}
    key = {"accessKey": {"accessKeyId": "AKIAGHOST", "userName": "ghost"}}
    entry, (at, content) = history.records
    made = content | {"eventSource": "iam.amazonaws.com", "eventName": "CreateAccessKey", "responseElements": key,
                      "readOnly": False, "requestParameters": {"userName": "ghost"}}  # fmt: skip
    later = content | {"eventSource": "iam.amazonaws.com", "eventName": "CreateUser", "userIdentity": user,
                       "eventTime": "2026-11-28T12:05:00Z", "readOnly": False}  # fmt: skip
    history.records = [entry, (at, made), (at, later)]
    for _, one in history.records:
        one["eventID"] = ""
    followed = ROLES | {(ACCOUNT, "user/ghost")}
    (use,) = joined(recorded(RecordEngine(history, followed).ask(Window()).facts, ROLES), ROLES).uses
    assert [call.action for call in use.calls] == ["iam:CreateAccessKey", "iam:CreateUser"]


def test_a_session_entered_from_there_counts_by_its_source_identity_without_a_doubt() -> None:
    calls = (Made(ONWARD, 60, (10,)), Made(ONWARD, 120, (10,), told=False))
    history = History([Session(0, "alex", INCIDENT, HOUR, calls)])
    rows = inside(RecordEngine(history, BOTH).ask(Window()).facts, INCIDENT, BOTH)
    assert {row.event_id for row in rows} == history.of([0]) and not any(row.doubt for row in rows)


def test_a_sign_in_that_may_be_of_a_session_without_an_entry_is_told() -> None:
    others = Session(0, "alex", "INC-other", 900, (Made(API, 0), Made(SIGN_IN, 0)), told=False)
    history = History([Session(0, "alex", INCIDENT, 900, ()), others])
    rows = inside(RecordEngine(history, ROLES).ask(Window()).facts, INCIDENT, ROLES)
    (told,) = (row.doubt for row in rows if row.event_id in history.sign_ins)
    assert "another one, whose entry is not among these" in told


def test_reconcile_tells_a_sign_in_that_may_be_of_another_incident() -> None:
    bare = (Made(SIGN_IN, 60),)
    uses = uses_of(Session(0, "alex", INCIDENT, HOUR, bare), Session(30, "alex", "INC-other", HOUR, ()))
    assert len(doubts_of(uses.doubts)) == 1


@pytest.mark.parametrize("context", [{}, {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"}}])
def test_a_sign_in_tells_no_source_identity_whatever_its_context(context: dict[str, Any]) -> None:
    history = History([Session(0, "alex", INCIDENT, HOUR, (Made(SIGN_IN, 60),))])
    history.records[1][1]["userIdentity"]["sessionContext"] = context
    rows = inside(RecordEngine(history, ROLES).ask(Window()).facts, INCIDENT, ROLES)
    assert {row.event_id for row in rows} == history.of([0])
    assert len(joined(recorded(RecordEngine(history, ROLES).ask(Window()).facts, ROLES), ROLES).uses) == 1


def test_a_sign_in_after_the_session_of_its_name_is_a_use_of_its_own() -> None:
    history = History([Session(0, "alex", INCIDENT, 900, ()), Session(HOUR, "alex", "", 900, (Made(SIGN_IN, 60),))])
    del history.records[1]
    uses = joined(recorded(RecordEngine(history, ROLES).ask(Window()).facts, ROLES), ROLES)
    assert [use.entry.event_id for use in uses.uses] == ["event-000", "event-002"]
    found = collect(incident(), ROLES, lambda roles: RecordEngine(history, roles), Window(), NOTHING_ELSE)
    assert "the entry at 2026-11-28 13:01:00 UTC" in "".join(found.gaps)


@pytest.mark.parametrize(("identity", "doubts"), [("", 1), (INCIDENT, 0)])
def test_a_use_whose_calls_may_be_of_another_is_told(identity: str, doubts: int) -> None:
    """Not where both are of one incident."""
    calls = tuple(Made(SERVICE, minute * 60) for minute in range(20))
    history = History([Session(0, "alex", identity, HOUR, calls), Session(5, "alex", identity, HOUR, calls)])
    for _, content in history.records:
        content["userIdentity"].get("sessionContext", {}).pop("attributes", None)
    uses = joined(recorded(RecordEngine(history, ROLES).ask(Window()).facts, ROLES), ROLES)
    assert len(doubts_of(uses.doubts)) == doubts


def test_thousands_of_entries_under_one_name_are_told_apart() -> None:
    calls = (Made(BY_CONSOLE, 60), Made(SERVICE, 60))
    history = History([Session(number * 20, "alex", "", HOUR, calls) for number in range(2000)])
    uses = joined(recorded(RecordEngine(history, ROLES).ask(Window()).facts, ROLES), ROLES)
    told = [{history.truth[event_id] for event_id in ids_of(use)} for use in uses.uses]
    assert told == [{number} for number in range(2000)]
    assert all(len(use.calls) == 2 for use in uses.uses)
