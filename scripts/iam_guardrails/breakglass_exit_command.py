"""`guardrails breakglass exit [ID]`: end every session of the role, through another identity than its own."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from iam_guardrails.model.incident.step import EXITED
from iam_guardrails.model.problem import Problem

if TYPE_CHECKING:
    from pathlib import Path

    from iam_guardrails.adapters.aws import Session
    from iam_guardrails.adapters.aws.revocation import AwsRevoker
    from iam_guardrails.entry_wiring import Setting
    from iam_guardrails.incident_wiring import Found
    from iam_guardrails.model.incident.session import Ended

FindRoot = Callable[[argparse.Namespace], "Path"]
Tell = Callable[[str], None]
Put = Callable[[str, str | None], None]
PATIENCE_SECONDS = 12.0
"""How long a session on this machine may take to end: its child's grace, and the writing of its record."""


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `exit`."""
    made.add_argument("id", metavar="ID", nargs="?", help="the incident (default: the one that is open)")
    made.add_argument("--as-profile", metavar="PROFILE",
                      help="the AWS profile that may write the role's inline policy (default: credentials in use)"
                      )  # fmt: skip
    made.add_argument("--again", action="store_true",
                      help="move the moment to now, also where every known session is refused already"
                      )  # fmt: skip
    made.add_argument("--format", choices=("text", "json"), default="text", help="how it is shown (default: text)")
    made.add_argument("--output", metavar="FILE", help="write it there instead of to stdout")


def run(given: argparse.Namespace, find_root: FindRoot, tell: Tell, put: Put) -> int:
    """End the sessions; 0 where all are ended, 1 where one is not: then the command that does it is told."""
    from iam_guardrails.entry_wiring import Keeper, setting_of
    from iam_guardrails.incident_wiring import find, now
    from iam_guardrails.journeys.breakglass_exit import end_sessions, news
    from iam_guardrails.reports import breakglass_entry as report

    root = find_root(given)
    found = find(root, given.id, given.sandbox, given.store, tell)
    setting = setting_of(root, found.environment, given.sandbox)
    ended = end_sessions(
        found.incident, setting.expected, _revoker(setting, given.as_profile), given.as_profile, given.again, now,
        time.sleep, tell,
    )  # fmt: skip
    keeper = Keeper(found)
    ended = tuple(keep_replaced(found, item, tell) for item in ended)
    for step in news(found.incident, ended):
        keeper.keep(EXITED, step)
    here = _here(found)
    as_json = given.format == "json"
    text = report.exit_json(found.incident, ended, here, keeper.whole) if as_json else report.exit_text(
        found.incident, ended, here
    )  # fmt: skip
    put(text, given.output)
    return 0 if all(item.done for item in ended) else 1


def _revoker(setting: Setting, profile: str | None) -> AwsRevoker:
    from iam_guardrails.adapters.aws import session
    from iam_guardrails.adapters.aws.revocation import AwsRevoker
    from iam_guardrails.incident_wiring import variables_of

    if setting.sandbox and profile:
        raise Problem("--as-profile has no meaning in the embedded AWS: leave it out")
    region = setting.expected.home_region

    def sign_in() -> Session:
        return session(variables_of(setting.root, setting.expected, setting.sandbox, profile), region)

    return AwsRevoker(sign_in, region)


def keep_replaced(found: Found, item: Ended, tell: Tell) -> Ended:
    """What stood where the revocation belongs may be the very thing to look at afterwards: its hash is in the step."""
    import hashlib

    from iam_guardrails.model.value import changed

    if not item.replaced:
        return item
    content = item.replaced.encode()
    sha256 = hashlib.sha256(content).hexdigest()
    name = f"replaced-policy.{item.step.role_arn.rpartition('/')[2]}.{sha256[:12]}.json"
    try:
        path = found.records.keep_beside(found.incident.id, name, content)
    except Problem as problem:
        tell(f"{problem}; what stood there before: {item.replaced}")
        return item
    tell(f"what stood there before is in {path}")
    return changed(item, step=changed(item.step, files={path.name: sha256}))


def _here(found: Found) -> tuple[str, ...]:
    """What becomes of the sessions on this machine, one sentence each."""
    from iam_guardrails.adapters.inside import holders
    from iam_guardrails.model.incident.child import INCIDENT

    work, incident_id = found.records.work, found.incident.id
    if os.environ.get(INCIDENT) == incident_id:
        return ("This shell itself holds the session: leave it now (exit).",)
    told = [holder for holder in holders(work, incident_id) if holder.end()]
    until = time.monotonic() + PATIENCE_SECONDS
    while (left := holders(work, incident_id)) and told and time.monotonic() < until:
        time.sleep(0.1)
    said = [f"The session that was in use on this machine (process {item.parent[0]}) was ended." for item in told
            if item.path not in {other.path for other in left}]  # fmt: skip
    said += [f"A process still holds a session on this machine (of process {item.parent[0] or item.child[0]}): end it"
             " by hand." for item in left]  # fmt: skip
    return tuple(said)
