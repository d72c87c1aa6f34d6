"""What the trust policies of the roles say: whom they name, and which roles have the same text."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.escalation.universe import mask_of
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.unknown import Unknown


class Trusts:
    """documents: the trust policy of each principal, None for users.  roles: the bits of the roles that have one text,
    by its id.  naming: the bits of the roles that name somebody, by ARN, unique id, service or provider, or
    "session/ROLE" where they name a session.  account, anybody: of those that leave it to the account, or name
    everybody.  saml: of those that name a SAML provider of the account.  tagging: of those that may let tags of a
    session be set.  sparing: of those with a Deny that spares somebody.  unread: (number, reason).
    """

    def __init__(
        self, estate: Estate, principals: Sequence[Principal], tags_sessions: Callable[[PolicyDocument], bool]
    ) -> None:  # fmt: skip
        self._estate, self._principals = estate, principals
        self._own_provider = f"arn:{re.escape(estate.partition)}:iam::{estate.account_id}:saml-provider/[^/:]+"
        self._names: set[str] | None = None
        self.documents = [estate.trust_document(item) for item in principals]
        self.roles: dict[int, int] = {}
        self.naming: dict[str, int] = {}
        self.account = self.anybody = self.tagging = self.sparing = 0
        self.saml: dict[str, int] = {}
        self.unread: list[tuple[int, str]] = []
        same: dict[int, list[int]] = {}
        for number, trust in enumerate(self.documents):
            if isinstance(trust, Unknown):
                self.unread.append((number, trust.reason))
            elif trust is not None:
                same.setdefault(id(trust), []).append(number)
        for numbers in same.values():
            trust = self.documents[numbers[0]]
            assert isinstance(trust, PolicyDocument)
            mask = mask_of(numbers)
            self.roles[id(trust)] = mask
            if tags_sessions(trust):
                self.tagging |= mask
            for item in trust.statements:
                self._read_names(item, mask)

    def _read_names(self, item: Statement, mask: int) -> None:
        if item.effect != "Allow":
            self._read_denied(item, mask)
            return
        if item.not_principals:
            self.anybody |= mask
        for one in item.principals:
            if one.kind in ("*", "CanonicalUser") or one.value == "*":
                self.anybody |= mask
            elif one.kind == "Service":
                self.naming[one.value] = self.naming.get(one.value, 0) | mask
            elif one.kind == "Federated" and re.fullmatch(self._own_provider, one.value):
                self.saml[one.value] = self.saml.get(one.value, 0) | mask
            elif one.kind == "Federated":
                self.naming[one.value] = self.naming.get(one.value, 0) | mask
            elif one.kind == "AWS" and account_of(one.value) and (":" not in one.value or one.value.endswith(":root")):
                self.account |= mask if account_of(one.value) == self._estate.account_id else 0
            elif one.kind == "AWS":
                self._read_name(one.value, mask)

    def _read_denied(self, item: Statement, mask: int) -> None:
        """Whom a Deny names must be asked as itself, and everybody must be where the Deny spares some."""
        if item.not_principals:
            self.sparing |= mask
        for one in item.principals:
            if one.kind == "AWS":
                self._read_name(one.value, mask)

    def _read_name(self, value: str, mask: int) -> None:
        self.naming[value] = self.naming.get(value, 0) | mask
        if ":assumed-role/" in value:
            role = value.split(":assumed-role/")[1].partition("/")[0]
            self.naming[f"session/{role}"] = self.naming.get(f"session/{role}", 0) | mask

    def stranger(self) -> str:
        """The ARN of a role that is not there, and that no trust policy names."""
        name, number = "somebody", 1
        while f":role/{name}" in self._every_name():
            number += 1
            name = f"somebody{number}"
        return f"arn:{self._estate.partition}:iam::{self._estate.account_id}:role/{name}"

    def _every_name(self) -> set[str]:
        """The roles of the account and those that trust policies name, by the end of their ARNs."""
        if self._names is None:
            arns = [item.arn for item in self._principals if item.kind == "role"] + list(self.naming)
            self._names = {f":role/{arn.rpartition('/')[2]}" for arn in arns}
            self._names |= {f":role/{name.removeprefix('session/')}" for name in self.naming}
        return self._names

    def named(self, principal: Principal) -> int:
        """The roles whose trust policies may name the principal itself, or anybody."""
        found = self.anybody | self.naming.get(principal.arn, 0)
        if principal.unique_id:
            found |= self.naming.get(principal.unique_id, 0)
        return found | (self.naming.get(f"session/{principal.name}", 0) if principal.kind == "role" else 0)


def spoken(partition: str, service: str) -> tuple[str, ...]:
    """How a service principal is written: in the China Regions some, Amazon EC2 for one, end in .cn.

    Source: Amazon Web Services in China, Getting Started (IAM: differences).
    """
    china = partition == "aws-cn" and service.endswith(".amazonaws.com")
    return (service, f"{service}.cn") if china else (service,)
