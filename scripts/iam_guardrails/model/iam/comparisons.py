"""How one value of a request is compared with one value of a policy, for each family of operators.

Source: AWS IAM User Guide, reference_policies_elements_condition_operators: only the string and ARN operators take
policy variables; numbers are integers or decimals; dates are W3C ISO 8601 or seconds since 1970; an address without a
prefix length is one address, and an IPv4 address never lies in an IPv6 range. What cannot be read as the operator's
type is equal to nothing, less than nothing and greater than nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from iam_guardrails.model.iam.answers import Answer
from iam_guardrails.model.iam.match import arn_match, glob_match
from iam_guardrails.model.iam.pattern import fits, fits_arn
from iam_guardrails.model.iam.request import Situation
from iam_guardrails.model.iam.variables import fill, has_variables

PLACES = 100  # of a number's decimals, and its longest length
_SCALE: int = 10**PLACES
_DIGITS = "[0-9]{2}"
_W3C = re.compile(
    f"[0-9]{{4}}-{_DIGITS}-{_DIGITS}(T{_DIGITS}:{_DIGITS}(:{_DIGITS}([.][0-9]+)?)?(Z|[+-]{_DIGITS}:?{_DIGITS})?)?"
)


def same_value(base: str, listed: str, value: str, situation: Situation, version: str) -> Answer:
    """Whether `value` of the request matches `listed` of the policy. base: an operator without its Not."""
    if base.startswith(("String", "Arn")):
        return _same_text(base, listed, value, situation, version)
    for family, compare in _FAMILIES:
        if base.startswith(family):
            return compare(base.removeprefix(family), listed, value)
    raise AssertionError(base)


def _same_text(base: str, listed: str, value: str, situation: Situation, version: str) -> Answer:
    if base == "StringEqualsIgnoreCase":
        listed, value = listed.lower(), value.lower()
    if not has_variables(listed, version):
        return _PLAIN[base](listed, value)
    filled = fill(listed, situation, version, wildcards=base in ("StringLike", "ArnLike", "ArnEquals"))
    if filled.tokens is None:
        return False
    tokens = filled.tokens
    if base == "StringEqualsIgnoreCase":
        tokens = [part for sign in tokens for part in ([sign] if len(sign) > 1 else sign.lower())]
    fitting = fits_arn(tokens, value) if base.startswith("Arn") else fits(tokens, value)
    return filled.open_keys if fitting and filled.open_keys else fitting


_PLAIN: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": str.__eq__, "StringEqualsIgnoreCase": str.__eq__, "StringLike": glob_match,
    "ArnEquals": arn_match, "ArnLike": arn_match,
}  # fmt: skip


def _same_bool(_how: str, listed: str, value: str) -> bool:
    return listed.lower() == value.lower() and value.lower() in ("true", "false")


def _compare(how: str, listed: int | None, value: int | None) -> bool:
    return listed is not None and value is not None and _HOW[how](value, listed)


_HOW: dict[str, Callable[[int, int], bool]] = {
    "Equals": int.__eq__, "LessThan": int.__lt__, "LessThanEquals": int.__le__,
    "GreaterThan": int.__gt__, "GreaterThanEquals": int.__ge__,
}  # fmt: skip


def read_number(text: str) -> int | None:
    """An integer or a decimal times 10**100, which is exact; None where the text is neither, or longer than that."""
    text = text.strip()
    digits = text[1:] if text[:1] in ("-", "+") else text
    whole, point, part = digits.partition(".")
    plain = (whole + part).isascii() and (whole + part).isdigit() and len(digits) <= PLACES
    if not plain or (point and not part):
        return None
    scaled = int(whole + part.ljust(PLACES, "0"))
    return -scaled if text[0] == "-" else scaled


@lru_cache(maxsize=256)  # every request of a judgement holds the same time
def read_date(text: str) -> int | None:
    """Seconds since 1970, times 10**100, of a W3C ISO 8601 date (UTC where it names no zone) or of such a number."""
    year_alone = len(text) == 4 and text.isdigit()
    if not year_alone and (seconds := read_number(text)) is not None:
        return seconds
    full = {4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text).upper()
    if not _W3C.fullmatch(full):
        return None
    from datetime import UTC, datetime

    try:
        moment = datetime.fromisoformat(full)
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return int(since.days * 86400 + since.seconds) * _SCALE + since.microseconds * (_SCALE // 1_000_000)


def _same_address(_how: str, listed: str, value: str) -> bool:
    from ipaddress import ip_address, ip_network  # here, because few policies name addresses

    try:
        address, network = ip_address(value), ip_network(listed, strict=False)
    except ValueError:
        return False
    return address.version == network.version and address in network


def _same_binary(_how: str, listed: str, value: str) -> bool:
    from base64 import b64decode

    try:
        return b64decode(listed, validate=True) == b64decode(value, validate=True)
    except ValueError:
        return False


_FAMILIES: tuple[tuple[str, Callable[[str, str, str], bool]], ...] = (
    ("Bool", _same_bool),
    ("Numeric", lambda how, listed, value: _compare(how, read_number(listed), read_number(value))),
    ("Date", lambda how, listed, value: _compare(how, read_date(listed), read_date(value))),
    ("IpAddress", _same_address),
    ("Binary", _same_binary),
)
