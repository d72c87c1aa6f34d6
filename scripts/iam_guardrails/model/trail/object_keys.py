"""The keys under which CloudTrail stores its files in S3.

Sources: AWS CloudTrail User Guide, "Finding your CloudTrail log files" (log files, organisation trails), "CloudTrail
log file name format" in "CloudTrail log file examples", "CloudTrail digest file structure" (digest and backfill digest
files), "Logging Insights events" (CloudTrail-Insight) and "Logging network activity events"
(CloudTrail-NetworkActivity); CloudTrail API Reference, CreateTrail (what a trail's name may hold).
"""

from __future__ import annotations

import re
from datetime import date

from iam_guardrails.model.value import frozen

LOG = "CloudTrail"
DIGEST = "CloudTrail-Digest"
INSIGHT = "CloudTrail-Insight"
NETWORK_ACTIVITY = "CloudTrail-NetworkActivity"

_REGION = r"[a-z]+(?:-[a-z]+)+-\d+"
_DAY = r"2\d{3}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_MINUTE = r"(?:[01]\d|2[0-3])[0-5]\d"
_NAME = re.compile(
    rf"(?P<account>\d{{12}})_(?P<kind>CloudTrail(?:-(?!Digest_)[A-Za-z]+)?)_(?P<region>{_REGION})"
    rf"_(?P<time>{_DAY}T{_MINUTE}Z)_(?P<unique>[A-Za-z0-9]+)\.json(?:\.gz)?",
    re.ASCII,
)
_DIGEST_NAME = re.compile(
    rf"(?P<account>\d{{12}})_CloudTrail-Digest_(?P<region>{_REGION})_(?P<trail>[A-Za-z0-9._-]+)_(?P<home>{_REGION})"
    rf"_(?P<time>{_DAY}T{_MINUTE}[0-5]\dZ)(?P<backfill>_backfill)?\.json(?:\.gz)?",
    re.ASCII,
)
_FOLDERS = re.compile(
    rf"(?:(?P<prefix>.*)/)?AWSLogs/(?:(?P<organization>o-[a-z0-9]{{10,32}})/)?(?P<account>\d{{12}})"
    rf"/(?P<kind>CloudTrail(?:-[A-Za-z]+)?)/(?P<region>{_REGION})/(?P<day>\d{{4}}/\d{{2}}/\d{{2}})",
    re.ASCII | re.DOTALL,
)


@frozen
class TrailKey:
    """What a key says.

    kind: the folder's name, e.g. LOG or DIGEST.  day: YYYY-MM-DD, time: YYYY-MM-DDTHH:MM:SSZ, both of the file's name
    (when a log file was delivered, the end of a digest's hour).  unique: what tells log files of one minute apart.
    organization_id, prefix: from the folders; "" where there are none.  trail_name, home_region, backfill: of digest
    files.  in_place: whether the folders are complete and agree with the name; False for a file moved elsewhere, or in
    a folder that begins below AWSLogs.
    """

    kind: str
    account_id: str
    region: str
    day: str
    time: str
    unique: str = ""
    organization_id: str = ""
    prefix: str = ""
    trail_name: str = ""
    home_region: str = ""
    backfill: bool = False
    in_place: bool = False


def parse_key(key: str) -> TrailKey | None:
    """What a key says, or None for one that CloudTrail did not make.

    The name of a file says all but the organisation, so a file in the wrong folder, and one in a copy that begins
    somewhere below AWSLogs, is still known; `in_place` tells.
    """
    folders, _slash, name = key.rpartition("/")
    found = _DIGEST_NAME.fullmatch(name) or _NAME.fullmatch(name)
    if not found:
        return None
    said = found.groupdict()
    time = rfc3339(said["time"])
    try:
        date.fromisoformat(time[:10])
    except ValueError:  # the 30th of February
        return None
    kind = said.get("kind") or DIGEST
    where = _FOLDERS.fullmatch(folders)
    agrees = where is not None and (
        (where["account"], where["kind"], where["region"], where["day"].replace("/", "-"))
        == (said["account"], kind, said["region"], time[:10])
    )
    return TrailKey(
        kind, said["account"], said["region"], time[:10], time, said.get("unique") or "",
        (where["organization"] or "") if where else "", (where["prefix"] or "") if where else "",
        said.get("trail") or "", said.get("home") or "", bool(said.get("backfill")), agrees,
    )  # fmt: skip


def rfc3339(text: str) -> str:
    """20260115T0930Z or 20260115T093059Z as 2026-01-15T09:30:00Z."""
    seconds = text[13:15] if len(text) > 14 else "00"
    return f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[9:11]}:{text[11:13]}:{seconds}Z"
