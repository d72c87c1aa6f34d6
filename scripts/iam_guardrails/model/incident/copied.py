"""Whether the files in a folder reach to the end of a use. A folder holds what was copied into it until then.

Source: AWS CloudTrail User Guide, "CloudTrail log file name format" (a log file's name tells the minute in which it was
delivered) and cloudtrail-log-file-validation-digest-file-structure (a digest every hour, of every Region, also where
nothing is done).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from iam_guardrails.model.iam.revocation import REVOCATION_NAME
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.revoking import revocation_moment
from iam_guardrails.model.incident.step import ENTERED, Entered
from iam_guardrails.model.incident.window import ends_at, ends_by_itself, is_entry, revocations
from iam_guardrails.model.trail.answer import Coverage
from iam_guardrails.model.trail.object_keys import rfc3339
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.trail.questions.records import Record

_MINUTE = timedelta(seconds=59)
"""Names of log files tell no seconds."""
MOST_NAMED = 3
_Cut = tuple[tuple[str, str], datetime, datetime]
"""A role, when the sessions of it were ended, and before which moment they were begun."""
AGAIN = (
    "copy them again (a Region in which nothing is done gets a digest every hour, where the trail makes any), or ask"
    " LookupEvents: --source lookup:REGION,…"
)


def copied_of(coverage: Coverage, account_id: str) -> tuple[tuple[str, str], ...]:
    """(Region, time, RFC 3339) up to which a folder's files of an account reach; () for other sources."""
    return tuple((region, rfc3339(time)) for owner, region, time in coverage.copied if owner == account_id)


def copied_notes(copied: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Up to when a folder's files reach; a sentence, or none for other sources."""
    first = min((time for _, time in copied), default="")
    return (f"the folder's files reach to {first}, and what came later is not in it",) if first else ()


def copied_gaps(copied: Iterable[tuple[str, str]], until: datetime) -> tuple[str, ...]:
    """Which Regions' files end too early; sentences. until: when the last record of the use had come."""
    early = [(region, time) for region, time in copied if datetime.fromisoformat(time) + _MINUTE < until]
    if not early:
        return ()
    named = ", ".join(f"{region} ({time})" for region, time in early[:MOST_NAMED])
    more = f" and {len(early) - MOST_NAMED} more" if len(early) > MOST_NAMED else ""
    return (
        "the newest files and digests in the folder are older than what CloudTrail may have delivered of this use until"
        f" {until:%Y-%m-%d %H:%M:%S} UTC, in {named}{more}: {AGAIN}",
    )


def lasted_until(mine: Sequence[Record], others: Sequence[Record], incident: Incident) -> datetime:
    """When the last session of a use ended, or at the latest may have: also those entered from it, and those that only
    CloudTrail knows. Revocations end them, as the record of the incident or CloudTrail tells.

    mine: the records of the use.  others: of what others changed.
    """
    known = {item.session_arn: item for item in incident.contents(ENTERED, Entered)}
    cuts = [*((of, min(at, before), before) for of, at, before in revocations(incident)),
            *_revocations((*mine, *others))]  # fmt: skip
    ends = [ends_at(incident)]
    for record in mine:
        if not is_entry(record) or record.outcome != "ok":
            continue
        if record.text("responseElements", "assumedRoleUser", "arn") in known:
            continue
        role, begun = role_name(record.text("requestParameters", "roleArn")), datetime.fromtimestamp(record.time, UTC)
        cut = [at for of, at, before in cuts if of == role and at >= begun and before > begun]
        ends.append(min([ends_by_itself(record), *cut]))
    if len(ends) == 1 and not known:
        return max(incident.due_at, *ends)  # nobody is known to have entered, so that somebody still may have
    return max(ends)


def _revocations(records: Iterable[Record]) -> Iterator[_Cut]:
    """Those that CloudTrail tells of, whoever wrote them."""
    for record in records:
        asked = ("requestParameters", "policyName")
        if record.action != "iam:PutRolePolicy" or record.outcome != "ok" or record.text(*asked) != REVOCATION_NAME:
            continue
        before = revocation_moment(record.text("requestParameters", "policyDocument"))
        if before:
            role = (record.account_id, record.text("requestParameters", "roleName"))
            yield role, datetime.fromtimestamp(record.time, UTC), before
