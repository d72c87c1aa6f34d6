"""The account as the search needs it: everybody and everything numbered, every document cut by action."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from iam_guardrails.model.iam.document import PolicyDocument, Statement, parse
from iam_guardrails.model.iam.escalation.methods import Method, published
from iam_guardrails.model.iam.escalation.sheets import Actions, Sheet
from iam_guardrails.model.iam.escalation.universe import Universe
from iam_guardrails.model.iam.principals import Estate, Parsed, Principal
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.unknown import Unknown

FRESH = "new-principal"  # the category of the methods by which one makes an administrator anew
ASSUME, ASSUME_SAML, TAG_SESSION = "sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:TagSession"
EVERYTHING = "anything:Anything"  # an action that only a grant of everything covers
LINKED = "/aws-service-role/"  # roles that only AWS can change, and only the service can use
RESERVED = "/aws-reserved/"  # roles of Identity Center, which IAM does not let anybody change
ALLOW_ALL = parse({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})


class Ground:
    """One account. `scps`: the service control policies above it, level by level; empty where none were given."""

    def __init__(
        self, estate: Estate, methods: Sequence[Method], scps: tuple[tuple[PolicyDocument, ...], ...] = ()
    ) -> None:
        self.estate = estate
        self.methods = tuple(methods)
        self.fresh = tuple(item for item in published() if item.category == FRESH)
        names = [need.action for method in (*self.methods, *self.fresh) for need in method.needs]
        self.actions = Actions([*names, EVERYTHING, ASSUME, ASSUME_SAML, TAG_SESSION])
        self._sheets: dict[int, Sheet] = {}
        self.principals = estate.principals
        self.groups = tuple(estate.groups.values())
        self.group_number = {item.name: number for number, item in enumerate(self.groups)}
        own = [item for item in estate.policies.values() if account_of(item.arn) == estate.account_id]
        self.policies = tuple(own)
        self.everybody = Universe("principal", [item.arn for item in self.principals])
        self.universes = {
            "user": self.everybody, "role": self.everybody,
            "group": Universe("group", [item.arn for item in self.groups]),
            "policy": Universe("policy", [item.arn for item in own]),
        }  # fmt: skip
        self.scps = tuple(tuple(self.sheet(document) for document in level) for level in scps)
        self.users = self._where(lambda item: item.kind == "user")
        self.roles = self._where(lambda item: item.kind == "role" and not item.path.startswith(LINKED))
        self.changeable = self.users | self._where(lambda item: not item.path.startswith((LINKED, RESERVED)))
        self.with_profile = self._where(lambda item: bool(item.instance_profiles))
        self.trusts = [estate.trust_document(item) for item in self.principals]
        self.wide = self._wide_policies()
        self._own_provider = f"arn:{re.escape(estate.partition)}:iam::{estate.account_id}:saml-provider/[^/:]+"
        self._read_trusts()
        self.policy_users = self._holders()

    def sheet(self, document: PolicyDocument) -> Sheet:
        """The document, cut by action; once."""
        found = self._sheets.get(id(document))
        if found is None:
            found = self._sheets[id(document)] = Sheet(document, self.actions)
        return found

    def _where(self, wanted: Callable[[Principal], bool]) -> int:
        return mask_of(number for number, item in enumerate(self.principals) if wanted(item))

    def targets(self, method: Method) -> int:
        """Which bits of the method's universe it can be about."""
        if method.target not in self.universes:
            return 1
        whole = {"user": self.users, "role": self.roles}.get(method.target, self.universes[method.target].whole)
        changes = method.gain not in ("act", "rewrite") and method.target in ("user", "role")
        return whole & self.changeable if changes or method.passes_to is not None else whole

    def _wide_policies(self) -> tuple[str, ...]:
        """The account's managed policies whose text allows everything, and AWS's own AdministratorAccess first."""
        first = f"arn:{self.estate.partition}:iam::aws:policy/AdministratorAccess"
        own = (item.arn for item in self.policies if allows_all(self.estate.parsed(item.document)))
        return (first, *own)

    def wide_versions(self) -> int:
        """The policies of which a version is kept, beside the default one, that allows everything."""
        return mask_of(
            number
            for number, item in enumerate(self.policies)
            if any(version != item.default_version and allows_all(self.estate.parsed(document))
                   for version, document in item.versions)
        )  # fmt: skip

    def _read_trusts(self) -> None:
        """Whom the trust policies name: by ARN, by id, the whole account or anybody; and which text has which roles."""
        self.trust_roles: dict[int, int] = {}
        self.naming: dict[str, int] = {}
        self.naming_account = self.naming_anybody = self.tagging = 0
        self.saml_roles: dict[str, int] = {}
        self.unread_trusts: list[tuple[int, str]] = []
        roles: dict[int, list[int]] = {}
        for number, trust in enumerate(self.trusts):
            if isinstance(trust, Unknown):
                self.unread_trusts.append((number, trust.reason))
            elif trust is not None:
                roles.setdefault(id(trust), []).append(number)
        for numbers in roles.values():
            trust = self.trusts[numbers[0]]
            assert isinstance(trust, PolicyDocument)
            mask = mask_of(numbers)
            self.trust_roles[id(trust)] = mask
            if self.sheet(trust).allows & self.actions.bit[TAG_SESSION]:
                self.tagging |= mask
            for item in trust.statements:
                self._read_names(item, mask)

    def _read_names(self, item: Statement, mask: int) -> None:
        if item.effect != "Allow":
            return
        if item.not_principals:
            self.naming_anybody |= mask
        for one in item.principals:
            if one.kind in ("*", "CanonicalUser") or one.value == "*":
                self.naming_anybody |= mask
            elif one.kind == "Service":
                self.naming[one.value] = self.naming.get(one.value, 0) | mask
            elif one.kind == "Federated" and re.fullmatch(self._own_provider, one.value):
                self.saml_roles[one.value] = self.saml_roles.get(one.value, 0) | mask
            elif one.kind == "AWS" and account_of(one.value) and (":" not in one.value or one.value.endswith(":root")):
                self.naming_account |= mask
            elif one.kind == "AWS":
                self.naming[one.value] = self.naming.get(one.value, 0) | mask
                if ":assumed-role/" in one.value:
                    role = one.value.split(":assumed-role/")[1].partition("/")[0]
                    self.naming[f"session/{role}"] = self.naming.get(f"session/{role}", 0) | mask

    def named(self, principal: Principal) -> int:
        """The roles whose trust policies may name the principal itself, or anybody."""
        found = self.naming_anybody | self.naming.get(principal.arn, 0)
        if principal.unique_id:
            found |= self.naming.get(principal.unique_id, 0)
        return found | (self.naming.get(f"session/{principal.name}", 0) if principal.kind == "role" else 0)

    def _holders(self) -> list[int]:
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
        return [mask_of(found[item.arn]) for item in self.policies]


def mask_of(numbers: Iterable[int]) -> int:
    """The integer with these bits set."""
    found = 0
    for number in numbers:
        found |= 1 << number
    return found


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
