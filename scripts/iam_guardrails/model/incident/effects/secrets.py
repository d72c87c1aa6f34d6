"""Secrets Manager, KMS and parameters. A key whose deletion was cancelled stays disabled, which is a thing of its own.

A secret's new value is not something temporary: the old one is what was to be got rid of, and AWSPREVIOUS is the way
back. Under the purpose rotate-secret it stays; under another somebody has to say why.
Sources: AWS Secrets Manager API Reference, DescribeSecret (VersionIdsToStages); AWS KMS API Reference, DescribeKey;
AWS Systems Manager API Reference, DescribeParameters and PutParameter (the first version is 1); AWS KMS API Reference,
CreateGrant (with a name it answers with the grant that is there already). RestoreSecret also succeeds where nothing was
to be deleted, so that no deletion undoes it; CancelKeyDeletion fails there, so that it tells of before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from iam_guardrails.model.account import SECRET, Account
from iam_guardrails.model.incident.effects.harm import (
    DESTROYS,
    GIVES,
    Harm,
    of_document,
    putting_back,
    switched_on,
    works_again,
)
from iam_guardrails.model.incident.effects.kind import ADDS, REMOVES, SETS, Answer, Call, Kind, Names, Renewed, State
from iam_guardrails.model.incident.effects.putting_back import label_steps, parameter_before, secret_before
from iam_guardrails.model.incident.effects.reading import (
    always,
    at,
    member,
    policy_before,
    settings,
    written_document,
    written_value,
)
from iam_guardrails.model.incident.effects.secret_labels import (
    LABEL,
    SECRET_ID,
    given,
    in_force,
    label_was,
    of_value,
    taken,
)
from iam_guardrails.model.incident.effects.state import GONE, THERE, document, only, upper
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.incident.step import FIX_IAM, ROTATE_SECRET
from iam_guardrails.model.unknown import Unknown

_NO_SECRET = ("ResourceNotFoundException",)
_DESCRIBE = ("secretsmanager", "DescribeSecret", {"SecretId": "{SecretId}"})
_SECRET = {"SecretId": SECRET_ID}


def _state_of(read: Callable[[Mapping[str, Any]], State]) -> Callable[[Names, Sequence[Answer]], State]:
    """A state of something that can be deleted, of which nothing is left then."""

    def read_one(names: Names, answers: Sequence[Answer]) -> State:
        found = answers[-1]
        if isinstance(found, Unknown):
            return found
        return GONE if found is None else read(found)

    return read_one


def _kept(names: Names, answers: Sequence[Answer]) -> State:
    """A secret that is to be deleted is gone: nobody can read it any more."""
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    return None if found.get("DeletedDate") else THERE


VALUE = Kind(
    "secret-value", "the secret {SecretId} has a new value", _DESCRIBE, in_force, _NO_SECRET, passing=True,
    earlier="the version AWSPREVIOUS of the secret may hold it", steps=label_steps, put_back=secret_before,
    after="whoever uses it must read it again, and must be able to use the value from before",
    by_hand="who uses the secret {SecretId} must get a value that works: rotate it again, or let its owner put one; "
    "AWSPREVIOUS is not surely the value from before, and a rotation also set the new one where it is used",
)  # fmt: skip
_DELETION = Kind(
    "secret-deletion", "the secret {SecretId} is to be deleted", _DESCRIBE,
    _state_of(lambda found: bool(found.get("DeletedDate"))), _NO_SECRET, opposite={True: False},
    back={"False": "aws secretsmanager restore-secret --secret-id {SecretId}"},
    harm=switched_on(False, "it can be read again", DESTROYS),
    over="the secret {SecretId} and every value of it are lost: its owner makes it again, with a value that works",
)  # fmt: skip
_ROTATED_BEFORE = (
    "Secrets Manager keeps no earlier rotation: where the secret was not rotated before {since}, aws secretsmanager"
    " cancel-rotate-secret ends it; where it was, Terraform or the last RotateSecret of it before that in CloudTrail"
    " tells the function and the rules, which aws secretsmanager rotate-secret --no-rotate-immediately sets"
)
ROTATION = Kind(
    "secret-rotation", "the secret {SecretId} is rotated by the function that rotates it now", _DESCRIBE,
    at("RotationLambdaARN"), _NO_SECRET, terraform=(("aws_secretsmanager_secret_rotation", {"secret_id": "SecretId"}),),
    by_hand=_ROTATED_BEFORE,
)  # fmt: skip
_ROTATES = Kind(
    "secret-rotates", "the secret {SecretId} is rotated, or not, as it is now", _DESCRIBE,
    _state_of(lambda found: bool(found.get("RotationEnabled"))), _NO_SECRET, declared_as=(True,),
    terraform=(("aws_secretsmanager_secret_rotation", {"secret_id": "SecretId"}),),
    by_hand="where {SecretId} was rotated before {since}, aws secretsmanager rotate-secret turns that on again, and"
    " rotates at once unless --no-rotate-immediately is given; Terraform or its owner tells the function and the rules",
)  # fmt: skip
SCHEDULE = Kind(
    "secret-schedule", "the secret {SecretId} is rotated as often as it is now", _DESCRIBE,
    settings("RotationRules", ("AutomaticallyAfterDays", "Duration", "ScheduleExpression")), _NO_SECRET,
    earlier="its rotation's function or Terraform may tell; cancel-rotate-secret ends a rotation that nobody wanted",
    terraform=(("aws_secretsmanager_secret_rotation", {"secret_id": "SecretId", "rotation_rules": ""}),),
    by_hand=_ROTATED_BEFORE,
)  # fmt: skip
DESCRIPTION = Kind(
    "secret-description", "the secret {SecretId} has the description it has now", _DESCRIBE, at("Description", ""),
    _NO_SECRET, back="aws secretsmanager update-secret --secret-id {SecretId} --description {value}",
    terraform=(("aws_secretsmanager_secret", {"arn": "SecretId", "description": ""}),),
)  # fmt: skip
SECRET_KEY = Kind(
    "secret-key", "the secret {SecretId} is encrypted with the key it is encrypted with now", _DESCRIBE,
    at("KmsKeyId", "AWS's own"), _NO_SECRET, terraform=(("aws_secretsmanager_secret", {"arn": "SecretId"}),),
    back="aws secretsmanager update-secret --secret-id {SecretId} --kms-key-id {value}",
)  # fmt: skip
EXISTS = Kind(
    "secret", "the secret {SecretId} exists", _DESCRIBE, _kept, _NO_SECRET,
    away="aws secretsmanager delete-secret --secret-id {SecretId}",
    terraform=(("aws_secretsmanager_secret", {"arn": "SecretId"}),),
)  # fmt: skip
ACCESS = Kind(
    "secret-policy", "the secret {SecretId} has a resource policy",
    ("secretsmanager", "GetResourcePolicy", {"SecretId": "{SecretId}"}), at("ResourcePolicy", as_document=True),
    _NO_SECRET, whole=True, before=policy_before(SECRET, "SecretId"),
    away="aws secretsmanager delete-resource-policy --secret-id {SecretId}",
    back="aws secretsmanager put-resource-policy --secret-id {SecretId} --resource-policy {value}",
    terraform=(("aws_secretsmanager_secret_policy", {"secret_arn": "SecretId"}),), harm=of_document(),
)  # fmt: skip
_OF_A_VALUE = frozenset({"secretId", "clientRequestToken", "secretString", "secretBinary", "versionStages",
                         "rotationToken"})  # fmt: skip
_OF_ROTATING = _OF_A_VALUE | {"rotationLambdaARN", "rotationRules", "rotateImmediately"}
_OF_UPDATING = _OF_A_VALUE | {"kmsKeyId", "description"}
"""What may be asked for beside a value: the first are the value's own, of the others each is an item of its own."""
_NEW_VALUE = written_value("response:versionId|clientRequestToken")


def _schedule_written(write: Write, names: Names) -> State:
    return only(upper(write.value("rotationRules")), ("AutomaticallyAfterDays", "Duration", "ScheduleExpression"))


def _was_current(write: Write, names: Names) -> State:
    """The version from which the label AWSCURRENT was taken."""
    told = write.text("removeFromVersionId") if write.text("versionStage") == "AWSCURRENT" else ""
    return told or Unknown("CloudTrail does not record which version was in force")


def _key_before(read: Any) -> Any:
    def before(account: Account, names: Names) -> State:
        wanted = names["KeyId"]
        for key in account.keys:
            if wanted in (key.arn, key.key_id, *key.aliases) and key.region == names["Region"]:
                return read(key)
        return Unknown("the capture does not hold that key")

    return before


_NO_KEY = ("NotFoundException",)
_KEY = {"KeyId": "keyId"}
KEY_POLICY = Kind(
    "key-policy", "the policy of the key {KeyId} says what it says now",
    ("kms", "GetKeyPolicy", {"KeyId": "{KeyId}", "PolicyName": "default"}), at("Policy", as_document=True), _NO_KEY,
    before=_key_before(lambda key: document(key.policy) or Unknown("the capture lacks the key's policy")),
    back="aws kms put-key-policy --key-id {KeyId} --policy-name default --policy {value}",
    terraform=(("aws_kms_key_policy", {"key_id": "KeyId"}), ("aws_kms_key", {"key_id": "KeyId", "policy": ""}),
               ("aws_kms_key", {"arn": "KeyId", "policy": ""})), part=("keys", "KeyId", "policy"), harm=of_document(),
)  # fmt: skip
_LOST = "the key {KeyId} is lost, and with it whatever is encrypted with it: its owner tells what that was"


def _key_steps(names: Names, now: State, then: State) -> list[list[str]]:
    """A key whose deletion was cancelled is disabled (AWS KMS API Reference, CancelKeyDeletion)."""
    wanted = {"Enabled": ["enable-key"], "Disabled": ["disable-key"], "PendingDeletion": ["schedule-key-deletion"]}
    steps = wanted.get(str(then), [])
    if now == "PendingDeletion":
        steps = ["cancel-key-deletion", *(step for step in steps if step == "enable-key")]
    return [["aws", "kms", step, "--key-id", names["KeyId"]] for step in steps]


def _key_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    """One that was rescued is kept. One that was switched off may have been so on purpose, and switching it on lets
    whoever may use it read again what it encrypts: a person tells whether it is to stay on."""
    if target == "PendingDeletion":
        return works_again("the key can be used again" if now == "Enabled" else "the key is kept", DESTROYS)
    return Harm("makes the key useless again") if now == "Enabled" else None


KEY_STATE = Kind(
    "key-state", "the key {KeyId} can be used, or not, as it can now", ("kms", "DescribeKey", {"KeyId": "{KeyId}"}),
    _state_of(lambda found: (found.get("KeyMetadata") or {}).get("KeyState")), _NO_KEY,
    before=_key_before(lambda key: key.state or Unknown("the capture lacks the key's state")),
    opposite={"Disabled": "Enabled", "PendingDeletion": "Enabled"},
    steps=_key_steps, harm=_key_harm, over=_LOST, part=("keys", "KeyId", "state"),
)  # fmt: skip
KEY_DELETION = Kind(
    "key-deletion", "the key {KeyId} is to be deleted, or not, as it is now",
    ("kms", "DescribeKey", {"KeyId": "{KeyId}"}),
    _state_of(lambda found: (found.get("KeyMetadata") or {}).get("KeyState") == "PendingDeletion"), _NO_KEY,
    opposite={True: False, False: True},
    back={"False": "aws kms cancel-key-deletion --key-id {KeyId}",
          "True": "aws kms schedule-key-deletion --key-id {KeyId}"},
    harm=switched_on(False, "the key is kept", DESTROYS), over=_LOST,
)  # fmt: skip
GRANT = Kind(
    "key-grant", "the key {KeyId} has the grant {GrantId}", ("kms", "ListGrants", {"KeyId": "{KeyId}"}),
    member("Grants", "GrantId", "GrantId"), _NO_KEY, whole=True,
    away="aws kms revoke-grant --key-id {KeyId} --grant-id {GrantId}",
    terraform=(("aws_kms_grant", {"grant_id": "GrantId"}),), renewed=Renewed(same=("KeyId",)),
    harm=putting_back(GIVES, FIX_IAM),
)  # fmt: skip
_OF_A_PARAMETER = frozenset({"name", "value", "type", "overwrite", "dataType", "tier"})


def _is_first(write: Write) -> bool:
    """Whether a call made the parameter, so that it put no value in the place of another."""
    return write.text("response:version") == "1"


PARAMETER = Kind(
    "parameter", "the parameter {Name} has a new value",
    ("ssm", "DescribeParameters", {"ParameterFilters": [{"Key": "Name", "Option": "Equals", "Values": ["{Name}"]}]}),
    member("Parameters", "Name", "Name", lambda item: item.get("Version")), ("ParameterNotFound",),
    away="aws ssm delete-parameter --name {Name}",
    earlier="the parameter's history keeps its earlier versions: ssm get-parameter-history; or Terraform",
    put_back=parameter_before,
    by_hand="the history of {Name} tells no earlier value that can be written anew, and that of a deleted parameter is"
    " gone: let its owner put it, or Terraform or the pipeline that sets it",
    terraform=tuple(("aws_ssm_parameter", {"name": "Name", value: ""}) for value in ("value", "insecure_value")),
)  # fmt: skip

CALLS: tuple[Call, ...] = (
    Call("secretsmanager:PutSecretValue", VALUE, SETS, each=of_value, written=_NEW_VALUE, meant_for=ROTATE_SECRET,
         meaning=_OF_A_VALUE),
    Call("secretsmanager:PutSecretValue", LABEL, SETS, each=given, written=_NEW_VALUE, meant_for=ROTATE_SECRET,
         meaning=_OF_A_VALUE),
    Call("secretsmanager:RotateSecret", VALUE, SETS, _SECRET, _NEW_VALUE, meant_for=ROTATE_SECRET,
         meaning=_OF_ROTATING),
    Call("secretsmanager:UpdateSecret", VALUE, SETS, _SECRET, _NEW_VALUE, when="response:versionId",
         meant_for=ROTATE_SECRET, meaning=_OF_UPDATING),
    Call("secretsmanager:RotateSecret", ROTATION, SETS, _SECRET, written_value("rotationLambdaARN"),
         when="rotationLambdaARN"),
    Call("secretsmanager:RotateSecret", SCHEDULE, SETS, _SECRET, _schedule_written, when="rotationRules"),
    Call("secretsmanager:CancelRotateSecret", _ROTATES, SETS, _SECRET, always(False)),
    Call("secretsmanager:UpdateSecret", DESCRIPTION, SETS, _SECRET, written_value("description"), when="description"),
    Call("secretsmanager:UpdateSecret", SECRET_KEY, SETS, _SECRET, written_value("kmsKeyId"), when="kmsKeyId"),
    Call("secretsmanager:UpdateSecretVersionStage", VALUE, SETS, each=of_value,
         written=written_value("moveToVersionId"), found=_was_current, meant_for=ROTATE_SECRET),
    Call("secretsmanager:UpdateSecretVersionStage", LABEL, SETS, each=given, written=written_value("moveToVersionId"),
         found=label_was, meant_for=ROTATE_SECRET),
    Call("secretsmanager:UpdateSecretVersionStage", LABEL, REMOVES, each=taken, found=label_was,
         meant_for=ROTATE_SECRET),
    Call("secretsmanager:CreateSecret", EXISTS, ADDS, _SECRET, fresh=True),
    Call("secretsmanager:DeleteSecret", _DELETION, SETS, _SECRET, always(True)),
    Call("secretsmanager:RestoreSecret", _DELETION, SETS, _SECRET, always(False)),
    Call("secretsmanager:PutResourcePolicy", ACCESS, ADDS, _SECRET, written_document("resourcePolicy")),
    Call("secretsmanager:DeleteResourcePolicy", ACCESS, REMOVES, _SECRET),
    Call("kms:PutKeyPolicy", KEY_POLICY, SETS, _KEY, written_document("policy")),
    Call("kms:DisableKey", KEY_STATE, SETS, _KEY, always("Disabled")),
    Call("kms:EnableKey", KEY_STATE, SETS, _KEY, always("Enabled")),
    Call("kms:ScheduleKeyDeletion", KEY_STATE, SETS, _KEY, always("PendingDeletion")),
    Call("kms:CancelKeyDeletion", KEY_DELETION, SETS, _KEY, always(False)),
    Call("kms:CreateGrant", GRANT, ADDS, _KEY | {"GrantId": "response:grantId"},
         fresh=lambda write: not write.text("name")),
    Call("kms:RevokeGrant", GRANT, REMOVES, _KEY | {"GrantId": "grantId"}),
    Call("kms:RetireGrant", GRANT, REMOVES, _KEY | {"GrantId": "grantId"}),
    Call("ssm:PutParameter", PARAMETER, ADDS, {"Name": "name"}, written_value("response:version"),
         fresh=_is_first, meant_for=ROTATE_SECRET,
         meaning=lambda write: write.given <= _OF_A_PARAMETER and not _is_first(write)),
    Call("ssm:DeleteParameter", PARAMETER, REMOVES, {"Name": "name"}),
)  # fmt: skip
