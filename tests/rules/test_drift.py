"""Drift: changed, missing, unmanaged, pending; and what is no drift."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from iam_guardrails.journeys.drift import set_noise_aside
from iam_guardrails.model.account import Account
from iam_guardrails.model.change import Change, Difference, differences
from iam_guardrails.model.codec import decode
from iam_guardrails.model.expected import Expected, KnownNoise
from iam_guardrails.model.finding import Verdict
from iam_guardrails.model.incident.revoking import document_of
from iam_guardrails.rules.drift import judge_drift

TRUST = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "1"}, "Action": "sts:AssumeRole"}]}
EXPECTED = Expected("333333333333", "us-east-2", declared_users=("ci-*",), declared_key_users=("ci-*",))


def account(origin: str, **kinds: Any) -> Account:
    base = {"origin": origin, "account_id": "333333333333", "home_region": "us-east-2"}
    made = decode(Account, base | kinds, "account")
    assert isinstance(made, Account)
    return made


def role(name: str = "prod-breakglass-admin", path: str = "/", **more: Any) -> dict[str, Any]:
    return {
        "address": f"role.{name}",
        "name": name,
        "arn": f"arn:{name}",
        "path": path,
        "trust": TRUST,
        **more,
    }


def judged(changes: tuple[Change, ...] = (), declared: Any = None, **live: Any) -> Verdict:
    return judge_drift(changes, account("plan", **(declared or {"roles": [role()]})), account("live", **live), EXPECTED)


def revocation(moment: str, action: str = "*") -> dict[str, Any]:
    condition = {"DateLessThan": {"aws:TokenIssueTime": moment}}
    statement = {"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition}
    return {"name": "AWSRevokeOlderSessions", "document": {"Version": "2012-10-17", "Statement": [statement]}}


def test_nothing_differs() -> None:
    verdict = judged(roles=[role()])
    assert (verdict.findings, verdict.not_judged, verdict.exit_code) == ((), (), 0)


def test_changed_outside_names_the_attribute() -> None:
    change = Change(
        "a.b",
        "aws_cloudwatch_metric_alarm",
        "changed",
        True,
        (Difference("actions_enabled", "false", "true"),),
    )
    found = judged((change,), roles=[role()]).findings
    assert [(item.rule, item.address, item.severity) for item in found] == [("drift-changed", "a.b", "high")]
    assert "actions_enabled: live is false, declared is true" in found[0].message


def test_missing_and_pending_are_told_apart() -> None:
    gone = Change("a.gone", "aws_sns_topic", "missing", True)
    new = Change("a.new", "aws_sns_topic", "missing", False)
    found = judged((gone, new), roles=[role()]).findings
    assert [(item.rule, item.address) for item in found] == [
        ("drift-missing", "a.gone"),
        ("drift-pending", "a.new"),
    ]


def test_extra_policies_of_a_managed_role() -> None:
    inline = {"name": "maintenance", "document": TRUST}
    verdict = judged(
        roles=[role(inline_policies=[inline], attached_policy_arns=["arn:aws:iam::aws:policy/ReadOnlyAccess"])]
    )
    assert [item.rule for item in verdict.findings] == ["drift-unmanaged", "drift-unmanaged"]
    assert "maintenance" in verdict.findings[0].message
    assert "ReadOnlyAccess" in verdict.findings[1].message


def test_undeclared_principals_and_keys() -> None:
    user = {"address": "u", "name": "mallory", "arn": "arn:mallory"}
    key = {"address": "k", "user_name": "mallory", "key_suffix": "ABCD"}
    verdict = judged(roles=[role(), role("shadow-admin")], users=[user], access_keys=[key])
    assert [item.address for item in verdict.findings] == ["u", "k", "role.shadow-admin"]


def test_an_owner_put_into_a_group_by_hand() -> None:
    declared = {"address": "aws_iam_user.o", "name": "owner", "arn": "arn:owner", "group_names": ["owners"]}
    user = {"address": "arn:owner", "name": "owner", "arn": "arn:owner", "group_names": ["owners", "admins"]}
    verdict = judged(declared={"roles": [role()], "users": [declared]}, roles=[role()], users=[user])
    assert [item.address for item in verdict.findings] == ["aws_iam_user.o"]
    assert "group admins" in verdict.findings[0].message


def test_declared_by_pattern_and_owned_by_aws_is_no_drift() -> None:
    user = {"address": "u", "name": "ci-deploy", "arn": "arn:ci"}
    key = {"address": "k", "user_name": "ci-deploy"}
    owned = [role("AWSServiceRoleForConfig", "/aws-service-role/config.amazonaws.com/"),
             role("AWSReservedSSO_X_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/us-east-2/")]  # fmt: skip
    assert judged(roles=[role(), *owned], users=[user], access_keys=[key]).findings == ()


def test_a_genuine_revocation_is_recognised_and_told() -> None:
    verdict = judged(roles=[role(inline_policies=[revocation("2026-05-01T10:00:00Z")])])
    assert verdict.findings == ()
    assert "issued before 2026-05-01T10:00:00Z are revoked" in verdict.notes[0]


def test_what_exit_writes_is_recognised() -> None:
    written = {"name": "AWSRevokeOlderSessions", "document": document_of(datetime(2026, 11, 28, 13, 10, tzinfo=UTC))}
    verdict = judged(roles=[role(inline_policies=[written])])
    assert verdict.findings == () and "issued before 2026-11-28T13:10:00Z are revoked" in verdict.notes[0]


def test_the_policy_of_day_one_is_not_worth_a_note() -> None:
    assert judged(roles=[role(inline_policies=[revocation("1970-01-01T00:00:00Z")])]).notes == ()


def test_something_else_under_that_name_is_drift() -> None:
    verdict = judged(roles=[role(inline_policies=[revocation("2026-05-01T10:00:00Z", action="s3:*")])])
    assert [item.rule for item in verdict.findings] == ["drift-unmanaged"]


def test_a_refused_read_is_not_judged() -> None:
    verdict = judged(roles=[role()], refused={"users": "iam:GetAccountAuthorizationDetails was refused"})
    assert verdict.exit_code == 2
    assert "was refused" in verdict.not_judged[0].reason


def test_known_noise_is_set_aside_with_its_reason() -> None:
    verdict = judged((Change("a.b[0]", "aws_x", "changed", True, (Difference("p", "1", "2"),)),), roles=[role()])
    expected = Expected("333333333333", "us-east-2", known_noise=(KnownNoise("a.b[0]", "the autoscaler owns it"),))
    aside = set_noise_aside(verdict, expected)
    assert (aside.findings, aside.waived[0].waiver.reason) == ((), "the autoscaler owns it")


def test_policies_are_compared_by_meaning_not_by_text() -> None:
    live = '{"Statement": [{"Effect":"Allow", "Condition": {}}], "Version": "2012-10-17"}'
    same = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Condition":{}}]}'
    mfa = '{"Bool":{"aws:MultiFactorAuthPresent":"true"}}'
    more = same.replace('"Condition":{}', f'"Condition":{mfa}')
    assert list(differences(live, same, False, False, "assume_role_policy")) == []
    found = list(differences(live, more, False, False, "assume_role_policy"))
    assert found == [Difference("assume_role_policy.Statement[0].Condition.Bool", "nothing",
                                '{"aws:MultiFactorAuthPresent": "true"}')]  # fmt: skip


def test_secrets_and_unknowns_are_never_shown() -> None:
    found = list(differences({"a": "s3cret", "b": "x"}, {"a": "other", "b": None}, {"b": True}, {"a": True}))
    assert found == [Difference("a", "(sensitive)", "(sensitive)")]
