"""Every entry carries its incident id, as the source identity that all later events show."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Role
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.match import covers
from iam_guardrails.model.iam.trust import SERVICE, Door, demanded, doors, opens, reaches
from iam_guardrails.rules.breakglass_proofs import without_incident
from iam_guardrails.rules.breakglass_subjects import by_statement, trust_of, trust_rule

SEED = "4 Break-glass use procedure"
KEY = "sts:sourceidentity"
_PAGE = "AWS IAM User Guide: id_credentials_temp_control-access_monitor"


@trust_rule(
    id="breakglass-incident-id-required", severity="medium", seed=SEED, reference=_PAGE,
    title="Nobody enters without an incident id",
    remedy="Put StringLike sts:SourceIdentity with the pattern of guardrails.toml into the statement "
    "that allows "
    "sts:AssumeRole; in a statement of its own it limits the value but demands none.",
)  # fmt: skip
def incident_id_required(role: Role, _account: Account, expected: Expected) -> Iterator[str]:
    """Each door demands a source identity that fits the declared pattern, and no request gets in without one."""
    if expected.incident_id_pattern is None:
        return
    document = trust_of(role)
    asked = [(door, demanded(door, document, KEY)) for door in doors(document) if door.kind != SERVICE]
    for label, people in by_statement(door for door, values in asked if values is None):
        yield f"{label} of the trust policy lets {people} in without an incident id (sts:SourceIdentity)"
    told = set()
    missing = any(values is None for _, values in asked)
    for door, values in asked:
        wide = [value for value in values or () if not covers(expected.incident_id_pattern, value)]
        if wide and (door.statement, wide[0]) not in told:
            told.add((door.statement, wide[0]))
            yield (
                f"{door.statement.label} of the trust policy accepts {wide[0]} as an incident id, "
                "which is not "
                f"within {expected.incident_id_pattern}"
            )
    if not missing and not told:
        yield from without_incident(document, expected.incident_id_pattern)


@trust_rule(
    id="breakglass-incident-id-settable", severity="high", seed=SEED, reference=_PAGE,
    title="Who must give an incident id may set it",
    remedy="Allow sts:SetSourceIdentity beside sts:AssumeRole, for the same principals.",
)  # fmt: skip
def incident_id_settable(role: Role, _account: Account, expected: Expected) -> Iterator[str]:
    """Without sts:SetSourceIdentity in the trust policy, an entry that carries a source identity fails."""
    document = trust_of(role)
    wanted = [door for door in doors(document) if door.kind != SERVICE
              and (expected.incident_id_pattern or demanded(door, document, KEY))]  # fmt: skip
    for label, people in by_statement(door for door in wanted if not _settable(door, document)):
        yield (
            f"{label} of the trust policy does not let {people} set a source identity "
            "(sts:SetSourceIdentity): an "
            "entry with an incident id fails"
        )


def _settable(door: Door, document: PolicyDocument) -> bool:
    return any(
        item.effect == "Allow" and opens(item, "sts:SetSourceIdentity")
        and (item == door.statement or bool(reaches(item, door)))
        for item in document.statements
    )  # fmt: skip


RULES = (incident_id_required, incident_id_settable)
