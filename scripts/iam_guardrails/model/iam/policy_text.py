"""The JSON text of a policy, or of a file that holds policies, read as strictly as AWS reads it.

Source: IAM API, PutRolePolicy (the characters a document may hold); RFC 8259 leaves a name that stands twice in one
object open, IAM refuses it.
"""

from __future__ import annotations

from typing import Any

from iam_guardrails.model.iam.document import PolicyError

DEEPEST = 32  # a policy needs six levels; AWS gives no number, Python's parser ends near a thousand
LONGEST = 1_000_000


class ConstantError(ValueError):
    """NaN or Infinity, which JSON does not have."""


def read_json(text: str, what: str) -> Any:
    """The value of a JSON text. Raises PolicyError with line and column, or with the name that stands twice."""
    import json

    if len(text) > LONGEST:
        raise PolicyError(f"{what} is {len(text):,} characters long; more than {LONGEST:,} is no policy AWS would take")
    if text.startswith("\ufeff"):
        raise PolicyError(f"{what} is not JSON: it begins with a byte order mark; save it as UTF-8 without one")
    try:
        value = json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, what), parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise PolicyError(f"{what} is not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise PolicyError(f"{what} is nested too deeply") from None
    except PolicyError:
        raise
    except ConstantError as error:
        raise PolicyError(f"{what} is not JSON that AWS would take: {error}") from None
    except ValueError:  # Python reads no number of thousands of digits
        raise PolicyError(f"{what} is not JSON that AWS would take: it holds a number of thousands of digits") from None
    if _depth(value) > DEEPEST:
        raise PolicyError(f"{what} is nested more than {DEEPEST} levels deep")
    return value


def _once(pairs: list[tuple[str, Any]], what: str) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise PolicyError(f"{what} has the name {twice[:100]!r} twice in one object")
    return made


def _refuse_constant(name: str) -> Any:
    raise ConstantError(f"{name} is no JSON number")


def _depth(value: object) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        item, level = waiting.pop()
        deepest = max(deepest, level)
        inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        waiting += [(part, level + 1) for part in inner]
    return deepest
