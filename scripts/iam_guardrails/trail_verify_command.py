"""`guardrails trail verify`: are stored CloudTrail files complete and unchanged?"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping

TYPE_CHECKING = False  # as typing.TYPE_CHECKING, which costs more than a question that was answered before may
if TYPE_CHECKING:
    from iam_guardrails.adapters.trail_keys import PublicKeys
    from iam_guardrails.journeys.trail_verify import Asked

Progress = Callable[[str], None]
EPILOG = (
    "Exit codes: 0 all valid, 1 something was altered, moved, added or is missing, 2 something could not be judged."
    " It reads only: s3:ListBucket, s3:GetObject and cloudtrail:ListPublicKeys, or files."
    " A backfill digest file (…_backfill.json.gz) names log files that came too late for the digest file of their hour;"
    " no other file names it, so that one was removed together with all its log files cannot be seen."
)


def declare(made: argparse.ArgumentParser) -> None:
    """The arguments of `trail verify`."""
    made.add_argument("source", metavar="SOURCE", help="a folder of CloudTrail's files, or s3://bucket/prefix")
    made.add_argument(
        "--since", metavar="TIME", help="judge what was delivered from then on, e.g. 2026-01-10 or 2026-01-10T08:00:00Z"
    )
    made.add_argument(
        "--until", metavar="TIME", help="judge what was delivered until then; digest files must go on until then"
    )
    made.add_argument(
        "--public-keys", metavar="FILE", action="append",
        help="what `aws cloudtrail list-public-keys` printed; may be repeated; without it AWS is asked",
    )  # fmt: skip
    made.add_argument("--region", metavar="REGION", help="the bucket's Region (default: AWS_REGION)")
    made.add_argument("--format", choices=("text", "json"), default="text", help="how the result is written")
    made.add_argument("--output", metavar="FILE", help="write the result there instead of to stdout")


def run(given: argparse.Namespace, progress: Progress) -> int:
    """Carry it out; returns the exit code. Raises Problem."""
    import os

    from iam_guardrails.adapters.trail_objects import open_objects
    from iam_guardrails.journeys.trail_verify import verify
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.reports.trail_verify import render
    from iam_guardrails.trail_source import is_within, refuse_empty

    refuse_empty(given)
    store = open_objects(given.source, region=given.region or "")
    if given.output and is_within(os.path.dirname(given.output), given.source):  # noqa: PTH120 - as the other paths
        raise Problem(f"--output {given.output} lies in the source, which is evidence; choose another")
    asked = _asked(given, live=bool(store.bucket))
    found = verify(store, asked, _keys_of(given), progress)
    text = render(found, given.format)
    if given.output:
        from pathlib import Path

        from iam_guardrails.adapters.files import write_atomic

        write_atomic(Path(given.output), text, mode=0o644)
    else:
        sys.stdout.write(text)
        sys.stdout.flush()
    return found.exit_code


def _asked(given: argparse.Namespace, *, live: bool) -> Asked:
    from datetime import UTC, datetime, timedelta

    from iam_guardrails.journeys.trail_verify import Asked
    from iam_guardrails.model.problem import Problem
    from iam_guardrails.model.trail.integrity import Period

    period = Period(_time(given.since, "--since"), _time(given.until, "--until"))
    now = datetime.now(UTC)
    if period.start and period.end and period.start >= period.end:
        raise Problem("--since must be before --until")
    if period.end > f"{now:%Y-%m-%dT%H:%M:%SZ}":
        raise Problem("--until is in the future; leave it out to judge all there is")
    return Asked(period, f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}" if live else "")


def _time(text: str | None, option: str) -> str:
    """A time of the command line as CloudTrail writes it; without a zone it is UTC."""
    from datetime import UTC, datetime

    from iam_guardrails.model.problem import Problem

    if text is None:
        return ""
    try:
        found = datetime.fromisoformat(text)
        found = found.astimezone(UTC) if found.tzinfo else found
    except (ValueError, OverflowError):
        raise Problem(f'{option}: "{text[:40]}" is no time; write 2026-01-10 or 2026-01-10T08:00:00Z') from None
    if not 2000 <= found.year < 3000:
        raise Problem(f"{option}: CloudTrail has no files of the year {found.year}")
    return f"{found:%Y-%m-%dT%H:%M:%SZ}"


def _keys_of(given: argparse.Namespace) -> Callable[[Mapping[str, tuple[str, str]]], PublicKeys]:
    if given.public_keys:
        from iam_guardrails.adapters.trail_keys import read_public_keys

        keys = read_public_keys(given.public_keys)
        return lambda _spans: keys
    return _ask


def _ask(spans: Mapping[str, tuple[str, str]]) -> PublicKeys:
    """AWS's keys from each Region's first digest until now: a late digest is signed when it is made."""
    import os
    from datetime import UTC, datetime

    from iam_guardrails.adapters.aws.session import session
    from iam_guardrails.adapters.trail_keys import PublicKeys, ask_public_keys

    if not spans:
        return PublicKeys()
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    until_now = {region: (start, max(end, now)) for region, (start, end) in spans.items()}
    return ask_public_keys(session(dict(os.environ), next(iter(spans))), until_now)
