"""Roles that are named like the middleware, and that no line of the manifest declares."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, takewhile

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.strangers import strangers
from iam_guardrails.model.iam.trust import doors
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.manifest import Middleware
from iam_guardrails.model.review.review import Item
from iam_guardrails.rules.review.parts import Part, item_of
from iam_guardrails.rules.review.power import power_of

_ENDS = "-_./"


def unlisted(basis: Basis, estate: Estate, lines: tuple[Middleware, ...], parts: list[Part]) -> Iterator[Item]:
    """An item for each such role, but for those that rules of their own judge; letter case parts no names in IAM."""
    begins = _beginnings(lines)
    declared = {part.role.arn for part in parts}
    for role in estate.roles:
        begin = next((text for text in begins if role.name.lower().startswith(text.lower())), None)
        if begin is not None and role.arn not in declared and role.name not in basis.expected.role_names:
            yield _item(estate, role, begin, power_of(basis, role.arn))


def _beginnings(lines: tuple[Middleware, ...]) -> tuple[str, ...]:
    """What the names of lines of different tiers begin with, up to a sign that parts words: "mw-".

    Lines that share no beginning (`mw-…` and `data-…`) are two families, and tell none.
    """
    found = set[str]()
    for one, other in combinations(lines, 2):
        shared = _shared(_literal(one.name), _literal(other.name))
        end = max(shared.rfind(sign) for sign in _ENDS)
        if one.tier != other.tier and end >= 0:
            found.add(shared[: end + 1])
    return tuple(sorted(found))


def _literal(pattern: str) -> str:
    return pattern.partition("*")[0].partition("?")[0]


def _shared(one: str, other: str) -> str:
    return "".join(sign for sign, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _item(estate: Estate, role: Principal, begin: str, power: str) -> Item:
    document = estate.trust_document(role)
    if isinstance(document, PolicyDocument):
        who = sorted({door.who for door in doors(document)})
        outside = [one.told for one in strangers(document, estate.account_id)]
        reasons = [f"it may be assumed by {listed(who, 6) or 'nobody'}"]
    else:
        who, outside, reasons = [], [], ["its trust policy was not read"]
    reasons += [f"it lets in {listed(outside, 4)}"] if outside else []
    title = f"no line of the manifest declares {role.name}, which is named like the others"
    remedy = "declare it: [[middleware]] name, tier, trusted, boundary, secrets; or give it another name"
    return item_of(role.arn, "unlisted", title, "high" if outside else "medium", [begin, who, outside], reasons, remedy,
                   power)  # fmt: skip
