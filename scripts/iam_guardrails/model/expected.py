"""What a company expects of one account: the content of `guardrails.toml`, checked and typed."""

from __future__ import annotations

from iam_guardrails.model.finding import Waiver
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.review.manifest import Assigned, Assumer, Middleware
from iam_guardrails.model.trail.answers import NONE, Answers
from iam_guardrails.model.value import frozen


@frozen
class IdentityCenter:
    """The Identity Center lane: permission set, the Region Identity Center lives in, the named users."""

    permission_set: str
    home_region: str
    users: tuple[str, ...] = ()


@frozen
class Organization:
    """The organisation that the account is a member of.

    id: as aws:PrincipalOrgID has it (o-…).  path: as aws:PrincipalOrgPaths has it, from the organisation down to the
    unit that holds the account (o-…/r-…/ou-…/), "" where it is not told.
    """

    id: str
    path: str = ""


@frozen
class KnownNoise:
    """A drift that is accepted for ever at one address (a glob), with its reason."""

    address: str
    reason: str


@frozen
class Expected:
    """Expectations for one account.

    role_names: break-glass roles.  people: principal ARNs that may enter.  incident_id_pattern: a StringLike
    pattern for sts:SourceIdentity, or None where no incident id is asked for.
    required_kinds: kinds (model.account.KINDS) whose absence from a plan is a finding and not "not judged".
    administrator_reason: why the role may carry AdministratorAccess (empty: it may not).
    unknown_keys: keys of the file that mean nothing; reports tell them.
    secret_patterns: names of the secrets whose readers matter.  checkov_skips: (check id, reason) pairs.
    declared_key_users: users that may have an access key.
    recipients: (person, endpoints) of the people who hear the alerts.
    declared_roles / declared_users: name patterns of principals that other stacks own.
    records_store: "s3://…", a second place for the records of incidents, "" for none.
    filter_answers: how AWS answered what its documentation of filter patterns leaves open (records/).
    middleware, assumers, assigned: the manifest that reviews hold roles, assumptions and assignments against.
    """

    account_id: str
    home_region: str
    second_region: str = "us-east-1"
    environment: str = ""
    partition: str = "aws"
    role_names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    organization: Organization | None = None
    identity_center: IdentityCenter | None = None
    incident_id_pattern: str | None = None
    required_kinds: tuple[str, ...] = ()
    declared_roles: tuple[str, ...] = ()
    declared_users: tuple[str, ...] = ()
    declared_key_users: tuple[str, ...] = ()
    secret_patterns: tuple[str, ...] = ()
    known_noise: tuple[KnownNoise, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    administrator_reason: str = ""
    checkov_skips: tuple[tuple[str, str], ...] = ()
    unknown_keys: tuple[str, ...] = ()
    recipients: tuple[tuple[str, tuple[str, ...]], ...] = ()
    filter_answers: Answers = NONE
    records_store: str = ""
    middleware: tuple[Middleware, ...] = ()
    assumers: tuple[Assumer, ...] = ()
    assigned: tuple[Assigned, ...] = ()


def require_role(expected: Expected) -> None:
    """Raise Problem where guardrails.toml names no break-glass role to follow."""
    if not expected.role_names:
        raise Problem(
            "guardrails.toml names no break-glass role (breakglass.role_names), so there is no chain to follow"
        )
