"""Machines on which a use ran something: instances and tasks, whose calls bear the session that is named after them.

Sources: AWS IAM User Guide, id_roles_use_switch-role-ec2 (the session name of an instance's role is the instance's id);
AWS Systems Manager User Guide (hybrid nodes: "mi-…"); Amazon ECS Developer Guide, task-iam-roles and
logging-using-cloudtrail (that of a task's role is the task's id); the API references of the calls named here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from iam_guardrails.model.incident.effects.write import Write, write_of
from iam_guardrails.model.incident.unsure import may_be_done
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.value import frozen

_INSTANCE = r"m?i-(?:[0-9a-f]{17}|[0-9a-f]{8})"
_NAME = re.compile(rf'(?:(?<![\w-]){_INSTANCE}|(?<=[/_"])[0-9a-f]{{32}})(?![0-9a-f])')
_OF_INSTANCE = re.compile(_INSTANCE)
_ONTO = frozenset({
    "ssm:SendCommand", "ssm:StartSession", "ssm:StartAutomationExecution", "ssm:CreateAssociation",
    "ssm:CreateAssociationBatch", "ssm:UpdateAssociation", "ec2-instance-connect:SendSSHPublicKey",
    "ec2-instance-connect:SendSerialConsoleSSHPublicKey", "ec2-instance-connect:OpenTunnel", "ec2:RunInstances",
    "ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation", "ec2:ModifyInstanceAttribute",
    "ecs:ExecuteCommand", "ecs:RunTask", "ecs:StartTask",
})  # fmt: skip
_AT_LARGE = frozenset({
    "ssm:StartAssociationsOnce", "codedeploy:CreateDeployment", "ec2:CreateLaunchTemplate",
    "ec2:CreateLaunchTemplateVersion", "autoscaling:CreateLaunchConfiguration", "ec2:RequestSpotInstances",
    "ec2:CreateFleet",
})  # fmt: skip
"""Calls that name no instance: of a deployment, or of instances to come."""
_BY_TARGETS = '"targets": [{'
"""In a request that names its instances by tags or groups."""
_PROFILES = ("iamInstanceProfile", "AssociateIamInstanceProfileRequest.IamInstanceProfile",
             "ReplaceIamInstanceProfileAssociationRequest.IamInstanceProfile")  # fmt: skip


@frozen
class Reached:
    """What a call of a use went onto. names: of the sessions of what runs there; empty where its record names the
    machines by tags or groups.  profile: the instance profile that it gave, which mostly is named as its role, or "".
    """

    write: Write
    names: frozenset[str]
    profile: str = ""

    @property
    def at_large(self) -> bool:
        """Whether its record names no machine."""
        return not self.names

    def is_it(self, session: str) -> bool:
        """Whether that is the name of a session of what it went onto, as far as that is known."""
        return bool(_OF_INSTANCE.fullmatch(session)) if self.at_large else session in self.names


def reached(mine: Iterable[Record]) -> Iterator[Reached]:
    """Each call of a use by which something may have run on a machine."""
    for record in mine:
        write = write_of(record)
        if write.action not in _ONTO | _AT_LARGE or not may_be_done(record.outcome):
            continue
        if write.action == "ec2:ModifyInstanceAttribute" and "userData" not in write.request:
            continue
        said = json.dumps([write.request, write.response])
        names = frozenset(_NAME.findall(said)) if write.action in _ONTO else frozenset[str]()
        if names or write.action in _AT_LARGE or _BY_TARGETS in said:
            yield Reached(write, names, _profile(write))


def _profile(write: Write) -> str:
    """By its name, or by its ARN; record's parameters of EC2's newer calls begin with a capital letter."""
    found = (write.text(f"{place}.{name}") for place in _PROFILES for name in ("name", "Name", "arn", "Arn"))
    return next((text.rpartition("/")[2] for text in found if text), "")


def unknown(reaches: Iterable[Reached], sessions: Iterable[str]) -> tuple[str, ...]:
    """Machines of which no record shows a call, and calls that named none; sentences. sessions: names that are there.

    With which role a machine calls stands in the records of its calls, or of what gave it its session, alone.
    """
    seen, notes = set(sessions), dict[str, None]()
    for one in reaches:
        if one.at_large:
            notes[f"which instances {one.write.action} at {one.write.at} reached, if any, is not in its record: of what"
                  " any did since then, only changes of IAM and of the guardrails are counted here"] = None  # fmt: skip
        elif lost := sorted(one.names - seen):
            notes[f"{one.write.action} at {one.write.at} reached {', '.join(lost)}, and no record shows with which role"
                  " it calls: what it did is not counted here"] = None  # fmt: skip
    return tuple(notes)
