"""Who asks, and which condition keys follow from that alone.

Sources: AWS IAM User Guide, reference_policies_condition-keys (aws:username: "present … IAM user"; aws:userid;
aws:PrincipalTag) and id_session-tags (session tags go before the role's; to pass any, the trust policy must allow
sts:TagSession).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from iam_guardrails.model.iam.caller import PRESENT, UNKNOWN, Begins, Value
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.listed import Traits
from iam_guardrails.model.iam.match import names_action
from iam_guardrails.model.iam.principals import Estate, Principal
from iam_guardrails.model.iam.request import Request, Situation, situation_of
from iam_guardrails.model.iam.variables import has_variables, variables

TAG = "aws:principaltag/"
OWN = frozenset({"aws:principalarn", "aws:principaltype", "aws:userid", "aws:username"})


class Subject:
    """A user or a role as a policy's conditions see it; worked out when the first statement asks.

    estate, principal: where it stands, and what gives it; None for any principal of the account, of which nothing is
    known.
    """

    __slots__ = ("_estate", "_known", "_principal", "arn")

    def __init__(
        self, arn: str, estate: Estate | None = None, principal: Callable[[], Principal | Traits] | None = None
    ) -> None:  # fmt: skip
        self.arn, self._estate, self._principal = arn, estate, principal
        self._known: tuple[Mapping[str, Value], bool] | None = None

    @property
    def context(self) -> Mapping[str, Value]:
        """Condition keys (lower case) that follow from it."""
        return self._facts[0]

    @property
    def tags_are_certain(self) -> bool:
        """Whether it has no other tags than its own, so that a tag that it lacks is absent."""
        return self._facts[1]

    @property
    def _facts(self) -> tuple[Mapping[str, Value], bool]:
        if self._known is None:
            known = _facts(self._estate, self._principal()) if self._estate and self._principal else ({}, False)
            self._known = known
        return self._known

    def may_come_by(self, provider: str) -> bool:
        """Whether a session of it may be one that an identity provider vouched for; True where nobody tells."""
        if self._estate is None or self._principal is None:
            return True
        principal = self._principal()
        if principal.kind == "user":
            return False
        trust = None if principal.trust is None else self._estate.parsed(principal.trust)
        if not isinstance(trust, PolicyDocument):
            return True
        return any(item.kind == "Federated" and (provider == "*" or item.value in ("*", provider))
                   for each in trust.statements if each.effect == "Allow" for item in each.principals)  # fmt: skip

    def value(self, key: str) -> Value:
        """The value of one of the keys that `depends_on_subject` names; aws:PrincipalArn is the ARN itself."""
        if key in self.context:
            return self.context[key]
        return None if self.tags_are_certain and key.startswith(TAG) else UNKNOWN

    def situation(self, action: str, resource: str, more: Mapping[str, Value], keys: tuple[str, ...]) -> Situation:
        """The request of this subject. keys: what the statements at hand ask about the subject."""
        tags = {key: self.value(key) for key in keys if key.startswith(TAG)}
        return situation_of(Request(self.arn, action, resource, {**self.context, **tags, **more}, False))


def subject_of(estate: Estate, principal: Principal) -> Subject:
    """What follows from a user or a role. A role whose trust policy lets callers bring tags has uncertain tags."""
    return Subject(principal.arn, estate, lambda: principal)


def _facts(estate: Estate, principal: Principal | Traits) -> tuple[Mapping[str, Value], bool]:
    tags = principal.tags
    if principal.kind == "user":
        context: dict[str, Value] = {f"{TAG}{key.lower()}": (value,) for key, value in tags}
        if principal.unique_id:
            context["aws:userid"] = (principal.unique_id,)
        return context, True
    certain = not _brings_tags(estate, principal)
    context = dict[str, Value]({f"{TAG}{key.lower()}": (value,) if certain else PRESENT for key, value in tags})
    if principal.unique_id:
        context["aws:userid"] = Begins(f"{principal.unique_id}:")
    return {**context, "aws:username": None}, certain


def _brings_tags(estate: Estate, role: Principal | Traits) -> bool:
    """Whether the role's trust policy lets anybody pass session tags; True where that is not known."""
    listed = role.trust.get("Statement") if isinstance(role.trust, dict) else None
    if type(listed) is list and all(_is_plain(item) for item in listed):
        return any(_names_tagging((item["Action"],)) for item in listed)  # a glance, without parsing it
    trust = None if role.trust is None else estate.parsed(role.trust)
    if not isinstance(trust, PolicyDocument):
        return True
    return any(_lets_tag(item) for item in trust.statements)


def _is_plain(item: object) -> bool:
    return type(item) is dict and item.get("Effect") == "Allow" and type(item.get("Action")) is str


@lru_cache(maxsize=4096)
def _names_tagging(actions: tuple[str, ...]) -> bool:
    return names_action(actions, "sts:TagSession")


def _lets_tag(statement: Statement) -> bool:
    if statement.effect != "Allow":
        return False
    if statement.not_actions:
        return not _names_tagging(statement.not_actions)
    return _names_tagging(statement.actions)


def asks_about(statement: Statement, version: str) -> set[str]:
    """The condition keys (lower case) that a statement asks about, in conditions and variables."""
    found = {condition.key.lower() for condition in statement.conditions}
    for text in _texts(statement):
        if has_variables(text, version):
            found |= variables(text)
    return found


def asks_about_subject(statement: Statement, version: str) -> tuple[str, ...]:
    """Those of them whose values differ from principal to principal of one account."""
    return tuple(sorted(key for key in asks_about(statement, version) if key in OWN or key.startswith(TAG)))


def _texts(statement: Statement) -> Iterator[str]:
    yield from statement.resources
    yield from statement.not_resources
    for condition in statement.conditions:
        yield from condition.values
