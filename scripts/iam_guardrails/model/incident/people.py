"""Who may declare an incident: the people of guardrails.toml, as they are called."""

from __future__ import annotations

from collections.abc import Iterable

from iam_guardrails.model.expected import Expected


def names(expected: Expected) -> tuple[str, ...]:
    """The people who may enter: IAM users by their names, people of Identity Center by theirs there."""
    users = [arn.rpartition("/")[2] for arn in expected.people]
    lane = expected.identity_center
    return tuple(dict.fromkeys([*users, *(lane.users if lane else ())]))


def recognised(candidates: Iterable[str], known: Iterable[str]) -> str:
    """The one known name that one of the candidates is (or, of an address, begins with); "" where none or several fit.

    candidates: what a machine tells of its user, e.g. its login name and the address git knows.
    """
    there = tuple(known)
    for candidate in candidates:
        wanted = candidate.casefold()
        fits = [name for name in there if wanted and wanted in (name.casefold(), name.casefold().partition("@")[0])]
        if len(fits) == 1:
            return fits[0]
    return ""
