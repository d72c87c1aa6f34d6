"""Which actions on which resources, and what is told of the resources: their policies and their keys.

Sources: AWS IAM User Guide, reference_policies_condition-keys (aws:ResourceAccount, aws:RequestedRegion); what an
action asks of the key stands in model.iam.reach.key_use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from iam_guardrails.model.iam.caller import LaterOrNone, Value
from iam_guardrails.model.iam.document import PolicyDocument
from iam_guardrails.model.iam.principals import Estate, Parsed
from iam_guardrails.model.iam.reach.key_use import NOT_TO_KMS, is_secret_value, is_unsure, key_context, needs
from iam_guardrails.model.iam.reach.leg import Asked
from iam_guardrails.model.iam.reach.universe import bits
from iam_guardrails.model.iam.trust import account_of
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import field, frozen

UNTOLD = Unknown("nobody told it")


@frozen
class Held:
    """What is told of one resource, or of one key.

    policy: its policy, None where it has none, Unknown where nobody told.  key: the ARN of the customer managed key
    that encrypts it, None for AWS's own key, Unknown where nobody told.  account_id: its owner, "" where the ARN tells.
    """

    policy: Parsed | None = UNTOLD
    key: str | Unknown | None = UNTOLD
    account_id: str = ""


_OF_IAM = Held(None, None)


@frozen
class Question:
    """Who can do one of `actions` on each of `resources`? told: ARN of a resource or a key -> what is told of it.

    scps, rcps: one entry per level, each with its policies; None where they are not looked at.  now: since when
    sessions begin that are asked about (ISO 8601); "" where nobody tells.
    """

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    told: Mapping[str, Held] = field(default_factory=dict)
    scps: tuple[tuple[PolicyDocument, ...], ...] | None = None
    rcps: tuple[tuple[PolicyDocument, ...], ...] | None = None
    exempt: frozenset[str] = frozenset()
    now: str = ""

    def held(self, resource: str) -> Held:
        """What is told of a resource. Users, groups and managed policies of IAM have no policy on them; a role has one
        that only assuming it asks for."""
        found = self.told.get(resource)
        if found is None:
            parts = resource.split(":", 5)
            is_assumed = parts[5].startswith("role/") and any(item.lower().startswith("sts:") for item in self.actions)
            found = Held(key=None) if parts[2] == "iam" and is_assumed else _OF_IAM if parts[2] == "iam" else Held()
        return found

    def goals(self) -> Iterator[tuple[str, str]]:
        """Each action with each resource: bit n of every mask is the n-th."""
        return ((action, resource) for action in self.actions for resource in self.resources)

    def asked(self) -> list[Asked]:
        """The requests themselves."""
        return [request(action, resource, self.owner(resource), now=self.now) for action, resource in self.goals()]

    def owner(self, resource: str) -> str:
        """The account that owns a resource, "" where nobody tells."""
        found = self.told.get(resource)
        return (found.account_id if found else "") or account_of(resource)

    def shut(self, account_id: str, among: int | None = None) -> int:
        """The goals (a mask) that nobody of an account reaches: values of another account's secrets under AWS's key.

        among: the goals that are looked at, all where there is none.

        Source: AWS Secrets Manager User Guide, auth-and-access_examples_cross: access from another account needs a
        customer managed key; the policy of aws/secretsmanager admits its own account alone.
        """
        found, size = 0, len(self.resources)
        for bit in range(len(self.actions) * size) if among is None else bits(among):
            action, resource = self.actions[bit // size], self.resources[bit % size]
            if is_secret_value(action) and self.held(resource).key is None:
                found |= 1 << bit if self.owner(resource) not in ("", account_id) else 0
        return found

    def key_legs(self, estate: Estate) -> list[list[Asked | None]]:
        """The requests to KMS that go with them; a request needs all that stand at its place."""
        depth = max((len(needs(action)) for action in self.actions), default=0)
        legs = []
        for number in range(depth):
            leg = [self._on_key(action, resource, number, estate) for action, resource in self.goals()]
            if any(leg):
                legs.append(leg)
        return legs

    def _on_key(self, action: str, resource: str, number: int, estate: Estate) -> Asked | None:
        needed, key = needs(action), self.held(resource).key
        if number >= len(needed) or not isinstance(key, str):
            return None
        context = key_context(action.partition(":")[0].lower(), resource, key, estate.account_id)
        return request(needed[number], key, self.owner(key), context, self.now)

    def unsure(self) -> int:
        """The goals (a mask) of which it is not known here what they ask of the resource's key."""
        return sum(
            1 << bit for bit, (action, resource) in enumerate(self.goals())
            if isinstance(self.held(resource).key, str) and is_unsure(action)
        )  # fmt: skip

    def not_told(self) -> dict[str, tuple[str, ...]]:
        """What is not judged -> the resources of which it is not."""
        found: dict[str, list[str]] = {}
        for resource in self.resources:
            for part in dict.fromkeys(part for action in self.actions for part in self.gaps(action, resource)):
                found.setdefault(part, []).append(resource)
        return {part: tuple(resources) for part, resources in found.items()}

    def gaps(self, action: str, resource: str) -> Iterator[str]:
        """What nobody told that the answer about one action on one resource hangs on."""
        held = self.held(resource)
        if isinstance(held.policy, Unknown):
            yield POLICY_GAP
        if not self.owner(resource):
            yield _OWNER
        if isinstance(held.key, Unknown) and needs(action):
            yield _KEY
        elif isinstance(held.key, str):
            if needs(action) and isinstance(self.held(held.key).policy, Unknown):
                yield _KEY_POLICY
            if is_unsure(action):
                yield _KEY_ACTION


POLICY_GAP = "the policy on the resource: a Deny there would take a yes away, an Allow there would turn a no into a yes"
_OWNER = "the account that owns the resource: it is taken for this account"
_KEY = "the key that encrypts it: with a customer managed key, permission on that key is needed as well"
_KEY_POLICY = "the policy of its key: permission on that key is needed as well, and nothing allows it but that policy"
_KEY_ACTION = "the key: which permission on it the action needs is not known here"


def request(
    action: str, resource: str, owner: str, more: Mapping[str, Value] | None = None, now: str = ""
) -> Asked:  # fmt: skip
    """A request with the keys that follow from its resource. now: see Question."""
    parts = resource.split(":", 5)
    facts = _facts(owner, parts[3] if len(parts) == 6 else "", action[:4].lower() == "kms:", now)
    return Asked(action, resource, {**more, **facts} if more else facts, owner)


@lru_cache
def _facts(owner: str, region: str, to_kms: bool, now: str) -> Mapping[str, Value]:
    """What follows from the owner, the region and the service; many resources have them in common."""
    found: dict[str, Value] = {} if to_kms else dict(NOT_TO_KMS)
    found |= {"aws:resourceaccount": (owner,)} if owner else {}
    found |= since(now)
    return {**found, "aws:requestedregion": (region,)} if region else found


def since(now: str) -> dict[str, Value]:
    """When the session of a caller began that begins now; a user may ask without one (aws:TokenIssueTime is absent)."""
    return {"aws:tokenissuetime": LaterOrNone(now)} if now else {}
