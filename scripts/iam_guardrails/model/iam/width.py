"""What makes a statement wide, by what it says and not by how it is spelled.

IAM has no list of actions in a policy, so whether an action writes is read off its name: what does not begin with
Get, List, Describe, … counts as writing. Sources: AWS IAM User Guide, reference_policies_elements_action ("?" and "*"
anywhere in an action), reference_policies_elements_notaction (Allow with NotAction grants every other action),
reference_policies_elements_notresource, id_roles_use_passrole.
"""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.grants import grants_everything, on_everything
from iam_guardrails.model.iam.match import action_match, covers, has_wildcard

EVERYTHING, ALL_BUT, PASS_ROLE = "every action on everything", "all actions but some", "passes roles"
SERVICE, WRITES, ELSEWHERE = "a whole service", "a pattern that writes", "everywhere but on some resources"
UNBOUND = "writes to every resource"
READING = ("get", "list", "describe", "batchget", "batchdescribe", "head", "lookup", "search", "query", "scan", "view",
           "check", "simulate", "preview", "estimate", "filter", "test", "select", "validate", "verify")  # fmt: skip
# Actions that IAM cannot limit to a resource (Service Authorization Reference): "*" is the only way to write them.
ONLY_STAR = frozenset({
    "cloudwatch:putmetricdata", "xray:puttracesegments", "xray:puttelemetryrecords", "sts:decodeauthorizationmessage",
    "ec2messages:acknowledgemessage", "ec2messages:deletemessage", "ec2messages:failmessage", "ec2messages:sendreply",
    "ssmmessages:createcontrolchannel", "ssmmessages:createdatachannel", "ssmmessages:opencontrolchannel",
    "ssmmessages:opendatachannel",
})  # fmt: skip
# Actions that only make a report to read, whatever they are called (Service Authorization Reference: level Read).
ONLY_READ = frozenset({"iam:generatecredentialreport", "iam:generateservicelastaccesseddetails"})


def writes(pattern: str) -> bool:
    """Whether an Action element may name an action that writes, by its name."""
    if pattern.lower() in ONLY_READ:
        return False
    service, _, name = pattern.lower().partition(":")
    if not name:
        return "*" in service or "?" in service
    literal = name
    for sign in "*?":
        literal = literal.partition(sign)[0]
    return not literal.startswith(READING)


def wide(statement: Statement, document: PolicyDocument) -> tuple[tuple[str, str], ...]:
    """Why an Allow statement is wide: (kind, a clause), () where it is not.

    What a Deny of the same document takes away without a condition, on every resource, does not count.
    """
    if statement.effect != "Allow":
        return ()
    if grants_everything(statement):
        return ((EVERYTHING, "it allows every action on every resource"),)
    found = list(_all_but(statement) if statement.not_actions else _by_action(statement, document))
    return tuple(found)


def _all_but(statement: Statement) -> Iterator[tuple[str, str]]:
    names = ", ".join(sorted(statement.not_actions)[:5])
    yield ALL_BUT, f"NotAction allows every action of AWS, also those to come, but {names}"


def _by_action(statement: Statement, document: PolicyDocument) -> Iterator[tuple[str, str]]:
    left = [item for item in dict.fromkeys(statement.actions) if not _denied(item, document)]
    passing = [item for item in left if action_match(item, "iam:PassRole")]
    every = on_everything(statement)
    for item in passing:
        if has_wildcard(item):
            yield PASS_ROLE, f"{item} passes roles to services, and whatever else it names"
        elif every:
            yield PASS_ROLE, "iam:PassRole passes every role"
    rest = [item for item in left if item not in passing]
    for item in rest:
        if has_wildcard(item) and writes(item):
            whole = item.partition(":")[2].strip("*?") == ""
            yield (SERVICE, f"{item} is every action of the service") if whole else (WRITES, f"{item} may write")
    writing = sorted(item for item in rest if writes(item) and item.lower() not in ONLY_STAR)
    if writing and statement.not_resources:
        yield ELSEWHERE, f"NotResource lets {', '.join(writing[:3])} reach everything but what it names"
    elif every and (plain := [item for item in writing if not has_wildcard(item)]):
        yield UNBOUND, f"{', '.join(plain[:5])}{_more(plain)} on every resource"


def _more(names: list[str]) -> str:
    return f" and {len(names) - 5} more" if len(names) > 5 else ""


def _denied(pattern: str, document: PolicyDocument) -> bool:
    return any(
        item.effect == "Deny" and not item.conditions and not item.not_actions and on_everything(item)
        and not item.not_resources and any(covers(deny.lower(), pattern.lower()) for deny in item.actions)
        for item in document.statements
    )  # fmt: skip
