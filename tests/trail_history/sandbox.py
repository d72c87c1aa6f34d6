"""A generated history in the bucket of the trail that the embedded AWS has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from iam_guardrails.adapters.aws import session
from iam_guardrails.adapters.expectations import read_expectations
from iam_guardrails.adapters.place import environment_folder
from iam_guardrails.model.problem import Problem
from iam_guardrails.model.value import changed
from iam_guardrails.wiring import WORK, sandbox_variables
from tests.trail_history.digests import Signer
from tests.trail_history.truth import Truth
from tests.trail_history.wanted import Wanted
from tests.trail_history.writing import write_bucket


def fill_sandbox(root: Path, name: str, wanted: Wanted, signer: Signer | None = None) -> tuple[Truth, str]:
    """Write a history of the account of environment `name` into its trail's bucket, in the running embedded AWS.

    Gives the truth, and what `guardrails trail ask --source` calls the place. Raises Problem where the sandbox is not
    running, or where the environment is not applied there and so has no trail.
    """
    expected = read_expectations(environment_folder(root, name) / "guardrails.toml")
    variables, _ = sandbox_variables(root / WORK / "sandbox", expected)
    own = changed(
        wanted, accounts=(expected.account_id,), regions=(expected.home_region, expected.second_region),
        role_name=expected.role_names[0],
    )  # fmt: skip
    return fill(session(variables, expected.home_region), expected.home_region, own, signer)


def fill(signed_in: Any, region: str, wanted: Wanted, signer: Signer | None = None) -> tuple[Truth, str]:
    """The same with a session and everything wanted but the trail's name, bucket and prefix."""
    trails = signed_in.client("cloudtrail", region).describe_trails()["trailList"]
    if not trails:
        raise Problem("the embedded AWS has no trail in that account; apply the environment first, with --sandbox")
    trail: Mapping[str, str] = trails[0]
    bucket, prefix = trail["S3BucketName"], trail.get("S3KeyPrefix", "")
    placed = changed(wanted, trail=trail["Name"], bucket=bucket, prefix=prefix)
    truth = write_bucket(placed, signed_in.client("s3", region), bucket, signer)
    return truth, f"s3://{bucket}/{placed.folder(placed.accounts[0], '')}".rstrip("/")
