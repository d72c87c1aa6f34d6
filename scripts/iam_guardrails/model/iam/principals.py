"""The users, groups, roles and managed policies of one account, as GetAccountAuthorizationDetails tells them.

Documents stay as they were read (decoded JSON) and are parsed when somebody asks, once per distinct text: an account
has ten thousand roles, and a question is about few of their statements. A document that the file does not hold, or
that is no policy, is an `Unknown` with the reason: it can never be taken for a policy that says nothing.

Source: IAM API Reference, API_GetAccountAuthorizationDetails and the types UserDetail, GroupDetail, RoleDetail,
ManagedPolicyDetail and PolicyVersion.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from iam_guardrails.model.iam.document import PolicyDocument, PolicyError, parse
from iam_guardrails.model.iam.listed import document_of, joined
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import field, frozen

Raw = Mapping[str, Any] | Unknown  # a document as it was read
Parsed = PolicyDocument | Unknown
Inline = tuple[tuple[str, Raw], ...]  # policy name -> document


@frozen
class Principal:
    """A user or a role.

    attached: the ARNs of its managed policies.  groups: names of the user's groups.  boundary_arn: "" without one.
    trust: the role's trust policy, None for a user.  tags: (key, value).  last_used_at: when the role was last used,
    as AWS writes it, "" where it tells nothing.  instance_profiles: ARNs.  created_at: as AWS writes it.
    """

    kind: Literal["user", "role"]
    name: str
    path: str
    arn: str
    unique_id: str = ""
    trust: Raw | None = None
    inline: Inline = ()
    attached: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    boundary_arn: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    last_used_at: str = ""
    instance_profiles: tuple[str, ...] = ()
    created_at: str = ""


@frozen
class Group:
    """A group: what its users may."""

    name: str
    path: str
    arn: str
    inline: Inline = ()
    attached: tuple[str, ...] = ()


@frozen
class ManagedPolicy:
    """A managed policy. document: its default version.  versions: (version id, document), all that are kept."""

    arn: str
    name: str
    path: str
    document: Raw
    default_version: str = ""
    versions: tuple[tuple[str, Raw], ...] = ()


@frozen
class Estate:
    """One account. groups: by name.  policies: by ARN, those that the file holds.  gaps: what it lacks altogether."""

    account_id: str
    partition: str
    users: Sequence[Principal]
    groups: Mapping[str, Group]
    roles: Sequence[Principal]
    policies: Mapping[str, ManagedPolicy]
    gaps: tuple[str, ...] = ()
    seen: dict[Any, Parsed] = field(default_factory=dict)

    @property
    def principals(self) -> Sequence[Principal]:
        """The users, then the roles."""
        users, roles = self.users, self.roles
        return users + roles if isinstance(users, tuple) and isinstance(roles, tuple) else joined(users, roles)

    def identity_sources(self, principal: Principal) -> list[tuple[str, Raw]]:
        """The identity policies of a principal, its groups' among them, unparsed, each with a name for messages."""
        found = self._own(principal, "")
        for name in principal.groups:
            group = self.groups.get(name)
            if group is None:
                found.append((f"the policies of group {name}", Unknown(f"the file does not hold the group {name}")))
            else:
                found += self._own(group, f" of group {name}")
        return found

    def identity_documents(self, principal: Principal) -> tuple[tuple[str, Parsed], ...]:
        """The same, parsed."""
        return tuple((label, self.parsed(document)) for label, document in self.identity_sources(principal))

    def boundary_source(self, principal: Principal) -> Raw | None:
        """The permissions boundary of a principal, unparsed; None where it has none."""
        return self.managed(principal.boundary_arn) if principal.boundary_arn else None

    def boundary_document(self, principal: Principal) -> Parsed | None:
        """The same, parsed."""
        source = self.boundary_source(principal)
        return None if source is None else self.parsed(source)

    def trust_document(self, principal: Principal) -> Parsed | None:
        """A role's trust policy; None for a user."""
        return None if principal.trust is None else self.parsed(principal.trust)

    def managed(self, arn: str) -> Raw:
        """The document of a managed policy, unparsed; Unknown where the file does not hold it."""
        found = document_of(self.policies, arn)
        return Unknown(f"the file does not hold the policy {arn}") if found is None else found

    def parsed(self, source: Raw) -> Parsed:
        """The document, parsed once: equal texts give the same object. Unknown where it is no policy."""
        if isinstance(source, Unknown):
            return source
        kept = self.seen.get(id(source))
        if kept is None:
            kept = self.seen[id(source)] = self.parsed_anew(source)  # it lives as long as the estate that holds it
        return kept

    def parsed_anew(self, source: Mapping[str, Any]) -> Parsed:
        """The same of a document that is let go, so that another one may get its id."""
        content = _content(source)
        kept = self.seen.get(content) if content else Unknown("it is nested too deeply for a policy")
        if kept is None:
            kept = self.seen[content] = _parsed(source)
        return kept

    def take(self, source: Raw, document: Parsed) -> None:
        """Take a document that somebody has parsed already, so that it is not parsed and held twice."""
        if isinstance(source, Mapping) and isinstance(document, PolicyDocument) and id(source) not in self.seen:
            content = _content(source)
            if content:
                self.seen[id(source)] = self.seen.setdefault(content, document)

    def _own(self, holder: Principal | Group, of: str) -> list[tuple[str, Raw]]:
        found = [(f"inline policy {name}{of}", document) for name, document in holder.inline]
        found += [(f"managed policy {arn.rpartition('/')[2]}{of}", self.managed(arn)) for arn in holder.attached]
        return found


def _content(source: Mapping[str, Any]) -> bytes:
    """What tells a document from others, its text being long; b"" where it is nested too deeply."""
    import json

    try:
        from _blake2 import blake2b  # hashlib has the same, and loads OpenSSL before it gives it
    except ImportError:
        from hashlib import blake2b

    try:
        return blake2b(json.dumps(source).encode(), digest_size=16).digest()
    except RecursionError:
        return b""


def _parsed(source: Mapping[str, Any]) -> Parsed:
    try:
        return parse(source)
    except PolicyError as error:
        return Unknown(f"it is no policy that IAM would store: {str(error)[:300]}")
