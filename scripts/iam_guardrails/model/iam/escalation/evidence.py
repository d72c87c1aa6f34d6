"""The statements behind one permission of one step, as `decide` names them."""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from itertools import product

from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.escalation.choices import REQUESTED, Chosen, needed_besides
from iam_guardrails.model.iam.escalation.context import POLICY
from iam_guardrails.model.iam.escalation.cuts import Cut, answer_of, first_best
from iam_guardrails.model.iam.escalation.ground import ASSUME
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.methods import ANY, ITS, SOME, Method, Need
from iam_guardrails.model.iam.escalation.steps import Stepping
from iam_guardrails.model.iam.evaluate import Decision, Reason
from iam_guardrails.model.iam.principals import Parsed
from iam_guardrails.model.iam.request import Open, Value
from iam_guardrails.model.value import changed, frozen


@frozen
class Permission:
    """One permission of a step: what is asked, the statements behind the answer, and the keys that it depends on.

    statements: e.g. 'statement "Build" of inline policy ci'.  removable: those without which it is not granted, all of
    which must go; empty where there are none.  chosen: condition keys with the values that the caller has to choose,
    None for a key that it has to leave out.
    """

    action: str
    resource: str
    statements: tuple[str, ...]
    depends_on: tuple[str, ...] = ()
    removable: tuple[str, ...] = ()
    chosen: tuple[tuple[str, str | None], ...] = ()


class Evidence:
    """Asks again for the steps that are shown, and keeps what decided."""

    def __init__(self, stepping: Stepping) -> None:
        self.stepping = stepping
        self.ground = stepping.ground
        self._region = ""

    def permission(
        self, guise: Guise, method: Method, need: Need, resource: str, written: bool, region: str = ""
    ) -> Permission:  # fmt: skip
        """What AWS decides on one permission, and why. written: by a trust policy that the caller wrote.

        region: in which Region it is asked, where the resource does not tell.
        """
        cut = self.stepping.permits.cut(guise, need.action)
        self._region = region if need.on in (ANY, SOME) else ""
        decision, chosen = self._weighed(guise, cut, method, need, resource, written)
        trust = "the trust policy that the caller writes" if written or need.trust not in ("", ITS) else (
            f"the trust policy of {resource.rpartition('/')[2]}")  # fmt: skip
        statements = tuple(self._named(item, cut, guise, trust) for item in decision.because if item.statement)
        removable: tuple[str, ...] = ()
        if not written and need.trust in ("", ITS):
            gone = self._removable(guise, cut, method, need, resource, decision)
            removable = tuple(self._named(item, cut, guise, trust) for item in gone)
        told = [item for item, _ in cut.statements]
        number = self.ground.everybody.number.get(resource, -1)
        own = self.ground.trusts.documents[number] if need.trust == ITS and number >= 0 else None
        told += own.statements if isinstance(own, PolicyDocument) else ()
        for action in needed_besides(need.action, chosen):
            told += [item for item, _ in self.stepping.permits.cut(guise, action).statements]
        names = {one.key.lower(): one.key for item in told for one in item.conditions}
        names = {POLICY: "iam:PolicyARN", **names}
        shown = tuple((names[key], ", ".join(value) if isinstance(value, tuple) else None)
                      for key, value in chosen.items() if key in names and not isinstance(value, Open))  # fmt: skip
        return Permission(need.action, resource, statements, decision.depends_on, removable, shown)

    def _removable(
        self, guise: Guise, cut: Cut, method: Method, need: Need, resource: str, decision: Decision
    ) -> list[Reason]:
        """Statements without which the permission is not granted: the caller's own first, then those that name it.

        They are taken away and `decide` is asked again until it refuses.
        """
        fewer = copy(cut)
        number = self.ground.everybody.number.get(resource, -1)
        trust = self.ground.trusts.documents[number] if need.trust == ITS else None
        gone: list[Reason] = []
        while answer_of(decision) is not False:
            granting = [item for item in decision.because if item.statement and item.effect == "Allow"]
            own = [item for item in granting if item.policy.startswith("identity policy")]
            theirs = [item for item in granting if item.policy == "trust policy"]
            named = [item for item in theirs if isinstance(trust, PolicyDocument) and not self._delegates(item, trust)]
            taken = own or named or theirs
            if not taken:
                return []
            gone += taken
            if taken is own:
                fewer.identity = tuple(
                    _without(document, {item.statement for item in own if _place(item) == place})
                    for place, document in enumerate(fewer.identity)
                )
            elif isinstance(trust, PolicyDocument):
                trust = _without(trust, {item.statement for item in taken})
            decision = self._weighed(guise, fewer, method, need, resource, False, trust)[0]
        return gone

    def _delegates(self, item: Reason, trust: PolicyDocument) -> bool:
        """Whether the statement of a trust policy leaves it to the account."""
        account = self.ground.estate.account_id
        whole = (account, f"arn:{self.ground.estate.partition}:iam::{account}:root")
        return any(one.value in whole for statement in trust.statements if statement.label == item.statement
                   for one in statement.principals)  # fmt: skip

    def _weighed(
        self, guise: Guise, cut: Cut, method: Method, need: Need, resource: str, written: bool,
        trust: Parsed | None = None,
    ) -> tuple[Decision, Chosen]:  # fmt: skip
        """What AWS decides, and what the caller chooses. trust: the role's, where it is another one than its own."""
        number = self.ground.everybody.number.get(resource, -1)
        permits = self.stepping.permits
        if need.trust == ITS and not written:
            return self.stepping.doors.weighed(guise, cut, number, trust)
        abouts: list[dict[str, Value]] = [{}]
        if number >= 0:
            abouts = permits.abouts(guise, number, need.action, cut.mentioned)
        if need.trust:
            return first_best(permits.weighed(guise, cut, ASSUME, resource, one, written=True) for one in abouts)
        found: list[tuple[Decision, Chosen]] = []
        for about, carried in product(abouts, self.stepping.choices(method, need)):
            asked = {**carried, **({REQUESTED: (self._region,)} if self._region else {})}
            decision, chosen = permits.weighed(guise, cut, need.action, resource, {**about, **asked})
            found.append((decision, {**asked, **chosen}))
            if answer_of(decision) is True:
                break
        return first_best(found)

    def _named(self, item: Reason, cut: Cut, guise: Guise, trust: str) -> str:
        policy = item.policy
        if policy.startswith("identity policy"):
            policy = cut.labels[_place(item)]
        elif policy == "trust policy":
            policy = trust
        elif policy == "permissions boundary":
            policy = f"permissions boundary {guise.principal.boundary_arn.rpartition('/')[2]}"
        verb = "" if item.effect == "Allow" else " (which denies)"
        return f"{item.statement} of {policy}{verb}"


def _place(item: Reason) -> int:
    """Which of the identity policies it is about; where there is one only, it has no number."""
    number = item.policy.removeprefix("identity policy").strip()
    return int(number) - 1 if number else 0


def _without(document: PolicyDocument, labels: Collection[str]) -> PolicyDocument:
    return changed(document, statements=tuple(item for item in document.statements if item.label not in labels))
