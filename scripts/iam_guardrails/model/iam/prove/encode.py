"""Statements as fields: which options a request has in each of its parts, and which statements each option satisfies.

A statement is a conjunction over the parts of a request, so an option of a part is the mask of the statements it
satisfies, and a request is one option of each part. Axioms between keys are applied before options are merged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from iam_guardrails.model.iam.condition_check import wrong_value
from iam_guardrails.model.iam.document import PolicyDocument, Statement
from iam_guardrails.model.iam.prove import callers, pairs, tied
from iam_guardrails.model.iam.prove.behind import coverings, named_alike
from iam_guardrails.model.iam.prove.classes import Domain
from iam_guardrails.model.iam.prove.fields import Option, TextField, merged
from iam_guardrails.model.iam.prove.keys import key_options
from iam_guardrails.model.iam.prove.near import by_value
from iam_guardrails.model.iam.prove.patterns import (
    NEWER,
    Pattern,
    build,
    glob,
    glob_tokens,
    has_variable,
    resource,
    without_variables,
)
from iam_guardrails.model.iam.prove.tests import (
    SEVERAL,
    Test,
    Unreadable,
    holds_one,
    is_free_text,
    read_test,
    several,
)
from iam_guardrails.model.value import frozen

ACTIONS = Domain((build([("?", ":"), ("*", ":"), ("c", ":"), ("?", ""), ("*", "")]),), 1, 1)
ONE_VALUE = "holds one value"
READING = "a * in a Resource stays in its ARN segment unless it ends the segment (as AWS documents it)"

WAYS = "who is named and who is let in with the whole account need the same policies of their own"


@frozen
class Body:
    """A statement with the version of its document, which says whether policy variables exist in it."""

    statement: Statement
    version: str = NEWER

    @property
    def key(self) -> object:
        """Equal for statements that say the same."""
        return self.rest, self.statement.actions, self.statement.not_actions

    @property
    def rest(self) -> object:
        """Equal for statements that say the same of everything but the action."""
        item = self.statement
        return (item.effect, item.principals, item.not_principals, item.resources,
                item.not_resources, item.conditions, self.version)  # fmt: skip


@frozen
class Encoded:
    """fields: the options of each part of a request but the action.  every: the bits of the statements at hand."""

    fields: dict[str, list[Option]]
    every: int


Bit = tuple[int, Body]


@frozen
class Limits:
    """What requests are looked at: of `callers` (all where there are none), on `actions` and `resources`.

    kind: "identity", "resource" or "trust", as for the evaluator.
    """

    kind: str
    actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()


def bodies_of(document: PolicyDocument) -> list[Body]:
    """The statements of a document."""
    return [Body(item, document.version) for item in document.statements]


class Encoder:
    """Takes statements in, gives each distinct one a bit, and makes the fields."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.bits: dict[object, int] = {}
        self.rests: dict[object, int] = {}  # what statements say of everything but the action -> these statements
        self.bodies: list[Body] = []
        self.assumed: dict[str, None] = {}  # in the order in which they came up

    def add(self, bodies: Iterable[Body]) -> int:
        """The mask of these statements; one that says the same as another shares its bit."""
        mask = 0
        for body in self._parted(bodies):
            if body.key not in self.bits:
                bit = self.bits[body.key] = 1 << len(self.bodies)
                self.rests[body.rest] = self.rests.get(body.rest, 0) | bit
                self.bodies.append(body)
            mask |= self.bits[body.key]
        return mask

    def _parted(self, bodies: Iterable[Body]) -> Iterable[Body]:
        """The statements, those in parts that are about users, or members of an organization, by a variable."""
        if self.limits.kind == "identity":  # of which somebody is meant who has it or not, or anybody
            return bodies
        return (Body(item, body.version) for body in bodies for item in by_value(body.statement, body.version))

    def alike(self, mask: int) -> int:
        """The statements of `mask` and those that say the same of everything but the action."""
        found = 0
        for same in self.rests.values():
            found |= same if same & mask else 0
        return found

    @property
    def spelling(self) -> dict[str, str]:
        """Each action of the statements by its text in lower case."""
        items = [body.statement for body in self.bodies]
        return {text.lower(): text for item in items for text in (*item.actions, *item.not_actions)}

    def actions(self, exact: bool = False) -> list[Option]:
        """The options of the action, over all statements. Raises OverBudget."""
        return self.action_field().options((1 << len(self.bodies)) - 1, exact)

    def text_fields(
        self, bodies: Sequence[Bit], tests: Mapping[str, Sequence[tuple[int, Test]]]
    ) -> dict[str, TextField]:
        """The resource and the caller, as far as the statements speak of them."""
        where = callers.partitions(_texts(body for _, body in bodies))
        found: dict[str, TextField] = {}
        if any(body.statement.resources or body.statement.not_resources for _, body in bodies):
            found["resource"] = self._resources(bodies, where)
        caller = self._callers(bodies, tests, where)
        return found if caller is None else {**found, "caller": caller}

    def within(self, alive: int) -> list[Bit]:
        """The statements of a mask, with their bits."""
        return [(1 << place, body) for place, body in enumerate(self.bodies) if alive >> place & 1]

    def encode(self, alive: int, exact: bool = False) -> Encoded:
        """All other fields for the statements in `alive`. Raises OverBudget, and Unreadable for unknown operators."""
        bodies = self.within(alive)
        tests = tests_of(bodies)
        texts = self.text_fields(bodies, tests)
        fields = {name: field.options(alive, exact) for name, field in texts.items()}
        fields |= self.key_fields(tests, alive)
        return Encoded({name: merged(options) for name, options in fields.items()}, alive)

    def key_fields(self, tests: Mapping[str, Sequence[tuple[int, Test]]], alive: int) -> dict[str, list[Option]]:
        """The condition keys, those that tell one thing tied together. Raises OverBudget."""
        fields: dict[str, list[Option]] = {}
        for key, listed in tests.items():
            if key not in tied.KEYS:
                fields[key] = self._key(key, listed, alive)
        pairs.tie_mfa(fields, alive, self.assumed)
        if moments := pairs.tie_times(fields, tests, self.assumed):
            fields[pairs.MOMENT] = pairs.in_both(self._key(pairs.TIMES[1], moments, alive))
        return fields

    def action_field(self) -> TextField:
        """The action, over all statements."""
        listed = tuple(Pattern(text.lower()) for text in self.limits.actions)
        field = TextField(Domain(listed) if listed else ACTIONS)
        for place, body in enumerate(self.bodies):
            item = body.statement
            named = item.not_actions or item.actions
            number = field.union(glob(text.lower(), "") for text in named)
            field.require(1 << place, [(number, not item.not_actions)] if named else [])
        return field

    def _resources(self, bodies: Sequence[Bit], where: Sequence[str]) -> TextField:
        listed = tuple(Pattern(text) for text in self.limits.resources)
        field = TextField(Domain(listed) if listed else _resource_domain(where))
        for bit, body in bodies:
            item = body.statement
            named = item.not_resources or item.resources
            if not named:
                if self.limits.kind != "trust":
                    field.require(bit, [])
                continue
            if any("*" in text or "?" in text for text in named):
                self.assumed[READING] = None
            _require_resource(field, bit, body, named)
        if len(field.variables) > 1:
            places = list(field.variables)
            found = coverings(list(field.variables.values()))
            field.wider = [(places[narrow], places[wide]) for narrow, wide in found]
        return field

    def _callers(
        self, bodies: Sequence[Bit], tests: Mapping[str, Sequence[tuple[int, Test]]], where: Sequence[str]
    ) -> TextField | None:
        named = [item for _, body in bodies
                 for item in (*body.statement.principals, *body.statement.not_principals)]  # fmt: skip
        if self.limits.kind == "identity" and not named and not tied.KEYS & tests.keys():
            return None
        everybody = self.limits.kind != "identity"
        listed = tuple(Pattern(text) for text in self.limits.callers)
        owned = () if tied.by_scale(tests) else callers.accounts(_caller_texts(bodies))
        whole = callers.domain(where, owned, named, everybody=everybody, roots=self.limits.kind == "resource")
        field = TextField(Domain(listed) if listed else whole)
        self.assumed[f"callers and resources are of the partition {' or '.join(where)}"] = None
        if callers.two_ways(body.statement for _, body in bodies):
            self.assumed[WAYS] = None
        for bit, body in bodies:
            item = body.statement
            if item.principals or item.not_principals:
                callers.require_principals(field, bit, item, where)
            elif everybody:
                field.require(bit, [])
        about = dict(bodies)
        for key in sorted(tied.KEYS & tests.keys()):
            for bit, test in tests[key]:
                if key == tied.KMS_CALLER and not _of_kms(about[bit].statement):
                    raise Unreadable(f"{key} is weighed only in statements that are about kms actions alone")
                tied.require_test(field, bit, key, test, where)
        return field

    def _key(self, key: str, listed: Sequence[tuple[int, Test]], every: int) -> list[Option]:
        distinct: list[Test] = []
        for _, test in listed:
            if test not in distinct:
                distinct.append(test)
        if not several(key, distinct) and not holds_one(key):
            self.assumed[f"{key} {ONE_VALUE}"] = None
        if key in SEVERAL and any(test.quantifier == "ForAllValues" for test in distinct):
            self.assumed[f"none of the values of {key} is an empty text"] = None
        families = {test.family for test in distinct} & {"number", "date", "address"}
        if families and not is_free_text(key):
            self.assumed[f"{key} is a well-formed {'/'.join(sorted(families))} where it is present"] = None
        for text in sorted({text for test in distinct for text in test.wanted if wrong_value(test.base, text)}):
            self.assumed[f"{text!r} is no value of its kind, and {key} never matches it"] = None
        needs = [(bit, 1 << distinct.index(test)) for bit, test in listed]
        made: list[Option] = []
        for value, met, free in key_options(key, distinct):
            mask = every
            for bit, need in needs:
                mask &= every if met & need else ~bit
            made.append((value, mask, free))
        return made if key in (pairs.MFA, pairs.AGE) else merged(made)


def tests_of(bodies: Iterable[Bit]) -> dict[str, list[tuple[int, Test]]]:
    found: dict[str, list[tuple[int, Test]]] = {}
    for bit, body in bodies:
        for item in body.statement.conditions:
            found.setdefault(item.key.lower(), []).append((bit, read_test(item, body.version)))
    return found


def _of_kms(item: Statement) -> bool:
    return bool(item.actions) and all(text.lower().startswith("kms:") for text in item.actions)


def _require_resource(field: TextField, bit: int, body: Body, named: Sequence[str]) -> None:
    fixed = [resource(text, body.version) for text in named if not has_variable(text, body.version)]
    free = [field.variable(named_alike(text), glob(without_variables(text), body.version))
            for text in named if has_variable(text, body.version)]  # fmt: skip
    numbers = [field.union(fixed), *free]
    if body.statement.not_resources:
        for number in numbers:
            field.require(bit, [(number, False)])
    else:
        field.require(bit, [(number, True) for number in numbers])


def _resource_domain(where: Sequence[str]) -> Domain:
    shapes = [Pattern("*")]
    for partition in where:
        start = glob_tokens(f"arn:{partition}:")
        middle = [("?", ":"), ("*", ":"), ("c", ":"), ("*", ":"), ("c", ":"), ("*", ":"), ("c", ":"), ("?", ""),
                  ("*", "")]  # fmt: skip
        shapes.append(build([*start, *middle]))
    return Domain(tuple(shapes), 3, 5)


def _caller_texts(bodies: Sequence[Bit]) -> Iterable[str]:
    """What the statements say of the caller."""
    for _, body in bodies:
        item = body.statement
        yield from (named.value for named in (*item.principals, *item.not_principals))
        for condition in item.conditions:
            yield from condition.values if condition.key.lower() in tied.KEYS else ()


def _texts(bodies: Iterable[Body]) -> Iterable[str]:
    for body in bodies:
        item = body.statement
        yield from item.resources
        yield from item.not_resources
        yield from (named.value for named in (*item.principals, *item.not_principals))
        for condition in item.conditions:
            yield from condition.values


__all__ = ["Body", "Encoded", "Encoder", "Limits", "bodies_of"]
