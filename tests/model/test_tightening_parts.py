"""The parts of tightening by themselves: names of calls, what is never seen, resources, the replay, the length."""

from __future__ import annotations

import pytest
from tests.model.estates import IAM, allow, policy

from iam_guardrails.model.iam.document import parse
from iam_guardrails.model.iam.match import action_match
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.prove.proof import Proof, Verdict
from iam_guardrails.model.iam.tightening.calls import actions_of
from iam_guardrails.model.iam.tightening.evidence import DAY, Basis, Window
from iam_guardrails.model.iam.tightening.implied import implied_by
from iam_guardrails.model.iam.tightening.narrow import Pins, narrow
from iam_guardrails.model.iam.tightening.observed import MOST_RESOURCES, Observed, Seen
from iam_guardrails.model.iam.tightening.propose import Proposal, propose
from iam_guardrails.model.iam.tightening.replay import replay
from iam_guardrails.model.iam.tightening.resources import Told, resources_of
from iam_guardrails.model.iam.tightening.size import characters, shorten
from iam_guardrails.model.iam.tightening.subjects import Subject
from iam_guardrails.model.iam.tightening.together import withheld_together
from iam_guardrails.model.iam.tightening.unrecorded import hidden_within, meets, table
from iam_guardrails.model.value import changed

APP = f"{IAM}:role/app"
SECRET = "arn:aws:secretsmanager:us-east-2:111122223333:secret:db-Ab12Cd"
KEY = "arn:aws:kms:us-east-2:111122223333:key/a"


@pytest.mark.parametrize(("source", "name", "actions"), [
    ("ec2.amazonaws.com", "RunInstances", {"ec2:RunInstances", "ec2:CreateTags"}),
    ("monitoring.amazonaws.com", "PutMetricAlarm", {"cloudwatch:PutMetricAlarm"}),
    ("s3.amazonaws.com", "HeadBucket", {"s3:ListBucket"}),
    ("s3.amazonaws.com", "PutBucketPolicy", {"s3:PutBucketPolicy"}),
    ("lambda.amazonaws.com", "Invoke", {"lambda:InvokeFunction"}),
    ("lambda.amazonaws.com", "GetFunction20150331v2", {"lambda:GetFunction"}),
    ("cloudfront.amazonaws.com", "CreateInvalidation2020_05_31", {"cloudfront:CreateInvalidation"}),
    ("ec2.amazonaws.com.cn", "StartInstances", {"ec2:StartInstances"}),
    ("apigateway.amazonaws.com", "UpdateStage", {"apigateway:PATCH", "apigateway:PUT"}),
    ("kms.amazonaws.com", "ReEncrypt", {"kms:ReEncryptFrom", "kms:ReEncryptTo"}),
    ("signin.amazonaws.com", "SwitchRole", set()),
    ("", "GetObject", set()), ("ec2.amazonaws.com", "", set()),
])  # fmt: skip
def test_the_permission_behind_a_call(source: str, name: str, actions: set[str]) -> None:
    assert set(actions_of(source, name)) == actions


@pytest.mark.parametrize(("one", "other", "met"), [
    ("s3:*", "s3:GetObject*", True), ("s3:Get*Acl", "s3:GetObject*", True), ("S3:get*", "s3:GetObject*", True),
    ("s3:Put*", "s3:GetObject*", False), ("s3:Get", "s3:Get*", True), ("s3:Ge?Object", "s3:GetObject*", True),
    ("*", "ec2messages:*", True), ("s3:GetObject", "s3:GetObject*", True), ("s3:Gex*", "s3:Ge?Obj*", True),
    ("s3:**", "s3:*", True), ("s3:a*b", "s3:*c", False), ("s3:a*c", "s3:*c", True),
])  # fmt: skip
def test_whether_some_action_fits_both(one: str, other: str, met: bool) -> None:
    assert meets(one, other) is met
    assert meets(other, one) is met


def test_what_is_never_seen_is_told_with_its_reason() -> None:
    assert [item.pattern for item in hidden_within("iam:PassRole", frozenset())] == ["iam:PassRole"]
    assert [item.pattern for item in hidden_within("ec2:StartInstances", frozenset())] == []
    assert [item.reason for item in hidden_within("ec2:StartsInstance", frozenset())] == [
        "no API operation of that name is known, so its use may never be recorded"
    ]
    assert [item.pattern for item in hidden_within("sns:*", frozenset())] == ["sns:Publish"]
    assert hidden_within("sns:*", frozenset({"sns"})) == ()
    assert len({item.pattern for item in table()}) == len(table())


@pytest.mark.parametrize(("action", "parameters", "arns", "resources"), [
    ("s3:GetBucketAcl", {"bucketName": "app-logs"}, (), ["arn:aws:s3:::app-logs"]),
    ("s3:GetObject", {"bucketName": "app-logs", "key": "a/b"}, (), ["arn:aws:s3:::app-logs/a/b"]),
    ("s3:GetObject", {"bucketName": "app-logs"}, (), []),
    ("s3:GetObject", {"bucketName": "app-logs", "key": "a*"}, (), []),
    ("s3:GetObject", {"bucketName": "ap-8f2m-s3alias", "key": "a"}, (), []),
    ("s3:PutObject", {"bucketName": "app-logs", "key": "a", "x-amz-copy-source": "b/c"}, (), []),
    ("s3:ListAllMyBuckets", {}, (), []),
    ("kms:Decrypt", {}, (KEY,), [KEY]),
    ("kms:Decrypt", {}, (KEY, f"{KEY}b"), []),
    ("kms:ListKeys", {}, (KEY,), []),
    ("secretsmanager:GetSecretValue", {"secretId": "db"}, (), []),
    ("secretsmanager:GetSecretValue", {"secretId": SECRET}, (), [SECRET]),
    ("ssm:GetParameter", {"name": "/a/b"}, (), ["arn:aws:ssm:us-east-2:111122223333:parameter/a/b"]),
    ("ssm:GetParameters", {"names": ["a", "b"]}, (), ["arn:aws:ssm:us-east-2:111122223333:parameter/a",
                                                     "arn:aws:ssm:us-east-2:111122223333:parameter/b"]),
    ("ssm:GetParameters", {"names": []}, (), []),
    ("dynamodb:Query", {"tableName": "t"}, (), ["arn:aws:dynamodb:us-east-2:111122223333:table/t"]),
    ("dynamodb:Query", {"tableName": "t", "indexName": "i"}, (), []),
    ("sqs:SendMessage", {"queueUrl": "https://sqs.us-east-2.amazonaws.com/111122223333/q"}, (),
     ["arn:aws:sqs:us-east-2:111122223333:q"]),
    ("lambda:InvokeFunction", {"functionName": "f"}, (), ["arn:aws:lambda:us-east-2:111122223333:function:f"]),
    ("lambda:InvokeFunction", {"functionName": "f", "qualifier": "live"}, (), []),
    ("sts:AssumeRole", {"roleArn": APP}, (), [APP]),
    ("ec2:StartInstances", {"instanceId": "i-0"}, (), []),
])  # fmt: skip
def test_the_resource_of_a_call(
    action: str, parameters: dict[str, object], arns: tuple[str, ...], resources: list[str]
) -> None:
    assert list(resources_of(action, Told("aws", "us-east-2", "111122223333", parameters, arns))) == resources


def test_what_a_call_needs_besides() -> None:
    def besides(source: str, name: str, parameters: dict[str, object]) -> set[tuple[str, str]]:
        return {(item.action, item.resource) for item in implied_by(f"{source}.amazonaws.com", name, parameters)}

    assert ("iam:PassRole", APP) in besides("lambda", "CreateFunction20150331", {"role": APP})
    assert ("iam:PassRole", APP) in besides("ecs", "RunTask", {"overrides": {"containers": [{"taskRoleArn": APP}]}})
    assert ("iam:PassRole", "") in besides("ecs", "RunTask", {"overrides": {"taskRoleArn": APP}})
    assert ("iam:PassRole", "") in besides("ec2", "RunInstances", {"iamInstanceProfile": {"name": "app"}})
    assert ("iam:PassRole", "") in besides("ec2", "RunInstances", {"launchTemplate": {"launchTemplateName": "a"}})
    assert ("iam:PassRole", "") in besides("glue", "CreateJob", {"role": "app"})
    assert ("iam:PassRole", "") in besides("elasticmapreduce", "RunJobFlow", {"instances": {"jobFlowRole": "app"}})
    assert ("iam:PassRole", "") in besides("rds", "AddRoles", {"roles": ["app"]})
    assert ("iam:PassRole", "") not in besides("lambda", "CreateFunction20150331", {"role": APP, "roles": [APP]})
    assert ("iam:PassRole", "") in besides("events", "PutTargets", {"targets": "HIDDEN_DUE_TO_SECURITY_REASONS"})
    assert ("iam:PassRole", "") not in besides("ssm", "PutParameter", {"value": "HIDDEN_DUE_TO_SECURITY_REASONS"})
    assert ("iam:PassRole", "") in besides("iam", "AddRoleToInstanceProfile", {"roleName": "app"})
    assert not any(action == "iam:PassRole" for action, _ in besides("sts", "AssumeRole", {"roleArn": APP}))
    assert ("kms:Decrypt", "") in besides("ssm", "GetParameter", {"withDecryption": True})
    assert ("rds:AddTagsToResource", "") in besides("rds", "CreateDBInstance", {"tags": [{"key": "a"}]})
    assert besides("ec2", "StartInstances", {}) == set()


def test_a_replay_finds_what_would_be_lost_and_counts_what_it_asked() -> None:
    old = parse(policy(allow(["kms:Decrypt", "ec2:StartInstances"])))
    told = Observed("kms:Decrypt", KEY, "kms.amazonaws.com Decrypt", "", 0, 0)
    untold = Observed("ec2:StartInstances", "", "ec2.amazonaws.com StartInstances", "", 0, 0)
    other = parse(policy(allow("kms:Decrypt", f"{KEY}b"), allow("ec2:StartInstances")))
    assert replay(APP, [told, untold], (old,), (other,)).lost == (told,)
    assert replay(APP, [told, untold], (old,), (old, other)).lost == ()
    assert replay(APP, [told, untold], (old,), ()).lost == (told, untold)
    assert replay(APP, [told, told], (old,), (old,)).asked == 1
    # what the boundary denies anyway is not lost, and a condition that opens later is
    limit = parse(policy(allow("kms:*")))
    assert replay(APP, [told, untold], (old,), (), limit).lost == (told,)
    under = parse(policy(allow("kms:Decrypt", Condition={"StringEquals": {"aws:PrincipalTag/a": "b"}})))
    assert replay(APP, [told], (old,), (under,)).lost == (told,)
    assert replay(APP, [told], (under,), (under,)).lost == ()


@pytest.mark.parametrize("verdict", ["undetermined", "refuted"])
def test_what_is_not_proven_is_withheld(verdict: Verdict) -> None:
    subject = Subject("inline", "p0", "", (APP,), policy(allow(["ec2:StartInstances", "ec2:StopInstances"])))
    used = Observed("ec2:StartInstances", "", "e", "", 0, 0)
    basis = Basis(Window(0, 100 * DAY), (APP,), [(APP, used)])
    estate = Estate("111122223333", "aws", (), {}, (), {})
    assert propose(subject, basis, estate).state == "tighter"
    found = propose(subject, basis, estate, prove=lambda old, new, kind: Proof(verdict, "", reason="too large"))
    assert (found.state, found.new) == ("withheld", None)
    assert "too large" in found.reason


def test_a_proposal_under_which_the_role_would_lose_a_request_is_withheld() -> None:
    raw = policy(allow("ec2:StartInstances"))
    role = Principal("role", "app", "/", APP, inline=(("p0", raw), ("p1", policy(allow("rds:StopDBInstance")))))
    estate = Estate("111122223333", "aws", (), {}, (role,), {})
    seen = Seen()
    seen.add("ec2:StartInstances", "", "e", "", 1)
    wrong = Proposal(Subject("inline", "p0", "", (APP,), raw), "tighter")
    right = changed(wrong, new=raw)
    for item, state in ((wrong, "withheld"), (right, "tighter")):
        (found,) = withheld_together(estate, [item], {APP: seen}, [role])
        assert found.state == state


def test_pins_keep_statements_and_resources() -> None:
    raw = policy(allow(["kms:Decrypt", "kms:Encrypt"]), allow("rds:StopDBInstance"))
    basis = Basis(Window(0, 100 * DAY), (APP,), [(APP, Observed("kms:Decrypt", KEY, "e", "", 0, 0))])
    free = narrow(raw, parse(raw), basis)
    assert [statement["Resource"] for _, statement in free.statements] == [KEY]
    pinned = narrow(raw, parse(raw), basis, Pins(frozenset({1}), frozenset({0})))
    assert pinned.statements == ((0, allow(["kms:Decrypt"])), (1, raw["Statement"][1]))


def test_nothing_is_shortened_to_what_the_old_policy_does_not_have() -> None:
    listed = [f"ec2:DescribeThing{letter}" for letter in "ABCD"]
    assert shorten([(0, allow(listed))], parse(policy(allow([*listed, "ec2:Get*"]))), 10_000).patterns == ()


def test_an_untold_resource_is_tried_on_every_resource_of_the_old_policy() -> None:
    old = parse(policy(allow("ec2:StartInstances", "arn:aws:ec2:*:*:instance/a-*"),
                       allow("ec2:StartInstances", "arn:aws:ec2:*:*:instance/b-*")))  # fmt: skip
    new = parse(policy(allow("ec2:StartInstances", "arn:aws:ec2:*:*:instance/a-*")))
    seen = Observed("ec2:StartInstances", "", "e", "", 0, 0)
    assert replay(APP, [seen], (old,), (new,)).lost == (seen,)


def test_more_resources_than_can_be_kept_are_any_resource() -> None:
    seen = Seen()
    for number in range(MOST_RESOURCES + 3):
        seen.add("s3:GetObject", f"arn:aws:s3:::b/{number}", "e", "", number)
    resources = {item.resource for item in seen.requests()}
    assert len(resources) == MOST_RESOURCES + 1
    assert "" in resources


def test_reads_of_data_are_never_shortened_to_a_pattern() -> None:
    old = parse(policy(allow("*")))
    listed = [f"{service}:{verb}Thing{letter}" for service in ("s3", "ec2") for verb in ("Get", "Describe", "Delete")
              for letter in "ABCD"]  # fmt: skip
    made = shorten([(0, allow(listed))], old, 10_000)
    assert set(made.patterns) == {"ec2:Get*", "ec2:Describe*", "s3:Describe*"}
    (_, statement) = made.statements[0]
    assert all(any(action_match(pattern, action) for pattern in statement["Action"]) for action in listed)
    assert characters(statement) < characters(allow(listed))
