"""The record of a removal, step by step: what was there, each call, each refusal, and what was given back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.model.codec import CodecError, decode, encode
from iam_guardrails.model.incident.step import Step
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.removal.held import Held, Role, User
from iam_guardrails.model.removal.target import ROLE, Target
from iam_guardrails.model.value import frozen

BEGUN, HELD, DONE, REFUSED, REMOVED, ENDED = "begun", "held", "done", "refused", "removed", "ended"
ROLLING, GIVEN_BACK, ROLLED_BACK = "rollback begun", "given back", "rolled back"


@frozen
class Begun:
    """review, review_hash: the signed review.  simulated: on the embedded AWS.  for_good: what nothing undoes, too."""

    id: str
    environment: str
    account_id: str
    review: str
    review_hash: str
    for_good: bool
    simulated: bool


@frozen
class Kept:
    """What a record holds of one target: as it was before the first call."""

    target: Target
    before: Held


@frozen
class Removal:
    """A record as far as it goes."""

    begun: Begun
    steps: tuple[Step, ...]
    kept: tuple[Kept, ...]

    def of(self, kind: str) -> tuple[Mapping[str, Any], ...]:
        """The contents of the steps of a kind."""
        return tuple(step.content for step in self.steps if step.kind == kind)

    @property
    def is_open(self) -> bool:
        """Whether something of it is still to be removed: not ended, and no rollback begun."""
        return not any(step.kind in (ENDED, ROLLING) for step in self.steps)

    @property
    def removed(self) -> Mapping[str, datetime]:
        """When each item was wholly removed, aware UTC; nothing once a rollback was begun."""
        if any(step.kind == ROLLING for step in self.steps):
            return {}
        return {str(step.content["item"]): step.at for step in self.steps if step.kind == REMOVED}

    @property
    def is_rolled_back(self) -> bool:
        """Whether its last word is that everything was given back."""
        return bool(self.steps) and self.steps[-1].kind == ROLLED_BACK


def held_content(target: Target, before: Held) -> dict[str, Any]:
    """The content of a step HELD."""
    return {"target": encode(target), "before": encode(before)}


def removal_of(steps: Sequence[Step], where: str) -> Removal:
    """The removal that some steps tell. where: the record, for messages. Raises Problem where they tell none."""
    try:
        if not steps or steps[0].kind != BEGUN:
            raise ValueError("its first line is not the beginning of a removal")
        begun: Begun = decode(Begun, steps[0].content, "begun")
        kept = tuple(_kept(step.content) for step in steps if step.kind == HELD)
    except (CodecError, ValueError, KeyError, TypeError) as error:
        raise Problem(f"{where} is no record of a removal: {error}; restore it from version control") from None
    return Removal(begun, tuple(steps), kept)


def _kept(content: Mapping[str, Any]) -> Kept:
    target: Target = decode(Target, content["target"], "target")
    before: Held = decode(Role if target.kind == ROLE else User, content["before"], "before")
    return Kept(target, before)
