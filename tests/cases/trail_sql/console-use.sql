SELECT DISTINCT
  COALESCE(eventid, '') AS event_id,
  eventtime AS event_time,
  eventsource AS event_source,
  eventname AS event_name,
  COALESCE(awsregion, '') AS aws_region,
  COALESCE(recipientaccountid, '') AS recipient_account_id,
  COALESCE(sourceipaddress, '') AS address,
  COALESCE(errorcode, '') AS error,
  COALESCE(errormessage, '') AS message,
  COALESCE(readonly, '') AS read_only,
  COALESCE(sharedeventid, '') AS shared_event_id,
  COALESCE(useridentity.sessioncontext.sessionissuer.arn, '') AS issuer,
  COALESCE(useridentity.arn, '') AS caller,
  COALESCE(useridentity.type, '') AS caller_type,
  COALESCE(COALESCE(NULLIF(useridentity.principalid, ''), useridentity.onbehalfof.userid), '') AS caller_id,
  COALESCE(useridentity.accountid, '') AS caller_account,
  COALESCE(useridentity.invokedby, '') AS caller_service,
  COALESCE(useridentity.username, '') AS caller_user,
  COALESCE(useridentity.identityprovider, '') AS caller_provider,
  COALESCE(useridentity.sessioncontext.sourceidentity, '') AS source_identity,
  COALESCE(useridentity.accesskeyid, '') AS caller_key,
  COALESCE(useridentity.sessioncontext.attributes.mfaauthenticated, '') AS mfa,
  COALESCE(useridentity.sessioncontext.attributes.creationdate, '') AS session_began,
  COALESCE(useragent, '') AS user_agent,
  COALESCE(
    CASE
      WHEN JSON_FORMAT(JSON_EXTRACT(additionaleventdata, '$.SwitchFrom')) LIKE '"%'
      THEN JSON_EXTRACT_SCALAR(additionaleventdata, '$.SwitchFrom')
    END,
    ''
  ) AS switch_from,
  COALESCE(requestparameters, '') AS request_parameters,
  CASE
    WHEN eventsource IN ('iam.amazonaws.com', 'sts.amazonaws.com', 'signin.amazonaws.com')
    OR eventname = 'ConsoleLogin'
    THEN REGEXP_REPLACE(
      COALESCE(responseelements, ''),
      '"[A-Za-z]*([Tt]oken|[Ss]ecretAccessKey|[Pp]assword)" *: *"(\\.|[^"\\])*"',
      '"removed":""'
    )
    ELSE ''
  END AS response_elements,
  COALESCE(sessioncredentialfromconsole, '') AS from_console,
  COALESCE(
    CASE
      WHEN JSON_FORMAT(JSON_EXTRACT(responseelements, '$.credentials.accessKeyId')) LIKE '"%'
      THEN JSON_EXTRACT_SCALAR(responseelements, '$.credentials.accessKeyId')
    END,
    ''
  ) AS given_key,
  COALESCE(
    CASE
      WHEN JSON_FORMAT(JSON_EXTRACT(responseelements, '$.credentials.expiration')) LIKE '"%'
      THEN JSON_EXTRACT_SCALAR(responseelements, '$.credentials.expiration')
    END,
    ''
  ) AS given_until,
  CASE
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
  END AS said_failed,
  CASE
    WHEN COALESCE(addendum.originaleventid, '') <> ''
    THEN CONCAT(addendum.originaleventid, ' ', COALESCE(addendum.updatedfields, ''))
    ELSE ''
  END AS amends,
  TO_HEX(
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
  ) AS rest
FROM "trail"."cloudtrail"
WHERE
  (
    COALESCE(addendum.originaleventid, '') <> ''
    OR (
      eventsource = 'signin.amazonaws.com' OR eventname = 'ConsoleLogin'
    )
    OR CONCAT(eventsource, ' ', eventname) IN (
      'sso.amazonaws.com Authenticate',
      'sso.amazonaws.com Federate',
      'sso.amazonaws.com Logout'
    )
  )
  AND account IN ('111122223333', '444455556666')
  AND region IN ('us-east-1', 'us-east-2')
  AND day BETWEEN '2026/01/01' AND '2026/02/02'
  AND eventtime >= '2026-01-01T00:00:00Z'
  AND eventtime < '2026-01-31T12:00:00Z'
