"""What is still open, weighed: whether undoing it is harmless, or does what only a person may want (effects.harm)."""

from __future__ import annotations

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.facts import Fact
from iam_guardrails.model.incident.effects.judged import Judged
from iam_guardrails.model.incident.effects.kind import Ask, State
from iam_guardrails.model.incident.effects.state import GONE
from iam_guardrails.model.incident.examined import LASTING, NOT_JUDGED, OPEN
from iam_guardrails.model.value import changed


def weighed(
    fact: Fact, found: Judged, now: State, purpose: str, before: Account | None, ask: Ask | None
) -> Judged:  # fmt: skip
    """What is open with the harm that undoing it does; where the purpose of the use fits that, it stays."""
    if found.verdict != OPEN:
        return found
    harm = found.harm
    if harm is None and fact.kind.harm is not None and not found.command:
        harm = fact.kind.harm(fact.names, now, found.target, before, ask)
    if harm is None:
        return found
    if purpose in harm.fits and not harm.mixed:
        return Judged(LASTING, harm.stays)
    told = "undoing it also {}: look first" if harm.mixed else "undoing it {}: put it back only if that was meant"
    return changed(found, why=f"{found.why}; {told.format(harm.what)}", harm=harm)


def may_stay(found: Judged, now: State) -> bool:
    """Whether somebody may say that it is to stay as it is: what was taken away or closed and no more than that, and
    what is gone for good."""
    if found.verdict == NOT_JUDGED:
        return isinstance(now, str) and now == GONE
    return found.verdict == OPEN and found.harm is not None and not found.harm.mixed
