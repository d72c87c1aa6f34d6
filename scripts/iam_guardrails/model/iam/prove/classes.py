"""Which combinations of pattern sets some text of a domain satisfies, each with an example.

Patterns with the same literal beginning (`iam:`, `arn:aws:s3:`) are looked at apart. Where they are texts and prefixes
only, as nearly all are, the examples can be written down; else the automaton finds them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from iam_guardrails.model.iam.prove.automaton import READABLE, Automaton, Member
from iam_guardrails.model.iam.prove.patterns import ANYTHING, Pattern, Token, fits, run
from iam_guardrails.model.value import changed, frozen


@frozen
class Domain:
    """The texts a field can hold: those of `shapes` (all where there are none).

    marks: a pattern with so many colons in its literal beginning is grouped by them (0: no groups).  segments: how many
    colons a text has at least.  filled: whether the empty text is none of them.  ends: where a text has to go on in one
    of a few ways after its marks: how each begins and ends.
    """

    shapes: tuple[Pattern, ...] = ()
    marks: int = 0
    segments: int = 0
    filled: bool = False
    ends: tuple[tuple[str, str], ...] = ()

    def holds(self, text: str) -> bool:
        """Whether `text` is one of the texts."""
        if not self.shapes:
            return bool(text) or not self.filled
        return any(fits(shape, text) for shape in self.shapes)

    def completed(self, mark: str, text: str, order: Sequence[str]) -> Iterator[str]:
        """Texts of the domain that go on from `mark` + `text` as none of the listed texts (sorted) does."""
        for head, tail in self.ends:
            if head.startswith(text):
                yield mark + head + _unlike(order, head) + tail
            elif text.startswith(head):
                yield mark + text + _unlike(order, text) + ("" if " " in text else tail)
        if not self.ends:
            made = mark + text + _unlike(order, text)
            missing = self.segments - made.count(":")
            yield made + ":" * missing + "x" if missing > 0 else made


_FILLED = Pattern("", (("?", ""), ("*", "")))
Item = tuple[Pattern, int]  # a pattern and the sets that hold it


def classes(items: Sequence[Item], domain: Domain) -> tuple[dict[int, str], frozenset[int]]:
    """The satisfiable combinations with examples, and those among them whose example may belong to none.

    The second happens where a pattern that begins with a wildcard is looked at without the groups; every combination
    that exists is found in any case. Raises OverBudget.
    """
    if domain.shapes and all(shape.exact for shape in domain.shapes):
        return _listed(items, domain), frozenset()
    groups: dict[str, list[Item]] = {}
    rest: list[Item] = []
    for pattern, sets in _merged(items):
        mark = _mark(pattern.head, domain.marks)
        if mark:
            groups.setdefault(mark, []).append((pattern, sets))
        else:
            rest.append((pattern, sets))
    whole, listed = _parted(domain)
    for shape in whole.shapes:
        if mark := _mark(shape.head, domain.marks):
            groups.setdefault(mark, [])
    found = _rest(rest, whole)
    doubtful = {vector for vector, text in found.items() if _mark(text, domain.marks) in groups}
    for mark, group in groups.items():
        for vector, text in _group(mark, group, rest, whole).items():
            if vector not in found or vector in doubtful:
                found[vector] = text
                doubtful.discard(vector)
    for vector, text in _listed(items, listed).items():
        found[vector] = text
        doubtful.discard(vector)
    return found, frozenset(doubtful)


def _parted(domain: Domain) -> tuple[Domain, Domain]:
    """The shapes that stand for many texts, and those that are single texts and can be tried one by one."""
    single = tuple(shape for shape in domain.shapes if shape.exact)
    many = tuple(shape for shape in domain.shapes if not shape.exact)
    return changed(domain, shapes=many), Domain(single)


def exact_classes(items: Sequence[Item], domain: Domain) -> dict[int, str]:
    """The same without groups: slower, and no example is doubtful. Raises OverBudget."""
    return _automaton([(pattern, sets, (0,)) for pattern, sets in _merged(items)], domain)


def _listed(items: Sequence[Item], domain: Domain) -> dict[int, str]:
    found: dict[int, str] = {}
    for shape in domain.shapes:
        vector = 0
        for pattern, sets in items:
            vector |= sets if sets & ~vector and fits(pattern, shape.head) else 0
        found.setdefault(vector, shape.head)
    return found


def _merged(items: Sequence[Item]) -> list[Item]:
    made: dict[Pattern, int] = {}
    keys: dict[tuple[str, tuple[Token, ...]], Pattern] = {}
    for pattern, sets in items:
        one = keys.setdefault((pattern.head, pattern.tokens), pattern)
        made[one] = made.get(one, 0) | sets
    return list(made.items())


def _mark(head: str, marks: int) -> str:
    """The beginning of `head` up to its last mark; "" where it has fewer marks."""
    at = -1
    for _ in range(marks):
        at = head.find(":", at + 1)
        if at < 0:
            return ""
    return head[: at + 1]


def _rest(rest: Sequence[Item], domain: Domain) -> dict[int, str]:
    if not domain.shapes and all(pattern.exact or pattern.prefix for pattern, _ in rest):
        return _written("", [(p.head, p.prefix, sets) for p, sets in rest], domain)
    if domain.shapes and all(_mark(shape.head, domain.marks) for shape in domain.shapes):
        return {}
    unmarked = tuple(shape for shape in domain.shapes if not _mark(shape.head, domain.marks))
    return _automaton([(pattern, sets, (0,)) for pattern, sets in rest], changed(domain, shapes=unmarked))


def _group(mark: str, group: Sequence[Item], rest: Sequence[Item], domain: Domain) -> dict[int, str]:
    size = len(mark)
    simple: list[tuple[str, bool, int]] = []  # (text, whether as a prefix, sets)
    others: list[tuple[Pattern, int, tuple[int, ...]]] = []
    for pattern, sets in group:
        if pattern.exact or pattern.prefix:
            simple.append((pattern.head[size:], pattern.prefix, sets))
        else:
            others.append((Pattern(pattern.head[size:], pattern.tokens), sets, (0,)))
    for pattern, sets in rest:
        tokens = pattern.all_tokens()
        here = run(tokens, mark)
        if tokens and tokens[-1] == ("*", "") and len(tokens) - 1 in here:
            simple.append(("", True, sets))
        elif here:
            others.append((Pattern("", tokens), sets, tuple(sorted(here))))
    if not others and (domain.segments or domain.ends):
        return _written(mark, simple, domain)
    for text, prefix, sets in simple:
        others.append((Pattern(text, ANYTHING.tokens if prefix else ()), sets, (0,)))
    return _automaton(others, domain, mark)


def _automaton(items: Sequence[tuple[Pattern, int, tuple[int, ...]]], domain: Domain, mark: str = "") -> dict[int, str]:
    members = [Member(pattern.all_tokens(), starts, sets) for pattern, sets, starts in items]
    shapes = domain.shapes or ((_FILLED,) if domain.filled else ())
    for shape in shapes:
        tokens = shape.all_tokens()
        here = run(tokens, mark)
        if here:
            members.append(Member(tokens, tuple(sorted(here)), domain=True))
    if shapes and not (members and members[-1].domain):
        return {}  # no text of the domain begins so
    return Automaton(members).classes(mark)


def _written(mark: str, simple: Sequence[tuple[str, bool, int]], domain: Domain) -> dict[int, str]:
    """Examples for texts and prefixes: each text, and each prefix with a continuation that no other pattern has."""
    texts: dict[str, int] = {}
    prefixes: dict[str, int] = {"": 0}
    for text, prefix, sets in simple:
        made = prefixes if prefix else texts
        made[text] = made.get(text, 0) | sets
    order = sorted({*texts, *prefixes})
    sizes = sorted({len(text) for text in prefixes})
    found: dict[int, str] = {}
    for text in prefixes:
        for whole in domain.completed(mark, text, order):
            vector = _held(whole[len(mark) :], prefixes, sizes)
            if vector not in found and (not domain.ends or domain.holds(whole)):
                found[vector] = whole
    for text, sets in texts.items():
        vector = sets | _held(text, prefixes, sizes)
        if vector not in found and domain.holds(mark + text):
            found[vector] = mark + text
    return found


def _held(text: str, prefixes: dict[str, int], sizes: Sequence[int]) -> int:
    held = 0
    for size in sizes:
        if size > len(text):
            break
        held |= prefixes.get(text[:size], 0)
    return held


def _unlike(order: Sequence[str], text: str) -> str:
    """A character with which no listed text goes on from `text`."""
    taken = set()
    size = len(text)
    at = bisect_left(order, text)
    while at < len(order) and order[at].startswith(text):
        taken.add(order[at][size : size + 1])
        at += 1
    return next((sign for sign in READABLE if sign not in taken), None) or _far(taken)


def _far(taken: set[str]) -> str:
    return next(sign for sign in map(chr, range(0x4E00, 0x9FFF)) if sign not in taken)
