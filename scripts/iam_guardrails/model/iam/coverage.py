"""Which set of resources a Resource element covers for an action: all there are, all of a kind, or some.

An ARN pattern is "all of a kind" where nothing of it names one of them: partition, service, Region and account may be
told (that is where it is all), and the kind, but no name, no path and no part of either. Sources: AWS IAM User Guide,
reference-arns and reference_policies_elements_resource (a `*` reaches beyond `/` and `:`); Service Authorization
Reference, resource types (in most ARNs the kind stands before the name; in those of _NAMELESS the name comes first).
"""

from __future__ import annotations

from collections.abc import Collection

from iam_guardrails.model.iam.common import common
from iam_guardrails.model.iam.document import Statement
from iam_guardrails.model.iam.match import glob_match

EVERY = "every resource"
_SIGNS = frozenset("*?/:")
_NAMELESS = frozenset({"s3", "sqs", "sns", "execute-api", "codecommit", "codepipeline", "s3express"})
# services of which it is known that a name never stands first
_KIND_FIRST = frozenset({
    "iam", "lambda", "dynamodb", "kms", "secretsmanager", "ssm", "ec2", "ecs", "ecr", "rds", "logs", "states", "events",
    "kinesis", "cloudformation", "elasticloadbalancing", "cloudfront",
})  # fmt: skip
# kinds that are written with more than one word before the name, or beside names of services that are _NAMELESS
_MORE_KINDS = {
    "s3": ("accesspoint/", "job/", "storage-lens/"), "codepipeline": ("webhook:", "actiontype:"),
    "elasticloadbalancing": ("loadbalancer/app/", "loadbalancer/net/", "listener/app/", "listener/net/"),
    "apigateway": ("/restapis/", "/apis/", "/domainnames/"), "ssm": ("parameter/",),
}  # fmt: skip
# actions on things that another service's ARN names
_ELSEWHERE = {"sts": ("iam",), "ssm": ("ec2",), "ec2-instance-connect": ("ec2",), "iam": ("iam",)}
_PASS_ROLE, _ROLE = "iam:passrole", "arn:*:iam::*:role/*"


def covered(statement: Statement, action: str, kinds: Collection[str] = ()) -> str:
    """What all of a kind a statement covers for one action (a pattern, too), as a noun phrase: "every resource",
    "every role of iam", …; "" where it only covers some. kinds: of things of IAM ("role", "user") that alone count,
    () for every kind. NotResource is no business of this function."""
    return _all_of(statement.resources, action, kinds)


def spared(statement: Statement, action: str, kinds: Collection[str]) -> bool:
    """Whether NotResource leaves out all things of these kinds."""
    return all(_all_of(statement.not_resources, action, (kind,)) for kind in kinds)


def _all_of(texts: Collection[str], action: str, kinds: Collection[str]) -> str:
    service = action.lower().partition(":")[0]
    at_home = any(_service(text) == service for text in texts)
    for text in texts:
        found = _whole(text)
        if found == EVERY:
            return found
        if found and _is_about(text, service, at_home) and (not kinds or _has_one(text, kinds)):
            return found
    return ""


def passes_every_role(statement: Statement) -> bool:
    """Whether its resources are every role there is, or every one of an account."""
    return bool(covered(statement, _PASS_ROLE, ("role",)))


def may_name_role(statement: Statement) -> bool:
    """Whether some role may be among its resources: only a role can be passed."""
    return bool(statement.not_resources) or any(map(_may_be_role, statement.resources))


def _may_be_role(text: str) -> bool:
    parts = text.split(":", 5)  # the name of a role holds no colon
    if len(parts) < 6 or any("${" in part for part in parts[:5]):
        return common(text, _ROLE) is not None
    return common(parts[2], "iam") is not None and common(parts[5], "role/*") is not None


def _service(text: str) -> str:
    parts = text.split(":", 5)
    return parts[2] if len(parts) > 2 else ""


def _is_about(text: str, service: str, at_home: bool) -> bool:
    """Whether an ARN pattern is of what the service's actions work on; one of a service that no action of the statement
    is of counts for all."""
    named = _service(text)
    if not named or glob_match(named, service) or glob_match(service, named):
        return True
    return named in _ELSEWHERE.get(service, ()) or not at_home


def _has_one(text: str, kinds: Collection[str]) -> bool:
    """Whether an ARN pattern may be of one of these kinds of IAM."""
    parts = text.split(":", 5)
    things = [f"{kind}/{name}" for kind in kinds for name in ("x", "x/y")]
    if len(parts) < 6:
        return parts[0] == "arn" or any(glob_match(text, f"arn:aws:iam::0:{thing}") for thing in things)
    return glob_match(parts[2], "iam") and any(glob_match(parts[5], thing) for thing in things)


def _whole(text: str) -> str:
    if "${" in text or "*" not in text:
        return ""
    if set(text) <= set("*?:"):
        return EVERY
    parts = text.split(":", 5)
    if parts[0] != "arn" and glob_match(parts[0], "arn"):
        return _loose(text)
    if len(parts) < 6:
        return _short(parts)
    return _of_kind(parts[2], parts[5], _place(parts))


def _short(parts: list[str]) -> str:
    """An ARN pattern whose last `*` takes the rest, e.g. "arn:aws:s3*" or "arn:aws:iam::*"."""
    if parts[0] != "arn" or not parts[-1].endswith("*"):
        return ""
    named = parts[2].rstrip("*") if len(parts) > 2 else ""
    return f"everything of {named}" if named else EVERY


def _loose(text: str) -> str:
    """A pattern that begins with a wildcard instead of "arn", e.g. "*:role/*"."""
    kind, _, name = text.lstrip("*?").lstrip(":").partition("/")
    plain = kind.replace("-", "").isalnum() and ":" not in kind
    return f"every {kind}" if plain and name and set(name) <= _SIGNS and text.startswith("*:") else ""


def _place(parts: list[str]) -> str:
    told = [text for text in parts[3:5] if text and not set(text) <= set("*?")]
    return f" in {' '.join(told)}" if told else ""


def _of_kind(service: str, rest: str, place: str) -> str:
    """What the last part of an ARN pattern covers, "" where it names something."""
    if set(rest) <= _SIGNS:
        return f"everything of {service}{place}"
    head = next((rest[:at] for at, sign in enumerate(rest) if sign in "*?"), rest)
    if head not in _MORE_KINDS.get(service, ()):
        kind = head.rstrip("/:")
        if service in _NAMELESS or not kind.replace("-", "").isalnum() or len(head) - len(kind) > 1:
            return ""
        if head == kind:  # "role*", and "r*" as well
            every = service in _KIND_FIRST and rest.endswith("*") and set(rest[len(head) :]) <= _SIGNS
            return f"everything of {service} that begins with {kind}{place}" if every else ""
    tail = rest[len(head) :]
    plain = tail.replace("log-stream", "") if service == "logs" else tail
    return f"every {head.strip('/:')} of {service}{place}" if set(plain) <= _SIGNS and "*" in plain else ""
