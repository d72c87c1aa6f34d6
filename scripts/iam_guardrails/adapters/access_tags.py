"""Tags that change while a policy at hand asks for them: what that gives or takes is not weighed, and said.

A role's and a user's tags are those of its sessions (aws:PrincipalTag, `${aws:PrincipalTag/…}`); those of a resource
count as aws:ResourceTag and its kin. Source: AWS IAM User Guide, access_iam-tags and
reference_policies_condition-keys; Service Authorization Reference (s3:ExistingObjectTag, s3:BucketTag,
s3:AccessPointTag, rds:cluster-tag and its kin).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.match import names_action
from iam_guardrails.model.value import changed

TAGS = "tags"
PRINCIPALS = ("aws_iam_role", "aws_iam_user")
APART = ("aws_dynamodb_tag", "aws_ec2_tag", "aws_ecs_tag", "aws_transfer_tag")  # a tag each, of a resource elsewhere
_OF_PRINCIPAL = re.compile(r"aws:principaltag/(.+)", re.IGNORECASE)
_OF_RESOURCE = re.compile(
    r"(?:[a-z0-9-]+:resourcetag|s3:existingobjecttag|s3:buckettag|s3:accesspointtag|rds:[a-z-]+-tag)/(.+)",
    re.IGNORECASE,
)
_VARIABLES = re.compile(r"\$\{\s*aws:(Principal|Resource)Tag/([^},]+?)\s*[},]", re.IGNORECASE)
_ANY = ""  # the name of what stands for tags of which not even the keys are known


def tags_of(node: Node) -> tuple[Held, ...] | None:
    """The tags of a resource, one by one; None of one that has none to have.

    `name` is the key (lower case), `same` the value as JSON, "" where it is not known. `reason` is the resource's type.
    """
    if node.type in APART:
        value = node.values.get("value")
        return (
            Held(str(node.values.get("key", _ANY)).lower(), None, node.type, same=json.dumps(value) if value else ""),
        )
    names = [name for name in ("tags_all", "tags") if name in node.values or node.unknown.get(name)]
    if not names and node.type not in PRINCIPALS:
        return None
    told: dict[str, str] = {}
    open_ones = False
    for name in reversed(names):  # what the resource says itself stands; what a provider adds, as far as it is known
        told |= {str(key): json.dumps(value) for key, value in (node.values.get(name) or {}).items()}
        mark = node.unknown.get(name)
        told |= {str(key): "" for key, hidden in (mark.items() if isinstance(mark, dict) else ()) if hidden}
        open_ones |= mark is True
    whole = [*told.items(), *([(_ANY, "")] if open_ones else [])]
    return tuple(Held(key.lower(), None, node.type, same=same) for key, same in sorted(whole))


def certain_tags(node: Node, trust: PolicyDocument | None) -> tuple[tuple[str, str], ...] | None:
    """The tags of a user, or of a role's sessions: (key in lower case, value); None where a session may bring others.

    trust: the role's trust policy, None for a user. Source: AWS IAM User Guide, id_session-tags (sts:TagSession).
    """
    told = tags_of(node) or ()
    brings = [item for item in trust.statements if item.effect == "Allow" and _may_tag(item)] if trust else []
    if brings or not all(held.same for held in told):
        return None
    values = [(held.name, json.loads(held.same)) for held in told]
    return tuple((key, value) for key, value in values if isinstance(value, str))


def _may_tag(item: Statement) -> bool:
    if item.not_actions:
        return not names_action(item.not_actions, "sts:TagSession")
    return names_action(item.actions, "sts:TagSession")


def with_asked_tags(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """The subjects without the tags that no policy at hand asks for, and without those that stay."""
    there = tuple(subjects)
    of_principals, of_resources = _asked(item for item in there if item.what != TAGS)
    found = []
    for item in there:
        if item.what != TAGS:
            found.append(item)
            continue
        kinds = {held.reason for held in (*item.old.policies, *item.new.policies)}
        asked = _changed(item, of_resources | of_principals if kinds & {*PRINCIPALS} else of_resources)
        if asked:
            name = f"the tag{'s' if len(asked) > 1 else ''} {', '.join(sorted(asked))}"
            why = "policies at hand ask for it" if len(asked) == 1 else "policies at hand ask for them"
            held = Held(name, None, why, "read the policies that ask for them")
            side = Side((held,))
            found.append(changed(item, old=side if item.exists[0] else Side(), new=side if item.exists[1] else Side()))
    return tuple(found)


def _asked(subjects: Iterable[Subject]) -> tuple[frozenset[str], frozenset[str]]:
    """The keys (lower case) of tags that conditions ask of principals, and of resources."""
    of_principals, of_resources = set[str](), set[str]()
    for statement in statements(subjects):
        texts = [*statement.resources, *statement.not_resources]
        for item in statement.conditions:
            texts += item.values
            for pattern, keys in ((_OF_PRINCIPAL, of_principals), (_OF_RESOURCE, of_resources)):
                if match := pattern.fullmatch(item.key):
                    keys.add(match[1].lower())
        for whose, key in (pair for text in texts for pair in _VARIABLES.findall(text)):
            (of_principals if whose.lower() == "principal" else of_resources).add(key.lower())
    return frozenset(of_principals), frozenset(of_resources)


def statements(subjects: Iterable[Subject]) -> Iterator[Statement]:
    """The statements of all policies on both sides that are known."""
    for item in subjects:
        for side in (item.old, item.new):
            for held in (*side.policies, *((side.boundary,) if side.boundary else ())):
                yield from held.document.statements if held.document else ()


def _changed(item: Subject, asked: frozenset[str]) -> frozenset[str]:
    """Those of the keys whose tags change, or may; of a resource that comes or goes with its tags none do."""
    old, new = item.old.policies, item.new.policies
    if not all(item.exists) and not any(held.reason in APART for held in (*old, *new)):
        return frozenset()
    open_ones = any(held.name == _ANY for held in (*old, *new))

    def stays(key: str) -> bool:
        one, other = ([held.same for held in held_ones if held.name == key] for held_ones in (old, new))
        return one == other and "" not in one and not (open_ones and not one)

    return frozenset(key for key in asked if not stays(key))
