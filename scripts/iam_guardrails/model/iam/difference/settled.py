"""What the principal itself settles of its policies: variables that stand for its own name, account, ARN and tags, and
conditions on its tags.

Source: AWS IAM User Guide, reference_policies_variables (the table of principal values) and
reference_policies_condition-keys (aws:username: of users alone).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iam_guardrails.model.iam.answers import Answer, on
from iam_guardrails.model.iam.caller import USER, RequestError, Value, read_caller
from iam_guardrails.model.iam.conditions import condition_holds
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject, Tags
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Statement
from iam_guardrails.model.iam.operators import read_operator
from iam_guardrails.model.iam.request import Request, situation_of
from iam_guardrails.model.iam.variables import NEWER
from iam_guardrails.model.value import changed

_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*([^}]*?)\s*)?\}")
_TAG = "aws:principaltag/"
_NO_ACCOUNT = "0" * 12  # stands for one that nobody tells
TAGS_TOLD = "roles and users have the tags that the plan tells, and no others"
_SOMEBODY = "arn:aws:iam::000000000000:user/somebody"


def settled(subject: Subject) -> Subject:
    """The subject with such variables filled in on both sides; itself where it is no user or role of a known ARN.

    Tags are filled in where those of both sides are certain: who may bring another tag on one side alone has not lost,
    or gained, what its own tag gives.
    """
    if subject.kind != "identity" or not subject.arn:
        return subject
    try:
        caller = read_caller(subject.arn)
    except RequestError:
        return subject
    values = {"aws:username": caller.name} if caller.kind == USER else {}
    if caller.account_id not in ("", _NO_ACCOUNT):
        values |= {"aws:principalaccount": caller.account_id, "aws:principalarn": subject.arn}
    tags: tuple[Tags, Tags] = (None, None) if None in subject.tags else subject.tags
    old, new = (_side(side, _Values(values, one)) for side, one in zip((subject.old, subject.new), tags, strict=True))
    return changed(subject, old=old, new=new)


def assumed(subject: Subject) -> tuple[str, ...]:
    """What settling the subject takes for granted."""
    if subject.kind != "identity" or None in subject.tags:
        return ()
    held = [*subject.old.policies, *subject.new.policies, subject.old.boundary, subject.new.boundary]
    asks = any(_TAG in text.lower() for one in held if one and one.document
               for item in one.document.statements for text in _texts(item))  # fmt: skip
    return (TAGS_TOLD,) if asks else ()


class _Values:
    """What variables stand for. tags: all that there are, None where others may be brought."""

    def __init__(self, values: Mapping[str, str], tags: Tags) -> None:
        self._values = {**values, **{f"{_TAG}{key}": _literal(value) for key, value in tags or ()}}
        self._all_tags = tags is not None
        self._tags: dict[str, Value] = {f"{_TAG}{key}": (value,) for key, value in tags or ()}

    def filled(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """The texts with what is known filled in, without those that hold a tag which is not there."""
        made = [_VARIABLE.sub(self._value, text) for text in texts]
        return tuple(text for text in made if not any(map(self._is_tag, _VARIABLE.finditer(text))))

    def holds(self, item: Condition, version: str) -> Answer:
        """Whether a condition on a tag is met, its variables filled in; "depends" of any other."""
        key = item.key.lower()
        if not self._all_tags or not key.startswith(_TAG):
            return on(key)
        told = Request(_SOMEBODY, "sts:GetCallerIdentity", "*", {key: self._tags.get(key)}, False)
        return condition_holds(item, situation_of(told), version)

    def _value(self, found: re.Match[str]) -> str:
        default = found[2] or ""
        value = self._values.get(found[1].lower())
        if value is None and self._is_tag(found) and len(default) >= 2 and default[0] == default[-1] == "'":
            return _literal(default[1:-1])
        return found[0] if value is None else value

    def _is_tag(self, found: re.Match[str]) -> bool:
        """Whether it is a tag of which it is known whether it is there; once all are filled in, one that is not."""
        return self._all_tags and found[1].lower().startswith(_TAG)


def _literal(value: str) -> str:
    """A value as policies write it: `*`, `?` and `$` stand for themselves in `${…}`."""
    return "".join(f"${{{sign}}}" if sign in "*?$" else sign for sign in value)


def _side(side: Side, values: _Values) -> Side:
    boundary = side.boundary and _held(side.boundary, values)
    return Side(tuple(_held(held, values) for held in side.policies), boundary)


def _held(held: Held, values: _Values) -> Held:
    document = held.document
    if document is None:
        return held
    if not any("${" in text or text.lower().startswith(_TAG) for item in document.statements for text in _texts(item)):
        return held
    made = tuple(found for item in document.statements if (found := _statement(item, values, document.version)))
    return changed(held, document=PolicyDocument(made, document.version))


def _texts(item: Statement) -> Iterator[str]:
    yield from (*item.resources, *item.not_resources)
    for one in item.conditions:
        yield from (one.key, *one.values)


def _statement(item: Statement, values: _Values, version: str) -> Statement | None:
    """The statement as it is for the principal; None where it is about nothing, or a condition is never met."""
    kept, spared, conditions = item.resources, item.not_resources, item.conditions
    if version == NEWER:
        kept, spared = values.filled(kept), values.filled(spared)
        conditions = tuple(_condition(one, values) for one in conditions)
    if item.resources and not kept:
        return None
    if item.not_resources and not spared:
        kept = ("*",)
    answers = [values.holds(one, version) for one in conditions]
    if False in answers:
        return None
    left = tuple(one for one, answer in zip(conditions, answers, strict=True) if answer is not True)
    return changed(item, resources=kept, not_resources=spared, conditions=left)


def _condition(item: Condition, values: _Values) -> Condition:
    operator = read_operator(item.operator)
    takes_variables = operator is not None and operator.base.startswith(("String", "Arn"))
    return changed(item, values=values.filled(item.values)) if takes_variables else item
