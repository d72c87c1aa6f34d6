"""Resources that list the only policies of a role, a user or a group: what they take away, and what they leave.

Source: documentation of the AWS provider, aws_iam_role_policies_exclusive and its kin: each apply removes what is not
listed; destroying such a resource removes nothing, it only ends that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.adapters.plan_json.attachments import ATTACHED, EXCLUSIVE, Attachments
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.reading import Reading, holds
from iam_guardrails.adapters.plan_json.unread import Unread

ATTACHMENTS, INLINE = "aws_iam_role_policy_attachments_exclusive", "aws_iam_role_policies_exclusive"
_LISTS = ((ATTACHMENTS, "policy_arns", "aws_iam_role_policy_attachment", "policy_arn"),
          (INLINE, "policy_names", "aws_iam_role_policy", "name"))  # fmt: skip


def takes_away_attached(attached: Attachments, reading: Reading, role: Node) -> bool:
    """Whether a resource takes away what is attached to the role and not declared."""
    return any(role in attached.owners(node, "role_name") for node in reading.graph.of(ATTACHMENTS))


def exclusive_inline(attached: Attachments, reading: Reading, role: Node) -> frozenset[str] | None:
    """The names of the only inline policies that the role keeps; None where nothing takes others away."""
    found = [node for node in reading.graph.of(INLINE) if role in attached.owners(node, "role_name")]
    if not found or any(holds(node.unknown.get("policy_names")) for node in found):
        return None
    return frozenset(str(name) for node in found for name in node.values.get("policy_names") or ())


def omitting(attached: Attachments, reading: Reading) -> Iterator[Unread]:
    """The lists of a role's only policies that leave out one which the plan declares: an apply takes that away.

    What else the same apply makes of it hangs on the order, and so it is not judged.
    """
    for kind, named, declared, argument in _LISTS:
        for node in reading.graph.of(kind):
            if holds(node.unknown.get(named)):
                continue
            listed = node.values.get(named) or ()
            out = {str(other.values.get(argument)) for role in attached.owners(node, "role_name")
                   for other in reading.graph.of(declared)
                   if role in attached.owners(other, "role") and other.values.get(argument)
                   and other.values[argument] not in listed}  # fmt: skip
            if out:
                text = f"{node.address} leaves out {', '.join(sorted(out))}"
                why = f"it leaves out {_names(out)}, which the plan declares, and an apply takes away, perhaps a Deny"
                yield Unread("list of a role's only policies", "coming", node, text, why)


def _names(texts: Iterable[str]) -> str:
    return ", ".join(sorted(text.rpartition("/")[2] for text in texts))


def left_by_exclusive(attached: Attachments, before: Reading, after: Reading, owner: Node) -> list[str]:
    """ARNs of what stays attached although the list that named it goes. owner: on the side before."""
    listed: list[str] = []
    for kind, argument in EXCLUSIVE.items():
        if owner.type != f"aws_iam_{argument.removesuffix('_name')}":
            continue
        for node in before.graph.of(kind):
            if node.address not in after.graph.nodes and owner in attached.owners(node, argument):
                listed += [text for text in node.values.get("policy_arns") or () if isinstance(text, str)]
    detached = {node.values.get("policy_arn") for kind, arguments in ATTACHED.items() for node in before.graph.of(kind)
                if node.address not in after.graph.nodes
                and any(owner in attached.owners(node, argument) for argument in arguments)}  # fmt: skip
    return [arn for arn in listed if arn not in detached]
