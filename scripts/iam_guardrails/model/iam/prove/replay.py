"""A counterexample as a request, and what the evaluator says of it. Nothing here is shared with the search."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from iam_guardrails.model.iam.prove.callers import spoken
from iam_guardrails.model.iam.prove.encode import Limits
from iam_guardrails.model.iam.prove.memberships import PAIRS
from iam_guardrails.model.iam.prove.pairs import AGE, BOTH, MFA, MOMENT, TIMES
from iam_guardrails.model.iam.prove.patterns import VARIABLE
from iam_guardrails.model.iam.prove.search import Chosen, free_of
from iam_guardrails.model.iam.prove.ties import TAG, TAG_KEYS
from iam_guardrails.model.iam.request import Request, Value
from iam_guardrails.model.value import changed

SOMEBODY = "arn:aws:iam::111122223333:user/somebody"
ROLE = "arn:aws:iam::111122223333:role/breakglass"
SAML = "arn:aws:iam::111122223333:saml-provider/"


def requests_of(chosen: Chosen, limits: Limits, spelling: Mapping[str, str]) -> Iterator[Request]:
    """Requests of the class: one, or several with different values of the policy variables it hangs on.

    spelling: actions in lower case with the letter case in which a policy has them.
    """
    context: dict[str, Value] = {}
    for name, (value, _, _) in chosen.items():
        if name == BOTH:
            context |= {MFA: value[0], AGE: value[1]}
        elif name == MOMENT:
            context |= dict(zip(TIMES, value, strict=True))
        elif name not in ("action", "resource", "caller"):
            context[name] = value
    principal = SOMEBODY
    if "caller" in chosen:
        principal, more = spoken(chosen["caller"][0])
        context |= more
    anything = ROLE if limits.kind == "trust" else "*"
    resource = chosen["resource"][0] if "resource" in chosen else (*limits.resources, anything)[0]
    action = chosen["action"][0]
    base = Request(principal, spelling.get(action, action), resource, context)
    if not can_be(base):
        base = changed(base, context=_as_one(base.context))
    named = _named_as(principal, context.get("aws:userid"))
    if named:
        yield changed(base, principal=named)
        yield changed(base, context={**base.context, "aws:userid": (_id_of(principal, context["aws:userid"]),)})
    if isinstance(context.get("aws:userid"), tuple) and principal.endswith(":root"):  # whose id is that of its account
        yield changed(base, context={**base.context, "aws:userid": (principal.split(":")[4],)})
    yield base
    if free_of(chosen):
        yield from _filled(base, chosen)


def can_be(request: Request) -> bool:
    """Whether ids and paths of organizations in its context, and its tags, do not contradict each other."""
    told = {key.lower(): value for key, value in request.context.items()}
    if _untold_tags(told):
        return False
    for id_key, paths_key in PAIRS:
        if id_key in told and paths_key in told:
            one, paths = told[id_key], told[paths_key]
            if isinstance(one, tuple) and isinstance(paths, tuple):
                if not one or not paths or not all(text.startswith(f"{one[0]}/") for text in paths):
                    return False
            elif (one is None) is not (paths is None):
                return False
    return True


def _as_one(context: Mapping[str, Value]) -> dict[str, Value]:
    """The context with paths that begin with the id beside them: where they part, the one that tells more stands.

    And with its tags among aws:TagKeys.
    """
    made = dict(context)
    for id_key, paths_key in PAIRS:
        one, paths = made.get(id_key), made.get(paths_key)
        if not isinstance(one, tuple) or not isinstance(paths, tuple) or not one or not paths:
            continue
        told = next((text.partition("/")[0] for text in paths if "/" in text), "") or one[0]
        made[id_key] = (told,)
        made[paths_key] = tuple(text if text.startswith(f"{told}/") else f"{told}/x" for text in paths)
    if missing := _untold_tags(made):
        keys = made.get(TAG_KEYS)
        made[TAG_KEYS] = (*(keys if isinstance(keys, tuple) else ()), *missing)
    return made


def _untold_tags(told: Mapping[str, Value]) -> tuple[str, ...]:
    """The tags of a request (keys in lower case) that are not among its aws:TagKeys, where these are told."""
    keys = told.get(TAG_KEYS)
    if TAG_KEYS not in told or not (keys is None or isinstance(keys, tuple)):
        return ()
    among = {text.lower() for text in keys or ()}
    names = (key.removeprefix(TAG) for key, value in told.items() if key.startswith(TAG) and value is not None)
    return tuple(name for name in names if name not in among)


def _named_as(principal: str, userid: Value) -> str:
    """The session under the name that its aws:userid tells; "" where it has that name, or none."""
    start, found, session = principal.rpartition("/")
    if not isinstance(userid, tuple) or not userid or ":assumed-role/" not in principal or not found:
        return ""
    name = userid[0].partition(":")[2]
    return f"{start}/{name}" if name and name != session and "/" not in name else ""


def _id_of(principal: str, userid: Value) -> str:
    """The aws:userid of the session, under the name that it has."""
    role = userid[0].partition(":")[0] if isinstance(userid, tuple) else ""
    return f"{role}:{principal.rpartition('/')[2]}"


def _filled(base: Request, chosen: Chosen) -> Iterator[Request]:
    """The same request with the variables given the values that make its texts fit, and with a value of their own."""
    told: dict[str, str] = {}
    session = base.principal.rpartition("/")[2] if ":assumed-role/" in base.principal else ""
    for _, (value, _, free) in chosen.items():
        for text in free or ():
            found = _solve(text.rpartition(" ")[2], value if isinstance(value, str) else (value or ("",))[0])
            told |= {key: one for key, one in found.items() if key not in told}
            word, _, name = text.partition(" ")
            if word == "id":
                told["aws:userid"] = name + (
                    f":{session or 'x'}" if name.startswith("AROA") and ":" not in name else ""
                )
            elif word == "federated":
                told["aws:federatedprovider"] = f"{SAML}x" if name == "*" else name
    known = {key.lower() for key in base.context} | ({"aws:username"} if ":user/" in base.principal else set())
    more = {key: (one,) for key, one in told.items() if key not in known}
    if more:
        yield Request(base.principal, base.action, base.resource, {**base.context, **more})
    yield _rewritten(base, chosen)
    principal = _user_like(base.principal, told.get("aws:username", ""))
    if principal:
        yield Request(principal, base.action, base.resource, {**base.context, **more})


def _rewritten(base: Request, chosen: Chosen) -> Request:
    """The same request with its texts written anew from the policy's: variables filled in, wildcards as `x`."""
    context = {key.lower(): value for key, value in base.context.items()}
    parts = base.principal.split(":")
    derived = {
        "aws:principalaccount": parts[4] if len(parts) > 5 else "x",
        "aws:username": parts[-1].rpartition("/")[2],
    }

    def value_of(found: re.Match[str]) -> str:
        key = found.group(1).partition(",")[0].strip().lower()
        if key in derived:
            return derived[key]
        context[key] = context.get(key) or ("x",)
        value = context[key]
        return value[0] if isinstance(value, tuple) else "x"

    resource = base.resource
    for name, (_, _, free) in chosen.items():
        for text in free or ():
            if not VARIABLE.search(text):
                continue
            key, _, written = text.rpartition(" ")
            if name == "caller":
                solved = _solve(written, derived.get(key.partition(" ")[0], base.principal))
                context |= {variable: (one,) for variable, one in solved.items()}
                continue
            filled = VARIABLE.sub(value_of, written).replace("::*:", "::111122223333:").replace("*", "x")
            if name == "resource":
                resource = filled
            elif name not in ("action", BOTH, MOMENT):
                context[name] = (filled,)
    return Request(base.principal, base.action, resource, context)


def _user_like(principal: str, name: str) -> str:
    start, found, _ = principal.partition(":user/")
    return f"{start}:user/{name}" if found and re.fullmatch(r"[\w+=,.@-]+", name) else ""


def _solve(text: str, value: str) -> dict[str, str]:
    """Values of the variables in `text` under which it covers `value`; none where the text does not."""
    parts, names, at = "", [], 0
    for found in VARIABLE.finditer(text):
        parts += _loose(text[at : found.start()]) + "(.*)"
        names.append(found.group(1).partition(",")[0].strip().lower())
        at = found.end()
    fitting = re.fullmatch(parts + _loose(text[at:]), value, re.DOTALL)
    return dict(zip(names, fitting.groups(), strict=True)) if fitting else {}


def _loose(text: str) -> str:
    return re.escape(text).replace(r"\*", ".*").replace(r"\?", ".")
