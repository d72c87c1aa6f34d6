"""Would AWS take this policy? The first thing that it would refuse, in words like its own, and what it would warn of.

Sources: AWS IAM User Guide, reference_policies_grammar, reference_policies_elements (each element),
access-analyzer-reference-policy-checks, reference_iam-quotas; AWS Organizations User Guide,
orgs_manage_policies_scps_syntax and orgs_manage_policies_rcps_syntax. The reader for findings
(model.iam.document.parse) is more lenient: it takes what stands in an account already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from iam_guardrails.model.iam.arn_check import check_arn
from iam_guardrails.model.iam.condition_check import check_conditions
from iam_guardrails.model.iam.document import PolicyDocument, PolicyError, parse
from iam_guardrails.model.iam.policy_text import read_json
from iam_guardrails.model.iam.principal_check import check_principals
from iam_guardrails.model.iam.rcp_check import check_rcp
from iam_guardrails.model.iam.sid_check import check_sids
from iam_guardrails.model.iam.variable_check import check_variables
from iam_guardrails.model.iam.variables import NEWER

CheckedKind = Literal["identity", "boundary", "session", "resource", "trust", "key", "scp", "rcp"]
WITHOUT_PRINCIPAL = ("identity", "boundary", "session", "scp")
_OF_IAM = ("identity", "boundary", "session", "trust")
_VENDOR = re.compile(r"[0-9A-Za-z*-]+")
_NAME = re.compile(r"[\w*?-]+", re.ASCII)
_REFUSED = "MalformedPolicyDocument: "
_TOP = ("Version", "Id", "Statement")
_ELEMENTS = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
# characters without white space: (where AWS warns or the quota can be raised, where nothing so long can be stored)
_SIZES: dict[str, tuple[int, int]] = {
    "identity": (6144, 10240), "boundary": (6144, 6144), "session": (2048, 2048), "trust": (2048, 4096),
    "scp": (5120, 10240), "rcp": (5120, 5120), "key": (32768, 32768), "resource": (20480, 65536),
}  # fmt: skip


def checked(source: object, kind: CheckedKind, name: str) -> tuple[PolicyDocument, tuple[str, ...]]:
    """The document, and warnings. source: its JSON text, or the decoded value.  name: how messages call it.

    Raises PolicyError with the place and the reason where AWS would refuse it.
    """
    if isinstance(source, str):
        source = read_json(source, name)
    if not isinstance(source, Mapping):
        raise _refused(f"{name}: a policy is a JSON object, not {_type(source)}")
    warnings = list(_sizes(source, kind, name))
    _check_characters(source, name)
    _check_top(source, name)
    listed = source["Statement"]
    statements = listed if isinstance(listed, list) else [listed]
    for number, item in enumerate(statements, 1):
        warnings += _check_statement(item, kind, f"{name}, statement {number}")
        warnings += check_variables(source, item, f"{name}, statement {number}")
    try:
        warnings += check_sids(statements, kind, name)
    except PolicyError as error:
        raise _refused(str(error)) from None
    if not statements and kind in _OF_IAM:
        raise _refused(f"{name}: Syntax errors in policy: it has no statement")
    if not statements:
        warnings.append(f"{name} has no statement: it allows nothing and denies nothing")
    return parse(source), tuple(warnings)


def _refused(text: str) -> PolicyError:
    return PolicyError(f"{_REFUSED}{text.removeprefix(_REFUSED)}")


def _type(value: object) -> str:
    names = {type(None): "null", bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list"}
    return names.get(type(value), "an object")


def _sizes(source: object, kind: str, name: str) -> Iterator[str]:
    import json

    size = len("".join(json.dumps(source, separators=(",", ":"), ensure_ascii=False).split()))
    usual, most = _SIZES[kind]
    if size > most:
        raise PolicyError(f"LimitExceeded: {name} has {size:,} characters without white space; AWS takes {most:,}")
    if size > usual:
        yield f"{name} has {size:,} characters without white space; the usual quota is {usual:,}"


def _check_characters(value: object, name: str) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            waiting += [*item, *item.values()]
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, str) and (odd := [sign for sign in item if not _allowed(sign)]):
            raise _refused(f"{name} holds the character {odd[0]!a}; AWS takes U+0020 to U+00FF, tabs and line ends")


def _allowed(sign: str) -> bool:
    return sign in "\t\n\r" or " " <= sign <= "\xff"


def _check_top(source: Mapping[str, Any], name: str) -> None:
    for key in source:
        if key not in _TOP:
            raise _refused(f"{name}: Syntax errors in policy: AWS knows no element {key!r}{_meant(key, _TOP)}")
    version = source.get("Version", "2008-10-17")
    if version not in (NEWER, "2008-10-17"):
        raise _refused(f'{name}: Version is {_shown(version)}; it must be "2012-10-17" or "2008-10-17"')
    if not isinstance(source.get("Id", ""), str):
        raise _refused(f"{name}: Id is {_type(source['Id'])}, not a string")
    if "Statement" not in source:
        raise _refused(f"{name}: Missing required field Statement")
    if not isinstance(source["Statement"], (list, Mapping)):
        raise _refused(f"{name}: Statement is {_type(source['Statement'])}, neither an object nor a list of objects")


def _meant(key: str, names: tuple[str, ...]) -> str:
    meant = [name for name in names if name.lower() == key.lower() or name.lower() == key.lower().removesuffix("s")]
    return f"; {meant[0]} is meant (case counts)" if meant else ""


def _shown(value: object) -> str:
    return repr(value) if isinstance(value, str) and len(value) <= 80 else _type(value)


def _check_statement(item: object, kind: CheckedKind, where: str) -> list[str]:
    if not isinstance(item, Mapping):
        raise _refused(f"{where} is {_type(item)}, not an object")
    for key in item:
        if key not in _ELEMENTS:
            raise _refused(f"{where}: Syntax errors in policy: AWS knows no element {key!r}{_meant(key, _ELEMENTS)}")
    if "Effect" not in item:
        raise _refused(f"{where}: Missing required field Effect")
    if item["Effect"] not in ("Allow", "Deny"):
        raise _refused(f'{where}: Effect is {_shown(item["Effect"])}; it must be "Allow" or "Deny" (case counts)')
    for one, other in (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal")):
        if one in item and other in item:
            raise _refused(f"{where} has both {one} and {other}; AWS takes one of them")
    _check_actions(item, kind, where)
    try:
        warnings = _check_resources(item, kind, where)
        check_principals(item, kind, where)
        warnings += check_rcp(item, where) if kind == "rcp" else ()
        return [*warnings, *check_conditions(item.get("Condition", {}), where)]
    except PolicyError as error:
        raise _refused(str(error)) from None


def _texts(item: Mapping[str, Any], name: str, where: str) -> list[str]:
    listed = item[name] if isinstance(item[name], list) else [item[name]]
    if not listed:
        raise _refused(f"{where}: {name} is an empty list")
    for text in listed:
        if not isinstance(text, str):
            raise _refused(f"{where}: {name} holds {_type(text)}, not a string")
        if not text:
            raise _refused(f"{where}: {name} holds an empty string")
    return list(listed)


def _check_actions(item: Mapping[str, Any], kind: str, where: str) -> None:
    name = "Action" if "Action" in item else "NotAction"
    if name not in item:
        raise _refused(f"{where}: Policy statement must contain actions")
    for text in _texts(item, name, where):
        vendor, colon, rest = text.partition(":")
        if text != "*" and not (colon and vendor and rest):
            raise _refused(f"{where}: {name} {text[:80]!r}: Actions must be prefaced by a vendor, e.g. iam, s3, ec2")
        if any(sign in vendor for sign in "*?") and text not in ("*", "*:*"):
            raise _refused(f"{where}: {name} {text[:80]!r}: the vendor before the colon takes no wildcard")
        if text != "*" and not (_VENDOR.fullmatch(vendor) and _NAME.fullmatch(rest)):
            raise _refused(f"{where}: {name} {text[:80]!r} is not vendor:action, e.g. s3:GetObject")
        if kind == "trust" and vendor.lower() != "sts":
            raise _refused(f"{where}: {name} {text[:80]!r}: AssumeRole policy may only specify STS AssumeRole actions")


def _check_resources(item: Mapping[str, Any], kind: str, where: str) -> list[str]:
    name = "Resource" if "Resource" in item else "NotResource"
    if kind == "trust":
        if name in item:
            raise _refused(f"{where}: Has prohibited field {name}: a trust policy is about its own role")
        return []
    if name not in item:
        raise _refused(f"{where}: Policy statement must contain resources")
    warnings: list[str] = []
    for text in _texts(item, name, where):
        if text.strip("*") and not text.startswith(("arn:", "*", "${")) and kind != "resource":
            raise _refused(f'{where}: {name} {text[:80]!r} must be in ARN format or "*"')
        if text.startswith("arn:"):
            warnings += check_arn(text, f"{where}: {name} {text[:80]!r}", of_iam=kind in _OF_IAM)
    return warnings
