"""The answers as JSON: everything, with each distinct set of resources written once."""

from __future__ import annotations

import json
from typing import Any

from iam_guardrails.model.iam.reach.groups import gaps, notes, reason
from iam_guardrails.model.iam.reach.outside import outsiders
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.reach.ways import NO, Ways


def render(ways: Ways) -> str:
    """The whole answer; a caller that `principals` does not hold, and a set that no answer names, is "no"."""
    sets = _Sets(ways)
    estate, question = ways.account.estate, ways.account.question
    principals = []
    for number, principal in enumerate(ways.account.principals):
        answers = [_answer(ways, sets, number, *found) for found in ways.masks(number) if found[2] and found[0] != NO]
        if answers:
            principals.append({"arn": principal.arn, "answers": answers})
    outside = [_outsider(sets, item) for item in outsiders(ways.account)]
    shown = {
        "account": estate.account_id, "actions": list(question.actions), "resources": list(question.resources),
        "asked": len(ways.account.principals), "not_judged": notes(ways), "sets": sets.listed, "principals": principals,
        "outside": outside,
    }  # fmt: skip
    return json.dumps(shown, indent=2 if len(principals) < 1000 else None) + "\n"


class _Sets:
    """Distinct sets of goals, numbered."""

    def __init__(self, ways: Ways) -> None:
        self._goals = list(ways.account.question.goals())
        self._numbers: dict[int, int] = {}
        self._gaps: dict[str, int] = {}
        for bit in range(len(self._goals)):
            text = gaps(ways, bit)
            if text:
                self._gaps[text] = self._gaps.get(text, 0) | 1 << bit
        self.listed: list[list[dict[str, str]]] = []

    def number(self, goals: int) -> int:
        if goals not in self._numbers:
            self._numbers[goals] = len(self.listed)
            self.listed.append(
                [{"action": self._goals[bit][0], "resource": self._goals[bit][1]} for bit in bits(goals)]
            )
        return self._numbers[goals]

    def lacking(self, goals: int) -> list[tuple[str, int]]:
        """What nobody told that answers about the goals hang on, with those goals."""
        return [(text, goals & mask) for text, mask in self._gaps.items() if goals & mask]

    def example(self, goal: int) -> dict[str, str]:
        return {"action": self._goals[goal][0], "resource": self._goals[goal][1]}


def _answer(ways: Ways, sets: _Sets, number: int, answer: str, way: str, goals: int) -> dict[str, Any]:
    found = reason(ways, number, goals, answer, way)
    principals = ways.account.principals
    return {
        "answer": answer, "way": way, "set": sets.number(goals), "example": sets.example(found.goal),
        "chain": [{"who": principals[hop.who].arn, "action": hop.action, "on": hop.on} for hop in found.hops],
        "because": list(found.because), "depends_on": list(found.depends_on),
        "not_told": [{"what": text, "set": sets.number(part)} for text, part in sets.lacking(goals)],
    }  # fmt: skip


def _outsider(sets: _Sets, item: Any) -> dict[str, Any]:
    return {
        "who": item.who, "yes_set": sets.number(item.sure), "conditional_set": sets.number(item.maybe & ~item.sure),
        "not_judged_set": sets.number(item.unjudged), "reason": item.reason, "depends_on": list(item.depends_on),
    }  # fmt: skip
