"""In which order the calls about an object came, as far as CloudTrail tells: to the second.

Source: AWS CloudTrail User Guide, "CloudTrail record contents" (eventTime has seconds, eventID is random).
"""

from __future__ import annotations

from collections.abc import Sequence

from iam_guardrails.model.incident.effects.facts import Fact
from iam_guardrails.model.incident.effects.kind import State
from iam_guardrails.model.incident.effects.state import UNTOLD, agree
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed


def orders(fact: Fact) -> list[Fact]:
    """The object with each call first that may have been the first, and each last that may have been the last."""
    steps = fact.steps
    first_at, last_at = steps[0][0].seconds, steps[-1][0].seconds
    numbers = range(len(steps))
    ends = [
        (one, other) for one in numbers for other in numbers
        if steps[one][0].seconds == first_at and steps[other][0].seconds == last_at and one != other
    ]  # fmt: skip
    return [
        changed(fact, steps=(steps[one], *(steps[at] for at in numbers if at not in (one, other)), steps[other]))
        for one, other in ends
    ] or [fact]


def was_made(fact: Fact) -> bool:
    """Whether the calls prove that it was not there before the first of them, whichever that was."""
    firsts = [one.steps[0] for one in orders(fact)]
    return all(call.makes(write) and not write.is_unsure for write, call in firsts)


def told_before(fact: Fact) -> State:
    """The state before the first call, where its own record tells it; Unknown where it does not."""
    told = [call.found(write, one.names) if call.found else UNTOLD for one in orders(fact)
            for write, call in one.steps[:1]]  # fmt: skip
    return told[0] if all(state == told[0] for state in told) else UNTOLD


def set_again(fact: Fact, now: State, written: Sequence[State]) -> bool:
    """Whether it is as the last of several calls wrote it, and the first had written something else, so that the last
    may have put back what was before. written: the state that each left.

    What is off, or to be deleted, is no such thing: somebody made it so, and that is seen.
    """
    times = [write.seconds for write, _ in fact.steps]
    if times[0] == times[-1] or now is None or isinstance(now, Unknown):
        return False
    if fact.kind.revision and len({write.action for write, _ in fact.steps}) > 1:
        return False
    if any(agree(now, off) is True for off in fact.kind.opposite):
        return False
    first = [state for at, state in zip(times, written, strict=True) if at == times[0]]
    last = [state for at, state in zip(times, written, strict=True) if at == times[-1]]
    changed_first = all(state is not None and agree(now, state) is False for state in first)
    return changed_first and any(state is not None and agree(now, state) is True for state in last)
