"""Whose last accessed data a capture asks for: two calls each, so not of everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.value import frozen

SCOPE, ALL, NOBODY = "scope", "all", "none"
_SERVICE_LINKED = "/aws-service-role/"
LEFT_OUT = "it was left out (--last-accessed none)"
OF_AWS = "it is a service-linked role: AWS alone uses and changes it"
OUT_OF_SCOPE = "access-analyzer:GetFindingV2 was not called: only active findings in scope are asked about"
NEVER_USED = "IAM tells no use of the role within 400 days (RoleLastUsed), so the services would all be unused"


@frozen
class Scope:
    """What a capture is about.

    regions: the home Region first.  role_names: break-glass roles.  people: ARNs that may enter.  role_patterns: names
    (globs) of the roles whose use matters, beside the break-glass roles.  secret_patterns: names (globs) of the secrets
    whose replicas matter.  last_access: SCOPE (every user, the named roles), ALL or NOBODY.
    expects_identity_center: whether not being able to read it is a refusal.
    """

    account_id: str
    regions: tuple[str, ...]
    role_names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    role_patterns: tuple[str, ...] = ()
    secret_patterns: tuple[str, ...] = ()
    last_access: str = SCOPE
    expects_identity_center: bool = False

    def names_role(self, name: str) -> bool:
        """Whether a role of that name is in scope."""
        return self.last_access == ALL or name in self.role_names or matches(name, self.role_patterns)

    def names_secret(self, name: str) -> bool:
        """Whether guardrails.toml names the secret."""
        return matches(name, self.secret_patterns)

    def holds(self, arn: str) -> bool:
        """Whether the user or role with that ARN is in scope."""
        kind = arn.rpartition(":")[2].partition("/")[0]
        return kind == "user" or (kind == "role" and self.names_role(arn.rpartition("/")[2]))


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether a name fits one of some patterns with * and ?."""
    return any(glob_match(pattern, name) for pattern in patterns)


def principals_in_scope(details: Mapping[str, Any], scope: Scope) -> tuple[tuple[str, ...], dict[str, str]]:
    """The ARNs to ask about, in the order of the details, and those in scope that need no asking with the reason."""
    if scope.last_access == NOBODY:
        return (), {}
    asked, unasked = [str(item["Arn"]) for item in details.get("UserDetailList", ())], {}
    for item in details.get("RoleDetailList", ()):
        arn = str(item["Arn"])
        if not scope.names_role(str(item["RoleName"])):
            continue
        if str(item.get("Path", "/")).startswith(_SERVICE_LINKED):
            unasked[arn] = OF_AWS
        elif not (item.get("RoleLastUsed") or {}).get("LastUsedDate"):
            unasked[arn] = NEVER_USED
        else:
            asked.append(arn)
    return tuple(asked), unasked
