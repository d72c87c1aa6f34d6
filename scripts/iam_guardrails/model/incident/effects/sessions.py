"""Sessions: those of the break-glass role, and those of other roles entered from it. Each is something temporary.

A session ends when its time is over, or when its role denies everything to sessions of that age (AWS IAM User Guide,
id_roles_use_revoke-sessions). Ending the first does not end those entered from it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from iam_guardrails.model.iam.document import PolicyError, parse
from iam_guardrails.model.iam.revocation import REVOCATION_NAME, revoked_before
from iam_guardrails.model.incident.effects.kind import ADDS, Answer, Call, Kind, Names, State, command
from iam_guardrails.model.incident.effects.state import THERE
from iam_guardrails.model.incident.effects.write import Write
from iam_guardrails.model.incident.examined import OPEN, Item
from iam_guardrails.model.trail.principal import role_name, role_of
from iam_guardrails.model.trail.questions.records import expiry
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed

LONGEST = timedelta(hours=12)
"""The longest session there is (STS API Reference, AssumeRole), for a record that does not tell its end."""
_STAMP = "%Y-%m-%dT%H:%M:%SZ"


def expires_at(write: Write, longest: timedelta = LONGEST) -> str:
    """When the session that a call began ends by itself, RFC 3339. longest: where its record does not tell."""
    said = write.text("response:credentials.expiration")
    end = expiry(said) or datetime.fromtimestamp(write.seconds, UTC) + longest
    return end.strftime(_STAMP)


def session_of(write: Write) -> Sequence[Names] | Unknown:
    """The session that a call began."""
    if write.error:  # nobody was given credentials
        return ()
    arn = write.text("roleArn")
    account_id, name = role_name(arn)
    if not name:
        return Unknown("the record does not tell which role was assumed")
    who = write.text("roleSessionName") or "?"
    return [_names(write, arn, name, account_id, who, expires_at(write))]


def console_session_of(write: Write) -> Sequence[Names] | Unknown:
    """The console session for which a call made an address. It may outlast the session that made it: up to 12 hours,
    as SessionDuration says, which CloudTrail does not record (AWS IAM User Guide,
    id_roles_providers_enable-console-custom-url; STS API Reference, AssumeRole, DurationSeconds)."""
    arn = role_of(write.caller)
    account_id, name = role_name(arn)
    if not name:
        return Unknown("the record does not tell of which role the console session is")
    until = (datetime.fromtimestamp(write.seconds, UTC) + LONGEST).strftime(_STAMP)
    who = f"{write.caller.rpartition('/')[2]} in the console"
    return [_names(write, arn, name, account_id, who, until)]


def _names(write: Write, arn: str, name: str, account_id: str, who: str, expires: str) -> Names:
    return {
        "RoleArn": arn, "RoleName": name, "AccountId": account_id, "Session": who, "IssuedAt": write.at,
        "ExpiresAt": expires, "Document": json.dumps(_denying(write)),
    }  # fmt: skip


def _denying(write: Write) -> Mapping[str, Any]:
    """The policy that ends what a call began, and whatever was begun before it."""
    until = (datetime.fromtimestamp(write.seconds, UTC) + timedelta(seconds=1)).strftime(_STAMP)
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": ["*"], "Resource": ["*"],
                       "Condition": {"DateLessThan": {"aws:TokenIssueTime": until}}}],
    }  # fmt: skip


def _read(names: Names, answers: Sequence[Answer]) -> State:
    found = answers[-1]
    if isinstance(found, Unknown):
        return found
    try:
        until = revoked_before(parse(found["PolicyDocument"])) if found else None
        if until and datetime.fromisoformat(until) > datetime.fromisoformat(names["IssuedAt"]):
            return None
    except (PolicyError, ValueError, TypeError):
        return Unknown(f"the policy {REVOCATION_NAME} of the role cannot be read")
    return THERE


SESSION = Kind(
    "session", "the session {Session} of the role {RoleArn}, begun {IssuedAt}, can be used until {ExpiresAt}",
    ("iam", "GetRolePolicy", {"RoleName": "{RoleName}", "PolicyName": REVOCATION_NAME}), _read, ("NoSuchEntity",),
    away=f"aws iam put-role-policy --role-name {{RoleName}} --policy-name {REVOCATION_NAME}"
    " --policy-document {Document}",
    ends="ExpiresAt", gone="its role denies everything to sessions of that age", is_global=True,
)  # fmt: skip
USER_LONGEST = timedelta(hours=36)
"""The longest session of a user (STS API Reference, GetSessionToken and GetFederationToken), likewise."""


def console_session_of_user(write: Write) -> Sequence[Names] | Unknown:
    """The console session that a sign-in of a user with a password began; of a role none, which has its own record.

    It goes on for up to 12 hours, also where the password is taken away (AWS IAM User Guide, console_sign-in).
    """
    signed_in = write.text("response:ConsoleLogin") in ("Success", "")
    if not signed_in or write.error or ":user/" not in write.caller:
        return ()
    return _of_user(write, "the console session", "signed in with a password", LONGEST)


def token_of_user(write: Write) -> Sequence[Names] | Unknown:
    """The session that a call with a user's key began. It goes on where the key is taken away, as far as the user is
    allowed to do anything (AWS IAM User Guide, id_credentials_temp_control-access_disable-perms)."""
    if write.error:
        return ()
    if ":user/" not in write.caller:
        return Unknown("the record does not tell which user's session was begun")
    name = write.text("name") or "?"
    how = f"by {write.action}" + (f" under the name {name}" if write.action == "sts:GetFederationToken" else "")
    return _of_user(write, "the session", how, USER_LONGEST)


def _of_user(write: Write, what: str, how: str, longest: timedelta) -> Sequence[Names]:
    head, _, rest = write.caller.partition(":user/")
    return [{
        "UserName": rest.rpartition("/")[2], "AccountId": head.rpartition(":")[2], "What": what, "How": how,
        "IssuedAt": write.at, "ExpiresAt": expires_at(write, longest), "Document": json.dumps(_denying(write)),
    }]  # fmt: skip


def _policy_of_user(names: Names, answer: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    return "GetUserPolicy", {"UserName": names["UserName"], "PolicyName": REVOCATION_NAME}


def _read_of_user(names: Names, answers: Sequence[Answer]) -> State:
    """None also where the user is gone, or is another of that name."""
    found = answers[0]
    if found is None or isinstance(found, Unknown):
        return found
    made = (found.get("User") or {}).get("CreateDate")
    when = datetime.fromisoformat(made) if isinstance(made, str) else made
    if isinstance(when, datetime) and when > datetime.fromisoformat(names["IssuedAt"]):
        return None
    return _read(names, answers)


USER_SESSION = Kind(
    "session", "{What} of the user {UserName}, begun {IssuedAt} ({How}), can be used until {ExpiresAt}",
    ("iam", "GetUser", {"UserName": "{UserName}"}), _read_of_user, ("NoSuchEntity",), then=_policy_of_user,
    away=f"aws iam put-user-policy --user-name {{UserName}} --policy-name {REVOCATION_NAME}"
    " --policy-document {Document}",
    ends="ExpiresAt", gone="the user is gone, or everything is denied to its sessions of that age", is_global=True,
)  # fmt: skip
CALLS: tuple[Call, ...] = (
    *(Call(f"sts:{name}", SESSION, ADDS, each=session_of, fresh=True)
      for name in ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")),
    *(Call(f"sts:{name}", USER_SESSION, ADDS, each=token_of_user, fresh=True)
      for name in ("GetSessionToken", "GetFederationToken")),
    Call("signin:ConsoleLogin", USER_SESSION, ADDS, each=console_session_of_user, fresh=True),
    Call("signin:GetSigninToken", SESSION, ADDS, each=console_session_of, fresh=True),
)  # fmt: skip


def ended_together(items: Iterable[Item]) -> list[Item]:
    """The items, each session that is open with the command that ends the last one of its role or user too: these have
    one such policy, so that one with an earlier moment, written after it, would bring that session back."""
    listed = list(items)
    latest: dict[tuple[str, str], dict[str, str]] = {}
    for item in listed:
        if item.kind == SESSION.name and item.verdict == OPEN:
            names = dict(item.names)
            latest[_whose(names)] = max(latest.get(_whose(names), names), names, key=lambda one: one["IssuedAt"])
    return [
        changed(item, command=_ending(latest[_whose(dict(item.names))]))
        if item.kind == SESSION.name and item.verdict == OPEN else item
        for item in listed
    ]  # fmt: skip


def _whose(names: Names) -> tuple[str, str]:
    return names["AccountId"], names.get("RoleArn") or names["UserName"]


def _ending(names: Names) -> str:
    return command(SESSION.away if "RoleName" in names else USER_SESSION.away, names, "")
