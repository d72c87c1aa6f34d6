"""IAM: boundaries of users, client ids of OIDC providers, dates of passwords, MFA tags, service-specific credentials,
UpdateRole, GAAD fields."""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.serialize import never_return
from moto.core.utils import utcnow
from moto.iam.exceptions import IAMException, NotFoundException
from moto.iam.models import Policy, User
from moto.iam.responses import IamResponse

from iam_guardrails.emulator.graft import Action, add_action, wrap_action

_POLICY_ARN = re.compile(r"arn:[\w-]+:iam::(\d{12}|aws):policy/.+\Z")


class InvalidInput(IAMException):
    """What IAM answers to a value it cannot use."""

    code = "InvalidInput"


def put_user_permissions_boundary(self: Any) -> EmptyResult:
    """IAM API Reference: API_PutUserPermissionsBoundary."""
    user = self.backend.get_user(self._get_param("UserName"))
    user.permissions_boundary_arn = _boundary(self, self._get_param("PermissionsBoundary"))
    return EmptyResult()


def delete_user_permissions_boundary(self: Any) -> EmptyResult:
    """IAM API Reference: API_DeleteUserPermissionsBoundary."""
    user = self.backend.get_user(self._get_param("UserName"))
    if getattr(user, "permissions_boundary_arn", None) is None:
        raise NotFoundException(f"The user {user.name} has no permissions boundary.")
    user.permissions_boundary_arn = None
    return EmptyResult()


def add_client_id_to_open_id_connect_provider(self: Any) -> EmptyResult:
    """IAM API Reference: API_AddClientIDToOpenIDConnectProvider; idempotent."""
    clients = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn")).client_id_list
    if self._get_param("ClientID") not in clients:
        clients.append(self._get_param("ClientID"))
    return EmptyResult()


def remove_client_id_from_open_id_connect_provider(self: Any) -> EmptyResult:
    """IAM API Reference: API_RemoveClientIDFromOpenIDConnectProvider; idempotent."""
    clients = self.backend.get_open_id_connect_provider(self._get_param("OpenIDConnectProviderArn")).client_id_list
    clients[:] = [client for client in clients if client != self._get_param("ClientID")]
    return EmptyResult()


def create_user(self: Any, original: Action) -> Any:
    """IAM API Reference: API_CreateUser; moto forgets PermissionsBoundary."""
    wanted = self._get_param("PermissionsBoundary")
    boundary = _boundary(self, wanted) if wanted else None
    answer = original()
    self.backend.get_user(self._get_param("UserName")).permissions_boundary_arn = boundary
    return answer


def _boundary(response: Any, arn: str) -> str:
    if not _POLICY_ARN.match(arn):
        raise InvalidInput(f"ARN {arn} is not valid.")
    if arn not in response.backend.managed_policies:
        raise NotFoundException(f"Scope ARN: {arn} does not exist or is not attachable.")
    return arn


def _user_boundary(user: Any) -> dict[str, str] | None:
    arn = getattr(user, "permissions_boundary_arn", None)
    if arn is None:
        return None
    return {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}


def create_login_profile(self: Any, original: Action) -> Any:
    """IAM API Reference: LoginProfile, CreateDate: when the password was created; moto tells when the user was."""
    answer = original()
    self.backend.get_user(self._get_param("UserName")).password_created_at = utcnow()
    return _password_date(self, answer)


def get_login_profile(self: Any, original: Action) -> Any:
    """IAM API Reference: API_GetLoginProfile; see `create_login_profile`."""
    return _password_date(self, original())


def _password_date(response: Any, answer: Any) -> Any:
    user = response.backend.get_user(response._get_param("UserName"))
    told = answer.result["LoginProfile"]
    told["CreateDate"] = getattr(user, "password_created_at", told["CreateDate"])
    return answer


def update_role(self: Any, original: Action) -> EmptyResult:
    """IAM API Reference: API_UpdateRole; what is not sent stays as it is (moto clears the description)."""
    role = self.backend.get_role(self._get_param("RoleName"))
    description = self._get_param("Description")
    seconds = self._get_param("MaxSessionDuration")
    if description is not None:
        role.description = description
    if seconds is not None:
        role.max_session_duration = seconds
    return EmptyResult()


def list_service_specific_credentials(self: Any) -> ActionResult:
    """IAM API Reference: API_ListServiceSpecificCredentials; none can be made here, so there are none."""
    name = self._get_param("UserName")
    if name:
        self.backend.get_user(name)
    return ActionResult({"ServiceSpecificCredentials": [], "IsTruncated": False})


def create_virtual_mfa_device(self: Any, original: Action) -> Any:
    """IAM API Reference: API_CreateVirtualMFADevice; moto forgets Tags."""
    answer = original()
    serial = answer.result["VirtualMFADevice"].serial_number
    self.backend.tagger.delete_all_tags_for_resource(serial)
    self.backend.tagger.tag_resource(serial, self._get_param("Tags", []))
    return answer


def list_mfa_device_tags(self: Any) -> ActionResult:
    """IAM API Reference: API_ListMFADeviceTags."""
    tags = self.backend.tagger.list_tags_for_resource(_device(self))["Tags"]
    return ActionResult({"Tags": tags, "IsTruncated": False})


def tag_mfa_device(self: Any) -> EmptyResult:
    """IAM API Reference: API_TagMFADevice."""
    self.backend.tagger.tag_resource(_device(self), self._get_param("Tags", []))
    return EmptyResult()


def untag_mfa_device(self: Any) -> EmptyResult:
    """IAM API Reference: API_UntagMFADevice."""
    self.backend.tagger.untag_resource_using_names(_device(self), self._get_param("TagKeys", []))
    return EmptyResult()


def _device(response: Any) -> str:
    serial: str = response._get_param("SerialNumber")
    if serial not in response.backend.virtual_mfa_devices:
        raise NotFoundException(f"VirtualMFADevice with serial number {serial} doesn't exist.")
    return serial


def graft() -> None:
    """Install. ListUsers leaves boundaries out, as AWS does; GAAD names its policies by name and id."""
    add_action(
        IamResponse,
        add_client_id_to_open_id_connect_provider,
        remove_client_id_from_open_id_connect_provider,
        put_user_permissions_boundary,
        delete_user_permissions_boundary,
        list_service_specific_credentials,
        list_mfa_device_tags,
        tag_mfa_device,
        untag_mfa_device,
    )
    wrap_action(
        IamResponse, create_user, create_login_profile, get_login_profile, update_role, create_virtual_mfa_device
    )
    for owner, name, reader in (
        (User, "permissions_boundary", _user_boundary),
        (Policy, "policy_name", lambda policy: policy.name),
        (Policy, "policy_id", lambda policy: policy.id),
    ):
        setattr(owner, name, property(reader))
    hidden = "ListUsersResponse.Users.User.PermissionsBoundary"
    IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER[hidden] = never_return
