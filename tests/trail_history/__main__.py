"""`python -m tests.trail_history TARGET`: a generated tree in a folder, or in a bucket (also the sandbox's).

TARGET is a folder or s3://bucket; the bucket must be there, and AWS_ENDPOINT_URL and the credentials are read as the
AWS CLI reads them. With --signed, digest files too; their public keys are written to the file --signed names.

`python -m tests.trail_history --sandbox prod --days 30` needs no TARGET: it fills the bucket of the trail that prod has
in the embedded AWS (`guardrails sandbox up`, `make apply SANDBOX=1`), with the history of prod's account and Regions.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.trail_history import Signer, Truth, Wanted, write_bucket, write_folder


def main() -> None:
    """Make the tree and say what is in it."""
    made = argparse.ArgumentParser(prog="python -m tests.trail_history", description=__doc__)
    made.add_argument("target", metavar="TARGET", nargs="?")
    made.add_argument("--sandbox", metavar="ENV", help="instead of TARGET: dev, staging or prod of the embedded AWS")
    made.add_argument("--seed", type=int, default=1)
    made.add_argument("--events", type=int, default=1000)
    made.add_argument("--days", type=int, default=1)
    made.add_argument("--first-day", default="2026-01-10", metavar="YYYY-MM-DD")
    made.add_argument("--accounts", nargs="+", default=["111122223333"])
    made.add_argument("--regions", nargs="+", default=["us-east-1", "us-east-2"])
    made.add_argument("--prefix", default="")
    made.add_argument("--organization", default="", metavar="o-…")
    made.add_argument("--signed", metavar="FILE", help="make digest files, and write the public keys there")
    given = made.parse_args()
    if (given.target is None) == (given.sandbox is None):
        made.error("name either TARGET or --sandbox ENV")
    signer = Signer() if given.signed else None
    truth, where = _write(given, signer)
    if signer:
        Path(given.signed).write_text(json.dumps(signer.public_keys(), indent=2) + "\n")
    print(f"{truth.written:,} records of {truth.distinct:,} events in {len(truth.keys):,} log files: {where}")


def _write(given: argparse.Namespace, signer: Signer | None) -> tuple[Truth, str]:
    """Make the tree; gives the truth, and where it is."""
    target = given.target or ""
    bucket = target.removeprefix("s3://") if target.startswith("s3://") else ""
    wanted = Wanted(
        given.seed, given.events, tuple(given.accounts), tuple(given.regions), given.days, given.first_day,
        prefix=given.prefix, organization_id=given.organization, bucket=bucket or "prod-trail-logs",
    )  # fmt: skip
    if given.sandbox:
        from iam_guardrails.model.problem import Problem
        from tests.trail_history.sandbox import fill_sandbox

        try:
            return fill_sandbox(Path(__file__).parents[2], given.sandbox, wanted, signer)
        except Problem as problem:
            raise SystemExit(str(problem)) from None
    if bucket:
        import boto3

        return write_bucket(wanted, boto3.client("s3"), bucket, signer), target
    return write_folder(wanted, Path(target), signer), target


if __name__ == "__main__":
    main()
