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


def kept_from_replacement(said: str) -> list[str]:
    """The addresses that a plan would destroy or replace, and that the configuration protects with prevent_destroy."""
    plain = re.sub(r"[│╷╵\s]+", " ", said)
    return list(dict.fromkeys(re.findall(r"Resource (\S+) has lifecycle\.prevent_destroy set", plain)))


def first_error(text: str) -> str:
    """The first error of Terraform's diagnostics, in one line, with the place it names."""
    return next(iter(diagnostics(text, "Error:")), None) or _shortened(" ".join(text.split())) or "it said nothing"


def diagnostics(text: str, kind: str) -> list[str]:
    """Terraform's diagnostics of one kind ("Error:" or "Warning:"), each in one line, with the place it names."""
    found: list[list[str]] = []
    place, drawn = "", int("╷" in text)  # a box around each diagnostic, and in it another around its variables
    for raw in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines():
        line = raw.strip("│╷╵ \t")
        if line.startswith(("Error:", "Warning:")):
            found.append([line])
            place = ""
        elif not found or not line or raw.count("│") > drawn or _aside(line):
            continue
        elif named := re.match(r"on (\S+ line \d+)", line):
            place = place or f"in {named.group(1)}:"
            found[-1].insert(1, place)
        else:
            found[-1].append(line)
    return [_shortened(" ".join(lines)) for lines in found if lines[0].startswith(kind)]


def _aside(line: str) -> bool:
    """Source excerpts, the edge of the inner box, and which resource: what stands around the sentence."""
    aside = ("with ", "├", "This was checked by the validation rule")
    return line.startswith(aside) or bool(re.match(r"\d+:(\s|$)", line))


def _shortened(text: str) -> str:
    return text if len(text) < 600 else text[:600] + " …"
