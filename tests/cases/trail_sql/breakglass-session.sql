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
