"""Terraform's diagnostics in one sentence: what is wrong, where, what to do."""

from __future__ import annotations

import re

SENTENCES: tuple[tuple[str, str], ...] = (
    (r"Error acquiring the state lock", "somebody else holds the state lock of {name}{lock}; wait for them, or, when"
     " nobody works on it any more: guardrails unlock {name} {lock_id}"),
    (r"AWS account ID not allowed", "the credentials belong to another account than {name}; switch to the right ones"),
    (r"ExpiredToken|token (included in the request )?is expired|security token .* expired",
     "the credentials have expired; sign in again and repeat the command"),
    (r"No valid credential sources|NoCredentialProviders|failed to refresh cached credentials",
     "there are no AWS credentials; sign in (or start the embedded AWS: guardrails sandbox up, then add --sandbox)"),
    (r"InvalidClientTokenId|SignatureDoesNotMatch", "AWS does not know these credentials; sign in again"),
    (r"S3 bucket .* does not exist|NoSuchBucket",
     "the bucket for the Terraform state of {name} does not exist; create it once with: guardrails bootstrap {name}"),
    (r"connection refused|connection reset|EOF\b.*127\.0\.0\.1|no such host|dial tcp",
     "AWS does not answer at its endpoint ({endpoint}); check the network, or the embedded AWS with: guardrails"
     " sandbox status"),
    (r"Saved plan is stale", "the state of {name} has changed since the plan was made; validate again, then apply"),
    (r"Failed to query available provider packages|Required plugins are not installed|provider .* not available",
     "the AWS provider cannot be found; connect to the Terraform registry or name a mirror in TF_CLI_CONFIG_FILE"),
    (r"AccessDenied|UnauthorizedOperation|not authorized to perform",
     "AWS refused a call these credentials may not make: {first}"),
)  # fmt: skip


def explain(said: str, name: str, endpoint: str, first: str) -> str | None:
    """The sentence for Terraform's diagnostics `said` about environment `name`, or None when none fits.

    `endpoint` is where AWS was looked for, `first` the first diagnostic in one line.
    """
    plain = re.sub(r"[│╷╵\s]+", " ", said)
    for pattern, sentence in SENTENCES:
        if re.search(pattern, plain, re.IGNORECASE):
            found = re.search(r"ID: ([0-9a-f-]{36})", plain)
            who = re.search(r"Who: (\S+)", plain)
            return sentence.format(
                name=name,
                endpoint=endpoint,
                first=first,
                lock_id=found.group(1) if found else "LOCK-ID",
                lock=f" ({who.group(1)})" if who else "",
            )
    return None
