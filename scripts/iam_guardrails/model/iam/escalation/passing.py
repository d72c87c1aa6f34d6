"""What a request says of the role that it passes, and of what gets the role.

A stack names its role: where policies ask for it (cloudformation:RoleArn), the method is tried for each role. A
function or an instance gets its role as a resource of its service (iam:AssociatedResourceArn), whatever its name is.

Source: Service Authorization Reference, list_awscloudformation (the actions with cloudformation:RoleArn) and
CloudFormation User Guide, using-iam-template ("cloudformation:RoleARN … to control which service role");
AWS IAM User Guide, id_roles_use_passrole (iam:PassedToService; iam:AssociatedResourceArn: "the resource usually belongs
to the service to which the principal is passing the role").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from iam_guardrails.model.iam.caller import UNKNOWN, BeginsOrNone, Value
from iam_guardrails.model.iam.escalation.guise import Guise
from iam_guardrails.model.iam.escalation.methods import ABSENT, Method
from iam_guardrails.model.iam.escalation.permits import Permits
from iam_guardrails.model.iam.escalation.trusts import spoken
from iam_guardrails.model.iam.escalation.universe import bits
from iam_guardrails.model.value import changed

_NAMING = ("cloudformation:CreateStack", "cloudformation:CreateChangeSet", "cloudformation:UpdateStack")
_ROLE = "cloudformation:RoleArn"
_RESOURCE = "iam:associatedresourcearn"
_ASSOCIATED = {"ec2.amazonaws.com": "ec2", "lambda.amazonaws.com": "lambda"}
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


def passed(partition: str, method: Method, carried: Iterable[Mapping[str, Value]]) -> Iterator[Mapping[str, Value]]:
    """What a request for iam:PassRole carries, with all that it may carry besides."""
    names = [(name,) for name in spoken(partition, method.passes_to)] if method.passes_to else [UNKNOWN]
    service = _ASSOCIATED.get(method.passes_to or "")
    place = {_RESOURCE: BeginsOrNone(f"arn:{partition}:{service}:")} if service else {}
    for one in carried:
        for name in names:
            yield {**one, **place, "iam:passedtoservice": name}
