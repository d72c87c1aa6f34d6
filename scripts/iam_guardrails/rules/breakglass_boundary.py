"""The permissions boundary of a break-glass role: it must deny each silencing call on every guardrail."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.account import Account, Document, Role
from iam_guardrails.model.expected import Expected
from iam_guardrails.model.iam.denials import NOWHERE, Denials, Left, Target
from iam_guardrails.model.iam.document import Statement
from iam_guardrails.model.iam.grants import allows
from iam_guardrails.model.silencers import SILENCERS, Silencer
from iam_guardrails.model.unknown import NotKnown, Unknown, known
from iam_guardrails.model.value import changed, frozen
from iam_guardrails.rules.breakglass_subjects import arn_of, breakglass_roles, trust_rule
from iam_guardrails.rules.engine import Absence, rule

SEED = "3 Permissions policy"
_REMEDY = (
    "deny these calls on * without a condition, or judge a plan that holds the guardrails, or the account after the "
    "apply: guardrails verify"
)
_PAGE = "AWS IAM User Guide: access_policies_boundaries"


@frozen
class Boundary:
    """A break-glass role's boundary; `address` is the policy's where it is at hand, else the role's."""

    address: str
    role: Role
    document: Document


def boundary_of(role: Role, account: Account) -> Boundary | None:
    """The role's boundary, with an Unknown document where the account does not hold it; None where it has none."""
    if role.boundary_arn is None:
        return None
    found = next((item for item in account.managed_policies if item.arn == role.boundary_arn), None)
    if found is not None:
        return Boundary(found.address, role, found.document)
    if isinstance(role.boundary_arn, Unknown):
        return Boundary(role.address, role, role.boundary_arn)
    why = f"{role.boundary_arn}: the {account.origin} does not hold its document"
    return Boundary(role.address, role, Unknown(why))


def _boundaries(account: Account, expected: Expected) -> list[Boundary]:
    found = (boundary_of(role, account) for role in breakglass_roles(account, expected))
    return [item for item in found if item is not None]


@trust_rule(
    id="breakglass-boundary-present", severity="high", seed=SEED, reference=_PAGE,
    title="The break-glass role has a permissions boundary",
    remedy="Set permissions_boundary to a policy that denies the calls which silence the guardrails.",
)  # fmt: skip
def boundary_present(role: Role, _account: Account, _expected: Expected) -> Iterator[str]:
    """Without a boundary the role can undo any Deny in its own policies."""
    if role.boundary_arn is None:
        yield "the role has no permissions boundary, so it can silence its own detection"


@rule(
    id="breakglass-boundary-denies-silencers", severity="high", seed=SEED, reference=_PAGE,
    title="The boundary denies every call that silences the guardrails",
    remedy="Deny the named calls in the boundary, on the guardrails' resources or on *.",
    select=_boundaries, needs=("roles", "managed_policies"),
    nothing=Absence("no break-glass role with a permissions boundary was found", ("breakglass-boundary-present",)),
)  # fmt: skip
def boundary_denies_silencers(item: Boundary, account: Account, expected: Expected) -> Iterator[str]:
    """Names each call that the boundary leaves open on some guardrail, with what it silences."""
    known(item.document, "the boundary's document")
    missing: dict[str, list[str]] = {}
    doubts: dict[str, list[str]] = {}
    for call, left in left_open(item, account, expected):
        if left.certain:
            missing.setdefault(f"{call.silences} ({left.why})", []).append(call.name)
        else:
            doubts.setdefault(left.why, []).append(call.name)
    for what, names in missing.items():
        yield f"the boundary of {item.role.name} lets it silence {what}: {', '.join(names)}"
    if doubts:
        raise NotKnown("; ".join(f"{', '.join(names)}: {why}" for why, names in doubts.items()), _REMEDY)


def left_open(item: Boundary, account: Account, expected: Expected) -> Iterator[tuple[Silencer, Left]]:
    """The calls that the boundary does not surely deny on every guardrail, each with why. Its document is known."""
    from iam_guardrails.rules.breakglass_targets import targets_of  # here, because most boundaries deny on everything

    document = known(item.document, "the boundary's document")
    denials = Denials(document, arn_of(item.role, account, expected))
    for call in SILENCERS:
        denies = denials.of(call.name)
        if any(denials.whole(deny) for deny in denies) or not allows(document, call.name):
            continue
        ways = [_left(denials, denies, call, targets) for targets in targets_of(call, item.role, account, expected)]
        if None not in ways:
            yield call, next((left for left in ways if left is not None and not left.certain), ways[0] or NOWHERE)


def _left(denials: Denials, denies: list[Statement], call: Silencer, targets: tuple[Target, ...]) -> Left | None:
    """Why some of the targets may be reached; None where each is denied. What is certain goes first."""
    found = [(target, denials.left(denies, target)) for target in targets]
    left = [(target, why) for target, why in found if why is not None]
    if not left:
        return None
    sure = [(target, why) for target, why in left if why.certain]
    target, first = (sure or left)[0]
    if not first.certain or len(sure) == len(found):
        return first
    more = f" and {len(sure) - 1} more" if sure[1:] else ""
    return changed(first, why=f"{first.why}, not on {target.name}{more}")


def denied_silencers(account: Account, expected: Expected) -> dict[str, bool | None]:
    """Whether the boundary of every break-glass role denies each silencing call, by name (None: not known); empty
    where there is no role."""
    found: dict[str, bool | None] = {}
    for role in breakglass_roles(account, expected):
        boundary = boundary_of(role, account)
        for call in SILENCERS:
            found.setdefault(call.name, True)
        if boundary is None or isinstance(boundary.document, Unknown):
            answer = False if boundary is None else None
            found = {name: _worse(told, answer) for name, told in found.items()}
            continue
        for call, left in left_open(boundary, account, expected):
            found[call.name] = _worse(found[call.name], False if left.certain else None)
    return found


def _worse(one: bool | None, other: bool | None) -> bool | None:
    return False if False in (one, other) else None if None in (one, other) else True


RULES = (boundary_present, boundary_denies_silencers)
