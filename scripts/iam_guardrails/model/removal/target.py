"""What a signed review wants removed, as far as calls of IAM can do it, and what stands in the way.

Sources: IAM User Guide, using-service-linked-roles (only AWS deletes them); IAM Identity Center User Guide,
permissionsetsconcept (roles below /aws-reserved/sso.amazonaws.com/ are Identity Center's).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from iam_guardrails.model.expected import Expected
from iam_guardrails.model.removal.held import Held, Key, Role, User
from iam_guardrails.model.review.review import REMOVE, Item, item_id
from iam_guardrails.model.value import changed, frozen

ROLE, USER, PASSWORD, KEY = "role", "user", "password", "access key"
GRACE_TAG, GRACE_EVIDENCE = "guardrails:keep-until", "grace tag"
_STALE, _USERS = "stale", "users"
_KEY_NUMBER = "/access-key-"
_OF_AWS = ("/aws-service-role/", "/aws-reserved/")


@frozen
class Target:
    """item: the id of the review's item.  arn: of the role or user.  created, last_use: days, as the item's evidence
    has them ("never" for none, "" where it does not say).  key: `ref_of` the key, once it is found out.  grace: the
    value of its GRACE_TAG when it was reviewed, "" without one."""

    item: str
    kind: str
    name: str
    arn: str
    title: str
    created: str = ""
    last_use: str = ""
    key: str = ""
    grace: str = ""


def target_of(item: Item) -> Target | None:
    """What an item is about; None where no call of this program removes it."""
    arn = item.subject.partition(_KEY_NUMBER)[0]
    name = arn.rpartition("/")[2]
    for kind in (ROLE, PASSWORD, KEY):
        if item.box == _STALE and item.id == item_id(_STALE, f"{kind} {item.subject}", "unused"):
            return _made(item, kind, name, arn)
    if item.box == _USERS and item.id == item_id(_USERS, item.subject, "user"):
        return _made(item, USER, name, arn)
    return None


def _made(item: Item, kind: str, name: str, arn: str) -> Target:
    told = dict(item.evidence)
    created, last_use, grace = (told.get(key, "") for key in ("created", "last use", GRACE_EVIDENCE))
    return Target(item.id, kind, name, arn, item.title, created, last_use, grace=grace)


def decided(items: Iterable[Item]) -> tuple[tuple[Target, ...], tuple[Item, ...]]:
    """What is to be removed: by calls, and what somebody must do otherwise."""
    targets: list[Target] = []
    others: list[Item] = []
    for item in items:
        if item.decision is not None and item.decision.choice == REMOVE:
            target = target_of(item)
            targets += [target] if target else []
            others += [] if target else [item]
    return tuple(targets), tuple(others)


def proposed(items: Iterable[Item]) -> Iterator[Target]:
    """What may be removed as far as anybody said: without what is kept or accepted."""
    for item in items:
        target = target_of(item)
        if target is not None and (item.decision is None or item.decision.choice == REMOVE):
            yield target


def protected(target: Target, expected: Expected, caller: str) -> str:
    """Why the guardrails do not let it be removed, a clause; "" where they do. caller: ARN of who would remove it."""
    path = target.arn.partition(f":{'role' if target.kind == ROLE else 'user'}")[2]
    if target.kind == ROLE and target.name in expected.role_names:
        return "it is a break-glass role: without it nobody enters in an emergency"
    if target.arn in expected.people:
        return "its user may enter the break-glass role (breakglass.people)"
    if path.startswith(_OF_AWS):
        return "AWS alone changes it"
    who = caller.split(":", 5)[5].split("/") if caller.count(":") >= 5 else [""]
    session = who[0] == "assumed-role" and target.kind == ROLE and who[1:2] == [target.name]
    if session or caller == target.arn:
        return "it is the identity that would remove it"
    return ""


def made_by_terraform(target: Target, now: Held) -> str:
    """Why it is for a patch, a clause; "" where it is not. The environments tag what they make `ManagedBy`."""
    if target.kind in (ROLE, USER) and now.tags.get("ManagedBy", "").lower() == "terraform":
        return (
            "its tag ManagedBy says that Terraform makes it, and the next apply would make it again: take it out there"
            " (the action patch of guardrails review)"
        )
    return ""


def since_the_review(target: Target, now: Held, captured_at: datetime | None) -> str:
    """Why what is there now is not what was decided about, a clause; "" where it is."""
    if now.arn != target.arn:
        return f"there is another one of that name: {now.arn}"
    if captured_at is None:
        return "the review does not tell when the account was captured"
    if now.created_at > captured_at:
        return f"it was made anew on {now.created_at:%Y-%m-%d %H:%M} UTC, after the capture"
    if target.kind == USER and isinstance(now, User) and (late := _new_keys(now, captured_at)):
        return late
    if (tag := now.tags.get(GRACE_TAG, "")) and tag != target.grace:
        return f"somebody set its tag {GRACE_TAG} to {tag[:40]!r} since: capture and judge anew"
    used = _last_use(target, now)
    if used is not None and (used > captured_at or f"{used:%Y-%m-%d}" > _day(target.last_use)):
        return f"it was used since: on {used:%Y-%m-%d %H:%M} UTC; capture and judge anew"
    return ""


def _new_keys(now: User, captured_at: datetime) -> str:
    made = [key.ref for key in now.keys if key.created_at > captured_at]
    return f"it has an access key that the review did not see: {', '.join(made)}" if made else ""


def _day(text: str) -> str:
    """A day to compare with; before every day where there was no use."""
    return text if text[:1].isdigit() else ""


def _last_use(target: Target, now: Held) -> datetime | None:
    if isinstance(now, Role) or target.kind == USER:
        return now.last_used_at
    if target.kind == PASSWORD:
        return now.password_last_used_at
    return next((key.last_used_at for key in now.keys if key.ref == target.key), None)


def with_key(target: Target, now: Held) -> Target | str:
    """The target with the key that is meant (a credential report tells its number only), or why that is not clear.

    Meant is the one that was made, and used last, when the evidence says.
    """
    if target.kind != KEY or not isinstance(now, User):
        return target
    old = list(_fitting(target, now.keys))
    exact = [key for key in old if f"{key.created_at:%Y-%m-%d}" == target.created] or old
    if len(exact) == 1:
        return changed(target, key=exact[0].ref)
    if not exact:
        return "no key of the user was made and last used when the review says: it was used since, or is gone"
    return f"{len(exact)} keys of the user were made and used alike ({', '.join(key.ref for key in exact)})"


def _fitting(target: Target, keys: Iterable[Key]) -> Iterator[Key]:
    for key in keys:
        used = f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never"
        if used == target.last_use and f"{key.created_at:%Y-%m-%d}" <= target.created:
            yield key
