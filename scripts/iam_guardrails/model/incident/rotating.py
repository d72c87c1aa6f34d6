"""Whether a use rotated an access key: made one, and ended another of the same user that worked until then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.iam_credentials import key_before
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.incident.step import OTHER
from iam_guardrails.model.unknown import Unknown


def purpose_of(
    names: Mapping[str, str], done: Iterable[Write], purpose: str, before: Account | None
) -> str | Unknown:  # fmt: skip
    """What a use meant by a change: its purpose, but for an access key none where nothing was rotated.

    A rotation ends another key of the same user that was active before, and the user was there before; what ended that
    key belongs to it.  names: of the object that was changed.  done: what the use did.  before: the capture; without
    it nobody knows whether the key that was ended had been active.
    """
    if "AccessKeyId" not in names:
        return purpose
    user = names.get("UserName", "")
    did = [write for write in done if not write.error and write.text("userName") == user]
    if any(write.action == "iam:CreateUser" for write in did):
        return OTHER
    about = sorted((write for write in did if write.action in _OF_KEYS), key=lambda write: write.seconds)
    last = {write.text("accessKeyId"): write.seconds for write in about}
    ended = {key for key, at in last.items() if all(  # and not on again by the use, in whichever order of one second
        _ends_key(write) for write in about if (write.text("accessKeyId"), write.seconds) == (key, at)
    )}  # fmt: skip
    if names["AccessKeyId"] in ended:
        return purpose
    ended -= {names["AccessKeyId"]}
    states = [_before(key, user, did, before) for key in sorted(ended)]
    if "Active" in states:
        return purpose
    return next((state for state in states if isinstance(state, Unknown)), OTHER)


def _before(key: str, user: str, did: Iterable[Write], before: Account | None) -> str | Unknown | None:
    """How a key of the user was before the use; None where it was not there."""
    if any(write.action == "iam:CreateAccessKey" and write.text("response:accessKey.accessKeyId") == key
           for write in did):  # fmt: skip
        return None
    if before is None:
        return Unknown(f"whether the key {key} that was ended had been active is not known, for there is no capture"
                       " from before")  # fmt: skip
    found: str | Unknown | None = key_before(before, {"UserName": user, "AccessKeyId": key})
    if isinstance(found, Unknown):
        return Unknown(f"whether the key {key} that was ended had been active is not known: {found.reason}")
    return found


_OF_KEYS = ("iam:UpdateAccessKey", "iam:DeleteAccessKey")


def _ends_key(write: Write) -> bool:
    inactive = write.action == "iam:UpdateAccessKey" and write.text("status") == "Inactive"
    return write.action == "iam:DeleteAccessKey" or inactive
