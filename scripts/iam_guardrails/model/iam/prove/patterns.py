"""Text patterns of policies as token sequences, the form in which the prover reasons about them.

Source: AWS IAM User Guide, reference_policies_elements_resource (wildcards, segment by segment in an ARN),
reference_policies_variables (the escapes `${*}`, `${?}` and `${$}`) and
reference_policies_elements_condition_operators.
"""

from __future__ import annotations

import functools
import re

from iam_guardrails.model.value import frozen

# (kind, value): "c" one of the characters of value; "?" one and "*" any number of characters outside value
Token = tuple[str, str]
NEWER = "2012-10-17"
VARIABLE = re.compile(r"\$\{(?![*?$]\})([^}]*)\}")
_PARTS = re.compile(r"\$\{([*?$])\}|(\*+)|(\?)", re.DOTALL)


@frozen
class Pattern:
    """A set of texts: `head` literally, then `tokens`.

    A pattern without tokens is one text; one whose only token is a boundless `*` is everything that begins with head.
    """

    head: str
    tokens: tuple[Token, ...] = ()

    @property
    def exact(self) -> bool:
        """Whether it stands for one text only."""
        return not self.tokens

    @property
    def prefix(self) -> bool:
        """Whether it stands for every text that begins with its head."""
        return self.tokens == (("*", ""),)

    def all_tokens(self) -> tuple[Token, ...]:
        """The whole pattern as tokens."""
        return (*(("c", sign) for sign in self.head), *self.tokens)


ANYTHING = Pattern("", (("*", ""),))


def has_variable(text: str, version: str) -> bool:
    """Whether `text` holds a policy variable; before Version 2012-10-17 there are none."""
    return "${" in text and version == NEWER and VARIABLE.search(text) is not None


def without_variables(text: str) -> str:
    """The glob that covers `text` whatever the values of its variables are."""
    return VARIABLE.sub("*", text)


def build(tokens: list[Token]) -> Pattern:
    """A pattern of tokens, its literal beginning split off."""
    size = 0
    while size < len(tokens) and tokens[size][0] == "c" and len(tokens[size][1]) == 1:
        size += 1
    return Pattern("".join(value for _, value in tokens[:size]), tuple(tokens[size:]))


def glob_tokens(text: str, barred: str = "", *, wild: bool = True, escapes: bool = True) -> list[Token]:
    """Tokens of a glob whose wildcards do not take the characters of `barred`."""
    made: list[Token] = []
    at = 0
    for found in _PARTS.finditer(text):
        made += [("c", sign) for sign in text[at : found.start()]]
        at = found.end()
        if found.group(1):
            made += [("c", found.group(1))] if escapes else [("c", sign) for sign in found.group(0)]
        elif wild:
            made.append((found.group(0)[0], barred))
        else:
            made += [("c", sign) for sign in found.group(0)]
    made += [("c", sign) for sign in text[at:]]
    return made


def _plain(text: str) -> bool:
    return not ("*" in text or "?" in text or "${" in text)


@functools.lru_cache(maxsize=16384)
def glob(text: str, version: str = NEWER) -> Pattern:
    """A glob over whole texts (StringLike, Action)."""
    if _plain(text):
        return Pattern(text)
    if text[-1] == "*" and _plain(text[:-1]):
        return Pattern(text[:-1], ANYTHING.tokens)
    return build(glob_tokens(text, escapes=version == NEWER))


@functools.lru_cache(maxsize=4096)
def literal(text: str, version: str = NEWER) -> Pattern:
    """Exactly `text`, its escapes resolved (StringEquals)."""
    if "${" not in text or version != NEWER:
        return Pattern(text)
    return build(glob_tokens(text, wild=False))


@functools.lru_cache(maxsize=4096)
def any_case(text: str, version: str = NEWER) -> Pattern:
    """`text` in whatever letter case."""
    return build([("c", _cases(value)) for _, value in glob_tokens(text, wild=False, escapes=version == NEWER)])


def _cases(sign: str) -> str:
    low = sign.lower()
    forms = {low, sign, sign.upper(), {"k": "\u212a", "\xe5": "\u212b"}.get(low, low)}
    return "".join(sorted(form for form in forms if len(form) == 1))


@functools.lru_cache(maxsize=4096)
def arn(text: str, version: str = NEWER, barred: str = "") -> Pattern | None:
    """ArnLike: a wildcard stays in its segment, and never takes `barred`. None with fewer than six segments."""
    parts = text.split(":", 5)
    if len(parts) < 6:
        return None
    made: list[Token] = []
    for number, part in enumerate(parts):
        made += [("c", ":")] if number else []
        made += glob_tokens(part, (":" if number < 5 else "") + barred, escapes=version == NEWER)
    return build(made)


@functools.lru_cache(maxsize=16384)
def resource(text: str, version: str = NEWER) -> Pattern:
    """A Resource element: a wildcard stays in its ARN segment, but a `*` that ends the segment may go on from there."""
    if _plain(text) or text == "*":
        return glob(text, version)
    made: list[Token] = []
    for number, part in enumerate(text.split(":", 5)):
        made += [("c", ":")] if number else []
        made += _segment(part, version) if number < 5 else glob_tokens(part, escapes=version == NEWER)
    return build(made)


def _segment(part: str, version: str) -> list[Token]:
    made = glob_tokens(part, ":", escapes=version == NEWER)
    if made and made[-1] == ("*", ":"):
        made[-1] = ("*", "")
    return made


def fits(pattern: Pattern, text: str) -> bool:
    """Whether `text` is one of the pattern's texts."""
    if not text.startswith(pattern.head):
        return False
    if pattern.exact:
        return len(text) == len(pattern.head)
    return pattern.prefix or len(pattern.tokens) in run(pattern.tokens, text[len(pattern.head) :])


def run(tokens: tuple[Token, ...], text: str) -> set[int]:
    """The positions in `tokens` that one can stand at after reading `text`; the length means that it matched."""
    here = _spread(tokens, {0})
    for sign in text:
        there = set()
        for at in here:
            if at == len(tokens):
                continue
            kind, value = tokens[at]
            if (sign in value) is (kind == "c"):
                there.add(at if kind == "*" else at + 1)
        here = _spread(tokens, there)
        if not here:
            break
    return here


def _spread(tokens: tuple[Token, ...], found: set[int]) -> set[int]:
    for at in sorted(found):
        while at < len(tokens) and tokens[at][0] == "*":
            at += 1
            found.add(at)
    return found
