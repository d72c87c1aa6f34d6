"""What can be stated about policies, for all requests at once.

    compare(old, new, kind, account_id)   NEW allows nothing that OLD does not
    never(policy, statement, kind)        no request that the statement covers is allowed
    not_granted(policy, actions, resources)
    requires_mfa(trust)  only_principals(trust, arns)  requires_incident(trust, pattern)

`kind` is what the policy hangs on: "identity" (also boundaries and SCPs), "resource" or "trust". One policy is looked
at by itself: "allowed" means that this text allows, not that nothing else denies.
"""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.iam.document import Condition, PolicyDocument, Principal, Statement
from iam_guardrails.model.iam.evaluate import ALLOWED, DEPENDS, Kind, policy_allows, statement_applies
from iam_guardrails.model.iam.prove.alone import given_alone
from iam_guardrails.model.iam.prove.encode import WAYS, Body, Encoder, Limits, bodies_of
from iam_guardrails.model.iam.prove.pairs import MFA
from iam_guardrails.model.iam.prove.proof import PROVEN, REFUTED, Proof, settle
from iam_guardrails.model.iam.prove.search import Alike, Question
from iam_guardrails.model.iam.request import Request
from iam_guardrails.model.value import changed

ASSUME = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
_ANYBODY = (Principal("*", "*"),)
_PEOPLE = Condition("BoolIfExists", "aws:PrincipalIsAWSService", ("false",))


def compare(old: PolicyDocument, new: PolicyDocument, kind: Kind, account_id: str = "") -> Proof:
    """NEW allows nothing that OLD does not.

    account_id: of the resource that the policy hangs on; then who is named by NEW, and let in with that whole account
    by OLD, is new access (see model.iam.prove.alone). "" where nobody tells: then it is an assumption that it is none.
    """
    proof = _compared(old, new, kind)
    if proof.verdict != PROVEN or kind == "identity" or not account_id:
        return proof
    alone = given_alone(old, new, kind, account_id)
    milliseconds = round(proof.milliseconds + alone.milliseconds, 3)
    if alone.verdict == REFUTED and alone.request is not None:
        by = _saying(new, alone.request, kind, "Allow")
        why = (f"{by} of NEW allows it to who needs no policy of its own in the account {account_id}; OLD leaves it to "
               "the caller's own policies, or denies it")  # fmt: skip
        return changed(alone, because=why, milliseconds=milliseconds)
    if alone.verdict != PROVEN:
        return changed(alone, milliseconds=milliseconds)
    assumed = [text for text in dict.fromkeys((*proof.assumptions, *alone.assumptions)) if text != WAYS]
    return changed(proof, assumptions=(*assumed, f"the resource is of the account {account_id}"),
                   milliseconds=milliseconds)  # fmt: skip


def _compared(old: PolicyDocument, new: PolicyDocument, kind: Kind) -> Proof:
    encoder = Encoder(Limits(kind))
    now, was = _split(encoder, new), _split(encoder, old)
    added, lifted = now[0] & ~was[0], was[1] & ~now[1]

    def possible(held: int) -> bool:
        return bool(held & now[0] and held & (added | lifted))

    def settled(held: int, alike: Alike) -> bool:
        return not (held & added & ~alike(held & was[0]) or held & lifted & ~alike(held & now[1]))

    demands = (((now[0], True),), ((now[1], False),), ((was[0], False), (was[1], True)))

    def check(request: Request) -> bool | None:
        verdicts = policy_allows(new, request, kind), policy_allows(old, request, kind)
        return None if DEPENDS in verdicts else verdicts[0] == ALLOWED != verdicts[1]

    proof = settle(encoder, Question(possible, demands, settled), check, "NEW allows nothing that OLD does not")
    if proof.verdict != REFUTED or proof.request is None:
        return proof
    denied = _saying(old, proof.request, kind, "Deny")
    why = f"{denied} of OLD denies it" if denied else "nothing in OLD allows it"
    return changed(proof, because=f"{_saying(new, proof.request, kind, 'Allow')} of NEW allows it, and {why}")


def never(policy: PolicyDocument, statement: Statement, kind: Kind, callers: Sequence[str] = ()) -> Proof:
    """No request that the statement covers is allowed by the policy.

    What the statement does not speak of is anything.  callers: look at these only (as prove.callers writes them).
    """
    statement = _whole(statement, kind)
    encoder = Encoder(Limits(kind, _listed(statement.actions), _listed(statement.resources), tuple(callers)))
    allow, deny = _split(encoder, policy)
    asked = encoder.add([Body(changed(statement, effect="covered"))])

    def possible(held: int) -> bool:
        return bool(held & allow and held & asked)

    demands = (((allow, True),), ((asked, True),), ((deny, False),))

    def check(request: Request) -> bool | None:
        covered, verdict = statement_applies(statement, request, kind), policy_allows(policy, request, kind)
        return None if covered is None or verdict == DEPENDS else covered and verdict == ALLOWED

    proof = settle(encoder, Question(possible, demands), check, "no such request is allowed")
    if proof.verdict != REFUTED or proof.request is None:
        return proof
    return changed(proof, because=f"{_saying(policy, proof.request, kind, 'Allow')} allows it, and nothing denies it")


def not_granted(
    policy: PolicyDocument, actions: Sequence[str], resources: Sequence[str] = ("*",), kind: Kind = "identity"
) -> Proof:
    """None of the actions is allowed on one of the resources, whatever the conditions."""
    return never(policy, Statement(0, "Allow", actions=tuple(actions), resources=tuple(resources)), kind)


def requires_mfa(trust: PolicyDocument, *, users_only: bool = False) -> Proof:
    """Nobody gets in without MFA. users_only: as an IAM user or root, whose requests alone can carry it."""
    without = Condition("BoolIfExists", MFA, ("false",))
    people = (Condition("ArnLike", "aws:PrincipalArn", ("arn:*:iam::*:user/*", "arn:*:iam::*:root")),)
    return never(trust, _entry(ASSUME, (without, *(people if users_only else ()))), "trust")


def only_principals(trust: PolicyDocument, arns: Sequence[str]) -> Proof:
    """Nobody gets in whose aws:PrincipalArn fits none of `arns` (wildcards as in ArnLike)."""
    return never(trust, _entry(ASSUME, (Condition("ArnNotLike", "aws:PrincipalArn", tuple(arns)),)), "trust")


def requires_incident(trust: PolicyDocument, pattern: str) -> Proof:
    """Nobody but an AWS service gets in without a source identity that fits the pattern."""
    unfit = Condition("StringNotLike", "sts:SourceIdentity", (pattern,))
    return never(trust, _entry(ASSUME, (unfit, _PEOPLE)), "trust")


def _saying(policy: PolicyDocument, request: Request, kind: Kind, effect: str) -> str:
    """The statements with that effect that the evaluator finds to be about the request."""
    found = [item.label for item in policy.statements if item.effect == effect
             and statement_applies(item, request, kind, policy.version)]  # fmt: skip
    return " and ".join(found)


def _entry(actions: tuple[str, ...], conditions: tuple[Condition, ...]) -> Statement:
    return Statement(0, "Allow", principals=_ANYBODY, actions=actions, conditions=conditions)


def _split(encoder: Encoder, policy: PolicyDocument) -> tuple[int, int]:
    bodies = bodies_of(policy)
    return (encoder.add(body for body in bodies if body.statement.effect == "Allow"),
            encoder.add(body for body in bodies if body.statement.effect == "Deny"))  # fmt: skip


def _whole(item: Statement, kind: Kind) -> Statement:
    """The statement with what it does not speak of as `*`."""
    if not item.actions and not item.not_actions:
        item = changed(item, actions=("*",))
    if not item.resources and not item.not_resources and kind != "trust":
        item = changed(item, resources=("*",))
    if not item.principals and not item.not_principals and kind != "identity":
        item = changed(item, principals=_ANYBODY)
    return item


def _listed(texts: tuple[str, ...]) -> tuple[str, ...]:
    """The texts where none of them is a pattern: then requests for other things need not be looked at."""
    return () if any("*" in text or "?" in text or "$" in text for text in texts) else texts
