"""IAM's service last accessed data, told from the calls that this server recorded, and from the past it was given."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam.exceptions import NotFoundException
from moto.iam.responses import IamResponse

from iam_guardrails.emulator import past
from iam_guardrails.emulator.graft import add_action
from iam_guardrails.emulator.iam import InvalidInput
from iam_guardrails.emulator.state import memory


def generate_service_last_accessed_details(self: Any) -> ActionResult:
    """IAM API Reference: API_GenerateServiceLastAccessedDetails, of a user, group, role or policy."""
    arn = self._get_param("Arn")
    holder = _holder(self.backend, arn)
    job = {
        "arn": arn,
        "type": self._get_param("Granularity") or "SERVICE_LEVEL",
        "services": sorted(_granted(self.backend, holder)),
        "at": utcnow(),
    }
    job_id = str(uuid.uuid4())
    memory(self.current_account).kind("iam", "last-accessed")[job_id] = job
    return ActionResult({"JobId": job_id})


def get_service_last_accessed_details(self: Any) -> ActionResult:
    """IAM API Reference: API_GetServiceLastAccessedDetails; the job is complete at once."""
    job_id = self._get_param("JobId")
    job = memory(self.current_account).kind("iam", "last-accessed").get(job_id)
    if job is None:
        raise NotFoundException(f"Job {job_id} does not exist.")
    used = _used(self.current_account, job["arn"])
    services = [_service(name, used.get(name, {}), job) for name in sorted(set(job["services"]) | set(used))]
    return ActionResult(
        {
            "JobStatus": "COMPLETED",
            "JobType": job["type"],
            "JobCreationDate": job["at"],
            "JobCompletionDate": job["at"],
            "ServicesLastAccessed": services,
            "IsTruncated": False,
        }
    )


def _holder(backend: Any, arn: str) -> Any:
    if not arn.startswith("arn:"):
        raise InvalidInput(f"ARN {arn} is not valid.")
    candidates = (*backend.roles.values(), *backend.users.values(), *backend.groups.values())
    for holder in (*candidates, *backend.managed_policies.values()):
        if holder.arn == arn:
            return holder
    raise NotFoundException(f"ARN {arn} is not found.")


def _granted(backend: Any, holder: Any) -> set[str]:
    """The services that the policies name; `*` names none, because the emulator keeps no list of services."""
    documents = [*_default(holder), *_inline(holder)]
    documents += [text for policy in getattr(holder, "managed_policies", {}).values() for text in _default(policy)]
    return {name for text in documents if text for name in _services(text)}


def _default(policy: Any) -> Iterable[str]:
    """The document of a managed policy's default version; nothing of what is no policy."""
    return [each.document for each in getattr(policy, "versions", ()) if each.is_default]


def _inline(holder: Any) -> Iterable[str]:
    policies = getattr(holder, "policies", {})
    return policies.values() if isinstance(policies, dict) else ()


def _services(text: str) -> Iterable[str]:
    statements = json.loads(text).get("Statement", [])
    for statement in statements if isinstance(statements, list) else [statements]:
        if statement.get("Effect") != "Allow":
            continue
        actions = statement.get("Action", [])
        for action in [actions] if isinstance(actions, str) else actions:
            if ":" in action and "*" not in action.partition(":")[0]:
                yield action.partition(":")[0].lower()


def _used(account_id: str, arn: str) -> dict[str, dict[str, dict[str, Any]]]:
    """service -> action -> the last record of that action, for the calls of one principal."""
    used: dict[str, dict[str, dict[str, Any]]] = {}
    for service, action, at, region in past.uses(account_id, arn):
        used.setdefault(service, {})[action] = {"eventTime": at, "awsRegion": region}
    for _, event in memory(account_id).events:
        identity = event["userIdentity"]
        issuer = identity.get("sessionContext", {}).get("sessionIssuer", {})
        if arn in (identity.get("arn"), issuer.get("arn")):
            service = event["eventSource"].partition(".")[0]
            used.setdefault(service, {})[event["eventName"]] = event
    return used


def _service(name: str, actions: dict[str, dict[str, Any]], job: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = {"ServiceName": name, "ServiceNamespace": name, "TotalAuthenticatedEntities": 0}
    if not actions:
        return entry
    last = max(actions.values(), key=lambda event: str(event["eventTime"]))
    entry |= {
        "LastAuthenticated": _time(last),
        "LastAuthenticatedEntity": job["arn"],
        "LastAuthenticatedRegion": last["awsRegion"],
        "TotalAuthenticatedEntities": 1,
    }
    if job["type"] == "ACTION_LEVEL":
        entry["TrackedActionsLastAccessed"] = [
            {
                "ActionName": action,
                "LastAccessedEntity": job["arn"],
                "LastAccessedTime": _time(event),
                "LastAccessedRegion": event["awsRegion"],
            }
            for action, event in sorted(actions.items())
        ]
    return entry


def _time(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["eventTime"])


def graft() -> None:
    """Install."""
    add_action(IamResponse, generate_service_last_accessed_details, get_service_last_accessed_details)
