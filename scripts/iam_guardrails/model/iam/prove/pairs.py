"""Two keys that tell one thing: whether MFA was used and how long ago, and the time in its two forms.

Source: AWS IAM User Guide, reference_policies_condition-keys (aws:MultiFactorAuthAge: present only with MFA;
aws:CurrentTime and aws:EpochTime: one moment).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from iam_guardrails.model.iam.prove.fields import Option
from iam_guardrails.model.iam.prove.tests import Test, as_date
from iam_guardrails.model.iam.prove.values import date, moment

MFA, AGE = "aws:multifactorauthpresent", "aws:multifactorauthage"
BOTH = "both MFA keys"  # the field of the two together
TIMES = ("aws:currenttime", "aws:epochtime")
MOMENT = "both keys of the time"


def tie_mfa(fields: dict[str, list[Option]], every: int, assumed: dict[str, None]) -> None:
    """The age of MFA is there exactly where MFA is: tied before any option is merged with another.

    every: the mask of all statements at hand.  assumed: what is taken for granted; added to.
    """
    if AGE not in fields:
        return
    ages = fields.pop(AGE)
    states = fields.pop(MFA, [(None, every, None), (("false",), every, None), (("true",), every, None)])
    assumed["aws:MultiFactorAuthAge is present exactly where aws:MultiFactorAuthPresent is true"] = None
    fields[BOTH] = [
        ((state, age), one & other, None if free is None and more is None else (*(free or ()), *(more or ())))
        for state, one, free in states for age, other, more in ages
        if (age is not None) == (state is not None and state[0].lower() == "true")
    ]  # fmt: skip


def tie_times(
    fields: dict[str, list[Option]], tests: Mapping[str, Sequence[tuple[int, Test]]], assumed: dict[str, None]
) -> list[tuple[int, Test]]:
    """The tests of the one moment that the two keys of the time are, where both are asked; their fields are gone then.

    Empty where they stay two fields. assumed: what is taken for granted; added to.
    """
    if not fields.keys() >= set(TIMES):
        return []
    listed = [(bit, test) for key in TIMES for bit, test in tests[key]]
    for key in TIMES:
        fields[key] = [(value, mask, free or ()) for value, mask, free in fields[key]]
    if any(test.family not in ("number", "date", "null") for _, test in listed):
        return []  # compared as texts, too: then no answer is certain that takes them for two
    assumed["aws:CurrentTime and aws:EpochTime are the same moment"] = None
    del fields[TIMES[0]], fields[TIMES[1]]
    return [(bit, as_date(test)) for bit, test in listed]


def in_both(options: Iterable[Option]) -> list[Option]:
    """The options of a moment in seconds, as the two keys have it."""
    return [(_both_times(value[0]), mask, free) for value, mask, free in options]


def _both_times(seconds: str) -> tuple[tuple[str], tuple[str]]:
    found = moment(seconds)
    return ((seconds,) if found is None else (date(found),)), (seconds,)
