"""Calls that AWS answered with an error of its own: nobody knows whether they were done.

Sources: EC2 API Reference, errors-overview (server errors: InternalError, InternalFailure, ServiceUnavailable,
Unavailable); the common errors of each service's API reference (HTTP status codes 5xx); AWS SDKs and Tools Reference
Guide, feature-retry-behavior (a request that timed out may have been done).
"""

from __future__ import annotations

import re

OK = "ok"
_SERVER = re.compile(
    r"^Server\.|Internal(?:Error|Failure|Exception|Server|Service)|Service(?:Failure|Unavailable)|ServerException"
    r"|(?:^|\.)Unavailable$|ServiceException$|Request(?:Time|Timed)[oO]ut|Dependency(?:Timeout|Failure)"
)


def is_unsure(error: str) -> bool:
    """Whether an error code of CloudTrail's tells that AWS failed, and so not that nothing was done."""
    return bool(_SERVER.search(error))


def may_be_done(outcome: str) -> bool:
    """Whether a call succeeded, or may have. outcome: "ok" or the error code."""
    return outcome == OK or is_unsure(outcome)
