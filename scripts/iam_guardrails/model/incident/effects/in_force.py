"""A version of a managed policy that is in force stays with what the policy says by it.

AWS deletes no version that is in force (IAM API Reference, DeletePolicyVersion), so that no line to paste takes it away
where putting the policy back is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from iam_guardrails.model.incident.effects.facts import Fact
from iam_guardrails.model.incident.effects.iam_policies import IN_FORCE, IN_USE, VERSION
from iam_guardrails.model.incident.effects.kind import State
from iam_guardrails.model.incident.examined import LASTING, OPEN, Item
from iam_guardrails.model.value import changed


def stays_in_force(items: Sequence[Item], facts: Sequence[Fact], states: Mapping[str, State]) -> list[Item]:
    """The items, those of versions in force judged as what their policies say. items, facts: the same, in one order.

    states: id of a fact -> its state now.
    """
    says = {(fact.account_id, fact.names["PolicyArn"]): item
            for fact, item in zip(facts, items, strict=True) if fact.kind is IN_FORCE}  # fmt: skip
    return [
        _with(item, says.get((fact.account_id, fact.names["PolicyArn"])))
        if fact.kind is VERSION and states[fact.id] == IN_USE else item
        for fact, item in zip(facts, items, strict=True)
    ]  # fmt: skip


def _with(item: Item, policy: Item | None) -> Item:
    if item.verdict != OPEN or policy is None:
        return item
    if policy.verdict == LASTING:
        why = f"it is what the policy says, which stays ({policy.id})"
        return changed(item, verdict=LASTING, why=why, command="", harm="", may_stay=False)
    if policy.verdict == OPEN and policy.harm:
        why = f"{item.why}; it is in force, and is deleted only after the policy says what it said ({policy.id})"
        return changed(item, why=why, harm=policy.harm, may_stay=policy.may_stay)
    return item
