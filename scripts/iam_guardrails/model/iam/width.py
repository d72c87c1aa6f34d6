"""What makes a statement wide, by what it says and not by how it is spelled.

IAM has no list of actions in a policy, so whether an action writes is read off its name: what does not begin with
Get, List, Describe, … counts as writing. Sources: AWS IAM User Guide, reference_policies_elements_action ("?" and "*"
anywhere in an action), reference_policies_elements_notaction (Allow with NotAction grants every other action),
reference_policies_elements_notresource, id_roles_use_passrole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache

from iam_guardrails.model.iam.common import common
from iam_guardrails.model.iam.coverage import covered, may_name_role, passes_every_role, spared
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.escalation.methods import published
from iam_guardrails.model.iam.grants import grants_everything, on_everything
from iam_guardrails.model.iam.match import action_match, covers, has_wildcard
from iam_guardrails.model.iam.operators import narrows
from iam_guardrails.model.iam.trust import opens

EVERYTHING, ALL_BUT, PASS_ROLE = "every action on everything", "all actions but some", "passes roles"
SERVICE, WRITES, ELSEWHERE = "a whole service", "a pattern that writes", "everywhere but on some resources"
UNBOUND, ALL_BUT_THERE = "writes to every resource of a kind", "all actions but some, on some resources"
RAISES, PASSES_TO = "changes what others may", "passes every role to some services"
MAY_WRITE = "a pattern that may only read"  # such as `Batch*`, of BatchGet… and BatchDelete…
_GAINS = ("act", "trust", "grow", "replace", "rewrite", "reset", "open", "unbound")
READING = ("get", "list", "describe", "batchget", "batchdescribe", "batchcheck", "head", "lookup", "search", "query",
           "scan", "view", "check", "simulate", "preview", "estimate", "filter", "test", "select", "validate",
           "verify")  # fmt: skip
# Actions that IAM cannot limit to a resource (Service Authorization Reference): "*" is the only way to write them.
ONLY_STAR = frozenset({
    "cloudwatch:putmetricdata", "xray:puttracesegments", "xray:puttelemetryrecords", "sts:decodeauthorizationmessage",
    "ec2messages:acknowledgemessage", "ec2messages:deletemessage", "ec2messages:failmessage", "ec2messages:sendreply",
    "ssmmessages:createcontrolchannel", "ssmmessages:createdatachannel", "ssmmessages:opencontrolchannel",
    "ssmmessages:opendatachannel",
})  # fmt: skip
# Actions that only make a report to read, whatever they are called (Service Authorization Reference: level Read).
ONLY_READ = frozenset({"iam:generatecredentialreport", "iam:generateservicelastaccesseddetails", "logs:startquery"})
# What uses a key and changes nothing of it (AWS KMS Developer Guide, "Cryptographic operations").
KEY_USE = frozenset({
    "kms:decrypt", "kms:encrypt", "kms:generatedatakey", "kms:generatedatakeywithoutplaintext", "kms:reencryptfrom",
    "kms:reencryptto",
})  # fmt: skip


def writes(pattern: str) -> bool:
    """Whether an Action element may name an action that writes, by its name."""
    if pattern.lower() in ONLY_READ:
        return False
    service, _, name = pattern.lower().partition(":")
    if not name:
        return "*" in service or "?" in service
    return not _begin(name).startswith(READING)


def _begin(name: str) -> str:
    """What a pattern for the name of an action begins with."""
    return name.partition("*")[0].partition("?")[0]


def _may_read(pattern: str) -> bool:
    """Whether a word of reading may be meant that a pattern has only the beginning of."""
    begin = _begin(pattern.lower().partition(":")[2])
    return bool(begin) and any(word.startswith(begin) for word in READING)


def wide(statement: Statement, document: PolicyDocument) -> tuple[tuple[str, str], ...]:
    """Why an Allow statement is wide: (kind, a clause), () where it is not.

    What a Deny of the same document takes away without a condition, on every resource, does not count.
    """
    if statement.effect != "Allow":
        return ()
    if grants_everything(statement):
        return ((EVERYTHING, "it allows every action on every resource"),)
    found = list(_all_but(statement, document) if statement.not_actions else _by_action(statement, document))
    return tuple(found)


def _all_but(statement: Statement, document: PolicyDocument) -> Iterator[tuple[str, str]]:
    names = ", ".join(sorted(statement.not_actions)[:5])
    if on_everything(statement):
        yield ALL_BUT, f"NotAction allows every action of AWS, also those to come, but {names}"
        return
    if opens(statement, "iam:PassRole") and passes_every_role(statement):
        yield PASS_ROLE, "NotAction leaves iam:PassRole, which passes every role"
    denying = _denying(document)
    raising = [action for action in _raising() if opens(statement, action) and not _taken(action, denying)]
    yield from _raised("NotAction leaves", raising, statement)
    shown = ", ".join(sorted(statement.resources)[:3]) + (" and more" if len(statement.resources) > 3 else "")
    yield ALL_BUT_THERE, f"NotAction allows every action but {names} on {shown}"


def _by_action(statement: Statement, document: PolicyDocument) -> Iterator[tuple[str, str]]:
    denying = _denying(document)
    left = [item for item in dict.fromkeys(statement.actions) if not _taken(item.lower(), denying)]
    passing = [item for item in left if action_match(item, "iam:PassRole")
               and (not has_wildcard(item) or may_name_role(statement))]  # fmt: skip
    for item in passing:
        if has_wildcard(item):
            yield PASS_ROLE, f"{item} passes roles to services, and whatever else it names"
        elif statement.not_resources or passes_every_role(statement):
            but = " but some" if statement.not_resources else ""
            services = _only_to(statement)
            if services:
                yield PASSES_TO, f"iam:PassRole passes every role{but} to {', '.join(services)}"
            else:
                yield PASS_ROLE, f"iam:PassRole passes every role{but}"
    rest = [item for item in left if item not in passing]
    patterns = [item for item in rest if has_wildcard(item)]
    raising = {item: [action for action in _fitting(item) if not _taken(action, denying)] for item in patterns}
    for item in patterns:
        if _reached(statement, raising[item]):
            yield from _raised(f"{item} names", raising[item], statement)
        elif writes(item):
            whole = item.partition(":")[2].strip("*?") == ""
            kind = MAY_WRITE if _may_read(item) else WRITES
            yield (SERVICE, f"{item} is every action of the service") if whole else (kind, f"{item} may write")
    bounded = ONLY_STAR | KEY_USE if _through_one_service(statement) else ONLY_STAR
    writing = sorted(item for item in rest if writes(item) and item.lower() not in bounded)
    if writing and statement.not_resources:
        plain = [item for item in writing if not has_wildcard(item) and item.lower() in _raising()]
        yield from _raised("NotResource leaves", [item.lower() for item in plain], statement)
        yield ELSEWHERE, f"NotResource lets {', '.join(writing[:3])} reach everything but what it names"
    else:
        yield from _everywhere(statement, [item for item in writing if not has_wildcard(item)])


def _only_to(statement: Statement) -> tuple[str, ...]:
    """The services to which alone the statement passes roles, () where it is every one."""
    return next((item.values for item in statement.conditions
                 if item.key.lower() == "iam:passedtoservice" and narrows(item)
                 and not any(map(has_wildcard, item.values))), ())  # fmt: skip


def _through_one_service(statement: Statement) -> bool:
    """Whether it lets keys be used through named services alone, whose own permissions then tell what is reached.

    Source: AWS KMS Developer Guide, policy-conditions (kms:ViaService).
    """
    return any(item.key.lower() == "kms:viaservice" and narrows(item)
               and all(value.partition(".")[0].strip("*?") for value in item.values)
               for item in statement.conditions)  # fmt: skip


def _everywhere(statement: Statement, plain: list[str]) -> Iterator[tuple[str, str]]:
    """The actions by what all of a kind they reach; those by which somebody raises themselves, apart."""
    reached: dict[tuple[str, str], list[str]] = {}
    for item in plain:
        found = _reached(statement, [item.lower()] if item.lower() in _raising() else ()).get(item.lower())
        if found:
            reached.setdefault((RAISES, found), []).append(item)
        elif found := covered(statement, item):
            reached.setdefault((UNBOUND, found), []).append(item)
    for (kind, found), items in reached.items():
        more = _HOW if kind == RAISES else ""
        yield kind, f"{', '.join(items[:5])}{_more(items)} on {found}{more}"


_HOW = ", by which its holder can raise itself"


def _raised(how: str, actions: list[str], statement: Statement) -> Iterator[tuple[str, str]]:
    """One clause for those of some actions by which somebody raises themselves; how: what lets them through."""
    if found := _reached(statement, actions):
        names = [_raising()[action][0] for action in found]
        where = found[next(iter(found))]
        yield RAISES, f"{how} {', '.join(names[:5])}{_more(names)} on {where}{_HOW}"


def _reached(statement: Statement, actions: Iterable[str]) -> dict[str, str]:
    """Those of the actions by which somebody raises themselves that reach all of what they are about -> what that is"""
    found: dict[str, str] = {}
    for action in actions:
        _, kinds = _raising()[action]
        if statement.not_resources:
            where = "" if spared(statement, action, kinds) else "all but some resources"
        else:
            where = covered(statement, action, kinds)
        if where:
            found[action] = where
    return found


@lru_cache(maxsize=1024)
def _fitting(pattern: str) -> tuple[str, ...]:
    """The actions by which somebody raises themselves that a pattern names."""
    return tuple(action for action in _raising() if action_match(pattern, action))


@cache
def _raising() -> Mapping[str, tuple[str, tuple[str, ...]]]:
    """The actions of IAM that alone are a published method of raising oneself or somebody else: in lower case -> the
    name, and the kinds of things that it is about."""
    found: dict[str, tuple[str, tuple[str, ...]]] = {}
    for item in published():
        name = item.needs[0].action
        if len(item.needs) == 1 and item.gain in _GAINS and name.startswith("iam:"):
            _, kinds = found.get(name.lower(), ("", ()))
            found[name.lower()] = (name, (*kinds, item.target.removeprefix("new-")))
    return found


def _more(names: list[str]) -> str:
    return f" and {len(names) - 5} more" if len(names) > 5 else ""


def _denying(document: PolicyDocument) -> list[Statement]:
    """Its Deny statements without a condition, on every resource."""
    return [item for item in document.statements if item.effect == "Deny" and not item.conditions
            and not item.not_resources and on_everything(item)]  # fmt: skip


def _taken(pattern: str, denying: list[Statement]) -> bool:
    return any(_takes_away(deny, pattern) for deny in denying)


def _takes_away(deny: Statement, pattern: str) -> bool:
    """Whether the Deny is about every action that fits a pattern."""
    if deny.not_actions and not has_wildcard(pattern):
        return not any(action_match(spared, pattern) for spared in deny.not_actions)
    if deny.not_actions:
        return all(common(spared.lower(), pattern) is None for spared in deny.not_actions)
    return any(covers(text.lower(), pattern) for text in deny.actions)
