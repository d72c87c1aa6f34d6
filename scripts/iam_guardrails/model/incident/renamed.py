"""Users and groups that were renamed since: what a call did to one under its old name is looked at under the new one.

Keys, policies, memberships and sessions go along with a user, and policies and members with a group; a look under the
old name finds nothing, which is not that it is undone. Source: AWS IAM API Reference, UpdateUser and UpdateGroup; AWS
IAM User Guide, id_users_rename.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from iam_guardrails.model.account import Account, Group, User
from iam_guardrails.model.incident.effects.write import Write, write_of
from iam_guardrails.model.trail.facts import Kept
from iam_guardrails.model.trail.principal import user_name
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen

USER, GROUP = "userName", "groupName"
_CALLS = {"iam:UpdateUser": (USER, "newUserName"), "iam:UpdateGroup": (GROUP, "newGroupName")}


@frozen
class Renaming:
    """One renaming. what: USER or GROUP.  seconds: since 1970."""

    account_id: str
    what: str
    old: str
    new: str
    seconds: int


def renamings(records: Iterable[Record]) -> tuple[Renaming, ...]:
    """Those that records tell of, in the order of time."""
    found = list[Renaming]()
    for record in sorted(records, key=lambda record: record.time):
        what, new = _CALLS.get(record.action, ("", ""))
        old, name = record.text("requestParameters", what), record.text("requestParameters", new)
        if what and record.outcome == "ok" and old and name and old != name:
            found.append(Renaming(record.account_id, what, old, name, record.time))
    return tuple(found)


def under_new_name(write: Write, found: Sequence[Renaming]) -> Write:
    """A write as if it had been made under the names that users and groups have now; a renaming itself as it is."""
    if not found or write.action in _CALLS:
        return write
    request, response, caller = dict(write.request), dict(write.response), write.caller
    for what in (USER, GROUP):
        if isinstance(name := request.get(what), str):
            request[what] = _name_now(name, what, write.account_id, write.seconds, found)
    key = response.get("accessKey")
    if isinstance(key, Mapping) and isinstance(name := key.get(USER), str):
        response["accessKey"] = {**key, USER: _name_now(name, USER, write.account_id, write.seconds, found)}
    head, user, rest = caller.partition(":user/")
    if user:
        path, slash, name = rest.rpartition("/")
        caller = f"{head}{user}{path}{slash}{_name_now(name, USER, write.account_id, write.seconds, found)}"
    return changed(write, request=request, response=response, caller=caller)


def under_new_names(records: Sequence[Record], found: Sequence[Renaming]) -> Sequence[Record]:
    """The records as if all had been done to, and by, users and groups under the names that they have now."""
    return [_under_new_name(record, found) for record in records] if found else records


def every_name(subjects: Iterable[tuple[str, str]], found: Sequence[Renaming]) -> frozenset[tuple[str, str]]:
    """Roles and users, the users under each name that they had too (model.trail.principal.user_name)."""
    names = set(subjects)
    for one in (*reversed(found), *found):
        pair = {user_name(one.account_id, one.old), user_name(one.account_id, one.new)}
        names |= pair if one.what == USER and names & pair else set()
    return frozenset(names)


def _under_new_name(record: Record, found: Sequence[Renaming]) -> Record:
    write = write_of(record)
    made = under_new_name(write, found)
    if made == write:
        return record
    content = {**record.content, "requestParameters": made.request, "responseElements": made.response}
    if made.caller != write.caller:
        content["userIdentity"] = {**record.content["userIdentity"], "arn": made.caller}
    return Record(Kept(record.event_id, record.time, record.reasons, json.dumps(content).encode()))


def with_new_names(account: Account | Unknown, found: Sequence[Renaming]) -> Account | Unknown:
    """A capture as if its users and groups had had the names already that they have now."""
    return account if not found or isinstance(account, Unknown) else _with_new_names(account, found, "name")


def with_new_addresses(account: Account, found: Sequence[Renaming]) -> Account:
    """The same, so that its things are those of now; that a user or a group had another name is still told by it."""
    return _with_new_names(account, found, "") if found else account


def _with_new_names(account: Account, found: Sequence[Renaming], field: str) -> Account:
    def now(what: str, name: str) -> str:
        return _name_now(name, what, account.account_id, 0, found)

    def of(thing: Any, what: str, owner: str) -> Any:
        """An address or an ARN that ends with the name, or holds it before what belongs to it."""
        name = now(what, owner)
        if name == owner:
            return thing
        told = {one: _with_last(getattr(thing, one), owner, name) for one in ("address", "arn") if hasattr(thing, one)}
        return changed(thing, **told)

    def user(one: User) -> User:
        made: User = of(one, USER, one.name)
        named = {field: now(USER, one.name)} if field else {}
        return changed(made, **named, group_names=tuple(now(GROUP, name) for name in one.group_names))

    def group(one: Group) -> Group:
        made: Group = of(one, GROUP, one.name)
        return changed(made, **({field: now(GROUP, one.name)} if field else {}))

    keys = tuple(changed(of(one, USER, one.user_name), user_name=now(USER, one.user_name))
                 for one in account.access_keys)  # fmt: skip
    return changed(account, users=tuple(user(one) for one in account.users), access_keys=keys,
                   groups=tuple(group(one) for one in account.groups))  # fmt: skip


def _with_last(text: str, old: str, new: str) -> str:
    """An ARN or an address of it with another name: "…:user/path/old", "…:user/path/old/access-key-1"."""
    head, mark, rest = text.rpartition("/access-key-")
    whole = head if mark else rest
    if whole == old or whole.endswith(f"/{old}"):
        whole = f"{whole[: len(whole) - len(old)]}{new}"
    return f"{whole}{mark}{rest if mark else ''}"


def _name_now(name: str, what: str, account_id: str, seconds: int, found: Iterable[Renaming]) -> str:
    for one in found:
        if (one.account_id, one.what, one.old) == (account_id, what, name) and one.seconds >= seconds:
            name = one.new
    return name
