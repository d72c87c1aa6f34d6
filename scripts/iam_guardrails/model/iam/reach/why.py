"""Why one caller may do one thing: the reference evaluator's own reasons, with the names of the policies."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.evaluate import ALLOWED, DEPENDS, Decision, decide
from iam_guardrails.model.iam.policies import Policies
from iam_guardrails.model.iam.reach.account import Account
from iam_guardrails.model.iam.reach.alike import alike, by_policies
from iam_guardrails.model.iam.reach.leg import Asked
from iam_guardrails.model.iam.reach.subject import TAG, asks_about_subject
from iam_guardrails.model.iam.reach.weigh import Caller
from iam_guardrails.model.iam.request import OVER_TLS, Request
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen


@frozen
class Why:
    """because: clauses, each about a statement or a policy.  depends_on: condition keys, and other open facts."""

    because: tuple[str, ...]
    depends_on: tuple[str, ...]


class Reasons:
    """What was asked once: many callers reach a goal by the same last steps."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self._whys: dict[tuple[int, int], Why] = {}
        self._depends_on: dict[tuple[int, int], tuple[str, ...]] = {}
        self._alike: dict[int, Sequence[int]] = {}
        self._opened: dict[tuple[int, str, str], tuple[str, ...]] = {}

    def why(self, number: int, goal: int) -> Why:
        """See `why`."""
        found = self._whys.get((number, goal))
        if found is None:
            found = self._whys[number, goal] = why(self.account, number, goal)
        return found

    def depends_on(self, number: int, goal: int) -> tuple[str, ...]:
        """What a caller's own answer depends on; the same for goals that are alike, and for callers of a kind."""
        caller, kind = self.account.callers[number], self.account.kinds.of[number]
        one = self.account.kinds.firsts[kind] if caller.is_known else number
        found = self._depends_on.get((one, goal))
        if found is None:
            found = self._depends_on[one, goal] = why(self.account, one, goal).depends_on
        return found

    def alike(self, number: int) -> Sequence[int]:
        """All goals in parts (masks) that a caller has for the same reasons."""
        found = self._alike.get(number)
        if found is None:
            found = self._alike[number] = tuple(alike(self.account, self.account.callers[number], self._by_policies))
        return found

    @cached_property
    def _by_policies(self) -> Sequence[int]:
        return by_policies(self.account, self.account.every)

    def opened(self, number: int, asked: Asked) -> tuple[str, ...]:
        """What a step of a caller depends on."""
        key = number, asked.action, asked.resource
        found = self._opened.get(key)
        if found is None:
            caller = self.account.callers[number]
            unread = (f"the content of {text.partition(': ')[0]}" for text in self.account.unknown(caller))
            found = (*decision_on(self.account, caller, asked).depends_on, *unread)
            self._opened[key] = found
        return found


def why(account: Account, number: int, goal: int) -> Why:
    """The reasons of one caller's answer for one goal (a bit), for the resource and its key."""
    caller = account.callers[number]
    asked = [account.goals[goal], *(leg for weigher in account.on_keys if (leg := weigher.leg.asked[goal]))]
    because: list[str] = []
    depends_on: set[str] = set()
    for item in asked:
        decision = decision_on(account, caller, item)
        prefix = "" if item is asked[0] else f"{item.action} on its key: "
        if item is not asked[0] and isinstance(account.policy_of(item.resource), Unknown):
            because.append(f"{prefix}not judged, because nobody told the key's policy")
            continue
        because += [prefix + text for text in _named(decision, caller)]
        depends_on |= set(decision.depends_on)
    depends_on |= {f"the content of {doc.label}" for doc in (*caller.docs, caller.boundary) if doc and doc.unknown}
    return Why(tuple(dict.fromkeys(because)), tuple(sorted(depends_on)))


def decision_on(account: Account, caller: Caller, asked: Asked) -> Decision:
    """What the reference evaluator decides with all policies that are known."""
    subject = caller.subject
    known = [document for doc in caller.docs if (document := doc.document)]
    boundary = caller.boundary.document if caller.boundary else None
    own = (*caller.docs, *([caller.boundary] if caller.boundary else ()))
    policy = account.policy_of(asked.resource)
    resource = policy if isinstance(policy, PolicyDocument) else None
    scps, rcps = account.question.scps or (), account.question.rcps or ()
    levels = [*scps, *rcps]
    others = [*([resource] if resource else ()), *(item for level in levels for item in level)]
    asks = [key for doc in own for key in doc.asking]
    asks += [key for document in others for statement in document.statements
             for key in asks_about_subject(statement, document.version)]  # fmt: skip
    tags = {key: subject.value(key) for key in asks if key.startswith(TAG)}
    context = {**subject.context, **tags, **asked.context}
    owner, exempt = account.question.owner(asked.resource), account.question.exempt
    above = scps if caller.above else ()
    policies = Policies(tuple(known), resource, boundary, (), above, rcps, resource_account=owner, exempt=exempt)
    return decided_over_tls(Request(subject.arn, asked.action, asked.resource, context, False), policies)


def decided_over_tls(request: Request, policies: Policies) -> Decision:
    """What AWS decides where the caller uses TLS; where that opens nothing, whether it does or not."""
    secure = decide(changed(request, context={**request.context, **OVER_TLS}), policies)
    return secure if secure.decision in (ALLOWED, DEPENDS) else decide(request, policies)


def _named(decision: Decision, caller: Caller) -> list[str]:
    """The reasons, with the names of identity policies and boundary instead of their numbers."""
    docs = [doc for doc in caller.docs if not doc.unknown]
    found = []
    for reason in decision.because:
        says = reason.says
        if reason.policy.startswith("identity policy") and reason.statement:
            number = int(reason.policy.removeprefix("identity policy").strip() or 1)
            says = says.replace(f"the {reason.policy}", docs[number - 1].label)
        elif reason.policy == "permissions boundary" and caller.boundary:
            says = says.replace(
                "the permissions boundary", f"the permissions boundary {caller.boundary.label}".rstrip()
            )
        found.append(says)
    found += [f"{doc.label} is not judged: {doc.unknown}" for doc in (*caller.docs, caller.boundary)
              if doc is not None and doc.unknown]  # fmt: skip
    return found
