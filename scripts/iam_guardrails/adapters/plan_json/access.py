"""Who may do what before a plan is applied and after: every principal with all its policies, every resource policy.

The side before is the plan's prior state, the side after what it plans; both are read by the same readers. A policy
that a role carries and no configuration declares (attached by hand, or by another stack) stands in the role's own
`managed_policy_arns` and `inline_policy`; it is counted on both sides, unless this plan takes it away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.access_aliases import ALIAS, alias_of
from iam_guardrails.adapters.access_tags import APART, PRINCIPALS, TAGS, certain_tags, tags_of
from iam_guardrails.adapters.plan_json import principals
from iam_guardrails.adapters.plan_json.attachments import Attachments
from iam_guardrails.adapters.plan_json.documents import read_document
from iam_guardrails.adapters.plan_json.exclusive import (
    exclusive_inline,
    left_by_exclusive,
    omitting,
    takes_away_attached,
)
from iam_guardrails.adapters.plan_json.forgotten import with_deposed, with_forgotten
from iam_guardrails.adapters.plan_json.graph import Graph, Node
from iam_guardrails.adapters.plan_json.names import name_of
from iam_guardrails.adapters.plan_json.plan_file import PlanFile
from iam_guardrails.adapters.plan_json.reading import AFTER_APPLY, SENSITIVE, Reading, holds
from iam_guardrails.adapters.plan_json.resource_policies import (
    resource_policies,
    with_policies_apart,
    without_taken_off,
)
from iam_guardrails.adapters.plan_json.strange_documents import strange_documents
from iam_guardrails.adapters.plan_json.unread import unread_grants
from iam_guardrails.model.account import Document, ManagedPolicy, NamedPolicy, Role, Text, User
from iam_guardrails.model.iam.caller import ROLE, USER, RequestError, read_caller
from iam_guardrails.model.iam.difference.subject import Effect, Held, Side
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.judge import Kind
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen

# the document of AWS's managed policy has been this since 2015 (AWS Managed Policy Reference, AdministratorAccess)
ADMINISTRATOR = parse({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
OTHERS = {
    "user": "policies and groups that another stack or hand gave to the user",
    "group": "the other policies of its members",
    "managed policy": "the other policies of whoever carries it",
    "resource": "the policies of the account's own users and roles",
}
OUTSIDE = "the plan does not hold its document"


NO_ACCOUNT = "000000000000"


@frozen
class Standing:
    """A principal or a resource on one side. arn: "" where AWS has not issued it and its name does not tell.

    carried: of a managed policy, whether a principal of the plan has it, or is limited by it.
    elsewhere: what a principal has that the plan does not hold, whatever the plan gives to it.
    effect: of what is no policy, what it does to access; "" for a policy.
    others: what else may grant to it or on it, and is not in the plan.  outlived: whether a policy hangs on what may
    stay when the policy goes.
    identity: tells it from all others of its kind on both sides, "" where its name is not known yet.
    account_id: of the resource that a policy hangs on, "" where nobody tells.  tags: of a user or role (key in lower
    case, value), None where they are not certain.
    """

    what: str
    kind: Kind
    address: str
    name: str
    side: Side
    arn: str = ""
    carried: bool = False
    elsewhere: Held | None = None
    identity: str = ""
    effect: Effect = ""
    others: str = ""
    outlived: bool = False
    account_id: str = ""
    tags: tuple[tuple[str, str], ...] | None = None


@frozen
class Place:
    """Where the plan's resources live, for the ARNs that AWS has yet to issue."""

    account_id: str
    partition: str = "aws"
    region: str = "us-east-1"


def standing(plan: PlanFile, place: Place, *, before: bool = False) -> tuple[Standing, ...]:
    """All of one side. before: as it is, else as it will be."""
    was = _Reader(_before(plan), place, None)
    return tuple((was if before else _Reader(with_forgotten(plan), place, was)).all())


def _before(plan: PlanFile) -> PlanFile:
    """The prior state in the form of a plan that changes nothing."""
    prior = plan.content.get("prior_state")
    values = prior.get("values") if isinstance(prior, Mapping) else None
    return with_deposed(changed(plan, content={**plan.content, "planned_values": values or {}, "resource_changes": []}))


class _Reader:
    def __init__(self, plan: PlanFile, place: Place, before: _Reader | None) -> None:
        self.reading = Reading(Graph(plan, place.region, place.account_id), place.partition)
        self.place, self.before = place, before
        self.attached = Attachments(self.reading)
        self.roles = tuple(principals.roles(self.reading, self.attached))
        self.users = tuple(principals.users(self.reading, self.attached))
        self.managed = {item.arn: item for item in principals.managed_policies(self.reading)}
        self.used: set[str] = set()
        self.unsure = principals.unsure_members(self.reading, self.attached)

    def all(self) -> Iterator[Standing]:
        """Principals first, then managed policies, then the policies of resources."""
        for role in self.roles:
            yield Standing("role", "identity", role.address, role.name, self._principal(role), _issued(role.arn),
                           identity=self._identity(role.arn, role.name), tags=self._role_tags(role))  # fmt: skip
        groups = {self._key(self.reading.arn(node), name_of(node)): node
                  for node in self.reading.graph.of("aws_iam_group")}  # fmt: skip
        for user in self.users:
            yield Standing("user", "identity", user.address, user.name, self._user(user, groups), _issued(user.arn),
                           others=OTHERS["user"], identity=self._identity(user.arn, user.name),
                           tags=certain_tags(self.reading.graph.nodes[user.address], None))  # fmt: skip
        for node in groups.values():
            name = name_of(node)
            side = Side(tuple(self._policies(self.attached.inline(node), self._of_group(node, name))))
            identity = self._identity(self.reading.arn(node), name)
            yield Standing("group", "identity", node.address, name, side, identity=identity,
                           others=OTHERS["group"], outlived=True)  # fmt: skip
        for arn, policy in self.managed.items():
            if self.reading.graph.nodes[policy.address].mode == "managed":
                side = Side((held_as(_called(policy), policy.document, self._planned(policy.address)),))
                yield Standing("managed policy", "identity", policy.address, policy.name, side,
                               carried=arn in self.used, others=OTHERS["managed policy"], outlived=True,
                               identity=self._identity(arn, policy.name))  # fmt: skip
        for role in self.roles:
            side = Side((held_as("the trust policy", role.trust),))
            yield Standing("trust policy", "trust", role.address, role.name, side, _issued(role.arn),
                           identity=self._identity(role.arn, role.name),
                           account_id=self._owner(_issued(role.arn)))  # fmt: skip
        yield from self._elsewhere(groups)
        was = with_policies_apart(self.before.reading) if self.before else frozenset()
        gone = was - with_policies_apart(self.reading)
        for item in (without_taken_off(self.reading, one, gone) for one in resource_policies(self.reading)):
            side = Side(tuple(self._of_resource(item.what, item.policy)))
            others = "" if item.what == "key policy" else OTHERS["resource"]  # KMS asks the key's policy first
            yield Standing(item.what, "resource", item.address, item.name, side, others=others, outlived=item.apart,
                           identity=item.protected.replace(f":{self.place.account_id}:", "::"),
                           account_id=self._owner(item.protected))  # fmt: skip
        omitted = omitting(self.attached, self.reading)
        for found in (*unread_grants(self.reading), *strange_documents(self.reading), *omitted):
            held = Held(f"the {found.what}", None, found.reason, "look at it by hand", found.values)
            name = "" if found.effect == "change" else name_of(found.node)
            yield Standing(found.what, "resource", found.node.address, name, Side((held,)),
                           identity="" if found.effect == "change" else found.values, effect=found.effect)  # fmt: skip

        for node in self.reading.graph.nodes.values():
            tags = tags_of(node) if node.mode == "managed" else None
            if tags is not None:
                yield Standing(TAGS, "resource", node.address, "", Side(tags), identity=self._tagged(node),
                               effect="both" if node.type in APART else "change")  # fmt: skip
            alias = alias_of(node) if node.mode == "managed" else None
            if alias is not None:
                yield Standing(ALIAS, "resource", node.address, "", Side((alias,)), effect="both",
                               identity=alias.name if alias.same else "")  # fmt: skip

    def _role_tags(self, role: Role) -> tuple[tuple[str, str], ...] | None:
        trust = held_as("", role.trust).document
        return certain_tags(self.reading.graph.nodes[role.address], trust) if trust else None

    def _tagged(self, node: Node) -> str:
        """What tells a role or a user whose tags are compared, wherever it stands in the configuration."""
        name = self._identity(self.reading.arn(node), name_of(node)) if node.type in PRINCIPALS else ""
        return f"{node.type} {name}" if name else ""

    def _owner(self, arn: str) -> str:
        """The account of a resource: as its ARN tells, else the plan's; "" where nobody tells."""
        account_id = account_of(arn) or self.place.account_id
        return "" if account_id == NO_ACCOUNT else account_id

    def _identity(self, arn: str, name: str) -> str:
        """The name, with the account where it is another one; IAM's names are unique in their account."""
        if not name or name.startswith("address:"):
            return ""
        account = arn.split(":")[4] if arn.count(":") > 4 else self.place.account_id
        return name if account == self.place.account_id else f"{account} {name}"

    def _key(self, arn: str, name: str) -> str:
        """The identity, or the stand-in of a name that is not known yet."""
        return self._identity(arn, name) or name

    def _principal(self, item: Role | User) -> Side:
        inline, arns = list(item.inline_policies), [*item.attached_policy_arns, *self._left(item)]
        if isinstance(item, Role):
            more_inline, more_arns = self._undeclared(item)
            inline += more_inline
            arns += more_arns
        boundary = None if item.boundary_arn is None else self._by_arn(item.boundary_arn)
        return Side(tuple(self._policies(inline, arns)), boundary)

    def _left(self, item: Role | User) -> list[str]:
        """The attachments that a destroyed list of the only ones leaves where they are."""
        was = self.before
        there = was.roles if was and isinstance(item, Role) else was.users if was else ()
        old = next((one for one in there if was and _same(was, one, self, item)), None)
        if was is None or old is None:
            return []
        return left_by_exclusive(was.attached, was.reading, self.reading, was.reading.graph.nodes[old.address])

    def _user(self, user: User, groups: Mapping[str, Node]) -> Side:
        side = self._principal(user)
        found = list(side.policies)
        for name in dict.fromkeys(user.group_names):
            found += self._group(name, self._key(user.arn, name), groups)
        if user.address in self.unsure:
            found.append(held_as("a group that is not known yet", Unknown(AFTER_APPLY)))
        return changed(side, policies=tuple(found))

    def _group(self, name: str, key: str, groups: Mapping[str, Node]) -> Iterator[Held]:
        """The policies that a member of the group has by it."""
        if key not in groups:
            same = "" if name.startswith("address:") else f"group {name}"
            yield Held(f"group {name}", None, "the plan does not hold the group and its policies",
                       "manage the group in the same plan", same)  # fmt: skip
            return
        node = groups[key]
        for held in self._policies(self.attached.inline(node), self._of_group(node, name)):
            yield changed(held, name=f"{held.name} of group {name}")

    def _of_group(self, node: Node, name: str) -> list[Text]:
        """The ARNs of what is attached to the group, with what a destroyed list of the only ones leaves there."""
        arns, was = list(self.attached.policy_arns(node)), self.before
        arn = self.reading.arn(node)
        there = was.reading.graph.of("aws_iam_group") if was else ()
        old = next((one for one in there if was and name_of(one) == name
                    and was._key(was.reading.arn(one), name) == self._key(arn, name)), None)  # fmt: skip
        if was is None or old is None:
            return arns
        return [*arns, *left_by_exclusive(was.attached, was.reading, self.reading, old)]

    def _elsewhere(self, groups: Mapping[str, Node]) -> Iterator[Standing]:
        """What the plan gives to principals that it does not hold: that, beside what else they may have."""
        given: dict[tuple[str, str], list[Held]] = {}
        for what, name, inline, arn in self.attached.elsewhere():
            listed = self._policies([inline] if inline else [], [] if arn is None else [arn])
            given.setdefault((what, name), []).extend(listed)
        for name, group in principals.members_elsewhere(self.reading, self.attached):
            given.setdefault(("user", name), []).extend(self._group(group, self._key("", group), groups))
        for (what, name), held in given.items():
            rest = Held(f"the other policies of {what} {name}", None, f"the plan does not hold the {what}",
                        f"manage the {what} in the same plan", f"rest of {what} {name}")  # fmt: skip
            yield Standing(what, "identity", f"{what} {name}", name, Side((*held, rest)), elsewhere=rest,
                           identity=name)  # fmt: skip

    def _undeclared(self, role: Role) -> tuple[list[NamedPolicy], list[Text]]:
        """What the role carries without being declared, less what is declared, and what was until this plan."""
        node = self.reading.graph.nodes[role.address]
        carried = self if self.before is None else self.before
        old = next((item for item in carried.roles if _same(carried, item, self, role)), None)
        names = {item.name for one in (role, old) if one for item in one.inline_policies}
        arns = {item for one in (role, old) if one for item in one.attached_policy_arns}
        inline, attached = node.values.get("inline_policy"), node.values.get("managed_policy_arns")
        if holds(node.unknown.get("inline_policy")) or not isinstance(inline, list):
            inline = []
        if holds(node.unknown.get("managed_policy_arns")) or not isinstance(attached, list) or self._exclusive(role):
            attached = []
        blocks = [item for item in inline if isinstance(item, Mapping) and item.get("name")]
        kept = exclusive_inline(self.attached, self.reading, node)
        made = [NamedPolicy(item["name"], read_document(item.get("policy")) or Unknown("it is empty"), role.address)
                for item in blocks if item["name"] not in names and (kept is None or item["name"] in kept)]  # fmt: skip
        return made, [item for item in attached if isinstance(item, str) and item not in arns]

    def _exclusive(self, role: Role) -> bool:
        """Whether a resource takes away what is attached to the role without being declared."""
        return takes_away_attached(self.attached, self.reading, self.reading.graph.nodes[role.address])

    def _of_resource(self, what: str, policy: Document | None) -> Iterator[Held]:
        """Its policy; a statement without Resource (Amazon ECR knows none) is about the resource that it hangs on."""
        if isinstance(policy, PolicyDocument):
            whole = (item if item.resources or item.not_resources else changed(item, resources=("*",))
                     for item in policy.statements)  # fmt: skip
            policy = changed(policy, statements=tuple(whole))
        if policy is not None:
            yield held_as(f"the {what}", policy)

    def _policies(self, inline: Any, arns: Any) -> Iterator[Held]:
        for policy in inline:
            yield held_as(f"inline policy {policy.name}", policy.document, self._planned(policy.address))
        for arn in dict.fromkeys(arns):
            yield self._by_arn(arn)

    def _planned(self, address: str) -> str:
        """The actions that a policy will allow, where its document is planned and only a part of it is unknown."""
        node = self.reading.graph.nodes.get(address)
        if node is None or not holds(node.unknown.get("policy")):
            return ""
        source = self.reading.target(node, node.expressions.get("policy"), ("data.aws_iam_policy_document",))
        listed = [] if isinstance(source, Unknown) else source.values.get("statement") or []
        allowing = (item for item in listed if isinstance(item, Mapping) and item.get("effect") != "Deny")
        actions = dict.fromkeys(str(text) for item in allowing for text in item.get("actions") or ())
        return ", ".join(actions)

    def _by_arn(self, arn: Text) -> Held:
        if isinstance(arn, Unknown):
            return held_as("a policy whose ARN is not known yet", arn)
        self.used.add(arn)
        found = self.managed.get(arn)
        if found is not None:
            return held_as(_called(found), found.document, self._planned(found.address))
        if arn.endswith(":iam::aws:policy/AdministratorAccess"):
            return Held("AWS managed policy AdministratorAccess", ADMINISTRATOR)
        name = arn.rpartition("/")[2]
        whose = "AWS managed policy" if ":aws:policy/" in arn else "managed policy"
        return Held(f"{whose} {name}", None, OUTSIDE, f'read it: data "aws_iam_policy" with arn = "{arn}"', arn)


def _same(was: _Reader, one: Role | User, now: _Reader, other: Role | User) -> bool:
    identity = was._identity(one.arn, one.name)
    return identity == now._identity(other.arn, other.name) != ""


def held_as(name: str, policy: Document, actions: str = "") -> Held:
    """A document with its name, or why it cannot be read and how to make it known. actions: what it will allow."""
    if isinstance(policy, PolicyDocument):
        return Held(name, policy)
    waits = f" (from {', '.join(policy.references)})" if policy.references else ""
    allows = f"; the actions that it will allow are {actions}" if actions else ""
    remedy = "build the ARNs in it from names and the account id, or compare again after the apply"
    if policy.reason == SENSITIVE:
        remedy = "do not mark the policy as sensitive: it holds no secret"
    elif policy.reason.startswith("it is not a valid policy"):
        remedy = "correct it: AWS would refuse it"
    return Held(name, None, policy.reason + waits + allows, remedy)


def _called(policy: ManagedPolicy) -> str:
    return f"managed policy {policy.address if policy.name.startswith('address:') else policy.name}"


def _issued(arn: str) -> str:
    """The ARN of a role or a user; "" for a stand-in and for anything else."""
    try:
        return arn if read_caller(arn).kind in (ROLE, USER) else ""
    except RequestError:
        return ""
