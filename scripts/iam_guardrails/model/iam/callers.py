"""Every kind of caller that may stand before a break-glass role, as the requests they can send.

What such requests carry: AWS IAM User Guide, reference_policies_condition-keys (MFA keys only for IAM users and their
GetSessionToken sessions, aws:userid of an Identity Center session ends with the user's name),
id_roles_use_switch-role-console (the console switches with the sign-in's MFA and without a source identity),
AWS IAM Identity Center User Guide, referencingpermissionsets (the role's ARN). Every caller may stand where the policy
wants it (its addresses, endpoints, Regions), and sessions of Identity Center carry the tags it asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from iam_guardrails.model.expected import Expected, IdentityCenter
from iam_guardrails.model.iam.admission import SOURCE_IDENTITY
from iam_guardrails.model.iam.caller_names import account_like, callers_named
from iam_guardrails.model.iam.caller_requests import (
    NO_MFA,
    NOT_PROVED,
    Asking,
    Context,
    mfa_keys,
    no_incident,
    sample,
)
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.match import has_wildcard
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.iam.trust import (
    ACCOUNT,
    IDENTITY_CENTER,
    ROLE,
    USER,
    account_of,
    classify,
    doors,
    same_principal,
)
from iam_guardrails.model.value import changed, frozen

SUFFIX = "0123456789abcdef"
SAML, OIDC = "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"


@frozen
class Visitor:
    """who: a noun phrase.  requests: what the caller may send, any of which is enough.  places: from where, as keys.

    wanted: whether the caller should get in.  stranger: whether getting in is a hole; an owner who gets in with old
    MFA, or without an incident id, is judged by rules of their own.
    """

    who: str
    requests: tuple[Request, ...]
    wanted: bool
    stranger: bool = False
    places: tuple[Context, ...] = ()


def visitors(
    document: PolicyDocument, role_arn: str, expected: Expected, now: datetime | None = None
) -> Iterator[Visitor]:
    """The callers worth asking about, for one role: the declared people first, then everybody else.

    now: when they ask (aware, UTC); None where nobody tells the time.
    """
    made = _Visitors(document, role_arn, expected, now)
    for visitor in made.everybody():
        yield changed(visitor, places=made.places)


class _Visitors(Asking):
    def everybody(self) -> Iterator[Visitor]:
        for arn in self.expected.people:
            yield from self.person(arn)
        if self.expected.identity_center is not None:
            yield from self.identity_center(self.expected.identity_center)
        yield from self.named()
        yield from self.strangers()

    def person(self, arn: str) -> Iterator[Visitor]:
        kind = classify(arn)
        if kind == USER:
            yield from self.user(arn)
        elif kind in (ROLE, IDENTITY_CENTER):
            yield Visitor(f"the declared role {arn}", self.asks(arn, self.session(), self.with_incident), True)

    def user(self, arn: str) -> Iterator[Visitor]:
        who = f"the user {arn.rpartition('/')[2]}"
        needs_incident = self.expected.incident_id_pattern is not None or bool(self.listed(SOURCE_IDENTITY))
        proved = mfa_keys("60")
        yield Visitor(f"{who}, MFA a minute ago", self.asks(arn, proved, self.with_incident), True)
        in_console = self.asks(arn, proved, no_incident, chooses=False)
        yield Visitor(f"{who}, switching in the console with MFA", in_console, not needs_incident)
        yield Visitor(f"{who}, MFA two hours ago", self.asks(arn, mfa_keys("7200"), self.any_incident), False)
        yield Visitor(f"{who}, an access key and no MFA", self.asks(arn, dict(NO_MFA), self.any_incident), False, True)
        yield Visitor(f"{who}, a session without MFA", self.asks(arn, dict(NOT_PROVED), self.any_incident), False, True)

    def identity_center(self, centre: IdentityCenter) -> Iterator[Visitor]:
        right = self.centre_role(centre, centre.permission_set)
        who = f"of the permission set {centre.permission_set}"
        for user in centre.users or ("somebody",):
            context = self.session(user, right)
            yield Visitor(f"{user} {who}", self.asks(right, context, self.with_incident), True)
            if self.expected.incident_id_pattern is not None:
                yield Visitor(f"{user} {who}, without an incident id", self.asks(right, context, no_incident), False)
        first = centre.users[0] if centre.users else "somebody"
        if centre.users:
            contexts = [self.session(user, right) for user in self.other_users(centre.users)]
            requests = tuple(one for context in contexts for one in self.asks(right, context, self.any_incident))
            yield Visitor(f"another user {who}", requests, False, True)
        alike = self.centre_role(centre, f"{centre.permission_set}_ReadOnly")
        forged = f"{self.prefix}:iam::{account_of(right)}:role/AWSReservedSSO_{centre.permission_set}_{SUFFIX}"
        for name, arn in (
            (f"{centre.permission_set}_ReadOnly", alike),
            ("made by hand under a look-alike name", forged),
        ):
            phrase = f"{first} of the permission set {name}" if arn == alike else f"{first} in a role {name}"
            yield Visitor(phrase, self.asks(arn, self.session(first, arn), self.any_incident), False, True)
        for account_id in (*self.foreign(), self.far()):
            arn = self.centre_role(centre, centre.permission_set, account_id)
            yield Visitor(f"{first} {who} in the account {account_id}",
                          self.asks(arn, self.session(first, arn), self.any_incident), False, True)  # fmt: skip

    def foreign(self) -> list[str]:
        """The other accounts that the policy names, as principals or in a condition on the caller's account or ARN."""
        principals = (item.value for statement in self.document.statements for item in statement.principals)
        conditions = (*self.listed("aws:principalarn"), *self.listed("aws:principalaccount"))
        found = (account_like(text) for text in (*principals, *conditions))
        return list(dict.fromkeys(text for text in found if text not in ("", self.account_id)))

    def far(self) -> str:
        """An account that neither the policy nor guardrails.toml names."""
        named = {self.account_id, *self.foreign(), *(account_of(text) for text in self.expected.people)}
        return next(text for text in (digit * 12 for digit in "98765432") if text not in named)

    def other_users(self, users: Sequence[str]) -> list[str]:
        """Names in Identity Center that are not declared: any, those the policy lists, declared ones made longer."""
        listed = [_user_of(text) for text in self.listed("aws:userid")]
        longer = [name for user in users for name in (f"x{user}", f"{user}x")]
        return [name for name in dict.fromkeys(["another.user@example.com", *listed, *longer]) if name not in users]

    def centre_role(self, centre: IdentityCenter, name: str, account_id: str = "") -> str:
        """The permission set's role, in the role's own account or another: as the policy spells it where it does in
        full, else as Identity Center would."""
        account_id = account_id or self.account_id
        ending = f"/AWSReservedSSO_{name}_"
        named = [item.value for statement in self.document.statements for item in statement.principals]
        for text in (*named, *self.listed("aws:principalarn")):
            head, found, suffix = text.rpartition(ending)
            spelled = found and "/" not in suffix and not has_wildcard(text) and head.endswith(centre.home_region)
            if spelled and account_of(text) == account_id:
                return text
        region = "" if centre.home_region == "us-east-1" else f"/{centre.home_region}"
        return f"{self.prefix}:iam::{account_id}:role/aws-reserved/sso.amazonaws.com{region}{ending}{SUFFIX}"

    def named(self) -> Iterator[Visitor]:
        """Whom the policy names, and guardrails.toml does not: Identity Center's sessions, users, roles, accounts."""
        arns = callers_named(self.document, self.prefix.partition(":")[2], self.admitted(), self.known)
        user = next((_user_of(text) for text in self.listed("aws:userid")), "somebody")
        for arn in arns:
            if classify(arn) == IDENTITY_CENTER:
                requests = self.asks(arn, self.session(user, arn), self.any_incident)
                yield Visitor(f"{user} as {arn}", requests, False, True)
        for arn in arns:
            kind = classify(arn)
            if kind == USER:
                yield Visitor(f"the user {arn}", self.asks_as_user(arn), False, True)
            elif kind == ROLE and arn != self.role_arn:
                yield Visitor(f"a session of {arn}", self.asks(arn, self.session(), self.any_incident), False, True)
        ids = (door.account_id for door in doors(self.document) if door.kind == ACCOUNT)
        for account_id in dict.fromkeys(ids):
            if account_id not in ("", self.account_id):
                yield self.somebody(f"the account {account_id}", account_id)

    def known(self, arn: str) -> bool:
        """Whether guardrails.toml declares a user, or the permission set behind a role."""
        centre = self.expected.identity_center
        ours = centre is not None and f"AWSReservedSSO_{centre.permission_set}_" in arn
        return ours or any(same_principal(arn, person) for person in self.expected.people)

    def admitted(self) -> list[str]:
        """The accounts whose principals an Allow statement may be about: the role's first."""
        allowing = [item for item in self.document.statements if item.effect == "Allow"]
        named = [one for item in allowing for one in item.principals]
        owned = [account_of(one.value) for one in named if one.kind == "AWS"]
        if any(item.not_principals for item in allowing) or any(one.value == "*" for one in named):
            owned += [*self.foreign(), self.far()]
        return list(dict.fromkeys([self.account_id, *(text for text in owned if text)]))

    def somebody(self, of_whom: str, account_id: str) -> Visitor:
        """A user or a role of another account, under names that the policy does not say."""
        home = f"{self.prefix}:iam::{account_id}"
        as_user = self.asks_as_user(f"{home}:user/{self.unnamed('somebody')}")
        as_role = self.asks(f"{home}:role/{self.unnamed('some-role')}", self.session(), self.any_incident)
        return Visitor(f"a user or role of {of_whom}", (*as_user, *as_role), False, True)

    def unnamed(self, name: str) -> str:
        """The name, made longer until no condition of the policy has it."""
        conditions = [one for item in self.document.statements for one in item.conditions]
        while any(name in text for one in conditions for text in one.values):
            name += "x"
        return name

    def strangers(self) -> Iterator[Visitor]:
        home = f"{self.prefix}:iam::{self.account_id}"
        user, role = f"{home}:user/{self.unnamed('somebody-else')}", f"{home}:role/{self.unnamed('some-other-role')}"
        yield Visitor("another user of the account", self.asks_as_user(user), False, True)
        for who, arn in (("a chained role of the account", role), ("the role itself", self.role_arn)):
            yield Visitor(who, self.asks(arn, self.session(), self.any_incident), False, True)
        yield self.somebody("another account", self.far())
        for account_id in dict.fromkeys(map(account_like, self.listed("aws:principalaccount"))):
            if account_id not in ("", self.account_id):
                yield self.somebody(f"the account {account_id} (aws:PrincipalAccount)", account_id)
        yield from self.machines()

    def machines(self) -> Iterator[Visitor]:
        services = self.principals("Service") or ["ec2.amazonaws.com"]
        for name in services:
            yield Visitor(f"the service {name}", self.asks(name, {}, no_incident), False, True)
        providers = self.principals("Federated")
        saml = [text for text in providers if ":saml-provider/" in text]
        for text in saml or [f"{self.prefix}:iam::{self.account_id}:saml-provider/somebody"]:
            context: Context = {**NO_MFA, "saml:aud": ("https://signin.aws.amazon.com/saml",)}
            yield Visitor(f"somebody of the SAML provider {text.rpartition('/')[2]}",
                          self.asks(text, context, self.any_incident, SAML), False, True)  # fmt: skip
        oidc = [text for text in providers if text not in saml]
        for text in oidc or [f"{self.prefix}:iam::{self.account_id}:oidc-provider/token.actions.githubusercontent.com"]:
            yield Visitor(f"somebody of the OIDC provider {text.partition('oidc-provider/')[2] or text}",
                          self.asks(text, dict(NO_MFA), self.any_incident, OIDC), False, True)  # fmt: skip


def _user_of(text: str) -> str:
    """The user's name in a value, or a pattern, of aws:userid."""
    return sample(text.rpartition(":")[2].lstrip("*") or "somebody", "x")
