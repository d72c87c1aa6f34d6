"""Whether the Denies of a boundary stop one caller from one call on one thing, whatever else the request carries.

A Deny counts only where it surely applies: its resource covers the thing, and each condition holds by what is known of
the caller and of the thing (its account, a key's aliases, a role's tags). Several count together where they are proven
to leave no request (model.iam.joint_denials). Source: AWS IAM User Guide,
reference_policies_evaluation-logic_policy-eval-denyallow and reference_policies_condition-keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.grants import on_everything, on_no_resource
from iam_guardrails.model.iam.match import glob_match
from iam_guardrails.model.iam.trust import opens
from iam_guardrails.model.value import changed, field, frozen

if TYPE_CHECKING:  # the evaluator is loaded where a Deny is scoped or conditional
    from iam_guardrails.model.iam.caller import Value
    from iam_guardrails.model.iam.request import Situation

# what follows from the thing that is called upon; where it is not known, a Deny under it is not judged
OF_THE_THING = ("aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "aws:resourcetag/",
                "kms:resourcealiases", "iam:resourcetag/")  # fmt: skip


@frozen
class Target:
    """What a call would take away.

    arn: as IAM sees it; "*" where IAM looks at no resource.  name: how a message names it.  keys: condition keys
    (lower case) that follow from it.  made_up: why the end of the ARN is not the true one ("" where it is).
    """

    arn: str
    name: str
    keys: Mapping[str, Value] = field(default_factory=dict)
    made_up: str = ""


@frozen
class Left:
    """Why a call is not denied. certain: whether it surely is not; else `why` says what is not known."""

    why: str
    certain: bool = True


NOWHERE: Final = Left("not denied")
ELSEWHERE: Final = Left("denied only on other resources")
UNSCOPED: Final = Left("denied on named resources, which IAM does not look at for this call")


class Denials:
    """The Denies of one document, asked by one caller (the ARN of a role)."""

    def __init__(self, document: PolicyDocument, caller_arn: str) -> None:
        self.document = document
        self.caller_arn = caller_arn
        self._denies = [item for item in document.statements if item.effect == "Deny"]
        self._situations: dict[str, Situation] = {}

    def of(self, action: str) -> list[Statement]:
        """The Denies that are about the action."""
        return [item for item in self._denies if opens(item, action)]

    @staticmethod
    def whole(deny: Statement) -> bool:
        """Whether the Deny surely stops its actions on everything."""
        return not deny.conditions and not deny.not_resources and on_no_resource(deny)

    def left(self, denies: list[Statement], target: Target) -> Left | None:
        """Why none of `denies` surely stops the call on the target; None where one does. What is not known goes before
        a certain no, for it may be a Deny."""
        found: Left | None = None
        for statement in denies:
            missing = self._missing(statement, target)
            if missing is None:
                return None
            if found is None or found is ELSEWHERE or not missing.certain:
                found = missing
        return None if self._together(denies, target) else found or NOWHERE

    def _together(self, denies: list[Statement], target: Target) -> bool:
        """Whether the Denies stop the call together, each for some requests."""
        about = [item for item in denies if item.conditions and not _by_made_up(item, target)
                 and (target.arn != "*" or (on_no_resource(item) and not item.not_resources))]  # fmt: skip
        if not about:
            return False
        from iam_guardrails.model.iam.joint_denials import deny_together

        return deny_together(about, self._situation(target), self.document.version)

    def _missing(self, statement: Statement, target: Target) -> Left | None:
        if target.arn == "*" and (statement.not_resources or not on_no_resource(statement)):
            return UNSCOPED
        everywhere = on_everything(statement) and not statement.not_resources
        if everywhere and not statement.conditions:
            return None
        from iam_guardrails.model.iam.judge import applies_but_for_action

        version, situation = self.document.version, self._situation(target)
        bare = statement if not everywhere else _everywhere(statement)
        answer = applies_but_for_action(bare, situation, "identity", version)
        if answer is True:
            return None if not _by_made_up(statement, target) else Left(_doubt(statement, target), certain=False)
        if answer is False:
            return self._not_about(statement, situation, target)
        if all(key.startswith(OF_THE_THING) for key in answer):
            spelled = self._spelled(statement, answer)
            return Left(f"{statement.label} denies it by {spelled}, which is not known of the guardrail", certain=False)
        return Left(f"denied only under a condition on {self._spelled(statement, answer)}")

    def _not_about(self, statement: Statement, situation: Situation, target: Target) -> Left:
        """Why a Deny surely does not apply: by its conditions, or by its resource."""
        from iam_guardrails.model.iam.conditions import conditions_hold

        for item in statement.conditions:
            if conditions_hold((item,), situation, self.document.version) is False:
                return Left(f"denied only under a condition on {item.key}")
        if target.made_up and _may_be(statement, target):
            return Left(_doubt(statement, target), certain=False)
        return ELSEWHERE

    @staticmethod
    def _spelled(statement: Statement, keys: frozenset[str]) -> str:
        spelled = [item.key for item in statement.conditions if item.key.lower() in keys]
        return " and ".join(dict.fromkeys(spelled)) or ", ".join(sorted(keys))

    def _situation(self, target: Target) -> Situation:
        from iam_guardrails.model.iam.request import Request, situation_of

        found = self._situations.get(target.arn)
        if found is None:
            request = Request(self.caller_arn, "", target.arn, target.keys, False)
            found = self._situations[target.arn] = situation_of(request)
        return found


def _everywhere(statement: Statement) -> Statement:
    return changed(statement, resources=("*",))


def _doubt(statement: Statement, target: Target) -> str:
    return f"whether what {statement.label} names is {target.name} is not known: {target.made_up}"


def _by_made_up(statement: Statement, target: Target) -> bool:
    """Whether a NotResource may spare the thing whose ARN is not known to its end."""
    return bool(target.made_up and any(_near(text, target.arn) for text in statement.not_resources))


def _may_be(statement: Statement, target: Target) -> bool:
    """Whether the true ARN may be one that the statement names."""
    return any(_near(text, target.arn) for text in statement.resources)


def _near(text: str, arn: str) -> bool:
    """Whether a pattern may cover an ARN but for its last segment: partition, service, Region, account, kind."""
    patterns, parts = text.split(":", 5), arn.split(":", 5)
    if len(patterns) != 6:
        return "*" in text and glob_match(text.partition("*")[0] + "*", arn)
    if not all(glob_match(one, part) for one, part in zip(patterns[:5], parts[:5], strict=True)):
        return False
    kind, named = _kind(parts[5]), _kind(patterns[5])
    return not kind or "*" in named or "?" in named or named == kind


def _kind(text: str) -> str:
    """The kind of a thing, which stands before its name in most ARNs: "key", "alarm", "log-group"."""
    ends = [at for at in (text.find("/"), text.find(":")) if at >= 0]
    return text[: min(ends)] if ends else ""
