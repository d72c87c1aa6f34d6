"""Entering and leaving with their edges: whose credentials, which role, what is kept, and the child."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.place import environment_folder
from iam_guardrails.incident_wiring import WORK, Found, now, variables_of
from iam_guardrails.model.codec import encode
from iam_guardrails.model.expected import Expected, require_role
from iam_guardrails.model.incident.entry import flag_of
from iam_guardrails.model.incident.incident import Incident
from iam_guardrails.model.incident.revoking import is_far_ahead
from iam_guardrails.model.incident.step import EXITED, Exited
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import frozen
from iam_guardrails.model.visible import visible

Tell = Callable[[str], None]
PATIENCE_SECONDS = 60.0


@frozen
class Setting:
    """An environment as enter and exit need it. variables: of this process, or those of the embedded AWS."""

    root: Path
    environment: str
    expected: Expected
    variables: Mapping[str, str]
    sandbox: bool

    def contract_role_arn(self) -> str:
        """The ARN of the role by what the last apply on this machine built; "" where that is not known."""
        base = self.root / WORK
        path = (base / "sandbox" if self.sandbox else base) / self.environment / "contract.json"
        try:
            return str(json.loads(path.read_text(encoding="utf-8"))["breakglass"]["role_arn"])
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def setting_of(root: Path, environment: str, sandbox: bool) -> Setting:
    """Read guardrails.toml and point at the embedded AWS where asked. Raises Problem."""
    expected = read_expectations(environment_folder(root, environment) / "guardrails.toml")
    require_role(expected)
    return Setting(root, environment, expected, variables_of(root, expected, sandbox), sandbox)


@contextmanager
def owner_variables(setting: Setting, profile: str | None, person: str, tell: Tell) -> Iterator[Mapping[str, str]]:
    """Whose credentials open the door: a profile's, those in use, or in the embedded AWS an owner's made for now."""
    if not setting.sandbox:
        yield variables_of(setting.root, setting.expected, False, profile)
        return
    if profile:
        raise Problem("--owner-profile has no meaning in the embedded AWS, whose owners need no profile: leave it out")
    from iam_guardrails.adapters.sandbox_owner import owner_variables as made

    names = [arn.rpartition("/")[2] for arn in setting.expected.people if ":user/" in arn]
    wanted = person.rpartition("/")[2]
    if not names:
        raise Problem("guardrails.toml names no IAM user among its people, so nobody can enter the embedded AWS:"
                      " add one to breakglass.people")  # fmt: skip
    name = wanted if wanted in names else names[0]
    tell(f"the embedded AWS: signing in as {name}; it takes any six digits as an MFA code")
    with made(setting.variables, setting.expected.home_region, name) as variables:
        yield variables


def revoked_until(found: Found, role_arn: str) -> datetime | None:
    """The latest moment before which sessions of a role are revoked, by the records of this machine that are whole.

    One that is far ahead counts only where no later step tells that it was moved back.
    """
    told: list[tuple[datetime, datetime]] = []
    for incident_id in found.records.ids():
        with suppress(Problem):
            incident = found.records.load(incident_id)
            pairs = zip(incident.of(EXITED), incident.contents(EXITED, Exited), strict=True)
            told += [(step.at, item.issued_before) for step, item in pairs
                     if item.role_arn == role_arn and item.issued_before]  # fmt: skip
    usual = max((at for at, until in told if not is_far_ahead(until, at)), default=None)
    counted = (until for at, until in told if not is_far_ahead(until, at) or usual is None or at > usual)
    return max(counted, default=None)


def wait_for_revocations(found: Found, role_arn: str, tell: Tell) -> None:
    """Wait out an exit a moment ago: a session issued before the moment of a revocation would be dead at once.

    Raises Problem where the moment is further ahead than any exit puts it.
    """
    until = revoked_until(found, role_arn)
    seconds = (until - now()).total_seconds() if until else 0.0
    if until and seconds > PATIENCE_SECONDS:
        raise Problem(f"sessions of {role_arn} issued before {until:%Y-%m-%d %H:%M:%S} UTC are revoked, so a new one"
                      " would be refused everywhere: move AWSRevokeOlderSessions back first, with guardrails breakglass"
                      f" exit {found.incident.id} --again{flag_of(found.incident)}")  # fmt: skip
    if seconds > 0:
        tell(f"an earlier exit revokes what is issued in the next {seconds:.0f} s: waiting for that")
        time.sleep(seconds)


class Keeper:
    """Adds steps to a record, and never loses one in silence: what could not be written is printed whole."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._late: list[tuple[str, Any]] = []
        self.incident: Incident = found.incident

    @property
    def whole(self) -> bool:
        """Whether everything is written."""
        return not self._late

    def keep(self, kind: str, content: Any) -> int:
        """Add a step, after those that could not be written before. Returns its number, 0 where it was not kept."""
        self._late.append((kind, content))
        return self.again()

    def again(self) -> int:
        """Write what could not be written before; returns the number of the last step written, 0 where one is left."""
        number = 0
        while self._late:
            number = self._write(*self._late[0])
            if not number:
                return 0
            del self._late[0]
        return number

    def _write(self, kind: str, content: Any) -> int:
        records, incident_id = self._found.records, self._found.incident.id
        try:
            self.incident = records.append(incident_id, kind, content)
            return self.incident.steps[-1].number
        except Problem as problem:
            line = getattr(problem, "line", "") or json.dumps({"kind": kind, "content": encode(content)})
            seen = "".join(sign if sign.isprintable() else json.dumps(sign)[1:-1] for sign in line)
            print(
                f"guardrails: {visible(str(problem))}\nguardrails: NOT ON RECORD; it goes on all the same, and the"
                f" record is tried again at the end. Free the disk, and keep this line of {incident_id}:\n{seen}",
                file=sys.stderr, flush=True,
            )  # fmt: skip
            return 0
