"""Who is named by the policies on resources and is no user or role of the account: other accounts, services, anybody.

What is weighed is the side of the resource and its key. A caller of another account needs its own account's policies
as well, which nobody has here: that is said, never taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_guardrails.model.iam.caller import UNKNOWN, RequestError, Value
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Principal, Statement, parse
from iam_guardrails.model.iam.evaluate import ALLOWED, DEPENDS, Decision
from iam_guardrails.model.iam.match import action_match, has_wildcard
from iam_guardrails.model.iam.operators import TEXT_BASES, read_operator
from iam_guardrails.model.iam.policies import Policies
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.key_use import by_hand
from iam_guardrails.model.iam.reach.leg import Asked
from iam_guardrails.model.iam.reach.subject import asks_about
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.why import decided_over_tls
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.iam.trust import UNIQUE_ID, account_of, classify
from iam_guardrails.model.value import frozen

ANYBODY = "* (anyone, in any account)"
_NOWHERE = "000000000000"
_ACCOUNT = "aws:principalaccount"
_CALLER = "kms:calleraccount"  # follows from who asks
_LETS_ITSELF_IN = {"secretsmanager": "secretsmanager:PutResourcePolicy", "kms": "kms:CreateGrant"}
"""What a caller of another account may use to allow itself the rest. kms:PutKeyPolicy works in the key's account only.

Source: AWS KMS Developer Guide, "AWS KMS permissions" (cross-account use); AWS Secrets Manager User Guide, "Permissions
to secrets for users in a different account".
"""
_ALL = parse({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
_OPEN: Mapping[str, Value] = dict.fromkeys(
    ("aws:principalarn", "aws:principaltype", "aws:userid", "aws:username"), UNKNOWN
)


@frozen
class Outsider:
    """who: as the policy names it.  maybe: the goals (a mask) that the resources' side allows, or may.

    sure: those of them that it allows for certain.  depends_on: what is open, the outsider's own account among it.
    unjudged: the goals where nothing can be said, because …
    """

    who: str
    sure: int
    maybe: int
    depends_on: tuple[str, ...]
    unjudged: int = 0
    reason: str = ""


def outsiders(account: Account) -> tuple[Outsider, ...]:
    """Everybody outside whom a policy on one of the resources names, in the order of their names."""
    named: dict[Principal, int] = {}
    for bit, item in enumerate(account.goals):
        policy = account.policy_of(item.resource)
        if not isinstance(policy, PolicyDocument):
            continue
        for principal in _named(policy, account, item.action):
            named[principal] = named.get(principal, 0) | 1 << bit
    found = {principal: _weighed(account, principal, mask) for principal, mask in named.items()}
    found |= {principal: _weighed(account, principal, mask) for principal, mask in _narrower(account, named, found)}
    return tuple(sorted((item for item in found.values() if item.maybe or item.unjudged), key=lambda item: item.who))


def _narrower(
    account: Account, named: Mapping[Principal, int], found: Mapping[Principal, Outsider]
) -> Iterator[tuple[Principal, int]]:  # fmt: skip
    """Whom the policies of keys name, out of those that the resources' own policies name: a role of an account, an
    account out of everybody; with the goals to weigh, which are those that nobody wider reaches already.
    """
    on_keys: dict[Principal, int] = {}
    masks: dict[tuple[int, str], int] = {}
    policies: dict[int, PolicyDocument] = {}
    for weigher in account.on_keys if named else ():
        for bit, item in enumerate(weigher.leg.asked):
            policy = account.policy_of(item.resource) if item else None
            if item and isinstance(policy, PolicyDocument):
                policies[id(policy)] = policy
                masks[id(policy), item.action] = masks.get((id(policy), item.action), 0) | 1 << bit
    for (number, action), mask in masks.items():
        for principal in _named(policies[number], account, action):
            on_keys[principal] = on_keys.get(principal, 0) | mask
    of_owner: dict[str, list[Principal]] = {}
    for one in named:
        of_owner.setdefault("*" if one.kind == "*" else account_of(one.value), []).append(one)
    for principal, mask in on_keys.items():
        owner = account_of(principal.value) if principal.kind == "AWS" else ""
        perhaps = (*of_owner.get("*", ()), *(of_owner.get(owner, ()) if owner else ()))
        wider = [one for one in perhaps if _is_wider(one, principal)]
        goals, done = 0, named.get(principal, 0)
        for one in wider:
            goals, done = goals | named[one], done | found[one].maybe
        if owner != account.estate.account_id and mask & goals & ~done:
            yield principal, named.get(principal, 0) | mask & goals & ~done


def _is_wider(one: Principal, other: Principal) -> bool:
    """Whether one principal may take in another: everybody any, an account its roles and users, a role its sessions."""
    if other.kind == "*":
        return False
    if one.kind == "*":
        return True
    whole = ":" not in other.value or other.value.endswith(":root")
    return one.kind == other.kind == "AWS" and not whole and account_of(one.value) == account_of(other.value)


def gone(account: Account) -> dict[str, int]:
    """Unique ids that policies on resources let in and that no user or role of the account has -> the goals (a mask).

    IAM shows the id of a principal that was deleted where its ARN was, and gives it to nobody again; so that nobody
    gets in by it. Source: AWS IAM User Guide, reference_policies_elements_principal.
    """
    found: dict[str, int] = {}
    for bit, item in enumerate(account.goals):
        policy = account.policy_of(item.resource)
        for statement in _letting(policy, account, item.action) if isinstance(policy, PolicyDocument) else ():
            for principal in statement.principals:
                if _is_id(principal) and account.ids is not None and principal.value not in account.ids:
                    found[principal.value] = found.get(principal.value, 0) | 1 << bit
    return found


def _is_id(principal: Principal) -> bool:
    return principal.kind == "AWS" and ":" not in principal.value and classify(principal.value) == UNIQUE_ID


def _letting(policy: PolicyDocument, account: Account, action: str) -> Iterator[Statement]:
    """The statements by which somebody may use the action, or first lets itself in."""
    flag, writing = account.actions.flag(action), _LETS_ITSELF_IN.get(action.partition(":")[0], "")
    for statement in policy.statements:
        if statement.effect == "Allow" and (
            account.actions.of(statement) & flag or (writing and _names(statement, writing))
        ):
            yield statement


def _named(policy: PolicyDocument, account: Account, action: str) -> Iterator[Principal]:
    known = account.arns
    for statement in _letting(policy, account, action):
        if statement.not_principals:
            yield Principal("*", "*")
        for principal in statement.principals:
            value = principal.value
            ours = principal.kind == "AWS" and value != "*" and account_of(value) == account.estate.account_id
            if ours and (":" not in value or value.endswith(":root") or value in known or ":assumed-role/" in value):
                continue  # of the account, or of a role that is among the callers
            if _is_id(principal) and account.ids is not None:
                continue  # of one of the callers, or of nobody any more
            yield Principal("*", "*") if value == "*" and principal.kind == "AWS" else principal


def _names(statement: Statement, action: str) -> bool:
    if statement.not_actions:
        return not any(action_match(pattern, action) for pattern in statement.not_actions)
    return any(action_match(pattern, action) for pattern in statement.actions)


def _weighed(account: Account, principal: Principal, goals: int) -> Outsider:
    text, context, own = _request(account, principal)
    who = ANYBODY if principal.kind == "*" else principal.value
    sure = maybe = 0
    depends_on: set[str] = set()
    legs = [account.goals, *(weigher.leg.asked for weigher in account.on_keys)]
    seen: dict[object, tuple[Decision, str]] = {}
    asked_by: dict[int, tuple[frozenset[str], bool]] = {}
    stranger = "" if principal.kind == "AWS" and principal.value != "*" else _NOWHERE
    if own:
        goals &= ~account.question.shut(stranger or account_of(principal.value), goals)
    for bit in bits(goals):
        decisions: list[Decision] = []
        by_writing: list[str] = []
        for item in [item for leg in legs if (item := leg[bit])]:
            alike = _alike(account, item, asked_by)
            if alike not in seen:
                try:
                    seen[alike] = _settled(account, item, principal, text, context, bool(own))
                except RequestError:
                    return Outsider(who, 0, 0, (), goals, f"a {principal.kind} principal of this form is not weighed")
            decision, writing = seen[alike]
            decisions.append(decision)
            by_writing += [f"{writing}, with which it first lets itself in"] if writing else []
        answers = {decision.decision for decision in decisions}
        if answers <= {ALLOWED, DEPENDS}:
            maybe |= 1 << bit
            depends_on.update(*(decision.depends_on for decision in decisions))
            depends_on.update(by_writing)
            sure |= 0 if DEPENDS in answers or by_writing else 1 << bit
    if own:
        depends_on.add(f"the policies of {own}, which are not in the file")
        sure = 0
    return Outsider(who, sure, maybe, tuple(sorted(depends_on)))


def _settled(
    account: Account, item: Asked, principal: Principal, text: str, context: Mapping[str, Value], own: bool
) -> tuple[Decision, str]:  # fmt: skip
    """What is decided of one request, and the action with which the caller first lets itself in, "" where it need not,
    or cannot. Raises RequestError.
    """
    found = _decision(account, item, text, context, own)
    if principal.kind == "*":
        found = _from_elsewhere(found, account, item, text, context, own)
    writing = _LETS_ITSELF_IN.get(item.action.partition(":")[0], "")
    if found.decision not in (ALLOWED, DEPENDS) and writing:
        asked = item._replace(action=writing, context=by_hand(writing, (item.action,)))
        made = _decision(account, asked, text, context, own)
        if made.decision in (ALLOWED, DEPENDS):
            return made, writing
    return found, ""


def _decision(account: Account, item: Asked, text: str, context: Mapping[str, Value], own: bool) -> Decision:
    policy = account.policy_of(item.resource)
    policies = Policies(
        identity=(_ALL,) if own else (), resource=policy if isinstance(policy, PolicyDocument) else None,
        rcps=account.question.rcps or (), resource_account=account.question.owner(item.resource),
        exempt=account.question.exempt, session=(_ALL,) if own and ":federated-user/" in text else (),
    )  # fmt: skip  # such a session can nothing without policies of its own (AWS STS API, GetFederationToken)
    told = {key: value for key, value in item.context.items() if key != _CALLER}  # it names an account of ours
    return decided_over_tls(Request(text, item.action, item.resource, {**told, **context}, False), policies)


def _from_elsewhere(
    decision: Decision, account: Account, item: Asked, text: str, context: Mapping[str, Value], own: bool
) -> Decision:  # fmt: skip
    """What is decided of anybody, given that it is somebody of another account than this one.

    Where it hangs on the caller's account, those accounts are tried that the policy names, and one that it does not.
    """
    policy = account.policy_of(item.resource)
    open_ = decision.decision == DEPENDS and _ACCOUNT in decision.depends_on
    if not open_ or account.question.rcps or not isinstance(policy, PolicyDocument):
        return decision
    asking = [one for each in policy.statements for one in each.conditions if one.key.lower() == _ACCOUNT]
    named = {text for one in asking for text in one.values}
    if not all(map(_as_text, asking)) or any(has_wildcard(one) or "${" in one for one in named):
        return decision
    others = {text for text in named if account_of(text) == text} - {account.estate.account_id}
    made = decision
    for one in (*sorted(others), _NOWHERE):
        made = _decision(account, item, text.replace(_NOWHERE, one), {**context, _ACCOUNT: (one,)}, own)
        if made.decision in (ALLOWED, DEPENDS):
            return decision
    return made


def _as_text(condition: Condition) -> bool:
    """Whether a condition compares texts, or asks whether there is one."""
    operator = read_operator(condition.operator)
    return operator is not None and operator.base.replace("Not", "") in {*TEXT_BASES, "Null"}


def _alike(account: Account, item: Asked, asked_by: dict[int, tuple[frozenset[str], bool]]) -> object:
    """Equal for requests that one caller gets the same answer to: their policy tells them apart by nothing.

    asked_by: by the id of a policy, the condition keys that it asks about, and whether it names resources.
    """
    policy = account.policy_of(item.resource)
    if not isinstance(policy, PolicyDocument) or account.question.rcps:
        return item.action, item.resource, tuple(item.context.items())
    if id(policy) not in asked_by:
        keys = frozenset(key for one in policy.statements for key in asks_about(one, policy.version))
        asked_by[id(policy)] = keys, any(one.resources != ("*",) for one in policy.statements)
    asks, named = asked_by[id(policy)]
    told = tuple((key, item.context[key]) for key in sorted(asks & item.context.keys()))
    return item.action, item.owner, id(policy), item.resource if named else "", told


def _request(account: Account, principal: Principal) -> tuple[str, Mapping[str, Value], str]:
    """The text of a caller that stands for the principal, what is open about it, and whose policies it needs too."""
    partition, value = account.estate.partition, principal.value
    if principal.kind == "*":
        open_keys = {**_OPEN, _CALLER: UNKNOWN, _ACCOUNT: UNKNOWN, "aws:principalisawsservice": UNKNOWN}
        return f"arn:{partition}:iam::{_NOWHERE}:root", open_keys, "the caller's account"
    if principal.kind != "AWS":
        return value, {}, ""
    account_id = account_of(value)
    if account_id and (":" not in value or value.endswith(":root")):
        return f"arn:{partition}:iam::{account_id}:root", _OPEN, f"account {account_id}"
    return value, {}, f"account {account_id}"
