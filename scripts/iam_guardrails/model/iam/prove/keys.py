"""The options of one condition key: absent, empty, each kind of value, and every mixture of values.

Sources: AWS IAM User Guide, reference_policies_elements_condition_operators (an absent key, Null, IfExists) and
reference_policies_condition-single-vs-multi-valued-context-keys (ForAllValues, ForAnyValue). Where AWS leaves a case
open (ForAnyValue with IfExists and no key; Null and a key that is there and empty), there is an option for each answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from iam_guardrails.model.iam.prove.automaton import OverBudget
from iam_guardrails.model.iam.prove.behind import named_alike
from iam_guardrails.model.iam.prove.classes import Domain
from iam_guardrails.model.iam.prove.fields import Free, Literal, Option, TextField
from iam_guardrails.model.iam.prove.patterns import (
    ANYTHING,
    Pattern,
    any_case,
    arn,
    fits,
    glob,
    has_variable,
    literal,
    without_variables,
)
from iam_guardrails.model.iam.prove.tests import ALWAYS, SEVERAL, TRUTHS, Test, is_free_text, several

MIXTURES = 4096
NEVER_EMPTY = frozenset(f"aws:{whose}orgpaths" for whose in ("principal", "resource", "source", "vpce"))
"""A member of an organization is somewhere in it (AWS IAM User Guide, reference_policies_condition-keys)."""
_UNREAD = "abc"  # no number, date or address: equal to nothing, less than nothing and greater than nothing
Value = tuple[str, int, Free]  # (example, tests that one such value meets, variables that matched)
_TRUTH = (Pattern("true"), Pattern("false"))


def key_options(key: str, tests: Sequence[Test]) -> list[Option]:
    """All options of the key (lower case): (its values or None, tests met, variables). Raises OverBudget."""
    listed = list(tests)
    single = _values(key, listed)
    every = _bits(listed, lambda test: test.base != "Null")
    null_false = _bits(listed, lambda test: test.base == "Null" and _wants(test, "false"))
    null_true = _bits(listed, lambda test: test.base == "Null" and _wants(test, "true"))
    found: list[Option] = [] if key in ALWAYS else _absent(listed, null_true)
    plain = every if key not in SEVERAL else _bits(listed, lambda test: bool(test.quantifier))
    for text, met, free in single:
        found.append(((text,), met & plain | null_false, free))
    if several(key, listed):
        found += [] if key in NEVER_EMPTY else _empty(listed, null_true, null_false)
        found += [(texts, met | null_false, free) for texts, met, free in _mixtures(listed, single)]
    return found


def _bits(tests: Sequence[Test], wanted: Callable[[Test], bool]) -> int:
    return sum(1 << place for place, test in enumerate(tests) if wanted(test))


def _wants(test: Test, truth: str) -> bool:
    return truth in (text.lower() for text in test.wanted)


def _absent(tests: Sequence[Test], null_true: int) -> list[Option]:
    met, open_ones = null_true, []
    for place, test in enumerate(tests):
        if test.base == "Null":
            continue
        if test.quantifier == "ForAnyValue":
            open_ones += [place] if test.if_exists else []
        elif test.quantifier == "ForAllValues" or test.if_exists or test.negated:
            met |= 1 << place
    if not open_ones:
        return [(None, met, None)]
    return [(None, met | _spread(open_ones, choice), ()) for choice in _choices(open_ones)]


def _empty(tests: Sequence[Test], null_true: int, null_false: int) -> list[Option]:
    met = _bits(tests, lambda test: test.base != "Null" and (
        test.quantifier == "ForAllValues" or (not test.quantifier and test.negated)))  # fmt: skip
    if not null_true | null_false:
        return [((), met, None)]
    return [((), met | null_true, ()), ((), met | null_false, ())]


def _choices(places: Sequence[int]) -> range:
    if len(places) > 8:
        raise OverBudget("more than 8 tests whose answer AWS leaves open")
    return range(1 << len(places))


def _spread(places: Sequence[int], choice: int) -> int:
    return sum(1 << place for number, place in enumerate(places) if choice >> number & 1)


def _mixtures(tests: Sequence[Test], single: Sequence[Value]) -> list[tuple[tuple[str, ...], int, Free]]:
    """What several values come to: the tests that some value meets and those that all do, closed under adding one."""
    any_tests = _bits(tests, lambda test: test.quantifier == "ForAnyValue")
    all_tests = _bits(tests, lambda test: test.quantifier == "ForAllValues")
    seen: dict[tuple[int, int], tuple[tuple[str, ...], Free]] = {}
    waiting: list[tuple[int, int]] = []
    for text, met, free in single:
        if (met, met) not in seen:
            waiting.append((met, met))
            seen[met, met] = ((text,), free)
    for some, each in waiting:  # grows while it is read
        texts, free = seen[some, each]
        for text, met, more in single:
            key = (some | met, each & met)
            if key not in seen:
                seen[key] = ((*texts, text), _joined(free, more))
                waiting.append(key)
        if len(seen) > MIXTURES:
            raise OverBudget(f"more than {MIXTURES} mixtures of the values of one condition key")
    return [(texts if len(texts) > 1 else texts * 2, some & any_tests | each & all_tests, free)
            for (some, each), (texts, free) in seen.items()]  # fmt: skip


def _joined(one: Free, other: Free) -> Free:
    return None if one is None and other is None else (*(one or ()), *(other or ()))


def _values(key: str, tests: Sequence[Test]) -> list[Value]:
    """Each kind of single value, negated tests turned round already."""
    families = {test.family for test in tests} - {"null"}
    negated = _bits(tests, lambda test: test.negated and test.base != "Null")
    texts: list[Value] = _texts(key, tests) if not families or "text" in families else [("", 0, None)]
    scales = [_scale(name, key, tests) for name in sorted(families - {"text"})]
    found = texts
    for scale in scales:
        mixed = len(families) > 1
        read = [(example, met | more, () if mixed else free) for _, met, free in found for example, more in scale]
        unread = [(text or _UNREAD, met, () if mixed else free) for text, met, free in found]
        found = [*read, *unread] if is_free_text(key) else read
    turned = [(text, met ^ negated, free) for text, met, free in found]
    return _once(key, [*turned, *_empty_text(key, tests, negated, families)])


def _once(key: str, found: Sequence[Value]) -> list[Value]:
    kept: dict[tuple[int, str], Value] = {}
    for value in found:
        label = value[0].lower() if key == "aws:multifactorauthpresent" else ""  # an axiom looks at it
        before = kept.get((value[1], label))
        if before is None or (before[2] is not None and value[2] is None):
            kept[value[1], label] = value
    return list(kept.values())


def _empty_text(key: str, tests: Sequence[Test], negated: int, families: set[str]) -> list[Value]:
    """ForAllValues is true of a lone empty text, whatever it asks for; keys of several values hold no empty one."""
    for_all = _bits(tests, lambda test: test.quantifier == "ForAllValues")
    if not for_all or families != {"text"} or key in TRUTHS | SEVERAL:
        return []
    met, open_ones = 0, []
    for place, test in enumerate(tests):
        if any(fits(found, "") for text in test.wanted if (found := _fixed(test, text)) is not None):
            met |= 1 << place
        elif not for_all >> place & 1 and any(has_variable(text, test.version) for text in test.wanted):
            open_ones.append(place)
    settled = (met ^ negated) | for_all
    return [("", settled ^ _spread(open_ones, choice), () if open_ones else None) for choice in _choices(open_ones)]


def _fixed(test: Test, text: str) -> Pattern | None:
    return None if test.base == "Null" or has_variable(text, test.version) else _pattern(test, text)


def _texts(key: str, tests: Sequence[Test]) -> list[Value]:
    if key in TRUTHS:  # each by itself, because an axiom tells them apart even where no test does
        return [value for truth in _TRUTH for value in _of_domain(Domain((truth,)), tests)]
    filled = any(test.quantifier == "ForAllValues" for test in tests)  # see _empty_text
    return _of_domain(Domain(filled=filled), tests)


def _of_domain(domain: Domain, tests: Sequence[Test]) -> list[Value]:
    field = TextField(domain)
    for place, test in enumerate(tests):
        if test.family == "text":
            field.require(1 << place, _clause(field, test))
    other = _bits(tests, lambda test: test.family != "text")
    return [(text, mask & ~other, free) for text, mask, free in field.options((1 << len(tests)) - 1)]


def _clause(field: TextField, test: Test) -> list[Literal]:
    fixed: list[Pattern] = []
    clause: list[Literal] = []
    for text in test.wanted:
        if test.base.startswith(("String", "Arn")) and has_variable(text, test.version):
            number = field.variable(f"{test.base} {named_alike(text)}", _widest(test, text))
            clause.append((number, True))
        else:
            found = _pattern(test, text)
            fixed += [found] if found is not None else []
    return [*clause, (field.union(fixed), True)]


def _widest(test: Test, text: str) -> Pattern:
    return ANYTHING if test.base == "StringEqualsIgnoreCase" else glob(without_variables(text), test.version)


def _pattern(test: Test, text: str) -> Pattern | None:
    if test.base == "Bool":
        return any_case(text) if text.lower() in ("true", "false") else None
    if test.base == "StringLike":
        return glob(text, test.version)
    if test.base == "StringEqualsIgnoreCase":
        return any_case(text, test.version)
    if test.base.startswith("Arn"):
        return arn(text, test.version)
    if test.base == "BinaryEquals":
        import base64  # here, because hardly a policy holds one

        try:
            return Pattern(base64.b64encode(base64.b64decode(text, validate=True)).decode())
        except ValueError:
            return None
    return literal(text, test.version)


def _scale(family: str, key: str, tests: Sequence[Test]) -> list[tuple[str, int]]:
    """Examples of a family that is no text, each with the tests of the family that it meets."""
    from iam_guardrails.model.iam.prove import values  # here, because fractions take a while to import

    mine = [(1 << place, test) for place, test in enumerate(tests) if test.family == family]
    wanted = [text for _, test in mine for text in test.wanted]
    if family == "address":
        examples, lies = values.addresses(wanted)
        return _first((text, sum(bit for bit, test in mine if any(lies(text, net) for net in test.wanted)))
                      for text in examples)  # fmt: skip
    read = values.number if family == "number" else values.moment
    show = values.decimal if family == "number" or key == "aws:epochtime" else values.date
    found = []
    for point in values.points(values.limits_of(wanted, read)):
        met = sum(bit for bit, test in mine if any(
            values.holds(test.base, point, limit) for limit in values.limits_of(test.wanted, read)))  # fmt: skip
        found.append((show(point), met))
    return _first(found)


def _first(found: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    kept: dict[int, str] = {}
    for text, met in found:
        kept.setdefault(met, text)
    return [(text, met) for met, text in kept.items()]
