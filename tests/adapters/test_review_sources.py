"""What the weekly review reads: the history of alarms, commits, and the file of justifications."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from iam_guardrails.adapters.aws.alarm_history import firings
from iam_guardrails.adapters.aws.reading import Reading
from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.git_history import commits
from iam_guardrails.adapters.justifications import read_justifications
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.declared import ADDED, CHANGED, REMOVED
from iam_guardrails.model.review.weekly import Commit

AT = datetime(2026, 11, 25, 10, tzinfo=UTC)
TOPIC = "arn:aws:sns:us-east-2:333333333333:alerts"


def state(minutes: int, new: str) -> dict[str, Any]:
    data = {"newState": {"stateValue": new, "stateReason": f"it is {new}"}}
    return {"AlarmName": "a", "HistoryItemType": "StateUpdate", "Timestamp": AT + timedelta(minutes=minutes),
            "HistoryData": json.dumps(data), "HistorySummary": f"Alarm updated to {new}"}  # fmt: skip


def action(minutes: int, summary: str) -> dict[str, Any]:
    return {"AlarmName": "a", "HistoryItemType": "Action", "Timestamp": AT + timedelta(minutes=minutes),
            "HistorySummary": summary}  # fmt: skip


class Cloud:
    """CloudWatch with two pages of history."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = list(items)

    def client(self, service_name: str, region_name: str) -> Any:
        return self

    def describe_alarm_history(self, **given: Any) -> dict[str, Any]:
        half = len(self.items) // 2
        if "NextToken" in given:
            return {"AlarmHistoryItems": self.items[half:]}
        return {"AlarmHistoryItems": self.items[:half], "NextToken": "more"}


def read(*items: dict[str, Any]) -> Any:
    reading = Reading(Cloud(*items), "333333333333")
    return firings(reading, ("us-east-2",), AT - timedelta(days=1), AT + timedelta(days=1))


def test_a_firing_has_the_actions_until_the_next_change_of_state() -> None:
    found = read(state(0, "ALARM"), action(0, f"Successfully executed action {TOPIC}"), state(5, "OK"),
                 action(5, f"Successfully executed action {TOPIC}"), state(9, "ALARM"),
                 action(9, f'Failed to execute action {TOPIC}. Received error: "x"'))  # fmt: skip
    assert [(one.at, len(one.told), one.delivered) for one in found] == [
        (AT, 1, True), (AT + timedelta(minutes=9), 1, False),
    ]  # fmt: skip
    assert found[0].told[0].arn == TOPIC and found[0].reason == "it is ALARM"
    assert "Failed to execute" in found[1].told[0].failure


def test_other_changes_of_state_are_no_firing() -> None:
    assert read(state(0, "OK"), state(1, "INSUFFICIENT_DATA")) == ()


def test_a_history_without_data_is_read_by_its_summary() -> None:
    bare = {**state(0, "ALARM"), "HistoryData": "{", "HistorySummary": "Alarm updated from OK to ALARM"}
    assert len(read(bare, action(1, f"Failed to execute action {TOPIC}"))) == 1


def git(root: Path, *words: str) -> None:
    given = ["git", "-C", str(root), "-c", "user.name=a", "-c", "user.email=a@example.com", *words]
    subprocess.run(given, check=True, capture_output=True)


def merged(root: Path, environment: str = "prod") -> tuple[Commit, ...]:
    now = datetime.now(UTC)
    return commits(root, environment, now - timedelta(days=1), now + timedelta(days=1), {})


def test_commits_that_touch_what_is_deployed(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    for number, path in enumerate(("modules/a/main.tf", "docs/a.md", "envs/prod/terraform.tfvars"), 1):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(f'name = "thing-{number}"\n')
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", f"change {number}")
    found = merged(tmp_path)
    assert [one.subject for one in found] == ["change 1", "change 3"]
    assert "thing-1" in found[0].text and "thing-3" not in found[0].text
    now = datetime.now(UTC)
    assert commits(tmp_path, "prod", now - timedelta(days=9), now - timedelta(days=8), {}) == ()


ROLE = 'resource "aws_iam_role" "r" {\n  name = "NAME"\n}\n'


def committed(root: Path, name: str, file: str = "envs/prod/main.tf") -> None:
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(ROLE.replace("NAME", name))
    git(root, "add", ".")
    git(root, "commit", "-qm", name)


def test_a_commit_tells_what_it_changes_of_what_the_environment_declares(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    committed(tmp_path, "first")
    committed(tmp_path, "second")
    committed(tmp_path, "other", "envs/dev/main.tf")
    first, second, other = merged(tmp_path)
    assert [(one.kind, one.address, one.after["name"]) for one in first.declared] == [
        (ADDED, "aws_iam_role.r", ("first",))]  # fmt: skip
    assert [(one.kind, one.before["name"], one.after["name"]) for one in second.declared] == [
        (CHANGED, ("first",), ("second",))]  # fmt: skip
    assert other.declared == () and "other" in other.text
    assert [one.subject for one in merged(tmp_path, "dev") if one.declared] == ["other"]
    git(tmp_path, "rm", "-q", "envs/prod/main.tf")
    git(tmp_path, "commit", "-qm", "gone")
    assert [(one.kind, one.before["name"]) for one in merged(tmp_path)[-1].declared] == [(REMOVED, ("second",))]


def test_what_is_on_another_branch_was_not_merged(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    committed(tmp_path, "first")
    git(tmp_path, "checkout", "-qb", "feature")
    committed(tmp_path, "not merged")
    assert [one.subject for one in merged(tmp_path)] == ["first"]
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "feature")  # what is pushed comes first
    assert [one.subject for one in merged(tmp_path)] == ["first", "not merged"]


def test_a_merge_is_of_the_time_at_which_it_came(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    committed(tmp_path, "first")
    git(tmp_path, "checkout", "-qb", "feature")
    committed(tmp_path, "second")
    git(tmp_path, "checkout", "-q", "main")
    git(tmp_path, "merge", "-q", "--no-ff", "-m", "merged", "feature")
    *_, last = merged(tmp_path)
    assert last.subject == "merged" and [one.after["name"] for one in last.declared] == [("second",)]


def test_a_shallow_clone_does_not_tell_what_its_commits_change(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole", tmp_path / "part"
    whole.mkdir()
    git(whole, "init", "-q", "-b", "main")
    committed(whole, "first")
    committed(whole, "second")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{whole}", str(part))
    with pytest.raises(Problem, match="is a shallow clone, which does not tell"):
        merged(part)


def test_a_file_that_terraforms_text_reads_counts(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "envs/prod").mkdir(parents=True)
    text = 'resource "aws_iam_policy" "p" {\n  name = "p"\n  policy = file("${path.module}/p.json")\n}\n'
    (tmp_path / "envs/prod/main.tf").write_text(text)
    for content in ("{}", '{"Statement": []}'):
        (tmp_path / "envs/prod/p.json").write_text(content)
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "-qm", "p")
    assert merged(tmp_path)[-1].declared[0].documents == {"policy": '{"Statement": []}', "tags": "{}"}


def test_a_file_that_is_not_understood_is_told_once(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    committed(tmp_path, "first")
    (tmp_path / "envs/prod/b.tf").write_text("resource {")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "broken")
    committed(tmp_path, "third")
    assert [len(one.unread) for one in merged(tmp_path)] == [0, 1, 0]


def test_no_repository_and_no_branch_are_told(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="git tells no branches"):
        commits(tmp_path, "prod", AT, AT, {})
    git(tmp_path, "init", "-q", "-b", "topic")
    committed(tmp_path, "first")
    with pytest.raises(Problem, match="git knows none of the branches origin/HEAD, origin/main"):
        commits(tmp_path, "prod", AT, AT, {})


ENTRY = """
[[justification]]
policy = "arn:aws:iam::333333333333:policy/p"
statement = "1ac0a6c85192"
ticket = "SEC-7"
owner = "ann"
reason = "moves data"
expires_on = 2027-03-01
holders = ["role/app", "group/ops-*"]
"""


def test_justifications_are_read(tmp_path: Path) -> None:
    assert read_justifications(tmp_path) == ()
    (tmp_path / "justifications.toml").write_text(ENTRY)
    [one] = read_justifications(tmp_path)
    assert one.expires_on == date(2027, 3, 1) and one.is_for(one.policy, "1ac0a6c85192ffff")
    assert one.holders == ("role/app", "group/ops-*")
    assert not one.is_for("another", "1ac0a6c85192ffff") and not one.is_for(one.policy, "0000")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('ticket = "SEC-7"', 'ticket = " "', "ticket is ' '"),
        ('statement = "1ac0a6c85192"', 'statement = "1ac0"', "no fingerprint of at least 12 digits"),
        ("expires_on = 2027-03-01", 'expires_on = "soon"', "expires_on is 'soon'"),
        ('owner = "ann"', "", "must have exactly the keys"),
        ('"role/app"', '"app"', "it must be a list such as"),
        ('"role/app"', '"role/*"', "it must be a list such as"),
        ('["role/app", "group/ops-*"]', '"role/app"', "holders is 'role/app'"),
        ("[[justification]]", "[[justifications]]", "something other than"),
        ("[[justification]]", "[[justification", "is not valid TOML"),
    ],
)
def test_what_is_wrong_with_a_justification_is_told(old: str, new: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "justifications.toml").write_text(ENTRY.replace(old, new))
    with pytest.raises(Problem, match=says):
        read_justifications(tmp_path)


MANIFEST = """
account_id = "333333333333"
home_region = "us-east-2"

[[middleware]]
name = "mw-ingress*"
tier = "ingress"
trusted = ["ecs-tasks.amazonaws.com"]
boundary = "mw-*"
secrets = ["prod/mw/web"]

[[assumer]]
role = "deploy"
principal = "*:role/ci"
reason = "the pipeline"

[[assigned]]
permission_set = "ReadOnly"
who = "platform"
people = ["*@example.com"]
reason = "they run it"
"""


def test_the_manifest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "guardrails.toml"
    path.write_text(MANIFEST)
    expected = read_expectations(path)
    [line], [assumer] = expected.middleware, expected.assumers
    assert (line.name, line.tier, line.trusted, line.boundary, line.secrets) == (
        "mw-ingress*", "ingress", ("ecs-tasks.amazonaws.com",), "mw-*", ("prod/mw/web",),
    )  # fmt: skip
    assert (assumer.role, assumer.principal, assumer.reason) == ("deploy", "*:role/ci", "the pipeline")
    [assigned] = expected.assigned
    assert (assigned.permission_set, assigned.who, assigned.people) == ("ReadOnly", "platform", ("*@example.com",))
    assert expected.unknown_keys == ()
    path.write_text(MANIFEST.replace('tier = "ingress"\n', ""))
    with pytest.raises(Problem, match="tier is missing"):
        read_expectations(path)
    path.write_text(MANIFEST.replace("trusted =", "trusts ="))
    assert read_expectations(path).unknown_keys == ("middleware.trusts",)
