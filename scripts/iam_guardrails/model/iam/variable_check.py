"""Policy variables that AWS does not document: without a name, with a blank in it, or without an end.

Source: AWS IAM User Guide, reference_policies_variables (`${` and the name of a key and `}`; a default follows a comma
and a blank). IAM Access Analyzer reports the rest as an error; whether IAM takes such a policy, and what it makes of
the variable, is not documented, so that it is a warning here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from iam_guardrails.model.iam.variables import NEWER, odd_variables


def check_variables(source: Mapping[str, Any], item: Mapping[str, Any], where: str) -> Iterator[str]:
    """Yields a warning for each variable of one statement that AWS does not document. source: the whole policy."""
    if source.get("Version") != NEWER:
        return
    for text in dict.fromkeys(_texts(item)):
        for shown, why in odd_variables(text):
            yield (f"{where}: the policy variable {shown[:80]!r} has {why}, which IAM Access Analyzer reports as an "
                   "error: what IAM makes of it is not documented")  # fmt: skip


def _texts(item: Mapping[str, Any]) -> Iterator[str]:
    """What may hold variables: resources and the values of conditions."""
    values = [item.get("Resource"), item.get("NotResource")]
    conditions = item.get("Condition")
    for keys in conditions.values() if isinstance(conditions, Mapping) else ():
        values += keys.values() if isinstance(keys, Mapping) else ()
    for value in values:
        yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))
