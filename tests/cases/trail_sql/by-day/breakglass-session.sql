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
      OR CONCAT(
        SPLIT_PART(useridentity.sessioncontext.sessionissuer.arn, ':', 5),
        ' ',
        CASE
          WHEN useridentity.sessioncontext.sessionissuer.arn LIKE '%:user/%'
          THEN 'user/'
          ELSE ''
        END,
        REGEXP_EXTRACT(useridentity.sessioncontext.sessionissuer.arn, '[^/]+$')
      ) IN ('111122223333 prod-breakglass-admin', '111122223333 user/mallory')
      OR CONCAT(
        SPLIT_PART(useridentity.arn, ':', 5),
        ' ',
        CASE WHEN useridentity.arn LIKE '%:user/%' THEN 'user/' ELSE '' END,
        REGEXP_EXTRACT(useridentity.arn, '[^/]+$')
      ) IN ('111122223333 prod-breakglass-admin', '111122223333 user/mallory')
      OR CONCAT(
        SPLIT_PART(useridentity.sessioncontext.sessionissuer.arn, ':', 5),
        ' ',
        SPLIT_PART(useridentity.sessioncontext.sessionissuer.arn, '/', 2)
      ) IN ('111122223333 prod-breakglass-admin', '111122223333 user/mallory')
      OR CONCAT(SPLIT_PART(useridentity.arn, ':', 5), ' ', SPLIT_PART(useridentity.arn, '/', 2)) IN ('111122223333 prod-breakglass-admin', '111122223333 user/mallory')
      OR (
        eventsource = 'sts.amazonaws.com'
        AND eventname LIKE 'AssumeRole%'
        AND (
          COALESCE(
            NULLIF(
              CASE
                WHEN JSON_FORMAT(JSON_EXTRACT(requestparameters, '$.roleArn')) LIKE '"%'
                THEN JSON_EXTRACT_SCALAR(requestparameters, '$.roleArn')
              END,
              ''
            ),
            REGEXP_EXTRACT(
              errormessage,
              'on resource: (arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+)',
              1
            ),
            ''
          ) = ''
          OR CONCAT(
            SPLIT_PART(
              COALESCE(
                NULLIF(
                  CASE
                    WHEN JSON_FORMAT(JSON_EXTRACT(requestparameters, '$.roleArn')) LIKE '"%'
                    THEN JSON_EXTRACT_SCALAR(requestparameters, '$.roleArn')
                  END,
                  ''
                ),
                REGEXP_EXTRACT(
                  errormessage,
                  'on resource: (arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+)',
                  1
                ),
                ''
              ),
              ':',
              5
            ),
            ' ',
            REGEXP_EXTRACT(
              COALESCE(
                NULLIF(
                  CASE
                    WHEN JSON_FORMAT(JSON_EXTRACT(requestparameters, '$.roleArn')) LIKE '"%'
                    THEN JSON_EXTRACT_SCALAR(requestparameters, '$.roleArn')
                  END,
                  ''
                ),
                REGEXP_EXTRACT(
                  errormessage,
                  'on resource: (arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+)',
                  1
                ),
                ''
              ),
              '[^/]+$'
            )
          ) IN ('111122223333 prod-breakglass-admin', '111122223333 user/mallory')
        )
      )
      OR CONCAT(eventsource, ' ', eventname) IN (
        'access-analyzer.amazonaws.com ApplyArchiveRule',
        'access-analyzer.amazonaws.com CreateAnalyzer',
        'access-analyzer.amazonaws.com CreateArchiveRule',
        'access-analyzer.amazonaws.com DeleteAnalyzer',
        'access-analyzer.amazonaws.com UpdateAnalyzer',
        'access-analyzer.amazonaws.com UpdateArchiveRule',
        'access-analyzer.amazonaws.com UpdateFindings',
        'cloudtrail.amazonaws.com CreateTrail',
        'cloudtrail.amazonaws.com DeleteEventDataStore',
        'cloudtrail.amazonaws.com DeleteResourcePolicy',
        'cloudtrail.amazonaws.com DeleteTrail',
        'cloudtrail.amazonaws.com DeregisterOrganizationDelegatedAdmin',
        'cloudtrail.amazonaws.com PutEventConfiguration',
        'cloudtrail.amazonaws.com PutEventSelectors',
        'cloudtrail.amazonaws.com PutInsightSelectors',
        'cloudtrail.amazonaws.com PutResourcePolicy',
        'cloudtrail.amazonaws.com StartLogging',
        'cloudtrail.amazonaws.com StopEventDataStoreIngestion',
        'cloudtrail.amazonaws.com StopLogging',
        'cloudtrail.amazonaws.com UpdateEventDataStore',
        'cloudtrail.amazonaws.com UpdateTrail',
        'config.amazonaws.com DeleteAggregationAuthorization',
        'config.amazonaws.com DeleteConfigRule',
        'config.amazonaws.com DeleteConfigurationRecorder',
        'config.amazonaws.com DeleteConformancePack',
        'config.amazonaws.com DeleteDeliveryChannel',
        'config.amazonaws.com DeleteEvaluationResults',
        'config.amazonaws.com DeleteOrganizationConfigRule',
        'config.amazonaws.com DeleteRemediationConfiguration',
        'config.amazonaws.com DeleteRetentionConfiguration',
        'config.amazonaws.com DeleteServiceLinkedConfigurationRecorder',
        'config.amazonaws.com DisassociateResourceTypes',
        'config.amazonaws.com PutConfigRule',
        'config.amazonaws.com PutConfigurationRecorder',
        'config.amazonaws.com PutConformancePack',
        'config.amazonaws.com PutDeliveryChannel',
        'config.amazonaws.com PutRetentionConfiguration',
        'config.amazonaws.com StartConfigurationRecorder',
        'config.amazonaws.com StopConfigurationRecorder',
        'events.amazonaws.com DeleteEventBus',
        'events.amazonaws.com DeleteRule',
        'events.amazonaws.com DisableRule',
        'events.amazonaws.com EnableRule',
        'events.amazonaws.com PutRule',
        'events.amazonaws.com PutTargets',
        'events.amazonaws.com RemoveTargets',
        'iam.amazonaws.com AttachRolePolicy',
        'iam.amazonaws.com CreatePolicyVersion',
        'iam.amazonaws.com DeactivateMFADevice',
        'iam.amazonaws.com DeleteRole',
        'iam.amazonaws.com DeleteRolePermissionsBoundary',
        'iam.amazonaws.com DeleteRolePolicy',
        'iam.amazonaws.com DetachRolePolicy',
        'iam.amazonaws.com PutRolePermissionsBoundary',
        'iam.amazonaws.com PutRolePolicy',
        'iam.amazonaws.com SetDefaultPolicyVersion',
        'iam.amazonaws.com UpdateAssumeRolePolicy',
        'iam.amazonaws.com UpdateRole',
        'identitystore-scim.amazonaws.com PatchGroup',
        'identitystore.amazonaws.com CreateGroupMembership',
        'identitystore.amazonaws.com DeleteGroupMembership',
        'kms.amazonaws.com CancelKeyDeletion',
        'kms.amazonaws.com CreateKey',
        'kms.amazonaws.com DeleteAlias',
        'kms.amazonaws.com DeleteCustomKeyStore',
        'kms.amazonaws.com DeleteImportedKeyMaterial',
        'kms.amazonaws.com DisableKey',
        'kms.amazonaws.com DisableKeyRotation',
        'kms.amazonaws.com DisconnectCustomKeyStore',
        'kms.amazonaws.com EnableKey',
        'kms.amazonaws.com EnableKeyRotation',
        'kms.amazonaws.com PutKeyPolicy',
        'kms.amazonaws.com ScheduleKeyDeletion',
        'kms.amazonaws.com UpdateAlias',
        'kms.amazonaws.com UpdatePrimaryRegion',
        'logs.amazonaws.com AssociateKmsKey',
        'logs.amazonaws.com CreateLogGroup',
        'logs.amazonaws.com DeleteAccountPolicy',
        'logs.amazonaws.com DeleteDataProtectionPolicy',
        'logs.amazonaws.com DeleteLogGroup',
        'logs.amazonaws.com DeleteLogStream',
        'logs.amazonaws.com DeleteMetricFilter',
        'logs.amazonaws.com DeleteResourcePolicy',
        'logs.amazonaws.com DeleteRetentionPolicy',
        'logs.amazonaws.com DeleteSubscriptionFilter',
        'logs.amazonaws.com DeleteTransformer',
        'logs.amazonaws.com DisassociateKmsKey',
        'logs.amazonaws.com PutAccountPolicy',
        'logs.amazonaws.com PutDataProtectionPolicy',
        'logs.amazonaws.com PutLogGroupDeletionProtection',
        'logs.amazonaws.com PutMetricFilter',
        'logs.amazonaws.com PutResourcePolicy',
        'logs.amazonaws.com PutRetentionPolicy',
        'logs.amazonaws.com PutSubscriptionFilter',
        'logs.amazonaws.com PutTransformer',
        'monitoring.amazonaws.com DeleteAlarmMuteRule',
        'monitoring.amazonaws.com DeleteAlarms',
        'monitoring.amazonaws.com DisableAlarmActions',
        'monitoring.amazonaws.com EnableAlarmActions',
        'monitoring.amazonaws.com PutAlarmMuteRule',
        'monitoring.amazonaws.com PutCompositeAlarm',
        'monitoring.amazonaws.com PutMetricAlarm',
        'monitoring.amazonaws.com SetAlarmState',
        's3.amazonaws.com CreateBucket',
        's3.amazonaws.com DeleteAccountPublicAccessBlock',
        's3.amazonaws.com DeleteBucket',
        's3.amazonaws.com DeleteBucket*',
        's3.amazonaws.com DeleteBucketEncryption',
        's3.amazonaws.com DeleteBucketPolicy',
        's3.amazonaws.com DeleteBucketPublicAccessBlock',
        's3.amazonaws.com PutAccountPublicAccessBlock',
        's3.amazonaws.com PutBucket*',
        's3.amazonaws.com PutBucketEncryption',
        's3.amazonaws.com PutBucketPolicy',
        's3.amazonaws.com PutBucketPublicAccessBlock',
        's3.amazonaws.com PutBucketVersioning',
        's3.amazonaws.com PutObjectLockConfiguration',
        'sns.amazonaws.com AddPermission',
        'sns.amazonaws.com ConfirmSubscription',
        'sns.amazonaws.com CreateTopic',
        'sns.amazonaws.com DeleteTopic',
        'sns.amazonaws.com PutDataProtectionPolicy',
        'sns.amazonaws.com RemovePermission',
        'sns.amazonaws.com SetSMSAttributes',
        'sns.amazonaws.com SetSubscriptionAttributes',
        'sns.amazonaws.com SetTopicAttributes',
        'sns.amazonaws.com Subscribe',
        'sns.amazonaws.com Unsubscribe',
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
      OR REGEXP_LIKE(
        CONCAT(eventsource, ' ', eventname),
        '^(s3[.]amazonaws[.]com DeleteBucket|s3[.]amazonaws[.]com PutBucket)'
      )
      OR (
        eventsource = 'iam.amazonaws.com'
        AND (
          readonly = 'false' OR NOT REGEXP_LIKE(eventname, '^(Get|List|Generate|Simulate)')
        )
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
    THEN SUBSTR(eventtime, 1, 10)
    ELSE ''
  END AS seen_day,
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
    THEN COALESCE(
      SPLIT_PART(
        COALESCE(
          NULLIF(useridentity.sessioncontext.sessionissuer.arn, ''),
          NULLIF(useridentity.arn, '')
        ),
        ':',
        5
      ),
      CASE WHEN useridentity.type = 'Root' THEN useridentity.accountid END,
      ''
    )
    ELSE ''
  END AS seen_caller,
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
    AND eventsource = 'sts.amazonaws.com'
    AND (
      eventname LIKE 'AssumeRole%' OR eventname = 'AssumeRoot'
    )
    AND (
      COALESCE(sharedeventid, '') = ''
      OR (
        eventname <> 'AssumeRoot'
        AND COALESCE(useridentity.type, '') <> 'AWSAccount'
        AND REGEXP_EXTRACT(
          COALESCE(
            NULLIF(
              CASE
                WHEN JSON_FORMAT(JSON_EXTRACT(requestparameters, '$.roleArn')) LIKE '"%'
                THEN JSON_EXTRACT_SCALAR(requestparameters, '$.roleArn')
              END,
              ''
            ),
            REGEXP_EXTRACT(
              errormessage,
              'on resource: (arn:[a-z-]+:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]+)',
              1
            ),
            ''
          ),
          '([^:]*):role/.',
          1
        ) = COALESCE(NULLIF(recipientaccountid, ''), useridentity.accountid, '')
        AND COALESCE(
          NULLIF(useridentity.accountid, ''),
          COALESCE(NULLIF(recipientaccountid, ''), useridentity.accountid, '')
        ) = COALESCE(NULLIF(recipientaccountid, ''), useridentity.accountid, '')
      )
    )
    THEN COALESCE(NULLIF(recipientaccountid, ''), useridentity.accountid, '')
    ELSE ''
  END AS seen_owner,
  MAX(eventtime) AS seen_last,
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
  3,
  4,
  5
