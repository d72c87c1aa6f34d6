"""What in a question is likely a slip: it is answered, and said.

Sources: Service Authorization Reference, list_awssecretsmanager (its actions); AWS Secrets Manager User Guide,
troubleshoot (the name in a secret's ARN ends in a hyphen and six characters).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from iam_guardrails.model.iam.reach.key_use import KEY_ACTIONS, KEYLESS, WITHOUT_RESOURCE
from iam_guardrails.model.iam.reach.question import Question

_OTHERS = ("listsecrets", "getrandompassword", "rotatesecret", "stopreplicationtoreplica")
_KNOWN = frozenset({*KEY_ACTIONS, *KEYLESS, *WITHOUT_RESOURCE, *(f"secretsmanager:{name}" for name in _OTHERS)})


def slips(question: Question, policies_path: str, scps_path: str) -> Iterator[str]:
    """A sentence for each. The paths: of the files that the question was read from, for the messages."""
    for action in question.actions:
        if action.lower().startswith("secretsmanager:") and action.lower() not in _KNOWN:
            yield f"--action {action}: Secrets Manager has no such action"
    for resource in question.resources:
        if ":secretsmanager:" in resource and not re.search(r"-[A-Za-z0-9]{6}$", resource):
            yield f"{resource} does not end in the six characters that Secrets Manager adds to a secret's name"
    keys = {question.held(item).key for item in question.resources}
    for arn in question.told:
        if arn not in question.resources and arn not in keys:
            yield f"{policies_path}: {arn} is neither one of the resources nor the key of one; it is not used"
    for name, levels in (("scps", question.scps), ("rcps", question.rcps)):
        if levels == ():
            yield f"{scps_path}: {name} holds no level, so nothing above the account limits it"
