"""Which secret values the sessions of a use were shown: whoever entered has seen them, so they are to be rotated.

Sources: AWS Secrets Manager User Guide, retrieving-secrets_cloudtrail (secretId; secretIdList and filters of
BatchGetSecretValue); AWS Systems Manager API Reference, GetParameter (WithDecryption); AWS KMS Developer Guide,
ct-decrypt (the key stands in resources); Amazon EC2 API Reference, GetPasswordData.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iam_guardrails.model.incident.examined import Shown
from iam_guardrails.model.trail.questions.records import Record, told

_SHOWING: Mapping[str, tuple[str, ...]] = {
    "secretsmanager:GetSecretValue": ("secretId",),
    "secretsmanager:BatchGetSecretValue": ("secretIdList", "filters"),
    "ssm:GetParameter": ("name",), "ssm:GetParameters": ("names",), "ssm:GetParametersByPath": ("path",),
    "ssm:GetParameterHistory": ("name",), "kms:Decrypt": ("keyId", "encryptionContext"),
    "ec2:GetPasswordData": ("instanceId",), "lightsail:GetInstanceAccessDetails": ("instanceName",),
    "lightsail:GetRelationalDatabaseMasterUserPassword": ("relationalDatabaseName",),
    "iam:GetCredentialReport": (),
}  # fmt: skip
"""Calls that show a secret value, and the parameters that name it."""


def shown_secrets(records: Iterable[Record]) -> tuple[Shown, ...]:
    """What secret values were read, each once, in the order of the first time. records: of the use."""
    found: dict[tuple[str, str], Shown] = {}
    for record in records:
        if record.outcome != "ok" or record.action not in _SHOWING or not _decrypted(record):
            continue
        for what in dict.fromkeys(_named(record)):
            here = found.get((record.action, what))
            number = here.number + 1 if here else 1
            found[record.action, what] = Shown(record.action, what, number, told(record.time))
    return tuple(found.values())


def _decrypted(record: Record) -> bool:
    """Whether a parameter that may be a secret came as text: others come without asking for it."""
    return not record.action.startswith("ssm:") or _asked(record).get("withDecryption") is True


def _named(record: Record) -> Iterator[str]:
    asked = _asked(record)
    value = next((asked[name] for name in _SHOWING[record.action] if asked.get(name)), None)
    listed = value if isinstance(value, list) else [value] if value is not None else _resources(record)
    yield from (one if isinstance(one, str) else str(one) for one in listed or ["what it is, the record does not tell"])


def _asked(record: Record) -> Mapping[str, Any]:
    asked = record.content.get("requestParameters")
    return asked if isinstance(asked, Mapping) else {}


def _resources(record: Record) -> list[str]:
    listed = record.content.get("resources")
    found = listed if isinstance(listed, list) else []
    return [str(one["ARN"]) for one in found if isinstance(one, Mapping) and one.get("ARN")]
