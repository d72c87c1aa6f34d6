"""What tree is wanted."""

from __future__ import annotations

from datetime import date, timedelta

from iam_guardrails.model.value import frozen

FIRST_ACCOUNT = "111122223333"


@frozen
class Wanted:
    """A tree to make.

    events: distinct events in the whole tree.  accounts, regions, days: over which they are spread, beginning on
    `first_day`.  per_file: events in a file, about.  security: how many events of the catalogue to plant, None for one
    in a hundred and at least eight.  sessions: break-glass sessions per account.  twice: the share of events that is
    delivered twice.  prefix, organization_id: of the keys.  trail: the trail's name, in the digests.  bucket: its
    bucket.  level: of gzip.  only_days: make only these (0 is the first); None for all.  rarer: rounds of what is
    seldom (see there) per account.  late: the share of a day's events that come a day or two later.  absent: (account,
    day) of which no file is delivered.
    """

    seed: int = 1
    events: int = 50
    accounts: tuple[str, ...] = (FIRST_ACCOUNT,)
    regions: tuple[str, ...] = ("us-east-1", "us-east-2")
    days: int = 1
    first_day: str = "2026-01-10"
    per_file: int = 57
    security: int | None = None
    sessions: int = 1
    twice: float = 0.01
    role_name: str = "prod-breakglass-admin"
    prefix: str = ""
    organization_id: str = ""
    trail: str = "prod-trail"
    bucket: str = "prod-trail-logs"
    level: int = 6
    only_days: tuple[int, ...] | None = None
    rarer: int = 0
    late: float = 0.0
    absent: tuple[tuple[str, int], ...] = ()

    def day(self, number: int) -> str:
        """YYYY-MM-DD of a day, counted from 0."""
        return (date.fromisoformat(self.first_day) + timedelta(days=number)).isoformat()

    def role_arn(self, account_id: str) -> str:
        """The break-glass role of an account."""
        return f"arn:aws:iam::{account_id}:role/emergency/{self.role_name}"

    def folder(self, account_id: str, kind: str) -> str:
        """The key's beginning up to the kind of file, with a slash at its end."""
        return "".join(f"{part}/" for part in (self.prefix, "AWSLogs", self.organization_id, account_id, kind) if part)
