"""Who may do what before a plan is applied and after: every principal with all its policies, every resource policy.

The side before is the plan's prior state, the side after what it plans; both are read by the same readers. A policy
that a role carries and no configuration declares (attached by hand, or by another stack) stands in the role's own
`managed_policy_arns` and `inline_policy`; it is counted on both sides, unless this plan takes it away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.plan_json import delivery, principals, recording
from iam_guardrails.adapters.plan_json.attachments import EXCLUSIVE, Attachments
from iam_guardrails.adapters.plan_json.documents import document, read_document
from iam_guardrails.adapters.plan_json.graph import Graph, Node
from iam_guardrails.adapters.plan_json.names import KEY, name_of
from iam_guardrails.adapters.plan_json.plan_file import PlanFile
from iam_guardrails.adapters.plan_json.reading import SENSITIVE, Reading, holds
from iam_guardrails.model.account import Document, Key, ManagedPolicy, NamedPolicy, Role, Text, User
from iam_guardrails.model.iam.difference.subject import Held, Side
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.judge import Kind
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen

# the document of AWS's managed policy has been this since 2015 (AWS Managed Policy Reference, AdministratorAccess)
ADMINISTRATOR = parse({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
OUTSIDE = "the plan does not hold its document"
OWNED = {  # policy of a resource, by the resource that it protects: (what, resource with the policy, its link)
    "aws_sqs_queue": ("queue policy", "aws_sqs_queue_policy", "queue_url"),
    "aws_secretsmanager_secret": ("secret policy", "aws_secretsmanager_secret_policy", "secret_arn"),
}
APART = {  # a policy whose resource is not in the plan
    "aws_s3_bucket_policy": ("bucket policy", "bucket", ("aws_s3_bucket",)),
    "aws_sns_topic_policy": ("topic policy", "arn", ("aws_sns_topic",)),
    "aws_kms_key_policy": ("key policy", "key_id", KEY),
    "aws_sqs_queue_policy": ("queue policy", "queue_url", ("aws_sqs_queue",)),
    "aws_secretsmanager_secret_policy": ("secret policy", "secret_arn", ("aws_secretsmanager_secret",)),
}


@frozen
class Standing:
    """A principal or a resource on one side. arn: "" where AWS has not issued it and its name does not tell.

    carried: of a managed policy, whether a principal of the plan has it, or is limited by it.
    """

    what: str
    kind: Kind
    address: str
    name: str
    side: Side
    arn: str = ""
    carried: bool = False


@frozen
class Place:
    """Where the plan's resources live, for the ARNs that AWS has yet to issue."""

    account_id: str
    partition: str = "aws"
    region: str = "us-east-1"


def standing(plan: PlanFile, place: Place, *, before: bool = False) -> tuple[Standing, ...]:
    """All of one side. before: as it is, else as it will be."""
    was = _Reader(_before(plan), place, None)
    return tuple((was if before else _Reader(plan, place, was)).all())


def _before(plan: PlanFile) -> PlanFile:
    """The prior state in the form of a plan that changes nothing."""
    prior = plan.content.get("prior_state")
    values = prior.get("values") if isinstance(prior, Mapping) else None
    return changed(plan, content={**plan.content, "planned_values": values or {}, "resource_changes": []})


class _Reader:
    def __init__(self, plan: PlanFile, place: Place, before: _Reader | None) -> None:
        self.reading = Reading(Graph(plan, place.region, place.account_id), place.partition)
        self.place, self.before = place, before
        self.attached = Attachments(self.reading)
        self.roles = tuple(principals.roles(self.reading, self.attached))
        self.users = tuple(principals.users(self.reading, self.attached))
        self.managed = {item.arn: item for item in principals.managed_policies(self.reading)}
        self.used: set[str] = set()

    def all(self) -> Iterator[Standing]:
        """Principals first, then managed policies, then the policies of resources."""
        for role in self.roles:
            yield Standing("role", "identity", role.address, role.name, self._principal(role), _issued(role.arn))
        groups = {name_of(node): node for node in self.reading.graph.of("aws_iam_group")}
        for user in self.users:
            yield Standing("user", "identity", user.address, user.name, self._user(user, groups), _issued(user.arn))
        for name, node in groups.items():
            side = Side(tuple(self._policies(self.attached.inline(node), self.attached.policy_arns(node))))
            yield Standing("group", "identity", node.address, name, side)
        for arn, policy in self.managed.items():
            if self.reading.graph.nodes[policy.address].mode == "managed":
                side = Side((_held(_called(policy), policy.document),))
                yield Standing("managed policy", "identity", policy.address, policy.name, side, "", arn in self.used)
        for role in self.roles:
            side = Side((_held("the trust policy", role.trust),))
            yield Standing("trust policy", "trust", role.address, role.name, side, _issued(role.arn))
        yield from self._resources()

    def _principal(self, item: Role | User) -> Side:
        inline, arns = list(item.inline_policies), list(item.attached_policy_arns)
        if isinstance(item, Role):
            more_inline, more_arns = self._undeclared(item)
            inline += more_inline
            arns += more_arns
        boundary = None if item.boundary_arn is None else self._by_arn(item.boundary_arn)
        return Side(tuple(self._policies(inline, arns)), boundary)

    def _user(self, user: User, groups: Mapping[str, Node]) -> Side:
        side = self._principal(user)
        found = list(side.policies)
        for name in dict.fromkeys(user.group_names):
            if name not in groups:
                found.append(Held(f"group {name}", None, "the plan does not hold the group and its policies",
                                  "manage the group in the same plan", f"group {name}"))  # fmt: skip
                continue
            node = groups[name]
            for held in self._policies(self.attached.inline(node), self.attached.policy_arns(node)):
                found.append(changed(held, name=f"{held.name} of group {name}"))
        return changed(side, policies=tuple(found))

    def _undeclared(self, role: Role) -> tuple[list[NamedPolicy], list[Text]]:
        """What the role carries without being declared, less what is declared, and what was until this plan."""
        node = self.reading.graph.nodes[role.address]
        carried = self if self.before is None else self.before
        old = next((item for item in carried.roles if item.address == role.address), None)
        names = {item.name for one in (role, old) if one for item in one.inline_policies}
        arns = {item for one in (role, old) if one for item in one.attached_policy_arns}
        inline, attached = node.values.get("inline_policy"), node.values.get("managed_policy_arns")
        if holds(node.unknown.get("inline_policy")) or not isinstance(inline, list):
            inline = []
        if holds(node.unknown.get("managed_policy_arns")) or not isinstance(attached, list) or self._exclusive(role):
            attached = []
        blocks = [item for item in inline if isinstance(item, Mapping) and item.get("name")]
        made = [NamedPolicy(item["name"], read_document(item.get("policy")) or Unknown("it is empty"), role.address)
                for item in blocks if item["name"] not in names]  # fmt: skip
        return made, [item for item in attached if isinstance(item, str) and item not in arns]

    def _exclusive(self, role: Role) -> bool:
        """Whether a resource takes away what is attached to the role without being declared."""
        argument = EXCLUSIVE["aws_iam_role_policy_attachments_exclusive"]
        found = self.reading.graph.of("aws_iam_role_policy_attachments_exclusive")
        return any(owner.address == role.address for node in found for owner in self.attached.owners(node, argument))

    def _policies(self, inline: Any, arns: Any) -> Iterator[Held]:
        for policy in inline:
            yield _held(f"inline policy {policy.name}", policy.document)
        for arn in dict.fromkeys(arns):
            yield self._by_arn(arn)

    def _by_arn(self, arn: Text) -> Held:
        if isinstance(arn, Unknown):
            return _held("a policy whose ARN is not known yet", arn)
        self.used.add(arn)
        found = self.managed.get(arn)
        if found is not None:
            return _held(_called(found), found.document)
        if arn.endswith(":iam::aws:policy/AdministratorAccess"):
            return Held("AWS managed policy AdministratorAccess", ADMINISTRATOR)
        name = arn.rpartition("/")[2]
        whose = "AWS managed policy" if ":aws:policy/" in arn else "managed policy"
        return Held(f"{whose} {name}", None, OUTSIDE, f'read it: data "aws_iam_policy" with arn = "{arn}"', arn)

    def _resources(self) -> Iterator[Standing]:
        reading = self.reading
        for topic in delivery.topics(reading):
            yield _resource("topic policy", topic.address, topic.name, topic.policy)
        for key in delivery.keys(reading):
            if reading.graph.nodes[key.address].mode == "managed":
                yield _resource("key policy", key.address, key.key_id or key.address, key.policy or self._default(key))
        for bucket in recording.buckets(reading):
            name = bucket.name if isinstance(bucket.name, str) else bucket.address
            yield _resource("bucket policy", bucket.address, name, bucket.policy)
        for kind, (what, policies, link) in OWNED.items():
            beside = {}
            for node in reading.graph.of(policies):
                beside[_target(reading, node, link, (kind,))] = document(reading, node, "policy")
            for node in reading.graph.of(kind):
                own = document(reading, node, "policy")
                yield _resource(what, node.address, name_of(node), beside.get(node.address) or own)
        for kind, (what, link, owners) in APART.items():
            for node in reading.graph.of(kind):
                if not _target(reading, node, link, owners):
                    protected = node.values.get(link)
                    name = protected if isinstance(protected, str) else node.address
                    yield _resource(what, node.address, name, document(reading, node, "policy"))

    def _default(self, key: Key) -> Document:
        """What AWS puts on a key without a policy (AWS KMS Developer Guide, key-policy-default)."""
        root = f"arn:{self.place.partition}:iam::{self.reading.graph.nodes[key.address].account_id}:root"
        whole = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
        return parse({"Version": "2012-10-17", "Statement": [whole]})


def _target(reading: Reading, node: Node, link: str, types: tuple[str, ...]) -> str:
    """The address of the resource of this plan that a policy protects; "" where it is none of them."""
    value = node.values.get(link)
    if isinstance(value, str) and value:
        for item in reading.graph.of(*(kind for kind in types if "." not in kind)):
            names = (item.values.get(name) for name in ("id", "arn", "url", "bucket", "key_id"))
            if value in (*names, reading.arn(item)):
                return item.address
        return ""
    found = reading.target(node, node.expressions.get(link), types)
    return found.address if isinstance(found, Node) else ""


def _resource(what: str, address: str, name: str, policy: Document | None) -> Standing:
    policies = () if policy is None else (_held(f"the {what}", policy),)
    return Standing(what, "resource", address, name, Side(policies))


def _held(name: str, policy: Document) -> Held:
    if isinstance(policy, PolicyDocument):
        return Held(name, policy)
    waits = f" (from {', '.join(policy.references)})" if policy.references else ""
    remedy = "build the ARNs in it from names and the account id, or compare again after the apply"
    if policy.reason == SENSITIVE:
        remedy = "do not mark the policy as sensitive: it holds no secret"
    elif policy.reason.startswith("it is"):
        remedy = ""
    return Held(name, None, policy.reason + waits, remedy)


def _called(policy: ManagedPolicy) -> str:
    return f"managed policy {policy.address if policy.name.startswith('address:') else policy.name}"


def _issued(arn: str) -> str:
    return "" if arn.startswith("address:") else arn
