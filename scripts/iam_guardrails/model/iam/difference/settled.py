"""What the principal itself settles of its policies: variables that stand for its own name, account, ARN and tags.

Source: AWS IAM User Guide, reference_policies_variables (the table of principal values) and
reference_policies_condition-keys (aws:username: of users alone).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iam_guardrails.model.iam.caller import USER, RequestError, read_caller
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject, Tags
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Statement
from iam_guardrails.model.iam.operators import read_operator
from iam_guardrails.model.iam.variables import NEWER
from iam_guardrails.model.value import changed

_VARIABLE = re.compile(r"\$\{\s*([^},]+?)\s*(?:,\s*([^}]*?)\s*)?\}")
_TAG = "aws:principaltag/"
_NO_ACCOUNT = "0" * 12  # stands for one that nobody tells


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


class _Values:
    """What variables stand for. tags: all that there are, None where others may be brought."""

    def __init__(self, values: Mapping[str, str], tags: Tags) -> None:
        self._values = {**values, **{f"{_TAG}{key}": _literal(value) for key, value in tags or ()}}
        self._all_tags = tags is not None

    def filled(self, texts: tuple[str, ...]) -> tuple[str, ...]:
        """The texts with what is known filled in, without those that hold a tag which is not there."""
        made = [_VARIABLE.sub(self._value, text) for text in texts]
        return tuple(text for text in made if not any(map(self._is_tag, _VARIABLE.finditer(text))))

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
    if document is None or document.version != NEWER:
        return held
    if not any("${" in text for item in document.statements for text in _texts(item)):
        return held
    made = tuple(found for item in document.statements if (found := _statement(item, values)))
    return changed(held, document=PolicyDocument(made, document.version))


def _texts(item: Statement) -> Iterator[str]:
    yield from (*item.resources, *item.not_resources)
    for one in item.conditions:
        yield from one.values


def _statement(item: Statement, values: _Values) -> Statement | None:
    """The statement as it is for the principal; None where it is about nothing."""
    kept, spared = values.filled(item.resources), values.filled(item.not_resources)
    if item.resources and not kept:
        return None
    if item.not_resources and not spared:
        kept = ("*",)
    conditions = tuple(_condition(one, values) for one in item.conditions)
    return changed(item, resources=kept, not_resources=spared, conditions=conditions)


def _condition(item: Condition, values: _Values) -> Condition:
    operator = read_operator(item.operator)
    takes_variables = operator is not None and operator.base.startswith(("String", "Arn"))
    return changed(item, values=values.filled(item.values)) if takes_variables else item
