"""The methods of escalation: what the list says is real, and each is found exactly where all that it needs is there."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.model.estates import IAM, account, allow, allow_but, deny, estate, group, managed, policy, role, trust, user

from iam_guardrails.model.iam.escalation.findings import (
    CAN,
    UNDER,
    Finding,
)
from iam_guardrails.model.iam.escalation.findings import (
    IF_OUTSIDE as OUTSIDE,
)
from iam_guardrails.model.iam.escalation.methods import FULL, ITS, TARGET, Method, Need, published
from iam_guardrails.model.iam.escalation.outcome import escalations

METHODS = published()
ALL = [pytest.param(item, id=item.id) for item in METHODS]
# permissions that are no API operation, or one of another name (Service Authorization Reference)
NOT_OPERATIONS = {
    "iam:PassRole", "lambda:InvokeFunction", "bedrock-agentcore:ConnectBrowserAutomationStream",
    "bedrock-agentcore:InvokeAgentRuntimeCommand", "bedrock-agentcore:CreateHarness", "bedrock-agentcore:GetHarness",
}  # fmt: skip
PUT = ("iam-put-user-policy", "iam-put-role-policy")
FURTHER = {"new-user": ("iam-attach-user-policy",), "new-role": ("iam-attach-role-policy",), "tag": PUT, "untag": PUT}
ENTER = next(item for item in METHODS if item.id == "sts-assume-role")
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
NEARBY = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
NEVER = {"StringEquals": {"aws:PrincipalTag/never": "x"}}


def test_the_list_is_long_and_each_method_told_apart() -> None:
    assert len(METHODS) >= 60
    assert len({item.id for item in METHODS}) == len({item.name for item in METHODS}) == len(METHODS)
    assert all(item.source and urlsplit(item.url).scheme == "https" for item in METHODS)
    needs = [(item.target, item.needs, item.gain, item.facts, item.passes_to) for item in METHODS]
    assert len(set(needs)) == len(needs)


def test_every_permission_exists() -> None:
    session = pytest.importorskip("botocore.session").get_session()
    known = set(NOT_OPERATIONS)
    wanted = {need.action for item in METHODS for need in item.needs}
    prefixes = {action.partition(":")[0] for action in wanted}
    for service in session.get_available_services():
        if not _may_be(service, prefixes):
            continue
        model = session.get_service_model(service)
        names = {model.signing_name, model.endpoint_prefix}
        known |= {f"{prefix}:{name}" for prefix in names for name in model.operation_names}
    assert wanted - known == set()


def _may_be(service: str, prefixes: set[str]) -> bool:
    others = {"sso-admin", "emr", "kinesisanalyticsv2", "stepfunctions", "bedrock-agentcore-control"}
    return service in prefixes or service in others


class Setting:
    """An account in which one method leads its caller to administrator, and nothing else does."""

    def __init__(self, method: Method) -> None:
        self.method = method
        self.wanted = [need for need in method.needs if need.trust in ("", ITS)]
        self.by_role = method.target == "role" and method.gain not in ("act", "trust")
        self.more = [item for item in METHODS if item.id in FURTHER.get(method.target, FURTHER.get(method.gain, ()))]
        self.caller = f"{IAM}:{'role' if self.by_role else 'user'}/caller"

    @property
    def tagged(self) -> bool:
        return self.method.gain in ("tag", "untag")

    @property
    def created(self) -> str:
        return {"new-user": "user", "new-role": "role"}.get(self.method.target, "")

    def grants(self, more: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """One statement for each permission."""
        return [allow(need.action, self.resource(need), **(more or {})) for need in self.wanted]

    def resource(self, need: Need) -> str:
        if need.on == TARGET:
            return self.target
        if "{" not in need.on:
            return "*"
        return need.on.format(partition="aws", region="*", account="111122223333", new="made")

    @property
    def target(self) -> str:
        if self.method.target == "saml-provider":
            return f"{IAM}:saml-provider/corp"
        if self.created:
            return f"{IAM}:{self.created}/made"
        if self.method.target in ("user", "role"):
            return f"{IAM}:{self.method.target}/boss" if self.method.gain in ("act", "trust") else self.caller
        return f"{IAM}:{self.method.target}/it"

    def account(self, grants: list[dict[str, Any]], more: list[dict[str, Any]] = [], limit: Any = None) -> Any:  # noqa: B006 - never changed
        """grants: of the caller.  more: further statements of its.  limit: its permissions boundary."""
        method, actions = self.method, [need.action for need in self.wanted]
        own = [policy(*grants)] if grants else []
        rest = [policy(*more)] if more else []
        if self.created:  # what is new gets its policy by a second step, by a right that leads nowhere else
            rest.append(policy(allow(f"iam:Attach{self.created.title()}Policy", self.target)))
        if self.tagged:
            operator = "StringEquals" if method.gain == "tag" else "StringNotEquals"
            condition = {"Condition": {operator: {"aws:PrincipalTag/team": "ops"}}}
            rest.append(policy(allow(f"iam:Put{method.target.title()}Policy", self.target, **condition)))
        older = [policy(allow("*")) for _ in range(4 if method.only == FULL else 1)]
        things = [managed("it" if method.target == "policy" else "spare", policy(allow("s3:ListBucket")), *older)]
        attached, groups = [f"{IAM}:policy/it"] if method.target == "policy" else [], ["it"]
        in_group: list[Any] = []
        denying = policy({"Effect": "Deny", "NotAction": actions, "Resource": "*"})
        if method.gain in ("strip-inline", "strip-managed", "leave", "unbound"):
            rest.append(policy(allow_but(actions)))
        if method.gain == "strip-managed":
            things.append(managed("denying", denying))
        if method.target == "group":
            in_group = [denying] if method.gain in ("strip-inline", "leave") else []
            in_group += [policy(allow("*"))] if method.gain == "open" else []
            groups = [] if method.gain == "open" else groups
            held = [f"{IAM}:policy/denying"] if method.gain == "strip-managed" else []
            things.append(group("it", *in_group, attached=held))
        else:
            groups = []
            rest += [denying] if method.gain == "strip-inline" else []
            attached += [f"{IAM}:policy/denying"] if method.gain == "strip-managed" else []
        boundary, tags = "", {"team": "ops"} if method.gain == "untag" else {}
        if method.gain == "unbound":
            limit = policy(allow(actions)) if limit is None else limit
        if limit is not None:
            boundary = f"{IAM}:policy/limit"
            things.append(managed("limit", limit))
        if self.by_role:
            things.append(role("caller", trust({"Service": "sns.amazonaws.com"}), *own, *rest, attached=attached,
                               boundary=boundary, **tags))  # fmt: skip
        else:
            things.append(user("caller", *own, *rest, attached=attached, boundary=boundary, groups=groups, **tags))
        return account(*things, *self._boss())

    def _boss(self) -> list[Any]:
        method, everything = self.method, policy(allow("*"))
        if method.target == "user" and method.gain == "act":
            return [user("boss", everything)]
        trusted = trust({"Service": method.trusted or "sns.amazonaws.com"})
        if method.trusted == "cognito-identity.amazonaws.com":
            trusted = trust({"Federated": method.trusted}, "sts:AssumeRoleWithWebIdentity")
        if method is ENTER:
            trusted = trust({"AWS": "111122223333"})
        if method.target == "saml-provider":
            trusted = trust({"Federated": self.target}, "sts:AssumeRoleWithSAML")
        boss = method.target in ("role", "saml-provider") and method.gain in ("act", "trust")
        return [role("boss", trusted, everything)] if boss else []

    def found(self, content: Any, folder: Path) -> Finding | None:
        methods = (self.method, ENTER, *self.more) if self.method.gain == "trust" else (self.method, *self.more)
        outcome = escalations(estate(content, folder / "account.json"), methods=methods)
        return next((item for item in outcome.findings if item.principal == self.caller), None)


@pytest.mark.parametrize("method", ALL)
def test_with_exactly_what_it_needs_it_is_found(method: Method, tmp_path: Path) -> None:
    setting = Setting(method)
    found = setting.found(setting.account(setting.grants()), tmp_path)
    assert found is not None and found.chain is not None
    assert found.answer == (OUTSIDE if method.category == "organisation" else UNDER if method.facts else CAN)
    assert found.chain.steps[0].method == method.id
    shown = [item for step in found.chain.steps for item in step.permissions]
    assert all(item.statements for item in shown)


@pytest.mark.parametrize("method", ALL)
def test_without_any_one_of_them_it_is_not(method: Method, tmp_path: Path) -> None:
    setting = Setting(method)
    grants = setting.grants()
    for left_out in range(len(grants)):
        fewer = grants[:left_out] + grants[left_out + 1 :]
        assert setting.found(setting.account(fewer), tmp_path) is None


@pytest.mark.parametrize("method", ALL)
def test_a_deny_of_any_one_stops_it(method: Method, tmp_path: Path) -> None:
    setting = Setting(method)
    for need in method.needs:
        content = setting.account(setting.grants(), [deny(need.action)])
        assert setting.found(content, tmp_path) is None


@pytest.mark.parametrize("method", ALL)
def test_a_boundary_that_lacks_one_stops_it(method: Method, tmp_path: Path) -> None:
    setting = Setting(method)
    if method.gain != "unbound":  # its boundary is what it takes away
        assert setting.found(setting.account(setting.grants(), limit=policy(allow("*"))), tmp_path) is not None
    for need in setting.wanted:
        limit = policy(allow_but([need.action]) if method.gain != "unbound" else allow("s3:*"))
        assert setting.found(setting.account(setting.grants(), limit=limit), tmp_path) is None


@pytest.mark.parametrize("method", ALL)
def test_conditions_are_weighed(method: Method, tmp_path: Path) -> None:
    setting = Setting(method)
    assert setting.found(setting.account(setting.grants({"Condition": NEVER})), tmp_path) is None
    for condition, key in ((MFA, "aws:multifactorauthpresent"), (NEARBY, "aws:sourceip")):
        found = setting.found(setting.account(setting.grants({"Condition": condition})), tmp_path)
        if setting.by_role and condition is MFA:  # the session of a role never has it
            assert found is None
            continue
        assert found is not None and found.chain is not None
        assert found.answer == (OUTSIDE if method.category == "organisation" else UNDER)
        assert key in found.chain.depends_on


@pytest.mark.parametrize("method", [pytest.param(item, id=item.id) for item in METHODS if item.passes_to])
def test_the_service_that_a_role_is_passed_to_counts(method: Method, tmp_path: Path) -> None:
    setting = Setting(method)
    for service, expected in ((method.passes_to, True), ("sns.amazonaws.com", False)):
        more = {"Condition": {"StringEquals": {"iam:PassedToService": service}}}
        grants = [{**one, **more} if one["Action"] == "iam:PassRole" else one for one in setting.grants()]
        assert (setting.found(setting.account(grants), tmp_path) is not None) is expected
    content = setting.account(setting.grants())
    content["RoleDetailList"][-1]["AssumeRolePolicyDocument"] = trust({"Service": "sns.amazonaws.com"})
    assert setting.found(content, tmp_path) is None
