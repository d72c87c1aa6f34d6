"""Box: access that nobody used for long: roles, passwords, keys, permissions; each with how sure that is.

Sources: IAM API Reference, RoleLastUsed (400 days, by Region); IAM User Guide, id_credentials_getting-report and
access_policies_last-accessed (attempts count, resource policies and iam:PassRole are not seen, about four hours late).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from iam_guardrails.model.capture.capture import LAST_ACCESS
from iam_guardrails.model.capture.last_access import TRACKED_DAYS
from iam_guardrails.model.capture.scope import NEVER_USED, OF_AWS
from iam_guardrails.model.removal.target import GRACE_EVIDENCE, GRACE_TAG
from iam_guardrails.model.review.basis import Basis, day, listed, moment
from iam_guardrails.model.review.pictures import KEPT as KEPT_AGE
from iam_guardrails.model.review.pictures import NEVER, AgeBars, age_bars
from iam_guardrails.model.review.pictures import UNKNOWN as UNKNOWN_AGE
from iam_guardrails.model.review.pictures import YOUNG as YOUNG_AGE
from iam_guardrails.model.review.review import Box, Item, Table, fingerprint, item_id
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed
from iam_guardrails.rules.review import stale_analyzer, stale_permissions, stale_users
from iam_guardrails.rules.review.aging import (
    CLOSED,
    KEPT,
    KEPT_BY,
    LINKED,
    STALE,
    UNKNOWN,
    WINDOW_DAYS,
    YOUNG,
    Aged,
    aged,
)
from iam_guardrails.rules.review.power import power_of

ID, TITLE = "stale", "Stale access"
ASKS = "Remove stale access (no recent use, left company, role changed)"
_COLUMNS = ("kind", "last use", "how many", "names")
_SSO = "/aws-reserved/sso.amazonaws.com/"


def box(basis: Basis) -> Box:
    """An item for each role, password, key and set of permissions that was not used within the window."""
    if isinstance(basis.capture.details, Unknown):
        return Box(ID, TITLE, ASKS, 0, not_judged=(f"roles and users: {basis.capture.details.reason}",))
    if basis.as_of is None:
        return Box(ID, TITLE, ASKS, 0, not_judged=("the capture holds no time, so nothing has an age",))
    roles = [_role(basis, entry, basis.as_of) for entry in basis.entries("RoleDetailList")]
    users = list(stale_users.judged(basis, basis.as_of))
    everything = [*roles, *users]
    items = [_item(basis, one) for one in everything if one.state == STALE]
    items = stale_analyzer.judged(basis, everything, items)
    stale = {one.arn for one in roles if one.state == STALE}
    more, missing, said = stale_permissions.judged(basis, basis.as_of, stale)
    unknown: dict[str, list[str]] = {}
    for one in everything:
        if one.state == UNKNOWN:
            unknown.setdefault(one.why, []).append(one.name)
    missing = [*(f"the last use of {len(names)} ({listed(names)}): {why}" for why, names in unknown.items()),
               *missing, *_not_asked(basis), *stale_analyzer.unread(basis)]  # fmt: skip
    return Box(ID, TITLE, ASKS, len(everything) or int(not missing), (*items, *more), tuple(missing),
               (*_notes(basis, everything), *said), (_table(everything),) if everything else (),
               pictures=(_bars(everything),) if everything else ())  # fmt: skip


def _role(basis: Basis, entry: Mapping[str, Any], now: datetime) -> Aged:
    arn, name, path = str(entry["Arn"]), str(entry["RoleName"]), str(entry.get("Path", "/"))
    tags = {str(tag["Key"]): str(tag["Value"]) for tag in entry.get("Tags") or ()}
    if path.startswith("/aws-service-role/"):
        return Aged("role", name, arn, LINKED)
    if name in basis.expected.role_names:
        last = moment((entry.get("RoleLastUsed") or {}).get("LastUsedDate"))
        return Aged("role", name, arn, KEPT, last, moment(entry.get("CreateDate")), f"a break-glass role; {KEPT_BY}")
    if "RoleLastUsed" not in entry:
        return Aged("role", name, arn, UNKNOWN, why="the details do not tell RoleLastUsed")
    used = entry.get("RoleLastUsed") or {}
    evidence = (("source", "RoleLastUsed"), ("window", f"{WINDOW_DAYS} days, of {TRACKED_DAYS} that IAM tracks"),
                ("granularity", "the role"), ("Region", str(used.get("Region", "")) or "not told"))  # fmt: skip
    found = aged("role", name, arn, moment(used.get("LastUsedDate")), moment(entry.get("CreateDate")), now, tags,
                 basis.today, evidence, TRACKED_DAYS)  # fmt: skip
    return changed(found, remedy=_removal(basis, name, entry))


def _removal(basis: Basis, name: str, entry: Mapping[str, Any]) -> str:
    """What removes a role, as text: nothing is executed here. IAM lets nobody change a role of Identity Center's."""
    if str(entry.get("Path", "/")).startswith(_SSO):
        return ("take its permission set's assignments to this account away in Identity Center, which made it; IAM lets"
                " nobody change or delete it")  # fmt: skip
    steps = [f"aws iam detach-role-policy --role-name {name} --policy-arn {item['PolicyArn']}"
             for item in entry.get("AttachedManagedPolicies") or ()]  # fmt: skip
    steps += [f"aws iam delete-role-policy --role-name {name} --policy-name {item['PolicyName']}"
              for item in entry.get("RolePolicyList") or ()]  # fmt: skip
    steps += [f"aws iam remove-role-from-instance-profile --role-name {name} --instance-profile-name "
              f"{item.get('InstanceProfileName', '')}" for item in entry.get("InstanceProfileList") or ()]  # fmt: skip
    by_hand = "; ".join([*steps, f"aws iam delete-role --role-name {name}"])
    ask = basis.commands.review
    return (f"where Terraform manages it: {ask('patch')}; else, once it is decided and signed: {ask('remove')}; or by"
            f" hand: {by_hand}; or keep it for a while: tag {GRACE_TAG} = a day")  # fmt: skip


def _item(basis: Basis, one: Aged) -> Item:
    title = f"{one.kind} {one.name} {one.since}"
    grace = ((GRACE_EVIDENCE, one.grace),) if one.grace else ()
    evidence = (("last use", day(one.last)), ("created", day(one.created)), *one.evidence, ("confidence", one.sure),
                *grace)  # fmt: skip
    severity = "medium" if one.kind in ("access key", "password") else "low"
    power = power_of(basis, one.arn.partition("/access-key-")[0])
    meaning = fingerprint([one.kind, one.arn, day(one.last), day(one.created), power])
    return Item(item_id(ID, f"{one.kind} {one.arn}", "unused"), ID, one.arn, title, severity, meaning,
                (one.why,) if one.why else (), evidence, one.remedy)  # fmt: skip


def _not_asked(basis: Basis) -> Iterator[str]:
    """Why permissions were not asked for, but for roles of which the role itself says enough."""
    reasons: dict[str, list[str]] = {}
    for key, why in basis.capture.not_judged(LAST_ACCESS).items():
        if why not in (NEVER_USED, OF_AWS):
            reasons.setdefault(why, []).append(key.partition(":")[2].rpartition("/")[2] or "all")
    for why, names in reasons.items():
        yield f"which permissions are used ({listed(names)}): {why}"


def _is_idle(basis: Basis, one: Aged) -> bool:
    since = one.last or one.created
    return since is not None and basis.as_of is not None and basis.as_of - since > timedelta(days=WINDOW_DAYS)


def _notes(basis: Basis, everything: list[Aged]) -> Iterator[str]:
    asked = {item.principal_arn for item in basis.capture.last_access}
    outside = sum(one.kind == "role" and one.state != LINKED and one.arn not in asked for one in everything)
    if outside and not basis.capture.unasked.get(LAST_ACCESS):
        yield f"the permissions of {outside} roles are outside of what the capture asked for (--last-accessed all)"
    kept = [f"{one.kind} {one.name} until {one.grace}" for one in everything if one.state == KEPT and one.grace]
    if kept:
        yield f"unused for long, and kept by the tag {GRACE_TAG}: {listed(kept, 40)}"
    idle = [f"{one.kind} {one.name} ({day(one.last)})" for one in everything
            if one.state == KEPT and one.why.endswith(KEPT_BY) and _is_idle(basis, one)]  # fmt: skip
    if idle:
        yield (f"kept for emergencies, and not used for {WINDOW_DAYS} days: {listed(idle, 40)}; no drill went through"
               " them, and nobody knows whether they still work, or are still somebody's")  # fmt: skip
    young = [one.name for one in everything if one.state == YOUNG]
    if young:
        yield f"{len(young)} are younger than {WINDOW_DAYS} days and therefore not stale"
    if basis.capture.captured_at is None and basis.as_of:
        yield f"ages are counted to {day(basis.as_of)}, the latest time in the file, so they are at least what they say"


def _bars(everything: list[Aged]) -> AgeBars:
    """By age, but for AWS's own roles and for users that cannot sign in."""
    judged = (one for one in everything if one.state not in (LINKED, CLOSED))
    return age_bars("Access by the time since its last use", ((one.kind, _age(one)) for one in judged), WINDOW_DAYS)


def _age(one: Aged) -> int | str:
    """Its days, or the bar that it stands in: what is kept and what is young is not stale, however old its use is."""
    if one.state == UNKNOWN:
        return UNKNOWN_AGE
    if one.state in (KEPT, YOUNG) and (one.days is None or one.days > WINDOW_DAYS):
        return KEPT_AGE if one.state == KEPT else YOUNG_AGE
    if one.days is None:
        return one.beyond + 1 if one.beyond else NEVER
    return one.days


def _table(everything: list[Aged]) -> Table:
    """Everybody, by kind and age: nobody is left out."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in everything:
        groups.setdefault((one.kind, one.span), []).append(one.name)
    rows = ((kind, span, str(len(names)), ", ".join(sorted(names))) for (kind, span), names in sorted(groups.items()))
    return Table("Last use", _COLUMNS, tuple(rows))
