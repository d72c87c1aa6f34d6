"""Rights that a use lent for a while to a role or a user that was there: what they did with these is the use's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from tests.incident_records import ACCOUNT, ROLE, incident, record
from tests.journeys.test_close import NOTHING_ELSE, ROLES, STOP, Source, as_user, given_keys, keyed, times

from iam_guardrails.adapters.trail_engine.records import RecordEngine
from iam_guardrails.journeys.close import Collected, collect
from iam_guardrails.model.account import Account, Group, ManagedPolicy, NamedPolicy, Role, User
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.trail.window import Window
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
OWN = f"arn:aws:iam::{ACCOUNT}:policy/own"
MW = f"arn:aws:iam::{ACCOUNT}:role/mw"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"


def document(*actions: str, effect: str = "Allow", resource: str = "*") -> PolicyDocument:
    return parse({"Statement": [{"Effect": effect, "Action": [*actions], "Resource": resource}]})


LOGS = NamedPolicy("logs", document("logs:*", resource=f"arn:aws:logs:*:{ACCOUNT}:log-group:/mw:*"))
BEFORE = Account(
    "live", ACCOUNT, "us-east-2", roles=(Role(MW, "mw", MW, document("sts:AssumeRole"), inline_policies=(LOGS,)),),
    users=(User(BOB, "bob", BOB, attached_policy_arns=(ADMIN,), boundary_arn=OWN, group_names=("staff",)),),
    groups=(Group("g", "staff", "g"),),
    managed_policies=(ManagedPolicy(ADMIN, "AdministratorAccess", ADMIN, document("*")),
                      ManagedPolicy(OWN, "own", OWN, document("s3:*"))),
)  # fmt: skip


def collected(records: Sequence[Any], before: Account | Unknown = BEFORE) -> Collected:
    engine = partial(RecordEngine, Source(records))
    return collect(incident(), ROLES, engine, Window(), NOTHING_ELSE, before=before)


def worker(seconds: int, action: str = STOP[0], **more: Any) -> Any:
    """A call of the role mw by somebody with no source identity."""
    return record(action, {}, userIdentity=keyed("ASIA7", "mw"), seconds=seconds, **more)


def bob(seconds: int, action: str = STOP[0]) -> Any:
    return record(action, {}, userIdentity=as_user("bob", "AKIA7"), seconds=seconds)


def change(action: str, seconds: int, other: Any = False, **asked: Any) -> Any:
    return record(f"iam:{action}", asked, seconds=seconds, **({"incident": "", "role": "ci"} if other else {}))


ATTACHED = {"roleName": "mw", "policyArn": ADMIN}


def test_what_a_role_did_with_rights_that_it_had_for_a_while_is_the_uses() -> None:
    found = collected([
        worker(1), change("AttachRolePolicy", 2, **ATTACHED), worker(3), worker(4, "logs:CreateLogStream"),
        worker(5, error="AccessDenied"), worker(6, readOnly=True), change("DetachRolePolicy", 9, **ATTACHED),
        worker(40), worker(90),
    ])  # fmt: skip
    assert times(found) == [2, 3, 9, 40]  # what is taken back may work for a minute
    assert found.notes[1:] == (
        "what was done by the role mw with rights that this use gave it for a while is counted here (2 calls), whoever"
        " did it",
        "what was done by the role mw at that time, which its rights of before may have allowed, is not counted here"
        " (1 call)",
    )


def test_rights_that_nobody_took_back_lend_nothing_and_are_told() -> None:
    """Whoever put a role's rights right has it work on; what is still there is an item of its own."""
    found = collected([change("AttachRolePolicy", 2, **ATTACHED), worker(3), worker(4000)])
    assert times(found) == [2]
    assert found.notes[1:] == (
        "what was done by the role mw with rights that this use changed and nobody changed back, is not counted here"
        " (2 calls)",
    )
    later = change("DetachRolePolicy", 5000, other=True, **ATTACHED)
    assert times(collected([change("AttachRolePolicy", 2, **ATTACHED), worker(3), worker(4000), later])) == [2, 3, 4000]


def test_what_undoes_the_first_change_and_what_others_change_lends_nothing() -> None:
    again = [change("AttachRolePolicy", 2, **ATTACHED), change("DetachRolePolicy", 3, **ATTACHED)]
    later = [worker(100), change("AttachRolePolicy", 200, **ATTACHED)]
    assert times(collected([*again, *later])) == [2, 3, 200]
    others = [change("AttachRolePolicy", 2, other=True, **ATTACHED), worker(3),
              change("DetachRolePolicy", 4, other=True, **ATTACHED)]  # fmt: skip
    assert times(collected(others)) == []


def test_without_a_capture_nobody_knows_what_was_allowed_before() -> None:
    calls = [change("AttachRolePolicy", 2, **ATTACHED), worker(4, "logs:CreateLogStream"),
             change("DetachRolePolicy", 9, **ATTACHED)]  # fmt: skip
    assert times(collected(calls, Unknown("there is none"))) == [2, 4, 9]


INLINE = {"roleName": "mw", "policyName": "more"}


@pytest.mark.parametrize(
    ("first", "last", "counted"),
    [
        (change("PutRolePolicy", 2, **INLINE), change("DeleteRolePolicy", 9, **INLINE), True),
        (change("PutRolePolicy", 2, **INLINE), change("PutRolePolicy", 9, **INLINE), True),
        (change("PutRolePolicy", 2, **INLINE), change("DeleteRolePolicy", 9, roleName="mw", policyName="x"), False),
        (change("PutRolePolicy", 2, roleName="mw", policyName="AWSRevokeOlderSessions"),
         change("DeleteRolePolicy", 9, roleName="mw", policyName="AWSRevokeOlderSessions"), False),
    ],
)  # fmt: skip
def test_inline_policies_of_a_role(first: Any, last: Any, counted: bool) -> None:
    assert times(collected([first, worker(3), last])) == ([2, 3, 9] if counted else [2, 9])


def test_rights_of_a_break_glass_role_keep_uses_apart() -> None:
    asked = {"roleName": ROLE, "policyArn": ADMIN}
    other = record(*STOP, incident="INC-other", seconds=3)
    calls = [change("AttachRolePolicy", 2, **asked), other, change("DetachRolePolicy", 9, **asked)]
    assert times(collected(calls)) == [2, 9]


@pytest.mark.parametrize(
    ("first", "last", "asked"),
    [
        ("AddUserToGroup", "RemoveUserFromGroup", {"userName": "bob", "groupName": "admins"}),
        ("AttachGroupPolicy", "DetachGroupPolicy", {"groupName": "staff", "policyArn": ADMIN}),
        ("PutGroupPolicy", "DeleteGroupPolicy", {"groupName": "staff", "policyName": "p"}),
        ("AttachUserPolicy", "DetachUserPolicy", {"userName": "bob", "policyArn": OWN}),
        ("DeleteUserPermissionsBoundary", "PutUserPermissionsBoundary", {"userName": "bob"}),
        ("SetDefaultPolicyVersion", "SetDefaultPolicyVersion", {"policyArn": OWN, "versionId": "v2"}),
    ],
)  # fmt: skip
def test_rights_of_a_user_by_whichever_way(first: str, last: str, asked: dict[str, Any]) -> None:
    """His boundary allows what is S3's only."""
    calls = [change(first, 2, **asked), bob(3), bob(4, "s3:CreateBucket"), change(last, 9, **asked)]
    found = collected(calls)
    assert times(found) == [2, 3, 9]
    assert found.gaps == ()


def test_a_version_counts_where_it_is_made_the_default() -> None:
    put_back = change("SetDefaultPolicyVersion", 9, policyArn=OWN, versionId="v1")
    for default, counted in ((True, [2, 3, 9]), (False, [2, 9])):
        made = change("CreatePolicyVersion", 2, policyArn=OWN, setAsDefault=default)
        assert times(collected([made, bob(3), put_back])) == counted


def test_whoever_the_use_put_into_a_group_has_its_rights() -> None:
    admins = {"groupName": "admins", "policyArn": ADMIN}
    member = {"userName": "bob", "groupName": "admins"}
    calls = [change("AddUserToGroup", 1, **member), change("AttachGroupPolicy", 2, **admins), bob(3),
             change("DetachGroupPolicy", 9, **admins)]  # fmt: skip
    assert times(collected(calls)) == [1, 2, 3, 9]


@pytest.mark.parametrize(("effect", "counted"), [("Deny", True), ("Allow", False)])
def test_a_policy_that_denied_and_was_taken_away_for_a_while_lends_too(effect: str, counted: bool) -> None:
    denied = {"Effect": effect, "Action": "ec2:*", "Resource": "*",
              "Condition": {"StringNotEquals": {"aws:RequestedRegion": "us-east-2"}}}  # fmt: skip
    fence = ManagedPolicy("fence", "fence", "fence", parse({"Statement": [denied]}))
    free = ManagedPolicy(ADMIN, "AdministratorAccess", ADMIN, document("*"))
    role = changed(BEFORE.roles[0], attached_policy_arns=(ADMIN, "fence"))
    before = changed(BEFORE, roles=(role,), managed_policies=(free, fence))
    taken = {"roleName": "mw", "policyArn": "fence"}
    calls = [change("DetachRolePolicy", 2, **taken), worker(3), change("AttachRolePolicy", 9, **taken)]
    assert times(collected(calls, before)) == ([2, 3, 9] if counted else [2, 9])
    other = {"roleName": "mw", "policyArn": OWN}  # the fence stays, and whether it held nobody knows
    kept = [change("DetachRolePolicy", 2, **other), worker(3), change("AttachRolePolicy", 9, **other)]
    assert times(collected(kept, before)) == [2, 9]


def test_what_is_denied_whatever_the_call_was_not_allowed_before() -> None:
    role = changed(BEFORE.roles[0], inline_policies=(NamedPolicy("a", document("*")),
                                                     NamedPolicy("d", document("ec2:*", effect="Deny"))))  # fmt: skip
    calls = [change("AttachRolePolicy", 2, **ATTACHED), worker(3), change("DetachRolePolicy", 9, **ATTACHED)]
    assert times(collected(calls, changed(BEFORE, roles=(role,)))) == [2, 3, 9]


def test_what_was_begun_with_lent_rights_is_followed() -> None:
    far = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/far", "roleSessionName": "x"}
    found = collected([
        change("AttachRolePolicy", 2, **ATTACHED),
        record("sts:AssumeRole", far, given_keys("ASIA8"), userIdentity=keyed("ASIA7", "mw"), seconds=3),
        change("DetachRolePolicy", 9, **ATTACHED), record(*STOP, userIdentity=keyed("ASIA8", "far"), seconds=500),
    ])  # fmt: skip
    assert times(found) == [2, 3, 9, 500]


def test_whose_rights_a_group_or_a_policy_are_is_not_known_without_a_capture() -> None:
    asked = {"groupName": "staff", "policyArn": ADMIN}
    calls = [change("AttachGroupPolicy", 2, **asked), bob(3), change("DetachGroupPolicy", 9, **asked)]
    found = collected(calls, Unknown("none was made"))
    assert found.gaps == ("this use changed the rights of the group staff for a while, and who has these is not known"
                          " (none was made): what they did then is not judged",)  # fmt: skip
    assert collected(calls[:1], Unknown("none was made")).gaps == ()


def by_tag(effect: str = "Allow", **more: Any) -> PolicyDocument:
    condition = {"StringEquals": {"aws:PrincipalTag/Access": "admin"}}
    return parse({"Statement": [{"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition} | more]})


def tagged(name: str, seconds: int, who: str = "userName", key: str = "access", **more: Any) -> Any:
    keys = {"tagKeys": [key]} if name.startswith("Untag") else {"tags": [{"key": key, "value": "admin"}]}
    return change(name, seconds, **{who: "bob" if who == "userName" else "mw"}, **keys, **more)


@pytest.mark.parametrize(
    ("key", "policies", "counted"),
    [
        ("access", [by_tag()], True), ("access", [by_tag(), document("ec2:*")], False), ("other", [by_tag()], False),
        ("access", [parse({"Statement": [{"Effect": "Allow", "Action": "*",
                                          "Resource": "arn:aws:ec2:*:*:${aws:PrincipalTag/access}/*"}]})], True),
    ],
)  # fmt: skip
def test_rights_by_a_tag_that_somebody_had_for_a_while(
    key: str, policies: list[PolicyDocument], counted: bool
) -> None:  # fmt: skip
    """What he was allowed without that tag is his own work."""
    named = tuple(NamedPolicy(f"p{number}", one) for number, one in enumerate(policies))
    before = changed(BEFORE, users=(changed(BEFORE.users[0], attached_policy_arns=(), boundary_arn=None,
                                            inline_policies=named),))  # fmt: skip
    calls = [tagged("TagUser", 2, key=key), bob(3), tagged("UntagUser", 9, key=key)]
    assert times(collected(calls, before)) == ([2, 3, 9] if counted else [2, 9])


def test_a_tag_of_a_role_and_a_tag_that_denied() -> None:
    allowed = NamedPolicy("a", document("*"))
    role = changed(BEFORE.roles[0], inline_policies=(allowed, NamedPolicy("d", by_tag("Deny"))))
    calls = [tagged("UntagRole", 2, "roleName"), worker(3), tagged("TagRole", 9, "roleName")]
    assert times(collected(calls, changed(BEFORE, roles=(role,)))) == [2, 3, 9]
    free = changed(role, inline_policies=(allowed,))
    assert times(collected(calls, changed(BEFORE, roles=(free,)))) == [2, 9]


@pytest.mark.parametrize("counted", [True, False])
def test_a_trust_that_asks_for_a_tag(counted: bool) -> None:
    trust = by_tag(Action="sts:AssumeRole", Resource=[]) if counted else document("sts:AssumeRole")
    far = Role("far", "far", "far", trust)
    user = changed(BEFORE.users[0], boundary_arn=None)
    before = changed(BEFORE, roles=(far,), users=(user,))
    asked = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/far", "roleSessionName": "x"}
    calls = [
        tagged("TagUser", 2),
        record("sts:AssumeRole", asked, given_keys("ASIA8"), userIdentity=as_user("bob", "AKIA7"), seconds=3),
        tagged("UntagUser", 9), record(*STOP, userIdentity=keyed("ASIA8", "far"), seconds=50),
    ]  # fmt: skip
    assert times(collected(calls, before)) == ([2, 3, 9, 50] if counted else [2, 9])


@pytest.mark.parametrize("back", [True, False])
def test_rights_of_a_user_that_was_renamed_meanwhile(back: bool) -> None:
    """What it did under its new name is the use's, whatever it is called then."""
    admin = {"policyArn": ADMIN}
    before = changed(BEFORE, users=(User(BOB, "bob", BOB),))
    svc = record(*STOP, userIdentity=as_user("svc", "AKIA7"), seconds=4)
    calls = [
        change("AttachUserPolicy", 2, userName="bob", **admin), change("UpdateUser", 3, userName="bob",
                                                                       newUserName="svc"),
        svc, change("DetachUserPolicy", 9, userName="svc", **admin),
        *([change("UpdateUser", 10, userName="svc", newUserName="bob")] if back else []),
    ]  # fmt: skip
    found = collected(calls, before)
    assert times(found) == [2, 3, 4, 9, *([10] if back else [])]
    assert found.mine[0].text("requestParameters", "userName") == "bob"  # as CloudTrail has it
