"""Every policy that grants something to somebody, with its holders: what the box of wildcards reads."""

from __future__ import annotations

from collections.abc import Iterator

from iam_guardrails.model.iam.principals import Estate, Group, Principal, Raw
from iam_guardrails.model.value import frozen

_LINKED = "/aws-service-role/"


@frozen
class Granted:
    """policy: the ARN of a managed policy, or "role/NAME/POLICY" (user/, group/) of an inline one.  holders: names of
    users, groups and roles, each with its kind.  by_aws: whether AWS wrote it."""

    policy: str
    name: str
    document: Raw
    holders: tuple[str, ...]
    by_aws: bool = False


def granted(estate: Estate) -> Iterator[Granted]:
    """Inline policies, then managed ones that are attached; boundaries and service-linked roles grant nothing here."""
    holders: dict[str, list[str]] = {}
    for kind, holder in _holders(estate):
        who = f"{kind}/{holder.name}"
        for arn in holder.attached:
            holders.setdefault(arn, []).append(who)
        for name, document in holder.inline:
            yield Granted(f"{who}/{name}", name, document, (who,))
    for arn, names in holders.items():
        yield Granted(arn, arn.rpartition("/")[2], estate.managed(arn), tuple(sorted(names)),
                      arn.split(":")[4:5] == ["aws"])  # fmt: skip


def unattached(estate: Estate) -> int:
    """How many customer policies nobody holds: they grant nothing."""
    held = {arn for _, holder in _holders(estate) for arn in holder.attached}
    return sum(arn not in held and arn.split(":")[4:5] != ["aws"] for arn in estate.policies)


def linked(estate: Estate) -> int:
    """How many service-linked roles there are, which AWS alone uses and changes."""
    return sum(role.path.startswith(_LINKED) for role in estate.roles)


def _holders(estate: Estate) -> Iterator[tuple[str, Principal | Group]]:
    yield from (("user", item) for item in estate.users)
    yield from (("group", item) for item in estate.groups.values())
    yield from (("role", item) for item in estate.roles if not item.path.startswith(_LINKED))
