"""IAM: what somebody signs in with: access keys, passwords, MFA devices. One made again is never the one that was.

Whoever makes a key, a password or the seed of a device knows it. Sources: IAM API Reference (the calls named here;
LoginProfile, CreateDate; MFADevice and VirtualMFADevice, EnableDate); AWS CLI Command Reference, iam.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.effects.harm import GIVES, Harm, putting_back
from iam_guardrails.model.incident.effects.kind import (
    ADDS,
    REMOVES,
    SETS,
    Ask,
    Call,
    Kind,
    Names,
    Remade,
    State,
    command,
)
from iam_guardrails.model.incident.effects.reading import always, exists, member, of, written_value
from iam_guardrails.model.incident.step import FIX_IAM, ROTATE_SECRET
from iam_guardrails.model.unknown import Unknown

_GONE = ("NoSuchEntity",)


def key_before(account: Account, names: Names) -> State:
    """How a key was in a capture: "Active", "Inactive", None where it was not there.

    Captures hold no more of a key than its last four characters; from the credential report not even these, and then it
    was as all of its user's keys were.
    """
    for place, why in account.refused.items():
        if place.partition("@")[0] in ("access_keys", "users"):
            return Unknown(f"the capture lacks access_keys: {why}")
    own = [key for key in account.access_keys if key.user_name == names["UserName"]]
    fitting = [key for key in own if names["AccessKeyId"].endswith(key.key_suffix or "?")]
    if any(not key.key_suffix for key in own):
        states = {key.active for key in own}
        if states in ({True}, {False}):
            return "Active" if own[0].active else "Inactive"
        return Unknown("the capture does not tell which of the user's keys that is")
    if not fitting:
        return None
    if len(fitting) > 1 or isinstance(fitting[0].active, Unknown):
        return Unknown("the capture does not tell which of the user's keys that is")
    return "Active" if fitting[0].active else "Inactive"


def _key_harm(names: Names, now: State, target: State, *_: Any) -> Harm | None:
    """One that was switched off is what was to be got rid of, the step before deleting it (AWS IAM User Guide,
    id-credentials-access-keys-update)."""
    if now != "Inactive" or target is None:
        return None
    delete = command(KEY.away, names, "")
    return Harm("makes the key work again", (FIX_IAM, ROTATE_SECRET),
                stays=f"it works no more, which was the purpose of the use; once nobody misses it, delete it: {delete}"
                )  # fmt: skip


KEY = Kind(
    "access-key", "the user {UserName} has the access key {AccessKeyId}",
    ("iam", "ListAccessKeys", {"UserName": "{UserName}"}),
    member("AccessKeyMetadata", "AccessKeyId", "AccessKeyId", lambda item: item.get("Status")), _GONE,
    before=key_before, is_global=True, whole=True, part=("access_keys", "UserName", "active"),
    away="aws iam delete-access-key --user-name {UserName} --access-key-id {AccessKeyId}",
    back="aws iam update-access-key --user-name {UserName} --access-key-id {AccessKeyId} --status {value}",
    lasting="a deleted key cannot come back; whoever used it needs another way in", harm=_key_harm,
)  # fmt: skip
_KEY = {"UserName": "userName", "AccessKeyId": "accessKeyId"}
_NEW_KEY = {"UserName": "userName|response:accessKey.userName", "AccessKeyId": "response:accessKey.accessKeyId"}


def _date(value: Any) -> datetime | None:
    """A time of an answer, aware."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if isinstance(value, datetime) and value.tzinfo else None


def _set_at(names: Names, ask: Ask) -> datetime | None:
    found = ask("GetLoginProfile", {"UserName": names["UserName"]})
    return _date((found.get("LoginProfile") or {}).get("CreateDate")) if isinstance(found, Mapping) else None


def _enabled_at(
    operation: str, listed: str, of_user: bool, any_: bool = False
) -> Callable[[Names, Ask], datetime | None]:
    """When the device was enabled, or the newest of the user's."""

    def read(names: Names, ask: Ask) -> datetime | None:
        found = ask(operation, {"UserName": names["UserName"]} if of_user else {})
        devices = found.get(listed, ()) if isinstance(found, Mapping) else ()
        own = (_date(item.get("EnableDate")) for item in devices
               if any_ or item.get("SerialNumber") == names["SerialNumber"])  # fmt: skip
        return max(filter(None, own), default=None)

    return read


PASSWORD = Kind(
    "console-password", "the user {UserName} has a console password",
    ("iam", "GetLoginProfile", {"UserName": "{UserName}"}), exists(), _GONE, is_global=True,
    before=of("users", "name", "UserName", lambda thing, names: thing.has_console_password or None),
    away="aws iam delete-login-profile --user-name {UserName}", part=("users", "UserName", "has_console_password"),
    harm=putting_back(GIVES, FIX_IAM),
    remade=Remade("whoever set this password knows it; end it, and have the user get another", True, _set_at),
)  # fmt: skip
NEW_PASSWORD = Kind(
    "changed-password", "the console password of the user {UserName} was changed", is_global=True,
    blind="no call tells whether a password is still the one that was set; have its owner set another",
)  # fmt: skip
DEVICE = Kind(
    "mfa-device", "the user {UserName} has the MFA device {SerialNumber}",
    ("iam", "ListMFADevices", {"UserName": "{UserName}"}), member("MFADevices", "SerialNumber", "SerialNumber"), _GONE,
    away="aws iam deactivate-mfa-device --user-name {UserName} --serial-number {SerialNumber}",
    part=("users", "UserName", "mfa_kinds"), is_global=True,
    remade=Remade("whoever enabled this device has its codes; end it, and have the user register another", True,
                  _enabled_at("ListMFADevices", "MFADevices", True),
                  another=_enabled_at("ListMFADevices", "MFADevices", True, True)),
)  # fmt: skip
VIRTUAL = Kind(
    "virtual-mfa-device", "the virtual MFA device {SerialNumber} exists", ("iam", "ListVirtualMFADevices", {}),
    member("VirtualMFADevices", "SerialNumber", "SerialNumber"), _GONE, is_global=True,
    away="aws iam delete-virtual-mfa-device --serial-number {SerialNumber}",
    lasting="a deleted device cannot come back; its owner registers another",
    remade=Remade("whoever made this device has its seed; end it, and have its owner register another", True,
                  _enabled_at("ListVirtualMFADevices", "VirtualMFADevices", False)),
)  # fmt: skip
_SERIAL: Any = {"UserName": "userName", "SerialNumber": "serialNumber"}
_USER = {"UserName": "userName"}

CALLS: tuple[Call, ...] = (
    Call("iam:CreateAccessKey", KEY, ADDS, _NEW_KEY, always("Active"), fresh=True,
         meant_for=ROTATE_SECRET),
    Call("iam:UpdateAccessKey", KEY, SETS, _KEY, written_value("status")),
    Call("iam:DeleteAccessKey", KEY, REMOVES, _KEY),
    Call("iam:CreateLoginProfile", PASSWORD, ADDS, _USER, fresh=True),
    Call("iam:UpdateLoginProfile", NEW_PASSWORD, SETS, _USER),
    Call("iam:DeleteLoginProfile", PASSWORD, REMOVES, _USER),
    Call("iam:EnableMFADevice", DEVICE, ADDS, _SERIAL, fresh=True),
    Call("iam:DeactivateMFADevice", DEVICE, REMOVES, _SERIAL),
    Call("iam:CreateVirtualMFADevice", VIRTUAL, ADDS,
         {"SerialNumber": "response:virtualMFADevice.serialNumber"}, fresh=True),
    Call("iam:DeleteVirtualMFADevice", VIRTUAL, REMOVES, {"SerialNumber": "serialNumber"}),
)  # fmt: skip
