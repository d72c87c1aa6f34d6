"""What differs between two states of Terraform's text, resource by resource."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.adapters.terraform_source.configuration import DEFAULT_TAGS, Configuration, Resource
from iam_guardrails.adapters.terraform_source.unknown_text import Open, is_open, pattern_of, written
from iam_guardrails.model.review.declared import ADDED, ANY, CHANGED, REMOVED, TAGS, Declared, Values, inside

INLINE = "inline_policy"

_ARNS = {
    "aws_iam_policy": "policy", "aws_iam_openid_connect_provider": "oidc-provider/",
    "aws_iam_saml_provider": "saml-provider", "aws_iam_instance_profile": "instance-profile",
}  # fmt: skip


def differences(before: Configuration, after: Configuration) -> tuple[Declared, ...]:
    """The resources that came, went or changed; one that moved, by a block `moved`, is the same at another address."""
    old = {_address(one.address, after): one for one in before.resources}
    new = {one.address: one for one in after.resources}
    gone = [one for address, one in old.items() if address not in new or new[address].type != one.type]
    come = [one for address, one in new.items() if address not in old or old[address].type != one.type]
    found = [Declared(one.address, one.type, REMOVED, before=_texts(one)) for one in gone]
    found += [Declared(one.address, one.type, ADDED, after=_texts(one), documents=_documents(one)) for one in come]
    both = ((old[address], new[address]) for address in new if address in old)
    found += [made for one, other in both if one.type == other.type for made in _changed(one, other)]
    return tuple(sorted(found, key=lambda one: one.address))


def _address(address: str, after: Configuration) -> str:
    """Where a resource stands afterwards."""
    for source, to in after.moved:
        if address == source or address.startswith((f"{source}.", f"{source}[")):
            return to + address.removeprefix(source)
    return address


def _changed(one: Resource, other: Resource) -> Iterator[Declared]:
    names = {*one.values, *other.values}
    differ = sorted(name for name in names if written(one.values.get(name)) != written(other.values.get(name)))
    if differ:
        yield Declared(other.address, other.type, CHANGED, _texts(one), _texts(other), tuple(differ),
                       _documents(other))  # fmt: skip


def _documents(one: Resource) -> dict[str, str]:
    found = {name: value for name, value in one.values.items() if isinstance(value, str) and _is_object(value)}
    for block in _blocks(one.values.get(INLINE)):
        name, policy = block.get("name"), block.get("policy")
        if isinstance(name, str) and isinstance(policy, str) and _is_object(policy):
            found[inside(INLINE, name)] = policy
    parts = [*_blocks(one.values.get(DEFAULT_TAGS, ())), {TAGS: one.values.get(TAGS) or {}}]
    tags = [part.get(TAGS) or {} for part in parts]
    if not is_open(one.values.get(DEFAULT_TAGS)) and all(isinstance(each, Mapping) for each in tags):
        whole = {name: value for each in tags for name, value in each.items() if value is not None}
        if not is_open(whole):
            found[TAGS] = json.dumps({name: pattern_of(value) for name, value in whole.items()})
    return found


def _blocks(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _is_object(text: str) -> bool:
    try:
        return text.lstrip().startswith("{") and isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _texts(one: Resource) -> Values:
    """The arguments as patterns, with the name and ARN that follow from others."""
    found = {name: texts for name, value in one.values.items() if (texts := _text(name, value))}
    if "name" not in found and (prefix := found.get("name_prefix")):
        found["name"] = (f"{prefix[0]}{ANY}",)
    if one.type == "aws_iam_service_linked_role":  # AWS gives the name
        found["name"] = (f"AWSServiceRoleFor{ANY}",)
    if one.type in _ARNS and (end := _end(found)):
        found["arn"] = (f"arn:{ANY}:iam::{ANY}:{_ARNS[one.type]}{end}",)
    return found


def _end(found: Mapping[str, tuple[str, ...]]) -> str:
    """The end of an ARN: of a provider its address, else path and name."""
    if "url" in found:
        return found["url"][0].removeprefix("https://")
    return f"{found.get('path', ('/',))[0]}{found['name'][0]}" if "name" in found else ""


def _text(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, (str, int, float, Open)):
        return (pattern_of(value),)
    if not isinstance(value, list):
        return ()
    if name == INLINE:
        return tuple(pattern_of(item.get("name", Open("")) if isinstance(item, Mapping) else item) for item in value)
    return tuple(pattern_of(item) for item in value if isinstance(item, (str, Open)))
