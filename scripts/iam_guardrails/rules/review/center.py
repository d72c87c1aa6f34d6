"""Who has access through IAM Identity Center: permission sets, assignments, members of groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_guardrails.model.capture.identity_center import (
    GROUP,
    Assignment,
    DirectoryGroup,
    DirectoryUser,
    IdentityCenter,
    PermissionSet,
)
from iam_guardrails.model.review.basis import Basis, listed
from iam_guardrails.model.review.declaration import Declared
from iam_guardrails.model.review.manifest import Assigned, named_by
from iam_guardrails.model.review.review import Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import frozen
from iam_guardrails.rules.review.set_power import raising, set_power
from iam_guardrails.rules.review.set_power import unread as unread_policies

COLUMNS = ("person or group", "members", "permission set", "policies", "declared")
_SHOWN = 16  # digits of a fingerprint that the item shows


@frozen
class People:
    """What the box of users says of Identity Center."""

    items: tuple[Item, ...]
    tables: tuple[Table, ...]
    not_judged: tuple[str, ...]
    looked_at: int
    declared: tuple[Declared, ...] = ()


@frozen
class _Seat:
    """An assignment with its names. members: None where they are not known.  power: fingerprint of what its permission
    set allows.  raising: the policies that make an administrator."""

    who: str
    is_group: bool
    members: tuple[str, ...] | None
    set_name: str
    policies: tuple[str, ...]
    unread: tuple[str, ...]
    power: str = ""
    raising: tuple[str, ...] = ()


def judged(basis: Basis, box: str) -> People:
    """An item for each assignment but those that guardrails.toml declares; every one stands in the table."""
    seats = [(item, seat) for each in basis.capture.identity_centers for item, seat in _seats(basis, each)]
    items = tuple(_item(box, seat, item, why) for item, seat in seats if (why := _undeclared(basis, seat)))
    rows = tuple(_row(basis, seat) for _, seat in seats)
    unread = tuple(dict.fromkeys(why for _, seat in seats for why in seat.unread))
    tables = (Table("Access through IAM Identity Center", COLUMNS, rows),) if rows else ()
    declared = tuple(_kept(box, seat, item) for item, seat in seats if not _undeclared(basis, seat))
    return People(items, tables, unread, len(seats), declared)


def _kept(box: str, seat: _Seat, item: Assignment) -> Declared:
    """A declared assignment, bound to what its permission set allows."""
    subject = f"{item.permission_set_arn} {item.principal_type} {item.principal_id}"
    who = f"{'group' if seat.is_group else 'person'} {seat.who}"
    remedy = f"give {seat.set_name} the policies back that it had, or say that it is right as it is now (keep)"
    what = f"what the {who} may through Identity Center by {seat.set_name}"
    return Declared(item_id(box, subject, "declared"), who, what, seat.power, remedy)


def _seats(basis: Basis, each: IdentityCenter) -> Iterator[tuple[Assignment, _Seat]]:
    sets = {item.arn: item for item in each.permission_sets}
    users, groups = {item.id: item for item in each.users}, {item.id: item for item in each.groups}
    for item in each.assignments:
        found = sets.get(item.permission_set_arn)
        who, members, unread = _named(item, users, groups)
        name = found.name if found and isinstance(found.name, str) else item.permission_set_arn
        policies, more = _policies(found, name)
        power, admin = set_power(basis, found), raising(basis, found)
        missing = [*unread, *more, *unread_policies(basis, found)]
        yield item, _Seat(who, item.principal_type == GROUP, members, name, policies, tuple(missing), power, admin)


def _named(
    item: Assignment, users: Mapping[str, DirectoryUser], groups: Mapping[str, DirectoryGroup]
) -> tuple[str, tuple[str, ...] | None, tuple[str, ...]]:
    """The name, the members of a group (of a user: itself), and what is not known."""
    if item.principal_type != GROUP:
        name, why = _user(item.principal_id, users)
        return name, (name,), why
    group = groups.get(item.principal_id)
    if group is None:
        return item.principal_id, None, (f"the group {item.principal_id} of Identity Center was not read",)
    name = group.name if isinstance(group.name, str) else item.principal_id
    if isinstance(group.member_ids, Unknown):
        return name, None, (f"the members of the group {name}: {group.member_ids.reason}",)
    told = [_user(one, users) for one in group.member_ids]
    return name, tuple(sorted(one for one, _ in told)), tuple(why for _, all_of in told for why in all_of)


def _user(identifier: str, users: Mapping[str, DirectoryUser]) -> tuple[str, tuple[str, ...]]:
    user = users.get(identifier)
    if user is None:
        return identifier, (f"the name of the user {identifier} of Identity Center was not read",)
    if isinstance(user.name, Unknown):
        return identifier, (f"the name of the user {identifier} of Identity Center: {user.name.reason}",)
    return user.name, ()


def _policies(found: PermissionSet | None, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if found is None:
        return (), (f"the permission set {name} was not read",)
    names: list[str] = []
    unread: list[str] = []
    for listed_ones, what in ((found.managed_policy_arns, "AWS's"), (found.customer_policies, "customer")):
        if isinstance(listed_ones, Unknown):
            unread.append(f"the {what} policies of the permission set {name}: {listed_ones.reason}")
        else:
            names += [item if isinstance(item, str) else item[1] for item in listed_ones]
    if isinstance(found.inline_policy, Unknown):
        unread.append(f"the inline policy of the permission set {name}: {found.inline_policy.reason}")
    elif found.inline_policy is not None:
        names.append("an inline policy")
    return tuple(item.rpartition("/")[2] for item in names), tuple(unread)


def _undeclared(basis: Basis, seat: _Seat) -> str:
    """Why guardrails.toml does not cover an assignment, "" where it does: the break-glass lane, or an [[assigned]] with
    nobody in the group but who is named there, and no more power than was declared."""
    lane = basis.expected.identity_center
    if lane is not None and seat.set_name == lane.permission_set and seat.members:
        return "" if set(seat.members) <= set(lane.users) else "not everybody in it is named in [breakglass]"
    lines = [line for line in basis.expected.assigned
             if named_by((line.permission_set,), seat.set_name) and _about(line, seat)]  # fmt: skip
    if not lines:
        return "no [[assigned]] of guardrails.toml is about it"
    return "" if (whys := [_beyond(seat, line) for line in lines]) and "" in whys else whys[0]


def _about(line: Assigned, seat: _Seat) -> bool:
    """Whether a line is about who has an assignment: one for a group is about no person whom it does not name."""
    named = seat.is_group or not line.people or named_by(line.people, seat.who)
    return named and named_by((line.who,), seat.who)


def _beyond(seat: _Seat, line: Assigned) -> str:
    """What of an assignment goes beyond its line, "" for nothing."""
    if seat.members is None:
        return "who is in the group is not known"
    if seat.is_group and (more := [one for one in seat.members if not named_by(line.people, one)]):
        return f"its line of guardrails.toml does not name {listed(more, 6)}"
    if line.power and not seat.power.startswith(line.power):
        return f"what {seat.set_name} allows is not what was declared: power is {seat.power[:_SHOWN]} now"
    if seat.raising and not line.power:
        return (f"it was not declared as administrator: [[assigned]] power = \"{seat.power[:_SHOWN]}\" says so, as long"
                f" as {seat.set_name} allows what it does now")  # fmt: skip
    return ""


def _item(box: str, seat: _Seat, item: Assignment, why: str) -> Item:
    kind = "group" if seat.is_group else "person"
    who = f"the {kind} {seat.who}"
    many = len(seat.members or ())
    count = f" ({many} member{'' if many == 1 else 's'})" if seat.is_group and seat.members is not None else ""
    meaning = fingerprint([seat.set_name, seat.members, seat.power])
    evidence = (("members", listed(seat.members or ()) or "not known"), ("permission set", seat.set_name),
                ("policies", ", ".join(seat.policies) or "none"),
                ("power", seat.power[:_SHOWN] or "not known"))  # fmt: skip
    subject = f"{item.permission_set_arn} {item.principal_type} {item.principal_id}"
    what = f"{' as administrator' if seat.raising else ''} through Identity Center by {seat.set_name}"
    reasons = (why, *((f"{seat.set_name} holds {', '.join(seat.raising)}",) if seat.raising else ()))
    remedy = (f"remove the assignment of {seat.set_name} to {who} in Identity Center, or declare it: [[assigned]]"
              " permission_set, who, people, power, reason")  # fmt: skip
    return Item(item_id(box, subject, "assignment"), box, f"{kind} {seat.who}", f"{who}{count} has access{what}",
                "medium" if seat.raising else "low", meaning, reasons, evidence, remedy)  # fmt: skip


def _row(basis: Basis, seat: _Seat) -> tuple[str, ...]:
    members = "not known" if seat.members is None else ", ".join(seat.members)
    declared = "no" if _undeclared(basis, seat) else "yes"
    return (seat.who, members, seat.set_name, ", ".join(seat.policies), declared)
