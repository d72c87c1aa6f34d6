"""Whether two roles may write the same thing: statement by statement, and the evaluator decides each meeting.

A meeting is an action and a resource that a statement of both names. Where both roles may do it, they overlap. Where a
Deny or a boundary stops one of them there, it may still leave another text of the same meeting open: not judged. Who
assumes a role says its trust policy, too, which is not asked here: where both may ask for it, they possibly overlap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_guardrails.model.iam.common import common
from iam_guardrails.model.iam.document import PolicyDocument, Statement, parse
from iam_guardrails.model.iam.evaluate import ALLOWED, DEPENDS, decide
from iam_guardrails.model.iam.match import covers
from iam_guardrails.model.iam.policies import Policies
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.iam.width import ONLY_STAR, writes
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen

Element = tuple[str, str]  # an action and a resource, as a statement writes them
MOST_MEETINGS = 4_000
_ASSUMES = ("sts:assumerole",)


@frozen
class Powers:
    """What a role may write. elements: of its Allow statements.  unread: why something is not known."""

    role: Principal
    policies: Policies
    elements: tuple[Element, ...]
    unread: tuple[str, ...] = ()


@frozen
class Overlap:
    """certain, possible: "ACTION on RESOURCE".  open: why more may be."""

    certain: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


def powers(estate: Estate, role: Principal) -> Powers:
    """What a role may write by its own policies within its boundary."""
    documents, unread = [], []
    for label, document in estate.identity_documents(role):
        if isinstance(document, Unknown):
            unread.append(f"{label}: {document.reason}")
        else:
            documents.append(document)
    boundary = estate.boundary_document(role)
    if isinstance(boundary, Unknown):
        unread.append(f"the boundary: {boundary.reason}")
        boundary = None
    made = Policies(tuple(documents), None, boundary)
    elements = dict.fromkeys(one for document in documents for one in _elements(document))
    return Powers(role, made, tuple(elements), tuple(unread))


def _elements(document: PolicyDocument) -> Iterator[Element]:
    for item in document.statements:
        if item.effect == "Allow":
            for action in _actions(item):
                for resource in item.resources if not item.not_resources else ("*",):
                    yield action, resource


def _actions(item: Statement) -> Iterator[str]:
    if item.not_actions:
        yield "*"
    yield from (action.lower() for action in item.actions if writes(action) and action.lower() not in ONLY_STAR)


def overlap(one: Powers, other: Powers) -> Overlap:
    """Where both may write."""
    certain, possible, stopped = list[str](), list[str](), list[str]()
    meetings = list(_meetings(one, other))
    opened = [*one.unread, *other.unread]
    if len(meetings) > MOST_MEETINGS:
        opened.append(f"{len(meetings):,} actions and resources meet; the first {MOST_MEETINGS:,} were judged")
    for shown, action, resource in meetings[:MOST_MEETINGS]:
        both = {_decided(each, action, resource) for each in (one, other)}
        if action in _ASSUMES and both <= {ALLOWED, DEPENDS}:
            possible.append(f"{shown}, as far as its trust policy lets them")
        elif both == {ALLOWED}:
            certain.append(shown)
        elif both <= {ALLOWED, DEPENDS}:
            possible.append(shown)
        else:
            stopped.append(shown)
    if stopped:
        opened.append(f"a Deny or a boundary stops {stopped[0]}, at least in part ({len(stopped)} such)")
    return Overlap(tuple(dict.fromkeys(certain)), tuple(dict.fromkeys(possible)), tuple(opened))


def _meetings(one: Powers, other: Powers) -> Iterator[tuple[str, str, str]]:
    """What is shown of each meeting, and a text of it: action, resource."""
    texts: dict[tuple[str, str], str | None] = {}
    for action, resource in one.elements:
        for action_2, resource_2 in other.elements:
            met = _met(action, action_2, texts)
            if met is None:
                continue
            where = _met(resource, resource_2, texts)
            if where is not None:
                yield f"{_narrower(action, action_2)} on {_narrower(resource, resource_2)}", _named(met), where or "x"


def _met(one: str, other: str, kept: dict[tuple[str, str], str | None]) -> str | None:
    key = (one, other)
    if key not in kept:
        kept[key] = common(one, other)
    return kept[key]


def _narrower(one: str, other: str) -> str:
    return other if covers(one, other) else one if covers(other, one) else f"{one} and {other}"


def _named(action: str) -> str:
    """A text that IAM takes for an action: of `s3:*` the shortest is no action."""
    service, _, name = action.partition(":")
    return f"{service or 'x'}:{name or 'x'}"


def _decided(each: Powers, action: str, resource: str) -> str:
    context: Mapping[str, tuple[str, ...]] = {}
    policies = each.policies
    if action in _ASSUMES:
        policies = changed(policies, resource=_trusting(account_of(each.role.arn)), resource_kind="trust")
    return decide(Request(each.role.arn, action, resource, context, False), policies).decision


def _trusting(account_id: str) -> PolicyDocument:
    """A trust policy that leaves it to the account's own policies who assumes the role."""
    return parse({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": account_id}, "Action": [*_ASSUMES]}],
    })  # fmt: skip
