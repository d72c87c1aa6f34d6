"""How answers of AWS become states; the tables of kinds are made with these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from iam_guardrails.model.account import Account, ResourcePolicy
from iam_guardrails.model.incident.effects.kind import Answer, Ask, Names, State, given
from iam_guardrails.model.incident.effects.state import THERE, decoded, document, only
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.unknown import Unknown

Read = Callable[[Names, Sequence[Answer]], State]
Before = Callable[[Account, Names], State]


def exists() -> Read:
    """There, where the call was answered."""
    return lambda names, answers: _first(answers, lambda found: THERE)


def answered(state: Callable[[Mapping[str, Any]], State]) -> Read:
    """A state that an answer tells."""
    return lambda names, answers: _first(answers, state)


def at(path: str, default: Any = None, *, as_document: bool = False) -> Read:
    """The value that a path leads to; `default` where it leads nowhere."""

    def read(found: Mapping[str, Any]) -> State:
        value: Any = found
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        value = default if value is None else value
        return document(value) if as_document else value

    return lambda names, answers: _first(answers, read)


def member(path: str, key: str, name: str, state: Callable[[Mapping[str, Any]], State] | None = None) -> Read:
    """The member of a list whose `key` is the object's `name` (key "" for a list of texts): there, or its state."""

    def read_all(names: Names, answers: Sequence[Answer]) -> State:
        return _first(answers, lambda found: _among(found, names))

    def _among(found: Mapping[str, Any], names: Names) -> State:
        value: Any = found
        for part in path.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        for item in value or ():
            if (item if not key else item.get(key)) == names[name]:
                return state(item) if state else THERE
        return None

    return read_all


def settings(
    path: str, names_of: tuple[str, ...], key: str = "", name: str = "", *, json_of: tuple[str, ...] = ()
) -> Read:
    """Some settings of a thing: of what a path leads to, or of the member of that list whose `key` is its `name`."""

    def pick(found: Mapping[str, Any]) -> State:
        values = {part: decoded(value) if part in json_of else value for part, value in found.items()}
        return only(values, names_of)

    if key:
        return member(path, key, name, pick)

    def read(found: Mapping[str, Any]) -> State:
        value: Any = found
        for part in filter(None, path.split(".")):
            value = value.get(part) if isinstance(value, Mapping) else None
        return None if value is None else pick(value)

    return lambda names, answers: _first(answers, read)


def asked(operation: str, given_: Mapping[str, Any], read: Callable[[Mapping[str, Any]], State]) -> Any:
    """Content for a Remade: one question and what is read of its answer. given_: parameters, names in braces."""

    def content(names: Names, ask: Ask) -> State:
        found = ask(operation, given(given_, names))
        return read(found) if isinstance(found, Mapping) else found

    return content


def _first(answers: Sequence[Answer], read: Callable[[Mapping[str, Any]], State]) -> State:
    """The last answer decides; one before it that is none or refused decides for it."""
    for answer in answers[:-1]:
        if answer is None or isinstance(answer, Unknown):
            return answer
    last = answers[-1] if answers else Unknown("nothing was asked")
    return last if last is None or isinstance(last, Unknown) else read(last)


def written_document(path: str) -> Callable[[Write, Names], State]:
    """The policy document that a request holds."""

    def read(write: Write, names: Names) -> State:
        value = write.value(path)
        return Unknown("CloudTrail does not record the document") if value in (None, "") else document(value)

    return read


def written_value(path: str, otherwise: Any = None) -> Callable[[Write, Names], State]:
    """A value that a request holds."""

    def read(write: Write, names: Names) -> State:
        value = write.value(path)
        value = otherwise if value is None else value
        return Unknown("CloudTrail does not record the value") if value is None else value

    return read


def written_settings(names_of: tuple[str, ...], json_of: tuple[str, ...] = (), root: str = "") -> Any:
    """Some settings that a request holds, under the names that the API gives them."""

    def read(write: Write, names: Names) -> State:
        source: Any = write.value(root) if root else write.request
        if not isinstance(source, Mapping):
            return Unknown("CloudTrail does not record the settings")
        found = {_upper(key): value for key, value in source.items()} | dict(source)
        return only({key: decoded(value) if key in json_of else value for key, value in found.items()}, names_of)

    return read


def always(state: State) -> Callable[[Write, Names], State]:
    """One state, whatever the record says."""
    return lambda write, names: state


REGIONAL = ("metric_filters", "alarms", "event_rules", "config_recorders", "analyzers", "topics")
"""Kinds of which a thing stands in a capture only where its Region was asked; a trail shows in other Regions too."""


def of(
    kind: str, key: str, name: str, state: Callable[[Any, Names], State], *, regional: bool = False, whole: bool = True,
    also: Mapping[str, str] = MappingProxyType({}),
) -> Before:  # fmt: skip
    """The state in a capture: of the thing of that kind whose `key` is the object's `name`; None where there is none.

    regional: the thing is of one Region, which is among the names.  whole: captures hold every thing of that kind, so
    that one which is not there was not there.  also: further fields that must be the object's names.
    """
    wanted = {key: name, **also} | ({"region": "Region"} if regional else {})

    def read(account: Account, names: Names) -> State:
        for thing in getattr(account, kind):
            if all(getattr(thing, one) == names[other] for one, other in wanted.items()):
                return state(thing, names)
        for place, why in account.refused.items():
            if place.partition("@")[0] == kind:
                return Unknown(f"the capture lacks {kind}: {why}")
        if not whole or (regional and names["Region"] not in _regions(account)):
            return Unknown("the capture does not hold it")
        return None

    return read


def _regions(account: Account) -> set[str]:
    """The Regions in which a capture asked; one of an older version tells it by what it holds of them."""
    return {*account.regions} or {account.home_region} | {
        thing.region for kind in REGIONAL for thing in getattr(account, kind)
    }


def policy_before(kind: str, name: str, otherwise: Before | None = None) -> Before:
    """The policy of a secret or bucket in a capture, None where it had none. otherwise: where another kind may tell.

    name: which of the object's names is that of the secret or bucket, or its ARN, also without the last six letters
    that Secrets Manager puts behind a name.
    """

    def read(account: Account, names: Names) -> State:
        found = otherwise(account, names) if otherwise else Unknown("")
        if not isinstance(found, Unknown):
            return found
        for item in account.resource_policies:
            if (item.kind, item.region) in ((kind, ""), (kind, names["Region"])) and _is_named(item, names[name]):
                return document(item.policy)
        for place, why in account.refused.items():
            if place.partition("@")[0] == "resource_policies":
                return Unknown(f"the capture lacks {place}: {why}")
        return Unknown("the capture does not hold it")

    return read


def _is_named(item: ResourcePolicy, name: str) -> bool:
    return name in (item.arn, item.name) or (name.startswith("arn:") and item.arn.rpartition("-")[0] == name)


def inline(kind: str, key: str, policy: str) -> Before:
    """The inline policy of a role or user in a capture."""
    return of(kind, "name", key, lambda thing, names: _named(thing.inline_policies, names[policy]))


def _named(policies: Iterable[Any], name: str) -> State:
    return next((document(item.document) for item in policies if item.name == name), None)


def attached(kind: str, key: str) -> Before:
    """Whether a policy is attached in a capture."""

    def state(thing: Any, names: Names) -> State:
        if names["PolicyArn"] in thing.attached_policy_arns:
            return THERE
        return next((item for item in thing.attached_policy_arns if isinstance(item, Unknown)), None)

    return of(kind, "name", key, state)


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]
