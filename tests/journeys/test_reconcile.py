"""reconcile over records that come without files: what such a source leaves open, and how far a chain is followed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.trail_history.uses import Uses

from iam_guardrails.adapters.aws.trail_records import Limits, Page
from iam_guardrails.adapters.trail_engine.records import RecordEngine
from iam_guardrails.journeys import reconcile as journey
from iam_guardrails.journeys.reconcile import Open, Records, reconcile
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.finding import Verdict
from iam_guardrails.model.incident.chain import new_step
from iam_guardrails.model.incident.incident import Incident, incident_of
from iam_guardrails.model.incident.reach import NOWHERE, Reach
from iam_guardrails.model.incident.recorded import Roles
from iam_guardrails.model.incident.step import CLOSED, EXITED, OPENED, Opened, Step
from iam_guardrails.model.trail.assuming import iam_user
from iam_guardrails.model.trail.record import Place
from iam_guardrails.model.trail.window import Window

ACCOUNT = "111122223333"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/emergency/prod-breakglass-admin"
NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
START = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
WEEK = Window(datetime(2026, 11, 21, tzinfo=UTC), NOW)
EXPECTED = Expected(ACCOUNT, "us-east-2", environment="prod", role_names=("prod-breakglass-admin",))


LOOKUP, LOGS = "lookup:us-east-2,us-east-1", "logs:group@us-east-2"


class Source:
    """Records that are there already."""

    def __init__(self, uses: Uses, gaps: tuple[str, ...], source: str, every_region: bool) -> None:
        self.source, self._uses, self._gaps, self._every_region = source, uses, gaps, every_region

    def pages(self, window: Window) -> Iterator[Page]:
        yield Page("page 1", tuple(json.dumps(record) for record in self._uses.records))

    def limits(self, window: Window) -> Limits:
        return Limits(("a note",), self._gaps, self._every_region)


def everyday(account: str = ACCOUNT, days: int = 8, region: str = "us-east-2") -> Uses:
    """What somebody did early on each of so many days of the week: no use of the role."""
    place = Place(account, region)
    made = Uses(place, ROLE)
    assert WEEK.since
    for number in range(days):
        made.do(WEEK.since + timedelta(days=number, hours=1), "ec2", "DescribeInstances", iam_user(place, "bob"))
    return made


def opened(
    uses: Uses, asked: list[Roles], source: str, gaps: tuple[str, ...] = (), every_region: bool = False
) -> Open:  # fmt: skip
    def open_engine(roles: Roles) -> tuple[RecordEngine, str]:
        asked.append(roles)
        return RecordEngine(Source(uses, gaps, source, every_region), roles), source

    return open_engine


def judged(uses: Uses, *incidents: Incident, source: str = LOOKUP, gaps: tuple[str, ...] = (),
           asked: list[Roles] | None = None, now: datetime = NOW, reach: Reach = NOWHERE,
           every_region: bool = False) -> Verdict:  # fmt: skip
    engine = opened(uses, [] if asked is None else asked, source, gaps, every_region)
    return reconcile(engine, EXPECTED, Records(incidents), Window(WEEK.since, now), now, reach)


def incident(start: datetime = START) -> Incident:
    said = Opened("INC-1", "prod", ACCOUNT, "us-east-2", "owner", "an outage", 30, "rotate-secret")
    steps: list[Step] = [new_step((), start, OPENED, "alex@laptop", said)]
    for minutes, kind in ((20, EXITED), (25, CLOSED)):
        at = start + timedelta(minutes=minutes)
        content = (
            {"role_arn": ROLE, "issued_before": at.isoformat()}
            if kind == EXITED
            else {"what_happened": "x", "examined": 1}
        )
        steps.append(new_step(steps, at, kind, "alex@laptop", content))
    return incident_of(steps, "INC-1")


def chain(uses: Uses, roles: int) -> None:
    """An entry, and so many roles one after another; the last stops an instance."""
    uses.enter(START + timedelta(minutes=1), "INC-1", key="ASIA0")
    who = uses.inside(incident="INC-1", key="ASIA0")
    for number in range(roles):
        role = f"arn:aws:iam::{ACCOUNT}:role/r{number + 1}"
        uses.go_on(START + timedelta(minutes=2, seconds=number), role, who, f"ASIA{number + 1}")
        who = uses.inside("onward", "INC-1", f"ASIA{number + 1}", role)
    uses.do(START + timedelta(minutes=4), "ec2", "StopInstances", who)


def test_a_chain_is_read_again_until_no_role_is_new() -> None:
    uses, asked = Uses(Place(ACCOUNT, "us-east-2"), ROLE), list[Roles]()
    chain(uses, 3)
    verdict = judged(uses, incident(), asked=asked)
    assert [item.rule for item in verdict.findings] == ["reconcile-outside-purpose"]
    assert [len(roles) for roles in asked] == [1, 2, 3, 4] and verdict.not_judged == ()


def test_of_an_undeclared_use_only_its_own_key_leads_on() -> None:
    """Other sessions of the role it went on to bear no source identity either, and are nobody's."""
    uses = Uses(Place(ACCOUNT, "us-east-2"), ROLE)
    deploy = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    uses.enter(START, "", key="ASIA0")
    uses.go_on(START + timedelta(minutes=1), deploy, uses.inside(key="ASIA0"), "ASIA1")
    uses.do(START + timedelta(minutes=2), "ec2", "StopInstances", uses.inside("onward", key="ASIA1", role=deploy))
    uses.do(START + timedelta(minutes=2), "ec2", "RunInstances", uses.inside("ci", key="ASIA9", role=deploy))
    (found,) = judged(uses).findings
    assert found.message.endswith("in its session: 1 call: ec2:StopInstances")


def test_a_call_that_may_be_of_either_of_two_uses_is_told() -> None:
    uses = Uses(Place(ACCOUNT, "us-east-2"), ROLE)
    uses.enter(START, "", key="ASIA0")
    uses.enter(START + timedelta(minutes=1), "", key="ASIA1")
    uses.do(START + timedelta(minutes=2), "ec2", "RunInstances", uses.inside(),
            sessionCredentialFromConsole="true")  # fmt: skip
    verdict = judged(uses)
    assert len(verdict.findings) == 2
    assert any("neither access key nor source identity" in item.reason for item in verdict.not_judged)


@pytest.mark.parametrize("order", [1, -1])
def test_records_under_one_event_id_are_all_judged_and_that_is_told(order: int) -> None:
    uses = Uses(Place(ACCOUNT, "us-east-2"), ROLE)
    uses.enter(START, "", key="ASIA0")
    uses.do(START + timedelta(minutes=1), "ec2", "StopInstances", uses.inside(key="ASIA0"))
    forged = uses.do(START + timedelta(minutes=1), "ec2", "DescribeInstances", uses.inside(key="ASIA0"))
    uses.records[1]["eventID"] = forged
    uses.records[::] = uses.records[::order]
    verdict = judged(uses)
    (found,) = verdict.findings
    assert "ec2:StopInstances" in found.message
    assert any(f"different records have the same event id ({forged})" in item.reason for item in verdict.not_judged)


def made_user(uses: Uses, name: str, key: str, by: dict[str, Any], at: datetime, made: bool = True) -> dict[str, Any]:
    """A session makes a user, unless it is there already, and a key for it. Returns the user's userIdentity."""
    asked = {"requestParameters": {"userName": name}}
    if made:
        uses.do(at, "iam", "CreateUser", by, **asked)
    given = {"responseElements": {"accessKey": {"accessKeyId": key, "userName": name}}}
    uses.do(at + timedelta(seconds=1), "iam", "CreateAccessKey", by, **asked, **given)
    return iam_user(uses.place, name) | {"accessKeyId": key}


def test_what_a_user_did_whom_a_session_made_belongs_to_its_use() -> None:
    uses, asked = Uses(Place(ACCOUNT, "us-east-2"), ROLE), list[Roles]()
    uses.enter(START, "", key="ASIA0")
    ghost = made_user(uses, "ghost", "AKIA1", uses.inside(key="ASIA0"), START + timedelta(minutes=1))
    spirit = made_user(uses, "spirit", "AKIA2", ghost, START + timedelta(minutes=2))
    uses.do(START + timedelta(minutes=3), "ec2", "StopInstances", spirit)
    uses.do(START + timedelta(minutes=3), "ec2", "RunInstances", spirit | {"accessKeyId": "AKIA9"})
    (found,) = judged(uses, asked=asked).findings
    assert "ec2:StopInstances" in found.message and "RunInstances" not in found.message
    assert asked[-1] == {(ACCOUNT, "prod-breakglass-admin"), (ACCOUNT, "user/ghost"), (ACCOUNT, "user/spirit")}


def test_a_new_key_of_a_user_who_was_there_is_an_applications() -> None:
    uses, asked = Uses(Place(ACCOUNT, "us-east-2"), ROLE), list[Roles]()
    uses.enter(START + timedelta(minutes=1), "INC-1", key="ASIA0")
    inside = uses.inside(incident="INC-1", key="ASIA0")
    app = made_user(uses, "app", "AKIA1", inside, START + timedelta(minutes=2), made=False)
    uses.do(START + timedelta(hours=2), "ec2", "StopInstances", app)
    verdict = judged(uses, incident(), asked=asked)
    assert (verdict.findings, verdict.not_judged) == ((), ())
    assert asked[-1] == {(ACCOUNT, "prod-breakglass-admin"), (ACCOUNT, "user/app")}


def lends(uses: Uses, action: str, at: datetime, asked: dict[str, Any], given: dict[str, Any] | None = None) -> None:
    inside = uses.inside(incident="INC-1", key="ASIA0")
    uses.do(at, "iam", action, inside, requestParameters=asked, responseElements=given)


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("what", ["trust", "key", "role", "password", "new key"])
def test_what_was_done_with_what_a_use_lent_belongs_to_it_until_it_ended(what: str, again: bool) -> None:
    """The judgement of `close` (test_close_lent.py): until somebody changed it again, else until the use ended."""
    uses = Uses(Place(ACCOUNT, "us-east-2"), ROLE)
    uses.enter(START + timedelta(minutes=1), "INC-1", key="ASIA0")
    at, late, role = START + timedelta(minutes=2), START + timedelta(hours=3), f"arn:aws:iam::{ACCOUNT}:role/r1"
    user = {"userName": "svc"}
    key = user | {"accessKeyId": "AKIA1"}
    first, last = {
        "trust": (("UpdateAssumeRolePolicy", {"roleName": "r1"}), ("UpdateAssumeRolePolicy", {"roleName": "r1"})),
        "key": (("UpdateAccessKey", key | {"status": "Active"}), ("UpdateAccessKey", key | {"status": "Inactive"})),
        "role": (("CreateRole", {"roleName": "r1"}), ("DeleteRole", {"roleName": "r1"})),
        "password": (("CreateLoginProfile", user), ("DeleteLoginProfile", user)),
        "new key": (("CreateAccessKey", user), ("DeleteAccessKey", key)),
    }[what]  # fmt: skip
    lends(uses, first[0], at, first[1], {"accessKey": {"accessKeyId": "AKIA1", "userName": "svc"}})
    for when in (START - timedelta(minutes=5), at + timedelta(minutes=1), late):
        who = iam_user(uses.place, "svc") | {"accessKeyId": "ASIA7" if what == "password" else "AKIA1"}
        if what == "trust":
            uses.go_on(when, role, iam_user(uses.place, "sam") | {"accessKeyId": "AKIA9"}, f"ASIA{when:%d%H%M}")
        if what in ("trust", "role"):
            who = uses.inside("onward", key=f"ASIA{when:%d%H%M}", role=role)
        uses.do(when + timedelta(seconds=9), "ec2", "StopInstances", who)
    if again:
        other = iam_user(uses.place, "admin") | {"accessKeyId": "AKIA8"}
        uses.do(late + timedelta(minutes=1), "iam", last[0], other, requestParameters=last[1])
    verdict = judged(uses, incident())
    number = {True: " (2 times)", False: ""}[again]
    (found,) = (item for item in verdict.findings if item.rule == "reconcile-outside-purpose")
    assert f"ec2:StopInstances{number}" in found.message, found.message
    assert verdict.not_judged == ()


def test_a_chain_without_an_end_is_said() -> None:
    uses, asked = Uses(Place(ACCOUNT, "us-east-2"), ROLE), list[Roles]()
    chain(uses, 12)
    verdict = judged(uses, incident(), asked=asked)
    assert len(asked) == journey.MOST_HOPS and verdict.findings == ()
    assert [item.reason for item in verdict.not_judged if "after more than 8 others" in item.reason]


def test_regions_that_lookup_leaves_out_are_not_judged() -> None:
    uses = everyday()
    both = judged(uses, source="lookup:us-east-2,us-east-1")
    assert both.exit_code == 0 and "a note" in both.notes
    one = judged(uses, source="lookup:us-east-2")
    assert one.exit_code == 2 and "not asked in us-east-1" in one.not_judged[0].reason
    third = judged(uses, source="lookup:us-east-2,us-east-1", reach=Reach(("us-east-2", "eu-west-1")))
    assert third.exit_code == 2 and {item.rule for item in third.clean} == set(journey.OF_RECORDS)
    assert third.not_judged[0].reason == (
        "LookupEvents was not asked in eu-west-1: uses that are recorded there are not judged"
    )
    assert any("but for what is not judged" in note for note in third.notes)


def test_what_the_source_lacks_is_not_judged() -> None:
    verdict = judged(everyday(), gaps=("it holds the last 90 days",))
    assert verdict.exit_code == 2 and verdict.not_judged[0].reason == "it holds the last 90 days"
    assert {item.rule for item in verdict.clean} == set(journey.OF_RECORDS)


@pytest.mark.parametrize(("source", "judged_all"), [(LOGS, False), (LOOKUP, True)])
def test_uses_of_when_the_trail_was_stopped_are_not_judged(source: str, judged_all: bool) -> None:
    uses = everyday()
    who = iam_user(uses.place, "somebody")
    uses.do(START, "cloudtrail", "StopLogging", who, requestParameters={"name": "main"})
    uses.do(START + timedelta(minutes=5), "cloudtrail", "StartLogging", who, requestParameters={"name": "main"})
    engine = opened(uses, [], source, every_region=True)
    verdict = reconcile(engine, EXPECTED, Records(()), Window(WEEK.since, NOW), NOW)
    assert [item.reason.partition(" (")[0] for item in verdict.not_judged] == (
        [] if judged_all else ["the trail main did not record"]
    )
    late = reconcile(engine, EXPECTED, Records(()), Window(START + timedelta(minutes=6), NOW), NOW)
    assert late.not_judged == ()  # it recorded again by then


@pytest.mark.parametrize("every_region", [True, False])
def test_a_log_group_that_fell_silent_is_not_judged_from_there_on(every_region: bool) -> None:
    """A trail's delivery to it ends without a word where its role, key or policy is gone."""
    verdict = judged(everyday(days=2), source=LOGS, every_region=every_region)
    reasons = [item.reason for item in verdict.not_judged]
    silent = "the source holds no record of the account on 2026-11-23 to 2026-11-27: uses of that time are not judged"
    assert silent in reasons and {item.rule for item in verdict.clean} == set(journey.OF_RECORDS)
    assert any("to 2026-11-22 01:00:00 UTC, but for what is not judged" in note for note in verdict.notes)
    whole = judged(everyday(), source=LOGS, every_region=True)
    assert whole.exit_code == 0
    assert any("the newest record of the account is of 2026-11-28 01:00:00 UTC" in note for note in whole.notes)


def test_a_log_group_of_too_few_regions_is_not_judged() -> None:
    (found,) = judged(everyday(), source=LOGS, reach=Reach(("us-east-1",))).not_judged
    assert found.reason == ("the log group holds no record of us-east-1: uses that are recorded there are not judged")
    here = everyday()
    here.records += everyday(days=5, region="us-east-1").records
    (found,) = judged(here, source=LOGS).not_judged
    assert found.reason.startswith("the log group holds no record of us-east-1 on 2026-11-26 to 2026-11-27:")
    assert judged(here, source=LOGS, every_region=True).exit_code == 0


@pytest.mark.parametrize("source", [LOOKUP, LOGS])
def test_records_of_another_account_judge_nothing(source: str) -> None:
    """As with the credentials of another environment. What was declared is not called unused."""
    verdict = judged(everyday("444444444444"), incident(), source=source, every_region=True)
    assert [item.reason for item in verdict.not_judged if "only of 444444444444" in item.reason] == [
        f"the source holds nothing of the account {ACCOUNT}, only of 444444444444: uses of that time are not judged"
    ]
    assert not verdict.findings and {item.rule for item in verdict.clean} == set(journey.OF_RECORDS)
    assert any("so that nothing is judged by it" in note for note in verdict.notes)


def test_a_history_without_any_record_may_be_another_accounts() -> None:
    (found,) = judged(everyday(days=0)).not_judged
    assert found.reason.startswith(
        f"LookupEvents gave no record, so that nothing tells whether it was asked in the account {ACCOUNT}"
    )


def test_onto_which_machine_a_use_went_and_whom_it_let_in_is_told() -> None:
    uses = Uses(Place(ACCOUNT, "us-east-2"), ROLE)
    uses.enter(START + timedelta(minutes=1), "INC-1", key="ASIA0")
    inside = uses.inside(incident="INC-1", key="ASIA0")
    provider = {"sAMLProviderArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"}
    uses.do(START + timedelta(minutes=2), "iam", "UpdateSAMLProvider", inside, requestParameters=provider)
    box = {"target": "i-0123456789abcdef0"}
    uses.do(START + timedelta(minutes=3), "ssm", "StartSession", inside, requestParameters=box)
    told = [note for note in judged(uses, incident()).notes if "nothing follows" in note]
    assert [note.rpartition(": ")[2].partition(";")[0] for note in told] == [box["target"], provider["sAMLProviderArn"]]


@pytest.mark.parametrize("declared", [True, False])
def test_whom_a_use_gave_rights_is_told_and_of_an_undeclared_use_not_judged(declared: bool) -> None:
    """What these did, the examination of an incident follows: its capture tells what they were allowed before."""
    uses = Uses(Place(ACCOUNT, "us-east-2"), ROLE)
    uses.enter(START + timedelta(minutes=1), "INC-1" if declared else "", key="ASIA0")
    inside = uses.inside(incident="INC-1" if declared else "", key="ASIA0")
    uses.do(START + timedelta(minutes=2), "iam", "AttachRolePolicy", inside, requestParameters={"roleName": "mw"})
    verdict = judged(uses, *([incident()] if declared else []))
    told = "here nothing follows what those did whose rights a session changed, or where it put code that runs with its"
    assert any(f"INC-1: {told} role: role mw" in note for note in verdict.notes) is declared
    assert any(told in item.reason for item in verdict.not_judged) is not declared


def test_an_incident_that_began_before_the_window_has_its_uses_read() -> None:
    """Its entry lies before the window: it is not called unused."""
    assert WEEK.since
    early = WEEK.since - timedelta(minutes=20)
    uses = everyday()
    assert [item.rule for item in judged(uses, incident(early)).findings] == ["reconcile-never-used"]
    uses.enter(early + timedelta(minutes=2), "INC-1")
    assert judged(uses, incident(early)).findings == ()


def test_an_incident_that_was_left_open_has_all_its_uses_read() -> None:
    assert WEEK.since
    early = WEEK.since - timedelta(days=3)
    left = incident_of(incident(early).steps[:1], "INC-1")
    uses = everyday()
    uses.enter(early + timedelta(minutes=2), "INC-1")
    verdict = judged(uses, left)
    assert [item.rule for item in verdict.findings] == ["reconcile-never-exited", "reconcile-never-closed"]
    assert verdict.not_judged == ()


def test_records_that_could_not_be_read_are_said() -> None:
    engine = opened(everyday(), [], LOOKUP)
    verdict = reconcile(engine, EXPECTED, Records((), unread="the store is gone"), WEEK, NOW)
    assert verdict.exit_code == 2 and verdict.not_judged[0].reason == "the store is gone"


def test_without_a_role_nothing_is_judged() -> None:
    expected = Expected(ACCOUNT, "us-east-2")
    engine = opened(Uses(Place(ACCOUNT, "us-east-2"), ROLE), [], "x")
    verdict = reconcile(engine, expected, Records(()), WEEK, NOW)
    assert verdict.exit_code == 2 and "names no break-glass role" in verdict.not_judged[0].reason


def test_the_calls_of_an_incident_are_those_of_its_sessions_and_of_what_they_led_to() -> None:
    """A session of another role that only bears the incident's name is none of them."""
    uses = Uses(Place(ACCOUNT, "us-east-2"), ROLE)
    chain(uses, 2)
    of_chain = {record["eventID"] for record in uses.records}
    deploy = f"arn:aws:iam::{ACCOUNT}:role/deploy"
    stranger = uses.inside("mallory", "INC-1", "ASIA9", deploy)
    uses.do(START + timedelta(days=1), "iam", "AttachUserPolicy", stranger)
    by_incident = opened(uses, [], LOOKUP)
    _, found = journey.reconciled(by_incident, EXPECTED, Records((incident(),)), WEEK, NOW)
    last = next(record["eventID"] for record in uses.records if record["eventName"] == "StopInstances")
    assert found[last] == "INC-1" and set(found) < of_chain


@pytest.mark.parametrize("source", [LOOKUP, "logs:group@us-east-2"])
def test_what_claims_to_correct_an_entry_and_its_calls_hides_neither(source: str) -> None:
    uses = Uses(Place(ACCOUNT, "us-east-2"), ROLE)
    uses.enter(START, "", key="ASIA0")
    uses.do(START + timedelta(minutes=1), "ec2", "StopInstances", uses.inside(key="ASIA0"))
    for number, record in enumerate(list(uses.records)):
        claim = {"updatedFields": "userIdentity, requestParameters", "originalEventID": record["eventID"]}
        forged = record | {"eventID": f"forged-{number}", "addendum": claim}
        forged["userIdentity"] = iam_user(Place(ACCOUNT, "us-east-2"), "bob", "/")
        forged["requestParameters"] = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/ci", "roleSessionName": "x"}
        uses.records.append(forged)
    verdict = judged(uses, source=source, every_region=True)
    assert [item.rule for item in verdict.findings] == ["reconcile-undeclared"]
    assert any("other records claim to correct a record" in item.reason for item in verdict.not_judged)
