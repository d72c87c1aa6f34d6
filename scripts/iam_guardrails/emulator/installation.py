"""Installs every graft, once per process."""

from __future__ import annotations

from importlib.metadata import version

from moto.core.config import default_user_config
from moto.core.responses import BaseResponse

from iam_guardrails.emulator import (
    accessanalyzer,
    authorization,
    cloudtrail,
    cloudwatch,
    config,
    credential_report,
    dispatch,
    iam,
    kms,
    last_accessed,
    logs,
    lookups,
    managed_policies,
    metrics,
    s3,
    sns,
    ssoadmin,
    sts,
)
from iam_guardrails.emulator.graft import GraftError

PINNED_MOTO = "5.2.5"
_MARK = "iam_guardrails_installed"
_PARTS = (
    iam,
    credential_report,
    authorization,
    last_accessed,
    managed_policies,
    sts,
    cloudtrail,
    cloudwatch,
    metrics,
    logs,
    sns,
    config,
    kms,
    s3,
    ssoadmin,
    accessanalyzer,
    dispatch,
    lookups,
)


def install_all() -> None:
    """Install the grafts of every service, once; IAM gets the AWS managed policies.

    The mark is on moto's own class, so it is as true as the grafts are.
    Errors: GraftError when another version of moto is installed.
    """
    if getattr(BaseResponse, _MARK, False):
        return
    found = version("moto")
    if found != PINNED_MOTO:
        raise GraftError(f"The embedded AWS needs moto {PINNED_MOTO}, found {found}: install the pinned set.")
    for part in _PARTS:
        part.graft()
    default_user_config["iam"]["load_aws_managed_policies"] = True
    setattr(BaseResponse, _MARK, True)
