"""The published methods of privilege escalation in AWS, as data: methods.json beside this file, read when asked for.

A method is one step: with the permissions `needs`, the caller gets at `target` and gains `gain`.

gain: "act" (the target's credentials), "trust" (its trust policy can be written), "grow" (an administrator's policy can
be attached to it), "replace" (its inline policies can be written anew), "rewrite" (the policy can be written anew),
"reset" (another kept version of the policy can be made the default one),
"tag", "untag" (a tag of its can be set, taken away),
"unbound" (its permissions boundary falls), "strip-inline", "strip-managed" (its inline, its managed policies can be
taken away), "open" (users can be put into the group), "leave" (users can be taken out of it), "administrator".
"""

from __future__ import annotations

from functools import cache
from typing import Any

from iam_guardrails.model.value import frozen

DATA = __file__.removesuffix("methods.py") + "methods.json"
TARGET, ANY, SOME = "target", "any", "some"
ITS, WRITTEN = "its", "written"
ADMINISTRATOR, ABSENT = "administrator", "absent"
WITH_PROFILE = "roles with an instance profile"
OTHER_VERSION = "policies of which another version is kept"
WITH_ROOM, FULL = "policies that have fewer than five versions", "policies that have five versions"


@frozen
class Need:
    """One permission that a method needs.

    on: "target", "any" (the action has no resources), "some" (any resource of the service will do), or the ARN of a
    resource that the caller names, with {partition}, {region}, {account} and {new}; the same text is the same resource.
    trust: for sts:AssumeRole, whether the role's trust policy is "its" own or one that the caller has "written".
    carries: condition keys whose values the caller chooses: "administrator" is a policy that allows everything,
    "absent" leaves the key out.  sends: what else it may send with that, one set of condition keys for each choice.
    """

    action: str
    on: str = TARGET
    trust: str = ""
    carries: tuple[tuple[str, str], ...] = ()
    sends: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = ((),)


@frozen
class Method:
    """One method. target: user, group, role, policy, saml-provider, account, new-user or new-role.

    facts: what must be so besides, which policies do not tell ("" for nothing).  only: which targets count, "" for all.

    passes_to: the service that the role is passed to: "" where AWS does not document how it is named, None where
    nothing is passed.  trusted: the service that the role must trust, "" for none.
    """

    id: str
    name: str
    category: str
    target: str
    gain: str
    needs: tuple[Need, ...]
    source: str
    url: str
    facts: str = ""
    only: str = ""
    passes_to: str | None = None
    trusted: str = ""


@cache
def published() -> tuple[Method, ...]:
    """All methods, in the order in which they are tried."""
    import json

    with open(DATA, encoding="utf-8") as file:  # noqa: PTH123 - pathlib costs time that the start of a command has not
        content = json.load(file)
    return tuple(_method(item, content["sources"]) for item in content["methods"])


def _method(item: dict[str, Any], sources: dict[str, dict[str, str]]) -> Method:
    source = sources[item.pop("source")]
    needs = tuple(
        Need(need["action"], need["on"], need.get("trust", ""), tuple(need.get("carries", {}).items()))
        for need in item.pop("needs")
    )
    trusted = item.pop("trusted", None) or item.get("passes_to") or ""
    return Method(**item, needs=needs, source=source["name"], url=source["url"], trusted=trusted)
