"""IAM's GetAccountAuthorizationDetails: pages of MaxItems, and AWS managed policies only where attached."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from iam_guardrails.emulator.graft import Action, wrap_action
from iam_guardrails.emulator.iam import InvalidInput

_LISTS = (
    ("User", "UserDetailList"),
    ("Group", "GroupDetailList"),
    ("Role", "RoleDetailList"),
)
_DEFAULT_ITEMS = 100


def get_account_authorization_details(self: Any, original: Action) -> ActionResult:
    """IAM API Reference: API_GetAccountAuthorizationDetails; moto answers one page with every policy."""
    wanted = set(self._get_param("Filter", []))
    entries = _entries(self.backend, wanted)
    start = _start(self._get_param("Marker"), len(entries))
    size = int(self._get_param("MaxItems") or _DEFAULT_ITEMS)
    result: dict[str, Any] = {name: [] for _, name in _LISTS} | {"Policies": []}
    for name, entry in entries[start : start + size]:
        result[name].append(entry)
    truncated = start + size < len(entries)
    result["IsTruncated"] = truncated
    if truncated:
        result["Marker"] = f"offset-{start + size}"
    return ActionResult(result)


def _entries(backend: Any, wanted: set[str]) -> list[tuple[str, Any]]:
    held = {"User": backend.users, "Group": backend.groups, "Role": backend.roles}
    entries: list[tuple[str, Any]] = []
    for kind, name in _LISTS:
        if not wanted or kind in wanted:
            entries += [(name, entry) for entry in held[kind].values()]
    for arn, policy in backend.managed_policies.items():
        local = arn.split(":")[4] != "aws"
        kind = "LocalManagedPolicy" if local else "AWSManagedPolicy"
        if (not wanted or kind in wanted) and (local or policy.attachment_count):
            entries.append(("Policies", policy))
    return entries


def _start(marker: str | None, count: int) -> int:
    if marker is None:
        return 0
    number = marker.removeprefix("offset-")
    if not marker.startswith("offset-") or not number.isdigit() or int(number) > count:
        raise InvalidInput("Invalid Marker.")
    return int(number)


def graft() -> None:
    """Install."""
    wrap_action(IamResponse, get_account_authorization_details)
