"""The people who may enter a break-glass role: which principals they are, and whether they enter as they should."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from iam_guardrails.model.iam.escalation.chains import Weaver
from iam_guardrails.model.iam.escalation.facts import ACT
from iam_guardrails.model.iam.escalation.findings import CAN, EXPECTED, UNDER, Finding
from iam_guardrails.model.iam.escalation.ground import Ground
from iam_guardrails.model.iam.escalation.search import DOUBTED, Reached, Search
from iam_guardrails.model.iam.principals import Principal
from iam_guardrails.model.value import changed


def is_of_set(item: Principal, permission_set: str) -> bool:
    """Identity Center names the role of a set AWSReservedSSO_<set>_<16 hexadecimal digits>."""
    begin, _, tail = item.name.rpartition("_")
    return (
        item.path.startswith("/aws-reserved/sso.") and begin == f"AWSReservedSSO_{permission_set}" and len(tail) == 16
    )


def entering(
    ground: Ground, search: Search, weaver: Weaver, number: int, guarded: Sequence[int]
) -> Iterator[Finding]:  # fmt: skip
    """A named owner who enters a break-glass role by its trust policy: a user with MFA, or the permission set.

    guarded: the break-glass roles, by number.
    """
    principal = ground.principals[number]
    for end in guarded:
        step = next((one for one in search.stepping.steps(search.stepping.guise(number))
                     if one.method.id == "sts-assume-role" and one.mask >> end & 1), None)  # fmt: skip
        if step is None:
            continue
        role = ground.principals[end].arn
        reached = Reached(number)
        spared, search.spared = search.spared, {}
        for reached in search.rounds(number, DOUBTED):
            if reached.facts[ACT] >> end & 1:
                break
        search.spared = spared
        chain = weaver.to_fact(reached, (ACT, end), DOUBTED, role)
        bare = search.stepping.doors.without_mfa(search.stepping.guise(number), end)
        if principal.kind == "role" or bare is False:
            yield Finding(principal.arn, role, EXPECTED, chain)
            continue
        keys = () if isinstance(bare, bool) else tuple(sorted(bare))
        chain = changed(chain, steps=(*chain.steps[:-1], changed(chain.steps[-1], depends_on=keys)))
        answer = CAN if bare is True and not search.stepping.guise(number).unread else UNDER
        yield Finding(principal.arn, role, answer, chain, "a named owner, but without MFA")
