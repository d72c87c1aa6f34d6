"""Random policies over small alphabets, with every operator, and random requests that come near them."""

from __future__ import annotations

from random import Random
from typing import Any

from iam_guardrails.model.iam.operators import BASES
from iam_guardrails.model.iam.request import Request

ACCOUNTS = ("111122223333", "444455556666")
NAMES = ("a", "b", "ab", "ba", "p/a", "aab")
NOT = ("", "", "Not")
IF = ("", "", "IfExists")
BEHIND = tuple(f"arn:aws:s3:::{text}" for text in ("${aws:username}", "${aws:UserName}*", "${aws:username}?", "?b*",
               "a${aws:username}", "a${aws:PrincipalTag/t}b*", "a${aws:PrincipalTag/t}*"))  # fmt: skip
IDS = ("AIDAAAAAAAAAAAAAAAA1", "AROAAAAAAAAAAAAAAAA1", "AROAAAAAAAAAAAAAAAA1:s")
MANY = ("", "", "", "ForAnyValue:", "ForAllValues:")


def _text(r: Random, alphabet: str, most: int, wild: bool = True, least: int = 1) -> str:
    return "".join(r.choice(alphabet + ("**?" if wild else "")) for _ in range(r.randint(least, most)))


def _texts(r: Random, alphabet: str, most: int, wild: bool) -> list[str]:
    return [_text(r, alphabet, most, wild) for _ in range(r.randint(1, 2))]


def principal(r: Random) -> Any:
    """A Principal element."""
    one, other = r.choice(ACCOUNTS), r.choice(ACCOUNTS)
    return r.choice([
        "*", {"AWS": "*"}, {"AWS": one}, {"AWS": f"arn:aws:iam::{one}:root"},
        {"AWS": f"arn:aws:iam::{one}:role/{r.choice(NAMES)}"},
        {"AWS": [f"arn:aws:iam::{one}:user/{r.choice(NAMES)}", other]},
        {"AWS": f"arn:aws:sts::{one}:assumed-role/{r.choice('ab')}/s"},
        {"AWS": f"arn:aws:sts::{one}:federated-user/{r.choice('ab')}"},
        {"Service": r.choice(["ec2.amazonaws.com", "x.amazonaws.com"])},
        {"Federated": f"arn:aws:iam::{one}:saml-provider/a"},
        {"AWS": [f"arn:aws:iam::{one}:user/a"], "Service": "ec2.amazonaws.com"},
        {"AWS": r.choice(IDS)}, {"AWS": [r.choice(IDS), f"arn:aws:iam::{one}:role/{r.choice(NAMES)}"]},
    ])  # fmt: skip


def spared(r: Random) -> Any:
    """A NotPrincipal element that lists a caller with all that stands for it, or nearly all."""
    one, name = r.choice(ACCOUNTS), r.choice(NAMES)
    bare = name.rpartition("/")[2]
    listed = r.choice([
        [f"arn:aws:sts::{one}:assumed-role/{bare}/{r.choice('st')}", f"arn:aws:iam::{one}:role/{name}"],
        [f"arn:aws:iam::{one}:user/{name}"],
        [f"arn:aws:sts::{one}:federated-user/{bare}"],
        [r.choice(IDS)],
    ])  # fmt: skip
    listed.append(r.choice([one, f"arn:aws:iam::{one}:root"]))
    if r.random() < 0.2:
        listed.pop(r.randrange(len(listed)))
    return {"AWS": listed}


def condition(r: Random) -> tuple[str, str, list[str]]:
    """(operator, key, values)."""
    return r.choice(_CONDITIONS)(r)


def _strings(r: Random) -> tuple[str, str, list[str]]:
    base = r.choice(["Equals", "Like", "EqualsIgnoreCase"])
    operator = f"{r.choice(MANY)}String{r.choice(NOT)}{base}{r.choice(IF)}"
    key = r.choice(["aws:PrincipalTag/t", "s3:prefix", "s3:prefix", "x:unknown"])
    made = _texts(r, "abA", 3, "Like" in base)
    if r.random() < 0.15:
        made.append(r.choice(["${aws:username}", "a${aws:PrincipalTag/t}*", "${*}", "${aws:username, 'a'}"]))
    return operator, key, made


def _sets(r: Random) -> tuple[str, str, list[str]]:
    base = r.choice(["Equals", "Like"])
    operator = f"{r.choice(['ForAnyValue:', 'ForAllValues:'])}String{r.choice(NOT)}{base}{r.choice(IF)}"
    return operator, "aws:TagKeys", _texts(r, "ab", 2, base == "Like")


def _truths(r: Random) -> tuple[str, str, list[str]]:
    key = r.choice(["aws:MultiFactorAuthPresent", "aws:multifactorauthpresent", "aws:SecureTransport"])
    operator = r.choice(["Bool", "Bool", "BoolIfExists", "StringEquals", "StringNotEquals", "ForAnyValue:Bool",
                         "ForAllValues:Bool"])  # fmt: skip
    return operator, key, [r.choice(["true", "false"])]


def _mfa_state(r: Random) -> tuple[str, str, list[str]]:
    operator = r.choice(["Null", "Null", "Bool", "BoolIfExists", "StringNotEquals"])
    return operator, "aws:MultiFactorAuthPresent", [r.choice(["true", "false"])]


def _mfa_age(r: Random) -> tuple[str, str, list[str]]:
    operator = r.choice(["Null", "NumericLessThanIfExists", "NumericGreaterThan", "NumericNotEquals"])
    return operator, "aws:MultiFactorAuthAge", [r.choice(["true", "false"]) if operator == "Null" else r.choice("123")]


def _null(r: Random) -> tuple[str, str, list[str]]:
    keys = ["aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TagKeys", "s3:prefix", "aws:PrincipalArn",
            "x:unknown"]  # fmt: skip
    return "Null", r.choice(keys), [r.choice(["true", "false"])]


def _numbers(r: Random) -> tuple[str, str, list[str]]:
    how = r.choice([r.choice(NOT) + "Equals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"])
    key = r.choice(["aws:MultiFactorAuthAge", "aws:MultiFactorAuthAge", "s3:max-keys"])
    return f"Numeric{how}{r.choice(IF)}", key, [r.choice(["1", "2", "2.5", "3"]) for _ in range(r.randint(1, 2))]


def _addresses(r: Random) -> tuple[str, str, list[str]]:
    ranges = ["10.0.0.0/30", "10.0.0.0/31", "10.0.0.2", "10.0.0.4/30", "2001:db8::/126"]
    return f"{r.choice(NOT)}IpAddress{r.choice(IF)}", "aws:SourceIp", r.sample(ranges, r.randint(1, 2))


def _dates(r: Random) -> tuple[str, str, list[str]]:
    how = r.choice(["LessThan", "GreaterThanEquals", "Equals", "NotEquals"])
    key = r.choice(["aws:CurrentTime", "aws:TokenIssueTime"])
    return f"Date{how}{r.choice(IF)}", key, [f"2026-01-0{r.randint(1, 3)}T00:00:00Z"]


def _arns(r: Random) -> tuple[str, str, list[str]]:
    account = r.choice((*ACCOUNTS, "*"))
    kind = r.choice(["user", "role", "*"])
    operator = f"Arn{r.choice(NOT)}{r.choice(['Like', 'Equals'])}{r.choice(IF)}"
    return (
        operator,
        r.choice(["aws:SourceArn", "aws:PrincipalArn"]),
        [f"arn:aws:iam::{account}:{kind}/{_text(r, 'ab', 2)}"],
    )


def _callers(r: Random) -> tuple[str, str, list[str]]:
    return r.choice([
        (f"String{r.choice(NOT)}Equals{r.choice(IF)}", "aws:PrincipalAccount", [r.choice(ACCOUNTS)]),
        (
            f"String{r.choice(NOT)}Like{r.choice(IF)}",
            "aws:PrincipalArn",
            r.choice([[f"arn:*:{r.choice('ab')}*", "*/a"], ["*"], ["?*"], ["s*"]]),
        ),
        (f"String{r.choice(NOT)}Like", "aws:PrincipalAccount", [r.choice(["1*", "*3", "anon*"])]),
        (f"String{r.choice(NOT)}Like{r.choice(IF)}", "aws:username", _texts(r, "ab", 2, True)),
        (f"String{r.choice(NOT)}Equals", "aws:PrincipalType", [r.choice(["User", "AssumedRole", "Account"])]),
        ("Bool", "aws:PrincipalIsAWSService", [r.choice(["true", "false"])]),
    ])  # fmt: skip


# for each family of operators: keys that hold one value, one that may hold several, and values
_FAMILIES: dict[str, tuple[list[str], list[str]]] = {
    "String": (["aws:PrincipalTag/t", "s3:prefix", "x:unknown", "aws:TagKeys"], ["a", "A", "ab", "a*", "?b", "*"]),
    "Arn": (["aws:SourceArn", "aws:PrincipalArn", "x:arns"],
            [f"arn:aws:iam::{ACCOUNTS[0]}:user/a", "arn:aws:iam::*:role/*", "arn:*:*:*:*:*b"]),
    "Numeric": (["s3:max-keys", "aws:MultiFactorAuthAge", "x:numbers"], ["1", "2", "2.5", "-1"]),
    "Date": (["aws:CurrentTime", "aws:TokenIssueTime", "aws:EpochTime", "x:dates"],
             ["2026-01-01T00:00:00Z", "2026-01-02", "1767398400", "2026-01-03T00:30:00Z"]),
    "IpAddress": (["aws:SourceIp", "x:addresses"], ["10.0.0.0/30", "10.0.0.2", "10.0.0.4/31", "2001:db8::/126"]),
    "Bool": (["aws:SecureTransport", "aws:ViaAWSService", "x:truths"], ["true", "false"]),
    "Binary": (["x:bytes"], ["YQ==", "Yg==", "YWI="]),
}  # fmt: skip
EVERY_OPERATOR = (
    "Null",
    *(f"{many}{base}{end}" for base in sorted(BASES - {"Null"}) for many in ("", "ForAnyValue:", "ForAllValues:")
      for end in ("", "IfExists")),
)  # fmt: skip


def _any_operator(r: Random) -> tuple[str, str, list[str]]:
    """Each operator with each set prefix, with and without IfExists."""
    operator = r.choice(EVERY_OPERATOR[1:])
    keys, values = next(item for family, item in _FAMILIES.items() if family in operator.removeprefix("ForAnyValue:"))
    return operator, r.choice(keys), r.sample(values, r.randint(1, 2))


_CONDITIONS = (
    _any_operator,
    _any_operator,
    _any_operator,
    _any_operator,
    _strings,
    _strings,
    _strings,
    _sets,
    _truths,
    _truths,
    _null,
    _numbers,
    _addresses,
    _dates,
    _arns,
    _callers,
)


def statement(r: Random, kind: str, effect: str = "") -> dict[str, Any]:
    """One statement of a policy of that kind."""
    made: dict[str, Any] = {"Effect": effect or r.choice(["Allow", "Allow", "Deny"])}
    element = r.choice(["Action", "Action", "NotAction"])
    made[element] = [_action(r) for _ in range(r.randint(1, 2))]
    if kind != "trust":
        made[r.choice(["Resource", "Resource", "NotResource"])] = [
            r.choice([f"arn:aws:s3:::{_text(r, 'ab', 3)}", f"arn:aws:s3:{_text(r, 'ab', 2)}", "arn:aws:s3:*:b", "*",
                      r.choice(BEHIND) if r.random() < 0.5 else "arn:aws:s3:::a*", "arn:*:a"])
            for _ in range(r.randint(1, 2))
        ]  # fmt: skip
    if kind != "identity":
        element = r.choice(["Principal"] * 4 + ["NotPrincipal"])
        made[element] = spared(r) if element == "NotPrincipal" and r.random() < 0.6 else principal(r)
    conditions: dict[str, dict[str, list[str]]] = {}
    for _ in range(r.choice([0, 0, 1, 1, 2])):
        operator, key, values = condition(r)
        conditions.setdefault(operator, {})[key] = values
    if r.random() < 0.15:  # the two keys that an axiom ties
        for operator, key, values in (_mfa_state(r), _mfa_age(r)):
            conditions.setdefault(operator, {})[key] = values
    if r.random() < 0.15:  # what one value meets and another does not
        for operator in r.sample(["ForAnyValue:StringEquals", "ForAnyValue:StringLike", "ForAllValues:StringLike"], 2):
            conditions.setdefault(operator, {})["aws:TagKeys"] = [r.choice(["a", "b"]), r.choice(["ab", "b"])]
    if conditions:
        made["Condition"] = conditions
    return made


def _action(r: Random) -> str:
    return f"{r.choice('ab*')}:{_text(r, 'ab', 3)}" if r.random() < 0.9 else "*"


def policy(r: Random, kind: str) -> dict[str, Any]:
    """A policy of one to three statements; one in ten has the old version, without policy variables."""
    version = {"Version": "2012-10-17"} if r.random() < 0.9 else {}
    return {**version, "Statement": [statement(r, kind) for _ in range(r.randint(1, 3))]}


def changed(r: Random, source: dict[str, Any], kind: str) -> dict[str, Any]:
    """The policy with one change: a statement more, less or other, or conditions left out."""
    made = {**source, "Statement": [dict(item) for item in source["Statement"]]}
    listed, way = made["Statement"], r.random()
    if way < 0.25:
        listed.append(statement(r, kind))
    elif way < 0.5 and len(listed) > 1:
        listed.pop(r.randrange(len(listed)))
    elif way < 0.75:
        listed[r.randrange(len(listed))] = statement(r, kind)
    else:
        r.choice(listed).pop("Condition", None)
    return made


def request(r: Random, kind: str) -> Request:
    """A request that comes near what such policies speak of."""
    context: dict[str, tuple[str, ...] | None] = {}

    def maybe(key: str, *values: str) -> None:
        if r.random() < 0.6:
            context[key] = values

    maybe("aws:PrincipalTag/t", _text(r, "abA", 3, False, 0))
    maybe("s3:prefix", _text(r, "abA", 3, False, 0))
    maybe("x:unknown", *(_text(r, "abA", 2, False) for _ in range(r.choice([1, 1, 2]))))
    maybe("aws:TagKeys", *(r.choice(["a", "b", "ab", "ba", "aa", "x"]) for _ in range(r.randint(1, 3))))
    maybe("aws:MultiFactorAuthPresent", r.choice(["true", "false"]))
    if context.get("aws:MultiFactorAuthPresent") == ("true",):
        context["aws:MultiFactorAuthAge"] = (r.choice(["0", "1", "1.5", "2", "2.25", "2.5", "3", "4"]),)
    maybe("s3:max-keys", r.choice(["0", "1", "2", "2.5", "3", "4"]))
    maybe("aws:SourceIp", r.choice([*(f"10.0.0.{n}" for n in range(9)), "2001:db8::1", "2001:db8::9"]))
    maybe("aws:TokenIssueTime", f"2026-01-0{r.randint(1, 4)}T0{r.randint(0, 1)}:00:00Z")
    maybe("aws:SourceArn", f"arn:aws:iam::{r.choice(ACCOUNTS)}:{r.choice(['user', 'role'])}/{r.choice(NAMES)}")
    for key, known in (("x:arns", "Arn"), ("x:numbers", "Numeric"), ("x:dates", "Date"), ("x:addresses", "IpAddress"),
                       ("x:truths", "Bool"), ("x:bytes", "Binary")):  # fmt: skip
        listed = [value for value in _FAMILIES[known][1] if not set("*/") & set(value) or known == "Arn"]
        maybe(key, *(r.choice(listed) for _ in range(r.choice([1, 1, 2]))))
    maybe("aws:ViaAWSService", r.choice(["true", "false"]))
    context["aws:CurrentTime"] = (f"2026-01-0{r.randint(1, 4)}T0{r.randint(0, 1)}:00:00Z",)
    context["aws:SecureTransport"] = (r.choice(["true", "false"]),)
    resources = [f"arn:aws:s3:::{_text(r, 'ab', 3, False)}", "arn:aws:s3:a:b:c", "arn:aws:s3:a:b:b", "*",
                 f"arn:aws:s3:{r.choice('ab')}::{_text(r, 'ab:', 3, False)}"]  # fmt: skip
    resource = "arn:aws:iam::111122223333:role/breakglass" if kind == "trust" else r.choice(resources)
    return Request(_caller(r, kind, context), f"{r.choice('abx')}:{_text(r, 'abx', 3, False)}", resource, dict(context))


def _caller(r: Random, kind: str, context: dict[str, tuple[str, ...] | None]) -> str:
    account = r.choice((*ACCOUNTS, "777788889999"))
    name = r.choice(NAMES)
    forms = ["user", "user", "role", "role", "root", "federated"]
    form = r.choice(forms if kind == "identity" else [*forms, "service", "provider", "*"])
    if form in ("service", "provider", "*"):
        context.pop("aws:MultiFactorAuthPresent", None)
        context.pop("aws:MultiFactorAuthAge", None)
    if form == "user" and r.random() < 0.5:
        context["aws:userid"] = (r.choice([IDS[0], "AIDAAAAAAAAAAAAAAAA2"]),)
    if form == "role":
        if r.random() < 0.3:
            context["aws:FederatedProvider"] = (f"arn:aws:iam::{account}:saml-provider/{r.choice('ab')}",)
        context["aws:PrincipalArn"] = (f"arn:aws:iam::{account}:role/{name}",)
        session = r.choice("st")
        if r.random() < 0.5:
            context["aws:userid"] = (f"{r.choice([IDS[1], 'AROAAAAAAAAAAAAAAAA2'])}:{session}",)
        return f"arn:aws:sts::{account}:assumed-role/{name.rpartition('/')[2]}/{session}"
    return {
        "user": f"arn:aws:iam::{account}:user/{name}", "root": f"arn:aws:iam::{account}:root", "*": "*",
        "federated": f"arn:aws:sts::{account}:federated-user/{name.rpartition('/')[2]}",
        "service": r.choice(["ec2.amazonaws.com", "x.amazonaws.com", "y.amazonaws.com"]),
        "provider": f"arn:aws:iam::{account}:saml-provider/{r.choice('ab')}",
    }[form]  # fmt: skip
