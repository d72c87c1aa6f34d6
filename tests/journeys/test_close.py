"""Collecting a use's records, waiting for them, what differs from before, what Terraform declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from tests.incident_cases import NO_BEFORE, items
from tests.incident_records import ACCOUNT, AT, CLOCK, INCIDENT, ROLE, SESSION_ARN, Fake, incident, record

from iam_guardrails.adapters.aws.trail_records import Limits, Page
from iam_guardrails.adapters.trail_engine.records import RecordEngine
from iam_guardrails.journeys.close import (
    Collected,
    Surroundings,
    collect,
    examine,
    same,
    still_coming,
    wait_for_delivery,
)
from iam_guardrails.model.account import Account, ManagedPolicy, NamedPolicy, Role, User
from iam_guardrails.model.drill import LIVE as LIVE_DRILL
from iam_guardrails.model.drill import DrillRecord
from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.incident.against import Against
from iam_guardrails.model.incident.chain import new_step
from iam_guardrails.model.incident.examined import MANAGED, NOT_JUDGED, OPEN, REVERTED, Examined
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.reach import Reach, file_gaps, file_regions, lookup_gaps
from iam_guardrails.model.incident.step import ENTERED, EXITED, NOTED, Entered, Exited, Noted
from iam_guardrails.model.incident.unsure import is_unsure
from iam_guardrails.model.incident.window import alive, begins_at, ends_at, undated
from iam_guardrails.model.trail.answer import Coverage, Query
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed
from iam_guardrails.reports.dossier.told import refused

ROLES = frozenset({(ACCOUNT, ROLE)})
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ATTACH = ("iam:AttachRolePolicy", {"roleName": "mw", "policyArn": ADMIN})
FURTHER = f"arn:aws:iam::{ACCOUNT}:role/further"
HOP = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/deployer", "roleSessionName": "hop"}


class Source:
    """Records as LookupEvents gives them."""

    source = "lookup:us-east-2"

    def __init__(self, records: Sequence[Any], gaps: tuple[str, ...] = ()) -> None:
        self.records, self.gaps = records, gaps

    def pages(self, window: Window) -> Iterator[Page]:
        """One page."""
        texts = []
        for one in self.records:
            when = datetime.fromtimestamp(one.time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            texts.append(json.dumps(dict(one.content) | {"eventID": one.event_id, "eventTime": when}))
        yield Page("page 1", tuple(texts))

    def limits(self, window: Window) -> Limits:
        """See RecordSource."""
        return Limits(("management events only",), self.gaps)


NOTHING_ELSE = Against("prod", ACCOUNT, AT, CLOCK, CLOCK, AT, CLOCK)


def collected(
    records: Sequence[Any], use: Incident | None = None, gaps: tuple[str, ...] = (), against: Against = NOTHING_ELSE
) -> Collected:
    engine = partial(RecordEngine, Source(records, gaps))
    return collect(use or incident(), ROLES, engine, Window(), against)


def entered(seconds: int = 3600, arn: str = SESSION_ARN) -> Entered:
    return Entered(ROLE_ARN, "iam-user", "alex", "alex", arn, "AROA:alex", ACCOUNT, "us-east-2", 60,
                   AT + timedelta(seconds=seconds), "subshell")  # fmt: skip


def test_only_the_records_of_the_use_are_its_own() -> None:
    found = collected([
        record(*ATTACH), record("iam:CreateUser", {"userName": "x"}, incident="INC-other", seconds=1),
        record("iam:CreateRole", {"roleName": "y"}, incident="", role="somebody", seconds=2),
    ])  # fmt: skip
    assert [one.action for one in found.mine] == ["iam:AttachRolePolicy"]
    assert [one.action for one in found.others] == ["iam:CreateUser", "iam:CreateRole"]
    assert found.notes == ("management events only",)
    assert [gap.partition(",")[0] for gap in found.gaps] == [
        f"a session seen first at 2026-11-28 12:00:01 UTC into {ROLE} as alex is not counted here"
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_a_record_under_the_id_of_another_hides_neither(order: int) -> None:
    stop = record("cloudtrail:StopLogging", {"name": "trail"}, incident="", role="ci", seconds=5)
    mine = record(*ATTACH)
    mine.event_id = stop.event_id
    found = collected([stop, mine][::order])
    assert [one.action for one in found.mine] == ["iam:AttachRolePolicy"]
    assert [one.action for one in found.others] == ["cloudtrail:StopLogging"]
    assert any(gap.startswith(f"different records have the same event id ({stop.event_id})") for gap in found.gaps)


def test_a_call_that_was_corrected_is_one_call_and_that_is_told() -> None:
    first = record(*ATTACH)
    said = {"originalEventID": first.event_id, "updatedFields": "userAgent"}
    now = record(*ATTACH, addendum=said, userAgent="now")
    now.event_id = "corrected"
    found = collected([now, first])
    assert [one.event_id for one in found.mine] == ["corrected"] and found.gaps == ()
    told = f"a record says that CloudTrail corrected another later ({first.event_id})"
    assert any(note.startswith(told) for note in found.notes)


OWNER = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/sam", "userName": "sam", "accessKeyId": "AKIA"}


def entry(name: str, **more: Any) -> Any:
    """An entry into the role. name: the incident id that it bears, "" for none."""
    asked = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "roleSessionName": "sam"}
    asked |= {"sourceIdentity": name} if name else {}
    return record("sts:AssumeRole", asked, {"assumedRoleUser": {"arn": SESSION_ARN}}, userIdentity=OWNER, **more)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it bears no incident id (source identity)"),
        ("INC-other", "there is no record of its incident id INC-other"),
        ("INC-DRILL-1", "its incident id INC-DRILL-1 says that it is a drill, and no drill has it"),
    ],
)
def test_an_entry_that_is_not_of_the_use_is_named(name: str, why: str) -> None:
    found = collected([entry(name, seconds=5), record(*ATTACH)])
    assert [one.action for one in found.mine] == ["iam:AttachRolePolicy"]
    assert found.gaps == (
        f"the entry at 2026-11-28 12:00:05 UTC into {ROLE} as sam by sam is not counted here, for {why}:"
        " what was done in it is not judged",
    )
    assert collected([entry(name, seconds=5, error="AccessDenied"), record(*ATTACH)]).gaps == ()


def test_an_entry_of_a_recorded_drill_is_explained() -> None:
    drill = DrillRecord("DRILL-1", LIVE_DRILL, "prod", ACCOUNT, AT, incident_id="INC-DRILL-1", person=str(OWNER["arn"]),
                        role_arn=f"arn:aws:iam::{ACCOUNT}:role/{ROLE}")  # fmt: skip
    found = collected([entry("INC-DRILL-1", seconds=5)], against=changed(NOTHING_ELSE, drills=(drill,)))
    assert (found.mine, found.gaps) == ((), ())
    assert found.notes[1:] == (
        f"the entry at 2026-11-28 12:00:05 UTC into {ROLE} as sam by sam belongs to DRILL-1 and is not counted here",
    )


def test_an_entry_of_this_use_is_counted() -> None:
    found = collected([entry(INCIDENT), record(*ATTACH)])
    assert (len(found.mine), found.gaps) == (2, ())


def test_what_a_session_entered_from_the_use_did_belongs_to_it() -> None:
    far = {"groupId": "sg-1", "ipProtocol": "tcp", "fromPort": 1, "toPort": 1, "cidrIp": "0.0.0.0/0"}
    found = collected([
        record("sts:AssumeRole", HOP), record("ec2:AuthorizeSecurityGroupIngress", far, role="deployer", seconds=9),
        record("sts:AssumeRole", HOP | {"roleArn": FURTHER}, role="deployer", seconds=10),
        record("ec2:StopInstances", {}, role="further", seconds=11),
        record("ec2:StopInstances", {}, role="further", incident="INC-other", seconds=12),
        record("ec2:StopInstances", {}, role="unrelated", seconds=13),
    ])  # fmt: skip
    assert [one.action.split(":")[1] for one in found.mine] == [
        "AssumeRole", "AuthorizeSecurityGroupIngress", "AssumeRole", "StopInstances",
    ]  # fmt: skip


def keyed(key: str, role: str) -> dict[str, Any]:
    """The caller of a record whose source does not tell its source identity, with an access key."""
    return {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/hop", "accessKeyId": key,
            "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{role}"}}}  # fmt: skip


def given_keys(key: str) -> dict[str, Any]:
    return {"credentials": {"accessKeyId": key}}


def test_a_chained_session_is_followed_by_its_access_keys() -> None:
    into = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "sourceIdentity": INCIDENT}
    owner = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alex", "accessKeyId": "AKIA"}
    found = collected([
        record("sts:AssumeRole", into, given_keys("ASIA1"), userIdentity=owner),
        record("iam:CreateRole", {"roleName": "own"}, userIdentity=owner, seconds=1),
        record("sts:AssumeRole", HOP, given_keys("ASIA2"), userIdentity=keyed("ASIA1", ROLE), seconds=2),
        record("iam:CreateUser", {"userName": "ghost"}, userIdentity=keyed("ASIA2", "deployer"), seconds=3),
        record("sts:AssumeRole", HOP | {"roleArn": FURTHER}, given_keys("ASIA3"),
               userIdentity=keyed("ASIA2", "deployer"), seconds=4),
        record("iam:CreateUser", {"userName": "spirit"}, userIdentity=keyed("ASIA3", "further"), seconds=5),
        record("iam:CreateUser", {"userName": "other"}, userIdentity=keyed("ASIA9", "further"), seconds=6),
    ])  # fmt: skip
    assert [(one.time - int(AT.timestamp())) for one in found.mine] == [0, 2, 3, 4, 5]
    assert [one.target for one in found.others] == ["own", "other"]


def as_user(name: str, key: str = "", **more: Any) -> dict[str, Any]:
    """The caller of a record: a user, by an access key or, where the key is of a session, by the console."""
    return {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/staff/{name}", "accountId": ACCOUNT,
            "userName": name} | ({"accessKeyId": key} if key else {}) | more  # fmt: skip


KEY_OF_GHOST = {"accessKey": {"accessKeyId": "AKIA1", "userName": "ghost", "status": "Active"}}
STOP: tuple[str, dict[str, Any]] = ("ec2:StopInstances", {})


def times(found: Collected) -> list[int]:
    """When each record of the use was made, in seconds after the first."""
    return [one.time - int(AT.timestamp()) for one in found.mine]


def test_calls_with_an_access_key_that_a_session_made_are_the_uses() -> None:
    ghost, role = as_user("ghost", "AKIA1"), f"arn:aws:iam::{ACCOUNT}:role/far"
    found = collected([
        record("iam:CreateAccessKey", {"userName": "ghost"}, KEY_OF_GHOST),
        record(*STOP, userIdentity=ghost, seconds=1),
        record("sts:GetSessionToken", {}, given_keys("ASIA1"), userIdentity=ghost, seconds=2),
        record(*STOP, userIdentity=as_user("ghost", "ASIA1"), seconds=3),
        record("sts:AssumeRole", HOP | {"roleArn": role}, given_keys("ASIA2"), userIdentity=ghost, seconds=4),
        record(*STOP, userIdentity=keyed("ASIA2", "far"), seconds=5),
        record("iam:CreateAccessKey", {"userName": "second"}, {"accessKey": {"accessKeyId": "AKIA2"}},
               userIdentity=ghost, seconds=6),
        record(*STOP, userIdentity=as_user("second", "AKIA2"), seconds=7),
        record(*STOP, userIdentity=as_user("ghost", "AKIA9"), seconds=8),
        record(*STOP, userIdentity=as_user("other", "AKIA8"), seconds=9),
    ])  # fmt: skip
    assert times(found) == list(range(8))
    assert found.notes[1:] == (
        "what was done as the user ghost with an access key or a password that this use made at 2026-11-28T12:00:00Z is"
        " counted here (5 calls), whoever did it",
        "what was done as the user second with an access key or a password that this use made at 2026-11-28T12:00:06Z"
        " is counted here (1 call), whoever did it",
    )


def test_an_entry_under_another_id_with_a_key_that_a_session_made_is_another_use() -> None:
    """The key of an owner that was renewed is the owner's way into the next use."""
    into = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "roleSessionName": "ghost", "sourceIdentity": "INC-next"}
    elsewhere = into | {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/far"}
    found = collected([
        record("iam:CreateAccessKey", {"userName": "ghost"}, KEY_OF_GHOST),
        record("sts:AssumeRole", into, given_keys("ASIA1"), userIdentity=as_user("ghost", "AKIA1"), seconds=1),
        record(*STOP, userIdentity=keyed("ASIA1", ROLE), seconds=2),
        record("sts:AssumeRole", elsewhere, given_keys("ASIA2"), userIdentity=as_user("ghost", "AKIA1"), seconds=3),
        record(*STOP, userIdentity=keyed("ASIA2", "far"), seconds=4),
    ])  # fmt: skip
    assert times(found) == [0, 3, 4]
    assert any("there is no record of its incident id INC-next" in gap for gap in found.gaps)


def test_sessions_of_a_role_that_a_session_made_are_the_uses() -> None:
    """A function may have been the caller, or somebody whom the role trusts."""
    found = collected([
        record(*STOP, userIdentity=keyed("ASIA7", "puppet"), seconds=0),
        record("iam:CreateRole", {"roleName": "puppet"}, seconds=1),
        record("iam:CreateRole", {"roleName": "there"}, seconds=5, error="EntityAlreadyExists"),
        record(*STOP, userIdentity=keyed("ASIA8", "puppet"), seconds=2),
        record("iam:CreateAccessKey", {"userName": "ghost"}, KEY_OF_GHOST, userIdentity=keyed("ASIA8", "puppet"),
               seconds=3),
        record(*STOP, userIdentity=as_user("ghost", "AKIA1"), seconds=4),
        record(*STOP, userIdentity=keyed("ASIA9", "there"), seconds=6),
    ])  # fmt: skip
    assert times(found) == [1, 2, 3, 4, 5]
    assert found.notes[2] == (
        "what was done in sessions of the role puppet, which this use made at 2026-11-28T12:00:01Z is counted here"
        " (2 calls), whoever did it"
    )


def test_a_break_glass_role_that_a_session_made_anew_keeps_uses_apart() -> None:
    made = record("iam:CreateRole", {"roleName": ROLE})
    assert times(collected([made, record(*STOP, incident="INC-other", seconds=1)])) == [0]


def test_a_key_that_was_not_made_leads_nowhere() -> None:
    refused = record("iam:CreateAccessKey", {"userName": "ghost"}, None, error="LimitExceeded")
    assert times(collected([refused, record(*STOP, userIdentity=as_user("ghost", "AKIA1"), seconds=1)])) == [0]


def test_a_user_whose_password_a_session_set_is_followed_until_somebody_else_sets_it() -> None:
    console = as_user("ghost", "ASIA5", sessionContext={"attributes": {"mfaAuthenticated": "false"}})
    password = {"userName": "ghost"}
    admin = as_user("admin", "AKIA7")
    found = collected([
        record(*STOP, userIdentity=console, seconds=0),
        record("iam:CreateLoginProfile", password, {"loginProfile": password}, seconds=1),
        record("signin:ConsoleLogin", None, userIdentity=as_user("ghost"), seconds=2),
        record(*STOP, userIdentity=console, seconds=3),
        record(*STOP, userIdentity=as_user("ghost", "AKIA3"), seconds=4),
        record("sts:GetSessionToken", {}, given_keys("ASIA6"), userIdentity=as_user("ghost", "AKIA3"), seconds=5),
        record(*STOP, userIdentity=as_user("ghost", "ASIA6"), seconds=6),
        record("iam:UpdateLoginProfile", password, userIdentity=admin, seconds=7),
        record(*STOP, userIdentity=console, seconds=8),
    ])  # fmt: skip
    assert times(found) == [1, 2, 3]


def test_a_session_without_a_source_identity_leads_to_its_chained_ones() -> None:
    use = incident(steps=[(ENTERED, entered(600))])
    mine = keyed("ASIA1", ROLE) | {"arn": SESSION_ARN}
    found = collected([
        record("sts:AssumeRole", HOP, given_keys("ASIA2"), userIdentity=mine, seconds=60),
        record("iam:CreateUser", {"userName": "x"}, userIdentity=keyed("ASIA2", "deployer"), seconds=7200),
    ], use)  # fmt: skip
    assert [one.action for one in found.mine] == ["sts:AssumeRole", "iam:CreateUser"]


def test_an_entry_without_a_source_identity_is_the_uses_where_the_record_has_its_session() -> None:
    use = incident(steps=[(ENTERED, entered())])
    owner = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/alex", "accessKeyId": "AKIA"}
    shown = record("sts:AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"},
                   {"assumedRoleUser": {"arn": SESSION_ARN}}, userIdentity=owner, seconds=9)  # fmt: skip
    assert (len(collected([shown], use).mine), collected([shown], use).gaps) == (1, ())


def test_a_session_without_a_source_identity_is_known_by_its_arn_and_time() -> None:
    use = incident(steps=[(ENTERED, entered(600))])
    mine = record(*ATTACH, incident="", seconds=60)
    late = record(*ATTACH, incident="", seconds=7200)
    other = record("iam:CreateUser", {"userName": "x"}, incident="", seconds=60, userIdentity={
        "type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/sam",
        "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}"}}})  # fmt: skip
    found = collected([mine, late, other], use)
    assert [one.time for one in found.mine] == [mine.time]


def test_a_session_whose_beginning_is_missing_leaves_a_gap() -> None:
    use = incident(steps=[(ENTERED, entered())])
    shown = record("sts:AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "sourceIdentity": INCIDENT},
                   {"assumedRoleUser": {"arn": SESSION_ARN}}, incident="", role="owner")  # fmt: skip
    assert collected([shown], use).gaps == ()
    assert "the beginning of the session alex" in collected([record(*ATTACH)], use).gaps[0]


def test_a_session_of_another_use_under_the_same_name_is_not_this_uses() -> None:
    use = incident(steps=[(ENTERED, entered())])
    assert collected([record(*ATTACH, incident="INC-other", seconds=60)], use).mine == ()


def test_who_entered_twice_has_two_beginnings() -> None:
    use = incident(steps=[(ENTERED, entered()), (ENTERED, entered())])
    shown = [
        record("sts:AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{ROLE}", "sourceIdentity": INCIDENT},
               {"assumedRoleUser": {"arn": SESSION_ARN}}, incident="", role="owner", seconds=number)
        for number in range(2)
    ]  # fmt: skip
    assert collected(shown, use).gaps == ()
    assert len(collected(shown[:1], use).gaps) == 1


def test_gaps_and_records_that_cannot_be_read_are_told() -> None:
    found = collected([record(*ATTACH)], gaps=("LookupEvents holds 90 days",))
    assert found.gaps == ("LookupEvents holds 90 days",)


def test_records_may_still_come() -> None:
    found = collected([record(*ATTACH)])
    assert still_coming(incident(), found, AT, AT + timedelta(minutes=14), 900)
    assert not still_coming(incident(), found, AT, AT + timedelta(minutes=16), 900)
    later = AT + timedelta(minutes=10)
    assert still_coming(incident(), found, later, AT + timedelta(minutes=16), 900)


def test_waiting_ends_when_it_should() -> None:
    now, told = [AT], list[str]()
    wait_for_delivery(AT + timedelta(seconds=70), lambda: now[0],
                      lambda seconds: now.__setitem__(0, now[0] + timedelta(seconds=seconds)), told.append)  # fmt: skip
    assert now[0] == AT + timedelta(seconds=70)
    assert len(told) == 3


def test_sessions_end_by_time_or_by_being_revoked() -> None:
    use = incident(steps=[(ENTERED, entered(3600))])
    assert alive(use, AT + timedelta(minutes=30))
    assert not alive(use, AT + timedelta(minutes=61))
    assert ends_at(use) == AT + timedelta(hours=1)
    exited = Exited(ROLE_ARN, AT + timedelta(minutes=5, seconds=30))  # ahead, as `exit` writes it
    cut = incident(steps=[(ENTERED, entered(3600)), (EXITED, exited, 300)])
    assert not alive(cut, AT + timedelta(minutes=30))
    assert ends_at(cut) == AT + timedelta(minutes=5)  # what is written holds at once
    by_hand = incident(steps=[(ENTERED, entered(3600)), (EXITED, exited, 1200)])
    assert ends_at(by_hand) == AT + timedelta(minutes=5, seconds=30)
    failed = incident(steps=[(ENTERED, entered(3600)), (EXITED, Exited(ROLE_ARN, None, why_not="refused"))])
    assert alive(failed, AT + timedelta(minutes=30))
    assert begins_at(use, AT) == use.opened_at - timedelta(minutes=5)


def test_a_revocation_ends_the_sessions_of_its_role() -> None:
    role = f"arn:aws:iam::{ACCOUNT}:role/prod-breakglass"
    inside = [(ENTERED, changed(entered(3600), role_arn=f"{role}-{name}")) for name in ("admin", "network")]
    ended = Exited(f"{role}-admin", AT + timedelta(minutes=10, seconds=30))
    not_ended = Exited(f"{role}-network", None, why_not="AccessDenied")
    use = incident(steps=[*inside, (EXITED, ended, 600), (EXITED, not_ended, 600)])
    assert [one.role_arn for one in alive(use, AT + timedelta(minutes=20))] == [f"{role}-network"]
    assert ends_at(use) == AT + timedelta(hours=1)
    both = incident(steps=[*inside, (EXITED, ended, 600), (EXITED, changed(ended, role_arn=f"{role}-network"), 720)])
    assert not alive(both, AT + timedelta(minutes=20))
    assert ends_at(both) == AT + timedelta(minutes=10, seconds=30)


def test_a_declaration_that_is_dated_ahead_tells_not_when_it_was_made() -> None:
    now = AT - timedelta(days=2)
    assert begins_at(incident(), now) == now - timedelta(days=1)
    (told,) = undated(incident(), now)
    assert told.startswith("its declaration is dated 2026-11-28 11:50 UTC, but by this machine's clock it is")
    noted = incident(steps=[(NOTED, Noted("x"), -3 * 86400)])  # a step that somebody wrote later, with another clock
    assert begins_at(noted, AT) == AT - timedelta(days=4)
    assert "step 2, written later by alex@laptop, is of 2026-11-25" in undated(noted, AT)[0]
    assert not undated(incident(), AT - timedelta(minutes=14))  # clocks differ by a little


def test_a_step_that_another_machine_dated_before_the_declaration_widens_the_window_and_says_nothing() -> None:
    use = incident()
    for days in (1, 300):
        step = new_step(use.steps, AT - timedelta(days=days), NOTED, "sam@behind", Noted("x"))
        noted = changed(use, steps=(*use.steps, step))
        assert not undated(noted, AT)
        assert begins_at(noted, AT) == max(step.at - timedelta(days=1), use.opened_at - timedelta(days=90))


def test_lookups_of_too_few_regions_are_told() -> None:
    both = ("us-east-2", "us-east-1")
    assert lookup_gaps("lookup:us-east-2", Reach(both)) == ("LookupEvents was not asked in us-east-1",)
    assert lookup_gaps("lookup:us-east-2", Reach(both, "it was refused")) == (
        "LookupEvents was not asked in us-east-1 (which of them are enabled is not known: it was refused)",
    )
    assert not lookup_gaps("lookup:us-east-2, us-east-1", Reach(both))
    assert not lookup_gaps("s3://bucket", Reach(both))


def test_files_of_too_few_regions_are_told() -> None:
    reach = Reach(("us-east-2", "eu-west-1"))
    files = Coverage(1, 1, 1, 1, 0, (), (ACCOUNT,), places=((ACCOUNT, "us-east-2"), ("444444444444", "eu-west-1")))
    assert file_gaps(files, ACCOUNT, reach) == ("there is no file and no digest of eu-west-1",)
    assert file_regions(files, ACCOUNT) == ("there are files of us-east-2, and of no other Region",)
    assert not file_gaps(changed(files, places=((ACCOUNT, "us-east-2"), (ACCOUNT, "eu-west-1"))), ACCOUNT, reach)
    assert "do not tell" in file_gaps(changed(files, places=()), ACCOUNT, reach)[0]
    group = changed(files, unit="page")
    assert file_gaps(group, ACCOUNT, reach) == ("the log group holds no record of eu-west-1",)
    assert file_regions(group, ACCOUNT) == ("there are records of us-east-2, and of no other Region",)
    assert not file_gaps(changed(group, every_region=True), ACCOUNT, reach)
    for every in (True, False):
        other = file_gaps(changed(group, every_region=every), "555555555555", reach)
        assert other == ("the log group holds no record of the account 555555555555",)
    assert not file_gaps(changed(group, by_trail=False), ACCOUNT, reach)
    table = changed(files, files=0, queries=(Query("q", 5, 1, 0),))
    assert file_gaps(table, ACCOUNT, reach) == ("Athena's table was not asked about eu-west-1",)
    table = changed(table, made_for=((ACCOUNT, "us-east-2"), (ACCOUNT, "eu-west-1")))
    assert file_gaps(table, ACCOUNT, reach) == ("Athena's table holds no record of eu-west-1",)
    assert file_gaps(changed(table, places=()), ACCOUNT, reach) == (
        f"Athena's table holds no record of the account {ACCOUNT}",
    )
    assert not file_regions(table, ACCOUNT)


DOCUMENT = parse({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
MW = Role("arn:aws:iam::333333333333:role/mw", "mw", "arn:aws:iam::333333333333:role/mw", DOCUMENT)
BEFORE = Account("live", ACCOUNT, "us-east-2", roles=(MW,))


def examined(records: Sequence[Any], live: dict[str, Any], **more: Any) -> Examined:
    around = Surroundings(Fake(live), more.get("before", NO_BEFORE), more.get("now", NO_BEFORE),
                          lambda: more.get("plan", Unknown("no Terraform")), "us-east-2")  # fmt: skip
    return examine(incident(), collected(records), around, "test", CLOCK)


LIVE = {"ListAttachedRolePolicies": {"AttachedPolicies": [{"PolicyArn": ADMIN}]}}


def test_differences_are_the_uses_own_or_somebody_elses() -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:user/stranger"
    now = changed(BEFORE, roles=(changed(MW, attached_policy_arns=(ADMIN,), max_session_seconds=7200),),
                  users=(User(arn, "stranger", arn),))  # fmt: skip
    made = record("iam:CreateUser", {"userName": "stranger"}, incident="", role="ci", seconds=3)
    found = examined([record(*ATTACH), made], LIVE, before=BEFORE, now=now)
    told = {(one.kind, one.part): one for one in found.changes}
    assert told["roles", "attached_policy_arns"].item == found.items[0].id
    lost = told["roles", "max_session_seconds"].item
    assert [(one.id, one.verdict, one.writes) for one in found.items[1:]] == [(lost, NOT_JUDGED, ())]
    assert lost.startswith("difference-") and "no record tells who" in found.items[1].why
    assert told["users", ""].who == "by others: iam:CreateUser by arn:aws:iam::333333333333:role/ci"
    assert found.unseen_state == ""


def test_what_either_could_not_read_is_not_compared() -> None:
    now = changed(BEFORE, roles=(), refused={"roles": "refused"})
    found = examined([], {}, before=BEFORE, now=now)
    assert found.changes == ()
    assert found.unseen_state == "roles (now: refused)"
    assert "no capture" in examined([], {}).unseen_state
    regions = changed(BEFORE, regions=("us-east-2", "us-east-1"))
    rule = {"name": "r"}
    calls = [
        record("events:DisableRule", rule),
        record("events:DisableRule", rule, region="us-west-2"),
        record(*ATTACH),
    ]
    found = examined(calls, LIVE | {"DescribeRule": {"State": "DISABLED"}}, before=regions, now=regions)
    assert found.unseen_state == "captures do not hold us-west-2, where this use changed something"


def test_times_of_use_are_no_difference() -> None:
    now = changed(BEFORE, roles=(changed(MW, last_used_at=CLOCK),))
    assert examined([], {}, before=BEFORE, now=now).changes == ()


def test_policies_of_aws_are_no_difference() -> None:
    policy = ManagedPolicy(ADMIN, "AdministratorAccess", ADMIN, DOCUMENT, aws_managed=True)
    assert examined([], {}, before=BEFORE, now=changed(BEFORE, managed_policies=(policy,))).changes == ()


def test_what_an_exit_leaves_is_no_difference_and_what_only_bears_its_name_is() -> None:
    until = {"DateLessThan": {"aws:TokenIssueTime": "2026-11-28T13:00:00Z"}}
    revocation = parse({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": ["*"], "Resource": ["*"], "Condition": until}]})  # fmt: skip
    for document, count in ((revocation, 0), (DOCUMENT, 1)):
        policy = NamedPolicy("AWSRevokeOlderSessions", document)
        now = changed(BEFORE, roles=(changed(MW, inline_policies=(policy,)),))
        assert len(examined([], {}, before=BEFORE, now=now).changes) == count


def plan(**values: Any) -> dict[str, Any]:
    after = {"role": "mw", "policy_arn": ADMIN}
    change = {"address": "module.a.aws_iam_role_policy_attachment.x", "type": "aws_iam_role_policy_attachment",
              "mode": "managed", "change": {"actions": ["no-op"], "after": after}}  # fmt: skip
    return {"resource_changes": [change | values]}


def test_what_terraform_declares_is_managed() -> None:
    found = examined([record(*ATTACH)], LIVE, plan=plan())
    assert [(one.verdict, one.address) for one in found.items] == [
        (MANAGED, "module.a.aws_iam_role_policy_attachment.x")
    ]


@pytest.mark.parametrize(
    "made",
    [
        plan(change={"actions": ["create"], "after": {"role": "mw", "policy_arn": ADMIN}}),
        plan(change={"actions": ["no-op"], "after": {"role": "other", "policy_arn": ADMIN}}),
        plan(type="aws_iam_user_policy_attachment"),
        plan(mode="data"),
        {},
    ],
)
def test_what_terraform_would_make_or_is_about_something_else_is_not(made: dict[str, Any]) -> None:
    assert [one.verdict for one in examined([record(*ATTACH)], LIVE, plan=made).items] == [OPEN]


@pytest.mark.parametrize(("made_again", "verdict"), [(True, NOT_JUDGED), (False, MANAGED)])
def test_terraform_declares_no_subscriptions_of_a_topic_that_was_made_again(made_again: bool, verdict: str) -> None:
    arn = "arn:aws:sns:us-east-2:333333333333:t"
    calls = [record("sns:DeleteTopic", {"topicArn": arn})] if made_again else []
    calls.append(record("sns:CreateTopic", {"name": "t"}, {"topicArn": arn}, seconds=1))
    live = {"GetTopicAttributes": {"Attributes": {}}, "ListSubscriptionsByTopic": {"Subscriptions": []}}
    made = plan(type="aws_sns_topic", change={"actions": ["no-op"], "after": {"arn": arn}})
    assert [one.verdict for one in examined(calls, live, plan=made).items] == [verdict]


KEY = "arn:aws:kms:us-east-2:333333333333:key/k"


@pytest.mark.parametrize(("expressions", "verdict"), [({"policy": {}}, MANAGED), ({"description": {}}, OPEN)])
def test_an_attribute_that_aws_fills_in_counts_where_the_configuration_names_it(
    expressions: dict[str, Any], verdict: str
) -> None:
    made = {
        "resource_changes": [{"address": "module.m.aws_kms_key.k[0]", "type": "aws_kms_key", "mode": "managed",
                              "change": {"actions": ["no-op"], "after": {"arn": KEY, "key_id": "k"}}}],
        "configuration": {"root_module": {"module_calls": {"m": {"module": {"resources": [
            {"address": "aws_kms_key.k", "expressions": expressions}]}}}}},
    }  # fmt: skip
    policy = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    done = record("kms:PutKeyPolicy", {"keyId": KEY, "policy": json.dumps(policy)})
    found = examined([done], {"GetKeyPolicy": {"Policy": json.dumps(policy)}}, plan=made)
    assert [one.verdict for one in found.items] == [verdict]


def test_why_terraform_was_not_asked_is_told_only_where_it_would_matter() -> None:
    assert examined([record(*ATTACH)], LIVE).terraform == "no Terraform"
    assert examined([], {}).terraform == ""


def test_refused_calls_are_listed_and_leave_nothing() -> None:
    found = examined([record("cloudtrail:StopLogging", None, error="AccessDenied")], {})
    assert (found.items, [call.outcome for call in found.calls]) == ((), ["AccessDenied"])


PORT = {"groupId": "sg-1", "ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22,
        "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}}]}}  # fmt: skip
RULE = {"GroupId": "sg-1", "IsEgress": False, "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22,
        "CidrIpv4": "0.0.0.0/0"}  # fmt: skip


@pytest.mark.parametrize(
    ("code", "rules", "verdict"),
    [
        ("Server.InternalError", [RULE], OPEN),
        ("Server.InternalError", [], REVERTED),
        ("Client.UnauthorizedOperation", [RULE], ""),
        ("Client.InvalidPermission.Duplicate", [RULE], ""),
    ],
)
def test_a_call_that_aws_failed_to_answer_may_have_been_done(code: str, rules: list[Any], verdict: str) -> None:
    found = examined([record("ec2:AuthorizeSecurityGroupIngress", PORT, error=code)],
                     {"DescribeSecurityGroupRules": {"SecurityGroupRules": rules}})  # fmt: skip
    assert [item.verdict for item in found.items] == ([verdict] if verdict else [])
    if verdict:
        assert bool(found.items[0].command) is (verdict == OPEN)
        assert found.items[0].why.endswith(f"; AWS answered with {code}, which does not tell whether it was done")
    assert refused(found) == (() if verdict else found.calls)


@pytest.mark.parametrize(
    ("code", "unsure"),
    [(code, True) for code in (
        "InternalError", "Server.InternalError", "Server.Unavailable", "InternalFailure", "ServiceFailure",
        "ServiceUnavailable", "ServiceUnavailableException", "InternalServerException", "InternalServiceError",
        "ServiceException", "ServerException", "RequestTimeout", "KMSInternalException", "InternalServerError",
        "DependencyTimeoutException",
    )] + [(code, False) for code in (
        "", "ok", "AccessDenied", "Client.UnauthorizedOperation", "ThrottlingException", "Client.RequestLimitExceeded",
        "EntityAlreadyExists", "InvalidParameterException", "ResourceNotFoundException", "RequestExpired",
        "ValidationException", "Client.InvalidPermission.Duplicate", "UnsupportedUserEdition",
    )],
)  # fmt: skip
def test_errors_that_do_not_tell_whether_it_was_done(code: str, unsure: bool) -> None:
    assert is_unsure(code) is unsure


def test_calls_that_give_credentials_are_items_whatever_cloudtrail_calls_them() -> None:
    def given(action: str, **more: Any) -> list[str]:
        return [item.verdict for item in items([record(action, {}, **more)], {})]

    assert given("sts:GetSessionToken", readOnly=True) == [NOT_JUDGED]
    assert given("sts:GetWebIdentityToken", readOnly=None) == [NOT_JUDGED]
    assert given("sts:GetSessionToken", readOnly=True, error="AccessDenied") == []
    assert given("sts:AssumeRole", error="InternalFailure") == []  # nobody was given a session
    assert given("sts:GetCallerIdentity", readOnly=True) == []
    assert given("signin:ConsoleLogin", response={"ConsoleLogin": "Failure"}) == []


def test_the_same_findings_are_the_same_whenever_they_were_made() -> None:
    one = examined([record(*ATTACH)], LIVE)
    assert same(one, changed(one, until="2030-01-01T00:00:00Z"))
    assert not same(one, examined([record(*ATTACH)], {"ListAttachedRolePolicies": {"AttachedPolicies": []}}))


def test_an_acceptance_of_unknown_calls_does_not_cover_one_that_comes_later() -> None:
    reboot = [record("ec2:RebootInstances", {}, seconds=number) for number in range(3)]
    first, later = (examined(reboot[:count], {}).items[0] for count in (2, 3))
    assert first.told.startswith("2 calls of ec2:RebootInstances from 2026-11-28T12:00:00Z")
    assert first.id != later.id
