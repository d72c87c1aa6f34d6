"""Tags that change while a policy at hand asks for them: what that gives or takes is not weighed, and said.

A role's and a user's tags are those of its sessions (aws:PrincipalTag, `${aws:PrincipalTag/…}`); those of a resource
count as aws:ResourceTag and its kin. Source: AWS IAM User Guide, access_iam-tags and
reference_policies_condition-keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject
from iam_guardrails.model.iam.document import Statement
from iam_guardrails.model.value import changed

TAGS = "tags"
PRINCIPALS = ("aws_iam_role", "aws_iam_user")
_OF_PRINCIPAL = re.compile(r"aws:principaltag/(.+)", re.IGNORECASE)
_OF_RESOURCE = re.compile(r"[a-z0-9-]+:resourcetag/(.+)", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{\s*aws:PrincipalTag/([^},\s]+)", re.IGNORECASE)


def tags_of(node: Node) -> Held | None:
    """The tags of a resource; None of one that has none to have. `same` is their JSON, "" where one is not known."""
    names = [name for name in ("tags_all", "tags") if name in node.values or node.unknown.get(name)]
    if not names:
        return None
    whole: dict[str, object] = next(
        (node.values[name] for name in names if isinstance(node.values.get(name), dict)), {}
    )
    hidden = any(_open(node.unknown.get(name)) for name in names)
    text = "" if hidden else json.dumps({str(key): value for key, value in whole.items()}, sort_keys=True)
    return Held("the tags", None, "conditions ask for them", "read the policies that ask for them", text)


def _open(mark: object) -> bool:
    return mark is True or (isinstance(mark, dict) and any(map(_open, mark.values())))


def with_asked_tags(subjects: Iterable[Subject]) -> tuple[Subject, ...]:
    """The subjects without the tags that no policy at hand asks for, and without those that stay."""
    there = tuple(subjects)
    of_principals, of_resources = _asked(item for item in there if item.what != TAGS)
    found = []
    for item in there:
        if item.what != TAGS:
            found.append(item)
            continue
        principal = item.address.rpartition("module.")[2].split(".")[-2] in PRINCIPALS
        asked = _changed(item) & (of_principals | of_resources if principal else of_resources)
        if asked:
            (held,) = item.new.policies
            name = f"the tag{'s' if len(asked) > 1 else ''} {', '.join(sorted(asked))}"
            why = "policies at hand ask for it" if len(asked) == 1 else "policies at hand ask for them"
            found.append(changed(item, new=Side((changed(held, name=name, reason=why),))))
    return tuple(found)


def _asked(subjects: Iterable[Subject]) -> tuple[frozenset[str], frozenset[str]]:
    """The keys (lower case) of tags that conditions ask of principals, and of resources."""
    of_principals, of_resources = set[str](), set[str]()
    for statement in _statements(subjects):
        texts = [*statement.resources, *statement.not_resources]
        for item in statement.conditions:
            texts += item.values
            for pattern, keys in ((_OF_PRINCIPAL, of_principals), (_OF_RESOURCE, of_resources)):
                if match := pattern.fullmatch(item.key):
                    keys.add(match[1].lower())
        of_principals |= {key.lower() for text in texts for key in _VARIABLE.findall(text)}
    return frozenset(of_principals), frozenset(of_resources)


def _statements(subjects: Iterable[Subject]) -> Iterator[Statement]:
    for item in subjects:
        for side in (item.old, item.new):
            for held in (*side.policies, *((side.boundary,) if side.boundary else ())):
                yield from held.document.statements if held.document else ()


def _changed(item: Subject) -> frozenset[str]:
    """The keys (lower case) of the tags that change; all that are there where one is not known."""
    if not (item.old.policies and item.new.policies):
        return frozenset()
    old, new = (json.loads(side.policies[0].same or "{}") for side in (item.old, item.new))
    whole = {key.lower() for key in (*old, *new)}
    if not (item.old.policies[0].same and item.new.policies[0].same):
        return frozenset(whole)
    return frozenset(key.lower() for key in (*old, *new) if old.get(key) != new.get(key))
