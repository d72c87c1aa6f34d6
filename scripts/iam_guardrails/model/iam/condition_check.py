"""The Condition element of a statement, as strictly as AWS reads it.

Source: AWS IAM User Guide, reference_policies_elements_condition, reference_policies_elements_condition_operators and
access-analyzer-reference-policy-checks ("Duplicate keys with different case": what they come to is not documented).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from iam_guardrails.model.iam.comparisons import read_date, read_number
from iam_guardrails.model.iam.document import PolicyError, literal_text
from iam_guardrails.model.iam.operators import BASES, Operator, read_operator


def check_conditions(value: object, where: str) -> Iterator[str]:
    """Yields warnings (a value no request can match); raises PolicyError for what AWS refuses."""
    if not isinstance(value, Mapping):
        raise PolicyError(f"{where}: Condition is not an object")
    for operator, keys in value.items():
        read = _operator(str(operator), where)
        if not isinstance(keys, Mapping):
            raise PolicyError(f"{where}: Condition {operator} is not an object of keys and values")
        if len({str(key).lower() for key in keys}) < len(keys):
            twice = next(key for key in keys if [one.lower() for one in map(str, keys)].count(str(key).lower()) > 1)
            says = f"the condition key {str(twice)[:80]} stands more than once in different letter case"
            raise PolicyError(f"{where}: Condition {operator}: {says}")
        for key, listed in keys.items():
            place = f"{where}: Condition {operator} {str(key)[:80]}"
            if ":" not in str(key):
                raise PolicyError(f"{place}: Conditions must be prefaced by a vendor, e.g. aws, iam, s3")
            for item in listed if isinstance(listed, list) else [listed]:
                yield from _value(read, item, place)


def _operator(text: str, where: str) -> Operator:
    found = read_operator(text)
    if found is not None:
        return found
    rest = text.rpartition(":")[2].removesuffix("IfExists")
    meant = next((base for base in sorted(BASES) if base.lower() == rest.lower() and base != rest), "")
    hint = (
        "; Null takes no IfExists and no set operator"
        if rest == "Null"
        else f"; {meant} is meant (case counts)"
        if meant
        else ""
    )
    raise PolicyError(f"{where}: Invalid Condition type : {text[:80]}{hint}")


def _value(operator: Operator, item: object, place: str) -> Iterator[str]:
    text = literal_text(item)
    if text is None:
        found = "null" if item is None else item if isinstance(item, float) else "a list or an object"
        raise PolicyError(f"{place}: a value is {found}, not a string")
    wrong = wrong_value(operator.base, text)
    if wrong:
        yield f"{place}: {text[:80]!r} is no {wrong}, so no request matches it"


def wrong_value(base: str, text: str) -> str:
    """What `text` is not although the operator (without prefix and IfExists) asks for it, e.g. "number"; else ""."""
    if base in ("Bool", "Null"):
        return "" if text.lower() in ("true", "false") else "true or false"
    if base.startswith("Numeric"):
        return "number" if read_number(text) is None else ""
    if base.startswith("Date"):
        return "date" if read_date(text) is None else ""
    return "IP address or range" if "IpAddress" in base and not _is_network(text) else ""


def _is_network(text: str) -> bool:
    from ipaddress import ip_network

    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
