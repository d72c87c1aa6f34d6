"""What histories hold seldom: callers, calls and forms of records that the catalogue and everyday traffic lack.

Sources: AWS CloudTrail User Guide, "CloudTrail record contents" (since which eventVersion a field is there; addendum,
sessionCredentialFromConsole, sharedEventID) and "CloudTrail userIdentity element" (FederatedUser, IdentityCenterUser);
AWS STS API Reference, API_AssumeRoot; AWS Secrets Manager User Guide, retrieving-secrets_cloudtrail.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from iam_guardrails.model.trail.assuming import assume, iam_user, mfa_device, with_saml, with_web_identity
from iam_guardrails.model.trail.record import TIME, Place, administrator, call, console, console_login, session
from iam_guardrails.model.value import frozen

Record = dict[str, Any]
SHARED = "shared"
_SINCE_1_02 = ("recipientAccountId", "eventType", "readOnly", "managementEvent", "eventCategory", "tlsDetails")
_SINCE_1_08 = ("eventCategory", "tlsDetails")


@frozen
class Step:
    """A record, and how many seconds it comes after the one before. Those of one call share the id SHARED."""

    record: Record
    after: int = 0


Scene = tuple[Step, ...]


def scenes(place: Place, other: Place | None, role: str, number: int) -> list[Scene]:
    """One of each kind. other: another account of the tree.  role: the break-glass role.  number: tells them apart."""
    alone = (*_callers(place, role, number), *_reads(place, number), *_forms(place, role), *_asserted(place, number))
    made: list[Scene] = [(Step(record),) for record in alone]
    made += [_in_the_console(place, role, number), _chained(place, role, number)]
    return made + ([_read_elsewhere(place, other, number), _root_elsewhere(place, other, number)] if other else [])


def _callers(place: Place, role: str, number: int) -> Iterator[Record]:
    user = iam_user(place, f"issuer-{number}", "/")
    issuer = {"type": "IAMUser", "arn": user["arn"], "accountId": place.account_id}
    given_out = _federated(place, f"issuer-{number}", issuer)
    refused = {
        "errorCode": "AccessDenied",
        "errorMessage": f"User: x is not authorized to perform: sts:AssumeRole on resource: {role}",
    }
    for who in (user, given_out):
        yield call("sts", "AssumeRole", place, who, None, read_only=True) | refused
    yield call("ec2", "StopInstances", place, given_out, {"instanceId": "i-1"})
    root = f"arn:{place.partition}:iam::{place.account_id}:root"
    by_root = _federated(place, f"given-{number}", {"type": "Root", "arn": root, "accountId": place.account_id})
    yield call("s3", "GetBucketPolicy", place, by_root, {"bucketName": "data"}, read_only=True)
    person = {
        "type": "IdentityCenterUser", "accountId": place.account_id, "credentialId": f"credential-{number}",
        "onBehalfOf": {"userId": f"94482488-3041-7{number:03}", "identityStoreArn": "arn:aws:identitystore::1:x/d-1"},
    }  # fmt: skip
    yield call("codewhisperer", "GenerateRecommendations", place, person, None, read_only=True)
    yield call("secretsmanager", "GetSecretValue", place, person, {"secretId": f"rarer/{number}"}, read_only=True)
    for target in (place.account_id, root):
        yield call("sts", "AssumeRoot", place, administrator(place), {"targetPrincipal": target}, read_only=True)
    unlocked = {"type": "Root", "principalId": place.account_id, "arn": root, "accountId": place.account_id,
                "sessionContext": {"attributes": {"creationDate": TIME, "mfaAuthenticated": "false"},
                                   "assumedRoot": "true"}}  # fmt: skip
    yield call("s3", "DeleteBucketPolicy", place, unlocked, {"bucketName": "data"})
    wrong = {
        "errorCode": "AccessDenied",
        "errorMessage": "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
    }
    asks = {"roleArn": role, "roleSessionName": "owner", "serialNumber": mfa_device(place)}
    yield call("sts", "AssumeRole", place, user, asks, read_only=True) | wrong


def _federated(place: Place, name: str, issuer: Record) -> Record:
    """The userIdentity of a session that GetFederationToken gave out."""
    return {
        "type": "FederatedUser", "principalId": f"{place.account_id}:{name}", "accountId": place.account_id,
        "arn": f"arn:{place.partition}:sts::{place.account_id}:federated-user/{name}",
        "accessKeyId": "ASIAEXAMPLE000000003",
        "sessionContext": {"sessionIssuer": issuer, "attributes": {"creationDate": TIME, "mfaAuthenticated": "false"}},
    }  # fmt: skip


def _reads(place: Place, number: int) -> Iterator[Record]:
    app = _app(place)
    yield call("secretsmanager", "BatchGetSecretValue", place, app,
               {"secretIdList": [f"rarer/{number}", "rarer/a, b"]}, read_only=True)  # fmt: skip
    yield call("secretsmanager", "BatchGetSecretValue", place, app,
               {"filters": [{"key": "name", "values": ["rarer"]}]}, read_only=True)  # fmt: skip
    yield call("ssm", "GetParameters", place, app, {"names": [f"/rarer/{number}", "/rarer/b"], "withDecryption": True},
               read_only=True)  # fmt: skip
    yield call("ssm", "GetParametersByPath", place, app, {"path": "/rarer", "recursive": True}, read_only=True)
    yield call("ssm", "GetParameterHistory", place, app, {"name": f"/rarer/{number}"}, read_only=True)


def _app(place: Place) -> Record:
    return session(f"arn:{place.partition}:iam::{place.account_id}:role/team/rarer-app", place, "i-0123")


def _forms(place: Place, role: str) -> Iterator[Record]:
    """Records as older versions of the format have them, and with fields that few have."""
    admin, inside = administrator(place), session(role, place, "owner", "INC-OLD")
    old = (
        call("iam", "ListUsers", place.everywhere, admin, {}, read_only=True),
        call("iam", "TagRole", place.everywhere, admin, {"roleName": "x", "tags": []}),
        call("ec2", "TerminateInstances", place, inside, {"instancesSet": {"items": [{"instanceId": "i-1"}]}}),
        call("cloudtrail", "StopLogging", place, admin, {"name": "another"}),
        assume(role, place, iam_user(place), incident="INC-OLD", mfa_device=mfa_device(place)),
        call("ssm", "GetParameter", place, admin, {"name": "/rarer/old"}, read_only=True),
    )
    for record in old:
        for version, lacks in (("1.01", _SINCE_1_02), ("1.05", _SINCE_1_08), ("1.11", ("readOnly",))):
            yield {name: value for name, value in record.items() if name not in lacks} | {"eventVersion": version}
    yield call("ec2", "StartInstances", place, admin, {}) | {"sessionCredentialFromConsole": "true"}
    yield call("iam", "UntagRole", place.everywhere, admin, {"roleName": "x"}) | {
        "addendum": {"reason": "DELIVERY_DELAY"}
    }


def _in_the_console(place: Place, role: str, number: int) -> Scene:
    """A break-glass session that goes on in the console: its sign-in's records name no key and no source identity."""
    incident, key = f"INC-C{number:03}", f"ASIA{number:016d}"
    entry = assume(role, place, iam_user(place), incident=incident, mfa_device=mfa_device(place))
    entry["responseElements"]["credentials"]["accessKeyId"] = key
    inside = session(role, place, "owner", incident)
    bare = {name: value for name, value in inside.items() if name not in ("sessionContext", "accessKeyId")}
    there = inside | {"accessKeyId": f"ASIAC{number:015d}"}
    return (
        Step(entry),
        Step(console("GetSigninToken", place.everywhere, bare | {"accessKeyId": key}, {}), 4),
        Step(console_login(place, bare, "No"), 1),
        Step(call("ec2", "StopInstances", place, there, {}) | {"sessionCredentialFromConsole": "true"}, 40),
        Step(call("iam", "PutRolePolicy", place.everywhere, there, {"roleName": "x", "policyName": "y"})
             | {"sessionCredentialFromConsole": "true"}, 40),
        Step(call("ec2", "RebootInstances", place, bare | {"accessKeyId": key}, {}), 5),
    )  # fmt: skip


def _chained(place: Place, role: str, number: int) -> Scene:
    """A break-glass session that enters another role, and from there its own once more."""
    incident = f"INC-D{number:03}"
    keys = [f"ASIA{letter}{number:015d}" for letter in "XYZ"]
    onward = f"arn:{place.partition}:iam::{place.account_id}:role/rarer-onward"
    who = [
        iam_user(place),
        session(role, place, "owner", incident) | {"accessKeyId": keys[0]},
        session(onward, place, "onward", incident) | {"accessKeyId": keys[1]},
        session(role, place, "back", incident) | {"accessKeyId": keys[2]},
    ]
    entries = []
    for caller, into, name, key in zip(who, (role, onward, role), ("owner", "onward", "back"), keys, strict=False):
        entry = assume(into, place, caller, session_name=name, incident=incident if caller is who[0] else "")
        entry["responseElements"]["credentials"]["accessKeyId"] = key
        entries.append(Step(entry, 20))
    calls = [Step(call("ec2", "StopInstances", place, caller, {}), 9) for caller in who[1:]]
    return (entries[0], calls[0], entries[1], calls[1], entries[2], calls[2])


def _asserted(place: Place, number: int) -> Iterator[Record]:
    """Assumptions whose source identity the answer alone tells: it came with an assertion, or with the session before,
    which the role's account does not see; and one whose answer tells none."""
    role = f"arn:{place.partition}:iam::{place.account_id}:role/rarer-asserted-{number % 2}"
    for made, told in ((with_saml(role, place), f"alex-{number}"), (with_web_identity(role, place), "alex"),
                       (with_saml(role, place), "")):  # fmt: skip
        made["responseElements"]["sourceIdentity"] = told
        yield made
    seen = {"type": "AWSAccount", "principalId": "AROAEXAMPLERARER:alex", "accountId": "999999999999"}
    chained = assume(role, place, seen, session_name="onward", incident="")
    chained["responseElements"]["sourceIdentity"] = f"alex-{number}"
    yield chained


def _read_elsewhere(place: Place, other: Place, number: int) -> Scene:
    """A read of a secret of another account, as both accounts record it."""
    secret = f"arn:{place.partition}:secretsmanager:{place.region}:{other.account_id}:secret:rarer-{number}-AbCdEf"
    app = _app(place)
    seen = {"type": "AWSAccount", "principalId": app["principalId"], "accountId": place.account_id}
    return tuple(
        Step(call("secretsmanager", "GetSecretValue", where, who, {"secretId": secret}, read_only=True)
             | {"sharedEventID": SHARED})
        for where, who in ((place, app), (other, seen))
    )  # fmt: skip


def _root_elsewhere(place: Place, other: Place, number: int) -> Scene:
    """An AssumeRoot into another account, as both accounts record it."""
    who = session(f"arn:{place.partition}:iam::{place.account_id}:role/rarer-central", place, f"admin-{number}")
    seen = {"type": "AWSAccount", "principalId": who["principalId"], "accountId": place.account_id}
    asks = {"targetPrincipal": other.account_id, "taskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/x"}}
    return tuple(
        Step(call("sts", "AssumeRoot", where, caller, asks, read_only=True) | {"sharedEventID": SHARED})
        for where, caller in ((place, who), (other, seen))
    )
