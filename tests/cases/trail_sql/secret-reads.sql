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
      CONCAT(eventsource, ' ', eventname) IN (
        'secretsmanager.amazonaws.com BatchGetSecretValue',
        'secretsmanager.amazonaws.com GetSecretValue',
        'ssm.amazonaws.com GetParameter',
        'ssm.amazonaws.com GetParameterHistory',
        'ssm.amazonaws.com GetParameters',
        'ssm.amazonaws.com GetParametersByPath'
      )
    )
    THEN JSON_FORMAT(
      CAST(ARRAY[COALESCE(useridentity.sessioncontext.sessionissuer.arn, ''), CASE
        WHEN COALESCE(useridentity.sessioncontext.sessionissuer.arn, '') <> ''
        THEN ''
        WHEN REGEXP_LIKE(useridentity.arn, '^arn:[a-z-]+:sts::[0-9]{12}:assumed-role/[^/]+/([^/]|/)')
        THEN CONCAT(SPLIT_PART(useridentity.arn, '/', 1), '/', SPLIT_PART(useridentity.arn, '/', 2), '/-')
        WHEN useridentity.type = 'Root'
        AND COALESCE(
          NULLIF(useridentity.sessioncontext.sessionissuer.arn, ''),
          NULLIF(useridentity.arn, '')
        ) IS NULL
        AND COALESCE(useridentity.accountid, '') <> ''
        AND (
          COALESCE(useridentity.invokedby, '') = ''
          OR COALESCE(COALESCE(NULLIF(useridentity.principalid, ''), useridentity.onbehalfof.userid), '') <> ''
        )
        THEN CONCAT(
          'arn:',
          CASE
            WHEN awsregion LIKE 'cn-%'
            THEN 'aws-cn'
            WHEN awsregion LIKE 'us-gov-%'
            THEN 'aws-us-gov'
            WHEN awsregion LIKE 'eusc-%'
            THEN 'aws-eusc'
            ELSE 'aws'
          END,
          ':iam::',
          useridentity.accountid,
          ':root'
        )
        ELSE COALESCE(useridentity.arn, '')
      END, CASE
        WHEN COALESCE(
          NULLIF(useridentity.sessioncontext.sessionissuer.arn, ''),
          NULLIF(useridentity.arn, '')
        ) IS NULL
        THEN COALESCE(useridentity.type, '')
        ELSE ''
      END, CASE
        WHEN NOT (
          COALESCE(
            NULLIF(useridentity.sessioncontext.sessionissuer.arn, ''),
            NULLIF(useridentity.arn, '')
          ) IS NULL
        )
        THEN ''
        WHEN useridentity.type IN ('SAMLUser', 'WebIdentityUser')
        OR COALESCE(useridentity.accountid, '') = ''
        THEN COALESCE(COALESCE(NULLIF(useridentity.principalid, ''), useridentity.onbehalfof.userid), '')
        ELSE COALESCE(
          SPLIT_PART(
            COALESCE(NULLIF(useridentity.principalid, ''), useridentity.onbehalfof.userid),
            ':',
            1
          ),
          ''
        )
      END, CASE
        WHEN COALESCE(
          NULLIF(useridentity.sessioncontext.sessionissuer.arn, ''),
          NULLIF(useridentity.arn, '')
        ) IS NULL
        THEN COALESCE(useridentity.accountid, '')
        ELSE ''
      END, CASE
        WHEN COALESCE(
          NULLIF(useridentity.sessioncontext.sessionissuer.arn, ''),
          NULLIF(useridentity.arn, '')
        ) IS NULL
        THEN COALESCE(useridentity.invokedby, '')
        ELSE ''
      END, CASE
        WHEN COALESCE(
          NULLIF(useridentity.sessioncontext.sessionissuer.arn, ''),
          NULLIF(useridentity.arn, '')
        ) IS NULL
        THEN COALESCE(useridentity.username, '')
        ELSE ''
      END, CASE
        WHEN COALESCE(
          NULLIF(useridentity.sessioncontext.sessionissuer.arn, ''),
          NULLIF(useridentity.arn, '')
        ) IS NULL
        THEN COALESCE(useridentity.identityprovider, '')
        ELSE ''
      END, COALESCE(NULLIF(recipientaccountid, ''), useridentity.accountid, ''), eventsource, eventname, COALESCE(
        errorcode,
        CASE
          WHEN COALESCE(errormessage, '') <> ''
          OR (
            (
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
          )
          THEN 'Failure'
        END,
        ''
      ), COALESCE(
        NULLIF(
          CASE
            WHEN JSON_FORMAT(JSON_EXTRACT(requestparameters, '$.secretId')) LIKE '"%'
            THEN JSON_EXTRACT_SCALAR(requestparameters, '$.secretId')
          END,
          ''
        ),
        CASE
          WHEN COALESCE(requestparameters, 'null') = 'null'
          THEN REGEXP_EXTRACT(errormessage, 'on resource: ([^ ]+)', 1)
        END,
        ''
      ), COALESCE(JSON_FORMAT(JSON_EXTRACT(requestparameters, '$.secretIdList')), ''), COALESCE(JSON_FORMAT(JSON_EXTRACT(requestparameters, '$.names')), ''), COALESCE(
        CASE
          WHEN JSON_FORMAT(JSON_EXTRACT(requestparameters, '$.name')) LIKE '"%'
          THEN JSON_EXTRACT_SCALAR(requestparameters, '$.name')
        END,
        ''
      ), COALESCE(
        CASE
          WHEN JSON_FORMAT(JSON_EXTRACT(requestparameters, '$.path')) LIKE '"%'
          THEN JSON_EXTRACT_SCALAR(requestparameters, '$.path')
        END,
        ''
      ), CASE
        WHEN COALESCE(addendum.originaleventid, '') <> ''
        THEN CONCAT(addendum.originaleventid, ' ', COALESCE(addendum.updatedfields, ''))
        ELSE ''
      END] AS JSON)
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
  CAST(COUNT(day) AS VARCHAR) AS records,
  ARRAY_JOIN(ARRAY_AGG(DISTINCT CONCAT(account, ' ', region)), ',') AS held,
  MIN(eventtime) AS "first",
  MAX(CONCAT(eventtime, ' ', COALESCE(eventid, ''))) AS "last",
  MAX_BY(
    COALESCE(sourceipaddress, ''),
    CONCAT(CONCAT(eventtime, ' ', COALESCE(eventid, '')), ' ', COALESCE(sourceipaddress, ''))
  ) AS address
FROM "trail"."cloudtrail"
WHERE
  account IN ('111122223333', '444455556666')
  AND region IN ('us-east-1', 'us-east-2')
  AND day BETWEEN '2026/01/01' AND '2026/02/02'
GROUP BY
  1,
  2
