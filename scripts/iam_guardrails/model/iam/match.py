"""How IAM compares texts: globs, action names, resources and ARNs.

`*` stands for any run of characters, `?` for exactly one, everything else (also `[`) for itself. Source: AWS
IAM User Guide, reference_policies_elements_resource and reference_policies_elements_condition_operators.
"""

from __future__ import annotations

from collections.abc import Iterable


def has_wildcard(text: str) -> bool:
    """Whether `text` holds `*` or `?`; the escapes `${*}` and `${?}` stand for the characters themselves."""
    return any(sign in text.replace("${*}", "").replace("${?}", "") for sign in "*?")


def glob_match(pattern: str, text: str) -> bool:
    """Whether the whole `text` fits `pattern`; letter case counts. Takes time proportional to the lengths'
    product.
    """
    if "?" not in pattern:
        return _runs_match(pattern.split("*"), text)
    at = seen = 0
    star, resume = -1, 0
    while seen < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, seen
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[seen]):
            at += 1
            seen += 1
        elif star >= 0:
            resume += 1
            at, seen = star + 1, resume
        else:
            return False
    return all(sign == "*" for sign in pattern[at:])


def _runs_match(parts: list[str], text: str) -> bool:
    """Whether the parts stand in the text in their order, the first at its beginning and the last at its end."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return first == text
    end = len(text) - len(last)
    if not (text.startswith(first) and text.endswith(last) and len(first) <= end):
        return False
    at = len(first)
    for part in parts[1:-1]:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def any_match(patterns: Iterable[str], text: str) -> bool:
    """Whether `text` fits one of `patterns`."""
    return any(glob_match(pattern, text) for pattern in patterns)


def covers(wide: str, narrow: str) -> bool:
    """Whether every text that fits the glob `narrow` fits `wide` too. Errs towards False, never towards True.

    It is glob_match over patterns: a `*` of `narrow` is a sign that only a `*` of `wide` takes.
    """
    at = seen = 0
    star, resume = -1, 0
    while seen < len(narrow):
        sign = narrow[seen]
        if at < len(wide) and wide[at] == "*":
            star, resume = at, seen
            at += 1
        elif at < len(wide) and sign != "*" and wide[at] in ("?", sign):
            at += 1
            seen += 1
        elif star >= 0:
            resume += 1
            at, seen = star + 1, resume
        else:
            return False
    return all(sign == "*" for sign in wide[at:])


def action_match(pattern: str, action: str) -> bool:
    """Whether the action (e.g. "sts:AssumeRole") fits; case does not count, a lone `*` is every action."""
    return glob_match(pattern.lower(), action.lower())


def names_action(patterns: Iterable[str], action: str) -> bool:
    """Whether one of `patterns` covers `action`."""
    return any(action_match(pattern, action) for pattern in patterns)


def resource_match(pattern: str, resource: str) -> bool:
    """Whether a Resource element covers `resource` (an ARN); its `*` may reach beyond a colon."""
    return glob_match(pattern, resource)


def arn_match(pattern: str, arn: str) -> bool:
    """ArnLike and ArnEquals: each of the six colon segments is compared apart; fewer than six never match."""
    if "*" not in pattern and "?" not in pattern:
        return pattern == arn and arn.count(":") >= 5
    patterns, parts = pattern.split(":", 5), arn.split(":", 5)
    if len(patterns) != 6 or len(parts) != 6:
        return False
    return all(glob_match(one, part) for one, part in zip(patterns, parts, strict=True))
