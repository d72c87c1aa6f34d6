"""CloudTrail's files of chosen uses of a break-glass role, beside the everyday traffic of a whole tree."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from iam_guardrails.model.trail.assuming import assume, iam_user, identity_center, mfa_device
from iam_guardrails.model.trail.record import TIME, Place, call, console, session
from tests.trail_history.everyday_calls import uuid_of

Record = dict[str, Any]


class Uses:
    """Records, made one after another; `write` puts them into a folder as CloudTrail does, a file for each hour.

    place: where calls are made.  role: ARN of the role.  Each record has an id of its own, "…-n" in order.
    """

    def __init__(self, place: Place, role: str) -> None:
        self.place, self.role = place, role
        self.records: list[Record] = []

    def add(self, record: Record, at: datetime, **more: Any) -> str:
        """Put a record at a time; returns its event id."""
        made = json.loads(json.dumps(record).replace(TIME, f"{at:%Y-%m-%dT%H:%M:%SZ}")) | more
        made["eventID"] = uuid_of(10**30 + len(self.records))
        self.records.append(made)
        return str(made["eventID"])

    def enter(self, at: datetime, incident: str, name: str = "owner", key: str = "", minutes: int = 30) -> str:
        """An entry by an IAM user; `key` is the access key id that the session gets."""
        user = iam_user(self.place, name)
        made = assume(
            self.role, self.place, user, session_name=name, incident=incident, mfa_device=mfa_device(self.place)
        )
        return self.add(self._given(made, key, at, minutes), at)

    def enter_by_center(self, at: datetime, incident: str, user: str) -> str:
        """An entry by a user of Identity Center."""
        made = assume(
            self.role, self.place, identity_center(self.place, user=user), session_name=user, incident=incident
        )
        return self.add(self._given(made, "", at, 30), at)

    def _given(self, made: Record, key: str, at: datetime, minutes: int) -> Record:
        given = made["responseElements"]["credentials"]
        given["accessKeyId"] = key or f"ASIA{len(self.records):016d}"
        given["expiration"] = f"{at + timedelta(minutes=minutes):%b %d, %Y, %I:%M:%S %p}"
        return made

    def switch(self, at: datetime, name: str = "owner") -> tuple[str, str]:
        """A switch of role in the console: the AssumeRole that AWS makes, and the sign-in record."""
        made = assume(self.role, self.place, iam_user(self.place, name), session_name=name, incident="")
        made |= {"sourceIPAddress": "AWS Internal", "userAgent": "AWS Internal"}
        bare = {k: v for k, v in self.inside(name).items() if k not in ("sessionContext", "accessKeyId")}
        told = console("SwitchRole", self.place.everywhere, bare, {"SwitchFrom": iam_user(self.place, name)["arn"]})
        return self.add(self._given(made, "", at, 60), at), self.add(told, at + timedelta(seconds=2))

    def refuse(self, at: datetime, name: str = "owner") -> str:
        """A denied entry, as AWS writes it: only the message names the role."""
        user = iam_user(self.place, name)
        message = f"User: {user['arn']} is not authorized to perform: sts:AssumeRole on resource: {self.role}"
        made = call("sts", "AssumeRole", self.place, user, None, read_only=True)
        return self.add(made | {"errorCode": "AccessDenied", "errorMessage": message}, at)

    def inside(self, name: str = "owner", incident: str = "", key: str = "", role: str = "") -> Record:
        """The userIdentity of a session."""
        return session(role or self.role, self.place, name, incident) | ({"accessKeyId": key} if key else {})

    def do(self, at: datetime, service: str, action: str, who: Record, **more: Any) -> str:
        """A call in a session."""
        reads = action.startswith(("Get", "List", "Describe"))
        return self.add(call(service, action, self.place, who, {}, read_only=reads), at, **more)

    def go_on(self, at: datetime, role: str, who: Record, key: str) -> str:
        """A session assumes another role, of which it gets the access key id `key`."""
        made = assume(role, self.place, who, session_name="onward", incident="")
        made["responseElements"]["credentials"]["accessKeyId"] = key
        return self.add(made, at)

    def write(self, folder: Path) -> None:
        """Write files as CloudTrail names them."""
        hours: dict[tuple[str, str], list[Record]] = defaultdict(list)
        for record in self.records:
            hours[record["awsRegion"], record["eventTime"][:13]].append(record)
        account = self.place.account_id
        for number, ((region, hour), found) in enumerate(sorted(hours.items())):
            day = datetime.fromisoformat(hour[:10])
            name = f"{account}_CloudTrail_{region}_{day:%Y%m%d}T{hour[11:13]}59Z_{number:016d}.json.gz"
            path = folder / f"AWSLogs/{account}/CloudTrail/{region}/{day:%Y/%m/%d}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(gzip.compress(json.dumps({"Records": found}).encode(), mtime=0))
