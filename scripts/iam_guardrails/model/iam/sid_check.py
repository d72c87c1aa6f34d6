"""The Sids of a policy's statements: IAM and Organizations take letters and digits, other services more or less.

Sources: AWS IAM User Guide, reference_policies_elements_sid ("In IAM, the Sid value must be unique") and
access-analyzer-reference-policy-checks ("Unsupported Sid"); AWS KMS Developer Guide, key-policy-overview (a Sid "can
include spaces"); Amazon SNS Developer Guide, sns-access-policy-language-api-permissions-reference ("Each statement in
a policy must have a unique statement sid"). Other services document nothing; S3 stores two equal ones.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from iam_guardrails.model.iam.document import PolicyError

_STRICT = ("identity", "boundary", "session", "trust", "scp", "rcp")
_SID = re.compile("[0-9A-Za-z]*")


def check_sids(statements: Sequence[Mapping[str, Any]], kind: str, name: str) -> Iterator[str]:
    """Yields a warning for what not every service takes; raises PolicyError for what AWS refuses.

    statements: of known shape, but for the Sid.  kind: what the policy hangs on.  name: how messages call it.
    """
    sids = [_sid(item, f"{name}, statement {number}") for number, item in enumerate(statements, 1)]
    for sid in sids if kind in _STRICT else ():
        if not _SID.fullmatch(sid):
            raise PolicyError(f"{name}: Statement IDs (SID) must be alpha-numeric; {sid[:80]!r} is not")
    of_topic = kind == "resource" and _services(statements) == {"sns"}
    if of_topic and len(sids) > 1 and "" in sids:
        raise PolicyError(f"{name}, statement {sids.index('') + 1}: Every policy statement must have a unique ID (Sid)")
    twice = next((sid for sid, count in Counter(sids).items() if sid and count > 1), "")
    if not twice:
        return
    if kind != "resource" or of_topic:
        says = f"Statement IDs (SID) in a single policy must be unique; {twice[:80]!r} stands twice"
        raise PolicyError(f"{name}: {says}")
    yield f"{name} has the Sid {twice[:80]!r} twice, which not every service takes"


def _sid(item: Mapping[str, Any], where: str) -> str:
    sid = item.get("Sid", "")
    if not isinstance(sid, str):
        found = "a boolean" if isinstance(sid, bool) else "a number" if isinstance(sid, (int, float)) else "no text"
        raise PolicyError(f"{where}: Sid is {found}, not a string")
    return sid


def _services(statements: Sequence[Mapping[str, Any]]) -> set[str]:
    """The services whose actions the statements name."""
    found: set[str] = set()
    for item in statements:
        listed = item.get("Action", item.get("NotAction", ()))
        found |= {text.partition(":")[0].lower() for text in ([listed] if isinstance(listed, str) else listed)}
    return found
