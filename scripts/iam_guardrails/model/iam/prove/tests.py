"""Conditions taken apart for the prover: one test is one operator with its values on one key.

Source: AWS IAM User Guide, reference_policies_elements_condition_operators and
reference_policies_condition-single-vs-multi-valued-context-keys (which keys hold several values).
"""

from __future__ import annotations

import re

from iam_guardrails.model.iam.condition_check import wrong_value
from iam_guardrails.model.iam.document import Condition
from iam_guardrails.model.iam.keys import ARRAYS
from iam_guardrails.model.iam.keys import MULTIVALUED as SEVERAL
from iam_guardrails.model.iam.prove.automaton import OverBudget
from iam_guardrails.model.iam.request import ALWAYS
from iam_guardrails.model.value import changed, frozen

_ORDER = ("Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
_TEXT = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "Bool", "BinaryEquals")
_KNOWN = frozenset((*_TEXT, "Null", "IpAddress", *(kind + how for kind in ("Numeric", "Date") for how in _ORDER)))
_NEVER_NEGATED = frozenset(("Null", "Bool", "BinaryEquals", *(kind + how for kind in ("Numeric", "Date")
                                                           for how in _ORDER[1:])))  # fmt: skip
_OPERATOR = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?")

ONE = frozenset(
    {
        "aws:multifactorauthpresent", "aws:multifactorauthage", "aws:sourceip", "aws:currenttime", "aws:epochtime",
        "aws:principalorgid", "aws:userid", "aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid",
        "aws:requestedregion", "aws:referer",
        "aws:securetransport", "aws:useragent", "aws:tokenissuetime", "aws:viaawsservice",
        "aws:sourcevpc", "aws:sourcevpce", "aws:resourceaccount", "aws:resourceorgid", "sts:externalid",
        "sts:rolesessionname", "sts:sourceidentity", "aws:sourceidentity", "iam:passedtoservice", "iam:policyarn",
        "iam:permissionsboundary", "s3:prefix", "s3:max-keys", "s3:x-amz-acl",
    }
)  # fmt: skip
ONE_TAGGED = ("aws:principaltag/", "aws:requesttag/", "aws:resourcetag/", "iam:resourcetag/", "ec2:resourcetag/")
# texts that somebody has written, which nothing keeps from being no number, date or address (Service Authorization
# Reference: type String; IAM User Guide, id_tags: free text); of some of them the caller is the one who writes
_TAGGED = re.compile(r"[a-z0-9-]+:[a-z]*tag/")
_WRITTEN = frozenset({"sts:externalid", "sts:rolesessionname", "sts:sourceidentity", "aws:sourceidentity",
                      "aws:useragent", "aws:referer", "aws:userid", "s3:prefix"})  # fmt: skip
TRUTHS = frozenset({"aws:multifactorauthpresent", "aws:securetransport", "aws:viaawsservice"})


@frozen
class Test:
    """base: the operator without Not, set prefix and IfExists.  wanted: the values, as the policy has them."""

    base: str
    negated: bool
    quantifier: str
    if_exists: bool
    wanted: tuple[str, ...]
    version: str

    @property
    def family(self) -> str:
        """What its values are: "null", "number", "date", "address" or "text"."""
        for start, name in (("Null", "null"), ("Numeric", "number"), ("Date", "date"), ("Ip", "address")):
            if self.base.startswith(start):
                return name
        return "text"


class Unreadable(OverBudget):
    """The policy holds something that AWS does not define, so nothing is proven about it."""


def read_test(condition: Condition, version: str) -> Test:
    """The test of a condition. Raises Unreadable for an operator that AWS does not know."""
    found = _OPERATOR.fullmatch(condition.operator)
    quantifier, base, if_exists = found.groups() if found else (None, "", None)
    plain = base.replace("Not", "", 1)
    wrong = plain not in _KNOWN or (plain != base and plain in _NEVER_NEGATED) or (plain == "Null" and if_exists)
    if wrong or (plain == "Null" and quantifier):
        raise Unreadable(f"AWS knows no condition operator {condition.operator}")
    return Test(plain, plain != base, quantifier or "", bool(if_exists), condition.values, version)


def as_date(test: Test) -> Test:
    """A comparison of seconds since 1970 as one of dates; what is no number stays out, and four digits are no year."""
    if test.family != "number":
        return test
    numbers = tuple(f"{text.strip()}.0" if text.strip().isdecimal() else text for text in test.wanted
                    if not wrong_value(test.base, text))  # fmt: skip
    return changed(test, base=test.base.replace("Numeric", "Date"), wanted=numbers)


def several(key: str, tests: list[Test]) -> bool:
    """Whether the key may hold several values: it is known for it, or not known and used with a set operator."""
    if key in SEVERAL or key in ARRAYS:
        return True
    return not holds_one(key) and any(test.quantifier for test in tests)


def holds_one(key: str) -> bool:
    """Whether the key is known to hold one value."""
    return key in ONE or key.startswith(ONE_TAGGED)


def is_free_text(key: str) -> bool:
    """Whether the values of the key are texts of somebody's own, whatever a policy compares them with."""
    return key in _WRITTEN or _TAGGED.match(key) is not None


__all__ = ["ALWAYS", "ONE", "SEVERAL", "TRUTHS", "Test", "Unreadable", "as_date", "holds_one",
           "is_free_text", "read_test", "several"]  # fmt: skip
