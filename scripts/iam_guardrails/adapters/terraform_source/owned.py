"""Which resources of a plan make a role, user, password or key, and which belong to one alone.

Sources: Terraform AWS provider 5, documentation of the resources aws_iam_*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_guardrails.adapters.plan_json.graph import Graph, Node
from iam_guardrails.adapters.terraform_source.statements import Refused
from iam_guardrails.model.removal.target import KEY, PASSWORD, ROLE, Target

_OF_ROLE = {
    "aws_iam_role_policy": "role", "aws_iam_role_policy_attachment": "role", "aws_iam_instance_profile": "role",
    "aws_iam_role_policies_exclusive": "role_name", "aws_iam_role_policy_attachments_exclusive": "role_name",
}  # fmt: skip
_OF_USER = {
    "aws_iam_user_policy": "user", "aws_iam_user_policy_attachment": "user", "aws_iam_user_group_membership": "user",
    "aws_iam_user_login_profile": "user", "aws_iam_access_key": "user", "aws_iam_user_ssh_key": "username",
    "aws_iam_signing_certificate": "user_name", "aws_iam_service_specific_credential": "user_name",
    "aws_iam_user_policies_exclusive": "user_name", "aws_iam_user_policy_attachments_exclusive": "user_name",
}  # fmt: skip
_SHARED = {"aws_iam_policy_attachment": ("roles", "users"), "aws_iam_group_membership": ("users",)}


def makers(graph: Graph, target: Target) -> tuple[Node, ...]:
    """The resource that makes the target, and what hangs on that alone; () where none does. Raises Refused."""
    if target.kind == PASSWORD:
        return _one(list(_hanging(graph, {"aws_iam_user_login_profile": "user"}, target.name, None)))
    if target.kind == KEY:
        return _key(graph, target)
    kind = "role" if target.kind == ROLE else "user"
    own = _one([node for node in graph.of(f"aws_iam_{kind}") if _makes(node, kind, target)])
    if not own:
        return ()
    return (*own, *_hanging(graph, _OF_ROLE if target.kind == ROLE else _OF_USER, target.name, own[0]))


def sharing(graph: Graph, target: Target) -> Iterator[str]:
    """The addresses of resources that name the target among others."""
    if target.kind in (PASSWORD, KEY):
        return
    for kind, names in _SHARED.items():
        for node in graph.of(kind):
            if any(target.name in (node.values.get(name) or ()) for name in names):
                yield node.address


def _one(found: list[Node]) -> tuple[Node, ...]:
    if len(found) > 1:
        raise Refused(f"{found[0].address} and {found[1].address} both make it")
    return tuple(found)


def _makes(node: Node, kind: str, target: Target) -> bool:
    arn = node.values.get("arn")
    if arn is not None:
        return bool(arn == target.arn)
    return f"{node.values.get('path') or '/'}{node.values.get('name')}" == target.arn.partition(f":{kind}")[2]


def _hanging(graph: Graph, kinds: Mapping[str, str], name: str, own: Node | None) -> Iterator[Node]:
    for kind, argument in kinds.items():
        for node in graph.of(kind):
            told = node.values.get(argument)
            if told == name or (told is None and own is not None and _refers(node, argument, own)):
                yield node


def _refers(node: Node, argument: str, own: Node) -> bool:
    """Whether an argument that is not known before an apply is the resource's, by its expression."""
    expression = node.expressions.get(argument)
    references = expression.get("references", ()) if isinstance(expression, Mapping) else ()
    return node.scope.address == own.scope.address and own.key is None and f"{own.type}.{own.name}" in references


def _key(graph: Graph, target: Target) -> tuple[Node, ...]:
    """The key that was made on the day the evidence tells; a credential report gives no id to find it by."""
    found = list(_hanging(graph, {"aws_iam_access_key": "user"}, target.name, None))
    fitting = [node for node in found if str(node.values.get("create_date", ""))[:10] == target.created]
    if found and len(fitting) != 1:
        raise Refused(f"{len(found)} aws_iam_access_key are the user's, and {len(fitting)} of them were made on "
                      f"{target.created or 'a day that is not told'}")  # fmt: skip
    return tuple(fitting)
