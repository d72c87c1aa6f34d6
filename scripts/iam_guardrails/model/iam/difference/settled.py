"""What the principal itself settles of its policies: variables that stand for its own name, account, ARN and tags.

Source: AWS IAM User Guide, reference_policies_variables (the table of principal values) and
reference_policies_condition-keys (aws:username: of users alone).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iam_guardrails.model.iam.caller import USER, RequestError, read_caller
from iam_guardrails.model.iam.difference.subject import Held, Side, Subject
from iam_guardrails.model.iam.document import Condition, PolicyDocument, Statement
from iam_guardrails.model.iam.operators import read_operator
from iam_guardrails.model.iam.variables import NEWER
from iam_guardrails.model.value import changed

_VARIABLE = re.compile(r"\$\{\s*([^},\s]+)\s*(?:,[^}]*)?\}")
_TAG = "aws:principaltag/"
_NO_ACCOUNT = "0" * 12  # stands for one that nobody tells


def settled(subject: Subject) -> Subject:
    """The subject with such variables filled in on both sides; itself where it is no user or role of a known ARN."""
    if subject.kind != "identity" or not subject.arn:
        return subject
    try:
        caller = read_caller(subject.arn)
    except RequestError:
        return subject
    values = {"aws:username": caller.name} if caller.kind == USER else {}
    if caller.account_id not in ("", _NO_ACCOUNT):
        values |= {"aws:principalaccount": caller.account_id, "aws:principalarn": subject.arn}
    sides = [_side(side, {**values, **{f"{_TAG}{key}": _literal(value) for key, value in tags}})
             for side, tags in zip((subject.old, subject.new), subject.tags, strict=True)]  # fmt: skip
    return changed(subject, old=sides[0], new=sides[1])


def _literal(value: str) -> str:
    """A value as policies write it: `*`, `?` and `$` stand for themselves in `${…}`."""
    return "".join(f"${{{sign}}}" if sign in "*?$" else sign for sign in value)


def _side(side: Side, values: Mapping[str, str]) -> Side:
    boundary = side.boundary and _held(side.boundary, values)
    return Side(tuple(_held(held, values) for held in side.policies), boundary)


def _held(held: Held, values: Mapping[str, str]) -> Held:
    document = held.document
    if document is None or document.version != NEWER:
        return held
    if not any("${" in text for item in document.statements for text in _texts(item)):
        return held
    made = tuple(_statement(item, values) for item in document.statements)
    return changed(held, document=PolicyDocument(made, document.version))


def _texts(item: Statement) -> Iterator[str]:
    yield from (*item.resources, *item.not_resources)
    for one in item.conditions:
        yield from one.values


def _statement(item: Statement, values: Mapping[str, str]) -> Statement:
    return changed(
        item, resources=_filled(item.resources, values), not_resources=_filled(item.not_resources, values),
        conditions=tuple(_condition(one, values) for one in item.conditions),
    )  # fmt: skip


def _condition(item: Condition, values: Mapping[str, str]) -> Condition:
    operator = read_operator(item.operator)
    takes_variables = operator is not None and operator.base.startswith(("String", "Arn"))
    return changed(item, values=_filled(item.values, values)) if takes_variables else item


def _filled(texts: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(_VARIABLE.sub(lambda found: values.get(found[1].lower(), found[0]), text) for text in texts)
