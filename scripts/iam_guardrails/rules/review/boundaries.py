"""The permissions boundaries of the middleware, by what they say: a declared name alone limits nothing.

Source: AWS IAM User Guide, access_policies_boundaries (what a boundary limits, and that whoever may change or take away
the boundary is not limited by it).
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.document import PolicyDocument, parse
from iam_guardrails.model.iam.evaluate import ALLOWED, DEPENDS, decide
from iam_guardrails.model.iam.grants import grants_everything
from iam_guardrails.model.iam.policies import Policies
from iam_guardrails.model.iam.principals import Estate
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.review.basis import listed
from iam_guardrails.model.review.declaration import Declared
from iam_guardrails.model.review.manifest import named_by
from iam_guardrails.model.review.meaning import meaning_of
from iam_guardrails.model.review.review import Item, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.rules.review.parts import ID, Part, item_of

_ALL = parse({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
# what frees a role from its boundary: calls on the role, and on the policy
_ON_ROLE = ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary")
_ON_POLICY = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")


def boundary(estate: Estate, part: Part, missing: list[str]) -> Iterator[Item]:
    """An item where a role has another boundary than its line declares, or one that does not hold it."""
    declared, arn = part.line.boundary, part.role.boundary_arn
    if not declared:
        return
    name = arn.rpartition("/")[2]
    if not named_by((declared,), _spelled(declared, arn)):
        has = f"has the boundary {name}" if name else "has no permissions boundary"
        remedy = f"set permissions_boundary of {part.role.name} to {declared}"
        yield item_of(part.role.arn, "boundary", f"{part.role.name} {has}; declared is {declared}", "medium", name, [],
                      remedy, part.power)  # fmt: skip
        return
    alike = [one for one in estate.policies if one.rpartition("/")[2] == name]
    if len(alike) > 1 and "/" not in declared:
        yield item_of(part.role.arn, "boundary", f"{part.role.name} has one of {len(alike)} policies named {name}",
                      "medium", sorted(alike), [f"its boundary is {arn}", f"all of them: {listed(alike)}"],
                      "declare the boundary with its path: boundary = \"policy/PATH/NAME\"", part.power)  # fmt: skip
    yield from _held(estate, part, name, missing)


def declared(estate: Estate, part: Part) -> Declared | None:
    """The declared boundary of a role, bound to what it says; None where it has none, or it was not read."""
    document = estate.boundary_document(part.role)
    if not part.line.boundary or not isinstance(document, PolicyDocument):
        return None
    name = part.role.boundary_arn.rpartition("/")[2]
    meaning = fingerprint(sorted(meaning_of(item, document.version) for item in document.statements))
    remedy = f"put {name} back, or say that it is right as it is now (keep)"
    what = f"what the boundary {name} of {part.role.name} limits"
    return Declared(item_id(ID, part.role.arn, "declared"), part.role.arn, what, meaning, remedy)


def _spelled(declared: str, arn: str) -> str:
    """The boundary as the manifest names it: by its name, by its path and name ("policy/x/y"), or by its ARN."""
    if declared.startswith("arn:"):
        return arn
    return arn.split(":", 5)[-1] if "/" in declared else arn.rpartition("/")[2]


def _held(estate: Estate, part: Part, name: str, missing: list[str]) -> Iterator[Item]:
    """Whether the boundary limits the role at all, and whether the role can take it away."""
    document = estate.boundary_document(part.role)
    if not isinstance(document, PolicyDocument):
        why = document.reason if isinstance(document, Unknown) else "it is not there"
        missing.append(f"what the boundary {name} of {part.role.name} limits: {why}")
        return
    denies = any(item.effect == "Deny" for item in document.statements)
    whole = any(grants_everything(item) and not item.conditions for item in document.statements)
    if whole and not denies:
        yield item_of(part.role.arn, "limit", f"the boundary {name} of {part.role.name} limits nothing", "high",
                      [name], ["it allows every action on every resource"],
                      f"name in {name} what the middleware needs at most", part.power)  # fmt: skip
        return
    freed = list(_freeing(part, document))
    if freed:
        actions = ", ".join(action for action, _ in freed)
        sure = any(answer == ALLOWED for _, answer in freed)
        title = f"the boundary {name} lets {part.role.name} change it or take it away: {actions}"
        yield item_of(part.role.arn, "limit", title, "high" if sure else "medium", [list(one) for one in freed], [],
                      f"deny {actions} in {name}", part.power)  # fmt: skip


def _freeing(part: Part, document: PolicyDocument) -> Iterator[tuple[str, str]]:
    """The calls that the boundary leaves open and that would end it: action, ALLOWED or DEPENDS."""
    policies = Policies((_ALL,), None, document)
    asked = [(action, part.role.arn) for action in _ON_ROLE]
    asked += [(action, part.role.boundary_arn) for action in _ON_POLICY]
    for action, resource in asked:
        answer = decide(Request(part.role.arn, action, resource, {}, False), policies).decision
        if answer in (ALLOWED, DEPENDS):
            yield action, answer
