"""Numbers, dates and addresses: examples that stand for every value as far as a policy's comparisons go.

Between two neighbouring limits all numbers compare alike, so the limits, one value in each gap and one beyond each end
are all there is; for addresses the same holds of the first address of a range and the first behind it.
Source: AWS IAM User Guide, reference_policies_elements_condition_operators.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

_NUMBER = re.compile(r"[+-]?(?P<digits>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
_DATE = re.compile(  # of W3C's profile of ISO 8601: no weeks, no blank
    r"(?a:\d{4}-\d\d-\d\d)(?:T(?a:\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?a:Z|[+-]\d\d:?\d\d)?)?"
)
_HOW: dict[str, Callable[[Fraction, Fraction], bool]] = {
    "Equals": operator.eq, "LessThan": operator.lt, "LessThanEquals": operator.le,
    "GreaterThan": operator.gt, "GreaterThanEquals": operator.ge,
}  # fmt: skip


def number(text: str) -> Fraction | None:
    """A decimal number of at most a hundred signs, exactly; None where the text is none."""
    found = _NUMBER.fullmatch(text.strip())
    return Fraction(found.group()) if found and len(found["digits"]) <= 100 else None


def moment(text: str) -> Fraction | None:
    """A date of ISO 8601 or seconds since 1970, as seconds; None where the text is neither."""
    from datetime import UTC, datetime

    if not (len(text) == 4 and text.isdigit()) and (seconds := number(text)) is not None:
        return seconds
    whole = text.upper() + {4: "-01-01", 7: "-01"}.get(len(text), "")
    if _DATE.fullmatch(whole) is None:
        return None
    try:
        found = datetime.fromisoformat(whole)
    except ValueError:
        return None
    since = (found if found.tzinfo else found.replace(tzinfo=UTC)) - datetime(1970, 1, 1, tzinfo=UTC)
    return Fraction(since.days * 86400 + since.seconds) + Fraction(since.microseconds, 1_000_000)


def holds(base: str, value: Fraction, listed: Fraction) -> bool:
    """Whether `value` compares with `listed` as the operator without Not ("NumericLessThan", "DateEquals") says."""
    return _HOW[base.removeprefix("Numeric").removeprefix("Date")](value, listed)


def points(limits: Iterable[Fraction]) -> list[Fraction]:
    """Each limit, one value in each gap between two of them, one below and one above."""
    order = sorted(set(limits))
    if not order:
        return [Fraction(1)]
    made = [order[0] - 1]
    for low, high in pairwise(order):
        made += [low, low + 1 if low + 1 < high else (low + high) / 2]
    return [*made, order[-1], order[-1] + 1]


def decimal(value: Fraction) -> str:
    """The decimal text of a fraction whose denominator divides a power of ten."""
    places = 0
    while value.denominator != 1 and (value * 10**places).denominator != 1 and places < 90:
        places += 1
    scaled = str(abs(int(value * 10**places))).rjust(places + 1, "0")
    text = f"{scaled[:-places]}.{scaled[-places:]}" if places else scaled
    return f"-{text}" if value < 0 else text


def date(value: Fraction) -> str:
    """The ISO 8601 text of seconds since 1970, or the seconds where the calendar has no such date."""
    from datetime import UTC, datetime, timedelta

    micro = value * 1_000_000
    if micro.denominator != 1:
        return decimal(value)
    try:
        found = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micro))
    except OverflowError:
        return decimal(value)
    return found.isoformat().replace("+00:00", "Z")


def addresses(listed: Iterable[str]) -> tuple[list[str], Callable[[str, str], bool]]:
    """Examples for all addresses as far as the ranges tell them apart, and whether an address lies in a range."""
    from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

    ranges = {}
    for text in listed:
        try:
            ranges[text] = ip_network(text, strict=False)
        except ValueError:
            continue
    firsts: set[IPv4Address | IPv6Address] = {IPv4Address(0), IPv6Address(0)}
    for net in ranges.values():
        firsts.add(net[0])
        if int(net[-1]) + 1 < 1 << net.max_prefixlen:
            firsts.add(net[-1] + 1)

    def lies(address: str, text: str) -> bool:
        return text in ranges and ip_address(address) in ranges[text]

    order = [str(item) for item in sorted(firsts, key=lambda item: (item.version, int(item)))]
    return ["192.0.2.1", "2001:db8::1", *order], lies


def limits_of(values: Sequence[str], read: Callable[[str], Fraction | None]) -> list[Fraction]:
    """The listed values that can be read."""
    return [found for text in values if (found := read(text)) is not None]
