"""One SELECT per question, in Athena's dialect (Trino), over a table with the columns of the module trail-lake.

A name with a colon stands for what `bound` puts in, as does the name of the table; `bound` also adds the filters of
partitions and time. Every column that is asked for is text. Rows of records that were delivered twice are one row, or
give the same row of a group. "first" and "last" are quoted, as they are among Athena's reserved words.
Records that correct others come with those that are asked for, which are told by their whole records; of the others it
is told that the first form counts too.

Sources: Athena User Guide, "Create a table for CloudTrail logs in Athena using partition projection", "Escape reserved
keywords in queries" and "Create arrays from subqueries" (array_agg with DISTINCT); CloudTrail User Guide, "CloudTrail
record contents" and "CloudTrail userIdentity element"; Trino documentation, "JSON functions and operators", "Regular
expression functions".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from iam_guardrails.model.silencers import STARRED
from iam_guardrails.model.trail.facts import FAILED
from iam_guardrails.model.trail.principal import CODE_FAILED
from iam_guardrails.model.trail.sign_ins import SOURCE, SUCCESS

_STARRED = "|".join(f"{source.replace('.', '[.]')} {begin}" for source, begin in STARRED)
_ISSUER = "useridentity.sessioncontext.sessionissuer.arn"
_OF_SESSION = "arn:[a-z-]+:sts::[0-9]{12}:assumed-role/[^/]+/"
_SESSION = f"'^{_OF_SESSION}([^/]|/)'"  # a dot is not every letter: engines differ in what ends a line
_NAMELESS = f"coalesce(nullif({_ISSUER}, ''), nullif(useridentity.arn, '')) IS NULL"
_TIMED_ID = "concat(eventtime, ' ', coalesce(eventid, ''))"
_STS = "eventsource = 'sts.amazonaws.com' AND (eventname LIKE 'AssumeRole%' OR eventname = 'AssumeRoot')"
_ACCOUNT = "coalesce(nullif(recipientaccountid, ''), useridentity.accountid, '')"


def _text(name: str, column: str = "requestparameters") -> str:
    """A value where it is a text, else NULL, as the embedded engine reads it: the caller chooses what it is.

    name: of the value; a path as SQL where that is made from a column.
    json_extract_scalar alone makes a text of a number too, in the engine's own form; of an array Trino makes NULL, and
    DuckDB its JSON. Source: Trino documentation, "JSON functions and operators", json_extract_scalar.
    """
    path = name if "(" in name else f"'$.{name}'"
    said = f"json_format(json_extract({column}, {path}))"
    return f"CASE WHEN {said} LIKE '\"%' THEN json_extract_scalar({column}, {path}) END"


# The role that is asked for; a refused call names it only in its message, or nowhere.
_ROLE = f"""coalesce(
    nullif({_text("roleArn")}, ''),
    regexp_extract(errormessage, 'on resource: (arn:[a-z-]+:iam::[0-9]{{12}}:role/[A-Za-z0-9_+=,.@/-]+)', 1),
    ''
  )"""

_PERSON = "coalesce(nullif(useridentity.principalid, ''), useridentity.onbehalfof.userid)"
_NAMED = "concat('$.', eventname)"
_SIGN_IN = f"(eventsource = '{SOURCE}' OR eventname = 'ConsoleLogin')"
# What a sign-in says of itself stands under its own name (model.trail.sign_ins).
_SAID_FAILED = f"""{_SIGN_IN} AND regexp_like(eventname, '^[A-Za-z0-9]+$') AND (
    coalesce(nullif({_text(_NAMED, "responseelements")}, ''), '{SUCCESS}') <> '{SUCCESS}'
    OR coalesce(nullif({_text(_NAMED, "serviceeventdetails")}, ''), '{SUCCESS}')
      <> '{SUCCESS}'
  )"""
_ERROR = f"""coalesce(
    errorcode, CASE WHEN coalesce(errormessage, '') <> '' OR ({_SAID_FAILED}) THEN '{FAILED}' END, ''
  )"""
_PARTITION = """CASE
      WHEN awsregion LIKE 'cn-%' THEN 'aws-cn' WHEN awsregion LIKE 'us-gov-%' THEN 'aws-us-gov'
      WHEN awsregion LIKE 'eusc-%' THEN 'aws-eusc' ELSE 'aws'
    END"""
_IS_AMENDING = "coalesce(addendum.originaleventid, '') <> ''"
# Which record it corrects, and which fields of it.
_AMENDS = f"""CASE WHEN {_IS_AMENDING}
    THEN concat(addendum.originaleventid, ' ', coalesce(addendum.updatedfields, '')) ELSE '' END AS amends"""
# What else tells two records under one event id apart, without what it says: it may hold what is secret.
_OTHERS = ("useragent", "requestid", "responseelements", "additionaleventdata", "eventtype", "serviceeventdetails",
           "useridentity.accesskeyid")  # fmt: skip
_ALL_OTHERS = ", ' ', ".join(f"coalesce({name}, '')" for name in _OTHERS)
_REST = f"to_hex(md5(to_utf8(concat({_ALL_OTHERS}))))"
_RESOURCE = "regexp_extract(errormessage, 'on resource: ([^ ]+)', 1)"
_ROOT = _text("targetPrincipal")
_ASSUMED = f"""CASE
    WHEN eventname <> 'AssumeRoot' THEN {_ROLE}
    WHEN regexp_like({_ROOT}, '^arn:[a-z-]+:iam::[0-9]{{12}}:root$') THEN {_ROOT}
    WHEN regexp_like({_ROOT}, '[0-9]{{12}}') THEN concat(
      'arn:',
      coalesce(
        nullif(regexp_extract(coalesce(nullif({_ISSUER}, ''), useridentity.arn), '^arn:([a-z-]+):', 1), ''), 'aws'
      ),
      ':iam::', regexp_extract({_ROOT}, '[0-9]{{12}}'), ':root'
    )
    ELSE ''
  END"""

# Whether no other account can have recorded the assumption too (one_record.may_be_shared).
_OF_ONE_ACCOUNT = f"""coalesce(sharedeventid, '') = '' OR (
      eventname <> 'AssumeRoot' AND coalesce(useridentity.type, '') <> 'AWSAccount'
      AND regexp_extract({_ROLE}, '([^:]*):role/.', 1) = {_ACCOUNT}
      AND coalesce(nullif(useridentity.accountid, ''), {_ACCOUNT}) = {_ACCOUNT}
    )"""

# Who called, without what differs from session to session, so that a role is one group and not one per session.
_WHO = f"""
  coalesce({_ISSUER}, '') AS issuer,
  CASE
    WHEN coalesce({_ISSUER}, '') <> '' THEN ''
    WHEN regexp_like(useridentity.arn, {_SESSION})
      THEN concat(split_part(useridentity.arn, '/', 1), '/', split_part(useridentity.arn, '/', 2), '/-')
    WHEN useridentity.type = 'Root' AND {_NAMELESS} AND coalesce(useridentity.accountid, '') <> ''
      AND (coalesce(useridentity.invokedby, '') = '' OR coalesce({_PERSON}, '') <> '')
      THEN concat('arn:', {_PARTITION}, ':iam::', useridentity.accountid, ':root')
    ELSE coalesce(useridentity.arn, '')
  END AS caller,
  CASE WHEN {_NAMELESS} THEN coalesce(useridentity.type, '') ELSE '' END AS caller_type,
  CASE
    WHEN NOT ({_NAMELESS}) THEN ''
    WHEN useridentity.type IN ('SAMLUser', 'WebIdentityUser') OR coalesce(useridentity.accountid, '') = ''
      THEN coalesce({_PERSON}, '')
    ELSE coalesce(split_part({_PERSON}, ':', 1), '')
  END AS caller_id,
  CASE WHEN {_NAMELESS} THEN coalesce(useridentity.accountid, '') ELSE '' END AS caller_account,
  CASE WHEN {_NAMELESS} THEN coalesce(useridentity.invokedby, '') ELSE '' END AS caller_service,
  CASE WHEN {_NAMELESS} THEN coalesce(useridentity.username, '') ELSE '' END AS caller_user,
  CASE WHEN {_NAMELESS} THEN coalesce(useridentity.identityprovider, '') ELSE '' END AS caller_provider"""
_WHO_COLUMNS = 8


def _ordinals(number: int) -> str:
    return ", ".join(str(column) for column in range(1, number + 1))


USES: Final = f"""
SELECT {_WHO},
  eventsource AS event_source,
  eventname AS event_name,
  {_ERROR} AS error,
  {_AMENDS},
  max(eventtime) AS "last"
FROM cloudtrail
WHERE eventsource IS NOT NULL AND eventname IS NOT NULL
GROUP BY {_ordinals(_WHO_COLUMNS + 4)}
"""
"""What each principal called, with which outcome, and when last. Also for the refused calls alone: whether a role is
known with its path can be seen from any of its calls."""

_SESSION_ASKED = f"""coalesce(
    nullif({_text("roleSessionName")}, ''),
    CASE WHEN regexp_like(useridentity.arn, {_SESSION})
      THEN substr(useridentity.arn, length(regexp_extract(useridentity.arn, '^{_OF_SESSION}')) + 1) END,
    ''
  )"""

ASSUMPTIONS: Final = f"""
SELECT {_WHO},
  {_ACCOUNT} AS account_id,
  eventname AS event_name,
  coalesce(useridentity.type, '') AS kind,
  CASE WHEN coalesce(useridentity.arn, '') = '' THEN 'no' ELSE 'yes' END AS has_arn,
  {_ASSUMED} AS role,
  CASE
    WHEN useridentity.sessioncontext.attributes.mfaauthenticated = 'true' THEN 'yes'
    WHEN useridentity.type IN ('IAMUser', 'AWSAccount') AND {_text("serialNumber")} IS NOT NULL
      AND strpos(coalesce(errormessage, ''), '{CODE_FAILED}') = 0
      THEN 'yes'
    WHEN useridentity.type = 'IAMUser' OR useridentity.sessioncontext.attributes.mfaauthenticated IS NOT NULL THEN 'no'
    ELSE ''
  END AS mfa,
  coalesce(
    nullif({_text("sourceIdentity")}, ''),
    nullif({_text("sourceIdentity", "responseelements")}, ''),
    useridentity.sessioncontext.sourceidentity,
    ''
  ) AS source_identity,
  coalesce(useridentity.invokedby, '') AS via,
  {_ERROR} AS error,
  CASE WHEN {_OF_ONE_ACCOUNT} THEN '' ELSE sharedeventid END AS shared_event_id,
  CASE WHEN {_OF_ONE_ACCOUNT} THEN '' ELSE concat({_TIMED_ID}, ' ', {_SESSION_ASKED}) END AS shared_record,
  CASE WHEN {_OF_ONE_ACCOUNT} THEN '' ELSE coalesce(useridentity.accountid, '') END AS shared_caller,
  {_AMENDS},
  coalesce(sourceipaddress, '') AS address,
  min(eventtime) AS "first",
  max({_TIMED_ID}) AS "last",
  max_by({_SESSION_ASKED}, concat({_TIMED_ID}, ' ', {_SESSION_ASKED})) AS session,
  CASE WHEN min({_SESSION_ASKED}) <> max({_SESSION_ASKED}) THEN 'yes' ELSE 'no' END AS more_sessions
FROM cloudtrail
WHERE {_STS}
GROUP BY {_ordinals(_WHO_COLUMNS + 14)}
"""
"""Assumptions of roles and root users that are alike but for session and time, by address; those that two accounts
recorded, one by one."""

SECRET_READS: Final = f"""
SELECT {_WHO},
  {_ACCOUNT} AS account_id,
  eventsource AS event_source,
  eventname AS event_name,
  {_ERROR} AS error,
  coalesce(
    nullif({_text("secretId")}, ''),
    CASE WHEN coalesce(requestparameters, 'null') = 'null' THEN {_RESOURCE} END,
    ''
  ) AS secret_id,
  coalesce(json_format(json_extract(requestparameters, '$.secretIdList')), '') AS secret_ids,
  coalesce(json_format(json_extract(requestparameters, '$.names')), '') AS parameter_names,
  coalesce({_text("name")}, '') AS parameter_name,
  coalesce({_text("path")}, '') AS parameter_path,
  {_AMENDS},
  min(eventtime) AS "first",
  max({_TIMED_ID}) AS "last",
  max_by(coalesce(sourceipaddress, ''), concat({_TIMED_ID}, ' ', coalesce(sourceipaddress, ''))) AS address
FROM cloudtrail
WHERE concat(eventsource, ' ', eventname) IN (:secret_reads)
GROUP BY {_ordinals(_WHO_COLUMNS + 10)}
"""
"""Reads of secrets and parameters, by what the call names."""

# What those services answered whose answers are judged, without the secrets in it: a query's results lie in a bucket.
_RESPONSE = """CASE
    WHEN eventsource IN ('iam.amazonaws.com', 'sts.amazonaws.com', 'signin.amazonaws.com') OR eventname = 'ConsoleLogin'
      THEN regexp_replace(
        coalesce(responseelements, ''),
        '"[A-Za-z]*([Tt]oken|[Ss]ecretAccessKey|[Pp]assword)" *: *"(\\\\.|[^"\\\\])*"',
        '"removed":""'
      )
    ELSE ''
  END"""

_RECORDS = f"""
SELECT DISTINCT
  coalesce(eventid, '') AS event_id,
  eventtime AS event_time,
  eventsource AS event_source,
  eventname AS event_name,
  coalesce(awsregion, '') AS aws_region,
  coalesce(recipientaccountid, '') AS recipient_account_id,
  coalesce(sourceipaddress, '') AS address,
  coalesce(errorcode, '') AS error,
  coalesce(errormessage, '') AS message,
  coalesce(readonly, '') AS read_only,
  coalesce(sharedeventid, '') AS shared_event_id,
  coalesce({_ISSUER}, '') AS issuer,
  coalesce(useridentity.arn, '') AS caller,
  coalesce(useridentity.type, '') AS caller_type,
  coalesce({_PERSON}, '') AS caller_id,
  coalesce(useridentity.accountid, '') AS caller_account,
  coalesce(useridentity.invokedby, '') AS caller_service,
  coalesce(useridentity.username, '') AS caller_user,
  coalesce(useridentity.identityprovider, '') AS caller_provider,
  coalesce(useridentity.sessioncontext.sourceidentity, '') AS source_identity,
  coalesce(useridentity.accesskeyid, '') AS caller_key,
  coalesce(useridentity.sessioncontext.attributes.mfaauthenticated, '') AS mfa,
  coalesce(useridentity.sessioncontext.attributes.creationdate, '') AS session_began,
  coalesce(useragent, '') AS user_agent,
  coalesce({_text("SwitchFrom", "additionaleventdata")}, '') AS switch_from,
  coalesce(requestparameters, '') AS request_parameters,
  {_RESPONSE} AS response_elements,
  coalesce(sessioncredentialfromconsole, '') AS from_console,
  coalesce({_text("credentials.accessKeyId", "responseelements")}, '') AS given_key,
  coalesce({_text("credentials.expiration", "responseelements")}, '') AS given_until,
  CASE WHEN {_SAID_FAILED} THEN 'yes' ELSE 'no' END AS said_failed,
  {_AMENDS},
  {_REST} AS rest
FROM cloudtrail
WHERE {_IS_AMENDING} OR """

_CHANGES = "(readonly = 'false' OR NOT regexp_like(eventname, '^(Get|List|Generate|Simulate)'))"
IAM_CHANGES: Final = f"""{_RECORDS} (eventsource = 'iam.amazonaws.com' AND {_CHANGES})
  OR concat(eventsource, ' ', eventname) IN (:identity_changes)
"""

SILENCER_CALLS: Final = f"""{_RECORDS} concat(eventsource, ' ', eventname) IN (:silencing)
  OR regexp_like(concat(eventsource, ' ', eventname), '^({_STARRED})')
"""

ROOT_USE: Final = f"""{_RECORDS} useridentity.type = 'Root'
  OR regexp_like(coalesce(nullif({_ISSUER}, ''), useridentity.arn), '^arn:[a-z-]+:iam::[0-9]{{12}}:root$')
"""
"""What the root user did, and sessions that it gave out (GetFederationToken), whose issuer it is."""

CONSOLE_USE: Final = f"""{_RECORDS} {_SIGN_IN}
  OR concat(eventsource, ' ', eventname) IN (:portal)
"""


def _subject(arn: str) -> str:
    """The account and the name of a role's ARN or, after "user/", a user's (model.trail.principal.subject_of)."""
    kind = f"CASE WHEN {arn} LIKE '%:user/%' THEN 'user/' ELSE '' END"
    return f"concat(split_part({arn}, ':', 5), ' ', {kind}, regexp_extract({arn}, '[^/]+$'))"


def _role_of_session(arn: str) -> str:
    """The account and the name of the role of a session's ARN."""
    return f"concat(split_part({arn}, ':', 5), ' ', split_part({arn}, '/', 2))"


BREAKGLASS_SESSION: Final = f"""{_RECORDS}
  {_subject(_ISSUER)} IN (:roles)
  OR {_subject("useridentity.arn")} IN (:roles)
  OR {_role_of_session(_ISSUER)} IN (:roles)
  OR {_role_of_session("useridentity.arn")} IN (:roles)
  OR (
    eventsource = 'sts.amazonaws.com' AND eventname LIKE 'AssumeRole%'
    AND (
      {_ROLE} = ''
      OR concat(split_part({_ROLE}, ':', 5), ' ', regexp_extract({_ROLE}, '[^/]+$')) IN (:roles)
    )
  )
"""
"""What sessions of the roles and users did, and every entry. Some refused calls name their role nowhere."""

_OF_OTHERS = f"""{BREAKGLASS_SESSION}  OR concat(eventsource, ' ', eventname) IN (:kept)
  OR regexp_like(concat(eventsource, ' ', eventname), '^({_STARRED})')
  OR (eventsource = 'iam.amazonaws.com' AND {_CHANGES})
"""

STATEMENTS: Final[Mapping[str, str]] = {
    "role-assumptions": ASSUMPTIONS,
    "unusual-principals": ASSUMPTIONS,
    "iam-changes": IAM_CHANGES,
    "last-use": USES,
    "actions-used": USES,
    "secret-reads": SECRET_READS,
    "root-use": ROOT_USE,
    "console-use": CONSOLE_USE,
    "breakglass-session": BREAKGLASS_SESSION,
    "silencer-calls": SILENCER_CALLS,
    "denied-attempts": USES,
}
"""The statement for each question, by its name."""

OF_OTHERS: Final[Mapping[str, str]] = {"breakglass-session": _OF_OTHERS}
"""The statements for the journeys that judge uses, by the question: also who changed IAM, silenced a guardrail or made
what captures hold, as the embedded engine keeps (one_record.KEEP)."""

_ALIKE = "CASE WHEN :within AND (:wanted) THEN json_format(CAST(ARRAY[:alike] AS JSON)) ELSE '' END AS alike"

IS_EVENT: Final = """eventsource IS NOT NULL AND eventname IS NOT NULL AND eventtime BETWEEN '1970' AND '9999'
  AND eventtime LIKE '____-__-__T__:__:__Z' AND try(from_iso8601_timestamp(eventtime)) IS NOT NULL"""
"""Whether a record is an event, with a time as CloudTrail writes it, as times are compared as text; it may be NULL."""
_PLACE = "concat(account, ' ', region, ' ', day)"
_HELD = f"array_join(array_agg(DISTINCT {_PLACE}), ',') AS held"
_NO_EVENTS = f"CASE WHEN coalesce(:is_event, FALSE) THEN '' ELSE {_PLACE} END AS no_events"
_NUMBER = "CAST(count(day) AS varchar) AS records"

WHOLE: Final = f"""
SELECT
  {_ALIKE},
  {_NO_EVENTS},
  {_NUMBER},
  array_join(array_agg(DISTINCT concat(account, ' ', region)), ',') AS held
FROM cloudtrail
GROUP BY {_ordinals(2)}
"""
"""What a statement gives, and of which accounts and Regions there is any record on the days of the window, in one
reading: another query would cost the same again. :wanted is the statement's condition, :alike its columns but for those
of a group, :within that the record is an event, and of the window. What is no event is counted by where it lies."""

WHOLE_RECORDS: Final = f"""
SELECT
  {_ALIKE},
  {_NO_EVENTS},
  CASE WHEN :within AND (:wanted) THEN '' ELSE day END AS file_day,
  {_NUMBER},
  {_HELD}
FROM cloudtrail
GROUP BY {_ordinals(3)}
"""
"""As WHOLE, of a statement that gives records one by one: also on which days there is any. With the others each row
would name the days."""

BY_DAY: Final = f"""
SELECT
  {_ALIKE},
  {_NO_EVENTS},
  CASE WHEN :within THEN substr(eventtime, 1, 10) ELSE '' END AS seen_day,
  CASE WHEN :within THEN coalesce(
    split_part(coalesce(nullif({_ISSUER}, ''), nullif(useridentity.arn, '')), ':', 5),
    CASE WHEN useridentity.type = 'Root' THEN useridentity.accountid END,
    ''
  ) ELSE '' END AS seen_caller,
  CASE WHEN :within AND {_STS} AND ({_OF_ONE_ACCOUNT}) THEN {_ACCOUNT} ELSE '' END AS seen_owner,
  max(eventtime) AS seen_last,
  {_NUMBER},
  {_HELD}
FROM cloudtrail
GROUP BY {_ordinals(5)}
"""
"""As WHOLE, by day, and on which days which accounts did anything (model.trail.holding.Seen)."""
