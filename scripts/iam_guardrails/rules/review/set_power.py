"""What a permission set of Identity Center allows: as a fingerprint, and whether that makes an administrator.

Source: IAM Identity Center User Guide, permissionsetcustom (AWS's policies, customer policies by name, an inline
policy, a boundary); a customer policy is the one of that path and name in the account itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.capture.identity_center import PermissionSet
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.review.meaning import meaning_of
from iam_guardrails.model.review.review import fingerprint
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.set_ways import by_name, by_roles, makes_administrator


def set_power(basis: Basis, found: PermissionSet | None) -> str:
    """A fingerprint over what a permission set allows, by its meaning, in hex; "" where the set was not read."""
    if found is None:
        return ""
    told: list[list[str]] = []
    for name, document in _policies(basis, found):
        by_aws = name.split(":")[4:5] == ["aws"]
        told.append(["aws", name] if by_aws else [name, *_meanings(document)])
    told.append(["within", found.boundary.reason if isinstance(found.boundary, Unknown) else found.boundary or ""])
    return fingerprint(sorted(told))


def raising(basis: Basis, found: PermissionSet | None) -> tuple[str, ...]:
    """The policies of a permission set by which its people are administrators, or make themselves such."""
    policies = list(_policies(basis, found)) if found else []
    names = [name for name, document in policies if _raises(name, document)]
    if not names:
        read = [(name, document) for name, document in policies if not isinstance(document, Unknown)]
        names += by_roles(basis, read)
    return tuple(dict.fromkeys(map(_short, names)))


def unread(basis: Basis, found: PermissionSet | None) -> Iterator[str]:
    """Which of its policies are not known, but for AWS's own, which are known by their names; a sentence each."""
    for name, document in _policies(basis, found) if found else ():
        if isinstance(document, Unknown) and name.startswith("arn:") and name.split(":")[4:5] != ["aws"]:
            called = found.name if found and isinstance(found.name, str) else "a permission set"
            yield f"what the policy {_short(name)} of the permission set {called} allows: {document.reason}"


def _short(name: str) -> str:
    return name.rpartition("/")[2]


def _policies(basis: Basis, found: PermissionSet) -> Iterator[tuple[str, PolicyDocument | Unknown]]:
    """Its policies by ARN or name, each as far as the capture holds it."""
    estate = basis.estate
    partition = "aws" if isinstance(estate, Unknown) else estate.partition
    arns = [] if isinstance(found.managed_policy_arns, Unknown) else list(found.managed_policy_arns)
    if not isinstance(found.customer_policies, Unknown):
        account = f"arn:{partition}:iam::{basis.capture.account_id}:policy"
        arns += [f"{account}{path}{name}" for path, name in found.customer_policies]
    for listed in (found.managed_policy_arns, found.customer_policies):
        if isinstance(listed, Unknown):
            yield "not read", listed
    for arn in arns:
        yield arn, estate if isinstance(estate, Unknown) else estate.parsed(estate.managed(arn))
    if found.inline_policy is not None:
        yield "the inline policy", found.inline_policy


def _meanings(document: PolicyDocument | Unknown) -> list[str]:
    if isinstance(document, Unknown):
        return [f"not read: {document.reason}"]
    return sorted(meaning_of(item, document.version) for item in document.statements)


def _raises(name: str, document: PolicyDocument | Unknown) -> bool:
    if isinstance(document, Unknown):
        return by_name(name)
    return makes_administrator(document)
