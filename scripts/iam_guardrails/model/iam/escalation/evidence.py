"""The statements behind one permission of one step, as `decide` names them."""

from __future__ import annotations

from collections.abc import Mapping

from iam_guardrails.model.iam.escalation.context import of_target
from iam_guardrails.model.iam.escalation.ground import ASSUME
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.methods import ITS, Method, Need
from iam_guardrails.model.iam.escalation.permits import Cut, answer_of
from iam_guardrails.model.iam.escalation.steps import Stepping
from iam_guardrails.model.iam.evaluate import Decision, Reason
from iam_guardrails.model.iam.request import Value
from iam_guardrails.model.value import frozen


@frozen
class Permission:
    """One permission of a step: what is asked, the statements behind the answer, and the keys that it depends on.

    statements: e.g. 'statement "Build" of inline policy ci'.
    """

    action: str
    resource: str
    statements: tuple[str, ...]
    depends_on: tuple[str, ...] = ()


class Evidence:
    """Asks again for the steps that are shown, and keeps what decided."""

    def __init__(self, stepping: Stepping) -> None:
        self.stepping = stepping
        self.ground = stepping.ground

    def permission(self, guise: Guise, method: Method, need: Need, resource: str, written: bool) -> Permission:
        """What AWS decides on one permission, and why. written: by a trust policy that the caller wrote."""
        cut = self.stepping.permits.cut(guise, need.action)
        decision = self._decision(guise, cut, method, need, resource, written)
        trust = "the trust policy that the caller writes" if written or need.trust not in ("", ITS) else (
            f"the trust policy of {resource.rpartition('/')[2]}")  # fmt: skip
        statements = tuple(self._named(item, cut, guise, trust) for item in decision.because if item.statement)
        return Permission(need.action, resource, statements, decision.depends_on)

    def _decision(self, guise: Guise, cut: Cut, method: Method, need: Need, resource: str, written: bool) -> Decision:
        number = self.ground.everybody.number.get(resource, -1)
        permits = self.stepping.permits
        if need.trust and (written or need.trust != ITS):
            return permits.decision(guise, cut, ASSUME, resource, {}, written=True)
        if need.trust == ITS:
            return self.stepping.doors.decision(guise, cut, number)
        about: Mapping[str, Value] = {}
        if number >= 0:
            about = of_target(self.ground.principals[number], need.action, cut.mentioned)
        found: Decision | None = None
        for chosen in self.stepping.choices(method, need):
            decision = permits.decision(guise, cut, need.action, resource, {**about, **chosen})
            if answer_of(decision) is True:
                return decision
            found = decision if found is None or answer_of(found) is False else found
        assert found is not None
        return found

    def _named(self, item: Reason, cut: Cut, guise: Guise, trust: str) -> str:
        policy = item.policy
        if policy.startswith("identity policy"):
            number = policy.removeprefix("identity policy").strip()
            policy = cut.labels[int(number) - 1 if number else 0]
        elif policy == "trust policy":
            policy = trust
        elif policy == "permissions boundary":
            policy = f"permissions boundary {guise.principal.boundary_arn.rpartition('/')[2]}"
        verb = "" if item.effect == "Allow" else " (which denies)"
        return f"{item.statement} of {policy}{verb}"
