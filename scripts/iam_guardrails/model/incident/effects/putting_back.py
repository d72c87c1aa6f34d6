"""What puts an object back as it was where no capture tells how that was: commands that AWS's own memory allows.

Secrets Manager and Parameter Store keep earlier versions of a value, so that the value itself is never read here.
Sources: AWS Secrets Manager API Reference, UpdateSecretVersionStage (a label that a version has is moved by naming
both; AWSPREVIOUS goes to the version that AWSCURRENT is taken from); AWS Systems Manager API Reference, PutParameter
(each call makes the version that follows; the type stays; without KeyId a SecureString takes the account's own key)
GetParameter (name:version) and GetParameterHistory; AWS CLI User Guide, cli-usage-parameters-file (file://…).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.incident.effects.kind import Ask, Earlier, Names, State, joined
from iam_guardrails.model.incident.effects.write import Write, listed

CURRENT, _PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
_ROTATES = "secretsmanager:RotateSecret"
"""Also sets the new value where it is used, so that the label alone puts nothing back."""


def label_steps(names: Names, now: State, then: State) -> list[list[str]]:
    """The words of the command that puts an earlier version of a secret in force. now, then: ids of versions."""
    words = ["aws", "secretsmanager", "update-secret-version-stage", "--secret-id", names["SecretId"]]
    moved = ["--version-stage", CURRENT, "--move-to-version-id", str(then), "--remove-from-version-id", str(now)]
    return [[*words, *moved]]


def secret_before(earlier: Earlier, ask: Ask) -> str:
    """Puts the version in force that was so before; "" where the labels do not tell which that was.

    The version that this use wrote is in force, so that AWSPREVIOUS is the one before it, where it is none of its own.
    """
    if any(write.action == _ROTATES or _PREVIOUS in labels(write) for write in earlier.writes):
        return ""
    found = ask("DescribeSecret", {"SecretId": earlier.names["SecretId"]})
    stages = found.get("VersionIdsToStages") if isinstance(found, Mapping) else None
    held = [version for version, labels in (stages or {}).items() if _PREVIOUS in labels]
    if len(held) != 1 or held[0] in [_version(write) for write in earlier.writes]:
        return ""
    return joined(label_steps(earlier.names, earlier.now, held[0]), earlier.names["Region"])


def _version(write: Write) -> str:
    return write.text("response:versionId|clientRequestToken|moveToVersionId")


def labels(write: Write) -> set[str]:
    """The labels that a call named, which it moved."""
    return {str(label) for label in listed(write.value("versionStages|versionStage"))}


def parameter_before(earlier: Earlier, ask: Ask) -> str:
    """Writes the version of a parameter anew that was there before the first call of the use; "" where there is none.

    The value goes from one program to the other: not to the screen, to a file, or into arguments. Where it cannot be
    read, nothing is written. The key is that of the version, which nothing but the history tells.
    """
    name, region = earlier.names["Name"], shlex.quote(earlier.names["Region"])
    versions = [write.text("response:version") for write in earlier.writes]
    if not all(version.isdecimal() for version in versions) or (last := min(map(int, versions)) - 1) < 1:
        return ""
    told = _parameter(name, ask)
    if told.get("Type") not in _TYPES or not _NAME.fullmatch(name):
        return ""
    steps, more = [], ["--type", str(told["Type"])]
    if told["Type"] == "SecureString":
        steps.append(f"key=$(aws ssm get-parameter-history --name {name} --query 'Parameters[?Version==`{last}`].KeyId'"
                     f" --output json --region {region} | tr -d '[]\" \\n')")  # fmt: skip
    elif told.get("DataType"):
        more += ["--data-type", str(told["DataType"])]
    key = ' --key-id "$key"' if steps else ""
    steps.append(f"value=$(aws ssm get-parameter --name {name}:{last} --with-decryption --query Parameter.Value"
                 f" --output text --region {region} && printf .)")  # fmt: skip
    steps.append(f'printf %s "${{value%??}}" | aws ssm put-parameter --name {name} --value file:///dev/stdin'
                 f" --overwrite {shlex.join(more)}{key} --region {region}")  # fmt: skip
    return f"( {' && '.join(steps)} )"


_TYPES = ("String", "StringList", "SecureString")
_NAME = re.compile(r"(?!-)[A-Za-z0-9_./-]+")
"""What a parameter may be named and no option is; a version follows after ":"."""


def _parameter(name: str, ask: Ask) -> Mapping[str, Any]:
    """A parameter as it is now, without its value."""
    wanted = {"Key": "Name", "Option": "Equals", "Values": [name]}
    found: Any = ask("DescribeParameters", {"ParameterFilters": [wanted]})
    listed = found.get("Parameters", ()) if isinstance(found, Mapping) else ()
    return next((item for item in listed if item.get("Name") == name), {})
