"""What runs with code that a use put there: calls of its role, which bear no source identity.

An application works on with its role in the meantime: what the role had done before too is its ordinary work, and so is
what a service does for whatever runs there. Neither counts, nor do the roles that it enters; but all of it is told.

Sources: AWS Lambda Developer Guide, lambda-intro-execution-role and logging-using-cloudtrail (role in the answer);
Amazon ECS API Reference, RegisterTaskDefinition (taskRoleArn); AWS CodeBuild, Step Functions, CloudFormation and Glue
API References, the calls named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from iam_guardrails.model.incident.effects.write import Write, write_of, writes
from iam_guardrails.model.incident.lending import Lent, Roles, Subject
from iam_guardrails.model.incident.unsure import may_be_done
from iam_guardrails.model.trail.principal import role_name, subject_of
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import frozen

_LAMBDA = ("response:role|role",)
_CALLS: Mapping[str, tuple[str, ...]] = {
    "lambda:CreateFunction": _LAMBDA, "lambda:UpdateFunctionCode": _LAMBDA,
    "lambda:UpdateFunctionConfiguration": _LAMBDA,
    "ecs:RegisterTaskDefinition": ("taskRoleArn", "executionRoleArn"),
    "ecs:RunTask": ("overrides.taskRoleArn",),
    "codebuild:CreateProject": ("serviceRole",),
    "codebuild:UpdateProject": ("serviceRole|response:project.serviceRole",),
    "codebuild:StartBuild": ("serviceRoleOverride|response:build.serviceRole",),
    "states:CreateStateMachine": ("roleArn",), "states:UpdateStateMachine": ("roleArn",),
    "cloudformation:CreateStack": ("roleARN",), "cloudformation:UpdateStack": ("roleARN",),
    "cloudformation:ExecuteChangeSet": ("roleARN",),
    "glue:CreateJob": ("role",), "glue:UpdateJob": ("jobUpdate.role",),
}  # fmt: skip
"""Action -> paths of the roles with which what it puts there runs (Write.value)."""
_CONFIGURES = "lambda:UpdateFunctionConfiguration"
_IS_CODE = ("layers", "handler", "runtime", "role", "imageConfig")
"""Settings of a function by which another code runs, or with another role."""
_ORDINARY = frozenset({
    "logs:CreateLogGroup", "logs:CreateLogStream", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
})  # fmt: skip
"""What a service does for whatever runs there."""


@frozen
class Running:
    """What ran with a role. lent: from when the code was put there until the use ended.  usual: actions that the role
    had done before."""

    lent: Lent
    usual: frozenset[str]

    def holds(self, record: Record) -> bool:
        """Whether a call is of that time."""
        return self.lent.holds(record.time)

    def counts(self, record: Record) -> bool:
        """Whether a call of that time is the use's."""
        return self.holds(record) and changes(record) and record.action not in self.usual | _ORDINARY


def changes(record: Record) -> bool:
    """Whether a call of what runs changed something."""
    return record.outcome == "ok" and writes(record) and not record.action.startswith(("sts:", "signin:"))


def running(
    records: Sequence[Record], mine: Iterable[Record], roles: Roles, end: int
) -> dict[Subject, tuple[Running, ...]]:  # fmt: skip
    """The roles with which code of the use ran. records: all that is known, in the order of time.  mine: those of the
    use.  roles: of break-glass: uses of these are judged themselves.  end: when the use ended, in seconds."""
    found = dict[Subject, tuple[Running, ...]]()
    for record in mine:
        write = write_of(record)
        if not may_be_done(record.outcome) or not _is_code(write):
            continue
        for who in _roles(write):
            if who not in roles:
                lent = Lent(record.time, max(end, record.time), True)
                found[who] = (*found.get(who, ()), Running(lent, _usual(records, who, record.time)))
    return found


def ran(runs: Mapping[Subject, tuple[Running, ...]]) -> Callable[[Record], bool]:
    """What tells whether a call was made by what the use put there."""
    return lambda record: any(one.counts(record) for one in runs.get(subject_of(record.principal), ()))


def _is_code(write: Write) -> bool:
    if write.action == _CONFIGURES:
        return any(name in write.request for name in _IS_CODE)
    return write.action in _CALLS


def _roles(write: Write) -> Iterator[Subject]:
    """A role that is given by its name alone is of the account itself."""
    for path in _CALLS[write.action]:
        if text := write.text(path):
            yield role_name(text) if text.startswith("arn:") else (write.account_id, text.rpartition("/")[2])


def _usual(records: Iterable[Record], who: Subject, until: int) -> frozenset[str]:
    return frozenset(one.action for one in records if one.time < until and subject_of(one.principal) == who)
