"""Every request that was seen, put to the evaluator again: what the old policies allowed, the new ones must allow.

Policies on the resource are left out, as if the resource were the account's own and its policy said nothing: what the
role's own policies allow is compared. A request whose resource no record tells is tried on every resource that a
statement of the old policies names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.evaluate import Policies, decide
from iam_guardrails.model.iam.judge import ALLOWED, DEPENDS, Verdict
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.iam.scope import covers_action
from iam_guardrails.model.iam.tightening.observed import Observed
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.value import frozen

Documents = tuple[PolicyDocument, ...]
_WORTH: dict[Verdict, int] = {ALLOWED: 2, DEPENDS: 1}


@frozen
class Replay:
    """asked: how many requests were put.  lost: those that the new policies allow less than the old ones did."""

    asked: int
    lost: tuple[Observed, ...]


def replay(
    role_arn: str, requests: Sequence[Observed], old: Documents, new: Documents, boundary: PolicyDocument | None = None
) -> Replay:
    """Put each request to both. Conditions on what no record tells are open on both sides alike."""

    def verdict(request: Request, documents: Documents) -> int:
        policies = Policies(identity=documents, boundary=boundary, resource_kind="resource",
                            resource_account=account_of(role_arn))  # fmt: skip
        return _WORTH.get(decide(request, policies).decision, 0)

    asked, lost = 0, []
    for seen in {(seen.action, seen.resource): seen for seen in requests}.values():
        for resource in (seen.resource,) if seen.resource else tuple(_resources(seen.action, old)):
            request = Request(role_arn, seen.action, resource, {}, context_complete=False)
            asked += 1
            if verdict(request, old) > verdict(request, new):
                lost.append(seen)
                break
    return Replay(asked, tuple(lost))


def _resources(action: str, documents: Documents) -> Iterator[str]:
    """A resource for each Resource element that stands beside the action, `*` and `?` filled with a letter."""
    found: dict[str, None] = {"*": None}
    for document in documents:
        for item in document.statements:
            if item.effect == "Allow" and covers_action(item, action):
                for text in item.resources or ("arn:aws:x:x:x:x",):
                    found.setdefault("*" if text == "*" else text.replace("*", "x").replace("?", "x"))
    yield from found
