"""Every kind of caller that may stand before a break-glass role, as the requests they can send.

What such requests carry: AWS IAM User Guide, reference_policies_condition-keys (MFA keys only for IAM users and their
GetSessionToken sessions, aws:userid of an Identity Center session ends with the user's name),
id_roles_use_switch-role-console (the console switches with the sign-in's MFA and without a source identity),
AWS IAM Identity Center User Guide, referencingpermissionsets (the role's ARN). Every caller may stand where the policy
wants it (its addresses, endpoints, Regions), and sessions of Identity Center carry the tags it asks for.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from iam_guardrails.model.expected import Expected, IdentityCenter
from iam_guardrails.model.iam.admission import SOURCE_IDENTITY
from iam_guardrails.model.iam.caller_requests import NO_MFA, Asking, Context, mfa_keys, sample
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
from iam_guardrails.model.value import frozen

SUFFIX = "0123456789abcdef"
SAML, OIDC = "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"


@frozen
class Visitor:
    """who: a noun phrase.  requests: what the caller may send, any of which is enough.

    wanted: whether the caller should get in.  stranger: whether getting in is a hole; an owner who gets in with old
    MFA, or without an incident id, is judged by rules of their own.
    """

    who: str
    requests: tuple[Request, ...]
    wanted: bool
    stranger: bool = False


def visitors(
    document: PolicyDocument, role_arn: str, expected: Expected, now: datetime | None = None
) -> Iterator[Visitor]:
    """The callers worth asking about, for one role: the declared people first, then everybody else.

    now: when they ask (aware, UTC); None where nobody tells the time.
    """
    made = _Visitors(document, role_arn, expected, now)
    for arn in expected.people:
        yield from made.person(arn)
    if expected.identity_center is not None:
        yield from made.identity_center(expected.identity_center)
    yield from made.other_sets()
    yield from made.named()
    yield from made.strangers()


class _Visitors(Asking):
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
        in_console = self.asks(arn, proved, [None], chooses=False)
        yield Visitor(f"{who}, switching in the console with MFA", in_console, not needs_incident)
        yield Visitor(f"{who}, MFA two hours ago", self.asks(arn, mfa_keys("7200"), self.any_incident), False)
        yield Visitor(f"{who}, an access key and no MFA", self.asks(arn, dict(NO_MFA), self.any_incident), False, True)
        without: Context = {"aws:multifactorauthpresent": ("false",), "aws:multifactorauthage": None}
        yield Visitor(f"{who}, a session without MFA", self.asks(arn, without, self.any_incident), False, True)

    def identity_center(self, centre: IdentityCenter) -> Iterator[Visitor]:
        right = self.centre_role(centre, centre.permission_set)
        who = f"of the permission set {centre.permission_set}"
        for user in centre.users or ("somebody",):
            context = self.session(user, right)
            yield Visitor(f"{user} {who}", self.asks(right, context, self.with_incident), True)
            if self.expected.incident_id_pattern is not None:
                yield Visitor(f"{user} {who}, without an incident id", self.asks(right, context, [None]), False)
        first = centre.users[0] if centre.users else "somebody"
        if centre.users:
            other = self.session("another.user@example.com", right)
            yield Visitor(f"another user {who}", self.asks(right, other, self.any_incident), False, True)
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
        found = (account_of(text) for text in (*principals, *conditions))
        return list(dict.fromkeys(text for text in found if text not in ("", self.account_id)))

    def far(self) -> str:
        """An account that neither the policy nor guardrails.toml names."""
        named = {self.account_id, *self.foreign(), *(account_of(text) for text in self.expected.people)}
        return next(text for text in (digit * 12 for digit in "98765432") if text not in named)

    def other_sets(self) -> Iterator[Visitor]:
        """Sessions of Identity Center that the policy names, and that are not of the declared permission set."""
        centre = self.expected.identity_center
        ours = f"AWSReservedSSO_{centre.permission_set}_" if centre else ""
        names = [text.partition(":")[2] for text in self.listed("aws:userid")] or ["somebody"]
        user = sample(names[0], "x")
        for text in dict.fromkeys(door.value for door in doors(self.document) if door.kind == IDENTITY_CENTER):
            arn = sample(text if account_of(text) else _in_account(text, self.account_id), "x")
            declared = any(same_principal(arn, person) for person in self.expected.people)
            if not declared and not (ours and ours in arn) and arn.startswith("arn:"):
                yield Visitor(
                    f"{user} as {arn}", self.asks(arn, self.session(user, arn), self.any_incident), False, True
                )

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
        """Whom the policy names, and guardrails.toml does not."""
        seen: set[str] = set()
        for door in doors(self.document):
            arn = sample(door.value, "x")
            declared = any(same_principal(arn, person) for person in self.expected.people)
            nobody = not arn.startswith("arn:") and door.kind != ACCOUNT  # an account may stand there by its id alone
            if declared or arn in seen or door.kind not in (USER, ROLE, ACCOUNT) or nobody:
                continue
            seen.add(arn)
            if door.kind == USER:
                yield Visitor(f"the user {arn}", self.asks(arn, mfa_keys("60"), self.any_incident), False, True)
            elif door.kind == ROLE and arn != self.role_arn:
                yield Visitor(f"a session of {arn}", self.asks(arn, self.session(), self.any_incident), False, True)
            elif door.account_id not in ("", self.account_id):
                user = f"{self.prefix}:iam::{door.account_id}:user/somebody"
                yield Visitor(f"a user of the account {door.account_id}, with MFA",
                              self.asks(user, mfa_keys("60"), self.any_incident), False, True)  # fmt: skip

    def strangers(self) -> Iterator[Visitor]:
        home = f"{self.prefix}:iam::{self.account_id}"
        rows = (
            ("another user of the account, with MFA", f"{home}:user/somebody-else", mfa_keys("60")),
            ("a chained role of the account", f"{home}:role/some-other-role", self.session()),
            ("a user of another account, with MFA", f"{self.prefix}:iam::{self.far()}:user/somebody", mfa_keys("60")),
            ("the role itself", self.role_arn, self.session()),
        )  # fmt: skip
        for who, principal, context in rows:
            yield Visitor(who, self.asks(principal, context, self.any_incident), False, True)
        for account_id in dict.fromkeys(self.listed("aws:principalaccount")):
            if account_of(account_id) and account_id != self.account_id:
                user = f"{self.prefix}:iam::{account_id}:user/somebody"
                yield Visitor(f"a user of the account {account_id} (aws:PrincipalAccount), with MFA",
                              self.asks(user, mfa_keys("60"), self.any_incident), False, True)  # fmt: skip
        yield from self.machines()

    def machines(self) -> Iterator[Visitor]:
        services = self.principals("Service") or ["ec2.amazonaws.com"]
        for name in services:
            yield Visitor(f"the service {name}", self.asks(name, {}, [None]), False, True)
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


def _in_account(arn: str, account_id: str) -> str:
    """The ARN pattern with this account where it leaves the account open."""
    parts = arn.split(":", 5)
    return ":".join((*parts[:4], account_id, parts[5])) if len(parts) == 6 else arn
