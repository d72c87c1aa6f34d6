# Who changed what: one entry per service and subject. `events` fire always; `own_events` are everyday calls
# for other resources, so they fire only when `own` holds: the record names one of ours, or names nothing.
locals {
  families = {
    # The names of CIS AWS Foundations Benchmark "IAM policy changes", and SetDefaultPolicyVersion, which it forgets.
    iam-policy-change = {
      severity    = "high"
      description = "An IAM policy was created, changed, attached, detached or deleted."
      source      = "iam.amazonaws.com"
      events = [
        "CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion", "SetDefaultPolicyVersion",
        "PutRolePolicy", "DeleteRolePolicy", "PutUserPolicy", "DeleteUserPolicy", "PutGroupPolicy", "DeleteGroupPolicy",
        "AttachRolePolicy", "DetachRolePolicy", "AttachUserPolicy", "DetachUserPolicy", "AttachGroupPolicy",
        "DetachGroupPolicy",
      ]
    }
    iam-role-change = {
      severity    = "high"
      description = "A role, its trust policy, its session length or a permissions boundary was changed."
      source      = "iam.amazonaws.com"
      events = [
        "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription", "CreateRole", "DeleteRole",
        "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary", "PutUserPermissionsBoundary",
        "DeleteUserPermissionsBoundary", "AddRoleToInstanceProfile", "RemoveRoleFromInstanceProfile",
      ]
    }
    iam-credential-change = {
      severity    = "high"
      description = "A user, group membership, access key, password or other long-lived credential was changed."
      source      = "iam.amazonaws.com"
      events = [
        "CreateUser", "UpdateUser", "DeleteUser", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey",
        "CreateLoginProfile", "UpdateLoginProfile", "DeleteLoginProfile", "AddUserToGroup", "RemoveUserFromGroup",
        "CreateServiceSpecificCredential", "ResetServiceSpecificCredential", "UpdateServiceSpecificCredential",
        "UploadSSHPublicKey", "UpdateSSHPublicKey", "UploadSigningCertificate", "UpdateSigningCertificate",
      ]
    }
    iam-mfa-change = {
      severity    = "high"
      description = "An MFA device was created, enabled, deactivated, resynchronised or deleted; whoever may create one can claim MFA."
      source      = "iam.amazonaws.com"
      events = [
        "CreateVirtualMFADevice", "EnableMFADevice", "DeactivateMFADevice", "DeleteVirtualMFADevice", "ResyncMFADevice",
      ]
    }
    iam-provider-change = {
      severity    = "high"
      description = "An identity provider or the password policy was changed."
      source      = "iam.amazonaws.com"
      events = [
        "CreateSAMLProvider", "UpdateSAMLProvider", "DeleteSAMLProvider", "CreateOpenIDConnectProvider",
        "DeleteOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider",
        "UpdateOpenIDConnectProviderThumbprint", "UpdateAccountPasswordPolicy", "DeleteAccountPasswordPolicy",
      ]
    }
    iam-delegation-change = {
      severity    = "high"
      description = "Access was delegated past the roles: a delegation request, a token sent, or central root access."
      source      = "iam.amazonaws.com"
      events = [
        "CreateDelegationRequest", "AssociateDelegationRequest", "AcceptDelegationRequest", "UpdateDelegationRequest",
        "SendDelegationToken", "AcquireRole", "EnableOrganizationsRootSessions",
        "EnableOrganizationsRootCredentialsManagement", "EnableOutboundWebIdentityFederation",
        "SetSecurityTokenServicePreferences",
      ]
    }
    roles-anywhere-change = {
      severity    = "high"
      description = "A trust anchor or profile of IAM Roles Anywhere was changed: a way into roles by certificate."
      source      = "rolesanywhere.amazonaws.com"
      events = [
        "CreateTrustAnchor", "UpdateTrustAnchor", "EnableTrustAnchor", "CreateProfile", "UpdateProfile", "EnableProfile",
        "DisableCrl", "DeleteCrl",
      ]
    }
    identity-center-assignment-change = {
      severity    = "high"
      description = "Identity Center: an account assignment or a permission set was changed."
      source      = "sso.amazonaws.com"
      events = [
        "CreateAccountAssignment", "DeleteAccountAssignment", "CreatePermissionSet", "UpdatePermissionSet",
        "DeletePermissionSet", "ProvisionPermissionSet", "CreateTrustedTokenIssuer", "DeleteInstance",
        "CreateInstanceAccessControlAttributeConfiguration", "UpdateInstanceAccessControlAttributeConfiguration",
        "DeleteInstanceAccessControlAttributeConfiguration",
      ]
    }
    identity-center-permission-change = {
      severity    = "high"
      description = "Identity Center: a policy or boundary of a permission set was changed."
      source      = "sso.amazonaws.com"
      events = [
        "AttachManagedPolicyToPermissionSet", "DetachManagedPolicyFromPermissionSet", "PutInlinePolicyToPermissionSet",
        "DeleteInlinePolicyFromPermissionSet", "AttachCustomerManagedPolicyReferenceToPermissionSet",
        "DetachCustomerManagedPolicyReferenceFromPermissionSet", "PutPermissionsBoundaryToPermissionSet",
        "DeletePermissionsBoundaryFromPermissionSet",
      ]
    }
    organization-change = {
      severity    = "high"
      description = "AWS Organizations: this or another account left or moved, or a policy that binds accounts was changed."
      source      = "organizations.amazonaws.com"
      events = [
        "AcceptHandshake", "AttachPolicy", "CreateAccount", "CreateOrganizationalUnit", "CreatePolicy",
        "DeclineHandshake", "DeleteOrganization", "DeleteOrganizationalUnit", "DeletePolicy", "DetachPolicy",
        "DisablePolicyType", "EnablePolicyType", "InviteAccountToOrganization", "LeaveOrganization", "MoveAccount",
        "RemoveAccountFromOrganization", "UpdatePolicy", "UpdateOrganizationalUnit", "CloseAccount",
        "DisableAWSServiceAccess", "DeregisterDelegatedAdministrator",
      ]
    }
    analyzer-change = {
      severity    = "high"
      description = "An access analyzer was deleted or changed, or its findings were archived."
      source      = "access-analyzer.amazonaws.com"
      events = [
        "DeleteAnalyzer", "UpdateAnalyzer", "CreateArchiveRule", "UpdateArchiveRule", "ApplyArchiveRule", "UpdateFindings",
      ]
    }
    trail-change = {
      severity    = "critical"
      description = "CloudTrail was stopped, deleted or told to record less. Start logging again first, then ask."
      source      = "cloudtrail.amazonaws.com"
      events = [
        "CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging", "PutEventSelectors",
        "PutInsightSelectors", "PutEventConfiguration", "DeleteEventDataStore", "UpdateEventDataStore",
        "StopEventDataStoreIngestion", "PutResourcePolicy", "DeleteResourcePolicy",
        "DeregisterOrganizationDelegatedAdmin",
      ]
    }
    config-change = {
      severity    = "high"
      description = "AWS Config was stopped or changed: recorder, delivery channel, rule, conformance pack or retention."
      source      = "config.amazonaws.com"
      events = [
        "StopConfigurationRecorder", "DeleteConfigurationRecorder", "PutConfigurationRecorder", "DeleteDeliveryChannel",
        "PutDeliveryChannel", "PutConfigRule", "DeleteConfigRule", "PutConformancePack", "DeleteConformancePack",
        "PutRetentionConfiguration", "DeleteRetentionConfiguration", "DeleteEvaluationResults",
        "DeleteServiceLinkedConfigurationRecorder", "DisassociateResourceTypes", "DeleteOrganizationConfigRule",
        "DeleteRemediationConfiguration", "DeleteAggregationAuthorization",
      ]
    }
    key-change = {
      severity    = "high"
      description = "A KMS key was disabled, scheduled for deletion or given another policy; the topic, the trail and the secrets depend on theirs."
      source      = "kms.amazonaws.com"
      events = [
        "DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy", "DisableKeyRotation", "DeleteAlias", "UpdateAlias",
        "DeleteImportedKeyMaterial", "DisconnectCustomKeyStore", "DeleteCustomKeyStore", "UpdatePrimaryRegion",
      ]
    }
    secret-change = {
      severity    = "high"
      description = "The resource policy of a secret was changed, or a secret was deleted, copied to another Region or taken out of rotation."
      source      = "secretsmanager.amazonaws.com"
      events = [
        "PutResourcePolicy", "DeleteResourcePolicy", "DeleteSecret", "UpdateSecret", "CancelRotateSecret",
        "ReplicateSecretToRegions", "RemoveRegionsFromReplication", "StopReplicationToReplica",
      ]
    }
  }

  changes = merge(local.families, local.silencers)

  change_terms = {
    for key, family in local.changes : key => concat(
      [for name in family.events : "($.eventName = \"${name}\")"],
      can(family.own_events) ? ["((${join(" || ", [for name in family.own_events : "($.eventName = \"${name}\")"])}) && (${family.own}))"] : [],
    )
  }
  family_alarms = {
    for key, family in local.changes : key => {
      severity    = family.severity
      description = family.description
      pattern     = "{ ($.eventSource = \"${family.source}\") && (${join(" || ", local.change_terms[key])}) }"
    }
  }
}
