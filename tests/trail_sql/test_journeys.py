"""What breakglass reconcile and the review learn from Athena is what they learn from the files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from iam_guardrails.adapters.aws.athena import Athena
from iam_guardrails.adapters.trail_engine.engine import Engine
from iam_guardrails.adapters.trail_objects import open_objects
from iam_guardrails.adapters.trail_sql.engine import AthenaEngine
from iam_guardrails.journeys import reconcile
from iam_guardrails.journeys.close import collect
from iam_guardrails.journeys.review_trail import Asker, ask_wholly
from iam_guardrails.journeys.trail_ask import Engine as Asked
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.incident.chain import new_step
from iam_guardrails.model.incident.incident import incident_of
from iam_guardrails.model.incident.joining import joined
from iam_guardrails.model.incident.reach import Reach
from iam_guardrails.model.incident.recorded import Roles, recorded
from iam_guardrails.model.incident.step import OPENED, Opened
from iam_guardrails.model.incident.use import Uses
from iam_guardrails.model.trail.assuming import iam_user
from iam_guardrails.model.trail.facts import (
    CONSOLE,
    CROSS_ACCOUNT,
    ENTRY,
    IAM_CHANGE,
    MAKES,
    ROOT,
    SESSION,
    SILENCER,
    DayFacts,
)
from iam_guardrails.model.trail.holding import UNASKED, Seen
from iam_guardrails.model.trail.questions.all import question
from iam_guardrails.model.trail.questions.kept import kept
from iam_guardrails.model.trail.record import Place, call
from iam_guardrails.model.trail.window import Window, window
from tests.trail_history import write_folder
from tests.trail_history.uses import Uses as Made
from tests.trail_sql.lake import LAKE, FakeAthena, connected
from tests.trail_sql.test_answers import NAME, NOW, ROLES, WANTED
from tests.trail_sql.test_odd_records import OTHER, record, write

ACCOUNT = LAKE.accounts[0]
PLACE = Place(ACCOUNT, "us-east-1")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/emergency/{NAME}"
START = datetime(2026, 1, 10, 9, tzinfo=UTC)
ALL = Window(datetime(2026, 1, 1, tzinfo=UTC), NOW)
Engines = Callable[[Roles], tuple[Asked, str]]


def athena(client: FakeAthena, name: str = reconcile.QUESTION, *, by_day: bool = True) -> Engines:
    asked = Athena(client, LAKE.region, LAKE.workgroup, LAKE.database, lambda _: None, lambda _: None)
    return lambda roles: (AthenaEngine(asked, LAKE, name, roles, NOW, by_day=by_day), "Athena's table")


def files(folder: Path, cache: Path) -> Engines:
    return lambda roles: (Engine(open_objects(str(folder)), cache, roles, lambda _: None, 1), str(folder))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    write_folder(WANTED, folder)
    return folder


@pytest.fixture(scope="module")
def client(tree: Path) -> FakeAthena:
    return FakeAthena(connected(tree), page=1000)


def minutes(number: int) -> datetime:
    return START + timedelta(minutes=number)


def told() -> Made:
    """A use that makes a user, who goes on; and what others do: a trail is stopped, rights are taken back."""
    uses = Made(PLACE, ROLE)
    uses.enter(START, "INC-1", key="ASIAONE")
    inside = uses.inside(incident="INC-1", key="ASIAONE")
    mallory = iam_user(PLACE, "mallory") | {"accessKeyId": "AKIAMALLORY"}
    of = {"requestParameters": {"userName": "mallory"}}
    uses.do(minutes(1), "iam", "CreateUser", inside, **of)
    given = {"accessKey": {"accessKeyId": "AKIAMALLORY", "secretAccessKey": 'a"b', "userName": "mallory"}}
    uses.do(minutes(2), "iam", "CreateAccessKey", inside, **of, responseElements=given)
    uses.do(minutes(3), "iam", "UpdateAssumeRolePolicy", inside, requestParameters={"roleName": "other"})
    uses.do(minutes(4), "ec2", "TerminateInstances", mallory)
    federated = mallory | {
        "type": "FederatedUser", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/x",
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/path/mallory"}},
    }  # fmt: skip
    uses.do(minutes(5), "s3", "DeleteBucket", federated)
    uses.go_on(minutes(6), f"arn:aws:iam::{ACCOUNT}:role/deploy", inside, "ASIATWO")
    onward = uses.inside("onward", "", "ASIATWO", f"arn:aws:iam::{ACCOUNT}:role/deploy")
    uses.do(minutes(7), "ec2", "RunInstances", onward)
    alex = iam_user(PLACE, "alex")
    trail = {"requestParameters": {"name": "audit"}}
    uses.do(minutes(20), "cloudtrail", "StopLogging", alex, **trail)
    uses.do(minutes(40), "cloudtrail", "StartLogging", alex, **trail)
    uses.do(minutes(50), "iam", "UpdateAssumeRolePolicy", alex, requestParameters={"roleName": "other"})
    uses.do(minutes(55), "iam", "DetachUserPolicy", alex, **of)
    uses.do(minutes(56), "s3", "PutBucketPolicy", alex, requestParameters={"bucketName": "b"})
    uses.do(minutes(60 * 24 * 3), "ec2", "StopInstances", alex)
    there = Place(LAKE.accounts[1], "us-east-1")
    uses.add(call("ec2", "RunInstances", there, iam_user(there, "eve"), {}, read_only=False), minutes(60 * 24 * 9))
    uses.switch(minutes(90))
    return uses


def learnt(opened: Engines) -> reconcile._Reading:
    return reconcile._read(opened, frozenset({(ACCOUNT, NAME)}), ALL, ACCOUNT, ())


def test_users_silencers_what_others_changed_and_silent_days_are_learnt(tmp_path: Path) -> None:
    uses = told()
    uses.write(tmp_path / "tree")
    expected = learnt(files(tmp_path / "tree", tmp_path / "cache"))
    found = learnt(athena(FakeAthena(connected(tmp_path / "tree"), page=1000)))
    assert found.uses == expected.uses and found.silent == expected.silent and found.lent == expected.lent
    assert (found.further, found.seen.days, found.seen.newest) == (
        expected.further, expected.seen.days, expected.seen.newest,
    )  # fmt: skip
    (use, _) = found.uses.uses
    assert {"ec2:TerminateInstances", "s3:DeleteBucket", "ec2:RunInstances"} <= {one.action for one in use.calls}
    (silence,) = found.silent
    assert silence.how.endswith("/alex)") and silence.until == int(minutes(40).timestamp())
    assert found.seen.days == {START.date(), START.date() + timedelta(days=3)}
    given = [row for row in athena_rows(tmp_path / "tree") if "AKIAMALLORY" in row]
    assert given and not any('"secretAccessKey"' in row for row in given)


def test_the_path_of_close_finds_the_same(tmp_path: Path) -> None:
    """The command has no --engine; what it goes by is the same all the same."""
    told().write(tmp_path / "tree")
    opened = Opened("INC-1", "prod", ACCOUNT, "us-east-1", "owner", "an outage", 30, "other")
    incident = incident_of([new_step((), START - timedelta(minutes=1), OPENED, "alex@laptop", opened)], "INC-1")
    expected = Expected(ACCOUNT, "us-east-1", environment="prod", role_names=(NAME,))
    against = reconcile._records_side(expected, reconcile.Records((incident,)), ALL, NOW)

    def collected(opened: Engines) -> tuple[list[str], list[str], list[str], list[str]]:
        found = collect(incident, ROLES, lambda roles: opened(roles)[0], ALL, against)
        texts = [
            [item for item in those if "file" not in item and "no record of" not in item]
            for those in (found.gaps, found.notes)
        ]
        return ([one.event_id for one in found.mine], [one.event_id for one in found.others], *texts)

    by_files = collected(files(tmp_path / "tree", tmp_path / "cache"))
    assert collected(athena(FakeAthena(connected(tmp_path / "tree"), page=1000))) == by_files
    assert all(by_files)


def athena_rows(folder: Path) -> list[str]:
    """What Athena would write into its results."""
    client = FakeAthena(connected(folder), page=1000)
    next(iter(athena(client)(frozenset({(ACCOUNT, NAME)}))[0].ask(ALL).facts), None)
    return [str(row) for _, rows in client._answers.values() for row in rows]


def of_others(facts: list[tuple[str, DayFacts]]) -> list[tuple[str, int, str]]:
    """The records that judge a use, by id, reasons and caller."""
    found = kept(facts, SESSION | ENTRY | IAM_CHANGE | SILENCER | MAKES)
    return [(one.event_id, one.reasons & ~(CROSS_ACCOUNT | ROOT | CONSOLE), one.principal) for one in found]


def test_the_uses_and_what_is_kept_of_others_are_those_of_the_files(
    tree: Path, client: FakeAthena, tmp_path: Path
) -> None:
    def asked(opened: Engines) -> tuple[Uses, list[tuple[str, int, str]]]:
        facts = list(opened(ROLES)[0].ask(ALL).facts)
        return joined(recorded(facts, ROLES), ROLES), of_others(facts)

    expected, found = asked(files(tree, tmp_path)), asked(athena(client))
    assert found == expected and expected[0].uses and expected[0].refused
    assert {reason for _, reason, _ in expected[1]} >= {IAM_CHANGE, SILENCER}


def test_days_without_records_and_stopped_trails_are_not_judged_clean(
    tree: Path, client: FakeAthena, tmp_path: Path
) -> None:
    """The tree ends on 13 January."""
    expected = Expected(ACCOUNT, "us-east-1", environment="prod", role_names=(NAME,))
    when = window("2026-01-13T12:00:00", "2026-02-01")

    def judged(opened: Engines) -> tuple[set[str], set[str], set[str]]:
        verdict = reconcile.reconcile(opened, expected, reconcile.Records(()), when, NOW, Reach(LAKE.regions))
        return (
            {f"{item.rule} {item.address}" for item in verdict.findings}, {item.rule for item in verdict.clean},
            {item.reason for item in verdict.not_judged},
        )  # fmt: skip

    by_files, by_athena = judged(files(tree, tmp_path)), judged(athena(client))
    assert by_athena[:2] == by_files[:2]
    assert {why for why in by_files[2] if "no file and no digest" not in why} <= by_athena[2]
    blind = "the source holds no record of the account on 2026-01-14 to 2026-01-30: uses of that time are not judged"
    assert blind in by_athena[2] and any("did not record (cloudtrail:DeleteTrail" in why for why in by_athena[2])
    *_, unasked = judged(athena(client, by_day=False))
    assert any(why.startswith(UNASKED) for why in unasked)


@pytest.mark.parametrize("name", ["iam-changes", "unusual-principals", "secret-reads"])
def test_the_review_learns_silent_days(name: str, tree: Path, client: FakeAthena, tmp_path: Path) -> None:
    asker = Asker(ACCOUNT, "us-east-1", Reach(("us-east-1",)), ("us-east-1",), frozenset(), NOW)
    when = Window(datetime(2026, 1, 11, tzinfo=UTC), NOW)

    def asked(opened: Engines) -> tuple[list[object], tuple[str, ...], datetime | None]:
        answer = ask_wholly(question(name), *opened(ROLES), when, asker)
        return list(answer.rows), tuple(item for item in answer.not_judged if "no file" not in item), answer.seen_until

    expected, found = asked(files(tree, tmp_path)), asked(athena(client, name))
    assert found[0] == expected[0] != []
    assert found[1] == expected[1] and found[2] and expected[2]
    assert found[2] <= expected[2] < found[2] + timedelta(minutes=15), "a file of the next day is no sign to Athena"
    assert any("no record of the account on 2026-01-14 to 2026-01-30" in why for why in found[1])
    assert UNASKED in asked(athena(client, name, by_day=False))[1]


def alone(**more: Any) -> dict[str, Any]:
    """An assumption of a role of the account that holds the record, which carries a sharedEventID all the same."""
    return {
        "eventTime": "2026-01-10T09:05:00Z", "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
        "eventID": "alone", "recipientAccountId": OTHER, "sharedEventID": "shared", "awsRegion": "us-east-1",
        "requestParameters": {"roleArn": f"arn:aws:iam::{OTHER}:role/other"}, "readOnly": True,
    } | more  # fmt: skip


SERVICE = {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}


@pytest.mark.parametrize(
    ("found", "is_seen"),
    [
        (alone(), True),
        (alone(userIdentity=SERVICE), True),
        (alone(userIdentity={"type": "AWSAccount", "accountId": OTHER}), False),
        (alone(userIdentity={"type": "IAMUser", "accountId": ACCOUNT}), False),
        (alone(requestParameters={"roleArn": f"arn:aws:iam::{ACCOUNT}:role/other"}), False),
        (alone(requestParameters=None, errorCode="AccessDenied"), False),
        (alone(eventName="AssumeRoot"), False),
        (alone(eventName="AssumeRoot", sharedEventID=None), True),
    ],
)
def test_which_assumptions_show_that_the_account_did_something(
    found: dict[str, Any], is_seen: bool, tmp_path: Path
) -> None:
    """What another account may have recorded as well shows it by itself to neither engine."""
    write(tmp_path / "tree", [found], "one", OTHER)
    write(tmp_path / "tree", [], "none")
    for opened in (files(tmp_path / "tree", tmp_path / "kept"), athena(FakeAthena(connected(tmp_path / "tree")))):
        answerable = opened(ROLES)[0].ask(ALL)
        facts = list(answerable.facts)
        seen = Seen(OTHER, answerable.coverage)
        list(seen.pass_on(facts))
        assert bool(seen.days) is is_seen


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mixture=st.lists(record(), min_size=1, max_size=40, unique_by=lambda item: item["eventID"]))
def test_of_any_mixture(mixture: list[dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("odd")
    write(folder, mixture, "one")
    write(folder, [], "none", OTHER)
    roles = ROLES | {(ACCOUNT, "user/alex"), (ACCOUNT, f"user/{NAME}")}

    def asked(opened: Engines) -> tuple[list[tuple[str, int, str]], list[tuple[set[date], datetime | None]]]:
        answerable = opened(roles)[0].ask(ALL)
        facts = list(answerable.facts)
        seen = [Seen(account, answerable.coverage) for account in (ACCOUNT, OTHER)]
        for one in seen:
            list(one.pass_on(facts))
        return (of_others(facts), [(one.days, one.newest) for one in seen])

    by_files = asked(files(folder, tmp_path_factory.mktemp("kept")))
    assert asked(athena(FakeAthena(connected(folder), page=50))) == by_files
