"""Which task definition an ECS service ran before a use, as ECS itself remembers it.

Sources: Amazon ECS API Reference, ListServiceDeployments (those of the last 90 days) and DescribeServiceRevisions (what
one deployed), DescribeServices (deployments: until an older one has stopped, it is ACTIVE), UpdateService.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.model.incident.effects.kind import Ask, Earlier, Names, joined

RELEASE = frozenset({"cluster", "service", "taskDefinition", "forceNewDeployment"})
"""What a call names that only deploys another release."""
_DONE = "SUCCESSFUL"


def release_before(earlier: Earlier, ask: Ask) -> str:
    """The command that deploys the release before; "" where it is not known, or the use set more than the release."""
    set_ = {name for write in earlier.writes for name in write.given}
    if "taskDefinition" not in set_ or not set_ <= RELEASE:
        return ""
    since, names = earlier.writes[0].seconds, earlier.names
    found = _as_deployed(names, since, ask)
    found = _as_draining(names, since, ask) if found is None else found
    if not found or found.rpartition("/")[2] == earlier.now.get("taskDefinition"):
        return ""
    words = ["aws", "ecs", "update-service", "--cluster", names["Cluster"], "--service", names["Service"]]
    return joined([[*words, "--task-definition", found]], names["Region"])


def _as_deployed(names: Names, since: int, ask: Ask) -> str | None:
    """Of the last deployment before, "" where it was not a success; None where none is told."""
    told = ask("ListServiceDeployments", {"cluster": names["Cluster"], "service": names["Service"]})
    last = max(_before(told, "serviceDeployments", since), key=lambda item: item["createdAt"], default=None)
    if last is None:
        return None
    if last.get("status") != _DONE:
        return ""
    made = ask("DescribeServiceRevisions", {"serviceRevisionArns": [last.get("targetServiceRevisionArn", "")]})
    return next((str(item.get("taskDefinition", "")) for item in _listed(made, "serviceRevisions")), "")


def _as_draining(names: Names, since: int, ask: Ask) -> str:
    """Of what still runs beside the newest, where it is one release; else ""."""
    told = ask("DescribeServices", {"cluster": names["Cluster"], "services": [names["Service"]]})
    running = {str(item.get("taskDefinition", "")) for service in _listed(told, "services")
               for item in _before(service, "deployments", since)}  # fmt: skip
    return running.pop() if len(running) == 1 else ""


def _before(answer: Any, name: str, since: int) -> list[Mapping[str, Any]]:
    """The members of a list that were created before a second."""
    return [item for item in _listed(answer, name)
            if isinstance(made := item.get("createdAt"), datetime) and made.timestamp() < since]  # fmt: skip


def _listed(answer: Any, name: str) -> Sequence[Mapping[str, Any]]:
    return answer.get(name) or () if isinstance(answer, Mapping) else ()
