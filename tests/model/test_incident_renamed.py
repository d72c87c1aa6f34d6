"""A user or a group that was renamed: what a use gave it is looked at under the name that it has now."""

from __future__ import annotations

from typing import Any

import pytest
from tests.incident_cases import account, items
from tests.incident_records import record

from iam_guardrails.model.incident.difference import changes
from iam_guardrails.model.incident.effects.write import write_of
from iam_guardrails.model.incident.examined import NOT_JUDGED, OPEN, REVERTED
from iam_guardrails.model.incident.renamed import renamings, under_new_name, with_new_addresses

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ARN = "arn:aws:iam::333333333333:user/staff/"
KEY = record("iam:CreateAccessKey", {"userName": "bob"}, {"accessKey": {"accessKeyId": "AKIAX", "userName": "bob"}},
             seconds=8)  # fmt: skip
ATTACHED = record("iam:AttachUserPolicy", {"userName": "bob", "policyArn": ADMIN}, seconds=9)


def renamed(old: str = "bob", new: str = "svc", seconds: int = 20, **more: Any) -> Any:
    return record("iam:UpdateUser", {"userName": old, "newUserName": new}, seconds=seconds, **more)


def user(name: str, *policies: str, groups: tuple[str, ...] = ()) -> dict[str, Any]:
    made = {"address": f"{ARN}{name}", "name": name, "arn": f"{ARN}{name}", "attached_policy_arns": list(policies)}
    return made | {"group_names": list(groups), "path": "/staff/"}


LIVE = {
    "ListAccessKeys svc": {"AccessKeyMetadata": [{"AccessKeyId": "AKIAX", "Status": "Active"}]},
    "ListAttachedUserPolicies svc": {"AttachedPolicies": [{"PolicyArn": ADMIN}]},
    "ListAccessKeys bob": None, "ListAttachedUserPolicies bob": None,
}  # fmt: skip


@pytest.mark.parametrize("by", [{}, {"incident": "", "role": "kim"}])
def test_its_key_and_its_policy_are_still_there(by: dict[str, Any]) -> None:
    """Whoever renamed it."""
    change = renamed(**by)
    more = {"others": [change]} if by else {}
    before = account({"users": [user("bob")]}, "before")
    found = items([KEY, ATTACHED, *([] if by else [change])], LIVE, before=before, **more)
    assert [(item.kind, item.verdict) for item in found] == [
        ("access-key", OPEN), ("attached-policy-of-user", OPEN), *([] if by else [("", NOT_JUDGED)]),
    ]  # fmt: skip
    assert found[0].command == "aws iam delete-access-key --user-name svc --access-key-id AKIAX"
    assert found[1].command == f"aws iam detach-user-policy --user-name svc --policy-arn {ADMIN}"


def test_what_it_had_before_it_has_still() -> None:
    """By the capture, which knows it under its old name."""
    had = account({"users": [user("bob", ADMIN)]}, "before")
    assert items([ATTACHED, renamed()], LIVE, before=had)[0].verdict == REVERTED


def test_it_is_followed_through_every_name_that_it_had_and_back() -> None:
    twice = [renamed(), renamed("svc", "app", 30)]
    live = {
        "ListAttachedUserPolicies app": {"AttachedPolicies": [{"PolicyArn": ADMIN}]},
        "ListAttachedUserPolicies": None,
    }
    before = account({"users": [user("bob")]}, "before")
    assert items([ATTACHED, *twice], live, before=before)[0].verdict == OPEN
    back = [renamed(), renamed("svc", "bob", 30)]
    assert "bob" in items([ATTACHED, *back], live, before=before)[0].told
    later = record(ATTACHED.action, {"userName": "bob", "policyArn": ADMIN}, seconds=40)  # another bob
    assert any("user bob" in item.told for item in items([renamed(), later], live, before=before))


def test_a_refused_renaming_and_one_of_another_account_rename_nothing() -> None:
    assert renamings([renamed(error="AccessDenied"), renamed(new="bob"), KEY]) == ()
    elsewhere = renamings([renamed(account="111111111111")])
    assert under_new_name(write_of(KEY), elsewhere).request["userName"] == "bob"


def test_a_session_of_a_user_goes_along() -> None:
    who = {"userIdentity": {"type": "IAMUser", "arn": f"{ARN}bob", "userName": "bob"}}
    made = under_new_name(write_of(record("sts:GetSessionToken", {}, **who)), renamings([renamed()]))
    assert made.caller == f"{ARN}svc"


def test_a_difference_is_that_of_the_user_under_its_new_name() -> None:
    key = {"address": f"{ARN}bob/access-key-…AKIA", "user_name": "bob", "key_suffix": "AKIA"}
    now_key = {"address": f"{ARN}svc/access-key-…AKIA", "user_name": "svc", "key_suffix": "AKIA"}
    group = {"address": "arn:aws:iam::333333333333:group/g", "name": "g", "arn": "arn:aws:iam::333333333333:group/g"}
    now_group = {name: value.replace("group/g", "group/h") for name, value in group.items()} | {"name": "h"}
    before = account({"users": [user("bob", groups=("g",))], "access_keys": [key], "groups": [group]}, "before")
    now = account(
        {"users": [user("svc", ADMIN, groups=("h",))], "access_keys": [now_key], "groups": [now_group]}, "now"
    )
    group_renamed = record("iam:UpdateGroup", {"groupName": "g", "newGroupName": "h"}, seconds=21)
    records = [ATTACHED, renamed(), group_renamed]
    was = with_new_addresses(before, renamings(records))
    assert {(item.kind, item.part, item.now) for item in changes(was, now)} == {
        ("users", "name", "svc"), ("users", "attached_policy_arns", f'["{ADMIN}"]'), ("groups", "name", "h"),
    }  # fmt: skip
    found = items(records, LIVE, before=before, now=now)
    assert [item.kind for item in found] == ["attached-policy-of-user", "", ""]
    assert [item.verdict for item in found] == [OPEN, OPEN, OPEN]
    assert "name: bob, now svc" in found[1].why
