"""The company's months of CloudTrail, in the bucket of the trail, in files as AWS delivers them.

Source for keys and files: AWS CloudTrail User Guide, "Finding your CloudTrail log files"; for the records of
AssumeRole by services, roles, other accounts and identity providers, AWS IAM User Guide, cloudtrail-integration.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from iam_guardrails.adapters.aws import session
from iam_guardrails.adapters.company.parts import ACCOUNT_ID, REGION, Assumption, Call, Company
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.trail.assuming import assume
from iam_guardrails.model.trail.record import Place, call, numbered
from iam_guardrails.model.trail.record import session as role_session
from iam_guardrails.model.trail.regions import regions_of

DAYS = 62
"""A month that is reviewed, and one before it that says what is usual."""
Record = dict[str, Any]
_READS = ("Get", "List", "Describe")
_HOME, _GLOBAL = Place(ACCOUNT_ID, REGION), Place(ACCOUNT_ID, REGION).everywhere


def history_place(environ: Mapping[str, str]) -> tuple[str, str]:
    """The bucket and the folder of the trail's files. environ: signs in to the embedded AWS.

    Raises Problem where the account has no trail yet, and botocore's ClientError.
    """
    trails = session(environ, REGION).client("cloudtrail", region_name=REGION).describe_trails()["trailList"]
    if not trails:
        raise Problem("the account has no trail yet; apply the environment first, with --sandbox")
    return trails[0]["S3BucketName"], f"{trails[0].get('S3KeyPrefix', '')}/AWSLogs".lstrip("/")


def write_history(environ: Mapping[str, str], company: Company, now: datetime) -> str:
    """Write them; returns what `--source` calls the place. environ: signs in to the embedded AWS.  now: UTC.

    Raises as history_place.
    """
    bucket, folder = history_place(environ)
    s3 = session(environ, REGION).client("s3", region_name=REGION)
    for key, content in _files(folder, company, now):
        s3.put_object(Bucket=bucket, Key=key, Body=gzip.compress(json.dumps(content).encode(), 1, mtime=0))
    return f"s3://{bucket}/{folder}"


def _files(folder: str, company: Company, now: datetime) -> Iterator[tuple[str, Record]]:
    """One file for each day and Region, and a digest of every Region; CloudTrail would write more, each with less in
    it."""
    for days in range(DAYS, 0, -1):
        midnight = (now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
        found: dict[str, list[Record]] = {}
        for number, record in enumerate(_records(company, days)):
            at = midnight + timedelta(seconds=8 * 3600 + number * 97)
            made = numbered(record | {"eventTime": f"{at:%Y-%m-%dT%H:%M:%SZ}"}, f"{at} {number}", f"{at} {number}")
            found.setdefault(str(record["awsRegion"]), []).append(made)
        yield from _digests(folder, midnight)
        for region, records in found.items():
            name = f"{ACCOUNT_ID}_CloudTrail_{region}_{midnight:%Y%m%d}T2355Z_{days:016d}.json.gz"
            yield f"{folder}/{ACCOUNT_ID}/CloudTrail/{region}/{midnight:%Y/%m/%d}/{name}", {"Records": records}


def _digests(folder: str, midnight: datetime) -> Iterator[tuple[str, Record]]:
    """What says that a Region was watched on a day on which nothing was done there."""
    for region in regions_of("aws"):
        name = f"{ACCOUNT_ID}_CloudTrail-Digest_{region}_trail_{REGION}_{midnight:%Y%m%d}T235500Z.json.gz"
        key = f"{folder}/{ACCOUNT_ID}/CloudTrail-Digest/{region}/{midnight:%Y/%m/%d}/{name}"
        yield key, {"awsAccountId": ACCOUNT_ID, "logFiles": []}


def _records(company: Company, days: int) -> Iterator[Record]:
    """What happened on the day that is so many days ago."""
    for one in company.assumptions:
        if days in one.days:
            yield _assumption(one)
    for made in company.calls:
        if days in made.days:
            yield _call(made)


def _assumption(one: Assumption) -> Record:
    if one.kind == "service":
        caller: Record = {"type": "AWSService", "invokedBy": one.by}
    elif one.kind == "account":
        caller = {"type": "AWSAccount", "principalId": f"AROAEXAMPLEVENDOR{one.by[:4]}:session", "accountId": one.by}
    elif one.kind == "web":
        provider = f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/token.actions.githubusercontent.com"
        caller = {"type": "WebIdentityUser", "principalId": f"{provider}:sts.amazonaws.com:{one.by}",
                  "userName": one.by, "identityProvider": provider}  # fmt: skip
    else:
        caller = role_session(one.by, _HOME, "session")
    made = assume(one.role, _HOME, caller, session_name="session", incident="")
    return made | ({"eventName": "AssumeRoleWithWebIdentity"} if one.kind == "web" else {})


def _call(one: Call) -> Record:
    service, _, action = one.action.partition(":")
    place = _GLOBAL if service == "iam" else _HOME
    name = one.by.rpartition("/")[2]
    user = {"type": "IAMUser", "principalId": "AIDAEXAMPLEUSER00002", "accountId": ACCOUNT_ID, "arn": one.by,
            "userName": name, "accessKeyId": "ASIAEXAMPLE000000003"}  # fmt: skip
    caller = user if ":user/" in one.by else role_session(one.by, place, "session")
    return call(service, action, place, caller, one.parameters or None, read_only=action.startswith(_READS))
