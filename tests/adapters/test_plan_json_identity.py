"""IAM in a plan: who carries which policy, and documents that wait for an ARN."""

from __future__ import annotations

from typing import Any

from tests.adapters.plans import IAM, SNS, account, made, one
from tests.adapters.plans import content as plan_content

from iam_guardrails.model.iam.document import PolicyDocument, Principal
from iam_guardrails.model.unknown import Unknown

SHAPES = account("reference-shapes")


def test_a_trust_policy_that_waits_for_a_user_is_put_together() -> None:
    trust = one(SHAPES.roles, "aws_iam_role.hub").trust
    assert isinstance(trust, PolicyDocument)
    assert set(trust.statements[0].principals) == {
        Principal("AWS", f"{IAM}:user/breakglass/owner"),
        Principal("AWS", f"{IAM}:user/literal"),
        Principal("Service", "ec2.amazonaws.com"),
    }


def test_a_trust_policy_that_waits_for_counted_users_is_put_together() -> None:
    role = one(account("foreign-nested").roles, "module.people.aws_iam_role.emergency")
    assert isinstance(role.trust, PolicyDocument)
    assert [item.value for item in role.trust.statements[0].principals] == [
        f"{IAM}:user/emergency/acme-ana",
        f"{IAM}:user/emergency/acme-ben",
    ]
    assert [item.key for item in role.trust.statements[0].conditions] == [
        "aws:MultiFactorAuthPresent",
        "aws:MultiFactorAuthAge",
    ]
    assert role.boundary_arn == f"{IAM}:policy/acme-emergency-fence"
    assert role.attached_policy_arns == (
        f"{IAM}:policy/acme-emergency-look",
        f"{IAM}:policy/acme-emergency-restart",
    )


def test_a_topic_policy_on_its_own_topic_is_put_together_with_its_sources() -> None:
    policy = one(SHAPES.topics, "aws_sns_topic.one").policy
    assert isinstance(policy, PolicyDocument)
    assert [item.resources for item in policy.statements] == [("*",), (f"{SNS}:one",)]


def test_a_document_that_waits_for_another_resource_is_unknown() -> None:
    document = one(SHAPES.managed_policies, "aws_iam_policy.waits").document
    assert isinstance(document, Unknown)
    assert document.references == ("aws_kms_key.one.arn",)


def test_blocks_inside_a_role_known_and_unknown() -> None:
    role = one(SHAPES.roles, "aws_iam_role.spoke")
    documents = {item.name: item.document for item in role.inline_policies}
    assert isinstance(documents["first"], Unknown)
    assert isinstance(documents["second"], Unknown)
    assert isinstance(documents["third"], PolicyDocument)


def test_dynamic_blocks_which_the_configuration_does_not_show() -> None:
    (policy,) = one(SHAPES.roles, "aws_iam_role.only_dynamic").inline_policies
    assert policy.name == "known"
    assert isinstance(policy.document, PolicyDocument)


def test_what_a_refresh_found_on_a_role_is_not_what_the_plan_declares() -> None:
    values = plan_content("second-plan")
    planned = values["planned_values"]["root_module"]["resources"]
    role = next(item for item in planned if item["address"] == "aws_iam_role.breakglass")["values"]
    role["inline_policy"].append({"name": "by-hand", "policy": '{"Statement": []}'})
    role["managed_policy_arns"].append("arn:aws:iam::aws:policy/AdministratorAccess")
    found = one(made(values).roles, "aws_iam_role.breakglass")
    assert [item.name for item in found.inline_policies] == ["operator"]
    assert found.attached_policy_arns == (f"{IAM}:policy/prod-breakglass-boundary",)


def test_attachments_of_every_kind_and_what_a_set_hides() -> None:
    hub, spoke = (one(SHAPES.roles, f"aws_iam_role.{name}") for name in ("hub", "spoke"))
    assert hub.attached_policy_arns == (
        f"{IAM}:policy/waits",
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
    )
    assert spoke.attached_policy_arns[:2] == (f"{IAM}:policy/known", f"{IAM}:policy/waits")
    assert isinstance(spoke.attached_policy_arns[2], Unknown)  # ReadOnlyAccess stands there, and the plan hides it


def test_a_user_with_everything() -> None:
    user = one(SHAPES.users, "aws_iam_user.owner")
    assert user.arn == f"{IAM}:user/breakglass/owner"
    assert [item.name for item in user.inline_policies] == ["inline"]
    assert user.attached_policy_arns == (f"{IAM}:policy/waits",)
    assert user.group_names == ("operators",)
    assert user.has_console_password is True
    assert one(SHAPES.access_keys, "aws_iam_access_key.owner").user_name == "owner"


def test_a_policy_of_an_unclear_owner_is_kept_with_everyone_it_may_belong_to() -> None:
    values = plan_content("foreign-unknown")
    change = next(item for item in values["resource_changes"] if item["address"] == "aws_iam_role_policy.breakglass")
    change["change"]["after_unknown"]["role"] = True
    planned = values["planned_values"]["root_module"]["resources"]
    del next(item for item in planned if item["address"] == "aws_iam_role_policy.breakglass")["values"]["role"]
    blocks = values["configuration"]["root_module"]["resources"]
    block = next(item for item in blocks if item["address"] == "aws_iam_role_policy.breakglass")
    block["expressions"]["role"] = {"references": ["local.role"]}
    (policy,) = one(made(values).roles, "aws_iam_role.breakglass").inline_policies
    assert isinstance(policy.document, Unknown)
    assert "whether it is attached here" in policy.document.reason


def _small(*resources: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """The JSON of a plan that makes some resources of known values."""
    said = [{"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name} for kind, name, _ in resources]
    pairs = list(zip(said, (values for _, _, values in resources), strict=True))
    planned = [{**head, "values": values} for head, values in pairs]
    changes = [{**head, "change": {"actions": ["create"], "before": None, "after": values, "after_unknown": {}}}
               for head, values in pairs]  # fmt: skip
    written = [{**head, "expressions": {key: {"constant_value": value} for key, value in values.items()}}
               for head, values in pairs]  # fmt: skip
    return {"planned_values": {"root_module": {"resources": planned}}, "resource_changes": changes,
            "configuration": {"root_module": {"resources": written}}}  # fmt: skip


def test_groups_and_whom_the_plan_does_not_hold_carry_their_policies() -> None:
    everything = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    found = made(_small(
        ("aws_iam_group", "team", {"name": "team", "path": "/"}),
        ("aws_iam_group_policy", "own", {"group": "team", "name": "own", "policy": everything}),
        ("aws_iam_group_policy_attachment", "look", {"group": "team", "policy_arn": "arn:aws:iam::aws:policy/Look"}),
        ("aws_iam_role_policy", "there", {"role": "older", "name": "there", "policy": everything}),
        ("aws_iam_user_policy_attachment", "far", {"user": "ann", "policy_arn": "arn:aws:iam::aws:policy/Look"}),
    ))  # fmt: skip
    (team,) = found.groups
    assert (team.name, team.attached_policy_arns) == ("team", ("arn:aws:iam::aws:policy/Look",))
    assert [item.address for item in team.inline_policies] == ["aws_iam_group_policy.own"]
    older, ann = found.absent
    assert (older.kind, older.name, ann.kind, ann.name) == ("role", "older", "user", "ann")
    assert [item.address for item in older.inline_policies] == ["aws_iam_role_policy.there"]
    assert ann.attached_policy_arns == ("arn:aws:iam::aws:policy/Look",)


def test_identity_provider() -> None:
    (found,) = SHAPES.oidc_providers
    assert found.arn == f"{IAM}:oidc-provider/token.actions.githubusercontent.com"
    assert found.audiences == ("sts.amazonaws.com",)
