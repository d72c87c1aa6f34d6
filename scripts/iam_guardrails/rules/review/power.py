"""What a user or role may do and who may become it, as a fingerprint: a decision about it falls when that changes."""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.principals import Estate, Group, Parsed, Principal
from iam_guardrails.model.review.basis import Basis
from iam_guardrails.model.review.meaning import meaning_of
from iam_guardrails.model.review.review import fingerprint
from iam_guardrails.model.unknown import Unknown


def power_of(basis: Basis, arn: str) -> str:
    """A fingerprint over the policies, the boundary and the trust policy of a user or role, by their meaning, in hex;
    "" where the capture holds no such principal.

    Of a policy of AWS's its name counts: AWS adds actions to it every few weeks. A policy that was not read counts by
    its name too, so that reading it later asks again.
    """
    kept: dict[str, str] = basis.kept.setdefault("power", {})
    if arn not in kept:
        principal = _principals(basis).get(arn)
        kept[arn] = fingerprint(sorted(_powers(basis, principal))) if principal else ""
    return kept[arn]


def _principals(basis: Basis) -> dict[str, Principal]:
    if "principals" not in basis.kept:
        estate = basis.estate
        known = () if isinstance(estate, Unknown) else estate.principals
        basis.kept["principals"] = {item.arn: item for item in known}
    found: dict[str, Principal] = basis.kept["principals"]
    return found


def _powers(basis: Basis, principal: Principal) -> Iterator[list[str]]:
    assert not isinstance(basis.estate, Unknown)
    estate = basis.estate
    holders: list[Principal | Group] = [principal]
    holders += [estate.groups[name] for name in principal.groups if name in estate.groups]
    yield from (["in a group that was not read", name] for name in principal.groups if name not in estate.groups)
    for holder in holders:
        for name, document in holder.inline:
            yield from (["allows", text] for text in _meanings(basis, name, estate.parsed(document)))
        for arn in holder.attached:
            yield from (["allows", text] for text in of_policy(basis, estate, arn))
    if principal.boundary_arn:
        yield from (["within", text] for text in of_policy(basis, estate, principal.boundary_arn))
    if principal.trust is not None:
        yield from (["trusts", text] for text in _meanings(basis, "trust", estate.trust_document(principal)))


def of_policy(basis: Basis, estate: Estate, arn: str) -> list[str]:
    """The meanings of a policy's statements; of one of AWS's its ARN."""
    by_aws = arn.split(":")[4:5] == ["aws"]
    return [arn] if by_aws else _meanings(basis, arn, estate.parsed(estate.managed(arn)))


def _meanings(basis: Basis, label: str, document: Parsed | None) -> list[str]:
    """Its statements, each by its meaning; the same text is read once."""
    if not isinstance(document, PolicyDocument):
        return [f"not read: {label}"]
    kept: dict[int, list[str]] = basis.kept.setdefault("meanings", {})
    if id(document) not in kept:
        kept[id(document)] = [intern(meaning_of(item, document.version)) for item in document.statements]
    return kept[id(document)]
