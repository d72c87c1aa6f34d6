"""The Principal element of a statement, as strictly as AWS reads it.

Source: AWS IAM User Guide, reference_policies_elements_principal and reference_policies_elements_notprincipal;
AWS Organizations User Guide, orgs_manage_policies_rcps_syntax (an RCP's Principal is "*").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.iam.document import PolicyError
from iam_guardrails.model.iam.match import has_wildcard
from iam_guardrails.model.iam.trust import OTHER, classify

_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_NEED_NONE = ("identity", "boundary", "session", "scp")


def check_principals(item: Mapping[str, Any], kind: str, where: str) -> None:
    """Raises PolicyError for a principal that a policy of this kind may not have, or lacks."""
    name = "NotPrincipal" if "NotPrincipal" in item else "Principal"
    if kind in _NEED_NONE:
        if name in item:
            raise PolicyError(f"{where}: Policy document should not specify a principal")
        return
    if name not in item:
        raise PolicyError(f"{where}: Missing required field Principal")
    if name == "NotPrincipal" and kind == "trust":
        raise PolicyError(f"{where}: Has prohibited field NotPrincipal: a trust policy names who may enter")
    value = item[name]
    if kind == "rcp" and value != "*" and value != {"AWS": "*"}:
        raise PolicyError(f'{where}: the Principal of a resource control policy must be "*"')
    if value == "*":
        return
    if not isinstance(value, Mapping) or not value:
        raise PolicyError(f'{where}: Invalid principal in policy: {name} is neither "*" nor an object with principals')
    for sort, listed in value.items():
        _check_sort(str(sort), listed, f"{where}: Invalid principal in policy")


def _check_sort(sort: str, listed: object, where: str) -> None:
    if sort not in _KINDS:
        raise PolicyError(f"{where}: {sort!r} is none of {', '.join(_KINDS)}")
    texts = listed if isinstance(listed, list) else [listed]
    if not texts:
        raise PolicyError(f"{where}: {sort} is an empty list")
    for text in texts:
        if not isinstance(text, str) or not text:
            raise PolicyError(f"{where}: {sort} holds something that is no text")
        if text == "*" or sort != "AWS":
            continue
        if has_wildcard(text):
            raise PolicyError(f'{where}: "AWS":"{text[:120]}" (a wildcard stands alone or not at all)')
        if classify(text) == OTHER:
            raise PolicyError(f'{where}: "AWS":"{text[:120]}"')
