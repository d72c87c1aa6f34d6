"""Last accessed data of roles: a folder of ROLE.json, each what `aws iam get-service-last-accessed-details` printed.

That output names no role, so its file does. Source: IAM API Reference, API_GetServiceLastAccessedDetails (JobStatus,
ServicesLastAccessed with ServiceNamespace, LastAuthenticated, TrackedActionsLastAccessed; IsTruncated).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.files import read_text
from iam_guardrails.model.iam.document import PolicyError
from iam_guardrails.model.iam.policy_text import read_json
from iam_guardrails.model.iam.tightening.evidence import LastAccessed
from iam_guardrails.model.problem import Problem

HOW = "`aws iam get-service-last-accessed-details --job-id … --output json` (generated with --granularity ACTION_LEVEL)"


def read_last_accessed(folder: str, roles: Mapping[str, str]) -> dict[str, LastAccessed]:
    """By ARN, of the roles for which the folder has a file. roles: name -> ARN. Raises Problem."""
    if not Path(folder).is_dir():
        raise Problem(f"--last-accessed {folder} is no folder; put into it ROLE.json, what {HOW} printed for the role")
    found = {}
    for path in sorted(Path(folder).glob("*.json")):
        if path.stem in roles:
            found[roles[path.stem]] = _read(path)
    if not found:
        raise Problem(f"--last-accessed {folder} holds no file that is named like a role (ROLE.json)")
    return found


def _read(path: Path) -> LastAccessed:
    try:
        content = read_json(read_text(path, "last accessed data"), "the file")
    except PolicyError as error:
        raise Problem(f"{path}: {error}") from None
    if not isinstance(content, Mapping) or not isinstance(content.get("ServicesLastAccessed"), list):
        raise Problem(f"{path} is not what {HOW} prints: it has no ServicesLastAccessed")
    if content.get("JobStatus", "COMPLETED") != "COMPLETED" or content.get("IsTruncated"):
        raise Problem(f"{path} is not complete (JobStatus, IsTruncated); run {HOW} again without --max-items")
    services: dict[str, int | None] = {}
    actions: dict[str, int | None] = {}
    for item in content["ServicesLastAccessed"]:
        name = item.get("ServiceNamespace") if isinstance(item, Mapping) else None
        if not isinstance(name, str):
            raise Problem(f"{path}: an entry of ServicesLastAccessed has no ServiceNamespace")
        services[name] = _latest(services.get(name), _time(item, "LastAuthenticated", path))
        for one in item.get("TrackedActionsLastAccessed") or ():
            actions[f"{name}:{one.get('ActionName')}"] = _time(one, "LastAccessedTime", path)
    made = _time(content, "JobCompletionDate", path) or _time(content, "JobCreationDate", path) or 0
    return LastAccessed(services, actions, made)


def _latest(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else max(one, other)


def _time(item: Mapping[str, Any], key: str, path: Path) -> int | None:
    value = item.get(key)
    if value is None:
        return None
    try:
        return int(datetime.fromisoformat(str(value)).timestamp())
    except ValueError:
        raise Problem(f"{path}: {key} {str(value)[:60]!r} is no time") from None
