"""The guarded things of an account: what silencing calls and changes of IAM name in their requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from iam_guardrails.model.value import frozen


@frozen
class Guarded:
    """One guarded thing.

    name: as a request names it (a name, an ARN or an id).  region: where it is, "" for the home Region.  label: for
    people, "" for its name.  within: what a request names besides: the log group of a filter, the ARN of a key.
    """

    name: str
    region: str = ""
    label: str = ""
    within: str = ""

    def called(self, home_region: str) -> str:
        """How a message calls it: by its name, with the Region where that is not home."""
        text = self.label or self.name.rpartition(":")[2]
        return f"{text} in {self.region}" if self.region not in ("", home_region) else text


@frozen
class Targets:
    """An account's guarded things, kind by kind; where it holds none of a kind, a stand-in is named.

    delivery_roles: those by which trails write to their log groups.  alarms, composites: metric and composite alarms
    that tell of CloudTrail's records.  topics: those that carry alerts.  keys: those of trails, log groups and topics.
    roles: break-glass.  policies: their boundaries.  users: their owners.
    """

    trails: tuple[Guarded, ...] = ()
    delivery_roles: tuple[Guarded, ...] = ()
    log_groups: tuple[Guarded, ...] = ()
    filters: tuple[Guarded, ...] = ()
    alarms: tuple[Guarded, ...] = ()
    composites: tuple[Guarded, ...] = ()
    topics: tuple[Guarded, ...] = ()
    keys: tuple[Guarded, ...] = ()
    rules: tuple[Guarded, ...] = ()
    recorders: tuple[Guarded, ...] = ()
    channels: tuple[Guarded, ...] = ()
    config_rules: tuple[Guarded, ...] = ()
    roles: tuple[Guarded, ...] = ()
    policies: tuple[Guarded, ...] = ()
    users: tuple[Guarded, ...] = ()

    def of(self, kind: str) -> tuple[Guarded, ...]:
        """The things of one kind."""
        found: Mapping[str, Any] = self.__dict__
        things: tuple[Guarded, ...] = found[kind]
        return things
