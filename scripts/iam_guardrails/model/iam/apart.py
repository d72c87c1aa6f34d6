"""Which texts conditions tell apart: those for which one of them comes to something else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iam_guardrails.model.iam.answers import Answer
from iam_guardrails.model.iam.conditions import condition_holds
from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.iam.request import Request, situation_of

Told = Sequence[tuple[Condition, str]]  # conditions without policy variables, each with the version of its policy


def seen_apart(told: Told, texts: Iterable[str]) -> list[str]:
    """Those of the texts that some condition sees in another way than those before."""
    kept: dict[object, str] = {}
    for text in texts:
        kept.setdefault(seen(told, text), text)
    return list(kept.values())


def seen(told: Told, text: str) -> tuple[Answer, ...]:
    """What each condition comes to for a key that holds the text."""
    situation = situation_of(Request("anonymous", "sts:AssumeRole", "*", {"probe": (text,)}))
    return tuple([condition_holds(Condition(one.operator, "probe", one.values), situation, "") for one, _ in told])
