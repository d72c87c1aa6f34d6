"""`guardrails capture`: read an account once, into one file that reviews judge offline."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from iam_guardrails.model.problem import Problem

if TYPE_CHECKING:
    from datetime import datetime

    from iam_guardrails.adapters.aws.capture_reader import AwsReader, Directory
    from iam_guardrails.adapters.capture_work import PieceFolder
    from iam_guardrails.adapters.place import Place
    from iam_guardrails.adapters.progress_bar import Bar
    from iam_guardrails.model.capture.capture import Capture
    from iam_guardrails.model.capture.scope import Scope
    from iam_guardrails.model.expected import Expected

FindRoot = Callable[[argparse.Namespace], Path]
Put = Callable[[str, str | None], None]
OPTIONAL = ("findings", "compliance", "secrets", "last_access", "identity_center")
LEFT_OUT = "it was left out (--without)"
EPILOG = (
    "Exit codes: 0 everything that was asked for is in the file, 2 some of it is not, because AWS refused it, or there"
    " is no file. A run that was killed goes on where it stopped, for two hours."
)


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `capture`."""
    made.epilog = EPILOG
    made.add_argument("env", metavar="ENV", help="dev, staging or prod")
    made.add_argument(
        "--sandbox", action="store_true", help="use the embedded AWS that `guardrails sandbox up` started"
    )
    made.add_argument("--output", metavar="FILE", help="the capture (default: under .guardrails/ENV/captures/)")
    made.add_argument("--region", metavar="REGION", action="append", default=[],
                      help="read this Region too; may stand several times")  # fmt: skip
    made.add_argument("--identity-center-profile", metavar="PROFILE",
                      help="AWS profile of the management or delegated administrator account")  # fmt: skip
    made.add_argument("--identity-center-region", metavar="REGION",
                      help="where Identity Center lives (default: by guardrails.toml)")  # fmt: skip
    made.add_argument("--last-accessed", choices=("scope", "all", "none"), default="scope",
                      help="whose: scope is every user, the break-glass and the declared roles")  # fmt: skip
    made.add_argument("--without", metavar="PART", action="append", default=[], choices=OPTIONAL,
                      help=f"leave out a part: {', '.join(OPTIONAL)}; may stand several times")  # fmt: skip
    made.add_argument("--fresh", action="store_true", help="begin anew instead of going on with a killed run")
    made.add_argument("--format", choices=("text", "json"), default="text",
                      help="how the summary is written (default: text)")  # fmt: skip


def run(given: argparse.Namespace, find_root: FindRoot, put: Put) -> int:
    """Capture; returns the exit code. Raises Problem."""
    from iam_guardrails.adapters.progress_bar import Bar
    from iam_guardrails.reports import capture as report
    from iam_guardrails.wiring import place_of

    bar = Bar(sys.stderr)
    place, expected, _ = place_of(find_root(given), given.env, given.sandbox)
    capture, path, made = capture_of(place, expected, given, bar)
    bar.end()
    put((report.as_json if given.format == "json" else report.as_text)(capture, str(path), made), None)
    return 2 if report.not_answered(capture) else 0


def capture_of(
    place: Place, expected: Expected, given: argparse.Namespace, bar: Bar
) -> tuple[Capture, Path, int]:  # fmt: skip
    """Read, put together, write; returns the capture, its file and the number of calls of this run. Raises Problem."""
    from datetime import UTC, datetime

    from iam_guardrails.adapters.capture_work import opened
    from iam_guardrails.adapters.captures import SUFFIX, write_capture
    from iam_guardrails.model.value import changed

    scope = scope_of(expected, given)
    about = question(place, given, scope)
    with opened(place.work, about, datetime.now(UTC), given.fresh) as (folder, said):
        if said:
            bar.say(said)
        name = f"{place.environment}-{folder.begun_at:%Y%m%dT%H%M%SZ}{SUFFIX}"
        path = Path(given.output) if given.output else place.work / "captures" / name
        capture, made = _read(place, expected, given, bar, scope, folder)
        bar.say(f"writing {path}")
        digest = write_capture(path, capture)
        folder.remove()
    return changed(capture, sha256=digest), path, made


def _read(
    place: Place, expected: Expected, given: argparse.Namespace, bar: Bar, scope: Scope, folder: PieceFolder
) -> tuple[Capture, int]:  # fmt: skip
    from iam_guardrails.adapters.capture_assembly import Head, assemble
    from iam_guardrails.adapters.capture_records import local_records
    from iam_guardrails.incident_wiring import records_of
    from iam_guardrails.journeys.capture import read_parts
    from iam_guardrails.model.capture.capture import LIVE, SANDBOX
    from iam_guardrails.version import VERSION

    try:
        reader = reader_of(place, expected, given, scope, folder.begun_at, bar.say)
        pieces = read_parts(reader, folder, bar, given.without)
    except KeyboardInterrupt:
        raise Problem(f"interrupted; {_kept(folder) or 'nothing was read yet'}") from None
    except Problem as problem:
        raise Problem(f"{problem} {_kept(folder)}".strip()) from None
    incidents = records_of(place.root, place.environment, place.sandbox)
    head = Head(SANDBOX if place.sandbox else LIVE, place.environment, scope.account_id, scope.regions,
                folder.begun_at, VERSION)  # fmt: skip
    local = local_records(place.records, incidents, expected, place.contract)
    return assemble(head, pieces, local, LEFT_OUT), reader.made


def _kept(folder: PieceFolder) -> str:
    count = folder.count()
    return f"{count} pieces are kept; the same command goes on with them for two hours." if count else ""


def scope_of(expected: Expected, given: argparse.Namespace) -> Scope:
    """What is asked about, by guardrails.toml and the arguments."""
    from iam_guardrails.model.capture.scope import Scope

    return Scope(
        account_id=expected.account_id,
        regions=tuple(dict.fromkeys((expected.home_region, expected.second_region, *given.region))),
        role_names=expected.role_names,
        people=expected.people,
        role_patterns=expected.declared_roles,
        secret_patterns=expected.secret_patterns,
        last_access=given.last_accessed,
        expects_identity_center=expected.identity_center is not None,
    )


def question(place: Place, given: argparse.Namespace, scope: Scope) -> dict[str, Any]:
    """What two runs must have in common for the second to go on with the first."""
    from iam_guardrails.model.capture.capture import FORMAT_VERSION
    from iam_guardrails.model.codec import encode
    from iam_guardrails.version import VERSION

    return {
        "format": FORMAT_VERSION, "version": VERSION, "environment": place.environment,
        "sandbox": place.sandbox, "endpoint": place.variables.get("AWS_ENDPOINT_URL", ""),
        "scope": encode(scope), "without": sorted(given.without), "profile": given.identity_center_profile,
        "region": given.identity_center_region,
    }  # fmt: skip


def reader_of(
    place: Place,
    expected: Expected,
    given: argparse.Namespace,
    scope: Scope,
    began_at: datetime,
    say: Callable[[str], None],
) -> AwsReader:
    """The reader of the live account. Raises Problem."""
    import time
    from datetime import UTC, datetime

    from iam_guardrails.adapters.aws import session
    from iam_guardrails.adapters.aws.capture_reader import AwsReader

    signed_in = session(place.variables, expected.home_region)
    where = _directory(place, expected, given)
    return AwsReader(signed_in, scope, began_at, lambda: datetime.now(UTC), time.sleep, say, where)


def _directory(place: Place, expected: Expected, given: argparse.Namespace) -> Directory | None:
    """Where Identity Center is read: with the profile, in the sandbox with its own credentials, else nowhere."""
    from iam_guardrails.adapters.aws import session
    from iam_guardrails.adapters.aws.capture_reader import Directory

    variables = dict(place.variables)
    told = expected.identity_center.home_region if expected.identity_center else ""
    region = given.identity_center_region or told or expected.home_region
    if given.identity_center_profile:
        if place.sandbox:
            raise Problem("--identity-center-profile is for real accounts: the embedded AWS has one Identity Center")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            variables.pop(name, None)
        variables["AWS_PROFILE"] = given.identity_center_profile
    elif not place.sandbox:
        return None
    try:
        return Directory(session(variables, region), region)
    except Problem as problem:
        raise Problem(f"--identity-center-profile {given.identity_center_profile}: {problem}") from None
