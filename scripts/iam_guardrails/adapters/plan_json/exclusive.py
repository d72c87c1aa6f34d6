"""Resources that list the only policies of a role, a user or a group: what they take away, and what they leave.

Source: documentation of the AWS provider, aws_iam_role_policies_exclusive and its kin: each apply removes what is not
listed; destroying such a resource removes nothing, it only ends that.
"""

from __future__ import annotations

from iam_guardrails.adapters.plan_json.attachments import ATTACHED, EXCLUSIVE, Attachments
from iam_guardrails.adapters.plan_json.graph import Node
from iam_guardrails.adapters.plan_json.reading import Reading, holds

ATTACHMENTS, INLINE = "aws_iam_role_policy_attachments_exclusive", "aws_iam_role_policies_exclusive"


def takes_away_attached(attached: Attachments, reading: Reading, role: Node) -> bool:
    """Whether a resource takes away what is attached to the role and not declared."""
    return any(role in attached.owners(node, "role_name") for node in reading.graph.of(ATTACHMENTS))


def exclusive_inline(attached: Attachments, reading: Reading, role: Node) -> frozenset[str] | None:
    """The names of the only inline policies that the role keeps; None where nothing takes others away."""
    found = [node for node in reading.graph.of(INLINE) if role in attached.owners(node, "role_name")]
    if not found or any(holds(node.unknown.get("policy_names")) for node in found):
        return None
    return frozenset(str(name) for node in found for name in node.values.get("policy_names") or ())


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
