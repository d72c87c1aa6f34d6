"""IAM Identity Center: which permission sets an account has, their boundaries, and the length of a session."""

from __future__ import annotations

import json
from typing import Any

from moto.ssoadmin.exceptions import ResourceNotFoundException
from moto.ssoadmin.models import SSOAdminBackend
from moto.ssoadmin.responses import SSOAdminResponse

from iam_guardrails.emulator.graft import Action, add_action, wrap_action

_MOTO_DEFAULT, _DEFAULT = 3600, "PT1H"


def list_permission_sets_provisioned_to_account(self: Any, original: Action) -> str:
    """IAM Identity Center API Reference: API_ListPermissionSetsProvisionedToAccount; moto ignores the account.

    An assignment provisions its permission set (API_CreateAccountAssignment); what API_ProvisionPermissionSet was
    called for is provisioned to the caller's account, as in moto.
    """
    instance, account = self._get_param("InstanceArn"), self._get_param("AccountId")
    backend = self.ssoadmin_backend
    assigned = [
        each.permission_set_arn
        for each in backend.account_assignments
        if each.instance_arn == instance and each.target_id == account
    ]
    if account == self.current_account:
        assigned += [each.permission_set_arn for each in backend.list_permission_sets_provisioned_to_account(instance)]
    found = list(dict.fromkeys(assigned))
    start, size = int(self._get_param("NextToken") or 0), int(self._get_param("MaxResults") or 100)
    token = str(start + size) if start + size < len(found) else None
    return json.dumps({"PermissionSets": found[start : start + size], "NextToken": token})


def put_permissions_boundary_to_permission_set(self: Any) -> str:
    """IAM Identity Center API Reference: API_PutPermissionsBoundaryToPermissionSet."""
    _permission_set(self).permissions_boundary = self._get_param("PermissionsBoundary")
    return json.dumps({})


def get_permissions_boundary_for_permission_set(self: Any) -> str:
    """IAM Identity Center API Reference: API_GetPermissionsBoundaryForPermissionSet."""
    found = getattr(_permission_set(self), "permissions_boundary", None)
    if found is None:
        raise ResourceNotFoundException("The permission set has no permissions boundary.")
    return json.dumps({"PermissionsBoundary": found})


def delete_permissions_boundary_from_permission_set(self: Any) -> str:
    """IAM Identity Center API Reference: API_DeletePermissionsBoundaryFromPermissionSet."""
    _permission_set(self).permissions_boundary = None
    return json.dumps({})


def _permission_set(response: Any) -> Any:
    instance, arn = response._get_param("InstanceArn"), response._get_param("PermissionSetArn")
    return response.ssoadmin_backend._find_permission_set(instance, arn)


def create_permission_set(self: Any, original: Action, **given: Any) -> Any:
    """IAM Identity Center API Reference: API_CreatePermissionSet; a session lasts one hour, in ISO 8601."""
    if given.get("session_duration") == _MOTO_DEFAULT:
        given["session_duration"] = _DEFAULT
    return original(**given)


def graft() -> None:
    """Install."""
    wrap_action(SSOAdminResponse, list_permission_sets_provisioned_to_account)
    wrap_action(SSOAdminBackend, create_permission_set)
    add_action(
        SSOAdminResponse,
        put_permissions_boundary_to_permission_set,
        get_permissions_boundary_for_permission_set,
        delete_permissions_boundary_from_permission_set,
    )
