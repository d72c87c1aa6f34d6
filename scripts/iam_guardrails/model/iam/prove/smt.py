"""A second way to look for a counterexample: texts as strings and patterns as regular expressions of z3.

It is asked where the classes exceed their budget, if `z3-solver` is installed (the extra `smt`); an answer of z3 that
is a request is replayed like any other, and what z3 cannot settle in time stays undetermined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import Any

from iam_guardrails.model.iam.prove.automaton import OverBudget
from iam_guardrails.model.iam.prove.encode import Encoder, tests_of
from iam_guardrails.model.iam.prove.fields import Option, TextField
from iam_guardrails.model.iam.prove.patterns import Pattern
from iam_guardrails.model.iam.prove.search import Chosen, Question

MILLISECONDS = 5_000


def installed() -> bool:
    """Whether z3 can be asked."""
    from importlib.util import find_spec

    return find_spec("z3") is not None


def counterexample(encoder: Encoder, question: Question, milliseconds: int = MILLISECONDS) -> Chosen | None:
    """A class of requests that is forbidden; None where there is none. Raises OverBudget where z3 gives up."""
    return _Asked(encoder, question, milliseconds).answer()


class _Asked:
    def __init__(self, encoder: Encoder, question: Question, milliseconds: int) -> None:
        import z3

        self.z3: Any = z3
        self.count = len(encoder.bodies)
        self.solver = z3.Solver()
        self.solver.set("timeout", milliseconds)
        self.held: list[list[Any]] = [[] for _ in range(self.count)]  # what each statement asks
        self.readers: dict[str, Callable[[Any], Option]] = {}
        every = (1 << self.count) - 1
        bodies = encoder.within(every)
        tests = tests_of(bodies)
        texts = {"action": encoder.action_field(), **encoder.text_fields(bodies, tests)}
        for name, field in texts.items():
            self._text(name, field)
        for name, options in encoder.key_fields(tests, every).items():
            self._choice(name, options)
        for demand in question.demands:
            self.solver.add(self._any(self._some(mask, wanted) for mask, wanted in demand))

    def answer(self) -> Chosen | None:
        """Ask."""
        verdict = str(self.solver.check())
        if verdict == "unknown":
            raise OverBudget("z3 gave up, too")
        if verdict == "unsat":
            return None
        model = self.solver.model()
        return {name: read(model) for name, read in self.readers.items()}

    def _any(self, parts: Iterator[Any]) -> Any:
        return self.z3.Or(self.z3.BoolVal(False), *parts)

    def _some(self, mask: int, wanted: bool) -> Any:
        places = (place for place in range(self.count) if mask >> place & 1)
        some = self._any(self.z3.And(self.z3.BoolVal(True), *self.held[place]) for place in places)
        return some if wanted else self.z3.Not(some)

    def _text(self, name: str, field: TextField) -> None:
        """A text field: a string of its domain, whose sets match as their regular expressions do."""
        z3 = self.z3
        text = z3.String(name)
        if field.domain.shapes:
            self.solver.add(self._any(self._fits(text, shape) for shape in field.domain.shapes))
        sets = []
        for number, patterns in enumerate(field.sets):
            matches = self._any(self._fits(text, pattern) for pattern in patterns)
            if number in field.variables:
                chosen = z3.Bool(f"{name} variable {number}")
                self.solver.add(z3.Implies(chosen, matches))
                matches = chosen
            sets.append(matches)
        for statements, clause in field.clauses:
            asked = self._any(sets[number] if wanted else z3.Not(sets[number]) for number, wanted in clause)
            for place in range(self.count):
                if statements >> place & 1:
                    self.held[place].append(asked)

        def read(model: Any) -> Option:
            found = model.eval(text, model_completion=True).as_string()
            on = [word for number, word in field.variables.items() if z3.is_true(model.eval(sets[number]))]
            return _plain(found), 0, tuple(on) if on else None

        self.readers[name] = read

    def _choice(self, name: str, options: Sequence[Option]) -> None:
        """A field whose options are known: one of them is chosen."""
        z3 = self.z3
        number = z3.Int(name)
        self.solver.add(number >= 0, number < len(options))
        for place in range(self.count):
            fitting = [at for at, option in enumerate(options) if option[1] >> place & 1]
            if len(fitting) < len(options):
                self.held[place].append(self._any(number == at for at in fitting))
        self.readers[name] = lambda model: options[model.eval(number, model_completion=True).as_long()]

    def _fits(self, text: Any, pattern: Pattern) -> Any:
        z3 = self.z3
        if pattern.exact:
            return text == self._literal(pattern.head)
        if pattern.prefix:
            return z3.PrefixOf(self._literal(pattern.head), text)
        parts = [z3.Re(self._literal(pattern.head))] if pattern.head else []
        parts += [self._token(kind, value) for kind, value in pattern.tokens]
        return z3.InRe(text, parts[0] if len(parts) == 1 else z3.Concat(*parts))

    def _literal(self, text: str) -> Any:
        """The text itself: z3 reads `\\u{41}` in a text as A, unless the backslash is written so, too."""
        return self.z3.StringVal(text.replace("\\", "\\u{5c}"))

    def _token(self, kind: str, value: str) -> Any:
        z3 = self.z3
        signs = [z3.Re(self._literal(sign)) for sign in value]
        several = reduce(z3.Union, signs) if signs else None
        if kind == "c":
            return several
        any_sign = z3.AllChar(z3.ReSort(z3.StringSort()))
        one = any_sign if several is None else z3.Intersect(any_sign, z3.Complement(several))
        return z3.Star(one) if kind == "*" else one


def _plain(text: str) -> str:
    """The text behind z3's escapes of characters that are not printed as they are."""
    import re

    return re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda found: chr(int(found.group(1), 16)), text)
