"""Roles by whose sessions something of a use may have been done, of whose records nothing tells but who assumed whom.

Of a role that is not followed, only the calls that change IAM are kept whole, and not those that begin its sessions.
Source: AWS IAM User Guide, id_roles_use_switch-role-ec2, and id_roles_create_for-idp (Federated in a trust policy).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from iam_guardrails.model.account import Account
from iam_guardrails.model.incident.lending import Roles, Subject
from iam_guardrails.model.incident.machines import reached
from iam_guardrails.model.incident.providers import OPENS, is_named, opened
from iam_guardrails.model.incident.unsure import may_be_done
from iam_guardrails.model.trail.facts import DayFacts
from iam_guardrails.model.trail.principal import role_name
from iam_guardrails.model.trail.questions.assumptions import SESSIONS, assumptions
from iam_guardrails.model.trail.questions.records import Record
from iam_guardrails.model.trail.questions.rows import Assumption
from iam_guardrails.model.unknown import Unknown

_SERVICES = {"i": "ec2.amazonaws.com", "m": "ssm.amazonaws.com"}
_TASKS = "ecs-tasks.amazonaws.com"


def through_which(
    facts: Iterable[tuple[str, DayFacts]], mine: Iterable[Record], before: Account | Unknown, roles: Roles
) -> frozenset[Subject]:  # fmt: skip
    """Roles that the machines have which a use reached, and those into which an identity provider lets in that it
    changed. facts: all that was read.  mine: the records of the use.  roles: of break-glass, which are followed."""
    listed = list(mine)
    found = {*_by_provider(facts, listed, before), *_of_machines(facts, listed)}
    return frozenset(one for one in found if one[0]) - roles


def _by_provider(
    facts: Iterable[tuple[str, DayFacts]], mine: Iterable[Record], before: Account | Unknown
) -> Iterator[Subject]:  # fmt: skip
    """By the capture's trusts, and by who assumed what since: of an assertion, that does not tell the provider."""
    arns = {one[0] for record in mine
            if record.action in OPENS and may_be_done(record.outcome) and (one := opened(record))}  # fmt: skip
    if not arns:
        return
    saml = any(":saml-provider/" in arn for arn in arns)
    for row in _assumed(facts):
        if row.action == "AssumeRoleWithWebIdentity":
            by = any(is_named(row.principal.partition(" ")[0], arn) for arn in arns)
        else:
            by = saml and row.action == "AssumeRoleWithSAML"
        if by:
            yield role_name(row.role)
    if isinstance(before, Unknown):
        return
    for role in before.roles:
        if not isinstance(role.trust, Unknown) and any(
            who.kind == "Federated" and who.value in arns for item in role.trust.statements for who in item.principals
        ):
            yield (before.account_id, role.name)


def _of_machines(facts: Iterable[tuple[str, DayFacts]], mine: Iterable[Record]) -> Iterator[Subject]:
    names = {name for one in reached(mine) for name in one.names}
    services = {_SERVICES.get(name[0], _TASKS) if "-" in name else _TASKS for name in names}
    if not names:
        return
    for row in _assumed(facts):
        if row.principal in services and (row.session in names or SESSIONS in row.more):
            yield role_name(row.role)


def _assumed(facts: Iterable[tuple[str, DayFacts]]) -> Iterator[Assumption]:
    """Who assumed which role, day by day: so the latest session of each day is told."""
    return (row for day in facts for row in assumptions([day]) if row.outcome == "ok")
