"""Who wants to enter: by which lane, and what is odd about it.

Source: AWS IAM User Guide, id_credentials_mfa_configure-api-require (credentials of AssumeRole carry no MFA, F1.4) and
reference_policies_elements_principal; AWS IAM Identity Center User Guide, referencingpermissionsets (the role's name).
"""

from __future__ import annotations

import re

from iam_guardrails.model.expected import Expected
from iam_guardrails.model.incident.entry import Caller
from iam_guardrails.model.incident.incident import INSIDE, Incident
from iam_guardrails.model.incident.step import ENTERED, IAM_USER, IDENTITY_CENTER
from iam_guardrails.model.problem import Problem

_RESERVED = re.compile(r"AWSReservedSSO_(?P<set>.+)_[0-9a-f]{16}")


def described(caller: Caller) -> str:
    """A caller in a few words, which fit a line of a terminal as an ARN does not."""
    match = _RESERVED.fullmatch(caller.role_name)
    if match:
        return f"{caller.name} of Identity Center ({match['set']})"
    kind = caller.arn.split(":", 5)[-1].partition("/")[0]
    return f"the IAM user {caller.name} of account {caller.account_id}" if kind == "user" else caller.arn


def lane_of(caller: Caller, expected: Expected) -> str:
    """IAM_USER or IDENTITY_CENTER. Raises Problem, with the reason, for a caller that cannot enter."""
    kind, _, rest = caller.arn.split(":", 5)[-1].partition("/")
    if kind == "user":
        accounts = {expected.account_id, *(person.split(":")[4] for person in expected.people if ":" in person)}
        if caller.account_id not in accounts:
            raise Problem(
                f"the credentials belong to account {caller.account_id} ({caller.arn}), not to {expected.account_id}:"
                " choose the owner's with --owner-profile"
            )
        return IAM_USER
    if caller.role_name in expected.role_names and caller.account_id == expected.account_id:
        raise Problem(
            f"you are inside already: these credentials are a session of {caller.role_name} ({caller.name}); leave this"
            " shell first, or give the owner's with --owner-profile"
        )
    if _RESERVED.fullmatch(caller.role_name):
        return IDENTITY_CENTER
    if caller.role_name:
        raise Problem(
            f"the credentials are a session of the role {caller.role_name}, and such a session carries no MFA, even if"
            " MFA was asked for on the way: enter with the IAM user's own credentials (--owner-profile), or from"
            " Identity Center"
        )
    who = "the root user" if rest == "" and kind == "root" else caller.arn
    raise Problem(f"{who} cannot assume a role: sign in as an owner (--owner-profile)")


def doubts(caller: Caller, lane: str, expected: Expected, home: str = "", endpoint: str = "") -> tuple[str, ...]:
    """What is odd about the caller and yet for AWS to decide, one sentence each.

    home, endpoint: the Region and the STS endpoint that the shell names, "" for none.
    """
    found = []
    if endpoint:
        found.append(f"your shell sends AWS's calls to {endpoint.rpartition('@')[2]} (AWS_ENDPOINT_URL)")
    if home and home != expected.home_region:
        found.append(f"your shell says Region {home}; inside it will be {expected.home_region}")
    center = expected.identity_center
    match = _RESERVED.fullmatch(caller.role_name)
    if lane == IAM_USER and caller.arn not in expected.people:
        found.append(f"{described(caller)} is not among the people of guardrails.toml")
    if lane == IDENTITY_CENTER and match:
        if center is None or match["set"] != center.permission_set:
            wanted = center.permission_set if center else "none"
            found.append(f"your permission set is {match['set']}; guardrails.toml lets {wanted} enter")
        elif caller.name not in center.users:
            found.append(f"{caller.name} is not among the Identity Center users of guardrails.toml")
        if caller.account_id != expected.account_id:
            found.append(f"you are signed in to account {caller.account_id}, and enter {expected.account_id}")
    return tuple(found)


def about(incident: Incident, caller: Caller) -> tuple[str, ...]:
    """What is odd about this entry into this incident, one sentence each."""
    found = []
    person = incident.opened.person.rpartition("/")[2]
    if person.casefold().partition("@")[0] != caller.name.casefold().partition("@")[0]:
        found.append(f"{person} declared it, and {caller.name} enters")
    if incident.state == INSIDE:
        last = incident.of(ENTERED)[-1]
        found.append(
            f"somebody may be inside already: {last.content.get('session_name', '')} since {last.at:%H:%M} UTC"
        )
    return tuple(found)
