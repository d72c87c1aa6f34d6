"""The requests of roles, gathered from CloudTrail's records: each once, with when it was first and last seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from iam_guardrails.model.iam.tightening.calls import actions_of
from iam_guardrails.model.iam.tightening.implied import implied_by
from iam_guardrails.model.iam.tightening.resources import Told, resources_of
from iam_guardrails.model.trail.facts import SESSION, DayFacts
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.trail.questions.doubts import Doubts
from iam_guardrails.model.trail.questions.kept import each_in_passing
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.trail.questions.uses import refused
from iam_guardrails.model.value import field, frozen

_KMS = "kms.amazonaws.com "
MOST_RESOURCES = 20_000
"""Of one action of one role; what comes after counts as on any resource, which keeps the action wherever it is."""
LAST_ACCESSED = "last accessed data of IAM"


@frozen
class Observed:
    """One request of a role that AWS did not refuse.

    resource: an ARN, "" where the record does not tell it.  event: what was recorded, "source name".  why: of a
    permission that the call needed beside its own action, what tells so; else "".  first, last: seconds since 1970.
    """

    action: str
    resource: str
    event: str
    why: str
    first: int
    last: int


class Seen:
    """What one role did: its requests, the actions refused to it, and the services it called."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str, str], list[int]] = {}
        self._resources: dict[str, int] = {}
        self.refused: dict[str, int] = {}
        self.services: set[str] = set()
        self.last = 0

    def add(self, action: str, resource: str, event: str, why: str, when: int) -> None:
        """One request. A role that asks for more resources than can be kept has asked for any."""
        key = (action, resource, event, why)
        here = self._found.get(key)
        if here is not None:
            here[0], here[1] = min(here[0], when), max(here[1], when)
            return
        count = self._resources.get(action, 0)
        if resource and count >= MOST_RESOURCES:
            self.add(action, "", event, why, when)
            return
        self._resources[action] = count + 1
        self._found[key] = [when, when]

    def take(self, record: Record, account_id: str) -> None:
        """The requests of one record. account_id: the role's."""
        source, name = record.text("eventSource"), record.text("eventName")
        actions, event = actions_of(source, name), f"{source} {name}"
        if refused(record.text("errorCode")):
            for action in actions:
                self.refused[action] = max(self.refused.get(action, 0), record.time)
            return
        self.last = max(self.last, record.time)
        told = _told(record, account_id)
        for action in actions:
            self.services.add(action.partition(":")[0])
            for resource in resources_of(action, told) or ("",):
                self.add(action, resource, event, "", record.time)
        for item in implied_by(source, name, told.parameters):
            self.add(item.action, item.resource, event, item.why, record.time)

    def requests(self) -> tuple[Observed, ...]:
        """All of them, by action and resource."""
        return tuple(Observed(*key, first, last) for key, (first, last) in sorted(self._found.items()))


@frozen
class Gathered:
    """seen: by the role's ARN.  with_keys: whether anybody's call of AWS KMS is in the source.  doubts: about records.

    A trail can be told to leave out AWS KMS (AWS CloudTrail User Guide, "Logging management events"), and no account
    that uses keys goes long without such a call: where there is none, nothing is known of the use of keys.
    """

    seen: Mapping[str, Seen]
    with_keys: bool = True
    doubts: Doubts = field(default_factory=Doubts)


def gather(facts: Iterable[tuple[str, DayFacts]], roles: Mapping[tuple[str, str], str]) -> Gathered:
    """What each role did. roles: (account, name) -> ARN, those of which the facts keep everything."""
    found = {arn: Seen() for arn in roles.values()}
    doubts, with_keys = Doubts(), False

    def looked_at() -> Iterator[tuple[str, DayFacts]]:
        nonlocal with_keys
        for day, of_day in facts:
            with_keys = with_keys or any(use.startswith(_KMS) for uses in of_day.uses.values() for use in uses)
            yield day, of_day

    for record in each_in_passing(looked_at(), SESSION, doubts):
        name = role_name(record.principal)
        if name in roles:
            found[roles[name]].take(record, name[0])
    return Gathered(found, with_keys, doubts)


def _told(record: Record, account_id: str) -> Told:
    given: Any = record.content.get("requestParameters")
    listed: Any = record.content.get("resources")
    arns = [item.get("ARN") for item in listed if isinstance(item, Mapping)] if isinstance(listed, list) else []
    region = record.text("awsRegion")
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return Told(partition, region, account_id, given if isinstance(given, Mapping) else {},
                tuple(arn for arn in arns if isinstance(arn, str)))  # fmt: skip
