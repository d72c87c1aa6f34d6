"""Policy documents and statement bodies in files of their own, read as strictly as AWS reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from iam_guardrails.adapters.files import read_text
from iam_guardrails.model.iam.document import PolicyDocument, PolicyError, Statement
from iam_guardrails.model.iam.grammar_check import CheckedKind, checked
from iam_guardrails.model.iam.policy_text import read_json
from iam_guardrails.model.problem import Problem

_PARTS = ("Sid", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition")


def read_policy(path: str, kind: CheckedKind, progress: Callable[[str], None]) -> PolicyDocument:
    """One policy; warnings go to `progress`. Raises Problem with the first thing that AWS would refuse."""
    try:
        document, warnings = checked(read_json(read_text(path, "the policy"), "the file"), kind, "the policy")
    except PolicyError as error:
        raise Problem(f"{path}: {error}") from None
    for text in warnings:
        progress(f"warning: {path}: {text}")
    return document


def read_statement(path: str, kind: CheckedKind, progress: Callable[[str], None]) -> Statement:
    """A statement without its Effect; what it does not speak of is anything. Raises Problem as `read_policy` does."""
    try:
        body = read_json(read_text(path, "the statement"), "the file")
        if not isinstance(body, Mapping):
            raise PolicyError("the statement is not an object with Action, Resource, Principal or Condition")
        unknown = sorted(str(key) for key in body if key not in _PARTS)
        if unknown:
            raise PolicyError(f"the statement has {unknown[0][:80]!r}; it may have {', '.join(_PARTS)}")
        whole = {**_defaults(body, kind), **body, "Effect": "Allow"}
        document, warnings = checked({"Version": "2012-10-17", "Statement": [whole]}, kind, "the statement")
    except PolicyError as error:
        raise Problem(f"{path}: {error}") from None
    for text in warnings:
        progress(f"warning: {path}: {text}")
    return document.statements[0]


def _defaults(body: Mapping[str, object], kind: CheckedKind) -> dict[str, object]:
    made: dict[str, object] = {}
    if "NotAction" not in body:
        made["Action"] = "sts:*" if kind == "trust" else "*"
    if "NotResource" not in body and kind != "trust":
        made["Resource"] = "*"
    if "NotPrincipal" not in body and kind != "identity":
        made["Principal"] = "*"
    return made
