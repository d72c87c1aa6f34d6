"""Last accessed data: a job per principal, made and then fetched.

Calls for p principals: p GenerateServiceLastAccessedDetails and p GetServiceLastAccessedDetails, and one more of the
second for each time a job is not done, and for each 1,000 services of an answer.
Source: IAM API Reference, API_GenerateServiceLastAccessedDetails (ACTION_LEVEL for users and roles only; only who made
a job may fetch it), API_GetServiceLastAccessedDetails (JobStatus, Error, Marker).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from iam_guardrails.adapters.aws.reading import Reading, Refused
from iam_guardrails.model.capture.capture import LAST_ACCESS
from iam_guardrails.model.capture.last_access import ActionUse, LastAccess, ServiceUse

LEVEL = "ACTION_LEVEL"
_ATTEMPTS = 20


def last_access(
    reading: Reading, region: str, arns: Iterable[str], wait: Callable[[float], None]
) -> tuple[LastAccess, ...]:
    """What each principal used; one that is refused is noted under "last_access:arn"."""
    jobs, found = [], []
    for arn in arns:
        try:
            made = reading.ask("iam", region, "GenerateServiceLastAccessedDetails", Arn=arn, Granularity=LEVEL)
            jobs.append((arn, str(made["JobId"])))
        except Refused as refusal:
            _refuse(reading, arn, refusal)
    for arn, job in jobs:
        try:
            found.append(_fetched(reading, region, arn, job, wait))
        except Refused as refusal:
            _refuse(reading, arn, refusal)
    return tuple(found)


def _refuse(reading: Reading, arn: str, refusal: Refused) -> None:
    reading.note((f"{LAST_ACCESS}:{arn}",), None, refusal.reason)


def _fetched(reading: Reading, region: str, arn: str, job: str, wait: Callable[[float], None]) -> LastAccess:
    given = {"JobId": job, "MaxItems": 1000}
    for attempt in range(_ATTEMPTS):
        pages = reading.all_pages("iam", region, "GetServiceLastAccessedDetails", **given)
        status = pages[0].get("JobStatus")
        if status == "COMPLETED":
            return _access(arn, pages)
        if status == "FAILED":
            code = pages[0].get("Error", {}).get("Code", "no reason given")
            raise Refused(f"the job of iam:GenerateServiceLastAccessedDetails failed ({code})", str(code))
        wait(min(0.2 * 2**attempt, 3.0))
    raise Refused("the job of iam:GenerateServiceLastAccessedDetails was not done in about a minute", "Timeout")


def _access(arn: str, pages: list[dict[str, Any]]) -> LastAccess:
    services = [item for page in pages for item in page.get("ServicesLastAccessed", ())]
    used = [item for item in services if item.get("LastAuthenticated")]
    unused = [item["ServiceNamespace"] for item in services if not item.get("LastAuthenticated")]
    job_at: datetime | None = pages[0].get("JobCompletionDate")
    return LastAccess(
        arn, str(pages[0].get("JobType", LEVEL)), job_at, tuple(map(_service, used)), tuple(sorted(unused))
    )


def _service(item: Mapping[str, Any]) -> ServiceUse:
    tracked = item.get("TrackedActionsLastAccessed", ())
    return ServiceUse(
        service=item["ServiceNamespace"],
        last_used_at=item["LastAuthenticated"],
        region=item.get("LastAuthenticatedRegion", ""),
        actions=tuple(
            ActionUse(one["ActionName"], one["LastAccessedTime"], one.get("LastAccessedRegion", ""))
            for one in tracked if one.get("LastAccessedTime")
        ),
        unused_actions=tuple(one["ActionName"] for one in tracked if not one.get("LastAccessedTime")),
    )  # fmt: skip
