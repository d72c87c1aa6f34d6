"""Calls of IAM Identity Center that change who has access, and sign-ins to its access portal.

Sources: AWS IAM Identity Center User Guide, "IAM Identity Center information in CloudTrail" (the events of its API, of
Identity Store's, of the console's own and of the access portal, and their event sources), "Logging IAM Identity Center
SCIM API calls with AWS CloudTrail" and "AWS SSO console and API authorization" (names that the console calls); Identity
Center SCIM Implementation Developer Guide, PatchGroup (it adds and removes members). What a sign-in page records of a
user of Identity Center has the source of all sign-ins (sign_ins).
"""

from __future__ import annotations

_CENTER = """
AttachCustomerManagedPolicyReferenceToPermissionSet AttachManagedPolicyToPermissionSet CreateAccountAssignment
CreateInstanceAccessControlAttributeConfiguration CreatePermissionSet DeleteAccountAssignment
DeleteInlinePolicyFromPermissionSet DeleteInstanceAccessControlAttributeConfiguration DeletePermissionSet
DeletePermissionsBoundaryFromPermissionSet DetachCustomerManagedPolicyReferenceFromPermissionSet
DetachManagedPolicyFromPermissionSet ProvisionPermissionSet PutInlinePolicyToPermissionSet
PutPermissionsBoundaryToPermissionSet UpdateInstanceAccessControlAttributeConfiguration UpdatePermissionSet
AssociateProfile AttachManagedPolicy DeletePermissionsPolicy DetachManagedPolicy DisassociateProfile
PutPermissionsPolicy
"""
_SOURCE = "sso.amazonaws.com"
IDENTITY_CHANGES = frozenset({
    *((_SOURCE, name) for name in _CENTER.split()),
    ("identitystore.amazonaws.com", "CreateGroupMembership"), ("identitystore.amazonaws.com", "DeleteGroupMembership"),
    ("sso-directory.amazonaws.com", "AddMemberToGroup"), ("sso-directory.amazonaws.com", "RemoveMemberFromGroup"),
    ("identitystore-scim.amazonaws.com", "PatchGroup"),
})  # fmt: skip
"""(event source, event name) of what grants access or takes it away: assignments, permission sets, members of groups,
and by which attributes access is given."""
PORTAL = frozenset({(_SOURCE, "Authenticate"), (_SOURCE, "Federate"), (_SOURCE, "Logout")})
"""The same of sign-ins to the access portal, from there to the console or an application, and sign-outs."""
