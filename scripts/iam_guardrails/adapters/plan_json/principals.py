"""IAM in a plan: roles, users, groups and managed policies, each with everything the plan attaches to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_guardrails.adapters.plan_json.attachments import Attachments
from iam_guardrails.adapters.plan_json.documents import document, read_document
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.names import name_of
from iam_guardrails.adapters.plan_json.reading import AFTER_APPLY, Reading, holds
from iam_guardrails.model.account import Absent, AccessKey, Group, ManagedPolicy, OidcProvider, Role, User
from iam_guardrails.model.unknown import Unknown

NO_DOCUMENT = Unknown("the plan does not show it")


def roles(reading: Reading, attached: Attachments) -> Iterator[Role]:
    """Every role, with inline and attached policies from wherever the plan declares them."""
    for node in reading.graph.of("aws_iam_role"):
        yield Role(
            address=node.address,
            name=name_of(node),
            arn=reading.arn(node),
            trust=document(reading, node, "assume_role_policy") or NO_DOCUMENT,
            path=_path(reading, node),
            max_session_seconds=reading.value(node, "max_session_duration", 3600),
            boundary_arn=reading.link(node, "permissions_boundary", "aws_iam_policy"),
            inline_policies=attached.inline(node),
            attached_policy_arns=attached.policy_arns(node),
            tags=_tags(node),
            unique_id=node.values.get("unique_id") or "",
            name_prefix=None if node.values.get("name") else node.values.get("name_prefix") or "",
        )


def users(reading: Reading, attached: Attachments) -> Iterator[User]:
    """Every user, with policies, groups and whether the plan gives a console password."""
    graph = reading.graph
    profiles = {
        owner.address for node in graph.of("aws_iam_user_login_profile") for owner in attached.owners(node, "user")
    }
    groups = _group_names(reading, attached)
    for node in graph.of("aws_iam_user"):
        yield User(
            address=node.address,
            name=name_of(node),
            arn=reading.arn(node),
            path=_path(reading, node),
            boundary_arn=reading.link(node, "permissions_boundary", "aws_iam_policy"),
            inline_policies=attached.inline(node),
            attached_policy_arns=attached.policy_arns(node),
            group_names=tuple(groups.get(node.address, ())),
            has_console_password=node.address in profiles,
        )


def groups(reading: Reading, attached: Attachments) -> Iterator[Group]:
    """Every group, with inline and attached policies; who is in it stands with the users."""
    for node in reading.graph.of("aws_iam_group"):
        yield Group(node.address, name_of(node), reading.arn(node), attached.inline(node), attached.policy_arns(node))


def absent(attached: Attachments) -> Iterator[Absent]:
    """Whom the plan puts policies on without holding them."""
    for what, name, inline, arn in attached.elsewhere():
        yield Absent(what, name, (inline,) if inline else (), () if arn is None else (arn,))


def _group_names(reading: Reading, attached: Attachments) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in reading.graph.of("aws_iam_user_group_membership"):
        for owner in attached.owners(node, "user"):
            found.setdefault(owner.address, []).extend(_names(reading, node, "groups", "aws_iam_group"))
    for node in reading.graph.of("aws_iam_group_membership"):
        group = reading.name(node, "group", "aws_iam_group")
        for owner in attached.owners(node, "users"):
            found.setdefault(owner.address, []).append(group if isinstance(group, str) else f"address:{node.address}")
    return found


def members_elsewhere(reading: Reading, attached: Attachments) -> Iterator[tuple[str, str]]:
    """(user, group) of memberships that the plan gives to users it does not hold."""
    for node in reading.graph.of("aws_iam_user_group_membership"):
        for _, user in attached.names_elsewhere(node, "user"):
            yield from ((user, group) for group in _names(reading, node, "groups", "aws_iam_group"))
    for node in reading.graph.of("aws_iam_group_membership"):
        group = reading.name(node, "group", "aws_iam_group")
        for _, user in attached.names_elsewhere(node, "users"):
            yield user, group if isinstance(group, str) else f"address:{node.address}"


def unsure_members(reading: Reading, attached: Attachments) -> frozenset[str]:
    """Addresses of users that may be in a group which is known only after the apply."""
    found = [item for node in reading.graph.of("aws_iam_group_membership")
             for item in attached.doubtful_owners(node, "users")]  # fmt: skip
    for node in reading.graph.of("aws_iam_user_group_membership"):
        found += attached.doubtful_owners(node, "user")
        if holds(node.unknown.get("groups")) and node.values.get("groups"):  # only the known ones were read
            found += attached.owners(node, "user")
    return frozenset(item.address for item in found)


def _names(reading: Reading, node: Node, attribute: str, kind: str) -> list[str]:
    known = [item for item in node.values.get(attribute) or () if isinstance(item, str)]
    if known:
        return known
    targets = reading.targets(node, node.expressions.get(attribute), (kind,), known=True)
    return [] if isinstance(targets, Unknown) else [name_of(item) for item in targets]


def access_keys(reading: Reading, attached: Attachments) -> Iterator[AccessKey]:
    """Every long-lived key the plan creates or keeps; the secret is never read."""
    for node in reading.graph.of("aws_iam_access_key"):
        owners = [name_of(owner) for owner in attached.owners(node, "user")]
        user = node.values.get("user")
        status = reading.value(node, "status", "Active")
        yield AccessKey(
            address=node.address,
            user_name=owners[0] if len(owners) == 1 else user if isinstance(user, str) else f"address:{node.address}",
            key_suffix=str(node.values.get("id") or "")[-4:],
            active=status if isinstance(status, Unknown) else status == "Active",
        )


def managed_policies(reading: Reading) -> Iterator[ManagedPolicy]:
    """Customer-managed policies of the plan, and those its data sources read."""
    for node in reading.graph.of("aws_iam_policy"):
        yield ManagedPolicy(
            node.address, name_of(node), reading.arn(node), document(reading, node, "policy") or NO_DOCUMENT
        )
    for node in reading.graph.of("aws_iam_policy", mode="data"):
        arn = node.values.get("arn")
        if isinstance(arn, str):
            found = read_document(node.values.get("policy")) or NO_DOCUMENT
            name = str(node.values.get("name") or "")
            yield ManagedPolicy(node.address, name, arn, found, ":aws:policy/" in arn)


def oidc_providers(reading: Reading) -> Iterator[OidcProvider]:
    """Identity providers that CI signs in through."""
    for node in reading.graph.of("aws_iam_openid_connect_provider"):
        audiences = reading.value(node, "client_id_list", [])
        yield OidcProvider(
            address=node.address,
            arn=reading.arn(node),
            url=reading.text(node, "url") or Unknown(AFTER_APPLY),
            audiences=audiences if isinstance(audiences, Unknown) else tuple(audiences),
        )


def _tags(node: Node) -> dict[str, str]:
    for name in ("tags_all", "tags"):
        tags, marks = node.values.get(name) or {}, node.sensitive.get(name) or {}
        if tags and marks is not True:
            return {key: text for key, text in tags.items() if isinstance(text, str) and not marks.get(key)}
    return {}


def _path(reading: Reading, node: Node) -> str:
    found: Any = reading.text(node, "path", "/")
    return found if isinstance(found, str) else "/"
