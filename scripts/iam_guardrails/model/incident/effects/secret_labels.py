"""Labels of a secret's versions: AWSCURRENT is its value, and whoever asks for another label gets what that is on.

Sources: AWS Secrets Manager API Reference, PutSecretValue (VersionStages; without them AWSCURRENT moves to the new
version), UpdateSecretVersionStage (a label that a version has is moved by naming both versions, so that one without
the version it is taken from was nowhere) and GetSecretValue (VersionStage).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from iam_guardrails.model.incident.effects.kind import Answer, Ask, Earlier, Kind, Names, State, joined
from iam_guardrails.model.incident.effects.putting_back import CURRENT, labels
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.unknown import Unknown

SECRET_ID = "response:arn|response:aRN|secretId"
_MOVES, _TO, _FROM = "secretsmanager:UpdateSecretVersionStage", "moveToVersionId", "removeFromVersionId"


def of_value(write: Write) -> Sequence[Names] | Unknown:
    """The secret whose value a call set: not where it named labels and AWSCURRENT is none of them."""
    named = labels(write)
    if named and (CURRENT not in named or (write.action == _MOVES and not write.text(_TO))):
        return ()
    return _named(write, {CURRENT: {}})


def given(write: Write) -> Sequence[Names] | Unknown:
    """The labels beside AWSCURRENT that a call put on a version."""
    return _labelled(write) if write.action != _MOVES or write.text(_TO) else ()


def taken(write: Write) -> Sequence[Names] | Unknown:
    """The label that a call took from a version, and put on no other."""
    return () if write.text(_TO) else _labelled(write)


def _labelled(write: Write) -> Sequence[Names] | Unknown:
    return _named(write, {label: {"Label": label} for label in sorted(labels(write) - {CURRENT})})


def _named(write: Write, further: Mapping[str, Names]) -> Sequence[Names] | Unknown:
    secret = write.text(SECRET_ID)
    if further and not secret:
        return Unknown("the record does not tell secretId")
    return [{"SecretId": secret, **names} for names in further.values()]


def label_was(write: Write, names: Names) -> State:
    """Which version a call took the label from; None where it was on none."""
    return write.text(_FROM) or None


def in_force(names: Names, answers: Sequence[Answer]) -> State:
    """Which version the label is on, without one AWSCURRENT; None where it is on none."""
    found = answers[-1]
    if found is None or isinstance(found, Unknown):
        return found
    stages: Mapping[str, Any] = found.get("VersionIdsToStages") or {}
    return next((version for version, held in stages.items() if names.get("Label", CURRENT) in held), None)


def label_before(earlier: Earlier, ask: Ask) -> str:
    """Puts the label where the record of the first call tells that it was; "" where that does not tell it."""
    first, names = earlier.writes[0], earlier.names
    alone = all(write.seconds > first.seconds for write in earlier.writes[1:])
    if first.action != _MOVES or not alone:
        return ""
    was, now = first.text(_FROM), earlier.now if isinstance(earlier.now, str) else ""
    if was == now:
        return ""
    words = ["aws", "secretsmanager", "update-secret-version-stage", "--secret-id", names["SecretId"]]
    words += ["--version-stage", names["Label"], *(["--move-to-version-id", was] if was else [])]
    return joined([[*words, *(["--remove-from-version-id", now] if now else [])]], names["Region"])


LABEL = Kind(
    "secret-label", "the label {Label} of the secret {SecretId} is on the version that it is on now",
    ("secretsmanager", "DescribeSecret", {"SecretId": "{SecretId}"}), in_force, ("ResourceNotFoundException",),
    passing=True, whole=True, put_back=label_before,
    by_hand="nothing tells on which version of {SecretId} the label {Label} was before {since}: its owner does; aws"
    " secretsmanager list-secret-version-ids names the versions, and update-secret-version-stage moves the label, or"
    " takes it away",
)  # fmt: skip
