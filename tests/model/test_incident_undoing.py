"""The order of what undoes a use, and lines that act on no other account."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.incident_cases import items
from tests.incident_records import ACCOUNT, incident, record

from iam_guardrails.model.incident.examined import OPEN, REVERTED, Examined, Item
from iam_guardrails.model.incident.incident import Incident, incident_of
from iam_guardrails.model.incident.undoing import pasted, undo_lines, undo_note
from iam_guardrails.model.value import changed
from iam_guardrails.reports.dossier import text
from iam_guardrails.reports.dossier.outcome import of_items
from iam_guardrails.reports.fitting import fitted

GHOST = {"userName": "ghost"}
KEY_ID = "-".join(("AKIA", "EXAMPLE"))
KEY = {"accessKey": {"accessKeyId": KEY_ID}}
LIVE = {
    "GetUser": {"User": {}}, "GetLoginProfile": {}, "GetUserPolicy": {"PolicyDocument": {"Statement": []}},
    "ListAccessKeys": {"AccessKeyMetadata": [{"AccessKeyId": KEY_ID, "Status": "Active"}]},
}  # fmt: skip


def simulated() -> Incident:
    (step,) = incident().steps
    return incident_of([changed(step, content=dict(step.content) | {"simulated": True})], "test")


@pytest.mark.parametrize("seconds", [(0, 1, 2), (0, 0, 0)])
def test_what_hangs_on_a_user_goes_before_it(seconds: tuple[int, ...]) -> None:
    found = items([
        record("iam:CreateUser", GHOST, seconds=seconds[0]),
        record("iam:CreateLoginProfile", GHOST, seconds=seconds[1]),
        record("iam:CreateAccessKey", GHOST, KEY, seconds=seconds[2]),
    ], LIVE)  # fmt: skip
    told = [line.split()[2] for line in undo_lines(found, incident())]
    assert sorted(told[:2]) == ["delete-access-key", "delete-login-profile"] and told[2] == "delete-user"


def test_a_version_in_force_is_replaced_before_it_is_deleted() -> None:
    made = [record("iam:CreatePolicyVersion", {"policyArn": "P", "policyDocument": "{}", "setAsDefault": True},
                   {"policyVersion": {"versionId": f"v{number}"}}, seconds=number) for number in (2, 3)]  # fmt: skip
    found = items(made, {"GetPolicyVersion": {"PolicyVersion": {"Document": {"Statement": []}}},
                         "GetPolicy": {"Policy": {"DefaultVersionId": "v3"}}})  # fmt: skip
    back = [changed(item, command="aws iam set-default-policy-version", verdict=OPEN)
            if item.kind == "policy-in-force" else item for item in found]  # fmt: skip
    told = undo_lines(back, incident())
    assert [line.split()[2] for line in told] == [
        "set-default-policy-version", "delete-policy-version", "delete-policy-version",
    ]  # fmt: skip
    assert "--version-id v3" in told[1]


def test_one_line_ends_all_sessions_of_a_role_and_none_brings_one_back() -> None:
    hop = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/mw", "roleSessionName": "hop"}
    until = {"credentials": {"expiration": "2026-11-28T14:00:00Z"}}
    entries = [record("sts:AssumeRole", hop, until, seconds=at) for at in (30, 0)]
    found = items(entries, {"GetRolePolicy": None})
    assert [item.verdict for item in found] == [OPEN, OPEN]
    (line,) = undo_lines(found, incident())
    assert "2026-11-28T12:00:31Z" in line
    assert {pasted(item.command, incident()) for item in found} == {line}


def test_one_line_ends_all_sessions_of_a_user_and_those_of_a_role_have_their_own() -> None:
    until = {"credentials": {"expiration": "2026-11-29T14:00:00Z"}}
    begun = [record("sts:GetSessionToken", None, until, seconds=at) for at in (0, 30)]
    begun.append(
        record("sts:AssumeRole", {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/bob", "roleSessionName": "m"}, until)
    )
    found = items(begun, {"GetUser": {"User": {}}, "GetUserPolicy": None, "GetRolePolicy": None})
    lines = undo_lines(found, incident())
    assert [line.partition("iam ")[2].split()[0] for line in lines] == ["put-user-policy", "put-role-policy"]
    assert "2026-11-28T12:00:31Z" in lines[0] and "2026-11-28T12:00:01Z" in lines[1]


def test_a_rule_is_put_back_before_its_targets() -> None:
    rule = Item("event-rule-1", "", OPEN, "", "aws events put-rule --name r", kind="event-rule", writes=("a",))
    target = Item("event-target-1", "", OPEN, "", "aws events put-targets --rule r", kind="event-target", writes=("b",))
    for listed in ([rule, target], [target, rule]):
        assert [line.split()[2] for line in undo_lines(listed, incident())] == ["put-rule", "put-targets"]
    gone = changed(target, verdict=REVERTED)
    assert [line.split()[2] for line in undo_lines([rule, gone], incident())] == ["put-rule"]


def test_a_line_names_its_account() -> None:
    assert pasted("aws iam x", incident()) == "aws iam x --profile PROFILE"
    assert pasted("aws iam x", incident(), "my prod") == "aws iam x --profile 'my prod'"
    two = """aws iam x --description 'a'"'"' && b' && aws iam y"""
    assert pasted(two, incident()) == f"{two.replace(' && aws', ' --profile PROFILE && aws')} --profile PROFILE"
    assert undo_note(incident()).endswith(f"{ACCOUNT} (prod): put a profile of that account for PROFILE")
    assert undo_note(incident(), "mine").endswith(f"in the account {ACCOUNT} (prod)")


@pytest.mark.parametrize(
    ("sandbox", "done"),
    [("echo export AWS_ENDPOINT_URL=here", "here iam x\n"), ("echo 'not running'; exit 1", ""), ("exit 1", "")],
)
def test_a_line_of_the_embedded_aws_acts_on_nothing_else(tmp_path: Path, sandbox: str, done: str) -> None:
    for name, said in (
        ("guardrails", f'echo "$@" >> {tmp_path}/asked; {sandbox}'),
        ("aws", 'echo "$AWS_ENDPOINT_URL $@"'),
    ):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{said}\n")
        program.chmod(0o755)
    line = pasted("aws iam x", simulated())
    ran = subprocess.run(["sh", "-c", f"{line}; echo $AWS_ENDPOINT_URL"], capture_output=True, text=True, check=False,
                         env={"PATH": f"{tmp_path}:/usr/bin:/bin"})  # fmt: skip
    assert ran.stdout == f"{done}\n"
    assert (tmp_path / "asked").read_text() == "sandbox env prod\n"
    assert fitted(f"    undo: {line} {'x' * 90}") == f"    undo: {line} {'x' * 90}"


def test_the_examination_shows_the_lines_in_their_order() -> None:
    found = items([record("iam:CreateUser", GHOST), record("iam:CreateLoginProfile", GHOST, seconds=1)], LIVE)
    for use, flag in ((incident(), "--profile mine"), (simulated(), "eval")):
        examined = Examined("a", "b", "c", found)
        lines = text.render(use, examined, of_items(use, examined, False), "mine").splitlines()
        assert lines[1].startswith("  undo in this order")
        undo = [line.strip().removeprefix("undo: ") for line in lines if line.startswith("    undo: ")]
        assert ["delete-login-profile" in undo[0], "delete-user" in undo[1]] == [True, True]
        assert all(flag in line for line in undo)
        assert json.loads(text.as_json("prod", use, examined, of_items(use, examined, False), "mine"))["undo"] == undo
