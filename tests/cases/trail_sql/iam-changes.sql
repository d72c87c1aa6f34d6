SELECT
  CASE
    WHEN eventtime >= '2026-01-01T00:00:00Z'
    AND eventtime < '2026-01-31T12:00:00Z'
    AND (
      NOT eventsource IS NULL
      AND NOT eventname IS NULL
      AND eventtime BETWEEN '1970' AND '9999'
      AND eventtime LIKE '____-__-__T__:__:__Z'
      AND NOT TRY(FROM_ISO8601_TIMESTAMP(eventtime)) IS NULL
    )
    AND (
      COALESCE(addendum.originaleventid, '') <> ''
      OR (
        eventsource = 'iam.amazonaws.com'
        AND (
          readonly = 'false' OR NOT REGEXP_LIKE(eventname, '^(Get|List|Generate|Simulate)')
        )
      )
      OR CONCAT(eventsource, ' ', eventname) IN (
        'identitystore-scim.amazonaws.com PatchGroup',
        'identitystore.amazonaws.com CreateGroupMembership',
        'identitystore.amazonaws.com DeleteGroupMembership',
        'sso-directory.amazonaws.com AddMemberToGroup',
        'sso-directory.amazonaws.com RemoveMemberFromGroup',
        'sso.amazonaws.com AssociateProfile',
        'sso.amazonaws.com AttachCustomerManagedPolicyReferenceToPermissionSet',
        'sso.amazonaws.com AttachManagedPolicy',
        'sso.amazonaws.com AttachManagedPolicyToPermissionSet',
        'sso.amazonaws.com CreateAccountAssignment',
        'sso.amazonaws.com CreateInstanceAccessControlAttributeConfiguration',
        'sso.amazonaws.com CreatePermissionSet',
        'sso.amazonaws.com DeleteAccountAssignment',
        'sso.amazonaws.com DeleteInlinePolicyFromPermissionSet',
        'sso.amazonaws.com DeleteInstanceAccessControlAttributeConfiguration',
        'sso.amazonaws.com DeletePermissionSet',
        'sso.amazonaws.com DeletePermissionsBoundaryFromPermissionSet',
        'sso.amazonaws.com DeletePermissionsPolicy',
        'sso.amazonaws.com DetachCustomerManagedPolicyReferenceFromPermissionSet',
        'sso.amazonaws.com DetachManagedPolicy',
        'sso.amazonaws.com DetachManagedPolicyFromPermissionSet',
        'sso.amazonaws.com DisassociateProfile',
        'sso.amazonaws.com ProvisionPermissionSet',
        'sso.amazonaws.com PutInlinePolicyToPermissionSet',
        'sso.amazonaws.com PutPermissionsBoundaryToPermissionSet',
        'sso.amazonaws.com PutPermissionsPolicy',
        'sso.amazonaws.com UpdateInstanceAccessControlAttributeConfiguration',
        'sso.amazonaws.com UpdatePermissionSet'
      )
    )
    THEN JSON_FORMAT(
      CAST(ARRAY[COALESCE(eventid, ''), eventtime, eventsource, eventname, COALESCE(awsregion, ''), COALESCE(recipientaccountid, ''), COALESCE(sourceipaddress, ''), COALESCE(errorcode, ''), COALESCE(errormessage, ''), COALESCE(readonly, ''), COALESCE(sharedeventid, ''), COALESCE(useridentity.sessioncontext.sessionissuer.arn, ''), COALESCE(useridentity.arn, ''), COALESCE(useridentity.type, ''), COALESCE(COALESCE(NULLIF(useridentity.principalid, ''), useridentity.onbehalfof.userid), ''), COALESCE(useridentity.accountid, ''), COALESCE(useridentity.invokedby, ''), COALESCE(useridentity.username, ''), COALESCE(useridentity.identityprovider, ''), COALESCE(useridentity.sessioncontext.sourceidentity, ''), COALESCE(useridentity.accesskeyid, ''), COALESCE(useridentity.sessioncontext.attributes.mfaauthenticated, ''), COALESCE(useridentity.sessioncontext.attributes.creationdate, ''), COALESCE(useragent, ''), COALESCE(
        CASE
          WHEN JSON_FORMAT(JSON_EXTRACT(additionaleventdata, '$.SwitchFrom')) LIKE '"%'
          THEN JSON_EXTRACT_SCALAR(additionaleventdata, '$.SwitchFrom')
        END,
        ''
      ), COALESCE(requestparameters, ''), CASE
        WHEN eventsource IN ('iam.amazonaws.com', 'sts.amazonaws.com', 'signin.amazonaws.com')
        OR eventname = 'ConsoleLogin'
        THEN REGEXP_REPLACE(
          COALESCE(responseelements, ''),
          '"[A-Za-z]*([Tt]oken|[Ss]ecretAccessKey|[Pp]assword)" *: *"(\\.|[^"\\])*"',
          '"removed":""'
        )
        ELSE ''
      END, COALESCE(sessioncredentialfromconsole, ''), COALESCE(
        CASE
          WHEN JSON_FORMAT(JSON_EXTRACT(responseelements, '$.credentials.accessKeyId')) LIKE '"%'
          THEN JSON_EXTRACT_SCALAR(responseelements, '$.credentials.accessKeyId')
        END,
        ''
      ), COALESCE(
        CASE
          WHEN JSON_FORMAT(JSON_EXTRACT(responseelements, '$.credentials.expiration')) LIKE '"%'
          THEN JSON_EXTRACT_SCALAR(responseelements, '$.credentials.expiration')
        END,
        ''
      ), CASE
        WHEN (
          eventsource = 'signin.amazonaws.com' OR eventname = 'ConsoleLogin'
        )
        AND REGEXP_LIKE(eventname, '^[A-Za-z0-9]+$')
        AND (
          COALESCE(
            NULLIF(
              CASE
                WHEN JSON_FORMAT(JSON_EXTRACT(responseelements, CONCAT('$.', eventname))) LIKE '"%'
                THEN JSON_EXTRACT_SCALAR(responseelements, CONCAT('$.', eventname))
              END,
              ''
            ),
            'Success'
          ) <> 'Success'
          OR COALESCE(
            NULLIF(
              CASE
                WHEN JSON_FORMAT(JSON_EXTRACT(serviceeventdetails, CONCAT('$.', eventname))) LIKE '"%'
                THEN JSON_EXTRACT_SCALAR(serviceeventdetails, CONCAT('$.', eventname))
              END,
              ''
            ),
            'Success'
          ) <> 'Success'
        )
        THEN 'yes'
        ELSE 'no'
      END, CASE
        WHEN COALESCE(addendum.originaleventid, '') <> ''
        THEN CONCAT(addendum.originaleventid, ' ', COALESCE(addendum.updatedfields, ''))
        ELSE ''
      END, TO_HEX(
        MD5(
          TO_UTF8(
            CONCAT(
              COALESCE(useragent, ''),
              ' ',
              COALESCE(requestid, ''),
              ' ',
              COALESCE(responseelements, ''),
              ' ',
              COALESCE(additionaleventdata, ''),
              ' ',
              COALESCE(eventtype, ''),
              ' ',
              COALESCE(serviceeventdetails, ''),
              ' ',
              COALESCE(useridentity.accesskeyid, '')
            )
          )
        )
      )] AS JSON)
    )
    ELSE ''
  END AS alike,
  CASE
    WHEN COALESCE(
      NOT eventsource IS NULL
      AND NOT eventname IS NULL
      AND eventtime BETWEEN '1970' AND '9999'
      AND eventtime LIKE '____-__-__T__:__:__Z'
      AND NOT TRY(FROM_ISO8601_TIMESTAMP(eventtime)) IS NULL,
      FALSE
    )
    THEN ''
    ELSE CONCAT(account, ' ', region, ' ', day)
  END AS no_events,
  CASE
    WHEN eventtime >= '2026-01-01T00:00:00Z'
    AND eventtime < '2026-01-31T12:00:00Z'
    AND (
      NOT eventsource IS NULL
      AND NOT eventname IS NULL
      AND eventtime BETWEEN '1970' AND '9999'
      AND eventtime LIKE '____-__-__T__:__:__Z'
      AND NOT TRY(FROM_ISO8601_TIMESTAMP(eventtime)) IS NULL
    )
    AND (
      COALESCE(addendum.originaleventid, '') <> ''
      OR (
        eventsource = 'iam.amazonaws.com'
        AND (
          readonly = 'false' OR NOT REGEXP_LIKE(eventname, '^(Get|List|Generate|Simulate)')
        )
      )
      OR CONCAT(eventsource, ' ', eventname) IN (
        'identitystore-scim.amazonaws.com PatchGroup',
        'identitystore.amazonaws.com CreateGroupMembership',
        'identitystore.amazonaws.com DeleteGroupMembership',
        'sso-directory.amazonaws.com AddMemberToGroup',
        'sso-directory.amazonaws.com RemoveMemberFromGroup',
        'sso.amazonaws.com AssociateProfile',
        'sso.amazonaws.com AttachCustomerManagedPolicyReferenceToPermissionSet',
        'sso.amazonaws.com AttachManagedPolicy',
        'sso.amazonaws.com AttachManagedPolicyToPermissionSet',
        'sso.amazonaws.com CreateAccountAssignment',
        'sso.amazonaws.com CreateInstanceAccessControlAttributeConfiguration',
        'sso.amazonaws.com CreatePermissionSet',
        'sso.amazonaws.com DeleteAccountAssignment',
        'sso.amazonaws.com DeleteInlinePolicyFromPermissionSet',
        'sso.amazonaws.com DeleteInstanceAccessControlAttributeConfiguration',
        'sso.amazonaws.com DeletePermissionSet',
        'sso.amazonaws.com DeletePermissionsBoundaryFromPermissionSet',
        'sso.amazonaws.com DeletePermissionsPolicy',
        'sso.amazonaws.com DetachCustomerManagedPolicyReferenceFromPermissionSet',
        'sso.amazonaws.com DetachManagedPolicy',
        'sso.amazonaws.com DetachManagedPolicyFromPermissionSet',
        'sso.amazonaws.com DisassociateProfile',
        'sso.amazonaws.com ProvisionPermissionSet',
        'sso.amazonaws.com PutInlinePolicyToPermissionSet',
        'sso.amazonaws.com PutPermissionsBoundaryToPermissionSet',
        'sso.amazonaws.com PutPermissionsPolicy',
        'sso.amazonaws.com UpdateInstanceAccessControlAttributeConfiguration',
        'sso.amazonaws.com UpdatePermissionSet'
      )
    )
    THEN ''
    ELSE day
  END AS file_day,
  CAST(COUNT(day) AS VARCHAR) AS records,
  ARRAY_JOIN(ARRAY_AGG(DISTINCT CONCAT(account, ' ', region, ' ', day)), ',') AS held
FROM "trail"."cloudtrail"
WHERE
  account IN ('111122223333', '444455556666')
  AND region IN ('us-east-1', 'us-east-2')
  AND day BETWEEN '2026/01/01' AND '2026/02/02'
GROUP BY
  1,
  2,
  3
