"""Having CloudFormation act as a role where policies ask which role that is (cloudformation:RoleArn).

Source: Service Authorization Reference, list_awscloudformation (the actions with cloudformation:RoleArn) and
CloudFormation User Guide, using-iam-template ("cloudformation:RoleARN … to control which service role").
"""

from __future__ import annotations

from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.methods import ABSENT, Method
from iam_guardrails.model.iam.escalation.permits import Permits
from iam_guardrails.model.iam.escalation.universe import bits
from iam_guardrails.model.value import changed

_NAMING = ("cloudformation:CreateStack", "cloudformation:CreateChangeSet", "cloudformation:UpdateStack")
_ROLE = "cloudformation:RoleArn"
_MOST = 100  # roles that are looked at one by one; of more, the key stays open


class Passing:
    """Makes, of a method that has CloudFormation act as some role, one for each role."""

    def __init__(self, permits: Permits) -> None:
        self.permits = permits
        self._made: dict[tuple[str, str], Method] = {}

    def of(self, guise: Guise, method: Method, among: int) -> list[tuple[Method, int]]:
        """The methods, each with its targets (bits, among these); none where nobody asks for the role."""
        actions = [need.action for need in method.needs if need.action in _NAMING]
        if not any(_ROLE.lower() in self.permits.cut(guise, action).mentioned for action in actions):
            return []
        if method.passes_to is None:  # the stack keeps the role that it has
            return [(self._naming(method, ABSENT), among)]
        if among.bit_count() > _MOST:
            return []
        arns = self.permits.ground.everybody.arns
        return [(self._naming(method, arns[number]), 1 << number) for number in bits(among)]

    def _naming(self, method: Method, arn: str) -> Method:
        made = self._made.get((method.id, arn))
        if made is None:
            needs = tuple(changed(need, carries=(*need.carries, (_ROLE, arn))) if need.action in _NAMING else need
                          for need in method.needs)  # fmt: skip
            made = self._made[method.id, arn] = changed(method, needs=needs)
        return made
