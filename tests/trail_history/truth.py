"""What is in a tree, by those who put it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.value import frozen


@frozen
class Planted:
    """An event of the catalogue or of every day.

    id, family: of the catalogue (family "everyday" for the others, "session" inside a break-glass session, "rarer" for
    what is seldom).  record: as written.
    """

    id: str
    family: str
    event_id: str
    account_id: str
    region: str
    time: str
    role_arn: str
    record: Mapping[str, Any]


@frozen
class Session:
    """One break-glass session: who entered, with which key, and the ids of the events done with it, in time order."""

    account_id: str
    role_arn: str
    user_arn: str
    source_identity: str
    access_key_id: str
    entry: str
    inside: tuple[str, ...]


@frozen
class Pair:
    """Both records of one AssumeRole from another account of the tree: the caller's account's and the role's."""

    shared_event_id: str
    caller: str
    called: str


class Truth:
    """Filled while the files are made; see the package's docstring. Times are as CloudTrail writes them."""

    def __init__(self) -> None:
        self.planted: list[Planted] = []
        self.sessions: list[Session] = []
        self.pairs: list[Pair] = []
        self.twice: list[str] = []
        self.last_used: dict[tuple[str, str, str, str], str] = {}
        self.keys: list[str] = []
        self.distinct = 0
        self.written = 0

    def ids(self, *families: str) -> set[str]:
        """The event ids of these families."""
        return {item.event_id for item in self.planted if item.family in families}

    def used(self, account: str, arn: str, service: str, action: str, time: str) -> None:
        """Note one use; only the last time is kept."""
        key = (account, arn, service, action)
        if time > self.last_used.get(key, ""):
            self.last_used[key] = time
