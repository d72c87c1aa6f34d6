"""Whether several Denies leave one caller no request for one thing, although none of them does by itself.

What is known of the caller and the thing settles some conditions; what is left of them is given to the prover, over
all values of the keys that are open: `Deny if the Region is us-east-1` and `Deny if it is not` leave nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from iam_guardrails.model.iam.conditions import condition_holds
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Statement
from iam_guardrails.model.iam.pattern import DOCUMENTED
from iam_guardrails.model.iam.request import Situation
from iam_guardrails.model.iam.scope import covers_resource

_ALLOW = Statement(0, "Allow", actions=("*",), resources=("*",))


def deny_together(denies: Iterable[Statement], situation: Situation, version: str) -> bool:
    """Whether every request is denied by one of `denies`, which are about its action.

    situation: the caller and the thing, with every key open that they do not settle.  version: the document's.
    """
    left = [found for item in denies if (found := _open(item, situation, version)) is not None]
    return bool(left) and _leave_nothing(tuple(dict.fromkeys(left)), version)


def _open(item: Statement, situation: Situation, version: str) -> tuple[Condition, ...] | None:
    """The conditions of a Deny that are not settled; None where it is not surely about the thing, or never holds."""
    if covers_resource(item, situation, version, DOCUMENTED, optional=False) is not True:
        return None
    answers = [(condition, condition_holds(condition, situation, version)) for condition in item.conditions]
    if any(answer is False for _, answer in answers):
        return None
    return tuple(condition for condition, answer in answers if answer is not True)


@lru_cache(maxsize=256)
def _leave_nothing(left: tuple[tuple[Condition, ...], ...], version: str) -> bool:
    from iam_guardrails.model.iam.prove.encode import ONE_VALUE
    from iam_guardrails.model.iam.prove.statements import not_granted  # here, because hardly a boundary needs it

    denies = (Statement(number, "Deny", actions=("*",), resources=("*",), conditions=conditions)
              for number, conditions in enumerate(left, 1))  # fmt: skip
    proof = not_granted(PolicyDocument((_ALLOW, *denies), version), ["*"])
    # of a key that AWS does not document, nobody knows that it has one value; what AWS writes itself has its form
    return proof.verdict == "proven" and not any(text.endswith(ONE_VALUE) for text in proof.assumptions)
