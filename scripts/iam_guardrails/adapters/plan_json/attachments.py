"""Who gets which policy: every way Terraform has to put a policy on a role, a user or a group, gathered by owner.

What may belong to a principal but cannot be told before apply is kept with it as an Unknown, so that no rule
takes the known part for the whole.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.adapters.plan_json.documents import document, read_document
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.names import name_of
from iam_guardrails.adapters.plan_json.reading import AFTER_APPLY, Reading, holds
from iam_guardrails.adapters.plan_json.references import lead, place_of, references_in
from iam_guardrails.model.account import NamedPolicy, Text
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.unknown import Unknown

INLINE = {"aws_iam_role_policy": "role", "aws_iam_user_policy": "user", "aws_iam_group_policy": "group"}
ATTACHED = {
    "aws_iam_role_policy_attachment": ("role",),
    "aws_iam_user_policy_attachment": ("user",),
    "aws_iam_group_policy_attachment": ("group",),
    "aws_iam_policy_attachment": ("roles", "users", "groups"),
}
EXCLUSIVE = {
    "aws_iam_role_policy_attachments_exclusive": "role_name",
    "aws_iam_user_policy_attachments_exclusive": "user_name",
    "aws_iam_group_policy_attachments_exclusive": "group_name",
}
OWNER = {
    "role": "aws_iam_role", "roles": "aws_iam_role", "role_name": "aws_iam_role",
    "user": "aws_iam_user", "users": "aws_iam_user", "user_name": "aws_iam_user",
    "group": "aws_iam_group", "groups": "aws_iam_group", "group_name": "aws_iam_group",
}  # fmt: skip
UNNAMED = "(known only after apply)"
HIDDEN = "the set may hold more ARNs, which a plan shows only once all of them are known"
MAYBE = "whether it is attached here is known only after apply"


class Attachments:
    """Policies by the address of the role, user or group that carries them."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        principals = list(reading.graph.of("aws_iam_role", "aws_iam_user", "aws_iam_group"))
        self._by_name: dict[tuple[str, object], list[Node]] = {}
        for node in principals:
            if name := node.values.get("name"):
                self._by_name.setdefault((node.type, name), []).append(node)
        self._inline: dict[str, list[NamedPolicy]] = {}
        self._arns: dict[str, list[Text]] = {}
        for node in principals:
            self._own(node)
        for kind, argument in INLINE.items():
            for node in reading.graph.of(kind):
                self._add_inline(node, argument)
        for kind, arguments in ATTACHED.items():
            for node in reading.graph.of(kind):
                for argument in arguments:
                    self._add_attached(node, argument)
        for kind, argument in EXCLUSIVE.items():
            for node in reading.graph.of(kind):
                self._add_exclusive(node, argument)

    def inline(self, node: Node) -> tuple[NamedPolicy, ...]:
        """The inline policies of a role, user or group."""
        return tuple(self._inline.get(node.address, ()))

    def policy_arns(self, node: Node) -> tuple[Text, ...]:
        """The ARNs of the managed policies attached to a role, user or group; Unknown elements last."""
        found = list(dict.fromkeys(self._arns.get(node.address, ())))
        return tuple(sorted(found, key=lambda item: (isinstance(item, Unknown), str(item))))

    def owners(self, node: Node, argument: str) -> list[Node]:
        """The roles, users or groups an argument names for certain; those outside the plan are left out."""
        return self._owners(node, argument)[0]

    def doubtful_owners(self, node: Node, argument: str) -> list[Node]:
        """The roles, users or groups that an argument may name, which one is known only after the apply."""
        return self._owners(node, argument)[1]

    def elsewhere(self) -> Iterator[tuple[str, str, NamedPolicy | None, Text | None]]:
        """What is put on principals outside the plan: (role, user or group; its name; inline policy; ARN)."""
        for kind, argument in INLINE.items():
            for node in self._reading.graph.of(kind):
                for what, name in self.names_elsewhere(node, argument):
                    found = document(self._reading, node, "policy") or Unknown("the plan does not show it")
                    yield what, name, NamedPolicy(name_of(node), found, node.address), None
        for kind, arguments in ATTACHED.items():
            for node in self._reading.graph.of(kind):
                for argument in arguments:
                    for what, name in self.names_elsewhere(node, argument):
                        arn = self._reading.link(node, "policy_arn", "aws_iam_policy")
                        yield what, name, None, Unknown(MAYBE, (node.address,)) if arn is None else arn

    def names_elsewhere(self, node: Node, argument: str) -> Iterator[tuple[str, str]]:
        """(role, user or group; its name) of what an argument names and the plan does not hold."""
        kind = OWNER[argument]
        value = node.values.get(argument)
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, str) and name and not self._named(node, kind, name):
                alike = (kind, name) in self._by_name
                yield kind.removeprefix("aws_iam_"), f"{name} (account {node.account_id})" if alike else name
        waits = holds(node.unknown.get(argument)) and not any(self._owners(node, argument))
        if waits:
            yield kind.removeprefix("aws_iam_"), f"named by {node.address}"

    def _owners(self, node: Node, argument: str) -> tuple[list[Node], list[Node]]:
        """(certain, possible) owners."""
        kind = OWNER[argument]
        value = node.values.get(argument)
        names = value if isinstance(value, list) else [value]
        named = [self._named(node, kind, name) for name in names]
        certain = [one for found in named if len(found) == 1 for one in found]
        unclear = [one for found in named if len(found) > 1 for one in found]
        if not unclear and not holds(node.unknown.get(argument)):
            return certain, []
        found = lead(self._reading.graph, place_of(node), node.expressions.get(argument), frozenset({kind}))
        if unclear:  # principals of one name: which of them it is tells what the configuration refers to
            sure = [one for one in (*found.targets, *found.known) if one in unclear]
            names = [one.values["name"] for one in sure]
            if found.opaque or found.chooser or len(set(names)) < len(names):
                sure, names = [], []
            return [*certain, *sure], [one for one in unclear if one.values["name"] not in names]
        meant = (*found.targets, *found.known) if argument.endswith("s") else (*found.targets,)
        if found.opaque or (len(meant) > 1 and (found.chooser or not argument.endswith("s"))):
            possible = meant or tuple(self._reading.graph.of(kind))
            return certain, [item for item in possible if item not in certain]
        return [*certain, *(item for item in meant if item not in certain)], []

    def _named(self, node: Node, kind: str, name: object) -> list[Node]:
        """The principals of a name that a resource can mean: IAM's names are unique in their account only.

        What one provider configuration manages is in one account. Two of them may be in one account or not: that tell
        the accounts, as far as they are known.
        """
        there = self._by_name.get((kind, name), [])
        key = _provider(node)
        if not key:  # what is gone from the configuration no longer tells
            return there
        same = [one for one in there if _provider(one) == key]
        return same or [one for one in there if not _provider(one) or _account(one) == node.account_id]

    def _own(self, node: Node) -> None:
        """Policies declared inside the role itself (`inline_policy`, `managed_policy_arns`).

        Both are also computed: where the configuration does not set them, a plan with refresh shows what is
        attached now, by hand or by other resources. That is not declared, and an apply may well remove it.
        """
        self._arns[node.address] = []
        if _declares(node, "managed_policy_arns"):
            self._arns[node.address] = list(self._listed(node, "managed_policy_arns"))
        blocks = self._reading.blocks(node, "inline_policy") if _declares(node, "inline_policy") else []
        if isinstance(blocks, Unknown):
            self._inline[node.address] = [NamedPolicy(UNNAMED, blocks, node.address)]
            return
        marks = node.unknown.get("inline_policy")
        for index, block in enumerate(blocks):
            mark = marks[index] if isinstance(marks, list) and index < len(marks) else {}
            if block.get("name") or holds(mark):
                self._inline.setdefault(node.address, []).append(self._own_inline(node, index, mark))

    def _own_inline(self, node: Node, index: int, mark: object) -> NamedPolicy:
        block = node.values["inline_policy"][index]
        configured = [item for item in node.expressions.get("inline_policy") or ()
                      if (item.get("name") or {}).get("constant_value") == block.get("name")]  # fmt: skip
        unknown = Unknown(AFTER_APPLY, tuple(references_in(configured)))
        found = unknown if holds(mark) else read_document(block.get("policy")) or unknown
        return NamedPolicy(block.get("name") or UNNAMED, found, node.address)

    def _listed(self, node: Node, argument: str) -> tuple[Text, ...]:
        """The policy ARNs in a set; one with an unknown element does not show its literal ones either."""
        arns = self._reading.links(node, argument, "aws_iam_policy")
        if isinstance(arns, Unknown):
            return (arns,)
        hidden = holds(node.unknown.get(argument)) and argument in node.expressions
        return (*arns, Unknown(HIDDEN, (node.address,))) if hidden else arns

    def _add_inline(self, node: Node, argument: str) -> None:
        certain, possible = self._owners(node, argument)
        name = name_of(node)
        for owner in certain:
            kept = [item for item in self._inline.get(owner.address, []) if item.name != name]
            found = document(self._reading, node, "policy") or Unknown("the plan does not show it")
            self._inline[owner.address] = [*kept, NamedPolicy(name, found, node.address)]
        for owner in possible:
            self._inline.setdefault(owner.address, []).append(
                NamedPolicy(name, Unknown(MAYBE, (node.address,)), node.address)
            )

    def _add_attached(self, node: Node, argument: str) -> None:
        certain, possible = self._owners(node, argument)
        arn = self._reading.link(node, "policy_arn", "aws_iam_policy")
        for owner in certain:
            self._arns.setdefault(owner.address, []).append(arn if arn is not None else Unknown(MAYBE, (node.address,)))
        for owner in possible:
            self._arns.setdefault(owner.address, []).append(Unknown(MAYBE, (node.address,)))

    def _add_exclusive(self, node: Node, argument: str) -> None:
        for owner in self.owners(node, argument):
            self._arns.setdefault(owner.address, []).extend(self._listed(node, "policy_arns"))


def _provider(node: Node) -> str:
    return str(node.config.get("provider_config_key") or "")


def _account(node: Node) -> str:
    """The account of a principal: as its ARN tells, else as its provider does."""
    return account_of(str(node.values.get("arn") or "")) or node.account_id


def _declares(node: Node, argument: str) -> bool:
    """Whether the configuration sets the argument; a plan without its configuration is taken at its word.

    A plan does not show `dynamic` blocks in the configuration; on a role that does not exist yet nothing else
    can have put a value there.
    """
    return not node.config or argument in node.expressions or node.new
