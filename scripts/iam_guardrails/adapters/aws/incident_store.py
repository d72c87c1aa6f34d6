"""Records in an S3 bucket with Object Lock: each line an object of its own, written once.

`<prefix>/<environment>/incidents/<id>/000001.json` holds a line; a removal's stand likewise below `removals`, and a
signed review is one object below `reviews`. `<prefix>/<environment>/claims/000001.json` names the
incident that was opened as the first of the environment, and so on: whoever writes the next number has it, so that two
machines never open one each without one of them being told.

Sources: Amazon S3 User Guide, "Conditional requests" (If-None-Match: * refuses to overwrite, 412 or 409), "Object Lock"
(a locked version can be neither overwritten nor deleted; puts with a retention need a checksum).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from iam_guardrails.adapters.aws.errors import AwsError, code_of, fatal, sentence
from iam_guardrails.adapters.aws.session import Session
from iam_guardrails.model.incident.chain import line_of, read_steps
from iam_guardrails.model.incident.incident import Incident, incident_of
from iam_guardrails.model.incident.step import Step
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen

INCIDENTS = "incidents"
_TAKEN = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
_URL = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")


def parse(url: str) -> tuple[str, str]:
    """Bucket and prefix of "s3://bucket/prefix". Raises Problem."""
    found = _URL.fullmatch(url)
    if not found:
        raise Problem(f"{url[:200]!r} is no place for records: give s3://bucket or s3://bucket/prefix")
    return found[1], (found[2] or "").strip("/")


@frozen
class S3Store:
    """One environment's part of a store. region: where S3 is asked."""

    session: Session
    region: str
    bucket: str
    prefix: str
    environment: str

    @property
    def url(self) -> str:
        """Where it is."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")

    def claim(self, incident_id: str) -> Incident | None:
        """Ask for the next number of the environment; None where it is ours, else the incident that is open.

        Raises AwsError when the bucket does not answer.
        """
        claims = self._keys("claims")
        if claims:
            holder = str(json.loads(self._get(claims[-1]))["incident_id"])
            if holder == incident_id:
                return None
            there = self.load(holder)
            if there is None or there.is_open:
                return there or _nameless(holder)
        key = self._key("claims", f"{len(claims) + 1:06d}.json")
        if self._put(key, json.dumps({"incident_id": incident_id}) + "\n"):
            return None
        holder = str(json.loads(self._get(key))["incident_id"])
        return None if holder == incident_id else self.load(holder) or _nameless(holder)

    def send(self, incident_id: str, steps: Sequence[Step]) -> int:
        """Write the lines that are not there yet; returns how many. Raises Problem where another line is there."""
        return self.send_lines(INCIDENTS, incident_id, [line_of(item) for item in steps])

    def send_lines(self, folder: str, record: str, lines: Sequence[str]) -> int:
        """The same of any record. folder: of its kind.  lines: all of it, without their ends."""
        there = {key.rpartition("/")[2] for key in self._keys(f"{folder}/{record}")}
        sent = 0
        for number, line in enumerate(lines, start=1):
            name = f"{number:06d}.json"
            if name in there:
                continue
            key = self._key(f"{folder}/{record}", name)
            if not self._put(key, line + "\n") and self._get(key) != line + "\n":
                raise Problem(
                    f"s3://{self.bucket}/{key} holds another line {number} of {record}: two machines wrote the same"
                    f" record; compare them with: guardrails records verify {self.environment} --store {self.url}"
                )
            sent += 1
        return sent

    def text(self, incident_id: str) -> str:
        """The record as the store has it, "" where it has none. Raises AwsError."""
        return self.text_in(INCIDENTS, incident_id)

    def text_in(self, folder: str, record: str) -> str:
        """The same of any record."""
        return "".join(self._get(key) for key in self._keys(f"{folder}/{record}"))

    def ids(self) -> tuple[str, ...]:
        """The ids of all incidents the store knows. Raises AwsError."""
        return self.names(INCIDENTS)

    def names(self, folder: str) -> tuple[str, ...]:
        """The same of any kind of record."""
        start = len(self._key(folder, ""))
        return tuple(dict.fromkeys(key[start:].partition("/")[0] for key in self._keys(folder)))

    def load(self, incident_id: str) -> Incident | None:
        """An incident as the store has it; None where it has nothing whole of it. Raises AwsError."""
        steps, broken = read_steps(self.text(incident_id))
        return incident_of(steps, f"s3://{self.bucket}") if steps and not broken else None

    def sent_at(self, incident_id: str) -> datetime | None:
        """When S3 got the first line of a record (LastModified), None where it has none. Raises AwsError."""
        s3 = self.session.client("s3", region_name=self.region)
        prefix = self._key(f"incidents/{incident_id}", "")
        try:
            found = s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix, MaxKeys=1).get("Contents", ())
        except Exception as error:  # botocore's parser errors share no base class with the others
            raise self._lost("s3:ListBucket", error) from None
        at: datetime | None = found[0]["LastModified"].astimezone(UTC) if found else None
        return at

    def is_locked(self) -> bool:
        """Whether the bucket keeps what is written for a time by itself (a default retention). Raises AwsError."""
        s3 = self.session.client("s3", region_name=self.region)
        try:
            answer = s3.get_object_lock_configuration(Bucket=self.bucket)
        except Exception as error:  # botocore's parser errors share no base class with the others
            if code_of(error) in ("ObjectLockConfigurationNotFoundError", "404"):
                return False
            raise self._lost("s3:GetBucketObjectLockConfiguration", error) from None
        rule = answer.get("ObjectLockConfiguration", {}).get("Rule", {})
        return bool(rule.get("DefaultRetention"))

    def _key(self, folder: str, name: str) -> str:
        return "/".join(part for part in (self.prefix, self.environment, folder) if part) + f"/{name}"

    def _keys(self, folder: str) -> list[str]:
        s3 = self.session.client("s3", region_name=self.region)
        found: list[str] = []
        try:
            pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._key(folder, ""))
            for page in pages:
                found += [str(item["Key"]) for item in page.get("Contents", ())]
        except Exception as error:  # botocore's parser errors share no base class with the others
            raise self._lost("s3:ListBucket", error) from None
        return sorted(found)

    def _get(self, key: str) -> str:
        s3 = self.session.client("s3", region_name=self.region)
        try:
            data: bytes = s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except Exception as error:  # botocore's parser errors share no base class with the others
            raise self._lost("s3:GetObject", error) from None
        return data.decode("utf-8", "replace")

    def _put(self, key: str, text: str) -> bool:
        """Write an object that is not there yet; False where it is."""
        s3 = self.session.client("s3", region_name=self.region)
        given: dict[str, Any] = {"Bucket": self.bucket, "Key": key, "Body": text.encode(), "IfNoneMatch": "*",
                                 "ContentType": "application/json", "ChecksumAlgorithm": "SHA256"}  # fmt: skip
        try:
            s3.put_object(**given)
        except Exception as error:  # botocore's parser errors share no base class with the others
            if code_of(error) in _TAKEN:
                return False
            raise self._lost("s3:PutObject", error) from None
        return True

    def _lost(self, action: str, error: Exception) -> AwsError:
        known = fatal(action, self.region, error)
        return known or AwsError(f"{sentence(action, error)} for s3://{self.bucket}")


def _nameless(incident_id: str) -> Incident:
    """An incident that claimed its number and sent no line yet."""
    from iam_guardrails.model.incident.chain import new_step
    from iam_guardrails.model.incident.step import OPENED, Opened

    opened = Opened(incident_id, "", "", "", "somebody", "its record is not in the store yet", 1)
    return Incident(opened, (new_step((), datetime.fromtimestamp(0, UTC), OPENED, "", opened),))
