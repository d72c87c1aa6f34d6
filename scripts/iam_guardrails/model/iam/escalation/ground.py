"""The account as the search needs it: everybody and everything numbered, every document cut by action."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from iam_guardrails.model.expected import Organization
from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.escalation.choices import COMPANIONS, FORWARDED, FORWARDING
from iam_guardrails.model.iam.escalation.labels import Tags, expanded
from iam_guardrails.model.iam.escalation.methods import Method, published
from iam_guardrails.model.iam.escalation.newcomers import newcomers
from iam_guardrails.model.iam.escalation.sheets import Actions, Sheet
from iam_guardrails.model.iam.escalation.trusts import Trusts
from iam_guardrails.model.iam.escalation.universe import Universe, mask_of
from iam_guardrails.model.iam.membership import CALLERS_KEYS, OURS, memberships
from iam_guardrails.model.iam.principals import Estate, Parsed, Principal
from iam_guardrails.model.iam.times import settled
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

NEW_USER, NEW_ROLE = "new-user", "new-role"  # the targets of the methods that create one
FRESH = "new-principal"  # the category of the methods by which one makes an administrator anew
ASSUME, ASSUME_SAML, TAG_SESSION = "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:TagSession"
ASSUME_WEB = "sts:AssumeRoleWithWebIdentity"
EVERYTHING = "anything:Anything"  # an action that only a grant of everything covers
LINKED = "/aws-service-role/"  # roles that only AWS can change, and only the service can use
RESERVED = "/aws-reserved/"  # roles of Identity Center, which IAM does not let anybody change
# AWS Managed Policy Reference, IAMFullAccess, as far as it is about this account
IAM_FULL_ACCESS = parse(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:*", "Resource": "*"}]}
)
ALLOW_ALL = parse({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})

Versions = tuple[tuple[int, str], ...]
"""Policies by number, and another version of each."""


class Ground:
    """One account. `scps`: the service control policies above it, level by level; empty where none were given.

    organization: of which the account is, None where nobody told.
    """

    def __init__(
        self, estate: Estate, methods: Sequence[Method], scps: tuple[tuple[PolicyDocument, ...], ...] = (),
        now: datetime | None = None, organization: Organization | None = None,
    ) -> None:  # fmt: skip
        self.estate = estate
        heard = list(self._documents(scps))
        self.tags = Tags(estate, heard)
        self.methods = tuple(expanded(methods, self.tags))
        self.fresh = tuple(item for item in published() if item.category == FRESH and item.gain == "administrator")
        names = [need.action for method in (*self.methods, *self.fresh) for need in method.needs]
        self.actions = Actions([*names, EVERYTHING, ASSUME, ASSUME_SAML, ASSUME_WEB, TAG_SESSION, *COMPANIONS])
        asked = {one.key.lower() for document in heard for item in document.statements for one in item.conditions}
        self.forwarding = sum(self.actions.bit[name] for name in FORWARDING) if asked & {*FORWARDED} else 0
        self._sheets: dict[int, Sheet] = {}
        self.joined: dict[tuple[int, Versions], tuple[list[tuple[str, Sheet]], list[str]]] = {}  # see guise.Guise
        self._targets: dict[int, tuple[Method, int]] = {}
        self._masks: dict[int, int] = {}
        own = [item for item in estate.policies.values() if account_of(item.arn) == estate.account_id]
        self.there = len(estate.principals)  # those with a higher number are not there yet
        self.principals = (*estate.principals, *(newcomers(estate, heard) if self._creates() else ()))
        self.groups = tuple(estate.groups.values())
        self.group_number = {item.name: number for number, item in enumerate(self.groups)}
        self.policies = tuple(own)
        self.everybody = Universe("principal", [item.arn for item in self.principals])
        self.universes = {
            "user": self.everybody, "role": self.everybody, NEW_USER: self.everybody, NEW_ROLE: self.everybody,
            "group": Universe("group", [item.arn for item in self.groups]),
            "policy": Universe("policy", [item.arn for item in own]),
        }  # fmt: skip
        self.scps = tuple(tuple(self.sheet(document) for document in level) for level in scps)
        before = (1 << self.there) - 1
        self.users = self._where(lambda item: item.kind == "user") & before
        self.roles = self._where(lambda item: item.kind == "role" and not item.path.startswith(LINKED)) & before
        self.new_users = self._where(lambda item: item.kind == "user") & ~before
        self.new_roles = self._where(lambda item: item.kind == "role") & ~before
        self.changeable = self.users | self._where(lambda item: not item.path.startswith((LINKED, RESERVED)))
        self.with_profile = self._where(lambda item: bool(item.instance_profiles))
        self.trusts = Trusts(estate, self.principals, self._tags_sessions)
        self.wide = self._wide_policies()
        self.attachable = self._attachable()
        self.other_versions = self._other_versions()
        self._reset: dict[tuple[tuple[int, str], ...], Estate] = {}
        self.time = settled(now, (one for document in heard for item in document.statements for one in item.conditions))
        self.since = now.strftime("%Y-%m-%dT%H:%M:%SZ") if now else ""
        told = memberships(organization, (), OURS)[0]  # what requests tell of it
        self.of_callers = {key: value for key, value in told.items() if key in CALLERS_KEYS}
        self.of_resources = {key: value for key, value in told.items() if key not in CALLERS_KEYS}
        self.of_sources = {key.replace(":resource", ":source"): value for key, value in self.of_resources.items()}
        self._users_of = self._holders()

    def _documents(self, scps: tuple[tuple[PolicyDocument, ...], ...]) -> Iterable[PolicyDocument]:
        """Everything that has a say, every kept version among it."""
        estate = self.estate
        raws = [raw for item in estate.principals for _, raw in item.inline]
        raws += [raw for group in estate.groups.values() for _, raw in group.inline]
        raws += [item.document for item in estate.policies.values()]
        raws += [raw for item in estate.policies.values() for _, raw in item.versions]
        documents = [estate.parsed(raw) for raw in raws] + [estate.trust_document(item) for item in estate.roles]
        documents += [one for level in scps for one in level]
        return {id(one): one for one in documents if isinstance(one, PolicyDocument)}.values()

    def _creates(self) -> bool:
        return any(method.target in (NEW_USER, NEW_ROLE) for method in self.methods)

    def sheet(self, document: PolicyDocument) -> Sheet:
        """The document, cut by action; once."""
        found = self._sheets.get(id(document))
        if found is None:
            found = self._sheets[id(document)] = Sheet(document, self.actions)
        return found

    def _tags_sessions(self, trust: PolicyDocument) -> bool:
        """Whether a trust policy may let whoever enters set tags of the session."""
        return bool(self.sheet(trust).allows & self.actions.bit[TAG_SESSION])

    def _where(self, wanted: Callable[[Principal], bool]) -> int:
        return mask_of(number for number, item in enumerate(self.principals) if wanted(item))

    def targets(self, method: Method) -> int:
        """Which bits of the method's universe it can be about; one number, however often it is asked for."""
        found = self._targets.get(id(method))
        if found is None:
            mask = self._find_targets(method)
            found = self._targets[id(method)] = method, self._masks.setdefault(mask, mask)  # so that it stays
        return found[1]

    def _find_targets(self, method: Method) -> int:
        if method.target not in self.universes:
            return 1
        masks = {"user": self.users, "role": self.roles, NEW_USER: self.new_users, NEW_ROLE: self.new_roles}
        whole = masks.get(method.target, self.universes[method.target].whole)
        changes = method.gain not in ("act", "rewrite") and method.target in ("user", "role")
        if method.passes_to is not None or (changes and method.gain != "trust"):  # what is created can be changed
            whole |= {"user": self.new_users, "role": self.new_roles}[method.target]
        return whole & self.changeable if changes or method.passes_to is not None else whole

    def _wide_policies(self) -> tuple[str, ...]:
        """The account's managed policies whose text allows everything, and AWS's own AdministratorAccess first."""
        first = f"arn:{self.estate.partition}:iam::aws:policy/AdministratorAccess"
        own = (item.arn for item in self.policies if allows_all(self.estate.parsed(item.document)))
        return (first, *own)

    def _attachable(self) -> tuple[str, ...]:
        """The policies of the file, and IAMFullAccess, that allow less than everything but something that leads on.

        One that allows nothing of what methods need leads on if somebody can write or choose another version of it.
        """
        full, bit = self._iam_full_access(), self.actions.bit
        versions = bit.get("iam:CreatePolicyVersion", 0) | bit.get("iam:SetDefaultPolicyVersion", 0)
        changes = any(self.sheet(document).allows & versions for document in self._documents(()))
        found = []
        for arn in dict.fromkeys((full, *self.estate.policies)):
            parsed = self.attached(self.estate, arn)
            useful = isinstance(parsed, Unknown) or self.sheet(parsed).allows
            if arn not in self.wide and (useful or (changes and account_of(arn) == self.estate.account_id)):
                found.append(arn)
        return tuple(found)

    def _iam_full_access(self) -> str:
        return f"arn:{self.estate.partition}:iam::aws:policy/IAMFullAccess"

    def attached(self, estate: Estate, arn: str) -> Parsed:
        """The document of a policy that was attached. estate: the account, perhaps with other versions."""
        if arn == self._iam_full_access() and arn not in estate.policies:
            return IAM_FULL_ACCESS
        return estate.parsed(estate.managed(arn))

    def _other_versions(self) -> tuple[tuple[str, ...], ...]:
        """For each of the account's policies, the versions kept that say something else than the default one."""
        found = []
        for item in self.policies:
            said = {id(self.estate.parsed(item.document))}
            others = []
            for version, document in item.versions:
                parsed = self.estate.parsed(document)
                if version != item.default_version and id(parsed) not in said:
                    said.add(id(parsed))
                    others.append(version)
            found.append(tuple(others))
        return tuple(found)

    def with_versions(self, chosen: tuple[tuple[int, str], ...]) -> Estate:
        """The account in which these policies (by number) have these versions as their default ones."""
        found = self._reset.get(chosen)
        if found is None:
            policies = dict(self.estate.policies)
            for number, version in chosen:
                item = self.policies[number]
                policies[item.arn] = changed(item, document=dict(item.versions)[version])
            found = self._reset[chosen] = changed(self.estate, policies=policies)
        return found

    def policy_users(self, number: int) -> int:
        """Whom a policy of the account is attached to, by a group too, or whose boundary it is."""
        return mask_of(self._users_of[number])

    def _holders(self) -> list[tuple[int, ...]]:
        """For each of the account's policies, whom it is attached to, by a group too, or whose boundary it is."""
        members: dict[str, list[int]] = {}
        found: dict[str, set[int]] = {item.arn: set() for item in self.policies}
        for number, item in enumerate(self.principals):
            for arn in (*item.attached, item.boundary_arn):
                if arn in found:
                    found[arn].add(number)
            for name in item.groups:
                members.setdefault(name, []).append(number)
        for group in self.groups:
            for arn in group.attached:
                if arn in found:
                    found[arn].update(members.get(group.name, ()))
        self.members = [mask_of(members.get(item.name, ())) for item in self.groups]
        return [tuple(found[item.arn]) for item in self.policies]  # a mask of all principals is longer


def allows_all(document: Parsed) -> bool:
    """Whether the text of a document allows every action on every resource, and denies nothing."""
    if isinstance(document, Unknown) or any(item.effect == "Deny" for item in document.statements):
        return False
    return any(
        not item.conditions and set(item.actions) & {"*", "*:*"} and "*" in item.resources
        for item in document.statements
    )


def needs_grant(method: Method) -> list[str]:
    """The actions that an identity policy must allow, whatever a resource's policy says."""
    return [need.action for need in method.needs if not need.trust]
