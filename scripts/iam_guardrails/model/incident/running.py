"""What runs with code that a use put there: calls of its role, which bear no source identity.

An application works on with its role in the meantime: what the role had done before too is its ordinary work, and so is
what a service does for whatever runs there. Neither counts, nor does what it does in roles that it enters, but for what
gives rights or changes the guardrails; and all of it is told.

Sources: AWS Lambda Developer Guide, lambda-intro-execution-role, logging-using-cloudtrail (role in the answer) and
configuration-envvars, runtimes-modify (AWS_LAMBDA_EXEC_WRAPPER, NODE_OPTIONS: variables by which other code runs; the
record does not hold their names); Amazon ECS API Reference, RegisterTaskDefinition (taskRoleArn); EventBridge Scheduler
User Guide, managing-targets-universal; AWS CodeBuild, Step Functions, CloudFormation, Glue, Batch, SageMaker and
Systems Manager API References, the calls named here; IAM Roles Anywhere User Guide (a profile names the roles).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from iam_guardrails.model.iam.match import any_match
from iam_guardrails.model.incident.chains import Chains
from iam_guardrails.model.incident.effects.write import Write, listed, write_of, writes
from iam_guardrails.model.incident.lending import Lent, Roles, Subject, key_of
from iam_guardrails.model.incident.machines import Reached, reached
from iam_guardrails.model.incident.making import CALLS
from iam_guardrails.model.incident.purpose import RIGHTS
from iam_guardrails.model.incident.recorded import made_key
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
    "cloudformation:ExecuteChangeSet": ("roleARN",), "cloudformation:CreateChangeSet": ("roleARN",),
    "glue:CreateJob": ("role",), "glue:UpdateJob": ("jobUpdate.role",), "glue:CreateSession": ("role",),
    "glue:CreateDevEndpoint": ("roleArn",),
    "scheduler:CreateSchedule": ("target.roleArn|Target.RoleArn",),
    "scheduler:UpdateSchedule": ("target.roleArn|Target.RoleArn",),
    "ssm:StartAutomationExecution": ("parameters.AutomationAssumeRole",),
    "rolesanywhere:CreateProfile": ("roleArns",), "rolesanywhere:UpdateProfile": ("roleArns",),
    "batch:RegisterJobDefinition": ("containerProperties.jobRoleArn",),
    "sagemaker:CreateNotebookInstance": ("roleArn",), "sagemaker:CreateTrainingJob": ("roleArn",),
    "sagemaker:CreateProcessingJob": ("roleArn",), "sagemaker:CreateModel": ("executionRoleArn",),
}  # fmt: skip
"""Action -> paths of the roles with which what it puts there runs (Write.value)."""
_CONFIGURES = "lambda:UpdateFunctionConfiguration"
_IS_CODE = ("layers", "handler", "runtime", "role", "imageConfig")
"""Settings of a function by which another code runs, or with another role."""
_SETTINGS = "environment"
"""Whose variables may do so too, and mostly do not; the record does not hold them."""
_ORDINARY = frozenset({
    "logs:CreateLogGroup", "logs:CreateLogStream", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses", "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel", "ssm:UpdateInstanceAssociationStatus", "ssm:PutInventory",
    "ssm:PutComplianceItems", "ec2messages:AcknowledgeMessage", "ec2messages:DeleteMessage",
    "ec2messages:FailMessage", "ec2messages:SendReply",
})  # fmt: skip
"""What a service does for whatever runs there."""


_Begun = tuple[Subject, int, Reached | None, bool]
"""A role, since when code of the use ran with it, on which machines, and whether that is unsure."""


@frozen
class Running:
    """What ran with a role. lent: from when the code was put there until the use ended.  usual: actions that the role
    had done before.  on: the machines on which it ran, else it is all that calls with the role.  unsure: whether it may
    have been none of these, or other code: then only what gives rights, or changes the guardrails, is the use's."""

    lent: Lent
    usual: frozenset[str]
    on: Reached | None = None
    unsure: bool = False

    def is_of(self, record: Record) -> bool:
        """Whether a call with the role is of what ran, whenever it was made."""
        return self.on is None or self.on.is_it(record.session)

    def holds(self, record: Record) -> bool:
        """Whether a call is of that, and of that time."""
        return self.lent.holds(record.time) and self.is_of(record)

    def counts(self, record: Record) -> bool:
        """Whether a call of that time is the use's."""
        if not self.holds(record) or not changes(record) or record.action in self.usual | _ORDINARY:
            return False
        return not self.unsure or touches_guardrails(record)


def changes(record: Record) -> bool:
    """Whether a call of what runs changed something."""
    return record.outcome == "ok" and writes(record) and not record.action.startswith(("sts:", "signin:"))


def touches_guardrails(record: Record) -> bool:
    """Whether a call gives or takes rights, or changes what two captures compare."""
    return any_match(RIGHTS, record.action) or (record.text("eventSource"), record.text("eventName")) in CALLS


def running(
    records: Sequence[Record], mine: Iterable[Record], roles: Roles, end: int
) -> dict[Subject, tuple[Running, ...]]:  # fmt: skip
    """The roles with which code of the use ran. records: all that is known, in the order of time.  mine: those of the
    use.  roles: of break-glass: uses of these are judged themselves.  end: when the use ended, in seconds."""
    those = list(mine)
    found = dict[Subject, tuple[Running, ...]]()
    for who, since, on, unsure in (*_placed(those), *_on_machines(records, those)):
        if who not in roles:
            lent = Lent(since, max(end, since), True)
            found[who] = (*found.get(who, ()), Running(lent, _usual(records, who, since), on, unsure))
    return found


def _placed(mine: Iterable[Record]) -> Iterator[_Begun]:
    """Roles with which code runs, as the call names them."""
    for record in mine:
        write = write_of(record)
        if may_be_done(record.outcome) and write.action in _CALLS and (code := _is_code(write)) is not False:
            for who in _roles(write):
                yield who, record.time, None, code is None


def _on_machines(records: Iterable[Record], mine: Iterable[Record]) -> Iterator[_Begun]:
    """Roles of machines, as the records of their calls name them, or the profile that the use gave them."""
    reaches = list(reached(mine))
    if not reaches:
        return
    by_session = dict[str, set[Subject]]()
    for record in records:
        if name := record.session:
            by_session.setdefault(name, set()).add(subject_of(record.principal))
    for one in reaches:
        found = {who for name, those in by_session.items() if one.is_it(name) for who in those}
        found |= {(one.write.account_id, one.profile)} if one.profile else set()
        for who in sorted(who for who in found if who[0] == one.write.account_id):
            yield who, one.write.seconds, one, one.at_large


def ran(records: Sequence[Record], runs: Mapping[Subject, tuple[Running, ...]]) -> Callable[[Record], bool]:
    """What tells whether a call was made by what the use put there, or, of what gives rights or changes the guardrails,
    in a role that this entered. records: all that is known."""
    if not runs:
        return lambda record: False
    chains = Chains((made_key(record), key_of(record)) for record in records if made_key(record))
    keys = {made_key(record) for record in records if made_key(record) and _ran(record, runs, Running.holds)}

    def is_ran(record: Record) -> bool:
        if _ran(record, runs, Running.counts):
            return True
        passed_on = bool(keys) and changes(record) and touches_guardrails(record)
        return passed_on and not keys.isdisjoint(chains.back(key_of(record)))

    return is_ran


def _ran(
    record: Record, runs: Mapping[Subject, tuple[Running, ...]], asked: Callable[[Running, Record], bool]
) -> bool:  # fmt: skip
    return any(asked(one, record) for one in runs.get(subject_of(record.principal), ()))


def _is_code(write: Write) -> bool | None:
    """None where it may be: an application's settings are changed to make it safe, and it works on."""
    if write.action != _CONFIGURES or any(name in write.request for name in _IS_CODE):
        return True
    return None if _SETTINGS in write.request else False


def _roles(write: Write) -> Iterator[Subject]:
    """A role that is given by its name alone is of the account itself."""
    for text in (one for path in _CALLS[write.action] for one in listed(write.value(path))):
        if isinstance(text, str) and text:
            yield role_name(text) if text.startswith("arn:") else (write.account_id, text.rpartition("/")[2])


def _usual(records: Iterable[Record], who: Subject, until: int) -> frozenset[str]:
    return frozenset(one.action for one in records if one.time < until and subject_of(one.principal) == who)
