"""Reads the parts of one live account for a capture, piece by piece; see journeys.capture.Reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from iam_guardrails.adapters.aws.account import read_rest
from iam_guardrails.adapters.aws.errors import AwsError
from iam_guardrails.adapters.aws.findings import EXTERNAL_ACCESS, UNUSED_ACCESS, compliance, findings
from iam_guardrails.adapters.aws.identities import open_reading, read_identities
from iam_guardrails.adapters.aws.identity_center import identity_centers
from iam_guardrails.adapters.aws.last_access import last_access
from iam_guardrails.adapters.aws.reading import Reading
from iam_guardrails.adapters.aws.secrets import grants, secrets
from iam_guardrails.adapters.aws.session import Session, caller
from iam_guardrails.model.account import Account
from iam_guardrails.model.capture.capture import (
    ACCOUNT,
    COMPLIANCE,
    FINDINGS,
    IDENTITIES,
    IDENTITY_CENTER,
    LAST_ACCESS,
    SECRETS,
)
from iam_guardrails.model.capture.identities import Identities
from iam_guardrails.model.capture.identity_center import IdentityCenter
from iam_guardrails.model.capture.piece import Piece
from iam_guardrails.model.capture.scope import LEFT_OUT, NOBODY, Scope, principals_in_scope
from iam_guardrails.model.codec import decode, encode
from iam_guardrails.model.unknown import Unknown
from iam_guardrails.model.value import changed, frozen

Done = Mapping[str, Sequence[Piece]]
Content = dict[str, Any]
AT_ONCE = 20
"""Principals whose jobs are made together: while the first is fetched, AWS works on the others."""
_REGIONAL = (FINDINGS, COMPLIANCE, SECRETS)
_NO_PROFILE = (
    "no profile was given (--identity-center-profile): only the management or delegated administrator account tells"
)


@frozen
class Directory:
    """Where Identity Center is read: with whose credentials, in which Region."""

    session: Session
    region: str


class AwsReader:
    """Reads with one session (and that of `directory`), making reading calls only."""

    def __init__(
        self,
        session: Session,
        scope: Scope,
        began_at: datetime,
        now: Callable[[], datetime],
        wait: Callable[[float], None],
        progress: Callable[[str], None],
        directory: Directory | None = None,
    ) -> None:
        """began_at: becomes the account's `seen_at`.  Raises AwsError when the session belongs to another account."""
        self.scope, self.began_at = scope, began_at
        self._session, self._now, self._wait, self._progress, self._directory = session, now, wait, progress, directory
        self._home = scope.regions[0]
        self._first = open_reading(session, scope.account_id, self._home, progress, wait)
        self._readings = [self._first]

    @property
    def made(self) -> int:
        """How many calls this reader made."""
        return sum(sum(reading.calls.values()) for reading in self._readings)

    def keys(self, part: str, done: Done) -> Sequence[str]:
        """Regions for what is regional, numbers for principals, one piece for everything else."""
        if part in _REGIONAL:
            return self.scope.regions
        if part == LAST_ACCESS:
            count = len(principals_in_scope(_details(done), self.scope)[0])
            return [f"{number:04}" for number in range(max(1, -(-count // AT_ONCE)))]
        return ("",)

    def read(self, part: str, key: str, done: Done) -> Piece:
        """One piece. Raises AwsError where reading cannot go on."""
        reading = self._first if part == IDENTITIES else self._reading()
        unasked: dict[str, str] = {}
        content = self._content(reading, part, key, done, unasked)
        refused = {} if part == ACCOUNT else dict(reading.refused)  # the account holds its own
        return Piece(part, key, self._now(), content, dict(reading.calls), refused, unasked)

    def _reading(self) -> Reading:
        made = Reading(self._session, self.scope.account_id, self._first.partition, self._progress, self._wait)
        self._readings.append(made)
        return made

    def _content(self, reading: Reading, part: str, key: str, done: Done, unasked: dict[str, str]) -> Content:
        if part == IDENTITIES:
            return self._identities(reading)
        if part == ACCOUNT:
            return self._account(reading, done)
        if part == FINDINGS:
            return self._findings(reading, key, done, unasked)
        if part == COMPLIANCE:
            return {"compliance": encode(compliance(reading, key))}
        if part == SECRETS:
            found, keys = secrets(reading, key, self.scope.names_secret)
            held = grants(reading, key, keys)
            return {"secrets": encode(found), "secret_keys": encode(keys), "key_grants": encode(held)}
        if part == LAST_ACCESS:
            return self._last_access(reading, int(key), done, unasked)
        return self._identity_center(reading, done, unasked)

    def _identities(self, reading: Reading) -> Content:
        read = read_identities(reading, self._home, self.began_at, self._wait)
        details = encode(read.details) if isinstance(read.details, Unknown) else read.details
        return {"details": details, "credentials": encode(read.report)}

    def _account(self, reading: Reading, done: Done) -> Content:
        given = done[IDENTITIES][0].content
        read: Identities = decode(Identities, {"details": given["details"], "report": given["credentials"]}, IDENTITIES)
        scope = self.scope
        rest, asked = read_rest(reading, read, scope.regions, self.began_at, scope.role_names, scope.people)
        return {"account": encode(changed(rest, origin="capture")), "asked": encode(asked)}

    def _findings(self, reading: Reading, region: str, done: Done, unasked: dict[str, str]) -> Content:
        account: Account = decode(Account, done[ACCOUNT][0].content["account"], ACCOUNT)
        here = [item for item in account.analyzers if item.region == region]
        why = account.refused.get(f"analyzers@{region}")
        if why:
            reading.note((FINDINGS,), region, why)
        elif not any(item.kind in EXTERNAL_ACCESS for item in here):
            unasked[f"{FINDINGS}@{region}"] = f"there is no analyzer of external access in {region}"
        for item in here:
            if item.kind not in EXTERNAL_ACCESS and not str(item.kind).endswith(UNUSED_ACCESS):
                unasked[f"{FINDINGS}:{item.address}"] = f"findings of analyzers of type {item.kind} are not read"
        if region == self._home and not any(str(item.kind).endswith(UNUSED_ACCESS) for item in account.analyzers):
            unasked[f"{FINDINGS}:unused"] = "no Region that was read has an analyzer of unused access"
        return {"findings": encode(findings(reading, region, here, self.scope.holds))}

    def _last_access(self, reading: Reading, number: int, done: Done, unasked: dict[str, str]) -> Content:
        if self.scope.last_access == NOBODY:
            unasked[LAST_ACCESS] = LEFT_OUT
            return {"last_access": []}
        if "unknown" in _raw_details(done):
            reading.note((LAST_ACCESS,), None, str(_raw_details(done)["unknown"]))
            return {"last_access": []}
        asked, why = principals_in_scope(_details(done), self.scope)
        if number == 0:
            unasked.update({f"{LAST_ACCESS}:{arn}": reason for arn, reason in why.items()})
        these = asked[number * AT_ONCE : (number + 1) * AT_ONCE]
        if these:
            first = number * AT_ONCE + 1
            reading.say(f"last accessed data of principals {first} to {first + len(these) - 1} of {len(asked)}")
        return {"last_access": encode(last_access(reading, self._home, these, self._wait))}

    def _identity_center(self, reading: Reading, done: Done, unasked: dict[str, str]) -> Content:
        where = self._directory
        found: tuple[IdentityCenter, ...] = ()
        if where is None and self.scope.expects_identity_center:
            reading.note((IDENTITY_CENTER,), None, _NO_PROFILE)
        elif where is None:
            unasked[IDENTITY_CENTER] = _NO_PROFILE
        else:
            found = self._centers(reading, where, _details(done).get("RoleDetailList", ()))
        return {"identity_centers": encode(found)}

    def _centers(
        self, reading: Reading, where: Directory, roles: Sequence[Mapping[str, Any]]
    ) -> tuple[IdentityCenter, ...]:
        try:
            account_id, arn = caller(where.session, where.region)
            theirs = Reading(where.session, account_id, arn.split(":")[1], self._progress, self._wait)
            theirs.calls, theirs.refused = reading.calls, reading.refused
            theirs.calls["sts:GetCallerIdentity"] = 1
            return identity_centers(theirs, where.region, self.scope.account_id, roles)
        except AwsError as error:  # the account's own session may be in order, so the rest goes on
            reading.note((IDENTITY_CENTER,), None, f"its profile brought nothing: {error}")
            return ()


def _raw_details(done: Done) -> Mapping[str, Any]:
    found: Mapping[str, Any] = done[IDENTITIES][0].content["details"]
    return found


def _details(done: Done) -> Mapping[str, Any]:
    """The authorization details, {} where the call was refused."""
    found = _raw_details(done)
    return {} if "unknown" in found else found
