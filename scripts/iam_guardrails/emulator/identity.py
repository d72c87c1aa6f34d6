"""Who called: the userIdentity element of a CloudTrail record."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow
from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

Json = dict[str, Any]


def user_identity(response: Any) -> Json:
    """The caller of this request, as the page on the CloudTrail userIdentity element describes it."""
    sts = sts_backends[response.current_account][response.partition]
    session = sts.get_assumed_role_from_access_key(response.access_key)
    if session is not None:
        return _role_session(session, response)
    user_id, arn, account_id = sts.get_caller_identity(response.access_key, response.region)
    return {
        "type": "IAMUser",
        "principalId": user_id,
        "arn": arn,
        "accountId": account_id,
        "accessKeyId": response.access_key,
        "userName": arn.rpartition("/")[2],
    }


def _role_session(session: Any, response: Any) -> Json:
    role_name = session.role_arn.rpartition("/")[2]
    role_id = _role_id(session, role_name, response)
    context: Json = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": role_id,
            "arn": session.role_arn,
            "accountId": session.account_id,
            "userName": role_name,
        },
        "attributes": {
            "creationDate": getattr(session, "guardrails_began", utcnow()).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "mfaAuthenticated": "true" if getattr(session, "guardrails_mfa", False) else "false",
        },
    }
    if source_identity := getattr(session, "guardrails_source_identity", None):
        context["sourceIdentity"] = source_identity
    return {
        "type": "AssumedRole",
        "principalId": f"{role_id}:{session.session_name}",
        "arn": session.arn,
        "accountId": session.account_id,
        "accessKeyId": session.access_key_id,
        "sessionContext": context,
    }


def _role_id(session: Any, role_name: str, response: Any) -> str:
    """The id of the role; moto lets a role be assumed that does not exist, whose id then stays the same."""
    role = iam_backends[session.account_id][response.partition].roles
    for each in role.values():
        if each.name == role_name:
            each.last_used_region = response.region
            return str(each.id)
    if not hasattr(session, "guardrails_role_id"):
        session.guardrails_role_id = session.user_id.partition(":")[0]
    return str(session.guardrails_role_id)
