"""What a resource control policy may say, beside what every policy may.

Sources: AWS Organizations User Guide, orgs_manage_policies_rcps_syntax; AWS IAM User Guide,
access-analyzer-reference-policy-checks ("RCP syntax error" NotAction, allow, action).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.iam.document import PolicyError
from iam_guardrails.model.iam.organization import RCP_SERVICES


def check_rcp(item: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yields a warning for a service that is not known to support RCPs; raises PolicyError for what AWS refuses.

    item: a statement whose actions and resources are texts.
    """
    if "NotAction" in item:
        raise PolicyError(f"{where}: RCPs do not support the NotAction element")
    actions, resources = ([found] if isinstance(found, str) else found
                          for found in (item["Action"], item.get("Resource", ())))  # fmt: skip
    if item["Effect"] == "Allow":
        if "*" not in resources or item.get("Condition"):
            says = 'RCPs only support all resources ("*") and no Condition element with an effect of Allow'
            raise PolicyError(f"{where}: {says}")
        return
    for text in actions:
        service = text.partition(":")[0].lower()
        if service == "*":
            raise PolicyError(f"{where}: RCPs only support specifying select service prefixes in the Action element")
        if service not in RCP_SERVICES:
            yield f"{where}: whether resource control policies apply to {service} is not known here"
