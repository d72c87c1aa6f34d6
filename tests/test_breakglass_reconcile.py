"""`breakglass reconcile` over CloudTrail's files and records that were written as `open`, `enter` and `exit` do it."""

from __future__ import annotations

import gzip
import json
import os
import shlex
import shutil
import xml.etree.ElementTree as ElementTree
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters import drills
from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.incidents import IncidentRecords
from iam_guardrails.cli import main
from iam_guardrails.model.drill import LIVE, PASSED, DrillRecord
from iam_guardrails.model.incident.examined import Closed
from iam_guardrails.model.incident.step import CLOSED, ENTERED, EXITED, Entered, Exited, Opened
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.record import Place
from iam_guardrails.model.trail.regions import regions_of
from iam_guardrails.model.value import changed
from iam_guardrails.trail_source import reach_of
from tests.breakglass_project import NOBODY, guardrails, on_terminal
from tests.trail_history import Wanted, write_folder
from tests.trail_history.uses import Uses

ACCOUNT = "111122223333"
PLACE = Place(ACCOUNT, "us-east-2")
ROLE = f"arn:aws:iam::{ACCOUNT}:role/emergency/prod-breakglass-admin"
OWNER = f"arn:aws:iam::{ACCOUNT}:user/breakglass/owner"
DEPLOY = f"arn:aws:iam::{ACCOUNT}:role/deploy"
NOW = datetime.now(UTC).replace(microsecond=0)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0)
DAY = MIDNIGHT - timedelta(days=2)
TOML = f"""account_id = "{ACCOUNT}"
environment = "prod"
home_region = "us-east-2"
[breakglass]
role_names = ["prod-breakglass-admin"]
people = ["{OWNER}"]
incident_id_pattern = "INC-*"
identity_center = {{ permission_set = "Emergency", home_region = "us-east-2", users = ["sam@example.com"] }}
"""


def at(text: str, day: datetime = DAY) -> datetime:
    return day + timedelta(hours=int(text[:2]), minutes=int(text[3:]))


class World:
    """A project with records, and a folder of CloudTrail's files with a week of everyday traffic."""

    def __init__(self, folder: Path, week: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.trail, self.capsys = folder / "project", folder / "trail", capsys
        (self.root / "modules").mkdir(parents=True)
        for name in ("prod", "staging"):
            (self.root / "envs" / name).mkdir(parents=True)
            (self.root / "envs" / name / "main.tf").write_text("")
            (self.root / "envs" / name / "guardrails.toml").write_text(TOML)
        shutil.copytree(week, self.trail)
        self.uses = Uses(PLACE, ROLE)

    def records(self, when: datetime, environment: str = "prod") -> IncidentRecords:
        folder = self.root / "envs" / environment / "records"
        return IncidentRecords(folder, self.root / ".guardrails" / environment, lambda: when, "alex@laptop")

    def open(self, name: str, when: datetime, purpose: str = "rotate-secret", **more: Any) -> None:
        given: dict[str, Any] = {"person": "owner", "minutes": 30, "environment": "prod"} | more
        opened = Opened(
            name, given["environment"], ACCOUNT, "us-east-2", given["person"], "an outage", given["minutes"], purpose
        )
        self.records(when, given["environment"]).open(opened)

    def enter(self, name: str, when: datetime, session: str = "owner") -> None:
        said = Entered(
            ROLE, "iam-user", OWNER, session, "", f"AROAEXAMPLEROLE00001:{session}", ACCOUNT, "us-east-2", 30,
            when + timedelta(minutes=15), "subshell",
        )  # fmt: skip
        self.records(when).append(name, ENTERED, said)

    def end(self, name: str, when: datetime) -> None:
        self.records(when).append(name, EXITED, Exited(ROLE, when + timedelta(seconds=30), OWNER))
        self.records(when + timedelta(minutes=10)).append(name, CLOSED, Closed("done", 1))

    def run(self, *more: str, env: str = "prod") -> tuple[int, str]:
        self.uses.write(self.trail)
        given = ["--root", str(self.root), "breakglass", "reconcile", env, "--cache", str(self.root / "cache")]
        source = [] if "--source" in more else ["--source", str(self.trail)]
        code = main([*given, *source, *more])
        told = self.capsys.readouterr()
        return code, told.out + (told.err if code == 2 else "")

    def judged(self, *more: str) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        code, text = self.run("--format", "json", *more)
        content = json.loads(text[text.index("{") : text.rindex("}") + 1])
        return code, content, sorted((item["rule"], item["address"]) for item in content["findings"])


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten days of everyday traffic, up to today; the Regions in which nothing is done have digests only."""
    folder, first = tmp_path_factory.mktemp("week"), MIDNIGHT - timedelta(days=9)
    write_folder(Wanted(days=10, first_day=f"{first:%Y-%m-%d}", security=0, sessions=0, events=300), folder)
    for region in regions_of("aws"):
        for days in range(10):
            write_digest(folder, region, first + timedelta(days=days))
    return folder


def write_digest(folder: Path, region: str, day: datetime) -> None:
    """An empty digest: what CloudTrail delivers of an hour in which a Region had no call."""
    path = folder / f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{region}/{day:%Y/%m/%d}"
    path.mkdir(parents=True)
    name = f"{ACCOUNT}_CloudTrail-Digest_{region}_main_us-east-2_{day:%Y%m%d}T093000Z.json.gz"
    (path / name).write_bytes(gzip.compress(json.dumps({"logFiles": []}).encode()))


@pytest.fixture
def world(tmp_path: Path, week: Path, capsys: pytest.CaptureFixture[str]) -> World:
    return World(tmp_path, week, capsys)


def whole(world: World, name: str = "INC-1", purpose: str = "rotate-secret") -> None:
    """An incident as it should be, with its session."""
    world.open(name, at("09:00"), purpose)
    world.enter(name, at("09:05"))
    world.end(name, at("09:20"))
    world.uses.enter(at("09:05"), name, key="ASIAONE")
    inside = world.uses.inside(incident=name, key="ASIAONE")
    world.uses.do(at("09:06"), "secretsmanager", "PutSecretValue", inside)
    world.uses.do(at("09:07"), "ec2", "DescribeInstances", inside)


def test_an_incident_as_it_should_be_is_clean(world: World) -> None:
    whole(world)
    code, text = world.run()
    assert code == 0, text
    assert "0 findings" in text and "entries: 1 of incidents, 0 of drills, 0 explained by neither" in text
    told, last = text.splitlines()[-2:]
    assert told == "nothing is to be done; repeat within a week"
    assert last == f"next: guardrails breakglass reconcile prod --source {world.trail}"


def test_a_week_without_any_use_is_clean_and_says_so(world: World) -> None:
    code, text = world.run()
    assert code == 0 and "entries: 0 of incidents" in text


def test_an_entry_without_a_record_is_found_in_every_format(world: World) -> None:
    event_id = world.uses.enter(at("11:00"), "")
    code, content, found = world.judged()
    assert (code, found) == (1, [("reconcile-undeclared", event_id)])
    assert "owner entered" in content["findings"][0]["message"] and content["findings"][0]["severity"] == "critical"
    told, last = world.run()[1].splitlines()[-2:]
    assert told.startswith(f"first {event_id}: Ask whoever it was at once")
    assert last == 'next: guardrails breakglass open prod --reason "an entry that nobody declared" --minutes 30'
    assert f"`{event_id}`" in world.run("--format", "markdown")[1]
    assert json.loads(world.run("--format", "sarif")[1])["runs"][0]["results"][0]["ruleId"] == "reconcile-undeclared"
    assert ElementTree.fromstring(world.run("--format", "junit")[1]).get("failures") == "1"
    written = world.root / "answer.json"
    assert world.run("--format", "json", "--output", str(written)) == (1, "")
    assert json.loads(written.read_text())["summary"]["critical"] == 1


def test_a_switch_in_the_console_is_one_use_of_two_records(world: World) -> None:
    first, _ = world.uses.switch(at("11:00"))
    world.uses.do(at("11:05"), "iam", "CreateUser", world.uses.inside(key="ASIACONSOLE"))
    code, content, found = world.judged()
    assert (code, found) == (1, [("reconcile-undeclared", first)])
    message = content["findings"][0]["message"]
    assert "Switch Role can carry no incident id" in message and "from 203.0.113.9" in message
    assert "1 call: iam:CreateUser" in message


def test_a_console_session_whose_entry_is_not_there_is_found(world: World) -> None:
    _, sign_in = world.uses.switch(at("11:00"))
    del world.uses.records[0]
    assert world.judged()[2] == [("reconcile-undeclared", sign_in)]


def test_calls_of_a_session_whose_entry_is_not_there_are_found(world: World) -> None:
    first = world.uses.do(at("11:05"), "iam", "CreateUser", world.uses.inside("ghost"))
    world.uses.do(at("11:06"), "iam", "CreateUser", world.uses.inside("ghost"))
    assert world.judged()[2] == [("reconcile-undeclared", first)]


def test_ids_that_belong_elsewhere_and_nowhere(world: World) -> None:
    world.open("INC-9", at("09:00"), environment="staging")
    one, two = world.uses.enter(at("09:05"), "INC-9"), world.uses.enter(at("09:06"), "INC-8", name="backup")
    _, content, found = world.judged()
    assert found == sorted([("reconcile-undeclared", one), ("reconcile-undeclared", two)])
    said = {item["address"]: item["message"] for item in content["findings"]}
    assert "INC-9 is one of staging" in said[one] and "no record of its incident id INC-8" in said[two]


def test_records_delivered_twice_count_once(world: World) -> None:
    event_id = world.uses.enter(at("11:00"), "")
    world.uses.write(world.trail)
    first = next(path for path in world.trail.rglob("*.json.gz") if path.name.endswith("0000000000000000.json.gz"))
    first.with_name(first.name.replace("0000000000000000", "again00000000000")).write_bytes(first.read_bytes())
    _, content, found = world.judged()
    assert found == [("reconcile-undeclared", event_id)]
    assert any("1 explained by neither" in note for note in content["notes"])


def test_the_two_records_of_a_call_from_another_account_are_one(world: World) -> None:
    """Each account writes its own record; they share sharedEventID, and only the caller's names the caller."""
    world.open("INC-1", at("09:00"), person="arn:aws:iam::999999999999:user/owner")
    foreign = {"type": "AWSAccount", "principalId": "AIDA2", "accountId": "999999999999"}
    owners = world.uses.enter(at("09:05"), "INC-1", key="ASIAONE")
    world.uses.records[0] |= {"userIdentity": foreign, "sharedEventID": "shared"}
    _, content, found = world.judged()
    assert found == [("reconcile-never-closed", "INC-1"), ("reconcile-never-exited", "INC-1")]
    assert [item["address"] for item in content["not_judged"]] == [owners]
    assert "999999999999" in content["not_judged"][0]["reason"]
    world.uses.enter(at("09:05"), "INC-1", key="ASIAONE")
    mine = world.uses.records[1]
    mine |= {"sharedEventID": "shared", "recipientAccountId": "999999999999"}
    mine["userIdentity"] |= {"accountId": "999999999999", "arn": "arn:aws:iam::999999999999:user/owner"}
    _, content, found = world.judged()
    assert found == [("reconcile-never-closed", "INC-1"), ("reconcile-never-exited", "INC-1")]
    assert content["not_judged"] == [] and any("entries: 1 of incidents" in note for note in content["notes"])


@pytest.mark.parametrize("owners_first", [True, False])
def test_of_two_records_the_role_owners_is_the_address_whichever_comes_first(world: World, owners_first: bool) -> None:
    owners = {
        "sharedEventID": "shared",
        "userIdentity": {"type": "AWSAccount", "principalId": "AIDA2", "accountId": "999999999999"},
    }
    for own in (owners_first, not owners_first):
        world.uses.enter(at("09:05"), "")
        record = world.uses.records[-1]
        record |= owners if own else {"sharedEventID": "shared", "recipientAccountId": "999999999999"}
    wanted = world.uses.records[0 if owners_first else 1]["eventID"]
    _, content, found = world.judged()
    assert found == [("reconcile-undeclared", wanted)]
    assert content["findings"][0]["message"].startswith("owner entered")


def test_a_user_of_identity_center(world: World) -> None:
    world.open("INC-1", at("09:00"), person="sam@example.com")
    world.end("INC-1", at("09:20"))
    world.uses.enter_by_center(at("09:05"), "INC-1", "Sam@example.com")
    other = world.uses.enter_by_center(at("09:06"), "INC-1", "pat@example.com")
    assert world.judged()[2] == [("reconcile-other-person", other)]


def test_what_a_session_does_after_it_went_on_to_another_role_belongs_to_its_incident(world: World) -> None:
    whole(world)
    inside = world.uses.inside(incident="INC-1", key="ASIAONE")
    world.uses.go_on(at("09:08"), DEPLOY, inside, "ASIATWO")
    onward = world.uses.inside("onward", "INC-1", "ASIATWO", DEPLOY)
    world.uses.do(at("09:09"), "secretsmanager", "PutSecretValue", onward)
    assert world.judged()[2] == []
    world.uses.do(at("09:10"), "ec2", "TerminateInstances", onward)
    world.uses.do(at("09:11"), "ec2", "TerminateInstances", world.uses.inside("other", role=DEPLOY))
    world.uses.do(at("09:12"), "ec2", "StopInstances", world.uses.inside("onward", "ci-bot", "ASIACI", DEPLOY))
    _, content, found = world.judged()
    assert found == [("reconcile-outside-purpose", "INC-1")]
    assert "1 call: ec2:TerminateInstances, which" in content["findings"][0]["message"]


def test_a_chain_of_two_is_followed_by_its_keys_too(world: World) -> None:
    whole(world)
    last = f"arn:aws:iam::{ACCOUNT}:role/etl"
    world.uses.go_on(at("09:08"), DEPLOY, world.uses.inside(incident="INC-1", key="ASIAONE"), "ASIATWO")
    world.uses.go_on(at("09:09"), last, world.uses.inside("onward", key="ASIATWO", role=DEPLOY), "ASIATHREE")
    world.uses.do(at("09:10"), "ec2", "StopInstances", world.uses.inside("onward", key="ASIATHREE", role=last))
    assert world.judged()[2] == [("reconcile-outside-purpose", "INC-1")]


def test_a_session_that_went_on_into_another_account_is_not_judged_there(world: World) -> None:
    whole(world)
    inside = world.uses.inside(incident="INC-1", key="ASIAONE")
    world.uses.go_on(at("09:08"), "arn:aws:iam::444444444444:role/admin", inside, "ASIATWO")
    code, content, found = world.judged()
    assert (code, found) == (2, [])
    assert "the role admin of the account 444444444444" in content["not_judged"][0]["reason"]


def test_a_call_after_the_exit_and_an_entry_after_the_end(world: World) -> None:
    whole(world)
    world.uses.do(at("09:27"), "ec2", "DescribeInstances", world.uses.inside(incident="INC-1", key="ASIAONE"))
    late = world.uses.enter(at("11:00"), "INC-1")
    assert world.judged()[2] == sorted([("reconcile-after-exit", "INC-1"), ("reconcile-after-exit", late)])


def test_drills_explain_their_entries_and_no_others(world: World) -> None:
    record = DrillRecord("DRILL-1", LIVE, "prod", ACCOUNT, at("09:00"), PASSED, False, at("09:10"), OWNER, ROLE,
                         "INC-DRILL-1")  # fmt: skip
    world.uses.enter(at("09:01"), "INC-DRILL-1")
    other = world.uses.enter(at("09:02"), "INC-DRILL-2")
    unknown = world.uses.enter(at("12:02"), "INC-DRILL-1")
    drills.save(world.records(NOW).records, record)
    assert world.judged()[2] == sorted(("reconcile-drill-unrecorded", item) for item in (other, unknown))
    assert len(world.judged("--sandbox")[2]) == 3  # the embedded AWS has records of its own
    drills.save(world.records(NOW).records, changed(record, simulated=True))
    assert len(world.judged()[2]) == 3


def test_an_incident_of_the_embedded_aws_explains_nothing_on_a_real_account(world: World) -> None:
    opened = Opened("INC-1", "prod", ACCOUNT, "us-east-2", "owner", "a try", 30, simulated=True)
    world.records(at("09:00")).open(opened)
    event_id = world.uses.enter(at("09:05"), "INC-1")
    assert world.judged()[2] == [("reconcile-undeclared", event_id)]


def test_refused_entries_with_and_without_a_declaration(world: World) -> None:
    world.open("INC-1", at("09:00"))
    world.end("INC-1", at("09:20"))
    with_it, without = world.uses.refuse(at("09:02")), world.uses.refuse(at("13:00"), "mallory")
    _, _, found = world.judged()
    assert found == sorted([
        ("reconcile-refused-declared", with_it), ("reconcile-refused-undeclared", without),
        ("reconcile-never-used", "INC-1"),
    ])  # fmt: skip


def test_a_declared_entry_that_cloudtrail_lacks(world: World) -> None:
    world.open("INC-1", at("09:00"))
    world.enter("INC-1", at("09:05"))
    world.end("INC-1", at("09:20"))
    assert world.judged()[2] == [("reconcile-entry-missing", "INC-1")]


def test_an_entry_of_a_moment_ago_waits_for_the_delivery(world: World) -> None:
    now = datetime.now(UTC).replace(microsecond=0)  # not when the file was read, which may be long ago
    world.open("INC-1", now - timedelta(minutes=9))
    world.enter("INC-1", now - timedelta(minutes=5))
    code, content, found = world.judged()
    assert (code, found) == (2, [])
    assert "may need 15 minutes" in content["not_judged"][0]["reason"]


def test_a_broken_record_is_found_and_explains_nothing(world: World) -> None:
    whole(world)
    path = world.records(NOW).path("INC-1")
    path.write_text(path.read_text().replace("an outage", "a story"))
    code, content, found = world.judged()
    assert (code, found) == (1, [("reconcile-record-broken", "INC-1")])
    assert "the record of INC-1 is broken" in content["not_judged"][0]["reason"]
    path.unlink()
    _, content, found = world.judged()
    assert found == [("reconcile-record-broken", "INC-1")] and "is gone" in content["findings"][0]["message"]


def test_a_day_that_the_source_lacks_is_not_judged(world: World) -> None:
    whole(world)
    gone = MIDNIGHT - timedelta(days=4)
    for path in world.trail.rglob(f"*_{gone:%Y%m%d}T*.json.gz"):
        path.unlink()
    for path in world.trail.rglob(f"*_{gone + timedelta(days=1):%Y%m%d}T0005Z*.json.gz"):  # the evening, come later
        path.unlink()
    code, content, found = world.judged()
    assert (code, found) == (2, [])
    assert f"no record of the account on {gone:%Y-%m-%d}:" in content["not_judged"][0]["reason"]
    assert "reconcile-undeclared" not in content["clean"] and "reconcile-never-closed" in content["clean"]


def test_a_region_of_which_there_is_neither_file_nor_digest_is_not_judged(world: World) -> None:
    whole(world)
    shutil.rmtree(world.trail / f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-west-1")
    code, content, found = world.judged()
    assert (code, found) == (2, [])
    (reason,) = [item["reason"] for item in content["not_judged"]]
    assert reason == "there is no file and no digest of eu-west-1: uses that are recorded there are not judged"
    assert "reconcile-undeclared" not in content["clean"]
    assert any("but for what is not judged" in note for note in content["notes"])


def test_days_of_which_a_region_has_neither_file_nor_digest_are_not_judged(world: World) -> None:
    whole(world)
    gone = [DAY - timedelta(days=days) for days in (1, 2)]
    for day in gone:
        shutil.rmtree(world.trail / f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-west-1/{day:%Y/%m/%d}")
    code, content, found = world.judged()
    assert (code, found) == (2, [])
    (reason,) = [item["reason"] for item in content["not_judged"]]
    when = f"{gone[1]:%Y-%m-%d} to {gone[0]:%Y-%m-%d}"
    assert reason == (
        f"there is no file and no digest of eu-west-1 on {when}: uses that are recorded there are not judged"
    )


def test_without_lookups_the_regions_count_that_are_on_by_default(world: World) -> None:
    """AWS is not asked: here nobody would answer."""
    expected = read_expectations(world.root / "envs" / "prod" / "guardrails.toml")
    for engine, source in (("embedded", str(world.trail)), ("embedded", "logs:g@us-east-2"), ("athena", None)):
        named, reach = reach_of(Namespace(engine=engine), source, expected, {"AWS_ENDPOINT_URL": NOBODY})
        assert named == source and set(reach.regions) == set(regions_of("aws")) and not reach.why
    keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_MAX_ATTEMPTS": "1"}
    for source in (None, "lookup:us-east-2"):
        with pytest.raises(Problem, match="DescribeRegions"):
            reach_of(Namespace(engine="embedded"), source, expected, {"AWS_ENDPOINT_URL": NOBODY, **keys})


def test_a_source_that_begins_too_late_is_not_judged_before(world: World) -> None:
    whole(world)
    code, content, _ = world.judged("--since", f"{MIDNIGHT - timedelta(days=12):%Y-%m-%d}")
    assert code == 2 and f"{MIDNIGHT - timedelta(days=12):%Y-%m-%d}" in content["not_judged"][0]["reason"]


def test_a_file_that_cannot_be_read_is_not_judged(world: World) -> None:
    whole(world)
    victim = sorted(world.trail.rglob(f"*_{DAY:%Y%m%d}T*.json.gz"))[0]
    victim.write_bytes(victim.read_bytes()[:-10])
    code, content, _ = world.judged()
    assert code == 2 and victim.name in content["not_judged"][0]["reason"]


def test_a_source_without_files_or_without_the_account(world: World, tmp_path: Path) -> None:
    whole(world)
    (tmp_path / "empty").mkdir()
    code, content, found = world.judged("--source", str(tmp_path / "empty"))
    assert (code, found) == (2, []) and "no file of CloudTrail's" in content["not_judged"][-1]["reason"]
    first = MIDNIGHT - timedelta(days=9)
    write_folder(Wanted(days=10, first_day=f"{first:%Y-%m-%d}", accounts=("555555555555",)), tmp_path / "other")
    code, content, found = world.judged("--source", str(tmp_path / "other"))
    assert (code, found) == (2, [])
    assert f"nothing of the account {ACCOUNT}" in content["not_judged"][-1]["reason"]


def test_a_waiver_covers_a_finding_and_an_unused_one_is_told(world: World) -> None:
    event_id = world.uses.enter(at("11:00"), "")
    config = world.root / "envs" / "prod" / "guardrails.toml"
    waiver = (
        '\n[[waiver]]\nrule = "{}"\naddress = "{}"\nticket = "SEC-1"\nowner = "Jane"\nreason = "r"\nexpires_on = {}\n'
    )
    day = f"{NOW + timedelta(days=9):%Y-%m-%d}"
    config.write_text(TOML + waiver.format("reconcile-undeclared", event_id, day)
                      + waiver.format("reconcile-never-closed", "INC-7", day)
                      + waiver.format("drift-changed", "aws_x.y", day))  # fmt: skip
    config.write_text(config.read_text() + waiver.format("topic-subscribed", "aws_x.y", "2026-01-01"))
    code, content, found = world.judged()
    assert (code, found) == (0, []) and len(content["waived"]) == 1
    assert [item["rule"] for item in content["unused_waivers"]] == ["reconcile-never-closed"]


def test_the_purpose_other_is_said_once(world: World) -> None:
    whole(world, purpose="other")
    world.uses.do(at("09:08"), "iam", "CreateUser", world.uses.inside(incident="INC-1", key="ASIAONE"))
    code, text = world.run()
    assert code == 0 and text.count("its purpose is other, so no call can lie outside it") == 1


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--since", "soon"), "--since 'soon' is no day and no time"),
        (("--since", "2999-01-01"), "is not before"),
        (("--source", "missing"), "there is no folder missing"),
        (("--engine", "athena", "--source", "x"), "reads its table and no --source"),
    ],
)
def test_bad_input_is_one_sentence(world: World, more: tuple[str, ...], sentence: str) -> None:
    code, text = world.run(*more)
    assert code == 2 and sentence in text and "Traceback" not in text


def test_a_role_is_needed(world: World) -> None:
    config = world.root / "envs" / "prod" / "guardrails.toml"
    config.write_text(TOML.replace('role_names = ["prod-breakglass-admin"]\n', ""))
    code, text = world.run()
    assert code == 2 and "names no break-glass role" in text


def test_on_a_terminal_its_sentences_fit_and_the_last_line_is_a_command_that_runs(world: World) -> None:
    world.uses.enter(at("11:00"), "")
    world.uses.write(world.trail)
    words = ("breakglass", "reconcile", "prod", "--cache", str(world.root / "cache"), "--source", str(world.trail))
    terminal = on_terminal(world.root, *words)
    assert terminal.ended() == 1
    lines = terminal.seen.replace("\r\n", "\n").rstrip().split("\n")
    assert [line for line in lines if len(line) > 80 and not line.startswith("next: ") and "/" not in line] == []
    whole = " ".join(" ".join(lines).split())
    assert "treat it as an intrusion; else declare what happened afterwards as an incident of its own" in whole
    command = shlex.split(lines[-1].removeprefix("next: "))
    ran = guardrails(world.root, *command[1:], "--person", "owner", "--no-capture")
    assert (command[0], ran.returncode) == ("guardrails", 0), ran.stderr
    piped = world.run()[1].splitlines()
    assert any(len(line) > 120 and "treat it as an intrusion" in line for line in piped), "whole where nobody looks"
    assert piped[-1].startswith(f"next: guardrails breakglass exit {ran.stdout.split()[0]} --again")


@pytest.mark.parametrize("form", ["text", "json"])
def test_names_that_are_not_utf8_are_named(form: str, world: World, tmp_path: Path) -> None:
    odd = world.root / os.fsdecode(b"of J\xe4nner")
    shutil.copytree(world.trail, odd)
    (odd / os.fsdecode(b"notes-\xff.json")).write_text("no JSON")
    given = ("--source", str(odd), "--format", form)
    code, text = world.run(*given)
    assert code == 2 and "xff.json, record 0, line 1 cannot be read" in text and "defect" not in text
    output = tmp_path / "result"
    code, _ = world.run(*given, "--output", str(output))
    assert code == 2 and "xff.json, record 0, line 1 cannot be read" in output.read_text()
